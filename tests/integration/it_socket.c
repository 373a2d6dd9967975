/*
 * The status socket among people and programs who mean no good, or know no better:
 * a hundred at once, clients that are slow, silent, half done or talk nonsense.
 * Who asks honestly is answered meanwhile, within a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { CROWD = 100, MANY = 200 };

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", COMPANY_CONFIG(""));
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
}

/* Connects and sends; nothing is read. */
static int send_to(struct rig *r, const char *request)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t n = strlen(request);

    assert_true(r->socket.n < sizeof(sa.sun_path));
    memcpy(sa.sun_path, buf_cstr(&r->socket), r->socket.n + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(send(fd, request, n, MSG_NOSIGNAL), n);
    return fd;
}

/* Reads to the end, which the server makes, and closes. */
static void read_from(int fd, struct buf *ret)
{
    char chunk[4096];
    ssize_t n;

    buf_init(ret, 1 << 20);
    while ((n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
        buf_add(ret, (struct str){chunk, (size_t)n});
    close(fd);
}

static void a_hundred_at_once_are_answered(void **state)
{
    static const char request[] =
        "GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct buf answer;
    int fds[CROWD];
    struct rig r;

    (void)state;
    setup(&r);
    for (size_t i = 0; i < CROWD; i++)
        fds[i] = send_to(&r, request);
    for (size_t i = 0; i < CROWD; i++) {
        read_from(fds[i], &answer);
        assert_memory_equal(buf_cstr(&answer), "HTTP/1.1 200", 12);
        assert_non_null(strstr(buf_cstr(&answer), "\"sources\":"));
        buf_finish(&answer);
    }
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void nonsense_is_answered_in_kind(void **state)
{
    static const char *const requests[] = {
        "GET /v1/status\r\n\r\n",
        "HELO alignd\r\n",
        "GET /v1/status HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01",
    };
    struct buf answer;
    struct rig r;

    (void)state;
    setup(&r);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        read_from(send_to(&r, requests[i]), &answer);
        assert_memory_equal(buf_cstr(&answer), "HTTP/1.1 400", 12);
        assert_non_null(strstr(buf_cstr(&answer), "application/problem+json"));
        assert_non_null(strstr(buf_cstr(&answer), "\"detail\":"));
        buf_finish(&answer);
    }
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void expect_status_within_a_second(struct rig *r)
{
    const struct clock *clock = clock_system();
    struct mono start = clock_mono(clock);

    assert_int_equal(rig_ctl(r, (const char *[]){"status", NULL}, NULL), 0);
    assert_true(mono_since(clock_mono(clock), start).ms < 1000);
}

static void who_holds_on_starves_nobody(void **state)
{
    static const char *const requests[] = {
        "",
        "GET /v1/sta",
        "POST /v1/links HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"item\"",
        "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET nonsense\r\nGET",
    };
    int fds[MANY];
    struct rig r;

    (void)state;
    setup(&r);
    expect_status_within_a_second(&r);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        for (size_t k = 0; k < MANY; k++)
            fds[k] = send_to(&r, requests[i]);
        expect_status_within_a_second(&r);
        expect_status_within_a_second(&r);
        for (size_t k = 0; k < MANY; k++)
            close(fds[k]);
    }
    expect_status_within_a_second(&r);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_at_once_are_answered),
        cmocka_unit_test(nonsense_is_answered_in_kind),
        cmocka_unit_test(who_holds_on_starves_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Following what happens: `alignctl events -f` and bare clients of /v1/events against a
 * running alignd, with clients that leave, that do not read, and that are too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/integration/rig.h"

enum { STREAMS = 16 };

#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github, repos: [acme/web],\n"        \
    "      token: { file: @DIR@/token }, interval: 1h }\n"                             \
    "channels:\n"                                                                      \
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"                 \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"                   \
    "rules:\n"                                                                         \
    "  unlinked-work: { for: 0s }\n"

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml",
              "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
              "initiatives: [{ id: onboarding, title: Onboard, status: active }]\n");
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", CONFIG);
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_messages(r, 1); /* the baseline summary */
}

/* A client of its own, which has sent its request. */
static int follow(struct rig *r, const char *query)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char request[200];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int n;

    assert_true(fd >= 0 && r->socket.n < sizeof to.sun_path);
    memcpy(to.sun_path, r->socket.p, r->socket.n);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    n = snprintf(request, sizeof request,
                 "GET /v1/events%s HTTP/1.1\r\nHost: localhost\r\n\r\n", query);
    assert_int_equal(write(fd, request, (size_t)n), n);
    return fd;
}

/* Reads until the text has come; everything so far is in `got`. */
static void expect(int fd, struct buf *got, const char *text)
{
    struct mono start = clock_mono(clock_system());
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (strstr(buf_cstr(got), text) == NULL) {
        int left = wait_left(start, RIG_LIMIT);
        char part[4096];
        ssize_t n = 0;

        if (left > 0 && poll(&p, 1, left) == 1)
            n = recv(fd, part, sizeof part, 0);
        if (n <= 0)
            fail_msg("'%s' did not come after: %s", text, buf_cstr(got));
        buf_add(got, (struct str){part, (size_t)n});
    }
}

static void new_epic(struct rig *r)
{
    rig_new_epic(r, "acme/web", "Unasked");
    rig_sync(r);
}

static void what_happens_is_told(void **state)
{
    struct rig r;
    struct buf got;
    int fd;

    (void)state;
    setup(&r);
    buf_init(&got, 1 << 20);
    fd = follow(&r, "");
    expect(fd, &got, "event: now");
    assert_non_null(strstr(buf_cstr(&got), "Content-Type: text/event-stream"));
    assert_non_null(strstr(buf_cstr(&got), "Cache-Control: no-store"));
    assert_null(strstr(buf_cstr(&got), "event: finding")); /* from now on */
    new_epic(&r);
    expect(fd, &got, "event: sync\ndata: {\"at\":");
    expect(fd, &got, "\"what\":\"fired\",\"detail\":\"warn\"");
    expect(fd, &got, "\"rule\":\"unlinked-work\",\"subject_kind\":\"item\"");
    expect(fd, &got, "event: message\ndata: {\"at\":");
    expect(fd, &got, "\"state\":\"delivered\"");
    close(fd);
    buf_finish(&got);
    rig_finish(&r);
}

static void what_was_missed_is_told_again(void **state)
{
    struct rig r;
    struct buf got, out;
    int fd;

    (void)state;
    setup(&r);
    new_epic(&r);
    rig_await(&r, "/v1/status", "/evaluating", "false");
    buf_init(&got, 1 << 20);
    fd = follow(&r, "?after=0");
    expect(fd, &got, "\"rule\":\"unlinked-work\"");
    expect(fd, &got, "event: now");
    close(fd);
    /* And for people. */
    assert_int_equal(rig_ctl(&r, (const char *[]){"events", NULL}, &out), 0);
    if (strstr(buf_cstr(&out), "fired unlinked-work acme/web#") == NULL)
        fail_msg("%s", buf_cstr(&out));
    buf_finish(&out);
    assert_int_equal(rig_ctl(&r, (const char *[]){"events", "--json", NULL}, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "\"event\":\"finding\"}"));
    buf_clear(&got);
    json_decref(rig_get(&r, "/v1/events?after=x", 400));
    buf_finish(&out);
    buf_finish(&got);
    rig_finish(&r);
}

/* The next one is told so; places of those who left are free again. */
static void there_are_only_so_many(void **state)
{
    struct rig r;
    struct buf got;
    int fd[STREAMS];

    (void)state;
    setup(&r);
    buf_init(&got, 1 << 20);
    for (int i = 0; i < STREAMS; i++) {
        fd[i] = follow(&r, "");
        buf_clear(&got);
        expect(fd[i], &got, "event: now");
    }
    json_decref(rig_get(&r, "/v1/events", 413));
    for (int i = 0; i < STREAMS; i++)
        close(fd[i]);
    /* That they are gone shows with the next write to them. */
    new_epic(&r);
    rig_await(&r, "/v1/status", "/evaluating", "false");
    fd[0] = follow(&r, "");
    buf_clear(&got);
    expect(fd[0], &got, "event: now");
    /* A stop does not wait for who follows. */
    rig_stop(&r, 0);
    expect(fd[0], &got, "\r\n0\r\n\r\n");
    close(fd[0]);
    buf_finish(&got);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happens_is_told),
        cmocka_unit_test(what_was_missed_is_told_again),
        cmocka_unit_test(there_are_only_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

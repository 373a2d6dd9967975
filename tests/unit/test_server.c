/*
 * The server and its requests: what they look like to the handler, their bodies, who
 * asks, answers at once and later.
 */
#include "base/clock.h"
#include "tests/unit/server_rig.h"

/* ---- what a request looks like to the handler ---- */

struct echo_row {
    const char *method, *target;
    long status;
    const char *text;
};

static const struct echo_row echoes[] = {
    {"GET", "/v1/status", 200, "GET /v1/status /v1/status 0 "},
    {"GET", "/", 200, "GET / / 0 "},
    {"DELETE", "/v1/links/A-1", 200, "DELETE /v1/links/A-1 /v1/links/A-1 0 "},
    {"BREW", "/pot", 200, "BREW /pot /pot 0 "},
    {"GET", "/a%20b%2Fc", 200, "GET /a b/c /a%20b%2Fc 0 "},
    {"GET", "/v1/../../etc/passwd", 200,
     "GET /v1/../../etc/passwd /v1/../../etc/passwd 0 "},
    {"GET", "/%2e%2e/%2E%2E%2fetc", 200, "GET /../../etc /%2e%2e/%2E%2E%2fetc 0 "},
    {"GET", "/%252e%252e", 200, "GET /%2e%2e /%252e%252e 0 "},
    {"GET", "/a?b=c&d=e", 200, "GET /a /a b=c d=e 0 "},
    {"GET", "/a?b=1&b=2&b=", 200, "GET /a /a b=1 b=2 b= 0 "},
    {"GET", "/a?flag&x%3d=%26+%2B", 200, "GET /a /a flag= x==& + 0 "},
    {"GET", "/a?q=%3F/?", 200, "GET /a /a q=?/? 0 "},
    {"GET", "/caf%C3%A9", 200, "GET /caf\xc3\xa9 /caf%C3%A9 0 "},
    {"GET", "/a?n1=1&n2=2&n3=3&n4=4&n5=5&n6=6&n7=7&n8=8&n9=9&n10=10", 200,
     "GET /a /a n1=1 n2=2 n3=3 n4=4 n5=5 n6=6 n7=7 n8=8 n9=9 n10=10 0 "},
    {"GET", "/%", 400, NULL},
    {"GET", "/%4", 400, NULL},
    {"GET", "/%zz", 400, NULL},
    {"GET", "/%00", 400, NULL},
    {"GET", "/a%00b?x", 400, NULL},
    {"GET", "/%ff", 400, NULL},
    {"GET", "/%c0%af", 400, NULL},
    {"GET", "/a?b=%", 400, "\"b: bad percent-encoding at byte 0\""},
    {"GET", "/a?c=d&b=x%ff", 400, "\"b: not UTF-8 at byte 1\""},
    {"GET", "/a?%00=b", 400, NULL},
    {"GET", "/a?b=%ed%a0%80", 400, NULL},
};

static void test_echo(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(echoes); i++) {
        const struct echo_row *row = &echoes[i];
        struct client c = {.method = row->method, .target = row->target};
        size_t handled = w->n_handled;

        client_run(&c, w, fetch);
        assert_int_equal(c.code, CURLE_OK);
        if (c.status != row->status) {
            fail_msg("%s: %ld %s", row->target, c.status, text_of(&c));
        }
        if (row->status == 200) {
            assert_string_equal(text_of(&c), row->text);
            assert_string_equal(c.type, "text/plain");
        } else {
            assert_string_equal(c.type, "application/problem+json");
            assert_non_null(strstr(text_of(&c), "\"status\":400"));
            assert_true(row->text == NULL || strstr(text_of(&c), row->text) != NULL);
            assert_int_equal(w->n_handled, handled);
        }
        client_finish(&c);
    }
}

static void test_head(void **state)
{
    struct world *w = *state;
    struct client c = {.method = "HEAD", .target = "/big", .times = 3};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_int_equal(c.text_n, 0);
    assert_int_equal(c.connects, 1); /* and the connection was kept */
    client_finish(&c);
}

static void test_no_content(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/empty", .times = 2};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 204);
    assert_int_equal(c.connects, 1);
    client_finish(&c);
}

static void test_more_headers(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/allow"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 405);
    assert_string_equal(c.allow, "GET, HEAD");
    client_finish(&c);
}

static void test_big_answer(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/big"};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.text_n, 5 << 20);
    client_finish(&c);
}

/* ---- bodies ---- */

struct body_row {
    size_t n;
    bool chunked, no_expect;
    long status;
};

static const struct body_row bodies[] = {
    {0, false, false, 200},
    {1, false, false, 200},
    {70000, false, false, 200},
    {70000, true, false, 200},
    {MAX_BODY, false, false, 200},
    {MAX_BODY, true, true, 200},
    {MAX_BODY + 1, false, false, 413},
    {MAX_BODY + 1, false, true, 413},
    {MAX_BODY + 1, true, true, 413},
    {3 << 20, false, false, 413}, /* libcurl expects 100-continue from 1 MiB on */
    {3 << 20, false, true, 413},
    {3 << 20, true, true, 413},
};

static void test_bodies(void **state)
{
    struct world *w = *state;
    char *body = malloc(3 << 20);

    assert_non_null(body);
    memset(body, 'b', 3 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        const struct body_row *row = &bodies[i];
        struct client c = {.target = "/echo",
                           .body = body,
                           .body_n = row->n,
                           .chunked = row->chunked,
                           .no_expect = row->no_expect};
        char want[128];

        client_run(&c, w, fetch);
        if (c.code != CURLE_OK || c.status != row->status) {
            fail_msg("row %zu: %s, %ld", i, curl_easy_strerror(c.code), c.status);
        }
        if (row->status == 200) {
            (void)snprintf(want, sizeof want, "POST /echo /echo %zu %.*s", row->n,
                           (int)(row->n < 10 ? row->n : 10), body);
            assert_string_equal(text_of(&c), want);
        } else {
            assert_string_equal(c.type, "application/problem+json");
            assert_non_null(strstr(text_of(&c), "at most 100000 bytes"));
        }
        client_finish(&c);
    }
    free(body);
}

/* Does not end: it is thrown out after a while, not listened to for ever. */
static void pour(struct client *c)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 99999999999\r\n\r\n";
    char chunk[65536];

    memset(chunk, 'p', sizeof chunk);
    c->fd = dial(c->w);
    if (send(c->fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0) {
        while (send(c->fd, chunk, sizeof chunk, MSG_NOSIGNAL) > 0) {
            c->text_n += sizeof chunk;
        }
    }
    close(c->fd);
}

static void test_endless_body(void **state)
{
    struct world *w = *state;
    struct client c = {.target = ""};

    client_run(&c, w, pour);
    assert_true(c.text_n > (8 << 20) && c.text_n < (64 << 20));
    assert_int_equal(w->n_handled, 0);
}

/* ---- answers that come later ---- */

static void test_fifty_out_of_order(void **state)
{
    enum { N = 50 };
    struct world *w = *state;
    struct client c[N];
    char targets[N][32];

    w->expect_waiting = N;
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(targets[i], sizeof targets[i], "/later/%zu", i);
        c[i] = (struct client){.target = targets[i]};
        client_start(&c[i], w, fetch);
    }
    for (size_t i = 0; i < N; i++) {
        char want[128];

        client_wait(&c[i]);
        (void)snprintf(want, sizeof want, "GET /later/%zu /later/%zu 0 ", i, i);
        assert_int_equal(c[i].status, 200);
        assert_string_equal(text_of(&c[i]), want);
        client_finish(&c[i]);
    }
}

static void test_answered_later(void **state)
{
    struct world *w = *state;
    struct client a = {.target = "/later/a"};
    struct client b = {.target = "/echo"};

    client_start(&a, w, fetch);
    wait_for_waiting(w, 1);
    client_run(&b, w, fetch); /* others are served meanwhile */
    assert_int_equal(b.status, 200);
    assert_false(a.ended);
    answer_waiting(w);
    client_wait(&a);
    assert_string_equal(text_of(&a), "GET /later/a /later/a 0 ");
    client_finish(&a);
    client_finish(&b);
}

static void test_client_gone_while_suspended(void **state)
{
    static const char head[] = "GET /later/gone HTTP/1.1\r\nHost: x\r\n\r\n";
    struct world *w = *state;
    struct client b = {.target = "/echo"};

    for (int i = 0; i < 20; i++) {
        int fd = dial(w);

        assert_true(fd >= 0);
        assert_true(send(fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0);
        wait_for_waiting(w, 1);
        if (i % 2) {
            close(fd);
            answer_waiting(w);
        } else {
            answer_waiting(w);
            close(fd);
        }
        client_run(&b, w, fetch);
        assert_int_equal(b.status, 200);
        client_finish(&b);
        b = (struct client){.target = "/echo"};
    }
}

/* ---- who asks ---- */

static void test_peer(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/peer", .times = 2};
    gid_t groups[1024];
    int n = getgroups(ARRAY_LEN(groups), groups);
    struct buf want;

    assert_true(n >= 0);
    buf_init(&want, 1 << 20);
    buf_printf(&want, "1 %u %u %d", (unsigned)getuid(), (unsigned)getgid(),
               (int)getpid());
    for (int i = 0; i < n; i++) {
        buf_printf(&want, " %u", (unsigned)groups[i]);
    }
    client_run(&c, w, fetch);
    assert_string_equal(text_of(&c), buf_cstr(&want));
    client_finish(&c);
    buf_finish(&want);
}

/* ---- speed: printed, not judged ---- */

static void test_ten_thousand(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/echo?a=b", .times = 10000};
    const struct clock *clock = clock_system();
    struct mono start = clock_mono(clock);

    client_run(&c, w, fetch);
    struct dur took = mono_since(clock_mono(clock), start);

    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_int_equal(c.connects, 1);
    assert_int_equal(w->n_handled, 10000);
    print_message("10000 requests on one connection: %lld ms, %.1f us each\n",
                  (long long)took.ms, (double)took.ms / 10.0);
    client_finish(&c);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_echo),
        SERVED(test_head),
        SERVED(test_no_content),
        SERVED(test_more_headers),
        SERVED(test_big_answer),
        SERVED(test_bodies),
        SERVED(test_endless_body),
        SERVED(test_fifty_out_of_order),
        SERVED(test_answered_later),
        SERVED(test_client_gone_while_suspended),
        SERVED(test_peer),
        SERVED(test_ten_thousand),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}

/* The HTTP client's connections, and calls that end before their time. */
#include "http_peer.h"

/* ---- connections ---- */

static void test_keep_alive(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 20; i++) {
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
        struct outcome o;

        req.method = i % 2 ? STR("POST") : STR("GET");
        exchange(&o, w, &req);
        assert_true(o.ok);
        outcome_finish(&o);
    }
    assert_int_equal(w->peer.accepted, 1);
    assert_int_equal(w->peer.served, 20);
}

static void stale_second(struct world *w, const char *method, struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    w->peer.refuse_second = true;
    exchange(o, w, &req);
    assert_true(o->ok);
    outcome_finish(o);
    req.method = str_of(method);
    exchange(o, w, &req);
}

static void test_stale_connection_post_is_not_repeated(void **state)
{
    struct world *w = *state;
    struct outcome o;

    stale_second(w, "POST", &o);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_GIVE_UP);
    assert_non_null(strstr(o.err.msg, "before an answer"));
    assert_int_equal(w->peer.served, 2); /* the GET and one POST */
    outcome_finish(&o);
}

static void test_stale_connection_get_is_repeated(void **state)
{
    struct world *w = *state;
    struct outcome o;

    stale_second(w, "GET", &o);
    assert_true(o.ok);
    assert_int_equal(w->peer.served, 3);
    outcome_finish(&o);
}

static void test_localhost(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
    struct outcome o;

    req.url.n =
        (size_t)snprintf(url, sizeof url, "http://localhost:%d/ok", w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    outcome_finish(&o);
}

/* As if somebody's resolver said that localhost is elsewhere. */
static void test_localhost_elsewhere(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("GET"),
        .url = STR("http://localhost:80/secret"),
        .timeout = DUR_S(30),
    };
    struct curl_slist *pin = curl_slist_append(NULL, "localhost:80:192.0.2.1");
    struct outcome o;

    outcome_init(&o, w);
    start(&o, &req);
    assert_int_equal(curl_easy_setopt(o.call->easy, CURLOPT_RESOLVE, pin), CURLE_OK);
    run_until(&o);
    assert_false(o.ok);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_non_null(strstr(o.err.msg, "not the loopback"));
    outcome_finish(&o);
    curl_slist_free_all(pin);
}

static void test_hundred_at_once(void **state)
{
    enum { N = 100 };
    static struct outcome o[N];
    static const char *const paths[] = {"/ok", "/chunked", "/short", "/r5", "/reset"};
    struct world *w = *state;
    char url[128];
    unsigned good = 0;

    for (size_t i = 0; i < N; i++) {
        struct http_request req =
            get(url, sizeof url, w->peer.port, paths[i % ARRAY_LEN(paths)]);

        req.follow = true;
        outcome_init(&o[i], w);
        start(&o[i], &req);
    }
    for (size_t i = 0; i < N; i++) {
        run_until(&o[i]);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(o[i].reports, 1);
        good += o[i].ok;
        outcome_finish(&o[i]);
    }
    assert_int_equal(good, N * 3 / 5);
}

/* ---- cancel and close, from everywhere ---- */

static void test_cancel(void **state)
{
    static const char *const paths[] = {"/silent", "/loris", "/forever", "/ok"};
    struct world *w = *state;
    struct outcome o;
    struct outcome last;
    char url[128];
    struct http_request req;

    http_cancel(NULL);
    for (size_t turns = 0; turns < 12; turns++) {
        req = get(url, sizeof url, w->peer.port, paths[turns % ARRAY_LEN(paths)]);
        outcome_init(&o, w);
        start(&o, &req);
        for (size_t i = 0; i < turns && o.reports == 0; i++) {
            uv_run(&w->loop, UV_RUN_NOWAIT);
        }
        if (o.reports == 0) {
            http_cancel(o.call);
        }
        unsigned reports = o.reports;

        req = get(url, sizeof url, w->peer.port, "/ok");
        exchange(&last, w, &req);
        assert_true(last.ok);
        assert_int_equal(o.reports, reports);
        outcome_finish(&last);
        outcome_finish(&o);
    }
}

static void cancel_both(struct outcome *o)
{
    http_cancel(o->call); /* itself: nothing happens */
    http_cancel(o->other->call);
}

static void test_cancel_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    outcome_init(&b, w);
    a.then = cancel_both;
    a.other = &b;
    b.then = cancel_both;
    b.other = &a;
    start(&a, &req);
    start(&b, &req);
    while (a.reports + b.reports == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    while (w->peer.served < 2 && uv_run(&w->loop, UV_RUN_NOWAIT) && w->peer.open > 0) {
    }
    assert_int_equal(a.reports + b.reports, 1);
    outcome_finish(&a);
    outcome_finish(&b);
}

static void start_other(struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, o->w->peer.port, "/chunked");

    start(o->other, &req);
}

static void test_start_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    outcome_init(&b, w);
    a.then = start_other;
    a.other = &b;
    start(&a, &req);
    run_until(&b);
    assert_true(a.ok);
    assert_true(b.ok);
    outcome_finish(&a);
    outcome_finish(&b);
}

static void close_all(struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, o->w->peer.port, "/ok");
    struct err e;

    http_close(o->w->http, on_closed, o->w);
    http_cancel(o->call);
    assert_false(http_start(o->w->http, &req, on_done, o, NULL, &e));
    assert_int_equal(e.kind, ERR_CANCELED);
    o->w->http = NULL;
}

static void test_close_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b[4];
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    a.then = close_all;
    start(&a, &req);
    for (size_t i = 0; i < ARRAY_LEN(b); i++) {
        req = get(url, sizeof url, w->peer.port, i % 2 ? "/silent" : "/forever");
        outcome_init(&b[i], w);
        start(&b[i], &req);
    }
    run_until(&a);
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    for (size_t i = 0; i < ARRAY_LEN(b); i++) {
        assert_int_equal(b[i].reports, 0);
        outcome_finish(&b[i]);
    }
    outcome_finish(&a);
}

static void test_close_while_running(void **state)
{
    static const char *const paths[] = {"/ok", "/silent", "/forever", "/r5", "/loris"};
    struct world *w = *state;
    struct outcome o[10];
    char url[128];

    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        struct http_request req =
            get(url, sizeof url, w->peer.port, paths[i % ARRAY_LEN(paths)]);

        outcome_init(&o[i], w);
        start(&o[i], &req);
    }
    while (w->peer.served < ARRAY_LEN(o)) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    http_close(w->http, on_closed, w);
    w->http = NULL;
    unsigned before = 0;
    unsigned after = 0;

    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        before += o[i].reports;
    }
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        after += o[i].reports;
        outcome_finish(&o[i]);
    }
    assert_int_equal(before, after);
}

static void test_close_while_resolving(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("GET"),
        .url = STR("https://alignd.invalid/"),
        .timeout = DUR_S(30),
    };
    struct outcome o;

    outcome_init(&o, w);
    start(&o, &req);
    uv_run(&w->loop, UV_RUN_NOWAIT); /* the resolver's thread is under way */
    unsigned reports = o.reports;    /* the name may be known as unknown already */

    http_close(w->http, on_closed, w);
    w->http = NULL;
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(o.reports, reports);
    outcome_finish(&o);
}

static void test_close_idle(void **state)
{
    struct world *w = *state;

    assert_non_null(w->http); /* the rest is the teardown's */
}

static void never(uv_poll_t *poll UNUSED, int status UNUSED, int events UNUSED)
{
    fail_msg("nothing is written to it");
}

/*
 * A handle of ours left on a closed descriptor makes uv_poll_init refuse the
 * next socket of that number, and so libcurl's socket callback fail.
 */
static void test_libcurl_fails_and_is_rebuilt(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    struct outcome c;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/silent");
    uv_poll_t squatter;
    int fd;
    int port;
    int listener;

    outcome_init(&a, w);
    start(&a, &req);
    while (w->peer.served == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    /* Accepted by the kernel alone: no descriptor of the peer's takes the number. */
    port = refusing_port(&listener);
    assert_int_equal(listen(listener, 1), 0);
    fd = eventfd(0, EFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(uv_poll_init(&w->loop, &squatter, fd), 0);
    assert_int_equal(uv_poll_start(&squatter, UV_READABLE, never), 0);
    uv_run(&w->loop, UV_RUN_NOWAIT); /* libuv has told the kernel */
    close(fd);
    req = get(url, sizeof url, port, "/ok");
    outcome_init(&b, w);
    start(&b, &req);
    while (a.reports == 0 || b.reports == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&squatter, NULL);
    assert_false(a.ok);
    assert_false(b.ok);
    assert_int_equal(a.err.kind, ERR_NET);
    assert_int_equal(a.err.retry, ERR_GIVE_UP); /* had been sent */
    /* Whether `b` had depends on how soon its connection stood. */
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(b.err.retry,
                     recv(fd, url, 1, 0) > 0 ? ERR_GIVE_UP : ERR_TRY_AGAIN);
    close(fd);
    close(listener);
    req = get(url, sizeof url, w->peer.port, "/ok");
    exchange(&c, w, &req);
    assert_true(c.ok);
    outcome_finish(&a);
    outcome_finish(&b);
    outcome_finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_keep_alive),
        WITH_WORLD(test_stale_connection_post_is_not_repeated),
        WITH_WORLD(test_stale_connection_get_is_repeated),
        WITH_WORLD(test_localhost),
        WITH_WORLD(test_localhost_elsewhere),
        WITH_WORLD(test_hundred_at_once),
        WITH_WORLD(test_cancel),
        WITH_WORLD(test_cancel_in_done),
        WITH_WORLD(test_start_in_done),
        WITH_WORLD(test_close_in_done),
        WITH_WORLD(test_close_while_running),
        WITH_WORLD(test_close_while_resolving),
        WITH_WORLD(test_close_idle),
        WITH_WORLD(test_libcurl_fails_and_is_rebuilt),
    };

    peer_set_environment();
    return cmocka_run_group_tests_name("http_life", tests, NULL, NULL);
}

/*
 * The HTTP client when libcurl gets no memory: block number k of an exchange is
 * refused, once or all from there on until it has failed. The call is reported once
 * and truly, and the client serves the next one.
 */
#include "http_peer.h"

#include <curl/curl.h>
#include <string.h>

/* ---- libcurl's allocator, of which block k fails ---- */

/* Atomic: libcurl's resolver has a thread of its own. */
static struct {
    _Atomic long step;    /* blocks asked for so far */
    _Atomic long fail_at; /* 0: never */
    _Atomic bool forever; /* from then on, not once */
    _Atomic long failed;
} mem;

static bool mem_fails(void)
{
    long step = ++mem.step, at = mem.fail_at;

    if (at == 0 || step < at || (step > at && !mem.forever)) {
        return false;
    }
    mem.failed++;
    return true;
}

static void *mem_malloc(size_t n)
{
    return mem_fails() ? NULL : malloc(n);
}

static void *mem_realloc(void *p, size_t n)
{
    return mem_fails() ? NULL : realloc(p, n);
}

static char *mem_strdup(const char *s)
{
    return mem_fails() ? NULL : strdup(s);
}

static void *mem_calloc(size_t n, size_t size)
{
    return mem_fails() ? NULL : calloc(n, size);
}

/* ---- exchanges ---- */

struct row {
    const char *path, *body;
};

static const struct row rows[] = {
    {"/ok", "ok"},
    {"/chunked", "hello!"},
    {"/headers", "ok"},
    {"/moved", "ok"}, /* over two redirects */
};

/*
 * libcurl does not always say that it was memory, but what failed by it: a name that
 * does not resolve, or no URL where it had no room for the one that a redirect is
 * relative to (7.88, urlapi.c, curl_url_set). All of it is tried again.
 */
static void expect_failure(const struct row *row, long k, const struct err *e)
{
    if (e->kind != ERR_NOMEM && e->kind != ERR_NET && e->kind != ERR_REMOTE &&
        strstr(e->msg, "out of memory") == NULL) {
        fail_msg("%s, block %ld: %s: %s", row->path, k, err_kind_name(e->kind), e->msg);
    }
}

/* False: it failed, and the reason was looked at. */
static bool exchange_once(struct world *w, const struct row *row, long k)
{
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, row->path);
    struct outcome o;
    struct err e;
    bool ok;

    req.follow = true;
    outcome_init(&o, w);
    if (!http_start(w->http, &req, on_done, &o, &o.call, &e)) {
        outcome_finish(&o);
        expect_failure(row, k, &e);
        return false;
    }
    run_until(&o);
    ok = o.ok;
    if (ok) {
        assert_int_equal(o.status, 200);
        assert_string_equal(buf_cstr(&o.body), row->body);
    } else {
        expect_failure(row, k, &o.err);
    }
    outcome_finish(&o);
    return ok;
}

/* A client of its own, from its creation to its end. False: no block failed. */
static bool run_disturbed(struct world *w, const struct row *row, bool forever, long k)
{
    struct http_options opt = {.clock = clock_system(), .user_agent = "alignd/test"};
    bool failed;
    struct err e;

    mem.step = mem.failed = 0;
    mem.fail_at = k;
    mem.forever = forever;
    if (!http_create(&w->loop, &opt, &w->http, &e)) {
        mem.fail_at = 0;
        expect_failure(row, k, &e);
        assert_true(http_create(&w->loop, &opt, &w->http, &e));
    }
    (void)exchange_once(w, row, k);
    failed = mem.failed > 0;
    mem.fail_at = 0;
    assert_true(exchange_once(w, row, k)); /* the client lives */
    w->closed = false;
    http_close(w->http, on_closed, w);
    w->http = NULL;
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    return failed;
}

static void run_all(struct world *w, bool forever)
{
    http_close(w->http, on_closed, w); /* the fixture's */
    w->http = NULL;
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        long k = 1;

        while (run_disturbed(w, &rows[i], forever, k)) {
            k++;
        }
        assert_true(k > 10);
    }
}

static void test_once(void **state)
{
    run_all(*state, false);
}

static void test_for_a_while(void **state)
{
    run_all(*state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_once),
        WITH_WORLD(test_for_a_while),
    };

    peer_set_environment();
    /* Before the client's own, which then only counts. */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_malloc, free, mem_realloc,
                             mem_strdup, mem_calloc) != CURLE_OK) {
        fputs("libcurl does not start\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests_name("http_nomem", tests, NULL, NULL);
}

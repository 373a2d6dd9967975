/* What the HTTP client sends, takes, refuses and says. */
#include "http_peer.h"

/* ---- answers ---- */

struct answer_row {
    const char *path;
    const char *method;
    int status;
    const char *body;
    const char *encoding;
    const char *headers; /* NULL: not looked at */
};

static const struct answer_row answers[] = {
    {"/ok", "GET", 200, "ok", "", "Content-Length=2|"},
    {"/ok", "POST", 200, "ok", "", NULL},
    {"/ok", "DELETE", 200, "ok", "", NULL},
    {"/close", "GET", 200, "until closed", "", NULL},
    {"/chunked", "GET", 200, "hello!", "", "Transfer-Encoding=chunked|"},
    {"/empty", "GET", 200, "", "", NULL},
    {"/204", "GET", 204, "", "", ""},
    {"/304", "GET", 304, "", "",
     "ETag=\"a\"|Content-Encoding=gzip|Content-Length=99999999|"},
    {"/404", "GET", 404, "gone", "", NULL},
    {"/500", "POST", 500, "", "", NULL},
    {"/head", "HEAD", 200, "", "", "Content-Length=99999999|X-A=b|"},
    {"/interim", "GET", 200, "ok", "", "Link=<late>|Content-Length=2|"},
    {"/trailers", "GET", 200, "ok", "", "Transfer-Encoding=chunked|Trailer=X-T|"},
    {"/folded", "GET", 200, "ok", "", "X-Long=one two|Content-Length=2|"},
    {"/headers", "GET", 200, "ok", "",
     "Link=<a>|X-Empty=|link=<b>|Date=Sun, 22 Nov 2026 12:00:00 GMT|"
     "Content-Length=2|"},
    {"/gzip", "GET", 200, "zz", "gzip", NULL},
    {"/x-gzip", "GET", 200, "zz", "gzip", NULL},
    {"/identity", "GET", 200, "ok", "", NULL},
    {"/twice", "GET", 200, "zz", "gzip, br", NULL},
    {"/303", "GET", 303, "bye", "", NULL},
};

static void test_answers(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct answer_row *row = &answers[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct outcome o;

        req.method = str_of(row->method);
        req.follow = true;
        exchange(&o, w, &req);
        if (!o.ok) {
            fail_msg("%s %s: %s", row->method, row->path, o.err.msg);
        }
        assert_int_equal(o.status, row->status);
        assert_string_equal(buf_cstr(&o.body), row->body);
        assert_string_equal(buf_cstr(&o.encoding), row->encoding);
        assert_string_equal(buf_cstr(&o.url), url);
        assert_false(o.moved);
        if (row->headers != NULL) {
            assert_string_equal(buf_cstr(&o.headers), row->headers);
        }
        outcome_finish(&o);
    }
}

/* ---- faults ---- */

struct fault_row {
    const char *path;
    enum err_kind kind;
    const char *says;
};

static const struct fault_row faults[] = {
    {"/short", ERR_NET, "cut short"},
    {"/short-chunk", ERR_NET, "cut short"},
    {"/no-last-chunk", ERR_NET, "cut short"},
    {"/bad-chunk", ERR_NET, "connection lost"},
    {"/reset-body", ERR_NET, "connection lost"},
    {"/reset", ERR_NET, "connection lost"},
    {"/hang-up", ERR_NET, "connection lost"},
    {"/half-head", ERR_NET, "cut short"},
    {"/half-head-no-length", ERR_NET, "cut short"},
    {"/huge", ERR_LIMIT, "longer than 16777216 bytes"},
    {"/overflow", ERR_LIMIT, "longer than"},
    {"/negative", ERR_REMOTE, "not HTTP"},
    {"/forever", ERR_LIMIT, "longer than"},
    {"/forever-plain", ERR_LIMIT, "longer than"},
    {"/flood", ERR_LIMIT, "headers"},
    {"/flood-1xx", ERR_LIMIT, "headers"},
    {"/long-line", ERR_LIMIT, "header"},
    {"/ssh", ERR_REMOTE, "not HTTP"},
    {"/http09", ERR_REMOTE, "not HTTP"},
    {"/101", ERR_REMOTE, "not HTTP"},
    {"/r6", ERR_REMOTE, "more than 5 redirects"},
    {"/loop", ERR_REMOTE, "more than 5 redirects"},
    {"/no-location", ERR_REMOTE, "redirect"},
    {"/abroad", ERR_REMOTE, "another origin (https://evil.example)"},
    {"/port", ERR_REMOTE, "another origin"},
    {"/host", ERR_REMOTE, "another origin"},
    {"/user", ERR_REMOTE, "redirect"},
    {"/file", ERR_REMOTE, "redirect"},
};

static void test_faults(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        const struct fault_row *row = &faults[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct outcome o;

        req.follow = true;
        exchange(&o, w, &req);
        if (o.ok) {
            fail_msg("%s: no error", row->path);
        }
        if (o.err.kind != row->kind || strstr(o.err.msg, row->says) == NULL) {
            fail_msg("%s: %s: %s", row->path, err_kind_name(o.err.kind), o.err.msg);
        }
        /* the request was sent, so it may have been acted on */
        assert_int_equal(o.err.retry, ERR_GIVE_UP);
        assert_non_null(strstr(o.err.msg, "127.0.0.1:"));
        assert_null(strstr(o.err.msg, "secret"));
        outcome_finish(&o);
    }
}

static void test_body_cap_is_exact(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/exact");
    struct outcome o;

    req.max_body = 5;
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&o.body), "12345");
    outcome_finish(&o);
    req.max_body = 4;
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_LIMIT);
    outcome_finish(&o);
    req = get(url, sizeof url, w->peer.port, "/chunked");
    req.max_body = 5;
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_LIMIT);
    outcome_finish(&o);
}

static void test_time_out(void **state)
{
    static const char *const paths[] = {"/loris?secret", "/silent?secret"};
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        char url[128];
        struct str path = str_of(paths[i]);
        struct http_request req = get(url, sizeof url, w->peer.port, paths[i]);
        struct outcome o;

        req.url.n -= strlen("?secret");
        assert_true(str_has_suffix(path, STR("?secret")));
        req.timeout = DUR_MS(120);
        exchange(&o, w, &req);
        assert_false(o.ok);
        assert_int_equal(o.err.kind, ERR_NET);
        assert_int_equal(o.err.retry, ERR_GIVE_UP);
        assert_non_null(strstr(o.err.msg, "no whole answer within 120 ms"));
        outcome_finish(&o);
    }
}

static void test_refused(void **state)
{
    struct world *w = *state;
    int fd;
    char url[128];
    struct http_request req =
        get(url, sizeof url, refusing_port(&fd), "/hooks/secret?token=secret");
    struct outcome o;

    req.method = STR("POST");
    req.body = STR("secret");
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_non_null(strstr(o.err.msg, "Connection refused"));
    assert_null(strstr(o.err.msg, "secret"));
    outcome_finish(&o);
    close(fd);
}

/* Refused before a packet leaves, in every form that such an address has. */
static void test_link_local(void **state)
{
    static const char *const urls[] = {
        "https://169.254.169.254/secret",
        "https://[fe80::1]/secret",
        "https://[::ffff:169.254.169.254]/secret",
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct http_request req = {
            .method = STR("GET"), .url = str_of(urls[i]), .no_link_local = true};
        struct outcome o;

        exchange(&o, w, &req);
        assert_false(o.ok);
        assert_int_equal(o.err.kind, ERR_NET);
        assert_non_null(strstr(o.err.msg, "link-local, which is refused"));
        assert_null(strstr(o.err.msg, "secret"));
        outcome_finish(&o);
    }
}

static void test_name_does_not_resolve(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("POST"),
        .url = STR("https://alignd.invalid/secret"),
        .timeout = DUR_S(30),
    };
    struct outcome o;

    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_null(strstr(o.err.msg, "secret"));
    outcome_finish(&o);
}

/* ---- redirects ---- */

struct follow_row {
    const char *path, *method;
    bool follow;
    int status;
    const char *end; /* path of the answer */
    bool moved;
};

static const struct follow_row follows[] = {
    {"/r5", "GET", true, 200, "/ok", false},
    {"/moved", "GET", true, 200, "/ok", true},
    {"/found", "GET", true, 200, "/ok", false},
    {"/moved", "GET", false, 301, "/moved", false},
    {"/moved", "POST", true, 301, "/moved", false},
    {"/r3?x=%20", "POST", true, 307, "/r3?x=%20", false},
    {"/moved", "HEAD", true, 301, "/moved", false},
    {"/moved", "DELETE", true, 301, "/moved", false},
};

static void test_follow(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(follows); i++) {
        const struct follow_row *row = &follows[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct http_header auth = {STR("Authorization"), STR("Bearer secret")};
        struct outcome o;

        req.headers = &auth;
        req.n_headers = 1;
        req.method = str_of(row->method);
        req.follow = row->follow;
        exchange(&o, w, &req);
        if (!o.ok) {
            fail_msg("%s: %s", row->path, o.err.msg);
        }
        assert_int_equal(o.status, row->status);
        assert_true(str_has_suffix(buf_str(&o.url), str_of(row->end)));
        assert_int_equal(o.moved, row->moved);
        if (row->status == 200) {
            assert_string_equal(buf_cstr(&o.body), "ok"); /* and no "bye" */
            assert_true(str_find(buf_str(&w->peer.last),
                                 STR("Authorization: Bearer secret")) > 0);
        }
        outcome_finish(&o);
    }
}

/* ---- what is sent ---- */

static void test_request_bytes(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_header headers[] = {
        {STR("Content-Type"), STR("application/json")},
        {STR("X-Empty"), STR("")},
        {STR("X-Blank"), STR("  v  ")},
    };
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok?page=2#frag");
    struct outcome o;
    char want[512];

    (void)snprintf(want, sizeof want,
                   "GET /ok?page=2 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "User-Agent: alignd/test\r\nAccept: */*\r\n"
                   "Accept-Encoding: identity\r\n\r\n",
                   w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&w->peer.last), want);
    outcome_finish(&o);

    req = get(url, sizeof url, w->peer.port, "/ok");
    req.method = STR("POST");
    req.body = STR("{\"a\":1}");
    req.headers = headers;
    req.n_headers = ARRAY_LEN(headers);
    req.gzip = true;
    (void)snprintf(want, sizeof want,
                   "POST /ok HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "User-Agent: alignd/test\r\nAccept: */*\r\n"
                   "Content-Type: application/json\r\nX-Empty:\r\nX-Blank: v\r\n"
                   "Accept-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
                   w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&w->peer.last), want);
    outcome_finish(&o);

    req.method = STR("DELETE");
    req.n_headers = 0;
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_true(str_has_prefix(buf_str(&w->peer.last), STR("DELETE /ok HTTP/1.1\r\n")));
    assert_true(str_has_suffix(buf_str(&w->peer.last), req.body));
    assert_true(str_find_nocase(buf_str(&w->peer.last), STR("content-type")) < 0);
    outcome_finish(&o);
}

static void test_large_post(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
    struct outcome o;
    size_t n = 900000;
    char *body = malloc(n);

    assert_non_null(body);
    memset(body, 'a', n);
    req.method = STR("POST");
    req.body = (struct str){body, n};
    outcome_init(&o, w);
    start(&o, &req);
    memset(body, 'b', n); /* it was copied */
    free(body);
    run_until(&o);
    assert_true(o.ok);
    assert_true(w->peer.last.n > n);
    assert_int_equal(w->peer.last.p[w->peer.last.n - 1], 'a');
    assert_true(str_find_nocase(buf_str(&w->peer.last), STR("expect:")) < 0);
    outcome_finish(&o);
}

struct refusal_row {
    const char *method, *url, *name;
    struct str value;
    const char *body;
};

static const struct refusal_row refusals[] = {
    {"GET", "http://example.com/", NULL, {NULL, 0}, ""},
    {"GET", "https://u:p@example.com/", NULL, {NULL, 0}, ""},
    {"GET", "gopher://127.0.0.1/", NULL, {NULL, 0}, ""},
    {"PUT", "https://example.com/", NULL, {NULL, 0}, ""},
    {"get", "https://example.com/", NULL, {NULL, 0}, ""},
    {"GET", "https://example.com/", NULL, {NULL, 0}, "body"},
    {"GET", "https://example.com/", "X-A", {"a\r\nX-B: b", 9}, ""},
    {"GET", "https://example.com/", "X-A", {"a\nb", 3}, ""},
    {"GET", "https://example.com/", "X-A", {"a\rb", 3}, ""},
    {"GET", "https://example.com/", "X-A", {"a\0b", 3}, ""},
    {"GET", "https://example.com/", "X A", {"a", 1}, ""},
    {"GET", "https://example.com/", "X:A", {"a", 1}, ""},
    {"GET", "https://example.com/", "", {"a", 1}, ""},
    {"GET", "https://example.com/", "Host", {"a", 1}, ""},
    {"GET", "https://example.com/", "content-LENGTH", {"0", 1}, ""},
    {"GET", "https://example.com/", "Transfer-Encoding", {"chunked", 7}, ""},
    {"GET", "https://example.com/", "Accept-Encoding", {"br", 2}, ""},
};

static void test_refusals(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        const struct refusal_row *row = &refusals[i];
        struct http_header h = {str_of(row->name), row->value};
        struct http_request req = {
            .method = str_of(row->method),
            .url = str_of(row->url),
            .body = str_of(row->body),
            .headers = &h,
            .n_headers = row->name != NULL,
        };
        struct http_call *call = NULL;
        struct err e;

        if (http_start(w->http, &req, on_done, NULL, &call, &e)) {
            fail_msg("row %zu was not refused", i);
        }
        assert_int_equal(e.kind, ERR_USAGE);
        assert_null(call);
    }
}

/* ---- libcurl's versions ---- */

static void test_versions(void **state UNUSED)
{
    static const struct {
        unsigned version;
        bool warns;
        long http;
    } rows[] = {
        {0x075801, false, CURL_HTTP_VERSION_1_1},
        {0x080001, false, CURL_HTTP_VERSION_1_1},
        {0x080100, false, CURL_HTTP_VERSION_2TLS},
        {0x080900, true, CURL_HTTP_VERSION_2TLS},
        {0x080901, false, CURL_HTTP_VERSION_2TLS},
        {0x080a00, true, CURL_HTTP_VERSION_2TLS},
        {0x080b00, true, CURL_HTTP_VERSION_2TLS},
        {0x080b01, false, CURL_HTTP_VERSION_2TLS},
        {0x081500, true, CURL_HTTP_VERSION_2TLS},
        {0x081600, false, CURL_HTTP_VERSION_2TLS},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(http_call_warning(rows[i].version) != NULL, rows[i].warns);
        assert_int_equal(http_call_version(rows[i].version), rows[i].http);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_answers),
        WITH_WORLD(test_faults),
        WITH_WORLD(test_body_cap_is_exact),
        WITH_WORLD(test_time_out),
        WITH_WORLD(test_refused),
        WITH_WORLD(test_link_local),
        WITH_WORLD(test_name_does_not_resolve),
        WITH_WORLD(test_follow),
        WITH_WORLD(test_request_bytes),
        WITH_WORLD(test_large_post),
        WITH_WORLD(test_refusals),
        cmocka_unit_test(test_versions),
    };

    peer_set_environment();
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}

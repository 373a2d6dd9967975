/*
 * The GitHub connector as a state machine: each case is a talk with a server. The
 * first walk, what changed since, several repositories; cursors that are not ours,
 * and too little memory.
 */
#include "tests/unit/github_issues_rig.h"

/* ---- the plain way ---- */

static void first_walk(void **state)
{
    struct rig *r = rig_of(state);
    const struct scope_event *ev;

    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    assert_true(str_eqz(r->req.http.method, "GET"));
    assert_true(
        str_eqz(rig_request_header(r, "Accept"), "application/vnd.github+json"));
    assert_true(str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), "2022-11-28"));
    assert_true(str_eqz(rig_request_header(r, "Authorization"), "Bearer tok-en"));
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    assert_true(r->req.http.follow && r->req.http.gzip);
    assert_int_equal(rig_next(r), TRACKER_IDLE);

    rig_header(r, "Date", DATE);
    link_next(r, "/repositories/42/issues?state=open&page=2");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
    assert_int_equal(r->feed.n_items, 1);
    assert_true(str_eqz(rig_expect(r, SCOPE_SEEN)->vid, "42"));
    ev = rig_expect(r, SCOPE_CHECKPOINT);
    assert_true(str_eqz(ev->scope, "acme/web"));

    /* A crash here: the next context goes on with the second page. */
    rig_again(r);
    rig_ask(r, "https://api.github.com/repositories/42/issues?state=open&page=2");
    rig_answer(r, 200, one_issue("2", "2026-11-20T00:00:00Z"));
    assert_non_null(rig_event(r, SCOPE_CHECKPOINT));
    assert_null(rig_event(r, SCOPE_SYNCED));

    rig_ask(r, CLOSED_URL);
    rig_answer(r, 200, "[]");
    ev = rig_expect(r, SCOPE_SYNCED);
    assert_int_equal(rig_next(r), TRACKER_DONE);

    /* From the first page's time on, not from the last change seen. */
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T11:58:00Z");
}

static void no_history(void **state)
{
    struct rig *r = rig_of(state);

    r->conf.history = SPAN_MS(0);
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void history_in_working_days(void **state)
{
    struct rig *r = rig_of(state);

    r->conf.history = SPAN_WD(5);
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_answer(r, 200, "[]");
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=closed&sort=created"
               "&direction=asc&per_page=100&since=2026-11-15T11:58:00Z");
}

static void anonymous(void **state)
{
    struct rig *r = rig_of(state);

    r->own.token.value = STR_NONE;
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    assert_int_equal(rig_request_header(r, "Authorization").n, 0);
}

static void enterprise_server(void **state)
{
    struct rig *r = rig_of(state);

    r->conf.url = STR("https://ghe.acme.com:8443/api/v3");
    rig_start(r, NULL);
    rig_ask(r, "https://ghe.acme.com:8443/api/v3/versions");
    rig_answer(r, 200, "[\"2022-11-28\"]");
    rig_ask(r, "https://ghe.acme.com:8443/api/v3/repos/acme/web/issues?state=open"
               "&sort=created&direction=asc&per_page=100");
    rig_header(
        r, "link",
        "<https://GHE.acme.com:8443/api/v3/repositories/7/issues?page=2>; rel=next");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
    rig_ask(r, "https://ghe.acme.com:8443/api/v3/repositories/7/issues?page=2");
}

/* ---- what changed ---- */

static void quiet_polls(void **state)
{
    struct rig *r = rig_of(state);
    char *before;

    /* Nothing newer than the watermark: the same URL is kept, now with an ETag. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "ETag", "W/\"abc\"");
    rig_answer(r, 200, one_issue("1", "2026-11-22T09:59:00Z"));
    assert_int_equal(r->feed.n_items, 1);
    rig_expect(r, SCOPE_SYNCED);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_null(strstr(buf_cstr(&r->cursor), "tok-en"));
    before = strdup(buf_cstr(&r->cursor));

    for (int i = 0; i < 3; i++) {
        r->now.ms += 120000;
        rig_again(r);
        rig_ask(r, SINCE);
        assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "W/\"abc\""));
        rig_answer(r, 304, "");
        assert_int_equal(r->feed.n_items, 0);
        rig_expect(r, SCOPE_SYNCED);
        assert_string_equal(buf_cstr(&r->cursor), before);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
    /* Another token's ETag is another one. */
    r->own.token.value = STR("tok-en-2");
    rig_again(r);
    rig_ask(r, SINCE);
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    free(before);
}

static void busy_polls(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "ETag", "\"one\"");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T10:58:00Z");
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    rig_header(r, "ETag", "\"two\"");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T10:58:00Z");
    assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "\"two\""));
    /* A 200 that has changed replaces it. */
    rig_answer(r, 200, one_issue("2", "2026-11-22T11:30:00Z"));
    assert_null(strstr(buf_cstr(&r->cursor), "etag"));
}

/* Pull requests move the watermark, too: the window would grow for ever. */
static void pull_requests(void **state)
{
    struct rig *r = rig_of(state);
    const char *const rows[][3] = {
        {"1", "2026-11-22T11:00:00Z", ",\"pull_request\":{\"url\":\"x\"}"},
        {"2", "2026-11-22T10:30:00Z", ",\"pull_request\":null"},
        {NULL, NULL, NULL},
    };

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_answer(r, 200, page_of(rows));
    assert_int_equal(r->feed.n_items, 1);
    assert_int_equal(r->feed.skipped, 1);
    assert_true(str_eqz(r->feed.items[0].key, "acme/web#2"));
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T10:58:00Z");
}

static void no_etag_of_many_pages(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "ETag", "\"one\"");
    link_next(r, "/repositories/42/issues?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T09:59:00Z"));
    rig_ask(r, "https://api.github.com/repositories/42/issues?page=2");
    rig_header(r, "ETag", "\"two\"");
    rig_answer(r, 200, one_issue("2", "2026-11-22T09:59:30Z"));
    rig_expect(r, SCOPE_SYNCED);
    assert_null(strstr(buf_cstr(&r->cursor), "etag"));

    /* Nor of a last page that a crash left as the only one seen. */
    rig_start(r,
              "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000,"
              "\"start\":1795341600000,\"page\":\"/repositories/42/issues?page=2\"}");
    rig_ask(r, "https://api.github.com/repositories/42/issues?page=2");
    rig_header(r, "ETag", "\"two\"");
    rig_answer(r, 200, one_issue("2", "2026-11-22T09:59:30Z"));
    rig_expect(r, SCOPE_SYNCED);
    assert_null(strstr(buf_cstr(&r->cursor), "etag"));
}

static void unasked_304(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_answer(r, 304, "");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, SINCE);
    rig_answer(r, 304, "");
    rig_expect_failed(r, ERR_REMOTE);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* An issue that changed while its list was read may have hidden another. */
static void shifted_pages(void **state)
{
    struct rig *r = rig_of(state);
    const char *const last[][3] = {
        {"4", "2026-11-22T10:40:00Z", ""},
        {"1", "2026-11-22T12:00:30Z", ""}, /* was on the first page, too */
        {NULL, NULL, NULL},
    };

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "Date", DATE);
    link_next(r, "/repositories/42/issues?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T10:10:00Z"));
    rig_ask(r, NULL);
    rig_header(r, "Date", "Sun, 22 Nov 2026 12:00:20 GMT");
    link_next(r, "/repositories/42/issues?page=3");
    rig_answer(r, 200, one_issue("2", "2026-11-22T10:20:00Z"));
    rig_ask(r, NULL);
    rig_header(r, "Date", "Sun, 22 Nov 2026 12:00:40 GMT");
    link_next(r, "/repositories/42/issues?page=4");
    rig_answer(r, 200, one_issue("3", "2026-11-22T10:30:00Z"));
    rig_ask(r, NULL);
    rig_header(r, "Date", "Sun, 22 Nov 2026 12:01:00 GMT");
    rig_answer(r, 200, page_of(last));
    rig_expect(r, SCOPE_SYNCED);
    /* Two pages were read before 12:00:30: what was on them is certain. */
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T10:18:00Z");
}

static void dates_from_the_future(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "Date", DATE);
    rig_answer(r, 200, one_issue("1", "2999-01-01T00:00:00Z"));
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T11:58:00Z");
}

/* A closed issue leaves the list of open ones, and another is skipped. */
static void open_issues_twice(void **state)
{
    struct rig *r = rig_of(state);
    const char *const closed[][3] = {
        {"1", "2026-11-22T12:00:30Z", ",\"closed_at\":\"2026-11-22T12:00:30Z\""},
        {NULL, NULL, NULL},
    };

    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_header(r, "Date", DATE);
    link_next(r, "/repositories/42/issues?page=2");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 200, one_issue("3", "2026-01-01T00:00:00Z"));
    rig_again(r);
    rig_ask(r, CLOSED_URL);
    rig_answer(r, 200, page_of(closed));
    assert_null(rig_event(r, SCOPE_SYNCED));
    rig_again(r);
    rig_ask(r, OPEN_URL);
    rig_answer(r, 200, one_issue("2", "2026-01-01T00:00:00Z"));
    rig_expect(r, SCOPE_SYNCED);
    rig_again(r);
    rig_ask(r, CHANGES_URL "2026-11-22T11:58:00Z");
}

/* ---- several repositories ---- */

static void open_before_closed(void **state)
{
    struct rig *r = rig_of(state);
    static const char *const order[] = {
        "web/issues?state=open", "pay/issues?state=open", "web/issues?state=closed",
        "pay/issues?state=closed"};

    rig_repo(r, "acme/pay");
    rig_start(r, NULL);
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        rig_ask(r, NULL);
        assert_true(str_find(r->req.http.url, str_of(order[i])) > 0);
        assert_int_equal(rig_next(r), TRACKER_IDLE);
        rig_answer(r, 200, "[]");
    }
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void cursors_that_are_not_ours(void **state)
{
    static const char *const cursors[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"v\":2,\"walk\":\"open\"}",
        "{\"v\":1}",
        "{\"v\":1,\"walk\":\"sideways\"}",
        "{\"v\":1,\"walk\":\"open\",\"page\":\"https://evil.example/\"}",
        "{\"v\":1,\"walk\":\"open\",\"page\":\"@evil.example/\"}",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(cursors); i++) {
        rig_start(r, cursors[i]);
        rig_ask(r, OPEN_URL);
    }
    rig_start(r, "{\"v\":1,\"walk\":\"changes\",\"since\":-5,\"newest\":\"x\"}");
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=all&sort=updated"
               "&direction=asc&per_page=100");
}

static void unknown_tag(void **state)
{
    struct rig *r = rig_of(state);
    struct err e;

    rig_start(r, NULL);
    rig_ask(r, NULL);
    rig_fresh_feed(r, 1 << 20);
    assert_false(rig_feed(r, r->req.tag + 1, 200, STR("[]"), &e));
    assert_int_equal(e.kind, ERR_USAGE);
}

/* Each allocation of an answer's arena that can fail. */
static void feed_without_memory(void **state)
{
    struct rig *r = rig_of(state);
    const char *const rows[][3] = {
        {"1", "2026-11-22T11:00:00Z",
         ",\"html_url\":\"https://github.com/acme/web/issues/"
         "1\",\"body\":\"Initiative: a"
         "\",\"labels\":[\"epic\",{\"name\":\"b\"}],\"assignees\":[{\"login\":\"c\"}],"
         "\"milestone\":{\"title\":\"m\"},\"type\":{\"name\":\"Epic\"}"},
        {"2", "2026-11-22T11:00:00Z", ""},
        {NULL, NULL, NULL},
    };
    size_t failed = 0;
    bool ok = false;
    struct err e = {0};

    for (size_t ceiling = 16; !ok && ceiling < 100000; ceiling += 16) {
        rig_start(r, CHANGES);
        rig_ask(r, NULL);
        rig_fresh_feed(r, ceiling);
        link_next(r, "/repositories/42/issues?page=2");
        ok = rig_feed(r, r->req.tag, 200, str_of(page_of(rows)), &e);
        r->n_headers = 0;
        failed += !ok;
        assert_true(ok || e.kind == ERR_NOMEM);
    }
    assert_true(ok);
    assert_in_range(failed, 20, 10000);
    assert_int_equal(r->feed.n_items, 2);
}

/* jansson's allocation number `k` from now fails, and all after it. */
static long allocations_left;

static void *failing_malloc(size_t n)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(n);
}

/* A cursor that could not be read for want of memory is not one that is damaged. */
static void create_without_memory(void **state)
{
    struct rig *r = rig_of(state);
    struct tracker_scope scope = {.name = STR("acme/web"), .cursor = STR(CHANGES)};
    struct tracker_start start = {.scopes = &scope, .n_scopes = 1, .now = r->now};
    struct tracker *t = NULL;
    bool ok = false;
    long k = 0;

    json_set_alloc_funcs(failing_malloc, free);
    for (; !ok && k < 1000; k++) {
        struct err e = {0};

        allocations_left = k;
        ok = github_ops.create(&r->conf, &start, &t, &e);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_NOMEM);
    }
    json_set_alloc_funcs(malloc, free);
    assert_in_range(k, 3, 999);
    github_ops.destroy(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(first_walk),
        CASE(no_history),
        CASE(history_in_working_days),
        CASE(anonymous),
        CASE(enterprise_server),
        CASE(quiet_polls),
        CASE(busy_polls),
        CASE(pull_requests),
        CASE(no_etag_of_many_pages),
        CASE(unasked_304),
        CASE(shifted_pages),
        CASE(dates_from_the_future),
        CASE(open_issues_twice),
        CASE(open_before_closed),
        CASE(cursors_that_are_not_ours),
        CASE(unknown_tag),
        CASE(feed_without_memory),
        CASE(create_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

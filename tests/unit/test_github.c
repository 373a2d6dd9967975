/* The GitHub connector as a state machine: each case is a talk with a server. */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/str.h"

#define OPEN_URL                                                                       \
    "https://api.github.com/repos/acme/web/issues?state=open&sort=created"             \
    "&direction=asc&per_page=100"
#define CLOSED_URL                                                                     \
    "https://api.github.com/repos/acme/web/issues?state=closed&sort=created"           \
    "&direction=asc&per_page=100&since=2026-05-26T11:58:00Z"
#define CHANGES_URL                                                                    \
    "https://api.github.com/repos/acme/web/issues?state=all&sort=updated"              \
    "&direction=asc&per_page=100&since="
#define DATE "Sun, 22 Nov 2026 12:00:00 GMT"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define SINCE CHANGES_URL "2026-11-22T09:58:00Z"

static struct rig *rig_of(void **state)
{
    return *state;
}

static int set_up(void **state)
{
    struct rig *r = malloc(sizeof *r);

    if (r == NULL) {
        return -1;
    }
    rig_init(r, "acme/web");
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    json_set_alloc_funcs(malloc, free);
    rig_finish(*state);
    free(*state);
    return 0;
}

/* A page of issues, each {number, updated_at, more members}. */
static char *page_of(const char *const (*rows)[3])
{
    static char out[1 << 16];
    size_t n = 0;

    n += (size_t)snprintf(out + n, sizeof out - n, "[");
    for (size_t i = 0; rows[i][0] != NULL; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n,
                              "%s{\"id\":100%s,\"number\":%s,\"title\":\"t\","
                              "\"state\":\"open\",\"updated_at\":\"%s\"%s}",
                              i > 0 ? "," : "", rows[i][0], rows[i][0], rows[i][1],
                              rows[i][2]);
    }
    snprintf(out + n, sizeof out - n, "]");
    return out;
}

static char *one_issue(const char *number, const char *updated)
{
    const char *const rows[][3] = {{number, updated, ""}, {NULL, NULL, NULL}};

    return page_of(rows);
}

static void link_next(struct rig *r, const char *path)
{
    static char value[1024];

    snprintf(value, sizeof value,
             "<https://api.github.com/x?page=1>; rel=\"first\", "
             "<https://api.github.com%s>; rel=\"next\"",
             path);
    rig_header(r, "Link", value);
}

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

/* ---- pages ---- */

static void foreign_pages(void **state)
{
    static const char *const links[] = {
        "<https://evil.example/repositories/1/issues?page=2>; rel=\"next\"",
        "<http://api.github.com/repositories/1/issues?page=2>; rel=\"next\"",
        "<https://api.github.com:8443/x>; rel=\"next\"",
        "<https://api.github.com.evil.example/x>; rel=next",
        "<//evil.example/x>; rel=\"next\"",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_failed(r, ERR_REMOTE);
        assert_int_equal(r->feed.n_items, 0);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

static void unreadable_links(void **state)
{
    static const char *const links[] = {
        "<https://user@api.github.com/x>; rel=\"next\"",
        "https://api.github.com/x; rel=\"next\"",
        "<https://api.github.com/x; rel=\"next\"",
        "<https://api.github.com/a b>; rel=\"next\"",
        "<https://api.github.com>; rel=\"next\"",
        "<https://api.github.com/x>; rel=\"next",
        "<?page=2>; rel=\"next\"",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_wait(r);
        rig_wait(r);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_failed(r, ERR_PARSE);
    }
}

static void page_loops(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    link_next(r, "/x?page=3");
    rig_answer(r, 200, one_issue("2", "2026-11-22T11:00:01Z"));
    rig_ask(r, "https://api.github.com/x?page=3");
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("3", "2026-11-22T11:00:02Z"));
    rig_expect_failed(r, ERR_REMOTE);
    /* Itself. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, &SINCE[strlen("https://api.github.com")]);
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect_failed(r, ERR_REMOTE);
    assert_int_equal(r->feed.n_items, 0);
}

/* The same issues under ever new addresses. */
static void repeated_pages(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    link_next(r, "/x?page=3");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect_failed(r, ERR_REMOTE);
    assert_int_equal(r->feed.n_items, 0);
    /* As the last one it is just the end. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect(r, SCOPE_SYNCED);
}

static void empty_pages(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    for (int i = 0; i < 2; i++) {
        rig_ask(r, SINCE);
        link_next(r, "/x?page=2");
        rig_answer(r, 200, "[]");
        if (i == 0) {
            rig_expect_wait(r);
            rig_wait(r);
        }
    }
    rig_expect_failed(r, ERR_REMOTE);
}

static void endless_pages(void **state)
{
    struct rig *r = rig_of(state);
    int asked = 0;

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    do {
        char path[64], number[16];

        snprintf(path, sizeof path, "/x?page=%d", asked);
        snprintf(number, sizeof number, "%d", asked + 1);
        link_next(r, path);
        rig_answer(r, 200, one_issue(number, "2026-11-22T11:00:00Z"));
        asked++;
    } while (asked < 20000 && rig_next(r) == TRACKER_REQUEST);
    assert_int_equal(asked, 10001);
    rig_expect_failed(r, ERR_LIMIT);
}

/* A walk must not begin in the future, whichever clock is wrong. */
static void a_date_of_a_time_to_come(void **state)
{
    static const struct {
        const char *date, *since;
    } rows[] = {
        {"Fri, 21 Nov 2036 12:00:00 GMT", "2026-11-22T11:58:00Z"},
        {"Sun, 22 Nov 2026 13:00:00 GMT", "2026-11-22T12:58:00Z"},
        {"Thu, 19 Nov 2026 12:00:00 GMT", "2026-11-19T11:58:00Z"},
        {"yesterday", "2026-11-22T11:58:00Z"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char url[300];

        r->conf.history = SPAN_MS(0);
        rig_start(r, NULL);
        rig_ask(r, OPEN_URL);
        rig_header(r, "Date", rows[i].date);
        rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
        rig_expect(r, SCOPE_SYNCED);
        rig_again(r);
        snprintf(url, sizeof url, "%s%s", CHANGES_URL, rows[i].since);
        rig_ask(r, url);
    }
}

static void too_deep(void **state)
{
    struct rig *r = rig_of(state);
    static const char body[] =
        "{\"message\":\"Pagination with the page parameter is not "
        "supported for large datasets\"}";

    /* Sorted by creation there is no date to go on from: once more by change. */
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_header(r, "Date", DATE);
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_expect(r, SCOPE_CHECKPOINT);
    rig_again(r);
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=open&sort=updated"
               "&direction=asc&per_page=100");
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:02:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_again(r);
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=open&sort=updated"
               "&direction=asc&per_page=100&since=2026-01-01T00:00:00Z");
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:02:00Z"));
    rig_ask(r, NULL);
    /* No further than before: that would be a loop. */
    rig_answer(r, 422, body);
    rig_expect_failed(r, ERR_REMOTE);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "Date", DATE);
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_expect(r, SCOPE_CHECKPOINT);
    rig_ask(r, CHANGES_URL "2026-11-22T10:58:00Z");
    /* On a first page it is a fault. */
    rig_answer(r, 422, "{\"message\":\"Validation Failed\"}");
    assert_non_null(
        strstr(rig_expect_failed(r, ERR_REMOTE)->err.msg, "Validation Failed"));
}

/* ---- refusals ---- */

static void refusals(void **state)
{
    static const struct {
        int status;
        const char *body, *header, *value;
        enum err_kind kind;
        const char *says;
    } row[] = {
        {404, "{\"message\":\"Not Found\"}", "x", "y", ERR_NOT_FOUND,
         "GitHub answered 404: Not Found; missing, or the token may not see "
         "it"},
        {403, "{\"message\":\"Resource not accessible by personal access token\"}",
         "X-Accepted-GitHub-Permissions", "issues=read", ERR_FORBIDDEN,
         "GitHub answered 403: Resource not accessible by personal access "
         "token; the token needs: issues=read"},
        {403, "{}", "X-Accepted-GitHub-Permissions", "issues=\xf0r\x1b[1m",
         ERR_FORBIDDEN,
         "GitHub answered 403; the token needs: issues=\xef\xbf\xbdr[1m"},
        {403, "<html>", "x", "y", ERR_FORBIDDEN,
         "GitHub answered 403; the token lacks a permission"},
        {451, "{\"message\":\"Repository access blocked\"}", "x", "y", ERR_REMOTE,
         "GitHub answered 451: Repository access blocked"},
        {418, "", "x", "y", ERR_REMOTE, "GitHub answered 418"},
        {204, "", "x", "y", ERR_REMOTE, "GitHub answered 204"},
        {302, "", "Location", "https://evil.example/", ERR_REMOTE,
         "GitHub answered 302; a redirect that was not followed"},
        {301, "", "Location", "https://evil.example/repositories/1", ERR_REMOTE,
         "redirected to what is no repository here"},
        {404, "{\"message\":\"a\\u001b[31m\\nb\\u202e\"}", "x", "y", ERR_NOT_FOUND,
         "GitHub answered 404: a[31m b; missing, or the token may not see "
         "it"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, row[i].header, row[i].value);
        rig_answer(r, row[i].status, row[i].body);
        const struct scope_event *ev = rig_expect_failed(r, row[i].kind);

        assert_string_equal(ev->err.msg, row[i].says);
        assert_true(str_eqz(ev->scope, "acme/web"));
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

static void issues_disabled(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_answer(r, 410, "{\"message\":\"Issues are disabled for this repo\"}");
    assert_true(str_eqz(rig_expect(r, SCOPE_DISABLED)->scope, "acme/web"));
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* A bad token ends everything: going on locks the account out. */
static void bad_token(void **state)
{
    struct rig *r = rig_of(state);
    uint32_t first, second;

    rig_repo(r, "acme/pay");
    rig_repo(r, "acme/ops");
    r->conf.budget.in_flight = 2;
    rig_start(r, NULL);
    first = rig_ask(r, NULL);
    second = rig_ask(r, NULL);
    assert_int_equal(rig_next(r), TRACKER_IDLE);
    rig_answer_tag(r, first, 401, STR("{\"message\":\"Bad credentials\"}"));
    assert_int_equal(rig_expect_failed(r, ERR_AUTH)->scope.n, 0);
    assert_null(strstr(rig_expect(r, SCOPE_FAILED)->err.msg, "tok-en"));
    assert_int_equal(rig_next(r), TRACKER_IDLE);
    rig_answer_tag(r, second, 200, STR("[]"));
    assert_int_equal(r->feed.n_events, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void others_go_on(void **state)
{
    struct rig *r = rig_of(state);

    rig_repo(r, "acme/pay");
    r->conf.history = SPAN_MS(0);
    rig_start(r, NULL);
    rig_ask(r, NULL);
    rig_answer(r, 404, "");
    rig_expect_failed(r, ERR_NOT_FOUND);
    rig_ask(r, "https://api.github.com/repos/acme/pay/issues?state=open&sort=created"
               "&direction=asc&per_page=100");
    rig_answer(r, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SYNCED)->scope, "acme/pay"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* A host that does not know the version is asked which ones it knows. */
static void unknown_version(void **state)
{
    struct rig *r = rig_of(state);

    rig_repo(r, "acme/pay");
    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_answer(r, 400, "{\"message\":\"unsupported version\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, "https://api.github.com/versions");
    assert_int_equal(rig_request_header(r, "X-GitHub-Api-Version").n, 0);
    rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, SINCE);
    assert_int_equal(rig_request_header(r, "X-GitHub-Api-Version").n, 0);
    rig_answer(r, 400, "{\"message\":\"no\"}");
    rig_expect_failed(r, ERR_REMOTE);
    rig_ask(r, NULL);
    assert_int_equal(rig_request_header(r, "X-GitHub-Api-Version").n, 0);
}

/* ---- limits ---- */

static void limits(void **state)
{
    static const struct {
        int status;
        const char *body;
        const char *headers[6];
        int64_t wait_s;
    } row[] = {
        {403, "", {"Retry-After", "30"}, 30},
        {429, "", {"Retry-After", "30"}, 30},
        {429, "", {"Retry-After", "0"}, 1},
        {429, "", {"Retry-After", "-5"}, 60},
        {429, "", {"Retry-After", "soon"}, 60},
        {429, "", {"Retry-After", "99999999999999999999"}, 3600},
        {429, "", {"Retry-After", "86400"}, 3600},
        {429, "", {"Retry-After", "Sun, 22 Nov 2026 12:00:08 GMT"}, 8},
        {429,
         "",
         {"Retry-After", "Sun, 22 Nov 2026 12:00:08 GMT", "Date",
          "Sun, 22 Nov 2026 11:59:58 GMT"},
         10},
        {429, "", {"Retry-After", "Sun, 22 Nov 2020 12:00:08 GMT"}, 1},
        {429, "", {NULL}, 60},
        {403,
         "{\"message\":\"You have exceeded a secondary rate limit.\"}",
         {NULL},
         60},
        {403,
         "{\"message\":\"You have triggered an abuse detection mechanism\"}",
         {NULL},
         60},
        {403,
         "{\"message\":\"API rate limit exceeded\"}",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795349700"},
         900},
        /* The server's clock is five minutes ahead of ours. */
        {403,
         "",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795349700", "Date",
          "Sun, 22 Nov 2026 12:05:00 GMT"},
         600},
        {403, "", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"}, 60},
        {403, "", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "x"}, 60},
        {403, "", {"X-RateLimit-Remaining", "0"}, 60},
        {403,
         "",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9999999999"},
         3600},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        r->now = rig_time("2026-11-22T12:00:00Z");
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        for (size_t j = 0; j < 6 && row[i].headers[j] != NULL; j += 2) {
            rig_header(r, row[i].headers[j], row[i].headers[j + 1]);
        }
        rig_answer(r, row[i].status, row[i].body);
        const struct scope_event *ev = rig_expect(r, SCOPE_PAUSED);

        assert_int_equal(ev->scope.n, 0);
        assert_int_equal(ev->until.ms - r->now.ms, row[i].wait_s * 1000);
        rig_expect_wait(r);
        assert_int_equal(r->until.ms, ev->until.ms);
        rig_wait(r);
        rig_ask(r, SINCE);
        rig_answer(r, 200, "[]");
        rig_expect(r, SCOPE_SYNCED);
    }
}

static void limits_in_a_row(void **state)
{
    static const int64_t waits[] = {60, 120, 240, 480, 960, 1920};
    struct rig *r = rig_of(state);

    rig_repo(r, "acme/pay");
    rig_start(r, CHANGES);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        rig_ask(r, NULL);
        rig_answer(r, 429, "");
        assert_int_equal(rig_expect(r, SCOPE_PAUSED)->until.ms - r->now.ms,
                         waits[i] * 1000);
        rig_wait(r);
    }
    rig_ask(r, NULL);
    rig_answer(r, 429, "");
    const struct scope_event *ev = rig_expect_failed(r, ERR_RATE);

    assert_int_equal(ev->scope.n, 0);
    assert_int_equal(ev->err.retry, ERR_TRY_AFTER);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Both were out when the limit was met: it is one. */
static void limit_met_by_two(void **state)
{
    struct rig *r = rig_of(state);
    uint32_t first, second;

    rig_repo(r, "acme/pay");
    r->conf.budget.in_flight = 2;
    rig_start(r, CHANGES);
    for (int i = 0; i < 5; i++) {
        first = rig_ask(r, NULL);
        second = rig_ask(r, NULL);
        rig_header(r, "Retry-After", "90");
        rig_answer_tag(r, first, 429, STR_NONE);
        rig_expect(r, SCOPE_PAUSED);
        assert_int_equal(rig_next(r), TRACKER_IDLE);
        rig_header(r, "Retry-After", "90");
        rig_answer_tag(r, second, 429, STR_NONE);
        assert_null(rig_event(r, SCOPE_FAILED));
        rig_wait(r);
    }
}

static void reserve(void **state)
{
    static const struct {
        const char *limit, *remaining, *reset;
        int64_t wait_s; /* 0: none */
    } row[] = {
        {"5000", "1001", "1795349700", 0}, {"5000", "1000", "1795349700", 900},
        {"5000", "0", "1795349700", 900},  {"5000", "1000", "1795348800", 0},
        {"5000", "1000", "x", 0},          {"0", "0", "1795349700", 0},
        {"5000", "-1", "1795349700", 0},   {"5000", "3", "9999999999", 3600},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        rig_start(r, NULL);
        rig_ask(r, OPEN_URL);
        rig_header(r, "X-RateLimit-Limit", row[i].limit);
        rig_header(r, "X-RateLimit-Remaining", row[i].remaining);
        rig_header(r, "X-RateLimit-Reset", row[i].reset);
        rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
        assert_int_equal(r->feed.n_items, 1);
        rig_expect(r, SCOPE_CHECKPOINT);
        if (row[i].wait_s == 0) {
            assert_null(rig_event(r, SCOPE_PAUSED));
            rig_ask(r, NULL);
            continue;
        }
        assert_int_equal(rig_expect(r, SCOPE_PAUSED)->until.ms - r->now.ms,
                         row[i].wait_s * 1000);
        rig_wait(r);
        rig_ask(r, NULL);
        /* Nothing more to ask: nothing to wait for. */
        rig_header(r, "X-RateLimit-Limit", "5000");
        rig_header(r, "X-RateLimit-Remaining", "3");
        rig_header(r, "X-RateLimit-Reset", "1795400000");
        rig_answer(r, 200, "[]");
        assert_null(rig_event(r, SCOPE_PAUSED));
        assert_int_equal(rig_next(r), TRACKER_DONE);
        r->now = rig_time("2026-11-22T12:00:00Z");
    }
}

static void limits_are_told(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_header(r, "x-ratelimit-limit", "5000");
    rig_header(r, "x-ratelimit-remaining", "4999");
    rig_header(r, "x-ratelimit-reset", "1795349700");
    rig_header(r, "date", DATE);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.rate_limit, 5000);
    assert_int_equal(r->feed.rate_remaining, 4999);
    assert_int_equal(r->feed.rate_reset.ms, INT64_C(1795349700000));
    assert_int_equal(r->feed.server_date.ms, r->now.ms);
    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.rate_limit, -1);
    assert_int_equal(r->feed.rate_remaining, -1);
    assert_int_equal(r->feed.rate_reset.ms, 0);
    assert_int_equal(r->feed.server_date.ms, 0);
}

/* ---- trouble on the way ---- */

static void server_errors(void **state)
{
    static const int statuses[] = {500, 502, 503, 504, 408};
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        rig_start(r, CHANGES);
        for (int try = 0; try < 4; try++) {
            rig_ask(r, try < 2 ? SINCE : NULL);
            rig_answer(r, statuses[i], "Server Error");
            if (try < 3) {
                rig_expect_wait(r);
                rig_wait(r);
            }
        }
        rig_expect_failed(r, ERR_REMOTE);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

static void smaller_pages(void **state)
{
    struct rig *r = rig_of(state);
    static const char *const first[] = {"100", "100", "50", "25"};
    static const char *const later[] = {"per_page=100&page=7", "per_page=100&page=7",
                                        "per_page=50&page=13", "per_page=25&page=25"};

    rig_start(r, CHANGES);
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        char want[64];

        rig_ask(r, NULL);
        snprintf(want, sizeof want, "&per_page=%s&", first[i]);
        assert_true(str_find(r->req.http.url, str_of(want)) > 0);
        if (i + 1 < ARRAY_LEN(first)) {
            rig_answer(r, 502, "");
            rig_wait(r);
        }
    }
    rig_header(r, "ETag", "\"x\"");
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
    assert_null(strstr(buf_cstr(&r->cursor), "etag"));

    /* The same items come next when a later page is made smaller. */
    rig_start(r, "{\"v\":1,\"walk\":\"open\",\"page\":\"/x?per_page=100&page=7\"}");
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        rig_ask(r, NULL);
        assert_true(str_has_suffix(r->req.http.url, str_of(later[i])));
        if (i + 1 < ARRAY_LEN(later)) {
            rig_answer(r, 502, "");
            rig_wait(r);
        }
    }
}

static void no_answer(void **state)
{
    struct rig *r = rig_of(state);
    struct wall began;

    rig_repo(r, "acme/pay");
    rig_start(r, CHANGES);
    began = r->now;
    for (int try = 0; try < 4; try++) {
        rig_ask(r, SINCE);
        rig_fail(r, ERR_NET);
        if (try < 3) {
            /* The other repository does not wait for this one. */
            assert_null(rig_event(r, SCOPE_FAILED));
            if (try == 0) {
                rig_ask(r, NULL);
                assert_true(str_find(r->req.http.url, STR("/acme/pay/")) > 0);
                rig_answer(r, 404, "");
            }
            rig_wait(r);
        }
    }
    assert_true(r->now.ms - began.ms <= 2000 + 4000 + 8000);
    rig_expect_failed(r, ERR_NET);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void retry_after_an_error(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "Retry-After", "77");
    rig_answer(r, 503, "");
    rig_expect_wait(r);
    assert_int_equal(r->until.ms - r->now.ms, 77000);
    /* Deterministic: the same talk, the same waits. */
    int64_t waits[2];

    for (int i = 0; i < 2; i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_answer(r, 503, "");
        rig_expect_wait(r);
        waits[i] = r->until.ms - r->now.ms;
    }
    assert_int_equal(waits[0], waits[1]);
    assert_in_range(waits[0], 100, 2000);
}

static void malformed(void **state)
{
    static const struct {
        const char *body, *type;
    } row[] = {
        {"<html><body>hello</body></html>", "text/html"},
        {"<html><body>hello</body></html>", "application/json"},
        {"[]", "text/html; charset=utf-8"},
        {"null", "application/json"},
        {"{}", "application/json"},
        {"{\"message\":\"hi\"}", "application/json"},
        {"\"s\"", "application/json"},
        {"", "application/json"},
        {"[", "application/json"},
        {"[{\"id\":1,\"number\":1,\"title\":\"t\"}", "application/json"},
        {"[{\"id\":1,\"number\":1,\"title\":\"t\",\"id\":2}]", "application/json"},
        {"[1,2]", "application/json"},
        {"[{}]", "application/json"},
        {"[[]]", "application/json"},
        {"[{\"id\":\"1\",\"number\":1,\"title\":\"t\"}]", "application/json"},
        {"[{\"id\":1,\"number\":1,\"title\":\"\xff\"}]", "application/json"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, "Content-Type", row[i].type);
        rig_answer(r, 200, row[i].body);
        rig_expect_wait(r);
        rig_wait(r);
        rig_ask(r, SINCE);
        rig_header(r, "Content-Type", row[i].type);
        rig_answer(r, 200, row[i].body);
        rig_expect_failed(r, ERR_PARSE);
        assert_int_equal(r->feed.n_items, 0);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
    /* Once is no failure. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_answer(r, 200, "[");
    rig_wait(r);
    rig_ask(r, SINCE);
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
}

/* ---- renamed ---- */

static void moved_to(struct rig *r, const char *url)
{
    r->moved = true;
    r->url = str_of(url);
}

static void renamed(void **state)
{
    struct rig *r = rig_of(state);
    const struct scope_event *ev;
    struct tracker_scope stored = {0};
    char *cursor;

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    moved_to(r, "https://api.github.com/repositories/42/issues?state=all");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    assert_int_equal(r->feed.n_items, 0);
    rig_ask(r, "https://api.github.com/repositories/42");
    rig_answer(r, 200, "{\"id\":42,\"full_name\":\"acme/site\",\"private\":true}");
    ev = rig_expect(r, SCOPE_RENAMED);
    assert_true(str_eqz(ev->scope, "acme/web"));
    assert_true(str_eqz(ev->to, "acme/site"));
    assert_true(str_eqz(ev->vid, "42"));
    assert_true(str_eqz(rig_expect(r, SCOPE_CHECKPOINT)->scope, "acme/site"));
    rig_ask(r, "https://api.github.com/repos/acme/site/issues?state=all&sort=updated"
               "&direction=asc&per_page=100&since=2026-11-22T09:58:00Z");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    assert_true(str_eqz(r->feed.items[0].scope, "acme/site"));
    assert_true(str_eqz(rig_expect(r, SCOPE_SYNCED)->scope, "acme/site"));

    /* The configuration still has the old name. */
    cursor = strdup(buf_cstr(&r->cursor));
    stored = (struct tracker_scope){
        .name = STR("acme/site"), .vid = STR("42"), .cursor = str_of(cursor)};
    rig_start_with(r, &stored, 1);
    rig_ask(r, "https://api.github.com/repos/acme/site/issues?state=all&sort=updated"
               "&direction=asc&per_page=100&since=2026-11-22T10:58:00Z");
    /* Both names in the configuration: one repository. */
    rig_repo(r, "Acme/Site");
    rig_start_with(r, &stored, 1);
    rig_ask(r, NULL);
    assert_int_equal(rig_next(r), TRACKER_IDLE);
    rig_answer(r, 200, "[]");
    assert_int_equal(rig_next(r), TRACKER_DONE);
    free(cursor);
}

static void renamed_and_quiet(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    moved_to(r, "https://api.github.com/repos/acme/site/issues?state=all");
    rig_answer(r, 304, "");
    assert_true(str_eqz(rig_expect(r, SCOPE_RENAMED)->to, "acme/site"));
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/site/issues?")) > 0);
}

static void renamed_to_a_neighbour(void **state)
{
    struct rig *r = rig_of(state);

    rig_repo(r, "acme/site");
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    moved_to(r, "https://api.github.com/repos/ACME/site/issues");
    rig_answer(r, 200, "[]");
    rig_expect_failed(r, ERR_CONFLICT);
}

static void endless_renames(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    for (int i = 0; i < 2; i++) {
        rig_ask(r, NULL);
        moved_to(r, "https://api.github.com/repositories/42/issues");
        rig_answer(r, 200, "[]");
        rig_ask(r, "https://api.github.com/repositories/42");
        rig_answer(r, 200, "{\"id\":42,\"full_name\":\"acme/web\"}");
    }
    rig_ask(r, NULL);
    moved_to(r, "https://api.github.com/repositories/42/issues");
    rig_answer(r, 200, "[]");
    rig_expect_failed(r, ERR_REMOTE);
}

static void rename_without_a_name(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum err_kind kind;
        bool retried;
    } row[] = {
        {200, "{\"id\":42}", ERR_PARSE, true},
        {200, "{\"id\":42,\"full_name\":\"../x\"}", ERR_PARSE, true},
        {200, "[]", ERR_PARSE, true},
        {404, "", ERR_NOT_FOUND, false},
        {410, "", ERR_GONE, false},
        {304, "", ERR_REMOTE, false},
        {301, "", ERR_REMOTE, false},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        moved_to(r, "https://api.github.com/repositories/42/issues");
        rig_answer(r, 200, "[]");
        rig_ask(r, "https://api.github.com/repositories/42");
        rig_answer(r, row[i].status, row[i].body);
        if (row[i].retried) {
            rig_wait(r);
            rig_ask(r, "https://api.github.com/repositories/42");
            rig_answer(r, row[i].status, row[i].body);
        }
        rig_expect_failed(r, row[i].kind);
    }
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

/* ---- configuration ---- */

struct reports {
    size_t n;
    char last[200];
};

static void note_report(void *arg, const char *key, const char *message)
{
    struct reports *got = arg;

    got->n++;
    snprintf(got->last, sizeof got->last, "%s: %s", key, message);
}

static void configuration(void **state)
{
    static const struct {
        const char *repos[4];
        size_t reports;
        const char *last;
    } row[] = {
        {{"acme/web", "acme/.github", "a-b/c_d.e"}, 0, ""},
        {{NULL}, 1, "repos: at least one repository is needed, or 'org'"},
        {{"acme"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/"}, 1, "repos: a repository is written owner/repository"},
        {{"/web"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/web/x"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/.."}, 1, "repos: a repository is written owner/repository"},
        {{"acme/w b"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/web?x"}, 1, "repos: a repository is written owner/repository"},
        {{"https://github.com/acme/web"},
         1,
         "repos: a repository is written owner/repository"},
        {{"acme/web", "acme/pay", "ACME/Web"},
         1,
         "repos: a repository is listed twice"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct reports got = {.last = ""};
        struct err e;

        r->own.repos.n = 0;
        for (size_t j = 0; j < 4 && row[i].repos[j] != NULL; j++) {
            rig_repo(r, row[i].repos[j]);
        }
        github_ops.check(&r->conf, note_report, &got);
        assert_int_equal(got.n, row[i].reports);
        assert_string_equal(got.last, row[i].last);
        /* Unchecked, it is still an error and no request. */
        if (row[i].reports > 0 && row[i].repos[0] != NULL && row[i].repos[1] == NULL) {
            struct tracker_start start = {.now = r->now};
            struct tracker *t;

            assert_false(github_ops.create(&r->conf, &start, &t, &e));
            assert_int_equal(e.kind, ERR_CONFIG);
        }
    }
}

static void wrong_urls(void **state)
{
    static const char *const urls[] = {
        "ftp://api.github.com",
        "https://",
        "https://a b",
        "https://api.github.com/",
        "https://api.github.com?x=1",
        "https://u@api.github.com",
        "api.github.com",
        "https://api.github.com:0",
        "https://api.github.com:99999",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct tracker_start start = {.now = r->now};
        struct tracker *t;
        struct err e;

        r->conf.url = str_of(urls[i]);
        if (github_ops.create(&r->conf, &start, &t, &e)) {
            fail_msg("taken: %s", urls[i]);
        }
        assert_int_equal(e.kind, ERR_CONFIG);
    }
    r->conf.url = STR_NONE;
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
}

static void fingerprints(void **state)
{
    struct rig *r = rig_of(state);
    uint64_t before = github_ops.fingerprint(&r->conf);
    struct str types[] = {STR("Epic"), STR("Feature")};
    struct str joined[] = {STR("EpicFeature")};
    struct str_pair fields[] = {{STR("status"), STR("Stage")},
                                {STR("points"), STR("Size")}};

    r->own.token.value = STR("another");
    rig_repo(r, "acme/pay");
    assert_true(github_ops.fingerprint(&r->conf) == before);
    r->conf.url = STR_NONE; /* the default, which it was */
    assert_true(github_ops.fingerprint(&r->conf) == before);

    r->conf.url = STR("https://ghe.acme.com/api/v3");
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.history = SPAN_MS(1);
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.none = true;
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.types = (struct str_list){types, 2};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.types = (struct str_list){joined, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.labels = r->conf.epics.types;
    r->conf.epics.types = (struct str_list){NULL, 0};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.in_progress = (struct str_list){joined, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.fields = (struct str_pair_list){fields, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    /* All fields are read, whatever they mean. */
    r->conf.fields.n = 2;
    assert_true(github_ops.fingerprint(&r->conf) == before);
}

static void the_table(void **state)
{
    (void)state;
    assert_string_equal(github_ops.name, "github");
    assert_string_equal(github_ops.default_url, "https://api.github.com");
    assert_int_equal(github_ops.conf_size, sizeof(struct github_conf));
    for (const struct conf_key *k = github_ops.keys; k->name != NULL; k++) {
        assert_true(k->offset < sizeof(struct github_conf));
        assert_non_null(k->doc);
    }
    github_ops.destroy(NULL);
    assert_ptr_equal(tracker_find(STR("github")), &github_ops);
    assert_string_equal(tracker_find(STR("jira"))->name, "jira");
    assert_null(tracker_find(STR("GitHub")));
    assert_null(tracker_find(STR_NONE));
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
        CASE(foreign_pages),
        CASE(unreadable_links),
        CASE(page_loops),
        CASE(repeated_pages),
        CASE(empty_pages),
        CASE(endless_pages),
        CASE(a_date_of_a_time_to_come),
        CASE(too_deep),
        CASE(refusals),
        CASE(issues_disabled),
        CASE(bad_token),
        CASE(others_go_on),
        CASE(unknown_version),
        CASE(limits),
        CASE(limits_in_a_row),
        CASE(limit_met_by_two),
        CASE(reserve),
        CASE(limits_are_told),
        CASE(server_errors),
        CASE(smaller_pages),
        CASE(no_answer),
        CASE(retry_after_an_error),
        CASE(malformed),
        CASE(renamed),
        CASE(renamed_and_quiet),
        CASE(renamed_to_a_neighbour),
        CASE(endless_renames),
        CASE(rename_without_a_name),
        CASE(open_before_closed),
        CASE(cursors_that_are_not_ours),
        CASE(unknown_tag),
        CASE(feed_without_memory),
        CASE(create_without_memory),
        CASE(configuration),
        CASE(wrong_urls),
        CASE(fingerprints),
        CASE(the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

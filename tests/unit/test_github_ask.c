/* What has vanished on GitHub: repositories listed as a whole, issues asked for. */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/str.h"

#define API "https://api.github.com"
#define OPEN_QUERY "/issues?state=open&sort=created&direction=asc&per_page=100"
#define CLOSED_QUERY                                                                   \
    "/issues?state=closed&sort=created&direction=asc&per_page=100"                     \
    "&since=2026-05-26T11:58:00Z"
#define DATE "Sun, 22 Nov 2026 12:00:00 GMT"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"

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

/* Both repositories were read before; the first is due to be listed. */
static void start(struct rig *r, const char *vid)
{
    const struct tracker_scope scopes[] = {
        {.name = STR("acme/web"),
         .vid = str_of(vid),
         .cursor = STR(CHANGES),
         .list = true},
        {.name = STR("acme/pay"), .vid = STR("77"), .cursor = STR(CHANGES)},
    };

    rig_start_with(r, scopes, ARRAY_LEN(scopes));
}

static void answer_changes(struct rig *r)
{
    rig_ask(r, NULL);
    rig_header(r, "Date", DATE);
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
}

static const char issue_7[] =
    "[{\"id\":1007,\"number\":7,\"title\":\"t\",\"state\":\"open\","
    "\"updated_at\":\"2026-01-01T00:00:00Z\"}]";
static const char issue_8[] =
    "[{\"id\":1008,\"number\":8,\"title\":\"t\",\"state\":\"closed\","
    "\"updated_at\":\"2026-06-01T00:00:00Z\"}]";

/* ---- listing ---- */

static void listing(void **state)
{
    struct rig *r = rig_of(state);
    struct str cursor;

    start(r, "42");
    rig_ask(r, NULL);
    rig_header(r, "Date", DATE);
    rig_answer(r, 200, "[]");
    cursor = rig_expect(r, SCOPE_SYNCED)->cursor;
    assert_true(str_eqz(cursor, CHANGES));
    assert_true(str_eqz(rig_expect(r, SCOPE_LISTING)->scope, "acme/web"));

    rig_ask(r, API "/repos/acme/web" OPEN_QUERY);
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    rig_header(r, "Link", "<" API "/repositories/42/issues?page=2>; rel=\"next\"");
    rig_answer(r, 200, issue_7);
    assert_int_equal(r->feed.n_items, 1);
    assert_null(rig_event(r, SCOPE_CHECKPOINT));
    rig_ask(r, API "/repositories/42/issues?page=2");
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.n_events, 0);

    rig_ask(r, API "/repos/acme/web" CLOSED_QUERY);
    rig_answer(r, 200, issue_8);
    assert_int_equal(r->feed.n_items, 1);
    assert_null(rig_event(r, SCOPE_SYNCED));
    assert_int_equal(rig_expect(r, SCOPE_LISTED)->since.ms,
                     rig_time("2026-05-26T12:00:00Z").ms);
    assert_true(str_eqz(rig_expect(r, SCOPE_LISTED)->scope, "acme/web"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Closed issues are not listed without history: none of them is to be missed. */
static void listing_without_history(void **state)
{
    struct rig *r = rig_of(state);

    r->conf.history = SPAN_MS(0);
    start(r, "42");
    answer_changes(r);
    rig_ask(r, API "/repos/acme/web" OPEN_QUERY);
    rig_header(r, "Date", "Sun, 22 Nov 2026 12:00:30 GMT");
    rig_answer(r, 200, "[]");
    assert_int_equal(rig_expect(r, SCOPE_LISTED)->since.ms,
                     rig_time("2026-11-22T12:00:30Z").ms);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Also where nothing has changed, and after everything else. */
static void listing_of_the_quiet(void **state)
{
    struct rig *r = rig_of(state);
    struct tracker_scope scopes[2] = {
        {.name = STR("acme/web"), .list = true},
        {.name = STR("acme/pay"), .cursor = STR(CHANGES)},
    };

    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_header(r, "ETag", "\"one\"");
    rig_answer(r, 200, "[]");
    scopes[0].cursor = buf_str(&r->cursor);
    rig_repo(r, "acme/pay");
    rig_start_with(r, scopes, 2);
    rig_ask(r, NULL);
    rig_answer(r, 304, "");
    rig_expect(r, SCOPE_SYNCED);
    rig_expect(r, SCOPE_LISTING);
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/pay")));
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repos/acme/web" OPEN_QUERY);
}

static void no_listing_after_a_first_walk(void **state)
{
    struct rig *r = rig_of(state);
    const struct tracker_scope scope = {.name = STR("acme/web"), .list = true};

    r->conf.history = SPAN_MS(0);
    rig_start_with(r, &scope, 1);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
    assert_null(rig_event(r, SCOPE_LISTING));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* The repository was read, whatever comes of the listing. */
static void failed_listings(void **state)
{
    struct rig *r = rig_of(state);
    static const int statuses[] = {404, 403, 410, 301, 418};

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        start(r, "42");
        answer_changes(r);
        rig_ask(r, NULL);
        rig_header(r, "Location", API "/repositories/43/issues");
        rig_answer(r, statuses[i], "{\"message\":\"no\"}");
        assert_int_equal(r->feed.n_events, 0);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
    start(r, "42");
    answer_changes(r);
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            rig_wait(r);
        }
        rig_ask(r, NULL);
        rig_fail(r, ERR_NET);
        assert_int_equal(r->feed.n_events, 0);
    }
    assert_int_equal(rig_next(r), TRACKER_DONE);

    start(r, "42");
    answer_changes(r);
    rig_ask(r, NULL);
    rig_header(r, "Link", "<https://elsewhere.com/issues?page=2>; rel=\"next\"");
    rig_answer(r, 200, issue_7);
    assert_int_equal(r->feed.n_events, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Lists too long to be paged by number go on by date. */
static void long_listing(void **state)
{
    struct rig *r = rig_of(state);

    start(r, "42");
    answer_changes(r);
    rig_ask(r, NULL);
    rig_header(r, "Link", "<" API "/repositories/42/issues?page=2>; rel=\"next\"");
    rig_answer(r, 200, issue_7);
    rig_ask(r, NULL);
    rig_answer(r, 422, "{\"message\":\"Pagination with the page parameter\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(
        r, API
        "/repos/acme/web/issues?state=open&sort=updated&direction=asc&per_page=100");
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repos/acme/web" CLOSED_QUERY);
    rig_answer(r, 200, "[]");
    rig_expect(r, SCOPE_LISTED);
}

/* The last of the hour's budget is not for this. */
static void listing_put_off(void **state)
{
    struct rig *r = rig_of(state);

    for (int limited = 0; limited < 2; limited++) {
        start(r, "42");
        answer_changes(r);
        rig_ask(r, NULL);
        rig_header(r, "Date", DATE);
        rig_header(r, "x-ratelimit-limit", "5000");
        rig_header(r, "x-ratelimit-remaining", limited ? "0" : "999");
        rig_header(r, "x-ratelimit-reset", "1795349400");
        rig_answer(r, limited ? 403 : 200, limited ? "{}" : "[]");
        assert_null(rig_event(r, SCOPE_FAILED));
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

/* An answer on its way while the listing is put off comes too late to count. */
static void late_answer_of_a_listing(void **state)
{
    struct rig *r = rig_of(state);
    const struct tracker_scope scopes[] = {
        {.name = STR("acme/web"), .cursor = STR(CHANGES), .list = true},
        {.name = STR("acme/pay"), .cursor = STR(CHANGES), .list = true},
    };
    uint32_t first, second;

    r->conf.budget.in_flight = 2;
    rig_repo(r, "acme/pay");
    rig_start_with(r, scopes, 2);
    first = rig_ask(r, NULL);
    second = rig_ask(r, NULL);
    rig_answer_tag(r, first, 200, STR("[]"));
    rig_answer_tag(r, second, 200, STR("[]"));
    first = rig_ask(r, NULL);
    second = rig_ask(r, NULL);
    rig_header(r, "Retry-After", "60");
    rig_answer_tag(r, first, 429, STR("{}"));
    assert_int_equal(rig_next(r), TRACKER_IDLE);
    rig_answer_tag(r, second, 200, str_of(issue_7));
    assert_int_equal(r->feed.n_items, 0);
    assert_int_equal(r->feed.n_events, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* What is missed in one repository waits until all others were read. */
static void others_first(void **state)
{
    struct rig *r = rig_of(state);
    const struct tracker_missing lost = {STR("1004"), STR("acme/web#4")};
    uint32_t first, second;
    struct err e;

    r->conf.budget.in_flight = 2;
    r->conf.history = SPAN_MS(0);
    rig_repo(r, "acme/pay");
    start(r, "42");
    first = rig_ask(r, NULL);
    second = rig_ask(r, NULL);
    rig_answer_tag(r, first, 200, STR("[]"));
    first = rig_ask(r, NULL);
    rig_answer_tag(r, second, 502, STR_NONE);
    rig_answer_tag(r, first, 200, STR("[]"));
    rig_expect(r, SCOPE_LISTED);
    assert_true(github_ops.missing(r->t, STR("acme/web"), &lost, 1, &e));
    rig_wait(r);
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/pay/issues?")));
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repositories/42/issues/4");
}

/* ---- fates ---- */

static const struct tracker_missing gone_4 = {STR_INIT("1004"), STR_INIT("acme/web#4")};

static void miss(struct rig *r, const struct tracker_missing *v, size_t n)
{
    struct err e;

    if (!github_ops.missing(r->t, STR("acme/web"), v, n, &e)) {
        fail_msg("missing: %s", e.msg);
    }
}

/* Both repositories are read, none is due to be listed; issue 4 is missed. */
static void start_missing(struct rig *r, const char *vid)
{
    const struct tracker_scope scopes[] = {
        {.name = STR("acme/web"), .vid = str_of(vid), .cursor = STR(CHANGES)},
        {.name = STR("acme/pay"), .vid = STR("77"), .cursor = STR(CHANGES)},
    };

    if (r->own.repos.n == 1) {
        rig_repo(r, "acme/pay");
    }
    rig_start_with(r, scopes, ARRAY_LEN(scopes));
    answer_changes(r);
    answer_changes(r);
    miss(r, &gone_4, 1);
}

static const char *issue_at(const char *id, const char *repo, const char *more)
{
    static char body[1000];

    snprintf(body, sizeof body,
             "{\"id\":%s,\"number\":4,\"title\":\"t\",\"state\":\"open\","
             "\"updated_at\":\"2026-11-01T00:00:00Z\","
             "\"html_url\":\"https://github.com/%s/issues/4\"%s}",
             id, repo, more);
    return body;
}

static void expect_fate(const struct rig *r, enum item_fate kind, const char *to,
                        const char *detail)
{
    assert_int_equal(r->feed.n_fates, 1);
    const struct fate *f = &r->feed.fates[0];

    if (f->kind != kind || !str_eqz(f->to_vid, to) ||
        str_find(f->detail, str_of(detail)) < 0) {
        fail_msg("fate %d to '%.*s': %.*s", (int)f->kind, STR_FMT(f->to_vid),
                 STR_FMT(f->detail));
    }
    assert_true(str_eqz(f->vid, "1004"));
    assert_null(rig_event(r, SCOPE_FAILED));
}

static void expect_no_fate(struct rig *r)
{
    assert_int_equal(r->feed.n_fates, 0);
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void asked_and_found(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    rig_ask(r, API "/repositories/42/issues/4");
    assert_false(r->req.http.follow);
    rig_answer(r, 200, issue_at("1004", "Acme/Web", ""));
    expect_fate(r, FATE_PRESENT, "", "");
    assert_int_equal(r->feed.n_items, 1);
    assert_true(str_eqz(r->feed.items[0].scope, "acme/web"));
    assert_int_equal(rig_next(r), TRACKER_DONE);

    /* By its name, where the repository's id was never told. */
    start_missing(r, "");
    rig_ask(r, API "/repos/acme/web/issues/4");
    rig_answer(r, 200, issue_at("1004", "acme/site", ""));
    /* Renamed this moment, and still that repository. */
    expect_fate(r, FATE_PRESENT, "", "");
    assert_true(str_eqz(r->feed.items[0].scope, "acme/web"));

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 200, issue_at("2001", "acme/web", ""));
    expect_fate(r, FATE_GONE, "", "another issue");
    assert_int_equal(r->feed.n_items, 1);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 200, issue_at("1004", "acme/web", ",\"pull_request\":{}"));
    expect_fate(r, FATE_OUTSIDE, "", "pull request");
    assert_int_equal(r->feed.n_items, 0);
}

static void redirect(struct rig *r, const char *to)
{
    rig_ask(r, NULL);
    rig_header(r, "Location", to);
    rig_answer(r, 301, "{\"message\":\"Moved Permanently\"}");
    assert_int_equal(r->feed.n_fates, 0);
}

static void transferred(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    redirect(r, API "/repositories/77/issues/4");
    rig_ask(r, API "/repositories/77/issues/4");
    assert_false(r->req.http.follow);
    rig_answer(r, 200, issue_at("9004", "acme/pay", ""));
    expect_fate(r, FATE_MOVED, "9004", "acme/pay");
    assert_int_equal(r->feed.n_items, 1);
    assert_true(str_eqz(r->feed.items[0].scope, "acme/pay"));
    assert_true(str_eqz(r->feed.items[0].vid, "9004"));
    assert_int_equal(rig_next(r), TRACKER_DONE);

    start_missing(r, "42");
    redirect(r, API "/repos/other/lab/issues/4");
    rig_ask(r, API "/repos/other/lab/issues/4");
    rig_answer(r, 200, issue_at("9004", "other/lab", ""));
    expect_fate(r, FATE_OUTSIDE, "", "other/lab");
    assert_int_equal(r->feed.n_items, 0);

    /* The repository was renamed a moment ago: the same issue. */
    start_missing(r, "");
    redirect(r, API "/repositories/42/issues/4");
    rig_ask(r, NULL);
    rig_answer(r, 200, issue_at("1004", "acme/web", ""));
    expect_fate(r, FATE_PRESENT, "", "");
}

static void transferred_out_of_sight(void **state)
{
    struct rig *r = rig_of(state);
    static const struct {
        int status;
        enum item_fate fate;
    } row[] = {{404, FATE_HIDDEN}, {403, FATE_HIDDEN}, {410, FATE_DELETED}};

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        start_missing(r, "42");
        redirect(r, API "/repositories/99/issues/4");
        rig_ask(r, NULL);
        rig_answer(r, row[i].status, "{\"message\":\"no\"}");
        expect_fate(r, row[i].fate, "", "");
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
    /* Followed once. */
    start_missing(r, "42");
    redirect(r, API "/repositories/99/issues/4");
    redirect(r, API "/repositories/98/issues/4");
    expect_no_fate(r);
}

static void odd_redirects(void **state)
{
    struct rig *r = rig_of(state);
    static const char *const to[] = {
        "https://evil.example/repositories/99/issues/4",
        "http://api.github.com/repositories/99/issues/4",
        "https://api.github.com:444/repositories/99/issues/4",
        API "/login",
        API "/repositories/99/labels/4",
        "/repositories/99/issues/4",
        "",
    };

    for (size_t i = 0; i < ARRAY_LEN(to); i++) {
        start_missing(r, "42");
        redirect(r, to[i]);
        expect_no_fate(r);
    }
}

static void deleted(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 410, "{\"message\":\"This issue was deleted\"}");
    expect_fate(r, FATE_DELETED, "", "");
    assert_int_equal(rig_next(r), TRACKER_DONE);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 410, "{\"message\":\"Issues are disabled for this repo\"}");
    expect_no_fate(r);
}

/* 404 says nothing while the repository itself may be out of sight. */
static void not_found(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    assert_int_equal(r->feed.n_fates, 0);
    rig_ask(r, API "/repositories/42");
    assert_true(r->req.http.follow);
    rig_answer(r, 200, "{\"id\":42,\"full_name\":\"acme/web\"}");
    expect_fate(r, FATE_GONE, "", "hidden");
    assert_int_equal(rig_next(r), TRACKER_DONE);

    for (int status = 403; status <= 404; status++) {
        start_missing(r, "");
        rig_ask(r, NULL);
        rig_answer(r, 404, "{\"message\":\"Not Found\"}");
        rig_ask(r, API "/repos/acme/web");
        rig_answer(r, status, "{\"message\":\"Not Found\"}");
        expect_no_fate(r);
    }
}

static void hidden(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 403, "{\"message\":\"Resource not accessible\"}");
    expect_fate(r, FATE_HIDDEN, "", "Resource not accessible");
}

static void nothing_told(void **state)
{
    struct rig *r = rig_of(state);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 304, "");
    expect_no_fate(r);

    start_missing(r, "42");
    for (int i = 0; i < 2; i++) {
        if (i > 0) {
            rig_wait(r);
        }
        rig_ask(r, NULL);
        rig_answer(r, 200, "<html>");
    }
    expect_no_fate(r);

    start_missing(r, "42");
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            rig_wait(r);
        }
        rig_ask(r, NULL);
        rig_answer(r, 502, "");
    }
    expect_no_fate(r);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_header(r, "Retry-After", "60");
    rig_answer(r, 429, "{}");
    assert_non_null(rig_event(r, SCOPE_PAUSED));
    expect_no_fate(r);

    start_missing(r, "42");
    rig_ask(r, NULL);
    rig_answer(r, 401, "{}");
    assert_int_equal(r->feed.n_fates, 0);
    rig_expect_failed(r, ERR_AUTH);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void many_missing(void **state)
{
    struct rig *r = rig_of(state);
    static struct tracker_missing v[700];
    static char names[700][2][32];
    uint32_t tags[8];

    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        v[i].vid = (struct str){names[i][0],
                                (size_t)snprintf(names[i][0], 32, "%zu", 5000 + i)};
        v[i].key = (struct str){
            names[i][1], (size_t)snprintf(names[i][1], 32, "acme/web#%zu", i + 1)};
    }
    v[1].key = STR("acme/web");
    v[2].key = STR("acme/web#x");
    r->conf.budget.in_flight = 8;
    start_missing(r, "42");
    miss(r, v, ARRAY_LEN(v));
    for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
        tags[i] = rig_ask(r, NULL);
    }
    assert_true(str_eqz(r->req.http.url, API "/repositories/42/issues/9"));
    assert_int_equal(rig_next(r), TRACKER_IDLE);
    for (size_t asked = 8; asked > 0;) {
        rig_answer_tag(r, tags[--asked], 410, STR("{}"));
        assert_int_equal(r->feed.n_fates, 1);
    }
    size_t more = 0;

    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 410, "{}");
        more += r->feed.n_fates;
    }
    assert_int_equal(more, 500 - 8);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    /* Of what is not followed any more nothing is asked. */
    struct err e;

    assert_true(github_ops.missing(r->t, STR("acme/old"), v, 3, &e));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(listing),
        T(listing_without_history),
        T(listing_of_the_quiet),
        T(no_listing_after_a_first_walk),
        T(failed_listings),
        T(long_listing),
        T(listing_put_off),
        T(late_answer_of_a_listing),
        T(others_first),
        T(asked_and_found),
        T(transferred),
        T(transferred_out_of_sight),
        T(odd_redirects),
        T(deleted),
        T(not_found),
        T(hidden),
        T(nothing_told),
        T(many_missing),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}

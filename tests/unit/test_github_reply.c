/*
 * GitHub's answers that are no page of issues: refusals, errors, none at all, and
 * bodies that do not read.
 */
#include "tests/unit/github_issues_rig.h"

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

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(refusals),
        CASE(issues_disabled),
        CASE(bad_token),
        CASE(others_go_on),
        CASE(unknown_version),
        CASE(server_errors),
        CASE(smaller_pages),
        CASE(no_answer),
        CASE(retry_after_an_error),
        CASE(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

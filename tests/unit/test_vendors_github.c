/* GitHub as the vendor server plays it: lists, pages, conditions, limits, errors. */
#include <stdlib.h>

#include "base/sign.h"
#include "tests/support/rsa.h"
#include "tests/unit/vendors_rig.h"

static const char *const token[] = {VR_TOKEN, VR_AGENT, NULL};

static const char company[] =
    "{\"people\":[{\"id\":\"ana\",\"github\":\"anasilva\",\"name\":\"Ana\"}],"
    "\"github\":{\"repos\":["
    "{\"name\":\"acme/web\",\"id\":77,\"private\":true,\"was\":[\"acme/old\"],"
    "\"milestones\":[{\"number\":1,\"title\":\"M1\"}],\"issues\":["
    "{\"number\":1,\"title\":\"one\",\"created\":\"2026-01-01\",\"author\":\"ana\","
    "\"updated\":\"2026-03-01T10:00:00Z\",\"type\":\"Epic\",\"labels\":[\"epic\",\"a "
    "b\"]},"
    "{\"number\":2,\"title\":\"two\",\"created\":\"2026-01-02\",\"parent\":1,"
    "\"updated\":\"2026-03-01T10:00:00Z\",\"assignees\":[\"ana\"],\"milestone\":1},"
    "{\"number\":3,\"title\":\"three\",\"created\":\"2026-01-03\",\"state\":\"closed\","
    "\"parent\":\"acme/web#1\",\"updated\":\"2026-03-02T10:00:00Z\"},"
    "{\"number\":4,\"title\":\"pull\",\"created\":\"2026-01-04\",\"pull_request\":true,"
    "\"updated\":\"2026-03-03T10:00:00Z\"},"
    "{\"number\":5,\"title\":\"gone\",\"deleted\":true},"
    "{\"number\":6,\"title\":\"moved\",\"transferred_to\":\"acme/pay#9\"},"
    "{\"number\":7,\"title\":\"seven\",\"created\":\"2026-01-07\","
    "\"updated\":\"2026-03-04T10:00:00Z\",\"fields\":{\"Strategic "
    "initiative\":\"Grow\"}}]},"
    "{\"name\":\"acme/pay\",\"issues\":[{\"number\":9,\"title\":\"nine\","
    "\"parent\":\"acme/web#1\",\"updated\":\"2026-02-01\"}]},"
    "{\"name\":\"acme/off\",\"no_issues\":true},{\"name\":\"acme/locked\","
    "\"forbidden\":true},{\"name\":\"acme/secret\",\"hidden\":true}]}}";

/* The numbers of a list in order: "1 2 3". */
static void expect_list(struct vr *v, const char *target, const char *expected)
{
    json_t *list = vr_json(v, target, token, 200), *one;
    char got[4096] = "";
    size_t i, n = 0;

    json_array_foreach(list, i, one)
    {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%lld", i ? " " : "",
                              (long long)vr_int(one, "number"));
    }
    if (strcmp(got, expected) != 0) {
        fail_msg("%s\n  gives    %s\n  expected %s", target, got, expected);
    }
    json_decref(list);
}

static void lists_filter_and_sort(void **state)
{
    static const struct {
        const char *query, *expected;
    } rows[] = {
        {"", "7 4 2 1"}, /* open, by creation, latest first */
        {"state=all&direction=asc", "1 2 3 4 7"},
        {"state=closed", "3"},
        {"state=all&sort=updated&direction=asc", "1 2 3 4 7"},
        {"state=all&sort=updated", "7 4 3 2 1"},
        {"state=all&sort=nonsense&direction=asc", "1 2 3 4 7"},
        /* The second of `since` is included. */
        {"state=all&sort=updated&direction=asc&since=2026-03-02T10:00:00Z", "3 4 7"},
        {"state=all&sort=updated&direction=asc&since=2026-03-02T10:00:01Z", "4 7"},
        {"state=all&sort=updated&direction=asc&since=2026-03-02T12:00:00%2B02:00",
         "3 4 7"},
        {"state=all&since=2026-03-04T10:00:01Z", ""},
        {"state=open&per_page=2&page=2", "2 1"},
        {"state=all&per_page=2&page=9", ""},
        {"per_page=0", "7 4 2 1"},
        {"per_page=-3", "7 4 2 1"},
        {"per_page=many", "7 4 2 1"},
    };
    struct vr v;

    (void)state;
    vr_start(&v, company, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char target[256];

        (void)snprintf(target, sizeof target, "/github/repos/acme/web/issues?%s",
                       rows[i].query);
        expect_list(&v, target, rows[i].expected);
        (void)snprintf(target, sizeof target, "/github/repositories/77/issues?%s",
                       rows[i].query);
        expect_list(&v, target, rows[i].expected);
    }
    vr_stop(&v);
}

static void expect_link(const struct probe_reply *r, const char *rel, const char *tail)
{
    char *url = vr_link(r, rel);

    if (!tail ? url != NULL : !url || !strstr(url, tail)) {
        fail_msg("rel=%s is %s, not %s", rel, url ? url : "absent", tail);
    }
    free(url);
}

static void short_lists_have_numbered_pages(void **state)
{
    struct vr v;
    struct probe_reply r;

    (void)state;
    vr_start(&v, company, NULL);
    vr_ask(&v, NULL, "/github/repos/acme/web/issues?state=all&per_page=2&direction=asc",
           token, NULL, &r);
    expect_link(
        &r, "next",
        "/github/repositories/77/issues?state=all&per_page=2&direction=asc&page=2");
    expect_link(&r, "last", "&page=3");
    expect_link(&r, "prev", NULL);
    expect_link(&r, "first", NULL);
    probe_finish(&r);
    vr_ask(&v, NULL,
           "/github/repositories/77/issues?page=2&state=all&per_page=2&direction=asc",
           token, NULL, &r);
    expect_link(&r, "prev", "issues?state=all&per_page=2&direction=asc&page=1");
    expect_link(&r, "next", "&page=3");
    expect_link(&r, "first", "&page=1");
    probe_finish(&r);
    vr_ask(&v, NULL,
           "/github/repositories/77/issues?page=3&state=all&per_page=2&direction=asc",
           token, NULL, &r);
    expect_link(&r, "next", NULL);
    expect_link(&r, "last", NULL);
    probe_finish(&r);
    /* Everything on one page: no header at all. */
    vr_ask(&v, NULL, "/github/repos/acme/web/issues?state=all", token, NULL, &r);
    assert_int_equal(probe_header(&r, "Link").n, 0);
    probe_finish(&r);
    vr_stop(&v);
}

/* Walks by rel="next" and returns how many different issues were met. */
static size_t walk(struct vr *v, const char *start, size_t *ret_pages, bool touch)
{
    char *url = strdup(start);
    static bool seen[100001];
    size_t found = 0;

    memset(seen, 0, sizeof seen);
    for (*ret_pages = 0; url; ++*ret_pages) {
        struct probe_reply r;
        json_t *list, *one;
        size_t i;

        vr_ask(v, NULL, url, token, NULL, &r);
        assert_int_equal(r.status, 200);
        list = vr_parse(&r);
        assert_true(json_array_size(list) <= 100);
        json_array_foreach(list, i, one)
        {
            json_int_t n = vr_int(one, "number");

            assert_in_range(n, 1, 100000);
            found += !seen[n];
            seen[n] = true;
        }
        json_decref(list);
        free(url);
        url = vr_link(&r, "next");
        if (touch && *ret_pages == 1) {
            /* Issues of pages already read go to the end of the order. */
            vr_control(v, "/_control/touch", "{\"repo\":\"acme/big\",\"count\":7}");
        }
        probe_finish(&r);
        assert_true(*ret_pages < 100);
    }
    return found;
}

static void long_lists_have_cursors(void **state)
{
    static const char *const args[] = {
        "--synthetic-github", "2500", "--repo", "acme/big",
        "--cursor-after",     "1000", NULL};
    struct vr v;
    struct probe_reply r;
    size_t pages;

    (void)state;
    vr_start(&v, NULL, args);
    assert_int_equal(walk(&v,
                          "/github/repos/acme/big/issues?state=all&sort=updated&"
                          "direction=asc&per_page=100",
                          &pages, false),
                     2500);
    assert_int_equal(pages, 25);
    /* Latest first, and per_page too large is clamped. */
    assert_int_equal(walk(&v, "/github/repos/acme/big/issues?state=all&per_page=1000",
                          &pages, false),
                     2500);
    assert_int_equal(pages, 25);
    vr_ask(&v, NULL, "/github/repos/acme/big/issues?state=all&per_page=100&page=11",
           token, NULL, &r);
    assert_int_equal(r.status, 422);
    assert_non_null(strstr(buf_cstr(&r.body), "not supported for large datasets"));
    probe_finish(&r);
    vr_ask(&v, NULL, "/github/repos/acme/big/issues?state=all&per_page=100&page=10",
           token, NULL, &r);
    assert_int_equal(r.status, 200);
    expect_link(&r, "next", "&after=Y3Vyc29yOnYyO");
    expect_link(&r, "last", NULL);
    probe_finish(&r);
    vr_ask(&v, NULL, "/github/repos/acme/big/issues?state=all&after=bm9uc2Vuc2U%3D",
           token, NULL, &r);
    assert_int_equal(r.status, 422);
    probe_finish(&r);
    vr_stop(&v);
}

static void cursors_skip_nothing(void **state)
{
    static const char *const args[] = {
        "--synthetic-github", "800", "--repo", "acme/big", "--cursor-after", "0", NULL};
    struct vr v;
    size_t pages;

    (void)state;
    vr_start(&v, NULL, args);
    /* Seven issues change in the middle of the walk: they are met again at its end. */
    assert_int_equal(walk(&v,
                          "/github/repos/acme/big/issues?state=all&sort=updated&"
                          "direction=asc&per_page=100",
                          &pages, true),
                     800);
    vr_stop(&v);
}

static void cursors_lead_back(void **state)
{
    static const char *const args[] = {"--synthetic-github", "50", "--repo", "acme/big",
                                       "--cursor-after",     "0",  NULL};
    struct vr v;
    struct probe_reply r;
    char *next, *prev;

    (void)state;
    vr_start(&v, NULL, args);
    vr_ask(&v, NULL,
           "/github/repos/acme/big/issues?state=all&per_page=10&direction=asc", token,
           NULL, &r);
    next = vr_link(&r, "next");
    assert_non_null(next);
    probe_finish(&r);
    vr_ask(&v, NULL, next, token, NULL, &r);
    prev = vr_link(&r, "prev");
    assert_non_null(prev);
    probe_finish(&r);
    expect_list(&v, next, "11 12 13 14 15 16 17 18 19 20");
    expect_list(&v, prev, "1 2 3 4 5 6 7 8 9 10");
    free(next);
    free(prev);
    vr_stop(&v);
}

static int ask_if_changed(struct vr *v, const char *target, const char *auth,
                          const char *etag, char *ret_etag, size_t size)
{
    char condition[256];
    const char *headers[] = {auth, VR_AGENT, NULL, NULL};
    struct probe_reply r;
    struct str tag;
    int status;

    if (etag) {
        (void)snprintf(condition, sizeof condition, "If-None-Match: %s", etag);
        headers[2] = condition;
    }
    vr_ask(v, NULL, target, headers, NULL, &r);
    tag = probe_header(&r, "ETag");
    assert_in_range(tag.n, 4, size - 1);
    assert_true(str_has_prefix(tag, STR("W/\"")));
    (void)snprintf(ret_etag, size, "%.*s", STR_FMT(tag));
    status = r.status;
    if (status == 304) {
        assert_int_equal(r.body.n, 0);
    }
    probe_finish(&r);
    return status;
}

static void conditions_hold_for_one_token(void **state)
{
    static const char *const targets[] = {
        "/github/repos/acme/web/issues?state=all&sort=updated&direction=asc",
        "/github/repos/acme/web/issues/1", "/github/repos/acme/web"};
    struct vr v;

    (void)state;
    vr_start(&v, company, NULL);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        char tag[128], other[128], list[300];

        assert_int_equal(ask_if_changed(&v, targets[i], VR_TOKEN, NULL, tag, 128), 200);
        assert_int_equal(ask_if_changed(&v, targets[i], VR_TOKEN, tag, other, 128),
                         304);
        assert_string_equal(tag, other);
        (void)snprintf(list, sizeof list, "\"x\", %s", tag);
        assert_int_equal(ask_if_changed(&v, targets[i], VR_TOKEN, list, other, 128),
                         304);
        assert_int_equal(ask_if_changed(&v, targets[i], "Authorization: token other",
                                        tag, other, 128),
                         200);
        assert_string_not_equal(tag, other);
    }
    vr_stop(&v);
}

static void a_change_shows(void **state)
{
    const char *list =
        "/github/repos/acme/web/issues?state=all&sort=updated&direction=asc";
    struct vr v;
    char before[128], after[128];
    json_t *issue;

    (void)state;
    vr_start(&v, company, NULL);
    assert_int_equal(ask_if_changed(&v, list, VR_TOKEN, NULL, before, 128), 200);
    vr_control(
        &v, "/_control/issues",
        "{\"repo\":\"acme/web\",\"number\":2,\"title\":\"new\",\"state\":\"closed\"}");
    assert_int_equal(ask_if_changed(&v, list, VR_TOKEN, before, after, 128), 200);
    expect_list(&v, list, "1 3 4 7 2");
    issue = vr_json(&v, "/github/repos/acme/web/issues/2", token, 200);
    assert_string_equal(vr_text(issue, "title"), "new");
    assert_string_equal(vr_text(issue, "state_reason"), "completed");
    assert_string_equal(vr_text(issue, "closed_at"), vr_text(issue, "updated_at"));
    json_decref(issue);
    /* The parent counts it as done. */
    issue = vr_json(&v, "/github/repos/acme/web/issues/1", token, 200);
    assert_int_equal(vr_int(json_object_get(issue, "sub_issues_summary"), "completed"),
                     2);
    json_decref(issue);
    /* A new one gets the next number; deleting takes it from the list. */
    vr_control(&v, "/_control/issues",
               "[{\"tracker\":\"github\",\"repo\":\"acme/web\",\"title\":\"fresh\"},"
               "{\"repo\":\"acme/web\",\"number\":7,\"deleted\":true}]");
    expect_list(&v, list, "1 3 4 2 8");
    json_decref(vr_json(&v, "/github/repos/acme/web/issues/7", token, 410));
    /* What cannot be is refused, and changes nothing. */
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"repo\":\"acme/web\",\"number\":1,\"titel\":\"x\"}", 400));
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"repo\":\"acme/web\",\"number\":1,\"state\":\"ajar\"}",
                        400));
    issue = vr_json(&v, "/github/repos/acme/web/issues/1", token, 200);
    assert_string_equal(vr_text(issue, "title"), "one");
    json_decref(issue);
    vr_stop(&v);
}

static void issues_have_their_parts(void **state)
{
    struct vr v;
    struct probe_reply r;
    json_t *o, *list;

    (void)state;
    vr_start(&v, company, NULL);
    o = vr_json(&v, "/github/repos/acme/web/issues/1", token, 200);
    assert_string_equal(vr_text(json_object_get(o, "user"), "login"), "anasilva");
    assert_string_equal(vr_text(json_object_get(o, "type"), "name"), "Epic");
    assert_true(vr_int(o, "id") > UINT32_MAX);
    assert_int_equal(vr_int(json_object_get(o, "sub_issues_summary"), "total"), 3);
    assert_int_equal(vr_int(json_object_get(o, "sub_issues_summary"), "completed"), 1);
    assert_null(json_object_get(o, "pull_request"));
    assert_non_null(
        strstr(vr_text(json_array_get(json_object_get(o, "labels"), 1), "url"),
               "/labels/a%20b"));
    json_decref(o);
    list = vr_json(&v, "/github/repos/acme/web/issues/1/sub_issues", token, 200);
    assert_int_equal(json_array_size(list), 3);
    json_decref(list);
    vr_ask(&v, NULL, "/github/repos/acme/web/issues/1/sub_issues?per_page=2", token,
           NULL, &r);
    expect_link(&r, "next", "/issues/1/sub_issues?per_page=2&page=2");
    probe_finish(&r);
    list = vr_json(&v, "/github/repos/acme/web/issues/1/sub_issues?per_page=2&page=2",
                   token, 200);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    o = vr_json(&v, "/github/repos/acme/pay/issues/9/parent", token, 200);
    assert_int_equal(vr_int(o, "number"), 1);
    json_decref(o);
    json_decref(vr_json(&v, "/github/repos/acme/web/issues/1/parent", token, 404));
    o = vr_json(&v, "/github/repos/acme/web/issues/4", token, 200);
    assert_non_null(json_object_get(o, "pull_request"));
    json_decref(o);
    o = vr_json(&v, "/github/repos/acme/web/issues/2", token, 200);
    assert_string_equal(vr_text(json_object_get(o, "milestone"), "title"), "M1");
    assert_non_null(strstr(vr_text(o, "parent_issue_url"), "/repos/acme/web/issues/1"));
    json_decref(o);
    o = vr_json(&v, "/github/repos/acme/web/issues/7", token, 200);
    {
        const json_t *f = json_array_get(json_object_get(o, "issue_field_values"), 0);

        /* The value of a single_select is the id of the option. */
        assert_true(json_is_integer(json_object_get(f, "value")));
        assert_string_equal(vr_text(json_object_get(f, "single_select_option"), "name"),
                            "Grow");
    }
    json_decref(o);
    vr_stop(&v);
}

static void expect_blocked(struct vr *v, const char *issue, const char *expected)
{
    json_t *o = vr_json(v, issue, token, 200);
    const json_t *s = json_object_get(o, "issue_dependencies_summary");
    char got[80];

    (void)snprintf(got, sizeof got, "%lld of %lld, %lld of %lld",
                   (long long)vr_int(s, "blocked_by"),
                   (long long)vr_int(s, "total_blocked_by"),
                   (long long)vr_int(s, "blocking"),
                   (long long)vr_int(s, "total_blocking"));
    assert_string_equal(got, expected);
    json_decref(o);
}

#define ISSUE "/github/repos/acme/web/issues/"
#define BLOCKED_BY "/dependencies/blocked_by"

static void issues_wait(void **state)
{
    static const char *const fresh[] = {VR_TOKEN, VR_AGENT,
                                        "X-GitHub-Api-Version: 2026-03-10", NULL};
    struct probe_reply r;
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, NULL);
    expect_blocked(&v, ISSUE "7", "0 of 0, 0 of 0");
    expect_list(&v, ISSUE "7" BLOCKED_BY, "");
    /* Of another repository, closed, gone, and one that there never was. */
    vr_control(&v, "/_control/issues",
               "{\"repo\":\"acme/web\",\"number\":7,\"blocked_by\":[\"acme/pay#9\","
               "3,1,5,99]}");
    expect_blocked(&v, ISSUE "7", "2 of 3, 0 of 0");
    expect_blocked(&v, ISSUE "1", "0 of 0, 1 of 1");
    expect_list(&v, ISSUE "7" BLOCKED_BY, "9 3 1");
    expect_list(&v, "/github/repositories/77/issues/7" BLOCKED_BY "?per_page=2&page=2",
                "1");
    expect_list(&v, ISSUE "1/dependencies/blocking", "7");
    vr_ask(&v, NULL, ISSUE "7" BLOCKED_BY "?per_page=2", token, NULL, &r);
    expect_link(&r, "next", "/issues/7" BLOCKED_BY "?per_page=2&page=2");
    probe_finish(&r);
    vr_ask(&v, NULL, ISSUE "7" BLOCKED_BY "?per_page=3", token, NULL, &r);
    expect_link(&r, "next", NULL);
    probe_finish(&r);
    o = vr_json(&v, ISSUE "7" BLOCKED_BY, fresh, 200);
    assert_null(json_object_get(json_array_get(o, 0), "assignee"));
    assert_non_null(strstr(vr_text(json_array_get(o, 0), "html_url"), "/acme/pay/issues/9"));
    json_decref(o);
    /* What is waited for is done; then who waits. */
    vr_control(&v, "/_control/issues",
               "{\"repo\":\"acme/pay\",\"number\":9,\"state\":\"closed\"}");
    expect_blocked(&v, ISSUE "7", "1 of 3, 0 of 0");
    vr_control(&v, "/_control/issues",
               "{\"repo\":\"acme/web\",\"number\":7,\"state\":\"closed\"}");
    expect_blocked(&v, ISSUE "1", "0 of 0, 0 of 1");
    json_decref(vr_json(&v, ISSUE "5" BLOCKED_BY, token, 404));
    json_decref(vr_json(&v, ISSUE "7/dependencies", token, 404));
    json_decref(vr_json(&v, ISSUE "7/dependencies/other", token, 404));
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"repo\":\"acme/web\",\"number\":7,\"blocked_by\":2}", 400));
    vr_stop(&v);
}

static void versions_differ(void **state)
{
    static const char *const fresh[] = {VR_TOKEN, VR_AGENT,
                                        "X-GitHub-Api-Version: 2026-03-10", NULL};
    static const char *const unknown[] = {VR_TOKEN, VR_AGENT,
                                          "X-GitHub-Api-Version: 2020-01-01", NULL};
    static const char *const args[] = {"--synthetic-github", "5", "--repo", "acme/big",
                                       NULL};
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, args);
    o = vr_json(&v, "/github/versions", token, 200);
    assert_int_equal(json_array_size(o), 2);
    json_decref(o);
    o = vr_json(&v, "/github/repos/acme/web/issues/2", token, 200);
    assert_non_null(json_object_get(o, "assignee"));
    json_decref(o);
    o = vr_json(&v, "/github/repos/acme/web/issues/2", fresh, 200);
    assert_null(json_object_get(o, "assignee"));
    assert_int_equal(json_array_size(json_object_get(o, "assignees")), 1);
    json_decref(o);
    o = vr_json(&v, "/github/repos/acme/big/issues?state=all", fresh, 200);
    assert_int_equal(json_array_size(o), 5);
    assert_null(json_object_get(json_array_get(o, 0), "assignee"));
    json_decref(o);
    o = vr_json(&v, "/github/rate_limit", token, 200);
    assert_non_null(json_object_get(o, "rate"));
    json_decref(o);
    o = vr_json(&v, "/github/rate_limit", fresh, 200);
    assert_null(json_object_get(o, "rate"));
    json_decref(o);
    json_decref(vr_json(&v, "/github/versions", unknown, 400));
    vr_stop(&v);
}

static void errors_are_githubs(void **state)
{
    static const char *const wrong[] = {"Authorization: Bearer wrong", VR_AGENT, NULL};
    static const char *const basic[] = {VR_BASIC, VR_AGENT, NULL};
    static const char *const anonymous[] = {VR_AGENT, NULL};
    static const char *const nameless[] = {VR_TOKEN, "User-Agent:", NULL};
    static const char *const args[] = {"--github-token", "t0ken", NULL};
    static const struct {
        const char *target;
        const char *const *headers;
        int status;
        const char *body;
    } rows[] = {
        {"/github/repos/acme/web/issues", wrong, 401, "Bad credentials"},
        {"/github/repos/acme/web/issues", basic, 401, "Bad credentials"},
        {"/github/repos/acme/web/issues", anonymous, 404, "Not Found"},
        {"/github/repos/acme/pay/issues", anonymous, 200, "nine"},
        {"/github/user", anonymous, 401, "Requires authentication"},
        {"/github/repos/acme/web/issues", nameless, 403, "User-Agent header"},
        {"/github/repos/acme/nothing/issues", token, 404, "Not Found"},
        {"/github/repos/acme/secret/issues", token, 404, "Not Found"},
        {"/github/repos/acme/web/issues/", token, 404, "Not Found"},
        {"/github/repos/acme/locked/issues", token, 403, "Resource not accessible"},
        {"/github/repos/acme/off/issues", token, 410,
         "Issues are disabled for this repo"},
        {"/github/repos/acme/off", token, 200, "acme/off"},
        {"/github/repos/acme/web/issues/5", token, 410, "deleted"},
        {"/github/repos/acme/web/issues/6", token, 301, "Moved Permanently"},
        {"/github/repos/acme/web/issues/99", token, 404, "Not Found"},
        {"/github/repos/acme/old/issues?state=all", token, 301, "Moved Permanently"},
        {"/github/repos/acme/web/issues?state=ajar", token, 422, "Validation Failed"},
        {"/github/repos/acme/web/issues?since=yesterday", token, 422, "since"},
        {"/github/repos/acme/web/issues?labels=bug", token, 422, "does not filter"},
        {"/github/nonsense", token, 404, "Not Found"},
        {"/github/orgs/acme/repos", token, 200, "acme/locked"},
        {"/github/orgs/nobody/repos", token, 404, "Not Found"},
    };
    struct vr v;
    struct probe_reply r;

    (void)state;
    vr_start(&v, company, args);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        vr_ask(&v, NULL, rows[i].target, rows[i].headers, NULL, &r);
        if (r.status != rows[i].status || !strstr(buf_cstr(&r.body), rows[i].body)) {
            fail_msg("row %zu, %s: %d %.200s", i, rows[i].target, r.status,
                     buf_cstr(&r.body));
        }
        if (r.status != 403 || rows[i].headers != nameless) {
            assert_true(probe_header(&r, "X-GitHub-Request-Id").n > 0);
        }
        probe_finish(&r);
    }
    vr_ask(&v, NULL, "/github/repos/acme/old/issues?state=all", token, NULL, &r);
    assert_true(str_has_suffix(probe_header(&r, "Location"),
                               STR("/github/repositories/77/issues?state=all")));
    probe_finish(&r);
    vr_ask(&v, NULL, "/github/repos/acme/web/issues/6", token, NULL, &r);
    assert_true(str_has_suffix(probe_header(&r, "Location"), STR("/issues/9")));
    probe_finish(&r);
    vr_stop(&v);
}

static json_int_t header_number(const struct probe_reply *r, const char *name)
{
    int64_t n = -1;

    if (!str_to_i64(probe_header(r, name), &n)) {
        fail_msg("%s is no number", name);
    }
    return n;
}

/* Behind a proxy, nothing leads past it. */
static void its_address_can_be_changed(void **state)
{
    struct vr v;
    struct probe_reply r;
    json_t *one;
    char *next;

    (void)state;
    vr_start(&v, company, NULL);
    vr_control(&v, "/_control/site", "{\"github\":\"http://proxy.example:81/api\"}");
    vr_ask(&v, NULL, "/github/repos/acme/web/issues?per_page=1", token, NULL, &r);
    next = vr_link(&r, "next");
    assert_string_equal(next, "http://proxy.example:81/api/repositories/77/issues?"
                              "per_page=1&page=2");
    free(next);
    one = vr_parse(&r);
    assert_string_equal(vr_text(json_array_get(one, 0), "url"),
                        "http://proxy.example:81/api/repos/acme/web/issues/7");
    json_decref(one);
    probe_finish(&r);
    vr_ask(&v, NULL, "/github/repos/acme/old", token, NULL, &r);
    assert_true(str_eqz(probe_header(&r, "Location"),
                        "http://proxy.example:81/api/repositories/77"));
    probe_finish(&r);
    json_decref(vr_post(&v, "/_control/site", NULL, "{}", 400));
    vr_stop(&v);
}

static void limits_are_counted_and_kept(void **state)
{
    static const char *const args[] = {"--rate-limit", "4", NULL};
    static const char *const other[] = {"Authorization: Bearer second", VR_AGENT, NULL};
    struct vr v;
    struct probe_reply r;
    char tag[128];

    (void)state;
    vr_start(&v, company, args);
    assert_int_equal(
        ask_if_changed(&v, "/github/repos/acme/web", VR_TOKEN, NULL, tag, 128), 200);
    vr_ask(&v, NULL, "/github/repos/acme/web/issues", token, NULL, &r);
    assert_int_equal(header_number(&r, "X-RateLimit-Limit"), 4);
    assert_int_equal(header_number(&r, "X-RateLimit-Remaining"), 2);
    assert_int_equal(header_number(&r, "X-RateLimit-Used"), 2);
    assert_true(header_number(&r, "X-RateLimit-Reset") >
                clock_wall(clock_system()).ms / 1000 + 3000);
    probe_finish(&r);
    /* A 304 is free, and so is asking for the limit. */
    assert_int_equal(
        ask_if_changed(&v, "/github/repos/acme/web", VR_TOKEN, tag, tag, 128), 304);
    json_decref(vr_json(&v, "/github/rate_limit", token, 200));
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", token, 200));
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", token, 200));
    vr_ask(&v, NULL, "/github/repos/acme/web/issues", token, NULL, &r);
    assert_int_equal(r.status, 403);
    assert_int_equal(header_number(&r, "X-RateLimit-Remaining"), 0);
    assert_non_null(strstr(buf_cstr(&r.body), "API rate limit exceeded"));
    probe_finish(&r);
    /* Of this token alone. */
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", other, 200));
    vr_control(&v, "/_control/limits", "{\"limit\":5000,\"remaining\":10}");
    vr_ask(&v, NULL, "/github/repos/acme/web/issues", token, NULL, &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(header_number(&r, "X-RateLimit-Remaining"), 9);
    probe_finish(&r);
    vr_stop(&v);
}

static void compressed_pages_are_the_same(void **state)
{
    static const char *const args[] = {"--gzip", "--synthetic-github", "250",
                                       "--repo", "acme/big",           NULL};
    static const char *const packed[] = {VR_TOKEN, VR_AGENT, "Accept-Encoding: gzip",
                                         NULL};
    static const char *const targets[] = {
        "/github/repos/acme/big/"
        "issues?state=closed&sort=created&direction=asc&per_page=100",
        "/github/repos/acme/big/issues?state=all&per_page=77&page=2"};
    struct vr v;
    json_t *counters, *list;

    (void)state;
    vr_start(&v, NULL, args);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        for (size_t round = 0; round < 2; round++) {
            struct probe_reply plain, gz;

            vr_ask(&v, NULL, targets[i], token, NULL, &plain);
            vr_ask(&v, NULL, targets[i], packed, NULL, &gz);
            assert_int_equal(probe_header(&plain, "Content-Encoding").n, 0);
            assert_true(str_eqz(probe_header(&gz, "Content-Encoding"), "gzip"));
            assert_true(gz.body.n * 4 < plain.body.n);
            /* ISIZE of RFC 1952: the length of what was packed. */
            assert_true(gz.body.n > 18);
            {
                const unsigned char *end = (const unsigned char *)gz.body.p + gz.body.n;

                assert_int_equal(end[-4] | end[-3] << 8 | end[-2] << 16 |
                                     (int64_t)end[-1] << 24,
                                 plain.body.n);
            }
            assert_true(
                str_eq(probe_header(&plain, "ETag"), probe_header(&gz, "ETag")));
            probe_finish(&plain);
            probe_finish(&gz);
        }
    }
    counters = vr_json(&v, "/_control/counters", NULL, 200);
    list = json_object_get(json_object_get(counters, "classes"), "github.list");
    assert_int_equal(vr_int(list, "requests"), 8);
    assert_int_equal(vr_int(list, "gzip"), 4);
    json_decref(counters);
    vr_stop(&v);
}

static void an_app_gets_a_long_token(void **state)
{
    static const char *const jwt[] = {"Authorization: Bearer aaa.bbb.ccc", VR_AGENT,
                                      NULL};
    static const char *const args[] = {"--github-token", "other", NULL};
    struct vr v;
    json_t *o;
    char header[1024];
    const char *headers[] = {header, VR_AGENT, NULL};

    (void)state;
    vr_start(&v, company, args);
    o = vr_post(&v, "/github/app/installations/12/access_tokens", jwt, "{}", 201);
    assert_int_equal(strlen(vr_text(o, "token")), 520);
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s",
                   vr_text(o, "token"));
    json_decref(o);
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", headers, 200));
    json_decref(
        vr_post(&v, "/github/app/installations/12/access_tokens", token, "{}", 401));
    vr_stop(&v);
}

static void put_jwt(char *out, size_t size, const struct rsa *key, const char *iss,
                    int64_t iat, int64_t exp)
{
    char claims[200];
    struct buf jwt, mac;
    struct err e;

    (void)snprintf(claims, sizeof claims, "{\"iss\":\"%s\",\"iat\":%lld,\"exp\":%lld}",
                   iss, (long long)iat, (long long)exp);
    buf_init(&jwt, 4096);
    buf_init(&mac, 4096);
    sign_base64url(&jwt, STR("{\"alg\":\"RS256\"}"));
    buf_addc(&jwt, '.');
    sign_base64url(&jwt, str_of(claims));
    assert_true(sign_rs256(&mac, str_of(key->pkcs1), buf_str(&jwt), &e));
    buf_addc(&jwt, '.');
    sign_base64url(&jwt, buf_str(&mac));
    (void)snprintf(out, size, "Authorization: Bearer %s", buf_cstr(&jwt));
    buf_finish(&jwt);
    buf_finish(&mac);
}

/* Its number, its key and the times in its JWT are checked; tokens come to an end. */
static void an_app_is_checked(void **state)
{
    int64_t now = clock_wall(clock_system()).ms / 1000;
    const struct {
        const char *iss;
        int64_t iat, exp;
        int status;
    } rows[] = {
        {"7", now - 60, now + 540, 201},  {"8", now - 60, now + 540, 401},
        {"7", now + 300, now + 540, 401}, {"7", now - 60, now + 1200, 401},
        {"7", now - 600, now - 60, 401},
    };
    struct rsa key, other;
    struct err e;
    struct vr v;
    char header[2048];
    const char *headers[] = {header, VR_AGENT, NULL};

    (void)state;
    assert_true(rsa_create(&key, 2048, &e) && rsa_create(&other, 2048, &e));
    const char *args[] = {"--github-app",
                          "7",
                          "--github-app-key",
                          key.public_,
                          "--github-app-token",
                          "3600",
                          "--github-token",
                          "x",
                          NULL};

    vr_start(&v, company, args);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        put_jwt(header, sizeof header, &key, rows[i].iss, rows[i].iat, rows[i].exp);
        json_decref(vr_post(&v, "/github/app/installations/456/access_tokens", headers,
                            "{}", rows[i].status));
    }
    put_jwt(header, sizeof header, &other, "7", now - 60, now + 540);
    json_decref(
        vr_post(&v, "/github/app/installations/456/access_tokens", headers, "{}", 401));
    put_jwt(header, sizeof header, &key, "7", now - 60, now + 540);
    json_decref(vr_json(&v, "/github/orgs/acme/installation", headers, 200));
    json_decref(vr_json(&v, "/github/repos/acme/web/installation", headers, 200));
    json_decref(vr_json(&v, "/github/orgs/nobody/installation", headers, 404));

    json_t *o =
        vr_post(&v, "/github/app/installations/456/access_tokens", headers, "{}", 201);
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s",
                   vr_text(o, "token"));
    json_decref(o);
    o = vr_json(&v, "/github/installation/repositories?per_page=2", headers, 200);
    assert_int_equal(json_array_size(json_object_get(o, "repositories")), 2);
    assert_int_equal(vr_int(o, "total_count"), 4);
    json_decref(o);
    header[strlen(header) - 1] = '!';
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", headers, 401));
    vr_stop(&v);
    rsa_finish(&key);
    rsa_finish(&other);
}

static void repositories_change(void **state)
{
    struct probe_reply r;
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, NULL);
    vr_ask(&v, NULL, "/github/orgs/acme/repos?per_page=2", token, NULL, &r);
    expect_link(&r, "next", "/github/orgs/acme/repos?per_page=2&page=2");
    probe_finish(&r);
    vr_ask(&v, NULL, "/github/orgs/acme/repos?per_page=2&page=2", token, NULL, &r);
    expect_link(&r, "next", NULL);
    probe_finish(&r);
    json_decref(vr_post(
        &v, "/_control/repo", NULL,
        "{\"repo\":\"acme/web\",\"archived\":true,\"name\":\"acme/site\"}", 200));
    o = vr_json(&v, "/github/repos/acme/site", token, 200);
    assert_int_equal(vr_int(o, "id"), 77);
    assert_true(json_is_true(json_object_get(o, "archived")));
    json_decref(o);
    vr_ask(&v, NULL, "/github/repos/acme/web/issues", token, NULL, &r);
    assert_int_equal(r.status, 301);
    probe_finish(&r);
    vr_stop(&v);
}

/* A host of another make: one version of the API, or none at all. */
static void versions_of_another_make(void **state)
{
    static const char *const one[] = {"--github-version", "2026-03-10", NULL};
    static const char *const none[] = {"--github-version", "none", NULL};
    static const char *const old[] = {VR_TOKEN, VR_AGENT,
                                      "X-GitHub-Api-Version: 2022-11-28", NULL};
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, one);
    o = vr_json(&v, "/github/versions", token, 200);
    assert_int_equal(json_array_size(o), 1);
    json_decref(o);
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", old, 400));
    vr_stop(&v);
    vr_start(&v, company, none);
    json_decref(vr_json(&v, "/github/versions", token, 404));
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", old, 400));
    json_decref(vr_json(&v, "/github/repos/acme/web/issues", token, 200));
    vr_stop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_filter_and_sort),
        cmocka_unit_test(an_app_is_checked),
        cmocka_unit_test(repositories_change),
        cmocka_unit_test(versions_of_another_make),
        cmocka_unit_test(short_lists_have_numbered_pages),
        cmocka_unit_test(long_lists_have_cursors),
        cmocka_unit_test(cursors_skip_nothing),
        cmocka_unit_test(cursors_lead_back),
        cmocka_unit_test(conditions_hold_for_one_token),
        cmocka_unit_test(a_change_shows),
        cmocka_unit_test(issues_have_their_parts),
        cmocka_unit_test(issues_wait),
        cmocka_unit_test(versions_differ),
        cmocka_unit_test(errors_are_githubs),
        cmocka_unit_test(its_address_can_be_changed),
        cmocka_unit_test(limits_are_counted_and_kept),
        cmocka_unit_test(compressed_pages_are_the_same),
        cmocka_unit_test(an_app_gets_a_long_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

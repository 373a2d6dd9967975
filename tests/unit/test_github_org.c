/* The repositories of a GitHub organisation or user: listed, renamed, gone, archived. */
#include "tests/unit/github_setup_rig.h"

#define REPO(id, name, more)                                                           \
    "{\"id\":" id ",\"full_name\":\"" name "\",\"has_issues\":true" more "}"

static void org_repositories(void **state)
{
    static struct str excluded[] = {STR_INIT("*-sandbox"), STR_INIT("ACME/secret*")};
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    r->own.exclude = (struct str_list){excluded, 2};
    begin(w);
    rig_ask(r, ORG_URL);
    rig_header(r, "Link", "<" API "/organizations/5/repos?page=2>; rel=\"next\"");
    answer(
        w, 200,
        "[" REPO("1", "acme/web", "") "," REPO(
            "2", "acme/old",
            ",\"archived\":true") "," REPO("3", "acme/fork",
                                           ",\"fork\":true") "," REPO("4",
                                                                      "acme/my-sandbox",
                                                                      "") "]");
    assert_int_equal(r->feed.n_events, 0);
    assert_null(r->feed.memory.p);
    rig_ask(r, API "/organizations/5/repos?page=2");
    answer(w, 200,
           "[" REPO("1", "acme/web", "") "," REPO("5", "acme/pay", "") "," REPO(
               "6", "acme/secret-plan",
               "") ",{\"id\":7,\"full_name\":\"acme/wiki\",\"has_issues\":false}]");
    expect_note(
        r, "repositories", NOTE_OK,
        "2 of 7 in acme, 1 archived, 1 forks, 1 without issues, 2 not included");
    rig_ask(r, API "/repos/acme/web/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SEEN)->vid, "1"));
    rig_ask(r, API "/repos/acme/pay/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    expect_done(w);

    /* Within the hour it is remembered, then listed anew. */
    r->now.ms += 59 * 60000;
    begin(w);
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    r->now.ms += 60000;
    begin(w);
    rig_ask(r, ORG_URL);

    /* Other settings: at once. */
    r->now.ms -= 60000;
    r->own.forks = true;
    begin(w);
    rig_ask(r, ORG_URL);
}

static void org_of_a_user(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 404, "{}");
    rig_ask(r, USER_URL);
    answer(w, 200, "[" REPO("1", "acme/web", "") "]");
    rig_ask(r, NULL);

    /* Nobody of that name. */
    buf_clear(&r->memory);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 404, "{}");
    rig_ask(r, USER_URL);
    answer(w, 404, "{}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_NOT_FOUND)->err.msg,
                           "no organisation or user acme"));
    expect_done(w);
}

/* Archived: left, plainly. Not listed any more: asked for, and failed as it says. */
static void org_that_shrinks(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    know(w, "acme/web", "1", CHANGES);
    know(w, "acme/old", "2", CHANGES);
    know(w, "acme/gone", "3", CHANGES);
    know(w, "other/x", "4", CHANGES); /* of former settings */
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200,
           "[" REPO("1", "acme/web", "") "," REPO("2", "acme/old",
                                                  ",\"archived\":true") "]");
    assert_int_equal(r->feed.n_events, 2);
    assert_true(w->known[1].left && w->known[3].left);
    expect_note(r, "repositories", NOTE_WARN, "1 that were there are not found");
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    answer(w, 200, "[]");
    for (int i = 0; i < 2; i++) { /* in the next sync likewise */
        rig_ask(r, API "/repos/acme/gone" CHANGES_QUERY);
        answer(w, 404, "{}");
        assert_true(str_eqz(rig_expect_failed(r, ERR_NOT_FOUND)->scope, "acme/gone"));
        assert_non_null(strstr(rig_expect(r, SCOPE_FAILED)->err.msg,
                               "not among the repositories any more"));
        expect_done(w);
        begin(w);
        rig_ask(r, NULL);
        answer(w, 200, "[]");
    }
}

static void repos_that_are_named_no_more(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    rig_repo(r, "acme/web");
    know(w, "acme/web", "1", CHANGES);
    know(w, "acme/pay", "2", CHANGES);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_LEFT)->scope, "acme/pay"));
    expect_done(w);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    assert_null(rig_event(r, SCOPE_LEFT));
}

static void expect_listing(struct world *w, const char *repo)
{
    char url[128];

    snprintf(url, sizeof url,
             API "/repos/%s/issues?state=open&sort=created&direction=asc&per_page=100",
             repo);
    rig_ask(&w->r, url);
    answer(w, 200, "[]");
    if (rig_event(&w->r, SCOPE_LISTED) == NULL) { /* closed ones, too */
        rig_ask(&w->r, NULL);
        answer(w, 200, "[]");
    }
    assert_true(str_eqz(rig_expect(&w->r, SCOPE_LISTED)->scope, repo));
}

/* By its id; the old name may have been taken by another one meanwhile. */
static void org_renames(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    know(w, "acme/a", "1", CHANGES);
    know(w, "acme/b", "2", CHANGES);
    know(w, "acme/c", "", CHANGES);
    begin(w);
    rig_ask(r, ORG_URL);
    /* a is b now, b is d, and there is a new a. */
    answer(w, 200,
           "[" REPO("9", "acme/a", "") "," REPO("1", "acme/b", "") "," REPO(
               "3", "acme/c", "") "," REPO("2", "acme/d", "") "]");
    assert_true(str_eqz(rig_event(r, SCOPE_RENAMED)->scope, "acme/b"));
    assert_true(str_eqz(rig_event(r, SCOPE_RENAMED)->to, "acme/d"));
    assert_string_equal(w->known[0].name, "acme/b");
    assert_string_equal(w->known[1].name, "acme/d");
    assert_non_null(strstr(w->known[0].cursor, "\"alias\":\"acme/a\""));
    rig_ask(r, API "/repos/acme/a/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SEEN)->vid, "9"));
    rig_ask(r, API "/repos/acme/b" CHANGES_QUERY);
    answer(w, 200, "[]");
    rig_ask(r, API "/repos/acme/c" CHANGES_QUERY);
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SYNCED)->vid, "3"));
    rig_ask(r, API "/repos/acme/d" CHANGES_QUERY);
    answer(w, 200, "[]");
    /* Those that have another name are read whole: so have their issues. */
    expect_listing(w, "acme/b");
    expect_listing(w, "acme/d");
    expect_done(w);
}

/* Without a list the one that is remembered has to do. */
static void org_list_that_fails(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 403, "{\"message\":\"no\"}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_FORBIDDEN)->err.msg,
                           "the repositories of acme: GitHub answered 403: no"));
    assert_int_equal(rig_expect(r, SCOPE_FAILED)->scope.n, 0);
    expect_done(w);

    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[" REPO("1", "acme/web", "") "]");
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    r->now.ms += 2 * 3600000;
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[]x");
    rig_wait(r);
    rig_ask(r, ORG_URL);
    answer(w, 200, "{\"message\":\"?\"}");
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_null(rig_event(r, SCOPE_LEFT));
    expect_note(r, "repositories", NOTE_WARN, "the list is an old one: ");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    answer(w, 200, "[]");

    begin(w); /* and it is tried again */
    rig_ask(r, ORG_URL);
}

static void org_list_without_end(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;
    int asked = 0;

    use_org(w);
    begin(w);
    do {
        enum tracker_step step = rig_next(r);

        if (step == TRACKER_WAIT) {
            r->now = r->until;
            step = rig_next(r);
        }
        assert_int_equal(step, TRACKER_REQUEST);
        rig_header(r, "Link", "<" API "/organizations/5/repos?page=2>; rel=\"next\"");
        answer(w, 200, "[" REPO("1", "acme/web", "") "]");
        assert_true(++asked < 6);
    } while (rig_event(r, SCOPE_FAILED) == NULL);
    rig_expect_failed(r, ERR_REMOTE);
}

static void org_and_repos(void **state)
{
    static struct str include[] = {STR_INIT("w*")};
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    r->own.include = (struct str_list){include, 1};
    rig_repo(r, "other/tool");
    rig_repo(r, "acme/web");
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[" REPO("1", "Acme/Web", "") "," REPO("2", "acme/pay", "") "]");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/other/tool/issues?")));
    answer(w, 200, "[]");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    answer(w, 200, "[]");
    expect_done(w);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(org_repositories),
        CASE(org_of_a_user),
        CASE(org_that_shrinks),
        CASE(repos_that_are_named_no_more),
        CASE(org_renames),
        CASE(org_list_that_fails),
        CASE(org_list_without_end),
        CASE(org_and_repos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* GitHub repositories that were renamed or moved while they were followed. */
#include "tests/unit/github_issues_rig.h"

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
    /* No issue counts as updated by that, and each has another key now. */
    assert_true(str_eqz(rig_expect(r, SCOPE_LISTING)->scope, "acme/site"));
    rig_ask(r, "https://api.github.com/repos/acme/site/issues?state=open&sort=created"
               "&direction=asc&per_page=100");

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

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(renamed),
        CASE(renamed_and_quiet),
        CASE(renamed_to_a_neighbour),
        CASE(endless_renames),
        CASE(rename_without_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

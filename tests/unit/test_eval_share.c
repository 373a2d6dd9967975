/* What is concluded of nodes and teams by how much of them each scope holds. */
#include "tests/unit/census_rig.h"

static int setup(void **state)
{
    *state = eval_rig_create();
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* A page of `n` items of the scope from `first` on, all with the label. */
static void add_items(struct eval_rig *er, const char *scope, int first, int n,
                      const char *label)
{
    for (int i = 0; i < n; i++) {
        struct item *it = rig_item(&er->r, scope, first + i);

        if (label != NULL)
            rig_label(&er->r, it, label);
    }
}

/* acme/web is complete; acme/pay, too, unless it fails. */
static void sync_ends(struct eval_rig *er, bool pay_fails)
{
    struct rig *r = &er->r;

    if (pay_fails)
        err_set(&rig_event(r, SCOPE_FAILED, "acme/pay", "")->err, ERR_NET, "refused");
    else
        rig_event(r, SCOPE_SYNCED, "acme/pay", "p");
    eval_rig_synced(er);
    eval_rig_run(er);
}

static void look(struct eval_rig *er, bool pay_fails)
{
    eval_rig_sync(er);
    sync_ends(er, pay_fails);
}

static int64_t stored(struct eval_rig *er, const char *subject)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(max(state), 0) FROM finding WHERE subject = '%s'",
             subject);
    return rig_int(&er->r, sql);
}

/* ---- initiatives ---- */

/* Most of the work fails, but nothing of the one initiative. */
static void a_failed_scope_freezes_what_it_holds(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 1, "initiative:billing");
    add_items(er, "acme/web", 2, 5, NULL);
    add_items(er, "acme/pay", 1, 40, NULL);
    add_items(er, "acme/pay", 41, 2, "initiative:onboarding");
    sync_ends(er, false);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding"), 0);
    assert_int_equal(rig_int(r, "SELECT items FROM share WHERE node = 'billing'"), 1);

    /* Both lose their work. */
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 1, "plain");
    rig_close_item(r, &r->feed.items[0]);
    r->feed.items[0].outcome = ITEM_DISCARDED;
    add_items(er, "acme/web", 50, 1, "initiative:billing");
    rig_close_item(r, &r->feed.items[1]);
    r->feed.items[1].outcome = ITEM_DISCARDED;
    sync_ends(er, true);
    assert_int_equal(stored(er, "initiative billing"), FINDING_PENDING);
    assert_int_equal(stored(er, "initiative onboarding"), 0);
    eval_rig_check(er);

    /* Its own is in the failed scope: gone or not, nothing is concluded. */
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    add_items(er, "acme/pay", 41, 1, "plain");
    sync_ends(er, true);
    RIG_OK(r, sql_script(r->db, "UPDATE tally SET next_check = 1", &r->e));
    eval_rig_run(er);
    assert_int_equal(stored(er, "initiative onboarding"), 0);
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    add_items(er, "acme/pay", 41, 2, "plain");
    sync_ends(er, false);
    assert_int_equal(stored(er, "initiative onboarding"), FINDING_PENDING);
    eval_rig_check(er);
}

/* A twentieth of its items may be missing, and no more. */
static void a_little_may_be_missing(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    for (int missing = 1; missing <= 2; missing++) {
        eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
        eval_rig_sync(er);
        for (int i = 0; i < 20 - missing; i++) {
            add_items(er, "acme/web", 1 + i, 1, "initiative:billing");
            rig_close_item(r, &r->feed.items[i]);
            r->feed.items[i].outcome = ITEM_DISCARDED;
        }
        add_items(er, "acme/pay", 1, missing, "initiative:billing");
        for (int i = 20 - missing; i < 20; i++) {
            rig_close_item(r, &r->feed.items[i]);
            r->feed.items[i].outcome = ITEM_DISCARDED;
        }
        sync_ends(er, false);
        RIG_OK(r,
               sql_script(r->db, "DELETE FROM finding; UPDATE tally SET next_check = 1",
                          &r->e));
        look(er, true);
        assert_int_equal(stored(er, "initiative billing"),
                         missing == 1 ? FINDING_PENDING : 0);
        eval_rig_unload(er);
        rig_finish(r);
        rig_init(r);
    }
    eval_rig_load(er, EVAL_RIG_CONF, EVAL_RIG_STRATEGY);
}

/* Where it has nothing, what it lacks may be in what failed. */
static void what_has_nothing_goes_by_all_work(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 19, NULL);
    add_items(er, "acme/pay", 1, 2, NULL);
    sync_ends(er, false);
    eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
    look(er, true);
    assert_int_equal(stored(er, "initiative billing"), 0);
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    add_items(er, "acme/web", 20, 20, NULL); /* now 2 of 41 */
    sync_ends(er, true);
    assert_int_equal(stored(er, "initiative billing"), FINDING_PENDING);
}

/* What never answered is in no count. */
static void what_is_unknown_freezes_all(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 5, NULL);
    rig_event(&er->r, SCOPE_SEEN, "acme/pay", "");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(stored(er, "initiative billing"), 0);
    look(er, false);
    assert_int_equal(stored(er, "initiative billing"), FINDING_PENDING);
}

/* ---- teams ---- */

#define TEAM_CONF                                                                      \
    EVAL_RIG_NODES                                                                     \
    "rules: { uncovered-initiative: off, no-epics: { open: 3, for: 1d } }\n"
#define TEAM_STRATEGY(teams)                                                           \
    "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"               \
    "initiatives: [{ id: sso, title: Single sign-on }]\n" teams
#define TEAMS                                                                          \
    "teams:\n  - { id: web, title: Web guild, match: { labels: [web] } }\n"            \
    "  - { id: pay, title: Pay, match: { repos: [acme/pay] } }\n"

/* Four items of team web, two in each scope; an epic of team pay. */
static void two_teams(struct eval_rig *er)
{
    eval_rig_load(er, TEAM_CONF, TEAM_STRATEGY(TEAMS));
    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 2, "web");
    add_items(er, "acme/pay", 1, 2, "web");
    rig_item(&er->r, "acme/pay", 3)->level = ITEM_LEVEL_EPIC;
    sync_ends(er, false);
}

static void a_team_without_epics_is_told(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct finding_row *rows;
    struct str cursor;
    struct wall next;
    int64_t total;
    size_t n;

    two_teams(er);
    assert_int_equal(stored(er, "team web"), FINDING_PENDING);
    assert_int_equal(stored(er, "team pay"), 0);
    assert_int_equal(stored(er, "source hub"), 0);
    r->now.ms += RIG_DAY;
    look(er, false);
    assert_string_equal(
        rig_text(r, "SELECT state || team || note FROM finding WHERE subject = 'team "
                    "web'"),
        "2web4 open items, none of them epic-level");
    r->now.ms += RIG_MIN;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_string_equal(
        rig_text(r, "SELECT json_extract(notice, '$.group', '$.sections[0].headline',"
                    " '$.sections[0].entries[0].key',"
                    " '$.sections[0].entries[0].title') FROM outbox"
                    " WHERE notice LIKE '%no-epics%'"),
        "[\"Web guild\",\"1 source or team without epics (1 d)\",\"web\",\"Web "
        "guild\"]");
    eval_rig_check(er);

    rig_page(r);
    RIG_OK(r, db_read_findings(r->db, &(struct finding_filter){.subject = STR("web")},
                               r->a, &rows, &n, &total, &cursor, &r->e));
    assert_int_equal(total, 1);
    assert_true(str_eqz(rows[0].subject_kind, "team"));
    assert_true(str_eqz(rows[0].subject, "web"));

    /* Its first epic ends it. */
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(r, eval_rig_epic(er, 9), "web");
    sync_ends(er, false);
    assert_int_equal(stored(er, "team web"), FINDING_RESOLVED);
    assert_string_equal(rig_text(r, "SELECT ended_by FROM finding WHERE kind = 3"),
                        "no longer so");
    eval_rig_check(er);
}

/* Work that changes hands, closes or leaves is not the team's any more. */
static void a_teams_work_follows_its_items(void **state)
{
    static const char team[] = "SELECT coalesce(group_concat(scope || ':' || items ||"
                               " ':' || epics, ' '), '') FROM share WHERE node = 'web'";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    two_teams(er);
    assert_string_equal(rig_text(r, team), "1:2:0 2:2:0");
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(r, eval_rig_epic(er, 1), "web");
    add_items(er, "acme/web", 2, 1, "plain");
    rig_close_item(r, rig_item(r, "acme/pay", 1));
    sync_ends(er, false);
    assert_string_equal(rig_text(r, team), "1:1:1 2:1:0");
    assert_int_equal(stored(er, "team web"), 0);
    eval_rig_check(er);
    /* acme/pay was only another name of acme/web. */
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_event(r, SCOPE_RENAMED, "acme/pay", "")->to = STR("acme/web");
    rig_event(r, SCOPE_SYNCED, "acme/web", "w");
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    assert_string_equal(rig_text(r, team), "2:2:1");
    eval_rig_check(er);
}

/* Nobody evaluates it until it can be read again. */
static void a_hidden_item_goes_with_its_scope(void **state)
{
    static const char counts[] =
        "SELECT group_concat(id || ':' || in_view || ':' || epics, ' ') FROM scope";
    static const char shares[] = "SELECT group_concat(node || ':' || scope || ':' ||"
                                 " items, ' ') FROM share";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    two_teams(er);
    census_tell(er, FATE_HIDDEN, 1, "403");
    eval_rig_run(er);
    r->now.ms += 5 * RIG_MIN;
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_RENAMED, "acme/pay", "")->to = STR("acme/web");
    rig_event(r, SCOPE_SYNCED, "acme/web", "w");
    rig_apply(r);
    eval_rig_check(er); /* before anything is evaluated, too */
    rig_end(r);
    eval_rig_run(er);
    assert_string_equal(rig_text(r, counts), "2:5:1");
    assert_string_equal(rig_text(r, shares), "web:2:4");
    eval_rig_check(er);
    census_tell(er, FATE_DELETED, 1, "");
    eval_rig_run(er);
    assert_string_equal(rig_text(r, counts), "2:4:1");
    assert_string_equal(rig_text(r, shares), "web:2:3");
    eval_rig_check(er);
}

static void a_team_is_frozen_by_what_it_misses(void **state)
{
    struct eval_rig *er = *state;

    two_teams(er);
    er->r.now.ms += RIG_DAY;
    look(er, true);
    assert_int_equal(stored(er, "team web"), FINDING_PENDING);
    look(er, false);
    assert_int_equal(stored(er, "team web"), FINDING_FIRING);
    /* Nor does it end there. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_epic(er, 9), "web");
    sync_ends(er, true);
    assert_int_equal(stored(er, "team web"), FINDING_FIRING);
    look(er, false);
    assert_int_equal(stored(er, "team web"), FINDING_RESOLVED);
}

static void a_source_is_told_once_for_all_its_teams(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er, TEAM_CONF, TEAM_STRATEGY(TEAMS));
    eval_rig_sync(er);
    add_items(er, "acme/web", 1, 4, "web");
    add_items(er, "acme/pay", 1, 5, NULL);
    sync_ends(er, false);
    assert_int_equal(stored(er, "source hub"), FINDING_PENDING);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding"), 1);
}

static void a_team_that_is_gone_has_no_findings(void **state)
{
    struct eval_rig *er = *state;

    two_teams(er);
    er->r.now.ms += RIG_DAY;
    look(er, false);
    assert_int_equal(stored(er, "team web"), FINDING_FIRING);
    eval_rig_load(er, TEAM_CONF, TEAM_STRATEGY(""));
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE kind = 3"),
        "3removed from the strategy");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM share"), 0);
    eval_rig_check(er);
}

static void a_rule_switched_off_ends_its_findings(void **state)
{
    struct eval_rig *er = *state;

    two_teams(er);
    er->r.now.ms += RIG_DAY;
    look(er, false);
    eval_rig_load(er, EVAL_RIG_NODES "rules: { no-epics: off }\n",
                  TEAM_STRATEGY(TEAMS));
    look(er, true); /* frozen, but this needs no look */
    assert_string_equal(
        rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE kind = 3"),
        "3rule switched off");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_failed_scope_freezes_what_it_holds),
        T(a_little_may_be_missing),
        T(what_has_nothing_goes_by_all_work),
        T(what_is_unknown_freezes_all),
        T(a_team_without_epics_is_told),
        T(a_teams_work_follows_its_items),
        T(a_hidden_item_goes_with_its_scope),
        T(a_team_is_frozen_by_what_it_misses),
        T(a_source_is_told_once_for_all_its_teams),
        T(a_team_that_is_gone_has_no_findings),
        T(a_rule_switched_off_ends_its_findings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rules of initiatives in the store: what is looked up of their work, when they fire and
   what ends them. */
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY STRATEGY_DUE("2026-09-30")
#define STRATEGY_DUE(due)                                                              \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, start: 2026-09-01,\n"    \
    "          by: 2026-12-31, unit: points, check_in: 7d }\n"                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps], status: active,\n" \
    "      start: 2026-09-01, due: " due ", needs: [web, pay],\n"                      \
    "      rice: { reach: 640, impact: 2, confidence: 50%, effort: 20d } }\n"          \
    "  - { id: billing, title: Bill per site, moves: [nps], status: active,\n"         \
    "      start: 2026-09-01,\n"                                                       \
    "      rice: { reach: 960, impact: 2, confidence: 50%, effort: 60d } }\n"          \
    "teams:\n"                                                                         \
    "  - { id: pay, title: Pay, people: 4, match: { labels: [pay] } }\n"               \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"
/* clang-format on */

/* Without waits of its own. */
#define CONF                                                                           \
    EVAL_RIG_NODES "rules: { uncovered-initiative: off,\n"                             \
                   "  late-initiative: { keep_for: 0 },\n"                              \
                   "  oversized-initiative: { for: 0, keep_for: 0 } }\n"

static struct eval_rig *create(const char *asked)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = asked;
    eval_rig_load(er, CONF, STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    return er;
}

static struct item *work(struct eval_rig *er, int number, const char *initiative)
{
    struct item *it = rig_item(&er->r, "acme/web", number);
    char label[40];

    snprintf(label, sizeof label, "initiative:%s", initiative);
    it->created = it->updated = er->r.now;
    rig_label(&er->r, it, label);
    return it;
}

static void begin(struct eval_rig *er, struct item *it, size_t people)
{
    static struct str names[] = {STR_INIT("ana"), STR_INIT("ben"), STR_INIT("cem"),
                                 STR_INIT("dan")};

    it->category = ITEM_IN_PROGRESS;
    it->assignees = arena_array(er->r.a, people, sizeof *it->assignees);
    assert_non_null(it->assignees);
    for (size_t i = 0; i < people; i++)
        it->assignees[i] = names[i];
    it->n_assignees = people;
}

static void split(struct eval_rig *er)
{
    bool more;

    do {
        RIG_OK(&er->r,
               db_effort_step(er->r.db, &er->ev, er->r.now, &more, &er->r.e));
    } while (more);
}

static void pass(struct eval_rig *er, int days)
{
    for (int i = 0; i < days; i++) {
        er->r.now.ms += RIG_DAY;
        eval_rig_look(er);
        split(er);
        eval_rig_run(er);
    }
}

static void synced(struct eval_rig *er)
{
    eval_rig_synced(er);
    eval_rig_run(er);
}

static int64_t state_of(struct eval_rig *er, const char *initiative)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(max(state), 0) FROM finding WHERE subject = 'initiative"
             " %s'",
             initiative);
    return rig_int(&er->r, sql);
}

#define NOTE(er) rig_text(&(er)->r, "SELECT note FROM finding")

static void one_that_stands_still(void **state)
{
    struct eval_rig *er = create("stalled-initiative");

    (void)state;
    eval_rig_sync(er);
    for (int i = 1; i <= 3; i++)
        (void)work(er, i, "onboarding");
    (void)work(er, 4, "billing");
    (void)work(er, 5, "billing");
    synced(er);
    pass(er, 9);
    assert_int_equal(state_of(er, "onboarding"), 0);
    /* Nobody has looked: nothing is concluded. */
    er->r.now.ms += 2 * RIG_DAY;
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 0);
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(state_of(er, "billing"), 0); /* two are open */
    eval_rig_sync(er);
    rig_close_item(&er->r, work(er, 1, "onboarding"));
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

static void one_with_nothing_open(void **state)
{
    struct eval_rig *er = create("initiative-idle-done");

    (void)state;
    eval_rig_sync(er);
    rig_close_item(&er->r, work(er, 1, "onboarding"));
    rig_close_item(&er->r, work(er, 2, "billing"));
    (void)work(er, 3, "billing");
    synced(er);
    pass(er, 8);
    /* The open one was billing's to the end of that day. */
    er->r.now.ms += RIG_HOUR;
    eval_rig_sync(er);
    (void)work(er, 3, "onboarding");
    synced(er);
    er->r.now.ms += RIG_HOUR;
    eval_rig_sync(er);
    rig_close_item(&er->r, work(er, 3, "nowhere"));
    synced(er);
    pass(er, 3);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(state_of(er, "billing"), 0);
    pass(er, 7);
    assert_int_equal(state_of(er, "billing"), 2);
    er->r.now.ms += RIG_HOUR;
    eval_rig_sync(er);
    (void)work(er, 4, "billing");
    synced(er);
    assert_int_equal(state_of(er, "billing"), 3);
    eval_rig_destroy(er);
}

static void one_that_is_late(void **state)
{
    struct eval_rig *er = create("late-initiative");

    (void)state;
    eval_rig_sync(er);
    (void)work(er, 1, "onboarding");
    synced(er);
    pass(er, 9);
    assert_int_equal(state_of(er, "onboarding"), 0);
    er->r.now.ms += RIG_DAY; /* 1 October */
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 0);
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding"), SEV_HIGH);
    eval_rig_sync(er);
    rig_close_item(&er->r, work(er, 1, "onboarding"));
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

/* One closed a day for three weeks, and more open than there are days left. */
static void one_that_will_be_late(void **state)
{
    struct eval_rig *er = create("late-initiative");

    (void)state;
    eval_rig_load(er, CONF, STRATEGY_DUE("2026-10-20"));
    for (int day = 0; day < 20; day++) {
        eval_rig_sync(er);
        rig_close_item(&er->r, work(er, 100 + day, "onboarding"));
        synced(er);
        pass(er, 1);
    }
    assert_int_equal(state_of(er, "onboarding"), 0);
    eval_rig_sync(er);
    for (int i = 1; i <= 30; i++)
        (void)work(er, i, "onboarding");
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding"), SEV_WARN);
    assert_non_null(strstr(NOTE(er), "its 30 open items may be done by"));
    eval_rig_sync(er);
    for (int i = 1; i <= 28; i++)
        rig_close_item(&er->r, work(er, i, "onboarding"));
    synced(er);
    pass(er, 2);
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

static void one_that_lacks_a_team(void **state)
{
    struct eval_rig *er = create("missing-function");

    (void)state;
    eval_rig_sync(er);
    (void)work(er, 1, "onboarding");
    (void)work(er, 2, "billing");
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_string_equal(NOTE(er), "needs `pay`, of whom nothing is open or done in it; 1 "
                                  "items of other teams are");
    assert_int_equal(state_of(er, "billing"), 0);
    eval_rig_sync(er);
    rig_label(&er->r, work(er, 3, "onboarding"), "pay");
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 3);
    /* What was done before anybody looked counts for its team, too. */
    eval_rig_destroy(er);
    er = create("missing-function");
    eval_rig_sync(er);
    (void)work(er, 1, "onboarding");
    rig_label(&er->r, work(er, 3, "onboarding"), "pay");
    rig_close_item(&er->r, &er->r.feed.items[er->r.feed.n_items - 1]);
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 0);
    eval_rig_destroy(er);
}

/* Its own work may lie where nobody can look. */
static void a_team_that_cannot_be_seen(void **state)
{
    struct eval_rig *er = create("missing-function");
    struct scope_event *ev;

    (void)state;
    eval_rig_sync(er);
    rig_event(&er->r, SCOPE_SEEN, "acme/pay", "");
    rig_label(&er->r, rig_item(&er->r, "acme/pay", 1), "pay");
    rig_event(&er->r, SCOPE_SYNCED, "acme/pay", "c");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    for (int i = 1; i <= 30; i++)
        (void)work(er, i, "onboarding");
    ev = rig_event(&er->r, SCOPE_FAILED, "acme/pay", "");
    err_set(&ev->err, ERR_FORBIDDEN, "403");
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 0);
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_event(&er->r, SCOPE_SEEN, "acme/pay", "");
    rig_event(&er->r, SCOPE_SYNCED, "acme/pay", "d");
    eval_rig_synced(er);
    RIG_OK(&er->r, sql_run(er->r.db, "UPDATE tally SET next_check = 1", SQL_NONE,
                           &er->r.e));
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    eval_rig_destroy(er);
}

static void one_large_item(void **state)
{
    struct eval_rig *er = create("oversized-initiative");

    (void)state;
    eval_rig_sync(er);
    begin(er, work(er, 1, "onboarding"), 4);
    synced(er);
    pass(er, 7);
    assert_int_equal(state_of(er, "onboarding"), 0);
    pass(er, 1);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_string_equal(NOTE(er), "acme/web#1 holds 32.0 person-days and has no "
                                  "children");
    eval_rig_sync(er);
    rig_item(&er->r, "acme/web", 2)->parent_key = STR("acme/web#1");
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

/* What is under a child is the child's; days that are split again count once. */
static void one_large_child(void **state)
{
    struct eval_rig *er = create("oversized-initiative");
    struct item *it;

    (void)state;
    eval_rig_sync(er);
    (void)work(er, 2, "onboarding");
    (void)work(er, 9, "onboarding"); /* nobody has begun it */
    it = rig_item(&er->r, "acme/web", 10);
    it->parent_key = STR("acme/web#2");
    begin(er, it, 2);
    for (int i = 3; i <= 5; i++) {
        it = work(er, i, "onboarding");
        begin(er, it, 4);
        it->assignees += 3; /* dan alone */
        it->n_assignees = 1;
    }
    synced(er);
    pass(er, 4);
    assert_int_equal(state_of(er, "onboarding"), 0);
    pass(er, 1);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_string_equal(NOTE(er), "acme/web#2 holds 10.0 of the 15.0 person-days spent "
                                  "on its 4 open children in work");
    RIG_OK(&er->r, sql_run(er->r.db, "DELETE FROM meta WHERE key = 'effort'", SQL_NONE,
                           &er->r.e));
    split(er);
    assert_int_equal(rig_int(&er->r, "SELECT round(sum(days)) FROM item_days"), 15);
    eval_rig_destroy(er);
}

static void one_that_is_overtaken(void **state)
{
    struct eval_rig *er = create("priority-inversion");

    (void)state;
    eval_rig_sync(er);
    (void)work(er, 1, "onboarding");
    begin(er, work(er, 2, "billing"), 2);
    synced(er);
    pass(er, 4);
    assert_int_equal(state_of(er, "onboarding"), 0);
    pass(er, 1);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(state_of(er, "billing"), 0);
    eval_rig_sync(er);
    begin(er, work(er, 1, "onboarding"), 1);
    synced(er);
    assert_int_equal(state_of(er, "onboarding"), 3);
    /* Put down again: ten working days have to pass. */
    pass(er, 2);
    eval_rig_sync(er);
    (void)work(er, 1, "onboarding");
    begin(er, work(er, 2, "billing"), 2);
    synced(er);
    pass(er, 5);
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

static void tell(struct eval_rig *er, double value)
{
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    const struct checkin c = {
        .kr = STR("nps"),
        .day = tz_local(tz_utc(), er->r.now).date,
        .value = value,
        .confidence = -1,
    };

    RIG_OK(&er->r, db_checkin_add(er->r.db, &c, &ana, er->r.now, &er->r.e));
}

/* Days go into it, and its key result stands still for four weeks. */
static void one_that_moves_nothing(void **state)
{
    struct eval_rig *er = create("busy-but-flat");

    (void)state;
    for (int week = 0; week < 5; week++) {
        eval_rig_sync(er);
        begin(er, work(er, 1, "onboarding"), 2);
        synced(er);
        tell(er, 42);
        pass(er, 6);
        if (week < 3)
            assert_int_equal(state_of(er, "onboarding"), 0);
        er->r.now.ms += RIG_DAY;
    }
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(state_of(er, "onboarding"), 2);
    assert_int_equal(state_of(er, "billing"), 0);
    /* Stale: what was said stays, and nothing new is said. */
    pass(er, 8);
    tell(er, 55);
    pass(er, 2); /* its keep_for */
    assert_int_equal(state_of(er, "onboarding"), 3);
    eval_rig_destroy(er);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_stands_still),
        cmocka_unit_test(one_with_nothing_open),
        cmocka_unit_test(one_that_is_late),
        cmocka_unit_test(one_that_will_be_late),
        cmocka_unit_test(one_that_lacks_a_team),
        cmocka_unit_test(a_team_that_cannot_be_seen),
        cmocka_unit_test(one_large_item),
        cmocka_unit_test(one_large_child),
        cmocka_unit_test(one_that_is_overtaken),
        cmocka_unit_test(one_that_moves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

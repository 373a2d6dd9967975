/* One thing is told once: which finding another explains, from when, and until when. */
#include "tests/unit/eval_rig.h"

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static enum plan_reason reason_of(struct eval_rig *er, const char *rule)
{
    char sql[120];

    snprintf(sql, sizeof(sql), "SELECT reason FROM finding WHERE rule = '%s'", rule);
    return (enum plan_reason)rig_int(&er->r, sql);
}

/* The reason's detail is the finding that explains it. */
static void assert_explained(struct eval_rig *er, const char *rule, const char *by)
{
    char sql[300];

    assert_int_equal(reason_of(er, rule), PLAN_INHIBITED);
    snprintf(sql, sizeof(sql),
             "SELECT (SELECT reason_detail FROM finding WHERE rule = '%s') ="
             " (SELECT id FROM finding WHERE rule = '%s')",
             rule, by);
    assert_int_equal(rig_int(&er->r, sql), 1);
}

/* ---- teams ---- */

#define PILLARS                                                                        \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n    title: Clinics choose us first\n    share: 50%\n"               \
    "    key_results: [{ id: nps, title: NPS }]\n"                                     \
    "  - id: keep\n    title: Clinics stay with us\n    share: 50%\n"                  \
    "    key_results: [{ id: churn, title: Churn }]\n"                                 \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps], status: active }\n" \
    "  - { id: billing, title: Bill per site, moves: [churn], status: active }\n"      \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, key_results: [nps],\n"                      \
    "      match: { repos: [acme/web] } }\n"                                           \
    "people:\n"                                                                        \
    "  - { id: ana, github: ana }\n"                                                   \
    "  - { id: ben, github: ben }\n"                                                   \
    "  - { id: cem, github: cem }\n"                                                   \
    "  - { id: dan, github: dan }\n"
#define RULES(pillar)                                                                  \
    EVAL_RIG_NODES "rules: { uncovered-initiative: off, pillar-drift: " pillar ",\n"   \
                   "  own-kr-share: { severity: warn, for: 0, keep_for: 0 } }\n"

/* Four people on what is for another objective, touched so that it is not parked. */
static void work(struct eval_rig *er)
{
    static struct str names[] = {STR_INIT("ana"), STR_INIT("ben"), STR_INIT("cem"),
                                 STR_INIT("dan")};

    eval_rig_sync(er);
    for (int i = 0; i < 4; i++) {
        struct item *it = rig_item(&er->r, "acme/web", 1 + i);

        it->created.ms = RIG_T0;
        it->updated = er->r.now;
        it->category = ITEM_IN_PROGRESS;
        it->assignees = &names[i];
        it->n_assignees = 1;
        rig_label(&er->r, it, "initiative:billing");
    }
    eval_rig_synced(er);
}

static void pass(struct eval_rig *er, int days)
{
    bool more;

    for (int i = 0; i < days; i++) {
        er->r.now.ms += RIG_DAY;
        if (i % 5 == 0)
            work(er);
        else
            eval_rig_look(er);
        do {
            RIG_OK(&er->r,
                   db_effort_step(er->r.db, &er->ev, er->r.now, &more, &er->r.e));
        } while (more);
        eval_rig_run(er);
    }
}

static int setup_teams(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "pillar-drift own-kr-share";
    eval_rig_load(er, RULES("{ for: 0, keep_for: 0 }"), PILLARS);
    eval_rig_look(er);
    eval_rig_run(er);
    *state = er;
    return 0;
}

static void a_plan_of_its_own_explains_its_key_results(void **state)
{
    struct eval_rig *er = *state;

    pass(er, 40);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"), 2);
    assert_explained(er, "own-kr-share", "pillar-drift");
    /* Nobody looks at the plan any more: the key results are told of themselves. */
    eval_rig_load(er, RULES("off"), PILLARS);
    pass(er, 1);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding WHERE rule ="
                                     " 'pillar-drift'"),
                     FINDING_RESOLVED);
    assert_int_equal(reason_of(er, "own-kr-share"), PLAN_GROUPED);
    /* And when it is looked at again, they are explained again: before they were told. */
    eval_rig_load(er, RULES("{ for: 0, keep_for: 0 }"), PILLARS);
    pass(er, 1);
    assert_explained(er, "own-kr-share", "pillar-drift");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member WHERE finding IN"
                                     " (SELECT n FROM finding WHERE rule ="
                                     " 'own-kr-share')"),
                     0);
}

/* ---- items ---- */

#define ITEMS                                                                          \
    EVAL_RIG_NODES "rules: { uncovered-initiative: off,\n"                             \
                   "  unlinked-work: { for: 0 }, unknown-link: { for: 0, keep_for: 0 },\n" \
                   "  retired-link: { for: 0, keep_for: 0 },\n"                         \
                   "  ambiguous-link: { for: 0, severity: warn } }\n"

static int setup_items(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "unlinked-work unknown-link retired-link ambiguous-link source-stale";
    eval_rig_load(er, ITEMS, EVAL_RIG_STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    *state = er;
    return 0;
}

static struct item *epic(struct eval_rig *er, const char *label)
{
    struct item *it;

    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->created.ms = RIG_T0 + 5 * RIG_MIN;
    it->updated = er->r.now;
    if (label != NULL)
        rig_label(&er->r, it, label);
    return it;
}

/* A line `Initiative: billing` in the description. */
static void refers_to_billing(struct eval_rig *er, struct item *it)
{
    rig_label(&er->r, it, "billing");
    it->marks[it->n_marks - 1].kind = MARK_REFERENCE;
}

static void read_it(struct eval_rig *er)
{
    eval_rig_synced(er);
    eval_rig_run(er);
}

static void a_link_to_nothing_is_no_missing_one(void **state)
{
    struct eval_rig *er = *state;

    (void)epic(er, "initiative:onbording");
    read_it(er);
    assert_string_equal(eval_rig_findings(er), "unknown-link acme/web#1 2 13");
    (void)epic(er, NULL);
    read_it(er);
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
}

/* Its label names an initiative that was dropped, its description another one. */
static void a_link_to_what_is_over_explains_the_rest(void **state)
{
    struct eval_rig *er = *state;
    struct item *it = epic(er, "initiative:old-portal");

    refers_to_billing(er, it);
    read_it(er);
    assert_int_equal(reason_of(er, "retired-link"), PLAN_GROUPED);
    assert_explained(er, "ambiguous-link", "retired-link");
    it = epic(er, "initiative:onboarding");
    refers_to_billing(er, it);
    read_it(er);
    assert_int_equal(reason_of(er, "ambiguous-link"), PLAN_GROUPED);
}

static void what_is_not_done_needs_no_link(void **state)
{
    struct eval_rig *er = *state;

    er->asked = "unlinked-work not-doing";
    eval_rig_load(er, ITEMS,
                  EVAL_RIG_STRATEGY
                  "not_doing: [{ id: no-onprem, title: On-premises installs,"
                  " match: { labels: [on-prem] } }]\n");
    (void)epic(er, "on-prem");
    read_it(er);
    assert_int_equal(reason_of(er, "not-doing"), PLAN_GROUPED);
    assert_explained(er, "unlinked-work", "not-doing");
    (void)epic(er, NULL);
    read_it(er);
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
}

static void an_epic_explains_its_children(void **state)
{
    struct eval_rig *er = *state;
    struct item *child;
    struct item *it = epic(er, NULL);

    child = eval_rig_epic(er, 2);
    child->created = it->created;
    child->updated = er->r.now;
    child->parent_key = it->key;
    read_it(er);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#1 2 13; unlinked-work acme/web#2 2 8");
}

/* Nothing is concluded, and nothing told, of what a source does not show any more. */
static void a_stale_source_explains_what_it_feeds(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    (void)epic(er, NULL);
    read_it(er);
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
    er->r.now.ms += 2 * RIG_DAY;
    eval_rig_run(er);
    er->r.now.ms += 3 * RIG_MIN;
    eval_rig_run(er);
    assert_int_equal(eval_rig_flush(er, &next), 1); /* source-stale alone */
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(json_extract(e.value, '$.rule')) FROM"
                         " outbox o, json_each(o.notice, '$.sections') e"),
        "source-stale");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member WHERE finding IN"
                                     " (SELECT n FROM finding WHERE rule ="
                                     " 'unlinked-work')"),
                     1);
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_plan_of_its_own_explains_its_key_results, setup_teams),
        TEST(a_link_to_nothing_is_no_missing_one, setup_items),
        TEST(a_link_to_what_is_over_explains_the_rest, setup_items),
        TEST(what_is_not_done_needs_no_link, setup_items),
        TEST(an_epic_explains_its_children, setup_items),
        TEST(a_stale_source_explains_what_it_feeds, setup_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

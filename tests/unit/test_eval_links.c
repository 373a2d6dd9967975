/* Rules about what items say of the strategy, in the store: when they fire, and what
   ends them. */
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY EVAL_RIG_STRATEGY                                                     \
    "not_doing:\n"                                                                     \
    "  - { id: no-kiosk, title: Kiosks, why: Two pilots cost more than they brought,\n" \
    "      match: { labels: [kiosk], text: [touch screen] } }\n"
/* clang-format on */

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "unlinked-work ambiguous-link not-doing orphan-work skips-middle";
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static void reference(struct eval_rig *er, struct item *it, const char *id)
{
    rig_label(&er->r, it, id);
    it->marks[it->n_marks - 1].kind = MARK_REFERENCE;
}

static void pass(struct eval_rig *er, int days)
{
    er->r.now.ms += days * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
}

/* An epic that says two things. */
static struct item *torn(struct eval_rig *er)
{
    struct item *it = eval_rig_new_epic(er, 1);

    rig_label(&er->r, it, "initiative:onboarding");
    return it;
}

static void marks_that_disagree_are_told(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    reference(er, torn(er), "billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "ambiguous-link acme/web#1 1 1");
    pass(er, 1);
    assert_string_equal(eval_rig_findings(er), "ambiguous-link acme/web#1 1 1");
    pass(er, 1);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
    eval_rig_sync(er);
    (void)torn(er);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

static void a_command_settles_it(void **state)
{
    const struct actor ana = {1000, STR_INIT("ana")};
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    reference(er, torn(er), "billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    pass(er, 2);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
    RIG_OK(&er->r, db_link_set(er->r.db, &er->ev, STR("acme/web#1"), STR("billing"),
                               &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

/* Nothing is concluded while its scope is stale. */
static void stale_scopes_wait(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    reference(er, torn(er), "billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_DAY;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 1);
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
}

/* Linked past the initiatives counts as linked, and is told as what it is. */
static void the_middle_is_skipped(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:nps");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "skips-middle acme/web#1 1 1");
    assert_int_equal(rig_int(&er->r, "SELECT linked FROM scope"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'nps'"), 1);
    eval_rig_check(er);
    pass(er, 2);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

static struct item *lone(struct eval_rig *er)
{
    struct item *it = rig_item(&er->r, "acme/web", 5);

    it->created = it->updated = (struct wall){er->r.now.ms - RIG_MIN};
    it->category = ITEM_IN_PROGRESS;
    return it;
}

static void orphans_are_told_where_it_is_wished(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    (void)lone(er);
    eval_rig_synced(er);
    eval_rig_run(er);
    pass(er, 6);
    assert_null(strstr(eval_rig_findings(er), "orphan"));
    eval_rig_load(er,
                  EVAL_RIG_NODES "rules: { orphan-work: { off: false, for: 2d } }\n",
                  STRATEGY);
    eval_rig_sync(er);
    lone(er)->title = STR("Edited");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "orphan-work acme/web#5 1 1");
    pass(er, 2);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
    eval_rig_sync(er);
    lone(er)->parent_key = STR("acme/web#77");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

/* ---- what was decided against ---- */

static struct item *kiosk(struct eval_rig *er)
{
    struct item *it = eval_rig_new_epic(er, 1);

    rig_label(&er->r, it, "kiosk");
    return it;
}

static void a_mark_is_told_at_once(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    (void)kiosk(er);
    eval_rig_new_epic(er, 2)->parent_key = STR("acme/web#1");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT rule || state || severity FROM finding WHERE"
                         " rule = 'not-doing'"),
        "not-doing22");
    /* It explains that the epic and what is under it are linked to nothing. */
    pass(er, 1);
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(reason || (reason_detail = (SELECT id"
                         " FROM finding WHERE rule = 'not-doing')), ' ') FROM finding"
                         " WHERE rule = 'unlinked-work'"),
        "81 81");
    eval_rig_sync(er);
    (void)eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT state FROM finding WHERE rule = 'not-doing'"), 3);
    assert_int_equal(
        rig_int(&er->r, "SELECT reason FROM finding WHERE rule = 'unlinked-work'"
                        " AND item = 1"),
        PLAN_GROUPED);
}

static void words_wait_and_explain_nothing(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    eval_rig_new_epic(er, 1)->title = STR("A touch screen at the door");
    eval_rig_synced(er);
    eval_rig_run(er);
    pass(er, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 13;"
                                               " not-doing acme/web#1 2 12");
    assert_int_equal(
        rig_int(&er->r, "SELECT severity FROM finding WHERE rule = 'not-doing'"), 0);
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:billing");
    er->r.feed.items[er->r.feed.n_items - 1].title = STR("A touch screen at the door");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"), 0);
}

/* Who acknowledges it has decided: it does not come back. */
static void acknowledged_is_exempt(void **state)
{
    const struct actor ana = {1000, STR_INIT("ana")};
    struct eval_rig *er = *state;
    struct str id;

    eval_rig_sync(er);
    (void)kiosk(er);
    eval_rig_synced(er);
    eval_rig_run(er);
    id = str_of(rig_text(&er->r, "SELECT id FROM finding WHERE rule = 'not-doing'"));
    RIG_OK(&er->r, db_finding_ack(er->r.db, id, &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE"
                                         " rule = 'not-doing'"),
                        "3exempted by ana");
    eval_rig_sync(er);
    kiosk(er)->title = STR("Edited");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT state FROM finding WHERE rule = 'not-doing'"), 3);
    RIG_OK(&er->r, db_exempt_remove(er->r.db, STR("acme/web#1"), &ana, er->r.now,
                                    &er->r.e));
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT state FROM finding WHERE rule = 'not-doing'"), 2);
}

/* Acknowledging what another rule says exempts nothing. */
static void other_findings_stay(void **state)
{
    const struct actor ana = {1000, STR_INIT("ana")};
    struct eval_rig *er = *state;
    struct str id;

    eval_rig_sync(er);
    (void)eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    pass(er, 1);
    id = str_of(rig_text(&er->r, "SELECT id FROM finding"));
    RIG_OK(&er->r, db_finding_ack(er->r.db, id, &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM exemption"), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(marks_that_disagree_are_told),
        T(a_command_settles_it),
        T(stale_scopes_wait),
        T(the_middle_is_skipped),
        T(orphans_are_told_where_it_is_wished),
        T(a_mark_is_told_at_once),
        T(words_wait_and_explain_nothing),
        T(acknowledged_is_exempt),
        T(other_findings_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

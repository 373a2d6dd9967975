/* What was there before the first look: summarised once, told when it gets worse. */
#include "tests/unit/eval_known_rig.h"

static void baseline_is_summarised_once(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct item *it;

    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++) {
        it = eval_rig_epic(er, i);
        if (i == 1)
            rig_label(&er->r, it, "initiative:onboarding");
        if (i == 2)
            rig_label(&er->r, it, "strategy:none");
        if (i == 3)
            rig_label(&er->r, it, "idea");
    }
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT json_extract(notice, '$.text') FROM outbox"),
        "acme/web: 2 of 3 open epics have no strategic link; see `alignctl gaps`. What "
        "was there before is told one by one only when its work begins or its link is "
        "lost.");
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope"), 2);
    eval_rig_check(er);
    er->r.now.ms += RIG_DAY + RIG_HOUR;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.fired, 2);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#4 2 3; unlinked-work acme/web#5 2 3");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 1);

    /* It starts moving: no baseline any more, and worse than before. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 4);
    it->category = ITEM_IN_PROGRESS;
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#4 2 13; unlinked-work acme/web#5 2 3");
    assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding WHERE item = 4"),
                     SEV_HIGH);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope"), 1);
    eval_rig_check(er);
}

/* acme/web is complete long before acme/pay: one message, when the sync is over. */
static void scopes_of_one_sync_are_one_message(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    rig_event(&er->r, SCOPE_SEEN, "acme/pay", "");
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "c1");
    rig_apply(&er->r);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope WHERE name = 'acme/web'"),
                     1);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 0);
    er->r.now.ms += RIG_HOUR;
    rig_page(&er->r);
    it = rig_item(&er->r, "acme/pay", 2);
    it->level = ITEM_LEVEL_EPIC;
    it->type = STR("Epic");
    rig_event(&er->r, SCOPE_SYNCED, "acme/pay", "c1");
    rig_apply(&er->r);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 0);
    rig_end(&er->r);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT json_extract(notice, '$.text') FROM outbox"),
        "2 of 2 open epics have no strategic link (acme/web 1 of 1, acme/pay 1 of 1); see "
        "`alignctl gaps`. What was there before is told one by one only when its work "
        "begins or its link is lost.");
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 1);
}

/* Sources begin within a second or so of each other: one that has not is waited for. */
static void all_sources_are_one_message(void **state)
{
    struct eval_rig *er = *state;
    struct tracker_conf late = er->r.conf;

    late.name = STR("late");
    er->sources[1] = &late;
    er->ev.n_sources = 2;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 0);
    er->ev.n_sources = 1; /* it is not configured any more */
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 1);
}

static void baseline_off_tells_all(void **state)
{
    struct eval_rig *er = *state;

    er->ev.baseline = false;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 0);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 13");
}

static void losing_a_link_ends_the_baseline(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_epic(er, 1), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM item"), 1);
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM item"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM finding"), 0);
    eval_rig_check(er);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(baseline_is_summarised_once),
        T(scopes_of_one_sync_are_one_message),
        T(all_sources_are_one_message),
        T(baseline_off_tells_all),
        T(losing_a_link_ends_the_baseline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

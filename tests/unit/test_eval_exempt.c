/* Exemptions: by whom and why, and until when. */
#include "tests/unit/eval_known_rig.h"

static void exemptions_end(void **state)
{
    struct eval_rig *er = *state;
    struct actor ana = {1000, STR("ana")};
    struct eval_result res;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    RIG_OK(&er->r,
           db_exempt(er->r.db, STR("acme/web#1"), STR_NONE, STR("a spike"),
                     (struct wall){er->r.now.ms + RIG_DAY}, &ana, er->r.now, &er->r.e));
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding"),
                        "exempted by ana");
    assert_int_equal(rig_int(&er->r, "SELECT exempt FROM scope"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT next_check FROM evaluated"),
                     er->r.now.ms + RIG_DAY);
    /* Never told: its end is not told either. */
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    eval_rig_check(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.started, 1);
    assert_int_equal(rig_int(&er->r, "SELECT exempt FROM scope"), 0);
    eval_rig_check(er);
}

static void exemptions_say_who_and_why(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_new_epic(er, 2);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    it->created.ms -= RIG_DAY;
    add_mark(er, it, MARK_EXEMPT, "bought, not built");
    it = eval_rig_new_epic(er, 2);
    it->created.ms -= RIG_DAY;
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    it->created.ms -= RIG_DAY;
    rig_label(&er->r, eval_rig_new_epic(er, 2), "strategy:none");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 2"),
                        "exempted by label strategy:none");
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    add_mark(er, it, MARK_EXEMPT, "bought, not built");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 1"),
                        "exempted by line Strategy: none (bought, not built)");
}

/* What is over, or holds for one rule only, does not make the item exempt. */
static void exemptions_that_are_over_are_not_shown(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor ana = {1000, STR("ana")};
    struct wall until = {r->now.ms + RIG_HOUR};
    struct item_row *rows;
    size_t n;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#1"), STR("retired-link"), STR("a test"),
                        (struct wall){0}, &ana, r->now, &r->e));
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_int_equal(rows[0].exempt.n, 0);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#1"), STR_NONE, STR("a spike"), until, &ana,
                        r->now, &r->e));
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].exempt, "a spike"));
    r->now.ms += 2 * RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_int_equal(rows[0].exempt.n, 0);
    assert_int_equal(rows[0].exempt_by.n, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(exemptions_end),
        T(exemptions_say_who_and_why),
        T(exemptions_that_are_over_are_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

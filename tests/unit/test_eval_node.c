/* Rules of strategy nodes in the store: when they are asked, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY(kr)                                                                   \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    key_results:\n"                                                               \
    "      - { " kr ", title: NPS, baseline: 40, target: 60, start: 2026-01-01,\n"     \
    "          by: 2027-06-30, unit: points, check_in: 7d }\n"                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, status: active }\n"
/* clang-format on */

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* Told once, long ago. */
static const struct date long_ago = {2026, 1, 1};

static void tell_of(struct eval_rig *er, const char *kr, struct date day, double value)
{
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    const struct checkin c = {
        .kr = str_of(kr), .day = day, .value = value, .confidence = -1};

    RIG_OK(&er->r, db_checkin_add(er->r.db, &c, &ana, er->r.now, &er->r.e));
}

static void tell(struct eval_rig *er, const char *kr, double value)
{
    tell_of(er, kr, tz_local(tz_utc(), er->r.now).date, value);
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "kr-stale";
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY("id: nps"));
    tell_of(er, "nps", long_ago, 41);
    *state = er;
    return 0;
}

/* Its time runs from when it was first heard of: its start was long before. */
static void one_that_nobody_was_asked_for(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY("id: other"));
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    /* More than a week and three days after 21 September. */
    assert_int_equal(res.next_check.ms, RIG_T0 / RIG_DAY * RIG_DAY + 11 * RIG_DAY);
    er->r.now = res.next_check;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result other 2 13");
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding"),
                        "no value yet; the first is overdue since 2026-10-02");
}

/* Values of key results hang on no tracker: nothing has been synced here. */
static void a_value_ends_it(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
    er->r.now.ms += RIG_HOUR;
    tell(er, "nps", 44);
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 3 19");
    /* It is asked again by itself when that one is too old. */
    assert_true(res.next_check.ms > er->r.now.ms);
    er->r.now.ms += 11 * RIG_DAY;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
}

/* An untouched node is not looked at: nothing is written. */
static void it_is_asked_when_touched(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM subject WHERE next_check = 1"), 0);
    tell(er, "nps", 44);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM subject WHERE"
                                     " next_check = 1 AND id = 'nps'"),
                     1);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM subject WHERE next_check = 1"), 0);
}

static void a_new_name_keeps_it(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_run(er);
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY("id: promoters, was: [nps]"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result promoters 2 13");
}

static void what_is_removed_is_over(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_run(er);
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY("id: other"));
    tell_of(er, "other", long_ago, 41);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 3 19;"
                                               " kr-stale key-result other 2 13");
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE subject ="
                                         " 'key-result nps'"),
                        "removed from the strategy");
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM subject WHERE id = 'nps'"), 0);
}

/* The first time it is only for digests; when it is still so a week later, it is told,
   and the next time at once. */
static void the_first_one_must_last(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct wall first = er->r.now;

    er->ev.first_wait = SPAN_MS(7 * RIG_DAY);
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 20");
    assert_int_equal(res.next_check.ms, first.ms + 7 * RIG_DAY);
    er->r.now.ms = first.ms + 7 * RIG_DAY - 1;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 20");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    er->r.now.ms++;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
}

/* One that ends within the week is over untold; the next one is no first one. */
static void the_second_one_is_told(void **state)
{
    struct eval_rig *er = *state;

    er->ev.first_wait = SPAN_MS(7 * RIG_DAY);
    eval_rig_run(er);
    er->r.now.ms += RIG_HOUR;
    tell(er, "nps", 44);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 3 19");
    er->r.now.ms += 11 * RIG_DAY;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
}

/* The third time in a week it goes on until a day was quiet. */
static void what_flaps_is_one_episode(void **state)
{
    struct eval_rig *er = *state;
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    struct checkin taken;

    eval_rig_run(er);
    for (int i = 0; i < 2; i++) {
        er->r.now.ms += RIG_HOUR;
        tell(er, "nps", 44);
        eval_rig_run(er);
        assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 3 19");
        RIG_OK(&er->r, db_checkin_remove(er->r.db, STR("nps"), (struct date){0}, &ana,
                                         er->r.now, er->r.a, &taken, &er->r.e));
        eval_rig_run(er);
        assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
    }
    er->r.now.ms += RIG_HOUR;
    tell(er, "nps", 44);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 2 13");
    er->r.now.ms += RIG_DAY;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-stale key-result nps 3 19");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_nobody_was_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_asked_when_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_name_keeps_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_one_must_last, setup, teardown),
        cmocka_unit_test_setup_teardown(the_second_one_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_flaps_is_one_episode, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_removed_is_over, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

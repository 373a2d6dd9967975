/* Rules of key results in the store: when they fire, and what ends it. */
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
#define STRATEGY(kr, status)                                                           \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "intents: [{ id: upmarket, title: Win the big ones }]\n"                           \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    key_results:\n"                                                               \
    "      - { " kr ", title: NPS, unit: points, check_in: 7d, owner: ana,\n"          \
    "          start: 2026-08-01, by: 2026-10-15 }\n"                                  \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, status: " status ",\n" \
    "      moves: [nps] }\n"
#define REACH(id) id ", baseline: 40, target: 60"
/* clang-format on */

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

static void ask(struct eval_rig *er, const char *ids, const char *strategy)
{
    er->asked = ids;
    eval_rig_load(er, EVAL_RIG_CONF, strategy);
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
    eval_rig_run(er);
}

/* It has to hold for one check_in: a week. No tracker has been seen yet. */
static void it_is_behind_for_a_week(void **state)
{
    struct eval_rig *er = *state;

    ask(er, "kr-off-pace", STRATEGY(REACH("id: nps"), "active"));
    tell(er, 41);
    er->r.now.ms += RIG_DAY;
    tell(er, 42);
    assert_string_equal(eval_rig_findings(er), "kr-off-pace key-result nps 1 1");
    er->r.now.ms += 7 * RIG_DAY - RIG_MIN;
    tell(er, 43);
    assert_string_equal(eval_rig_findings(er), "kr-off-pace key-result nps 1 1");
    er->r.now.ms += RIG_MIN;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-off-pace key-result nps 2 13");
    tell(er, 58);
    assert_string_equal(eval_rig_findings(er), "kr-off-pace key-result nps 3 19");
}

/* With the end of its period another rule speaks, and later none does; what would be
   stale by then is over. */
static void it_ends(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    ask(er, "kr-off-pace kr-ended kr-stale", STRATEGY(REACH("id: nps"), "active"));
    tell(er, 41);
    er->r.now.ms += RIG_DAY;
    tell(er, 42);
    er->r.now.ms += 20 * RIG_DAY;
    tell(er, 43);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2 AND"
                                     " rule = 'kr-off-pace'"),
                     1);
    while (er->r.now.ms < RIG_T0 + 40 * RIG_DAY) {
        res = eval_rig_run(er);
        if (res.next_check.ms == 0)
            break;
        er->r.now = res.next_check;
    }
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(l, '; ') FROM (SELECT rule"
                                         " || ' ' || state || ' ' || episode AS l FROM"
                                         " finding ORDER BY rule)"),
                        "kr-ended 3 1; kr-off-pace 3 1");
}

static void a_bound_is_broken_and_mended(void **state)
{
    struct eval_rig *er = *state;

    ask(er, "kr-broken",
        STRATEGY("id: nps, kind: keep, at_least: 50", "active"));
    tell(er, 49);
    er->r.now.ms += 7 * RIG_DAY;
    tell(er, 48);
    assert_string_equal(eval_rig_findings(er), "kr-broken key-result nps 2 13");
    eval_rig_load(er, EVAL_RIG_CONF,
                  STRATEGY("id: promoters, was: [nps], kind: keep, at_least: 50",
                           "active"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-broken key-result promoters 2 13");
    eval_rig_load(er, EVAL_RIG_CONF,
                  STRATEGY("id: promoters, was: [nps], kind: keep, at_least: 48",
                           "active"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-broken key-result promoters 3 19");
}

static void nothing_moves_it(void **state)
{
    struct eval_rig *er = *state;

    ask(er, "uncovered-kr", STRATEGY(REACH("id: nps"), "paused"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "uncovered-kr key-result nps 1 1");
    er->r.now.ms += 5 * RIG_DAY;
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "uncovered-kr key-result nps 2 13");
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY(REACH("id: nps"), "active"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "uncovered-kr key-result nps 3 19");
}

/* The checks of lint: at load, under a new name, and gone with what they lack. */
static void the_form_is_asked_at_load(void **state)
{
    struct eval_rig *er = *state;

    ask(er, "missing-middle kr-unmeasurable kr-without-team team-without-kr",
        STRATEGY("id: nps, baseline: 40", "active") "teams: [{ id: web, title: Web }]\n");
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(l, '; ') FROM (SELECT rule || ' ' ||"
                         " subject AS l FROM finding WHERE state = 2 ORDER BY 1)"),
        "kr-unmeasurable key-result nps; kr-without-team key-result nps;"
        " missing-middle intent upmarket; team-without-kr team web");
    eval_rig_load(er, EVAL_RIG_CONF,
                  STRATEGY("id: promoters, was: [nps], baseline: 40", "active")
                      "teams: [{ id: site, was: [web], title: Web }]\n");
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2 AND"
                                     " episode = 1 AND subject IN ('team site',"
                                     " 'key-result promoters')"),
                     3);
    eval_rig_load(er, EVAL_RIG_CONF,
                  STRATEGY(REACH("id: promoters, was: [nps]"), "active")
                      "teams: [{ id: site, was: [web], title: Web,"
                      " key_results: [promoters] }]\n");
    eval_rig_run(er);
    /* The trackers were not looked at yet: what a team has is not known. */
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(subject) FROM finding WHERE state = 2"),
        "intent upmarket");
}

/* An objective that serves an intent ends with its last day. */
static void the_day_turns(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    ask(er, "missing-middle",
        "strategy: 1\nname: Acme\nintents: [{ id: upmarket, title: Win }]\n"
        "objectives:\n  - { id: grow, title: Grow, intent: upmarket, from: 2026-09-01,"
        " to: 2026-09-30, key_results: [{ id: nps, title: NPS }] }\n"
        "initiatives: [{ id: onboarding, title: On, moves: [nps] }]\n");
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    while (res.next_check.ms != 0 && er->r.now.ms < RIG_T0 + 20 * RIG_DAY &&
           eval_rig_findings(er)[0] == '\0') {
        er->r.now = res.next_check;
        res = eval_rig_run(er);
    }
    assert_string_equal(eval_rig_findings(er), "missing-middle intent upmarket 2 13");
    assert_int_equal(tz_local(tz_utc(), er->r.now).date.day, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(it_is_behind_for_a_week),   T(it_ends),
        T(a_bound_is_broken_and_mended), T(nothing_moves_it),
        T(the_form_is_asked_at_load), T(the_day_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

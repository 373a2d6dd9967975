#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pace.h"

static struct date day(const char *text)
{
    struct date d;

    if (!date_parse(str_of(text), &d))
        fail_msg("%s", text);
    return d;
}

/* NPS 40 to 60 in the last quarter of 2026: 91 days from 1 October to 31 December. */
static struct key_result nps(void)
{
    return (struct key_result){
        .kind = KR_REACH,
        .has_baseline = true,
        .has_target = true,
        .baseline = 40,
        .target = 60,
        .start = day("2026-10-01"),
        .by = day("2026-12-31"),
        .check_in = {.ms = DUR_DAY(7).ms},
    };
}

enum { MOST = 40 };
struct values {
    struct kr_value v[MOST];
    size_t n;
};

static void put(struct values *s, const char *date, double value)
{
    assert_true(s->n < MOST);
    s->v[s->n++] = (struct kr_value){day(date), value};
}

static struct kr_pace_report judge(const struct key_result *kr, const struct values *s,
                                   const char *today)
{
    struct kr_pace_report r;

    kr_judge(kr, s->v, s->n, (struct date){0}, day(today), &r);
    return r;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-6))
        fail_msg("%.9f, not %.9f", got, want);
}

static void assert_state(const struct kr_pace_report *r, enum kr_state want)
{
    assert_string_equal(kr_state_name(r->state), kr_state_name(want));
}

/* The alert of the rule book: 47 on 30 November, 53 expected then. */
static void the_worked_number(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    put(&s, "2026-11-30", 47);
    r = judge(&kr, &s, "2026-12-02");
    assert_near(r.progress, 0.35);
    assert_near(r.expected, 60.0 / 91);
    assert_int_equal(lround(r.expected_value), 53);
    assert_near(r.pace, 0.35 - 60.0 / 91);
    assert_near(r.elapsed, 62.0 / 91);
    assert_state(&r, KR_OFF_PACE);
    assert_false(r.has_forecast);
}

/* What is expected is of the day of the value, not of today. */
static void an_old_value_is_not_late(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report early, late;

    (void)state;
    put(&s, "2026-11-15", 50);
    early = judge(&kr, &s, "2026-11-15");
    late = judge(&kr, &s, "2026-11-25");
    assert_near(early.pace, late.pace);
    assert_state(&early, KR_ON_PACE);
    assert_state(&late, KR_ON_PACE);
}

static void a_tenth_of_the_way_is_off(void **state)
{
    struct key_result kr = nps();
    struct values off = {0}, on = {0};
    struct kr_pace_report r;

    (void)state;
    kr.baseline = 0;
    kr.target = 10;
    kr.start = day("2026-10-01");
    kr.by = day("2026-10-21"); /* half of it is over on the 11th */
    put(&off, "2026-10-11", 4);
    put(&on, "2026-10-11", 4.001);
    r = judge(&kr, &off, "2026-10-12");
    assert_near(r.pace, -0.1);
    assert_state(&r, KR_OFF_PACE);
    r = judge(&kr, &on, "2026-10-12");
    assert_state(&r, KR_ON_PACE);
}

static void down_is_up_mirrored(void **state)
{
    struct key_result up = nps(), down = nps();
    struct values a = {0}, b = {0};
    struct kr_pace_report x, y;

    (void)state;
    down.baseline = -up.baseline;
    down.target = -up.target;
    for (int i = 0; i < 8; i++) {
        char date[16];

        snprintf(date, sizeof date, "2026-10-%02d", 1 + 4 * i);
        put(&a, date, 40 + 0.5 * i + (i % 3));
        put(&b, date, -(40 + 0.5 * i + (i % 3)));
    }
    x = judge(&up, &a, "2026-10-30");
    y = judge(&down, &b, "2026-10-30");
    assert_int_equal(x.state, y.state);
    assert_near(x.progress, y.progress);
    assert_near(x.pace, y.pace);
    assert_true(x.has_forecast && y.has_forecast);
    assert_near(x.forecast_low, -y.forecast_high);
    assert_near(x.forecast_high, -y.forecast_low);
}

static double expected_on(struct key_result *kr, const char *date)
{
    struct values s = {0};
    struct kr_pace_report r;

    put(&s, date, 40);
    r = judge(kr, &s, date);
    assert_true(r.has_expected);
    return r.expected;
}

static void curves(void **state)
{
    struct key_result kr = nps();
    struct kr_milestone m[] = {{day("2026-11-01"), 45}, {day("2026-12-01"), 52}};

    (void)state;
    kr.pace = PACE_LATE;
    assert_near(expected_on(&kr, "2026-11-15"), 0); /* day 45 of 91 */
    assert_near(expected_on(&kr, "2026-12-31"), 1);
    assert_near(expected_on(&kr, "2026-12-11"), 2 * (71.0 / 91 - 0.5));
    kr.pace = PACE_AFTER;
    kr.pace_after = day("2026-12-01");
    assert_near(expected_on(&kr, "2026-12-01"), 0);
    assert_near(expected_on(&kr, "2026-12-16"), 0.5);
    kr.pace = PACE_MILESTONES;
    kr.milestones = m;
    kr.n_milestones = 2;
    assert_near(expected_on(&kr, "2026-10-01"), 0);
    assert_near(expected_on(&kr, "2026-11-01"), 0.25);
    assert_near(expected_on(&kr, "2026-11-16"), 8.5 / 20);
    assert_near(expected_on(&kr, "2026-12-01"), 0.6);
    assert_near(expected_on(&kr, "2026-12-31"), 1);
}

static void nothing_known_is_no_good_news(void **state)
{
    struct key_result kr = nps();
    struct values none = {0}, old = {0}, future = {0};
    struct kr_pace_report r;

    (void)state;
    r = judge(&kr, &none, "2026-11-01");
    assert_state(&r, KR_UNKNOWN);
    assert_false(r.has_value || r.has_progress || r.has_expected || r.has_forecast);
    put(&old, "2026-09-30", 60); /* before it began */
    r = judge(&kr, &old, "2026-11-01");
    assert_state(&r, KR_UNKNOWN);
    put(&future, "2026-11-02", 60);
    r = judge(&kr, &future, "2026-11-01");
    assert_state(&r, KR_UNKNOWN);
    r = judge(&kr, &none, "2026-09-30");
    assert_state(&r, KR_WAITING);
    kr.has_target = false;
    r = judge(&kr, &future, "2026-11-03");
    assert_state(&r, KR_UNMEASURED);
    assert_true(r.has_value);
    assert_false(r.has_progress);
}

static void stale_is_never_green(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    put(&s, "2026-11-01", 60);        /* reached, even */
    r = judge(&kr, &s, "2026-11-11"); /* a week and three days */
    assert_state(&r, KR_ON_PACE);
    r = judge(&kr, &s, "2026-11-12");
    assert_state(&r, KR_STALE);
    assert_int_equal(date_cmp(r.stale_at, day("2026-11-12")), 0);
    kr.check_in = (struct span){.wd = 5};
    r = judge(&kr, &s, "2026-11-11");
    assert_state(&r, KR_ON_PACE);
    r = judge(&kr, &s, "2026-11-12");
    assert_state(&r, KR_STALE);
}

static void ends(void **state)
{
    struct key_result kr = nps();
    struct values made = {0}, missed = {0}, early = {0};
    struct kr_pace_report r;

    (void)state;
    put(&made, "2026-12-30", 61);
    r = judge(&kr, &made, "2026-12-31");
    assert_state(&r, KR_ON_PACE); /* its last day */
    r = judge(&kr, &made, "2027-01-01");
    assert_state(&r, KR_ACHIEVED);
    put(&missed, "2026-12-30", 59.5);
    r = judge(&kr, &missed, "2027-01-01");
    assert_state(&r, KR_MISSED);
    put(&missed, "2027-01-04", 60); /* the last value, asked for and given */
    r = judge(&kr, &missed, "2027-01-04");
    assert_state(&r, KR_ACHIEVED);
    put(&early, "2026-12-20", 60); /* eleven days before the end */
    r = judge(&kr, &early, "2027-01-01");
    assert_state(&r, KR_UNKNOWN);
}

static void bounds_are_kept_or_broken(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    kr.kind = KR_KEEP;
    kr.has_at_least = true;
    kr.at_least = 99.9;
    put(&s, "2026-11-01", 99.9);
    put(&s, "2026-11-08", 99.95);
    r = judge(&kr, &s, "2026-11-09");
    assert_near(r.progress, 1);
    assert_false(r.has_expected);
    assert_state(&r, KR_ON_PACE);
    put(&s, "2026-11-15", 99.8);
    r = judge(&kr, &s, "2026-11-15");
    assert_near(r.progress, 2.0 / 3);
    assert_state(&r, KR_BROKEN);
    put(&s, "2026-11-15", 99.9); /* corrected the same day */
    r = judge(&kr, &s, "2026-11-15");
    assert_near(r.progress, 1);
    assert_state(&r, KR_ON_PACE);
    kr.has_at_most = true;
    kr.at_most = 99.92;
    r = judge(&kr, &s, "2026-11-15");
    assert_near(r.progress, 2.0 / 3);
}

static void done_is_done(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    kr.kind = KR_DONE;
    put(&s, "2026-12-28", 0);
    r = judge(&kr, &s, "2026-12-29");
    assert_state(&r, KR_ON_PACE); /* nothing is expected before its date */
    r = judge(&kr, &s, "2027-01-01");
    assert_state(&r, KR_MISSED);
    put(&s, "2026-12-31", 1);
    r = judge(&kr, &s, "2027-01-01");
    assert_state(&r, KR_ACHIEVED);
}

static void forecast_is_the_line(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    put(&s, "2026-10-02", 40.2);
    put(&s, "2026-10-09", 40.9);
    put(&s, "2026-10-16", 41.6);
    r = judge(&kr, &s, "2026-10-17");
    assert_false(r.has_forecast); /* three values */
    put(&s, "2026-10-22", 42.2);
    r = judge(&kr, &s, "2026-10-22");
    assert_false(r.has_forecast); /* twenty days */
    put(&s, "2026-10-23", 42.3);
    r = judge(&kr, &s, "2026-10-23");
    assert_true(r.has_forecast);
    assert_near(r.forecast_low, 49.2); /* a tenth a day */
    assert_near(r.forecast_high, 49.2);
    put(&s, "2026-10-30", 44);
    r = judge(&kr, &s, "2026-10-30");
    assert_true(r.forecast_low < r.forecast_high);
    assert_true(r.forecast_high > 49.2);
}

/* By hand: x 0, 10, 20, 30, y 1, 3, 2, 4: slope 0.08, rest 1.8, at x 90 it is 8.5. */
static void forecast_has_an_error(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;
    double error = sqrt(1.8 / 2 * (1 + 0.25 + 75.0 * 75 / 500));

    (void)state;
    kr.by = day("2026-12-30");
    put(&s, "2026-10-01", 1);
    put(&s, "2026-10-11", 3);
    put(&s, "2026-10-21", 2);
    put(&s, "2026-10-31", 4);
    r = judge(&kr, &s, "2026-10-31");
    assert_near(r.forecast_low, 8.5 - error);
    assert_near(r.forecast_high, 8.5 + error);
}

static void absurd_values_foretell_nothing(void **state)
{
    struct key_result kr = nps();
    struct values s = {0};
    struct kr_pace_report r;

    (void)state;
    put(&s, "2026-10-01", 1e308);
    put(&s, "2026-10-11", -1e308);
    put(&s, "2026-10-21", 1e308);
    put(&s, "2026-10-31", 44);
    r = judge(&kr, &s, "2026-10-31");
    assert_false(r.has_forecast);
    assert_near(r.progress, 0.2);
}

static void start_where_none_is_given(void **state)
{
    struct objective o = {.from = day("2026-10-01")};
    struct key_result kr = nps();
    struct kr_value v = {day("2026-11-15"), 50};
    struct kr_pace_report r;

    (void)state;
    kr.start = (struct date){0};
    kr_judge(&kr, &v, 1, (struct date){0}, day("2026-11-16"), &r);
    assert_int_equal(r.start.year, 0);
    assert_true(r.has_progress);
    assert_false(r.has_expected);
    kr.objective = &o;
    kr_judge(&kr, &v, 1, (struct date){0}, day("2026-11-16"), &r);
    assert_int_equal(date_cmp(r.start, o.from), 0);
    kr_judge(&kr, &v, 1, day("2026-10-20"), day("2026-11-16"), &r);
    assert_int_equal(date_cmp(r.start, day("2026-10-20")), 0);
    kr_judge(&kr, &v, 1, day("2026-09-20"), day("2026-11-16"), &r);
    assert_int_equal(date_cmp(r.start, o.from), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_number),
        cmocka_unit_test(an_old_value_is_not_late),
        cmocka_unit_test(a_tenth_of_the_way_is_off),
        cmocka_unit_test(down_is_up_mirrored),
        cmocka_unit_test(curves),
        cmocka_unit_test(nothing_known_is_no_good_news),
        cmocka_unit_test(stale_is_never_green),
        cmocka_unit_test(ends),
        cmocka_unit_test(bounds_are_kept_or_broken),
        cmocka_unit_test(done_is_done),
        cmocka_unit_test(forecast_is_the_line),
        cmocka_unit_test(forecast_has_an_error),
        cmocka_unit_test(absurd_values_foretell_nothing),
        cmocka_unit_test(start_where_none_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

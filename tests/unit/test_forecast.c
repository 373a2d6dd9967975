/* Forecasts: what is known of the distribution comes out, and nothing where too little is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/forecast.h"

static const struct date monday = {2026, 9, 21};
static struct calendar week; /* Mon-Fri */

static int setup(void **state)
{
    struct err e;

    (void)state;
    week.tz = tz_utc();
    return !calendar_parse_hours(STR("Mon-Fri 09:00-17:00"), &week, &e);
}

static void assert_date(struct date got, int year, int month, int day)
{
    if (date_cmp(got, (struct date){year, month, day}) != 0)
        fail_msg("%d-%d-%d", got.year, got.month, got.day);
}

/* So many on each working day of the eight weeks before. */
static struct forecast_in steady(struct date today, int64_t open, unsigned each)
{
    struct forecast_in in = {.today = today, .open = open};

    for (int i = 0; i < FORECAST_DAYS; i++) {
        struct date d = date_from_days(date_to_days(today) - FORECAST_DAYS + i);

        in.closed[i] = calendar_is_working_day(&week, d) ? each : 0;
    }
    return in;
}

static void one_a_day_takes_as_many_days(void **state)
{
    struct forecast_in in = steady(monday, 10, 1);
    const struct date holidays[] = {{2026, 9, 23}};
    struct calendar with = week;
    struct forecast f;

    (void)state;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_KNOWN);
    assert_int_equal(f.closed, 40);
    assert_int_equal(f.weeks, 8);
    assert_int_equal(f.days, 40);
    assert_int_equal(f.p50_days, 10);
    assert_int_equal(f.p85_days, 10);
    assert_date(f.p50, 2026, 10, 2); /* a Friday: today counts */
    in.open = 11;
    forecast_make(&in, &week, &f);
    assert_date(f.p85, 2026, 10, 5);

    with.holidays = holidays;
    with.n_holidays = 1;
    in.open = 10;
    forecast_make(&in, &with, &f);
    assert_date(f.p50, 2026, 10, 5);

    /* On a Saturday the first day is the Monday after. */
    in = steady((struct date){2026, 9, 19}, 1, 1);
    forecast_make(&in, &week, &f);
    assert_int_equal(f.p50_days, 1);
    assert_date(f.p50, 2026, 9, 21);
}

static void what_is_closed_on_a_day_off_counts(void **state)
{
    struct forecast_in in = {.today = monday, .open = 30};
    struct forecast f;

    (void)state;
    /* Two each Saturday, three each Sunday: five each Monday, but today's week, whose
       last working day has them. */
    for (int i = 0; i < FORECAST_DAYS; i++) {
        struct date d = date_from_days(date_to_days(monday) - FORECAST_DAYS + i);

        in.closed[i] = date_weekday(d) == 5 ? 2 : date_weekday(d) == 6 ? 3 : 0;
    }
    forecast_make(&in, &week, &f);
    assert_int_equal(f.closed, 40);
    assert_int_equal(f.days, 40);
    assert_int_equal(f.state, FORECAST_KNOWN);
    assert_true(f.p50_days >= 24 && f.p50_days <= 32);
}

/* The exact chance that so many days close what is open, by convolution. */
static unsigned exact(const struct forecast_in *in, int percent)
{
    static double at[400], next[400];
    unsigned v[FORECAST_DAYS], n = 0, days = 0;
    double done = 0;

    for (int i = 0; i < FORECAST_DAYS; i++) {
        struct date d = date_from_days(date_to_days(in->today) - FORECAST_DAYS + i);

        if (calendar_is_working_day(&week, d))
            v[n++] = in->closed[i];
    }
    memset(at, 0, sizeof at);
    at[in->open] = 1; /* so many are open */
    while (done * 100 < percent) {
        memset(next, 0, sizeof next);
        for (int64_t left = 1; left <= in->open; left++) {
            for (unsigned i = 0; i < n; i++)
                next[left > v[i] ? left - v[i] : 0] += at[left] / n;
        }
        done += next[0];
        next[0] = 0;
        memcpy(at, next, sizeof at);
        days++;
    }
    return days;
}

static void runs_come_out_as_the_distribution(void **state)
{
    static const unsigned shapes[][5] = {
        {0, 2, 0, 2, 1}, {0, 0, 0, 0, 5}, {3, 1, 4, 1, 5}, {0, 1, 1, 0, 1}};

    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
        for (int64_t open = 1; open < 100; open += 16) {
            struct forecast_in in = {.today = monday, .open = open};
            struct forecast f;

            for (int i = 0; i < FORECAST_DAYS; i++) {
                struct date d =
                    date_from_days(date_to_days(monday) - FORECAST_DAYS + i);

                in.closed[i] =
                    date_weekday(d) < 5 ? shapes[s][(i * 3) % 5] : 0;
            }
            forecast_make(&in, &week, &f);
            assert_int_equal(f.state, FORECAST_KNOWN);
            if (abs((int)f.p50_days - (int)exact(&in, 50)) > 1 + (int)f.p50_days / 100 ||
                abs((int)f.p85_days - (int)exact(&in, 85)) > 1 + (int)f.p85_days / 100)
                fail_msg("shape %zu, %lld open: %u and %u, not %u and %u", s,
                         (long long)open, f.p50_days, f.p85_days, exact(&in, 50),
                         exact(&in, 85));
        }
    }
}

/* The same lots on every machine, whatever was forecast before. */
static void dates_are_the_same_everywhere(void **state)
{
    struct forecast_in in = {.today = monday, .open = 77};
    struct forecast f, again;

    (void)state;
    for (int i = 0; i < FORECAST_DAYS; i++)
        in.closed[i] = (unsigned)(i * i) % 5;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.p50_days, 28);
    assert_int_equal(f.p85_days, 34);
    in.open = 30;
    forecast_make(&in, &week, &again);
    in.open = 77;
    forecast_make(&in, &week, &again);
    assert_int_equal(again.p50_days, f.p50_days);
    assert_int_equal(again.p85_days, f.p85_days);
}

static void too_little_is_no_forecast(void **state)
{
    struct forecast_in in = {.today = monday, .open = 5};
    struct forecast f;

    (void)state;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_FEW_CLOSED);
    /* Nine, then ten, in two weeks; then in three. */
    in.closed[FORECAST_DAYS - 1] = 5;
    in.closed[FORECAST_DAYS - 8] = 4;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_FEW_CLOSED);
    in.closed[FORECAST_DAYS - 14] = 1; /* the same week as the 8th */
    forecast_make(&in, &week, &f);
    assert_int_equal(f.closed, 10);
    assert_int_equal(f.weeks, 2);
    assert_int_equal(f.state, FORECAST_FEW_WEEKS);
    assert_int_equal(f.p85_days, 0);
    in.closed[FORECAST_DAYS - 14] = 0;
    in.closed[FORECAST_DAYS - 15] = 1;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.weeks, 3);
    assert_int_equal(f.state, FORECAST_KNOWN);
    in.open = 0;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_NOTHING_OPEN);
}

static void days_before_its_start_say_nothing(void **state)
{
    struct forecast_in in = steady(monday, 20, 2);
    struct forecast f;

    (void)state;
    /* Four weeks of nothing, then two a day. */
    memset(in.closed, 0, FORECAST_DAYS / 2 * sizeof in.closed[0]);
    forecast_make(&in, &week, &f);
    assert_true(f.p50_days > 15);
    in.from = date_from_days(date_to_days(monday) - FORECAST_DAYS / 2);
    forecast_make(&in, &week, &f);
    assert_int_equal(f.days, 20);
    assert_int_equal(f.p50_days, 10);
    in.from = monday; /* it begins today */
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_FEW_CLOSED);
}

static void what_takes_years_has_no_date(void **state)
{
    struct forecast_in in = steady(monday, FORECAST_FARTHEST, 1);
    struct forecast f;

    (void)state;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_KNOWN);
    assert_int_equal(f.p85_days, FORECAST_FARTHEST);
    in.open++;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_TOO_FAR);
    assert_int_equal(f.p85.year, 0);
    in.open = INT64_MAX;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_TOO_FAR);
    /* Half of the runs have a date, and 85 of 100 have none. */
    in = steady(monday, FORECAST_FARTHEST, 2);
    for (int i = 0; i < FORECAST_DAYS; i += 7)
        memset(in.closed + i, 0, 2 * sizeof in.closed[0]);
    in.open = (int64_t)FORECAST_FARTHEST * 6 / 5;
    forecast_make(&in, &week, &f);
    assert_int_equal(f.state, FORECAST_TOO_FAR);
}

static void late_is_85_of_100(void **state)
{
    struct forecast f = {.state = FORECAST_KNOWN,
                         .p50 = {2026, 10, 1},
                         .p85 = {2026, 10, 9}};

    (void)state;
    assert_true(forecast_is_late(&f, (struct date){2026, 10, 8}));
    assert_false(forecast_is_late(&f, (struct date){2026, 10, 9}));
    assert_false(forecast_is_late(&f, (struct date){0}));
    f.state = FORECAST_FEW_WEEKS;
    assert_false(forecast_is_late(&f, (struct date){2026, 10, 8}));
}

/* What is taken for sure comes out of the lots, and of most that comes out so it is. */
static void what_is_sure_is_never_late(void **state)
{
    size_t sure = 0, in_time = 0;

    (void)state;
    for (int64_t open = 1; open < 100; open += 3) {
        for (int shape = 1; shape < 5; shape++) {
            struct forecast_in in = {.today = monday, .open = open};
            struct date due = date_from_days(date_to_days(monday) + 60);
            struct forecast f;
            bool is_sure;

            for (int i = 0; i < FORECAST_DAYS; i++)
                in.closed[i] = i % shape == 0 ? (unsigned)shape : 0;
            is_sure = forecast_is_surely_done(&in, &week, due);
            forecast_make(&in, &week, &f);
            assert_int_equal(f.state, FORECAST_KNOWN);
            assert_false(is_sure && forecast_is_late(&f, due));
            in_time += !forecast_is_late(&f, due);
            sure += is_sure;
        }
    }
    assert_in_range(sure, in_time / 2, in_time - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_a_day_takes_as_many_days),
        cmocka_unit_test(what_is_closed_on_a_day_off_counts),
        cmocka_unit_test(runs_come_out_as_the_distribution),
        cmocka_unit_test(dates_are_the_same_everywhere),
        cmocka_unit_test(too_little_is_no_forecast),
        cmocka_unit_test(days_before_its_start_say_nothing),
        cmocka_unit_test(what_takes_years_has_no_date),
        cmocka_unit_test(late_is_85_of_100),
        cmocka_unit_test(what_is_sure_is_never_late),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}

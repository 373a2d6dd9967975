/* When messages are due: mute windows, budgets, and what bounds them whatever comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/plan.h"

static struct wall at(const char *iso)
{
    struct wall w;

    assert_true(date_parse_iso(str_of(iso), &w));
    return w;
}

static struct calendar hours(const char *text, const struct tz *tz)
{
    struct calendar c = {.tz = tz};
    struct err e;

    assert_true(calendar_parse_hours(str_of(text), &c, &e));
    return c;
}

static struct arena *zones;

static const struct tz *zone(const char *name)
{
    char path[200];
    char data[8192];
    const struct tz *tz;
    struct err e;
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    f = fopen(path, "rb");
    assert_non_null(f);
    n = fread(data, 1, sizeof(data), f);
    fclose(f);
    assert_true(tz_parse((struct str){data, n}, str_of(name), zones, &tz, &e));
    return tz;
}

static int setup(void **state UNUSED)
{
    zones = arena_create(4 << 20);
    return zones == NULL;
}

static int teardown(void **state UNUSED)
{
    arena_destroy(zones);
    return 0;
}

/* ---- mute windows ---- */

static void mute_windows_put_it_off(void **state UNUSED)
{
    /* 2026-11-20 is a Friday. Berlin's clocks go back on 2026-10-25 at 3:00, and forward
       on 2027-03-28 at 2:00. */
    static const struct {
        const char *mute, *hours, *zone, *from, *want;
        bool put_off;
    } rows[] = {
        {"Sat-Sun 0:00-24:00", "always", "UTC", "2026-11-21T12:00:00Z",
         "2026-11-23T00:00:00Z", true},
        {"Sat-Sun 0:00-24:00", "Mon-Fri 9:00-17:00", "UTC", "2026-11-21T12:00:00Z",
         "2026-11-23T09:00:00Z", true},
        {"Fri 9:00-17:00", "Mon-Fri 9:00-17:00", "UTC", "2026-11-20T12:00:00Z",
         "2026-11-23T09:00:00Z", true},
        {"Mon-Fri 12:00-13:00", "Mon-Fri 9:00-17:00", "UTC", "2026-11-20T12:30:00Z",
         "2026-11-20T13:00:00Z", true},
        {"Mon-Fri 12:00-13:00", "Mon-Fri 9:00-17:00", "UTC", "2026-11-20T13:00:00Z",
         "2026-11-20T13:00:00Z", false},
        {"Sat-Sun 0:00-24:00", "always", "Europe/Berlin", "2026-10-24T12:00:00Z",
         "2026-10-25T23:00:00Z", true},
        {"Sat-Sun 0:00-24:00", "always", "Europe/Berlin", "2027-03-27T12:00:00Z",
         "2027-03-28T22:00:00Z", true},
        {"Sun 1:00-2:30", "always", "Europe/Berlin", "2026-10-25T00:10:00Z",
         "2026-10-25T00:30:00Z", true}, /* summer's half past two */
        {"Sun 2:00-2:45", "always", "Europe/Berlin", "2026-10-25T01:10:00Z",
         "2026-10-25T01:45:00Z", true}, /* winter's */
        {"Sun 1:30-2:30", "always", "Europe/Berlin", "2027-03-28T00:40:00Z",
         "2027-03-28T01:00:00Z", true}, /* there is no half past two */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct tz *tz = zone(rows[i].zone);
        struct calendar mute = hours(rows[i].mute, tz);
        struct calendar open = hours(rows[i].hours, tz);
        struct route_hit hit = {
            .has_interval = true, .hours = &open, .mute = &mute, .n_mute = 1};
        struct wall from = at(rows[i].from);
        struct plan_due due =
            plan_group_due(&hit, &open, SEV_WARN, from, (struct wall){0}, from);

        if (due.at.ms != at(rows[i].want).ms)
            fail_msg("%s: %lld, want %s", rows[i].mute, (long long)due.at.ms,
                     rows[i].want);
        assert_int_equal(due.reason,
                         rows[i].put_off ? PLAN_OUTSIDE_HOURS : PLAN_GROUPED);
    }
}

/* Nothing is open outside the windows: it waits for ever, and says so. */
static void no_time_is_left(void **state UNUSED)
{
    struct calendar open = hours("Mon-Fri 9:00-17:00", NULL);
    struct calendar mute = hours("Mon-Fri 8:00-18:00", NULL);
    struct route_hit hit = {.hours = &open, .mute = &mute, .n_mute = 1};
    struct wall now = at("2026-11-20T12:00:00Z");
    struct plan_due due =
        plan_group_due(&hit, &open, SEV_WARN, now, (struct wall){0}, now);

    assert_int_equal(due.at.ms, INT64_MAX);
    assert_int_equal(due.reason, PLAN_OUTSIDE_HOURS);
}

/* ---- the budget ---- */

static void budgets_wait_for_room(void **state UNUSED)
{
    static const struct {
        const char *what;
        int64_t today, week;
        bool interval;
        const char *now, *want;
    } rows[] = {
        {"room", 1, 4, true, "2026-11-20T12:00:00Z", NULL},
        {"the day is full", 2, 2, true, "2026-11-18T12:00:00Z", "2026-11-19T09:00:00Z"},
        {"the day is full, quiet", 2, 2, false, "2026-11-18T12:00:00Z",
         "2026-11-19T10:00:00Z"},
        {"the week is full", 0, 5, true, "2026-11-18T12:00:00Z", "2026-11-23T09:00:00Z"},
        {"both are", 2, 5, false, "2026-11-20T12:00:00Z", "2026-11-23T10:00:00Z"},
        {"more than allowed", 9, 9, true, "2026-11-20T12:00:00Z", "2026-11-23T09:00:00Z"},
    };
    struct calendar open = hours("Mon-Fri 9:00-17:00", NULL);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct route_hit hit = {.has_interval = rows[i].interval,
                                .hours = &open,
                                .budget = {.day = 2, .week = 5}};
        struct wall now = at(rows[i].now);
        struct plan_sent sent = {rows[i].today, rows[i].week};
        struct plan_due due =
            plan_budget(&hit, &open, &sent, (struct plan_due){now, PLAN_GROUPED}, now);

        if (rows[i].want == NULL) {
            assert_int_equal(due.at.ms, now.ms);
            assert_int_equal(due.reason, PLAN_GROUPED);
            continue;
        }
        if (due.at.ms != at(rows[i].want).ms || due.reason != PLAN_BUDGET)
            fail_msg("%s: %lld", rows[i].what, (long long)due.at.ms);
        /* What is due later anyway is not put off. */
        due = plan_budget(&hit, &open, &sent,
                          (struct plan_due){at("2026-12-01T09:00:00Z"), PLAN_GROUPED},
                          now);
        assert_int_equal(due.reason, PLAN_GROUPED);
        hit.budget = (struct route_budget){0, 0};
        due = plan_budget(&hit, &open, &sent, (struct plan_due){now, PLAN_GROUPED}, now);
        assert_int_equal(due.reason, PLAN_GROUPED);
    }
}

static void days_and_weeks_are_local(void **state UNUSED)
{
    static const struct {
        const char *zone, *now, *day, *next_day, *week, *next_week;
    } rows[] = {
        {"UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z",
         "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
        /* 25 hours, in a week of 169 */
        {"Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z",
         "2026-10-25T23:00:00Z", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"},
        /* 23 hours */
        {"America/New_York", "2027-03-14T12:00:00Z", "2027-03-14T05:00:00Z",
         "2027-03-15T04:00:00Z", "2027-03-08T05:00:00Z", "2027-03-15T04:00:00Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct tz *tz = zone(rows[i].zone);
        struct plan_window day, week;

        plan_budget_windows(tz, at(rows[i].now), &day, &week);
        assert_int_equal(day.from.ms, at(rows[i].day).ms);
        assert_int_equal(day.to.ms, at(rows[i].next_day).ms);
        assert_int_equal(week.from.ms, at(rows[i].week).ms);
        assert_int_equal(week.to.ms, at(rows[i].next_week).ms);
    }
}

/* ---- whatever comes ---- */

enum { GROUPS = 6, STEPS = 3000, MOST_SENT = 4000 };

struct world {
    uint64_t random;
    const struct tz *tz;
    struct calendar open, mute[2];
    struct route_hit hit;
    struct wall now;
    struct {
        bool waits;
        enum severity worst;
        struct wall first, last_sent;
        struct plan_due due;
    } group[GROUPS];
    struct wall sent[MOST_SENT]; /* those that count */
    size_t n_sent;
};

static unsigned draw(struct world *w, unsigned n)
{
    w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (unsigned)(w->random >> 33) % n;
}

static int64_t sent_in(const struct world *w, struct plan_window window)
{
    int64_t n = 0;

    for (size_t i = 0; i < w->n_sent; i++)
        n += w->sent[i].ms >= window.from.ms && w->sent[i].ms < window.to.ms;
    return n;
}

static struct plan_due due_of(const struct world *w, int g)
{
    struct plan_due due =
        plan_group_due(&w->hit, &w->open, w->group[g].worst, w->group[g].first,
                       w->group[g].last_sent, w->now);
    struct plan_window day, week;
    struct plan_sent sent;

    if (w->group[g].worst == SEV_HIGH)
        return due;
    plan_budget_windows(w->tz, w->now, &day, &week);
    sent = (struct plan_sent){sent_in(w, day), sent_in(w, week)};
    return plan_budget(&w->hit, &w->open, &sent, due, w->now);
}

static void begin(struct world *w, unsigned seed, const char *tz, const char *start)
{
    static const char *const opens[] = {"always", "Mon-Fri 9:00-17:30",
                                        "Sun 1:00-4:00", "Mon-Sun 0:00-24:00"};
    static const char *const mutes[] = {"Sat-Sun 0:00-24:00", "Sun 1:30-2:30",
                                        "Mon-Fri 12:00-13:00"};

    *w = (struct world){.random = seed + 1, .tz = zone(tz), .now = at(start)};
    w->open = hours(opens[draw(w, 4)], w->tz);
    w->mute[0] = hours(mutes[draw(w, 3)], w->tz);
    w->mute[1] = hours(mutes[draw(w, 3)], w->tz);
    w->hit = (struct route_hit){
        .has_interval = draw(w, 2) == 1,
        .group_wait = SPAN_MS((int64_t)draw(w, 10) * 60000),
        .group_interval = SPAN_MS((int64_t)draw(w, 10) * 3600000),
        .hours = &w->open,
        .mute = w->mute,
        .n_mute = draw(w, 3),
        .budget = {.day = 1 + draw(w, 3), .week = 1 + draw(w, 8)},
    };
}

static void speak(struct world *w, int g)
{
    bool high = w->group[g].worst == SEV_HIGH;
    struct plan_window day, week;

    for (size_t i = 0; i < w->hit.n_mute; i++)
        assert_false(calendar_is_open(&w->mute[i], w->now));
    assert_true(high || calendar_is_open(&w->open, w->now));
    w->group[g].waits = false;
    w->group[g].last_sent = w->now;
    if (high)
        return;
    assert_true(w->n_sent < MOST_SENT);
    w->sent[w->n_sent++] = w->now;
    plan_budget_windows(w->tz, w->now, &day, &week);
    assert_true(sent_in(w, day) <= w->hit.budget.day);
    assert_true(sent_in(w, week) <= w->hit.budget.week);
}

/* As the store does it: found when it joins, and again when the time has come. */
static void step(struct world *w)
{
    int g = (int)draw(w, GROUPS);

    w->now = wall_add(w->now, DUR_MIN(draw(w, 60)));
    if (!w->group[g].waits) {
        w->group[g].waits = true;
        w->group[g].worst = draw(w, 20) == 0 ? SEV_HIGH : SEV_WARN;
        w->group[g].first = w->now;
        w->group[g].due = due_of(w, g);
    }
    for (g = 0; g < GROUPS; g++) {
        if (!w->group[g].waits || w->group[g].due.at.ms > w->now.ms)
            continue;
        w->group[g].due = due_of(w, g);
        assert_true(w->group[g].due.at.ms >= w->now.ms);
        if (w->group[g].due.at.ms == w->now.ms)
            speak(w, g);
    }
}

static void sends_are_bounded(void **state UNUSED)
{
    static const struct {
        const char *tz, *start;
    } weeks[] = {{"Europe/Berlin", "2026-10-20T00:00:00Z"},
                 {"Europe/Berlin", "2027-03-23T00:00:00Z"},
                 {"America/New_York", "2026-10-27T00:00:00Z"},
                 {"America/New_York", "2027-03-09T00:00:00Z"}};
    size_t sent = 0;
    struct world *w = malloc(sizeof *w);

    assert_non_null(w);
    for (unsigned seed = 0; seed < 60; seed++) {
        begin(w, seed, weeks[seed % 4].tz, weeks[seed % 4].start);
        for (int i = 0; i < STEPS; i++)
            step(w);
        sent += w->n_sent;
    }
    assert_true(sent > 500); /* it was no silent world */
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mute_windows_put_it_off),
        cmocka_unit_test(no_time_is_left),
        cmocka_unit_test(budgets_wait_for_room),
        cmocka_unit_test(days_and_weeks_are_local),
        cmocka_unit_test(sends_are_bounded),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

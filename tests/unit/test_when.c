#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/date.h"
#include "core/when.h"
#include "config/config.h"
#include "config/zone.h"

static struct wall at(const char *s)
{
    struct wall t;

    assert_true(date_parse_iso(str_of(s), &t));
    return t;
}

static const char *printed(struct wall t)
{
    static char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    date_print_iso(&b, t);
    return buf_cstr(&b);
}

static struct when when_of(const char *s)
{
    struct when w;
    struct err e;

    if (!when_parse(str_of(s), &w, &e)) {
        fail_msg("%s", e.msg);
    }
    return w;
}

static void reads_and_prints(void **state UNUSED)
{
    static const char *const good[][2] = {
        {"Mon 09:00", "Mon 09:00"},
        {"Mon,Thu 9:00", "Mon,Thu 09:00"},
        {"Mon-Fri 08:30", "Mon,Tue,Wed,Thu,Fri 08:30"},
        {"daily 23:59", "daily 23:59"},
        {"1st working day 08:00", "1st working day 08:00"},
        {"2nd working day 08:00", "2nd working day 08:00"},
        {"20th working day 0:00", "20th working day 00:00"},
        {"last working day 16:00", "last working day 16:00"},
    };
    static const char *const bad[] = {
        "",          "Mon",        "09:00",  "Mon 24:00",          "Mon 09:60",
        "Mon 9:0",   "Moon 09:00", "always", "0th working day 8:00", "21st working day 8:00",
        "1th working day 8:00", "1st day 8:00", "Mon 09:00 x", "Mon  09:00",
        "always 09:00", "Mon -1:00",
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct when w = when_of(good[i][0]);
        char mem[80];
        struct buf b;

        buf_init_fixed(&b, mem, sizeof mem);
        when_print(&b, &w);
        assert_string_equal(buf_cstr(&b), good[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct when w;
        struct err e;

        if (when_parse(str_of(bad[i]), &w, &e)) {
            fail_msg("'%s' is read", bad[i]);
        }
    }
}

static void check(const char *when, const struct calendar *cal, const char *from,
                  const char *want)
{
    struct when w = when_of(when);

    assert_string_equal(printed(when_next(&w, cal, at(from))), want);
}

static void next_times(void **state UNUSED)
{
    static const struct date holidays[] = {{2026, 12, 25}, {2027, 1, 1}};
    struct calendar cal = {.holidays = holidays, .n_holidays = 2};
    struct err e;

    assert_true(calendar_parse_hours(STR("Mon-Fri 09:00-17:30"), &cal, &e));
    check("Mon 09:00", &cal, "2026-11-26T12:00:00Z", "2026-11-30T09:00:00Z");
    check("Mon 09:00", &cal, "2026-11-30T08:59:59Z", "2026-11-30T09:00:00Z");
    check("Mon 09:00", &cal, "2026-11-30T09:00:00Z", "2026-12-07T09:00:00Z");
    check("daily 09:00", &cal, "2026-12-24T10:00:00Z", "2026-12-25T09:00:00Z");
    check("1st working day 08:00", &cal, "2026-12-15T00:00:00Z", "2027-01-04T08:00:00Z");
    check("2nd working day 08:00", &cal, "2026-12-01T09:00:00Z", "2026-12-02T08:00:00Z");
    check("last working day 16:00", &cal, "2026-12-01T00:00:00Z",
          "2026-12-31T16:00:00Z");
    check("last working day 16:00", &cal, "2026-10-30T16:00:00Z",
          "2026-11-30T16:00:00Z");
}

/* A week with a change of clocks has its time, once. */
static void clocks_change(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);
    const struct tz *tz;
    struct calendar cal = {.always = true};
    struct err e;

    if (!zone_load(STR("Europe/Berlin"), "/usr/share/zoneinfo", a, &tz, &e)) {
        fail_msg("%s", e.msg);
    }
    cal.tz = tz;
    check("Sun 02:30", &cal, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z");
    check("Sun 02:30", &cal, "2026-03-29T01:00:00Z", "2026-04-05T00:30:00Z");
    check("Sun 02:30", &cal, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
    check("Sun 02:30", &cal, "2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z");
    check("Mon 09:00", &cal, "2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z");
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_prints),
        cmocka_unit_test(next_times),
        cmocka_unit_test(clocks_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/calendar.h"

static struct arena *memory;

/* A zone that is nothing but its rule. */
static const struct tz *zone(const char *footer)
{
    char text[200] = "TZif2";
    const struct tz *tz;
    struct err e;
    size_t n = 0;

    for (int i = 0; i < 2; i++) {
        memset(text + n, 0, 60);
        memcpy(text + n, "TZif2", 5);
        text[n + 39] = 1; /* types */
        text[n + 43] = 4; /* characters */
        n += 44 + 6 + 4;
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\n%s\n", footer);
    assert_true(tz_parse((struct str){text, n}, STR("Test"), memory, &tz, &e));
    return tz;
}

static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static struct wall at(const char *iso)
{
    struct wall t;

    if (!date_parse_iso(str_of(iso), &t)) {
        fail_msg("%s", iso);
    }
    return t;
}

static void is_time(struct wall got, const char *want, const char *what)
{
    struct buf b;

    if (got.ms != at(want).ms) {
        buf_init(&b, 100);
        date_print_iso(&b, got);
        fail_msg("%s: got %s, want %s", what, buf_cstr(&b), want);
    }
}

static struct calendar week(const char *hours, const struct tz *tz)
{
    struct calendar c = {.tz = tz};
    struct err e;

    if (!calendar_parse_hours(str_of(hours), &c, &e)) {
        fail_msg("%s", e.msg);
    }
    return c;
}

static void test_hours(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool always;
        uint8_t days;
        int open, close;
    } rows[] = {
        {"Mon-Fri 09:00-17:30", false, 0x1f, 540, 1050},
        {"Mon,Wed,Fri 8:00-16:00", false, 0x15, 480, 960},
        {" mon - fri , SUN  9:00 - 17:00 ", false, 0x5f, 540, 1020},
        {"Sat-Tue 0:00-24:00", false, 0x63, 0, 1440},
        {"Mon-Sun 00:00-00:01", false, 0x7f, 0, 1},
        {"Tue-Tue 10:00-11:00", false, 0x02, 600, 660},
        {"always", true, 0x7f, 0, 1440},
        {" Always ", true, 0x7f, 0, 1440},
    };
    static const char *const wrong[] = {
        "",
        "Mon-Fri",
        "9:00-17:00",
        "Mon-Fri 9-17",
        "Mon-Fri 09:00",
        "Mon-Fri 17:00-09:00",
        "Mon-Fri 09:00-09:00",
        "Mon-Fri 09:60-10:00",
        "Mon-Fri 09:00-24:01",
        "Mo 9:00-10:00",
        "Mon-Fri- 9:00-10:00",
        "Mon, 9:00-10:00x",
        "Mon-Fri 009:00-10:00",
        "never",
        "Mon,,Tue 9:00-10:00",
        "Mon- 9:00-10:00",
        "Mon-Fri 9:00-17:00 9:00-17:00",
        "Mon-Fri -9:00-17:00",
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct calendar c = week(rows[i].text, NULL);

        if (c.always != rows[i].always || c.days != rows[i].days ||
            c.open != rows[i].open || c.close != rows[i].close) {
            fail_msg("%s", rows[i].text);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct calendar c = {.days = 0x55, .open = 7};
        struct err e = {0};

        if (calendar_parse_hours(str_of(wrong[i]), &c, &e) || e.kind != ERR_CONFIG) {
            fail_msg("accepted: '%s'", wrong[i]);
        }
        assert_int_equal(c.days, 0x55);
        assert_int_equal(c.open, 7);
    }
    struct date holiday = {2026, 1, 1};
    struct calendar kept = {.tz = tz_utc(), .holidays = &holiday, .n_holidays = 1};
    struct err e;

    assert_true(calendar_parse_hours(STR("always"), &kept, &e));
    assert_ptr_equal(kept.tz, tz_utc());
    assert_int_equal(kept.n_holidays, 1);
}

/* 2026-11-20 is a Friday, 2026-12-25 too. */
static const struct date holidays[] = {{2026, 12, 25}, {2026, 12, 26}, {2026, 12, 28}};

static void test_add(void **state UNUSED)
{
    static const struct {
        const char *hours, *from;
        struct span span;
        const char *want;
    } rows[] = {
        {"Mon-Fri 9:00-17:00", "2026-11-20T15:00:00Z", {0, 1}, "2026-11-23T15:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-20T15:00:00Z", {0, 0}, "2026-11-20T15:00:00Z"},
        {"Mon-Fri 9:00-17:00",
         "2026-11-20T15:00:00Z",
         {3600000, 0},
         "2026-11-20T16:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-16T15:00:59Z", {0, 4}, "2026-11-20T15:00:59Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-16T15:00:00Z", {0, 10}, "2026-11-30T15:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-21T15:00:00Z", {0, 1}, "2026-11-24T00:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-22T23:59:59Z", {0, 1}, "2026-11-24T00:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-11-23T00:00:00Z", {0, 1}, "2026-11-24T00:00:00Z"},
        /* Christmas: Thursday 24, then Tuesday 29 */
        {"Mon-Fri 9:00-17:00", "2026-12-24T12:00:00Z", {0, 1}, "2026-12-29T12:00:00Z"},
        {"Mon-Fri 9:00-17:00", "2026-12-25T12:00:00Z", {0, 1}, "2026-12-30T00:00:00Z"},
        {"Mon,Sat 9:00-17:00", "2026-12-21T12:00:00Z", {0, 1}, "2027-01-02T12:00:00Z"},
        {"always", "2026-12-24T12:00:00Z", {0, 3}, "2026-12-27T12:00:00Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct calendar c = week(rows[i].hours, NULL);

        c.holidays = holidays;
        c.n_holidays = ARRAY_LEN(holidays);
        is_time(calendar_add(&c, at(rows[i].from), rows[i].span), rows[i].want,
                rows[i].from);
    }
    struct calendar c = week("Mon-Fri 9:00-17:00", NULL);
    struct wall ms = {at("2026-11-20T15:00:00Z").ms + 250};

    assert_int_equal(calendar_add(&c, ms, SPAN_WD(1)).ms,
                     at("2026-11-23T15:00:00Z").ms + 250);
    assert_int_equal(calendar_add(&c, (struct wall){INT64_MAX}, SPAN_WD(1)).ms,
                     INT64_MAX);
    assert_int_equal(calendar_add(&c, (struct wall){INT64_MAX}, SPAN_MS(5)).ms,
                     INT64_MAX);
}

/* Days are local, whatever the clocks do. */
static void test_add_dst(void **state UNUSED)
{
    struct calendar c = week("Mon-Sun 9:00-17:00", zone(berlin));

    /* Saturday 02:30 + 1wd is in the hour that is skipped: 03:00 CEST. */
    is_time(calendar_add(&c, at("2026-03-28T01:30:00Z"), SPAN_WD(1)),
            "2026-03-29T01:00:00Z", "gap");
    is_time(calendar_add(&c, at("2026-03-28T01:30:00Z"), SPAN_WD(2)),
            "2026-03-30T00:30:00Z", "past the gap");
    /* Saturday 02:30 + 1wd happens twice: the first. */
    is_time(calendar_add(&c, at("2026-10-24T00:30:00Z"), SPAN_WD(1)),
            "2026-10-25T00:30:00Z", "repeated");
    /* The second 02:30 + 1wd. */
    is_time(calendar_add(&c, at("2026-10-25T01:30:00Z"), SPAN_WD(1)),
            "2026-10-26T01:30:00Z", "from the second");
    /* Friday 15:00 in Berlin over the change: 23 hours and a weekend. */
    c = week("Mon-Fri 9:00-17:00", c.tz);
    is_time(calendar_add(&c, at("2026-03-27T14:00:00Z"), SPAN_WD(1)),
            "2026-03-30T13:00:00Z", "over the change");
    /* Late on Sunday in UTC is Monday in Berlin. */
    is_time(calendar_add(&c, at("2026-11-22T23:30:00Z"), SPAN_WD(1)),
            "2026-11-23T23:30:00Z", "local day");
}

/* Whole days between: the largest n with add(a, n) <= b, for every hour of months. */
static void test_between(void **state UNUSED)
{
    static const char *const weeks[] = {"Mon-Fri 9:00-17:00", "Sat 9:00-17:00",
                                        "Mon,Wed,Sun 9:00-17:00", "always"};

    for (size_t w = 0; w < ARRAY_LEN(weeks); w++) {
        struct calendar c = week(weeks[w], zone(berlin));
        const struct wall starts[] = {
            at("2026-12-18T15:00:00Z"), at("2026-12-19T02:00:00Z"),
            at("2026-12-25T22:59:59Z"), at("2026-12-28T23:00:00Z"),
            at("2027-03-12T01:30:00Z"), at("2027-10-20T00:30:00Z"),
        };

        c.holidays = holidays;
        c.n_holidays = ARRAY_LEN(holidays);
        for (size_t s = 0; s < ARRAY_LEN(starts); s++) {
            int64_t n = 0;

            for (int64_t h = 0; h < 24 * 40 * 4; h++) {
                struct wall b = {starts[s].ms + h * 900000};

                while (calendar_add(&c, starts[s], SPAN_WD(n + 1)).ms <= b.ms) {
                    n++;
                }
                if (calendar_days_between(&c, starts[s], b) != n) {
                    fail_msg("%s, start %zu, quarter %lld: %lld, want %lld", weeks[w],
                             s, (long long)h,
                             (long long)calendar_days_between(&c, starts[s], b),
                             (long long)n);
                }
            }
            assert_int_equal(calendar_days_between(&c, starts[s], starts[s]), 0);
            assert_int_equal(calendar_days_between(&c, starts[s], (struct wall){0}), 0);
        }
    }
    /* Years are counted, not walked. */
    struct calendar c = week("Mon-Fri 9:00-17:00", NULL);

    assert_int_equal(calendar_days_between(&c, at("1970-01-01T00:00:00Z"),
                                           at("9970-01-01T00:00:00Z")),
                     (int64_t)8000 * 146097 / 400 / 7 * 5);
    assert_true(calendar_days_between(&c, (struct wall){0}, (struct wall){INT64_MAX}) >
                2000000);
}

/* By the definition, minute by minute, over weeks in which the clocks change. */
static void check_opening(const struct calendar *c, struct wall from, int64_t minutes)
{
    struct wall open = {-1};

    /* Backwards, so that the next open minute is known. */
    for (int64_t i = minutes; i >= 0; i--) {
        struct wall t = {from.ms + i * 60000};

        if (calendar_is_open(c, t)) {
            open = t;
        }
        if (open.ms < 0) {
            continue;
        }
        if (calendar_next_open(c, t).ms != open.ms) {
            fail_msg("at %lld: %lld, want %lld", (long long)t.ms,
                     (long long)calendar_next_open(c, t).ms, (long long)open.ms);
        }
        struct wall later = {t.ms + 30250};
        int64_t want = open.ms == t.ms ? later.ms : open.ms;

        if (calendar_next_open(c, later).ms != want && i < minutes - 1) {
            /* Within the last open minute it is still open. */
            fail_msg("at %lld + 30 s", (long long)t.ms);
        }
    }
}

static void test_opening(void **state UNUSED)
{
    static const char *const weeks[] = {"Mon-Fri 9:00-17:30", "Sun 2:15-2:45",
                                        "Sat-Sun 1:30-3:30", "Mon-Sun 0:00-24:00",
                                        "Sun,Tue 2:59-3:00"};

    for (size_t w = 0; w < ARRAY_LEN(weeks); w++) {
        struct calendar c = week(weeks[w], zone(berlin));

        check_opening(&c, at("2026-03-28T12:00:00Z"), 2 * 1440);
        check_opening(&c, at("2026-10-24T12:00:00Z"), 2 * 1440);
        c.holidays = holidays;
        c.n_holidays = ARRAY_LEN(holidays);
        check_opening(&c, at("2026-12-24T00:00:00Z"), 6 * 1440);
        c.tz = zone("<-03>3<-02>,M10.3.0/0,M2.3.0/0"); /* midnight is skipped */
        check_opening(&c, at("2026-10-17T12:00:00Z"), 2 * 1440);
        check_opening(&c, at("2026-02-14T12:00:00Z"), 2 * 1440);
    }
    struct calendar always = week("always", NULL);

    assert_true(calendar_is_open(&always, at("2026-12-25T03:00:00Z")));
    is_time(calendar_next_open(&always, at("2026-12-25T03:00:00Z")),
            "2026-12-25T03:00:00Z", "always");
    struct calendar zero = {0};

    assert_true(calendar_is_open(&zero, at("2026-12-25T03:00:00Z")));
    assert_true(calendar_is_working_day(&zero, (struct date){2026, 12, 27}));
    struct calendar c = week("Mon-Fri 9:00-17:30", zone(berlin));

    assert_int_equal(calendar_next_open(&c, (struct wall){INT64_MAX}).ms, INT64_MAX);
    assert_false(calendar_is_working_day(&c, (struct date){0}));
}

static void test_next_at(void **state UNUSED)
{
    static const struct {
        const char *from;
        int minute;
        const char *want;
    } rows[] = {
        {"2026-11-20T08:59:59Z", 600, "2026-11-20T09:00:00Z"},
        {"2026-11-20T09:00:00Z", 600, "2026-11-23T09:00:00Z"},
        {"2026-11-21T09:00:00Z", 600, "2026-11-23T09:00:00Z"},
        {"2026-12-24T09:00:00Z", 600, "2026-12-29T09:00:00Z"},
        {"2026-03-27T12:00:00Z", 600, "2026-03-30T08:00:00Z"},
    };
    struct calendar c = week("Mon-Fri 9:00-17:00", zone(berlin));

    c.holidays = holidays;
    c.n_holidays = ARRAY_LEN(holidays);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        is_time(calendar_next_at(&c, at(rows[i].from), rows[i].minute), rows[i].want,
                rows[i].from);
    }
    c = week("always", zone(berlin));
    is_time(calendar_next_at(&c, at("2026-03-29T00:30:00Z"), 150),
            "2026-03-29T01:00:00Z", "02:30 is skipped");
    is_time(calendar_next_at(&c, at("2026-10-25T00:30:00Z"), 150),
            "2026-10-26T01:30:00Z", "02:30 comes twice, the first counts");
    assert_int_equal(calendar_next_at(&c, (struct wall){INT64_MAX}, 600).ms, INT64_MAX);
}

static void test_spans(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t ms, wd;
        const char *printed; /* NULL: as read */
    } rows[] = {
        {"0", 0, 0, NULL},
        {"30s", 30000, 0, NULL},
        {"5m", 300000, 0, NULL},
        {"300s", 300000, 0, "5m"},
        {"90s", 90000, 0, NULL},
        {"60m", 3600000, 0, "1h"},
        {"24h", 86400000, 0, NULL},
        {"1d", 86400000, 0, "24h"},
        {"36h", 129600000, 0, NULL},
        {"7d", 604800000, 0, NULL},
        {"10wd", 0, 10, NULL},
        {"0wd", 0, 0, "0"},
        {"0s", 0, 0, "0"},
        {"10000wd", 0, 10000, NULL},
        {"36500d", INT64_C(36500) * 86400000, 0, NULL},
    };
    static const char *const wrong[] = {
        "",     "1",       "wd",     "-1d",  "1 d",
        "1wdx", "10001wd", "36501d", "1.5h", "99999999999999999999s",
        "d",    "00"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span s = {1, 1};
        struct buf b;

        buf_init(&b, 100);
        assert_true(span_parse(str_of(rows[i].text), &s));
        assert_int_equal(s.ms, rows[i].ms);
        assert_int_equal(s.wd, rows[i].wd);
        span_print(&b, s);
        assert_string_equal(buf_cstr(&b),
                            rows[i].printed != NULL ? rows[i].printed : rows[i].text);
        buf_finish(&b);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct span s;

        if (span_parse(str_of(wrong[i]), &s)) {
            fail_msg("accepted: '%s'", wrong[i]);
        }
    }
}

static int setup(void **state UNUSED)
{
    memory = arena_create(1 << 20);
    return memory != NULL ? 0 : -1;
}

static int teardown(void **state UNUSED)
{
    arena_destroy(memory);
    return 0;
}

static void hours_read_back(void **state UNUSED)
{
    static const char *const rows[][2] = {
        {"Mon-Fri 09:00-17:30", "Mon-Fri 09:00-17:30"},
        {"Mon,Wed,Fri 8:00-16:00", "Mon,Wed,Fri 08:00-16:00"},
        {"Mon,Tue 0:00-24:00", "Mon,Tue 00:00-24:00"},
        {"Sat-Tue 0:00-24:00", "Mon,Tue,Sat,Sun 00:00-24:00"},
        {"Mon-Sun 9:00-10:00", "Mon-Sun 09:00-10:00"},
        {"always", "always"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct calendar c = {0};
        struct calendar again = {0};
        struct err e;
        struct buf b;

        assert_true(calendar_parse_hours(str_of(rows[i][0]), &c, &e));
        buf_init(&b, 200);
        calendar_print_hours(&b, &c);
        assert_string_equal(buf_cstr(&b), rows[i][1]);
        assert_true(calendar_parse_hours(buf_str(&b), &again, &e));
        assert_true(c.days == again.days && c.open == again.open &&
                    c.close == again.close && c.always == again.always);
        buf_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_read_back),
        cmocka_unit_test(test_hours),   cmocka_unit_test(test_add),
        cmocka_unit_test(test_add_dst), cmocka_unit_test(test_between),
        cmocka_unit_test(test_opening), cmocka_unit_test(test_next_at),
        cmocka_unit_test(test_spans),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

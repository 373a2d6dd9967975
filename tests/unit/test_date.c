#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"

static void assert_printed(struct buf *b, const char *want)
{
    assert_string_equal(buf_cstr(b), want);
    buf_clear(b);
}

/* Walks every day of the range with a calendar of its own. */
static void test_each_day(void **state UNUSED)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date d = {1970, 1, 1};
    int64_t days = 0;
    int weekday = 3;

    while (d.year < 10000) {
        struct date got = date_from_days(days);
        bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;

        if (date_cmp(got, d) != 0 || date_to_days(d) != days ||
            date_weekday(d) != weekday || !date_is_valid(d)) {
            fail_msg("day %d of %d-%d-%d", (int)days, d.year, d.month, d.day);
        }
        days++;
        weekday = (weekday + 1) % 7;
        if (++d.day > lengths[d.month - 1] + (d.month == 2 && leap ? 1 : 0)) {
            d.day = 1;
            d.month++;
        }
        if (d.month > 12) {
            d.month = 1;
            d.year++;
        }
    }
    assert_int_equal(days, 2932897);
    assert_int_equal(date_from_days(days).year, 0);
    assert_int_equal(date_from_days(-1).year, 0);
    assert_int_equal(date_from_days(INT64_MAX).year, 0);
    assert_int_equal(date_from_days(INT64_MIN).year, 0);
}

static void test_dates(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t days;
    } rows[] = {
        {"1970-01-01", true, 0},       {"2000-02-29", true, 11016},
        {"2024-02-29", true, 19782},   {"2026-11-22", true, 20779},
        {"9999-12-31", true, 2932896}, {"2023-02-29", false, 0},
        {"2100-02-29", false, 0},      {"1969-12-31", false, 0},
        {"0000-01-01", false, 0},      {"2026-00-10", false, 0},
        {"2026-13-10", false, 0},      {"2026-04-31", false, 0},
        {"2026-01-00", false, 0},      {"2026-01-32", false, 0},
        {"2026-1-01", false, 0},       {"2026-01-1", false, 0},
        {"26-01-01", false, 0},        {"10000-01-01", false, 0},
        {"2026-01-01 ", false, 0},     {" 2026-01-01", false, 0},
        {"2026-01-01T", false, 0},     {"2026/01/01", false, 0},
        {"20260101", false, 0},        {"", false, 0},
        {"-026-01-01", false, 0},      {"2026--1-01", false, 0},
        {"2026-01-+1", false, 0},
    };
    struct buf b;

    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct date d = {7, 7, 7};

        assert_int_equal(date_parse(str_of(rows[i].text), &d), rows[i].ok);
        if (!rows[i].ok) {
            assert_int_equal(d.year, 7);
            continue;
        }
        assert_int_equal(date_to_days(d), rows[i].days);
        date_print(&b, d);
        assert_printed(&b, rows[i].text);
    }
    date_print(&b, (struct date){0});
    assert_printed(&b, "");
    date_print(&b, (struct date){2026, 2, 30});
    assert_printed(&b, "");
    assert_int_equal(date_to_days((struct date){2026, 2, 30}), -1);
    assert_false(date_is_valid((struct date){2026, -1, 3}));
    assert_false(date_is_valid((struct date){1969, 12, 31}));
    assert_false(date_is_valid((struct date){10000, 1, 1}));
    assert_int_equal(date_to_days((struct date){10000, 1, 1}), -1);
    buf_finish(&b);
}

static void test_order(void **state UNUSED)
{
    static const struct date sorted[] = {
        {0, 0, 0},    {1999, 12, 31}, {2000, 1, 1},  {2000, 1, 31},
        {2000, 2, 1}, {2000, 12, 1},  {2001, 1, 15},
    };

    for (size_t a = 0; a < ARRAY_LEN(sorted); a++) {
        for (size_t b = 0; b < ARRAY_LEN(sorted); b++) {
            assert_int_equal(date_cmp(sorted[a], sorted[b]), (a > b) - (a < b));
        }
    }
    assert_int_equal(date_weekday((struct date){2026, 11, 23}), 0); /* a Monday */
    assert_int_equal(date_weekday((struct date){2026, 11, 22}), 6);
}

static void test_iso(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"2020-12-03T14:05:20.974+0100", INT64_C(1607000720974)},
        {"2020-12-03T14:05:20.974+01:00", INT64_C(1607000720974)},
        {"2020-12-03T13:05:20.974Z", INT64_C(1607000720974)},
        {"2020-12-03T13:05:20.974+0000", INT64_C(1607000720974)},
        {"2020-12-03T13:05:20.974-00:00", INT64_C(1607000720974)},
        {"2020-12-03T13:05:20.974999999Z", INT64_C(1607000720974)},
        {"2020-12-03T13:05:20.9Z", INT64_C(1607000720900)},
        {"2020-12-03T13:05:20.09Z", INT64_C(1607000720090)},
        {"2020-12-03T13:05:20Z", INT64_C(1607000720000)},
        {"2026-03-26T16:00Z", INT64_C(1774540800000)},
        {"2026-03-26T16:00+0530", INT64_C(1774521000000)},
        {"2026-03-26T16:00-08:00", INT64_C(1774569600000)},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T01:00:00+01:00", 0},
        {"2024-02-29T23:59:59Z", INT64_C(1709251199000)},
        {"2024-02-29T23:30:00-01:00", INT64_C(1709253000000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)}, /* leap second */
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
        /* beyond the years once in UTC */
        {"1970-01-01T00:59:59+01:00", -1},
        {"9999-12-31T23:00:00-01:00", -1},
        {"9999-12-31T23:59:60Z", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"10000-01-01T00:00:00Z", -1},
        /* no zone: not a moment */
        {"2026-03-26T16:00:00", -1},
        {"2026-03-26T16:00", -1},
        {"2026-03-26", -1},
        {"2026-03-26T", -1},
        {"2026-03-26TZ", -1},
        {"", -1},
        {"2026-03-26T16Z", -1},
        {"2026-03-26T16:0Z", -1},
        {"2026-03-26T16:00:0Z", -1},
        {"2026-03-26T16:00:00.Z", -1},
        {"2026-03-26T16:00.5Z", -1},
        {"2026-03-26T16:00:00,5Z", -1},
        {"2026-03-26T16:00:00.1234567890Z", -1},
        {"2026-03-26T24:00:00Z", -1},
        {"2026-03-26T16:60:00Z", -1},
        {"2026-03-26T16:00:61Z", -1},
        {"2026-03-26T16:00:00+24:00", -1},
        {"2026-03-26T16:00:00+01:60", -1},
        {"2026-03-26T16:00:00+1:00", -1},
        {"2026-03-26T16:00:00+01", -1},
        {"2026-03-26T16:00:00+01:0", -1},
        {"2026-03-26T16:00:00+01:000", -1},
        {"2026-03-26T16:00:00ZZ", -1},
        {"2026-03-26T16:00:00Z ", -1},
        {"2026-03-26T16:00:00 +0100", -1},
        {"2026-03-26 16:00:00Z", -1},
        {"2026-03-26t16:00:00z", -1},
        {"2026-02-29T16:00:00Z", -1},
        {"2026-03-26T-1:00:00Z", -1},
        {"+026-03-26T16:00:00Z", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall t = {77};
        bool ok = date_parse_iso(str_of(rows[i].text), &t);

        if (ok != (rows[i].ms >= 0) || t.ms != (ok ? rows[i].ms : 77)) {
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)t.ms);
        }
    }
}

/* Every cut of a good text is refused, and no byte past the cut is read. */
static void test_cut(void **state UNUSED)
{
    static const struct str texts[] = {
        STR_INIT("2020-12-03T14:05:20.974+01:00"),
        STR_INIT("Sun, 06 Nov 1994 08:49:37 GMT"),
        STR_INIT("Sunday, 06-Nov-94 08:49:37 GMT"),
        STR_INIT("Sun Nov  6 08:49:37 1994"),
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t n = 0; n < texts[i].n; n++) {
            struct wall t;

            assert_false(date_parse_iso(str_first(texts[i], n), &t));
            assert_false(date_parse_http(str_first(texts[i], n), &t));
        }
    }
}

static void test_http(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t s; /* -1: refused */
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thursday, 01-Jan-70 00:00:00 GMT", 0},
        {"Tuesday, 31-Dec-69 23:59:59 GMT", INT64_C(3155759999)}, /* 2069 */
        {"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
        {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799)},
        {"Mon, 06 Nov 1994 08:49:37 GMT", -1}, /* was a Sunday */
        {"Monday, 06-Nov-94 08:49:37 GMT", -1},
        {"Mon Nov  6 08:49:37 1994", -1},
        {"Thu, 29 Feb 2023 23:59:59 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 08:49:37 +0000", -1},
        {"Sun, 06 Nov 1994 08:49:37", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sun,06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 nov 1994 08:49:37 GMT", -1},
        {"sun, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06-Nov-94 08:49:37 GMT", -1},
        {"Sunday, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sunday, 06-Nov-1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 24:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:60:37 GMT", -1},
        {"Sun, 06 Nov 1994 08:49 GMT", -1},
        {"Sun Nov 6 08:49:37 1994", -1},
        {"Sun Nov  6 08:49:37 1994 GMT", -1},
        {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"120", -1},
        {"", -1},
        {"Sun", -1},
        {"Sunday", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall t = {77};
        bool ok = date_parse_http(str_of(rows[i].text), &t);

        if (ok != (rows[i].s >= 0) || t.ms != (ok ? rows[i].s * 1000 : 77)) {
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)t.ms);
        }
    }
}

/* Each weekday and month, in all three forms. */
static void test_http_each_day(void **state UNUSED)
{
    static const char *const weekdays[] = {
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct buf b;

    buf_init(&b, 100);
    for (int64_t days = 20500; days < 20900; days++) { /* 2026-02-16 on */
        struct date d = date_from_days(days);
        const char *weekday = weekdays[date_weekday(d)];
        const char *month = months[d.month - 1];

        for (int form = 0; form < 3; form++) {
            struct wall t = {0};

            buf_clear(&b);
            if (form == 0) {
                buf_printf(&b, "%.3s, %02d %s %d 01:02:03 GMT", weekday, d.day, month,
                           d.year);
            } else if (form == 1) {
                buf_printf(&b, "%s, %02d-%s-%02d 01:02:03 GMT", weekday, d.day, month,
                           d.year - 2000);
            } else {
                buf_printf(&b, "%.3s %s %2d 01:02:03 %d", weekday, month, d.day,
                           d.year);
            }
            assert_true(date_parse_http(buf_str(&b), &t));
            assert_int_equal(t.ms, (days * 86400 + 3723) * 1000);
        }
    }
    buf_finish(&b);
}

static void test_print_iso(void **state UNUSED)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {INT64_C(1607000720974), "2020-12-03T13:05:20Z"},
        {INT64_C(1709251199999), "2024-02-29T23:59:59Z"},
        {INT64_C(1709251200000), "2024-03-01T00:00:00Z"},
        /* no hour is lost or doubled where Europe changes its clocks */
        {INT64_C(1774746000000), "2026-03-29T01:00:00Z"},
        {INT64_C(1774749600000), "2026-03-29T02:00:00Z"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59Z"},
        {INT64_C(253402300800000), "9999-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},
        {-1, "1970-01-01T00:00:00Z"},
        {INT64_MIN, "1970-01-01T00:00:00Z"},
    };
    struct buf b;

    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall t;

        date_print_iso(&b, (struct wall){rows[i].ms});
        assert_true(date_parse_iso(buf_str(&b), &t));
        if (rows[i].ms >= 0 && rows[i].ms < INT64_C(253402300800000)) {
            assert_int_equal(t.ms, rows[i].ms / 1000 * 1000);
        }
        assert_printed(&b, rows[i].text);
    }
    buf_finish(&b);
}

static void test_parse_dur(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"90s", 90000},
        {"5m", 300000},
        {"24h", 86400000},
        {"7d", 604800000},
        {"0s", 0},
        {"007d", 604800000},
        {"9223372036854775s", INT64_C(9223372036854775000)},
        {"9223372036854776s", -1},
        {"106751991167d", INT64_C(9223372036828800000)},
        {"106751991168d", -1},
        {"18446744073709551615s", -1},
        {"18446744073709551616s", -1},
        {"9223372036854775808s", -1},
        {"", -1},
        {"s", -1},
        {"5", -1},
        {"-5m", -1},
        {"+5m", -1},
        {" 5m", -1},
        {"5 m", -1},
        {"5m ", -1},
        {"1.5h", -1},
        {"1h30m", -1},
        {"2wd", -1},
        {"2w", -1},
        {"5ms", -1},
        {"5M", -1},
        {"0x5m", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dur d = {77};
        bool ok = date_parse_dur(str_of(rows[i].text), &d);

        if (ok != (rows[i].ms >= 0) || d.ms != (ok ? rows[i].ms : 77)) {
            fail_msg("%s: %d, %lld", rows[i].text, ok, (long long)d.ms);
        }
    }
}

static void test_print_dur(void **state UNUSED)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "0 s"},
        {999, "0 s"},
        {-999, "0 s"},
        {1000, "1 s"},
        {45 * 1000, "45 s"},
        {59999, "59 s"},
        {60000, "1 min"},
        {12 * 60000, "12 min"},
        {12 * 60000 + 5999, "12 min 5 s"},
        {3600000, "1 h"},
        {3600000 + 59000, "1 h"}, /* the second unit is none */
        {2 * 3600000 + 5 * 60000 + 9000, "2 h 5 min"},
        {(3 * 24 + 4) * 3600000, "3 d 4 h"},
        {(3 * 24 + 4) * 3600000 + 3599999, "3 d 4 h"},
        {3 * 86400000 + 3599999, "3 d"},
        {-2 * 3600000, "-2 h"},
        {INT64_MAX, "106751991167 d 7 h"},
        {INT64_MIN, "-106751991167 d 7 h"},
    };
    struct buf b;

    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        date_print_dur(&b, (struct dur){rows[i].ms});
        assert_printed(&b, rows[i].text);
    }
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_day),      cmocka_unit_test(test_dates),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_iso),
        cmocka_unit_test(test_cut),           cmocka_unit_test(test_http),
        cmocka_unit_test(test_http_each_day), cmocka_unit_test(test_print_iso),
        cmocka_unit_test(test_parse_dur),     cmocka_unit_test(test_print_dur),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Times of company files, and zones as Jira users live in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"
#include "tests/support/vendors/when.h"
#include "tests/support/vendors/jira_zone.h"

static struct wall at(const char *iso)
{
    struct wall t;

    assert_true(date_parse_iso(str_of(iso), &t));
    return t;
}

static void times_are_absolute_or_relative(void **state)
{
    static const struct {
        const char *text, *expect;
    } rows[] = {
        {"now", "2026-11-22T12:00:00Z"},
        {"-3d", "2026-11-19T12:00:00Z"},
        {"-2h30m", "2026-11-22T09:30:00Z"},
        {"-1w 2d 3h", "2026-11-13T09:00:00Z"},
        {"+90s", "2026-11-22T12:01:30Z"},
        {"15m", "2026-11-22T12:15:00Z"},
        {"2026-01-05", "2026-01-05T00:00:00Z"},
        {"2026-01-05T07:08:09+01:00", "2026-01-05T06:08:09Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall t = {0};

        if (!when_parse(str_of(rows[i].text), at("2026-11-22T12:00:00Z"), &t)) {
            fail_msg("%s is refused", rows[i].text);
        }
        assert_int_equal(t.ms, at(rows[i].expect).ms);
    }
}

static void nonsense_is_no_time(void **state)
{
    static const char *const rows[] = {
        "", "-", "3", "d", "-3x", "3d-2h", "yesterday", "-999999999999d", "2026-02-30"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall t;

        if (when_parse(str_of(rows[i]), (struct wall){1}, &t)) {
            fail_msg("'%s' is taken", rows[i]);
        }
    }
}

static struct jira_zone *zone(const char *name)
{
    struct err e = {0};
    struct jira_zone *z = jira_zone_load(name, &e);

    if (!z) {
        fail_msg("%s", e.msg);
    }
    return z;
}

static void offsets_follow_the_clocks(void **state)
{
    static const struct {
        const char *zone, *utc;
        int32_t offset;
    } rows[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"Europe/Berlin", "2026-01-01T00:00:00Z", 3600},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
        {"America/St_Johns", "2026-01-01T00:00:00Z", -12600},
        {"Asia/Kolkata", "2026-01-01T00:00:00Z", 19800},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jira_zone *z = zone(rows[i].zone);

        assert_int_equal(jira_zone_offset(z, at(rows[i].utc).ms / 1000), rows[i].offset);
        assert_string_equal(jira_zone_name(z), rows[i].zone);
        jira_zone_destroy(z);
    }
}

static void local_times_have_one_instant(void **state)
{
    static const struct {
        const char *zone, *local, *utc;
    } rows[] = {
        {"UTC", "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"},
        {"Europe/Berlin", "2026-07-01T08:00:00Z", "2026-07-01T06:00:00Z"},
        {"Europe/Berlin", "2026-12-01T08:00:00Z", "2026-12-01T07:00:00Z"},
        /* 02:30 does not exist: the instant the clocks went forward. */
        {"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z"},
        /* 02:30 comes twice: the first. */
        {"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
        {"America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jira_zone *z = zone(rows[i].zone);
        int64_t utc = jira_zone_to_utc(z, at(rows[i].local).ms / 1000);

        if (utc != at(rows[i].utc).ms / 1000) {
            fail_msg("%s in %s is %lld", rows[i].local, rows[i].zone, (long long)utc);
        }
        jira_zone_destroy(z);
    }
}

static void unknown_zones_are_refused(void **state)
{
    static const char *const rows[] = {"Mars/Base", "../../../etc/passwd",
                                       "/etc/localtime", ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};

        assert_null(jira_zone_load(rows[i], &e));
        assert_int_equal(e.kind, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_absolute_or_relative),
        cmocka_unit_test(nonsense_is_no_time),
        cmocka_unit_test(offsets_follow_the_clocks),
        cmocka_unit_test(local_times_have_one_instant),
        cmocka_unit_test(unknown_zones_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

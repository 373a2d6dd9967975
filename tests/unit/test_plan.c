#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/plan.h"

static const struct calendar always = {.always = true};

/* ---- plan_decide: every combination of what it looks at ---- */

static const struct wall now = {INT64_C(1000) * 86400 * 1000};
static const struct route_hit route = {
    .hours = &always, .repeat_interval = {.ms = INT64_C(7) * 86400 * 1000}};

/* What holds, each said for itself; the plan is the first row that does. */
struct facts {
    const struct plan_input *in;
    bool routed;
    bool first, told, firing, ended, untold_end, worse, due;
};

static struct facts facts_of(const struct plan_input *in, bool routed)
{
    struct facts f = {.in = in, .routed = routed};

    f.told = in->told.episode == in->finding->episode;
    f.firing = in->finding->state == FINDING_FIRING;
    f.ended = in->finding->state == FINDING_RESOLVED;
    f.untold_end = f.ended && f.told && !in->told.resolved;
    f.worse = f.firing && f.told && in->finding->severity > in->told.severity;
    f.first = f.firing && in->told.episode == 0 && in->first_until.ms > now.ms;
    f.due = f.firing && f.told && !f.worse && routed &&
            in->told.at.ms + 604800000 <= now.ms;
    return f;
}

static enum plan_reason news(const struct facts *f)
{
    return f->untold_end           ? PLAN_RESOLVED
           : f->ended && !f->told  ? PLAN_OVER
           : f->worse              ? PLAN_WORSE
           : f->firing && !f->told ? PLAN_NEW
           : f->due                ? PLAN_REMINDER
                                   : PLAN_UNCHANGED;
}

static bool info(const struct facts *f)
{
    return (f->untold_end ? f->in->told.severity : f->in->finding->severity) ==
           SEV_INFO;
}

static enum plan_reason expected(const struct facts *f)
{
    const struct {
        enum plan_reason reason;
        bool holds;
    } rows[] = {
        {PLAN_NONE, f->in->finding->state == FINDING_NONE},
        {PLAN_PENDING, f->in->finding->state == FINDING_PENDING},
        {PLAN_SOURCE_STALE, f->in->stale},
        {PLAN_BASELINE, f->in->baseline},
        {PLAN_EXEMPT, f->in->exempt && !f->untold_end},
        {PLAN_SILENCED, f->in->silenced_until.ms > now.ms},
        {PLAN_SNOOZED, f->in->snoozed_until.ms > now.ms && !f->untold_end},
        {PLAN_ACKED, f->in->acked && !f->untold_end},
        {PLAN_INHIBITED, f->in->inhibited && !f->untold_end},
        {PLAN_FIRST, f->first},
        {PLAN_UNROUTED, !f->routed},
        {PLAN_DIGEST, info(f) || (f->due && f->in->told.reminders >= 2)},
        {PLAN_OVER, news(f) == PLAN_OVER},
        {PLAN_GROUPED, news(f) != PLAN_UNCHANGED},
        {PLAN_UNCHANGED, true},
    };

    for (size_t i = 0;; i++) {
        if (rows[i].holds) {
            return rows[i].reason;
        }
    }
}

static void check(const struct plan_input *in, bool routed, unsigned long *reasons)
{
    struct facts f = facts_of(in, routed);
    struct plan_step got = plan_decide(in, routed ? &route : NULL, now);
    struct plan_step want = {.reason = expected(&f)};

    want.kind = want.reason == PLAN_GROUPED ? news(&f) : PLAN_NONE;
    if (want.reason == PLAN_SILENCED) {
        want.next = in->silenced_until;
    } else if (want.reason == PLAN_SNOOZED) {
        want.next = in->snoozed_until;
    } else if (want.reason == PLAN_FIRST) {
        want.next = in->first_until;
    } else if (want.reason == PLAN_UNCHANGED && f.firing) {
        want.next.ms = in->told.at.ms + 604800000;
    }
    if (got.reason != want.reason || got.kind != want.kind ||
        got.next.ms != want.next.ms) {
        fail_msg(
            "state %s severity %d stale %d baseline %d exempt %d silenced %lld snoozed "
            "%lld acked %d inhibited %d first %lld told %lld/%d/%d at %lld reminders %u routed "
            "%d: "
            "got %s (%s), want %s (%s)",
            finding_state_name(in->finding->state), in->finding->severity, in->stale,
            in->baseline, in->exempt, (long long)in->silenced_until.ms, (long long)in->snoozed_until.ms,
            in->acked, in->inhibited, (long long)in->first_until.ms,
            (long long)in->told.episode, in->told.severity,
            in->told.resolved, (long long)in->told.at.ms, in->told.reminders, routed,
            plan_reason_name(got.reason), plan_reason_name(got.kind),
            plan_reason_name(want.reason), plan_reason_name(want.kind));
    }
    reasons[got.reason]++;
    reasons[got.kind]++;
}

/* Takes a value from 0 to n - 1 out of the combination's number. */
static unsigned pick(unsigned long *number, unsigned n)
{
    unsigned v = (unsigned)(*number % n);

    *number /= n;
    return v;
}

static void test_decide(void **state UNUSED)
{
    static const enum finding_state states[] = {FINDING_NONE, FINDING_PENDING,
                                                FINDING_FIRING, FINDING_RESOLVED};
    static const enum severity severities[] = {SEV_INFO, SEV_WARN, SEV_HIGH};
    static const int64_t snoozed[] = {0, 0, 1}; /* never; until now; until later */
    unsigned long reasons[32] = {0};
    unsigned long combinations = 0;

    for (;; combinations++) {
        unsigned long c = combinations;
        struct finding f = {.episode = 2};
        struct plan_input in = {.finding = &f};
        unsigned kind;
        bool routed;

        f.state = states[pick(&c, 4)];
        f.severity = severities[pick(&c, 3)];
        in.told.severity = severities[pick(&c, 3)];
        in.stale = pick(&c, 2);
        in.baseline = pick(&c, 2);
        in.exempt = pick(&c, 2);
        kind = pick(&c, 3);
        in.silenced_until.ms = kind == 0 ? 0 : now.ms + snoozed[kind];
        kind = pick(&c, 3);
        in.snoozed_until.ms = kind == 0 ? 0 : now.ms + snoozed[kind];
        in.acked = pick(&c, 2);
        in.inhibited = pick(&c, 2);
        kind = pick(&c, 3);
        in.first_until.ms = kind == 0 ? 0 : now.ms + snoozed[kind];
        in.told.episode = pick(&c, 3);
        in.told.resolved = pick(&c, 2);
        in.told.at.ms = now.ms - 604800000 + pick(&c, 2);
        in.told.reminders = 1 + pick(&c, 2);
        routed = pick(&c, 2);
        if (c > 0) {
            break;
        }
        check(&in, routed, reasons);
    }
    assert_int_equal(combinations, 4UL * 9 * 8 * 3 * 3 * 4 * 3 * 3 * 16);
    /* All that plan_decide can answer has come up. */
    for (unsigned r = PLAN_PENDING; r <= PLAN_FIRST; r++) {
        bool told_by_group = r == PLAN_OUTSIDE_HOURS || r == PLAN_BUDGET;

        assert_int_equal(reasons[r] > 0, !told_by_group);
    }
}

/* Who has a first wait, and how long it is. */
static void test_first_until(void **state UNUSED)
{
    static const struct rule patient = {.id = "a"}, urgent = {.id = "b", .at_once = true};
    static const struct {
        enum rule_subject of;
        const struct rule *rule;
        enum severity severity;
        enum finding_state state;
        int64_t episode;
        bool waits;
    } rows[] = {
        {RULE_KR, &patient, SEV_WARN, FINDING_FIRING, 1, true},
        {RULE_KR, &patient, SEV_HIGH, FINDING_FIRING, 1, true},
        {RULE_TEAM, &urgent, SEV_WARN, FINDING_FIRING, 1, true},
        {RULE_TEAM, &urgent, SEV_HIGH, FINDING_FIRING, 1, false},
        {RULE_STRATEGY, NULL, SEV_HIGH, FINDING_FIRING, 1, true},
        {RULE_STRATEGY, &patient, SEV_WARN, FINDING_FIRING, 2, false},
        {RULE_STRATEGY, &patient, SEV_WARN, FINDING_RESOLVED, 1, false},
        {RULE_STRATEGY, &patient, SEV_WARN, FINDING_PENDING, 1, false},
        {RULE_INITIATIVE, &patient, SEV_WARN, FINDING_FIRING, 1, true},
        {RULE_ITEM, &patient, SEV_WARN, FINDING_FIRING, 1, false},
        {RULE_SOURCE, &patient, SEV_WARN, FINDING_FIRING, 1, false},
        {RULE_CHANNEL, &patient, SEV_WARN, FINDING_FIRING, 1, false},
    };
    const struct span week = SPAN_MS(INT64_C(7) * 86400 * 1000);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct finding f = {.state = rows[i].state,
                            .severity = rows[i].severity,
                            .fired = now,
                            .episode = rows[i].episode};
        struct wall got = plan_first_until(&f, rows[i].of, rows[i].rule, &always, week);

        assert_int_equal(got.ms, rows[i].waits ? now.ms + week.ms : 0);
    }
}

/* A first episode that nobody was told of: 0 is never, also for a zeroed finding. */
static void test_never_fired(void **state UNUSED)
{
    struct finding f = {.state = FINDING_RESOLVED, .severity = SEV_WARN};
    struct plan_input in = {.finding = &f};
    struct plan_step step = plan_decide(&in, &route, now);

    assert_int_equal(step.reason, PLAN_OVER);
    assert_int_equal(step.next.ms, 0);
}

/* Of several destinations: who waits goes first, who never heard of it last. */
static void test_main_destination(void **state UNUSED)
{
    static const struct {
        enum plan_reason steps[3];
        size_t n, want;
    } rows[] = {
        {{PLAN_UNCHANGED}, 1, 0},
        {{PLAN_OVER}, 1, 0},
        {{PLAN_OVER, PLAN_OVER}, 2, 0},
        {{PLAN_OVER, PLAN_UNCHANGED, PLAN_DIGEST}, 3, 1},
        {{PLAN_DIGEST, PLAN_UNCHANGED}, 2, 0},
        {{PLAN_UNCHANGED, PLAN_OVER, PLAN_GROUPED}, 3, 2},
        {{PLAN_OVER, PLAN_GROUPED, PLAN_GROUPED}, 3, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_step steps[3] = {0};

        for (size_t k = 0; k < rows[i].n; k++) {
            steps[k].reason = rows[i].steps[k];
        }
        assert_int_equal(plan_main(steps, rows[i].n), rows[i].want);
    }
}

static void test_reminder_in_working_days(void **state UNUSED)
{
    struct err e;
    struct calendar week = {0};
    struct route_hit r = {.hours = &week, .repeat_interval = {.wd = 5}};
    struct finding f = {.state = FINDING_FIRING, .severity = SEV_WARN, .episode = 1};
    struct plan_input in = {.finding = &f,
                            .told = {.episode = 1, .severity = SEV_WARN}};
    struct wall friday;
    struct wall next_friday;

    assert_true(calendar_parse_hours(STR("Mon-Fri 9:00-17:00"), &week, &e));
    assert_true(date_parse_iso(STR("2026-11-20T15:00:00Z"), &friday));
    next_friday = wall_add(friday, DUR_DAY(7));
    in.told.at = friday;
    struct plan_step step = plan_decide(&in, &r, wall_add(friday, DUR_DAY(5)));

    assert_int_equal(step.reason, PLAN_UNCHANGED);
    assert_int_equal(step.next.ms, next_friday.ms);
    step = plan_decide(&in, &r, (struct wall){next_friday.ms - 1});
    assert_int_equal(step.reason, PLAN_UNCHANGED);
    step = plan_decide(&in, &r, next_friday);
    assert_int_equal(step.reason, PLAN_GROUPED);
    assert_int_equal(step.kind, PLAN_REMINDER);
}

/* ---- plan_group_due ---- */

static void test_group_due(void **state UNUSED)
{
    /* 2026-11-20 is a Friday; the daemon's hours are Mon-Fri 9:00-17:30. */
    static const struct {
        const char *what;
        enum severity worst;
        const char *interval, *hours; /* of the route */
        const char *first, *last, *now, *want;
    } rows[] = {
        {"warn before ten", SEV_WARN, "", "", "2026-11-20T08:00:00Z", "",
         "2026-11-20T08:00:00Z", "2026-11-20T10:00:00Z"},
        {"warn at ten", SEV_WARN, "", "", "2026-11-20T10:00:00Z", "",
         "2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"},
        {"warn at the weekend", SEV_WARN, "", "", "2026-11-21T12:00:00Z", "",
         "2026-11-21T12:00:00Z", "2026-11-23T10:00:00Z"},
        {"warn, told today", SEV_WARN, "", "", "2026-11-20T10:05:00Z",
         "2026-11-20T10:00:00Z", "2026-11-20T10:05:00Z", "2026-11-23T10:00:00Z"},
        {"info goes like warn", SEV_INFO, "", "", "2026-11-20T08:00:00Z", "",
         "2026-11-20T08:00:00Z", "2026-11-20T10:00:00Z"},
        {"warn missed, still open", SEV_WARN, "", "", "2026-11-20T08:00:00Z", "",
         "2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"},
        {"warn missed, closed", SEV_WARN, "", "", "2026-11-20T08:00:00Z", "",
         "2026-11-20T17:30:00Z", "2026-11-23T09:00:00Z"},
        {"high", SEV_HIGH, "", "", "2026-11-20T08:00:00Z", "", "2026-11-20T08:00:00Z",
         "2026-11-20T08:02:00Z"},
        {"high at night", SEV_HIGH, "", "", "2026-11-21T03:00:00Z", "",
         "2026-11-21T03:00:00Z", "2026-11-21T03:02:00Z"},
        {"high missed", SEV_HIGH, "", "", "2026-11-21T03:00:00Z", "",
         "2026-11-21T04:00:00Z", "2026-11-21T04:00:00Z"},
        {"high where hours are named", SEV_HIGH, "", "Mon-Fri 8:00-12:00",
         "2026-11-20T13:00:00Z", "", "2026-11-20T13:00:00Z", "2026-11-23T08:00:00Z"},
        {"high, told a minute ago", SEV_HIGH, "", "", "2026-11-20T11:00:00Z",
         "2026-11-20T10:59:00Z", "2026-11-20T11:00:00Z", "2026-11-20T11:02:00Z"},
        {"warn where hours are named", SEV_WARN, "", "Sun 12:00-13:00",
         "2026-11-20T08:00:00Z", "", "2026-11-20T08:00:00Z", "2026-11-22T12:00:00Z"},
        {"interval, first", SEV_WARN, "1h", "", "2026-11-20T11:00:00Z", "",
         "2026-11-20T11:00:00Z", "2026-11-20T11:02:00Z"},
        {"interval, told lately", SEV_WARN, "1h", "", "2026-11-20T11:00:00Z",
         "2026-11-20T10:30:00Z", "2026-11-20T11:00:00Z", "2026-11-20T11:30:00Z"},
        {"interval, told long ago", SEV_WARN, "1h", "", "2026-11-20T11:00:00Z",
         "2026-11-20T09:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T11:02:00Z"},
        {"interval, after hours", SEV_WARN, "1h", "", "2026-11-20T17:29:00Z", "",
         "2026-11-20T17:29:00Z", "2026-11-23T09:00:00Z"},
        {"interval, high", SEV_HIGH, "1h", "", "2026-11-20T17:29:00Z",
         "2026-11-20T17:00:00Z", "2026-11-20T17:29:00Z", "2026-11-20T18:00:00Z"},
        {"interval in working days", SEV_WARN, "1wd", "", "2026-11-20T11:00:00Z",
         "2026-11-20T10:30:00Z", "2026-11-20T11:00:00Z", "2026-11-23T10:30:00Z"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct calendar own = {0};
        struct calendar named = {0};
        struct err e;
        const struct route r = {.has_hours = rows[i].hours[0] != '\0'};
        struct route_hit hit = {
            .path = {&r}, .n_path = 1, .group_wait = {.ms = 120000}};
        struct wall first;
        struct wall last = {0};
        struct wall at;
        struct wall want;

        assert_true(calendar_parse_hours(STR("Mon-Fri 9:00-17:30"), &own, &e));
        hit.hours = &own;
        if (r.has_hours) {
            assert_true(calendar_parse_hours(str_of(rows[i].hours), &named, &e));
            hit.hours = &named;
        }
        if (rows[i].interval[0] != '\0') {
            hit.has_interval = true;
            assert_true(span_parse(str_of(rows[i].interval), &hit.group_interval));
        }
        assert_true(date_parse_iso(str_of(rows[i].first), &first));
        assert_true(date_parse_iso(str_of(rows[i].now), &at));
        assert_true(date_parse_iso(str_of(rows[i].want), &want));
        if (rows[i].last[0] != '\0') {
            assert_true(date_parse_iso(str_of(rows[i].last), &last));
        }
        struct wall got = plan_group_due(&hit, &own, rows[i].worst, first, last, at).at;

        if (got.ms != want.ms) {
            fail_msg("%s: %lld, want %lld", rows[i].what, (long long)got.ms,
                     (long long)want.ms);
        }
        /* Asked again when the time has come, it is the time. */
        got = plan_group_due(&hit, &own, rows[i].worst, first, last, want).at;
        assert_int_equal(got.ms, want.ms);
    }
}

static void test_urgency(void **state UNUSED)
{
    assert_int_equal(plan_urgency(PLAN_NEW, SEV_HIGH), SEV_HIGH);
    assert_int_equal(plan_urgency(PLAN_WORSE, SEV_HIGH), SEV_HIGH);
    assert_int_equal(plan_urgency(PLAN_REMINDER, SEV_HIGH), SEV_WARN);
    assert_int_equal(plan_urgency(PLAN_REMINDER, SEV_WARN), SEV_WARN);
    assert_int_equal(plan_urgency(PLAN_REMINDER, SEV_INFO), SEV_INFO);
}

static void test_names(void **state UNUSED)
{
    assert_string_equal(plan_reason_name(PLAN_SOURCE_STALE), "source-stale");
    assert_string_equal(plan_reason_text(PLAN_ACKED), "someone is on it");
    assert_string_equal(plan_reason_name((enum plan_reason)99), "?");
    assert_string_equal(plan_reason_text((enum plan_reason)99), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_first_until),
        cmocka_unit_test(test_never_fired),
        cmocka_unit_test(test_main_destination),
        cmocka_unit_test(test_reminder_in_working_days),
        cmocka_unit_test(test_group_due),
        cmocka_unit_test(test_urgency),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The parts of both indices: what counts, what is not known, what stands on a boundary. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/legibility.h"
#include "core/synchronicity.h"

#define DAY INT64_C(86400000)
#define NONE (-9 * DAY)
#define MONDAY (INT64_C(20717) * DAY) /* 2026-09-21 */

static const struct date today = {2026, 9, 21};
static const struct wall now = {MONDAY + 12 * 3600000};
static struct arena *memory;

static int setup(void **state)
{
    (void)state;
    memory = arena_create(16 << 20);
    return memory == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(memory);
    return 0;
}

static struct strategy *load(const char *text)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("strategy.yaml", str_of(text), d);
    struct buf said;

    buf_init(&said, 1 << 16);
    conf_diag_print(d, &said);
    if (s == NULL)
        fail_msg("%s", buf_cstr(&said));
    buf_finish(&said);
    conf_diag_destroy(d);
    return s;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12f, not %.12f", got, want);
}

/* ---- articulation ---- */

#define WHY "They decide once for all of their many sites"

static const char whole[] =
    "strategy: 1\nname: Acme\n"
    "vision: { statement: Clinics schedule without a phone, wont: [hospitals] }\n"
    "intents:\n"
    "  - { id: up, title: Up, why: " WHY ", owner: ana, until: 2027-12-31 }\n"
    "  - { id: past, title: Past, until: 2026-09-20 }\n"
    "objectives:\n"
    "  - { id: grow, title: Grow, intent: up, why: " WHY ", owner: ana,\n"
    "      key_results: [{ id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 },\n"
    "                    { id: vague, title: Vague }] }\n"
    "  - { id: keep, title: Keep, owner: ben, why: seven words say no such thing here }\n"
    "initiatives:\n"
    "  - { id: fast, title: Fast, owner: ben, problem: " WHY ", moves: [nps] }\n"
    "  - { id: bare, title: Bare, moves: [nps] }\n"
    "  - { id: gone, title: Gone, moves: [nps], status: dropped }\n";

static void nodes_answer_four_questions(void **state)
{
    struct strategy *s = load(whole);
    struct articulation v;
    double value;

    (void)state;
    assert_true(articulation_judge(s, today, memory, &v));
    assert_int_equal(v.n, 7); /* neither `past` nor `gone` */
    assert_int_equal(v.who, 6);
    assert_int_equal(v.what, 6);
    assert_int_equal(v.why, 5);
    assert_int_equal(v.what_not, 7);
    assert_int_equal(v.all, 4);
    assert_int_equal(v.n_lacking, 3);
    assert_true(str_eqz(v.lacking[0].node->id, "keep"));
    assert_true(v.lacking[0].who && !v.lacking[0].why);
    assert_true(str_eqz(v.lacking[1].node->id, "vague"));
    assert_true(v.lacking[1].who && v.lacking[1].why && !v.lacking[1].what);
    assert_true(str_eqz(v.lacking[2].node->id, "bare"));
    assert_false(v.lacking[2].who || v.lacking[2].why);
    assert_true(articulation_value(&v, &value));
    assert_near(value, lint_score(&v.form) < 4.0 / 7 ? lint_score(&v.form) : 4.0 / 7);
    strategy_unref(s);
}

static void what_not_is_said_once_for_all(void **state)
{
    static const char without[] =
        "strategy: 1\nname: Acme\n"
        "objectives: [{ id: grow, title: Grow, why: " WHY ", owner: ana }]\n"
        "initiatives: [{ id: fast, title: Fast }]\n";
    struct strategy *s = load(without);
    struct articulation v;
    double value;

    (void)state;
    assert_true(articulation_judge(s, today, memory, &v));
    assert_int_equal(v.what_not, 0);
    assert_int_equal(v.all, 0);
    assert_true(articulation_value(&v, &value));
    assert_near(value, 0); /* asked, and nobody answers: that is known */
    strategy_unref(s);
}

/* ---- repetition ---- */

static void intents_are_shown_by_their_objectives(void **state)
{
    struct strategy *s = load(whole);
    struct shown v[] = {
        {STR("gone-long-ago"), {now.ms - 200 * DAY}, {now.ms - 100 * DAY}},
        {STR("grow"), {now.ms - 90 * DAY}, {now.ms - 30 * DAY}},
        {STR("up"), {now.ms - 60 * DAY}, {now.ms - 40 * DAY}},
    };
    struct repetition r;
    double value;

    (void)state;
    assert_true(repetition_judge(s, today, v, 3, now, memory, &r));
    assert_int_equal(r.n, 1);
    assert_int_equal(r.noted_since.ms, now.ms - 200 * DAY);
    assert_int_equal(r.v[0].days, 30);
    assert_int_equal(r.v[0].state, SHOWN_LATELY);
    assert_true(repetition_value(&r, &value));
    assert_near(value, 1);
    v[1].last.ms--; /* a hair longer ago */
    assert_true(repetition_judge(s, today, v, 3, now, memory, &r));
    assert_int_equal(r.v[0].state, SHOWN_LONG_AGO);
    assert_true(repetition_value(&r, &value));
    assert_near(value, 0);
    strategy_unref(s);
}

static void never_shown_is_unknown_at_first(void **state)
{
    struct strategy *s = load(whole);
    struct shown v = {STR("other"), {now.ms - 30 * DAY}, {now.ms}};
    struct repetition r;
    double value;

    (void)state;
    assert_true(repetition_judge(s, today, NULL, 0, now, memory, &r));
    assert_int_equal(r.unknown, 1);
    assert_int_equal(r.noted_since.ms, 0);
    assert_false(repetition_value(&r, &value));
    assert_true(repetition_judge(s, today, &v, 1, now, memory, &r));
    assert_int_equal(r.v[0].state, SHOWN_UNKNOWN);
    v.first.ms--;
    assert_true(repetition_judge(s, today, &v, 1, now, memory, &r));
    assert_int_equal(r.v[0].state, SHOWN_LONG_AGO);
    assert_int_equal(r.v[0].last.ms, 0);
    strategy_unref(s);
}

static void without_intents_nothing_is_known(void **state)
{
    struct strategy *s = load("strategy: 1\nname: A\nobjectives: [{ id: o, title: O }]\n"
                              "initiatives: [{ id: i, title: I }]\n");
    struct repetition r;
    double value;

    (void)state;
    assert_true(repetition_judge(s, today, NULL, 0, now, memory, &r));
    assert_int_equal(r.n, 0);
    assert_false(repetition_value(&r, &value));
    strategy_unref(s);
}

/* ---- uptake ---- */

static void uptake_by_the_working_day(void **state)
{
    /* Seen on Friday at 15:00, so its time is over on Monday at 15:00. */
    const struct wall seen = {MONDAY - 3 * DAY + 15 * 3600000};
    const struct wall limit = {MONDAY + 15 * 3600000};
    static const struct {
        int64_t linked, alerted, closed, now; /* after the limit, in ms; NONE: never */
        bool by_default, by_command;
        enum uptake_state want;
    } rows[] = {
        {0, NONE, NONE, 1, false, false, UPTAKE_LINKED},
        {1, NONE, NONE, 1, false, false, UPTAKE_LATE},
        {0, 0, NONE, 1, false, false, UPTAKE_LINKED},
        {0, -1, NONE, 1, false, false, UPTAKE_LATE},
        {0, NONE, NONE, 1, true, false, UPTAKE_BY_DEFAULT},
        {0, NONE, NONE, 1, false, true, UPTAKE_BY_COMMAND},
        {NONE, NONE, NONE, -1, false, false, UPTAKE_WAITING},
        {NONE, NONE, NONE, 0, false, false, UPTAKE_UNLINKED},
        {NONE, NONE, 0, 5, false, false, UPTAKE_CLOSED},
        {NONE, NONE, 1, 5, false, false, UPTAKE_UNLINKED},
    };
    struct calendar cal = {.tz = tz_utc()};
    struct err e;

    (void)state;
    assert_true(calendar_parse_hours(STR("Mon-Fri 09:00-17:00"), &cal, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
#define AT(m) (rows[i].m == NONE ? (struct wall){0} : (struct wall){limit.ms + rows[i].m})
        struct new_epic v = {
            .seen = seen,
            .closed = AT(closed),
            .linked = AT(linked),
            .alerted = AT(alerted),
            .by_default = rows[i].by_default,
            .by_command = rows[i].by_command,
        };
        enum uptake_state got = uptake_judge(&v, &cal, SPAN_WD(1), AT(now));

        if (got != rows[i].want)
            fail_msg("row %zu: %s", i, uptake_state_name(got));
#undef AT
    }
}

static void uptake_of_nothing_is_unknown(void **state)
{
    struct uptake u = {.v = {[UPTAKE_WAITING] = 3, [UPTAKE_CLOSED] = 2}};
    double value;

    (void)state;
    assert_false(uptake_value(&u, &value));
    u.v[UPTAKE_LINKED] = 1;
    u.v[UPTAKE_BY_DEFAULT] = 1;
    u.v[UPTAKE_BY_COMMAND] = 1;
    u.v[UPTAKE_UNLINKED] = 1;
    assert_true(uptake_value(&u, &value));
    assert_near(value, 0.25);
}

/* ---- synchronicity ---- */

static void medians_leave_out_what_did_not_follow(void **state)
{
    struct delays d = {.n = 0};
    double value;

    (void)state;
    assert_true(delays_add(&d, memory, now, (struct wall){0}));
    assert_false(delays_median(&d, &value));
    assert_true(delays_add(&d, memory, now, (struct wall){now.ms + 4 * DAY}));
    assert_true(delays_add(&d, memory, now, (struct wall){now.ms - 1}));
    assert_true(delays_median(&d, &value));
    assert_near(value, 2);
    assert_int_equal(d.n, 2);
    assert_int_equal(d.of, 3);
}

static const char first[] =
    "strategy: 1\nname: Acme\n"
    "objectives:\n"
    "  - { id: grow, title: Grow, key_results: [{ id: nps, title: NPS }] }\n"
    "  - { id: keep, title: Keep, key_results: [{ id: churn, title: Churn }] }\n"
    "initiatives:\n"
    "  - { id: fast, title: Fast, moves: [nps], status: active, start: 2026-09-22 }\n"
    "  - { id: old-name, title: Slow, moves: [churn], status: active }\n"
    "  - { id: later, title: Later, moves: [nps], status: proposed }\n"
    "buckets: [{ id: ktlo, title: Run it }]\n";
static const char second[] =
    "strategy: 1\nname: Acme\n"
    "objectives:\n"
    "  - { id: grow, title: Grow faster, key_results: [{ id: nps, title: NPS }] }\n"
    "  - { id: keep, title: Keep, key_results: [{ id: churn, title: Churn }] }\n"
    "initiatives:\n"
    "  - { id: fast, title: Fast, moves: [nps], status: done }\n"
    "  - { id: slow, was: [old-name], title: Slow, moves: [churn], status: active }\n"
    "  - { id: later, title: Later, moves: [nps], status: active, start: 2026-09-26 }\n"
    "buckets: [{ id: ktlo, title: Run it }]\n";

static void work_begins_under_what_changed(void **state)
{
    struct strategy *a = load(first), *b = load(second);
    struct wall since = {MONDAY + 2 * DAY}, end = {MONDAY + 30 * DAY};
    struct strategy_change *v;
    struct waits w;
    size_t n;

    (void)state;
    assert_true(waits_init(&w, memory));
    assert_true(strategy_diff(a, b, today, memory, &v, &n));
    assert_true(waits_changed(&w, b, v, n, since));
    assert_int_equal(w.n, 1);
    waits_began(&w, STR("later"), (struct wall){since.ms - 1}); /* before */
    waits_began(&w, STR("fast,ktlo"), since); /* done, and not changed */
    assert_int_equal(w.open, 1);
    waits_began(&w, STR("ktlo,later"), (struct wall){since.ms + DAY});
    waits_began(&w, STR("later"), (struct wall){since.ms + 2 * DAY});
    assert_int_equal(w.open, 0);
    assert_int_equal(w.v[0].began.ms, since.ms + DAY);

    /* `later` alone: `slow` was active under another name. */
    assert_true(waits_activated(&w, a, b, since, end, tz_utc()));
    assert_int_equal(w.n, 2);
    assert_int_equal(w.v[1].cause, WAIT_ACTIVE);
    assert_int_equal(w.v[1].since.ms, MONDAY + 5 * DAY);
    assert_int_equal(w.from.ms, since.ms);
    /* Not before its start has come. */
    assert_true(waits_activated(&w, a, b, since, since, tz_utc()));
    assert_int_equal(w.n, 2);
    waits_finish(&w);

    /* Of a first version, what begins later by its start. */
    assert_true(waits_init(&w, memory));
    assert_true(waits_activated(&w, NULL, a, (struct wall){MONDAY}, end, tz_utc()));
    assert_int_equal(w.n, 1);
    assert_int_equal(w.v[0].since.ms, MONDAY + DAY);
    assert_true(waits_activated(&w, NULL, a, (struct wall){MONDAY + DAY}, end, tz_utc()));
    assert_int_equal(w.n, 1);
    waits_finish(&w);
    strategy_unref(a);
    strategy_unref(b);
}

static void a_version_without_work_under_it_is_no_cause(void **state)
{
    struct strategy *a = load(first);
    struct strategy_change v[] = {
        {.change = CHANGE_REMOVED, .id = STR("grow")},
        {.change = CHANGE_CHANGED, .id = STR_NONE},
        {.change = CHANGE_ADDED, .id = STR("unheard-of")},
    };
    struct waits w;

    (void)state;
    assert_true(waits_init(&w, memory));
    assert_true(waits_changed(&w, a, v, ARRAY_LEN(v), now));
    assert_int_equal(w.n, 0);
    v[1].id = STR("ktlo");
    assert_true(waits_changed(&w, a, v, ARRAY_LEN(v), now));
    assert_int_equal(w.n, 1);
    waits_finish(&w);
    strategy_unref(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_answer_four_questions),
        cmocka_unit_test(what_not_is_said_once_for_all),
        cmocka_unit_test(intents_are_shown_by_their_objectives),
        cmocka_unit_test(never_shown_is_unknown_at_first),
        cmocka_unit_test(without_intents_nothing_is_known),
        cmocka_unit_test(uptake_by_the_working_day),
        cmocka_unit_test(uptake_of_nothing_is_unknown),
        cmocka_unit_test(medians_leave_out_what_did_not_follow),
        cmocka_unit_test(work_begins_under_what_changed),
        cmocka_unit_test(a_version_without_work_under_it_is_no_cause),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

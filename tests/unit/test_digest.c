/* Digests: their texts, and when the store sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/digest.h"
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "review_by: 2026-01-20\n"                                                          \
    "intents:\n"                                                                       \
    "  - { id: upmarket, title: Win clinics of many sites, why: They stay longer }\n"  \
    "  - { id: simple, title: Keep it simple }\n"                                      \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    intent: upmarket\n"                                                           \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, start: 2025-12-01,\n"     \
    "          by: 2027-06-30, unit: points, check_in: 7d }\n"                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps] }\n"             \
    "decisions:\n"                                                                     \
    "  - { id: D-1, date: 2025-10-01, chose: Defer SSO, review_by: 2026-01-01 }\n"     \
    "  - { id: D-2, date: 2025-10-01, chose: Later, review_by: 2026-12-01 }\n"
/* clang-format on */
#define CONF EVAL_RIG_CONF "digests: [{ channel: product, when: \"Mon 09:00\" }]\n"

static struct wall at(const char *s)
{
    struct wall t;

    assert_true(date_parse_iso(str_of(s), &t));
    return t;
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "kr-stale unlinked-work";
    er->r.now = at("2026-01-08T12:00:00Z"); /* a Thursday */
    eval_rig_load(er, CONF, STRATEGY);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static unsigned flush(struct eval_rig *er, const char *when, struct wall *next)
{
    if (when != NULL)
        er->r.now = at(when);
    eval_rig_run(er);
    return (unsigned)eval_rig_flush(er, next);
}

static int64_t digests(struct eval_rig *er)
{
    return rig_int(&er->r, "SELECT count(*) FROM outbox WHERE"
                           " json_extract(notice, '$.kind') = 'digest'");
}

static const char *said(struct eval_rig *er, const char *sql)
{
    return rig_text(&er->r, sql);
}

#define LAST                                                                           \
    " FROM outbox WHERE json_extract(notice, '$.kind') = 'digest'"                     \
    " ORDER BY id DESC LIMIT 1"

static void it_is_sent_when_it_is_due(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    flush(er, NULL, &next);
    assert_int_equal(digests(er), 0);
    assert_true(next.ms <= at("2026-01-12T09:00:00Z").ms);
    flush(er, "2026-01-12T08:59:59Z", &next);
    assert_int_equal(digests(er), 0);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    flush(er, "2026-01-12T09:00:01Z", &next);
    assert_int_equal(digests(er), 1);
    /* The machine was off: a day late is too late, less is not. */
    flush(er, "2026-01-20T08:59:59Z", &next);
    assert_int_equal(digests(er), 2);
    flush(er, "2026-01-27T09:00:00Z", &next);
    assert_int_equal(digests(er), 2);
    flush(er, "2026-02-02T09:00:00Z", &next);
    assert_int_equal(digests(er), 3);
}

static void a_clock_that_ran_ahead(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    flush(er, NULL, &next);
    flush(er, "2031-01-06T09:00:00Z", &next); /* far too late: planned from there on */
    assert_int_equal(digests(er), 0);
    flush(er, "2026-01-09T09:00:00Z", &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    /* Set back by a little after it was sent: not again. */
    flush(er, "2026-01-12T08:58:00Z", &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_int_equal(digests(er), 2);
}

static void what_it_says(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    flush(er, NULL, &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "1 open, 1 of them new, 0 resolved; 0 of 1 sources fresh");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline')" LAST),
        "1 key result without a fresh value");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].entries[0].key') || ' ' ||"
                 " json_extract(notice, '$.sections[0].entries[0].title')" LAST),
        "nps NPS");
    assert_string_equal(
        said(er, "SELECT group_concat(json_extract(value, '$.title') || ': ' ||"
                 " json_extract(value, '$.text'), '; ') FROM outbox,"
                 " json_each(json_extract(notice, '$.blocks')) WHERE"
                 " json_extract(notice, '$.kind') = 'digest'"),
        "Key results: nps              no value      unknown; Coverage: no open epic\n"
        "active without work: onboarding; To be reviewed: strategy: Acme (review due"
        " 2026-01-20)\nD-1: Defer SSO (review was due 2026-01-01); The strategy in a"
        " minute: Win clinics of many sites\nWhy: They stay longer\nWe serve it by:"
        " Clinics choose us first");
    /* A week later it is not new, and another intent has its minute. */
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "1 open, 0 of them new, 0 resolved; 0 of 1 sources fresh");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.blocks[#-1].text')" LAST),
        "Keep it simple");
}

static void quiet_is_not_silent(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    er->asked = "unlinked-work";
    eval_rig_load(er, CONF, STRATEGY);
    flush(er, NULL, &next);
    er->r.now = at("2026-01-12T08:59:00Z");
    eval_rig_sync(er);
    eval_rig_synced(er);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "all quiet: 1 of 1 sources fresh, 0 epics, 0 resolved");
}

static void bars(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 16);
    struct effort_share shares[] = {{STR_INIT("grow"), 0.51, 35},
                                    {STR_INIT("a-very-long-name-of-an-objective"), 0.34, 50},
                                    {STR_INIT("ktlo"), 0.15, 15},
                                    {STR_INIT(""), 0, 0}};
    const struct effort_sum sum = {.days = 125,
                                   .mapped = 100,
                                   .shares = shares,
                                   .n_shares = 4,
                                   .has_plan = true,
                                   .distance = 0.16,
                                   .trust = TRUST_MEDIUM};
    const struct effort_sum none = {.distance = -1};
    struct str text = digest_split(&sum, 20, a), rest = text, line;

    assert_string_equal(arena_printf(a, "%.*s", STR_FMT(text)).p,
                        "grow             ====.|.....  35% of 51%\n"
                        "a-very-long-name ===|=......  50% of 34%\n"
                        "ktlo             ==|........  15% of 15%\n"
                        "other            |..........   0% of 0%\n"
                        "D 16, 20 days, trust medium, 20% unmapped");
    while (str_split(&rest, '\n', &line))
        assert_true(line.n <= DIGEST_WIDTH);
    assert_int_equal(digest_split(&none, 0, a).n, 0);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars),
        cmocka_unit_test_setup_teardown(it_is_sent_when_it_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_ran_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_is_not_silent, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

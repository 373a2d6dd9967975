#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/finding.h"

static const struct calendar always = {.always = true};

/*
 * One step: at `t` seconds the condition holds with a severity letter (i, w, h)
 * and `for` seconds, or not (severity '-').
 */
struct step {
    int64_t t;
    char severity;
    int64_t for_;
    enum finding_change change;
    enum finding_state state;
    int64_t next;
};

struct story {
    const char *what;
    int64_t keep_for;
    struct step steps[10];
};

static const struct story stories[] = {
    {"fires at once", 0, {{10, 'w', 0, FINDING_FIRED, FINDING_FIRING, 0}}},
    {"nothing ever", 0, {{10, '-', 0, FINDING_SAME, FINDING_NONE, 0}}},
    {"ripens",
     0,
     {{10, 'w', 60, FINDING_STARTED, FINDING_PENDING, 70},
      {69, 'w', 60, FINDING_SAME, FINDING_PENDING, 70},
      {70, 'w', 60, FINDING_FIRED, FINDING_FIRING, 0},
      {500, 'w', 60, FINDING_SAME, FINDING_FIRING, 0}}},
    {"withdrawn, then from the start",
     0,
     {{10, 'w', 60, FINDING_STARTED, FINDING_PENDING, 70},
      {60, '-', 0, FINDING_WITHDRAWN, FINDING_NONE, 0},
      {61, 'w', 60, FINDING_STARTED, FINDING_PENDING, 121},
      {121, 'w', 60, FINDING_FIRED, FINDING_FIRING, 0}}},
    {"made urgent while pending",
     0,
     {{10, 'w', 60, FINDING_STARTED, FINDING_PENDING, 70},
      {20, 'h', 0, FINDING_FIRED, FINDING_FIRING, 0}}},
    {"a longer `for` by a new configuration",
     0,
     {{10, 'w', 60, FINDING_STARTED, FINDING_PENDING, 70},
      {70, 'w', 100, FINDING_SAME, FINDING_PENDING, 110},
      {110, 'w', 100, FINDING_FIRED, FINDING_FIRING, 0}}},
    {"severity up and down",
     0,
     {{10, 'w', 0, FINDING_FIRED, FINDING_FIRING, 0},
      {20, 'h', 0, FINDING_WORSE, FINDING_FIRING, 0},
      {30, 'h', 0, FINDING_SAME, FINDING_FIRING, 0},
      {40, 'i', 0, FINDING_BETTER, FINDING_FIRING, 0},
      {50, 'w', 0, FINDING_WORSE, FINDING_FIRING, 0}}},
    {"clears and comes back",
     0,
     {{10, 'w', 0, FINDING_FIRED, FINDING_FIRING, 0},
      {20, '-', 0, FINDING_CLEARED, FINDING_RESOLVED, 0},
      {30, '-', 0, FINDING_SAME, FINDING_RESOLVED, 0},
      {40, 'w', 60, FINDING_STARTED, FINDING_PENDING, 100},
      {50, '-', 0, FINDING_WITHDRAWN, FINDING_RESOLVED, 0},
      {60, 'w', 60, FINDING_STARTED, FINDING_PENDING, 120},
      {120, 'w', 60, FINDING_FIRED, FINDING_FIRING, 0}}},
    {"kept firing against flapping",
     30,
     {{10, 'w', 0, FINDING_FIRED, FINDING_FIRING, 0},
      {20, '-', 0, FINDING_SAME, FINDING_FIRING, 50},
      {40, 'w', 0, FINDING_SAME, FINDING_FIRING, 0},
      {45, '-', 0, FINDING_SAME, FINDING_FIRING, 75},
      {74, '-', 0, FINDING_SAME, FINDING_FIRING, 75},
      {75, '-', 0, FINDING_CLEARED, FINDING_RESOLVED, 0}}},
    {"the clock went back",
     0,
     {{100, 'w', 60, FINDING_STARTED, FINDING_PENDING, 160},
      {50, 'w', 60, FINDING_SAME, FINDING_PENDING, 160},
      {160, 'w', 60, FINDING_FIRED, FINDING_FIRING, 0}}},
};

static void run(const struct story *story)
{
    struct finding f = {0};
    const struct rule_conf conf = {.keep_for = {.ms = story->keep_for * 1000}};

    for (size_t i = 0; i < ARRAY_LEN(story->steps) && story->steps[i].t != 0; i++) {
        const struct step *s = &story->steps[i];
        struct rule_hit hit = {.for_ = {.ms = s->for_ * 1000}};
        struct wall next = {-1};

        hit.severity = s->severity == 'h'   ? SEV_HIGH
                       : s->severity == 'w' ? SEV_WARN
                                            : SEV_INFO;
        enum finding_change change =
            finding_step(&f, s->severity == '-' ? NULL : &hit, &conf, &always,
                         (struct wall){s->t * 1000}, &next);

        if (change != s->change || f.state != s->state || next.ms != s->next * 1000) {
            fail_msg("%s, at %lld: change %d, %s, next %lld", story->what,
                     (long long)s->t, change, finding_state_name(f.state),
                     (long long)next.ms / 1000);
        }
        if (s->severity != '-') {
            assert_int_equal(f.severity, hit.severity);
        }
    }
}

static void test_stories(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        run(&stories[i]);
    }
}

/* The times and the episode, over two of them. */
static void test_times(void **state UNUSED)
{
    struct finding f = {.id = "0123456789ab"};
    const struct rule_conf conf = {.keep_for = {.ms = 5}};
    const struct rule_hit hit = {.severity = SEV_WARN, .for_ = {.ms = 10}};
    struct wall next;

#define STEP(at, h)                                                                    \
    (void)finding_step(&f, (h), &conf, &always, (struct wall){at}, &next)
#define IS(since_, fired_, resolved_, clear_, episode_)                                \
    assert_int_equal(f.since.ms, (since_));                                            \
    assert_int_equal(f.fired.ms, (fired_));                                            \
    assert_int_equal(f.resolved.ms, (resolved_));                                      \
    assert_int_equal(f.clear_since.ms, (clear_));                                      \
    assert_int_equal(f.episode, (episode_))
    STEP(100, &hit);
    IS(100, 0, 0, 0, 0);
    STEP(115, &hit);
    IS(100, 115, 0, 0, 1);
    STEP(120, NULL);
    IS(100, 115, 0, 120, 1);
    STEP(122, &hit);
    IS(100, 115, 0, 0, 1);
    STEP(130, NULL);
    STEP(136, NULL);
    IS(100, 115, 136, 0, 1);
    STEP(140, &hit);
    IS(140, 0, 136, 0, 1);
    STEP(145, NULL);
    IS(140, 0, 136, 0, 1);
    assert_int_equal(f.state, FINDING_RESOLVED);
    STEP(150, &hit);
    STEP(160, &hit);
    IS(150, 160, 0, 0, 2);
    assert_string_equal(f.id, "0123456789ab");
#undef STEP
#undef IS
}

/* A weekend does not ripen anything. */
static void test_working_days(void **state UNUSED)
{
    struct calendar week = {0};
    struct finding f = {0};
    const struct rule_conf conf = {.keep_for = {.wd = 1}};
    const struct rule_hit hit = {.severity = SEV_WARN, .for_ = {.wd = 1}};
    struct wall friday;
    struct wall monday;
    struct wall next;
    struct err e;

    assert_true(calendar_parse_hours(STR("Mon-Fri 9:00-17:00"), &week, &e));
    assert_true(date_parse_iso(STR("2026-11-20T15:00:00Z"), &friday));
    monday = wall_add(friday, DUR_DAY(3));
    assert_int_equal(finding_step(&f, &hit, &conf, &week, friday, &next),
                     FINDING_STARTED);
    assert_int_equal(next.ms, monday.ms);
    assert_int_equal(
        finding_step(&f, &hit, &conf, &week, (struct wall){monday.ms - 1}, &next),
        FINDING_SAME);
    assert_int_equal(finding_step(&f, &hit, &conf, &week, monday, &next),
                     FINDING_FIRED);
    assert_int_equal(finding_step(&f, NULL, &conf, &week, monday, &next), FINDING_SAME);
    assert_int_equal(next.ms, monday.ms + DUR_DAY(1).ms);
}

static void test_id(void **state UNUSED)
{
    char id[FINDING_ID_LEN + 1];
    char other[FINDING_ID_LEN + 1];
    char large[4000];

    /* printf 'unlinked-work\0item jira 10012' | sha256sum */
    finding_id(id, STR("unlinked-work"), STR("item jira 10012"));
    assert_string_equal(id, "1be199354755");
    finding_id(other, STR("unlinked-work"), STR("item jira 10013"));
    assert_string_not_equal(id, other);
    finding_id(other, STR("unlinked-worki"), STR("tem jira 10012"));
    assert_string_not_equal(id, other);
    /* However long the subject, all of it counts. */
    memset(large, 'x', sizeof large);
    finding_id(id, STR("r"), (struct str){large, sizeof large});
    large[sizeof large - 1] = 'y';
    finding_id(other, STR("r"), (struct str){large, sizeof large});
    assert_string_not_equal(id, other);
}

static void test_names(void **state UNUSED)
{
    assert_string_equal(finding_state_name(FINDING_NONE), "none");
    assert_string_equal(finding_state_name(FINDING_RESOLVED), "resolved");
    assert_string_equal(finding_state_name((enum finding_state)9), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_working_days), cmocka_unit_test(test_id),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

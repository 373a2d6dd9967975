/* Silences: what they match, and how they begin and end in the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/silence.h"
#include "tests/unit/eval_rig.h"

/* ---- what they match ---- */

static void a_matcher_reads_back(void **state UNUSED)
{
    static const struct {
        const char *text, *want; /* NULL: the error */
    } rows[] = {
        {"team=payments", "team=payments"},
        {"team=pay*,web  rule=unlinked-work", "rule=unlinked-work team=pay*,web"},
        {"owner=a=b", "owner=a=b"},
        {"label=security,needs?triage repo=acme/*",
         "scope=acme/* label=security,needs?triage"},
        {"scope=a project=b", NULL},
        {"", NULL},
        {"payments", NULL},
        {"tema=payments", NULL},
        {"team=", NULL},
        {"team=a,,b", NULL},
        {"team=a,", NULL},
        {"team=a team=b", NULL},
        {"team=a\nb", NULL},
    };
    struct arena *a = arena_create(1 << 20);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str_list match[ROUTE_LABEL_COUNT];
        struct buf out;
        struct err e;
        bool ok = silence_parse(str_of(rows[i].text), a, match, &e);

        assert_int_equal(ok, rows[i].want != NULL);
        if (!ok) {
            assert_int_equal(e.kind, ERR_USAGE);
            continue;
        }
        buf_init(&out, 1000);
        silence_print(&out, match);
        assert_string_equal(buf_cstr(&out), rows[i].want);
        buf_finish(&out);
    }
    arena_destroy(a);
}

static void the_longest_one_covers(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);
    struct silence v[3] = {{.id = 1, .until = {100}},
                           {.id = 2, .until = {300}},
                           {.id = 3, .until = {200}}};
    static const char *const texts[] = {"team=web", "team=web severity=warn", "rule=*"};
    struct route_labels labels = {.rule = STR("no-epics"), .team = STR("Web")};
    struct err e;

    for (size_t i = 0; i < 3; i++)
        assert_true(silence_parse(str_of(texts[i]), a, v[i].match, &e));
    assert_ptr_equal(silence_find(v, 3, &labels, a), &v[2]);
    labels.severity = STR("warn");
    assert_ptr_equal(silence_find(v, 3, &labels, a), &v[1]);
    assert_ptr_equal(silence_find(v, 1, &labels, a), &v[0]);
    labels.team = STR("payments");
    assert_null(silence_find(v, 2, &labels, a));
    arena_destroy(a);
}

/* ---- in the store ---- */

static const struct actor ana = {.uid = 1000, .user = STR_INIT("ana")};

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_look(er);
    eval_rig_run(er);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static int64_t silence(struct eval_rig *er, const char *text, int days)
{
    struct str_list match[ROUTE_LABEL_COUNT];
    struct arena *a = arena_create(1 << 20);
    int64_t id;

    RIG_OK(&er->r, silence_parse(str_of(text), a, match, &er->r.e));
    RIG_OK(&er->r, db_silence_add(er->r.db, match, STR("moving"),
                                  (struct wall){er->r.now.ms + days * RIG_DAY}, &ana,
                                  er->r.now, &id, &er->r.e));
    arena_destroy(a);
    return id;
}

static void new_epic(struct eval_rig *er, int number)
{
    eval_rig_sync(er);
    eval_rig_new_epic(er, number);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 2 * RIG_DAY; /* its `for` is over */
    eval_rig_look(er);
    eval_rig_run(er);
}

static int64_t reason(struct eval_rig *er)
{
    return rig_int(&er->r, "SELECT reason FROM finding");
}

static void it_holds_back_what_waits(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct wall end;

    new_epic(er, 1);
    assert_int_equal(reason(er), PLAN_GROUPED);
    end.ms = er->r.now.ms + 3 * RIG_DAY;
    silence(er, "team=web", 3);
    res = eval_rig_run(er);
    assert_int_equal(reason(er), PLAN_SILENCED);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    assert_true(res.next_check.ms <= end.ms);
    er->r.now.ms = end.ms - 1;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(reason(er), PLAN_SILENCED);
    er->r.now = end;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(reason(er), PLAN_GROUPED);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM silence"), "its time");
}

static void other_labels_are_not_covered(void **state)
{
    struct eval_rig *er = *state;

    silence(er, "team=web rule=no-epics", 20);
    new_epic(er, 1);
    assert_int_equal(reason(er), PLAN_GROUPED);
}

static void people_end_it(void **state)
{
    struct eval_rig *er = *state;
    int64_t id = silence(er, "team=web", 20);

    new_epic(er, 1);
    assert_int_equal(reason(er), PLAN_SILENCED);
    RIG_OK(&er->r, db_silence_end(er->r.db, id, &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_int_equal(reason(er), PLAN_GROUPED);
    assert_false(db_silence_end(er->r.db, id, &ana, er->r.now, &er->r.e));
    assert_int_equal(er->r.e.kind, ERR_CONFLICT);
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(action || ' ' || subject,"
                                         " '; ') FROM audit"),
                        "silence silence 1; unsilence silence 1");
}

/* A week of covering nothing ends it; covering something starts the week anew. */
static void it_ends_when_it_is_idle(void **state)
{
    struct eval_rig *er = *state;

    silence(er, "team=web", 30);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_DAY;
    new_epic(er, 1);
    assert_int_equal(reason(er), PLAN_SILENCED);
    er->r.now.ms += 8 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(reason(er), PLAN_SILENCED);
    eval_rig_sync(er);
    rig_close_item(&er->r, eval_rig_epic(er, 1));
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 7 * RIG_DAY - 1;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT ended FROM silence"), 0);
    er->r.now.ms += 1;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT ended FROM silence"), er->r.now.ms);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM silence"),
                        "covering nothing for 7 d");
}

/* The clock was a year ahead: the silence keeps its length, not its date. */
static void a_clock_set_back_pulls_it_in(void **state)
{
    struct eval_rig *er = *state;
    struct wall then = er->r.now;
    bool back;

    er->r.now.ms += 365 * RIG_DAY;
    eval_rig_look(er);
    silence(er, "team=web", 3);
    eval_rig_run(er);
    RIG_OK(&er->r, db_clock_set(er->r.db, then, &back, &er->r.e));
    assert_true(back);
    assert_int_equal(rig_int(&er->r, "SELECT until - at FROM silence"), 3 * RIG_DAY);
    assert_int_equal(rig_int(&er->r, "SELECT at FROM silence"), then.ms);
    assert_true(rig_int(&er->r, "SELECT idle_since FROM silence") <= then.ms);
}

static void it_is_bounded(void **state)
{
    struct eval_rig *er = *state;
    struct str_list match[ROUTE_LABEL_COUNT];
    struct arena *a = arena_create(1 << 20);
    struct wall now = er->r.now;
    int64_t id;

    RIG_OK(&er->r, silence_parse(STR("team=web"), a, match, &er->r.e));
    assert_false(db_silence_add(er->r.db, match, STR("x"),
                                wall_add(now, DUR_MS(30 * RIG_DAY + 1)), &ana, now, &id,
                                &er->r.e));
    assert_int_equal(er->r.e.kind, ERR_USAGE);
    assert_false(db_silence_add(er->r.db, match, STR("x"), now, &ana, now, &id, &er->r.e));
    assert_false(db_silence_add(er->r.db, match, STR_NONE, wall_add(now, DUR_H(1)), &ana,
                                now, &id, &er->r.e));
    for (int i = 0; i < 200; i++)
        silence(er, "team=web", 1);
    assert_false(db_silence_add(er->r.db, match, STR("x"), wall_add(now, DUR_H(1)), &ana,
                                now, &id, &er->r.e));
    assert_int_equal(er->r.e.kind, ERR_CONFLICT);
    arena_destroy(a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matcher_reads_back),
        cmocka_unit_test(the_longest_one_covers),
        TEST(it_holds_back_what_waits),
        TEST(other_labels_are_not_covered),
        TEST(people_end_it),
        TEST(it_ends_when_it_is_idle),
        TEST(a_clock_set_back_pulls_it_in),
        TEST(it_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

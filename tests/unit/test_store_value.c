#include "store/value.h"
#include "tests/unit/store_rig.h"

static const struct actor ana = {1000, STR_INIT("ana")};

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    rig_init(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    rig_finish(r);
    free(r);
    return 0;
}

static struct checkin_line line(const char *kr, int day, double value, const char *by)
{
    return (struct checkin_line){
        .said = {.kr = str_of(kr),
                 .day = {2026, 9, day},
                 .value = value,
                 .confidence = -1},
        .by = str_of(by),
    };
}

static void set(struct rig *r, const struct checkin_line *v, size_t n, unsigned added,
                unsigned removed)
{
    struct file_changes c;

    RIG_OK(r, db_checkins_set(r->db, STR("check-ins.csv"), v, n, r->now, &c, &r->e));
    assert_int_equal(c.added, added);
    assert_int_equal(c.removed, removed);
}

static void say(struct rig *r, const char *kr, int day, double value)
{
    struct checkin c = line(kr, day, value, "").said;

    RIG_OK(r, db_checkin_add(r->db, &c, &ana, r->now, &r->e));
}

/* The value that counts of that day: the one told last. */
static double of_day(struct rig *r, const char *kr, int day, size_t expect)
{
    struct kr_row row;
    double v = -1;
    size_t n = 0;

    RIG_OK(r, db_read_kr(r->db, str_of(kr), r->a, &row, &r->e));
    for (size_t i = 0; i < row.n; i++) {
        if (row.v[i].said.day.day == day) {
            v = row.v[i].said.value;
            n++;
        }
    }
    assert_int_equal(n, expect);
    return v;
}

static void file_lines(void **state)
{
    struct rig *r = *state;
    struct checkin_line v[3] = {line("churn", 1, 3, "ben"), line("nps", 1, 41, "ana"),
                                line("nps", 8, 43, "ana")};
    int64_t audit;

    set(r, v, 3, 3, 0);
    audit = rig_int(r, "SELECT count(*) FROM audit");
    assert_int_equal(audit, 1);
    r->now.ms += RIG_HOUR;
    set(r, v, 3, 0, 0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(rig_int(r, "SELECT max(at) FROM kr_value"), RIG_T0);
    v[1].said.value = 42;
    set(r, v, 3, 1, 1);
    assert_float_equal(of_day(r, "nps", 1, 1), 42, 1e-9);
    v[1].said.note = STR("after the survey");
    set(r, v, 3, 1, 1);
    v[1].said.confidence = 80;
    set(r, v, 3, 1, 1);
    v[1].by = STR("carl");
    set(r, v, 3, 1, 1);
    set(r, v, 2, 0, 1);
    of_day(r, "nps", 8, 0);
    set(r, &v[1], 1, 0, 1);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM kr_value"), 1);
    set(r, NULL, 0, 0, 1);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM kr_value"), 0);
}

static void told_last(void **state)
{
    struct rig *r = *state;
    struct checkin_line v[1] = {line("nps", 1, 41, "ana")};

    set(r, v, 1, 1, 0);
    say(r, "nps", 1, 44);
    assert_float_equal(of_day(r, "nps", 1, 2), 44, 1e-9);
    set(r, v, 1, 0, 0);
    assert_float_equal(of_day(r, "nps", 1, 2), 44, 1e-9);
    v[0].said.value = 45;
    set(r, v, 1, 1, 1);
    assert_float_equal(of_day(r, "nps", 1, 2), 45, 1e-9);
    say(r, "nps", 1, 46);
    assert_float_equal(of_day(r, "nps", 1, 3), 46, 1e-9);
    set(r, NULL, 0, 0, 1);
    assert_float_equal(of_day(r, "nps", 1, 2), 46, 1e-9);
}

/* A line of the file, or a source's value, is not a person's to take back. */
static void take_back(void **state)
{
    struct rig *r = *state;
    struct checkin_line v[1] = {line("nps", 1, 41, "ana")};
    struct checkin gone;

    set(r, v, 1, 1, 0);
    assert_false(db_checkin_remove(r->db, STR("nps"), (struct date){0}, &ana, r->now,
                                   r->a, &gone, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    say(r, "nps", 1, 44);
    RIG_OK(r, db_checkin_remove(r->db, STR("nps"), (struct date){2026, 9, 1}, &ana,
                                r->now, r->a, &gone, &r->e));
    assert_float_equal(gone.value, 44, 1e-9);
    assert_float_equal(of_day(r, "nps", 1, 1), 41, 1e-9);
}

static struct value_reading reading(struct rig *r, double value)
{
    return (struct value_reading){
        .kr = STR("nps"),
        .question = UINT64_C(0xfedcba9876543210),
        .from = STR("metrics"),
        .day = {2026, 9, 21},
        .value = value,
        .next = {r->now.ms + RIG_DAY},
    };
}

static struct value_state record(struct rig *r, const struct value_reading *v,
                                 bool expect)
{
    struct value_state *s;
    bool changed;
    size_t n;

    RIG_OK(r, db_value_record(r->db, v, r->now, &changed, &r->e));
    assert_int_equal(changed, expect);
    RIG_OK(r, db_read_values(r->db, r->a, &s, &n, &r->e));
    assert_int_equal(n, 1);
    return s[0];
}

static void source_values(void **state)
{
    struct rig *r = *state;
    struct value_reading v = reading(r, 47);
    struct value_state s = record(r, &v, true);

    assert_true(s.question == v.question);
    assert_int_equal(s.ok.ms, r->now.ms);
    assert_int_equal(s.next.ms, v.next.ms);
    assert_int_equal(s.failed_since.ms, 0);
    say(r, "nps", 21, 50);
    record(r, &v, false);
    assert_float_equal(of_day(r, "nps", 21, 2), 50, 1e-9);
    v.value = 48;
    record(r, &v, true);
    assert_float_equal(of_day(r, "nps", 21, 2), 48, 1e-9);
    v.from = STR("other");
    record(r, &v, true);
    v.day.day = 22;
    record(r, &v, true);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM kr_value WHERE origin = 2"), 2);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM kr_value WHERE user = 'other'"),
                     2);
}

static void source_fails(void **state)
{
    struct rig *r = *state;
    struct value_reading v = reading(r, 47), bad = reading(r, 99);
    struct value_state s;
    struct wall ok = r->now;

    record(r, &v, true);
    err_set(&bad.failure, ERR_NET, "metrics.example.com: timed out");
    r->now.ms += RIG_HOUR;
    s = record(r, &bad, false);
    assert_float_equal(of_day(r, "nps", 21, 1), 47, 1e-9);
    assert_int_equal(s.ok.ms, ok.ms);
    assert_int_equal(s.failed_since.ms, r->now.ms);
    assert_int_equal(s.failures, 1);
    assert_true(str_eqz(s.error, "metrics.example.com: timed out"));
    r->now.ms += RIG_HOUR;
    s = record(r, &bad, false);
    assert_int_equal(s.failed_since.ms, r->now.ms - RIG_HOUR);
    assert_int_equal(s.failures, 2);
    assert_int_equal(s.tried.ms, r->now.ms);
    /* Another question begins anew. */
    bad.question++;
    s = record(r, &bad, false);
    assert_int_equal(s.failures, 1);
    assert_int_equal(s.failed_since.ms, r->now.ms);
    assert_int_equal(s.ok.ms, 0);
    s = record(r, &v, false);
    assert_int_equal(s.failures, 0);
    assert_int_equal(s.failed_since.ms, 0);
    assert_int_equal(s.error.n, 0);
}

/* ---- counted items ---- */

/* Of one kind: counted over three of its label and one of another. */
static int64_t count(struct rig *r, const char *which, const char *label)
{
    struct str labels[] = {str_of(label)};
    struct key_result kr = {
        .node = {.kind = NODE_KR, .id = STR("sev")},
        .from = VALUE_ITEMS,
        .value_items = {.labels = {labels, 1}},
        .value_count = str_of(which),
    };
    struct value_count c = {0};
    struct value_items *items;
    int64_t at = 0;
    bool more;

    RIG_OK(r, value_items_create(&kr, &items, &r->e));
    c.items = items;
    do {
        RIG_OK(r, db_read_counts(r->db, &c, 1, &at, &more, &r->e));
    } while (more);
    value_items_destroy(items);
    return c.n;
}

static void counted_items(void **state)
{
    static const enum item_outcome outcomes[] = {ITEM_OPEN, ITEM_COMPLETED,
                                                 ITEM_DISCARDED};
    struct rig *r = *state;

    rig_begin(r);
    rig_page(r);
    for (int i = 1; i <= 2500; i++) {
        struct item *it = rig_item(r, "acme/web", i);

        rig_label(r, it, i <= 3 ? "SEV1" : i <= 5 ? "sev2" : "other");
        it->outcome = outcomes[i <= 3 ? i - 1 : 0];
        if (it->outcome != ITEM_OPEN)
            it->category = ITEM_DONE;
    }
    rig_apply(r);
    assert_int_equal(count(r, "open", "sev1"), 1);
    assert_int_equal(count(r, "", "sev1"), 1);
    assert_int_equal(count(r, "done", "sev1"), 1);
    assert_int_equal(count(r, "all", "sev1"), 3);
    assert_int_equal(count(r, "open", "sev*"), 3);
    assert_int_equal(count(r, "open", "other"), 2495);
    assert_int_equal(count(r, "open", "none"), 0);
    /* What is out of view counts no more. */
    RIG_OK(r, sql_run(r->db, "UPDATE item SET has = 16 WHERE id = 1", SQL_NONE, &r->e));
    assert_int_equal(count(r, "all", "sev1"), 2);
    RIG_OK(r, sql_run(r->db, "UPDATE source SET active = 0", SQL_NONE, &r->e));
    assert_int_equal(count(r, "open", "other"), 0);
}

static void freshness(void **state)
{
    struct rig *r = *state;
    bool fresh, synced;

    RIG_OK(r, db_read_fresh(r->db, STR("hub"), &fresh, &synced, &r->e));
    assert_false(fresh || synced);
    rig_begin(r);
    RIG_OK(r, db_read_fresh(r->db, STR("hub"), &fresh, &synced, &r->e));
    assert_false(fresh || synced);
    RIG_OK(r, sql_run(r->db, "UPDATE source SET last_ok = 1", SQL_NONE, &r->e));
    RIG_OK(r, db_read_fresh(r->db, STR("hub"), &fresh, &synced, &r->e));
    assert_true(!fresh && synced);
    RIG_OK(r, sql_run(r->db, "UPDATE source SET fresh = 1", SQL_NONE, &r->e));
    RIG_OK(r, db_read_fresh(r->db, STR("hub"), &fresh, &synced, &r->e));
    assert_true(fresh && synced);
}

static void kept_states(void **state)
{
    const struct str keep[] = {STR("churn"), STR("nps"), STR("uptime")};
    struct rig *r = *state;
    struct value_reading v = reading(r, 1);
    struct value_state *s;
    bool changed;
    size_t n;

    record(r, &v, true);
    v.kr = STR("gone");
    RIG_OK(r, db_value_record(r->db, &v, r->now, &changed, &r->e));
    RIG_OK(r, db_values_keep(r->db, keep, ARRAY_LEN(keep), &r->e));
    RIG_OK(r, db_read_values(r->db, r->a, &s, &n, &r->e));
    assert_int_equal(n, 1);
    assert_true(str_eqz(s[0].kr, "nps"));
    RIG_OK(r, db_values_keep(r->db, NULL, 0, &r->e));
    RIG_OK(r, db_read_values(r->db, r->a, &s, &n, &r->e));
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(file_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(told_last, setup, teardown),
        cmocka_unit_test_setup_teardown(take_back, setup, teardown),
        cmocka_unit_test_setup_teardown(source_values, setup, teardown),
        cmocka_unit_test_setup_teardown(source_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(counted_items, setup, teardown),
        cmocka_unit_test_setup_teardown(freshness, setup, teardown),
        cmocka_unit_test_setup_teardown(kept_states, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

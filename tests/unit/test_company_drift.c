/*
 * The rules on eighteen months of the example company, which knows what was planted:
 * each real drift is found within its `for` and a few days, and nothing that only looks
 * like one is told. The store and the evaluation are alignd's own, once a day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/sql.h"
#include "tests/company/replay.h"

/* Working days past `for` in which it must be told. A change of an item is seen a day
   later; a node has waits of its own (ten working days after its start, a check-in that
   is missed); what is judged over four weeks of days has to fill them first. */
enum { LATE_ITEM = 2, LATE_NODE = 10, LATE_DAYS = 22 };
/* What is a part of the company's one finding, and `blocked` of its rule, in working days. */
#define PARTS "collision"
enum { BLOCKED = 5 };
static uint64_t seed;

struct firing {
    struct str rule, subject; /* key of an item, id of a node; empty: the company */
    int64_t from, until;      /* days; until 0: still */
    int64_t named;            /* of a part: the last day */
};

struct drift {
    struct company *c;
    struct company_store *s;
    struct arena *a;
    struct firing *v;
    size_t n, cap;
    int64_t day;
};

/* ---- who is named as waiting, from day to day ---- */

static struct firing *firing_add(struct drift *d, struct firing f)
{
    struct firing *slot = arena_grow(d->a, &d->v, &d->n, &d->cap, sizeof *slot);

    assert_non_null(slot);
    *slot = f;
    return slot;
}

static struct firing *open_part(struct drift *d, struct str key)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->v[i].until == 0 && str_eq(d->v[i].subject, key))
            return &d->v[i];
    }
    return firing_add(d, (struct firing){STR(PARTS), arena_str(d->a, key), d->day, 0, 0});
}

static void note_parts(struct drift *d)
{
    static const char sql[] =
        "SELECT json_extract(b.value, '$.item') FROM finding f, json_each(f.facts,"
        " '$.blocked') b WHERE f.rule = ? AND f.state = ?";
    struct query q;
    struct err e;
    bool row;

    assert_true(query_open(&q, d->s->db, sql,
                           SQL_ARGS(SQL_S(STR(PARTS)), SQL_I(FINDING_FIRING)), &e));
    assert_true(query_next(&q, &row, &e));
    while (row) {
        open_part(d, query_str(&q, 0))->named = d->day;
        assert_true(query_next(&q, &row, &e));
    }
    for (size_t i = 0; i < d->n; i++) {
        if (d->v[i].until == 0 && d->v[i].named != d->day)
            d->v[i].until = d->day;
    }
}

static bool each_day(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    struct drift *d = ctx;
    bool more = true;

    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    d->day = day;
    note_parts(d);
    return true;
}

/* ---- what was found ---- */

static void add_event(struct drift *d, const struct query *q)
{
    struct str rule = query_dup(q, 0, d->a), subject = query_dup(q, 1, d->a);
    int64_t day = query_int(q, 2) / COMPANY_DAY_MS;
    struct firing *f;

    if (str_eqz(query_str(q, 3), "resolved")) {
        assert_true(d->n > 0);
        f = &d->v[d->n - 1];
        assert_true(str_eq(f->rule, rule) && str_eq(f->subject, subject));
        f->until = day;
        return;
    }
    firing_add(d, (struct firing){rule, subject, day, 0, 0});
}

static void find(struct drift *d)
{
    static const char sql[] =
        "SELECT f.rule, CASE WHEN f.item > 0 THEN i.key WHEN f.subject = 'strategy' THEN"
        " '' ELSE substr(f.subject, instr(f.subject, ' ') + 1) END, e.at, e.what"
        " FROM finding f JOIN finding_event e ON e.finding = f.n LEFT JOIN item i ON"
        " i.id = f.item AND f.item > 0 WHERE e.what IN ('fired', 'resolved') AND"
        " f.rule <> ? ORDER BY f.n, e.at, e.rowid";
    struct query q;
    struct err e;
    bool row;

    assert_true(query_open(&q, d->s->db, sql, SQL_ARGS(SQL_S(STR(PARTS))), &e));
    assert_true(query_next(&q, &row, &e));
    while (row) {
        add_event(d, &q);
        assert_true(query_next(&q, &row, &e));
    }
}

/* ---- what was planted ---- */

static int64_t working_days_after(const struct company *c, int64_t day, int64_t n)
{
    while (n > 0) {
        day++;
        n -= company_is_working_day(c, day);
    }
    return day;
}

static const struct firing *met(const struct drift *d, const struct company_plant *p,
                                int64_t from, int64_t until)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct firing *f = &d->v[i];

        /* What is normal for all may not be told of any. */
        bool is_it = str_eq(f->subject, p->subject) ||
                     (p->normal && p->subject.n == 0);

        if (str_eqz(f->rule, p->rule) && is_it &&
            f->from <= until && (f->until == 0 || f->until > from))
            return f;
    }
    return NULL;
}

static void show(const char *what, const struct company_plant *p, int64_t from)
{
    struct buf b;
    char mem[20];

    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, date_from_days(from));
    print_message("%s: %s of %.*s from %.*s: %s\n", what, p->rule, STR_FMT(p->subject),
                  STR_FMT(buf_str(&b)), p->what);
}

static bool is_parts(const struct rule *rule)
{
    return strcmp(rule->id, PARTS) == 0;
}

static int64_t wait_of(const struct rule *rule)
{
    return is_parts(rule) ? BLOCKED
                          : rule->for_.wd +
                                (rule->for_.ms + COMPANY_DAY_MS - 1) / COMPANY_DAY_MS;
}

static int64_t late_of(const struct rule *rule)
{
    return is_parts(rule) || rule->subject == RULE_ITEM ? LATE_ITEM
           : rule->needs_effort                         ? LATE_DAYS
                                                        : LATE_NODE;
}

static bool is_judged_well(const struct drift *d, const struct company_plant *p,
                           const struct rule *rule)
{
    int64_t late = late_of(rule);
    int64_t due = working_days_after(d->c, p->from, wait_of(rule) + late);

    if (p->normal) {
        const struct firing *f = met(d, p, p->from, p->until);

        if (f != NULL)
            show("told, and is normal", p, f->from);
        return f == NULL;
    }
    /* It waits for a quarter of its period, and for values: test_company_krs. */
    if (strcmp(p->rule, "kr-off-pace") == 0)
        return true;
    if (due > COMPANY_LAST || due > working_days_after(d->c, p->until, late))
        return true; /* over before it had to be told */
    if (met(d, p, p->from, due) == NULL) {
        show("not told", p, p->from);
        return false;
    }
    return true;
}

static void what_was_planted_is_found(void **state)
{
    const struct company_plant *v;
    struct drift *d = *state;
    size_t n = company_plants(d->c, &v), judged = 0, wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = rule_find(str_of(v[i].rule));

        if (rule == NULL)
            continue;
        judged++;
        wrong += !is_judged_well(d, &v[i], rule);
    }
    print_message("%zu of %zu planted things judged, %zu wrong; %zu firings in all\n",
                  judged, n, wrong, d->n);
    assert_int_equal(wrong, 0);
}

static bool is_planted(const struct drift *d, const struct firing *f)
{
    const struct company_plant *v;
    size_t n = company_plants(d->c, &v);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].rule, PARTS) == 0 && !v[i].normal &&
            str_eq(v[i].subject, f->subject) && f->from > v[i].from &&
            f->until <= working_days_after(d->c, v[i].until, LATE_ITEM))
            return true;
    }
    return false;
}

/* Nobody else is named, and those no longer than it lasts. */
static void who_waits_was_planted(void **state)
{
    struct drift *d = *state;
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        if (!str_eqz(d->v[i].rule, PARTS))
            continue;
        if (d->v[i].until == 0 || !is_planted(d, &d->v[i]))
            fail_msg("%.*s is named as waiting on day %lld", STR_FMT(d->v[i].subject),
                     (long long)d->v[i].from);
        n++;
    }
    assert_true(n > 0);
}

/* How often each rule fired: what nobody planted shows here. */
static void how_often(void **state)
{
    struct drift *d = *state;

    for (size_t r = 0; r < rules_count; r++) {
        size_t n = 0;

        for (size_t i = 0; i < d->n; i++)
            n += str_eqz(d->v[i].rule, rules[r]->id);
        print_message("%s: %zu\n", rules[r]->id, n);
    }
}

static int setup(void **state)
{
    struct drift *d = calloc(1, sizeof *d);
    struct err e;

    assert_non_null(d);
    d->a = arena_create((size_t)256 << 20);
    d->c = company_create(seed, &e);
    assert_true(d->a != NULL && d->c != NULL);
    d->s = company_store_open(d->c, &e);
    assert_non_null(d->s);
    if (!company_replay(d->s, COMPANY_FIRST, COMPANY_LAST, each_day, d, &e))
        fail_msg("%s", e.msg);
    find(d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    struct drift *d = *state;

    company_store_close(d->s);
    company_destroy(d->c);
    arena_destroy(d->a);
    free(d);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_often),
        cmocka_unit_test(what_was_planted_is_found),
        cmocka_unit_test(who_waits_was_planted),
    };

    const char *given = getenv("COMPANY_SEEDS"); /* how many */
    uint64_t seeds = 1;
    int failed = 0;

    if (given != NULL && !str_to_u64(str_of(given), &seeds))
        return 1;
    for (seed = 1; seed <= seeds; seed++)
        failed += cmocka_run_group_tests(tests, setup, teardown);
    return failed;
}

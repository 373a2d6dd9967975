/*
 * Where the days of eighteen months went, as alignd splits them from what the trackers
 * tell, against what the company knows of itself. It counts what was in view on the
 * day; alignd learns from histories what was in progress in the supply team's project
 * before that was followed, so days before differ by that team's. What is left of a
 * difference afterwards, about half a percent, are changes of one day that no tracker
 * without histories tells of: two changes of an item between two looks.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/sql.h"
#include "tests/company/replay.h"

enum { SEED = 1, MAX_NODES = 200 };

struct sums {
    struct str node[MAX_NODES];
    double days[MAX_NODES];
    size_t n;
};

static double *at(struct sums *s, struct str node)
{
    size_t i = 0;

    while (i < s->n && !str_eq(s->node[i], node))
        i++;
    if (i == s->n) {
        assert_true(s->n < MAX_NODES);
        s->node[s->n] = node;
        s->days[s->n++] = 0;
    }
    return &s->days[i];
}

static bool split(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    bool more = true;

    (void)ctx;
    (void)day;
    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    return true;
}

static void add_truth(const struct company *c, int64_t day, struct arena *a,
                      struct sums *ret)
{
    struct effort_day d;

    assert_true(company_effort(c, day, a, &d));
    for (size_t i = 0; i < d.n; i++)
        *at(ret, d.v[i].node) += d.v[i].days;
}

static void add_split(struct company_store *s, int64_t from, int64_t to,
                      struct arena *a, struct sums *ret)
{
    struct effort_figure *v;
    struct err e;
    size_t n;

    assert_true(db_read_effort(s->db, date_from_days(from), date_from_days(to), a, &v,
                               &n, &e));
    for (size_t i = 0; i < n; i++)
        *at(ret, v[i].node) += v[i].days;
}

/* What is counted for another node than it should be, or lacks, of all. */
static double difference(struct sums *want, struct sums *got, double *ret_days)
{
    double off = 0;

    *ret_days = 0;
    for (size_t i = 0; i < got->n; i++)
        (void)at(want, got->node[i]);
    for (size_t i = 0; i < want->n; i++) {
        off += fabs(want->days[i] - *at(got, want->node[i]));
        *ret_days += want->days[i];
    }
    return off / *ret_days;
}

static void days_are_what_they_were(void **state)
{
    struct arena *a = arena_create((size_t)1 << 30);
    struct company_store *s;
    struct company *c;
    struct err e;

    (void)state;
    c = company_create(SEED, &e);
    assert_non_null(c);
    s = company_store_open(c, &e);
    assert_non_null(s);
    if (!company_replay(s, COMPANY_FIRST, COMPANY_LAST, split, NULL, &e))
        fail_msg("%s", e.msg);
    for (int64_t from = COMPANY_FIRST; from + 28 < COMPANY_LAST; from += 28) {
        struct sums want = {.n = 0}, got = {.n = 0};
        double days, off;

        arena_reset(a);
        for (int64_t day = from; day < from + 28; day++)
            add_truth(c, day, a, &want);
        add_split(s, from, from + 27, a, &got);
        off = difference(&want, &got, &days);
        print_message("%lld: %.1f person-days, %.2f%% off\n", (long long)from, days,
                      off * 100);
        assert_true(off < (from < COMPANY_PROJECT_ADDED ? 0.2 : 0.02));
    }
    company_store_close(s);
    company_destroy(c);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_what_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

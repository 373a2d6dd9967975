/*
 * What the example company planted about key results, played through the store: each
 * drift fires within its time and two working days, and what only looks like one stays
 * quiet on every day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "core/pace.h"
#include "store/sql.h"
#include "tests/company/replay.h"

static const char *const ids[] = {"uncovered-kr", "kr-off-pace", "kr-stale", "kr-broken",
                                  "kr-retargeted"};

enum { PLANTS = 96 };

/* What became of each plant, by its index. */
struct watch {
    const struct company *c;
    const struct company_plant *plants;
    size_t n;
    int64_t first[PLANTS]; /* day on which it fired in its time; 0: it did not */
};

static bool is_ours(const struct company_plant *p)
{
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (strcmp(p->rule, ids[i]) == 0)
            return true;
    }
    return false;
}

/* By the version of its last day: a period may begin days before its version. */
static const struct key_result *kr_of(const struct watch *w,
                                      const struct company_plant *p)
{
    const struct strategy *s = company_version_at(w->c, p->until)->strategy;
    const struct node *n = strategy_find(s, p->subject);

    assert_non_null(n);
    assert_int_equal(n->kind, NODE_KR);
    return (const struct key_result *)(const void *)n;
}

static int64_t working_days(const struct watch *w, int64_t day, int n)
{
    while (n > 0) {
        day++;
        n -= company_is_working_day(w->c, day);
    }
    return day;
}

/*
 * The day by which it must have fired: what the rule waits for (a quarter of the period,
 * the next value, the grace of an old one), its `for`, and two working days.
 */
static int64_t deadline(const struct watch *w, const struct company_plant *p)
{
    const struct key_result *kr = kr_of(w, p);
    int64_t check_in = kr_check_in_days(kr), day = p->from;

    if (strcmp(p->rule, "uncovered-kr") == 0)
        day = working_days(w, day, 5);
    if (strcmp(p->rule, "kr-off-pace") == 0)
        day += (date_to_days(kr->by) - day + 3) / 4 + 2 * check_in;
    if (strcmp(p->rule, "kr-stale") == 0)
        day += check_in + KR_GRACE_DAYS;
    if (strcmp(p->rule, "kr-broken") == 0)
        day += 2 * check_in;
    return working_days(w, day, 2);
}

static bool fires(struct company_store *s, const struct company_plant *p, bool *ret,
                  struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM finding WHERE item = 0 AND rule = ?"
                              " AND subject = 'key-result ' || ? AND state = 2";
    int64_t n;

    if (!sql_int(s->db, sql, SQL_ARGS(SQL_S(str_of(p->rule)), SQL_S(p->subject)), 0, &n,
                 e))
        return false;
    *ret = n > 0;
    return true;
}

static bool each_day(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    struct watch *w = ctx;

    for (size_t i = 0; i < w->n; i++) {
        const struct company_plant *p = &w->plants[i];
        bool firing;

        if (!is_ours(p) || day < p->from || w->first[i] != 0)
            continue;
        if (day > p->until && (p->normal || day > deadline(w, p)))
            continue;
        if (!fires(s, p, &firing, e))
            return false;
        if (firing)
            w->first[i] = day;
    }
    return true;
}

static void check(const struct watch *w)
{
    size_t planted = 0, normal = 0;

    for (size_t i = 0; i < w->n; i++) {
        const struct company_plant *p = &w->plants[i];

        if (!is_ours(p))
            continue;
        planted += !p->normal;
        normal += p->normal;
        if (p->normal && w->first[i] != 0)
            fail_msg("%s of %.*s fires on day %lld of what is normal: %s", p->rule,
                     STR_FMT(p->subject), (long long)(w->first[i] - p->from), p->what);
        if (!p->normal && (w->first[i] == 0 || w->first[i] > deadline(w, p)))
            fail_msg("%s of %.*s (%s) fires on day %lld, not by day %lld", p->rule,
                     STR_FMT(p->subject), p->what, (long long)(w->first[i] - p->from),
                     (long long)(deadline(w, p) - p->from));
        if (!p->normal)
            print_message("%s of %.*s: on day %lld, at the latest on day %lld\n", p->rule,
                          STR_FMT(p->subject), (long long)(w->first[i] - p->from),
                          (long long)(deadline(w, p) - p->from));
    }
    assert_true(planted >= 7 && normal >= 3);
}

static void play(uint64_t seed)
{
    struct err e;
    struct company *c = company_create(seed, &e);
    struct company_store *s = c != NULL ? company_store_open(c, &e) : NULL;
    struct watch w = {.c = c};

    if (s == NULL)
        fail_msg("%s", e.msg);
    w.n = company_plants(c, &w.plants);
    assert_true(w.n <= PLANTS);
    if (!company_replay(s, COMPANY_FIRST, COMPANY_LAST, each_day, &w, &e))
        fail_msg("%s", e.msg);
    check(&w);
    company_store_close(s);
    company_destroy(c);
}

static void the_first_seed(void **state UNUSED)
{
    play(1);
}

static void the_second_seed(void **state UNUSED)
{
    play(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_seed),
        cmocka_unit_test(the_second_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

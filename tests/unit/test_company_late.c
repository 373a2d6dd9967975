/*
 * Initiatives that will be late, on the example company: what the rule said before the
 * date, and whether the date came with items open. Of one that was told to become late
 * at least eight in ten must be, and of those that are late eight in ten must have been
 * told. LATE_SEEDS="1 2" names the seeds.
 *
 * Seed 6, on which nothing was tuned: ten were told and late, none told and in time, one
 * late and not told; 31 days before the date. Three more were told and done, dropped or
 * not due yet. So what is told by forecast and never by date is right nearly always: the
 * company marks them done on the day after, with what is open left over.
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

enum { INITIATIVES = 80 };

/* One initiative with one date. */
struct promise {
    char id[70];
    struct date due;
    int64_t first; /* day when it was told to become late; 0: never */
    int64_t told;  /* days on which it stood, before the date */
    int64_t times; /* how often it began */
    bool stands;
    bool over;     /* the date passed while it was active */
    int64_t open;  /* then */
};

struct watched {
    struct promise v[INITIATIVES];
    size_t n;
};

static uint64_t seed;

static struct promise *promise_of(struct watched *w, const struct initiative *in)
{
    struct promise *p;

    for (size_t i = 0; i < w->n; i++) {
        if (str_eqz(in->node.id, w->v[i].id) && date_cmp(w->v[i].due, in->due) == 0)
            return &w->v[i];
    }
    assert_true(w->n < INITIATIVES);
    p = &w->v[w->n++];
    snprintf(p->id, sizeof p->id, "%.*s", STR_FMT(in->node.id));
    p->due = in->due;
    return p;
}

static bool number(struct company_store *s, const char *sql, struct str key, int64_t *ret,
                   struct err *e)
{
    return sql_int(s->db, sql, SQL_ARGS(SQL_S(key)), 0, ret, e);
}

static bool watch(struct watched *w, struct company_store *s, const struct initiative *in,
                  int64_t day, struct err *e)
{
    static const char firing[] = "SELECT count(*) FROM finding WHERE rule ="
                                 " 'late-initiative' AND state = 2 AND subject = ?";
    static const char open[] = "SELECT open FROM tally WHERE node = ?";
    struct promise *p;
    int64_t n;

    if (in->status != INITIATIVE_ACTIVE || in->due.year == 0)
        return true;
    p = promise_of(w, in);
    if (day >= date_to_days(in->due)) {
        if (p->over)
            return true;
        p->over = true;
        return number(s, open, in->node.id, &p->open, e);
    }
    if (!number(s, firing, arena_printf(s->a, "initiative %.*s", STR_FMT(in->node.id)), &n,
                e))
        return false;
    p->told += n > 0;
    p->times += n > 0 && !p->stands;
    p->stands = n > 0;
    if (n > 0 && p->first == 0)
        p->first = day;
    return true;
}

static bool each_day(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    const struct strategy *st = s->ev.strategy;
    bool more = true;

    for (size_t i = 0; i < st->n_initiatives; i++) {
        if (!watch(ctx, s, &st->initiatives[i], day, e))
            return false;
    }
    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    return true;
}

static void play(struct watched *w)
{
    struct err e;
    struct company *c = company_create(seed, &e);
    struct company_store *s;

    assert_non_null(c);
    s = company_store_open(c, &e);
    assert_non_null(s);
    if (!company_replay(s, COMPANY_FIRST, COMPANY_LAST, each_day, w, &e))
        fail_msg("%s", e.msg);
    company_store_close(s);
    company_destroy(c);
}

struct tally_of {
    size_t told_late, told_in_time, silent_late, silent_in_time, unknown, times, of;
    int64_t before;
};

static void count(const struct promise *p, struct tally_of *t)
{
    bool late = p->open > 0;

    t->times += (size_t)p->times;
    t->of += p->times > 0;
    if (!p->over) {
        t->unknown += p->told > 0; /* done, paused or dropped before, or not due yet */
        return;
    }
    t->told_late += p->told > 0 && late;
    t->told_in_time += p->told > 0 && !late;
    t->silent_late += p->told == 0 && late;
    t->silent_in_time += p->told == 0 && !late;
    t->before += p->told > 0 && late ? date_to_days(p->due) - p->first : 0;
}

static void what_was_foretold(void **state)
{
    struct watched *w = calloc(1, sizeof *w);
    struct tally_of t = {0};

    (void)state;
    assert_non_null(w);
    play(w);
    for (size_t i = 0; i < w->n; i++)
        count(&w->v[i], &t);
    assert_true(t.told_late >= 8);
    print_message("seed %d: told and late %zu, told and in time %zu, not told and late "
                  "%zu, not told and in time %zu, not known %zu; told %lld days before, "
                  "%zu times of %zu initiatives\n",
                  (int)seed, t.told_late, t.told_in_time, t.silent_late, t.silent_in_time,
                  t.unknown, (long long)(t.before / (int64_t)t.told_late), t.times,
                  t.of);
    assert_true(t.told_late * 10 >= (t.told_late + t.told_in_time) * 8);
    assert_true(t.told_late * 10 >= (t.told_late + t.silent_late) * 8);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_foretold)};
    const char *given = getenv("LATE_SEEDS");
    struct str rest = str_of(given != NULL ? given : "6"), one;
    int failed = 0;

    while (str_split(&rest, ' ', &one)) {
        if (!str_to_u64(one, &seed))
            return 1;
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}

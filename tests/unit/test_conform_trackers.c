/*
 * One suite for every row of `trackers[]`: whatever a server does, a sync
 * ends, what was not read in full is read again, the rest of the source goes
 * on, somebody is told why, and the token goes nowhere else. The servers are
 * in tests/conform; a tracker without one fails here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "tests/conform/conform.h"

/* What an undisturbed daemon knows: after its first sync, and a month later. */
struct truth {
    struct memory first, later;
    struct outcome first_out, later_out;
};

static struct truth truths[8];

static size_t number_of(const struct fixture *fx)
{
    size_t i = 0;

    while (fixtures[i] != fx) {
        i++;
    }
    assert_true(i < ARRAY_LEN(truths));
    return i;
}

/* Every scope is complete, nothing has failed. */
static void assert_complete(const struct run *r)
{
    const struct outcome *out = &r->out;

    if (out->source_failed) {
        run_fail(r, "the source has failed: %s", out->source_err.msg);
    }
    for (size_t i = 0; i < out->n_scopes; i++) {
        if (out->scopes[i].failed || !out->scopes[i].synced) {
            run_fail(r, "%s is not complete: %s", out->scopes[i].name,
                     out->scopes[i].err.msg);
        }
    }
    if (out->n_scopes != r->mem.n_scopes) {
        run_fail(r, "%zu of %zu scopes are complete", out->n_scopes, r->mem.n_scopes);
    }
}

static void grow_older(struct run *r)
{
    r->later = true;
    r->now = wall_add(SITE_LATER, DUR_H(1));
}

static const struct truth *truth_of(const struct fixture *fx)
{
    struct truth *t = &truths[number_of(fx)];
    struct run r;

    if (t->first.n_items > 0) {
        return t;
    }
    run_init(&r, fx);
    r.what = "the first sync, undisturbed";
    run_sync(&r);
    assert_complete(&r);
    t->first = r.mem;
    t->first_out = r.out;
    grow_older(&r);
    r.what = "a later sync, undisturbed";
    run_sync(&r);
    assert_complete(&r);
    t->later = r.mem;
    t->later_out = r.out;
    return t;
}

/* ---- the table of servers is complete ---- */

static void every_tracker_has_a_server(void **state)
{
    (void)state;
    for (size_t i = 0; trackers[i] != NULL; i++) {
        size_t n = 0;

        for (size_t j = 0; fixtures[j] != NULL; j++) {
            n += strcmp(fixtures[j]->type, trackers[i]->name) == 0;
        }
        if (n == 0) {
            fail_msg("no server in tests/conform plays '%s'", trackers[i]->name);
        }
    }
    for (size_t j = 0; fixtures[j] != NULL; j++) {
        assert_non_null(tracker_find(str_of(fixtures[j]->type)));
    }
}

static void undisturbed_syncs_read_everything(void **state)
{
    (void)state;
    for (size_t i = 0; fixtures[i] != NULL; i++) {
        const struct truth *t = truth_of(fixtures[i]);
        struct run r;

        assert_int_equal(t->first.n_scopes, 3);
        assert_true(t->first.n_items >= 21);
        assert_int_equal(t->later.n_items, t->first.n_items + 2);
        assert_false(memory_same_items(&t->first, &t->later));

        /* Nothing has happened since: nothing is told, no cursor moves. */
        run_init(&r, fixtures[i]);
        r.what = "a quiet sync";
        r.mem = t->later;
        grow_older(&r);
        for (int n = 0; n < 3; n++) {
            struct memory before = r.mem;

            r.now = wall_add(r.now, DUR_MIN(5));
            run_sync(&r);
            assert_complete(&r);
            assert_true(memory_same_items(&r.mem, &t->later));
            for (size_t s = 0; n > 0 && s < before.n_scopes; s++) {
                if (strcmp(before.scopes[s].cursor, r.mem.scopes[s].cursor) != 0) {
                    run_fail(&r, "%s: %s becomes %s", before.scopes[s].name,
                             before.scopes[s].cursor, r.mem.scopes[s].cursor);
                }
            }
        }
    }
}

/* ---- one fault ---- */

static bool is_in(unsigned kinds, enum err_kind kind)
{
    return (kinds & KIND(kind)) != 0;
}

static bool is_victims(const struct plan *p)
{
    return strcmp(p->class, "victim") == 0;
}

/* Who may suffer from it: the victim, or everything when the source was asked. */
static bool may_fail(const struct run *r, const char *scope, unsigned flags)
{
    return !is_victims(&r->plan) || strcmp(scope, r->fx->victim) == 0 ||
           ((flags & FAULT_SOURCE) != 0 && r->out.source_failed);
}

static void check_kind(const struct run *r, const struct expectation *want,
                       const struct err *e)
{
    if (!is_in(want->kinds, e->kind)) {
        run_fail(r, "became '%s': %s", err_kind_name(e->kind), e->msg);
    }
}

static void check_failures(const struct run *r, const struct expectation *want,
                           unsigned *ret_n)
{
    const struct outcome *out = &r->out;

    *ret_n = out->source_failed;
    if (out->source_failed) {
        check_kind(r, want, &out->source_err);
        if (is_victims(&r->plan) && (want->flags & FAULT_SOURCE) == 0) {
            run_fail(r, "stops the whole source: %s", out->source_err.msg);
        }
    }
    for (size_t i = 0; i < out->n_scopes; i++) {
        if (out->scopes[i].failed) {
            check_kind(r, want, &out->scopes[i].err);
            ++*ret_n;
        }
    }
}

/* The scopes that were not asked about are complete. */
static void check_others(const struct run *r, const struct expectation *want)
{
    const struct memory *m = &truth_of(r->fx)->first;
    size_t n = 0;

    for (size_t i = 0; i < r->out.n_scopes; i++) {
        n += r->out.scopes[i].synced;
        if (!r->out.scopes[i].synced && !r->out.scopes[i].disabled &&
            !may_fail(r, r->out.scopes[i].name, want->flags)) {
            run_fail(r, "%s is not complete", r->out.scopes[i].name);
        }
    }
    if (is_victims(&r->plan) && !r->out.source_failed && n + 1 < m->n_scopes) {
        run_fail(r, "%zu of %zu scopes are complete", n, m->n_scopes);
    }
}

static void check_outcome(const struct run *r)
{
    struct expectation want = run_expected(r);
    bool for_ever = r->plan.times == 0 && !r->out.unapplied;
    unsigned failures;

    check_failures(r, &want, &failures);
    check_others(r, &want);
    if ((want.flags & (FAULT_TRUE | FAULT_DISABLES)) != 0) {
        if (failures > 0) {
            run_fail(r, "fails");
        }
    } else if (for_ever && failures == 0 && (want.flags & FAULT_EITHER) == 0) {
        run_fail(r, "nobody is told");
    }
    if (for_ever && (want.flags & FAULT_PAUSE) != 0 && failures == 0 &&
        !r->out.paused) {
        run_fail(r, "neither pauses nor fails");
    }
}

/* What was missed is read by the next sync, and nothing else is amiss. */
static void check_recovery(struct run *r, const struct truth *t, bool later)
{
    const struct fault *f = r->plan.fault;

    r->plan.fault = NULL;
    r->lifo = false;
    r->now = later ? wall_add(SITE_LATER, DUR_DAY(20)) : wall_add(r->now, DUR_MIN(5));
    r->later = later;
    run_sync(r);
    r->plan.fault = f;
    assert_complete(r);
    if (!memory_same_items(&r->mem, later ? &t->later : &t->first)) {
        run_fail(r, "something is lost in the end");
    }
}

/* False: the sync has not come that far, or there was nothing to spoil. */
static bool try_plan(const struct fixture *fx, const struct plan *plan, bool later,
                     bool lifo)
{
    const struct truth *t = truth_of(fx);
    struct run r;

    run_init(&r, fx);
    r.plan = *plan;
    r.lifo = lifo;
    r.what = later ? "a later sync" : "the first sync";
    if (later) {
        r.mem = t->first;
        grow_older(&r);
    }
    run_sync(&r);
    if (r.out.fired == 0) {
        return false;
    }
    check_outcome(&r);
    if ((run_expected(&r).flags & FAULT_BELIEVED) != 0) {
        return true;
    }
    if (!later) {
        check_recovery(&r, t, false);
    }
    check_recovery(&r, t, true);
    return true;
}

static unsigned try_class(const struct fixture *fx, const struct fault *f,
                          const char *class, unsigned n, bool later)
{
    unsigned tried = 0;

    for (unsigned from = 0; from < n; from++) {
        for (unsigned times = 0; times < 2; times++) {
            struct plan plan = {
                .fault = f, .class = class, .from = from, .times = times};

            tried += try_plan(fx, &plan, later, (from + times) % 2 == 1);
        }
    }
    return tried;
}

static unsigned try_fault(const struct fixture *fx, const struct fault *f)
{
    const struct truth *t = truth_of(fx);
    unsigned tried = 0;

    for (int later = 0; later < 2; later++) {
        const struct outcome *out = later ? &t->later_out : &t->first_out;

        for (size_t c = 0; c < out->n_classes; c++) {
            if (strcmp(out->classes[c].name, "others") != 0) {
                tried += try_class(fx, f, out->classes[c].name, out->classes[c].n,
                                   later == 1);
            }
        }
    }
    return tried;
}

/* ---- beyond faults of answers ---- */

/* The daemon is killed after any answer; what was told till then is stored. */
static void a_crash_costs_nothing(void **state)
{
    unsigned crashes = 0;

    (void)state;
    for (size_t i = 0; fixtures[i] != NULL; i++) {
        const struct truth *t = truth_of(fixtures[i]);
        struct run r = {.out.crashed = true};

        for (unsigned after = 1; r.out.crashed; after++) {
            run_init(&r, fixtures[i]);
            r.what = "a sync that is cut off";
            r.lifo = after % 2 == 1;
            r.plan.crash_after = after;
            run_sync(&r);
            crashes += r.out.crashed;
            bool crashed = r.out.crashed;

            r.plan.crash_after = 0;
            r.what = "the sync after a crash";
            r.now = wall_add(r.now, DUR_S(10));
            run_sync(&r);
            assert_complete(&r);
            assert_true(memory_same_items(&r.mem, &t->first));
            grow_older(&r);
            run_sync(&r);
            assert_complete(&r);
            assert_true(memory_same_items(&r.mem, &t->later));
            r.out.crashed = crashed;
        }
    }
    assert_true(crashes > 30);
}

/* How many requests come before the first that reads issues. */
static unsigned preparations(const struct outcome *out)
{
    unsigned n = 0;

    for (size_t i = 0; i < out->n_classes; i++) {
        if (strcmp(out->classes[i].name, "victim") != 0 &&
            strcmp(out->classes[i].name, "others") != 0) {
            n += out->classes[i].n;
        }
    }
    return n;
}

static bool has_synced_all(const struct memory *m, size_t n)
{
    size_t synced = 0;

    for (size_t i = 0; i < m->n_scopes; i++) {
        synced += m->scopes[i].synced;
    }
    return synced == n;
}

/* It dies again and again, each time after as many pages as there are scopes. */
static void a_few_pages_at_a_time_are_enough(void **state)
{
    (void)state;
    for (size_t i = 0; fixtures[i] != NULL; i++) {
        const struct truth *t = truth_of(fixtures[i]);
        struct run r;
        unsigned n = 0;

        run_init(&r, fixtures[i]);
        r.what = "one of many short syncs";
        do {
            r.plan.crash_after =
                preparations(&t->first_out) + (unsigned)t->first.n_scopes;
            r.now = wall_add(r.now, DUR_S(10));
            run_sync(&r);
            if (++n > 60) {
                run_fail(&r, "does not get on");
            }
        } while (!has_synced_all(&r.mem, t->first.n_scopes));
        assert_true(memory_same_items(&r.mem, &t->first));
        assert_true(n > 1);
    }
}

/* Ours may be wrong; what changes must be noticed all the same. */
static void clocks_may_differ(void **state)
{
    static const int64_t skews[] = {
        INT64_C(-90) * 86400000, INT64_C(-3) * 86400000, -7200000, -1000, 1000, 7200000,
        INT64_C(3) * 86400000,   INT64_C(90) * 86400000};

    (void)state;
    for (size_t i = 0; fixtures[i] != NULL; i++) {
        const struct truth *t = truth_of(fixtures[i]);

        for (size_t k = 0; k < ARRAY_LEN(skews); k++) {
            struct run r;

            run_init(&r, fixtures[i]);
            r.what = "with clocks that differ";
            r.skew = DUR_MS(skews[k]);
            r.now = wall_add(r.now, DUR_MS(-skews[k]));
            run_sync(&r);
            assert_complete(&r);
            assert_true(memory_same_items(&r.mem, &t->first));
            grow_older(&r);
            r.now = wall_add(r.now, DUR_MS(-skews[k]));
            run_sync(&r);
            assert_complete(&r);
            if (!memory_same_items(&r.mem, &t->later)) {
                run_fail(&r, "our clock %lld s behind: something is lost",
                         (long long)skews[k] / 1000);
            }
        }
    }
}

/* A clock that was wrong once does not cost what happens after it was set. */
static void a_clock_that_was_set_right(void **state)
{
    (void)state;
    for (size_t i = 0; fixtures[i] != NULL; i++) {
        const struct truth *t = truth_of(fixtures[i]);
        struct run r;

        run_init(&r, fixtures[i]);
        r.what = "with a clock ahead";
        r.skew = DUR_DAY(-400);
        r.now = wall_add(r.now, DUR_DAY(400));
        run_sync(&r);
        assert_complete(&r);
        r.skew = DUR_MS(0);
        grow_older(&r);
        run_sync(&r);
        assert_complete(&r);
        assert_true(memory_same_items(&r.mem, &t->later));
    }
}

/* ---- one test for each server and fault ---- */

struct cell {
    const struct fixture *fx;
    const struct fault *f;
    char name[120];
};

static void is_withstood(void **state)
{
    const struct cell *c = *state;

    if (try_fault(c->fx, c->f) == 0) {
        fail_msg("'%s' never came to pass", c->f->name);
    }
}

static size_t add_cells(struct cell *cells, size_t n, size_t max,
                        const struct fixture *fx, const struct fault *list)
{
    for (const struct fault *f = list; f->name != NULL; f++) {
        assert_true(n < max);
        cells[n].fx = fx;
        cells[n].f = f;
        (void)snprintf(cells[n].name, sizeof cells[n].name, "%s: %s", fx->name,
                       f->name);
        n++;
    }
    return n;
}

int main(void)
{
    enum { MAX_CELLS = 600 };
    static struct cell cells[MAX_CELLS];
    static struct CMUnitTest tests[MAX_CELLS + 8] = {
        cmocka_unit_test(every_tracker_has_a_server),
        cmocka_unit_test(undisturbed_syncs_read_everything),
        cmocka_unit_test(a_crash_costs_nothing),
        cmocka_unit_test(a_few_pages_at_a_time_are_enough),
        cmocka_unit_test(clocks_may_differ),
        cmocka_unit_test(a_clock_that_was_set_right),
    };
    size_t n = 6, n_cells = 0;

    for (size_t i = 0; fixtures[i] != NULL; i++) {
        n_cells = add_cells(cells, n_cells, MAX_CELLS, fixtures[i], faults);
        n_cells =
            add_cells(cells, n_cells, MAX_CELLS, fixtures[i], fixtures[i]->faults);
    }
    for (size_t i = 0; i < n_cells; i++) {
        tests[n++] = (struct CMUnitTest){.name = cells[i].name,
                                         .test_func = is_withstood,
                                         .initial_state = &cells[i]};
    }
    int failed = _cmocka_run_group_tests("trackers", tests, n, NULL, NULL);

    conform_finish();
    return failed;
}

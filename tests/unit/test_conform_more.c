/*
 * What trackers ask beside the issues themselves, under the faults of
 * tests/conform/faults.c: listings of whole scopes and what they lack, projects,
 * histories, and the one search of a sync that remembers the last.
 *
 * Two syncs are spoilt: the one that brings news, minutes after the first, and
 * one that lists everything, a day later. Whatever is hit: every cursor is right,
 * nothing is lost in the end, what is there is not called vanished, the other
 * scopes go on, and somebody is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/conform/conform.h"

enum stage { NEWS, CENSUS, STAGES };

/* What an undisturbed daemon knows before and after each. */
struct truth {
    struct memory before[STAGES], after[STAGES];
    struct outcome out[STAGES];
};

static struct truth truths[4];

static void go_to(struct run *r, enum stage stage)
{
    r->later = r->soon = true;
    r->gone = r->list = stage == CENSUS;
    r->now = wall_add(SITE_START, stage == NEWS ? DUR_MIN(10) : DUR_H(26));
}

/* Every scope is complete, and listed where it was due; nothing has failed. */
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
        if (r->list && !out->scopes[i].listed) {
            run_fail(r, "%s is not listed", out->scopes[i].name);
        }
    }
    assert_int_equal(out->n_scopes, r->mem.n_scopes);
}

static void assert_same(const struct run *r, const struct memory *want)
{
    if (!memory_same_items(&r->mem, want)) {
        run_fail(r, "items are lost or others");
    }
    if (!memory_same_fates(&r->mem, want)) {
        run_fail(r, "what became of items is lost, or was not so");
    }
    if (!memory_same_histories(&r->mem, want)) {
        run_fail(r, "histories are lost or others");
    }
    if (!memory_blockers_agree(&r->mem, want)) {
        run_fail(r, "what items wait for is another");
    }
}

static const struct truth *truth_of(const struct fixture *fx)
{
    struct truth *t;
    struct run r;
    size_t i = 0;

    while (more_fixtures[i] != fx) {
        i++;
    }
    assert_true(i < ARRAY_LEN(truths));
    t = &truths[i];
    if (t->before[NEWS].n_items > 0) {
        return t;
    }
    run_init(&r, fx);
    r.what = "the first sync, undisturbed";
    run_sync(&r);
    assert_complete(&r);
    for (enum stage s = NEWS; s < STAGES; s++) {
        t->before[s] = r.mem;
        go_to(&r, s);
        r.what = s == NEWS ? "the news, undisturbed" : "a listing, undisturbed";
        run_sync(&r);
        assert_complete(&r);
        t->after[s] = r.mem;
        t->out[s] = r.out;
    }
    return t;
}

/* ---- the servers do what is to be spoilt ---- */

static size_t count(const struct memory *m, bool fates)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_items; i++) {
        n += fates ? m->items[i].fate != 0 : m->items[i].history != 0;
    }
    return n;
}

/* There is something to be spoilt. */
static void assert_asked(const struct outcome *out, const char *const *classes)
{
    for (size_t i = 0; classes[i] != NULL; i++) {
        size_t k = 0;

        while (k < out->n_classes && strcmp(out->classes[k].name, classes[i]) != 0) {
            k++;
        }
        if (k == out->n_classes) {
            fail_msg("nothing is asked of class '%s'", classes[i]);
        }
    }
}

static void undisturbed(void **state)
{
    (void)state;
    for (size_t i = 0; more_fixtures[i] != NULL; i++) {
        const struct fixture *fx = more_fixtures[i];
        const struct truth *t = truth_of(fx);
        size_t vanished = 0;

        while (fx->vanished[vanished] != NULL) {
            vanished++;
        }
        assert_asked(&t->out[NEWS], fx->news);
        assert_asked(&t->out[CENSUS], fx->census);
        assert_true(count(&t->before[NEWS], false) > 0);
        assert_false(memory_same_items(&t->before[NEWS], &t->after[NEWS]));
        assert_false(memory_same_histories(&t->before[NEWS], &t->after[NEWS]));
        assert_int_equal(count(&t->after[NEWS], true), 0);
        assert_int_equal(count(&t->after[CENSUS], true), vanished);
    }
}

/* ---- one fault ---- */

static bool is_class(const struct run *r, const char *name)
{
    return strcmp(r->plan.class, name) == 0;
}

/* Issues are read by this class itself: its scopes may fail. */
static bool reads_issues(const struct run *r)
{
    return is_class(r, "quiet") || is_class(r, "victim");
}

static void check_kind(const struct run *r, const struct expectation *want,
                       const struct err *e)
{
    if ((want->kinds & KIND(e->kind)) == 0) {
        run_fail(r, "became '%s': %s", err_kind_name(e->kind), e->msg);
    }
}

/* No listing is worth what is left of a limit, or a wait for its end. */
static bool is_limit(const struct run *r)
{
    return r->out.paused || (r->plan.fault->flags & FAULT_PAUSE) != 0 ||
           strncmp(r->plan.fault->name, "nothing remains", 15) == 0;
}

static void check_scopes(const struct run *r, const struct expectation *want)
{
    for (size_t i = 0; i < r->out.n_scopes; i++) {
        bool victim = strcmp(r->out.scopes[i].name, r->fx->victim) == 0;

        if (r->out.scopes[i].failed) {
            check_kind(r, want, &r->out.scopes[i].err);
        }
        if (r->out.source_failed || (victim && reads_issues(r))) {
            continue;
        }
        if (!r->out.scopes[i].synced) {
            run_fail(r, "%s is not complete: %s", r->out.scopes[i].name,
                     r->out.scopes[i].err.msg);
        }
        if (r->list && !victim && !is_limit(r) && !r->out.scopes[i].listed) {
            run_fail(r, "%s is not listed", r->out.scopes[i].name);
        }
    }
}

static bool has_all(const struct run *r, enum stage stage)
{
    const struct memory *want = &truth_of(r->fx)->after[stage];

    return memory_same_items(&r->mem, want) && memory_same_fates(&r->mem, want) &&
           memory_same_histories(&r->mem, want);
}

/* What is missing is told as a failure, as a note, or as a pause that it waits out. */
static void check_told(const struct run *r, enum stage stage,
                       const struct expectation *want)
{
    const unsigned fine = FAULT_TRUE | FAULT_EITHER | FAULT_DISABLES;
    bool told = r->out.source_failed || r->out.warned || r->out.paused;

    if (r->plan.times > 0 || r->out.unapplied || (want->flags & fine) != 0 ||
        has_all(r, stage)) {
        return;
    }
    for (size_t i = 0; i < r->out.n_scopes; i++) {
        told |= r->out.scopes[i].failed;
    }
    if (!told) {
        run_fail(r, "nobody is told");
    }
}

static void check_outcome(const struct run *r, enum stage stage)
{
    struct expectation want = run_expected(r);

    if (r->out.source_failed) {
        check_kind(r, &want, &r->out.source_err);
    }
    check_scopes(r, &want);
    check_told(r, stage, &want);
}

/* A day later all is well, and nothing was lost. */
static void check_recovery(struct run *r, enum stage stage)
{
    const struct fault *f = r->plan.fault;

    r->plan.fault = NULL;
    r->now = wall_add(r->now, DUR_H(26));
    run_sync(r);
    r->plan.fault = f;
    assert_complete(r);
    assert_same(r, &truth_of(r->fx)->after[stage]);
}

static unsigned try_plan(const struct fixture *fx, enum stage stage,
                         const struct plan *plan)
{
    struct run r;

    run_init(&r, fx);
    r.what = stage == NEWS ? "the news" : "a listing";
    r.mem = truth_of(fx)->before[stage];
    go_to(&r, stage);
    r.plan = *plan;
    run_sync(&r);
    if (r.out.fired == 0) {
        return 0;
    }
    check_outcome(&r, stage);
    if ((run_expected(&r).flags & FAULT_BELIEVED) == 0) {
        check_recovery(&r, stage);
    }
    return 1;
}

struct cell {
    const struct fixture *fx;
    const struct fault *f;
    char name[120];
};

/* Always; and, of every third fault, once: the next answer makes it good, or nothing
   does. How a fault is taken does not depend on that, and the time does. */
static void is_withstood(void **state)
{
    const struct cell *c = *state;
    bool once = (c->f - faults) % 3 == 0;

    for (enum stage s = NEWS; s < STAGES; s++) {
        const char *const *classes = s == NEWS ? c->fx->news : c->fx->census;

        for (size_t i = 0; classes[i] != NULL; i++) {
            struct plan plan = {.fault = c->f, .class = classes[i]};

            (void)try_plan(c->fx, s, &plan);
            plan.times = plan.from = 1;
            if (once) {
                (void)try_plan(c->fx, s, &plan);
            }
        }
    }
}

int main(void)
{
    enum { MAX_CELLS = 400 };
    static struct cell cells[MAX_CELLS];
    static struct CMUnitTest tests[MAX_CELLS + 1] = {cmocka_unit_test(undisturbed)};
    size_t n = 0;

    for (size_t i = 0; more_fixtures[i] != NULL; i++) {
        for (const struct fault *f = faults; f->name != NULL; f++) {
            struct cell *c = &cells[n++];

            assert_true(n <= MAX_CELLS);
            c->fx = more_fixtures[i];
            c->f = f;
            (void)snprintf(c->name, sizeof c->name, "%s: %s", c->fx->name, f->name);
            tests[n] = (struct CMUnitTest){
                .name = c->name, .test_func = is_withstood, .initial_state = c};
        }
    }
    int failed = _cmocka_run_group_tests("more of trackers", tests, n + 1, NULL, NULL);

    conform_finish();
    return failed;
}

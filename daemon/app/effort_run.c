#include "app/effort_run.h"

#include <stdlib.h>

#include "store/db.h"

static const struct dur pause_between = {60000};

struct effort_run {
    struct effort_deps deps;
    bool running, closing, began_once;
    struct mono began;
    void (*closed)(void *arg);
    void *closed_arg;
};

struct effort_op {
    struct effort_run *run;
    struct live *live; /* one reference */
    struct wall now;
    bool more;
};

static void next_step(struct effort_run *r);

static void finish_closing(struct effort_run *r)
{
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

static void over(struct effort_run *r, const struct err *failure)
{
    r->running = false;
    if (r->closing)
        finish_closing(r);
    else
        r->deps.ended(r->deps.arg, failure);
}

static bool step_on_engine(struct db *db, void *arg, struct err *e)
{
    struct effort_op *op = arg;

    return db_effort_step(db, &op->live->eval, op->now, &op->more, e);
}

static void step_done(void *arg, bool ok, const struct err *err)
{
    struct effort_op *op = arg;
    struct effort_run *r = op->run;
    bool more = op->more;

    live_unref(op->live);
    free(op);
    if (ok && more && !r->closing)
        next_step(r);
    else
        over(r, ok ? NULL : err);
}

static void next_step(struct effort_run *r)
{
    struct effort_op *op = calloc(1, sizeof(*op));
    struct err e;

    if (op == NULL) {
        err_nomem(&e);
        over(r, &e);
        return;
    }
    op->run = r;
    op->live = live_ref(r->deps.live(r->deps.arg));
    op->now = clock_wall(r->deps.clock);
    if (store_submit(r->deps.store, step_on_engine, step_done, op, &e))
        return;
    live_unref(op->live);
    free(op);
    over(r, &e);
}

bool effort_run_create(const struct effort_deps *deps, struct effort_run **ret,
                       struct err *e)
{
    struct effort_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    *ret = r;
    return true;
}

void effort_run_request(struct effort_run *r)
{
    struct mono now = clock_mono(r->deps.clock);

    if (r->running || r->closing ||
        (r->began_once && mono_since(now, r->began).ms < pause_between.ms))
        return;
    r->running = r->began_once = true;
    r->began = now;
    next_step(r);
}

bool effort_run_is_idle(const struct effort_run *r)
{
    return !r->running;
}

void effort_run_close(struct effort_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    if (!r->running)
        finish_closing(r);
}

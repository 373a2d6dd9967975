#include "app/suggest_run.h"

#include <stdlib.h>

#include "store/db.h"

struct suggest_run {
    struct suggest_deps deps;
    bool running, closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

struct suggest_op {
    struct suggest_run *run;
    struct live *live; /* one reference */
    bool more;
};

static void start(struct suggest_run *r);

static void finish_closing(struct suggest_run *r)
{
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

static bool step_on_engine(struct db *db, void *arg, struct err *e)
{
    struct suggest_op *op = arg;

    return db_suggest_step(db, op->live->strategy, &op->more, e);
}

static void stopped(struct suggest_run *r, const struct err *failure)
{
    r->running = false;
    r->deps.ended(r->deps.arg, failure);
}

static void step_done(void *arg, bool ok, const struct err *err)
{
    struct suggest_op *op = arg;
    struct suggest_run *r = op->run;
    bool more = op->more;

    live_unref(op->live);
    free(op);
    if (r->closing)
        finish_closing(r);
    else if (ok && more && r->deps.may(r->deps.arg))
        start(r);
    else
        stopped(r, ok ? NULL : err);
}

static void start(struct suggest_run *r)
{
    struct suggest_op *op = calloc(1, sizeof(*op));
    struct err e;

    r->running = true;
    if (op == NULL) {
        err_nomem(&e);
        stopped(r, &e);
        return;
    }
    op->run = r;
    op->live = live_ref(r->deps.live(r->deps.arg));
    if (store_submit(r->deps.store, step_on_engine, step_done, op, &e))
        return;
    live_unref(op->live);
    free(op);
    stopped(r, &e);
}

bool suggest_run_create(const struct suggest_deps *deps, struct suggest_run **ret,
                        struct err *e)
{
    struct suggest_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    *ret = r;
    return true;
}

void suggest_run_kick(struct suggest_run *r)
{
    if (!r->running && !r->closing && r->deps.may(r->deps.arg))
        start(r);
}

bool suggest_run_is_idle(const struct suggest_run *r)
{
    return !r->running;
}

void suggest_run_close(struct suggest_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    if (!r->running)
        finish_closing(r);
}

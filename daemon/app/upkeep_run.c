#include "app/upkeep_run.h"

#include <stdlib.h>

#include "store/db.h"

struct upkeep_run {
    struct upkeep_deps deps;
    bool running, done, closing;
    uv_timer_t timer;
    void (*closed)(void *arg);
    void *closed_arg;
};

struct upkeep_op {
    struct upkeep_run *run;
    struct live *live; /* one reference */
    struct wall now;
};

static void on_timer(uv_timer_t *t)
{
    upkeep_run_begin(t->data);
}

static void on_closed(uv_handle_t *h)
{
    struct upkeep_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

static bool work_on_engine(struct db *db, void *arg, struct err *e)
{
    struct upkeep_op *op = arg;
    const struct conf *c = op->live->conf;

    return db_upkeep(db, c->retention.spans, c->retention.audit, op->now, e);
}

static void over(struct upkeep_run *r, const struct err *failure)
{
    r->running = false;
    r->done = true;
    if (r->closing) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
        return;
    }
    uv_timer_start(&r->timer, on_timer, (uint64_t)DUR_H(1).ms, 0);
    r->deps.ended(r->deps.arg, failure);
}

static void work_done(void *arg, bool ok, const struct err *err)
{
    struct upkeep_op *op = arg;
    struct upkeep_run *r = op->run;

    live_unref(op->live);
    free(op);
    over(r, ok ? NULL : err);
}

bool upkeep_run_create(const struct upkeep_deps *deps, struct upkeep_run **ret,
                       struct err *e)
{
    struct upkeep_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    uv_timer_init(deps->loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

void upkeep_run_begin(struct upkeep_run *r)
{
    struct upkeep_op *op;
    struct err e;

    if (r->running || r->closing)
        return;
    r->running = true;
    op = calloc(1, sizeof(*op));
    if (op == NULL) {
        err_nomem(&e);
        over(r, &e);
        return;
    }
    op->run = r;
    op->live = live_ref(r->deps.live(r->deps.arg));
    op->now = clock_wall(r->deps.clock);
    if (store_submit(r->deps.store, work_on_engine, work_done, op, &e))
        return;
    live_unref(op->live);
    free(op);
    over(r, &e);
}

bool upkeep_run_is_done(const struct upkeep_run *r)
{
    return r->done && !r->running;
}

void upkeep_run_close(struct upkeep_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->timer);
    if (!r->running)
        uv_close((uv_handle_t *)&r->timer, on_closed);
}

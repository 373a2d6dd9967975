#include <stdlib.h>

#include "app/app_state.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/log.h"

struct clock_op {
    struct app *app;
    struct wall now;
    bool back;
};

static bool set_on_engine(struct db *db, void *arg, struct err *e)
{
    struct clock_op *op = arg;

    return op->back ? db_clock_set_back(db, op->now, e)
                    : db_clock_set(db, op->now, &op->back, e);
}

static void set_done(void *arg, bool ok, const struct err *err)
{
    struct clock_op *op = arg;
    struct app *a = op->app;

    if (!ok && !a->clock_untold)
        log_error("clock: %s", err->msg);
    if (ok && a->clock_untold && a->phase == STOP_NOT)
        eval_run_request(a->eval);
    a->clock_untold = !ok;
    a->clock_back = a->clock_back || (!ok && op->back);
    free(op);
}

static void tell_store(struct app *a, bool back)
{
    struct clock_op *op = calloc(1, sizeof(*op));
    struct err e;

    if (op == NULL) {
        log_error("clock: out of memory");
        return;
    }
    op->app = a;
    op->now = clock_wall(a->clock);
    op->back = back || a->clock_back;
    a->clock_back = false;
    if (store_submit(a->store, set_on_engine, set_done, op, &e))
        return;
    log_error("clock: %s", e.msg);
    free(op);
}

static void log_step(struct dur step)
{
    struct buf text;

    buf_init(&text, 100);
    date_print_dur(&text, DUR_MS(step.ms < 0 ? -step.ms : step.ms));
    log_warn("the clock was set %s by %s%s: every source is synced now",
             step.ms < 0 ? "back" : "forward", buf_cstr(&text),
             step.ms < 0 ? "" : ", or the machine slept");
    buf_finish(&text);
}

void app_look_at_clock(struct app *a)
{
    struct dur step = wall_watch_look(&a->wall);

    if (a->phase != STOP_NOT || !a->ready)
        return;
    if (step.ms == 0) {
        if (a->clock_untold)
            tell_store(a, false);
        return;
    }
    log_step(step);
    tell_store(a, step.ms < 0);
    for (size_t i = 0; i < a->n_syncs; i++)
        sync_run_clock_set(a->syncs[i]);
    for (size_t i = 0; i < a->n_outboxes; i++)
        outbox_run_kick(a->outboxes[i]);
    value_run_look(a->values, false);
    eval_run_request(a->eval);
}

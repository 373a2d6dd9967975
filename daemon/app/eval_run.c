#include "app/eval_run.h"

#include <stdlib.h>

#include "core/retry.h"

struct eval_run {
    struct eval_deps deps;
    bool wanted, running, closing;
    unsigned failures;
    uv_timer_t timer;
    struct eval_result total; /* of the round so far */
    void (*closed)(void *arg);
    void *closed_arg;
};

struct eval_op {
    struct eval_run *run;
    struct live *live; /* one reference */
    struct wall now;
    bool evaluated;
    struct eval_result result;
    unsigned frozen;
    struct wall next_group;
};

static void start(struct eval_run *r);

static void on_timer(uv_timer_t *t)
{
    eval_run_request(t->data);
}

static void on_closed(uv_handle_t *h)
{
    struct eval_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

/* Wakes for whichever comes first; at least hourly, so that a stepped clock heals. */
static void arm(struct eval_run *r, struct wall a, struct wall b)
{
    const int64_t longest = DUR_H(1).ms;
    int64_t now = clock_wall(r->deps.clock).ms, ms = longest;

    if (a.ms != 0 && a.ms - now < ms)
        ms = a.ms - now;
    if (b.ms != 0 && b.ms - now < ms)
        ms = b.ms - now;
    uv_timer_start(&r->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

static struct eval_op *op_create(struct eval_run *r)
{
    struct eval_op *op = calloc(1, sizeof(*op));

    if (op == NULL)
        return NULL;
    op->run = r;
    op->live = live_ref(r->deps.live(r->deps.arg));
    op->now = clock_wall(r->deps.clock);
    return op;
}

static void op_destroy(struct eval_op *op)
{
    live_unref(op->live);
    free(op);
}

static void round_failed(struct eval_run *r, const struct err *e)
{
    static const struct retry_policy policy = {.base = {1000}, .max = {60000}};
    struct dur wait = retry_wait(&policy, r->failures, UINT64_MAX / 2, DUR_MS(0));

    r->running = false;
    r->failures++;
    r->deps.ended(r->deps.arg, &r->total, e);
    if (!r->closing)
        uv_timer_start(&r->timer, on_timer, (uint64_t)wait.ms, 0);
}

static void round_over(struct eval_run *r, struct wall next_group)
{
    r->running = false;
    r->failures = 0;
    r->deps.ended(r->deps.arg, &r->total, NULL);
    if (r->closing)
        return;
    if (r->wanted)
        start(r);
    else
        arm(r, r->total.next_check, next_group);
}

static void finish_closing(struct eval_run *r)
{
    uv_close((uv_handle_t *)&r->timer, on_closed);
}

static bool submit(struct eval_run *r, store_run_fn *run, store_done_fn *done)
{
    struct eval_op *op = op_create(r);
    struct err e;

    if (op == NULL)
        err_nomem(&e);
    else if (store_submit(r->deps.store, run, done, op, &e))
        return true;
    if (op != NULL)
        op_destroy(op);
    round_failed(r, &e);
    return false;
}

/* What the last batch concludes is frozen at once: two transactions, one job. */
static bool eval_on_engine(struct db *db, void *arg, struct err *e)
{
    struct eval_op *op = arg;

    op->evaluated = db_evaluate(db, &op->live->eval, op->now, &op->result, e);
    return op->evaluated &&
           (op->result.more || (db_flush(db, &op->live->eval, op->now, &op->frozen,
                                         &op->next_group, e) &&
                                db_outbox_waits(db, &op->result.outbox, e)));
}

static void add_result(struct eval_result *sum, const struct eval_result *r)
{
    sum->items += r->items;
    sum->started += r->started;
    sum->fired += r->fired;
    sum->resolved += r->resolved;
    sum->replanned += r->replanned;
    sum->more = r->more;
    sum->next_check = r->next_check;
    sum->effort_due = r->effort_due;
    sum->suggest = r->suggest;
    sum->outbox = r->outbox;
}

static void eval_done(void *arg, bool ok, const struct err *err)
{
    struct eval_op *op = arg;
    struct eval_run *r = op->run;
    struct wall next_group = op->next_group;
    const bool closing = r->closing; /* the end of a round may close it */

    if (op->evaluated)
        add_result(&r->total, &op->result);
    op_destroy(op);
    if (!ok)
        round_failed(r, err);
    else if (!r->total.more)
        round_over(r, next_group);
    else if (!closing)
        submit(r, eval_on_engine, eval_done);
    else
        r->running = false;
    if (closing)
        finish_closing(r);
}

static void start(struct eval_run *r)
{
    r->running = true;
    r->deps.begins(r->deps.arg);
    r->wanted = false;
    r->total = (struct eval_result){0};
    uv_timer_stop(&r->timer);
    submit(r, eval_on_engine, eval_done);
}

bool eval_run_create(const struct eval_deps *deps, struct eval_run **ret, struct err *e)
{
    struct eval_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    uv_timer_init(deps->loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

void eval_run_request(struct eval_run *r)
{
    if (r->closing)
        return;
    r->wanted = true;
    if (!r->running)
        start(r);
}

bool eval_run_is_idle(const struct eval_run *r)
{
    return !r->running && !r->wanted;
}

void eval_run_close(struct eval_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->timer);
    if (!r->running)
        finish_closing(r);
}

#include "app/view_run.h"

#include <stdlib.h>

#include "base/log.h"

static const uint64_t spacing_ms = 200, failing_ms = 1000;

struct view_run {
    struct view_deps deps;
    bool touched, reading, closing, failing;
    uint64_t next; /* the loop's time before which no read begins */
    uint64_t started, shown; /* reads begun; the number of the one in force */
    struct arena *a;         /* of the row in force */
    struct status_row row;
    struct wall at;
    uv_timer_t timer;
    void (*closed)(void *arg);
    void *closed_arg;
};

struct view_op {
    struct view_run *run;
    uint64_t number;
    struct arena *a;
    struct status_row row;
};

static void start(struct view_run *r);

static void on_timer(uv_timer_t *t)
{
    start(t->data);
}

static void start_in(struct view_run *r, uint64_t ms)
{
    uv_timer_start(&r->timer, on_timer, ms, 0);
}

static void on_closed(uv_handle_t *h)
{
    struct view_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    arena_destroy(r->a);
    free(r);
    closed(arg);
}

static bool read_on_reader(struct db *db, void *arg, struct err *e)
{
    struct view_op *op = arg;

    return db_read_status(db, op->a, &op->row, e);
}

static void read_done(void *arg, bool ok, const struct err *err)
{
    struct view_op *op = arg;
    struct view_run *r = op->run;

    r->reading = false;
    if (ok) {
        arena_destroy(r->a);
        r->a = op->a;
        r->row = op->row;
        r->shown = op->number;
        r->at = clock_wall(r->deps.clock);
        r->failing = false;
    } else {
        if (!r->failing)
            log_error("status: %s", err->msg);
        r->failing = r->touched = true; /* what waits for this read still does */
        arena_destroy(op->a);
    }
    free(op);
    if (r->closing) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
        return;
    }
    r->next = uv_now(r->deps.loop) + (r->failing ? failing_ms : spacing_ms);
    if (r->touched)
        start_in(r, r->next - uv_now(r->deps.loop));
    r->deps.published(r->deps.arg);
}

static void start(struct view_run *r)
{
    struct view_op *op = calloc(1, sizeof(*op));
    struct err e;

    r->touched = false;
    if (op != NULL)
        op->a = arena_create((size_t)32 << 20);
    if (op != NULL && op->a != NULL) {
        op->run = r;
        op->number = ++r->started;
        r->reading = store_read(r->deps.store, read_on_reader, read_done, op, &e);
    }
    if (r->reading)
        return;
    if (op != NULL)
        arena_destroy(op->a);
    free(op);
    r->touched = true;
    start_in(r, spacing_ms);
}

bool view_run_create(const struct view_deps *deps, struct view_run **ret, struct err *e)
{
    struct view_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    uv_timer_init(deps->loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

void view_run_touch(struct view_run *r)
{
    uint64_t now = uv_now(r->deps.loop);

    if (r->closing)
        return;
    r->touched = true;
    if (r->reading)
        return;
    if (now < r->next) {
        start_in(r, r->next - now);
        return;
    }
    uv_timer_stop(&r->timer);
    start(r);
}

void view_run_touch_later(struct view_run *r)
{
    if (r->closing)
        return;
    r->touched = true;
    if (!r->reading && !uv_is_active((uv_handle_t *)&r->timer))
        start_in(r, spacing_ms);
}

const struct status_row *view_run_row(const struct view_run *r, struct wall *ret_at)
{
    *ret_at = r->at;
    return r->a != NULL ? &r->row : NULL;
}

uint64_t view_run_next(const struct view_run *r)
{
    return r->started + 1;
}

bool view_run_has_shown(const struct view_run *r, uint64_t number)
{
    return r->shown >= number;
}

bool view_run_is_idle(const struct view_run *r)
{
    return !r->reading && !r->touched;
}

void view_run_close(struct view_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->timer);
    if (!r->reading)
        uv_close((uv_handle_t *)&r->timer, on_closed);
}

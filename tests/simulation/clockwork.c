#include "tests/simulation/clockwork.h"

#include <assert.h>
#include <stddef.h>
#include <uv.h>

#include "base/attr.h"

enum { MAX_TIMERS = 64 };
static const uint64_t never_ms = (uint64_t)1 << 40;

struct timer {
    uv_timer_t *handle; /* the daemon's */
    uv_timer_cb cb;
    int64_t due;
    uint64_t repeat, order;
};

static struct {
    int64_t truth, mono, ahead, set_at;
    struct timer timers[MAX_TIMERS];
    size_t n;
    uint64_t starts, fired;
    bool closed; /* a handle */
} work;

/* ---- the clocks ---- */

static struct wall read_wall(void *ctx UNUSED)
{
    return (struct wall){work.truth + work.ahead};
}

static struct mono read_mono(void *ctx UNUSED)
{
    return (struct mono){work.mono};
}

const struct clock *clockwork_clock(void)
{
    static const struct clock clock = {read_wall, read_mono, NULL};

    return &clock;
}

void clockwork_init(struct wall truth)
{
    work.truth = truth.ms;
    work.mono = 1000000;
    work.ahead = work.set_at = 0;
    work.n = 0;
    work.starts = work.fired = 0;
}

struct wall clockwork_truth(void)
{
    return (struct wall){work.truth};
}

int64_t clockwork_mono(void)
{
    return work.mono;
}

void clockwork_advance(int64_t ms)
{
    work.truth += ms;
    work.mono += ms;
}

void clockwork_sleep(int64_t ms)
{
    work.truth += ms;
}

void clockwork_set(int64_t ahead)
{
    work.ahead = ahead;
    work.set_at = work.mono;
}

int64_t clockwork_since_set(void)
{
    return work.mono - work.set_at;
}

/* ---- timers ---- */

static struct timer *first(void)
{
    struct timer *ret = NULL;

    for (size_t i = 0; i < work.n; i++) {
        struct timer *t = &work.timers[i];

        if (ret == NULL || t->due < ret->due ||
            (t->due == ret->due && t->order < ret->order))
            ret = t;
    }
    return ret;
}

static struct timer *find(const uv_timer_t *handle)
{
    for (size_t i = 0; i < work.n; i++) {
        if (work.timers[i].handle == handle)
            return &work.timers[i];
    }
    return NULL;
}

static void forget(const uv_timer_t *handle)
{
    struct timer *t = find(handle);

    if (t != NULL)
        *t = work.timers[--work.n];
}

int64_t clockwork_next(void)
{
    const struct timer *t = first();

    return t != NULL ? t->due : INT64_MAX;
}

uint64_t clockwork_fired(void)
{
    return work.fired;
}

bool clockwork_has_closed(void)
{
    bool ret = work.closed;

    work.closed = false;
    return ret;
}

/* ---- in place of libuv's, by the linker ---- */

int __real_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout,
                          uint64_t repeat);
int __real_uv_timer_stop(uv_timer_t *handle);
void __real_uv_close(uv_handle_t *handle, uv_close_cb cb);
int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout,
                          uint64_t repeat);
int __wrap_uv_timer_stop(uv_timer_t *handle);
uint64_t __wrap_uv_timer_get_due_in(const uv_timer_t *handle);
uint64_t __wrap_uv_now(const uv_loop_t *loop);
void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb);

static void on_never(uv_timer_t *handle UNUSED)
{
    assert(false);
}

/* In libuv it is a timer that is never due, so that it is active and keeps the loop. */
int __wrap_uv_timer_start(uv_timer_t *handle, uv_timer_cb cb, uint64_t timeout,
                          uint64_t repeat)
{
    int rc = __real_uv_timer_start(handle, on_never, never_ms, 0);

    forget(handle);
    if (rc != 0)
        return rc;
    assert(work.n < MAX_TIMERS);
    work.timers[work.n++] = (struct timer){handle, cb, work.mono + (int64_t)timeout,
                                           repeat, work.starts++};
    return 0;
}

int __wrap_uv_timer_stop(uv_timer_t *handle)
{
    forget(handle);
    return __real_uv_timer_stop(handle);
}

uint64_t __wrap_uv_timer_get_due_in(const uv_timer_t *handle)
{
    const struct timer *t = find(handle);

    return t != NULL && t->due > work.mono ? (uint64_t)(t->due - work.mono) : 0;
}

uint64_t __wrap_uv_now(const uv_loop_t *loop UNUSED)
{
    return (uint64_t)work.mono;
}

void __wrap_uv_close(uv_handle_t *handle, uv_close_cb cb)
{
    if (handle->type == UV_TIMER)
        forget((const uv_timer_t *)(const void *)handle);
    work.closed = true;
    __real_uv_close(handle, cb);
}

bool clockwork_fire(void)
{
    struct timer *t = first(), due;

    if (t == NULL || t->due > work.mono)
        return false;
    due = *t;
    work.fired++;
    __wrap_uv_timer_stop(due.handle);
    if (due.repeat > 0)
        (void)__wrap_uv_timer_start(due.handle, due.cb, due.repeat, due.repeat);
    due.cb(due.handle);
    return true;
}

#include "app/sync_run.h"

#include <stdlib.h>
#include <string.h>

#include "app/sync_step.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/sign.h"
#include "core/cycle.h"
#include "core/hourly.h"
#include "core/retry.h"

struct sync_run {
    struct sync_deps deps;
    char name[128];
    enum cycle_state state;
    bool again;    /* one more sync after this one */
    bool asked;    /* the next sync was asked for, and does not come of itself */
    bool stepped;  /* the clock was, since this one began */
    bool closing;
    struct live *live; /* of the sync that runs: one reference */
    struct sync_session session;
    struct call *calls;       /* requests on the wire */
    unsigned n_calls, n_ops;  /* on the wire; on the engine */
    struct err failure;       /* of the sync itself; kind ERR_NONE: none */
    struct err scope_failure; /* a scope's, or the whole source's, of this sync */
    bool whole;               /* the source itself failed */
    struct buf report;        /* failures of this sync, one a line */
    uint64_t reported;        /* hash of what the log was last told */
    struct err store_error;   /* of the last sync, where the store failed it */
    unsigned failures;        /* syncs in a row */
    int64_t ended;            /* syncs since the start */
    struct hourly requests;
    uv_timer_t tick, wait;
    unsigned open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* One request on the wire. */
struct call {
    struct sync_run *run;
    struct http_call *http;
    uint32_t tag;
    struct call *next;
};

static void on_event(struct sync_run *r, enum cycle_event event, struct sync_step *st);

struct end_op {
    struct sync_run *run;
    struct wall now;
};

static bool end_on_engine(struct db *db, void *arg, struct err *e)
{
    struct end_op *op = arg;
    struct sync_run *r = op->run;

    return db_sync_end(db, &r->session.source->tracker,
                       r->failure.kind == ERR_NONE ? NULL : &r->failure, op->now, e);
}

static struct sync_step *new_step(struct sync_run *r)
{
    struct sync_step *st = sync_step_create(&r->session, clock_wall(r->deps.clock));

    if (st != NULL)
        st->owner = r;
    return st;
}

static void fail_with(struct sync_run *r, const struct err *e)
{
    if (r->failure.kind == ERR_NONE)
        r->failure = *e;
}

static void drained(struct sync_run *r)
{
    if (r->state == CYCLE_STOPPING && r->n_ops == 0)
        on_event(r, CYCLE_ON_DRAINED, NULL);
}

/* Collected, and written at the end if it is not what the last sync said. */
static void report_failures(struct sync_run *r, const struct sync_step *st)
{
    for (size_t i = 0; i < st->n_failures; i++) {
        const struct scope_event *f = &st->failures[i];

        /* One that passes is spoken of first: it decides when to try again. */
        if (r->scope_failure.kind == ERR_NONE || f->scope.n == 0 ||
            (!r->whole && retry_is_lasting(r->scope_failure.kind)))
            r->scope_failure = f->err;
        r->whole |= f->scope.n == 0;
        if (!str_has_prefix(str_of(f->err.msg), f->scope)) /* most name it themselves */
            buf_printf(&r->report, "%.*s: ", STR_FMT(f->scope));
        buf_printf(&r->report, "%s\n", f->err.msg);
    }
}

static void log_report(struct sync_run *r)
{
    if (r->failure.kind != ERR_NONE && r->failure.kind != ERR_CANCELED)
        buf_printf(&r->report, "%s\n", r->failure.msg);

    struct str rest = buf_str(&r->report), line;
    uint64_t h = hash64(rest.p, rest.n, 0);

    if (h != r->reported && rest.n == 0)
        log_info("source %s: every part of it is read again", r->name);
    while (h != r->reported && str_split(&rest, '\n', &line))
        log_warn("source %s: %.*s", r->name, STR_FMT(line));
    r->reported = h;
    buf_clear(&r->report);
}

static bool has_stored(const struct sync_step *st)
{
    return st->applied &&
           (st->stats.scope_synced || st->stats.changed + st->stats.fates > 0);
}

/* It waits for a time of the clock as it was: a tracker that still refuses says so again. */
static void give_up_wait(struct sync_run *r)
{
    if (r->state == CYCLE_WAITING && r->stepped)
        on_event(r, CYCLE_ON_CANCEL, NULL);
}

static void step_done(void *arg, bool ok, const struct err *err)
{
    struct sync_step *st = arg;
    struct sync_run *r = st->owner;
    enum cycle_event event = CYCLE_ON_ASK;
    bool news = !ok || has_stored(st) || st->n_failures > 0 ||
                st->next == TRACKER_WAIT || (st->begin && r->ended == 0);

    r->n_ops--;
    report_failures(r, st);
    if (has_stored(st) && !st->ended) /* the end is told anyway */
        r->deps.hooks.stored(r->deps.hooks.arg);
    if (!ok) {
        fail_with(r, err);
        event = CYCLE_ON_FAIL;
    } else if (st->n_out == 0 && r->n_calls == 0 && r->n_ops == 0) {
        if (st->next == TRACKER_DONE)
            event = CYCLE_ON_DONE;
        else if (st->next == TRACKER_WAIT)
            event = CYCLE_ON_WAIT;
    }
    on_event(r, event, st);
    sync_step_destroy(st);
    give_up_wait(r);
    if (news)
        r->deps.hooks.state(r->deps.hooks.arg);
    drained(r);
}

/* Takes the step. */
static bool submit(struct sync_run *r, struct sync_step *st, struct err *e)
{
    unsigned used = r->n_calls;

    st->max_out = used >= SYNC_STEP_OUT ? 0 : SYNC_STEP_OUT - used;
    if (!store_submit(r->deps.store, sync_step_run, step_done, st, e)) {
        sync_step_destroy(st);
        return false;
    }
    r->n_ops++;
    return true;
}

static void submit_or_fail(struct sync_run *r, struct sync_step *st)
{
    struct err e;

    if (st == NULL)
        err_nomem(&e);
    else if (submit(r, st, &e))
        return;
    fail_with(r, &e);
    on_event(r, CYCLE_ON_FAIL, NULL);
}

/* One that may end the sync. A refused request's may not: the next is still to be sent. */
static void submit_alone(struct sync_run *r, struct sync_step *st)
{
    if (st != NULL)
        st->may_end = r->n_calls == 0 && r->n_ops == 0 && r->failure.kind == ERR_NONE;
    submit_or_fail(r, st);
}

static void unlink_call(struct call *c)
{
    struct call **p = &c->run->calls;

    while (*p != c)
        p = &(*p)->next;
    *p = c->next;
    c->run->n_calls--;
}

static void answered(void *arg, const struct http_response *resp, const struct err *err)
{
    struct call *c = arg;
    struct sync_run *r = c->run;
    struct sync_step *st = new_step(r);

    unlink_call(c);
    if (st != NULL && !sync_step_take_answer(st, c->tag, resp, err)) {
        sync_step_destroy(st);
        st = NULL;
    }
    free(c);
    if (st == NULL) {
        struct err e;

        err_nomem(&e);
        fail_with(r, &e);
        on_event(r, CYCLE_ON_FAIL, NULL);
        return;
    }
    on_event(r, CYCLE_ON_ANSWER, st);
}

static void send_one(struct sync_run *r, const struct tracker_request *req)
{
    struct call *c = calloc(1, sizeof(*c));
    struct sync_step *st;
    struct err e;

    if (c == NULL) {
        err_nomem(&e);
        fail_with(r, &e);
        return;
    }
    c->run = r;
    c->tag = req->tag;
    if (http_start(r->deps.http, &req->http, answered, c, &c->http, &e)) {
        c->next = r->calls;
        r->calls = c;
        r->n_calls++;
        hourly_add(&r->requests, clock_mono(r->deps.clock));
        return;
    }
    free(c);
    /* Refused before anything was sent: the tracker is told like of any failure. */
    st = new_step(r);
    if (st != NULL && sync_step_take_answer(st, req->tag, NULL, &e)) {
        submit_or_fail(r, st);
    } else {
        sync_step_destroy(st);
        fail_with(r, &e);
    }
}

static void cancel_calls(struct sync_run *r)
{
    while (r->calls != NULL) {
        struct call *c = r->calls;

        http_cancel(c->http);
        unlink_call(c);
        free(c);
    }
}

/* ---- timers ---- */

static uint64_t random64(void)
{
    uint64_t v = 0;
    struct err e;

    if (!sign_random(&v, sizeof(v), &e))
        v = 0;
    return v;
}

static void tick(struct sync_run *r)
{
    if (r->closing)
        return;
    if (r->state == CYCLE_IDLE)
        uv_timer_stop(&r->tick);
    on_event(r, CYCLE_ON_TICK, NULL);
}

static void on_tick(uv_timer_t *t)
{
    tick(t->data);
}

static void on_waited(uv_timer_t *t)
{
    on_event(t->data, CYCLE_ON_WAITED, NULL);
}

static void arm_tick(struct sync_run *r, struct dur in)
{
    if (!r->deps.once)
        uv_timer_start(&r->tick, on_tick, (uint64_t)in.ms, 0);
}

static struct dur next_wait(struct sync_run *r, const struct err *failure)
{
    const struct live *l = r->deps.hooks.live(r->deps.hooks.arg);
    const struct conf_source *src = l ? live_source(l, sync_run_name(r)) : NULL;
    const struct retry_sync s = {
        .interval = src != NULL ? DUR_MS(src->tracker.interval.ms) : DUR_MIN(5),
        .failure = failure,
        .whole = r->whole,
        .failures = r->failures,
    };

    return retry_sync_wait(&s, random64());
}

/* ---- actions ---- */

static void do_begin(struct sync_run *r)
{
    struct live *l = r->deps.hooks.live(r->deps.hooks.arg);
    const struct conf_source *src = live_source(l, sync_run_name(r));
    struct sync_step *st = new_step(r);
    struct err e;

    err_clear(&r->failure);
    err_clear(&r->scope_failure);
    r->whole = false;
    r->again = false;
    r->stepped = false;
    if (src == NULL || st == NULL) { /* src: a source that a reload removed */
        sync_step_destroy(st);
        err_set(&e, ERR_CANCELED, "no longer configured");
        fail_with(r, &e);
        on_event(r, CYCLE_ON_CANCEL, NULL);
        drained(r);
        return;
    }
    r->live = live_ref(l);
    r->session.source = src;
    r->session.all = r->asked;
    r->asked = false;
    st->begin = true;
    submit_alone(r, st);
}

static void do_send(struct sync_run *r, const struct sync_step *st)
{
    for (unsigned i = 0; i < st->n_out && r->state == CYCLE_RUNNING; i++)
        send_one(r, &st->out[i]);
    if (r->n_calls == 0 && r->n_ops == 0 && r->state == CYCLE_RUNNING) {
        /* Nothing is out and nothing will come: a tracker that idles for ever
           is our bug; a failed start has left its reason. */
        struct err e;

        err_set(&e, ERR_REMOTE, "no request could be started");
        fail_with(r, &e);
        on_event(r, CYCLE_ON_FAIL, NULL);
    }
}

static void do_arm(struct sync_run *r, const struct sync_step *st)
{
    int64_t ms = wall_since(st->until, clock_wall(r->deps.clock)).ms;

    uv_timer_start(&r->wait, on_waited, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void end_done(void *arg, bool ok, const struct err *err)
{
    struct end_op *op = arg;
    struct sync_run *r = op->run;

    free(op);
    r->n_ops--;
    if (!ok)
        fail_with(r, err);
    on_event(r, CYCLE_ON_ENDED, NULL);
}

static void do_end(struct sync_run *r, const struct sync_step *st)
{
    struct end_op *op;
    struct err e;

    cancel_calls(r);
    uv_timer_stop(&r->wait);
    if (st != NULL && st->ended) {
        on_event(r, CYCLE_ON_ENDED, NULL);
        return;
    }
    op = calloc(1, sizeof(*op));
    if (op == NULL) {
        err_nomem(&e);
    } else {
        op->run = r;
        op->now = clock_wall(r->deps.clock);
        if (r->session.source != NULL &&
            store_submit(r->deps.store, end_on_engine, end_done, op, &e)) {
            r->n_ops++;
            return;
        }
        free(op);
    }
    fail_with(r, &e);
    /* The steps still queued come back first; then there is nothing to wait for. */
    r->state = CYCLE_STOPPING;
    drained(r);
}

static void closed_one(uv_handle_t *h)
{
    struct sync_run *r = h->data;

    if (--r->open_handles > 0)
        return;
    inflater_destroy(r->session.inflater);
    buf_finish(&r->session.secret);
    buf_finish(&r->report);
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;
    free(r);
    closed(arg);
}

static void close_handles(struct sync_run *r)
{
    uv_close((uv_handle_t *)&r->tick, closed_one);
    uv_close((uv_handle_t *)&r->wait, closed_one);
}

/* A store that cannot write cannot keep that it could not. */
static void keep_store_error(struct sync_run *r)
{
    enum err_kind k = r->failure.kind;

    err_clear(&r->store_error);
    if (k == ERR_FULL || k == ERR_STORE || k == ERR_CORRUPT)
        r->store_error = r->failure;
}

static void do_finish(struct sync_run *r)
{
    const struct err *failure = r->failure.kind != ERR_NONE         ? &r->failure
                                : r->scope_failure.kind != ERR_NONE ? &r->scope_failure
                                                                    : NULL;

    if (r->session.source != NULL)
        r->session.source->ops->destroy(r->session.tracker);
    r->session.tracker = NULL;
    r->session.source = NULL;
    live_unref(r->live);
    r->live = NULL;
    if (r->closing) {
        close_handles(r);
        return;
    }
    log_report(r);
    r->whole |= r->failure.kind != ERR_NONE;
    keep_store_error(r);
    if (failure == NULL)
        r->failures = 0;
    else if (failure->kind != ERR_CANCELED)
        r->failures++;
    r->ended++;
    arm_tick(r, r->again ? DUR_MS(0) : next_wait(r, failure));
    r->deps.hooks.ended(r->deps.hooks.arg, r, failure);
    r->deps.hooks.state(r->deps.hooks.arg);
}

static void do_abort(struct sync_run *r)
{
    struct err e;

    err_set(&e, ERR_CANCELED, "stopped");
    fail_with(r, &e);
    cancel_calls(r);
    uv_timer_stop(&r->wait);
}

/* `st`: the step that brought ASK, WAIT, DONE (borrowed), or ANSWER (taken). */
static void on_event(struct sync_run *r, enum cycle_event event, struct sync_step *st)
{
    enum cycle_state from = r->state;
    enum cycle_action action;

    if (!cycle_step(&r->state, event, &action)) {
        log_error("source %s: bug: %s while %s", r->name, cycle_event_name(event),
                  cycle_state_name(from));
        return;
    }
    switch (action) {
    case CYCLE_DO_BEGIN:
        do_begin(r);
        break;
    case CYCLE_DO_REMEMBER:
        r->again = true;
        break;
    case CYCLE_DO_SEND:
        do_send(r, st);
        break;
    case CYCLE_DO_FEED:
        submit_alone(r, st);
        break;
    case CYCLE_DO_STEP:
        submit_alone(r, new_step(r));
        break;
    case CYCLE_DO_ARM:
        do_arm(r, st);
        break;
    case CYCLE_DO_END:
        do_end(r, st);
        break;
    case CYCLE_DO_ABORT:
        do_abort(r);
        break;
    case CYCLE_DO_FINISH:
        do_finish(r);
        break;
    case CYCLE_DO_NOTHING:
    case CYCLE_ACTION_COUNT:
        break;
    }
}

/* ---- public ---- */

bool sync_run_create(const struct sync_deps *deps, struct str name, struct dur paused,
                     struct sync_run **ret, struct err *e)
{
    struct sync_run *r = calloc(1, sizeof(*r));

    if (r == NULL || name.n >= sizeof(r->name)) {
        free(r);
        return err_nomem(e);
    }
    r->deps = *deps;
    memcpy(r->name, name.p, name.n);
    r->session.inflater = inflater_create();
    if (r->session.inflater == NULL) {
        free(r);
        return err_nomem(e);
    }
    buf_init(&r->report, 8192);
    buf_init_secret(&r->session.secret, SYNC_SECRET_MAX);
    r->reported = hash64(NULL, 0, 0);
    uv_timer_init(deps->loop, &r->tick);
    uv_timer_init(deps->loop, &r->wait);
    r->tick.data = r;
    r->wait.data = r;
    r->open_handles = 2;
    arm_tick(r, DUR_MS(paused.ms + (int64_t)(random64() % 200)));
    *ret = r;
    return true;
}

struct str sync_run_name(const struct sync_run *r)
{
    return str_of(r->name);
}

void sync_run_tick(struct sync_run *r)
{
    r->asked = true;
    tick(r);
}

void sync_run_clock_set(struct sync_run *r)
{
    r->stepped = r->state != CYCLE_IDLE && !r->deps.once;
    sync_run_tick(r);
    give_up_wait(r);
    drained(r);
}

bool sync_run_is_running(const struct sync_run *r)
{
    return r->state != CYCLE_IDLE || r->again; /* one more begins at once */
}

struct wall sync_run_next_due(const struct sync_run *r)
{
    const uv_timer_t *t = r->state == CYCLE_WAITING ? &r->wait : &r->tick;

    if (!uv_is_active((const uv_handle_t *)t))
        return (struct wall){0};
    return wall_add(clock_wall(r->deps.clock), DUR_MS((int64_t)uv_timer_get_due_in(t)));
}

const struct err *sync_run_store_error(const struct sync_run *r)
{
    return &r->store_error;
}

int64_t sync_run_requests(struct sync_run *r)
{
    return hourly_sum(&r->requests, clock_mono(r->deps.clock));
}

int64_t sync_run_count(const struct sync_run *r)
{
    return r->ended;
}

void sync_run_close(struct sync_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->tick);
    on_event(r, CYCLE_ON_CANCEL, NULL);
    if (r->state == CYCLE_IDLE)
        close_handles(r);
    else
        drained(r);
}

#include "app/outbox_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/outbox_step.h"
#include "base/log.h"

static const struct dur gap = {1000}; /* Slack: one message a second per webhook, */
static const struct dur edit_gap = {1200}; /* and 50 changes a minute: its tier 3 */
/* Tried for at least so long before it is given up: its age may be that of a clock that
   was set, or of a machine that was off. */
static const struct dur fair_try = {3600000};

struct outbox_run {
    struct outbox_deps deps;
    char channel[128];
    enum { IDLE, CLAIMING, POSTING, RECORDING } state;
    bool again, closing;
    struct outbox_step *op; /* the message at hand */
    struct http_call *call;
    struct mono last_post;
    struct dur gap; /* from it to the next */
    bool posted_before;
    size_t delivered; /* since the start */
    int64_t trying; /* the message that failed last; since when it does */
    struct mono trying_since;
    struct err store_error; /* what the store failed by last */
    enum { HEALTH_UNKNOWN, HEALTH_WELL, HEALTH_DEAD } health;
    uv_timer_t timer;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void claim(struct outbox_run *r);
static void record(struct outbox_run *r);

static void on_closed(uv_handle_t *h)
{
    struct outbox_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

static void rest(struct outbox_run *r)
{
    outbox_step_destroy(r->op);
    r->op = NULL;
    r->state = IDLE;
    if (r->closing)
        uv_close((uv_handle_t *)&r->timer, on_closed);
    else
        r->deps.state(r->deps.arg);
}

static void on_timer(uv_timer_t *t)
{
    struct outbox_run *r = t->data;

    if (r->state == RECORDING)
        record(r);
    else
        outbox_run_kick(r);
}

/* Once for each that differs: the store is asked again every second. */
static void store_failed(struct outbox_run *r, const char *what, const struct err *e)
{
    if (strcmp(r->store_error.msg, e->msg) == 0)
        return;
    log_error("channel %s: %s: %s", r->channel, what, e->msg);
    r->store_error = *e;
    r->deps.state(r->deps.arg);
}

/* At most an hour ahead, so that a stepped clock heals. */
static void arm(struct outbox_run *r, struct wall at)
{
    int64_t ms = wall_since(at, clock_wall(r->deps.clock)).ms;
    int64_t since = mono_since(clock_mono(r->deps.clock), r->last_post).ms;

    if (r->posted_before && r->gap.ms - since > ms)
        ms = r->gap.ms - since;
    if (ms > DUR_H(1).ms)
        ms = DUR_H(1).ms;
    uv_timer_start(&r->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

/* ---- record ---- */

static bool record_on_engine(struct db *db, void *arg, struct err *e)
{
    return outbox_step_record(db, arg, e);
}

/*
 * The message has left, or not: that must not be forgotten, or the row would stay
 * "attempting" and hold up its channel. While the disk is full it is tried again;
 * a stop in between is a crash's case: the next start sends it again, marked so.
 */
static void record_later(struct outbox_run *r, const struct err *e)
{
    store_failed(r, "what came of a message could not be recorded yet", e);
    if (r->closing)
        rest(r);
    else
        uv_timer_start(&r->timer, on_timer, (uint64_t)gap.ms, 0);
}

/* Rules look at a channel that begins to refuse for good, and at one that takes messages
   again; what it was before the start they know and this does not. */
static void look_at_health(struct outbox_run *r)
{
    enum chat_verdict v = r->op->outcome.verdict;
    bool dead = v == CHAT_DEAD;

    if ((v != CHAT_DELIVERED && !dead) ||
        r->health == (dead ? HEALTH_DEAD : HEALTH_WELL))
        return;
    r->health = dead ? HEALTH_DEAD : HEALTH_WELL;
    if (dead)
        log_error("channel %s refuses for good: %.*s", r->channel,
                  STR_FMT(r->op->outcome.reason));
    r->deps.news(r->deps.arg);
}

static void record_done(void *arg, bool ok, const struct err *err)
{
    struct outbox_step *op = arg;
    struct outbox_run *r = op->owner;

    if (!ok) {
        record_later(r, err);
        return;
    }
    err_clear(&r->store_error);
    r->delivered += r->op->outcome.verdict == CHAT_DELIVERED;
    r->deps.sent(r->deps.arg, str_of(r->channel), op->m.id, &op->outcome);
    look_at_health(r);
    r->again = true; /* there may be more */
    rest(r);
    if (!r->closing)
        arm(r, (struct wall){0});
}

static void record(struct outbox_run *r)
{
    struct err e;

    r->state = RECORDING;
    r->op->now = clock_wall(r->deps.clock);
    if (!store_submit(r->deps.store, record_on_engine, record_done, r->op, &e))
        record_later(r, &e);
}

/* ---- post ---- */

static bool is_tried_for_long(struct outbox_run *r, const struct outbox_step *op)
{
    struct mono now = clock_mono(r->deps.clock);

    if (r->trying != op->m.id) {
        r->trying = op->m.id;
        r->trying_since = now;
    }
    return mono_since(now, r->trying_since).ms > fair_try.ms;
}

static void judge(struct outbox_run *r, enum chat_verdict v, struct dur after,
                  const struct err *why)
{
    bool for_long = v == CHAT_RETRY && is_tried_for_long(r, r->op);

    outbox_step_judge(r->op, v, after, why, for_long);
}

static void answered(void *arg, const struct http_response *resp, const struct err *err)
{
    struct outbox_run *r = arg;
    struct outbox_step *op = r->op;
    struct dur after = {0};
    struct err why;
    enum chat_verdict v;

    r->call = NULL;
    err_clear(&why);
    op->now = clock_wall(r->deps.clock);
    op->outcome.status = resp ? resp->status : 0;
    v = op->channel->ops->judge(&op->channel->chat, resp, err, op->now, &after, &why);
    if (v == CHAT_DEAD && op->to_person) /* others may well be reached */
        v = CHAT_REJECTED;
    judge(r, v, after, &why);
    if (v == CHAT_DELIVERED && op->channel->ops->receipt != NULL)
        op->outcome.receipt =
            op->channel->ops->receipt(&op->channel->chat, resp, op->a);
    outbox_step_log(op);
    record(r);
}

static void print_dry(const struct outbox_run *r, const struct outbox_step *op)
{
    printf("# channel %s (%.*s)\n%.*s\n", r->channel, STR_FMT(op->channel->chat.type),
           STR_FMT(op->words));
    fflush(stdout);
}

static void log_lines(const struct outbox_run *r, struct str text)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        if (line.n > 0)
            log_info("%s: %.*s", r->channel, STR_FMT(line));
    }
}

static void delivered_here(struct outbox_run *r)
{
    struct err none;

    err_clear(&none);
    judge(r, CHAT_DELIVERED, DUR_MS(0), &none);
    record(r);
}

static void post(struct outbox_run *r)
{
    struct outbox_step *op = r->op;
    struct err e;

    r->state = POSTING;
    if (op->render_failed) {
        op->outcome.dead = true;
        outbox_step_log(op);
        record(r);
        return;
    }
    if (!r->deps.dry_run && !outbox_step_follows(op)) {
        err_set(&e, ERR_CONFIG, "the channel is another now");
        judge(r, CHAT_OTHERWISE, DUR_MS(0), &e);
        outbox_step_log(op);
        record(r);
        return;
    }
    if (r->deps.dry_run || op->line.n > 0) {
        if (r->deps.dry_run)
            print_dry(r, op);
        else
            log_lines(r, op->line);
        delivered_here(r);
        return;
    }
    r->last_post = clock_mono(r->deps.clock);
    r->posted_before = true;
    r->gap = op->m.edit.n > 0 ? edit_gap : gap;
    if (!http_start(r->deps.http, &op->req, answered, r, &r->call, &e)) {
        judge(r, CHAT_REJECTED, DUR_MS(0), &e);
        outbox_step_log(op);
        record(r);
    }
}

/* ---- claim ---- */

static bool claim_on_engine(struct db *db, void *arg, struct err *e)
{
    return outbox_step_claim(db, arg, e);
}

static void claim_done(void *arg, bool ok, const struct err *err)
{
    struct outbox_step *op = arg;
    struct outbox_run *r = op->owner;
    struct wall next = op->next;
    bool found = ok && op->found;

    if (ok)
        err_clear(&r->store_error);
    else
        store_failed(r, "nothing can be sent", err);
    if (found) { /* also while closing: what was claimed is sent and recorded */
        post(r);
        return;
    }
    bool again = r->again;
    rest(r);
    if (r->closing)
        return;
    if (!ok)
        arm(r, wall_add(clock_wall(r->deps.clock), DUR_S(5)));
    else if (again)
        outbox_run_kick(r);
    else if (next.ms != 0)
        arm(r, next);
}

static void claim(struct outbox_run *r)
{
    struct live *l = r->deps.live(r->deps.arg);
    const struct conf_channel *channel = live_channel(l, str_of(r->channel));
    struct outbox_step *op;
    struct err e;

    if (channel == NULL) /* removed by a reload: its rows wait for its return */
        return;
    op = outbox_step_create(l, channel, clock_wall(r->deps.clock), r->deps.dry_run);
    if (op == NULL) {
        arm(r, wall_add(clock_wall(r->deps.clock), DUR_S(5)));
        return;
    }
    op->owner = r;
    r->op = op;
    r->again = false;
    r->state = CLAIMING;
    if (!store_submit(r->deps.store, claim_on_engine, claim_done, op, &e)) {
        store_failed(r, "nothing can be sent", &e);
        rest(r);
        arm(r, wall_add(clock_wall(r->deps.clock), DUR_S(5)));
    }
}

/* ---- public ---- */

bool outbox_run_create(const struct outbox_deps *deps, struct str channel,
                       struct outbox_run **ret, struct err *e)
{
    struct outbox_run *r = calloc(1, sizeof(*r));

    if (r == NULL || channel.n >= sizeof(r->channel)) {
        free(r);
        return err_nomem(e);
    }
    r->deps = *deps;
    memcpy(r->channel, channel.p, channel.n);
    uv_timer_init(deps->loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

struct str outbox_run_channel(const struct outbox_run *r)
{
    return str_of(r->channel);
}

void outbox_run_kick(struct outbox_run *r)
{
    int64_t since = mono_since(clock_mono(r->deps.clock), r->last_post).ms;

    if (r->closing)
        return;
    r->again = true;
    if (r->state != IDLE)
        return;
    if (r->posted_before && since < r->gap.ms) {
        uv_timer_start(&r->timer, on_timer, (uint64_t)(r->gap.ms - since), 0);
        return;
    }
    uv_timer_stop(&r->timer);
    claim(r);
}

const struct err *outbox_run_store_error(const struct outbox_run *r)
{
    return &r->store_error;
}

bool outbox_run_is_posting(const struct outbox_run *r)
{
    return r->state == POSTING;
}

size_t outbox_run_delivered(const struct outbox_run *r)
{
    return r->delivered;
}

bool outbox_run_is_idle(const struct outbox_run *r)
{
    return r->state == IDLE && !r->again;
}

void outbox_run_close(struct outbox_run *r, void (*closed)(void *arg), void *arg)
{
    bool unrecorded =
        r->state == RECORDING && uv_is_active((const uv_handle_t *)&r->timer);

    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->timer);
    if (unrecorded) {
        rest(r);
    } else if (r->state == POSTING && r->call != NULL) {
        /* It may have been accepted: the row stays "attempting", and the next
           start sends it once more under the same key. */
        http_cancel(r->call);
        r->call = NULL;
        rest(r);
    } else if (r->state == IDLE) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
    }
}

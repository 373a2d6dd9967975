#include "connectors/trackers/jira/jira_sync.h"

#include "base/hash.h"
#include "connectors/trackers/jira/jira_notes.h"
#include "connectors/trackers/jira/jira_request.h"
#include "connectors/trackers/jira/jira_setup.h"

enum {
    MAX_TRIES = 4,          /* of one request: Atlassian's recipe */
    MAX_PARSE_TRIES = 2,    /* a malformed answer is asked for once more */
    MAX_PAUSES = 8,         /* rate limits in a row */
    QUOTA_WAIT_MS = 60000,  /* an exhausted quota without a date */
    SHORT_PAUSE_MS = 10000, /* not worth telling */
    MAX_HISTORY_WD = 100000,
    NO_DATE_MS = 300000, /* how far our clock may be ahead of an undated server */
};

bool jira_is_jql(const struct tracker *t)
{
    return t->own->jql.n > 0;
}

const char *jira_stage_name(enum jira_stage s)
{
    static const char *const names[] = {
        [STAGE_SERVER] = "serverInfo",
        [STAGE_MYSELF] = "myself",
        [STAGE_FIELDS] = "the list of fields",
        [STAGE_STATUSES] = "the list of statuses",
        [STAGE_PROJECTS] = "the list of projects",
        [STAGE_FUTURE] = "a search",
        [STAGE_PAST] = "a search",
        [STAGE_WALKS] = "a search",
        [STAGE_DONE] = "nothing",
    };

    return names[s];
}

/* ---- events ---- */

bool jira_fail_scope(struct jira_answer *at, struct str scope, const struct err *why)
{
    struct scope_event *ev =
        feed_add_event(at->out, SCOPE_FAILED, arena_str(at->out->a, scope));

    if (ev == NULL) {
        return err_nomem(at->e);
    }
    ev->err = *why;
    return true;
}

bool jira_fail_source(struct jira_answer *at, const struct err *why)
{
    struct err explained = *why;

    jira_explain(at, &explained);
    bool ok = jira_note_failure(at, why);

    at->t->stage = STAGE_DONE;
    return ok && jira_fail_scope(at, STR_NONE, &explained) && jira_setup_doubt(at, why);
}

bool jira_add_cursor(struct jira_answer *at, enum scope_event_kind kind,
                     struct str scope, const struct jira_cursor *c)
{
    char mem[96];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    jira_cursor_print(&b, c);
    struct scope_event *ev =
        feed_add_event(at->out, kind, arena_str(at->out->a, scope));

    if (ev == NULL) {
        return err_nomem(at->e);
    }
    ev->cursor = arena_str(at->out->a, buf_str(&b));
    return true;
}

/* ---- time ---- */

/*
 * Where the clocks are days apart one of them is wrong. Then each of these
 * goes by the one that makes a search find more: too late a watermark would
 * lose what changes until then, too short a relative date likewise.
 */
struct wall jira_server_now(const struct tracker *t, struct wall now)
{
    return t->skew.ms < -DUR_DAY(1).ms ? now : wall_add(now, t->skew);
}

static struct wall careful_now(const struct tracker *t, struct wall now)
{
    return t->skew.ms > DUR_DAY(1).ms ? now : wall_add(now, t->skew);
}

struct wall jira_new_watermark(const struct tracker *t, struct wall now)
{
    bool dated = t->skew_known && t->skew.ms <= DUR_DAY(1).ms;

    return wall_add(careful_now(t, now), dated ? DUR_MS(0) : DUR_MS(-NO_DATE_MS));
}

void jira_note_date(struct tracker *t, struct wall date, struct wall now)
{
    if (date.ms != 0) {
        t->skew = wall_since(date, now);
        t->skew_known = true;
    }
}

struct wall jira_history_start(const struct tracker *t, struct wall now)
{
    const struct span *h = &t->conf->history;
    /* Working days as calendar days, rounded up: more history does no harm. */
    int64_t wd = h->wd < MAX_HISTORY_WD ? h->wd : MAX_HISTORY_WD;
    int64_t ms = wd > 0 ? (wd * 7 / 5 + 2) * DUR_DAY(1).ms : h->ms;
    struct wall start = wall_add(careful_now(t, now), DUR_MS(-ms));

    return start.ms > JIRA_FAR_PAST.ms ? start : JIRA_FAR_PAST;
}

enum tracker_step jira_send(struct tracker *t, struct jira_call *call, bool built,
                            struct tracker_request *ret)
{
    if (!built) {
        ret->http = (struct http_request){.method = STR("GET")};
    }
    call->tag = ++t->last_tag;
    call->out = true;
    t->n_out++;
    ret->tag = call->tag;
    return TRACKER_REQUEST;
}

enum tracker_step jira_wait_until(const struct tracker *t, struct wall until,
                                  struct wall *ret_until)
{
    if (t->n_out > 0) {
        return TRACKER_IDLE;
    }
    *ret_until = until;
    return TRACKER_WAIT;
}

/* ---- trying again, pausing ---- */

static uint64_t random_bits(const struct tracker *t, const struct jira_call *call)
{
    return hash64(&call->tag, sizeof call->tag, t->seed);
}

bool jira_try_again(struct jira_answer *at, struct jira_call *call,
                    const struct jira_reply *reply)
{
    struct dur wait = jira_backoff(call->tries + 1, random_bits(at->t, call));
    unsigned most = reply->err.kind == ERR_PARSE ? MAX_PARSE_TRIES : MAX_TRIES;

    if (++call->tries >= most || reply->err.kind == ERR_CONFIG) {
        return false;
    }
    call->not_before = wall_add(at->now, wait);
    if (reply->until.ms > call->not_before.ms) {
        call->not_before = reply->until;
    }
    return true;
}

bool jira_pause(struct jira_answer *at, struct jira_call *call,
                const struct jira_reply *reply, bool *ret_enough)
{
    struct tracker *t = at->t;
    struct dur own = jira_backoff(++call->pauses, random_bits(t, call));
    struct wall until = reply->until;

    *ret_enough = call->pauses > MAX_PAUSES;
    if (*ret_enough) {
        return true;
    }
    if (until.ms == 0) {
        until = wall_add(at->now, reply->quota ? DUR_MS(QUOTA_WAIT_MS) : own);
    } else {
        /* Not on the second: others were told the same. */
        until = wall_add(until, DUR_MS(own.ms % 1000));
    }
    if (until.ms > t->pause_until.ms) {
        t->pause_until = until;
    }
    struct scope_event *ev = feed_add_event(at->out, SCOPE_PAUSED, STR_NONE);

    if (ev == NULL) {
        return err_nomem(at->e);
    }
    ev->until = t->pause_until;
    ev->err = reply->err;
    return true;
}

static bool has_work(const struct tracker *t)
{
    bool has = t->stage < STAGE_WALKS;

    for (size_t i = 0; i < t->n_walks && !has; i++) {
        has = !t->walks[i]->done;
    }
    return (has || jira_lookup_is_due(t)) && t->stage != STAGE_DONE;
}

bool jira_keep_reserve(struct jira_answer *at)
{
    struct tracker *t = at->t;
    const struct feed *told = at->out;
    double reserve = t->conf->budget.reserve * (double)told->rate_limit;

    if (told->rate_limit <= 0 || told->rate_remaining < 0 ||
        (double)told->rate_remaining > reserve || told->rate_reset.ms <= at->now.ms ||
        told->rate_reset.ms <= t->pause_until.ms || !has_work(t)) {
        return true;
    }
    t->pause_until = told->rate_reset;
    if (wall_since(t->pause_until, at->now).ms < SHORT_PAUSE_MS) {
        return true;
    }
    struct scope_event *ev = feed_add_event(at->out, SCOPE_PAUSED, STR_NONE);

    if (ev == NULL) {
        return err_nomem(at->e);
    }
    ev->until = t->pause_until;
    return true;
}

void jira_succeed(struct jira_call *call)
{
    call->tries = 0;
    call->pauses = 0;
    call->not_before = (struct wall){0};
}

struct jira_reply jira_malformed(const struct err *why)
{
    struct jira_reply r = {.verdict = REPLY_AGAIN, .err = *why};

    r.too_large = why->kind == ERR_LIMIT;
    return r;
}

#include "connectors/trackers/jira/jira_walks.h"

#include "connectors/trackers/jira/jira_count.h"
#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_notes.h"
#include "connectors/trackers/jira/jira_setup.h"
#include "connectors/trackers/jira/jira_spans.h"

enum {
    MAX_REFUSED_TOKENS = 3,
    MAX_DOWN = 3,     /* walks given up in a row: the server is down */
    MANY_SCOPES = 50, /* then not every page is a checkpoint for all */
    CHECKPOINT_PAGES = 10,
    OVERLAP_MS = 120000, /* the search index lags behind */
};

/* ---- what the walks are ---- */

struct jira_walk *jira_walks_add(struct tracker *t, enum jira_phase phase,
                                 struct jira_scope **scopes, size_t n)
{
    struct jira_walk *w = jira_walk_create(t->a, phase, scopes, n, t->client.cloud);
    struct jira_walk **slot = NULL;

    if (w != NULL) {
        slot = arena_grow(t->a, &t->walks, &t->n_walks, &t->cap_walks, sizeof *slot);
    }
    if (slot == NULL) {
        return NULL;
    }
    *slot = w;
    return w;
}

/* Where a walk over scopes that were read before begins. */
static void begin_updates(struct jira_walk *w)
{
    struct wall since = w->scopes[0]->cursor.watermark;

    for (size_t i = 1; i < w->n_scopes; i++) {
        struct wall other = w->scopes[i]->cursor.watermark;

        since = other.ms < since.ms ? other : since;
    }
    w->known = since;
    w->since = wall_add(since, DUR_MS(-OVERLAP_MS));
}

/* A first walk, from its start or from where an earlier sync was cut off. */
static bool plan_backfill(struct tracker *t, struct jira_scope **scope, struct wall now)
{
    const struct jira_cursor *c = &(*scope)->cursor;
    struct jira_walk *w = jira_walks_add(t, c->phase, scope, 1);

    if (w == NULL) {
        return false;
    }
    w->watermark = c->watermark;
    w->since = c->reached;
    if (c->phase == PHASE_CLOSED && c->reached.ms == 0) {
        w->since = jira_history_start(t, now);
    }
    w->read_from = w->since;
    return true;
}

static bool plan_scope(struct tracker *t, struct jira_scope **scope, struct wall now,
                       struct jira_walk **group)
{
    if ((*scope)->cursor.phase != PHASE_UPDATES) {
        return plan_backfill(t, scope, now);
    }
    if (*group == NULL || (*group)->n_scopes == JIRA_MAX_GROUP) {
        *group = jira_walks_add(t, PHASE_UPDATES,
                                arena_array(t->a, JIRA_MAX_GROUP, sizeof *scope), 0);
    }
    if (*group == NULL || (*group)->scopes == NULL) {
        return false;
    }
    (*group)->scopes[(*group)->n_scopes++] = *scope;
    begin_updates(*group);
    return true;
}

/* All scopes read before in one search, each new one in its own. */
bool jira_walks_plan(struct tracker *t, struct wall now, struct err *e)
{
    struct jira_walk *group = NULL;

    if (jira_is_jql(t)) {
        struct jira_scope **slot = arena_alloc(t->a, sizeof *slot);
        struct jira_scope *scope =
            jira_scopes_add(&t->scopes, STR(JIRA_JQL_SCOPE), t->a);

        if (slot == NULL || scope == NULL) {
            return err_nomem(e);
        }
        *slot = scope;
        return plan_scope(t, slot, now, &group) ? true : err_nomem(e);
    }
    for (size_t i = 0; i < t->scopes.n; i++) {
        if (t->scopes.v[i]->visible && !plan_scope(t, &t->scopes.v[i], now, &group)) {
            return err_nomem(e);
        }
    }
    return true;
}

static bool has_history(const struct tracker *t)
{
    return t->conf->history.ms > 0 || t->conf->history.wd > 0;
}

/* The first page of a walk fixes what it is about. */
static bool begin_walk(struct tracker *t, struct jira_walk *w, struct wall now)
{
    if (w->keys != NULL) {
        return true;
    }
    w->keys = arena_array(t->a, w->n_scopes, sizeof *w->keys);
    for (size_t i = 0; w->keys != NULL && i < w->n_scopes; i++) {
        w->keys[i] = w->scopes[i]->key;
    }
    if (w->watermark.ms == 0) {
        w->watermark = jira_new_watermark(t, now);
        w->undated = t->skew_known ? (struct wall){0} : now;
    }
    if (w->phase >= PHASE_LISTING && has_history(t)) {
        w->kept = jira_history_start(t, now);
    }
    return w->keys != NULL;
}

static enum jql_states states_of(enum jira_phase phase)
{
    switch (phase) {
    case PHASE_OPEN:
        return JQL_OPEN;
    case PHASE_CLOSED:
        return JQL_CLOSED;
    case PHASE_LISTING:
    case PHASE_SPANS:
        return JQL_KEPT;
    case PHASE_UPDATES:
        break;
    }
    return JQL_ALL;
}

static bool walk_request(struct tracker *t, struct jira_walk *w, struct wall now,
                         struct http_request *ret)
{
    bool begun = begin_walk(t, w, now);
    struct jql_query q = {
        .projects = w->keys,
        .n_projects = jira_is_jql(t) ? 0 : w->n_scopes,
        .within = t->own->jql,
        .states = states_of(w->phase),
        .kept = w->kept,
        .by_created = w->phase == PHASE_LISTING,
        .unordered = w->counting,
        .since = w->counting ? w->read_from : w->since,
        .dates = t->dates,
        .now = jira_server_now(t, now),
    };

    if (!begun) {
        return false;
    }
    if (jira_spans_has_log(w)) {
        return jira_spans_request(t, w, ret);
    }
    buf_clear(&t->jql);
    jql_print(&t->jql, &q);
    return buf_ok(&t->jql) &&
           (w->counting
                ? jira_request_count(&t->client, &w->call, buf_str(&t->jql), ret)
                : jira_request_walk(&t->client, w, buf_str(&t->jql), ret));
}

static unsigned in_flight(const struct tracker *t)
{
    int64_t n = t->conf->budget.in_flight;

    return t->near_limit || t->n_down > 0 || n < 1 ? 1 : n > 16 ? 16 : (unsigned)n;
}

static bool is_before(const struct jira_walk *w, const struct jira_walk *other)
{
    return other == NULL || w->phase < other->phase;
}

/* The ready walk of the earliest phase; *ret_until: when one will be ready. */
static struct jira_walk *pick_walk(struct tracker *t, struct wall now,
                                   struct wall *ret_until)
{
    struct jira_walk *best = NULL;

    for (size_t i = 0; i < t->n_walks; i++) {
        struct jira_walk *w = t->walks[i];

        if (w->done || w->call.out) {
            continue;
        }
        if (w->call.not_before.ms <= now.ms) {
            best = is_before(w, best) ? w : best;
        } else if (ret_until->ms == 0 || w->call.not_before.ms < ret_until->ms) {
            *ret_until = w->call.not_before;
        }
        if (t->n_down > 0) {
            break; /* of a server that seems down one thing is asked at a time */
        }
    }
    return best;
}

enum tracker_step jira_walks_next(struct tracker *t, struct wall now,
                                  struct tracker_request *ret_req,
                                  struct wall *ret_until)
{
    struct wall until = {0};

    if (t->n_out >= in_flight(t)) {
        return TRACKER_IDLE;
    }
    struct jira_walk *w = pick_walk(t, now, &until);

    if (w == NULL && until.ms == 0) {
        return t->n_out > 0 ? TRACKER_IDLE : TRACKER_DONE;
    }
    if (t->pause_until.ms > now.ms) {
        return jira_wait_until(t, t->pause_until, ret_until);
    }
    if (w == NULL) {
        return jira_wait_until(t, until, ret_until);
    }
    return jira_send(t, &w->call, walk_request(t, w, now, &ret_req->http), ret_req);
}

/* ---- answers to walks ---- */

/* jql: projects are known by their issues; all of them share its fate. */
static bool note_projects(struct jira_answer *at, struct jira_walk *w)
{
    struct tracker *t = at->t;

    if (!w->scopes[0]->visible) {
        w->scopes[0]->visible = true;
        if (feed_add_event(at->out, SCOPE_SEEN, STR(JIRA_JQL_SCOPE)) == NULL) {
            return err_nomem(at->e);
        }
    }
    for (size_t i = 0; i < at->out->n_items; i++) {
        struct str key = at->out->items[i].scope;
        struct jira_scope *scope = jira_scopes_add(&t->scopes, key, t->a);

        if (scope == NULL || arena_failed(t->a)) {
            return err_nomem(at->e);
        }
        if (!scope->met) {
            scope->met = true;
            if (feed_add_event(at->out, SCOPE_SEEN, key) == NULL) {
                return err_nomem(at->e);
            }
        }
    }
    return true;
}

/* For each scope the walk stands for. */
static size_t n_reported(const struct tracker *t, const struct jira_walk *w)
{
    return jira_is_jql(t) ? t->scopes.n : w->n_scopes;
}

static struct jira_scope *reported(const struct tracker *t, const struct jira_walk *w,
                                   size_t i)
{
    return jira_is_jql(t) ? t->scopes.v[i] : w->scopes[i];
}

/* ---- listings ---- */

/* jql: what was met decides which projects it holds, so all of them are told. */
static bool end_listing(struct jira_answer *at, struct jira_walk *w)
{
    struct wall since = w->kept.ms != 0 ? w->kept : w->watermark;

    w->done = true;
    for (size_t i = 0; i < n_reported(at->t, w); i++) {
        struct jira_scope *scope = reported(at->t, w, i);
        struct scope_event *ev =
            feed_add_event(at->out, SCOPE_LISTED, arena_str(at->out->a, scope->key));

        if (ev == NULL) {
            return err_nomem(at->e);
        }
        ev->since = since;
        scope->list = false;
    }
    return jira_add_note(at, "reconcile", NOTE_OK, STR_NONE, STR_NONE);
}

/* Its changes were read all the same: the scope is as fresh as before. */
static bool fail_listing(struct jira_answer *at, struct jira_walk *w,
                         const struct err *why)
{
    struct str text = arena_printf(at->out->a, "%.*s could not be listed: %s",
                                   STR_FMT(w->scopes[0]->key), why->msg);

    w->done = true;
    return jira_add_note(at, "reconcile", NOTE_WARN, text,
                         STR("it is tried again with the next sync; until then nobody "
                             "sees what has vanished there"));
}

static bool tell_listing(struct jira_answer *at, struct jira_scope *scope)
{
    if (scope->listing) {
        return true;
    }
    scope->listing = true;
    return feed_add_event(at->out, SCOPE_LISTING, arena_str(at->out->a, scope->key)) !=
                   NULL
               ? true
               : err_nomem(at->e);
}

/* jql: a project met for the first time is one that is listed, too. */
static bool tell_listings(struct jira_answer *at, struct jira_walk *w)
{
    struct tracker *t = at->t;

    for (size_t i = 0; jira_is_jql(t) && i < at->out->n_sightings; i++) {
        if (jira_scopes_add(&t->scopes, at->out->sightings[i].scope, t->a) == NULL) {
            return err_nomem(at->e);
        }
    }
    for (size_t i = 0; i < n_reported(t, w); i++) {
        if (!tell_listing(at, reported(t, w, i))) {
            return false;
        }
    }
    return true;
}

/* After the changes of a scope were read, where it is due. */
static bool plan_listings(struct jira_answer *at, struct jira_walk *w)
{
    struct tracker *t = at->t;
    bool due = false;

    for (size_t i = 0; jira_is_jql(t) && i < t->scopes.n; i++) {
        due = due || t->scopes.v[i]->list;
    }
    for (size_t i = 0; i < w->n_scopes; i++) {
        if ((due || w->scopes[i]->list) &&
            jira_walks_add(t, PHASE_LISTING, &w->scopes[i], 1) == NULL) {
            return err_nomem(at->e);
        }
    }
    return true;
}

/* ---- failures, checkpoints, ends ---- */

static bool fail_walk(struct jira_answer *at, struct jira_walk *w,
                      const struct err *why, bool passing)
{
    if (w->phase == PHASE_LISTING) {
        return fail_listing(at, w, why);
    }
    if (w->phase == PHASE_SPANS) {
        return jira_spans_fail(at, w, why, passing);
    }
    w->done = true;
    for (size_t i = 0; i < n_reported(at->t, w); i++) {
        if (!jira_fail_scope(at, reported(at->t, w, i)->key, why)) {
            return false;
        }
    }
    return true;
}

/* One refused project must not stop the others: each is asked for by itself. */
static bool isolate(struct jira_answer *at, struct jira_walk *w)
{
    w->done = true;
    for (size_t i = 0; i < w->n_scopes; i++) {
        struct jira_walk *one = jira_walks_add(at->t, w->phase, &w->scopes[i], 1);

        if (one == NULL) {
            return err_nomem(at->e);
        }
        if (w->phase == PHASE_SPANS) {
            jira_spans_begin(one);
        } else {
            begin_updates(one);
        }
    }
    return true;
}

static bool fail_remaining(struct jira_answer *at, const struct err *why)
{
    struct tracker *t = at->t;

    for (size_t i = 0; i < t->n_walks; i++) {
        if (!t->walks[i]->done && !fail_walk(at, t->walks[i], why, true)) {
            return false;
        }
    }
    t->stage = STAGE_DONE;
    return true;
}

/* `passing`: the server failed, and may fail for the other walks, too. */
static bool give_up(struct jira_answer *at, struct jira_walk *w, const struct err *why,
                    bool passing)
{
    struct tracker *t = at->t;

    t->n_down = passing ? t->n_down + 1 : 0;
    if (w->phase < PHASE_LISTING && !jira_setup_doubt(at, why)) {
        return false;
    }
    if (w->n_scopes > 1 && !jira_spans_has_log(w)) {
        if (!isolate(at, w)) {
            return false;
        }
    } else if (!fail_walk(at, w, why, passing)) {
        return false;
    }
    return t->n_down < MAX_DOWN || fail_remaining(at, why);
}

static struct jira_cursor checkpoint(const struct tracker *t, const struct jira_walk *w,
                                     const struct jira_scope *scope)
{
    struct jira_cursor c = {.phase = w->phase,
                            .epoch = t->dates == JQL_EPOCH,
                            .watermark = w->watermark,
                            .reached = jira_walk_resume_at(w)};

    if (w->phase == PHASE_UPDATES) {
        c.reached = (struct wall){0};
        c.watermark = w->reached.ms > scope->cursor.watermark.ms
                          ? w->reached
                          : scope->cursor.watermark;
    }
    return c;
}

static bool add_checkpoints(struct jira_answer *at, struct jira_walk *w)
{
    if (w->phase == PHASE_LISTING) {
        return true;
    }
    if (w->n_scopes > MANY_SCOPES && w->pages % CHECKPOINT_PAGES != 0) {
        return true;
    }
    for (size_t i = 0; i < w->n_scopes; i++) {
        struct jira_scope *scope = w->scopes[i];

        scope->cursor = checkpoint(at->t, w, scope);
        if (!jira_add_cursor(at, SCOPE_CHECKPOINT, scope->key, &scope->cursor)) {
            return false;
        }
    }
    return true;
}

/*
 * Where nothing happened the cursor stays as it is: the next search finds as
 * little from there, and a quiet sync writes no row.
 */
static bool is_quiet(const struct jira_walk *w)
{
    return w->phase == PHASE_UPDATES && w->pages == 1 && w->newest.ms < w->known.ms;
}

static bool end_walk(struct jira_answer *at, struct jira_walk *w)
{
    struct jira_cursor c = {.phase = PHASE_UPDATES, .watermark = w->watermark};
    bool quiet = is_quiet(w);

    w->done = true;
    for (size_t i = 0; i < n_reported(at->t, w); i++) {
        struct jira_scope *scope = reported(at->t, w, i);

        c.watermark = quiet && scope->cursor.phase == PHASE_UPDATES
                          ? scope->cursor.watermark
                          : w->watermark;
        c.epoch = at->t->dates == JQL_EPOCH;
        scope->cursor = c;
        scope->fresh = true;
        scope->changed = !quiet;
        if (!jira_add_cursor(at, SCOPE_SYNCED, scope->key, &c)) {
            return false;
        }
    }
    return plan_listings(at, w);
}

static bool end_phase(struct jira_answer *at, struct jira_walk *w)
{
    if (w->phase == PHASE_LISTING) {
        return end_listing(at, w);
    }
    if (w->phase != PHASE_OPEN || !has_history(at->t)) {
        return end_walk(at, w);
    }
    jira_walk_next_phase(w, jira_history_start(at->t, at->now));
    return add_checkpoints(at, w);
}

static bool take_spans(struct jira_answer *at, struct jira_walk *w,
                       const struct jira_page *page)
{
    struct err why;

    switch (jira_walk_page(w, page, at->t->client.cloud, &why)) {
    case WALK_MORE:
        return jira_spans_took_page(at, w, false);
    case WALK_ENDED:
        return jira_spans_took_page(at, w, true);
    case WALK_STUCK:
        return give_up(at, w, &why, false);
    }
    return true;
}

static bool take_page(struct jira_answer *at, struct jira_walk *w,
                      const struct jira_page *page)
{
    struct err why;

    jira_succeed(&w->call);
    at->t->n_down = 0;
    if (w->undated.ms != 0 && at->t->skew_known) {
        w->watermark = jira_new_watermark(at->t, w->undated);
        w->undated = (struct wall){0};
    }
    if (w->phase == PHASE_SPANS) {
        return take_spans(at, w, page);
    }
    if (w->phase == PHASE_LISTING ? !tell_listings(at, w)
                                  : jira_is_jql(at->t) && !note_projects(at, w)) {
        return false;
    }
    switch (jira_walk_page(w, page, at->t->client.cloud, &why)) {
    case WALK_MORE:
        return add_checkpoints(at, w);
    case WALK_ENDED:
        w->counting = jira_count_is_due(at->t, w);
        return w->counting ? add_checkpoints(at, w) : end_phase(at, w);
    case WALK_STUCK:
        return give_up(at, w, &why, false);
    }
    return true;
}

/*
 * A refused search may owe it to its page token, which expires, or to its
 * dates, which were tried in an earlier sync only. True: it goes on otherwise.
 */
static bool is_mended(struct jira_answer *at, struct jira_walk *w)
{
    struct tracker *t = at->t;

    if (at->resp == NULL || at->resp->status != 400 || jira_spans_has_log(w)) {
        return false;
    }
    if (w->token.n > 0 && ++w->call.tries <= MAX_REFUSED_TOKENS) {
        if (!jira_walk_restart(w)) {
            jira_walk_rewind(w);
        }
        return true;
    }
    if (t->dates == JQL_EPOCH && !t->dates_probed &&
        (w->since.ms != 0 || w->kept.ms != 0)) {
        t->dates_known = false;
        t->stage = STAGE_FUTURE;
        return true;
    }
    return false;
}

static bool refuse_walk(struct jira_answer *at, struct jira_walk *w,
                        const struct jira_reply *reply)
{
    struct err why = reply->err;
    bool of_jql = jira_is_jql(at->t) && at->resp != NULL && at->resp->status == 400;

    return (!of_jql || jira_explain_jql(at, &why)) && give_up(at, w, &why, false);
}

static bool walk_failed(struct jira_answer *at, struct jira_walk *w,
                        const struct jira_reply *reply)
{
    bool enough = true;

    switch (reply->verdict) {
    case REPLY_AGAIN:
        if (!jira_try_again(at, &w->call, reply)) {
            return give_up(at, w, &reply->err, true);
        }
        /* Logs of fewer issues at a time, too. Never of as many as before: the search
           that names them answers, and what answers begins to count its tries anew. */
        if (reply->too_large && w->call.tries > 1 && jira_walk_shrink(w)) {
            jira_log_finish(&w->log);
        }
        return true;
    case REPLY_PAUSED:
        return jira_pause(at, &w->call, reply, &enough) &&
               (!enough || give_up(at, w, &reply->err, true));
    case REPLY_REFUSED:
        return is_mended(at, w) || refuse_walk(at, w, reply);
    case REPLY_FATAL:
    case REPLY_OK:
        break;
    }
    return jira_fail_source(at, &reply->err);
}

/* What is no answer to a count is none: it holds nothing up. */
static bool answer_count(struct jira_answer *at, struct jira_walk *w,
                         const struct jira_reply *reply)
{
    bool ended;

    if (reply->verdict == REPLY_PAUSED || reply->verdict == REPLY_FATAL ||
        (reply->verdict == REPLY_AGAIN && jira_try_again(at, &w->call, reply))) {
        return reply->verdict == REPLY_AGAIN || walk_failed(at, w, reply);
    }
    jira_succeed(&w->call);
    return jira_count_answer(at, w, reply, &ended) && (!ended || end_phase(at, w));
}

static bool read_page(struct jira_answer *at, const struct jira_walk *w,
                      struct jira_page *page, struct err *why)
{
    const struct jira_reader *r = &at->t->reader;
    struct str body = at->resp->body;

    if (w->phase != PHASE_LISTING) {
        return jira_read_page(body, r, at->out, page, why);
    }
    return jira_read_sightings(
        body, r, jira_is_jql(at->t) ? STR_NONE : w->scopes[0]->key, at->out, page, why);
}

static bool answer(struct jira_answer *at, struct jira_walk *w,
                   const struct jira_reply *reply)
{
    struct jira_page page;
    struct err why;

    if (w->done) {
        return true; /* given up while this was on its way */
    }
    if (w->counting) {
        return answer_count(at, w, reply);
    }
    if (reply->verdict != REPLY_OK) {
        return walk_failed(at, w, reply);
    }
    const struct jira_page *told = &page;
    bool ok = w->phase == PHASE_SPANS ? jira_spans_read(at, w, &told, &why)
                                      : read_page(at, w, &page, &why);

    if (ok && told == NULL) {
        jira_succeed(&w->call); /* change logs come next */
        return true;
    }
    if (ok && !at->t->client.cloud && told->total < 0) {
        ok = err_set(&why, ERR_PARSE, "search answer does not tell how many there are");
    }
    if (ok) {
        return take_page(at, w, told);
    }
    if (why.kind == ERR_NOMEM) {
        *at->e = why;
        return false;
    }
    /* Nothing is taken of a page that does not read. */
    at->out->n_items = 0;
    at->out->n_sightings = 0;
    at->out->n_histories = 0;
    at->out->skipped = 0;
    struct jira_reply bad = jira_malformed(&why);

    return walk_failed(at, w, &bad);
}

static bool has_ended(const struct tracker *t)
{
    for (size_t i = 0; i < t->n_walks; i++) {
        if (!t->walks[i]->done) {
            return false;
        }
    }
    return t->stage == STAGE_WALKS;
}

bool jira_walks_answer(struct jira_answer *at, struct jira_walk *w,
                       const struct jira_reply *reply)
{
    return answer(at, w, reply) && (!has_ended(at->t) || jira_spans_plan(at->t, at->e));
}

struct jira_walk *jira_walks_find(struct tracker *t, uint32_t tag)
{
    for (size_t i = 0; i < t->n_walks; i++) {
        if (t->walks[i]->call.out && t->walks[i]->call.tag == tag) {
            return t->walks[i];
        }
    }
    return NULL;
}

#include "connectors/trackers/jira/jira_lookup.h"

#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_notes.h"
#include "connectors/trackers/jira/jira_sync.h"

enum { MAX_LOOKUPS = 5000, MAX_SINGLE_LOOKUPS = 1000 };

void jira_lookup_init(struct jira_lookup *l)
{
    jira_call_init(&l->call);
}

void jira_lookup_finish(struct jira_lookup *l)
{
    jira_call_finish(&l->call);
}

/* ---- what is asked ---- */

bool jira_lookup_add(struct tracker *t, const struct tracker_missing *v, size_t n,
                     struct err *e)
{
    struct jira_lookup *l = &t->lookup;
    size_t most = t->client.cloud ? MAX_LOOKUPS : MAX_SINGLE_LOOKUPS;

    for (size_t i = 0; i < n; i++) {
        if (l->n >= most) {
            l->full = true;
            return true;
        }
        struct str *slot = arena_grow(t->a, &l->ids, &l->n, &l->cap, sizeof *slot);

        if (slot == NULL) {
            return err_nomem(e);
        }
        *slot = arena_str(t->a, v[i].vid);
    }
    return arena_failed(t->a) ? err_nomem(e) : true;
}

bool jira_lookup_is_due(const struct tracker *t)
{
    return t->lookup.done < t->lookup.n && t->stage == STAGE_WALKS;
}

static bool build(struct tracker *t, struct wall now, struct http_request *ret)
{
    struct jira_lookup *l = &t->lookup;
    const struct str *ids = &l->ids[l->done];

    if (l->n_within > 0) {
        struct jql_query q = {.within = t->own->jql,
                              .ids = l->within,
                              .n_ids = l->n_within,
                              .dates = t->dates,
                              .now = jira_server_now(t, now)};

        buf_clear(&t->jql);
        jql_print(&t->jql, &q);
        return buf_ok(&t->jql) &&
               jira_request_found(&t->client, &l->call, buf_str(&t->jql), ret);
    }
    l->batch = l->n - l->done;
    if (!t->client.cloud) {
        l->batch = 1;
        return jira_request_issue(&t->client, &l->call, ids[0], ret);
    }
    l->batch = l->batch < JIRA_LOOKUP_BATCH ? l->batch : JIRA_LOOKUP_BATCH;
    return jira_request_bulk(&t->client, &l->call, ids, l->batch, ret);
}

enum tracker_step jira_lookup_next(struct tracker *t, struct wall now,
                                   struct tracker_request *ret_req,
                                   struct wall *ret_until)
{
    struct jira_lookup *l = &t->lookup;
    struct wall until = l->call.not_before;

    if (l->call.out) {
        return TRACKER_IDLE;
    }
    until = t->pause_until.ms > until.ms ? t->pause_until : until;
    if (until.ms > now.ms) {
        return jira_wait_until(t, until, ret_until);
    }
    return jira_send(t, &l->call, build(t, now, &ret_req->http), ret_req);
}

/* ---- what the answers mean ---- */

static bool tell(struct jira_answer *at, enum item_fate kind, struct str vid,
                 struct str detail)
{
    struct arena *a = at->out->a;
    struct fate *f = feed_add_fate(at->out, kind, arena_str(a, vid));

    if (f != NULL) {
        f->detail = arena_str(a, detail);
    }
    return f != NULL && !arena_failed(a) ? true : err_nomem(at->e);
}

static bool tell_present(struct jira_answer *at, const struct item *it)
{
    struct item *slot = feed_add_item(at->out);

    if (slot == NULL) {
        return err_nomem(at->e);
    }
    *slot = *it;
    return tell(at, FATE_PRESENT, it->vid, STR_NONE);
}

static bool is_followed(const struct tracker *t, struct str project)
{
    const struct jira_scope *s = jira_scopes_find(&t->scopes, project);

    return s != NULL && s->visible;
}

static const struct jira_found *find(const struct jira_findings *f, struct str vid)
{
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->v[i].vid, vid)) {
            return &f->v[i];
        }
    }
    return NULL;
}

/*
 * Archived issues are in no search, and GET and bulkfetch still show them, with
 * the date (Data Center 8.1, Cloud Premium): they would be missed for ever.
 */
static bool tell_found(struct jira_answer *at, const struct jira_found *found)
{
    struct jira_lookup *l = &at->t->lookup;

    if (!found->read) {
        return true; /* it is there, and does not say what it is */
    }
    if (found->archived) {
        return tell(at, FATE_OUTSIDE, found->vid, STR("archived"));
    }
    if (jira_is_jql(at->t)) {
        l->within[l->n_within++] = arena_str(at->t->a, found->vid);
        return arena_failed(at->t->a) ? err_nomem(at->e) : true;
    }
    if (is_followed(at->t, found->it.scope)) {
        return tell_present(at, &found->it);
    }
    return tell(at, FATE_OUTSIDE, found->vid,
                arena_printf(at->out->a, "now %.*s", STR_FMT(found->it.key)));
}

static void finish_batch(struct jira_lookup *l)
{
    l->done += l->batch;
    l->n_within = 0;
    jira_succeed(&l->call);
}

/* The first answer: which of the batch exist. */
static bool take_batch(struct jira_answer *at, const struct jira_findings *f)
{
    struct jira_lookup *l = &at->t->lookup;

    for (size_t i = 0; i < l->batch; i++) {
        struct str vid = l->ids[l->done + i];
        const struct jira_found *found = find(f, vid);

        if (found != NULL ? !tell_found(at, found)
                          : !tell(at, FATE_GONE, vid, STR_NONE)) {
            return false;
        }
    }
    if (l->n_within == 0) {
        finish_batch(l);
    }
    return true;
}

/* The second, with `jql`: which of those the expression holds. */
static bool take_within(struct jira_answer *at, const struct jira_findings *f)
{
    struct jira_lookup *l = &at->t->lookup;

    for (size_t i = 0; i < l->n_within; i++) {
        const struct jira_found *found = find(f, l->within[i]);
        bool ok = true;

        if (found == NULL) {
            ok = tell(at, FATE_OUTSIDE, l->within[i],
                      STR("the jql expression does not hold it"));
        } else if (found->read) {
            struct jira_scope *scope =
                jira_scopes_add(&at->t->scopes, found->it.scope, at->t->a);

            ok = scope != NULL ? tell_present(at, &found->it) : err_nomem(at->e);
        }
        if (!ok) {
            return false;
        }
    }
    finish_batch(l);
    return true;
}

/* Nothing more is asked: what is left has no fate. */
static void stop(struct jira_lookup *l)
{
    l->n = l->done = 0;
    l->n_within = 0;
}

/* One issue of Data Center, refused: that is an answer. */
static bool take_refusal(struct jira_answer *at, const struct jira_reply *reply,
                         bool *ret_taken)
{
    struct tracker *t = at->t;
    struct jira_lookup *l = &t->lookup;
    int status = at->resp != NULL ? at->resp->status : 0;
    bool anonymous = t->own->token.from == SECRET_NONE;
    bool hidden = status == 403 || (status == 401 && anonymous);

    *ret_taken = !t->client.cloud && l->n_within == 0 && (hidden || status == 404);
    if (!*ret_taken) {
        return true;
    }
    struct str vid = l->ids[l->done];
    struct str why = STR_NONE;

    if (hidden) {
        why = str_of(reply->err.msg);
    }
    finish_batch(l);
    return tell(at, hidden ? FATE_HIDDEN : FATE_GONE, vid, why);
}

/* What is left has no fate until it is asked for again. */
static bool note_failure(struct jira_answer *at, const struct jira_reply *reply)
{
    return jira_add_note(
        at, "reconcile", NOTE_WARN,
        arena_printf(at->out->a,
                     "what became of issues that a listing lacks could "
                     "not be told: %s",
                     reply->err.msg),
        STR("they are asked for after the next listing"));
}

static bool lookup_failed(struct jira_answer *at, const struct jira_reply *reply)
{
    struct jira_lookup *l = &at->t->lookup;
    bool taken, enough = true;

    if (!take_refusal(at, reply, &taken)) {
        return false;
    }
    if (taken) {
        return true;
    }
    switch (reply->verdict) {
    case REPLY_AGAIN:
        if (jira_try_again(at, &l->call, reply)) {
            return true;
        }
        stop(l);
        return note_failure(at, reply);
    case REPLY_PAUSED:
        if (!jira_pause(at, &l->call, reply, &enough)) {
            return false;
        }
        if (enough) {
            stop(l);
        }
        return !enough || note_failure(at, reply);
    case REPLY_REFUSED:
        finish_batch(l);
        return note_failure(at, reply);
    case REPLY_FATAL:
    case REPLY_OK:
        break;
    }
    return jira_fail_source(at, &reply->err);
}

static bool note_rest(struct jira_answer *at)
{
    const struct jira_lookup *l = &at->t->lookup;

    if (!l->full || l->done < l->n) {
        return true;
    }
    return jira_add_note(at, "reconcile", NOTE_WARN,
                         arena_printf(at->out->a,
                                      "more than %zu issues have vanished; the others "
                                      "are asked for after the next listing",
                                      l->n),
                         STR("check what the account may see"));
}

bool jira_lookup_answer(struct jira_answer *at, const struct jira_reply *reply)
{
    struct tracker *t = at->t;
    struct jira_lookup *l = &t->lookup;
    bool single = !t->client.cloud && l->n_within == 0;
    struct jira_findings f;
    struct err why;

    if (reply->verdict != REPLY_OK) {
        return lookup_failed(at, reply);
    }
    if (!jira_read_findings(at->resp->body, single, &t->reader, at->out->a, &f, &why)) {
        struct jira_reply bad = jira_malformed(&why);

        if (why.kind == ERR_NOMEM) {
            *at->e = why;
            return false;
        }
        return lookup_failed(at, &bad);
    }
    return (l->n_within > 0 ? take_within(at, &f) : take_batch(at, &f)) &&
           note_rest(at);
}

#include "connectors/trackers/jira/jira.h"

#include <stdlib.h>

#include "base/hash.h"
#include "connectors/trackers/jira/jira_conf.h"
#include "connectors/trackers/jira/jira_setup.h"
#include "connectors/trackers/jira/jira_survey.h"
#include "connectors/trackers/jira/jira_walks.h"

enum { CONTEXT_CEILING = 256 << 20 };

/* ---- life ---- */

static void tracker_destroy(struct tracker *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->n_walks; i++) {
        jira_walk_finish(t->walks[i]);
    }
    jira_scopes_finish(&t->scopes);
    jira_call_finish(&t->call);
    jira_lookup_finish(&t->lookup);
    jira_client_finish(&t->client);
    buf_finish(&t->jql);
    arena_destroy(t->a);
    free(t);
}

/* Once milliseconds were seen to work the cursors say so. */
static void take_dates(struct tracker *t)
{
    for (size_t i = 0; i < t->scopes.n && !t->dates_known; i++) {
        t->dates_known = t->scopes.v[i]->cursor.epoch;
    }
    t->dates = JQL_EPOCH;
}

static bool tracker_create(const struct tracker_conf *conf,
                           const struct tracker_start *start, struct tracker **ret,
                           struct err *e)
{
    struct tracker *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return err_nomem(e);
    }
    t->conf = conf;
    t->own = jira_own(conf);
    t->seed = hash64(conf->name.p, conf->name.n, (uint64_t)start->now.ms);
    jira_call_init(&t->call);
    jira_lookup_init(&t->lookup);
    buf_init(&t->jql, JIRA_MAX_JQL);
    t->a = arena_create(CONTEXT_CEILING);
    if (t->a == NULL) {
        err_nomem(e);
        goto out;
    }
    if (!jira_client_init(&t->client, conf, e) ||
        !jira_scopes_init(&t->scopes, start->scopes, start->n_scopes, t->a, e)) {
        goto out;
    }
    t->client.cloud = t->own->deployment == JIRA_CLOUD;
    take_dates(t);
    if (!jira_setup_begin(t, start, e)) {
        goto out;
    }
    *ret = t;
    return true;
out:
    tracker_destroy(t);
    return false;
}

static enum tracker_step tracker_next(struct tracker *t, struct wall now,
                                      struct tracker_request *ret_req,
                                      struct wall *ret_until)
{
    if (t->stage == STAGE_DONE) {
        return t->n_out > 0 ? TRACKER_IDLE : TRACKER_DONE;
    }
    if (t->stage == STAGE_WALKS) {
        enum tracker_step step = jira_walks_next(t, now, ret_req, ret_until);

        return step == TRACKER_DONE && jira_lookup_is_due(t)
                   ? jira_lookup_next(t, now, ret_req, ret_until)
                   : step;
    }
    if (t->call.out) {
        return TRACKER_IDLE;
    }
    struct wall until = t->call.not_before;

    until = t->pause_until.ms > until.ms ? t->pause_until : until;
    if (until.ms > now.ms) {
        return jira_wait_until(t, until, ret_until);
    }
    return jira_send(t, &t->call, jira_setup_request(t, &ret_req->http), ret_req);
}

/* Events of projects that are known from an earlier sync. */
static bool tell_early(struct jira_answer *at)
{
    struct feed *early = &at->t->early;

    for (size_t i = 0; i < early->n_events; i++) {
        const struct scope_event *from = &early->events[i];
        struct scope_event *ev =
            feed_add_event(at->out, from->kind, arena_str(at->out->a, from->scope));

        if (ev == NULL) {
            return err_nomem(at->e);
        }
        ev->to = arena_str(at->out->a, from->to);
        ev->vid = arena_str(at->out->a, from->vid);
        ev->err = from->err;
    }
    early->n_events = 0;
    return arena_failed(at->out->a) ? err_nomem(at->e) : true;
}

static bool is_of(const struct jira_call *call, uint32_t tag)
{
    return call->out && call->tag == tag;
}

/* To whom an answer goes: one of the stages, a lookup, or a walk. */
static bool take_answer(struct jira_answer *at, const struct jira_call *call,
                        struct jira_walk *w)
{
    struct tracker *t = at->t;
    struct jira_reply reply;
    const char *what = call == &t->call          ? jira_stage_name(t->stage)
                       : call == &t->lookup.call ? "the request of an issue"
                                                 : jira_stage_name(STAGE_WALKS);

    jira_judge(at->resp, at->failure, what, at->now, &reply);
    if (call == &t->call) {
        return jira_setup_answer(at, &reply);
    }
    return call == &t->lookup.call ? jira_lookup_answer(at, &reply)
                                   : jira_walks_answer(at, w, &reply);
}

static bool tracker_feed(struct tracker *t, uint32_t tag,
                         const struct http_response *resp, const struct err *failure,
                         struct wall now, struct feed *out, struct err *e)
{
    struct jira_answer at = {t, resp, failure, now, out, e};
    struct jira_walk *w = jira_walks_find(t, tag);
    struct jira_call *call = is_of(&t->call, tag)          ? &t->call
                             : is_of(&t->lookup.call, tag) ? &t->lookup.call
                             : w != NULL                   ? &w->call
                                                           : NULL;

    if (call == NULL) {
        return err_set(e, ERR_USAGE, "no request has tag %u", (unsigned)tag);
    }
    call->out = false;
    t->n_out--;
    if (resp != NULL) {
        jira_note_headers(resp, now, out, &t->near_limit);
        jira_note_date(t, out->server_date, now);
    }
    if (t->stage == STAGE_DONE) {
        return true;
    }
    struct http_response wordless;

    /* Its words end up in messages and logs. */
    if (resp != NULL && resp->status != 200 &&
        jira_client_is_echoed(&t->client, resp->body)) {
        wordless = *resp;
        wordless.body = STR_NONE;
        at.resp = &wordless;
    }
    return tell_early(&at) && take_answer(&at, call, w) && jira_keep_reserve(&at);
}

static bool tracker_missing(struct tracker *t, struct str scope,
                            const struct tracker_missing *v, size_t n, struct err *e)
{
    (void)scope; /* an issue is asked for wherever it is now */
    return jira_lookup_add(t, v, n, e);
}

const struct tracker_ops jira_ops = {
    .name = "jira",
    .title = "Jira",
    .keys = jira_keys,
    .conf_size = sizeof(struct jira_conf),
    .check = jira_check,
    .create = tracker_create,
    .next = tracker_next,
    .feed = tracker_feed,
    .missing = tracker_missing,
    .destroy = tracker_destroy,
    .fingerprint = jira_fingerprint,
    .survey = &jira_survey,
};

#include "connectors/trackers/jira/jira_spans.h"

#include "connectors/trackers/jira/jira_changes.h"
#include "connectors/trackers/jira/jira_notes.h"
#include "connectors/trackers/jira/jira_setup.h"
#include "connectors/trackers/jira/jira_walks.h"

enum {
    MOST_TOLD = 5000, /* issues in one sync and walk */
    MOST_TOLD_DC = 1000,
    LOG_PAGES = 200, /* of change logs, for one page of a search */
    OVERLAP_MS = 120000,
};

bool jira_wants_spans(const struct tracker *t, bool cloud)
{
    return t->own->status_history == JIRA_HISTORY_ON ||
           (t->own->status_history == JIRA_HISTORY_AUTO && cloud);
}

/* ---- what is to be told ---- */

/* Its changes were read, and not all of what they are was told. */
static bool is_behind(const struct tracker *t, const struct jira_scope *s)
{
    bool of_source = jira_is_jql(t) ? str_eqz(s->key, JIRA_JQL_SCOPE) : s->visible;

    /* Dates of servers are of whole seconds: two watermarks of one second tell
       nothing about each other. */
    return of_source && s->fresh &&
           (s->changed || s->more || s->told.ms < s->cursor.watermark.ms);
}

/* Those that are up to date but for the last changes, in one search; else alone. */
static bool plan_scope(struct tracker *t, struct jira_scope **scope,
                       struct jira_walk **group)
{
    bool alone = (*scope)->more || (*scope)->told.ms == 0;
    struct jira_walk *w = alone ? NULL : *group;

    if (w == NULL || w->n_scopes == JIRA_MAX_GROUP) {
        struct jira_scope **v =
            alone ? scope : arena_array(t->a, JIRA_MAX_GROUP, sizeof *v);

        w = v != NULL ? jira_walks_add(t, PHASE_SPANS, v, alone ? 1 : 0) : NULL;
        *group = alone ? *group : w;
    }
    if (w == NULL) {
        return false;
    }
    if (!alone) {
        w->scopes[w->n_scopes++] = *scope;
    }
    jira_spans_begin(w);
    return true;
}

void jira_spans_begin(struct jira_walk *w)
{
    struct wall since = w->scopes[0]->told;

    for (size_t i = 1; i < w->n_scopes; i++) {
        struct wall other = w->scopes[i]->told;

        since = other.ms < since.ms ? other : since;
    }
    w->since = since.ms != 0 ? wall_add(since, DUR_MS(-OVERLAP_MS)) : since;
}

bool jira_spans_plan(struct tracker *t, struct err *e)
{
    struct jira_walk *group = NULL;

    if (t->spans_planned || t->memory.mute || !jira_wants_spans(t, t->client.cloud)) {
        return true;
    }
    t->spans_planned = true;
    for (size_t i = 0; i < t->scopes.n; i++) {
        if (is_behind(t, t->scopes.v[i]) &&
            !plan_scope(t, &t->scopes.v[i], &group)) {
            return err_nomem(e);
        }
    }
    return true;
}

/* ---- requests and answers ---- */

bool jira_spans_has_log(const struct jira_walk *w)
{
    return w->phase == PHASE_SPANS && w->log.a != NULL;
}

bool jira_spans_request(struct tracker *t, struct jira_walk *w, struct http_request *ret)
{
    struct str *ids = arena_array(w->log.a, w->log.n_issues, sizeof *ids);

    for (size_t i = 0; ids != NULL && i < w->log.n_issues; i++) {
        ids[i] = w->log.issues[i].vid;
    }
    return ids != NULL && jira_request_logs(&t->client, &w->call, ids, w->log.n_issues,
                                            buf_str(&w->log_token), ret);
}

static bool tell_log(struct jira_answer *at, struct jira_walk *w, struct err *why)
{
    struct tracker *t = at->t;
    bool ok = jira_log_tell(&w->log, &t->memory.statuses, &t->conf->in_progress, at->out);

    w->n_told += w->log.n_issues;
    jira_log_finish(&w->log);
    buf_clear(&w->log_token);
    return ok ? true : err_nomem(why);
}

/* The page of a search: the issues whose logs are to be asked for. */
static bool read_search(struct jira_answer *at, struct jira_walk *w, struct err *why)
{
    struct arena *a = at->out->a;
    struct jira_log log;
    struct jira_page *page = &w->log_page;

    if (!jira_log_init(&log)) {
        return err_nomem(why);
    }
    if (!jira_log_read_issues(&log, at->resp->body, a, page, why)) {
        jira_log_finish(&log);
        return false;
    }
    /* It is needed until the logs have come, the answer's arena is not. */
    page->next = arena_str(log.a, page->next);
    uint64_t *ids = arena_array(log.a, page->returned, sizeof *ids);

    for (size_t i = 0; ids != NULL && i < page->returned; i++) {
        ids[i] = page->ids[i];
    }
    page->ids = ids;
    w->log = log;
    w->log_pages = 0;
    return arena_failed(log.a) ? err_nomem(why) : true;
}

/* *ret_more: the logs go on with another page. */
static bool read_log(struct jira_answer *at, struct jira_walk *w, bool *ret_more,
                     struct err *why)
{
    struct str next;

    if (!jira_log_read_changes(&w->log, at->resp->body, at->out->a, &next, why)) {
        return false;
    }
    *ret_more = next.n > 0;
    if (*ret_more &&
        (str_eq(next, buf_str(&w->log_token)) || ++w->log_pages >= LOG_PAGES)) {
        return err_set(why, ERR_REMOTE, "change logs have no end");
    }
    buf_clear(&w->log_token);
    buf_add(&w->log_token, next);
    return buf_check(&w->log_token, why);
}

bool jira_spans_read(struct jira_answer *at, struct jira_walk *w,
                     const struct jira_page **ret_page, struct err *why)
{
    bool more = at->t->client.cloud;

    *ret_page = NULL;
    if (jira_spans_has_log(w)) {
        if (!read_log(at, w, &more, why)) {
            return false;
        }
    } else if (!read_search(at, w, why)) {
        return false;
    }
    if (more && w->log.n_issues > 0) {
        return true;
    }
    /* Both outlive the log, which ends with being told. */
    struct jira_page *page = arena_alloc(at->out->a, sizeof *page);

    if (page == NULL) {
        return err_nomem(why);
    }
    *page = w->log_page;
    page->next = arena_str(at->out->a, page->next);
    page->ids = arena_array(at->out->a, page->returned, sizeof *page->ids);
    for (size_t i = 0; page->ids != NULL && i < page->returned; i++) {
        page->ids[i] = w->log_page.ids[i];
    }
    *ret_page = page;
    return tell_log(at, w, why) && (!arena_failed(at->out->a) || err_nomem(why));
}

/* ---- how far it got ---- */

bool jira_spans_took_page(struct jira_answer *at, struct jira_walk *w, bool ended)
{
    size_t most = at->t->client.cloud ? MOST_TOLD : MOST_TOLD_DC;
    struct wall reached = ended ? w->watermark : jira_walk_resume_at(w);

    w->done = ended || w->n_told >= most;
    for (size_t i = 0; i < w->n_scopes; i++) {
        struct jira_scope *s = w->scopes[i];
        struct wall read = s->cursor.watermark;

        s->more = !ended;
        s->told = reached.ms > s->told.ms ? reached : s->told;
        s->told = ended && read.ms > s->told.ms ? read : s->told;
    }
    return jira_setup_keep(at) &&
           (!ended || jira_add_note(at, "history", NOTE_OK, STR_NONE, STR_NONE));
}

/* A server without change logs has none for the other projects, either. */
static void fall_silent(struct tracker *t)
{
    t->memory.mute = true;
    for (size_t i = 0; i < t->n_walks; i++) {
        t->walks[i]->done = t->walks[i]->done || t->walks[i]->phase == PHASE_SPANS;
    }
}

bool jira_spans_fail(struct jira_answer *at, struct jira_walk *w, const struct err *why,
                     bool passing)
{
    struct str text =
        arena_printf(at->out->a, "change logs could not be read: %s", why->msg);

    w->done = true;
    if (!passing && (jira_spans_has_log(w) || !at->t->client.cloud)) {
        fall_silent(at->t);
    }
    jira_log_finish(&w->log);
    return jira_setup_keep(at) &&
           jira_add_note(at, "history", NOTE_WARN, text,
                         passing ? STR("the next sync tries again")
                                 : STR("'status_history: false' leaves it; else it is "
                                       "tried again within the hour"));
}

#include "connectors/trackers/jira/jira_setup.h"

#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_notes.h"
#include "connectors/trackers/jira/jira_spans.h"
#include "connectors/trackers/jira/jira_walks.h"

enum { MAX_PROJECTS_PAGES = 1000, RELEARN_MS = 3600 * 1000 };

/* ---- stages ---- */

static const struct jira_scope *first_visible(const struct tracker *t)
{
    for (size_t i = 0; i < t->scopes.n; i++) {
        if (t->scopes.v[i]->visible) {
            return t->scopes.v[i];
        }
    }
    return NULL;
}

bool jira_setup_is_needed(const struct tracker *t, enum jira_stage s)
{
    if (t->remembered && s < STAGE_FUTURE) {
        return false;
    }
    switch (s) {
    case STAGE_SERVER:
        return t->own->deployment == JIRA_AUTO || jira_is_gateway(t->conf->url);
    case STAGE_MYSELF:
        return t->own->token.from != SECRET_NONE;
    case STAGE_STATUSES:
        return jira_wants_spans(t, t->client.cloud);
    case STAGE_PROJECTS:
        return !jira_is_jql(t);
    case STAGE_FUTURE:
    case STAGE_PAST:
        return !t->dates_known && (jira_is_jql(t) || first_visible(t) != NULL);
    case STAGE_FIELDS:
    case STAGE_WALKS:
    case STAGE_DONE:
        return true;
    }
    return true;
}

/* Enters WALKS for the first time, or again after a probe. */
static bool enter_stage(struct tracker *t, struct wall now, struct err *e)
{
    return t->stage != STAGE_WALKS || t->n_walks > 0 ? true
                                                     : jira_walks_plan(t, now, e);
}

static bool pass_over(struct tracker *t, struct wall now, struct err *e)
{
    while (!jira_setup_is_needed(t, t->stage)) {
        t->stage++;
    }
    return enter_stage(t, now, e);
}

static bool advance(struct jira_answer *at)
{
    struct tracker *t = at->t;
    bool learned = t->learned;

    t->stage++;
    if (!pass_over(t, at->now, at->e)) {
        return false;
    }
    if (t->stage != STAGE_WALKS) {
        return true;
    }
    return jira_setup_keep(at) && (learned || t->remembered || jira_note_setup(at));
}

/* ---- what is kept between two syncs ---- */

static bool use_fields(struct tracker *t, struct err *why)
{
    struct str site = jira_is_gateway(t->conf->url) ? t->server.site : t->conf->url;
    struct buf list;

    if (!jira_reader_init(&t->reader, t->conf, &t->fields, site, t->a, why)) {
        return false;
    }
    buf_init(&list, JIRA_MAX_JQL);
    jira_field_list(&list, &t->fields);
    t->client.fields = arena_str(t->a, buf_str(&list));
    bool ok = buf_check(&list, why);

    buf_finish(&list);
    return ok && !arena_failed(t->a) ? true : err_nomem(why);
}

static bool is_usable(const struct tracker *t, const struct tracker_start *start)
{
    const struct jira_memory *m = &t->memory;
    bool other = t->own->deployment != JIRA_AUTO &&
                 (t->own->deployment == JIRA_CLOUD) != m->cloud;
    bool unread = jira_wants_spans(t, m->cloud) && m->statuses.n == 0;
    bool nowhere = jira_is_gateway(t->conf->url) && m->site.n == 0;

    for (size_t i = 0; i < start->n_scopes; i++) {
        if (start->scopes[i].list) {
            return false; /* nothing is missed by what a stale set-up does not show */
        }
    }
    return m->learned.ms > 0 && m->learned.ms <= start->now.ms &&
           wall_since(start->now, m->learned).ms < RELEARN_MS && !other && !unread &&
           !nowhere && (jira_is_jql(t) || m->n_scopes > 0);
}

/* Projects as they were listed then; what to tell of them waits for an answer. */
static bool use_scopes(struct tracker *t, struct err *e)
{
    const struct jira_memory *m = &t->memory;

    for (size_t i = 0; !jira_is_jql(t) && i < m->n_scopes; i++) {
        struct jira_project *p = arena_grow(t->a, &t->projects.v, &t->projects.n,
                                            &t->projects.cap, sizeof *p);

        if (p == NULL) {
            return err_nomem(e);
        }
        *p = (struct jira_project){m->scopes[i].key, m->scopes[i].id};
    }
    return jira_is_jql(t) ||
           jira_scopes_take_list(&t->scopes, &t->projects, t->own, t->a, &t->early, e);
}

static bool remember(struct tracker *t, struct err *e)
{
    t->remembered = true;
    t->client.cloud = t->memory.cloud;
    t->server = (struct jira_server){t->memory.cloud, t->memory.site};
    t->fields = t->memory.fields;
    if (!t->dates_known && t->memory.dates != DATES_UNKNOWN) {
        t->dates_known = true;
        t->dates = t->memory.dates == DATES_EPOCH ? JQL_EPOCH : JQL_RELATIVE;
    }
    return use_fields(t, e) && use_scopes(t, e);
}

bool jira_setup_begin(struct tracker *t, const struct tracker_start *start,
                      struct err *e)
{
    feed_init(&t->early, t->a);
    if (jira_memory_read(start->memory, t->a, &t->memory)) {
        jira_scopes_take_kept(&t->scopes, &t->memory);
        if (is_usable(t, start) && !remember(t, e)) {
            return false;
        }
    }
    return arena_failed(t->a) ? err_nomem(e) : pass_over(t, start->now, e);
}

/* The scopes' part changes with every sync that tells histories. */
static bool keep_scopes(struct tracker *t)
{
    struct jira_memory *m = &t->memory;

    m->n_scopes = 0;
    for (size_t i = 0; i < t->scopes.n; i++) {
        const struct jira_scope *s = t->scopes.v[i];
        bool followed =
            jira_is_jql(t) ? str_eqz(s->key, JIRA_JQL_SCOPE) : s->visible;
        struct jira_kept_scope *one =
            followed ? arena_grow(t->a, &m->scopes, &m->n_scopes, &m->cap_scopes,
                                  sizeof *one)
                     : NULL;

        if (one != NULL) {
            *one = (struct jira_kept_scope){s->key, s->vid, s->told, s->more};
        }
    }
    return !arena_failed(t->a);
}

static bool print(struct jira_answer *at)
{
    struct buf text;

    if (!keep_scopes(at->t)) {
        return err_nomem(at->e);
    }
    buf_init(&text, TRACKER_MEMORY_MAX);
    jira_memory_print(&text, &at->t->memory);
    /* More than may be kept: then each sync asks again. */
    at->out->memory = buf_ok(&text) ? arena_str(at->out->a, buf_str(&text)) : STR("");
    buf_finish(&text);
    return arena_failed(at->out->a) ? err_nomem(at->e) : true;
}

bool jira_setup_keep(struct jira_answer *at)
{
    struct tracker *t = at->t;
    struct jira_memory *m = &t->memory;

    if (!t->remembered && !t->learned) {
        t->learned = true;
        m->learned = at->now;
        m->mute = false;
        m->cloud = t->client.cloud;
        m->site = t->server.site;
        m->fields = t->fields;
    }
    m->dates = !t->dates_known            ? DATES_UNKNOWN
               : t->dates == JQL_EPOCH ? DATES_EPOCH
                                       : DATES_RELATIVE;
    return print(at);
}

bool jira_setup_doubt(struct jira_answer *at, const struct err *why)
{
    bool passing = why->retry != ERR_GIVE_UP || why->kind == ERR_NET ||
                   why->kind == ERR_RATE || why->kind == ERR_LIMIT;

    if (passing || at->t->memory.learned.ms == 0) {
        return true;
    }
    at->t->memory.learned = (struct wall){0};
    return print(at);
}

/* JQL of a probe: a date that no issue reaches, then one that all do. */
static struct str probe_jql(struct tracker *t)
{
    struct wall since = t->stage == STAGE_FUTURE ? JIRA_FAR_FUTURE : JIRA_FAR_PAST;

    buf_clear(&t->jql);
    if (t->stage == STAGE_PAST && jira_is_jql(t)) {
        buf_addc(&t->jql, '(');
        buf_add(&t->jql, t->own->jql);
        buf_addz(&t->jql, ") AND ");
    } else if (t->stage == STAGE_PAST) {
        buf_addz(&t->jql, "project = ");
        jql_quote(&t->jql, first_visible(t)->key);
        buf_addz(&t->jql, " AND ");
    }
    jql_since(&t->jql, "updated", since, JQL_EPOCH, since);
    return buf_str(&t->jql);
}

bool jira_setup_request(struct tracker *t, struct http_request *ret)
{
    const struct jira_client *c = &t->client;

    switch (t->stage) {
    case STAGE_SERVER:
        return jira_request_get(c, &t->call, "/rest/api/2/serverInfo", ret);
    case STAGE_MYSELF:
        return jira_request_get(
            c, &t->call, c->cloud ? "/rest/api/3/myself" : "/rest/api/2/myself", ret);
    case STAGE_FIELDS:
        return jira_request_get(
            c, &t->call, c->cloud ? "/rest/api/3/field" : "/rest/api/2/field", ret);
    case STAGE_STATUSES:
        return jira_request_get(
            c, &t->call, c->cloud ? "/rest/api/3/status" : "/rest/api/2/status", ret);
    case STAGE_PROJECTS:
        return jira_request_projects(c, &t->call, t->projects_start, ret);
    case STAGE_FUTURE:
    case STAGE_PAST:
        return jira_request_probe(c, &t->call, probe_jql(t), ret);
    case STAGE_WALKS:
    case STAGE_DONE:
        break;
    }
    return false;
}

/* ---- answers to the set-up ---- */

static bool take_server(struct jira_answer *at, struct err *why)
{
    struct tracker *t = at->t;

    if (!jira_read_server(at->resp->body, t->a, &t->server, why)) {
        return false;
    }
    if (t->own->deployment == JIRA_AUTO) {
        t->client.cloud = t->server.cloud;
    }
    return true;
}

static bool take_fields(struct jira_answer *at, struct err *why)
{
    struct tracker *t = at->t;

    return jira_fields_find(t->conf, at->resp->body, t->a, &t->fields, why) &&
           use_fields(t, why);
}

/* *ret_more: another page follows. */
static bool take_projects(struct jira_answer *at, bool *ret_more, struct err *why)
{
    struct tracker *t = at->t;
    struct jira_projects_page page = {.last = true};

    /* Cloud, asked for projects by name, answers 404 when it has none of them. */
    if (at->resp->status == 200 &&
        !jira_read_projects(at->resp->body, t->a, &t->projects, &page, why)) {
        return false;
    }
    if (at->resp->status == 200 && page.paged != t->client.cloud) {
        return err_set(why, ERR_PARSE, "list of projects of another kind of Jira");
    }
    t->projects_start += page.returned;
    *ret_more = !page.last && ++t->projects_pages < MAX_PROJECTS_PAGES;
    return *ret_more ||
           jira_scopes_take_list(&t->scopes, &t->projects, t->own, t->a, at->out, why);
}

/* Milliseconds are in force when the far future is empty and the past is not. */
static bool take_probe(struct jira_answer *at, struct err *why)
{
    struct tracker *t = at->t;
    bool accepted = at->resp->status == 200;
    size_t n = 0;

    if (accepted && !jira_read_count(at->resp->body, &t->reader, &n, why)) {
        return false;
    }
    bool works = accepted && (t->stage == STAGE_FUTURE) == (n == 0);

    t->dates_probed = true;
    t->dates = works ? JQL_EPOCH : JQL_RELATIVE;
    t->dates_known = !works || t->stage == STAGE_PAST;
    return true;
}

static bool take_stage(struct jira_answer *at, bool *ret_more, struct err *why)
{
    *ret_more = false;
    switch (at->t->stage) {
    case STAGE_SERVER:
        return take_server(at, why);
    case STAGE_MYSELF:
        return jira_read_myself(at->resp->body, at->t->a, &at->t->account, why);
    case STAGE_FIELDS:
        return take_fields(at, why);
    case STAGE_STATUSES:
        return jira_read_statuses(at->resp->body, at->t->a, &at->t->memory.statuses, why);
    case STAGE_PROJECTS:
        return take_projects(at, ret_more, why);
    case STAGE_FUTURE:
    case STAGE_PAST:
        return take_probe(at, why);
    case STAGE_WALKS:
    case STAGE_DONE:
        break;
    }
    return true;
}

/* Refusals that are an answer in these stages. */
static bool says_something(const struct tracker *t, int status)
{
    return (t->stage == STAGE_PROJECTS && t->client.cloud && status == 404) ||
           ((t->stage == STAGE_FUTURE || t->stage == STAGE_PAST) && status == 400);
}

static bool stage_failed(struct jira_answer *at, const struct jira_reply *reply)
{
    struct jira_call *call = &at->t->call;
    bool enough = true;

    if (reply->err.kind == ERR_NOMEM) {
        *at->e = reply->err;
        return false;
    }
    if (reply->verdict == REPLY_AGAIN && jira_try_again(at, call, reply)) {
        return true;
    }
    if (reply->verdict == REPLY_PAUSED && !jira_pause(at, call, reply, &enough)) {
        return false;
    }
    return enough ? jira_fail_source(at, &reply->err) : true;
}

bool jira_setup_answer(struct jira_answer *at, const struct jira_reply *reply)
{
    struct tracker *t = at->t;
    bool more;
    struct err why;

    if (reply->verdict != REPLY_OK &&
        !(at->resp != NULL && says_something(t, at->resp->status))) {
        return stage_failed(at, reply);
    }
    if (!take_stage(at, &more, &why)) {
        struct jira_reply bad = jira_malformed(&why);

        return stage_failed(at, &bad);
    }
    jira_succeed(&t->call);
    return more || advance(at);
}

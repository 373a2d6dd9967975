#include "connectors/trackers/github/github.h"

#include <inttypes.h>
#include <stdlib.h>

#include "connectors/trackers/github/github_ask.h"
#include "connectors/trackers/github/github_conf.h"
#include "connectors/trackers/github/github_list.h"
#include "connectors/trackers/github/github_notes.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_setup.h"
#include "connectors/trackers/github/github_survey.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_version.h"
#include "connectors/trackers/github/github_walk.h"

enum { ARENA = 64 << 20 };

/* ---- life ---- */

static void destroy(struct tracker *t)
{
    if (t == NULL) {
        return;
    }
    github_scopes_finish(&t->scopes);
    github_tasks_finish(&t->tasks);
    github_boards_finish(t);
    github_debt_finish(&t->histories);
    github_debt_finish(&t->blockers);
    github_memory_finish(&t->memory);
    github_repos_finish(&t->repos);
    github_app_finish(&t->app);
    github_call_finish(&t->call);
    github_client_finish(&t->client);
    arena_destroy(t->arena);
    free(t);
}

/* When every repository was read, single issues are asked for. */
static bool begin_tasks(struct tracker *t, struct wall now)
{
    return !t->scopes.planned || github_boards_left(t) ||
           github_scopes_left(&t->scopes) ||
           (github_boards_refresh(t) && github_debt_begin(t, &t->histories, now) &&
            github_debt_begin(t, &t->blockers, now));
}

static bool set_up(struct tracker *t, const struct tracker_start *start, struct err *e)
{
    const struct github_conf *own = t->conf->own;
    struct str base = t->conf->url.n > 0 ? t->conf->url : STR(GITHUB_URL);

    t->all = start->all;
    github_call_init(&t->call, NULL);
    t->arena = arena_create(ARENA);
    if (t->arena == NULL) {
        return err_nomem(e);
    }
    if (!github_client_init(&t->client, base, own->token.value, e) ||
        !(github_memory_init(&t->memory, start->memory) || err_nomem(e)) ||
        !(github_known_read(t->arena, &t->memory, &t->known) || err_nomem(e)) ||
        !github_app_init(t, start, e) || !github_wire_compile(t->arena, &t->wire, e) ||
        !github_scopes_init(&t->scopes, start, t->arena, e) ||
        !(github_tasks_init(&t->tasks, t->arena) || err_nomem(e))) {
        return false;
    }
    github_version_init(t, start->now);
    github_repos_init(t, start->now);
    return github_setup_stage(t, start->now) != GITHUB_STAGE_WALKS ||
           (github_setup_finish(t, NULL, start->now, e) &&
            (begin_tasks(t, start->now) || err_nomem(e)));
}

static bool create(const struct tracker_conf *conf, const struct tracker_start *start,
                   struct tracker **ret, struct err *e)
{
    struct tracker *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return err_nomem(e);
    }
    t->conf = conf;
    if (!set_up(t, start, e)) {
        destroy(t);
        return false;
    }
    *ret = t;
    return true;
}

/* ---- which request comes next ---- */

/*
 * What has changed and open issues of all repositories come before the closed
 * ones of any, and listings last: they only look for what is gone.
 */
static unsigned rank(const struct github_scope *s)
{
    unsigned closed = s->cursor.walk == GITHUB_CLOSED;

    return s->listing ? 2 : closed;
}

static struct github_scope *choose(struct tracker *t, struct wall now)
{
    struct github_scope *best = NULL;

    for (size_t i = 0; i < t->scopes.n; i++) {
        struct github_scope *s = &t->scopes.v[i];

        if (s->finished || s->call.out || s->call.not_before.ms > now.ms) {
            continue;
        }
        if (best == NULL || rank(s) < rank(best)) {
            best = s;
        }
    }
    return best;
}

static struct github_call *choose_call(struct tracker *t, struct wall now)
{
    struct github_scope *s;

    if (github_boards_left(t)) {
        return github_boards_next(t);
    }
    s = choose(t, now);
    if (s != NULL) {
        return &s->call;
    }
    return github_scopes_left(&t->scopes) ? NULL : github_tasks_next(&t->tasks, now);
}

/* When the first request that waits may be made; false: none waits. */
static bool earliest(const struct tracker *t, struct wall *ret)
{
    /* Tasks wait for the repositories, whatever else they wait for. */
    bool any = !github_scopes_left(&t->scopes) && github_tasks_earliest(&t->tasks, ret);

    for (size_t i = 0; i < t->scopes.n; i++) {
        const struct github_scope *s = &t->scopes.v[i];

        if (!s->finished && (!any || s->call.not_before.ms < ret->ms)) {
            *ret = s->call.not_before;
            any = true;
        }
    }
    return any;
}

/* What looks for vanished issues is not worth a wait until the limit's reset. */
static void put_off(struct tracker *t)
{
    for (size_t i = 0; i < t->scopes.n; i++) {
        if (t->scopes.v[i].listing) {
            github_list_give_up(&t->scopes.v[i]);
        }
    }
    github_tasks_put_off(&t->tasks);
}

/* Nothing is asked for a token that nobody uses. */
static bool has_work(const struct tracker *t)
{
    struct wall when;

    return !t->scopes.planned || github_boards_left(t) || earliest(t, &when);
}

static enum tracker_step next(struct tracker *t, struct wall now,
                              struct tracker_request *ret_req, struct wall *ret_until)
{
    int64_t most = t->conf->budget.in_flight > 0 ? t->conf->budget.in_flight : 1;
    enum github_stage stage = github_setup_stage(t, now);
    struct github_call *call = NULL;
    struct wall until = {0};

    if (!t->stopped && stage != GITHUB_STAGE_WALKS && has_work(t)) {
        return github_setup_next(t, stage, now, ret_req, ret_until);
    }
    if (!github_scopes_left(&t->scopes) && (t->spent || now.ms < t->paused_until.ms)) {
        put_off(t);
    }
    if (!t->stopped && t->client.n_out < (size_t)most && now.ms >= t->paused_until.ms) {
        call = choose_call(t, now);
    }
    if (call != NULL) {
        github_call_send(&t->client, call, ret_req);
        return TRACKER_REQUEST;
    }
    if (t->client.n_out > 0) {
        return TRACKER_IDLE;
    }
    if (t->stopped || !earliest(t, &until)) {
        return TRACKER_DONE;
    }
    *ret_until = until.ms > t->paused_until.ms ? until : t->paused_until;
    return TRACKER_WAIT;
}

/* ---- what an answer means ---- */

static bool prepare_next(struct github_answer *an)
{
    const struct github_client *c = &an->t->client;

    if (!begin_tasks(an->t, an->now)) {
        return false;
    }
    if (an->s != NULL) {
        return an->s->finished || github_walk_prepare(c, an->s);
    }
    return github_tasks_prepare(c, &an->t->tasks);
}

static bool feed(struct tracker *t, uint32_t tag, const struct http_response *resp,
                 const struct err *failure, struct wall now, struct feed *out,
                 struct err *e)
{
    struct github_call *call = github_call_take(&t->client, tag);

    if (call == NULL) {
        return err_set(e, ERR_USAGE, "no request has the tag %" PRIu32, tag);
    }
    if (t->stopped || (call->scope != NULL && call->scope->finished)) {
        return true; /* refused as a whole, or put off meanwhile */
    }
    struct github_answer an = {.t = t,
                               .call = call,
                               .s = call->scope,
                               .resp = resp,
                               .failure = failure,
                               .now = now,
                               .out = out};

    if (call == &t->call || call == &t->app.call) {
        github_setup_answer(&an);
    } else if (call->kind == GITHUB_CALL_TASK) {
        github_task_answer(&an);
    } else if (call->kind == GITHUB_CALL_PROJECT) {
        github_boards_answer(&an);
    } else {
        github_walk_answer(&an);
    }
    github_keep_reserve(&an);
    github_scopes_tell_left(&an);
    github_notes_tell(&an);
    if (an.nomem || arena_failed(out->a) || !prepare_next(&an) ||
        !github_known_keep(&t->known, &t->memory) ||
        !github_memory_tell(&t->memory, out)) {
        return err_nomem(e);
    }
    return true;
}

const struct tracker_ops github_ops = {
    .name = "github",
    .title = "GitHub",
    .default_url = GITHUB_URL,
    .keys = github_keys,
    .conf_size = sizeof(struct github_conf),
    .check = github_check,
    .create = create,
    .next = next,
    .feed = feed,
    .missing = github_missing,
    .destroy = destroy,
    .fingerprint = github_fingerprint,
    .survey = &github_survey,
};

#include "connectors/trackers/github/github_setup.h"

#include "connectors/trackers/github/github_blockers.h"
#include "connectors/trackers/github/github_history.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_version.h"
#include "connectors/trackers/github/github_walk.h"

enum github_stage github_setup_stage(const struct tracker *t, struct wall now)
{
    if (github_app_needs_token(t, now)) {
        return github_app_needs_installation(t) ? GITHUB_STAGE_INSTALLATION
                                                : GITHUB_STAGE_TOKEN;
    }
    if (github_version_is_needed(t)) {
        return GITHUB_STAGE_VERSIONS;
    }
    return t->repos.needed ? GITHUB_STAGE_REPOS : GITHUB_STAGE_WALKS;
}

static bool prepare(struct tracker *t, enum github_stage stage, struct wall now)
{
    switch (stage) {
    case GITHUB_STAGE_INSTALLATION:
        return github_app_ask_installation(t, now);
    case GITHUB_STAGE_TOKEN:
        return github_app_ask_token(t, now);
    case GITHUB_STAGE_VERSIONS:
        return github_version_ask(t);
    case GITHUB_STAGE_REPOS:
        return github_repos_ask(t);
    case GITHUB_STAGE_WALKS:
        break;
    }
    return false;
}

enum tracker_step github_setup_next(struct tracker *t, enum github_stage stage,
                                    struct wall now, struct tracker_request *ret_req,
                                    struct wall *ret_until)
{
    bool of_app = stage == GITHUB_STAGE_INSTALLATION || stage == GITHUB_STAGE_TOKEN;
    struct github_call *call = of_app ? &t->app.call : &t->call;
    struct wall until =
        call->not_before.ms > t->paused_until.ms ? call->not_before : t->paused_until;

    /* A token is not taken from requests that carry it. */
    if (t->client.n_out > 0) {
        return TRACKER_IDLE;
    }
    if (until.ms > now.ms) {
        *ret_until = until;
        return TRACKER_WAIT;
    }
    /* What could not be built has no address: io refuses it, and it is tried again. */
    if (!prepare(t, stage, now)) {
        buf_clear(&call->url);
        buf_clear(&call->body);
    }
    github_call_send(&t->client, call, ret_req);
    return TRACKER_REQUEST;
}

/* ---- answers ---- */

static void refused(struct github_answer *an)
{
    /* The next stage has tries of its own. */
    github_settle(an);
    if (github_call_is_app(an->call)) {
        github_app_refused(an);
    } else {
        github_repos_refused(an);
    }
}

/* Some cache on the way. */
static void not_modified(struct github_answer *an)
{
    err_set(&an->why, ERR_REMOTE, "GitHub answered 304 to what was not conditional");
    if (github_malformed(an, an->why) == GITHUB_REFUSED) {
        refused(an);
    }
}

static void take(struct github_answer *an)
{
    if (an->resp->status == 304) {
        not_modified(an);
    } else if (an->call->kind == GITHUB_CALL_INSTALLATION) {
        github_app_take_installation(an);
    } else if (an->call->kind == GITHUB_CALL_TOKEN) {
        github_app_take_token(an);
    } else {
        github_repos_answer(an);
    }
}

/* Those that carry a token or an ETag of the last one are made anew. */
static bool prepare_again(struct tracker *t)
{
    for (size_t i = 0; i < t->scopes.n; i++) {
        struct github_scope *s = &t->scopes.v[i];

        if (!s->finished && !github_walk_prepare(&t->client, s)) {
            return false;
        }
    }
    return true;
}

bool github_setup_finish(struct tracker *t, struct github_answer *an, struct wall now,
                         struct err *e)
{
    return github_scopes_plan(t, an, now, e) && github_history_init(t, e) &&
           github_blockers_init(t, e) && github_boards_init(t, now, e);
}

void github_setup_answer(struct github_answer *an)
{
    struct tracker *t = an->t;
    enum github_verdict verdict = github_judge(an);
    struct err why;

    if (an->call->kind == GITHUB_CALL_VERSIONS &&
        (verdict == GITHUB_READ || verdict == GITHUB_REFUSED)) {
        github_version_answer(an, verdict);
    } else if (verdict == GITHUB_READ) {
        take(an);
    } else if (verdict == GITHUB_REFUSED) {
        refused(an);
    }
    if (t->stopped || github_setup_stage(t, an->now) != GITHUB_STAGE_WALKS) {
        return;
    }
    if (t->scopes.planned) {
        an->nomem |= !prepare_again(t);
    } else if (!github_setup_finish(t, an, an->now, &why)) {
        an->nomem |= why.kind == ERR_NOMEM;
        github_fail_source(an, why);
    } else if (t->repos.listed) {
        github_notes_repos(an);
    }
}

#include "connectors/trackers/github/github_setup.h"

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
    struct wall until = t->call.not_before.ms > t->paused_until.ms ? t->call.not_before
                                                                   : t->paused_until;

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
        buf_clear(&t->call.url);
        buf_clear(&t->call.body);
    }
    github_call_send(&t->client, &t->call, ret_req);
    return TRACKER_REQUEST;
}

/* ---- answers ---- */

static void take(struct github_answer *an)
{
    switch (an->call->kind) {
    case GITHUB_CALL_INSTALLATION:
        github_app_take_installation(an);
        break;
    case GITHUB_CALL_TOKEN:
        github_app_take_token(an);
        break;
    case GITHUB_CALL_REPOS:
        github_repos_answer(an);
        break;
    case GITHUB_CALL_VERSIONS:
    case GITHUB_CALL_ISSUES:
    case GITHUB_CALL_REPO:
    case GITHUB_CALL_TASK:
    case GITHUB_CALL_PROJECT:
        break;
    }
}

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
           github_boards_init(t, now, e);
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

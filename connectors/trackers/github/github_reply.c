#include "connectors/trackers/github/github_reply.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "connectors/trackers/github/github_limit.h"
#include "connectors/trackers/github/github_version.h"
#include "core/retry.h"

enum {
    MAX_TRIES = 4,     /* of one request that fails for no fault of ours */
    MAX_MALFORMED = 2, /* answers that cannot be read */
    MAX_LIMITED = 6,   /* rate limits in a row */
    MAX_NEEDED = 60,   /* characters of a permission's name that are told */
};

static const struct retry_policy retries = {
    .base = {2000},
    .max = {60000},
};

/* ---- trying again ---- */

static void try_later(struct github_answer *an, unsigned attempt)
{
    struct str name = an->s != NULL ? an->s->name : an->t->conf->name;
    uint64_t random = hash64(name.p, name.n, attempt);
    struct dur after = {0};

    if (an->resp != NULL && !github_retry_after(an->resp, an->now, &after)) {
        after = DUR_MS(0);
    }
    an->call->not_before =
        wall_add(an->now, retry_wait(&retries, attempt, random, after));
}

static enum github_verdict refuse(struct github_answer *an, struct err why)
{
    an->why = why;
    return GITHUB_REFUSED;
}

static enum github_verdict trouble(struct github_answer *an, struct err why,
                                   bool too_much)
{
    if (++an->call->tries >= MAX_TRIES) {
        return refuse(an, why);
    }
    an->too_much = too_much;
    try_later(an, an->call->tries - 1);
    return GITHUB_AGAIN;
}

enum github_verdict github_malformed(struct github_answer *an, struct err why)
{
    if (why.kind == ERR_NOMEM) {
        an->nomem = true;
        return refuse(an, why);
    }
    if (++an->call->malformed >= MAX_MALFORMED) {
        return refuse(an, why);
    }
    try_later(an, 0);
    return GITHUB_AGAIN;
}

void github_settle(struct github_answer *an)
{
    an->call->tries = an->call->malformed = 0;
    /* A token that is renewed while others wait does not mean that their limit is over.
     */
    if (!github_call_is_app(an->call)) {
        an->t->limited = 0;
    }
}

/* ---- refusals ---- */

static struct err refusal(const struct github_answer *an, enum err_kind kind,
                          const char *advice)
{
    struct str said = github_wire_message(an->out->a, an->resp->body,
                                          github_call_secret(&an->t->client, an->call));
    struct err why;

    err_set(&why, kind, "GitHub answered %d%s%.*s%s%s", an->resp->status,
            said.n > 0 ? ": " : "", STR_FMT(said), advice[0] != '\0' ? "; " : "",
            advice);
    return why;
}

static enum github_verdict limited(struct github_answer *an, struct dur wait)
{
    struct tracker *t = an->t;
    struct err why = refusal(an, ERR_RATE, "");

    /* Requests that were out together meet the same limit once. */
    t->limited += an->now.ms >= t->paused_until.ms;
    if (t->limited > MAX_LIMITED) {
        err_after(&why, wait);
        github_fail_source(an, why);
        return GITHUB_OVER;
    }
    github_pause(an, wait);
    return GITHUB_AGAIN;
}

/* A header may hold any byte. */
static struct str advice_of(const struct github_answer *an, struct str needed)
{
    char mem[4 * MAX_NEEDED + 8];
    struct buf safe;

    buf_init_fixed(&safe, mem, sizeof mem);
    utf8_print_safe(&safe, needed, MAX_NEEDED);
    return arena_printf(an->out->a, "the token needs: %s", buf_cstr(&safe));
}

static enum github_verdict forbidden(struct github_answer *an)
{
    struct tracker *t = an->t;
    struct str needed = http_header_get(an->resp, "x-accepted-github-permissions");
    struct str said = github_wire_message(an->out->a, an->resp->body,
                                          github_call_secret(&t->client, an->call));
    struct dur wait;

    if (github_limit_hit(an->resp, said, an->out, t->limited, an->now, &wait)) {
        return limited(an, wait);
    }
    struct str advice = STR("the token lacks a permission");

    if (needed.n > 0) {
        advice = advice_of(an, needed);
    }
    return refuse(an, refusal(an, ERR_FORBIDDEN, advice.n > 0 ? advice.p : ""));
}

/* Trying on with a bad token locks accounts and addresses out. */
static enum github_verdict unauthorized(struct github_answer *an)
{
    const char *advice = github_call_is_app(an->call)
                             ? "the App's id or key is wrong"
                             : "the token is wrong or has expired";

    if (github_app_renew(an)) {
        return GITHUB_AGAIN;
    }
    github_fail_source(an, refusal(an, ERR_AUTH, advice));
    return GITHUB_OVER;
}

static enum github_verdict bad_request(struct github_answer *an)
{
    return github_version_renew(an) ? GITHUB_AGAIN
                                    : refuse(an, refusal(an, ERR_REMOTE, ""));
}

static enum github_verdict judge_error(struct github_answer *an)
{
    int status = an->resp->status;

    switch (status) {
    case 400:
        return bad_request(an);
    case 401:
        return unauthorized(an);
    case 403:
    case 429:
        return forbidden(an);
    case 404:
        return refuse(
            an, refusal(an, ERR_NOT_FOUND, "missing, or the token may not see it"));
    case 410:
        return refuse(an, refusal(an, ERR_GONE, ""));
    default:
        break;
    }
    if (status >= 500 || status == 408) {
        return trouble(an, refusal(an, ERR_REMOTE, ""), true);
    }
    /* io follows redirects within our origin; what comes here it did not. */
    bool redirect = status >= 300 && status < 400;

    return refuse(an, refusal(an, ERR_REMOTE,
                              redirect ? "a redirect that was not followed" : ""));
}

enum github_verdict github_judge(struct github_answer *an)
{
    if (an->failure != NULL) {
        return trouble(an, *an->failure, an->failure->kind == ERR_LIMIT);
    }
    github_limit_read(an->resp, an->out);
    if (github_call_is_app(an->call)) {
        /* The App's own budget, of which little is needed. */
        an->out->rate_limit = an->out->rate_remaining = -1;
    }
    if (an->resp->status == 200 || an->resp->status == 304 ||
        (an->resp->status == 201 && an->call->body.n > 0)) {
        return GITHUB_READ;
    }
    return judge_error(an);
}

void github_keep_reserve(struct github_answer *an)
{
    struct tracker *t = an->t;
    struct dur wait;

    if (an->resp == NULL || t->stopped ||
        !github_limit_reserve(an->out, t->conf->budget.reserve, an->now, &wait)) {
        return;
    }
    if (!t->scopes.planned || github_scopes_left(&t->scopes)) {
        github_pause(an, wait);
    } else {
        t->spent = true;
    }
}

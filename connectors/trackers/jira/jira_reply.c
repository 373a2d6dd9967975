#include "connectors/trackers/jira/jira_reply.h"

#include "base/buf.h"
#include "base/date.h"
#include "connectors/trackers/jira/jira_json.h"

enum {
    TEXT_SIZE = 200,
    DAY_S = 24 * 3600,
    /* No limit of Jira's lasts longer; what claims to is asked again by then. */
    LONGEST_MS = 3600 * 1000,
};

static struct wall server_date(const struct http_response *r)
{
    struct wall t;

    return date_parse_http(http_header_get(r, "Date"), &t) ? t : (struct wall){0};
}

/* ---- when to come back ---- */

static struct wall bounded(struct wall now, int64_t ms)
{
    ms = ms < 0 ? 0 : ms > LONGEST_MS ? LONGEST_MS : ms;
    return wall_add(now, DUR_MS(ms));
}

/* A date of the server's clock, measured against its Date, not against ours. */
static struct wall on_our_clock(const struct http_response *r, struct wall theirs,
                                struct wall now)
{
    struct wall date = server_date(r);

    return bounded(now, wall_since(theirs, date.ms != 0 ? date : now).ms);
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

/*
 * Retry-After in seconds, or a date as proxies send it (RFC 9110 10.2.3). 0
 * says nothing: Data Center sends it all the time.
 */
static struct wall retry_after(const struct http_response *r, struct wall now)
{
    struct str text = str_trim(http_header_get(r, "Retry-After"));
    struct wall date;
    uint64_t s;

    if (is_number(text)) {
        bool fits = str_to_u64(text, &s) && s < LONGEST_MS / 1000;

        return fits && s == 0 ? (struct wall){0}
                              : bounded(now, fits ? (int64_t)s * 1000 : LONGEST_MS);
    }
    return date_parse_http(text, &date) ? on_our_clock(r, date, now) : (struct wall){0};
}

/* X-RateLimit-Reset: 2026-03-26T16:00Z. */
static struct wall reset_time(const struct http_response *r, struct wall now)
{
    struct wall reset;

    if (!date_parse_iso(str_trim(http_header_get(r, "X-RateLimit-Reset")), &reset)) {
        return (struct wall){0};
    }
    return on_our_clock(r, reset, now);
}

static struct wall come_back(const struct http_response *r, struct wall now)
{
    struct wall t = retry_after(r, now);

    return t.ms != 0 ? t : reset_time(r, now);
}

struct dur jira_backoff(unsigned tries, uint64_t random)
{
    unsigned shift = tries > 1 ? tries - 1 : 0;
    int64_t ms = shift < 4 ? INT64_C(2000) << shift : 30000;

    ms = ms < 30000 ? ms : 30000;
    return DUR_MS(ms * (700 + (int64_t)(random % 601)) / 1000);
}

/* ---- verdicts ---- */

struct judging {
    const struct http_response *r;
    const char *what;
    const char *text; /* Jira's own words, or "" */
    struct wall now;
    struct jira_reply *ret;
};

static void refuse(const struct judging *j, enum jira_verdict v, enum err_kind kind,
                   const char *advice)
{
    j->ret->verdict = v;
    err_set(&j->ret->err, kind, "Jira answered %d to %s%s%s%s%s", j->r->status, j->what,
            j->text[0] != '\0' ? ": " : "", j->text, advice[0] != '\0' ? "; " : "",
            advice);
}

static void judge_credentials(const struct judging *j)
{
    struct str denied = http_header_get(j->r, "X-Authentication-Denied-Reason");

    if (str_find(denied, STR("CAPTCHA")) >= 0) {
        refuse(j, REPLY_FATAL, ERR_AUTH,
               "the account is locked by a CAPTCHA: log in once in a browser");
    } else if (j->r->status == 401) {
        refuse(j, REPLY_FATAL, ERR_AUTH, "");
    } else {
        refuse(j, REPLY_REFUSED, ERR_FORBIDDEN, "");
    }
}

/*
 * Cloud goes on as the anonymous user, with 200, when the credentials are not
 * good (any more): a search then finds less or nothing, in silence.
 */
static bool is_anonymous_by_mistake(const struct http_response *r)
{
    struct str reason = http_header_get(r, "X-Seraph-LoginReason");

    return str_find(reason, STR("AUTHENTICATED_FAILED")) >= 0 ||
           str_find(reason, STR("AUTHENTICATION_DENIED")) >= 0;
}

static void judge_limit(const struct judging *j)
{
    struct str reason = http_header_get(j->r, "RateLimit-Reason");

    refuse(j, REPLY_PAUSED, ERR_RATE, "");
    j->ret->until = come_back(j->r, j->now);
    j->ret->quota = str_find(reason, STR("quota")) >= 0;
}

static void judge_passing(const struct judging *j)
{
    refuse(j, REPLY_AGAIN, ERR_REMOTE, "");
    j->ret->err.retry = ERR_TRY_AGAIN;
    j->ret->until = retry_after(j->r, j->now);
    j->ret->too_large = j->r->status != 503; /* perhaps it worked too long at it */
}

static void judge_status(const struct judging *j)
{
    int status = j->r->status;

    if (status == 200 && is_anonymous_by_mistake(j->r)) {
        refuse(
            j, REPLY_FATAL, ERR_AUTH,
            "it did not accept the credentials and answered as to an anonymous user");
    } else if (status == 200) {
        j->ret->verdict = REPLY_OK;
    } else if (status == 401 || status == 403 || status == 407) {
        judge_credentials(j);
    } else if (status == 404) {
        refuse(j, REPLY_REFUSED, ERR_NOT_FOUND, "");
    } else if (status == 410) {
        refuse(j, REPLY_FATAL, ERR_GONE, "");
    } else if (status == 429) {
        judge_limit(j);
    } else if (status == 408 || status >= 500) {
        judge_passing(j);
    } else if (status >= 300 && status < 400) {
        refuse(j, REPLY_FATAL, ERR_CONFIG,
               "it redirects: set url to the final address");
    } else {
        refuse(j, REPLY_REFUSED, ERR_REMOTE, "");
    }
}

static void judge_failure(const struct err *failure, const char *what,
                          struct jira_reply *ret)
{
    ret->err = *failure;
    (void)err_wrap(&ret->err, "%s", what);
    ret->verdict = failure->kind == ERR_REMOTE ? REPLY_REFUSED : REPLY_AGAIN;
    ret->too_large = failure->kind == ERR_LIMIT;
}

void jira_judge(const struct http_response *resp, const struct err *failure,
                const char *what, struct wall now, struct jira_reply *ret)
{
    char mem[TEXT_SIZE];
    struct buf text;

    *ret = (struct jira_reply){.verdict = REPLY_OK};
    if (failure != NULL) {
        judge_failure(failure, what, ret);
        return;
    }
    buf_init_fixed(&text, mem, sizeof mem);
    if (resp->status != 200) {
        jira_error_text(resp->body, &text);
    }
    judge_status(&(struct judging){resp, what, buf_cstr(&text), now, ret});
}

/* ---- headers of every answer ---- */

static int64_t header_int(const struct http_response *r, const char *name)
{
    int64_t n;

    return str_to_i64(str_trim(http_header_get(r, name)), &n) && n >= 0 ? n : -1;
}

void jira_note_headers(const struct http_response *resp, struct wall now,
                       struct feed *out, bool *ret_near)
{
    int64_t interval = header_int(resp, "X-RateLimit-Interval-Seconds");

    out->server_date = server_date(resp);
    out->rate_limit = header_int(resp, "X-RateLimit-Limit");
    out->rate_remaining = header_int(resp, "X-RateLimit-Remaining");
    out->rate_reset = reset_time(resp, now);
    /* Data Center's bucket is filled again every interval. */
    if (out->rate_reset.ms == 0 && interval > 0 && interval < DAY_S) {
        out->rate_reset = bounded(now, interval * 1000);
    }
    *ret_near =
        str_eq_nocase(http_header_get(resp, "X-RateLimit-NearLimit"), STR("true"));
}

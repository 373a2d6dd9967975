#include "tests/support/vendors/faults.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/vendors/gz.h"

#define BOMB_DFLT ((int64_t)256 << 20)
#define BOMB_MAX ((int64_t)2 << 30)
#define FOREVER -1

#define KINDS(X)                                                                       \
    X(FAULT_STATUS, "status")                   /* status, headers, body */            \
    X(FAULT_CLOSE, "close")                     /* after `bytes` of the body */        \
    X(FAULT_REFUSE, "refuse")                   /* no answer at all */                 \
    X(FAULT_HANG, "hang")                       /* nothing, until the server stops */  \
    X(FAULT_DELAY, "delay")                     /* the true answer, `ms` later */      \
    X(FAULT_DRIP, "drip")                       /* `bytes` every `ms` */               \
    X(FAULT_TRUNCATE, "truncate")               /* a whole reply of half a body */     \
    X(FAULT_TYPE, "content-type")               /* `type` on the true answer */        \
    X(FAULT_HTML, "html")                       /* a proxy's page */                   \
    X(FAULT_BOMB, "gzip-bomb")                  /* inflates to `bytes` */              \
    X(FAULT_GZIP_CUT, "gzip-truncated")         /* half of a gzip body */              \
    X(FAULT_ANNOUNCE, "announce")               /* a Content-Length of `bytes` */      \
    X(FAULT_REDIRECT, "redirect")               /* `to`, `status` */                   \
    X(FAULT_GH_PRIMARY, "github-primary-limit") /* `status`, `reset_in` */             \
    X(FAULT_GH_SECONDARY, "github-secondary-limit") /* `status`, `retry_after` */      \
    X(FAULT_JIRA_LIMIT, "jira-limit")               /* `reason`, `retry_after` */      \
    X(FAULT_SLACK_LIMIT, "slack-limit")             /* `retry_after` */

enum kind {
#define X(e, name) e,
    KINDS(X)
#undef X
        FAULT_KINDS
};

static const char *const kind_names[FAULT_KINDS] = {
#define X(e, name) [e] = name,
    KINDS(X)
#undef X
};

struct fault {
    json_t *spec; /* owned; a copy of what was asked for */
    enum kind kind;
    const char *method; /* NULL: any */
    const char *path;   /* prefix of the path */
    int64_t skip, left; /* left FOREVER: always */
    int64_t used;
    struct blob *bomb; /* owned; made once */
    struct fault *next;
};

struct faults {
    struct fault *first, **end;
};

struct faults *faults_create(void)
{
    struct faults *f = calloc(1, sizeof *f);

    if (f) {
        f->end = &f->first;
    }
    return f;
}

static void fault_destroy(struct fault *f)
{
    if (f) {
        json_decref(f->spec);
        blob_unref(f->bomb);
        free(f);
    }
}

void faults_clear(struct faults *f)
{
    while (f->first) {
        struct fault *next = f->first->next;

        fault_destroy(f->first);
        f->first = next;
    }
    f->end = &f->first;
}

void faults_destroy(struct faults *f)
{
    if (f) {
        faults_clear(f);
        free(f);
    }
}

/* ---- the script ---- */

static bool read_kind(const json_t *spec, enum kind *ret)
{
    const char *name = json_text(spec, "action", "");

    for (size_t i = 0; i < FAULT_KINDS; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *ret = (enum kind)i;
            return true;
        }
    }
    return false;
}

static struct fault *read_fault(const json_t *spec, struct err *e)
{
    struct fault *f = calloc(1, sizeof *f);

    if (!f || !(f->spec = json_deep_copy(spec))) {
        fault_destroy(f);
        err_nomem(e);
        return NULL;
    }
    f->method = json_text(f->spec, "method", NULL);
    f->path = json_text(f->spec, "path", "/");
    f->skip = json_number(f->spec, "skip", 0);
    f->left = json_number(f->spec, "count", 1);
    if (!read_kind(f->spec, &f->kind)) {
        err_set(e, ERR_PARSE, "a fault has no action, or one of no known kind");
        fault_destroy(f);
        return NULL;
    }
    return f;
}

bool faults_set(struct faults *f, const json_t *specs, struct err *e)
{
    struct faults fresh = {.first = NULL, .end = &fresh.first};
    const json_t *spec;
    size_t i;

    if (!json_is_array(specs)) {
        return err_set(e, ERR_PARSE, "faults are a list");
    }
    json_array_foreach(specs, i, spec)
    {
        *fresh.end = read_fault(spec, e);
        if (!*fresh.end) {
            faults_clear(&fresh);
            return err_wrap(e, "fault %zu", i);
        }
        fresh.end = &(*fresh.end)->next;
    }
    faults_clear(f);
    f->first = fresh.first;
    f->end = fresh.first ? fresh.end : &f->first;
    return true;
}

json_t *faults_list(const struct faults *f)
{
    json_t *all = json_array();

    for (const struct fault *one = f->first; one; one = one->next) {
        json_t *o = json_copy(one->spec);

        (void)json_object_set_new(o, "used", json_integer(one->used));
        (void)json_object_set_new(o, "left", json_integer(one->left));
        (void)json_array_append_new(all, o);
    }
    return all;
}

struct fault *faults_match(struct faults *f, const struct request *rq)
{
    for (struct fault *one = f->first; one; one = one->next) {
        if (one->left == 0 || (one->method && strcmp(one->method, rq->method) != 0) ||
            !str_has_prefix(str_of(rq->path), str_of(one->path))) {
            continue;
        }
        if (one->skip > 0) {
            one->skip--;
            continue;
        }
        if (one->left != FOREVER) {
            one->left--;
        }
        one->used++;
        return one;
    }
    return NULL;
}

/* ---- answers of their own ---- */

static void add_headers(const struct fault *f, struct reply *rp)
{
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(f->spec, "headers"), name, value)
    {
        if (strcmp(name, "Content-Type") == 0) {
            rp->type = json_string_value(value);
        } else if (json_is_string(value)) {
            reply_header(rp, name, "%s", json_string_value(value));
        }
    }
}

static void answer_status(const struct fault *f, struct reply *rp)
{
    const json_t *body = json_object_get(f->spec, "body");
    int status = (int)json_number(f->spec, "status", 500);

    if (json_is_string(body)) {
        reply_text(rp, status, "application/json; charset=utf-8",
                   json_string_value(body));
    } else if (body) {
        reply_json(rp, status, json_deep_copy(body));
    } else {
        reply_text(rp, status, NULL, "");
    }
    add_headers(f, rp);
}

static void answer_html(const struct fault *f, struct reply *rp)
{
    reply_text(rp, (int)json_number(f->spec, "status", 200), "text/html; charset=utf-8",
               "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>"
               "<h1>Your connection needs attention</h1><p>Please sign in to the "
               "network.</p></body></html>\n");
}

/* Blanks and an empty list: valid JSON, were it ever inflated. */
static struct blob *make_bomb(int64_t bytes)
{
    size_t n = (size_t)(bytes < 2 ? 2 : bytes > BOMB_MAX ? BOMB_MAX : bytes);
    char *plain = malloc(n);
    struct blob *b = NULL;
    struct buf packed;

    buf_init(&packed, 2 * n + 4096);
    if (plain) {
        memset(plain, ' ', n);
        plain[n - 2] = '[';
        plain[n - 1] = ']';
        if (gz_compress((struct str){plain, n}, &packed)) {
            b = blob_create(buf_str(&packed));
        }
    }
    buf_finish(&packed);
    free(plain);
    return b;
}

static void answer_bomb(struct fault *f, struct reply *rp)
{
    if (!f->bomb) {
        f->bomb = make_bomb(json_number(f->spec, "bytes", BOMB_DFLT));
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
    rp->shared = f->bomb ? blob_ref(f->bomb) : NULL;
    rp->encoded = rp->shared != NULL;
}

static void answer_redirect(const struct fault *f, struct reply *rp)
{
    reply_header(rp, "Location", "%s", json_text(f->spec, "to", "/"));
    reply_text(rp, (int)json_number(f->spec, "status", 302), "text/plain", "");
}

static void answer_github(const struct fault *f, const struct request *rq,
                          struct reply *rp, bool primary)
{
    int64_t wait = json_number(f->spec, "retry_after", primary ? 0 : 60);
    int64_t reset = rq->at.ms / 1000 + json_number(f->spec, "reset_in", 60);

    if (primary) {
        reply_header(rp, "X-RateLimit-Limit", "5000");
        reply_header(rp, "X-RateLimit-Remaining", "0");
        reply_header(rp, "X-RateLimit-Used", "5000");
        reply_header(rp, "X-RateLimit-Reset", "%" PRId64, reset);
        reply_header(rp, "X-RateLimit-Resource", "core");
    }
    if (wait > 0) {
        reply_header(rp, "Retry-After", "%" PRId64, wait);
    }
    reply_json(rp, (int)json_number(f->spec, "status", 403),
               json_pack("{s:s, s:s}", "message",
                         primary
                             ? "API rate limit exceeded for user ID 8014317."
                             : "You have exceeded a secondary rate limit. Please wait "
                               "a few minutes before you try again.",
                         "documentation_url",
                         "https://docs.github.com/rest/using-the-rest-api/"
                         "rate-limits-for-the-rest-api"));
}

static void answer_jira_limit(const struct fault *f, struct reply *rp)
{
    int64_t wait = json_number(f->spec, "retry_after", 5);
    const char *reset = json_text(f->spec, "reset", NULL);

    /* A gateway has been seen to answer without any of these: retry_after 0. */
    if (wait > 0) {
        reply_header(rp, "Retry-After", "%" PRId64, wait);
        reply_header(rp, "X-RateLimit-Limit", "100");
        reply_header(rp, "X-RateLimit-Remaining", "0");
        reply_header(rp, "RateLimit-Reason", "%s",
                     json_text(f->spec, "reason", "jira-burst-based"));
    }
    if (reset) {
        reply_header(rp, "X-RateLimit-Reset", "%s", reset);
    }
    reply_json(
        rp, 429,
        json_pack("{s:[s], s:{}}", "errorMessages", "Rate limit exceeded.", "errors"));
}

bool faults_replace(struct fault *f, const struct request *rq, struct reply *rp)
{
    switch (f->kind) {
    case FAULT_STATUS:
        answer_status(f, rp);
        return true;
    case FAULT_HTML:
        answer_html(f, rp);
        return true;
    case FAULT_BOMB:
        answer_bomb(f, rp);
        return true;
    case FAULT_REDIRECT:
        answer_redirect(f, rp);
        return true;
    case FAULT_GH_PRIMARY:
        answer_github(f, rq, rp, true);
        return true;
    case FAULT_GH_SECONDARY:
        answer_github(f, rq, rp, false);
        return true;
    case FAULT_JIRA_LIMIT:
        answer_jira_limit(f, rp);
        return true;
    case FAULT_SLACK_LIMIT:
        reply_header(rp, "Retry-After", "%" PRId64,
                     json_number(f->spec, "retry_after", 1));
        reply_text(rp, 429, "text/plain; charset=utf-8", "rate_limited");
        return true;
    case FAULT_REFUSE:
        rp->delivery = REPLY_CLOSE;
        return true;
    case FAULT_HANG:
        rp->delivery = REPLY_NEVER;
        return true;
    case FAULT_CLOSE:
    case FAULT_DELAY:
    case FAULT_DRIP:
    case FAULT_TRUNCATE:
    case FAULT_TYPE:
    case FAULT_GZIP_CUT:
    case FAULT_ANNOUNCE:
    case FAULT_KINDS:
    default:
        return false;
    }
}

/* ---- true answers, bent ---- */

static void own_bytes(struct reply *rp)
{
    if (rp->shared) {
        buf_clear(&rp->body);
        buf_add(&rp->body, (struct str){rp->shared->p, rp->shared->n});
        blob_unref(rp->shared);
        rp->shared = NULL;
    }
}

static void cut_gzip(struct reply *rp)
{
    struct buf packed;

    own_bytes(rp);
    if (!rp->encoded) {
        buf_init(&packed, rp->body.ceiling);
        if (gz_compress(buf_str(&rp->body), &packed)) {
            buf_finish(&rp->body);
            rp->body = packed;
            rp->encoded = true;
        } else {
            buf_finish(&packed);
        }
    }
    buf_truncate(&rp->body, rp->body.n / 2);
}

void faults_bend(const struct fault *f, struct reply *rp)
{
    int64_t bytes = json_number(f->spec, "bytes", -1);
    size_t all = reply_bytes(rp).n;

    switch (f->kind) {
    case FAULT_CLOSE:
        rp->delivery = REPLY_CUT;
        rp->bytes = bytes < 0 ? all / 2 : (size_t)bytes;
        rp->identity = !rp->encoded;
        break;
    case FAULT_DELAY:
        rp->delay = DUR_MS(json_number(f->spec, "ms", 1000));
        break;
    case FAULT_DRIP:
        rp->delivery = REPLY_DRIP;
        rp->bytes = bytes < 1 ? 16 : (size_t)bytes;
        rp->every = DUR_MS(json_number(f->spec, "ms", 100));
        break;
    case FAULT_TRUNCATE:
        own_bytes(rp);
        rp->identity = true;
        buf_truncate(&rp->body, bytes < 0 ? all / 2 : (size_t)bytes);
        break;
    case FAULT_TYPE:
        rp->type = json_text(f->spec, "type", "text/plain");
        break;
    case FAULT_GZIP_CUT:
        cut_gzip(rp);
        break;
    case FAULT_ANNOUNCE:
        rp->announce = bytes < 1 ? (uint64_t)1 << 40 : (uint64_t)bytes;
        rp->identity = !rp->encoded;
        break;
    case FAULT_STATUS:
    case FAULT_REFUSE:
    case FAULT_HANG:
    case FAULT_HTML:
    case FAULT_BOMB:
    case FAULT_REDIRECT:
    case FAULT_GH_PRIMARY:
    case FAULT_GH_SECONDARY:
    case FAULT_JIRA_LIMIT:
    case FAULT_SLACK_LIMIT:
    case FAULT_KINDS:
    default:
        break;
    }
}

#include "tests/conform/conform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- how an answer is spoilt ---- */

static void set_header(struct answer *ans, struct str name, struct str value)
{
    for (size_t i = 0; i < ans->n_headers; i++) {
        if (str_eq_nocase(ans->headers[i].name, name)) {
            ans->headers[i].value = value;
            return;
        }
    }
    answer_header(ans, name, value);
}

static void set_headers(const struct fault *f, struct answer *ans)
{
    for (size_t i = 0; i + 1 < ARRAY_LEN(f->headers) && f->headers[i] != NULL; i += 2) {
        struct str name = str_of(f->headers[i]);

        if (str_eqz(name, "Date")) {
            ans->date = str_of(f->headers[i + 1]);
        } else {
            set_header(ans, name, str_of(f->headers[i + 1]));
        }
    }
}

/* Another answer altogether. */
static bool reply(const struct fault *f, struct site *s, const struct http_request *req,
                  struct answer *ans)
{
    (void)s;
    (void)req;
    *ans = (struct answer){
        .status = f->status, .body = str_of(f->body), .date = ans->date};
    ans->type = str_has_prefix(ans->body, STR("<"))
                    ? STR("text/html; charset=utf-8")
                    : STR("application/json; charset=utf-8");
    set_headers(f, ans);
    return true;
}

/* The good answer with other headers. */
static bool headers(const struct fault *f, struct site *s,
                    const struct http_request *req, struct answer *ans)
{
    (void)s;
    (void)req;
    set_headers(f, ans);
    return true;
}

/* The good answer with another status. */
static bool status(const struct fault *f, struct site *s,
                   const struct http_request *req, struct answer *ans)
{
    (void)s;
    (void)req;
    ans->status = f->status;
    return true;
}

static bool wrong_type(const struct fault *f, struct site *s,
                       const struct http_request *req, struct answer *ans)
{
    (void)s;
    (void)req;
    ans->type = str_of(f->body);
    return true;
}

static bool no_answer(const struct fault *f, struct site *s,
                      const struct http_request *req, struct answer *ans)
{
    (void)s;
    (void)req;
    if (f->unsent) {
        err_set_retry(&ans->failure, f->failure, "%s", f->name);
    } else {
        err_set(&ans->failure, f->failure, "%s", f->name);
    }
    return true;
}

/* A part of the body is missing at its end: a half, or one byte. */
static bool cut(const struct fault *f, struct site *s, const struct http_request *req,
                struct answer *ans)
{
    (void)s;
    (void)req;
    if (ans->body.n == 0) {
        return false;
    }
    ans->body = str_first(ans->body, f->number > 0 ? ans->body.n / (size_t)f->number
                                                   : ans->body.n - 1);
    return true;
}

/* Puts `text` behind the first `after`; false: there is none, or no body. */
static bool insert(struct site *s, struct answer *ans, const char *after,
                   struct str text)
{
    ptrdiff_t at = str_find(ans->body, str_of(after));

    if (at < 0 || ans->body.n == 0) {
        return false;
    }
    size_t head = (size_t)at + strlen(after);
    char *body = arena_alloc(s->a, ans->body.n + text.n);

    assert_non_null(body);
    memcpy(body, ans->body.p, head);
    memcpy(body + head, text.p, text.n);
    memcpy(body + head + text.n, ans->body.p + head, ans->body.n - head);
    ans->body = (struct str){body, ans->body.n + text.n};
    return true;
}

/* Within the first text. */
static bool odd_text(const struct fault *f, struct site *s,
                     const struct http_request *req, struct answer *ans)
{
    (void)req;
    return insert(s, ans, "\":\"", str_of(f->body));
}

static bool mark(const struct fault *f, struct site *s, const struct http_request *req,
                 struct answer *ans)
{
    (void)req;
    return insert(s, ans, "", str_of(f->body));
}

/* The first member of the first object comes twice. */
static bool twice(const struct fault *f, struct site *s, const struct http_request *req,
                  struct answer *ans)
{
    ptrdiff_t at = str_find(ans->body, STR("{\""));

    (void)f;
    (void)req;
    if (at < 0) {
        return false;
    }
    struct str name = str_skip(ans->body, (size_t)at + 2);

    name = str_first(name, (size_t)str_chr(name, '"'));
    return insert(s, ans, "{", arena_printf(s->a, "\"%.*s\":null,", STR_FMT(name)));
}

static struct str nested(struct arena *a, size_t depth)
{
    char *text = arena_alloc(a, 2 * depth);

    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return (struct str){text, 2 * depth};
}

static bool deep(const struct fault *f, struct site *s, const struct http_request *req,
                 struct answer *ans)
{
    (void)req;
    ans->body = nested(s->a, (size_t)f->number);
    return true;
}

/* Within a member that nobody asked for. */
static bool deep_member(const struct fault *f, struct site *s,
                        const struct http_request *req, struct answer *ans)
{
    struct str value = nested(s->a, (size_t)f->number);

    (void)req;
    return insert(s, ans, "{", arena_printf(s->a, "\"unknown\":%.*s,", STR_FMT(value)));
}

static bool long_member(const struct fault *f, struct site *s,
                        const struct http_request *req, struct answer *ans)
{
    char *text = arena_alloc(s->a, (size_t)f->number);

    (void)req;
    assert_non_null(text);
    memset(text, 'a', (size_t)f->number);
    return insert(s, ans, "{",
                  arena_printf(s->a, "\"unknown\":\"%.*s\",", f->number, text));
}

/* The first issue's title begins with the row's text, or is of that length. */
static bool odd_title(const struct fault *f, struct site *s,
                      const struct http_request *req, struct answer *ans)
{
    struct str text = str_of(f->body);
    char *many = arena_alloc(s->a, (size_t)f->number + 1);

    (void)req;
    assert_non_null(many);
    if (f->number > 0) {
        memset(many, 'a', (size_t)f->number);
        text = (struct str){many, (size_t)f->number};
    }
    return insert(s, ans, "\"title\":\"", text) ||
           insert(s, ans, "\"summary\":\"", text);
}

/* What some proxies print on their error pages: the request they got. */
static bool echo(const struct fault *f, struct site *s, const struct http_request *req,
                 struct answer *ans)
{
    struct str secret = str_of(s->fx->secrets[0]), auth = STR_NONE;

    for (size_t i = 0; i < req->n_headers; i++) {
        if (str_eq_nocase(req->headers[i].name, STR("Authorization"))) {
            auth = req->headers[i].value;
        }
    }
    /* Of what the request has; it knows no other secret. */
    if (s->fx->has_other_auth != NULL && s->fx->has_other_auth(req)) {
        secret = auth;
    }
    *ans = (struct answer){
        .status = f->status, .type = STR("application/json"), .date = ans->date};
    ans->body = arena_printf(s->a,
                             "{\"message\":\"bad header Authorization: %.*s\","
                             "\"errorMessages\":[\"bad header Authorization: %.*s\"],"
                             "\"errors\":{\"token\":\"%.*s\"}}",
                             STR_FMT(auth), STR_FMT(auth), STR_FMT(secret));
    set_headers(f, ans);
    return true;
}

/* The token alone: parsers like to name the word they stumble over. */
static bool echo_plain(const struct fault *f, struct site *s,
                       const struct http_request *req, struct answer *ans)
{
    (void)f;
    (void)req;
    *ans = (struct answer){.status = 200,
                           .type = STR("application/json"),
                           .date = ans->date,
                           .body = str_of(s->fx->secrets[0])};
    return true;
}

/* ---- the table ---- */

#define PLAIN_ERROR                                                                    \
    "{\"message\":\"Not now\",\"errorMessages\":[\"Not now\"],\"errors\":{}}"
#define HTML "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>"
#define PARSE_KINDS (KIND(ERR_PARSE) | KIND(ERR_LIMIT))
#define HERE "https://other.example/login"

#define STATUS(code, k, fl)                                                            \
    {                                                                                  \
        .name = #code, .apply = reply, .status = code, .body = PLAIN_ERROR,            \
        .kinds = k, .flags = fl                                                        \
    }
#define PASSING(code) STATUS(code, KIND(ERR_REMOTE), 0)
#define BODY(what, text)                                                               \
    {                                                                                  \
        .name = what, .apply = reply, .status = 200, .body = text,                     \
        .kinds = PARSE_KINDS                                                           \
    }
#define LIMITED(what, code, ...)                                                       \
    {                                                                                  \
        .name = what, .apply = reply, .status = code, .body = PLAIN_ERROR,             \
        .headers = {__VA_ARGS__}, .kinds = KIND(ERR_RATE) | KIND(ERR_FORBIDDEN),       \
        .flags = FAULT_PAUSE | FAULT_SOURCE                                            \
    }
#define REDIRECT(what, code, ...)                                                      \
    {                                                                                  \
        .name = what, .apply = reply, .status = code, .body = HTML,                    \
        .headers = {__VA_ARGS__},                                                      \
        .kinds = KIND(ERR_REMOTE) | KIND(ERR_CONFIG) | KIND(ERR_PARSE),                \
        .flags = FAULT_SOURCE                                                          \
    }
#define LOST(what, k, before)                                                          \
    {                                                                                  \
        .name = what, .apply = no_answer, .failure = k, .unsent = before,              \
        .kinds = KIND(k)                                                               \
    }
#define TRUE_BUT(what, ...)                                                            \
    {                                                                                  \
        .name = what, .apply = headers, .headers = {__VA_ARGS__}, .flags = FAULT_TRUE  \
    }

const struct fault faults[] = {
    STATUS(401, KIND(ERR_AUTH), FAULT_SOURCE),
    STATUS(403, KIND(ERR_FORBIDDEN), 0),
    STATUS(404, KIND(ERR_NOT_FOUND), 0),
    STATUS(410, KIND(ERR_GONE), 0),
    STATUS(400, KIND(ERR_REMOTE), 0),
    STATUS(405, KIND(ERR_REMOTE) | KIND(ERR_CONFIG), 0),
    STATUS(407, KIND(ERR_REMOTE) | KIND(ERR_FORBIDDEN), 0),
    STATUS(409, KIND(ERR_REMOTE), 0),
    STATUS(418, KIND(ERR_REMOTE), 0),
    STATUS(422, KIND(ERR_REMOTE), 0),
    STATUS(451, KIND(ERR_REMOTE), 0),
    PASSING(408),
    PASSING(500),
    PASSING(501),
    PASSING(502),
    PASSING(503),
    PASSING(504),
    PASSING(520),

    /* Not 200, though there is something to read. */
    {.name = "201", .apply = status, .status = 201, .kinds = KIND(ERR_REMOTE)},
    {.name = "202", .apply = status, .status = 202, .kinds = KIND(ERR_REMOTE)},
    {.name = "203", .apply = status, .status = 203, .kinds = KIND(ERR_REMOTE)},
    {.name = "206", .apply = status, .status = 206, .kinds = KIND(ERR_REMOTE)},
    {.name = "204", .apply = reply, .status = 204, .kinds = KIND(ERR_REMOTE)},
    {.name = "304 unasked",
     .apply = reply,
     .status = 304,
     .kinds = KIND(ERR_REMOTE) | KIND(ERR_CONFIG),
     .flags = FAULT_SOURCE},

    /* Limits, and what may be said of their end. */
    LIMITED("429", 429, NULL),
    LIMITED("429, in 30 s", 429, "Retry-After", "30"),
    LIMITED("429, at once", 429, "Retry-After", "0"),
    LIMITED("429, before", 429, "Retry-After", "-120"),
    LIMITED("429, in ages", 429, "Retry-After", "99999999999999999999"),
    LIMITED("429, in years", 429, "Retry-After", "999999999"),
    LIMITED("429, in half a second", 429, "Retry-After", "0.5"),
    LIMITED("429, soon", 429, "Retry-After", "soon"),
    LIMITED("429, on a day to come", 429, "Retry-After",
            "Sat, 06 Nov 2094 08:49:37 GMT"),
    LIMITED("429, on a day gone by", 429, "Retry-After",
            "Sun, 06 Nov 1994 08:49:37 GMT"),
    LIMITED("429, without a Date", 429, "Retry-After", "Sat, 06 Nov 2094 08:49:37 GMT",
            "Date", ""),
    LIMITED("429, nothing remains", 429, "X-RateLimit-Limit", "60",
            "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999"),
    LIMITED("429, quota", 429, "RateLimit-Reason", "jira-quota-tenant-based",
            "X-RateLimit-Reset", "9999-12-31T23:59Z"),
    LIMITED("403, in 30 s", 403, "Retry-After", "30"),
    LIMITED("403, nothing remains", 403, "X-RateLimit-Remaining", "0",
            "X-RateLimit-Reset", "-7"),
    LIMITED("403, secondary", 403, "Retry-After", "99999999999999999999"),
    {.name = "503, in ages",
     .apply = reply,
     .status = 503,
     .body = HTML,
     .headers = {"Retry-After", "99999999999999999999"},
     .kinds = KIND(ERR_REMOTE)},
    {.name = "503, on a day to come",
     .apply = reply,
     .status = 503,
     .body = "",
     .headers = {"Retry-After", "Sat, 06 Nov 2094 08:49:37 GMT"},
     .kinds = KIND(ERR_REMOTE)},

    /* 200 with something else in it. */
    BODY("200 HTML", HTML),
    BODY("200 null", "null"),
    BODY("200 {}", "{}"),
    BODY("200 []", "[]"),
    BODY("200, nothing", ""),
    BODY("200, blanks", " \n "),
    BODY("200, a number", "7"),
    BODY("200, a text", "\"ok\""),
    BODY("200, a list of numbers", "[1,2,3]"),
    BODY("200, an error", PLAIN_ERROR),
    BODY("200, an open list", "["),
    BODY("200, an open object", "{"),
    {.name = "half a body", .apply = cut, .number = 2, .kinds = PARSE_KINDS},
    {.name = "all but the last byte", .apply = cut, .kinds = PARSE_KINDS},
    {.name = "HTML by its type",
     .apply = wrong_type,
     .body = "text/html",
     .kinds = PARSE_KINDS,
     .flags = FAULT_EITHER},
    {.name = "bytes by its type",
     .apply = wrong_type,
     .body = "application/octet-stream",
     .kinds = PARSE_KINDS,
     .flags = FAULT_EITHER},
    {.name = "no UTF-8", .apply = odd_text, .body = "\xff\xfe", .kinds = PARSE_KINDS},
    {.name = "overlong UTF-8",
     .apply = odd_text,
     .body = "\xc0\xaf",
     .kinds = PARSE_KINDS},
    {.name = "half a surrogate",
     .apply = odd_text,
     .body = "\\ud800",
     .kinds = PARSE_KINDS},
    {.name = "a raw control character",
     .apply = odd_text,
     .body = "\x01",
     .kinds = PARSE_KINDS},
    {.name = "a NUL in a title",
     .apply = odd_title,
     .body = "\\u0000",
     .flags = FAULT_TRUE | FAULT_BELIEVED},
    {.name = "a byte order mark",
     .apply = mark,
     .body = "\xef\xbb\xbf",
     .kinds = PARSE_KINDS,
     .flags = FAULT_EITHER},
    {.name = "a member twice", .apply = twice, .kinds = PARSE_KINDS},
    {.name = "10,000 deep", .apply = deep, .number = 10000, .kinds = PARSE_KINDS},
    {.name = "10,000 deep within",
     .apply = deep_member,
     .number = 10000,
     .kinds = PARSE_KINDS},
    {.name = "a long text within",
     .apply = long_member,
     .number = 256 << 10,
     .flags = FAULT_TRUE},
    {.name = "a title of a megabyte",
     .apply = odd_title,
     .number = 1 << 20,
     .flags = FAULT_TRUE | FAULT_BELIEVED},

    /* Redirects. */
    REDIRECT("301 elsewhere", 301, "Location", HERE),
    REDIRECT("302 elsewhere", 302, "Location", HERE),
    REDIRECT("303 elsewhere", 303, "Location", HERE),
    REDIRECT("307 elsewhere", 307, "Location", HERE),
    REDIRECT("308 elsewhere", 308, "Location", HERE),
    REDIRECT("301 to plain http", 301, "Location",
             "http://api.github.com/repositories/42"),
    REDIRECT("301 to nowhere", 301, "Location", ""),
    REDIRECT("302 to a page", 302, "Location", "/login"),
    REDIRECT("302 to itself", 302, "Location", "@self"),
    REDIRECT("301 to itself", 301, "Location", "@self"),
    REDIRECT("300", 300, "Location", HERE),
    REDIRECT("302 without a place", 302, NULL),

    /* No answer at all. */
    LOST("connection refused", ERR_NET, true),
    LOST("no answer in time", ERR_NET, false),
    LOST("an answer that is too large", ERR_LIMIT, false),
    LOST("an answer that is not HTTP", ERR_REMOTE, false),
    LOST("a damaged encoding", ERR_PARSE, false),

    /* True answers, oddly labelled. */
    TRUE_BUT("no Date", "Date", ""),
    TRUE_BUT("a Date that is none", "Date", "yesterday"),
    TRUE_BUT("a Date of long ago", "Date", "Thu, 01 Jan 1970 00:00:10 GMT"),
    TRUE_BUT("a Date of a time to come", "Date", "Fri, 21 Nov 2036 12:00:00 GMT"),
    TRUE_BUT("nothing remains till 5138", "X-RateLimit-Limit", "5000",
             "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999"),
    TRUE_BUT("nothing remains till 9999", "X-RateLimit-Limit", "5000",
             "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9999-12-31T23:59Z"),
    TRUE_BUT("limits that are none", "X-RateLimit-Limit", "many",
             "X-RateLimit-Remaining", "-1", "X-RateLimit-Reset",
             "99999999999999999999"),
    TRUE_BUT("a wait that nobody asked for", "Retry-After", "99999999999999999999"),

    /* The server tells what it was told. */
    {.name = "echo 400", .apply = echo, .status = 400, .kinds = KIND(ERR_REMOTE)},
    {.name = "echo 401",
     .apply = echo,
     .status = 401,
     .kinds = KIND(ERR_AUTH),
     .flags = FAULT_SOURCE},
    {.name = "echo 403", .apply = echo, .status = 403, .kinds = KIND(ERR_FORBIDDEN)},
    {.name = "echo 403, what is needed",
     .apply = echo,
     .status = 403,
     .headers = {"X-Accepted-GitHub-Permissions", "issues=read"},
     .kinds = KIND(ERR_FORBIDDEN)},
    {.name = "echo 500", .apply = echo, .status = 500, .kinds = KIND(ERR_REMOTE)},
    {.name = "echo 429",
     .apply = echo,
     .status = 429,
     .kinds = KIND(ERR_RATE),
     .flags = FAULT_PAUSE | FAULT_SOURCE},
    {.name = "echo 302",
     .apply = echo,
     .status = 302,
     .headers = {"Location", HERE},
     .kinds = KIND(ERR_REMOTE) | KIND(ERR_CONFIG),
     .flags = FAULT_SOURCE},
    {.name = "echo 200, no JSON", .apply = echo_plain, .kinds = PARSE_KINDS},
    {.name = NULL},
};

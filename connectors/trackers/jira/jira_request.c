#include "connectors/trackers/jira/jira_request.h"

#include <inttypes.h>

#include "base/jsonw.h"
#include "base/sign.h"
#include "connectors/trackers/jira/jira_conf.h"

enum {
    MAX_AUTH = 64 << 10,
    LONGEST_URL = 4000, /* servers and proxies take 8 KB for all of the head */
    MAX_KEYS = 50,      /* `keys` of project/search */
    PROJECTS_PAGE = 100,
    LOG_PAGE = 1000, /* changes */
};

bool jira_is_gateway(struct str url)
{
    return str_find(url, STR("/ex/jira/")) >= 0;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool add_credentials(struct buf *out, const struct jira_conf *own, struct err *e)
{
    struct buf plain;

    if (own->token.from == SECRET_NONE) {
        return true;
    }
    if (own->token.value.n == 0 || has_control(own->token.value) ||
        has_control(own->user)) {
        return err_set(e, ERR_CONFIG,
                       "user or token is empty or holds a control "
                       "character");
    }
    if (own->user.n == 0) {
        buf_addz(out, "Bearer ");
        buf_add(out, own->token.value);
        return buf_check(out, e);
    }
    buf_init_secret(&plain, MAX_AUTH / 2);
    buf_add(&plain, own->user);
    buf_addc(&plain, ':');
    buf_add(&plain, own->token.value);
    buf_addz(out, "Basic ");
    sign_base64(out, buf_str(&plain));
    bool ok = buf_check(&plain, e) && buf_check(out, e);

    buf_wipe(&plain);
    return ok;
}

bool jira_client_init(struct jira_client *c, const struct tracker_conf *conf,
                      struct err *e)
{
    *c = (struct jira_client){.conf = conf};
    buf_init_secret(&c->auth, MAX_AUTH);
    if (!add_credentials(&c->auth, jira_own(conf), e)) {
        jira_client_finish(c);
        return false;
    }
    c->headers[c->n_get++] =
        (struct http_header){STR("Accept"), STR("application/json")};
    if (c->auth.n > 0) {
        c->headers[c->n_get++] =
            (struct http_header){STR("Authorization"), buf_str(&c->auth)};
    }
    c->n_post = c->n_get;
    c->headers[c->n_post++] =
        (struct http_header){STR("Content-Type"), STR("application/json")};
    /* Data Center refuses a POST that could come from a browser. */
    c->headers[c->n_post++] =
        (struct http_header){STR("X-Atlassian-Token"), STR("no-check")};
    return true;
}

void jira_client_finish(struct jira_client *c)
{
    buf_wipe(&c->auth);
}

/* JSON may have backslashes anywhere, before each slash of a base64 text, say. */
static bool holds(struct str text, struct str secret)
{
    for (size_t i = 0; secret.n > 0 && i < text.n; i++) {
        size_t at = i;
        size_t n = 0;

        while (at < text.n && n < secret.n &&
               (text.p[at] == secret.p[n] || text.p[at] == '\\')) {
            n += text.p[at] == secret.p[n];
            at++;
        }
        if (n == secret.n) {
            return true;
        }
    }
    return false;
}

bool jira_client_is_echoed(const struct jira_client *c, struct str text)
{
    struct str auth = buf_str(&c->auth);
    ptrdiff_t blank = str_chr(auth, ' '); /* after Basic, Bearer */

    return holds(text, jira_own(c->conf)->token.value) ||
           holds(text, str_skip(auth, (size_t)(blank + 1)));
}

/* ---- requests ---- */

static void begin(const struct jira_client *c, struct jira_call *call, const char *path)
{
    buf_clear(&call->url);
    buf_clear(&call->body);
    buf_add(&call->url, c->conf->url);
    buf_addz(&call->url, path);
}

/* Redirects are not followed: the address of issues would be wrong with them. */
static bool finish(const struct jira_client *c, const struct jira_call *call, bool post,
                   struct http_request *ret)
{
    *ret = (struct http_request){
        .method = post ? STR("POST") : STR("GET"),
        .url = buf_str(&call->url),
        .body = buf_str(&call->body),
        .headers = c->headers,
        .n_headers = post ? c->n_post : c->n_get,
        .gzip = true,
    };
    return buf_ok(&call->url) && buf_ok(&call->body);
}

bool jira_request_get(const struct jira_client *c, struct jira_call *call,
                      const char *path, struct http_request *ret)
{
    begin(c, call, path);
    return finish(c, call, false, ret);
}

static bool all_literal(const struct str_list *include)
{
    for (size_t i = 0; i < include->n; i++) {
        if (!jira_is_literal(include->v[i])) {
            return false;
        }
    }
    return include->n > 0 && include->n <= MAX_KEYS;
}

/* Project keys have no small letters; the operator may write them so. */
static void add_upper(struct buf *out, struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];

        c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        jql_percent(out, (struct str){&c, 1});
    }
}

bool jira_request_projects(const struct jira_client *c, struct jira_call *call,
                           size_t start, struct http_request *ret)
{
    const struct str_list *include = &jira_own(c->conf)->projects.include;

    if (!c->cloud) {
        return jira_request_get(c, call, "/rest/api/2/project", ret);
    }
    begin(c, call, "/rest/api/3/project/search");
    buf_printf(&call->url, "?startAt=%zu&maxResults=%d", start, PROJECTS_PAGE);
    for (size_t i = 0; all_literal(include) && i < include->n; i++) {
        buf_addz(&call->url, "&keys=");
        add_upper(&call->url, include->v[i]);
    }
    return finish(c, call, false, ret);
}

/* ---- searches ---- */

struct search {
    struct str jql, fields;
    struct str token; /* Cloud: empty for the first page */
    int64_t start;    /* Data Center */
    bool logs;        /* Data Center: with change logs */
    size_t count;
};

/*
 * Cloud: /rest/api/3/search/jql, by token. Data Center: /rest/api/2/search, by
 * offset; on Cloud that one is gone and answers 410.
 */
static const char *search_path(const struct jira_client *c)
{
    return c->cloud ? "/rest/api/3/search/jql" : "/rest/api/2/search";
}

static void search_url(const struct jira_client *c, struct jira_call *call,
                       const struct search *s)
{
    begin(c, call, search_path(c));
    buf_addz(&call->url, "?jql=");
    jql_percent(&call->url, s->jql);
    buf_printf(&call->url, "&maxResults=%zu&fields=", s->count);
    buf_add(&call->url, s->fields);
    if (!c->cloud) {
        buf_printf(&call->url, "&startAt=%" PRId64, s->start);
        buf_addz(&call->url, s->logs ? "&expand=changelog" : "");
    } else if (s->token.n > 0) {
        buf_addz(&call->url, "&nextPageToken=");
        jql_percent(&call->url, s->token);
    }
}

static void search_body(const struct jira_client *c, struct jira_call *call,
                        const struct search *s)
{
    struct str rest = s->fields;
    struct str field;
    struct jsonw w;

    begin(c, call, search_path(c));
    jsonw_init(&w, &call->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "jql", s->jql);
    jsonw_int(&w, "maxResults", (int64_t)s->count);
    jsonw_array(&w, "fields");
    while (str_split(&rest, ',', &field)) {
        jsonw_str(&w, NULL, field);
    }
    jsonw_end_array(&w);
    if (!c->cloud) {
        jsonw_int(&w, "startAt", s->start);
        if (s->logs) {
            jsonw_array(&w, "expand");
            jsonw_strz(&w, NULL, "changelog");
            jsonw_end_array(&w);
        }
    } else if (s->token.n > 0) {
        jsonw_str(&w, "nextPageToken", s->token);
    }
    jsonw_end_object(&w);
}

static bool search(const struct jira_client *c, struct jira_call *call,
                   const struct search *s, struct http_request *ret)
{
    search_url(c, call, s);
    bool post = call->url.n > LONGEST_URL;

    if (post) {
        search_body(c, call, s);
    }
    return finish(c, call, post, ret);
}

bool jira_request_probe(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret)
{
    return search(c, call,
                  &(struct search){.jql = jql, .fields = STR("updated"), .count = 1},
                  ret);
}

/* Cloud serves 5,000 a page of ids and keys alone; Data Center knows no such thing. */
static struct str walk_fields(const struct jira_client *c, const struct jira_walk *w)
{
    if (w->phase == PHASE_SPANS) {
        return STR("created,updated,status,assignee");
    }
    if (w->phase != PHASE_LISTING) {
        return c->fields;
    }
    return c->cloud ? STR("id,key") : STR("created");
}

bool jira_request_walk(const struct jira_client *c, struct jira_walk *w, struct str jql,
                       struct http_request *ret)
{
    return search(c, &w->call,
                  &(struct search){.jql = jql,
                                   .fields = walk_fields(c, w),
                                   .token = buf_str(&w->token),
                                   .start = w->start,
                                   .logs = w->phase == PHASE_SPANS,
                                   .count = w->page_size},
                  ret);
}

/* ---- issues by id ---- */

#define ARCHIVED "archiveddate"

static void add_fields(struct jsonw *w, struct str rest)
{
    struct str field;

    jsonw_array(w, "fields");
    while (str_split(&rest, ',', &field)) {
        jsonw_str(w, NULL, field);
    }
    jsonw_strz(w, NULL, ARCHIVED);
    jsonw_end_array(w);
}

static void add_ids(struct jsonw *w, const struct str *ids, size_t n)
{
    jsonw_array(w, "issueIdsOrKeys");
    for (size_t i = 0; i < n; i++) {
        jsonw_str(w, NULL, ids[i]);
    }
    jsonw_end_array(w);
}

bool jira_request_bulk(const struct jira_client *c, struct jira_call *call,
                       const struct str *ids, size_t n, struct http_request *ret)
{
    struct jsonw w;

    begin(c, call, "/rest/api/3/issue/bulkfetch");
    jsonw_init(&w, &call->body);
    jsonw_object(&w, NULL);
    add_ids(&w, ids, n);
    add_fields(&w, c->fields);
    jsonw_end_object(&w);
    return finish(c, call, true, ret);
}

bool jira_request_issue(const struct jira_client *c, struct jira_call *call,
                        struct str id, struct http_request *ret)
{
    begin(c, call, "/rest/api/2/issue/");
    jql_percent(&call->url, id);
    buf_addz(&call->url, "?fields=");
    buf_add(&call->url, c->fields);
    buf_addz(&call->url, "," ARCHIVED);
    return finish(c, call, false, ret);
}

bool jira_request_found(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret)
{
    return search(c, call,
                  &(struct search){.jql = jql, .fields = c->fields, .count = 100}, ret);
}

bool jira_request_logs(const struct jira_client *c, struct jira_call *call,
                       const struct str *ids, size_t n, struct str token,
                       struct http_request *ret)
{
    struct jsonw w;

    begin(c, call, "/rest/api/3/changelog/bulkfetch");
    jsonw_init(&w, &call->body);
    jsonw_object(&w, NULL);
    add_ids(&w, ids, n);
    jsonw_array(&w, "fieldIds");
    jsonw_strz(&w, NULL, "status");
    jsonw_strz(&w, NULL, "assignee");
    jsonw_end_array(&w);
    jsonw_int(&w, "maxResults", LOG_PAGE);
    if (token.n > 0) {
        jsonw_str(&w, "nextPageToken", token);
    }
    jsonw_end_object(&w);
    return finish(c, call, true, ret);
}

bool jira_request_count(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret)
{
    struct jsonw w;

    begin(c, call, "/rest/api/3/search/approximate-count");
    jsonw_init(&w, &call->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "jql", jql);
    jsonw_end_object(&w);
    return finish(c, call, true, ret);
}

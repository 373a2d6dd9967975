/*
 * Jira Cloud (REST v3: searches by token) and Data Center (REST v2: searches
 * by offset), in what the connector asks of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "connectors/trackers/jira/jira.h"
#include "tests/conform/conform.h"
#include "tests/conform/servers.h"

#define CLOUD "https://acme.atlassian.example"
#define DC "https://jira.acme.example/jira"
#define TOKEN "ATATT-Conf0rmS3cret"
#define BASIC                                                                          \
    "Ym90QGFjbWUuZXhhbXBsZTpBVEFUVC1Db25mMHJtUzNjcmV0" /* bot@acme.example:TOKEN */

static struct str projects[] = {STR_INIT("ALP"), STR_INIT("BET"), STR_INIT("GAM")};

static void configure_cloud(struct tracker_conf *conf)
{
    static const struct jira_conf own = {
        .user = STR_INIT("bot@acme.example"),
        .token = {.from = SECRET_FILE, .value = STR_INIT(TOKEN)},
        .projects = {.include = {projects, ARRAY_LEN(projects)}},
        .status_history =
            JIRA_HISTORY_OFF, /* their faults: tests/unit/test_jira_spans.c */
    };

    conf->own = &own;
}

static void configure_dc(struct tracker_conf *conf)
{
    static const struct jira_conf own = {
        .token = {.from = SECRET_FILE, .value = STR_INIT(TOKEN)},
        .projects = {.include = {projects, ARRAY_LEN(projects)}},
        .status_history =
            JIRA_HISTORY_OFF, /* their faults: tests/unit/test_jira_spans.c */
    };

    conf->own = &own;
}

bool jira_site_is_cloud(const struct site *s)
{
    return strncmp(s->fx->name, "jira cloud", 10) == 0;
}

/* ---- JQL, as far as it is asked ---- */

struct query {
    struct str jql;
    bool open, closed;
    struct wall since, closed_since;
    bool listing;
};

static struct wall read_since(const struct site *s, struct str *jql)
{
    ptrdiff_t at = str_find(*jql, STR("updated >= "));
    struct str number;
    struct wall since = {0};
    int64_t minutes;

    *jql = at < 0 ? STR_NONE : str_skip(*jql, (size_t)at + 11);
    if (!str_split(jql, ' ', &number)) {
        return since;
    }
    if (str_has_suffix(number, STR(")"))) {
        number = str_first(number, number.n - 1);
    }
    if (str_has_suffix(number, STR("m"))) {
        assert_true(str_to_i64(str_first(number, number.n - 1), &minutes));
        assert_true(minutes < 0);
        return wall_add(s->now, DUR_MIN(minutes));
    }
    assert_true(str_to_i64(number, &since.ms));
    return since;
}

static struct query read_jql(const struct site *s, struct str jql)
{
    struct query q = {
        .jql = jql,
        .open = str_find(jql, STR("statusCategory = Done")) < 0,
        .closed = str_find(jql, STR("statusCategory != Done")) < 0,
        .listing = str_find(jql, STR("ORDER BY created")) >= 0,
    };

    /* Open, or closed and updated since. */
    if (str_find(jql, STR("statusCategory != Done OR ")) >= 0) {
        q.closed = true;
        q.closed_since = read_since(s, &jql);
    }
    q.since = read_since(s, &jql);
    return q;
}

static struct wall updated(const json_t *issue)
{
    struct wall t;
    const json_t *fields = json_object_get(issue, "fields");

    assert_true(date_parse_iso(
        str_of(json_string_value(json_object_get(fields, "updated"))), &t));
    return t;
}

static struct wall created(const json_t *issue)
{
    struct wall t;
    const json_t *fields = json_object_get(issue, "fields");

    assert_true(date_parse_iso(
        str_of(json_string_value(json_object_get(fields, "created"))), &t));
    return t;
}

static bool is_wanted(const struct site *s, const json_t *scope, const json_t *issue,
                      const void *arg)
{
    const struct query *q = arg;
    const json_t *status = json_object_get(json_object_get(issue, "fields"), "status");
    bool done = str_eqz(str_of(json_string_value(json_object_get(
                            json_object_get(status, "statusCategory"), "key"))),
                        "done");
    struct str key =
        arena_printf(s->a, "\"%s\"", json_string_value(json_object_get(scope, "name")));

    if (q->listing && s->later && s->fx->unlisted != NULL &&
        site_has_id(issue, s->fx->unlisted)) {
        return false; /* listings have an index of their own, which may lag */
    }
    if (done && updated(issue).ms < q->closed_since.ms) {
        return false;
    }
    return (str_find(q->jql, STR("project ")) < 0 || str_find(q->jql, key) >= 0) &&
           (done ? q->closed : q->open) && updated(issue).ms >= q->since.ms;
}

/* ---- searches ---- */

static uint64_t number_of(const struct site *s, struct str url, const char *name)
{
    struct str text;
    uint64_t n = 0;

    if (!site_param(s, url, name, &text) || !str_to_u64(text, &n)) {
        fail_msg("no %s in %.*s", name, STR_FMT(url));
    }
    return n;
}

static void refuse(struct site *s, struct answer *ans, const char *why)
{
    ans->status = 400;
    ans->type = STR("application/json");
    ans->body = arena_printf(s->a, "{\"errorMessages\":[\"%s\"],\"errors\":{}}", why);
}

static json_t *cut(const json_t *all, size_t from, size_t n)
{
    json_t *page = json_array();

    for (size_t i = from; i < json_array_size(all) && i < from + n; i++) {
        assert_int_equal(json_array_append(page, json_array_get(all, i)), 0);
    }
    return page;
}

/* Tokens hold for one expression and one page size, like those of Cloud. */
static struct str token_of(const struct site *s, struct str jql, size_t size,
                           size_t from)
{
    return arena_printf(s->a, "%016" PRIx64 ":%zu:%zu", hash64(jql.p, jql.n, size),
                        size, from);
}

static void serve_cloud_search(struct site *s, struct str url, struct str jql,
                               const json_t *all, struct answer *ans)
{
    size_t size = number_of(s, url, "maxResults") * SITE_PAGE / 100;
    size_t from = 0;
    struct str token;

    size = size > 0 ? size : 1;
    if (site_param(s, url, "nextPageToken", &token)) {
        for (from = size; !str_eq(token, token_of(s, jql, size, from)); from += size) {
            if (from > json_array_size(all)) {
                refuse(s, ans, "The provided next page token is invalid or expired");
                return;
            }
        }
    }
    json_t *body = json_pack("{s:o}", "issues", cut(all, from, size));
    bool more = from + size < json_array_size(all);

    if (more) {
        struct str next = token_of(s, jql, size, from + size);

        assert_int_equal(
            json_object_set_new(body, "nextPageToken", json_stringn(next.p, next.n)),
            0);
    }
    assert_int_equal(json_object_set_new(body, "isLast", json_boolean(!more)), 0);
    answer_json(s, ans, body);
    json_decref(body);
}

static void serve_dc_search(struct site *s, struct str url, const json_t *all,
                            struct answer *ans)
{
    size_t size = number_of(s, url, "maxResults");
    size_t from = number_of(s, url, "startAt");

    size = size < SITE_PAGE ? size : SITE_PAGE;
    json_t *body =
        json_pack("{s:i, s:i, s:i, s:o}", "startAt", (int)from, "maxResults", (int)size,
                  "total", (int)json_array_size(all), "issues", cut(all, from, size));

    answer_json(s, ans, body);
    json_decref(body);
}

static void serve_search(struct site *s, const struct http_request *req,
                         struct answer *ans)
{
    struct str jql;

    assert_true(str_eqz(req->method, "GET"));
    assert_true(site_param(s, req->url, "jql", &jql));
    struct query q = read_jql(s, jql);
    json_t *all = site_issues(s, is_wanted, &q);

    site_sort(all, q.listing ? created : updated);
    if (jira_site_is_cloud(s)) {
        serve_cloud_search(s, req->url, jql, all, ans);
    } else {
        serve_dc_search(s, req->url, all, ans);
    }
    json_decref(all);
}

/* ---- what a sync asks first ---- */

static json_t *project_list(const struct site *s)
{
    json_t *list = json_array(), *scope;
    size_t i;

    json_array_foreach(json_object_get(s->data, "scopes"), i, scope)
    {
        json_t *project = json_pack("{s:O, s:O}", "id", json_object_get(scope, "id"),
                                    "key", json_object_get(scope, "name"));

        assert_int_equal(json_array_append_new(list, project), 0);
    }
    return list;
}

static json_t *first_answer(const struct site *s, struct str path)
{
    bool cloud = jira_site_is_cloud(s);

    if (str_eqz(path, "/rest/api/2/serverInfo")) {
        return json_pack("{s:s, s:s, s:s}", "baseUrl", s->fx->url, "version", "10.3.2",
                         "deploymentType", cloud ? "Cloud" : "Server");
    }
    if (str_has_suffix(path, STR("/myself"))) {
        return cloud ? json_pack("{s:s, s:s}", "accountId", "5b:bot", "timeZone", "UTC")
                     : json_pack("{s:s, s:s}", "key", "JIRAUSER1", "name", "bot");
    }
    if (str_has_suffix(path, STR("/field"))) {
        return json_incref(json_object_get(s->data, "fields"));
    }
    if (str_eqz(path, "/rest/api/2/project")) {
        return project_list(s);
    }
    if (str_eqz(path, "/rest/api/3/project/search")) {
        return json_pack("{s:i, s:i, s:b, s:o}", "startAt", 0, "total", 3, "isLast", 1,
                         "values", project_list(s));
    }
    return NULL;
}

static struct str path_of(const struct site *s, struct str url)
{
    ptrdiff_t mark = str_chr(url, '?');

    url = mark < 0 ? url : str_first(url, (size_t)mark);
    assert_true(str_has_prefix(url, str_of(s->fx->url)));
    return str_skip(url, str_of(s->fx->url).n);
}

void jira_site_serve(struct site *s, const struct http_request *req, struct answer *ans)
{
    struct str path = path_of(s, req->url);
    json_t *body;

    /* What the other kind of Jira has, this one has not. */
    if (str_has_prefix(path, STR("/rest/api/3/")) != jira_site_is_cloud(s) &&
        !str_eqz(path, "/rest/api/2/serverInfo")) {
        ans->status = jira_site_is_cloud(s) ? 410 : 404;
        ans->type = STR("application/json");
        ans->body = STR("{\"errorMessages\":[\"The requested API has been removed\"]}");
        return;
    }
    if (str_find(path, STR("/search")) >= 0 && str_find(path, STR("/project")) < 0) {
        serve_search(s, req, ans);
        return;
    }
    body = first_answer(s, path);
    if (body == NULL) {
        fail_msg("Jira has no %.*s", STR_FMT(req->url));
    }
    answer_json(s, ans, body);
    json_decref(body);
}

static const char *class_of(const struct http_request *req)
{
    static const char *const first[][2] = {{"/serverInfo", "serverInfo"},
                                           {"/myself", "myself"},
                                           {"/field", "field"},
                                           {"/project", "project"}};
    ptrdiff_t mark = str_chr(req->url, '?');
    struct str path = mark < 0 ? req->url : str_first(req->url, (size_t)mark);

    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        if (str_find(path, str_of(first[i][0])) >= 0) {
            return first[i][1];
        }
    }
    if (str_find(req->url, STR("fields=updated")) >= 0) {
        return "probe";
    }
    return str_find(req->url, STR("%22ALP%22")) >= 0 ? "victim" : NULL;
}

/* ---- what only Jira can do wrong ---- */

/* A page of a search, to be changed; NULL: the answer is something else. */
static json_t *load_page(const struct answer *ans)
{
    json_t *root =
        ans->status == 200 ? json_loadb(ans->body.p, ans->body.n, 0, NULL) : NULL;

    if (!json_is_array(json_object_get(root, "issues"))) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* The first page of the search asked for, whatever page was asked for. */
static json_t *load_first(struct site *s, const struct http_request *req,
                          struct answer *ans)
{
    static const char *const places[] = {"&nextPageToken=", "&startAt="};
    struct http_request first = *req;
    struct str date = ans->date;

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        ptrdiff_t at = str_find(first.url, str_of(places[i]));

        if (at >= 0) {
            first.url = str_first(first.url, (size_t)at);
        }
    }
    if (!jira_site_is_cloud(s)) {
        first.url = arena_printf(s->a, "%.*s&startAt=0", STR_FMT(first.url));
    }
    *ans = (struct answer){.date = date};
    jira_site_serve(s, &first, ans);
    return load_page(ans);
}

/* Of issues to be kept; a probe only counts. */
static bool is_search(const struct http_request *req)
{
    return str_find(req->url, STR("?jql=")) >= 0 &&
           strcmp(class_of(req) != NULL ? class_of(req) : "", "probe") != 0;
}

static bool put_page(struct site *s, struct answer *ans, json_t *page)
{
    answer_json(s, ans, page);
    json_decref(page);
    return true;
}

static void set_text(json_t *page, const char *member, struct str text)
{
    assert_int_equal(json_object_set_new(page, member, json_stringn(text.p, text.n)),
                     0);
}

enum { SAME_TOKEN, TWO_TOKENS, NEW_TOKENS };

/* The first page again and again: the same token, two in turn, or ever new ones. */
static bool token_loop(const struct fault *f, struct site *s,
                       const struct http_request *req, struct answer *ans)
{
    struct str token = STR("0");
    uint64_t n = 0;

    if (!is_search(req)) {
        return false;
    }
    if (site_param(s, req->url, "nextPageToken", &token) && !str_to_u64(token, &n)) {
        n = 0;
    }
    json_t *page = load_first(s, req, ans);

    assert_non_null(page);
    n = f->number == SAME_TOKEN   ? 7
        : f->number == TWO_TOKENS ? (n == 1 ? 2 : 1)
                                  : n + 1;
    set_text(page, "nextPageToken", arena_printf(s->a, "%" PRIu64, n));
    return put_page(s, ans, page);
}

/* A member of a page becomes what the row says; "" takes it away. */
static bool odd_member(const struct fault *f, struct site *s,
                       const struct http_request *req, struct answer *ans)
{
    const char *member = f->headers[0];
    json_t *page = is_search(req) ? load_page(ans) : NULL;

    if (json_object_get(page, member) == NULL) {
        json_decref(page);
        return false;
    }
    if (f->body[0] == '\0') {
        assert_int_equal(json_object_del(page, member), 0);
    } else {
        json_t *v = json_loads(f->body, JSON_DECODE_ANY, NULL);

        assert_int_equal(json_object_set_new(page, member, v), 0);
    }
    return put_page(s, ans, page);
}

static bool long_token(const struct fault *f, struct site *s,
                       const struct http_request *req, struct answer *ans)
{
    char *text = arena_alloc(s->a, 100000);
    json_t *page = is_search(req) ? load_page(ans) : NULL;

    (void)f;
    if (json_object_get(page, "nextPageToken") == NULL) {
        json_decref(page);
        return false;
    }
    assert_non_null(text);
    memset(text, 'x', 100000);
    set_text(page, "nextPageToken", (struct str){text, 100000});
    return put_page(s, ans, page);
}

/* Data Center promises a million; what comes is the first page, or nothing. */
static bool no_end(const struct fault *f, struct site *s,
                   const struct http_request *req, struct answer *ans)
{
    struct str start;
    int64_t n;

    if (!is_search(req) || !site_param(s, req->url, "startAt", &start) ||
        !str_to_i64(start, &n)) {
        return false;
    }
    json_t *page = load_first(s, req, ans);

    assert_non_null(page);
    assert_int_equal(json_object_set_new(page, "startAt", json_integer(n)), 0);
    assert_int_equal(json_object_set_new(page, "total", json_integer(1000000)), 0);
    if (f->number == 1) {
        assert_int_equal(json_array_clear(json_object_get(page, "issues")), 0);
    }
    return put_page(s, ans, page);
}

#define LOOP_KINDS (KIND(ERR_REMOTE) | KIND(ERR_LIMIT) | KIND(ERR_PARSE))
#define LOOP(what, fn, which)                                                          \
    {                                                                                  \
        .name = what, .apply = fn, .number = which, .kinds = LOOP_KINDS,               \
        .flags = FAULT_PARTLY                                                          \
    }
#define ODD(what, member, value)                                                       \
    {                                                                                  \
        .name = what, .apply = odd_member, .kinds = LOOP_KINDS, .body = value,         \
        .headers = {                                                                   \
            member                                                                     \
        }                                                                              \
    }

static const struct fault cloud_faults[] = {
    LOOP("one token for ever", token_loop, SAME_TOKEN),
    LOOP("tokens in a circle", token_loop, TWO_TOKENS),
    LOOP("the same page under new tokens", token_loop, NEW_TOKENS),
    LOOP("a token without measure", long_token, 0),
    ODD("a token that is a number", "nextPageToken", "7"),
    ODD("a token that is an object", "nextPageToken", "{\"next\":\"x\"}"),
    ODD("a token that is empty", "nextPageToken", "\"\""),
    {.name = NULL},
};

static const struct fault dc_faults[] = {
    LOOP("the first page for ever", no_end, 0),
    LOOP("empty pages for ever", no_end, 1),
    ODD("no total", "total", ""),
    ODD("a total that is text", "total", "\"many\""),
    ODD("a total below zero", "total", "-3"),
    {.name = "a place that does not move",
     .apply = odd_member,
     .kinds = LOOP_KINDS,
     .flags = FAULT_PARTLY,
     .body = "0",
     .headers = {"startAt"}},
    {.name = NULL},
};

static const struct expectation expected[] = {
    /* The API is not there (any more), or another kind of Jira. */
    {"410", NULL, KIND(ERR_GONE) | KIND(ERR_CONFIG), FAULT_SOURCE},
    /* Asked for projects by name, Cloud has none of them. */
    {"404", "project", KIND(ERR_NOT_FOUND) | KIND(ERR_FORBIDDEN), 0},
    {"404", NULL, KIND(ERR_NOT_FOUND) | KIND(ERR_CONFIG), 0},
    /* No projects at all is what this user may see. */
    {"200 []", "project", KIND(ERR_PARSE) | KIND(ERR_NOT_FOUND) | KIND(ERR_FORBIDDEN),
     0},
    /* A refused date is tried in another form. */
    {"400", "probe", KIND(ERR_REMOTE), FAULT_EITHER},
    {"echo 400", "probe", KIND(ERR_REMOTE), FAULT_EITHER},
    {.fault = NULL},
};

const struct fixture jira_cloud_fixture = {
    .name = "jira cloud",
    .type = "jira",
    .url = CLOUD,
    .file = "jira-cloud.json",
    .victim = "ALP",
    .auth = "Basic " BASIC,
    .secrets = (const char *const[]){TOKEN, BASIC, NULL},
    .configure = configure_cloud,
    .serve = jira_site_serve,
    .class_of = class_of,
    .faults = cloud_faults,
    .expected = expected,
};

const struct fixture jira_dc_fixture = {
    .name = "jira data center",
    .type = "jira",
    .url = DC,
    .file = "jira-dc.json",
    .victim = "ALP",
    .auth = "Bearer " TOKEN,
    .secrets = (const char *const[]){TOKEN, NULL},
    .configure = configure_dc,
    .serve = jira_site_serve,
    .class_of = class_of,
    .faults = dc_faults,
    .expected = expected,
};

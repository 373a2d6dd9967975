/*
 * GitHub: lists of issues as docs.github.com/rest/issues describes them, pages
 * by Link header, ETags, rate limit headers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>

#include "base/date.h"
#include "base/hash.h"
#include "connectors/trackers/github/github.h"
#include "tests/conform/conform.h"
#include "tests/conform/servers.h"
#include "tests/support/rsa.h"

#define URL "https://api.github.com"
#define TOKEN "ghp_Conf0rmS3cretT0ken"
/* Enterprise Server, read as an App. */
#define ORG_URL "https://ghe.acme.example/api/v3"
#define ORG_TOKEN "ghs_Conf0rm.S3cret.T0ken"

static void configure(struct tracker_conf *conf)
{
    static struct str repos[] = {STR_INIT("acme/alpha"), STR_INIT("acme/beta"),
                                 STR_INIT("acme/gamma")};
    static const struct github_conf own = {
        .repos = {repos, ARRAY_LEN(repos)},
        .token = {.from = SECRET_FILE, .value = STR_INIT(TOKEN "\n")},
    };

    conf->own = &own;
}

static void configure_org(struct tracker_conf *conf)
{
    static struct github_conf own = {.org = STR_INIT("acme")};
    static struct rsa key; /* made once; the tests share it */
    struct err e;

    if (key.pkcs1 == NULL && !rsa_create(&key, 2048, &e)) {
        fail_msg("%s", e.msg);
    }
    own.app.id = 7;
    own.app.key.value = str_of(key.pkcs1);
    conf->own = &own;
}

static struct str request_header(const struct http_request *req, const char *name)
{
    const struct http_response as = {.headers = req->headers,
                                     .n_headers = req->n_headers};

    return http_header_get(&as, name);
}

/* ---- issues ---- */

static struct wall time_of(const json_t *issue, const char *member)
{
    struct str text = str_of(json_string_value(json_object_get(issue, member)));
    struct wall t;

    assert_true(date_parse_iso(text, &t));
    return t;
}

static struct wall created(const json_t *issue)
{
    return time_of(issue, "created_at");
}

static struct wall updated(const json_t *issue)
{
    return time_of(issue, "updated_at");
}

struct list {
    const json_t *repo;
    struct str state;
    struct wall since;
    bool by_update;
    size_t per_page, page;
};

static bool is_wanted(const struct site *s, const json_t *scope, const json_t *issue,
                      const void *arg)
{
    const struct list *l = arg;

    /* Listings have an index of their own, which may lag. */
    if (s->fx->unlisted != NULL && s->later && !l->by_update &&
        site_has_id(issue, s->fx->unlisted)) {
        return false;
    }
    return scope == l->repo && updated(issue).ms >= l->since.ms &&
           (str_eqz(l->state, "all") ||
            str_eqz(l->state, json_string_value(json_object_get(issue, "state"))));
}

/* ---- requests ---- */

struct str github_site_path(struct str url)
{
    ptrdiff_t mark = str_chr(url, '?');

    url = mark < 0 ? url : str_first(url, (size_t)mark);
    if (str_has_prefix(url, STR(ORG_URL "/"))) {
        return str_skip(url, sizeof ORG_URL - 1);
    }
    assert_true(str_has_prefix(url, STR(URL "/")));
    return str_skip(url, sizeof URL - 1);
}

const json_t *github_site_repo(const struct site *s, struct str path,
                               struct str *ret_rest)
{
    const json_t *scope;
    size_t i;

    json_array_foreach(json_object_get(s->data, "scopes"), i, scope)
    {
        struct str by_name = arena_printf(
            s->a, "/repos/%s", json_string_value(json_object_get(scope, "name")));
        struct str by_id =
            arena_printf(s->a, "/repositories/%" JSON_INTEGER_FORMAT,
                         json_integer_value(json_object_get(scope, "id")));
        struct str known = str_has_prefix(path, by_id) ? by_id : by_name;

        if (str_has_prefix(path, known)) {
            *ret_rest = str_skip(path, known.n);
            return scope;
        }
    }
    return NULL;
}

static uint64_t number_of(const struct site *s, struct str url, const char *name,
                          uint64_t dflt)
{
    struct str text;
    uint64_t n = dflt;

    if (site_param(s, url, name, &text)) {
        assert_true(str_to_u64(text, &n) && n > 0);
    }
    return n;
}

static struct list read_list(const struct site *s, struct str url, const json_t *repo)
{
    struct list l = {.repo = repo};
    struct str text;

    assert_true(site_param(s, url, "state", &l.state));
    assert_true(site_param(s, url, "direction", &text) && str_eqz(text, "asc"));
    assert_true(site_param(s, url, "sort", &text));
    l.by_update = str_eqz(text, "updated");
    assert_true(l.by_update || str_eqz(text, "created"));
    if (site_param(s, url, "since", &text)) {
        assert_true(date_parse_iso(text, &l.since));
    }
    l.page = number_of(s, url, "page", 1);
    /* Small pages, in proportion to what is asked for. */
    l.per_page = number_of(s, url, "per_page", 30) * SITE_PAGE / 100;
    assert_true(l.per_page > 0);
    return l;
}

/* By the repository's id, as GitHub writes it. */
static struct str page_url(const struct site *s, const json_t *repo, struct str url,
                           size_t page)
{
    struct str query = str_skip(url, (size_t)str_chr(url, '?') + 1);
    ptrdiff_t number = str_find(query, STR("&page="));

    query = number < 0 ? query : str_first(query, (size_t)number);
    return arena_printf(s->a,
                        "%s/repositories/%" JSON_INTEGER_FORMAT "/issues?%.*s&page=%zu",
                        s->fx->url, json_integer_value(json_object_get(repo, "id")),
                        STR_FMT(query), page);
}

static void add_link(const struct site *s, struct answer *ans, struct str target)
{
    answer_header(ans, STR("Link"),
                  arena_printf(s->a,
                               "<%s/rate_limit>; rel=\"first\", <%.*s>; "
                               "rel=\"next\"",
                               s->fx->url, STR_FMT(target)));
}

static void serve_list(struct site *s, const struct http_request *req,
                       const json_t *repo, struct answer *ans)
{
    struct list l = read_list(s, req->url, repo);
    json_t *all = site_issues(s, is_wanted, &l), *page = json_array();
    size_t from = (l.page - 1) * l.per_page;

    site_sort(all, l.by_update ? updated : created);
    for (size_t i = from; i < json_array_size(all) && i < from + l.per_page; i++) {
        assert_int_equal(json_array_append(page, json_array_get(all, i)), 0);
    }
    answer_json(s, ans, page);
    if (from + l.per_page < json_array_size(all)) {
        add_link(s, ans, page_url(s, repo, req->url, l.page + 1));
    }
    json_decref(all);
    json_decref(page);

    struct str etag =
        arena_printf(s->a, "W/\"%016" PRIx64 "\"", hash64(ans->body.p, ans->body.n, 0));

    answer_header(ans, STR("ETag"), etag);
    if (str_eq(request_header(req, "If-None-Match"), etag)) {
        ans->status = 304;
        ans->body = STR_NONE;
    }
}

void github_site_serve(struct site *s, const struct http_request *req,
                       struct answer *ans)
{
    struct str rest = STR_NONE;
    const json_t *repo = github_site_repo(s, github_site_path(req->url), &rest);

    if (str_eqz(github_site_path(req->url), "/versions")) {
        ans->status = 200;
        ans->body = STR("[\"2022-11-28\",\"2026-03-10\"]");
        return;
    }
    if (repo == NULL) {
        fail_msg("GitHub has no %.*s", STR_FMT(req->url));
    }
    assert_true(str_eqz(req->method, "GET"));
    answer_header(ans, STR("X-RateLimit-Limit"), STR("5000"));
    answer_header(ans, STR("X-RateLimit-Remaining"), STR("4900"));
    answer_header(
        ans, STR("X-RateLimit-Reset"),
        arena_printf(s->a, "%" PRId64, wall_add(s->now, DUR_MIN(30)).ms / 1000));
    if (str_eqz(rest, "/issues")) {
        serve_list(s, req, repo, ans);
        return;
    }
    assert_int_equal(rest.n, 0);

    json_t *body = json_pack("{s:O, s:O}", "id", json_object_get(repo, "id"),
                             "full_name", json_object_get(repo, "name"));

    assert_non_null(body);
    answer_json(s, ans, body);
    json_decref(body);
}

/* ---- the source as a whole ---- */

static void serve_text(struct answer *ans, int status, struct str body)
{
    ans->status = status;
    ans->body = body;
}

/* Two repositories a page. */
static void serve_repositories(struct site *s, const struct http_request *req,
                               struct answer *ans)
{
    const json_t *scopes = json_object_get(s->data, "scopes");
    size_t page = number_of(s, req->url, "page", 1), from = (page - 1) * 2;
    json_t *list = json_array(), *body;

    for (size_t i = from; i < from + 2 && i < json_array_size(scopes); i++) {
        const json_t *scope = json_array_get(scopes, i);

        assert_int_equal(json_array_append_new(
                             list, json_pack("{s:O, s:O, s:b, s:b, s:b}", "id",
                                             json_object_get(scope, "id"), "full_name",
                                             json_object_get(scope, "name"), "archived",
                                             0, "fork", 0, "has_issues", 1)),
                         0);
    }
    body = json_pack("{s:i, s:o}", "total_count", (int)json_array_size(scopes),
                     "repositories", list);
    answer_json(s, ans, body);
    json_decref(body);
    if (from + 2 < json_array_size(scopes)) {
        add_link(s, ans,
                 arena_printf(s->a,
                              ORG_URL "/installation/repositories?per_page=100"
                                      "&page=%zu",
                              page + 1));
    }
}

static void serve_org(struct site *s, const struct http_request *req,
                      struct answer *ans)
{
    struct str path = github_site_path(req->url);

    if (str_eqz(path, "/orgs/acme/installation")) {
        serve_text(ans, 200, STR("{\"id\":456,\"app_id\":7}"));
    } else if (str_eqz(path, "/users/acme/installation")) {
        serve_text(ans, 404, STR("{\"message\":\"Not Found\"}"));
    } else if (str_eqz(path, "/app/installations/456/access_tokens")) {
        struct buf when;
        char mem[40];

        assert_true(str_eqz(req->method, "POST"));
        buf_init_fixed(&when, mem, sizeof mem);
        date_print_iso(&when, wall_add(s->now, DUR_H(1)));
        serve_text(ans, 201,
                   arena_printf(s->a,
                                "{\"token\":\"" ORG_TOKEN "\",\"expires_at\":\"%s\","
                                "\"permissions\":{\"issues\":\"read\"}}",
                                mem));
    } else if (str_eqz(path, "/installation/repositories")) {
        serve_repositories(s, req, ans);
    } else {
        github_site_serve(s, req, ans);
    }
}

static bool is_signed(const struct http_request *req)
{
    struct str path = github_site_path(req->url);
    struct str auth = request_header(req, "Authorization");

    return (str_has_prefix(path, STR("/app/")) ||
            str_has_suffix(path, STR("/installation"))) &&
           str_has_prefix(auth, STR("Bearer ey")) && str_find(auth, STR("ghs_")) < 0;
}

static const char *class_of(const struct http_request *req)
{
    struct str path = github_site_path(req->url);
    bool victim = str_has_prefix(path, STR("/repositories/42")) ||
                  str_has_prefix(path, STR("/repos/acme/alpha"));

    if (str_eqz(path, "/versions")) {
        return "versions";
    }
    if (str_has_suffix(path, STR("/installation"))) {
        return "installation";
    }
    if (str_has_prefix(path, STR("/app/"))) {
        return "token";
    }
    if (str_has_prefix(path, STR("/installation/"))) {
        return "repos";
    }
    return victim ? "victim" : NULL;
}

/* ---- what only GitHub can do wrong ---- */

static void drop_header(struct answer *ans, struct str name)
{
    for (size_t i = 0; i < ans->n_headers; i++) {
        if (str_eq_nocase(ans->headers[i].name, name)) {
            ans->headers[i] = ans->headers[--ans->n_headers];
        }
    }
}

static bool is_list(const struct answer *ans)
{
    return ans->status == 200 && ans->body.n > 0 && ans->body.p[0] == '[';
}

/* The Link header of the row instead of the good one. */
static bool bad_link(const struct fault *f, struct site *s,
                     const struct http_request *req, struct answer *ans)
{
    (void)s;
    (void)req;
    if (!is_list(ans)) {
        return false;
    }
    drop_header(ans, STR("Link"));
    answer_header(ans, STR("Link"), str_of(f->body));
    return true;
}

static bool link_to_itself(const struct fault *f, struct site *s,
                           const struct http_request *req, struct answer *ans)
{
    (void)f;
    if (!is_list(ans)) {
        return false;
    }
    drop_header(ans, STR("Link"));
    add_link(s, ans, req->url);
    return true;
}

/* The first page leads to the second, the second to the first. */
static bool link_back(const struct fault *f, struct site *s,
                      const struct http_request *req, struct answer *ans)
{
    struct str rest;
    const json_t *repo = github_site_repo(s, github_site_path(req->url), &rest);

    (void)f;
    if (!is_list(ans)) {
        return false;
    }
    drop_header(ans, STR("Link"));
    add_link(
        s, ans,
        page_url(s, repo, req->url, number_of(s, req->url, "page", 1) == 1 ? 2 : 1));
    return true;
}

/* The same issues over and over, each time under a new address. */
static bool link_for_ever(const struct fault *f, struct site *s,
                          const struct http_request *req, struct answer *ans)
{
    struct str rest;
    const json_t *repo = github_site_repo(s, github_site_path(req->url), &rest);
    size_t page = number_of(s, req->url, "page", 1);

    if (!is_list(ans)) {
        return false;
    }
    if (page > 1) {
        struct http_request first = *req;
        struct str query = str_skip(req->url, (size_t)str_chr(req->url, '?') + 1);

        first.url = arena_printf(
            s->a, "%s/repositories/42/issues?%.*s", s->fx->url,
            STR_FMT(str_first(query, (size_t)str_find(query, STR("&page=")))));
        *ans = (struct answer){.status = 0, .date = ans->date};
        serve_list(s, &first, repo, ans);
    }
    drop_header(ans, STR("Link"));
    if (f->number == 1) {
        ans->body = STR("[]");
    }
    add_link(s, ans, page_url(s, repo, req->url, page + 1));
    return true;
}

#define LOOP_KINDS (KIND(ERR_REMOTE) | KIND(ERR_LIMIT) | KIND(ERR_PARSE))
#define BAD_LINK(what, value)                                                          \
    {                                                                                  \
        .name = what, .apply = bad_link, .kinds = LOOP_KINDS, .body = value            \
    }

static const struct fault own_faults[] = {
    {.name = "a link to itself", .apply = link_to_itself, .kinds = LOOP_KINDS},
    {.name = "links in a circle",
     .apply = link_back,
     .kinds = LOOP_KINDS,
     .flags = FAULT_PARTLY},
    {.name = "the same page for ever",
     .apply = link_for_ever,
     .kinds = LOOP_KINDS,
     .flags = FAULT_PARTLY},
    {.name = "empty pages for ever",
     .apply = link_for_ever,
     .number = 1,
     .kinds = LOOP_KINDS,
     .flags = FAULT_PARTLY},
    BAD_LINK("a link to another host",
             "<https://evil.example/repositories/42/issues?page=2>; rel=\"next\""),
    BAD_LINK("a link to another host, of its scheme",
             "<//evil.example/repositories/42/issues?page=2>; rel=\"next\""),
    BAD_LINK("a link without TLS",
             "<http://api.github.com/repositories/42/issues?page=2>; rel=\"next\""),
    BAD_LINK("a link to another port",
             "<https://api.github.com:8443/repositories/42/issues?page=2>; "
             "rel=\"next\""),
    BAD_LINK("a link with a user",
             "<https://api.github.com@evil.example/repositories/42>; rel=\"next\""),
    BAD_LINK("a link to a longer name",
             "<https://api.github.com.evil.example/repositories/42>; rel=\"next\""),
    BAD_LINK("a link cut short", "<https://api.github.com/repositories/42/issues?pa"),
    BAD_LINK("a link's relation cut short",
             "<https://api.github.com/repositories/42/issues?page=2>; rel=\"ne"),
    BAD_LINK("a link to no address", "<>; rel=\"next\""),
    {.name = NULL},
};

static const struct expectation expected[] = {
    /* "Issues are disabled for this repo". */
    {"410", NULL, 0, FAULT_DISABLES},
    /* An empty list is what a repository without issues has. */
    {"200 []", NULL, 0, FAULT_TRUE | FAULT_BELIEVED},
    /* Far down a list: it is read in another way. */
    {"422", NULL, KIND(ERR_REMOTE), FAULT_PARTLY},
    {.fault = NULL},
};

const struct fixture github_fixture = {
    .name = "github",
    .type = "github",
    .url = URL,
    .file = "github.json",
    .victim = "acme/alpha",
    .auth = "Bearer " TOKEN,
    .secrets = (const char *const[]){TOKEN, NULL},
    .configure = configure,
    .serve = github_site_serve,
    .class_of = class_of,
    .faults = own_faults,
    .expected = expected,
};

static const struct expectation org_expected[] = {
    {"410", "victim", 0, FAULT_DISABLES},
    {"200 []", "victim", 0, FAULT_TRUE | FAULT_BELIEVED},
    {"422", "victim", KIND(ERR_REMOTE), FAULT_PARTLY},
    /* What a token is bought with. */
    {"201", "token", 0, FAULT_TRUE},
    /* Whatever it says of versions decides nothing but whether one is sent. */
    {"*", "versions", 0, FAULT_EITHER | FAULT_SOURCE},
    /* A list that is remembered will do. */
    {"*", "repos", 0, FAULT_EITHER | FAULT_SOURCE},
    {"*", "installation", 0, FAULT_SOURCE},
    {"*", "token", 0, FAULT_SOURCE},
    {.fault = NULL},
};

const struct fixture github_org_fixture = {
    .name = "github app",
    .type = "github",
    .url = ORG_URL,
    .file = "github.json",
    .victim = "acme/alpha",
    .auth = "Bearer " ORG_TOKEN,
    .has_other_auth = is_signed,
    .remembers = true,
    /* The other one is how a JWT begins. */
    .secrets = (const char *const[]){ORG_TOKEN, "eyJhbGciOiJSUzI1NiI", NULL},
    .configure = configure_org,
    .serve = serve_org,
    .class_of = class_of,
    .faults = own_faults,
    .expected = org_expected,
};

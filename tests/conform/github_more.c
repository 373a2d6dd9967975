/*
 * GitHub beside its lists: a project, timelines, single issues. The issues are
 * those of github.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "connectors/trackers/github/github.h"
#include "tests/conform/conform.h"
#include "tests/conform/servers.h"

#define TOKEN "ghp_Conf0rmS3cretT0ken"

static void configure(struct tracker_conf *conf)
{
    static struct str repos[] = {STR_INIT("acme/alpha"), STR_INIT("acme/beta"),
                                 STR_INIT("acme/gamma")};
    static struct str boards[] = {STR_INIT("acme/7")};
    static struct str_pair fields[] = {{STR_INIT("initiative"), STR_INIT("auto")}};
    static const struct github_conf own = {
        .repos = {repos, ARRAY_LEN(repos)},
        .projects = {boards, ARRAY_LEN(boards)},
        .token = {.from = SECRET_FILE, .value = STR_INIT(TOKEN)},
        .status_history = true,
        .dependencies = true,
    };

    conf->fields = (struct str_pair_list){fields, ARRAY_LEN(fields)};
    conf->own = &own;
}

static json_t *dated(const json_t *issue, struct wall at)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)issue);
    struct buf text;
    char mem[40];

    buf_init_fixed(&text, mem, sizeof mem);
    date_print_iso(&text, at);
    assert_int_equal(json_object_set_new(copy, "updated_at", json_stringn(mem, text.n)),
                     0);
    return copy;
}

/* ---- the project ---- */

/* What it holds: the last one's value is another later, and the issue as it was. */
static const struct {
    const char *issue, *value, *later;
} board[] = {
    {"acme/alpha/issues/2", "Onboarding", "Onboarding"},
    {"acme/beta/issues/1", "Billing", "Billing"},
    {"acme/alpha/issues/13", "Billing", "Onboarding"},
    {"acme/alpha/issues/8", "Billing", "Onboarding"},
};
enum { BOARD_PAGE = 2 };

static void tag(struct site *s, const struct http_request *req, struct answer *ans)
{
    const struct http_response as = {.headers = req->headers,
                                     .n_headers = req->n_headers};
    struct str etag =
        arena_printf(s->a, "\"%016" PRIx64 "\"", hash64(ans->body.p, ans->body.n, 0));

    answer_header(ans, STR("ETag"), etag);
    if (str_eq(http_header_get(&as, "If-None-Match"), etag)) {
        ans->status = 304;
        ans->body = STR_NONE;
    }
}

static void serve_board(struct site *s, const struct http_request *req,
                        struct answer *ans)
{
    bool second = str_find(req->url, STR("after=")) >= 0;
    size_t from = second ? BOARD_PAGE : 0;
    struct str body = STR("[");

    for (size_t i = from; i < from + BOARD_PAGE; i++) {
        body = arena_printf(
            s->a,
            "%.*s%s{\"content_type\":\"Issue\",\"content\":{\"state\":\"open\","
            "\"html_url\":\"https://github.com/%s\"},\"fields\":[{\"id\":5,"
            "\"value\":\"%s\"}]}",
            STR_FMT(body), i > from ? "," : "", board[i].issue,
            s->later ? board[i].later : board[i].value);
    }
    ans->status = 200;
    ans->type = STR("application/json; charset=utf-8");
    ans->body = arena_printf(s->a, "%.*s]", STR_FMT(body));
    if (!second) {
        answer_header(
            ans, STR("Link"),
            arena_printf(s->a, "<%.*s&after=Mg>; rel=\"next\"", STR_FMT(req->url)));
    }
    tag(s, req, ans);
}

static void serve_fields(struct site *s, const struct http_request *req,
                         struct answer *ans)
{
    ans->status = 200;
    ans->type = STR("application/json; charset=utf-8");
    ans->body = STR("[{\"id\":1,\"name\":\"Title\"},{\"id\":5,\"name\":"
                    "\"Initiative\"}]");
    tag(s, req, ans);
}

/* ---- single issues ---- */

struct wanted {
    const json_t *repo;
    int64_t number;
};

static bool is_wanted(const struct site *s, const json_t *scope, const json_t *issue,
                      const void *arg)
{
    const struct wanted *w = arg;

    (void)s;
    return scope == w->repo &&
           json_integer_value(json_object_get(issue, "number")) == w->number;
}

/* 410 is what an issue that was deleted answers; one that is hidden answers 404. */
static void serve_none(struct answer *ans, const json_t *repo)
{
    bool deleted = json_integer_value(json_object_get(repo, "id")) == 42;

    ans->status = deleted ? 410 : 404;
    ans->type = STR("application/json; charset=utf-8");
    ans->body = STR("{\"message\":\"No such issue\"}");
}

static json_t *event(const char *kind, const json_t *at, const char *who)
{
    json_t *e = json_pack("{s:s, s:O}", "event", kind, "created_at", at);

    assert_non_null(e);
    if (who != NULL) {
        assert_int_equal(
            json_object_set_new(e, "assignee", json_pack("{s:s}", "login", who)), 0);
    }
    return e;
}

static void serve_timeline(struct site *s, const json_t *issue, struct answer *ans)
{
    json_t *list = json_array(), *who;
    const json_t *closed = json_object_get(issue, "closed_at");
    size_t i;

    json_array_foreach(json_object_get(issue, "assignees"), i, who)
    {
        assert_int_equal(
            json_array_append_new(
                list, event("assigned", json_object_get(issue, "created_at"),
                            json_string_value(json_object_get(who, "login")))),
            0);
    }
    if (json_is_string(closed)) {
        assert_int_equal(json_array_append_new(list, event("closed", closed, NULL)), 0);
    }
    answer_json(s, ans, list);
    json_decref(list);
}

/* The repository's first two, whoever asks. */
static bool is_first(const struct site *s, const json_t *scope, const json_t *issue,
                     const void *repo)
{
    (void)s;
    return scope == repo && json_integer_value(json_object_get(issue, "number")) <= 2;
}

static void serve_blockers(struct site *s, const json_t *repo, struct answer *ans)
{
    json_t *list = site_issues(s, is_first, repo);

    answer_json(s, ans, list);
    json_decref(list);
}

static void serve_issue(struct site *s, const json_t *repo, struct str rest,
                        struct answer *ans)
{
    struct wanted w = {.repo = repo};
    struct str number;

    rest = str_skip(rest, strlen("/issues/"));
    assert_true(str_split(&rest, '/', &number) && str_to_i64(number, &w.number));
    json_t *found = site_issues(s, is_wanted, &w);
    const json_t *issue = json_array_get(found, 0);

    if (issue == NULL) {
        serve_none(ans, repo);
    } else if (str_eqz(rest, "timeline")) {
        serve_timeline(s, issue, ans);
    } else if (str_eqz(rest, "dependencies/blocked_by")) {
        serve_blockers(s, repo, ans);
    } else {
        answer_json(s, ans, issue);
    }
    json_decref(found);
}

static void serve(struct site *s, const struct http_request *req, struct answer *ans)
{
    struct str path = github_site_path(req->url), rest = STR_NONE;
    const json_t *repo = github_site_repo(s, path, &rest);

    if (str_has_suffix(path, STR("/projectsV2/7/fields"))) {
        serve_fields(s, req, ans);
    } else if (str_has_suffix(path, STR("/projectsV2/7/items"))) {
        serve_board(s, req, ans);
    } else if (repo != NULL && str_has_prefix(rest, STR("/issues/"))) {
        serve_issue(s, repo, rest, ans);
    } else {
        github_site_serve(s, req, ans);
    }
}

static const char *class_of(const struct http_request *req)
{
    struct str path = github_site_path(req->url);

    if (str_find(path, STR("/projectsV2/")) >= 0) {
        return "board";
    }
    if (str_has_suffix(path, STR("/timeline"))) {
        return "timeline";
    }
    if (str_has_suffix(path, STR("/blocked_by"))) {
        return "blockers";
    }
    if (!str_has_prefix(path, STR("/repositories/42")) &&
        !str_has_prefix(path, STR("/repos/acme/alpha"))) {
        return NULL;
    }
    if (str_find(path, STR("/issues/")) >= 0) {
        return "asked";
    }
    return str_find(req->url, STR("state=all")) >= 0 ? "victim" : "listing";
}

static const struct expectation expected[] = {
    {"410", "victim", 0, FAULT_DISABLES},
    {"200 []", "victim", 0, FAULT_TRUE | FAULT_BELIEVED},
    {"422", "victim", KIND(ERR_REMOTE), FAULT_PARTLY},
    /* A list that ends: what it lacks is asked for. */
    {"200 []", "listing", 0, FAULT_TRUE},
    /* What an issue answers that is no more. */
    {"404", "asked", 0, FAULT_EITHER | FAULT_BELIEVED},
    {"410", "asked", 0, FAULT_EITHER | FAULT_BELIEVED},
    {"403", "asked", 0, FAULT_EITHER},
    {"echo 403", "asked", 0, FAULT_EITHER},
    {"echo 403, what is needed", "asked", 0, FAULT_EITHER},
    /* Nothing has changed, it says, and was asked whether. */
    {"304 unasked", "board", 0, FAULT_EITHER},
    /* A project without items, an issue without events. */
    {"200 []", "board", 0, FAULT_TRUE | FAULT_BELIEVED},
    {"200 []", "timeline", 0, FAULT_TRUE | FAULT_BELIEVED},
    /* An issue that is no more has no timeline. */
    {"404", "timeline", 0, FAULT_EITHER | FAULT_BELIEVED},
    {"410", "timeline", 0, FAULT_EITHER | FAULT_BELIEVED},
    /* What waits for nothing, as it says; an issue that is no more waits for nobody. */
    {"200 []", "blockers", 0, FAULT_TRUE | FAULT_BELIEVED},
    {"404", "blockers", 0, FAULT_EITHER | FAULT_BELIEVED},
    {"410", "blockers", 0, FAULT_EITHER | FAULT_BELIEVED},
    {.fault = NULL},
};

const struct fixture github_more_fixture = {
    .name = "github and more",
    .type = "github",
    .url = GITHUB_SITE,
    .file = "github.json",
    .victim = "acme/alpha",
    .auth = "Bearer " TOKEN,
    .remembers = true,
    .secrets = (const char *const[]){TOKEN, NULL},
    .configure = configure,
    .serve = serve,
    .class_of = class_of,
    .expected = expected,
    .vanished = (const char *const[]){"1016", "1017", "2001", NULL},
    .unlisted = "1008",
    .dated = dated,
    .news = (const char *const[]){"board", "timeline", "blockers", "asked", NULL},
    .census = (const char *const[]){"listing", "asked", NULL},
};

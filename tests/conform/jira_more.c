/*
 * Jira beside its searches: statuses, change logs, single issues. The issues
 * are those of jira.c, and the memory of a sync is the next one's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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
        .status_history = JIRA_HISTORY_ON,
    };

    conf->own = &own;
}

static void configure_dc(struct tracker_conf *conf)
{
    static const struct jira_conf own = {
        .token = {.from = SECRET_FILE, .value = STR_INIT(TOKEN)},
        .projects = {.include = {projects, ARRAY_LEN(projects)}},
        .status_history = JIRA_HISTORY_ON,
    };

    conf->own = &own;
}

static json_t *dated(const json_t *issue, struct wall at)
{
    json_t *copy = json_deep_copy(issue);

    assert_int_equal(at.ms, SITE_SOON.ms);
    assert_int_equal(json_object_set_new(json_object_get(copy, "fields"), "updated",
                                         json_string("2026-11-22T12:05:00.000+0000")),
                     0);
    return copy;
}

/* ---- change logs ---- */

static void add_change(json_t *list, const json_t *at, const char *from, const char *to)
{
    json_t *h = json_pack("{s:O, s:[{s:s, s:s, s:s, s:s, s:s, s:s}]}", "created", at,
                          "items", "field", "status", "fieldId", "status", "from", from,
                          "fromString", from, "to", to, "toString", to);

    assert_int_equal(json_array_append_new(list, h), 0);
}

/* Whatever is not to do was begun at once. */
static json_t *log_of(const json_t *issue)
{
    const json_t *fields = json_object_get(issue, "fields");
    const char *status =
        json_string_value(json_object_get(json_object_get(fields, "status"), "id"));
    json_t *list = json_array();

    if (strcmp(status, "1") != 0) {
        add_change(list, json_object_get(fields, "created"), "1", "3");
    }
    if (strcmp(status, "6") == 0) {
        add_change(list, json_object_get(fields, "updated"), "3", "6");
    }
    return list;
}

/* ---- issues by id ---- */

static bool is_any(const struct site *s, const json_t *scope, const json_t *issue,
                   const void *arg)
{
    (void)s;
    (void)scope;
    return arg == NULL || site_has_id(issue, arg);
}

static json_t *issue_of(const struct site *s, const char *id)
{
    json_t *found = site_issues(s, is_any, id);
    json_t *issue = json_incref(json_array_get(found, 0));

    json_decref(found);
    return issue;
}

static json_t *ids_of(const struct http_request *req)
{
    json_t *root = json_loadb(req->body.p, req->body.n, 0, NULL);
    json_t *ids = json_incref(json_object_get(root, "issueIdsOrKeys"));

    assert_true(json_array_size(ids) > 0);
    json_decref(root);
    return ids;
}

static json_t *bulk(const struct site *s, const struct http_request *req, bool logs)
{
    json_t *ids = ids_of(req), *list = json_array(), *id;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        json_t *issue = issue_of(s, json_string_value(id));

        if (issue != NULL) {
            json_t *one = logs ? json_pack("{s:O, s:o}", "issueId", id,
                                           "changeHistories", log_of(issue))
                               : json_incref(issue);

            assert_int_equal(json_array_append_new(list, one), 0);
        }
        json_decref(issue);
    }
    json_decref(ids);
    return logs ? json_pack("{s:o, s:n}", "issueChangeLogs", list, "nextPageToken")
                : json_pack("{s:o, s:[]}", "issues", list, "issueErrors");
}

static void serve_issue(struct site *s, struct str id, struct answer *ans)
{
    char *name = arena_strdup(s->a, id);
    json_t *issue = issue_of(s, name);

    if (issue != NULL) {
        answer_json(s, ans, issue);
    } else {
        ans->status = 404;
        ans->type = STR("application/json");
        ans->body = STR("{\"errorMessages\":[\"Issue Does Not Exist\"],\"errors\":{}}");
    }
    json_decref(issue);
}

/* Data Center's search brings the logs along. */
static void add_logs(struct site *s, struct answer *ans)
{
    json_t *page = json_loadb(ans->body.p, ans->body.n, 0, NULL), *issue;
    size_t i;

    json_array_foreach(json_object_get(page, "issues"), i, issue)
    {
        json_t *list = log_of(issue);
        json_t *log = json_pack("{s:I, s:o}", "total",
                                (json_int_t)json_array_size(list), "histories", list);

        assert_int_equal(json_object_set_new(issue, "changelog", log), 0);
    }
    answer_json(s, ans, page);
    json_decref(page);
}

static const char statuses[] =
    "[{\"id\":\"1\",\"name\":\"To Do\",\"statusCategory\":{\"key\":\"new\"}},"
    "{\"id\":\"3\",\"name\":\"In Progress\",\"statusCategory\":{\"key\":"
    "\"indeterminate\"}},{\"id\":\"6\",\"name\":\"Done\",\"statusCategory\":{\"key\":"
    "\"done\"}}]";

static void serve(struct site *s, const struct http_request *req, struct answer *ans)
{
    static const char one[] = "/rest/api/2/issue/";
    ptrdiff_t mark = str_chr(req->url, '?');
    struct str path = mark < 0 ? req->url : str_first(req->url, (size_t)mark);
    ptrdiff_t at = str_find(path, str_of(one));
    bool logs = str_has_suffix(path, STR("/rest/api/3/changelog/bulkfetch"));

    if (logs || str_has_suffix(path, STR("/rest/api/3/issue/bulkfetch"))) {
        json_t *body = bulk(s, req, logs);

        answer_json(s, ans, body);
        json_decref(body);
    } else if (str_has_suffix(path, STR("/status"))) {
        ans->status = 200;
        ans->type = STR("application/json; charset=utf-8");
        ans->body = str_of(statuses);
    } else if (at >= 0) {
        serve_issue(s, str_skip(path, (size_t)at + sizeof one - 1), ans);
    } else {
        jira_site_serve(s, req, ans);
        if (str_find(req->url, STR("expand=changelog")) >= 0 && ans->status == 200) {
            add_logs(s, ans);
        }
    }
}

static const char *class_of(const struct http_request *req)
{
    static const char *const parts[][2] = {
        {"/changelog/", "logs"},          {"/issue/", "asked"},
        {"/serverInfo", "set-up"},        {"/myself", "set-up"},
        {"/rest/api/2/field", "set-up"},  {"/rest/api/3/field", "set-up"},
        {"/rest/api/2/status", "set-up"}, {"/rest/api/3/status", "set-up"},
        {"/project", "set-up"},           {"fields=updated&", "probe"},
        {"fields=created,", "spans"},
    };
    bool victim = str_find(req->url, STR("%22ALP%22")) >= 0;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (str_find(req->url, str_of(parts[i][0])) >= 0) {
            return parts[i][1];
        }
    }
    if (!victim) {
        return NULL;
    }
    if (str_find(req->url, STR("fields=id,key")) >= 0 ||
        str_find(req->url, STR("fields=created&")) >= 0) {
        return "listing";
    }
    return "quiet"; /* of all projects, and after a failure of this one alone */
}

static const struct expectation expected[] = {
    {"410", NULL, KIND(ERR_GONE) | KIND(ERR_CONFIG), FAULT_SOURCE},
    {"404", "asked", 0, FAULT_EITHER | FAULT_BELIEVED},
    {"403", "asked", 0, FAULT_EITHER},
    {"403, in 30 s", "asked", 0, FAULT_EITHER},
    {"403, nothing remains", "asked", 0, FAULT_EITHER},
    {"403, secondary", "asked", 0, FAULT_EITHER},
    {"echo 403", "asked", 0, FAULT_EITHER},
    {"echo 403, what is needed", "asked", 0, FAULT_EITHER},
    {"404", NULL, KIND(ERR_NOT_FOUND) | KIND(ERR_CONFIG), 0},
    {.fault = NULL},
};

const struct fixture jira_cloud_more_fixture = {
    .name = "jira cloud and more",
    .type = "jira",
    .url = CLOUD,
    .file = "jira-cloud.json",
    .victim = "ALP",
    .auth = "Basic " BASIC,
    .remembers = true,
    .secrets = (const char *const[]){TOKEN, BASIC, NULL},
    .configure = configure_cloud,
    .serve = serve,
    .class_of = class_of,
    .expected = expected,
    .vanished = (const char *const[]){"10005", "10017", "20001", NULL},
    .unlisted = "10009",
    .dated = dated,
    .news = (const char *const[]){"quiet", "spans", "logs", NULL},
    .census = (const char *const[]){"listing", "asked", NULL},
};

const struct fixture jira_dc_more_fixture = {
    .name = "jira data center and more",
    .type = "jira",
    .url = DC,
    .file = "jira-dc.json",
    .victim = "ALP",
    .auth = "Bearer " TOKEN,
    .remembers = true,
    .secrets = (const char *const[]){TOKEN, NULL},
    .configure = configure_dc,
    .serve = serve,
    .class_of = class_of,
    .expected = expected,
    .vanished = (const char *const[]){"10005", "10017", "20001", NULL},
    .unlisted = "10009",
    .dated = dated,
    .news = (const char *const[]){"quiet", "spans", NULL},
    .census = (const char *const[]){"listing", "asked", NULL},
};

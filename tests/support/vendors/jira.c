#include "tests/support/vendors/jira.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sign.h"
#include "tests/support/vendors/jira_site.h"

#define CLOUD_PREFIX "/jira"
#define DC_PREFIX "/jira-dc"
#define CLOUD_ID "11223344-a1b2-3b33-c444-def123456789"
#define GATEWAY_PREFIX "/ex/jira/" CLOUD_ID
#define ME "alignd-bot"

struct jira *jira_create(const struct jira_options *o, struct staff *people,
                         struct err *e)
{
    struct jira *j = calloc(1, sizeof *j);

    if (!j) {
        err_nomem(e);
        return NULL;
    }
    j->o = *o;
    j->people = people;
    j->version = 1;
    j->custom = json_array();
    j->zone = jira_zone_load(o->time_zone ? o->time_zone : "UTC", e);
    if (!j->zone || !j->custom) {
        jira_destroy(j);
        return NULL;
    }
    return j;
}

static void issue_finish(struct jira_issue *i)
{
    free(i->key);
    json_decref(i->model);
    json_decref(i->raw);
    json_decref(i->log);
    for (size_t k = 0; k < JIRA_FORMS; k++) {
        json_decref(i->shown[k]);
    }
}

void jira_destroy(struct jira *j)
{
    if (!j) {
        return;
    }
    for (size_t i = 0; i < j->n_issues; i++) {
        issue_finish(&j->issues[i]);
    }
    for (size_t i = 0; i < j->n_projects; i++) {
        free(j->projects[i].key);
        free(j->projects[i].name);
    }
    for (size_t i = 0; i < j->n_statuses; i++) {
        free(j->statuses[i].name);
    }
    for (size_t i = 0; i < j->n_types; i++) {
        free(j->types[i].name);
    }
    free(j->issues);
    free(j->projects);
    free(j->statuses);
    free(j->types);
    json_decref(j->custom);
    jira_zone_destroy(j->zone);
    free(j);
}

/* ---- who asks ---- */

static bool is_gateway(const struct request *rq)
{
    return str_has_prefix(str_of(rq->path), STR(GATEWAY_PREFIX));
}

/* Scoped tokens hold through the gateway alone, others on the site. */
static bool is_for(const struct request *rq, struct str token)
{
    return str_has_prefix(token, STR("scoped-")) == is_gateway(rq);
}

static bool basic_is_good(const struct jira *j, const struct request *rq,
                          struct str encoded)
{
    char mem[1024];
    struct buf plain;
    struct err e;
    ptrdiff_t colon;
    struct str user, token;

    buf_init_fixed(&plain, mem, sizeof mem);
    if (!sign_base64_decode(&plain, encoded, &e)) {
        return false;
    }
    colon = str_chr(buf_str(&plain), ':');
    if (colon < 1) {
        return false;
    }
    user = str_first(buf_str(&plain), (size_t)colon);
    token = str_skip(buf_str(&plain), (size_t)colon + 1);
    return token.n && is_for(rq, token) && (!j->o.user || str_eqz(user, j->o.user)) &&
           (!j->o.token || str_eqz(token, j->o.token));
}

static bool is_known_caller(const struct jira *j, const struct request *rq)
{
    const char *header = request_header(rq, "Authorization");
    struct str h = str_of(header);

    if (str_eq_nocase(str_first(h, 6), STR("Basic "))) {
        return basic_is_good(j, rq, str_trim(str_skip(h, 6)));
    }
    if (str_eq_nocase(str_first(h, 7), STR("Bearer "))) {
        struct str token = str_trim(str_skip(h, 7));

        return token.n && is_for(rq, token) && (!j->o.token || str_eqz(token, j->o.token));
    }
    return false;
}

static void refuse_caller(struct reply *rp)
{
    reply_header(rp, "WWW-Authenticate", "OAuth realm=\"http%%3A%%2F%%2F127.0.0.1\"");
    reply_header(rp, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED");
    reply_json(rp, 401,
               json_pack("{s:s, s:i}", "message",
                         "Client must be authenticated to access this resource.",
                         "status-code", 401));
}

/* ---- the site ---- */

static void answer_server_info(struct jira *j, enum jira_face face,
                               const struct request *rq, struct reply *rp)
{
    bool cloud = face == JIRA_FACE_CLOUD;
    enum jira_form f = cloud ? JIRA_CLOUD_V3 : JIRA_DC_V2;
    json_t *url = jira_shape_url(j, f, "%s", "");
    const char *text = json_string_value(url);
    json_t *base = json_stringn(text, strlen(text) - 1);
    json_t *o;

    json_decref(url);
    o = json_pack(
        "{s:o, s:s, s:o, s:s, s:i, s:s, s:o, s:s, s:s, s:{s:s}}", "baseUrl", base,
        "version", cloud ? "1001.0.0-SNAPSHOT" : "10.3.24", "versionNumbers",
        cloud ? json_pack("[i, i, i]", 1001, 0, 0) : json_pack("[i, i, i]", 10, 3, 24),
        "deploymentType", cloud ? "Cloud" : "Server", "buildNumber",
        cloud ? 100290 : 10030024, "buildDate", "2026-10-01T12:59:12.000+0000",
        "serverTime", jira_shape_time(j, rq->at), "scmInfo",
        "948b370c557f4bbf768b92203f3aca5d86ee9758", "serverTitle",
        "Acme Clinic Software", "defaultLocale", "locale", "en_US");
    if (o && cloud) {
        (void)json_object_set_new(o, "serverTimeZone", json_string(jira_zone_name(j->zone)));
    }
    reply_json(rp, 200, o);
}

static int64_t count_seen(const struct jira *j)
{
    int64_t n = 0;

    for (size_t i = 0; i < j->n_projects; i++) {
        n += !j->projects[i].hidden;
    }
    return n;
}

static void answer_projects(struct jira *j, enum jira_form f, const struct request *rq,
                            struct reply *rp)
{
    int64_t start = request_int(rq, "startAt", 0),
            max = request_int(rq, "maxResults", 50);
    int64_t total = count_seen(j), at = 0;
    json_t *all = json_array();
    json_t *root;

    start = start < 0 ? 0 : start > total ? total : start;
    max = max < 1 || max > 50 ? 50 : max;
    for (size_t i = 0; i < j->n_projects && at < start + max; i++) {
        if (!j->projects[i].hidden && at++ >= start) {
            (void)json_array_append_new(all, jira_shape_project(j, f, i));
        }
    }
    root =
        json_pack("{s:o, s:I, s:I, s:I, s:b, s:o}", "self",
                  jira_shape_url(j, f,
                                 "rest/api/3/project/search?maxResults=%" PRId64
                                 "&startAt=%" PRId64,
                                 max, start),
                  "maxResults", (json_int_t)max, "startAt", (json_int_t)start, "total",
                  (json_int_t)total, "isLast", start + max >= total, "values", all);
    if (root && start + max < total) {
        (void)json_object_set_new(
            root, "nextPage",
            jira_shape_url(j, f,
                           "rest/api/3/project/search?maxResults=%" PRId64
                           "&startAt=%" PRId64,
                           max, start + max));
    }
    reply_json(rp, 200, root);
}

static void answer_all_projects(struct jira *j, struct reply *rp)
{
    json_t *all = json_array();

    for (size_t i = 0; i < j->n_projects; i++) {
        if (!j->projects[i].hidden) {
            (void)json_array_append_new(all, jira_shape_project(j, JIRA_DC_V2, i));
        }
    }
    reply_json(rp, 200, all);
}

static void answer_types(struct jira *j, enum jira_form f, struct reply *rp)
{
    json_t *all = json_array();

    for (size_t i = 0; i < j->n_types; i++) {
        (void)json_array_append_new(all, jira_shape_type(j, f, j->types[i].name));
    }
    reply_json(rp, 200, all);
}

static void answer_statuses(struct jira *j, enum jira_form f, struct reply *rp)
{
    json_t *all = json_array();

    for (size_t i = 0; i < j->n_statuses; i++) {
        (void)json_array_append_new(all, jira_shape_status(j, f, j->statuses[i].name));
    }
    reply_json(rp, 200, all);
}

/* ---- routes ---- */

static void not_found(struct reply *rp)
{
    reply_json(rp, 404,
               json_pack("{s:s, s:i}", "message", "null for uri", "status-code", 404));
}

static void gone(struct reply *rp)
{
    rp->class_ = "jira.old_search";
    jira_refuse(
        rp, 410,
        "The requested API has been removed. Please migrate to the "
        "/rest/api/3/search/jql API. A full migration guideline is available at "
        "https://developer.atlassian.com/changelog/#CHANGE-2046");
}

/* What both faces have; `name` is the part behind rest/api/VERSION/. */
static bool route_both(struct jira *j, enum jira_face face, enum jira_form f,
                       struct str name, const struct request *rq, struct reply *rp)
{
    bool dc = face == JIRA_FACE_DC;

    if (strcmp(rq->method, "GET") != 0) {
        return false;
    }
    if (str_eqz(name, "field")) {
        rp->class_ = dc ? "jira-dc.field" : "jira.field";
        reply_json(rp, 200, jira_shape_fields(j, f));
    } else if (str_eqz(name, "myself")) {
        rp->class_ = dc ? "jira-dc.myself" : "jira.myself";
        reply_json(rp, 200, jira_shape_user(j, f, ME));
    } else if (str_eqz(name, "issuetype")) {
        answer_types(j, f, rp);
    } else if (str_eqz(name, "status")) {
        answer_statuses(j, f, rp);
    } else if (str_has_prefix(name, STR("issue/")) &&
               str_chr(str_skip(name, 6), '/') < 0) {
        jira_one(j, f, str_skip(name, 6), rq, rp);
    } else {
        return false;
    }
    return true;
}

static void route_cloud(struct jira *j, enum jira_form f, struct str name,
                        const struct request *rq, struct reply *rp)
{
    bool post = strcmp(rq->method, "POST") == 0;

    if (str_eqz(name, "search")) {
        gone(rp);
    } else if (str_eqz(name, "search/jql")) {
        jira_search_cloud(j, f, rq, rp);
    } else if (str_eqz(name, "search/approximate-count") && post) {
        jira_count(j, rq, rp);
    } else if (str_eqz(name, "issue/bulkfetch") && post) {
        jira_bulk(j, f, rq, rp);
    } else if (str_eqz(name, "changelog/bulkfetch") && post) {
        jira_log_bulk(j, f, rq, rp);
    } else if (str_eqz(name, "project/search")) {
        rp->class_ = "jira.projects";
        answer_projects(j, f, rq, rp);
    } else if (!route_both(j, JIRA_FACE_CLOUD, f, name, rq, rp)) {
        not_found(rp);
    }
}

static void route_dc(struct jira *j, struct str name, const struct request *rq,
                     struct reply *rp)
{
    if (str_eqz(name, "search")) {
        jira_search_dc(j, rq, rp);
    } else if (str_eqz(name, "project")) {
        rp->class_ = "jira-dc.projects";
        answer_all_projects(j, rp);
    } else if (!route_both(j, JIRA_FACE_DC, JIRA_DC_V2, name, rq, rp)) {
        not_found(rp);
    }
}

static void add_headers(const struct jira *j, enum jira_face face, struct reply *rp)
{
    reply_header(rp, "X-AREQUESTID", "%016" PRIx64, j->requests * 2654435761U);
    reply_header(rp, "X-Content-Type-Options", "nosniff");
    if (face == JIRA_FACE_CLOUD) {
        reply_header(rp, "Server", "AtlassianEdge");
        reply_header(rp, "Cache-Control", "no-cache, no-store, no-transform");
        reply_header(rp, "X-RateLimit-Limit", "350");
        reply_header(rp, "X-RateLimit-Remaining", "349");
        return;
    }
    /* As recorded from a site whose limiter is off: Retry-After on every answer. */
    reply_header(rp, "Cache-Control", "max-age=0, no-cache, no-store");
    reply_header(rp, "X-ANODEID", "jira-dc-0");
    reply_header(rp, "Retry-After", "0");
    reply_header(rp, "X-RateLimit-Limit", "-1");
    reply_header(rp, "X-RateLimit-Remaining", "9223372036854775807");
    reply_header(rp, "X-RateLimit-FillRate", "-1");
    reply_header(rp, "X-RateLimit-Interval-Seconds", "1");
}

static void route(struct jira *j, enum jira_face face, const struct request *rq,
                  struct reply *rp)
{
    bool cloud = face == JIRA_FACE_CLOUD;
    size_t prefix = is_gateway(rq) ? sizeof GATEWAY_PREFIX - 1
                    : cloud        ? sizeof CLOUD_PREFIX - 1
                                   : sizeof DC_PREFIX - 1;
    struct str rest = str_skip(str_of(rq->path), prefix);
    struct str name;
    bool v3 = str_has_prefix(rest, STR("/rest/api/3/"));

    if (cloud && str_eqz(rest, "/_edge/tenant_info")) {
        rp->class_ = "jira.tenant";
        reply_json(rp, 200, json_pack("{s:s}", "cloudId", CLOUD_ID));
        return;
    }
    if ((!v3 || !cloud) && !str_has_prefix(rest, STR("/rest/api/2/")) &&
        (cloud || !str_has_prefix(rest, STR("/rest/api/latest/")))) {
        not_found(rp);
        return;
    }
    name = str_skip(rest, str_has_prefix(rest, STR("/rest/api/latest/"))
                              ? sizeof "/rest/api/latest/" - 1
                              : sizeof "/rest/api/2/" - 1);
    if (str_eqz(name, "serverInfo")) {
        rp->class_ = cloud ? "jira.server_info" : "jira-dc.server_info";
        answer_server_info(j, face, rq, rp);
    } else if (!is_known_caller(j, rq)) {
        refuse_caller(rp);
    } else if (cloud) {
        route_cloud(j, v3 ? JIRA_CLOUD_V3 : JIRA_CLOUD_V2, name, rq, rp);
    } else {
        route_dc(j, name, rq, rp);
    }
}

/* html_url of an issue, for whoever follows a link of the demo. */
static bool browse(struct jira *j, enum jira_face face, const struct request *rq,
                   struct reply *rp)
{
    struct str key = str_of(rq->path);
    const struct jira_issue *i;
    struct str prefix = face == JIRA_FACE_CLOUD ? STR(CLOUD_PREFIX "/browse/")
                                                : STR(DC_PREFIX "/browse/");

    if (!str_has_prefix(key, prefix)) {
        return false;
    }
    i = jira_find(j, str_skip(key, prefix.n));
    if (!i || i->gone || !i->model) {
        return false;
    }
    rp->class_ = "browse";
    rp->type = "text/plain; charset=utf-8";
    buf_printf(&rp->body, "%s (%s)\n%s\n\n%s\n", i->key, i->status,
               json_text(i->model, "summary", ""),
               json_text(i->model, "description", ""));
    return true;
}

void jira_answer(struct jira *j, enum jira_face face, const struct request *rq,
                 struct reply *rp)
{
    rp->class_ = face == JIRA_FACE_CLOUD ? "jira.other" : "jira-dc.other";
    if (browse(j, face, rq, rp)) {
        return;
    }
    j->requests++;
    route(j, face, rq, rp);
    add_headers(j, face, rp);
    if (rp->type && strcmp(rp->type, "application/json; charset=utf-8") == 0) {
        rp->type = "application/json;charset=UTF-8";
    }
}

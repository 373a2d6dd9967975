/*
 * Projects: fields, and items by cursor, as the schemas projects-v2-field and
 * projects-v2-item-with-content of GitHub's description have them. Values are
 * options of a single select, numbers, or text, by the type of their field.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/jsonw.h"
#include "tests/support/vendors/github_repo.h"

enum { PER_PAGE = 30, PER_PAGE_MAX = 100, FIRST_FIELD = 100 };

#define CEILING ((size_t)16 << 20)
#define SOME_TIME "2026-01-01T00:00:00Z"

/* ---- what is there ---- */

bool gh_projects_load(struct github *g, const json_t *list, struct err *e)
{
    json_decref(g->projects);
    g->projects = list ? json_deep_copy(list) : json_array();
    return g->projects || err_nomem(e);
}

static json_t *find(const struct github *g, const char *name)
{
    json_t *p;
    size_t k;

    json_array_foreach(g->projects, k, p)
    {
        if (strcasecmp(json_text(p, "name", ""), name) == 0) {
            return p;
        }
    }
    return NULL;
}

/* {"project": "acme/7", "issue": "acme/web#4", "values": {...}}; "remove": true. */
bool gh_projects_change(struct github *g, const json_t *change, struct err *e)
{
    json_t *project = find(g, json_text(change, "project", ""));
    json_t *items = json_object_get(project, "items"), *item = NULL;
    json_t *values = json_object_get(change, "values");
    const char *issue = json_text(change, "issue", "");
    size_t at = 0;

    if (!project || !items) {
        return err_set(e, ERR_USAGE, "no project '%s'",
                       json_text(change, "project", ""));
    }
    json_array_foreach(items, at, item)
    {
        if (strcmp(json_text(item, "issue", ""), issue) == 0) {
            break;
        }
    }
    if (json_flag(change, "remove", false)) {
        return json_array_remove(items, at) == 0 ||
               err_set(e, ERR_USAGE, "'%s' is not in it", issue);
    }
    if (at == json_array_size(items)) {
        return json_array_append_new(items, json_pack("{s:s, s:O?}", "issue", issue,
                                                      "values", values)) == 0 ||
               err_nomem(e);
    }
    return (values && json_object_set(item, "values", values) == 0) ||
           err_set(e, ERR_USAGE, "values are missing");
}

/* ---- fields ---- */

static const char *type_of(const json_t *project, const char *field)
{
    return json_text(json_object_get(project, "fields"), field, "text");
}

static void put_rich(struct jsonw *w, const char *key, const char *text)
{
    jsonw_object(w, key);
    jsonw_strz(w, "raw", text);
    jsonw_strz(w, "html", text);
    jsonw_end_object(w);
}

static void answer_fields(const struct github *g, const json_t *project,
                          struct reply *rp)
{
    json_t *fields = json_object_get(project, "fields"), *type;
    const char *name;
    int64_t id = FIRST_FIELD;
    struct jsonw w;

    jsonw_init(&w, &rp->body);
    jsonw_array(&w, NULL);
    json_object_foreach(fields, name, type)
    {
        jsonw_object(&w, NULL);
        jsonw_int(&w, "id", id++);
        jsonw_strz(&w, "node_id", "PVTF_x");
        jsonw_strz(&w, "name", name);
        jsonw_strz(&w, "data_type", json_string_value(type));
        jsonw_strz(&w, "project_url", g->api);
        jsonw_strz(&w, "created_at", SOME_TIME);
        jsonw_strz(&w, "updated_at", SOME_TIME);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
}

/* ---- items ---- */

static bool is_asked_for(const char *ids, int64_t id)
{
    struct str rest = str_of(ids ? ids : ""), one;
    int64_t n;

    while (str_split(&rest, ',', &one)) {
        if (str_to_i64(one, &n) && n == id) {
            return true;
        }
    }
    return false;
}

static void put_value(struct jsonw *w, const json_t *v, const char *type)
{
    if (json_is_number(v)) {
        jsonw_int(w, "value", json_integer_value(v));
    } else if (strcmp(type, "single_select") == 0) {
        jsonw_object(w, "value");
        jsonw_strz(w, "id", "option");
        put_rich(w, "name", json_string_value(v));
        jsonw_strz(w, "color", "GRAY");
        put_rich(w, "description", "");
        jsonw_end_object(w);
    } else {
        jsonw_strz(w, "value", json_string_value(v));
    }
}

static void put_values(struct jsonw *w, const json_t *project, const json_t *item,
                       const char *ids)
{
    json_t *fields = json_object_get(project, "fields"), *type;
    const char *name;
    int64_t id = FIRST_FIELD - 1;

    jsonw_array(w, "fields");
    json_object_foreach(fields, name, type)
    {
        const json_t *v = json_object_get(json_object_get(item, "values"), name);

        id++;
        if (!is_asked_for(ids, id)) {
            continue;
        }
        jsonw_object(w, NULL);
        jsonw_int(w, "id", id);
        jsonw_strz(w, "name", name);
        jsonw_strz(w, "data_type", json_string_value(type));
        if (v) {
            put_value(w, v, type_of(project, name));
        } else {
            jsonw_null(w, "value");
        }
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_item(struct jsonw *w, const struct github *g, const json_t *project,
                     const json_t *item, size_t at, const char *ids)
{
    struct gh_repo *in = NULL;
    const struct gh_issue *i =
        g->n_repos ? gh_issue_of_ref(g->repos[0], json_object_get(item, "issue"), &in)
                   : NULL;
    struct buf text;

    buf_init(&text, CEILING);
    jsonw_object(w, NULL);
    jsonw_int(w, "id", (int64_t)at + 1);
    jsonw_strz(w, "node_id", "PVTI_x");
    jsonw_strz(w, "content_type", i && i->pull ? "PullRequest" : "Issue");
    if (i && !i->gone) {
        gh_list_text(&text, in, i, false);
        jsonw_raw(w, "content", buf_str(&text));
    } else {
        jsonw_null(w, "content");
    }
    jsonw_strz(w, "created_at", SOME_TIME);
    jsonw_strz(w, "updated_at", SOME_TIME);
    jsonw_strz(w, "archived_at", json_flag(item, "archived", false) ? SOME_TIME : NULL);
    put_values(w, project, item, ids);
    jsonw_end_object(w);
    buf_finish(&text);
}

static void answer_items(const struct github *g, const json_t *project,
                         const char *path, const struct request *rq, struct reply *rp)
{
    const json_t *items = json_object_get(project, "items");
    const char *ids = request_arg(rq, "fields");
    int64_t per_page = request_int(rq, "per_page", PER_PAGE);
    int64_t from = request_int(rq, "after", 0), n = 0;
    struct jsonw w;

    per_page = per_page < 1              ? PER_PAGE
               : per_page > PER_PAGE_MAX ? PER_PAGE_MAX
                                         : per_page;
    jsonw_init(&w, &rp->body);
    jsonw_array(&w, NULL);
    for (int64_t k = from;
         k >= 0 && k < (int64_t)json_array_size(items) && n < per_page; k++, n++) {
        put_item(&w, g, project, json_array_get(items, (size_t)k), (size_t)k, ids);
    }
    jsonw_end_array(&w);
    if (from + n < (int64_t)json_array_size(items)) {
        reply_header(rp, "Link",
                     "<%s%s?per_page=%" PRId64 "&fields=%s&after=%" PRId64
                     ">; rel=\"next\"",
                     g->api, path, per_page, ids ? ids : "", from + n);
    }
}

void gh_project(const struct github *g, bool user, const char *name, struct str what,
                const struct request *rq, struct reply *rp)
{
    const json_t *project = find(g, name);
    bool fields = str_eqz(what, "/fields"), items = str_eqz(what, "/items");
    const char *path = strstr(rq->path, user ? "/users/" : "/orgs/");

    rp->class_ = "github.project";
    if (!project || json_flag(project, "user", false) != user || !(fields || items) ||
        !path) {
        reply_json(rp, 404,
                   json_pack("{s:s, s:s, s:s}", "message", "Not Found",
                             "documentation_url", "https://docs.github.com/rest",
                             "status", "404"));
        return;
    }
    if (fields) {
        answer_fields(g, project, rp);
    } else {
        answer_items(g, project, path, rq, rp);
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
    if (gh_unchanged(rq, rp, hash64(rp->body.p, rp->body.n, 2))) {
        buf_clear(&rp->body);
    }
}

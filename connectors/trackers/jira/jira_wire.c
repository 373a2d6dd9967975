#include "connectors/trackers/jira/jira_wire.h"

#include <jansson.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "connectors/trackers/jira/jira_issue.h"
#include "connectors/trackers/jira/jira_json.h"

enum { MAX_DESCRIPTION = 512 << 10, MAX_ID = 255 };

bool jira_read_server(struct str body, struct arena *a, struct jira_server *ret,
                      struct err *e)
{
    json_t *root;

    if (!jira_parse(body, &root, e)) {
        return false;
    }
    struct str site = jira_get(root, "baseUrl");
    /* Every Jira tells its version, and the address that people use. */
    bool is_jira = jira_get(root, "version").n > 0 || site.n > 0;

    if (!str_has_prefix(site, STR("https://"))) {
        site = STR_NONE;
    }
    while (str_has_suffix(site, STR("/"))) {
        site.n--;
    }
    ret->site = jira_copy(a, site, 1000);
    ret->version = jira_copy(a, jira_get(root, "version"), MAX_ID);
    /* Data Center says "Server"; Jira before 7 says nothing and is one, too. */
    ret->cloud = str_eqz(jira_get(root, "deploymentType"), "Cloud");
    json_decref(root);
    if (!is_jira) {
        return err_set(e, ERR_PARSE, "serverInfo names neither version nor address");
    }
    return arena_failed(a) ? err_nomem(e) : true;
}

bool jira_read_myself(struct str body, struct arena *a, struct str *ret, struct err *e)
{
    json_t *root;

    if (!jira_parse(body, &root, e)) {
        return false;
    }
    struct str id = jira_get(root, "accountId");
    struct str name = utf8_cut(jira_get(root, "displayName"), MAX_ID);

    id = id.n > 0 ? id : jira_get(root, "name");
    id = utf8_cut(id.n > 0 ? id : jira_get(root, "key"), MAX_ID);
    bool known = id.n > 0;

    *ret = jira_copy(a,
                     name.n > 0 ? arena_printf(a, "%.*s (%.*s)", STR_FMT(name), STR_FMT(id))
                                : id,
                     (size_t)2 * MAX_ID + 3);
    json_decref(root);
    if (!known) {
        return err_set(e, ERR_PARSE, "myself names no account");
    }
    return arena_failed(a) ? err_nomem(e) : true;
}

bool jira_read_projects(struct str body, struct arena *a, struct jira_projects *ret,
                        struct jira_projects_page *ret_page, struct err *e)
{
    json_t *root;

    if (!jira_parse(body, &root, e)) {
        return false;
    }
    const json_t *list = json_is_array(root) ? root : json_object_get(root, "values");
    bool is_list = json_is_array(list);
    int64_t start = 0;
    int64_t total = -1;

    size_t before = ret->n;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *project = json_array_get(list, i);
        struct str key = jira_get(project, "key");
        struct jira_project *p =
            key.n > 0 ? arena_grow(a, &ret->v, &ret->n, &ret->cap, sizeof *p) : NULL;

        if (p != NULL) {
            p->key = jira_copy(a, key, MAX_ID);
            p->id = jira_copy(a, jira_get(project, "id"), MAX_ID);
        }
    }
    ret_page->returned = json_array_size(list);
    ret_page->paged = json_is_object(root);
    (void)jira_get_int(root, "startAt", &start);
    ret_page->last = json_is_array(root) || ret_page->returned == 0 ||
                     json_is_true(json_object_get(root, "isLast")) ||
                     (jira_get_int(root, "total", &total) &&
                      start + (int64_t)ret_page->returned >= total);
    json_decref(root);
    if (!is_list) {
        return err_set(e, ERR_PARSE, "list of projects is not a list");
    }
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    return ret->n > before || ret_page->returned == 0
               ? true
               : err_set(e, ERR_PARSE, "none of %zu projects has a key",
                         ret_page->returned);
}

/* ---- a page of a search ---- */

static bool read_issues(const json_t *list, const struct jira_issues *in,
                        struct feed *out, struct jira_page *page)
{
    size_t n = json_array_size(list);
    size_t read = 0;

    page->returned = n;
    page->ids = arena_array(out->a, n, sizeof *page->ids);
    for (size_t i = 0; page->ids != NULL && i < n; i++) {
        struct item it;

        if (!jira_read_issue(in, json_array_get(list, i), &it)) {
            out->skipped++;
            continue;
        }
        struct item *slot = feed_add_item(out);

        if (slot == NULL) {
            break;
        }
        *slot = it;
        page->ids[i] = hash64(it.vid.p, it.vid.n, 0);
        page->newest = it.updated.ms > page->newest.ms ? it.updated : page->newest;
        if (i + JIRA_TAIL >= n && it.updated.ms != 0 &&
            (page->reached.ms == 0 || it.updated.ms < page->reached.ms)) {
            page->reached = it.updated;
        }
        read++;
    }
    return n == 0 || read > 0;
}

bool jira_read_place(const json_t *root, struct jira_page *page)
{
    const json_t *token = json_object_get(root, "nextPageToken");
    const json_t *start = json_object_get(root, "startAt");
    const json_t *total = json_object_get(root, "total");

    page->next = jira_str(token);
    if (json_is_integer(start) && json_is_integer(total)) {
        page->start = json_integer_value(start);
        page->total = json_integer_value(total);
        return page->start >= 0 && page->total >= 0;
    }
    return start == NULL && total == NULL &&
           (token == NULL || json_is_null(token) || page->next.n > 0);
}

bool jira_read_page(struct str body, const struct jira_reader *r, struct feed *out,
                    struct jira_page *ret, struct err *e)
{
    struct jira_page page = {.start = -1, .total = -1};
    struct buf text;
    json_t *root;
    bool ok = false;

    if (!project_load(r->projection, body, &root, e)) {
        return false;
    }
    buf_init(&text, MAX_DESCRIPTION);
    const json_t *issues = json_object_get(root, "issues");

    if (!json_is_array(issues)) {
        err_set(e, ERR_PARSE, "search answer has no list of issues");
        goto out;
    }
    if (!jira_read_place(root, &page)) {
        err_set(e, ERR_PARSE, "search answer does not tell its place in the list");
        goto out;
    }
    page.next = arena_str(out->a, page.next);
    ok = read_issues(issues, &(struct jira_issues){r, body, out->a, &text}, out, &page);
    if (arena_failed(out->a) || !buf_ok(&text)) {
        ok = err_nomem(e);
    } else if (!ok) {
        err_set(e, ERR_PARSE, "none of %zu issues has an id, a key and a status",
                page.returned);
    } else {
        *ret = page;
    }
out:
    buf_finish(&text);
    json_decref(root);
    return ok;
}

/* ---- a page of a listing ---- */

static bool read_sighting(const json_t *issue, struct str scope, struct feed *out,
                          struct str *ret_vid, struct err *e)
{
    struct str vid = jira_get(issue, "id");

    *ret_vid = jira_copy(out->a, vid, MAX_ID);
    scope = scope.n > 0 ? scope : jira_project_of(jira_get(issue, "key"));
    if (vid.n == 0 || scope.n == 0) {
        *ret_vid = STR_NONE;
        out->skipped++;
        return true;
    }
    return feed_add_sighting(out, jira_copy(out->a, scope, MAX_ID), *ret_vid) &&
                   !arena_failed(out->a)
               ? true
               : err_nomem(e);
}

static bool sight(const json_t *list, struct str scope, struct feed *out,
                  struct jira_page *page, struct err *e)
{
    size_t n = json_array_size(list);
    size_t read = 0;

    page->returned = n;
    page->ids = arena_array(out->a, n, sizeof *page->ids);
    for (size_t i = 0; page->ids != NULL && i < n; i++) {
        const json_t *issue = json_array_get(list, i);
        struct wall created = jira_get_time(json_object_get(issue, "fields"), "created");
        struct str vid;

        if (!read_sighting(issue, scope, out, &vid, e)) {
            return false;
        }
        page->ids[i] = hash64(vid.p, vid.n, 0);
        read += vid.n > 0;
        if (i + JIRA_TAIL >= n && created.ms != 0 &&
            (page->reached.ms == 0 || created.ms < page->reached.ms)) {
            page->reached = created;
        }
    }
    if (arena_failed(out->a)) {
        return err_nomem(e);
    }
    return n == 0 || read > 0
               ? true
               : err_set(e, ERR_PARSE, "none of %zu issues has an id and a key", n);
}

bool jira_read_sightings(struct str body, const struct jira_reader *r, struct str scope,
                         struct feed *out, struct jira_page *ret, struct err *e)
{
    struct jira_page page = {.start = -1, .total = -1};
    json_t *root;

    if (!project_load(r->projection, body, &root, e)) {
        return false;
    }
    const json_t *issues = json_object_get(root, "issues");
    bool ok;

    if (!json_is_array(issues)) {
        ok = err_set(e, ERR_PARSE, "search answer has no list of issues");
    } else if (!jira_read_place(root, &page)) {
        ok = err_set(e, ERR_PARSE, "search answer does not tell its place in the list");
    } else {
        page.next = arena_str(out->a, page.next);
        ok = sight(issues, scope, out, &page, e);
    }
    json_decref(root);
    if (ok) {
        *ret = page;
    }
    return ok;
}

/* ---- issues asked for by id ---- */

static bool add_finding(const struct jira_issues *in, const json_t *issue,
                        struct jira_findings *ret)
{
    struct str vid = jira_get(issue, "id");
    const json_t *date =
        json_object_get(json_object_get(issue, "fields"), "archiveddate");
    struct jira_found *found =
        vid.n > 0 ? arena_grow(in->a, &ret->v, &ret->n, &ret->cap, sizeof *found)
                  : NULL;

    if (found != NULL) {
        found->vid = jira_copy(in->a, vid, MAX_ID);
        found->archived = jira_str(date).n > 0;
        found->read = jira_read_issue(in, issue, &found->it);
    }
    return found != NULL;
}

static bool read_found(const json_t *root, const struct jira_issues *in,
                       struct jira_findings *ret, struct err *e)
{
    const json_t *issues = json_object_get(root, "issues");
    const json_t *errors = json_object_get(root, "issueErrors");

    if (!json_is_array(issues)) {
        return err_set(e, ERR_PARSE, "answer has no list of issues");
    }
    for (size_t i = 0; i < json_array_size(issues); i++) {
        if (!add_finding(in, json_array_get(issues, i), ret)) {
            return arena_failed(in->a)
                       ? err_nomem(e)
                       : err_set(e, ERR_PARSE, "an issue of the answer has no id");
        }
    }
    for (size_t i = 0; i < json_array_size(errors); i++) {
        struct jira_found *found =
            arena_grow(in->a, &ret->v, &ret->n, &ret->cap, sizeof *found);

        if (found != NULL) {
            found->vid = jira_copy(
                in->a, jira_get(json_array_get(errors, i), "id"), MAX_ID);
        }
    }
    return arena_failed(in->a) ? err_nomem(e) : true;
}

bool jira_read_findings(struct str body, bool single, const struct jira_reader *r,
                        struct arena *a, struct jira_findings *ret, struct err *e)
{
    struct jira_findings f = {0};
    struct buf text;
    json_t *root;

    if (single) { /* one issue, as if it were a list of one */
        body = arena_printf(a, "{\"issues\":[%.*s]}", STR_FMT(body));
    }
    if (!project_load(r->projection, body, &root, e)) {
        return false;
    }
    buf_init(&text, MAX_DESCRIPTION);
    bool ok = read_found(root, &(struct jira_issues){r, body, a, &text}, &f, e);

    if (ok && !buf_ok(&text)) {
        ok = err_nomem(e);
    }
    if (ok && single && f.n != 1) {
        ok = err_set(e, ERR_PARSE, "answer is not one issue");
    }
    buf_finish(&text);
    json_decref(root);
    if (ok) {
        *ret = f;
    }
    return ok;
}

bool jira_read_count(struct str body, const struct jira_reader *r, size_t *ret,
                     struct err *e)
{
    json_t *root;

    if (!project_load(r->projection, body, &root, e)) {
        return false;
    }
    const json_t *issues = json_object_get(root, "issues");
    bool ok = json_is_array(issues) ||
              err_set(e, ERR_PARSE, "search answer has no list of issues");

    *ret = json_array_size(issues);
    json_decref(root);
    return ok;
}

/* ---- which fields ---- */

/* The name of a field in `fields=` is the first step of its path. */
static struct str first_step(const char *path)
{
    size_t n = strcspn(path, ".[@");

    return (struct str){path, n};
}

void jira_field_list(struct buf *out, const struct jira_fields *fields)
{
    const struct str found[] = {fields->epic_link, fields->epic_name,
                                fields->parent_link};
    struct str last = STR_NONE;

    for (size_t i = 0; jira_issue_paths[i] != NULL; i++) {
        struct str name = first_step(jira_issue_paths[i]);

        if (!str_eq(name, last)) {
            buf_addz(out, i > 0 ? "," : "");
            buf_add(out, name);
        }
        last = name;
    }
    for (size_t i = 0; i < ARRAY_LEN(found); i++) {
        buf_addz(out, found[i].n > 0 ? "," : "");
        buf_add(out, found[i]);
    }
    for (size_t i = 0; i < fields->n_marks; i++) {
        buf_addc(out, ',');
        buf_add(out, fields->marks[i].id);
    }
}

struct paths {
    struct arena *a;
    const char **v;
    size_t n, cap;
};

static void add_path(struct paths *p, const char *prefix, struct str name)
{
    const char **slot =
        name.n > 0 ? arena_grow(p->a, &p->v, &p->n, &p->cap, sizeof *slot) : NULL;

    if (slot != NULL) {
        *slot = arena_printf(p->a, "%s%.*s", prefix, STR_FMT(name)).p;
    }
}

bool jira_reader_init(struct jira_reader *r, const struct tracker_conf *conf,
                      const struct jira_fields *fields, struct str site,
                      struct arena *a, struct err *e)
{
    static const char *const roots[] = {"issues[].id", "issues[].key", "nextPageToken",
                                        "startAt", "total", "issueErrors[].id",
                                        "issues[].fields.archiveddate"};
    const struct str found[] = {fields->epic_link, fields->epic_name,
                                fields->parent_link};
    struct paths p = {.a = a};

    *r = (struct jira_reader){.conf = conf, .fields = fields, .site = site};
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        add_path(&p, "", str_of(roots[i]));
    }
    for (size_t i = 0; jira_issue_paths[i] != NULL; i++) {
        add_path(&p, "issues[].fields.", str_of(jira_issue_paths[i]));
    }
    for (size_t i = 0; i < ARRAY_LEN(found); i++) {
        add_path(&p, "issues[].fields.", found[i]);
    }
    for (size_t i = 0; i < fields->n_marks; i++) {
        add_path(&p, "issues[].fields.", fields->marks[i].id);
    }
    return arena_failed(a) ? err_nomem(e)
                           : project_compile(a, p.v, p.n, &r->projection, e);
}

/* All fields of an issue in the form a face and its API version have. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "tests/support/vendors/adf.h"
#include "tests/support/vendors/jira_site.h"

#define NAME_SEED 31

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value ? value : json_null());
}

static int stable_id(const char *name)
{
    return 10000 + (int)(hash64(name, strlen(name), NAME_SEED) % 9000);
}

/* Cloud's v3 has documents where v2 and Data Center have wiki text. */
static json_t *rich_text(enum jira_form f, const char *text)
{
    struct str rest = str_of(text), line;
    struct buf crlf;
    json_t *s;

    if (!text) {
        return json_null();
    }
    if (f == JIRA_CLOUD_V3) {
        return adf_of_wiki(str_of(text));
    }
    buf_init(&crlf, (size_t)4 << 20);
    while (str_split(&rest, '\n', &line)) {
        buf_addz(&crlf, crlf.n ? "\r\n" : "");
        buf_add(&crlf,
                str_has_suffix(line, STR("\r")) ? str_first(line, line.n - 1) : line);
    }
    s = json_stringn(buf_cstr(&crlf), crlf.n);
    buf_finish(&crlf);
    return s;
}

static json_t *named(const struct jira *j, enum jira_form f, const char *kind,
                     const json_t *names)
{
    json_t *all = json_array();
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        const char *text = json_string_value(name);
        char id[16];
        struct buf b;

        if (text) {
            buf_init_fixed(&b, id, sizeof id);
            buf_printf(&b, "%d", stable_id(text));
            (void)json_array_append_new(
                all, json_pack("{s:o, s:s, s:s}", "self",
                               jira_shape_url(j, f, "rest/api/2/%s/%s", kind, id), "id",
                               id, "name", text));
        }
    }
    return all;
}

/* Another issue as its key, status and type: parents, links, sub-tasks. */
static json_t *brief(const struct jira *j, enum jira_form f, const struct jira_issue *i)
{
    char id[24];
    struct buf b;
    const json_t *from = i->model ? i->model : i->raw;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%" PRId64, i->id);
    return json_pack("{s:s, s:s, s:o, s:{s:s, s:o, s:o, s:o}}", "id", id, "key", i->key,
                     "self",
                     jira_shape_url(j, f, "rest/api/%s/issue/%s",
                                    f == JIRA_CLOUD_V3 ? "3" : "2", id),
                     "fields", "summary", json_text(from, "summary", ""), "status",
                     jira_shape_status(j, f, i->status), "priority",
                     jira_shape_priority(j, f, json_text(i->model, "priority", NULL)),
                     "issuetype", jira_shape_type(j, f, i->type));
}

static const struct jira_issue *other(const struct jira *j, const json_t *key)
{
    const char *text = json_string_value(key);
    const struct jira_issue *i = text ? jira_find(j, str_of(text)) : NULL;

    return i && !i->gone ? i : NULL;
}

/* ---- hierarchy ---- */

/*
 * Cloud has one `parent` for every level, and fills the deprecated Epic Link
 * too. Data Center has `parent` for sub-tasks only, Epic Link for what is
 * below an epic, Parent Link above it.
 */
static void add_parent(const struct jira *j, enum jira_form f,
                       const struct jira_issue *i, json_t *o)
{
    const char *epic_link = jira_custom_id(f, JIRA_EPIC_LINK);
    const char *parent_link = jira_custom_id(f, JIRA_PARENT_LINK);
    const struct jira_issue *p = other(j, json_object_get(i->model, "parent"));
    bool subtask = jira_level(j, i->type) < 0;
    bool in_epic = p && !subtask && jira_level(j, p->type) == 1;

    if (p && (f != JIRA_DC_V2 || subtask)) {
        set(o, "parent", brief(j, f, p));
    }
    set(o, epic_link, in_epic ? json_string(p->key) : NULL);
    if (parent_link) {
        set(o, parent_link,
            p && !subtask && !in_epic ? json_string(p->key) : json_null());
    }
    if (jira_level(j, i->type) == 1) {
        set(o, jira_custom_id(f, JIRA_EPIC_NAME),
            json_string(
                json_text(i->model, "epic_name", json_text(i->model, "summary", ""))));
    }
}

static json_t *subtasks(const struct jira *j, enum jira_form f,
                        const struct jira_issue *parent)
{
    json_t *all = json_array();

    for (size_t k = 0; k < j->n_issues; k++) {
        const struct jira_issue *i = &j->issues[k];

        if (!i->gone && jira_level(j, i->type) < 0 &&
            other(j, json_object_get(i->model, "parent")) == parent) {
            (void)json_array_append_new(all, brief(j, f, i));
        }
    }
    return all;
}

/* ---- links ---- */

static json_t *link_type(const struct jira *j, enum jira_form f, const char *name)
{
    static const char *const rows[][3] = {
        {"Blocks", "is blocked by", "blocks"},
        {"Implements", "is implemented by", "implements"},
        {"Relates", "relates to", "relates to"},
        {"Duplicate", "is duplicated by", "duplicates"},
    };
    char id[16];
    struct buf b;
    const char *inward = "relates to", *outward = "relates to";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i][0], name) == 0) {
            inward = rows[i][1];
            outward = rows[i][2];
        }
    }
    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%d", stable_id(name));
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", id, "name", name, "inward",
                     inward, "outward", outward, "self",
                     jira_shape_url(j, f, "rest/api/2/issueLinkType/%s", id));
}

static void add_link(const struct jira *j, enum jira_form f, json_t *all,
                     const char *type, const struct jira_issue *to, bool outward)
{
    char id[16];
    struct buf b;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%zu", 20000 + json_array_size(all));
    (void)json_array_append_new(
        all, json_pack("{s:s, s:o, s:o, s:o}", "id", id, "self",
                       jira_shape_url(j, f, "rest/api/2/issueLink/%s", id), "type",
                       link_type(j, f, type), outward ? "outwardIssue" : "inwardIssue",
                       brief(j, f, to)));
}

/* `blocked_by` is a link of that type that stands in the issue which waits. */
static void add_blocks(const struct jira *j, enum jira_form f, json_t *all,
                       const struct jira_issue *from, const struct jira_issue *i)
{
    const json_t *key;
    size_t n;

    json_array_foreach(json_object_get(from->model, "blocked_by"), n, key)
    {
        const struct jira_issue *to = other(j, key);

        if (from == i && to) {
            add_link(j, f, all, "Blocks", to, false);
        } else if (to == i && !from->gone) {
            add_link(j, f, all, "Blocks", from, true);
        }
    }
}

/* A link stands in one issue of the company file and shows on both. */
static json_t *links(const struct jira *j, enum jira_form f, const struct jira_issue *i)
{
    json_t *all = json_array();

    for (size_t k = 0; k < j->n_issues; k++) {
        const struct jira_issue *from = &j->issues[k];
        const json_t *one;
        size_t n;

        json_array_foreach(json_object_get(from->model, "links"), n, one)
        {
            const struct jira_issue *to = other(j, json_object_get(one, "to"));
            const char *type = json_text(one, "type", "Relates");

            if (from == i && to) {
                add_link(j, f, all, type, to, true);
            } else if (to == i && !from->gone) {
                add_link(j, f, all, type, from, false);
            }
        }
        add_blocks(j, f, all, from, i);
    }
    return all;
}

/* ---- custom fields ---- */

static json_t *custom_value(const struct jira *j, enum jira_form f, const char *type,
                            const json_t *value)
{
    const char *text = json_string_value(value);
    char id[16];
    struct buf b;

    if (!text || strcmp(type, "select") != 0) {
        return json_deep_copy(value);
    }
    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%d", stable_id(text));
    return json_pack("{s:o, s:s, s:s}", "self",
                     jira_shape_url(j, f, "rest/api/2/customFieldOption/%s", id),
                     "value", text, "id", id);
}

static void add_customs(const struct jira *j, enum jira_form f,
                        const struct jira_issue *i, json_t *o)
{
    const json_t *values = json_object_get(i->model, "fields"), *d;
    const json_t *points = json_object_get(i->model, "points");
    size_t k;

    for (size_t c = 0; c < JIRA_CUSTOMS; c++) {
        const char *id = jira_custom_id(f, (enum jira_custom)c);

        if (id && !json_object_get(o, id)) {
            set(o, id, json_null());
        }
    }
    if (points) {
        set(o, jira_custom_id(f, JIRA_POINTS), json_real(json_number_value(points)));
    }
    json_array_foreach(j->custom, k, d)
    {
        const json_t *v = json_object_get(values, json_text(d, "name", ""));

        set(o, json_text(d, "id", ""),
            v ? custom_value(j, f, json_text(d, "type", "text"), v) : json_null());
    }
}

static json_t *resolution(const struct jira *j, enum jira_form f,
                          const struct jira_issue *i)
{
    const char *name =
        json_text(i->model, "resolution", i->category == JQL_DONE ? "Done" : NULL);

    return name ? json_pack("{s:o, s:s, s:s, s:s}", "self",
                            jira_shape_url(j, f, "rest/api/2/resolution/10000"), "id",
                            "10000", "description", "", "name", name)
                : json_null();
}

static json_t *security(const struct jira *j, enum jira_form f, const char *name)
{
    return name ? json_pack("{s:o, s:s, s:s, s:s}", "self",
                            jira_shape_url(j, f, "rest/api/2/securitylevel/10001"),
                            "id", "10001", "description", "", "name", name)
                : json_null();
}

static json_t *render_model(const struct jira *j, enum jira_form f,
                            const struct jira_issue *i)
{
    json_t *o = json_object(), *m = i->model;
    const char *due = json_text(m, "due", NULL);

    set(o, "summary", json_string(json_text(m, "summary", "")));
    set(o, "issuetype", jira_shape_type(j, f, i->type));
    set(o, "project", jira_shape_project(j, f, i->project));
    set(o, "status", jira_shape_status(j, f, i->status));
    set(o, "priority", jira_shape_priority(j, f, json_text(m, "priority", NULL)));
    set(o, "resolution", resolution(j, f, i));
    set(o, "created", jira_shape_time(j, i->created));
    set(o, "updated", jira_shape_time(j, i->updated));
    set(o, "resolutiondate", jira_shape_time(j, i->resolved));
    set(o, "duedate", due ? json_string(due) : NULL);
    set(o, "labels",
        json_object_get(m, "labels") ? json_deep_copy(json_object_get(m, "labels"))
                                     : json_array());
    set(o, "components", named(j, f, "component", json_object_get(m, "components")));
    set(o, "fixVersions", named(j, f, "version", json_object_get(m, "fix_versions")));
    set(o, "versions", json_array());
    set(o, "assignee", jira_shape_user(j, f, json_text(m, "assignee", NULL)));
    set(o, "reporter", jira_shape_user(j, f, json_text(m, "reporter", NULL)));
    set(o, "creator", jira_shape_user(j, f, json_text(m, "reporter", NULL)));
    set(o, "issuelinks", links(j, f, i));
    set(o, "subtasks", subtasks(j, f, i));
    set(o, "description", rich_text(f, json_text(m, "description", NULL)));
    set(o, "environment", json_null());
    set(o, "security", security(j, f, json_text(m, "security", NULL)));
    set(o, "workratio", json_integer(-1));
    set(o, "watches",
        json_pack("{s:o, s:i, s:b}", "self",
                  jira_shape_url(j, f, "rest/api/2/issue/%s/watchers", i->key),
                  "watchCount", 0, "isWatching", 0));
    set(o, "archiveddate", i->archived ? jira_shape_time(j, i->updated) : json_null());
    add_parent(j, f, i, o);
    add_customs(j, f, i, o);
    return o;
}

/* ---- real issues ---- */

static void retime(const struct jira *j, json_t *o, const char *key, struct wall t)
{
    if (json_is_string(json_object_get(o, key))) {
        set(o, key, jira_shape_time(j, t));
    }
}

static void cloud_user(const struct jira *j, enum jira_form f, json_t *o,
                       const char *key)
{
    const json_t *user = json_object_get(o, key);
    const char *name = json_text(user, "name", NULL);
    json_t *cloud;

    if (!name) {
        return;
    }
    cloud = jira_shape_user(j, f, name);
    (void)json_object_set(cloud, "displayName", json_object_get(user, "displayName"));
    (void)json_object_set(cloud, "active", json_object_get(user, "active"));
    set(o, key, cloud);
}

/* What only the boards API gives, and no search does. */
static const char *const board_only[] = {"epic", "sprint", "closedSprints", "flagged"};

static json_t *render_raw(const struct jira *j, enum jira_form f,
                          const struct jira_issue *i)
{
    static const char *const users[] = {"assignee", "reporter", "creator"};
    json_t *o = json_deep_copy(i->raw);
    const char *epic = json_text(json_object_get(o, "epic"), "key", NULL);
    const struct jira_issue *p = epic ? jira_find(j, str_of(epic)) : NULL;

    if (!o) {
        return NULL;
    }
    set(o, jira_custom_id(f, JIRA_EPIC_LINK), epic ? json_string(epic) : NULL);
    for (size_t k = 0; k < ARRAY_LEN(board_only); k++) {
        (void)json_object_del(o, board_only[k]);
    }
    retime(j, o, "created", i->created);
    retime(j, o, "updated", i->updated);
    retime(j, o, "resolutiondate", i->resolved);
    if (f == JIRA_DC_V2) {
        return o;
    }
    if (p) {
        set(o, "parent", brief(j, f, p));
    }
    for (size_t k = 0; k < ARRAY_LEN(users); k++) {
        cloud_user(j, f, o, users[k]);
    }
    set(json_object_get(o, "issuetype"), "hierarchyLevel",
        json_integer(jira_level(j, i->type)));
    if (f == JIRA_CLOUD_V3) {
        set(o, "description", rich_text(f, json_text(o, "description", NULL)));
        set(o, "environment", rich_text(f, json_text(o, "environment", NULL)));
    }
    return o;
}

json_t *jira_render(struct jira *j, struct jira_issue *i, enum jira_form f)
{
    if (i->shown_version != j->version) {
        for (size_t k = 0; k < JIRA_FORMS; k++) {
            json_decref(i->shown[k]);
            i->shown[k] = NULL;
        }
        i->shown_version = j->version;
    }
    if (!i->shown[f]) {
        i->shown[f] = i->model ? render_model(j, f, i) : render_raw(j, f, i);
    }
    return i->shown[f];
}

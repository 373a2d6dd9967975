/* The parts of an issue as each face of Jira shows them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/hash.h"
#include "tests/support/vendors/jira_site.h"

#define ID_SEED 29

static bool is_cloud(enum jira_form f)
{
    return f != JIRA_DC_V2;
}

json_t *jira_shape_url(const struct jira *j, enum jira_form f, const char *fmt, ...)
{
    struct buf url;
    va_list ap;
    json_t *s;

    buf_init(&url, 4096);
    buf_printf(&url, "%s%s/", j->o.site, is_cloud(f) ? "/jira" : "/jira-dc");
    va_start(ap, fmt);
    buf_vprintf(&url, fmt, ap);
    va_end(ap);
    s = json_string(buf_cstr(&url));
    buf_finish(&url);
    return s;
}

static const char *version(enum jira_form f)
{
    return f == JIRA_CLOUD_V3 ? "3" : "2";
}

static int id_of(const char *text, int from)
{
    return from + (int)(hash64(text, strlen(text), ID_SEED) % 800);
}

json_t *jira_shape_time(const struct jira *j, struct wall t)
{
    char mem[48];
    struct buf out;
    int64_t s = t.ms / 1000;
    int32_t offset = jira_zone_offset(j->zone, s), minutes = abs(offset) / 60;
    struct date d = date_from_days((s + offset) / 86400);
    int of_day = (int)((s + offset) % 86400);

    if (!t.ms) {
        return json_null();
    }
    buf_init_fixed(&out, mem, sizeof mem);
    buf_printf(&out, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d%02d", d.year, d.month,
               d.day, of_day / 3600, of_day / 60 % 60, of_day % 60, (int)(t.ms % 1000),
               offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return json_string(mem);
}

static json_t *avatars(const struct jira *j, enum jira_form f, const char *kind)
{
    static const char *const sizes[] = {"48x48", "24x24", "16x16", "32x32"};
    json_t *o = json_object();

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        (void)json_object_set_new(
            o, sizes[i],
            jira_shape_url(j, f, "secure/%s?size=%s&avatarId=10419", kind, sizes[i]));
    }
    return o;
}

json_t *jira_shape_user(const struct jira *j, enum jira_form f, const char *id)
{
    const struct person *who = staff_get(j->people, id);
    json_t *o;

    if (!who) {
        return json_null();
    }
    if (is_cloud(f)) {
        /* No name or key since 2019; mail and zone as the user's privacy has it. */
        o = json_pack("{s:o, s:s, s:o, s:s, s:b, s:s, s:s}", "self",
                      jira_shape_url(j, f, "rest/api/%s/user?accountId=%s", version(f),
                                     who->account),
                      "accountId", who->account, "avatarUrls",
                      avatars(j, f, "useravatar"), "displayName", who->name, "active",
                      1, "timeZone", jira_zone_name(j->zone), "accountType",
                      who->bot ? "app" : "atlassian");
        if (o && who->email) {
            (void)json_object_set_new(o, "emailAddress", json_string(who->email));
        }
        return o;
    }
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:b, s:s}", "self",
                     jira_shape_url(j, f, "rest/api/2/user?username=%s", who->username),
                     "name", who->username, "key", who->username, "emailAddress",
                     who->email ? who->email : "", "avatarUrls",
                     avatars(j, f, "useravatar"), "displayName", who->name, "active", 1,
                     "timeZone", jira_zone_name(j->zone));
}

static json_t *category(const struct jira *j, enum jira_form f, enum jql_category c)
{
    static const struct {
        int id;
        const char *key, *color, *name;
    } rows[] = {
        [JQL_NEW] = {2, "new", "blue-gray", "To Do"},
        [JQL_INDETERMINATE] = {4, "indeterminate", "yellow", "In Progress"},
        [JQL_DONE] = {3, "done", "green", "Done"},
    };

    return json_pack(
        "{s:o, s:i, s:s, s:s, s:s}", "self",
        jira_shape_url(j, f, "rest/api/%s/statuscategory/%d", version(f), rows[c].id),
        "id", rows[c].id, "key", rows[c].key, "colorName", rows[c].color, "name",
        rows[c].name);
}

json_t *jira_shape_status(const struct jira *j, enum jira_form f, const char *name)
{
    const struct jira_status *s = jira_status_find(j, name);
    char id[16];
    struct buf b;

    if (!s) {
        return json_null();
    }
    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%d", 10000 + (int)(s - j->statuses));
    return json_pack("{s:o, s:s, s:o, s:s, s:s, s:o}", "self",
                     jira_shape_url(j, f, "rest/api/%s/status/%s", version(f), id),
                     "description", "", "iconUrl",
                     jira_shape_url(j, f, "images/icons/statuses/generic.png"), "name",
                     s->name, "id", id, "statusCategory", category(j, f, s->category));
}

json_t *jira_shape_type(const struct jira *j, enum jira_form f, const char *name)
{
    const struct jira_type *t = jira_type_find(j, name);
    int level = t ? t->level : 0;
    char id[16];
    struct buf b;
    json_t *o;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%d", t ? 10000 + (int)(t - j->types) : id_of(name, 10500));
    o = json_pack("{s:o, s:s, s:s, s:o, s:s, s:b, s:i}", "self",
                  jira_shape_url(j, f, "rest/api/%s/issuetype/%s", version(f), id),
                  "id", id, "description", "", "iconUrl",
                  jira_shape_url(j, f, "secure/viewavatar?size=medium&avatarId=10315"),
                  "name", name, "subtask", level < 0, "avatarId", 10315);
    /* Data Center has no levels: its epics are known by their epic name. */
    if (o && is_cloud(f)) {
        (void)json_object_set_new(o, "hierarchyLevel", json_integer(level));
    }
    return o;
}

json_t *jira_shape_project(const struct jira *j, enum jira_form f, size_t project)
{
    const struct jira_project *p = &j->projects[project];
    char id[24];
    struct buf b;
    json_t *o;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%" PRId64, p->id);
    o = json_pack("{s:o, s:s, s:s, s:s, s:s, s:o}", "self",
                  jira_shape_url(j, f, "rest/api/%s/project/%s", version(f), id), "id",
                  id, "key", p->key, "name", p->name, "projectTypeKey", "software",
                  "avatarUrls", avatars(j, f, "projectavatar"));
    if (o && is_cloud(f)) {
        (void)json_object_set_new(o, "simplified", json_false());
    }
    return o;
}

json_t *jira_shape_priority(const struct jira *j, enum jira_form f, const char *name)
{
    static const char *const names[] = {"Highest", "High", "Medium", "Low", "Lowest"};
    char id[16];
    struct buf b;
    size_t at = 2;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        at = name && strcmp(name, names[i]) == 0 ? i : at;
    }
    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%zu", at + 1);
    return json_pack("{s:o, s:o, s:s, s:s}", "self",
                     jira_shape_url(j, f, "rest/api/%s/priority/%s", version(f), id),
                     "iconUrl",
                     jira_shape_url(j, f, "images/icons/priorities/%s.svg", id), "name",
                     name ? name : names[at], "id", id);
}

/* ---- GET field ---- */

/* Ids of custom fields differ from site to site: only schema.custom tells. */
static const struct custom_row {
    const char *ids[2]; /* Cloud, Data Center; NULL: that face has none */
    const char *name, *type, *items, *custom;
} customs[JIRA_CUSTOMS] = {
    [JIRA_EPIC_LINK] = {{"customfield_10014", "customfield_10101"},
                        "Epic Link",
                        "any",
                        NULL,
                        "com.pyxis.greenhopper.jira:gh-epic-link"},
    [JIRA_EPIC_NAME] = {{"customfield_10011", "customfield_10103"},
                        "Epic Name",
                        "string",
                        NULL,
                        "com.pyxis.greenhopper.jira:gh-epic-label"},
    [JIRA_PARENT_LINK] = {{NULL, "customfield_10200"},
                          "Parent Link",
                          "any",
                          NULL,
                          "com.atlassian.jpo:jpo-custom-field-parent"},
    [JIRA_POINTS] = {{"customfield_10026", "customfield_10002"},
                     "Story Points",
                     "number",
                     NULL,
                     "com.atlassian.jira.plugin.system.customfieldtypes:float"},
    [JIRA_ESTIMATE] = {{"customfield_10016", NULL},
                       "Story point estimate",
                       "number",
                       NULL,
                       "com.pyxis.greenhopper.jira:jsw-story-points"},
    [JIRA_SPRINT] = {{"customfield_10020", "customfield_10100"},
                     "Sprint",
                     "array",
                     "json",
                     "com.pyxis.greenhopper.jira:gh-sprint"},
    [JIRA_TEAM] = {{"customfield_10001", NULL},
                   "Team",
                   "team",
                   NULL,
                   "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"},
    [JIRA_RANK] = {{"customfield_10019", "customfield_10104"},
                   "Rank",
                   "any",
                   NULL,
                   "com.pyxis.greenhopper.jira:gh-lexo-rank"},
    [JIRA_FLAGGED] =
        {{"customfield_10021", "customfield_10105"},
         "Flagged",
         "array",
         "option",
         "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"},
};

const char *jira_custom_id(enum jira_form f, enum jira_custom c)
{
    return customs[c].ids[is_cloud(f) ? 0 : 1];
}

static const struct system_row {
    const char *id, *name, *type, *items, *clause;
} systems[] = {
    {"summary", "Summary", "string", NULL, "summary"},
    {"issuetype", "Issue Type", "issuetype", NULL, "issuetype"},
    {"status", "Status", "status", NULL, "status"},
    {"project", "Project", "project", NULL, "project"},
    {"priority", "Priority", "priority", NULL, "priority"},
    {"resolution", "Resolution", "resolution", NULL, "resolution"},
    {"created", "Created", "datetime", NULL, "created"},
    {"updated", "Updated", "datetime", NULL, "updated"},
    {"resolutiondate", "Resolved", "datetime", NULL, "resolved"},
    {"duedate", "Due date", "date", NULL, "due"},
    {"labels", "Labels", "array", "string", "labels"},
    {"components", "Components", "array", "component", "component"},
    {"fixVersions", "Fix versions", "array", "version", "fixVersion"},
    {"versions", "Affects versions", "array", "version", "affectedVersion"},
    {"assignee", "Assignee", "user", NULL, "assignee"},
    {"reporter", "Reporter", "user", NULL, "reporter"},
    {"creator", "Creator", "user", NULL, "creator"},
    {"issuelinks", "Linked Issues", "array", "issuelinks", "issueLink"},
    {"subtasks", "Sub-tasks", "array", "issuelinks", "subtasks"},
    {"parent", "Parent", "issuelink", NULL, "parent"},
    {"description", "Description", "string", NULL, "description"},
    {"environment", "Environment", "string", NULL, "environment"},
    {"security", "Security Level", "securitylevel", NULL, "level"},
};

static json_t *field(const char *id, const char *name, bool custom, json_t *clauses,
                     json_t *schema, enum jira_form f)
{
    json_t *o = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:o}", "id", id, "name",
                          name, "custom", custom, "orderable", 1, "navigable", 1,
                          "searchable", 1, "clauseNames", clauses, "schema", schema);

    if (o && is_cloud(f)) {
        (void)json_object_set_new(o, "key", json_string(id));
    }
    return o;
}

static json_t *schema_of(const char *type, const char *items)
{
    json_t *s = json_pack("{s:s}", "type", type);

    if (s && items) {
        (void)json_object_set_new(s, "items", json_string(items));
    }
    return s;
}

static json_t *custom_field(enum jira_form f, const char *id, const char *name,
                            json_t *schema, const char *custom)
{
    uint64_t number = 0;
    char clause[32];
    struct buf b;

    if (!str_to_u64(str_of(id + strlen("customfield_")), &number)) {
        number = 0;
    }
    (void)json_object_set_new(schema, "custom", json_string(custom));
    (void)json_object_set_new(schema, "customId", json_integer((json_int_t)number));
    buf_init_fixed(&b, clause, sizeof clause);
    buf_printf(&b, "cf[%" PRIu64 "]", number);
    return field(id, name, true, json_pack("[s, s]", clause, name), schema, f);
}

static void add_declared(const struct jira *j, enum jira_form f, json_t *all)
{
    static const struct {
        const char *type, *schema, *custom;
    } kinds[] = {
        {"select", "option",
         "com.atlassian.jira.plugin.system.customfieldtypes:select"},
        {"text", "string",
         "com.atlassian.jira.plugin.system.customfieldtypes:textfield"},
        {"number", "number", "com.atlassian.jira.plugin.system.customfieldtypes:float"},
    };
    const json_t *o;
    size_t i;

    json_array_foreach(j->custom, i, o)
    {
        const char *type = json_text(o, "type", "text");

        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            if (strcmp(type, kinds[k].type) == 0) {
                (void)json_array_append_new(
                    all,
                    custom_field(f, json_text(o, "id", ""), json_text(o, "name", ""),
                                 schema_of(kinds[k].schema, NULL), kinds[k].custom));
            }
        }
    }
}

json_t *jira_shape_fields(const struct jira *j, enum jira_form f)
{
    json_t *all = json_array();

    for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
        json_t *schema = schema_of(systems[i].type, systems[i].items);

        (void)json_object_set_new(schema, "system", json_string(systems[i].id));
        (void)json_array_append_new(all, field(systems[i].id, systems[i].name, false,
                                               json_pack("[s]", systems[i].clause),
                                               schema, f));
    }
    for (size_t i = 0; i < JIRA_CUSTOMS; i++) {
        const char *id = jira_custom_id(f, (enum jira_custom)i);

        if (id) {
            (void)json_array_append_new(
                all, custom_field(f, id, customs[i].name,
                                  schema_of(customs[i].type, customs[i].items),
                                  customs[i].custom));
        }
    }
    add_declared(j, f, all);
    return all;
}

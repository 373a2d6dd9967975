/* Where Jira issues come from: company files, real ones by line, changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "tests/support/vendors/jira_site.h"
#include "tests/support/vendors/when.h"

static const struct {
    const char *name;
    enum jql_category category;
} dflt_statuses[] = {
    {"Idea", JQL_NEW},
    {"Backlog", JQL_NEW},
    {"To Do", JQL_NEW},
    {"In Progress", JQL_INDETERMINATE},
    {"In Review", JQL_INDETERMINATE},
    {"Blocked", JQL_INDETERMINATE},
    {"Done", JQL_DONE},
    {"Closed", JQL_DONE},
};
static const struct {
    const char *name;
    int level;
} dflt_types[] = {
    {"Initiative", 2}, {"Epic", 1}, {"Story", 0},
    {"Task", 0},       {"Bug", 0},  {"Sub-task", -1},
};

/* ---- lookups ---- */

bool jira_is_seen(const struct jira *j, const struct jira_issue *i)
{
    return !i->gone && !i->hidden && !j->projects[i->project].hidden;
}

struct jira_issue *jira_find(const struct jira *j, struct str key_or_id)
{
    uint64_t id = 0;
    bool by_id = str_to_u64(key_or_id, &id);

    for (size_t k = 0; k < j->n_issues; k++) {
        struct jira_issue *i = &j->issues[k];

        if (by_id ? (uint64_t)i->id == id : str_eq_nocase(key_or_id, str_of(i->key))) {
            return i;
        }
    }
    /* A moved issue answers to the keys it had. */
    for (size_t k = 0; !by_id && k < j->n_issues; k++) {
        const json_t *was = json_object_get(j->issues[k].model, "was"), *old;
        size_t n;

        json_array_foreach(was, n, old)
        {
            if (str_eq_nocase(key_or_id, str_of(json_string_value(old)))) {
                return &j->issues[k];
            }
        }
    }
    return NULL;
}

const struct jira_status *jira_status_find(const struct jira *j, const char *name)
{
    for (size_t i = 0; name && i < j->n_statuses; i++) {
        if (strcmp(j->statuses[i].name, name) == 0) {
            return &j->statuses[i];
        }
    }
    return NULL;
}

const struct jira_type *jira_type_find(const struct jira *j, const char *name)
{
    for (size_t i = 0; name && i < j->n_types; i++) {
        if (strcmp(j->types[i].name, name) == 0) {
            return &j->types[i];
        }
    }
    return NULL;
}

int jira_level(const struct jira *j, const char *type)
{
    const struct jira_type *t = jira_type_find(j, type);

    return t ? t->level : 0;
}

/* ---- what the site knows ---- */

static bool add_status(struct jira *j, const char *name, enum jql_category c,
                       struct err *e)
{
    struct jira_status *more =
        reallocarray(j->statuses, j->n_statuses + 1, sizeof *more);

    if (more) {
        j->statuses = more;
        more[j->n_statuses] = (struct jira_status){strdup(name), c};
    }
    return (more && more[j->n_statuses++].name) || err_nomem(e);
}

static bool add_type(struct jira *j, const char *name, int level, struct err *e)
{
    struct jira_type *more = reallocarray(j->types, j->n_types + 1, sizeof *more);

    if (more) {
        j->types = more;
        more[j->n_types] = (struct jira_type){strdup(name), level};
    }
    return (more && more[j->n_types++].name) || err_nomem(e);
}

static bool known(struct jira *j, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(dflt_statuses); i++) {
        if (!jira_status_find(j, dflt_statuses[i].name) &&
            !add_status(j, dflt_statuses[i].name, dflt_statuses[i].category, e)) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(dflt_types); i++) {
        if (!jira_type_find(j, dflt_types[i].name) &&
            !add_type(j, dflt_types[i].name, dflt_types[i].level, e)) {
            return false;
        }
    }
    return true;
}

static bool read_category(const char *text, enum jql_category *ret)
{
    static const char *const names[] = {"new", "indeterminate", "done"};

    for (size_t i = 0; text && i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum jql_category)i;
            return true;
        }
    }
    return false;
}

static bool load_site(struct jira *j, json_t *part, struct err *e)
{
    const char *name, *zone = json_text(part, "time_zone", NULL);
    json_t *value;

    json_object_foreach(json_object_get(part, "statuses"), name, value)
    {
        enum jql_category c;

        if (!read_category(json_string_value(value), &c)) {
            return err_set(e, ERR_PARSE,
                           "status '%s': category is new, indeterminate or done", name);
        }
        if (!add_status(j, name, c, e)) {
            return false;
        }
    }
    json_object_foreach(json_object_get(part, "types"), name, value)
    {
        if (!add_type(j, name, (int)json_integer_value(value), e)) {
            return false;
        }
    }
    if (zone && !j->o.time_zone) {
        struct jira_zone *z = jira_zone_load(zone, e);

        if (!z) {
            return false;
        }
        jira_zone_destroy(j->zone);
        j->zone = z;
    }
    if (json_object_get(part, "fields")) {
        json_decref(j->custom);
        j->custom = json_deep_copy(json_object_get(part, "fields"));
    }
    return known(j, e);
}

static bool add_project(struct jira *j, const char *key, const char *name, int64_t id,
                        struct err *e)
{
    struct jira_project *more =
        reallocarray(j->projects, j->n_projects + 1, sizeof *more);

    if (!more) {
        return err_nomem(e);
    }
    j->projects = more;
    more[j->n_projects++] =
        (struct jira_project){.key = strdup(key), .name = strdup(name), .id = id};
    return (more[j->n_projects - 1].key && more[j->n_projects - 1].name) ||
           err_nomem(e);
}

bool jira_project_find(const struct jira *j, struct str key, size_t *ret)
{
    for (size_t i = 0; i < j->n_projects; i++) {
        if (str_eqz(key, j->projects[i].key)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* ---- issues ---- */

/* Absolute from now on, the default too: a later change must not move it. */
static bool read_time(json_t *m, const char *key, struct wall now, struct wall dflt,
                      struct wall *ret, struct err *e)
{
    const char *text = json_text(m, key, NULL);
    char iso[40];
    struct buf out;

    *ret = dflt;
    if (text && !when_parse(str_of(text), now, ret)) {
        return err_set(e, ERR_PARSE, "%s '%s' is no time", key, text);
    }
    ret->ms = ret->ms / 1000 * 1000;
    buf_init_fixed(&out, iso, sizeof iso);
    date_print_iso(&out, *ret);
    return json_object_set_new(m, key, json_string(iso)) == 0 || err_nomem(e);
}

static bool read_due(json_t *m, struct wall now, struct err *e)
{
    const char *text = json_text(m, "due", NULL);
    struct wall t;
    char day[16];
    struct buf out;

    if (!text) {
        return true;
    }
    if (!when_parse(str_of(text), now, &t)) {
        return err_set(e, ERR_PARSE, "due '%s' is no time", text);
    }
    buf_init_fixed(&out, day, sizeof day);
    date_print(&out, date_from_days(t.ms / 86400000));
    return json_object_set_new(m, "due", json_string(day)) == 0 || err_nomem(e);
}

bool jira_load_model(struct jira *j, struct jira_issue *i, struct wall now,
                     struct err *e)
{
    json_t *m = i->model;
    const char *status = json_text(m, "status", "To Do");
    const struct jira_status *s = jira_status_find(j, status);

    i->type = json_text(m, "type", "Task");
    if (!s) {
        return err_set(e, ERR_PARSE, "%s: no status '%s'", i->key, status);
    }
    if (!jira_type_find(j, i->type)) {
        return err_set(e, ERR_PARSE, "%s: no issue type '%s'", i->key, i->type);
    }
    i->status = s->name;
    i->category = s->category;
    i->updated = now;
    if ((json_object_get(m, "updated") &&
         !read_time(m, "updated", now, now, &i->updated, e)) ||
        !read_time(m, "created", now, wall_add(i->updated, DUR_DAY(-30)), &i->created,
                   e) ||
        !read_due(m, now, e)) {
        return err_wrap(e, "%s", i->key);
    }
    i->resolved.ms = 0;
    if (i->category == JQL_DONE) {
        if (!read_time(m, "resolved", now, i->updated, &i->resolved, e)) {
            return err_wrap(e, "%s", i->key);
        }
    } else {
        (void)json_object_del(m, "resolved");
    }
    i->gone = json_flag(m, "deleted", false);
    i->hidden = json_flag(m, "hidden", false);
    i->archived = json_flag(m, "archived", false);
    return true;
}

static struct jira_issue *add_issue(struct jira *j, const char *key, size_t project,
                                    int64_t id)
{
    struct jira_issue *i;

    if (j->n_issues == j->cap_issues) {
        size_t cap = j->cap_issues ? j->cap_issues * 2 : 128;
        struct jira_issue *more = reallocarray(j->issues, cap, sizeof *more);

        if (!more) {
            return NULL;
        }
        j->issues = more;
        j->cap_issues = cap;
    }
    i = &j->issues[j->n_issues];
    *i = (struct jira_issue){.key = strdup(key), .project = project, .id = id};
    if (!i->key) {
        return NULL;
    }
    j->n_issues++;
    j->version++;
    return i;
}

int64_t jira_key_number(const char *key)
{
    const char *dash = strrchr(key, '-');
    uint64_t n;

    return dash && str_to_u64(str_of(dash + 1), &n) && n < 100000 ? (int64_t)n : 0;
}

bool jira_load_check(const json_t *issue, struct err *e)
{
    static const char *const names[] = {
        "key",      "project",    "summary",    "description", "type",
        "status",   "priority",   "resolution", "assignee",    "reporter",
        "labels",   "components", "parent",     "links",       "fields",
        "points",   "due",        "security",   "created",     "updated",
        "resolved", "was",        "deleted",    "epic_name",   "fix_versions",
        "hidden",   "archived",   "blocked_by"};
    const json_t *blocked = json_object_get(issue, "blocked_by");
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)issue, key, value)
    {
        size_t i = 0;

        while (i < ARRAY_LEN(names) && strcmp(names[i], key) != 0) {
            i++;
        }
        if (i == ARRAY_LEN(names)) {
            return err_set(e, ERR_PARSE, "%s has an unknown member '%s'",
                           json_text(issue, "key", "an issue"), key);
        }
    }
    return !blocked || json_is_array(blocked) ||
           err_set(e, ERR_PARSE, "blocked_by is a list of keys");
}

bool jira_load_issue(struct jira *j, const json_t *from, struct wall now, struct err *e)
{
    const char *key = json_text(from, "key", "");
    const char *dash = strrchr(key, '-');
    struct jira_issue *i;
    size_t project;

    if (!dash || !jira_key_number(key) ||
        !jira_project_find(j, (struct str){key, (size_t)(dash - key)}, &project)) {
        return err_set(e, ERR_PARSE, "'%s' is no key of a project here", key);
    }
    if (!jira_load_check(from, e)) {
        return false;
    }
    if (jira_find(j, str_of(key))) {
        return err_set(e, ERR_PARSE, "%s is there twice", key);
    }
    i = add_issue(j, key, project,
                  ((int64_t)project + 1) * 100000 + jira_key_number(key));
    if (!i) {
        return err_nomem(e);
    }
    i->model = json_deep_copy(from);
    return i->model ? jira_load_model(j, i, now, e) : err_nomem(e);
}

bool jira_load(struct jira *j, const json_t *part, struct wall now, struct err *e)
{
    json_t *mutable_part = (json_t *)(uintptr_t)part;
    const json_t *project, *issue;
    size_t i, k;

    if (!load_site(j, mutable_part, e)) {
        return false;
    }
    json_array_foreach(json_object_get(part, "projects"), i, project)
    {
        const char *key = json_text(project, "key", "");

        if (!add_project(j, key, json_text(project, "name", key),
                         json_number(project, "id", 10000 + (int64_t)i), e)) {
            return false;
        }
        json_array_foreach(json_object_get(project, "issues"), k, issue)
        {
            if (!jira_load_issue(j, issue, now, e)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- real issues ---- */

static bool read_raw_times(struct jira_issue *i)
{
    const char *resolved = json_text(i->raw, "resolutiondate", NULL);

    return date_parse_iso(str_of(json_text(i->raw, "created", "")), &i->created) &&
           date_parse_iso(str_of(json_text(i->raw, "updated", "")), &i->updated) &&
           (!resolved || date_parse_iso(str_of(resolved), &i->resolved));
}

static bool add_raw(struct jira *j, json_t *o, struct err *e)
{
    json_t *fields = json_object_get(o, "fields");
    const json_t *p = json_object_get(fields, "project");
    const json_t *status = json_object_get(fields, "status");
    const char *key = json_text(o, "key", ""), *name = json_text(p, "key", "");
    uint64_t id = 0, pid = 0;
    size_t project;
    struct jira_issue *i;

    if (!str_to_u64(str_of(json_text(o, "id", "")), &id) || id > INT64_MAX || !*name ||
        !str_to_u64(str_of(json_text(p, "id", "")), &pid) || pid > INT64_MAX) {
        return err_set(e, ERR_PARSE, "not an issue of a Data Center");
    }
    if (!jira_project_find(j, str_of(name), &project)) {
        if (!add_project(j, name, json_text(p, "name", name), (int64_t)pid, e)) {
            return false;
        }
        project = j->n_projects - 1;
    }
    i = add_issue(j, key, project, (int64_t)id);
    if (!i) {
        return err_nomem(e);
    }
    i->raw = json_incref(fields);
    i->type = json_text(json_object_get(fields, "issuetype"), "name", "");
    if (!read_category(
            json_text(json_object_get(status, "statusCategory"), "key", NULL),
            &i->category) ||
        !read_raw_times(i)) {
        return err_set(e, ERR_PARSE, "%s has no status category or times", key);
    }
    i->status = json_text(status, "name", "");
    /* Known from now on, so that it also shows in a parent or a link. */
    return jira_status_find(j, i->status) || add_status(j, i->status, i->category, e);
}

bool jira_load_lines(struct jira *j, const char *path, struct err *e)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0, at = 0;
    ssize_t n;
    bool ok = f && known(j, e);

    if (!f) {
        return err_set(e, ERR_IO, "%s cannot be read", path);
    }
    while (ok && (n = getline(&line, &cap, f)) > 0) {
        json_error_t why;
        json_t *o = n > 1 ? json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, &why)
                          : json_null();

        at++;
        if (!o) {
            ok = err_set(e, ERR_PARSE, "%s:%zu: %s", path, at, why.text);
        } else if (!json_is_null(o) && !add_raw(j, o, e)) {
            ok = err_wrap(e, "%s:%zu", path, at);
        }
        json_decref(o);
    }
    free(line);
    (void)fclose(f);
    return ok;
}

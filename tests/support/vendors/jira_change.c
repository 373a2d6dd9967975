/* Issues changed, moved and added while the server runs. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/vendors/jira_site.h"
#include "tests/support/vendors/when.h"

static bool change_model(struct jira *j, struct jira_issue *i, const json_t *change,
                         struct wall now, struct err *e)
{
    json_t *m = json_deep_copy(i->model), *old = i->model;
    const char *status = i->status, *type = i->type;

    if (!m || json_object_update(m, (json_t *)(uintptr_t)change) != 0) {
        json_decref(m);
        return err_nomem(e);
    }
    if (!json_object_get(change, "updated")) {
        (void)json_object_del(m, "updated");
    }
    i->model = m;
    if (!jira_load_model(j, i, now, e)) {
        i->model = old;
        i->status = status;
        i->type = type;
        json_decref(m);
        return false;
    }
    jira_log_change(i, status, json_text(old, "assignee", NULL));
    json_decref(old);
    j->version++;
    return true;
}

static bool change_raw(struct jira *j, struct jira_issue *i, const json_t *change,
                       struct wall now, struct err *e)
{
    static const char *const same[] = {"summary", "description", "labels"};
    const char *status = json_text(change, "status", NULL);
    const char *updated = json_text(change, "updated", "now");

    if (status && !jira_status_find(j, status)) {
        return err_set(e, ERR_PARSE, "no status '%s'", status);
    }
    if (!when_parse(str_of(updated), now, &i->updated)) {
        return err_set(e, ERR_PARSE, "updated '%s' is no time", updated);
    }
    for (size_t k = 0; k < ARRAY_LEN(same); k++) {
        json_t *value = json_object_get(change, same[k]);

        if (value) {
            (void)json_object_set(i->raw, same[k], value);
        }
    }
    if (status) {
        const char *before = i->status;

        i->category = jira_status_find(j, status)->category;
        i->status = jira_status_find(j, status)->name;
        (void)json_object_set_new(i->raw, "status",
                                  jira_shape_status(j, JIRA_DC_V2, status));
        jira_log_change(i, before, NULL);
    }
    i->gone = i->gone || json_flag(change, "deleted", false);
    j->version++;
    return true;
}

static bool add_new(struct jira *j, const json_t *change, struct wall now,
                    struct err *e)
{
    const char *name = json_text(change, "project", "");
    json_t *fresh;
    size_t project;
    int64_t last = 0;
    char key[64];
    struct buf b;
    bool ok;

    if (json_object_get(change, "key")) {
        return jira_load_issue(j, change, now, e);
    }
    if (!jira_project_find(j, str_of(name), &project)) {
        return err_set(e, ERR_USAGE, "no project '%s'", name);
    }
    for (size_t k = 0; k < j->n_issues; k++) {
        if (j->issues[k].project == project &&
            jira_key_number(j->issues[k].key) > last) {
            last = jira_key_number(j->issues[k].key);
        }
    }
    buf_init_fixed(&b, key, sizeof key);
    buf_printf(&b, "%s-%d", name, (int)last + 1);
    fresh = json_deep_copy(change);
    ok = fresh && json_object_set_new(fresh, "key", json_string(key)) == 0;
    if (ok && !json_object_get(fresh, "created")) {
        ok = json_object_set_new(fresh, "created", json_string("now")) == 0;
    }
    ok = ok ? jira_load_issue(j, fresh, now, e) : err_nomem(e);
    json_decref(fresh);
    return ok;
}

/* A move: another project and key, the same id; the old key still answers. */
static bool move(struct jira *j, struct jira_issue *i, const json_t *change,
                 struct err *e)
{
    const char *to = json_text(change, "key", i->key);
    const char *dash = strrchr(to, '-');
    size_t project;
    char *key;

    if (strcmp(to, i->key) == 0) {
        return true;
    }
    if (!dash ||
        !jira_project_find(j, (struct str){to, (size_t)(dash - to)}, &project)) {
        return err_set(e, ERR_USAGE, "'%s' is no key of a project here", to);
    }
    key = strdup(to);
    if (!key) {
        return err_nomem(e);
    }
    free(i->key);
    i->key = key;
    i->project = project;
    return true;
}

bool jira_change(struct jira *j, const json_t *change, struct wall now, struct err *e)
{
    const char *key = json_text(change, "key", NULL);
    const json_t *was = json_object_get(change, "was");
    struct jira_issue *i = key ? jira_find(j, str_of(key)) : NULL;

    if (!jira_load_check(change, e)) {
        return false;
    }
    if (!i && json_string_value(json_array_get(was, 0))) {
        i = jira_find(j, str_of(json_string_value(json_array_get(was, 0))));
    }
    if (!i) {
        return add_new(j, change, now, e);
    }
    if (!move(j, i, change, e)) {
        return false;
    }
    return i->model ? change_model(j, i, change, now, e)
                    : change_raw(j, i, change, now, e);
}

bool jira_change_project(struct jira *j, const json_t *change, struct err *e)
{
    const char *key = json_text(change, "project", "");
    size_t at;

    if (!jira_project_find(j, str_of(key), &at)) {
        return err_set(e, ERR_NOT_FOUND, "no project '%s'", key);
    }
    j->projects[at].hidden = json_flag(change, "hidden", j->projects[at].hidden);
    return true;
}

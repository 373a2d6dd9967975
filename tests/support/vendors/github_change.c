/* Issues changed and added while the server runs. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "tests/support/vendors/github_repo.h"
#include "tests/support/vendors/when.h"

#define TEXT_CEILING ((size_t)16 << 20)

/* An issue that is known by its text only: read, changed, written again. */
static bool restamp(struct gh_repo *r, struct gh_issue *i, const json_t *change,
                    struct wall at, struct err *e)
{
    static const char *const same[] = {"title",        "body",     "state",
                                       "state_reason", "comments", "locked"};
    struct buf text;
    json_t *o;
    char iso[40];
    struct buf when;
    size_t n;
    char *bytes;

    buf_init(&text, TEXT_CEILING);
    gh_list_text(&text, r, i, false);
    o = json_loadb(text.p ? text.p : "", text.n, 0, NULL);
    buf_finish(&text);
    if (!o) {
        return err_nomem(e);
    }
    for (size_t k = 0; k < ARRAY_LEN(same); k++) {
        json_t *value = json_object_get(change, same[k]);

        if (value) {
            (void)json_object_set(o, same[k], value);
        }
    }
    buf_init_fixed(&when, iso, sizeof iso);
    date_print_iso(&when, at);
    (void)json_object_set_new(o, "updated_at", json_string(iso));
    i->open = strcmp(json_text(o, "state", "open"), "open") == 0;
    (void)json_object_set_new(o, "closed_at", i->open ? json_null() : json_string(iso));
    i->updated = at.ms / 1000;
    bytes = json_dumps(o, JSON_COMPACT);
    n = bytes ? strlen(bytes) : 0;
    json_decref(o);
    if (!bytes) {
        return err_nomem(e);
    }
    gh_issue_set_text(i, bytes, n);
    return true;
}

static bool change_model(struct gh_repo *r, struct gh_issue *i, const json_t *change,
                         struct wall now, struct err *e)
{
    json_t *m = json_deep_copy(i->model);
    json_t *old = i->model;

    if (!m || json_object_update(m, (json_t *)(uintptr_t)change) != 0) {
        json_decref(m);
        return err_nomem(e);
    }
    (void)json_object_del(m, "repo");
    if (!json_object_get(change, "updated")) {
        (void)json_object_set_new(m, "updated", json_string("now"));
    }
    i->model = m;
    if (!gh_load_model(i, now, e)) {
        i->model = old;
        json_decref(m);
        return false;
    }
    json_decref(old);
    r->version++;
    return gh_render_all(r->github, e);
}

static bool change_real(struct gh_repo *r, struct gh_issue *i, const json_t *change,
                        struct wall now, struct err *e)
{
    struct wall at = now;
    const char *updated = json_text(change, "updated", "now");

    if (!when_parse(str_of(updated), now, &at)) {
        return err_set(e, ERR_PARSE, "updated '%s' is no time", updated);
    }
    i->gone = i->gone || json_flag(change, "deleted", false);
    r->version++;
    return restamp(r, i, change, at, e);
}

static bool add_new(struct gh_repo *r, const json_t *change, struct wall now,
                    struct err *e)
{
    json_t *fresh = json_deep_copy(change);
    int64_t next = r->n ? (int64_t)r->issues[r->n - 1].number + 1 : 1;
    bool ok = fresh != NULL;

    if (ok && !json_object_get(fresh, "number")) {
        ok = json_object_set_new(fresh, "number", json_integer(next)) == 0;
    }
    if (ok && !json_object_get(fresh, "created")) {
        ok = json_object_set_new(fresh, "created", json_string("now")) == 0;
    }
    ok = ok ? gh_load_issue(r, fresh, now, e) && gh_render_all(r->github, e)
            : err_nomem(e);
    json_decref(fresh);
    return ok;
}

bool github_change(struct github *g, const json_t *change, struct wall now,
                   struct err *e)
{
    const char *full = json_text(change, "repo", "");
    struct gh_repo *r = gh_repo_find(g, full);
    int64_t number = json_number(change, "number", 0);
    struct gh_issue *i;

    if (!r) {
        return err_set(e, ERR_USAGE, "no repository '%s'", full);
    }
    if (!gh_load_check(change, e)) {
        return false;
    }
    i = number > 0 ? gh_issue_find(r, (uint64_t)number) : NULL;
    if (!i) {
        return add_new(r, change, now, e);
    }
    return i->model ? change_model(r, i, change, now, e)
                    : change_real(r, i, change, now, e);
}

bool github_change_project(struct github *g, const json_t *change, struct err *e)
{
    return gh_projects_change(g, change, e);
}

bool github_touch(struct github *g, const char *full, uint32_t count, struct wall now,
                  struct err *e)
{
    struct gh_repo *r = gh_repo_find(g, full);
    json_t *nothing = json_object();
    bool ok = nothing != NULL;

    if (!r || !count || count > r->n) {
        json_decref(nothing);
        return err_set(e, ERR_USAGE, "no repository '%s' with %u issues", full, count);
    }
    for (uint32_t k = 0; ok && k < count; k++) {
        struct gh_issue *i = &r->issues[(uint64_t)k * r->n / count];

        ok = i->model ? change_model(r, i, nothing, now, e)
                      : change_real(r, i, nothing, now, e);
    }
    json_decref(nothing);
    return ok;
}

/* ---- repositories ---- */

static bool rename_repo(struct gh_repo *r, const char *to, struct err *e)
{
    const char *slash = strchr(to, '/');
    char *full = strdup(to), *owner = slash ? strndup(to, (size_t)(slash - to)) : NULL,
         *name = slash ? strdup(slash + 1) : NULL;
    json_t *was = json_object_get(r->model, "was");

    if (!was) {
        was = json_array();
        (void)json_object_set_new(r->model, "was", was);
    }
    if (!full || !owner || !name ||
        json_array_append_new(was, json_string(r->full)) != 0) {
        free(full);
        free(owner);
        free(name);
        return err_set(e, ERR_PARSE, "'%s' is no name of a repository", to);
    }
    free(r->full);
    free(r->owner);
    free(r->name);
    r->full = full;
    r->owner = owner;
    r->name = name;
    return gh_render_repo(r, e);
}

bool github_change_repo(struct github *g, const json_t *change, struct err *e)
{
    const char *full = json_text(change, "repo", ""),
               *to = json_text(change, "name", NULL);
    struct gh_repo *r = gh_repo_find(g, full);

    if (!r) {
        return err_set(e, ERR_NOT_FOUND, "no repository %s", full);
    }
    if (json_object_get(change, "archived")) {
        (void)json_object_set(r->model, "archived",
                              json_object_get(change, "archived"));
    }
    r->hidden = json_flag(change, "hidden", r->hidden);
    return !to || rename_repo(r, to, e);
}

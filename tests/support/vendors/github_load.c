/* Where GitHub issues come from: company files, real ones by line, changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "tests/support/vendors/github_repo.h"
#include "tests/support/vendors/when.h"

#define TEXT_CEILING ((size_t)16 << 20)

/* ---- times ---- */

static bool set_time(json_t *model, const char *key, struct wall now, struct wall dflt,
                     struct wall *ret, struct err *e)
{
    const char *text = json_text(model, key, NULL);
    char iso[40];
    struct buf out;

    *ret = dflt;
    if (text && !when_parse(str_of(text), now, ret)) {
        return err_set(e, ERR_PARSE, "%s '%s' is no time", key, text);
    }
    ret->ms = ret->ms / 1000 * 1000;
    buf_init_fixed(&out, iso, sizeof iso);
    date_print_iso(&out, *ret);
    return json_object_set_new(model, key, json_string(iso)) == 0 || err_nomem(e);
}

/* Relative times become absolute: a later change must not move them. */
bool gh_load_model(struct gh_issue *i, struct wall now, struct err *e)
{
    json_t *m = i->model;
    const char *state = json_text(m, "state", "open");
    struct wall created, updated, closed;

    if (!set_time(m, "updated", now, now, &updated, e) ||
        !set_time(m, "created", now, wall_add(updated, DUR_DAY(-30)), &created, e)) {
        return false;
    }
    if (strcmp(state, "open") != 0 && strcmp(state, "closed") != 0) {
        return err_set(e, ERR_PARSE, "state '%s' is neither open nor closed", state);
    }
    i->open = strcmp(state, "open") == 0;
    if (i->open) {
        (void)json_object_del(m, "closed");
    } else if (!set_time(m, "closed", now, updated, &closed, e)) {
        return false;
    }
    if (json_object_get(m, "merged") && !set_time(m, "merged", now, now, &closed, e)) {
        return false;
    }
    i->pull = json_flag(m, "pull_request", false);
    i->gone = json_flag(m, "deleted", false) || json_object_get(m, "transferred_to");
    i->created = created.ms / 1000;
    i->updated = updated.ms / 1000;
    return true;
}

/* ---- a company file ---- */

static bool known_members(const json_t *o, const char *const *names, const char *what,
                          struct err *e)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        const char *const *n = names;

        while (*n && strcmp(*n, key) != 0) {
            n++;
        }
        if (!*n) {
            return err_set(e, ERR_PARSE, "%s has an unknown member '%s'", what, key);
        }
    }
    return true;
}

static const char *const issue_members[] = {
    "repo",           "number",      "title",      "body",         "author",
    "assignees",      "labels",      "state",      "milestone",    "state_reason",
    "type",           "parent",      "draft",      "merged",       "comments",
    "created",        "updated",     "closed",     "closed_by",    "locked",
    "fields",         "association", "blocked_by", "pull_request", "deleted",
    "transferred_to", "events",      NULL};

bool gh_load_check(const json_t *issue, struct err *e)
{
    const json_t *blocked = json_object_get(issue, "blocked_by");

    return known_members(issue, issue_members, "issue", e) &&
           (!blocked || json_is_array(blocked) ||
            err_set(e, ERR_PARSE, "blocked_by is a list of issues"));
}

bool gh_load_issue(struct gh_repo *r, const json_t *from, struct wall now,
                   struct err *e)
{
    int64_t number = json_number(from, "number", 0);
    struct gh_issue *i;

    if (number < 1 || number > UINT32_MAX) {
        return err_set(e, ERR_PARSE, "an issue without a number");
    }
    if (!gh_load_check(from, e)) {
        return err_wrap(e, "#%d", (int)number);
    }
    if (gh_issue_find(r, (uint64_t)number)) {
        return err_set(e, ERR_PARSE, "#%d is there twice", (int)number);
    }
    i = gh_issue_add(r, (uint32_t)number);
    if (!i) {
        return err_nomem(e);
    }
    i->model = json_deep_copy(from);
    if (!i->model) {
        return err_nomem(e);
    }
    return gh_load_model(i, now, e) || err_wrap(e, "#%d", (int)number);
}

static bool load_repo(struct github *g, const json_t *from, struct wall now,
                      struct err *e)
{
    static const char *const members[] = {
        "name",       "description", "private",  "id",        "labels",
        "milestones", "was",         "archived", "forbidden", "hidden",
        "issues",     "no_issues",   "fork",     NULL};
    const char *full = json_text(from, "name", "");
    struct gh_repo *r = gh_repo_add(g, full, e);
    const json_t *issue;
    size_t k;

    if (!r || !known_members(from, members, full, e)) {
        return false;
    }
    json_decref(r->model);
    r->model = json_copy((json_t *)(uintptr_t)from);
    if (!r->model) {
        return err_nomem(e);
    }
    (void)json_object_del(r->model, "issues");
    r->id = json_number(from, "id", r->id);
    r->is_private = json_flag(from, "private", false);
    r->forbidden = json_flag(from, "forbidden", false);
    r->hidden = json_flag(from, "hidden", false);
    r->no_issues = json_flag(from, "no_issues", false);
    json_array_foreach(json_object_get(from, "issues"), k, issue)
    {
        if (!gh_load_issue(r, issue, now, e)) {
            return err_wrap(e, "%s", full);
        }
    }
    return true;
}

/* A parent's summary counts its children: every text may depend on any issue. */
bool gh_render_all(struct github *g, struct err *e)
{
    for (size_t i = 0; i < g->n_repos; i++) {
        if (!gh_render_repo(g->repos[i], e)) {
            return err_wrap(e, "%s", g->repos[i]->full);
        }
    }
    return true;
}

bool github_load(struct github *g, const json_t *part, struct wall now, struct err *e)
{
    const json_t *repo;
    size_t i;

    g->start = now;
    json_array_foreach(json_object_get(part, "repos"), i, repo)
    {
        if (!load_repo(g, repo, now, e)) {
            return false;
        }
    }
    return gh_projects_load(g, json_object_get(part, "projects"), e) &&
           gh_render_all(g, e);
}

/* ---- real issues ---- */

/*
 * "https://api.github.com/repos/OLD..." becomes a URL of this server; what a
 * browser follows stays at github.com, under the new name.
 */
struct rewrite {
    struct str old_repo; /* OWNER/NAME of the recording */
    const struct gh_repo *repo;
};

static bool rewrite_url(struct buf *out, struct str *rest, const struct rewrite *rw)
{
    const struct str api = STR("\"https://api.github.com");
    const struct str web = STR("\"https://github.com");
    bool is_api = str_has_prefix(*rest, api);
    struct str tail;

    if (!is_api && !str_has_prefix(*rest, web)) {
        return false;
    }
    tail = str_skip(*rest, is_api ? api.n : web.n);
    if (is_api && str_has_prefix(tail, STR("/repos/"))) {
        tail = str_skip(tail, 6);
        buf_printf(out, "\"%s/repos", rw->repo->github->api);
    } else if (is_api) {
        buf_printf(out, "\"%s", rw->repo->github->api);
    } else {
        buf_add(out, web);
    }
    if (tail.n > rw->old_repo.n + 1 && tail.p[0] == '/' &&
        str_has_prefix(str_skip(tail, 1), rw->old_repo)) {
        buf_printf(out, "/%s", rw->repo->full);
        tail = str_skip(tail, rw->old_repo.n + 1);
    }
    *rest = tail;
    return true;
}

static void rewrite_line(struct buf *out, struct str line, const struct rewrite *rw)
{
    while (line.n) {
        ptrdiff_t quote = str_chr(line, '"');

        if (quote < 0) {
            buf_add(out, line);
            return;
        }
        buf_add(out, str_first(line, (size_t)quote));
        line = str_skip(line, (size_t)quote);
        if (!rewrite_url(out, &line, rw)) {
            buf_addc(out, '"');
            line = str_skip(line, 1);
        }
    }
}

static bool read_times(struct gh_issue *i, const json_t *o)
{
    struct wall created, updated;

    if (!date_parse_iso(str_of(json_text(o, "created_at", "")), &created) ||
        !date_parse_iso(str_of(json_text(o, "updated_at", "")), &updated)) {
        return false;
    }
    i->created = created.ms / 1000;
    i->updated = updated.ms / 1000;
    return true;
}

static bool read_real(struct gh_issue *i, const json_t *o)
{
    i->id = json_number(o, "id", i->id);
    i->open = strcmp(json_text(o, "state", ""), "open") == 0;
    i->pull = json_object_get(o, "pull_request") != NULL;
    return read_times(i, o);
}

/* The repository the recording is of: from its first issue. */
static bool old_repo_of(const json_t *o, char *mem, size_t size, struct str *ret)
{
    const char *url = json_text(o, "repository_url", "");
    const char *at = strstr(url, "/repos/");

    if (!at || strlen(at + 7) >= size) {
        return false;
    }
    memcpy(mem, at + 7, strlen(at + 7) + 1);
    *ret = str_of(mem);
    return true;
}

static bool add_line(struct gh_repo *r, struct str line, struct rewrite *rw, char *mem,
                     size_t size, struct err *e)
{
    json_error_t why;
    json_t *o = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &why);
    int64_t number = json_number(o, "number", 0);
    struct gh_issue *i = NULL;
    struct buf text;
    bool ok = false;

    buf_init(&text, TEXT_CEILING);
    if (!o || number < 1 || number > UINT32_MAX) {
        err_set(e, ERR_PARSE, "not an issue: %s", o ? "no number" : why.text);
        goto out;
    }
    if (!rw->old_repo.n && !old_repo_of(o, mem, size, &rw->old_repo)) {
        err_set(e, ERR_PARSE, "no repository_url");
        goto out;
    }
    rewrite_line(&text, line, rw);
    i = gh_issue_find(r, (uint64_t)number);
    if (!i) {
        i = gh_issue_add(r, (uint32_t)number);
    }
    if (!i || !buf_check(&text, e)) {
        err_nomem(e);
        goto out;
    }
    if (!read_real(i, o)) {
        err_set(e, ERR_PARSE, "#%d has no times", (int)number);
        goto out;
    }
    {
        size_t n;
        char *bytes = buf_take(&text, &n);

        gh_issue_set_text(i, bytes, n);
    }
    ok = true;
out:
    json_decref(o);
    buf_finish(&text);
    return ok;
}

bool github_load_lines(struct github *g, const char *full, const char *path,
                       struct err *e)
{
    struct gh_repo *r = gh_repo_add(g, full, e);
    struct rewrite rw = {.repo = r};
    char mem[256], *line = NULL;
    size_t cap = 0, at = 0;
    ssize_t n;
    FILE *f = r ? fopen(path, "re") : NULL;
    bool ok = f != NULL;

    if (!f) {
        return r ? err_set(e, ERR_IO, "%s cannot be read", path) : false;
    }
    while (ok && (n = getline(&line, &cap, f)) > 0) {
        struct str s = str_trim((struct str){line, (size_t)n});

        at++;
        if (s.n && !add_line(r, s, &rw, mem, sizeof mem, e)) {
            ok = err_wrap(e, "%s:%zu", path, at);
        }
    }
    free(line);
    (void)fclose(f);
    return ok;
}

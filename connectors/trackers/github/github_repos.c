#include "connectors/trackers/github/github_repos.h"

#include <jansson.h>

#include "base/hash.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/wire/project.h"
#include "core/textkey.h"

enum { MAX_PAGES = 500 };

#define LIST_EVERY DUR_H(1)

static const struct github_conf *own_of(const struct tracker *t)
{
    return t->conf->own;
}

/* ---- when ---- */

static uint64_t hash_globs(const struct str_list *list, uint64_t h)
{
    for (size_t i = 0; i < list->n; i++) {
        h = hash64(list->v[i].p, list->v[i].n, h);
    }
    return hash64(&list->n, sizeof list->n, h);
}

/* The settings that a list holds for. */
static uint64_t settings_of(const struct tracker *t)
{
    const struct github_conf *own = own_of(t);
    int64_t numbers[] = {own->archived, own->forks, own->app.id, own->app.installation};
    uint64_t h = hash64(numbers, sizeof numbers, 0);

    h = hash64(own->org.p, own->org.n, h);
    return hash_globs(&own->exclude, hash_globs(&own->include, h));
}

void github_repos_init(struct tracker *t, struct wall now)
{
    struct github_known *m = &t->known;
    struct dur age = wall_since(now, m->repos_at);
    bool fresh = m->repos_at.ms > 0 && age.ms >= 0 && age.ms < LIST_EVERY.ms &&
                 m->repos_of == settings_of(t);

    buf_init(&t->repos.page, GITHUB_MAX_PATH);
    t->repos.needed = own_of(t)->org.n > 0 && !fresh;
}

void github_repos_finish(struct github_repos *repos)
{
    buf_finish(&repos->page);
}

/* ---- which ---- */

/* A pattern without a slash is held against the name alone. */
static bool matches_any(struct arena *a, const struct str_list *globs, struct str full)
{
    struct str whole = text_key(a, full);
    struct str name = str_skip(whole, (size_t)(str_chr(whole, '/') + 1));

    for (size_t i = 0; i < globs->n; i++) {
        struct str glob = text_key(a, globs->v[i]);

        if (text_glob(glob, str_chr(glob, '/') >= 0 ? whole : name)) {
            return true;
        }
    }
    return false;
}

static bool is_of_owner(struct str full, struct str owner)
{
    return full.n > owner.n && full.p[owner.n] == '/' &&
           str_eq_nocase(str_first(full, owner.n), owner);
}

static bool is_included(const struct tracker *t, struct str full)
{
    const struct github_conf *own = own_of(t);

    return (own->include.n == 0 || matches_any(t->arena, &own->include, full)) &&
           !matches_any(t->arena, &own->exclude, full);
}

bool github_repos_want(const struct tracker *t, struct str name)
{
    const struct github_conf *own = own_of(t);

    for (size_t i = 0; i < own->repos.n; i++) {
        if (str_eq_nocase(own->repos.v[i], name)) {
            return true;
        }
    }
    return own->org.n > 0 && is_of_owner(name, own->org) && is_included(t, name);
}

bool github_repos_skipped(const struct github_repos *repos, struct str id,
                          struct str name)
{
    for (size_t i = 0; i < repos->n_skipped; i++) {
        const struct github_found *f = &repos->skipped[i];

        if (id.n > 0 ? str_eq(f->id, id) : str_eq_nocase(f->name, name)) {
            return true;
        }
    }
    return false;
}

/* ---- asking ---- */

bool github_repos_ask(struct tracker *t)
{
    static const char query[] = "per_page=100&sort=full_name&direction=asc";
    const struct github_conf *own = own_of(t);
    struct github_call *call = &t->call;

    call->kind = GITHUB_CALL_REPOS;
    if (t->repos.page.n > 0) {
        github_call_begin_at(&t->client, call, buf_str(&t->repos.page));
    } else if (own->app.id > 0) {
        /* Only these may be read, and nobody else lists private ones. */
        github_call_begin(&t->client, call, "/installation/repositories?per_page=100");
    } else {
        github_call_begin(&t->client, call, NULL);
        buf_printf(&call->url, "/%s/%.*s/repos?%s", t->repos.by_user ? "users" : "orgs",
                   STR_FMT(own->org), query);
    }
    return github_call_ok(call) && buf_ok(&t->repos.page);
}

/* ---- pages ---- */

/* False: it is to be followed. */
static bool skip(const struct tracker *t, const json_t *repo, struct str full,
                 enum github_skip *ret)
{
    const struct github_conf *own = own_of(t);

    if (!is_included(t, full)) {
        *ret = GITHUB_SKIP_EXCLUDED;
    } else if (!own->archived && json_is_true(json_object_get(repo, "archived"))) {
        *ret = GITHUB_SKIP_ARCHIVED;
    } else if (!own->forks && json_is_true(json_object_get(repo, "fork"))) {
        *ret = GITHUB_SKIP_FORK;
    } else if (json_is_false(json_object_get(repo, "has_issues"))) {
        *ret = GITHUB_SKIP_NO_ISSUES;
    } else {
        return false;
    }
    return true;
}

static bool is_known(const struct github_repos *r, struct str id)
{
    for (size_t i = 0; i < r->n; i++) {
        if (str_eq(r->v[i].id, id)) {
            return true;
        }
    }
    return github_repos_skipped(r, id, STR_NONE);
}

/* *ret_known counts those that were read before. */
static bool add(struct tracker *t, const json_t *repo, size_t *ret_known,
                struct err *why)
{
    struct github_repos *r = &t->repos;
    json_int_t id = json_integer_value(json_object_get(repo, "id"));
    const json_t *full = json_object_get(repo, "full_name");
    struct str name = {json_string_value(full), json_string_length(full)};
    enum github_skip reason = GITHUB_SKIPS;
    struct github_found *f;

    if (id <= 0 || !github_repo_valid(name)) {
        return err_set(why, ERR_PARSE, "a repository without id or name");
    }
    struct github_found found = {arena_printf(t->arena, "%" JSON_INTEGER_FORMAT, id),
                                 arena_str(t->arena, name)};

    if (is_known(r, found.id)) {
        ++*ret_known; /* a list that shifts while it is read shows some twice */
        return true;
    }
    if (!is_of_owner(name, own_of(t)->org)) {
        return true;
    }
    if (skip(t, repo, name, &reason)) {
        r->skips[reason]++;
        f = arena_grow(t->arena, &r->skipped, &r->n_skipped, &r->cap_skipped,
                       sizeof *f);
    } else if (r->n == GITHUB_MAX_REPOS) {
        return err_set(why, ERR_LIMIT,
                       "more than %d repositories: name some by 'include'",
                       GITHUB_MAX_REPOS);
    } else {
        f = arena_grow(t->arena, &r->v, &r->n, &r->cap, sizeof *f);
    }
    if (f != NULL) {
        *f = found;
    }
    return f != NULL && !arena_failed(t->arena) ? true : err_nomem(why);
}

/* Enterprise Server and github.com agree on these members. */
static bool read_page(struct github_answer *an, bool more, struct err *why)
{
    static const char *const bare[] = {"[].id", "[].full_name", "[].archived",
                                       "[].fork", "[].has_issues"};
    static const char *const wrapped[] = {
        "repositories[].id", "repositories[].full_name", "repositories[].archived",
        "repositories[].fork", "repositories[].has_issues"};
    bool of_app = own_of(an->t)->app.id > 0;
    const struct project *p;
    json_t *root = NULL, *repo;
    size_t i, known = 0;
    bool ok = true;

    if (!project_compile(an->out->a, of_app ? wrapped : bare, ARRAY_LEN(bare), &p,
                         why) ||
        !project_load(p, an->resp->body, &root, why)) {
        return false;
    }
    const json_t *list = of_app ? json_object_get(root, "repositories") : root;

    if (!json_is_array(list)) {
        ok = err_set(why, ERR_PARSE, "not a list of repositories");
    }
    json_array_foreach(list, i, repo)
    {
        ok = ok && add(an->t, repo, &known, why);
    }
    if (ok && more && known == json_array_size(list)) {
        ok = err_set(why, ERR_REMOTE, "nothing new on a page before the last one");
    }
    json_decref(root);
    return ok;
}

/* Forgets what was read: a page failed, or the list begins anew. */
static void start_over(struct github_repos *r)
{
    r->n = r->n_skipped = 0;
    r->pages = 0;
    buf_clear(&r->page);
    for (size_t i = 0; i < GITHUB_SKIPS; i++) {
        r->skips[i] = 0;
    }
}

static void keep(struct github_answer *an)
{
    struct tracker *t = an->t;
    struct github_known *m = &t->known;

    m->repos = t->repos.v;
    m->n_repos = t->repos.n;
    m->repos_at = an->now;
    m->repos_of = settings_of(t);
    m->changed = true;
    t->repos.needed = false;
    t->repos.listed = true;
}

static bool next_page(struct github_answer *an, struct str path, struct err *why)
{
    struct github_repos *r = &an->t->repos;

    if (++r->pages >= MAX_PAGES) {
        return err_set(why, ERR_REMOTE, "the list of repositories does not end");
    }
    buf_clear(&r->page);
    buf_add(&r->page, path);
    return true;
}

static bool take_page(struct github_answer *an, struct err *why)
{
    struct tracker *t = an->t;
    struct str path = STR_NONE;
    enum github_next next = github_link_next(an->resp, &t->client.base_url, &path);
    bool more = next == GITHUB_NEXT_PAGE;

    if (an->resp->status != 200) {
        return err_set(why, ERR_REMOTE,
                       "GitHub answered %d to what was not conditional",
                       an->resp->status);
    }
    if (next == GITHUB_NEXT_FOREIGN || next == GITHUB_NEXT_MALFORMED) {
        return err_set(why, ERR_PARSE, "no readable Link header to the next page");
    }
    if (!read_page(an, more, why)) {
        return false;
    }
    if (more) {
        return next_page(an, path, why);
    }
    keep(an);
    return true;
}

void github_repos_answer(struct github_answer *an)
{
    struct err why;

    if (take_page(an, &why)) {
        github_settle(an);
    } else if (github_malformed(an, why) == GITHUB_REFUSED && !an->nomem) {
        an->why = why;
        github_repos_refused(an);
    }
}

/* ---- no list ---- */

void github_repos_refused(struct github_answer *an)
{
    struct tracker *t = an->t;
    const struct github_conf *own = own_of(t);
    bool gone = an->resp != NULL && an->resp->status == 404;

    if (gone && own->app.id == 0 && !t->repos.by_user) {
        t->repos.by_user = true; /* users have the same list elsewhere */
        start_over(&t->repos);
        return;
    }
    if (gone) {
        err_set(&an->why, ERR_NOT_FOUND,
                "no organisation or user %.*s, or the token may not see it",
                STR_FMT(own->org));
    } else {
        err_wrap(&an->why, "the repositories of %.*s", STR_FMT(own->org));
    }
    if (t->known.repos_at.ms == 0) {
        github_fail_source(an, an->why);
        return;
    }
    start_over(&t->repos);
    t->repos.needed = false;
    github_notes_repos(an);
}

#include "connectors/trackers/github/github_scopes.h"

#include <stdlib.h>

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_walk.h"

struct github_stored {
    struct str name, vid;
    bool list; /* due to be listed as a whole */
    struct github_cursor cursor;
    bool used;    /* it is followed */
    bool renamed; /* in this sync */
};

bool github_scopes_init(struct github_scopes *ret, const struct tracker_start *start,
                        struct arena *a, struct err *e)
{
    size_t n = start->n_scopes;
    const struct project *p;

    ret->stored = arena_array(a, n, sizeof *ret->stored);
    if (ret->stored == NULL && n > 0) {
        return err_nomem(e);
    }
    if (!github_cursor_compile(a, &p, e)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tracker_scope *from = &start->scopes[i];
        struct github_stored *s = &ret->stored[ret->n_stored++];

        s->name = arena_str(a, from->name);
        s->vid = arena_str(a, from->vid);
        s->list = from->list;
        if (!github_cursor_read(p, a, from->cursor, &s->cursor, e)) {
            if (e->kind == ERR_NOMEM) {
                return false;
            }
            s->cursor = (struct github_cursor){.walk = GITHUB_OPEN};
        }
    }
    return !arena_failed(a) || err_nomem(e);
}

/* ---- finding what is stored ---- */

/* By its name or the one it had before. */
static struct github_stored *find_by_name(const struct github_scopes *scopes,
                                          struct str name)
{
    for (size_t i = 0; i < scopes->n_stored; i++) {
        if (str_eq_nocase(scopes->stored[i].name, name)) {
            return &scopes->stored[i];
        }
    }
    for (size_t i = 0; i < scopes->n_stored; i++) {
        if (str_eq_nocase(scopes->stored[i].cursor.alias, name)) {
            return &scopes->stored[i];
        }
    }
    return NULL;
}

static struct github_stored *find_by_vid(const struct github_scopes *scopes,
                                         struct str vid)
{
    for (size_t i = 0; i < scopes->n_stored; i++) {
        if (str_eq(scopes->stored[i].vid, vid)) {
            return &scopes->stored[i];
        }
    }
    return NULL;
}

/* Of that name there may be another one by now. */
static struct github_stored *find_found(const struct github_scopes *scopes,
                                        const struct github_found *f)
{
    struct github_stored *s = find_by_vid(scopes, f->id);

    if (s == NULL) {
        s = find_by_name(scopes, f->name);
    }
    return s != NULL && (s->vid.n == 0 || str_eq(s->vid, f->id)) ? s : NULL;
}

/* ---- which are followed ---- */

static struct github_scope *add_scope(struct tracker *t, struct str name,
                                      struct github_stored *stored)
{
    struct github_scopes *scopes = &t->scopes;

    if (stored != NULL) {
        name = stored->name;
        stored->used = true;
    }
    struct github_scope *s = github_scopes_find(scopes, name);

    /* Listed by its old name and by its new one: one repository. */
    if (s != NULL) {
        return s;
    }
    s = &scopes->v[scopes->n++];
    s->per_page = GITHUB_PER_PAGE;
    s->name = arena_str(t->arena, name);
    buf_init(&s->page, GITHUB_MAX_PATH);
    github_call_init(&s->call, s);
    if (stored != NULL) {
        s->vid = stored->vid;
        s->cursor = stored->cursor;
        s->list_due = stored->list;
    }
    github_walk_set_page(s, s->cursor.page);
    return s;
}

static bool add_configured(struct tracker *t, struct err *e)
{
    const struct github_conf *own = t->conf->own;

    for (size_t i = 0; i < own->repos.n; i++) {
        struct str repo = own->repos.v[i];

        if (!github_repo_valid(repo)) {
            return err_set(e, ERR_CONFIG, "not owner/repository: %.*s", STR_FMT(repo));
        }
        (void)add_scope(t, repo, find_by_name(&t->scopes, repo));
    }
    return true;
}

static void add_found(struct tracker *t)
{
    const struct github_known *m = &t->known;

    for (size_t i = 0; i < m->n_repos; i++) {
        const struct github_found *f = &m->repos[i];

        /* Remembered from other settings, when the list cannot be had. */
        if (!github_repos_want(t, f->name)) {
            continue;
        }
        struct github_scope *s = add_scope(t, f->name, find_found(&t->scopes, f));

        if (s->vid.n == 0) {
            s->vid = f->id; /* told when it was read */
        }
    }
}

/*
 * What is stored and wanted but was not found is deleted, moved, or hidden: it
 * is asked for like the others, and says itself which. What is not wanted, or
 * archived and the like, has left.
 */
static void add_stored(struct tracker *t)
{
    struct github_scopes *scopes = &t->scopes;

    for (size_t i = 0; i < scopes->n_stored; i++) {
        struct github_stored *s = &scopes->stored[i];

        if (s->used) {
            continue;
        }
        bool wanted =
            (github_repos_want(t, s->name) || github_repos_want(t, s->cursor.alias)) &&
            !github_repos_skipped(&t->repos, s->vid, s->name);

        if (wanted) {
            add_scope(t, s->name, s)->lost = true;
        } else {
            scopes->left[scopes->n_left++] = s->name;
        }
    }
}

/* ---- new names ---- */

static void tell_rename(struct github_answer *an, struct github_stored *s,
                        const struct github_found *f)
{
    struct scope_event *ev = github_tell(an, SCOPE_RENAMED, s->name);

    if (ev != NULL) {
        ev->to = arena_str(an->out->a, f->name);
        ev->vid = arena_str(an->out->a, f->id);
    }
    if (s->cursor.alias.n == 0) {
        s->cursor.alias = s->name;
    }
    s->name = f->name;
    s->renamed = s->list = true; /* its issues have new keys, and are not updated */
    s->cursor.looked = (struct wall){0};
    s->cursor.etag = s->cursor.etag_key = STR_NONE;
}

/* A name that is free; the others wait until theirs is. */
static bool may_rename(const struct github_scopes *scopes,
                       const struct github_stored *s, const struct github_found *f)
{
    if (s == NULL || str_eq(s->name, f->name)) {
        return false;
    }
    for (size_t i = 0; i < scopes->n_stored; i++) {
        const struct github_stored *o = &scopes->stored[i];

        if (o != s && str_eq_nocase(o->name, f->name)) {
            return false;
        }
    }
    return true;
}

static void tell_renames(struct tracker *t, struct github_answer *an)
{
    const struct github_known *m = &t->known;
    bool any = true;

    while (any) {
        any = false;
        for (size_t i = 0; i < m->n_repos; i++) {
            struct github_stored *s = find_by_vid(&t->scopes, m->repos[i].id);

            if (may_rename(&t->scopes, s, &m->repos[i])) {
                tell_rename(an, s, &m->repos[i]);
                any = true;
            }
        }
    }
}

/* The alias is kept with the cursor. */
static void keep_renamed(struct tracker *t, struct github_answer *an)
{
    for (size_t i = 0; i < t->scopes.n_stored; i++) {
        const struct github_stored *s = &t->scopes.stored[i];

        if (s->renamed && s->used) {
            an->s = github_scopes_find(&t->scopes, s->name);
            github_tell_cursor(an, SCOPE_CHECKPOINT);
            an->s = NULL;
        }
    }
}

/* Quiet ones that were looked at lately. */
static void put_off(struct tracker *t, struct wall now)
{
    for (size_t i = 0; i < t->scopes.n; i++) {
        struct github_scope *s = &t->scopes.v[i];

        s->finished = !t->all && !s->list_due && !s->lost &&
                      github_walk_may_wait(t->conf, &s->cursor, now);
    }
}

bool github_scopes_plan(struct tracker *t, struct github_answer *an, struct wall now,
                        struct err *e)
{
    const struct github_conf *own = t->conf->own;
    struct github_scopes *scopes = &t->scopes;
    size_t most = own->repos.n + t->known.n_repos + scopes->n_stored;

    scopes->v = arena_array(t->arena, most, sizeof *scopes->v);
    scopes->left = arena_array(t->arena, scopes->n_stored, sizeof *scopes->left);
    if ((most > 0 && scopes->v == NULL) ||
        (scopes->n_stored > 0 && scopes->left == NULL)) {
        return err_nomem(e);
    }
    if (an != NULL) {
        tell_renames(t, an);
    }
    if (!add_configured(t, e)) {
        return false;
    }
    add_found(t);
    add_stored(t);
    if (an != NULL) {
        keep_renamed(t, an);
    }
    put_off(t, now);
    scopes->planned = true;
    for (size_t i = 0; i < scopes->n; i++) {
        if (!github_walk_prepare(&t->client, &scopes->v[i])) {
            return err_nomem(e);
        }
    }
    return !arena_failed(t->arena) || err_nomem(e);
}

void github_scopes_tell_left(struct github_answer *an)
{
    struct github_scopes *scopes = &an->t->scopes;

    for (size_t i = 0; i < scopes->n_left; i++) {
        (void)github_tell(an, SCOPE_LEFT, scopes->left[i]);
    }
    scopes->n_left = 0;
}

void github_scopes_finish(struct github_scopes *scopes)
{
    for (size_t i = 0; i < scopes->n; i++) {
        github_call_finish(&scopes->v[i].call);
        buf_finish(&scopes->v[i].page);
        free(scopes->v[i].marks);
    }
}

struct github_scope *github_scopes_find(const struct github_scopes *scopes,
                                        struct str name)
{
    for (size_t i = 0; i < scopes->n; i++) {
        if (str_eq_nocase(scopes->v[i].name, name)) {
            return &scopes->v[i];
        }
    }
    return NULL;
}

bool github_scopes_have(const struct github_scopes *scopes, struct str name,
                        const struct github_scope *but)
{
    for (size_t i = 0; i < scopes->n; i++) {
        const struct github_scope *s = &scopes->v[i];

        if (s != but && str_eq_nocase(s->name, name)) {
            return true;
        }
    }
    return false;
}

bool github_scopes_left(const struct github_scopes *scopes)
{
    for (size_t i = 0; i < scopes->n; i++) {
        if (!scopes->v[i].finished && !scopes->v[i].listing) {
            return true;
        }
    }
    return false;
}

#include "connectors/trackers/github/github_scopes.h"

#include <stdlib.h>

#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_walk.h"

/* What is stored about a repository; read once. */
struct stored {
    const struct tracker_scope *scope;
    struct github_cursor cursor;
};

static bool read_stored(const struct tracker_start *start, struct arena *a,
                        struct stored **ret, struct err *e)
{
    size_t n = start->n_scopes;
    const struct project *p;
    struct stored *stored = arena_array(a, n, sizeof *stored);

    if (stored == NULL && n > 0) {
        return err_nomem(e);
    }
    if (!github_cursor_compile(a, &p, e)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct github_cursor *c = &stored[i].cursor;

        stored[i].scope = &start->scopes[i];
        if (!github_cursor_read(p, a, start->scopes[i].cursor, c, e)) {
            if (e->kind == ERR_NOMEM) {
                return false;
            }
            *c = (struct github_cursor){.walk = GITHUB_OPEN};
        }
    }
    *ret = stored;
    return true;
}

/* By its name or the one it had before. */
static const struct stored *find_stored(const struct stored *stored, size_t n,
                                        struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(stored[i].scope->name, name)) {
            return &stored[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(stored[i].cursor.alias, name)) {
            return &stored[i];
        }
    }
    return NULL;
}

static bool add_scope(struct github_scopes *scopes, struct str repo,
                      const struct stored *stored, struct arena *a)
{
    struct str name = stored != NULL ? stored->scope->name : repo;

    /* Listed by its old name and by its new one: one repository. */
    if (github_scopes_have(scopes, name, NULL)) {
        return true;
    }
    struct github_scope *s = &scopes->v[scopes->n++];

    s->per_page = GITHUB_PER_PAGE;
    s->name = arena_str(a, name);
    buf_init(&s->page, GITHUB_MAX_PATH);
    github_call_init(&s->call, s);
    if (stored != NULL) {
        s->vid = arena_str(a, stored->scope->vid);
        s->cursor = stored->cursor;
        s->list_due = stored->scope->list;
    }
    github_walk_set_page(s, s->cursor.page);
    return buf_ok(&s->page) && !arena_failed(a);
}

bool github_scopes_init(struct github_scopes *ret, const struct str_list *repos,
                        const struct tracker_start *start, struct arena *a,
                        struct err *e)
{
    struct stored *stored = NULL;

    ret->v = arena_array(a, repos->n, sizeof *ret->v);
    if (repos->n > 0 && ret->v == NULL) {
        return err_nomem(e);
    }
    if (!read_stored(start, a, &stored, e)) {
        return false;
    }
    for (size_t i = 0; i < repos->n; i++) {
        struct str repo = repos->v[i];

        if (!github_repo_valid(repo)) {
            return err_set(e, ERR_CONFIG, "not owner/repository: %.*s", STR_FMT(repo));
        }
        if (!add_scope(ret, repo, find_stored(stored, start->n_scopes, repo), a)) {
            return err_nomem(e);
        }
    }
    return true;
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

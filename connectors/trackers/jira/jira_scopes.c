#include "connectors/trackers/jira/jira_scopes.h"

#include "connectors/trackers/jira/jira_conf.h"

enum { SCRATCH_CEILING = 16 << 20 };

void jira_scopes_finish(struct jira_scopes *s)
{
    map_destroy(s->by_key);
    s->by_key = NULL;
}

struct jira_scope *jira_scopes_find(const struct jira_scopes *s, struct str key)
{
    return map_get(s->by_key, key);
}

struct jira_scope *jira_scopes_add(struct jira_scopes *s, struct str key,
                                   struct arena *a)
{
    struct jira_scope *scope = jira_scopes_find(s, key);

    if (scope != NULL) {
        return scope;
    }
    struct jira_scope **slot = arena_grow(a, &s->v, &s->n, &s->cap, sizeof *slot);

    scope = arena_alloc(a, sizeof *scope);
    if (slot == NULL || scope == NULL) {
        return NULL;
    }
    *slot = scope;
    scope->cursor.phase = PHASE_OPEN;
    scope->key = arena_str(a, key);
    return map_set(s->by_key, scope->key, scope) ? scope : NULL;
}

bool jira_scopes_init(struct jira_scopes *s, const struct tracker_scope *known,
                      size_t n, struct arena *a, struct err *e)
{
    *s = (struct jira_scopes){.by_key = map_create()};
    if (s->by_key == NULL) {
        return err_nomem(e);
    }
    for (size_t i = 0; i < n; i++) {
        struct jira_scope *scope = jira_scopes_add(s, known[i].name, a);

        if (scope == NULL) {
            return err_nomem(e);
        }
        scope->vid = arena_str(a, known[i].vid);
        scope->cursor = jira_cursor_read(known[i].cursor);
        scope->was_synced = known[i].synced_once;
        scope->list = known[i].list;
    }
    return arena_failed(a) ? err_nomem(e) : true;
}

void jira_scopes_take_kept(struct jira_scopes *s, const struct jira_memory *m)
{
    for (size_t i = 0; i < m->n_scopes; i++) {
        const struct jira_kept_scope *kept = &m->scopes[i];
        struct jira_scope *scope = jira_scopes_find(s, kept->key);

        /* Where everything is read again, everything is told again. */
        if (scope != NULL && str_eq(scope->vid, kept->id) &&
            scope->cursor.phase == PHASE_UPDATES) {
            scope->told = kept->told;
            scope->more = kept->more;
        }
    }
}

/* ---- renames ---- */

static struct jira_scope *find_by_vid(const struct jira_scopes *s, struct str vid)
{
    for (size_t i = 0; vid.n > 0 && i < s->n; i++) {
        if (str_eq(s->v[i]->vid, vid)) {
            return s->v[i];
        }
    }
    return NULL;
}

/*
 * A project has another key than it had: its issues have new keys, too, and
 * none of them counts as updated by that. So all of it is walked again.
 */
static bool take_rename(const struct jira_project *p, struct jira_scope *scope,
                        struct arena *a, struct feed *out)
{
    struct scope_event *ev =
        feed_add_event(out, SCOPE_RENAMED, arena_str(out->a, scope->key));

    if (ev == NULL) {
        return false;
    }
    ev->to = arena_str(out->a, p->key);
    ev->vid = arena_str(out->a, p->id);
    scope->key = arena_str(a, p->key);
    scope->cursor =
        (struct jira_cursor){.phase = PHASE_OPEN, .epoch = scope->cursor.epoch};
    return true;
}

/* Keys may have been swapped, so the map is made anew when all are known. */
static bool remap(struct jira_scopes *s)
{
    map_destroy(s->by_key);
    s->by_key = map_create();
    if (s->by_key == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!map_set(s->by_key, s->v[i]->key, s->v[i])) {
            return false;
        }
    }
    return true;
}

static bool take_renames(struct jira_scopes *s, const struct jira_projects *list,
                         struct arena *a, struct feed *out)
{
    bool renamed = false;

    for (size_t i = 0; i < list->n; i++) {
        struct jira_scope *scope = find_by_vid(s, list->v[i].id);

        if (scope != NULL && !str_eq(scope->key, list->v[i].key)) {
            renamed = true;
            if (!take_rename(&list->v[i], scope, a, out)) {
                return false;
            }
        }
    }
    return !renamed || remap(s);
}

/* ---- what is there, what is missing ---- */

static bool take_project(struct jira_scopes *s, const struct jira_project *p,
                         struct arena *a, struct feed *out)
{
    struct jira_scope *scope = jira_scopes_add(s, p->key, a);
    struct scope_event *ev = feed_add_event(out, SCOPE_SEEN, arena_str(out->a, p->key));

    if (scope == NULL || ev == NULL) {
        return false;
    }
    if (scope->vid.n > 0 && !str_eq(scope->vid, p->id)) {
        /* The key was given to another project. */
        scope->cursor = (struct jira_cursor){.phase = PHASE_OPEN};
        scope->was_synced = false;
    }
    scope->vid = arena_str(a, p->id);
    scope->visible = true;
    ev->vid = arena_str(out->a, p->id);
    return !arena_failed(a);
}

static bool add_missing(struct feed *out, struct str key, enum err_kind kind,
                        const char *why)
{
    struct scope_event *ev = feed_add_event(out, SCOPE_FAILED, arena_str(out->a, key));

    if (ev == NULL) {
        return false;
    }
    err_set(&ev->err, kind, "project %.*s is %s", STR_FMT(key), why);
    return true;
}

static bool is_listed(const struct jira_projects *list, struct str key)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq_nocase(list->v[i].key, key)) {
            return true;
        }
    }
    return false;
}

/* Projects that the operator named, or that were read before, and are not listed. */
static bool take_missing(struct jira_scopes *s, const struct jira_projects *list,
                         const struct jira_conf *conf, struct arena *scratch,
                         struct feed *out)
{
    const struct str_list *include = &conf->projects.include;

    for (size_t i = 0; i < s->n; i++) {
        struct jira_scope *scope = s->v[i];

        if (!scope->visible && scope->was_synced &&
            !str_eqz(scope->key, JIRA_JQL_SCOPE) &&
            jira_wants_project(conf, scope->key, scratch) &&
            !add_missing(out, scope->key, ERR_FORBIDDEN,
                         "no longer visible to this user")) {
            return false;
        }
    }
    for (size_t i = 0; i < include->n; i++) {
        struct jira_scope *scope = jira_scopes_find(s, include->v[i]);
        bool told = scope != NULL && scope->was_synced;

        if (jira_is_literal(include->v[i]) && !is_listed(list, include->v[i]) &&
            !told && jira_wants_project(conf, include->v[i], scratch) &&
            !add_missing(out, include->v[i], ERR_NOT_FOUND,
                         "not visible to this user")) {
            return false;
        }
    }
    return true;
}

static bool take_list(struct jira_scopes *s, const struct jira_projects *list,
                      const struct jira_conf *conf, struct arena *a,
                      struct arena *scratch, struct feed *out)
{
    if (!take_renames(s, list, a, out)) {
        return false;
    }
    for (size_t i = 0; i < list->n; i++) {
        if (jira_wants_project(conf, list->v[i].key, scratch) &&
            !take_project(s, &list->v[i], a, out)) {
            return false;
        }
    }
    return take_missing(s, list, conf, scratch, out) && !arena_failed(a) &&
           !arena_failed(scratch) && !arena_failed(out->a);
}

bool jira_scopes_take_list(struct jira_scopes *s, const struct jira_projects *list,
                           const struct jira_conf *conf, struct arena *a,
                           struct feed *out, struct err *e)
{
    struct arena *scratch = arena_create(SCRATCH_CEILING);
    bool ok = scratch != NULL && take_list(s, list, conf, a, scratch, out);

    arena_destroy(scratch);
    return ok ? true : err_nomem(e);
}

#include "store/dirty.h"
#include "store/eval.h"
#include "store/sql.h"
#include "store/sync.h"

/*
 * From what may be concluded anything: a scope that has completed a walk, whose
 * last try did not fail, and that was looked at lately. What is not fresh keeps
 * its findings as they are.
 */

static const struct str_list no_link_types;

static const struct tracker_conf *configured(const struct eval_conf *conf,
                                             struct str name)
{
    for (size_t i = 0; i < conf->n_sources; i++) {
        if (str_eq(conf->sources[i]->name, name))
            return conf->sources[i];
    }
    return NULL;
}

struct match_conf db_match_conf(const struct eval_conf *conf, struct str source)
{
    const struct tracker_conf *t = configured(conf, source);
    struct match_conf m = {.link_types = &no_link_types};

    if (t == NULL)
        return m;
    m.link_types = &t->link_types;
    for (size_t i = 0; i < t->fields.n; i++) {
        if (str_eqz(t->fields.v[i].key, "initiative"))
            m.initiative_field = t->fields.v[i].value;
    }
    return m;
}

static void read_source(struct eval *ev, const struct query *q, struct eval_source *s)
{
    *s = (struct eval_source){
        .id = query_int(q, 0),
        .name = query_dup(q, 1, ev->a),
        .type = query_dup(q, 2, ev->a),
        .error = query_dup(q, 3, ev->a),
        .active = query_int(q, 4) != 0,
        .was_fresh = query_int(q, 5) != 0,
        .syncing = query_int(q, 6) != 0,
        .first_try = query_wall(q, 7),
        .last_try = query_wall(q, 8),
        .last_ok = query_wall(q, 9),
        .paused_until = query_wall(q, 10),
        .err_kind = (enum err_kind)query_int(q, 11),
    };
    s->conf = configured(ev->conf, s->name);
    s->match = db_match_conf(ev->conf, s->name);
    if (s->conf == NULL)
        return;
    s->private_projects = globs_fold(&s->conf->private_.projects, ev->a);
    s->private_labels = globs_fold(&s->conf->private_.labels, ev->a);
    s->idea_statuses = globs_fold(&s->conf->ideas.statuses, ev->a);
    s->idea_labels = globs_fold(&s->conf->ideas.labels, ev->a);
}

static bool load_sources(struct eval *ev, struct err *e)
{
    static const char sql[] = "SELECT id, name, type, error, active, fresh, syncing, "
                              "first_try, last_try, last_ok,"
                              " paused_until, err_kind FROM source ORDER BY id";
    struct query_rows to = QUERY_ROWS(ev->a, ev->sources, ev->n_sources);
    struct eval_source *s;
    struct query q;

    if (!query_open(&q, ev->db, sql, SQL_NONE, e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL)
        read_source(ev, &q, s);
    return to.ok;
}

static void read_scope(struct eval *ev, const struct query *q, struct eval_scope *c)
{
    *c = (struct eval_scope){
        .id = query_int(q, 0),
        .source = eval_source(ev, query_int(q, 1)),
        .name = query_dup(q, 2, ev->a),
        .error = query_dup(q, 3, ev->a),
        .state = (enum scope_state)query_int(q, 4),
        .err_kind = (enum err_kind)query_int(q, 5),
        .synced_at = query_wall(q, 6),
        .failed_since = query_wall(q, 7),
        .first_seen = query_wall(q, 8),
        .was_fresh = query_int(q, 9) != 0,
        .introduced = query_int(q, 10) != 0,
        .counts = {.in_view = query_int(q, 11),
                   .epics = query_int(q, 12),
                   .linked = query_int(q, 13),
                   .exempt = query_int(q, 14),
                   .by_scope = query_int(q, 15),
                   .baseline = query_int(q, 16),
                   .labelled = query_int(q, 17)},
    };
}

static bool load_scopes(struct eval *ev, struct err *e)
{
    static const char sql[] = "SELECT id, source, name, error, state, err_kind, "
                              "synced_at, failed_since, first_seen,"
                              " fresh, introduced, in_view, epics, linked, exempt, "
                              "by_scope, baseline, labelled"
                              " FROM scope ORDER BY id";
    struct query_rows to = QUERY_ROWS(ev->a, ev->scopes, ev->n_scopes);
    struct eval_scope *c;
    struct query q;

    if (!query_open(&q, ev->db, sql, SQL_NONE, e))
        return false;
    while ((c = query_row(&q, &to, e)) != NULL)
        read_scope(ev, &q, c);
    return to.ok;
}

static struct wall later_of(struct wall a, struct wall b)
{
    return a.ms > b.ms ? a : b;
}

static bool scope_is_fresh(const struct eval *ev, const struct eval_scope *c)
{
    const struct eval_source *s = c->source;
    struct wall seen = c->synced_at;

    if (s == NULL || s->conf == NULL || c->synced_at.ms == 0 || c->err_kind != ERR_NONE)
        return false;
    if (s->err_kind == ERR_AUTH || s->err_kind == ERR_FORBIDDEN)
        return false;
    /* When the source failed, only what was complete by then counts. */
    if (s->err_kind != ERR_NONE && c->synced_at.ms < s->last_try.ms)
        return false;
    if (c->state == SCOPE_IS_SYNCED || c->state == SCOPE_IS_DISABLED)
        seen = later_of(seen, s->last_ok);
    return wall_since(ev->now, seen).ms <= sync_patience(s->conf).ms;
}

static bool source_is_well(const struct eval *ev, const struct eval_source *s)
{
    return s->conf != NULL && s->err_kind == ERR_NONE && s->last_ok.ms != 0 &&
           wall_since(ev->now, s->last_ok).ms <= sync_patience(s->conf).ms;
}

/* As people are told: all of its scopes, too. */
static bool source_is_fresh(const struct eval *ev, const struct eval_source *s)
{
    if (!source_is_well(ev, s))
        return false;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        const struct eval_scope *c = &ev->scopes[i];

        if (c->source == s && c->in_view && !c->fresh)
            return false;
    }
    return true;
}

bool eval_load_sources(struct eval *ev, struct err *e)
{
    if (!load_sources(ev, e) || !load_scopes(ev, e))
        return false;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        struct eval_scope *c = &ev->scopes[i];

        c->in_view = c->source != NULL && c->source->conf != NULL &&
                     c->state != SCOPE_IS_DISABLED && c->state != SCOPE_IS_LEFT;
        c->fresh = scope_is_fresh(ev, c);
    }
    for (size_t i = 0; i < ev->n_sources; i++)
        ev->sources[i].fresh = source_is_fresh(ev, &ev->sources[i]);
    return true;
}

bool eval_all_known(const struct eval *ev)
{
    size_t well = 0;

    for (size_t i = 0; i < ev->n_sources; i++)
        well += source_is_well(ev, &ev->sources[i]);
    if (well != ev->conf->n_sources)
        return false;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        const struct eval_scope *c = &ev->scopes[i];

        if (c->in_view && !c->fresh && c->err_kind == ERR_NONE)
            return false;
    }
    return true;
}

static bool source_came_or_went(struct eval *ev, struct eval_source *s, struct err *e)
{
    static const char sql[] = "UPDATE source SET active = ?2 WHERE id = ?1";

    if (s->active == (s->conf != NULL))
        return true;
    s->active = s->conf != NULL;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        if (ev->scopes[i].source == s &&
            !dirty_add_scope(ev->db, ev->scopes[i].id, e))
            return false;
    }
    return sql_run(ev->db, sql, SQL_ARGS(SQL_I(s->id), SQL_I(s->active)), e) &&
           (s->active || eval_source_gone(ev, s, e));
}

bool eval_save_fresh(struct eval *ev, struct err *e)
{
    static const char source[] = "UPDATE source SET fresh = ?2 WHERE id = ?1";
    static const char scope[] = "UPDATE scope SET fresh = ?2 WHERE id = ?1";

    for (size_t i = 0; i < ev->n_sources; i++) {
        struct eval_source *s = &ev->sources[i];

        if (s->fresh != s->was_fresh &&
            !sql_run(ev->db, source, SQL_ARGS(SQL_I(s->id), SQL_I(s->fresh)), e))
            return false;
        s->was_fresh = s->fresh;
        if (!source_came_or_went(ev, s, e))
            return false;
    }
    for (size_t i = 0; i < ev->n_scopes; i++) {
        struct eval_scope *c = &ev->scopes[i];

        if (c->fresh != c->was_fresh &&
            !sql_run(ev->db, scope, SQL_ARGS(SQL_I(c->id), SQL_I(c->fresh)), e))
            return false;
        c->was_fresh = c->fresh;
    }
    return true;
}

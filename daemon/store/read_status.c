#include "core/finding.h"
#include "store/db.h"
#include "store/read_place.h"
#include "store/scope.h"
#include "store/sql.h"
#include "store/value.h"

static const char *source_state(bool syncing, bool fresh, bool paused, bool failed,
                                bool synced_once)
{
    if (paused && syncing)
        return "paused";
    if (failed)
        return "stale";
    if (!synced_once)
        return syncing ? "syncing" : "new";
    return fresh ? "fresh" : "stale";
}

/* Only configured sources, and the scopes that still belong to them. */
static bool read_sources(struct db *db, struct arena *a, struct status_row *ret,
                         struct err *e)
{
    static const char sql[] = "SELECT name, type, error, syncing, fresh, paused_until, "
                              "err_kind, last_ok, last_try,"
                              " rate_limit, rate_remaining, rate_reset, skew FROM "
                              "source WHERE active ORDER BY id";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct source_row *s =
            arena_grow(a, &ret->sources, &ret->n_sources, &cap, sizeof *s);

        if (s == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        s->name = query_dup(&q, 0, a);
        s->type = query_dup(&q, 1, a);
        s->error = query_dup(&q, 2, a);
        s->state = str_of(source_state(query_int(&q, 3) != 0, query_int(&q, 4) != 0,
                                       query_int(&q, 5) != 0, query_int(&q, 6) != 0,
                                       query_int(&q, 7) != 0));
        s->paused_until = query_wall(&q, 5);
        s->last_ok = query_wall(&q, 7);
        s->last_try = query_wall(&q, 8);
        s->rate_limit = query_int(&q, 9);
        s->rate_remaining = query_int(&q, 10);
        s->rate_reset = query_wall(&q, 11);
        s->clock_skew_ms = query_int(&q, 12);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

static void add_fates(struct fate_counts *sum, const struct fate_counts *f)
{
    sum->deleted += f->deleted;
    sum->gone += f->gone;
    sum->outside += f->outside;
    sum->moved += f->moved;
    sum->hidden += f->hidden;
}

static bool read_scopes(struct db *db, struct source_row *s, struct arena *a,
                        struct err *e)
{
    static const char sql[] =
        "SELECT c.name, c.state, c.error, c.synced_at, c.failed_since, c.items, c.open,"
        " c.listed_at, c.lacks, c.deleted, c.gone, c.outside, c.moved, c.hidden"
        " FROM scope c JOIN source s ON s.id = c.source"
        " WHERE s.name = ? AND c.state <> ? ORDER BY c.name";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(s->name), SQL_I(SCOPE_IS_LEFT)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct scope_row *c = arena_grow(a, &s->scopes, &s->n_scopes, &cap, sizeof *c);

        if (c == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *c = (struct scope_row){
            .name = query_dup(&q, 0, a),
            .state = str_of(scope_state_name((enum scope_state)query_int(&q, 1))),
            .error = query_dup(&q, 2, a),
            .synced_at = query_wall(&q, 3),
            .failed_since = query_wall(&q, 4),
            .items = query_int(&q, 5),
            .open = query_int(&q, 6),
            .listed_at = query_wall(&q, 7),
            .lacks = query_int(&q, 8),
            .fates = {.deleted = query_int(&q, 9),
                      .gone = query_int(&q, 10),
                      .outside = query_int(&q, 11),
                      .moved = query_int(&q, 12),
                      .hidden = query_int(&q, 13)},
        };
        /* Unchanged answers move the source's time alone. */
        if (str_eqz(c->state, "synced") && s->last_ok.ms > c->synced_at.ms)
            c->synced_at = s->last_ok;
        if (str_eqz(s->state, "new") && str_eqz(c->state, "failed"))
            s->state = STR("stale"); /* it has been tried */
        s->items += c->items;
        s->open += c->open;
        add_fates(&s->fates, &c->fates);
        if (s->n_scopes == 1 || c->listed_at.ms < s->listed_at.ms)
            s->listed_at = c->listed_at;
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

static bool read_channels(struct db *db, struct arena *a, struct status_row *ret,
                          struct err *e)
{
    static const char sql[] =
        "SELECT c.name, c.delivered, c.last_delivered,"
        " (SELECT count(*) FROM outbox o WHERE o.channel = c.name AND o.state < 2),"
        " (SELECT count(*) FROM outbox o WHERE o.channel = c.name AND o.state = 3),"
        " (SELECT error FROM (SELECT id, error FROM outbox o WHERE o.channel = c.name "
        "AND"
        " o.state < 2 UNION ALL SELECT id, error FROM outbox o WHERE o.channel = "
        "c.name AND"
        " o.state = 3 ORDER BY 1 DESC LIMIT 1)) FROM channel c ORDER BY c.name";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct channel_row *c =
            arena_grow(a, &ret->channels, &ret->n_channels, &cap, sizeof *c);

        if (c == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *c = (struct channel_row){
            .name = query_dup(&q, 0, a),
            .delivered = query_int(&q, 1),
            .last_delivered = query_wall(&q, 2),
            .queued = query_int(&q, 3),
            .dead = query_int(&q, 4),
            .last_error = query_dup(&q, 5, a),
        };
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

/* Rows come by rule. Baseline findings are counted apart. */
static bool read_rules(struct db *db, struct arena *a, struct status_row *ret,
                       struct err *e)
{
    static const char sql[] = "SELECT rule, state, baseline, count(*) FROM finding"
                              " WHERE state IN (1, 2) GROUP BY rule, state, baseline";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct rule_count_row *r =
            ret->n_rules > 0 ? &ret->rules[ret->n_rules - 1] : NULL;

        if (r == NULL || !str_eq(r->rule, query_str(&q, 0))) {
            r = arena_grow(a, &ret->rules, &ret->n_rules, &cap, sizeof *r);
            if (r == NULL) {
                query_close(&q);
                return err_nomem(e);
            }
            r->rule = query_dup(&q, 0, a);
        }
        if (query_int(&q, 2) != 0)
            r->baseline += query_int(&q, 3);
        else if (query_int(&q, 1) == FINDING_PENDING)
            r->pending += query_int(&q, 3);
        else
            r->firing += query_int(&q, 3);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

static bool read_totals(struct db *db, struct status_row *ret, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(sum(c.epics), 0), coalesce(sum(c.linked), 0),"
        " coalesce(sum(c.exempt), 0), (SELECT count(*) FROM dirty)"
        " + (SELECT coalesce(sum(last - first + 1), 0) FROM dirty_run),"
        " coalesce((SELECT version FROM strategy ORDER BY n DESC LIMIT 1), 0),"
        " coalesce((SELECT at FROM strategy ORDER BY n DESC LIMIT 1), 0)"
        " FROM scope c JOIN source s ON s.id = c.source WHERE s.active";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    ret->epics_open = query_int(&q, 0);
    ret->epics_linked = query_int(&q, 1);
    ret->epics_exempt = query_int(&q, 2);
    ret->dirty = query_int(&q, 3);
    ret->strategy_version = (uint64_t)query_int(&q, 4);
    ret->strategy_since = query_wall(&q, 5);
    query_close(&q);
    return true;
}

static bool read_all(struct db *db, struct arena *a, struct status_row *ret,
                     struct err *e)
{
    if (!read_sources(db, a, ret, e))
        return false;
    for (size_t i = 0; i < ret->n_sources; i++) {
        struct source_row *s = &ret->sources[i];

        if (!read_scopes(db, s, a, e) ||
            !read_notes(db, s->name, a, &s->notes, &s->n_notes, e))
            return false;
    }
    return read_place(db, a, &ret->place, e) && read_channels(db, a, ret, e) &&
           read_rules(db, a, ret, e) && read_totals(db, ret, e) &&
           db_read_values(db, a, &ret->values, &ret->n_values, e);
}

bool db_read_status(struct db *db, struct arena *a, struct status_row *ret,
                    struct err *e)
{
    struct status_row row = {0};
    bool ok;

    if (!sql_begin_read(db, e))
        return false;
    ok = read_all(db, a, &row, e);
    sql_end_read(db);
    if (ok)
        *ret = row;
    return ok;
}

bool db_read_coverage(struct db *db, struct arena *a, struct coverage_rows *ret,
                      struct err *e)
{
    static const char scopes[] =
        "SELECT s.name, c.name, c.epics, c.linked, c.exempt, c.by_scope, c.baseline"
        " FROM scope c JOIN source s ON s.id = c.source"
        " WHERE s.active AND c.state NOT IN (5, 6) ORDER BY s.id, c.name";
    static const char nodes[] =
        "SELECT node, open, in_progress, completed, discarded, epics,"
        " last_change FROM tally ORDER BY node";
    struct coverage_rows r = {0};
    size_t cap = 0;
    struct query q;
    bool row;

    _Static_assert(SCOPE_IS_DISABLED == 5 && SCOPE_IS_LEFT == 6,
                   "stand in the statement");
    if (!query_open(&q, db, scopes, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct coverage_row *c = arena_grow(a, &r.v, &r.n, &cap, sizeof *c);

        if (c == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        c->source = query_dup(&q, 0, a);
        c->scope = query_dup(&q, 1, a);
        c->open = query_int(&q, 2);
        c->linked = query_int(&q, 3);
        c->exempt = query_int(&q, 4);
        c->by_scope = query_int(&q, 5);
        c->baseline = query_int(&q, 6);
        if (!query_next(&q, &row, e))
            return false;
    }
    cap = 0;
    if (!query_open(&q, db, nodes, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct initiative_row *i =
            arena_grow(a, &r.initiatives, &r.n_initiatives, &cap, sizeof *i);

        if (i == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        i->id = query_dup(&q, 0, a);
        i->tally.open = query_int(&q, 1);
        i->tally.in_progress = query_int(&q, 2);
        i->tally.completed = query_int(&q, 3);
        i->tally.discarded = query_int(&q, 4);
        i->tally.epics = query_int(&q, 5);
        i->tally.last_change = query_wall(&q, 6);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = r;
    return true;
}

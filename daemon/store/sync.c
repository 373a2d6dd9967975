#include "store/sync.h"

#include <stdlib.h>

#include "base/hash.h"
#include "store/db.h"
#include "store/sql.h"

enum { SYNC_MEMORY = 64 << 20 };

const char *scope_state_name(enum scope_state s)
{
    static const char *const names[] = {
#define X(e, n, name) [e] = name,
        SCOPE_STATES(X)
#undef X
    };
    return names[s];
}

struct dur sync_patience(const struct tracker_conf *conf)
{
    int64_t three =
        conf->interval.ms > INT64_MAX / 3 ? INT64_MAX : conf->interval.ms * 3;

    return DUR_MS(three > 3600000 ? three : 3600000);
}

/* ---- memory ---- */

static void sync_free(struct sync *s)
{
    map_destroy(s->by_name);
    arena_destroy(s->a); /* `s` lives in it */
}

void syncs_free(struct db *db)
{
    while (db->syncs != NULL) {
        struct sync *s = db->syncs;

        db->syncs = s->next;
        sync_free(s);
    }
}

void sync_drop(struct db *db, struct str name)
{
    for (struct sync **at = &db->syncs; *at != NULL; at = &(*at)->next) {
        struct sync *s = *at;

        if (str_eq(s->name, name)) {
            *at = s->next;
            sync_free(s);
            return;
        }
    }
}

static struct sync *sync_create(struct str name)
{
    struct arena *a = arena_create(SYNC_MEMORY);
    struct sync *s = a == NULL ? NULL : arena_alloc(a, sizeof *s);

    if (s == NULL) {
        arena_destroy(a);
        return NULL;
    }
    s->a = a;
    s->name = arena_str(a, name);
    s->by_name = map_create();
    if (s->by_name == NULL || arena_failed(a)) {
        sync_free(s);
        return NULL;
    }
    return s;
}

static struct sync_scope *scope_add(struct sync *s, struct str name, struct err *e)
{
    struct sync_scope *c = arena_alloc(s->a, sizeof *c);
    struct sync_scope **slot;

    if (c == NULL)
        goto nomem;
    c->name = arena_str(s->a, name);
    slot = arena_grow(s->a, &s->scopes, &s->n_scopes, &s->cap_scopes,
                      sizeof(struct sync_scope *));
    if (slot == NULL || arena_failed(s->a))
        goto nomem;
    *slot = c;
    if (map_set(s->by_name, c->name, c))
        return c;
nomem:
    err_nomem(e);
    return NULL;
}

/* ---- loading ---- */

static bool load_source(struct db *db, struct sync *s, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT id, syncing, last_ok, paused_until, err_kind, err_since, error, "
        "rate_limit,"
        " rate_remaining, rate_reset, skew FROM source WHERE name = ?";
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(s->name)), e) ||
        !query_next(&q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    s->source = query_int(&q, 0);
    s->marked = query_int(&q, 1) != 0;
    s->last_ok = query_wall(&q, 2);
    s->paused_until = query_wall(&q, 3);
    if (query_int(&q, 4) != ERR_NONE)
        err_set(&s->stored, (enum err_kind)query_int(&q, 4), "%.*s",
                STR_FMT(query_str(&q, 6)));
    s->err_since = query_wall(&q, 5);
    s->rate_limit = query_int(&q, 7);
    s->rate_remaining = query_int(&q, 8);
    s->rate_reset = query_wall(&q, 9);
    s->skew = query_int(&q, 10);
    query_close(&q);
    return true;
}

static bool load_scopes(struct db *db, struct sync *s, struct err *e)
{
    static const char sql[] =
        "SELECT id, name, vid, cursor, state, seen, first_seen, synced_at, "
        "failed_since,"
        " err_kind, error FROM scope WHERE source = ? ORDER BY id";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct sync_scope *c = scope_add(s, query_str(&q, 1), e);
        struct str cursor;

        if (c == NULL) {
            query_close(&q);
            return false;
        }
        c->id = query_int(&q, 0);
        c->vid = query_dup(&q, 2, s->a);
        cursor = query_str(&q, 3);
        c->cursor_hash = hash64(cursor.p, cursor.n, 0);
        c->state = (enum scope_state)query_int(&q, 4);
        c->seen = query_int(&q, 5) != 0;
        c->first_seen = query_wall(&q, 6);
        c->synced_at = query_wall(&q, 7);
        c->failed_since = query_wall(&q, 8);
        c->err_kind = (enum err_kind)query_int(&q, 9);
        c->error = query_dup(&q, 10, s->a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(s->a) || err_nomem(e);
}

bool sync_get(struct db *db, const struct tracker_conf *conf, struct wall now,
              struct sync **ret, struct err *e)
{
    struct sync *s;
    bool found = false;

    for (s = db->syncs; s != NULL; s = s->next) {
        if (str_eq(s->name, conf->name)) {
            *ret = s;
            return true;
        }
    }
    s = sync_create(conf->name);
    if (s == NULL)
        return err_nomem(e);
    s->started = now;
    if (!load_source(db, s, &found, e) || (found && !load_scopes(db, s, e))) {
        sync_free(s);
        return false;
    }
    if (!found) {
        sync_free(s);
        return err_set(e, ERR_NOT_FOUND, "no source %.*s", STR_FMT(conf->name));
    }
    s->next = db->syncs;
    db->syncs = s;
    *ret = s;
    return true;
}

/* ---- scopes ---- */

bool sync_scope_get(struct db *db, struct sync *s, struct str name, struct wall now,
                    struct sync_scope **ret, struct err *e)
{
    static const char sql[] =
        "INSERT INTO scope (source, name, first_seen) VALUES (?, ?, ?)";
    struct sync_scope *c = map_get(s->by_name, name);

    if (c == NULL) {
        if (!sql_run(db, sql, SQL_ARGS(SQL_I(s->source), SQL_S(name), SQL_T(now)), e))
            return false;
        c = scope_add(s, name, e);
        if (c == NULL)
            return false;
        c->id = sql_last_id(db);
        c->first_seen = now;
        c->seen = true;
        c->cursor_hash = hash64("", 0, 0);
    }
    *ret = c;
    return true;
}

struct wall sync_scope_known(const struct sync *s, const struct sync_scope *c)
{
    if (c->state == SCOPE_IS_SYNCED && s->last_ok.ms > c->synced_at.ms)
        return s->last_ok;
    return c->synced_at;
}

static bool scope_save(struct db *db, const struct sync_scope *c, struct err *e)
{
    static const char sql[] =
        "UPDATE scope SET name = ?2, vid = ?3, state = ?4, seen = ?5, synced_at = ?6,"
        " failed_since = ?7, err_kind = ?8, error = ?9 WHERE id = ?1";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(c->id), SQL_S(c->name), SQL_S(c->vid),
                            SQL_I(c->state), SQL_I(c->seen), SQL_T(c->synced_at),
                            SQL_T(c->failed_since), SQL_I(c->err_kind),
                            SQL_S(c->error)),
                   e);
}

static bool cursor_save(struct db *db, struct sync_scope *c, struct str cursor,
                        struct err *e)
{
    static const char sql[] = "UPDATE scope SET cursor = ?2 WHERE id = ?1";
    uint64_t hash = hash64(cursor.p, cursor.n, 0);

    if (hash == c->cursor_hash)
        return true;
    c->cursor_hash = hash;
    return sql_run(db, sql, SQL_ARGS(SQL_I(c->id), SQL_S(cursor)), e);
}

bool scope_items_dirty(struct db *db, int64_t scope, struct err *e)
{
    static const char sql[] =
        "INSERT INTO dirty (scope, item) SELECT scope, id FROM item"
        " WHERE scope = ? ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_I(scope)), e);
}

/* Into or out of a state in which the scope's items are out of view. */
static bool scope_enter(struct db *db, struct sync_scope *c, enum scope_state to,
                        struct err *e)
{
    bool was_out = c->state == SCOPE_IS_DISABLED || c->state == SCOPE_IS_LEFT;
    bool is_out = to == SCOPE_IS_DISABLED || to == SCOPE_IS_LEFT;

    c->state = to;
    return was_out == is_out || scope_items_dirty(db, c->id, e);
}

static void scope_clear_error(struct sync_scope *c)
{
    c->err_kind = ERR_NONE;
    c->error = STR_NONE;
    c->failed_since = (struct wall){0};
}

static bool learn_vid(struct sync *s, struct sync_scope *c, struct str vid,
                      struct err *e)
{
    if (vid.n == 0 || str_eq(vid, c->vid))
        return true;
    c->vid = arena_str(s->a, vid);
    return !arena_failed(s->a) || err_nomem(e);
}

/*
 * Both names are known: the one with the history takes the other's items. The
 * counts are taken anew, since this is rare and the items may be many.
 */
static bool scope_merge(struct db *db, struct sync *s, struct sync_scope *keep,
                        struct sync_scope *gone, struct err *e)
{
    static const char move[] = "UPDATE item SET scope = ?1 WHERE scope = ?2";
    static const char unqueue[] = "DELETE FROM dirty WHERE scope = ?1";
    static const char findings[] = "UPDATE finding SET scope = ?1 WHERE scope = ?2";
    static const char drop[] = "DELETE FROM scope WHERE id = ?1";
    static const char count[] =
        "UPDATE scope SET items = (SELECT count(*) FROM item WHERE scope = ?1),"
        " open = (SELECT count(*) FROM item WHERE scope = ?1 AND outcome = 0) WHERE id "
        "= ?1";
    size_t n = 0;

    if (!sql_run(db, move, SQL_ARGS(SQL_I(keep->id), SQL_I(gone->id)), e) ||
        !sql_run(db, findings, SQL_ARGS(SQL_I(keep->id), SQL_I(gone->id)), e) ||
        !sql_run(db, unqueue, SQL_ARGS(SQL_I(gone->id)), e) ||
        !sql_run(db, count, SQL_ARGS(SQL_I(keep->id)), e) ||
        !sql_run(db, drop, SQL_ARGS(SQL_I(gone->id)), e) ||
        !scope_items_dirty(db, keep->id, e))
        return false;
    for (size_t i = 0; i < s->n_scopes; i++) {
        if (s->scopes[i] != gone)
            s->scopes[n++] = s->scopes[i];
    }
    s->n_scopes = n;
    return true;
}

static bool scope_rename(struct db *db, struct sync *s, struct str from, struct str to,
                         struct wall now, struct err *e)
{
    struct sync_scope *old = map_get(s->by_name, from);
    struct sync_scope *other = map_get(s->by_name, to);
    struct sync_scope *kept;

    if (old == NULL)
        return sync_scope_get(db, s, to, now, &kept, e);
    if (str_eq(from, to))
        return true;
    if (other != NULL && other != old && !scope_merge(db, s, old, other, e))
        return false;
    old->name = arena_str(s->a, to);
    old->seen = true;
    if (arena_failed(s->a) || !map_set(s->by_name, old->name, old) ||
        !map_set(s->by_name, arena_str(s->a, from), NULL))
        return err_nomem(e);
    return scope_save(db, old, e);
}

/* ---- events ---- */

static bool see_scope(struct db *db, struct sync *s, const struct scope_event *ev,
                      struct wall now, bool *ret_changed, struct err *e)
{
    struct sync_scope *c = map_get(s->by_name, ev->scope);
    bool is_new = c == NULL;
    bool same;

    if (!sync_scope_get(db, s, ev->scope, now, &c, e))
        return false;
    same = c->seen && c->state != SCOPE_IS_LEFT &&
           (ev->vid.n == 0 || str_eq(ev->vid, c->vid));
    if (same) {
        *ret_changed = *ret_changed || is_new;
        return true;
    }
    *ret_changed = true;
    c->seen = true;
    if (c->state == SCOPE_IS_LEFT && !scope_enter(db, c, SCOPE_IS_NEW, e))
        return false;
    return learn_vid(s, c, ev->vid, e) && scope_save(db, c, e);
}

bool sync_events_before(struct db *db, struct sync *s, const struct feed *feed,
                        struct wall now, bool *ret_changed, struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];

        if (ev->scope.n == 0)
            continue;
        if (ev->kind == SCOPE_SEEN && !see_scope(db, s, ev, now, ret_changed, e))
            return false;
        if (ev->kind == SCOPE_RENAMED) {
            *ret_changed = true;
            if (!scope_rename(db, s, ev->scope, ev->to, now, e))
                return false;
        }
    }
    return true;
}

static bool scope_failed(struct db *db, struct sync *s, struct sync_scope *c,
                         const struct err *why, struct wall now, struct err *e)
{
    if (!scope_enter(db, c, SCOPE_IS_FAILED, e))
        return false;
    c->err_kind = why->kind == ERR_NONE ? ERR_REMOTE : why->kind;
    if (c->failed_since.ms == 0)
        c->failed_since = now;
    if (!str_eqz(c->error, why->msg))
        c->error = arena_str(s->a, str_of(why->msg));
    return !arena_failed(s->a) || err_nomem(e);
}

/* The state an event leads to, in memory; scope_save follows. */
static bool scope_take(struct db *db, struct sync *s, struct sync_scope *c,
                       const struct scope_event *ev, struct wall now, struct err *e)
{
    c->seen = true;
    switch (ev->kind) {
    case SCOPE_CHECKPOINT:
        /* A failure lasts until a walk is complete. */
        return c->state == SCOPE_IS_FAILED || scope_enter(db, c, SCOPE_IS_SYNCING, e);
    case SCOPE_SYNCED:
        scope_clear_error(c);
        c->synced_at = now;
        return scope_enter(db, c, SCOPE_IS_SYNCED, e);
    case SCOPE_DISABLED:
        scope_clear_error(c);
        c->synced_at = now;
        return scope_enter(db, c, SCOPE_IS_DISABLED, e);
    case SCOPE_FAILED:
        return scope_failed(db, s, c, &ev->err, now, e);
    case SCOPE_PAUSED:
        if (c->state == SCOPE_IS_FAILED || c->state == SCOPE_IS_DISABLED)
            return true;
        return scope_enter(db, c, SCOPE_IS_PAUSED, e);
    case SCOPE_SEEN:
    case SCOPE_RENAMED:
        break;
    }
    return true;
}

static bool scope_event_apply(struct db *db, struct sync *s,
                              const struct scope_event *ev, struct wall now,
                              struct err *e)
{
    struct sync_scope *c;
    bool moves = ev->kind == SCOPE_CHECKPOINT || ev->kind == SCOPE_SYNCED;

    return sync_scope_get(db, s, ev->scope, now, &c, e) &&
           learn_vid(s, c, ev->vid, e) && scope_take(db, s, c, ev, now, e) &&
           scope_save(db, c, e) && (!moves || cursor_save(db, c, ev->cursor, e));
}

static bool source_event_apply(struct db *db, struct sync *s,
                               const struct scope_event *ev, struct err *e)
{
    static const char pause[] = "UPDATE source SET paused_until = ?2 WHERE id = ?1"
                                " AND paused_until IS NOT ?2";

    if (ev->kind == SCOPE_FAILED) {
        s->failed = true;
        s->failure = ev->err;
    }
    if (ev->kind == SCOPE_PAUSED) {
        s->paused_until = ev->until;
        return sql_run(db, pause, SQL_ARGS(SQL_I(s->source), SQL_T(ev->until)), e);
    }
    return true;
}

bool sync_events_after(struct db *db, struct sync *s, const struct feed *feed,
                       struct wall now, bool *ret_changed, bool *ret_synced,
                       struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];
        bool ok;

        if (ev->kind == SCOPE_SEEN || ev->kind == SCOPE_RENAMED)
            continue;
        *ret_changed = true;
        *ret_synced = *ret_synced || ev->kind == SCOPE_SYNCED;
        if (ev->scope.n == 0)
            ok = source_event_apply(db, s, ev, e);
        else
            ok = scope_event_apply(db, s, ev, now, e);
        if (!ok)
            return false;
    }
    return true;
}

static bool event_is_idle(const struct sync *s, const struct tracker_conf *conf,
                          const struct scope_event *ev, struct wall now)
{
    const struct sync_scope *c = map_get(s->by_name, ev->scope);

    if (c == NULL || !c->seen || (ev->vid.n > 0 && !str_eq(ev->vid, c->vid)))
        return false;
    if (ev->kind == SCOPE_SEEN)
        return c->state != SCOPE_IS_LEFT;
    /* A look that is nearly too old to conclude from is written down. */
    return ev->kind == SCOPE_SYNCED && c->state == SCOPE_IS_SYNCED &&
           hash64(ev->cursor.p, ev->cursor.n, 0) == c->cursor_hash &&
           wall_since(now, sync_scope_known(s, c)).ms < sync_patience(conf).ms / 2;
}

bool sync_events_are_idle(const struct sync *s, const struct tracker_conf *conf,
                          const struct feed *feed, struct wall now)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        if (!event_is_idle(s, conf, &feed->events[i], now))
            return false;
    }
    return true;
}

/* ---- bookkeeping ---- */

void sync_take_rates(struct sync *s, const struct feed *feed, struct wall now)
{
    if (feed->rate_limit >= 0 || feed->rate_remaining >= 0) {
        s->rate_limit = feed->rate_limit;
        s->rate_remaining = feed->rate_remaining;
        s->rate_reset = feed->rate_reset;
        s->rate_changed = true;
    }
    if (feed->server_date.ms != 0)
        s->skew = wall_since(feed->server_date, now).ms;
}

bool sync_mark(struct db *db, struct sync *s, struct err *e)
{
    static const char sql[] = "UPDATE source SET syncing = 1, last_try = ?2, "
                              "rate_limit = ?3, rate_remaining = ?4,"
                              " rate_reset = ?5 WHERE id = ?1";

    if (s->marked && !s->rate_changed)
        return true;
    s->marked = true;
    s->rate_changed = false;
    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(s->source), SQL_T(s->started), SQL_I(s->rate_limit),
                            SQL_I(s->rate_remaining), SQL_T(s->rate_reset)),
                   e);
}

bool sync_save_counts(struct db *db, struct sync *s, struct err *e)
{
    static const char sql[] =
        "UPDATE scope SET items = items + ?2, open = open + ?3 WHERE id = ?1";

    for (size_t i = 0; i < s->n_scopes; i++) {
        struct sync_scope *c = s->scopes[i];

        if (c->more_items == 0 && c->more_open == 0)
            continue;
        if (!sql_run(db, sql,
                     SQL_ARGS(SQL_I(c->id), SQL_I(c->more_items), SQL_I(c->more_open)),
                     e))
            return false;
        c->more_items = c->more_open = 0;
    }
    return true;
}

/* ---- begin and end ---- */

static bool create_source(struct db *db, const struct tracker_conf *conf,
                          uint64_t fingerprint, struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO source (name, type, fingerprint, first_try, last_try)"
        " VALUES (?, ?, ?, ?, ?)";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_S(conf->name), SQL_S(conf->type), SQL_I(fingerprint),
                            SQL_T(now), SQL_T(now)),
                   e);
}

static bool walk_again(struct db *db, int64_t source, uint64_t fingerprint,
                       struct err *e)
{
    static const char set[] = "UPDATE source SET fingerprint = ?2 WHERE id = ?1";
    static const char clear[] =
        "UPDATE scope SET cursor = '', seen = 0 WHERE source = ?1";

    return sql_run(db, set, SQL_ARGS(SQL_I(source), SQL_I(fingerprint)), e) &&
           sql_run(db, clear, SQL_ARGS(SQL_I(source)), e);
}

static bool check_source(struct db *db, const struct tracker_conf *conf,
                         uint64_t fingerprint, struct wall now, struct err *e)
{
    static const char sql[] = "SELECT id, fingerprint FROM source WHERE name = ?";
    struct query q;
    int64_t id = 0, stored = 0;
    bool found, ok;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(conf->name)), e) ||
        !query_next(&q, &found, e))
        return false;
    if (found) {
        id = query_int(&q, 0);
        stored = query_int(&q, 1);
        query_close(&q);
        if (stored == (int64_t)fingerprint)
            return true;
    }
    if (!sql_begin(db, false, e))
        return false;
    if (found)
        ok = walk_again(db, id, fingerprint, e);
    else
        ok = create_source(db, conf, fingerprint, now, e);
    return sql_end(db, ok, e);
}

/* Cursors are read here only: in memory there are their hashes. */
static bool list_scopes(struct db *db, const struct sync *s, struct arena *a,
                        struct tracker_scope **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT name, vid, cursor, synced_at FROM scope"
                              " WHERE source = ? AND state <> ? ORDER BY id";
    struct tracker_scope *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source), SQL_I(SCOPE_IS_LEFT)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct tracker_scope *t = arena_grow(a, &v, &n, &cap, sizeof *t);
        const struct sync_scope *c = map_get(s->by_name, query_str(&q, 0));

        if (t == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        t->name = query_dup(&q, 0, a);
        t->vid = query_dup(&q, 1, a);
        t->cursor = query_dup(&q, 2, a);
        t->synced_once = query_int(&q, 3) != 0;
        if (c != NULL)
            t->synced_at = sync_scope_known(s, c);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = v;
    *ret_n = n;
    return true;
}

bool db_sync_begin(struct db *db, const struct tracker_conf *conf, uint64_t fingerprint,
                   struct wall now, struct arena *a, struct tracker_scope **ret_scopes,
                   size_t *ret_n, struct err *e)
{
    struct sync *s;

    sync_drop(db, conf->name);
    return check_source(db, conf, fingerprint, now, e) &&
           sync_get(db, conf, now, &s, e) &&
           list_scopes(db, s, a, ret_scopes, ret_n, e);
}

/* Scopes that a whole walk under a new fingerprint did not name are out of view. */
static bool drop_unseen(struct db *db, struct sync *s, struct err *e)
{
    for (size_t i = 0; i < s->n_scopes; i++) {
        struct sync_scope *c = s->scopes[i];

        if (c->seen || c->state == SCOPE_IS_LEFT)
            continue;
        scope_clear_error(c);
        if (!scope_enter(db, c, SCOPE_IS_LEFT, e) || !scope_save(db, c, e))
            return false;
    }
    return true;
}

static bool end_source(struct db *db, const struct sync *s, const struct err *failure,
                       bool canceled, struct wall now, struct err *e)
{
    static const char sql[] =
        "UPDATE source SET syncing = 0, last_try = ?2, last_ok = ?3, err_kind = ?4,"
        " err_since = ?5, error = ?6, rate_limit = ?7, rate_remaining = ?8, rate_reset "
        "= ?9,"
        " skew = ?10, paused_until = CASE WHEN paused_until > ?11 THEN paused_until "
        "ELSE 0 END"
        " WHERE id = ?1";
    struct wall ok = failure == NULL && !canceled ? now : s->last_ok;
    struct wall since = {0};
    const struct err *err = canceled ? &s->stored : failure;

    if (err != NULL && err->kind != ERR_NONE)
        since = s->err_since.ms != 0 ? s->err_since : now;
    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(s->source), SQL_T(s->started), SQL_T(ok),
                            SQL_I(err != NULL ? err->kind : ERR_NONE), SQL_T(since),
                            SQL_S(str_of(err != NULL ? err->msg : "")),
                            SQL_I(s->rate_limit), SQL_I(s->rate_remaining),
                            SQL_T(s->rate_reset), SQL_I(s->skew), SQL_T(now)),
                   e);
}

bool db_sync_end(struct db *db, const struct tracker_conf *conf,
                 const struct err *failure, struct wall now, struct err *e)
{
    bool canceled = failure != NULL && failure->kind == ERR_CANCELED;
    struct sync *s;
    bool ok;

    if (!sync_get(db, conf, now, &s, e))
        return false;
    if (failure == NULL && s->failed)
        failure = &s->failure;
    ok = sql_begin(db, false, e) &&
         sql_end(db,
                 (failure != NULL || drop_unseen(db, s, e)) &&
                     end_source(db, s, failure, canceled, now, e),
                 e);
    sync_drop(db, conf->name);
    return ok;
}

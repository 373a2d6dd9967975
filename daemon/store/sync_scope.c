#include "store/sync.h"

#include "base/hash.h"
#include "store/dirty.h"
#include "store/eval.h"
#include "store/listing.h"
#include "store/sql.h"

const char *scope_state_name(enum scope_state s)
{
    static const char *const names[] = {
#define X(e, n, name) [e] = name,
        SCOPE_STATES(X)
#undef X
    };
    return names[s];
}

struct sync_scope *sync_scope_add(struct sync *s, struct str name, struct err *e)
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

struct sync_scope *sync_scope_by_id(const struct sync *s, int64_t id)
{
    for (size_t i = 0; i < s->n_scopes; i++) {
        if (s->scopes[i]->id == id)
            return s->scopes[i];
    }
    return NULL;
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
        c = sync_scope_add(s, name, e);
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

/* Such a scope was looked at by every sync that came to its end. */
static bool is_settled(const struct sync_scope *c)
{
    return c->state == SCOPE_IS_SYNCED || c->state == SCOPE_IS_DISABLED;
}

struct wall sync_scope_known(const struct sync *s, const struct sync_scope *c)
{
    if (is_settled(c) && s->last_ok.ms > c->synced_at.ms)
        return s->last_ok;
    return c->synced_at;
}

bool sync_scope_save(struct db *db, const struct sync_scope *c, struct err *e)
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

/* Into or out of a state in which the scope's items are out of view. */
bool sync_scope_enter(struct db *db, struct sync_scope *c, enum scope_state to,
                      struct err *e)
{
    bool was_out = c->state == SCOPE_IS_DISABLED || c->state == SCOPE_IS_LEFT;
    bool is_out = to == SCOPE_IS_DISABLED || to == SCOPE_IS_LEFT;

    c->state = to;
    return was_out == is_out || dirty_add_scope(db, c->id, e);
}

void sync_scope_clear_error(struct sync_scope *c)
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

/* ---- two scopes become one ---- */

static bool run_all(struct db *db, const char *const *sql, size_t n,
                    const struct sql_value v[2], struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, sql[i], v, 2, e))
            return false;
    }
    return true;
}

/* Items whose rows that evaluation wrote may say scope ?2: those in it, and those that
   were moved out of it and wait for evaluation or are hidden. */
#define OF_SCOPE                                                                       \
    "(SELECT id FROM item WHERE scope = ?2 UNION SELECT item FROM dirty UNION SELECT"  \
    " item FROM fate)"

static bool merge_rows(struct db *db, const struct sql_value v[2], struct err *e)
{
    static const char *const sql[] = {
        /* By the items: findings have no index by scope. */
        "UPDATE finding SET scope = ?1 WHERE scope = ?2 AND item > 0 AND item "
        "IN " OF_SCOPE,
        "UPDATE item SET scope = ?1 WHERE scope = ?2",
        "DELETE FROM dirty WHERE scope = ?2",
        "DELETE FROM dirty_run WHERE scope = ?2",
    };
    static const char count[] =
        "UPDATE scope SET items = (SELECT count(*) FROM item WHERE scope = ?1 AND"
        " has & 16 = 0), open = (SELECT count(*) FROM item WHERE scope = ?1 AND"
        " outcome = 0 AND has & 16 = 0), hidden = (SELECT count(*) FROM item WHERE"
        " scope = ?1 AND has & 32 <> 0) WHERE id = ?1";

    _Static_assert(HAS_GONE == 16 && HAS_HIDDEN == 32, "stand in the statement above");
    return run_all(db, sql, ARRAY_LEN(sql), v, e) && sql_run(db, count, v, 1, e);
}

/*
 * As what evaluation counted them the items are counted still: some, those that are
 * hidden, are not evaluated until they are back. Who is counted in another scope than
 * it is in was moved, and waits for evaluation or is hidden.
 */
static bool merge_counts(struct db *db, const struct sql_value v[2], struct err *e)
{
    static const char *const sql[] = {
        "UPDATE evaluated SET counted_scope = ?1 WHERE counted_scope = ?2 AND item"
        " IN " OF_SCOPE,
        "UPDATE scope SET in_view = scope.in_view + g.in_view,"
        " epics = scope.epics + g.epics, linked = scope.linked + g.linked,"
        " exempt = scope.exempt + g.exempt, by_scope = scope.by_scope + g.by_scope,"
        " baseline = scope.baseline + g.baseline,"
        " labelled = scope.labelled + g.labelled"
        " FROM scope g WHERE scope.id = ?1 AND g.id = ?2",
        "INSERT INTO share (node, scope, items, epics) SELECT node, ?1, items, epics"
        " FROM share WHERE scope = ?2 ON CONFLICT DO UPDATE SET"
        " items = items + excluded.items, epics = epics + excluded.epics",
        "DELETE FROM share WHERE scope = ?2",
    };

    return run_all(db, sql, ARRAY_LEN(sql), v, e);
}

/* Both names are known: the one with the history takes the other's items. */
static bool scope_merge(struct db *db, struct sync *s, struct sync_scope *keep,
                        struct sync_scope *gone, struct err *e)
{
    static const char drop[] = "DELETE FROM scope WHERE id = ?";
    const struct sql_value v[] = {SQL_I(keep->id), SQL_I(gone->id)};
    size_t n = 0;

    listing_drop(keep); /* of what it has now, much was not listed */
    if (!merge_counts(db, v, e) || !merge_rows(db, v, e) ||
        !sql_run(db, drop, &v[1], 1, e) || !dirty_add_scope(db, keep->id, e))
        return false;
    for (size_t i = 0; i < s->n_scopes; i++) {
        if (s->scopes[i] != gone)
            s->scopes[n++] = s->scopes[i];
    }
    s->n_scopes = n;
    return true;
}

/* ---- other names ---- */

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
    return sync_scope_save(db, old, e);
}

/* ---- events ---- */

static bool see_scope(struct db *db, struct sync *s, const struct scope_event *ev,
                      struct wall now, struct err *e)
{
    struct sync_scope *c;

    if (!sync_scope_get(db, s, ev->scope, now, &c, e))
        return false;
    if (c->seen && c->state != SCOPE_IS_LEFT &&
        (ev->vid.n == 0 || str_eq(ev->vid, c->vid)))
        return true;
    c->seen = true;
    if (c->state == SCOPE_IS_LEFT && !sync_scope_enter(db, c, SCOPE_IS_NEW, e))
        return false;
    return learn_vid(s, c, ev->vid, e) && sync_scope_save(db, c, e);
}

bool sync_events_before(struct db *db, struct sync *s, const struct feed *feed,
                        struct wall now, struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];

        if (ev->scope.n == 0)
            continue;
        if (ev->kind == SCOPE_SEEN && !see_scope(db, s, ev, now, e))
            return false;
        if (ev->kind == SCOPE_RENAMED &&
            !scope_rename(db, s, ev->scope, ev->to, now, e))
            return false;
    }
    return true;
}

static bool scope_failed(struct db *db, struct sync *s, struct sync_scope *c,
                         const struct err *why, struct wall now, struct err *e)
{
    listing_drop(c);
    if (!sync_scope_enter(db, c, SCOPE_IS_FAILED, e))
        return false;
    c->err_kind = why->kind == ERR_NONE ? ERR_REMOTE : why->kind;
    if (c->failed_since.ms == 0)
        c->failed_since = now;
    if (!str_eqz(c->error, why->msg))
        c->error = arena_str(s->a, str_of(why->msg));
    return !arena_failed(s->a) || err_nomem(e);
}

/* The state an event leads to, in memory; sync_scope_save follows. */
static bool scope_take(struct db *db, struct sync *s, struct sync_scope *c,
                       const struct scope_event *ev, struct wall now, struct err *e)
{
    c->seen = true;
    switch (ev->kind) {
    case SCOPE_CHECKPOINT:
        /* A failure lasts until a walk is complete. */
        return c->state == SCOPE_IS_FAILED ||
               sync_scope_enter(db, c, SCOPE_IS_SYNCING, e);
    case SCOPE_SYNCED:
        if (!listing_synced(db, c, now, e))
            return false;
        c->synced_at = now;
        if (c->lacks > 0)
            return listing_doubt(db, s, c, now, e);
        sync_scope_clear_error(c);
        return sync_scope_enter(db, c, SCOPE_IS_SYNCED, e);
    case SCOPE_DISABLED:
        sync_scope_clear_error(c);
        c->synced_at = now;
        return sync_scope_enter(db, c, SCOPE_IS_DISABLED, e);
    case SCOPE_LEFT:
        sync_scope_clear_error(c);
        return sync_scope_enter(db, c, SCOPE_IS_LEFT, e);
    case SCOPE_FAILED:
        return scope_failed(db, s, c, &ev->err, now, e);
    case SCOPE_PAUSED:
        if (c->state == SCOPE_IS_FAILED || c->state == SCOPE_IS_DISABLED)
            return true;
        return sync_scope_enter(db, c, SCOPE_IS_PAUSED, e);
    case SCOPE_SEEN:
    case SCOPE_RENAMED:
    case SCOPE_LISTING:
    case SCOPE_LISTED:
        break;
    }
    return true;
}

/* What sync_scope_save writes. */
static bool is_same_row(const struct sync_scope *a, const struct sync_scope *b)
{
    return str_eq(a->name, b->name) && str_eq(a->vid, b->vid) && a->state == b->state &&
           a->seen == b->seen && a->synced_at.ms == b->synced_at.ms &&
           a->failed_since.ms == b->failed_since.ms && a->err_kind == b->err_kind &&
           str_eq(a->error, b->error);
}

static bool scope_event_apply(struct db *db, struct sync *s,
                              const struct scope_event *ev, struct wall now,
                              struct err *e)
{
    bool moves = ev->kind == SCOPE_CHECKPOINT || ev->kind == SCOPE_SYNCED;
    struct sync_scope *c, was;

    if (ev->kind == SCOPE_LEFT && map_get(s->by_name, ev->scope) == NULL)
        return true; /* it was never there */
    if (!sync_scope_get(db, s, ev->scope, now, &c, e))
        return false;
    was = *c;
    return learn_vid(s, c, ev->vid, e) && scope_take(db, s, c, ev, now, e) &&
           (is_same_row(&was, c) || sync_scope_save(db, c, e)) &&
           (!moves || cursor_save(db, c, ev->cursor, e));
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

/*
 * A complete look that found everything as it was: it needs no row of its own,
 * since that of the source will say when its scopes were last looked at. Not
 * while the source's last sync failed: then each scope stands for itself. And a
 * look that is nearly too old to conclude from is written down.
 */
static bool look_is_idle(const struct sync *s, const struct tracker_conf *conf,
                         const struct sync_scope *c, struct wall now)
{
    return is_settled(c) && s->stored.kind == ERR_NONE &&
           wall_since(now, sync_scope_known(s, c)).ms < sync_patience(conf).ms / 2;
}

static bool event_is_idle(const struct sync *s, const struct tracker_conf *conf,
                          const struct scope_event *ev, struct wall now)
{
    const struct sync_scope *c = map_get(s->by_name, ev->scope);

    if (c == NULL || !c->seen || (ev->vid.n > 0 && !str_eq(ev->vid, c->vid)))
        return false;
    if (ev->kind == SCOPE_SEEN)
        return c->state != SCOPE_IS_LEFT;
    if (ev->kind == SCOPE_LEFT)
        return c->state == SCOPE_IS_LEFT;
    if (ev->kind == SCOPE_SYNCED)
        return c->state == SCOPE_IS_SYNCED && look_is_idle(s, conf, c, now) &&
               hash64(ev->cursor.p, ev->cursor.n, 0) == c->cursor_hash;
    return ev->kind == SCOPE_DISABLED && c->state == SCOPE_IS_DISABLED &&
           look_is_idle(s, conf, c, now);
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

bool sync_events_after(struct db *db, struct sync *s, const struct tracker_conf *conf,
                       const struct feed *feed, struct wall now, struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];
        bool ok;

        if (ev->kind == SCOPE_SEEN || ev->kind == SCOPE_RENAMED ||
            ev->kind == SCOPE_LISTING || ev->kind == SCOPE_LISTED ||
            event_is_idle(s, conf, ev, now))
            continue;
        if (ev->scope.n == 0)
            ok = source_event_apply(db, s, ev, e);
        else
            ok = scope_event_apply(db, s, ev, now, e);
        if (!ok)
            return false;
    }
    return true;
}

#include "store/sync.h"

#include <stdlib.h>

#include "base/hash.h"
#include "store/db.h"
#include "store/listing.h"
#include "store/sql.h"

enum { SYNC_MEMORY = 64 << 20 };

struct dur sync_patience(const struct tracker_conf *conf)
{
    int64_t three =
        conf->interval.ms > INT64_MAX / 3 ? INT64_MAX : conf->interval.ms * 3;

    return DUR_MS(three > 3600000 ? three : 3600000);
}

/* ---- memory ---- */

static void sync_free(struct sync *s)
{
    free(s->met);
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

/* ---- loading ---- */

static bool load_source(struct db *db, struct sync *s, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT id, syncing, last_ok, paused_until, err_kind, err_since, error, "
        "rate_limit,"
        " rate_remaining, rate_reset, skew, EXISTS (SELECT 1 FROM former_vid v"
        " WHERE v.source = source.id) FROM source WHERE name = ?";
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
    s->has_moved = query_int(&q, 11) != 0;
    query_close(&q);
    return true;
}

static bool load_scopes(struct db *db, struct sync *s, struct err *e)
{
    static const char sql[] =
        "SELECT id, name, vid, cursor, state, seen, first_seen, synced_at, "
        "failed_since,"
        " err_kind, error, listed_at, believe, lacks, lacks_of FROM scope"
        " WHERE source = ? ORDER BY id";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct sync_scope *c = sync_scope_add(s, query_str(&q, 1), e);
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
        c->listed_at = query_wall(&q, 11);
        c->believe = query_int(&q, 12) != 0;
        c->lacks = query_int(&q, 13);
        c->lacks_of = query_int(&q, 14);
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

bool sync_mark(struct db *db, struct sync *s, struct wall now, struct err *e)
{
    static const char sql[] =
        "UPDATE source SET syncing = 1, last_try = ?2, rate_limit = ?3,"
        " rate_remaining = ?4, rate_reset = ?5, paused_until = ?6 WHERE id = ?1";
    bool resumed = s->paused_until.ms != 0 && s->paused_until.ms <= now.ms;

    if (s->marked && !s->rate_changed && !resumed)
        return true;
    s->marked = true;
    s->rate_changed = false;
    if (resumed)
        s->paused_until = (struct wall){0};
    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(s->source), SQL_T(s->started), SQL_I(s->rate_limit),
                            SQL_I(s->rate_remaining), SQL_T(s->rate_reset),
                            SQL_T(s->paused_until)),
                   e);
}

bool sync_save_memory(struct db *db, struct sync *s, struct str memory, struct err *e)
{
    static const char sql[] =
        "UPDATE source SET memory = ?2 WHERE id = ?1 AND memory IS NOT ?2";

    if (memory.p == NULL)
        return true;
    if (memory.n > TRACKER_MEMORY_MAX)
        return err_set(e, ERR_LIMIT, "the memory of %.*s grew to %zu bytes",
                       STR_FMT(s->name), memory.n);
    return sql_run(db, sql, SQL_ARGS(SQL_I(s->source), SQL_S(memory)), e);
}

/* One row a key, written when it says something else. */
bool sync_save_notes(struct db *db, struct sync *s, const struct feed *feed,
                     struct wall now, struct err *e)
{
    static const char drop[] = "DELETE FROM note WHERE source = ? AND key = ?";
    static const char put[] =
        "INSERT INTO note (source, key, level, text, fix, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET level = excluded.level, text = excluded.text,"
        " fix = excluded.fix, at = excluded.at WHERE level <> excluded.level OR"
        " text <> excluded.text OR fix <> excluded.fix";

    for (size_t i = 0; i < feed->n_notes; i++) {
        const struct tracker_note *n = &feed->notes[i];
        bool ok;

        if (n->text.n == 0)
            ok = sql_run(db, drop, SQL_ARGS(SQL_I(s->source), SQL_S(n->key)), e);
        else
            ok = sql_run(db, put,
                         SQL_ARGS(SQL_I(s->source), SQL_S(n->key), SQL_I(n->level),
                                  SQL_S(n->text), SQL_S(n->fix), SQL_T(now)),
                         e);
        if (!ok)
            return false;
    }
    return true;
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
    static const char set[] =
        "UPDATE source SET fingerprint = ?2, memory = '' WHERE id = ?1";
    static const char clear[] =
        "UPDATE scope SET cursor = '', seen = 0, listed_at = 0, believe = 1"
        " WHERE source = ?1";

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

/* Cursors are read here only: in memory there are their hashes. `conf` NULL: none is
   to be listed. */
static bool list_scopes(struct db *db, const struct sync *s,
                        const struct tracker_conf *conf, struct arena *a,
                        struct tracker_start *ret, struct err *e)
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
        if (c != NULL) {
            t->synced_at = sync_scope_known(s, c);
            t->list = conf != NULL && listing_is_due(conf, c, ret->now);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    ret->scopes = v;
    ret->n_scopes = n;
    return true;
}

static bool read_memory(struct db *db, const struct sync *s, struct arena *a,
                        struct tracker_start *ret, struct err *e)
{
    static const char sql[] = "SELECT memory FROM source WHERE id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row)
        ret->memory = query_dup(&q, 0, a);
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

bool db_sync_begin(struct db *db, const struct tracker_conf *conf, uint64_t fingerprint,
                   bool lists, struct wall now, struct arena *a,
                   struct tracker_start *ret, struct err *e)
{
    struct sync *s;

    *ret = (struct tracker_start){.now = now};
    sync_drop(db, conf->name);
    return check_source(db, conf, fingerprint, now, e) &&
           sync_get(db, conf, now, &s, e) &&
           list_scopes(db, s, lists ? conf : NULL, a, ret, e) &&
           read_memory(db, s, a, ret, e);
}

/* Scopes that a whole walk under a new fingerprint did not name are out of view. */
static bool drop_unseen(struct db *db, struct sync *s, struct err *e)
{
    for (size_t i = 0; i < s->n_scopes; i++) {
        struct sync_scope *c = s->scopes[i];

        if (c->seen || c->state == SCOPE_IS_LEFT)
            continue;
        sync_scope_clear_error(c);
        if (!sync_scope_enter(db, c, SCOPE_IS_LEFT, e) || !sync_scope_save(db, c, e))
            return false;
    }
    return true;
}

/* What failed everywhere has not synced, though the source itself answered. */
static bool every_scope_failed(const struct sync *s)
{
    bool any = false;

    for (size_t i = 0; i < s->n_scopes; i++) {
        const struct sync_scope *c = s->scopes[i];

        if (!c->seen || c->state == SCOPE_IS_LEFT || c->state == SCOPE_IS_DISABLED)
            continue;
        if (c->state != SCOPE_IS_FAILED)
            return false;
        any = true;
    }
    return any;
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
    bool synced = failure == NULL && !canceled && !every_scope_failed(s);
    struct wall ok = synced ? now : s->last_ok;
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

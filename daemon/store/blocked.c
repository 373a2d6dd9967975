#include "store/blocked.h"

#include "core/item.h"
#include "store/sql.h"
#include "store/subject.h"

enum { MOST_VIEWED = 1000 };

/* ---- what is stored of an item ---- */

static bool is_among(struct str key, const struct str *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(key, keys[i]))
            return true;
    }
    return false;
}

/* Those that it waits for no more, into gone[]; there are at most as many as are
   stored. */
static bool find_gone(struct db *db, int64_t item, const struct str *keys, size_t n,
                      struct arena *a, struct str *gone, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT blocker FROM blocked WHERE item = ?";
    struct query q;
    bool row;

    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        if (*ret_n < ITEM_MAX_BLOCKERS && !is_among(query_str(&q, 0), keys, n))
            gone[(*ret_n)++] = query_dup(&q, 0, a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

static bool forget(struct db *db, int64_t item, const struct str *gone, size_t n,
                   struct err *e)
{
    static const char sql[] = "DELETE FROM blocked WHERE item = ? AND blocker = ?";

    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, sql, SQL_ARGS(SQL_I(item), SQL_S(gone[i])), e))
            return false;
    }
    return true;
}

static bool add(struct db *db, int64_t item, const struct str *keys, size_t n,
                struct wall now, bool *ret_any, struct err *e)
{
    static const char sql[] = "INSERT INTO blocked (item, blocker, since)"
                              " VALUES (?, lower(?), ?) ON CONFLICT DO NOTHING";

    for (size_t i = 0; i < n && i < ITEM_MAX_BLOCKERS; i++) {
        if (!sql_run(db, sql, SQL_ARGS(SQL_I(item), SQL_S(keys[i]), SQL_T(now)), e))
            return false;
        *ret_any |= sql_changes(db) > 0;
    }
    return true;
}

static bool touch(struct db *db, struct err *e)
{
    return subject_touch(db, RULE_STRATEGY, STR("strategy"), e);
}

/* So that items without any need no look. */
static bool set_has(struct db *db, int64_t item, bool any, struct err *e)
{
    static const char sql[] =
        "UPDATE item SET has = iif(?2, has | ?3, has & ~?3) WHERE id = ?1";

    return sql_run(db, sql, SQL_ARGS(SQL_I(item), SQL_I(any), SQL_I(HAS_BLOCKER)), e) &&
           touch(db, e);
}

bool blocked_set(struct db *db, int64_t item, const struct str *keys, size_t n,
                 struct wall now, struct arena *a, struct err *e)
{
    struct str gone[ITEM_MAX_BLOCKERS];
    size_t n_gone;
    bool any = false;

    if (!find_gone(db, item, keys, n, a, gone, &n_gone, e) ||
        !forget(db, item, gone, n_gone, e) || !add(db, item, keys, n, now, &any, e))
        return false;
    return (n_gone == 0 && !any) || set_has(db, item, n > 0, e);
}

/* ---- what a page tells ---- */

static bool apply(struct db *db, const struct sync *s, const struct item_blockers *b,
                  struct wall now, struct arena *a, struct err *e)
{
    /* Closed since it was asked: it waits for nothing. */
    static const char sql[] =
        "SELECT id FROM item WHERE source = ? AND vid = ? AND outcome = ?";
    int64_t item;

    return sql_int(db, sql,
                   SQL_ARGS(SQL_I(s->source), SQL_S(b->vid), SQL_I(ITEM_OPEN)), 0,
                   &item, e) &&
           (item == 0 || blocked_set(db, item, b->keys, b->n, now, a, e));
}

bool blocked_apply(struct db *db, const struct sync *s, const struct feed *feed,
                   struct wall now, struct err *e)
{
    for (size_t i = 0; i < feed->n_blockers; i++) {
        if (!apply(db, s, &feed->blockers[i], now, feed->a, e))
            return false;
    }
    return true;
}

bool blocker_turned(struct db *db, struct str key, bool open, struct wall now,
                    struct err *e)
{
    static const char sql[] =
        "UPDATE blocked SET since = iif(?2, ?3, since) WHERE blocker = lower(?1)";

    if (!sql_run(db, sql, SQL_ARGS(SQL_S(key), SQL_I(open), SQL_T(now)), e))
        return false;
    return sql_changes(db) == 0 || touch(db, e);
}

bool blocker_renamed(struct db *db, struct str from, struct str to, struct err *e)
{
    static const char sql[] =
        "UPDATE OR REPLACE blocked SET blocker = lower(?2) WHERE blocker = lower(?1)";

    return sql_run(db, sql, SQL_ARGS(SQL_S(from), SQL_S(to)), e);
}

/* The newer row's page is read once more, and says what holds. */
bool blocked_join(struct db *db, int64_t keep, int64_t drop, struct err *e)
{
    static const char take[] = "UPDATE OR IGNORE blocked SET item = ?1 WHERE item = ?2";
    static const char rest[] = "DELETE FROM blocked WHERE item = ?";

    return sql_run(db, take, SQL_ARGS(SQL_I(keep), SQL_I(drop)), e) &&
           sql_run(db, rest, SQL_ARGS(SQL_I(drop)), e);
}

/* ---- what the rule is told ---- */

bool blocked_view(struct eval *ev, struct rule_places *ret, struct err *e)
{
    /* A key is first one of the same source. */
    static const char sql[] =
        "SELECT i.key, v.team, o.key, w.team, b.since FROM blocked b"
        " CROSS JOIN item i ON i.id = b.item CROSS JOIN evaluated v ON v.item = i.id"
        " CROSS JOIN item o ON o.key = b.blocker COLLATE NOCASE"
        " CROSS JOIN evaluated w ON w.item = o.id"
        " WHERE v.counted & 1 <> 0 AND w.counted & 1 <> 0 AND v.team <> ''"
        " AND w.team <> '' AND v.team <> w.team AND NOT i.private AND NOT o.private"
        " AND (o.source = i.source OR NOT EXISTS (SELECT 1 FROM item p WHERE"
        " p.key = b.blocker COLLATE NOCASE AND p.source = i.source))"
        " ORDER BY b.since, i.key, o.key LIMIT ?";
    struct rule_blocked *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(ev->a, v, n);
    struct rule_blocked *one;
    struct query q;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(MOST_VIEWED)), e))
        return false;
    while ((one = query_row(&q, &to, e)) != NULL)
        *one = (struct rule_blocked){.item = query_dup(&q, 0, ev->a),
                                     .team = query_dup(&q, 1, ev->a),
                                     .blocker = query_dup(&q, 2, ev->a),
                                     .blocking = query_dup(&q, 3, ev->a),
                                     .since = query_wall(&q, 4)};
    ret->blocked = v;
    ret->n_blocked = n;
    return to.ok;
}

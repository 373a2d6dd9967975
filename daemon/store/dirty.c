#include "store/dirty.h"

/* Of a row of item: it waits in no run. */
#define NOT_IN_RUN                                                                     \
    " coalesce((SELECT d.last FROM dirty_run d WHERE d.scope = item.scope AND d.first"  \
    " <= item.id ORDER BY d.first DESC LIMIT 1), 0) < item.id"
#define ADD_EACH "INSERT INTO dirty (scope, item) SELECT scope, id FROM item WHERE "
#define ONCE " AND" NOT_IN_RUN " ON CONFLICT DO NOTHING"

bool dirty_add(struct db *db, int64_t item, struct err *e)
{
    static const char sql[] = ADD_EACH "id = ?" ONCE;

    return sql_run(db, sql, SQL_ARGS(SQL_I(item)), e);
}

bool dirty_add_children_by_key(struct db *db, struct str key, struct err *e)
{
    static const char sql[] = ADD_EACH "parent_key = ? AND parent_key <> ''" ONCE;

    return sql_run(db, sql, SQL_ARGS(SQL_S(key)), e);
}

bool dirty_add_children(struct db *db, int64_t source, struct str vid, struct str key,
                        struct err *e)
{
    static const char sql[] =
        ADD_EACH "source = ? AND parent_vid = ? AND parent_vid <> ''" ONCE;

    return sql_run(db, sql, SQL_ARGS(SQL_I(source), SQL_S(vid)), e) &&
           dirty_add_children_by_key(db, key, e);
}

bool dirty_add_run(struct db *db, int64_t scope, int64_t first, int64_t last,
                   struct err *e)
{
    static const char longer[] =
        "UPDATE dirty_run SET last = ?3 WHERE scope = ?1 AND first = (SELECT max(first)"
        " FROM dirty_run WHERE scope = ?1) AND last = ?2 - 1";
    static const char another[] =
        "INSERT INTO dirty_run (scope, first, last) VALUES (?, ?, ?)";
    const struct sql_value v[] = {SQL_I(scope), SQL_I(first), SQL_I(last)};

    if (!sql_run(db, longer, v, ARRAY_LEN(v), e))
        return false;
    return sql_changes(db) > 0 || sql_run(db, another, v, ARRAY_LEN(v), e);
}

bool dirty_add_scope(struct db *db, int64_t scope, struct err *e)
{
    static const char rows[] = ADD_EACH "scope = ? ON CONFLICT DO NOTHING";
    static const char runs[] = "DELETE FROM dirty_run WHERE scope = ?";
    const struct sql_value v = SQL_I(scope);

    return sql_run(db, rows, &v, 1, e) && sql_run(db, runs, &v, 1, e);
}

bool dirty_leave_run(struct db *db, int64_t scope, int64_t item, bool *ret,
                     struct err *e)
{
    static const char find[] =
        "SELECT first, last FROM dirty_run WHERE scope = ? AND first <= ?"
        " ORDER BY first DESC LIMIT 1";
    static const char drop[] = "DELETE FROM dirty_run WHERE scope = ? AND first = ?";
    int64_t first = 0, last = 0;
    struct query q;

    if (!query_open(&q, db, find, SQL_ARGS(SQL_I(scope), SQL_I(item)), e) ||
        !query_next(&q, ret, e))
        return false;
    if (*ret) {
        first = query_int(&q, 0);
        last = query_int(&q, 1);
        query_close(&q);
    }
    *ret = *ret && item <= last;
    if (!*ret)
        return true;
    return sql_run(db, drop, SQL_ARGS(SQL_I(scope), SQL_I(first)), e) &&
           (first == item || dirty_add_run(db, scope, first, item - 1, e)) &&
           (item == last || dirty_add_run(db, scope, item + 1, last, e));
}

bool dirty_remove(struct db *db, int64_t scope, int64_t item, bool *ret, struct err *e)
{
    static const char sql[] = "DELETE FROM dirty WHERE scope = ? AND item = ?";
    bool row;

    if (!sql_run(db, sql, SQL_ARGS(SQL_I(scope), SQL_I(item)), e))
        return false;
    row = sql_changes(db) > 0;
    if (!dirty_leave_run(db, scope, item, ret, e))
        return false;
    *ret = *ret || row;
    return true;
}

bool dirty_remove_rows(struct db *db, int64_t scope, int64_t first, int64_t last,
                       struct err *e)
{
    static const char sql[] =
        "DELETE FROM dirty WHERE scope = ? AND item BETWEEN ? AND ?";

    return sql_run(db, sql, SQL_ARGS(SQL_I(scope), SQL_I(first), SQL_I(last)), e);
}

bool dirty_remove_runs(struct db *db, int64_t scope, int64_t last, struct err *e)
{
    static const char whole[] =
        "DELETE FROM dirty_run WHERE scope = ?1 AND first <= ?2 AND last <= ?2";
    static const char begun[] =
        "UPDATE dirty_run SET first = ?2 + 1 WHERE scope = ?1 AND first <= ?2";
    const struct sql_value v[] = {SQL_I(scope), SQL_I(last)};

    return sql_run(db, whole, v, ARRAY_LEN(v), e) &&
           sql_run(db, begun, v, ARRAY_LEN(v), e);
}

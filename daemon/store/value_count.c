#include "store/eval.h"
#include "store/scope.h"
#include "store/sql.h"
#include "store/value.h"

/* Rows of one call: short enough that a question on the same thread hardly waits. */
enum { BATCH = 1000 };

bool db_read_fresh(struct db *db, struct str source, bool *ret_fresh, bool *ret_synced,
                   struct err *e)
{
    static const char sql[] =
        "SELECT fresh, last_ok > 0 FROM source WHERE name = ? AND active";
    struct query q;
    bool row;

    *ret_fresh = *ret_synced = false;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(source)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    *ret_fresh = query_int(&q, 0) != 0;
    *ret_synced = query_int(&q, 1) != 0;
    query_close(&q);
    return true;
}

static bool count_row(const struct query *q, struct value_count *v, size_t n,
                      struct arena *a, struct err *e)
{
    struct match_item item = {
        .source = query_str(q, 1),
        .scope = query_str(q, 2),
        .key = query_str(q, 3),
        .type = query_str(q, 4),
        .level = (int)query_int(q, 5),
    };
    const enum item_outcome outcome = (enum item_outcome)query_int(q, 6);
    struct mark *marks;

    if (!item_unpack_marks(query_str(q, 7), a, &marks, &item.n_marks))
        return err_nomem(e);
    item.marks = marks;
    for (size_t i = 0; i < n; i++)
        v[i].n += value_items_has(v[i].items, &item, outcome, a);
    return !arena_failed(a) || err_nomem(e);
}

bool db_read_counts(struct db *db, struct value_count *v, size_t n, int64_t *at,
                    bool *ret_more, struct err *e)
{
    /* Gone (HAS_GONE) and of no scope that is followed: out of view. */
    static const char sql[] =
        "SELECT i.id, s.name, c.name, i.key, i.type, i.level, i.outcome, i.marks,"
        " s.active AND c.state <> ?2 AND NOT i.has & 16 FROM item i"
        " JOIN scope c ON c.id = i.scope JOIN source s ON s.id = i.source"
        " WHERE i.id > ?1 ORDER BY i.id LIMIT ?3";
    struct arena *a = arena_create((size_t)64 << 20);
    struct query q;
    int64_t seen = 0;
    bool row = false, ok;

    if (a == NULL)
        return err_nomem(e);
    ok = query_open(&q, db, sql,
                    SQL_ARGS(SQL_I(*at), SQL_I(SCOPE_IS_LEFT), SQL_I(BATCH)), e) &&
         query_next(&q, &row, e);
    while (ok && row) {
        arena_reset(a);
        seen++;
        *at = query_int(&q, 0);
        ok = query_int(&q, 8) == 0 || count_row(&q, v, n, a, e);
        if (!ok)
            query_close(&q);
        ok = ok && query_next(&q, &row, e);
    }
    arena_destroy(a);
    *ret_more = seen == BATCH;
    return ok;
}

#include "store/page_row.h"

#include <string.h>

enum { COLUMNS = 28, SOME = 4 };

/* In the order of the table; `key` is the source or, of a known one, the item's id. */
static void values_of(const struct page_row *r, int64_t key, struct wall now,
                      struct sql_value v[COLUMNS])
{
    const struct str none = STR_NONE;
    const struct item *it = r->it;
    const struct sql_value values[COLUMNS] = {
        SQL_I(key),
        SQL_S(it->vid),
        SQL_I(r->hash),
        SQL_I(r->scope),
        SQL_S(it->key),
        SQL_I(it->level),
        SQL_I(it->category),
        SQL_I(it->outcome),
        SQL_I(it->outsider),
        SQL_I(r->private_),
        SQL_I(r->baseline),
        SQL_T(it->created),
        SQL_T(it->updated),
        SQL_T(it->closed),
        SQL_T(now),
        SQL_T(r->changed),
        SQL_I(it->children),
        SQL_S(it->parent_vid),
        SQL_S(it->parent_key),
        SQL_S(it->type),
        SQL_S(it->status),
        SQL_S(r->private_ ? none : it->author),
        SQL_S(r->private_ ? none : it->author_name),
        SQL_S(r->people),
        SQL_S(r->private_ ? none : it->url),
        SQL_S(r->private_ ? none : it->title),
        SQL_S(r->marks),
        SQL_S(r->private_ ? none : it->excerpt),
    };

    memcpy(v, values, sizeof values);
}

/* ---- new ones ---- */

/* All columns in their order: so they are the row without being copied once more. */
#define INSERT                                                                         \
    "INSERT OR FAIL INTO item (id, source, vid, hash, scope, key, level, category,"    \
    " outcome, outsider, private, baseline, created, updated, closed, first_seen,"     \
    " changed, children, has, parent_vid, parent_key, type, status, author,"           \
    " author_name, assignees, url, title, marks, excerpt) VALUES "
#define ROW                                                                            \
    "(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?,"  \
    " ?, ?, ?, ?)"
#define KEEP " ON CONFLICT DO NOTHING"

static bool insert_one(struct db *db, int64_t source, struct wall now,
                       const struct page_row *r, int64_t *ret_id, struct err *e)
{
    static const char sql[] = INSERT ROW KEEP;
    struct sql_value v[COLUMNS];

    values_of(r, source, now, v);
    if (!sql_run(db, sql, v, COLUMNS, e))
        return false;
    *ret_id = sql_changes(db) > 0 ? sql_last_id(db) : 0;
    return true;
}

/* Who was not there got ids above all others, in turn. */
static bool find_new(struct db *db, int64_t source, int64_t n_new,
                     const struct page_row *rows, size_t n, int64_t *ids,
                     struct err *e)
{
    static const char sql[] = "SELECT id FROM item WHERE source = ? AND vid = ?";
    int64_t last = n_new > 0 ? sql_last_id(db) - n_new : INT64_MAX;

    for (size_t i = 0; i < n; i++) {
        if (!sql_int(db, sql, SQL_ARGS(SQL_I(source), SQL_S(rows[i].it->vid)), 0,
                     &ids[i], e))
            return false;
        if (ids[i] > last)
            last = ids[i];
        else
            ids[i] = 0;
    }
    return true;
}

/* SQL_ROWS of them, or SOME. */
static bool insert_many(struct db *db, int64_t source, struct wall now,
                        const struct page_row *rows, size_t n, int64_t *ids,
                        struct err *e)
{
    static const char all[] = INSERT SQL_16(ROW) KEEP;
    static const char some[] = INSERT SQL_4(ROW) KEEP;
    struct sql_value v[SQL_ROWS * COLUMNS];
    int64_t n_new;

    _Static_assert(SQL_ROWS == 16 && SOME == 4, "stand in the statements");
    for (size_t i = 0; i < n; i++)
        values_of(&rows[i], source, now, v + i * COLUMNS);
    if (!sql_run(db, n == SOME ? some : all, v, n * COLUMNS, e))
        return false;
    n_new = sql_changes(db);
    if (n_new < (int64_t)n)
        return find_new(db, source, n_new, rows, n, ids, e);
    for (size_t i = 0; i < n; i++)
        ids[i] = sql_last_id(db) - n_new + 1 + (int64_t)i;
    return true;
}

bool page_rows_insert(struct db *db, int64_t source, struct wall now,
                      const struct page_row *rows, size_t n, int64_t *ids,
                      struct err *e)
{
    size_t i = 0;

    if (n == SQL_ROWS)
        return insert_many(db, source, now, rows, n, ids, e);
    for (; i + SOME <= n; i += SOME) {
        if (!insert_many(db, source, now, rows + i, SOME, ids + i, e))
            return false;
    }
    for (; i < n; i++) {
        if (!insert_one(db, source, now, &rows[i], &ids[i], e))
            return false;
    }
    return true;
}

/* ---- known ones ---- */

bool page_row_update(struct db *db, int64_t id, const struct page_row *row,
                     struct err *e)
{
    /* Not its vid, ?2, nor when it was first seen, ?15. */
    static const char sql[] =
        "UPDATE item SET hash = ?3, scope = ?4, key = ?5, level = ?6, category = ?7,"
        " outcome = ?8, outsider = ?9, private = ?10, baseline = ?11, created = ?12,"
        " updated = ?13, closed = ?14, changed = ?16, children = ?17, parent_vid = ?18,"
        " parent_key = ?19, type = ?20, status = ?21, author = ?22, author_name = ?23,"
        " assignees = ?24, url = ?25, title = ?26, marks = ?27, excerpt = ?28"
        " WHERE id = ?1";
    struct sql_value v[COLUMNS];

    values_of(row, id, (struct wall){0}, v);
    return sql_run(db, sql, v, COLUMNS, e);
}

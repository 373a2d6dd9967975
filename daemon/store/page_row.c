#include "store/page_row.h"

#include <string.h>

enum { UPDATED = 26, INSERTED = 28, SOME = 4 };

/* The columns of both statements, in their order; `key` is the item's id or its source. */
static void values_of(const struct page_row *r, int64_t key, struct sql_value v[UPDATED])
{
    const struct str none = STR_NONE;
    const struct item *it = r->it;
    const struct sql_value values[UPDATED] = {
        SQL_I(key),
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

#define INSERT                                                                         \
    "INSERT OR FAIL INTO item (source, hash, scope, key, level, category, outcome,"    \
    " outsider, private, baseline, created, updated, closed, changed, children,"       \
    " parent_vid, parent_key, type, status, author, author_name, assignees, url,"      \
    " title, marks, excerpt, vid, first_seen) VALUES "
#define ROW                                                                            \
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"  \
    " ?)"
#define KEEP " ON CONFLICT DO NOTHING"

static void insert_values(const struct page_row *r, int64_t source, struct wall now,
                          struct sql_value v[INSERTED])
{
    values_of(r, source, v);
    v[UPDATED] = SQL_S(r->it->vid);
    v[UPDATED + 1] = SQL_T(now);
}

static bool insert_one(struct db *db, int64_t source, struct wall now,
                       const struct page_row *r, int64_t *ret_id, struct err *e)
{
    static const char sql[] = INSERT ROW KEEP;
    struct sql_value v[INSERTED];

    insert_values(r, source, now, v);
    if (!sql_run(db, sql, v, INSERTED, e))
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
    struct sql_value v[SQL_ROWS * INSERTED];
    int64_t n_new;

    _Static_assert(SQL_ROWS == 16 && SOME == 4, "stand in the statements");
    for (size_t i = 0; i < n; i++)
        insert_values(&rows[i], source, now, v + i * INSERTED);
    if (!sql_run(db, n == SOME ? some : all, v, n * INSERTED, e))
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
    static const char sql[] =
        "UPDATE item SET hash = ?2, scope = ?3, key = ?4, level = ?5, category = ?6,"
        " outcome = ?7, outsider = ?8, private = ?9, baseline = ?10, created = ?11,"
        " updated = ?12, closed = ?13, changed = ?14, children = ?15, parent_vid = ?16,"
        " parent_key = ?17, type = ?18, status = ?19, author = ?20, author_name = ?21,"
        " assignees = ?22, url = ?23, title = ?24, marks = ?25, excerpt = ?26 WHERE id ="
        " ?1";
    struct sql_value v[UPDATED];

    values_of(row, id, v);
    return sql_run(db, sql, v, UPDATED, e);
}

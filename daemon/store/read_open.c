#include "core/item.h"
#include "store/db.h"
#include "store/eval.h"
#include "store/sql.h"

static bool add_link(struct open_epic *o, const struct query *q, struct arena *a,
                     size_t *cap)
{
    struct link *l = arena_grow(a, &o->inherited, &o->n_inherited, cap, sizeof *l);

    if (l == NULL)
        return false;
    *l = (struct link){.method = (enum link_method)query_int(q, 0),
                       .node = query_dup(q, 1, a),
                       .known = true};
    return true;
}

/* What it has not found on itself: by a person, from its parent. */
static bool read_given(struct db *db, int64_t item, struct arena *a,
                       struct open_epic *o, struct err *e)
{
    static const char sql[] = "SELECT method, node FROM link WHERE item = ? AND"
                              " via <> 0 AND known = 1 ORDER BY method, node";
    static const char pin[] = "SELECT node FROM pin WHERE item = ?";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!add_link(o, &q, a, &cap)) {
            query_close(&q);
            return err_nomem(e);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    if (!query_open(&q, db, pin, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    if (row)
        o->pin = query_dup(&q, 0, a);
    query_close(&q);
    return true;
}

static bool read_epic(const struct query *q, struct arena *a, struct open_epic *o)
{
    struct mark *marks;
    bool hidden = query_int(q, 7) != 0;

    *o = (struct open_epic){.id = query_int(q, 0)};
    o->item = (struct match_item){
        .source = query_dup(q, 1, a),
        .scope = query_dup(q, 2, a),
        .key = query_dup(q, 3, a),
        .type = query_dup(q, 4, a),
        .level = (int)query_int(q, 5),
    };
    o->title = hidden ? STR_NONE : query_dup(q, 6, a);
    if (arena_failed(a) ||
        !item_unpack_marks(query_dup(q, 8, a), a, &marks, &o->item.n_marks))
        return false;
    o->item.marks = marks;
    return true;
}

bool db_read_open_epics(struct db *db, int64_t after, int64_t limit, struct arena *a,
                        struct open_epic **ret, size_t *ret_n, struct err *e)
{
    /* Exempt ones are left out: they need no link under any strategy. */
    static const char sql[] =
        "SELECT i.id, s.name, c.name, i.key, i.type, i.level, i.title, i.private,"
        " i.marks FROM evaluated v CROSS JOIN item i ON i.id = v.item"
        " JOIN source s ON s.id = i.source JOIN scope c ON c.id = i.scope"
        " WHERE v.counted & 16 <> 0 AND v.counted & 64 = 0 AND v.item > ?"
        " ORDER BY v.item LIMIT ?";
    size_t cap = 0;
    struct query q;
    bool row;

    _Static_assert(COUNTED_EPIC == 16 && COUNTED_EXEMPT == 64,
                   "stand in the statement");
    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(after), SQL_I(limit)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct open_epic *o = arena_grow(a, ret, ret_n, &cap, sizeof *o);

        if (o == NULL || !read_epic(&q, a, o)) {
            query_close(&q);
            return err_nomem(e);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    for (size_t i = 0; i < *ret_n; i++) {
        if (!read_given(db, (*ret)[i].id, a, &(*ret)[i], e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

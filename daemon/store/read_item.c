#include "base/date.h"
#include "core/textkey.h"
#include "store/cursor.h"
#include "store/db.h"
#include "store/eval.h"
#include "store/fate.h"
#include "store/find.h"
#include "store/sql.h"

enum { MAX_ANCESTORS = 16 };

#define ITEM_COLUMNS                                                                   \
    "i.id, s.name, i.vid, i.key, coalesce(c.name, ''), i.title, i.url, i.type, "       \
    "i.status,"                                                                        \
    " i.category, i.outcome, i.author_name, i.assignees, i.level, i.private, "         \
    "i.baseline,"                                                                      \
    " i.created, i.updated, i.closed, i.first_seen, i.parent_key, v.team, v.counted,"  \
    " i.marks, v.created"
#define ITEM_PLACE                                                                     \
    " JOIN source s ON s.id = i.source LEFT JOIN scope c ON c.id = i.scope"

static struct str category_name(enum item_category c)
{
    switch (c) {
    case ITEM_TODO:
        return STR("todo");
    case ITEM_IN_PROGRESS:
        return STR("in-progress");
    case ITEM_DONE:
        break;
    }
    return STR("done");
}

static struct str outcome_name(enum item_outcome o)
{
    switch (o) {
    case ITEM_OPEN:
        return STR("open");
    case ITEM_COMPLETED:
        return STR("completed");
    case ITEM_DISCARDED:
        break;
    }
    return STR("discarded");
}

/* A label strategy:none, or a line in the body. */
static bool read_own_exemption(struct str packed, struct arena *a, struct item_row *ret)
{
    struct mark *marks;
    size_t n;

    if (!item_unpack_marks(packed, a, &marks, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (marks[i].kind == MARK_EXEMPT) {
            ret->exempt = marks[i].value.n > 0 && !ret->private_
                              ? marks[i].value
                              : STR("line Strategy: none");
            ret->exempt_by = STR("body");
        } else if (marks[i].kind == MARK_LABEL && ret->exempt_by.n == 0 &&
                   text_key_eq(a, marks[i].value, STR("strategy:none"))) {
            ret->exempt = STR("label strategy:none");
            ret->exempt_by = STR("label");
        }
    }
    return true;
}

/* Of a private item people see the key, where it belongs and how it stands. */
static void hide(struct item_row *r)
{
    r->title = r->url = r->type = r->status = STR_NONE;
    r->author_name = r->assignees = STR_NONE;
}

static bool read_row(const struct query *q, struct arena *a, struct item_row *ret)
{
    *ret = (struct item_row){
        .id = query_int(q, 0),
        .source = query_dup(q, 1, a),
        .vid = query_dup(q, 2, a),
        .key = query_dup(q, 3, a),
        .scope = query_dup(q, 4, a),
        .title = query_dup(q, 5, a),
        .url = query_dup(q, 6, a),
        .type = query_dup(q, 7, a),
        .status = query_dup(q, 8, a),
        .category = category_name((enum item_category)query_int(q, 9)),
        .outcome = outcome_name((enum item_outcome)query_int(q, 10)),
        .author_name = query_dup(q, 11, a),
        .assignees = query_dup(q, 12, a),
        .level = (int)query_int(q, 13),
        .private_ = query_int(q, 14) != 0,
        .baseline = query_int(q, 15) != 0,
        .created = query_wall(q, 16),
        .updated = query_wall(q, 17),
        .closed = query_wall(q, 18),
        .first_seen = query_wall(q, 19),
        .parent_key = query_dup(q, 20, a),
        .team = query_dup(q, 21, a),
        .idea = ((unsigned)query_int(q, 22) & COUNTED_IDEA) != 0,
    };
    if (ret->private_)
        hide(ret);
    return !arena_failed(a) && read_own_exemption(query_dup(q, 23, a), a, ret);
}

static bool read_fate(struct db *db, int64_t item, struct arena *a,
                      struct item_row *ret, struct err *e)
{
    struct fate_stored f;

    if (!fate_read(db, item, a, &f, e))
        return false;
    if (f.kind == FATE_PRESENT)
        return true;
    ret->fate = str_of(fate_name(f.kind));
    ret->fate_text = f.text;
    ret->fate_at = f.at;
    return true;
}

/* By command; it stands before what the item says itself. */
static bool read_exemption(struct db *db, int64_t item, struct arena *a,
                           struct item_row *ret, struct err *e)
{
    static const char sql[] =
        "SELECT reason, until FROM exemption WHERE item = ? AND rule = ''";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->exempt = query_dup(&q, 0, a);
        ret->exempt_by = STR("command");
        ret->exempt_until = query_wall(&q, 1);
    }
    query_close(&q);
    return true;
}

static bool read_links(struct db *db, int64_t item, struct arena *a,
                       struct item_row *ret, struct err *e)
{
    static const char sql[] = "SELECT method, node, detail, known, effective FROM link"
                              " WHERE item = ? ORDER BY method, node";
    struct query_rows to = QUERY_ROWS(a, ret->links, ret->n_links);
    struct link_row *l;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e))
        return false;
    while ((l = query_row(&q, &to, e)) != NULL) {
        l->method = str_of(link_method_name((enum link_method)query_int(&q, 0)));
        l->known = query_int(&q, 3) != 0;
        /* A name that the strategy does not have is a word of the item's. */
        l->node = ret->private_ && !l->known ? STR_NONE : query_dup(&q, 1, a);
        l->detail = ret->private_ ? STR_NONE : query_dup(&q, 2, a);
        l->effective = query_int(&q, 4) != 0;
    }
    return to.ok;
}

static bool read_one(struct db *db, int64_t item, struct arena *a, struct item_row *ret,
                     struct err *e)
{
    static const char sql[] = "SELECT " ITEM_COLUMNS " FROM item i" ITEM_PLACE
                              " LEFT JOIN evaluated v ON v.item = i.id WHERE i.id = ?";
    struct query q;
    bool row, ok;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_STORE, "item %lld is gone", (long long)item);
    ok = read_row(&q, a, ret);
    query_close(&q);
    return (ok || err_nomem(e)) && read_fate(db, item, a, ret, e) &&
           read_exemption(db, item, a, ret, e) && read_links(db, item, a, ret, e);
}

static bool read_chain(struct db *db, struct str name, struct arena *a,
                       struct item_row *v, size_t *ret_n, struct err *e)
{
    int64_t ids[MAX_ANCESTORS + 1];
    int64_t id;

    *ret_n = 0;
    if (!find_item(db, name, &id, e))
        return false;
    while (id != 0 && *ret_n <= MAX_ANCESTORS) {
        for (size_t i = 0; i < *ret_n; i++) {
            if (ids[i] == id)
                return true; /* a cycle */
        }
        ids[*ret_n] = id;
        if (!read_one(db, id, a, &v[*ret_n], e) || !find_parent(db, id, &id, e))
            return false;
        (*ret_n)++;
    }
    return true;
}

bool db_read_item(struct db *db, struct str item, struct arena *a,
                  struct item_row **ret, size_t *ret_n, struct err *e)
{
    struct item_row *v = arena_array(a, MAX_ANCESTORS + 1, sizeof *v);
    size_t n;
    bool ok;

    if (v == NULL)
        return err_nomem(e);
    if (!sql_begin_read(db, e))
        return false;
    ok = read_chain(db, item, a, v, &n, e);
    sql_end_read(db);
    if (!ok)
        return false;
    *ret = v;
    *ret_n = n;
    return !arena_failed(a) || err_nomem(e);
}

/* ---- what has no link ---- */

/* The first term is the partial index's: COUNTED_EPIC alone of EPIC, LINKED, EXEMPT. */
#define UNLINKED                                                                       \
    " FROM evaluated v CROSS JOIN item i ON i.id = v.item" ITEM_PLACE                  \
    " WHERE v.counted & 112 = 16 AND (?1 = '' OR v.team = ?1)"                         \
    " AND (?2 = '' OR c.name = ?2 COLLATE NOCASE)"
_Static_assert(COUNTED_EPIC == 16 &&
                   (COUNTED_EPIC | COUNTED_LINKED | COUNTED_EXEMPT) == 112,
               "the numbers stand in the statements and in the index");

static bool list(struct db *db, const struct sql_value *v, size_t n_v, struct arena *a,
                 struct item_list *ret, int64_t last[2], struct err *e)
{
    static const char sql[] = "SELECT " ITEM_COLUMNS UNLINKED
                              " AND (?3 = 0 OR v.created > ?4 OR (v.created = ?4 AND"
                              " v.item > ?5)) ORDER BY v.created, v.item LIMIT ?6";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, v, n_v, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct item_row *r = arena_grow(a, &ret->v, &ret->n, &cap, sizeof *r);

        if (r == NULL || !read_row(&q, a, r)) {
            query_close(&q);
            return err_nomem(e);
        }
        last[0] = query_int(&q, 24);
        last[1] = query_int(&q, 0);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

bool db_read_unlinked(struct db *db, struct str team, struct str scope, int64_t limit,
                      struct str cursor, struct arena *a, struct item_list *ret,
                      struct err *e)
{
    static const char count[] = "SELECT count(*)" UNLINKED;
    struct item_list l = {0};
    int64_t at[2] = {0};
    bool given, ok;

    if (!cursor_read(cursor, at, 2, &given, e))
        return false;
    limit = page_limit(limit);
    const struct sql_value v[] = {SQL_S(team),  SQL_S(scope), SQL_I(given),
                                  SQL_I(at[0]), SQL_I(at[1]), SQL_I(limit)};

    if (!sql_begin_read(db, e))
        return false;
    ok = list(db, v, ARRAY_LEN(v), a, &l, at, e) &&
         sql_int(db, count, v, 2, 0, &l.total, e);
    sql_end_read(db);
    if (!ok)
        return false;
    if ((int64_t)l.n == limit)
        l.next = cursor_write(a, at, 2);
    if (arena_failed(a))
        return err_nomem(e);
    *ret = l;
    return true;
}

/* ---- what had none ---- */

enum { SCRATCH_MEMORY = 4 << 20 };

/* The first row of past_link after a time says what held at that time; without one it is
   what holds now. Gone since: in view then. */
static const char unlinked_at[] =
    "SELECT " ITEM_COLUMNS
    ", coalesce((SELECT team FROM past_link WHERE item = i.id AND at >= ?1 ORDER BY at"
    " LIMIT 1), v.team, '') AS team_then FROM item i" ITEM_PLACE
    " LEFT JOIN evaluated v ON v.item = i.id WHERE i.level >= 1 AND i.created < ?1 AND"
    " (i.closed = 0 OR i.closed >= ?1) AND i.first_seen < ?1"
    " AND (?3 = '' OR c.name = ?3 COLLATE NOCASE) AND (?2 = '' OR team_then = ?2)"
    " AND coalesce((SELECT nodes FROM past_link WHERE item = i.id AND at >= ?1 ORDER BY"
    " at LIMIT 1), (SELECT node FROM link WHERE item = i.id AND effective = 1 LIMIT 1),"
    " '') = '' AND coalesce(v.counted, 0) & 2112 = 0"
    " AND NOT EXISTS (SELECT 1 FROM exemption WHERE item = i.id AND rule = '')"
    " AND (i.has & 16 = 0 OR EXISTS (SELECT 1 FROM fate WHERE item = i.id AND at >= ?1))"
    " ORDER BY i.created, i.id";
enum { TEAM_THEN = 25 };
_Static_assert(ITEM_LEVEL_EPIC == 1 && HAS_GONE == 16 &&
                   (COUNTED_EXEMPT | COUNTED_IDEA) == 2112,
               "the numbers stand in the statement");

/* Rows after the cursor, up to the limit; all are counted. */
static bool take_past(const struct query *q, const int64_t *after, int64_t limit,
                      struct arena *scratch, struct arena *a, struct item_list *ret,
                      size_t *cap)
{
    int64_t created = query_int(q, 16), id = query_int(q, 0);
    struct item_row row, *to;

    arena_reset(scratch);
    if (!read_row(q, scratch, &row))
        return false;
    if (row.exempt_by.n > 0)
        return true; /* the item says so itself; of what is closed nobody counted it */
    ret->total++;
    if ((int64_t)ret->n == limit ||
        (after != NULL &&
         (created < after[0] || (created == after[0] && id <= after[1]))))
        return true;
    to = arena_grow(a, &ret->v, &ret->n, cap, sizeof *to);
    if (to == NULL || !read_row(q, a, to))
        return false;
    to->team = query_dup(q, TEAM_THEN, a);
    return !arena_failed(a);
}

static bool list_past(struct db *db, const struct sql_value *v, size_t n_v,
                      const int64_t *after, int64_t limit, struct arena *a,
                      struct item_list *ret, struct err *e)
{
    struct arena *scratch = arena_create(SCRATCH_MEMORY);
    size_t cap = 0;
    struct query q;
    bool row = false, ok = scratch != NULL;

    if (!ok)
        return err_nomem(e);
    ok = query_open(&q, db, unlinked_at, v, n_v, e) && query_next(&q, &row, e);
    while (ok && row) {
        ok = take_past(&q, after, limit, scratch, a, ret, &cap) || err_nomem(e);
        if (!ok)
            query_close(&q);
        ok = ok && query_next(&q, &row, e);
    }
    arena_destroy(scratch);
    return ok;
}

/* Of the end of which days links are known. */
static bool is_known_at(struct db *db, const struct eval_conf *conf, struct wall end,
                        struct wall now, struct err *e)
{
    static const char first[] = "SELECT coalesce(min(first_seen), 0) FROM scope";
    struct span keep = conf->keep;
    int64_t ms = keep.wd > 0 ? keep.wd * DUR_DAY(7).ms / 5 : keep.ms;
    char mem[40];
    struct buf b;
    struct wall from;

    if (!sql_int(db, first, SQL_NONE, 0, &from.ms, e))
        return false;
    if (ms > 0 && from.ms < wall_add(now, DUR_MS(-ms)).ms)
        from = wall_add(now, DUR_MS(-ms));
    if (from.ms > 0 && end.ms > from.ms)
        return true;
    buf_init_fixed(&b, mem, sizeof mem);
    date_print_iso(&b, from);
    return from.ms == 0
               ? err_set(e, ERR_NOT_FOUND, "no source has been looked at yet")
               : err_set(e, ERR_NOT_FOUND, "what was linked is known since %s",
                         buf_cstr(&b));
}

bool db_read_unlinked_at(struct db *db, const struct eval_conf *conf, struct str team,
                         struct str scope, struct wall end, struct wall now,
                         int64_t limit, struct str cursor, struct arena *a,
                         struct item_list *ret, struct err *e)
{
    const struct sql_value v[] = {SQL_T(end), SQL_S(team), SQL_S(scope)};
    struct item_list l = {0};
    int64_t at[2] = {0};
    bool given, ok;

    if (!cursor_read(cursor, at, 2, &given, e) || !is_known_at(db, conf, end, now, e))
        return false;
    limit = page_limit(limit);
    if (!sql_begin_read(db, e))
        return false;
    ok = list_past(db, v, ARRAY_LEN(v), given ? at : NULL, limit, a, &l, e);
    sql_end_read(db);
    if (!ok)
        return false;
    if ((int64_t)l.n == limit) {
        at[0] = l.v[l.n - 1].created.ms;
        at[1] = l.v[l.n - 1].id;
        l.next = cursor_write(a, at, 2);
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = l;
    return true;
}

#include "store/fate.h"

#include "store/dirty.h"
#include "store/eval.h"
#include "store/listing.h"
#include "store/sql.h"

const char *fate_name(enum item_fate kind)
{
    static const char *const names[] = {
#define X(e, n, name) [e] = name,
        ITEM_FATES(X)
#undef X
    };
    return names[kind];
}

/* ---- rows ---- */

static bool read_row(struct query *q, struct arena *a, struct fate_row *ret,
                     bool *ret_found, struct err *e)
{
    if (!query_next(q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    *ret = (struct fate_row){
        .id = query_int(q, 0),
        .scope = query_int(q, 1),
        .category = (enum item_category)query_int(q, 2),
        .outcome = (enum item_outcome)query_int(q, 3),
        .has = (unsigned)query_int(q, 4),
        .private_ = query_int(q, 5) != 0,
        .vid = query_dup(q, 6, a),
        .key = query_dup(q, 7, a),
    };
    query_close(q);
    return !arena_failed(a) || err_nomem(e);
}

#define ROW_COLUMNS "id, scope, category, outcome, has, private, vid, key"

bool fate_row_find(struct db *db, int64_t source, struct str vid, struct arena *a,
                   struct fate_row *ret, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT " ROW_COLUMNS " FROM item WHERE source = ? AND vid = ?";
    struct query q;

    return query_open(&q, db, sql, SQL_ARGS(SQL_I(source), SQL_S(vid)), e) &&
           read_row(&q, a, ret, ret_found, e);
}

bool fate_count(struct db *db, int64_t scope, enum item_fate kind, int by,
                struct err *e)
{
    static const char sql[] =
        "UPDATE scope SET deleted = deleted + ?2, gone = gone + ?3,"
        " outside = outside + ?4, moved = moved + ?5, hidden = hidden + ?6 WHERE id = "
        "?1";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(scope), SQL_I(kind == FATE_DELETED ? by : 0),
                            SQL_I(kind == FATE_GONE ? by : 0),
                            SQL_I(kind == FATE_OUTSIDE ? by : 0),
                            SQL_I(kind == FATE_MOVED ? by : 0),
                            SQL_I(kind == FATE_HIDDEN ? by : 0)),
                   e);
}

static void count_rows(const struct sync *s, const struct fate_row *r, int by)
{
    struct sync_scope *c = sync_scope_by_id(s, r->scope);

    if (c == NULL)
        return;
    c->more_items += by;
    c->more_open += r->outcome == ITEM_OPEN ? by : 0;
}

static bool replan(struct db *db, int64_t item, struct err *e)
{
    static const char sql[] =
        "UPDATE finding SET plan_next = 1 WHERE item = ? AND item > 0 AND plan_next <> "
        "1"
        " AND (state IN (1, 2) OR n IN (SELECT finding FROM member))";

    return sql_run(db, sql, SQL_ARGS(SQL_I(item)), e);
}

/* What depends on whether the item is in view. */
static bool requeue(struct db *db, const struct sync *s, const struct fate_row *r,
                    struct err *e)
{
    return dirty_add(db, r->id, e) &&
           dirty_add_children(db, s->source, r->vid, r->key, e);
}

/* ---- one fate ---- */

/* The hash is none of any data: when met again, the item is written as a whole. */
static bool set_has(struct db *db, const struct fate_row *r, unsigned bit,
                    struct err *e)
{
    static const char sql[] = "UPDATE item SET has = ?2, hash = 0 WHERE id = ?1";
    static const char stop[] =
        "UPDATE evaluated SET next_check = 0 WHERE item = ? AND next_check > 0";
    unsigned has = (r->has & ~(unsigned)(HAS_GONE | HAS_HIDDEN)) | bit;

    return sql_run(db, sql, SQL_ARGS(SQL_I(r->id), SQL_I(has)), e) &&
           (bit != HAS_HIDDEN || sql_run(db, stop, SQL_ARGS(SQL_I(r->id)), e));
}

static bool save_fate(struct db *db, const struct fate_row *r, const struct fate *f,
                      struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO fate (item, kind, at, detail) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET kind = excluded.kind, detail = excluded.detail,"
        " at = CASE WHEN kind = excluded.kind THEN at ELSE excluded.at END"
        " WHERE kind <> excluded.kind OR detail <> excluded.detail";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(r->id), SQL_I(f->kind), SQL_T(now), SQL_S(f->detail)),
                   e);
}

static bool leave(struct db *db, struct sync *s, const struct fate_row *r,
                  const struct fate *f, struct wall now, struct page_stats *st,
                  struct err *e)
{
    static const char close_span[] =
        "UPDATE span SET ended = max(started, ?2) WHERE item = ?1 AND ended = 0";

    if (r->has & HAS_GONE) /* its being gone is known; only how has changed */
        return save_fate(db, r, f, now, e) && requeue(db, s, r, e);
    count_rows(s, r, -1);
    st->fates++;
    if ((r->has & HAS_HIDDEN) && !fate_count(db, r->scope, FATE_HIDDEN, -1, e))
        return false;
    return save_fate(db, r, f, now, e) && set_has(db, r, HAS_GONE, e) &&
           sql_run(db, close_span, SQL_ARGS(SQL_I(r->id), SQL_T(now)), e) &&
           fate_count(db, r->scope, f->kind, 1, e) && replan(db, r->id, e) &&
           requeue(db, s, r, e);
}

static bool hide(struct db *db, const struct sync *s, const struct fate_row *r,
                 const struct fate *f, struct wall now, struct page_stats *st,
                 struct err *e)
{
    if (r->has & HAS_HIDDEN)
        return save_fate(db, r, f, now, e);
    st->fates++;
    if (r->has & HAS_GONE) {
        count_rows(s, r, 1); /* it is there after all */
        if (!requeue(db, s, r, e))
            return false;
    }
    return save_fate(db, r, f, now, e) && set_has(db, r, HAS_HIDDEN, e) &&
           fate_count(db, r->scope, FATE_HIDDEN, 1, e) && replan(db, r->id, e);
}

static bool come_back(struct db *db, struct sync *s, const struct fate_row *r,
                      struct wall now, struct page_stats *st, struct err *e)
{
    static const char drop[] = "DELETE FROM fate WHERE item = ?";
    static const char open_span[] =
        "INSERT INTO span (item, started, ended, status, assignees)"
        " SELECT id, ?2, 0, status, assignees FROM item WHERE id = ?1"
        " ON CONFLICT DO UPDATE SET ended = 0";

    if (!(r->has & (HAS_GONE | HAS_HIDDEN)))
        return true;
    st->fates++;
    if (r->has & HAS_GONE)
        count_rows(s, r, 1);
    else if (!fate_count(db, r->scope, FATE_HIDDEN, -1, e))
        return false;
    if ((r->has & HAS_GONE) && r->category == ITEM_IN_PROGRESS &&
        !sql_run(db, open_span, SQL_ARGS(SQL_I(r->id), SQL_T(now)), e))
        return false;
    return sql_run(db, drop, SQL_ARGS(SQL_I(r->id)), e) && set_has(db, r, 0, e) &&
           replan(db, r->id, e) && requeue(db, s, r, e);
}

bool fate_clear(struct db *db, struct sync *s, int64_t item, struct wall now,
                struct page_stats *st, struct err *e)
{
    static const char sql[] = "SELECT " ROW_COLUMNS " FROM item WHERE id = ?";
    struct fate_row r;
    struct query q;
    bool found;

    return query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) &&
           read_row(&q, s->a, &r, &found, e) &&
           (!found || come_back(db, s, &r, now, st, e));
}

static bool apply(struct db *db, struct sync *s, const struct fate *f, struct arena *a,
                  struct wall now, struct page_stats *st, struct err *e)
{
    struct fate_row r = {0};
    bool found;

    if (!fate_row_find(db, s->source, f->vid, a, &r, &found, e))
        return false;
    if (!found)
        return true;
    switch (f->kind) {
    case FATE_PRESENT:
        listing_met(s, r.id);
        return come_back(db, s, &r, now, st, e);
    case FATE_DELETED:
    case FATE_GONE:
    case FATE_OUTSIDE:
        return leave(db, s, &r, f, now, st, e);
    case FATE_MOVED:
        return moved_apply(db, s, &r, f->to_vid, a, now, st, e);
    case FATE_HIDDEN:
        return hide(db, s, &r, f, now, st, e);
    }
    return true;
}

bool fates_apply(struct db *db, struct sync *s, const struct feed *feed,
                 struct wall now, struct page_stats *st, struct err *e)
{
    for (size_t i = 0; i < feed->n_fates; i++) {
        if (!apply(db, s, &feed->fates[i], feed->a, now, st, e))
            return false;
    }
    return true;
}

/* ---- for people ---- */

/* "other/repo" is a place; anything else is the tracker's own word. */
static struct str outside(struct str detail, struct arena *a)
{
    if (detail.n == 0)
        return STR("moved to where nothing is followed");
    if (str_chr(detail, '/') > 0 && str_chr(detail, ' ') < 0)
        return arena_printf(a, "now in %.*s, which is not followed", STR_FMT(detail));
    return arena_printf(a, "no longer followed: %.*s", STR_FMT(detail));
}

static struct str text_of(enum item_fate kind, struct str type, struct str detail,
                          struct arena *a)
{
    const struct tracker_ops *ops = tracker_find(type);
    struct str tracker = ops != NULL ? str_of(ops->title) : type;

    switch (kind) {
    case FATE_DELETED:
        return arena_printf(a, "deleted in %.*s", STR_FMT(tracker));
    case FATE_GONE:
        return arena_printf(a, "gone from %.*s: deleted or hidden", STR_FMT(tracker));
    case FATE_OUTSIDE:
        return outside(detail, a);
    case FATE_HIDDEN:
        return arena_printf(a, "%.*s does not let it be read", STR_FMT(tracker));
    case FATE_MOVED:
        return STR("one with the item it was moved to");
    case FATE_PRESENT:
        break;
    }
    return STR_NONE;
}

bool fate_read(struct db *db, int64_t item, struct arena *a, struct fate_stored *ret,
               struct err *e)
{
    static const char sql[] =
        "SELECT f.kind, f.at, s.type, f.detail FROM fate f JOIN item i ON i.id = f.item"
        " JOIN source s ON s.id = i.source WHERE f.item = ?";
    struct query q;
    bool row;

    *ret = (struct fate_stored){.kind = FATE_PRESENT};
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    ret->kind = (enum item_fate)query_int(&q, 0);
    ret->at = query_wall(&q, 1);
    ret->text = text_of(ret->kind, query_str(&q, 2), query_str(&q, 3), a);
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

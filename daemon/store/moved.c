#include "store/blocked.h"
#include "store/dirty.h"
#include "store/eval.h"
#include "store/effort.h"
#include "store/fate.h"
#include "store/hide.h"
#include "store/listing.h"
#include "store/sql.h"

bool moved_is_former(struct db *db, const struct sync *s, struct str vid, bool *ret,
                     struct err *e)
{
    static const char sql[] =
        "SELECT count(*) FROM former_vid WHERE source = ? AND vid = ?";
    int64_t n = 0;

    if (s->has_moved &&
        !sql_int(db, sql, SQL_ARGS(SQL_I(s->source), SQL_S(vid)), 0, &n, e))
        return false;
    *ret = n > 0;
    return true;
}

bool moved_key(struct db *db, int64_t item, struct str key, struct err *e)
{
    static const char sql[] = "INSERT INTO former_key (key, item) VALUES (lower(?), ?)"
                              " ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_S(key), SQL_I(item)), e);
}

bool moved_forget(struct db *db, int64_t item, struct err *e)
{
    static const char links[] = "DELETE FROM link WHERE item = ?";
    static const char fate[] = "DELETE FROM fate WHERE item = ?";
    static const char scope_of[] = "SELECT scope FROM item WHERE id = ?";
    static const char evaluated[] = "DELETE FROM evaluated WHERE item = ?";
    static const char row[] = "DELETE FROM item WHERE id = ?";
    const struct sql_value id = SQL_I(item);
    int64_t scope;
    bool queued; /* once more by its parent, or by a person */

    return sql_run(db, links, &id, 1, e) && sql_run(db, fate, &id, 1, e) &&
           sql_int(db, scope_of, &id, 1, 0, &scope, e) &&
           dirty_remove(db, 0, item, &queued, e) &&
           dirty_remove(db, scope, item, &queued, e) && sql_run(db, evaluated, &id, 1, e) &&
           sql_run(db, row, &id, 1, e);
}

static bool take_vid(struct db *db, const struct sync *s, const struct fate_row *r,
                     struct str vid, struct err *e)
{
    static const char own[] = "UPDATE item SET vid = ?2, hash = 0 WHERE id = ?1";
    static const char former[] =
        "INSERT INTO former_vid (source, vid, item) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET item = excluded.item";
    static const char current[] = "DELETE FROM former_vid WHERE source = ? AND vid = ?";
    /* Children will name it by the new one; that is no new parent. */
    static const char children[] =
        "UPDATE item SET parent_vid = ?3 WHERE source = ?1 AND parent_vid = ?2"
        " AND parent_vid <> ''";

    return sql_run(db, own, SQL_ARGS(SQL_I(r->id), SQL_S(vid)), e) &&
           sql_run(db, former, SQL_ARGS(SQL_I(s->source), SQL_S(r->vid), SQL_I(r->id)),
                   e) &&
           sql_run(db, current, SQL_ARGS(SQL_I(s->source), SQL_S(vid)), e) &&
           sql_run(db, children, SQL_ARGS(SQL_I(s->source), SQL_S(r->vid), SQL_S(vid)),
                   e);
}

/* ---- two rows become one ---- */

/* All that pages write is the newer row's; the hash is none, so that it is written once
   more when it is met. */
static bool join_data(struct db *db, int64_t keep, int64_t drop, struct err *e)
{
    static const char sql[] =
        "UPDATE item SET (scope, key, level, outcome, outsider, private, created,"
        " updated, closed, children, parent_vid, parent_key, type, status, author,"
        " author_name, assignees, url, title, marks, excerpt) = (SELECT scope, key,"
        " level, outcome, outsider, private, created, updated, closed, children,"
        " parent_vid, parent_key, type, status, author, author_name, assignees, url,"
        " title, marks, excerpt FROM item n WHERE n.id = ?2),"
        " changed = (SELECT CASE WHEN n.category = item.category THEN item.changed ELSE"
        " n.changed END FROM item n WHERE n.id = ?2),"
        " category = (SELECT n.category FROM item n WHERE n.id = ?2),"
        " has = has | (SELECT n.has & ?3 FROM item n WHERE n.id = ?2) WHERE id = ?1";
    /* Whether it has been evaluated or not. */
    static const char evaluated[] =
        "INSERT INTO evaluated (item, has, counted, counted_scope, counted_changed,"
        " next_check, team, created) SELECT ?1, coalesce(v.has, 0) & ?3, 0, 0, 0, 0, "
        "'',"
        " n.created FROM item n LEFT JOIN evaluated v ON v.item = n.id WHERE n.id = ?2"
        " ON CONFLICT (item) DO UPDATE SET has = has | excluded.has,"
        " created = excluded.created";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(keep), SQL_I(drop), SQL_I(HAS_PIN | HAS_EXEMPTION | HAS_BLOCKER)),
                   e) &&
           sql_run(db, evaluated,
                   SQL_ARGS(SQL_I(keep), SQL_I(drop), SQL_I(HAS_FINDING)), e);
}

/* What the newer row has seen begins where the older one's ends. */
static bool join_spans(struct db *db, int64_t keep, int64_t drop, struct err *e)
{
    static const char same[] =
        "DELETE FROM span WHERE item = ?2 AND EXISTS (SELECT 1 FROM span o JOIN span n"
        " ON n.item = ?2 AND n.ended = 0 AND n.status = o.status AND"
        " n.assignees = o.assignees WHERE o.item = ?1 AND o.ended = 0)";
    static const char close_own[] =
        "UPDATE span SET ended = max(started, coalesce((SELECT min(n.started) FROM "
        "span n"
        " WHERE n.item = ?2), (SELECT changed FROM item WHERE id = ?1))) WHERE item = "
        "?1"
        " AND ended = 0 AND (EXISTS (SELECT 1 FROM span n WHERE n.item = ?2) OR"
        " (SELECT category FROM item WHERE id = ?1) <> ?3)";
    static const char take[] =
        "INSERT INTO span (item, started, ended, status, assignees)"
        " SELECT ?1, started, ended, status, assignees FROM span WHERE item = ?2"
        " ON CONFLICT DO UPDATE SET ended = excluded.ended, status = excluded.status,"
        " assignees = excluded.assignees";
    static const char drop_rest[] = "DELETE FROM span WHERE item = ?";
    const struct sql_value v[] = {SQL_I(keep), SQL_I(drop), SQL_I(ITEM_IN_PROGRESS)};

    return sql_run(db, same, v, 2, e) && sql_run(db, close_own, v, 3, e) &&
           sql_run(db, take, v, 2, e) && sql_run(db, drop_rest, &v[1], 1, e);
}

/* What people wrote of the older row stands before what they wrote of the newer. */
static bool join_writes(struct db *db, int64_t keep, int64_t drop, struct err *e)
{
    static const char *const sql[] = {
        "UPDATE OR IGNORE pin SET item = ?1 WHERE item = ?2",
        "DELETE FROM pin WHERE item = ?2",
        "UPDATE OR IGNORE exemption SET item = ?1 WHERE item = ?2",
        "DELETE FROM exemption WHERE item = ?2",
        "UPDATE former_vid SET item = ?1 WHERE item = ?2",
        "UPDATE OR IGNORE former_key SET item = ?1 WHERE item = ?2",
    };
    const struct sql_value v[] = {SQL_I(keep), SQL_I(drop)};

    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        if (!sql_run(db, sql[i], v, 2, e))
            return false;
    }
    return true;
}

/* Of two findings of one rule that which was told stays, else the older row's. */
#define TOLD_F "EXISTS (SELECT 1 FROM told WHERE finding = f.n)"
#define TOLD_O "EXISTS (SELECT 1 FROM told WHERE finding = o.n)"
#define LOST                                                                           \
    " FROM finding f JOIN finding o ON o.rule = f.rule AND o.item = ?1 + ?2 - f.item"  \
    " AND o.item > 0 WHERE f.item IN (?1, ?2) AND f.item > 0 AND"                      \
    " iif(f.item = ?2, " TOLD_O " OR NOT " TOLD_F ", " TOLD_O " AND NOT " TOLD_F ")"
#define LOSERS "SELECT f.n" LOST

struct lost {
    int64_t n, to;
    struct str id, to_id;
};

static bool find_lost(struct db *db, int64_t keep, int64_t drop, struct arena *a,
                      struct lost **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT f.n, o.n, f.id, o.id" LOST;
    struct lost *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(a, v, n);
    struct lost *one;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(keep), SQL_I(drop)), e))
        return false;
    while ((one = query_row(&q, &to, e)) != NULL)
        *one = (struct lost){query_int(&q, 0), query_int(&q, 1), query_dup(&q, 2, a),
                             query_dup(&q, 3, a)};
    *ret = v;
    *ret_n = n;
    return to.ok;
}

/* What was written of the one that loses is the other's: it must be found when the
   item turns private. */
static bool join_messages(struct db *db, int64_t keep, int64_t drop, struct arena *a,
                          struct err *e)
{
    static const char notices[] =
        "UPDATE outbox SET notice = replace(notice, '\"' || ?2 || '\"', '\"' || ?3 ||"
        " '\"') WHERE id IN (SELECT outbox FROM outbox_member WHERE finding = ?1)";
    static const char take[] =
        "UPDATE OR IGNORE outbox_member SET finding = ?2 WHERE finding = ?1";
    static const char rest[] = "DELETE FROM outbox_member WHERE finding = ?";
    struct lost *v = NULL;
    size_t n = 0;

    if (!find_lost(db, keep, drop, a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, notices,
                     SQL_ARGS(SQL_I(v[i].n), SQL_S(v[i].id), SQL_S(v[i].to_id)), e) ||
            !sql_run(db, take, SQL_ARGS(SQL_I(v[i].n), SQL_I(v[i].to)), e) ||
            !sql_run(db, rest, SQL_ARGS(SQL_I(v[i].n)), e))
            return false;
    }
    return true;
}

static bool join_findings(struct db *db, int64_t keep, int64_t drop, struct err *e)
{
    static const char *const sql[] = {
        "DELETE FROM finding_event WHERE finding IN (" LOSERS ")",
        "DELETE FROM member WHERE finding IN (" LOSERS ")",
        /* A loser that was told lost to one that was, too: it stays one. */
        "DELETE FROM told WHERE finding IN (" LOSERS ")",
        "DELETE FROM firing WHERE finding IN (" LOSERS ")",
        "DELETE FROM finding WHERE n IN (" LOSERS ")",
        "UPDATE finding SET item = ?1, plan_next = 1 WHERE item = ?2 AND item > 0",
    };
    const struct sql_value v[] = {SQL_I(keep), SQL_I(drop)};

    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        if (!sql_run(db, sql[i], v, 2, e))
            return false;
    }
    return true;
}

/* Evaluation takes it out of the aggregates, and then away. */
static bool retire(struct db *db, const struct fate_row *r, struct wall now,
                   struct err *e)
{
    static const char row[] =
        "UPDATE item SET vid = 'merged ' || id, hash = 0, has = ?2 WHERE id = ?1";
    static const char evaluated[] =
        "UPDATE evaluated SET has = has & ?2, next_check = 0 WHERE item = ?1";
    static const char fate[] =
        "INSERT INTO fate (item, kind, at, detail) VALUES (?, ?, ?, '')"
        " ON CONFLICT DO UPDATE SET kind = excluded.kind, at = excluded.at";

    return sql_run(db, row, SQL_ARGS(SQL_I(r->id), SQL_I(HAS_GONE)), e) &&
           sql_run(db, evaluated, SQL_ARGS(SQL_I(r->id), SQL_I(HAS_LINK)), e) &&
           sql_run(db, fate, SQL_ARGS(SQL_I(r->id), SQL_I(FATE_MOVED), SQL_T(now)), e);
}

static void count_one_less(const struct sync *s, const struct fate_row *r)
{
    struct sync_scope *c = sync_scope_by_id(s, r->scope);

    if (c == NULL)
        return;
    c->more_items--;
    c->more_open -= r->outcome == ITEM_OPEN;
}

static bool join(struct db *db, struct sync *s, const struct fate_row *keep,
                 const struct fate_row *drop, struct arena *a, struct wall now,
                 struct err *e)
{
    count_one_less(s, keep); /* it takes the place of the other */
    listing_met(s, keep->id);
    return join_messages(db, keep->id, drop->id, a, e) &&
           join_findings(db, keep->id, drop->id, e) &&
           (!drop->private_ || hide_item(db, keep->id, a, e)) &&
           effort_join(db, keep->id, drop->id, now, e) &&
           join_data(db, keep->id, drop->id, e) &&
           join_spans(db, keep->id, drop->id, e) &&
           join_writes(db, keep->id, drop->id, e) &&
           blocked_join(db, keep->id, drop->id, e) && retire(db, drop, now, e) &&
           (str_eq(keep->key, drop->key) || moved_key(db, keep->id, keep->key, e));
}

static bool queue(struct db *db, const struct sync *s, const struct fate_row *r,
                  struct str vid, struct err *e)
{
    return dirty_add(db, r->id, e) &&
           dirty_add_children(db, s->source, vid, r->key, e);
}

bool moved_apply(struct db *db, struct sync *s, const struct fate_row *r,
                 struct str to_vid, struct arena *a, struct wall now,
                 struct page_stats *st, struct err *e)
{
    struct fate_row other = {0};
    bool found;

    if (to_vid.n == 0 || str_eq(to_vid, r->vid)) {
        listing_met(s, r->id);
        return fate_clear(db, s, r->id, now, st, e);
    }
    if (!fate_clear(db, s, r->id, now, st, e) ||
        !fate_row_find(db, s->source, to_vid, a, &other, &found, e))
        return false;
    if (found &&
        (!fate_clear(db, s, other.id, now, st, e) ||
         !join(db, s, r, &other, a, now, e) || !queue(db, s, &other, to_vid, e)))
        return false;
    s->has_moved = true;
    st->fates++;
    return take_vid(db, s, r, to_vid, e) && queue(db, s, r, to_vid, e) &&
           fate_count(db, r->scope, FATE_MOVED, 1, e);
}

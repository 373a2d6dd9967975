#include "core/item.h"
#include "store/eval.h"
#include "store/sql.h"
#include "store/understood.h"

bool db_read_shown(struct db *db, struct arena *a, struct shown **ret, size_t *ret_n,
                   struct err *e)
{
    static const char sql[] = "SELECT node, first, last FROM shown ORDER BY node";
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct shown *s = arena_grow(a, ret, ret_n, &cap, sizeof *s);

        if (s == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *s = (struct shown){query_dup(&q, 0, a), query_wall(&q, 1), query_wall(&q, 2)};
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

/* ---- new epics ---- */

/* The stored marks say so themselves; what is open has been counted. */
static bool is_left_out(const struct query *q, struct arena *a)
{
    struct mark *marks;
    size_t n;

    if ((query_int(q, 4) & (COUNTED_EXEMPT | COUNTED_IDEA)) != 0 ||
        query_int(q, 5) != 0)
        return true;
    return item_unpack_marks(query_dup(q, 6, a), a, &marks, &n) &&
           item_says_exempt(marks, n, a);
}

/* "project PAY", "repository acme/pay": nobody said so of the item. */
static bool is_default(struct str detail)
{
    return str_has_prefix(detail, STR("project ")) ||
           str_has_prefix(detail, STR("repository "));
}

static struct epic_row read_epic(const struct query *q)
{
    int64_t method = query_int(q, 7);
    bool many = query_int(q, 10) > 1; /* told more than once of it: long ago */

    return (struct epic_row){
        .created = query_wall(q, 0),
        .v =
            {
                .seen = query_wall(q, 1),
                .closed = query_wall(q, 2),
                .linked = query_wall(q, 3),
                .alerted = many ? (struct wall){1} : query_wall(q, 9),
                .by_command = method == LINK_MANUAL,
                .by_default = method == LINK_SCOPE && is_default(query_str(q, 8)),
            },
    };
}

/*
 * First linked: when the last state without links ended that no state with links came
 * before; at first sight where there is no such state. All links that count are of one
 * method.
 */
static const char new_epics[] =
    "SELECT i.created, i.first_seen, i.closed,"
    " CASE WHEN coalesce((SELECT min(at) FROM past_link WHERE item = i.id AND nodes <>"
    " ''), iif(EXISTS (SELECT 1 FROM link WHERE item = i.id AND effective = 1), ?2,"
    " 0)) = 0 THEN 0 ELSE coalesce((SELECT max(at) FROM past_link WHERE item = i.id AND"
    " nodes = '' AND at < coalesce((SELECT min(at) FROM past_link WHERE item = i.id AND"
    " nodes <> ''), ?2)), i.first_seen) END,"
    " coalesce(v.counted, 0), EXISTS (SELECT 1 FROM exemption WHERE item = i.id AND"
    " rule = ''), i.marks, coalesce(l.method, 0), coalesce(l.detail, ''),"
    " coalesce(f.fired, 0), coalesce(f.episode, 0)"
    " FROM item i LEFT JOIN evaluated v ON v.item = i.id"
    " LEFT JOIN link l ON l.item = i.id AND l.effective = 1 AND (l.method, l.node) ="
    " (SELECT method, node FROM link WHERE item = i.id AND effective = 1 ORDER BY"
    " method, node LIMIT 1)"
    " LEFT JOIN finding f ON f.item = i.id AND f.item > 0 AND f.rule = 'unlinked-work'"
    " WHERE i.level >= 1 AND i.created >= ?1 AND i.first_seen <= i.created + 86400000"
    " AND i.has & 16 = 0 ORDER BY i.created, i.id";
_Static_assert(ITEM_LEVEL_EPIC == 1 && HAS_GONE == 16, "stand in the statement");

bool db_read_new_epics(struct db *db, struct wall since, struct arena *a,
                       struct epic_row **ret, size_t *ret_n, struct err *e)
{
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, new_epics, SQL_ARGS(SQL_T(since), SQL_I(INT64_MAX)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!is_left_out(&q, a)) {
            struct epic_row *r = arena_grow(a, ret, ret_n, &cap, sizeof *r);

            if (r != NULL)
                *r = read_epic(&q);
        }
        if (arena_failed(a)) {
            query_close(&q);
            return err_nomem(e);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

/* ---- work that begins ---- */

bool db_read_begun(struct db *db, struct waits *w, struct err *e)
{
    /* A span that follows another at once is the same work in other hands. */
    static const char sql[] =
        "SELECT s.started, coalesce((SELECT nodes FROM past_link WHERE item = s.item AND"
        " at > s.started ORDER BY at LIMIT 1), (SELECT group_concat(node) FROM (SELECT"
        " DISTINCT node FROM link WHERE item = s.item AND effective = 1)), '')"
        " FROM span s WHERE s.started >= ? AND NOT EXISTS (SELECT 1 FROM span b WHERE"
        " b.item = s.item AND b.started < s.started AND b.ended = s.started)"
        " ORDER BY s.started";
    struct query q;
    bool row;

    if (w->open == 0)
        return true;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(w->from)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row && w->open > 0) {
        waits_began(w, query_str(&q, 1), query_wall(&q, 0));
        if (!query_next(&q, &row, e))
            return false;
    }
    query_close(&q);
    return true;
}

/* ---- alerts ---- */

#define WAS_TOLD                                                                       \
    " AND f.baseline = 0 AND EXISTS (SELECT 1 FROM told WHERE finding = f.n AND"       \
    " delivered > 0)"

bool db_read_alerts(struct db *db, struct wall since, struct arena *a,
                    struct delays *ret, struct err *e)
{
    static const char over[] =
        "SELECT f.fired, f.resolved FROM finding f WHERE f.state = 3 AND f.resolved >="
        " ?" WAS_TOLD " ORDER BY f.resolved";
    static const char firing[] =
        "SELECT count(*) FROM finding f WHERE f.state IN (1, 2) AND f.state = 2" WAS_TOLD;
    struct query q;
    int64_t n;
    bool row;

    if (!query_open(&q, db, over, SQL_ARGS(SQL_T(since)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!delays_add(ret, a, query_wall(&q, 0), query_wall(&q, 1))) {
            query_close(&q);
            return err_nomem(e);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    if (!sql_int(db, firing, SQL_NONE, 0, &n, e))
        return false;
    ret->of += (size_t)n;
    return true;
}

#include "store/outbox_over.h"

#include "core/notice.h"
#include "core/plan.h"
#include "store/eval.h"
#include "store/outbox.h"
#include "store/sql.h"

enum { NOTICE_BYTES = 1 << 20, MEMORY = 8 << 20 };

struct message {
    int64_t id;
    struct str group;
};

static bool find_message(struct db *db, struct str channel, struct str receipt,
                         struct arena *a, struct message *ret, struct err *e)
{
    static const char sql[] =
        "SELECT id, coalesce(json_extract(notice, '$.group'), '') FROM outbox"
        " WHERE receipt = ?1 AND receipt <> '' AND channel = ?2 ORDER BY id LIMIT 1";
    struct query q;
    bool row;

    *ret = (struct message){.id = 0};
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(receipt), SQL_S(channel)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->id = query_int(&q, 0);
        ret->group = query_dup(&q, 1, a);
        query_close(&q);
    }
    return !arena_failed(a) || err_nomem(e);
}

/* An episode whose end was told, or that another followed, is over. */
static bool is_over(struct db *db, int64_t outbox, bool *ret, struct err *e)
{
    static const char sql[] =
        "SELECT count(*) = 0 AND EXISTS (SELECT 1 FROM outbox_member WHERE outbox = ?1)"
        " FROM outbox_member m JOIN outbox o ON o.id = m.outbox LEFT JOIN told t ON"
        " t.finding = m.finding AND t.channel = o.channel WHERE m.outbox = ?1 AND"
        " m.kind <> 14 AND NOT (coalesce(t.episode, 0) > m.episode OR (t.episode ="
        " m.episode AND t.kind = 14))";
    int64_t over;

    _Static_assert(PLAN_RESOLVED == 14, "the number stands in the statement");
    *ret = false;
    if (!sql_int(db, sql, SQL_ARGS(SQL_I(outbox)), 0, &over, e))
        return false;
    *ret = over != 0;
    return true;
}

static struct notice_entry read_entry(const struct query *q, struct arena *a)
{
    return (struct notice_entry){
        .finding = query_dup(q, 0, a),
        .key = query_dup(q, 1, a),
        .url = query_dup(q, 2, a),
        .ended_by = query_dup(q, 3, a),
        .change = query_int(q, 4) != 0 ? STR("ended") : STR("resolved"),
        .severity = query_dup(q, 5, a),
    };
}

/* No titles: they may have become private since. */
static bool load_entries(struct db *db, int64_t outbox, struct arena *a,
                         struct notice *n, struct err *e)
{
    static const char sql[] =
        "SELECT f.id, coalesce(i.key, substr(f.subject, instr(f.subject, ' ') + 1)),"
        " coalesce(i.url, ''), iif(f.episode = m.episode, f.ended_by, ''),"
        " coalesce(i.has & 16, 0), '' FROM outbox_member m JOIN finding f ON"
        " f.n = m.finding LEFT JOIN item i ON i.id = f.item AND f.item > 0"
        " WHERE m.outbox = ? ORDER BY f.severity DESC, f.since, f.n";
    struct query q;
    bool row;

    _Static_assert(HAS_GONE == 16, "the number stands in the statement");
    n->resolved = arena_array(a, NOTICE_SHOWN, sizeof *n->resolved);
    if (n->resolved == NULL)
        return err_nomem(e);
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(outbox)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        if (n->n_resolved < NOTICE_SHOWN)
            n->resolved[n->n_resolved++] = read_entry(&q, a);
        n->total_resolved++;
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

static bool write_notice(const struct notice *n, struct arena *a, struct str *ret,
                         struct err *e)
{
    struct buf json;
    bool ok;

    buf_init(&json, NOTICE_BYTES);
    notice_write(&json, n);
    ok = buf_check(&json, e);
    if (ok)
        *ret = arena_str(a, buf_str(&json));
    buf_finish(&json);
    return ok && (!arena_failed(a) || err_nomem(e));
}

bool outbox_over(struct db *db, struct str channel, struct str receipt, struct arena *a,
                 struct str *ret_notice, struct err *e)
{
    struct notice n = {.kind = NOTICE_DRIFT, .channel = channel};
    struct message m;
    bool over = false;

    *ret_notice = STR_NONE;
    if (!find_message(db, channel, receipt, a, &m, e) ||
        (m.id != 0 && !is_over(db, m.id, &over, e)))
        return false;
    n.group = m.group;
    return !over ||
           (load_entries(db, m.id, a, &n, e) && write_notice(&n, a, ret_notice, e));
}

/* ---- marks ---- */

struct over_mark {
    struct str channel, receipt;
};

/* The messages that first told what this one says is over. */
static bool load_marks(struct db *db, int64_t delivered, struct arena *a,
                       struct over_mark **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT DISTINCT o.channel, t.thread FROM outbox_member m JOIN outbox o ON o.id ="
        " m.outbox JOIN told t ON t.finding = m.finding AND t.channel = o.channel AND"
        " t.episode = m.episode WHERE m.outbox = ? AND m.kind = 14 AND t.thread <> ''"
        " ORDER BY t.thread";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(delivered)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct over_mark *m = arena_grow(a, ret, ret_n, &cap, sizeof *m);

        if (m == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *m = (struct over_mark){query_dup(&q, 0, a), query_dup(&q, 1, a)};
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

/* What it says is found when it is sent: it may not be over any more. */
static bool add_mark(struct db *db, const struct over_mark *m, struct str notice,
                     struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO outbox (key, channel, created, next_attempt, notice, edits) SELECT"
        " ?1, ?2, ?3, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE channel ="
        " ?2 AND state < 2 AND edits = ?5)";
    char key[OUTBOX_KEY];

    return outbox_key(key, e) &&
           sql_run(db, sql,
                   SQL_ARGS(SQL_S(str_of(key)), SQL_S(m->channel), SQL_T(now),
                            SQL_S(notice), SQL_S(m->receipt)),
                   e);
}

static bool mark_all(struct db *db, int64_t delivered, struct wall now, struct arena *a,
                     struct err *e)
{
    struct over_mark *v = NULL;
    size_t n = 0;

    if (!load_marks(db, delivered, a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct str notice;

        if (!outbox_over(db, v[i].channel, v[i].receipt, a, &notice, e) ||
            (notice.n > 0 && !add_mark(db, &v[i], notice, now, e)))
            return false;
    }
    return true;
}

bool outbox_mark(struct db *db, int64_t delivered, struct wall now, struct err *e)
{
    struct arena *a = arena_create(MEMORY);
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = mark_all(db, delivered, now, a, e);
    arena_destroy(a);
    return ok;
}

#include "store/silence.h"

#include "base/date.h"
#include "store/audit.h"
#include "store/cursor.h"
#include "store/sql.h"

enum { REASON_BYTES = 1000, LABELS_BYTES = 2000, MOST = 200 };

/* ---- while findings are planned ---- */

static bool load(struct eval *ev, struct err *e)
{
    static const char sql[] = "SELECT id, labels, until FROM silence WHERE ended = 0"
                              " AND until > ? ORDER BY until";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct silence *s =
            arena_grow(ev->a, &ev->silences, &ev->n_silences, &cap, sizeof *s);

        if (s == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *s = (struct silence){.id = query_int(&q, 0), .until = query_wall(&q, 2)};
        if (!silence_parse(query_str(&q, 1), ev->a, s->match, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    ev->has_silences = true;
    return true;
}

bool eval_silences(struct eval *ev, struct err *e)
{
    return ev->has_silences || load(ev, e);
}

bool eval_silence(struct eval *ev, const struct route_labels *labels,
                  const struct silence **ret, struct err *e)
{
    if (!eval_silences(ev, e))
        return false;
    *ret = silence_find(ev->silences, ev->n_silences, labels, ev->item);
    return true;
}

struct open_silence {
    int64_t id;
    struct wall until, idle_since;
    bool covers;
};

static bool load_open(struct eval *ev, struct open_silence **ret, size_t *ret_n,
                      struct err *e)
{
    static const char sql[] =
        "SELECT s.id, s.until, s.idle_since, EXISTS (SELECT 1 FROM finding f"
        " WHERE f.reason = 5 AND f.reason_detail = CAST(s.id AS TEXT) AND"
        " f.state IN (1, 2)) FROM silence s WHERE s.ended = 0 AND s.until > 0";
    size_t cap = 0;
    struct query q;
    bool row;

    _Static_assert(PLAN_SILENCED == 5, "the number stands in statements and an index");
    if (!query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct open_silence *s = arena_grow(ev->a, ret, ret_n, &cap, sizeof *s);

        if (s == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        s->id = query_int(&q, 0);
        s->until = query_wall(&q, 1);
        s->idle_since = query_wall(&q, 2);
        s->covers = query_int(&q, 3) != 0;
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

static bool end(struct db *db, int64_t id, struct str by, struct wall now,
                struct err *e)
{
    static const char over[] =
        "UPDATE silence SET ended = ?2, ended_by = ?3 WHERE id = ?1 AND ended = 0";
    static const char again[] = "UPDATE finding SET plan_next = 1 WHERE reason = 5 AND"
                                " reason_detail = CAST(? AS TEXT)";

    return sql_run(db, over, SQL_ARGS(SQL_I(id), SQL_T(now), SQL_S(by)), e) &&
           sql_run(db, again, SQL_ARGS(SQL_I(id)), e);
}

static bool look_at(struct eval *ev, const struct open_silence *s, struct err *e)
{
    static const char sql[] = "UPDATE silence SET idle_since = ?2 WHERE id = ?1";
    struct wall idle = s->covers                  ? (struct wall){0}
                       : s->idle_since.ms == 0 ? ev->now
                                                  : s->idle_since;
    struct wall ends = silence_ends(s->until, idle);

    if (ends.ms <= ev->now.ms)
        return end(ev->db, s->id,
                   s->until.ms <= ev->now.ms ? STR("its time")
                                             : STR("covering nothing for 7 d"),
                   ev->now, e);
    eval_wake(ev, ends);
    return idle.ms == s->idle_since.ms ||
           sql_run(ev->db, sql, SQL_ARGS(SQL_I(s->id), SQL_T(idle)), e);
}

bool eval_end_silences(struct eval *ev, struct err *e)
{
    struct open_silence *v = NULL;
    size_t n = 0;

    if (!load_open(ev, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!look_at(ev, &v[i], e))
            return false;
    }
    return true;
}

/* ---- by people ---- */

/* Whatever is open may be covered, and what waits for a message. */
static bool plan_all(struct db *db, struct err *e)
{
    static const char open[] =
        "UPDATE finding SET plan_next = 1 WHERE state IN (1, 2)";
    static const char waiting[] =
        "UPDATE finding SET plan_next = 1 WHERE n IN (SELECT finding FROM member)";

    return sql_run(db, open, SQL_NONE, e) && sql_run(db, waiting, SQL_NONE, e);
}

static bool audit(struct db *db, int64_t id, struct str labels, struct str reason,
                  struct wall until, const struct actor *by, struct wall now,
                  struct err *e)
{
    char subject[40], mem[LABELS_BYTES + REASON_BYTES + 100];
    struct buf name, detail;

    buf_init_fixed(&name, subject, sizeof subject);
    buf_printf(&name, "silence %lld", (long long)id);
    buf_init_fixed(&detail, mem, sizeof mem);
    buf_printf(&detail, "%.*s: %.*s (until ", STR_FMT(labels), STR_FMT(reason));
    date_print_iso(&detail, until);
    buf_addc(&detail, ')');
    return audit_add(db, by, STR("silence"), buf_str(&name), buf_str(&detail), now, e);
}

static bool add(struct db *db, struct str labels, struct str reason, struct wall until,
                const struct actor *by, struct wall now, int64_t *ret_id, struct err *e)
{
    static const char count[] = "SELECT count(*) FROM silence WHERE ended = 0";
    static const char sql[] =
        "INSERT INTO silence (labels, reason, uid, user, at, until, idle_since)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5)";
    int64_t open;

    if (!sql_int(db, count, SQL_NONE, 0, &open, e))
        return false;
    if (open >= MOST)
        return err_set(e, ERR_CONFLICT, "there are %d silences already: end some", MOST);
    if (!sql_run(db, sql,
                 SQL_ARGS(SQL_S(labels), SQL_S(reason), SQL_I(by->uid), SQL_S(by->user),
                          SQL_T(now), SQL_T(until)),
                 e))
        return false;
    *ret_id = sql_last_id(db);
    return plan_all(db, e) && audit(db, *ret_id, labels, reason, until, by, now, e);
}

bool db_silence_add(struct db *db, const struct str_list match[], struct str reason,
                    struct wall until, const struct actor *by, struct wall now,
                    int64_t *ret_id, struct err *e)
{
    struct buf labels;
    bool ok;

    if (reason.n == 0 || reason.n > REASON_BYTES)
        return err_set(e, ERR_USAGE, "a silence needs a reason of at most %d bytes",
                       REASON_BYTES);
    if (until.ms <= now.ms)
        return err_set(e, ERR_USAGE, "the silence would have ended already");
    if (until.ms > wall_add(now, SILENCE_LONGEST).ms)
        return err_set(e, ERR_USAGE, "a silence lasts at most 30 days");
    buf_init(&labels, LABELS_BYTES);
    silence_print(&labels, match);
    ok = buf_check(&labels, e);
    if (ok && labels.n == 0)
        ok = err_set(e, ERR_USAGE, "nothing to match is given");
    ok = ok && sql_begin(db, true, e) &&
         sql_end(db, add(db, buf_str(&labels), reason, until, by, now, ret_id, e), e);
    buf_finish(&labels);
    return ok;
}

static bool end_by(struct db *db, int64_t id, const struct actor *by, struct wall now,
                   struct err *e)
{
    static const char sql[] = "SELECT ended = 0 FROM silence WHERE id = ?";
    struct str who = by->user.n > 0 ? by->user : STR("?");
    char mem[40];
    struct buf name;
    int64_t open;

    if (!sql_int(db, sql, SQL_ARGS(SQL_I(id)), -1, &open, e))
        return false;
    if (open != 1)
        return err_set(e, open < 0 ? ERR_NOT_FOUND : ERR_CONFLICT,
                       open < 0 ? "no silence %lld" : "silence %lld is over already",
                       (long long)id);
    buf_init_fixed(&name, mem, sizeof mem);
    buf_printf(&name, "silence %lld", (long long)id);
    return end(db, id, who, now, e) &&
           audit_add(db, by, STR("unsilence"), buf_str(&name), STR_NONE, now, e);
}

bool db_silence_end(struct db *db, int64_t id, const struct actor *by, struct wall now,
                    struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, end_by(db, id, by, now, e), e);
}

bool db_read_silences(struct db *db, bool all, int64_t limit, struct arena *a,
                      struct silence_row **ret, size_t *ret_n, struct err *e)
{
    static const char open[] =
        "SELECT id, labels, reason, uid, user, at, until, idle_since, ended, ended_by,"
        " (SELECT count(*) FROM finding f WHERE f.reason = 5 AND f.reason_detail ="
        " CAST(s.id AS TEXT) AND f.state IN (1, 2)) FROM silence s WHERE ended = 0"
        " ORDER BY until, id LIMIT ?";
    static const char every[] =
        "SELECT id, labels, reason, uid, user, at, until, idle_since, ended, ended_by,"
        " (SELECT count(*) FROM finding f WHERE f.reason = 5 AND f.reason_detail ="
        " CAST(s.id AS TEXT) AND f.state IN (1, 2)) FROM silence s"
        " ORDER BY id DESC LIMIT ?";
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, all ? every : open, SQL_ARGS(SQL_I(page_limit(limit))),
                    e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct silence_row *r = arena_grow(a, ret, ret_n, &cap, sizeof *r);

        if (r == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *r = (struct silence_row){
            .id = query_int(&q, 0),
            .labels = query_dup(&q, 1, a),
            .reason = query_dup(&q, 2, a),
            .by = {.uid = query_int(&q, 3), .user = query_dup(&q, 4, a)},
            .at = query_wall(&q, 5),
            .until = query_wall(&q, 6),
            .idle_since = query_wall(&q, 7),
            .ended = query_wall(&q, 8),
            .ended_by = query_dup(&q, 9, a),
            .covers = query_int(&q, 10),
        };
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

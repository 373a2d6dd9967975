#include "store/cursor.h"
#include "store/due.h"
#include "store/find.h"
#include "store/finding_row.h"
#include "store/outbox.h"

/* ---- one row ---- */

#define ROW_COLUMNS                                                                    \
    FINDING_COLUMNS                                                                    \
    ", f.reason_at, coalesce(i.key, ''), coalesce(i.title, ''), coalesce(i.url, ''),"  \
    " coalesce(c.name, ''), coalesce(s.name, ''),"                                     \
    " f.kind = 0 AND f.state IN (1, 2) AND ((coalesce(c.fresh, 1) = 0 AND"             \
    " coalesce(c.state, 0) NOT IN (5, 6) AND coalesce(s.active, 1)) OR"                \
    " coalesce(i.has, 0) & 32 <> 0),"                                                  \
    " coalesce((SELECT b.due FROM member m JOIN batch b ON b.id = m.batch WHERE"       \
    " m.finding = f.n AND substr(f.reason_detail, 1, length(b.channel || ' ' || b.name)) = b.channel ||"   \
    " ' ' || b.name), 0),"          \
    " coalesce(i.has, 0) & 32, f.plan_next,"                                           \
    " CASE f.reason WHEN 5 THEN (SELECT 'silence ' || id || CASE user WHEN '' THEN ''" \
    " ELSE ' by ' || user END || ': ' || reason FROM silence WHERE"                    \
    " id = CAST(f.reason_detail AS INTEGER)) END"
_Static_assert(PLAN_SILENCED == 5, "the number stands in the columns above");
_Static_assert(HAS_HIDDEN == 32, "the number stands in the columns above");
#define ROW_FROM                                                                       \
    " FROM finding f LEFT JOIN item i ON i.id = f.item AND f.item > 0"                 \
    " LEFT JOIN scope c ON c.id = f.scope LEFT JOIN source s ON s.id = f.source"

static struct str subject_of(const struct query *q, const struct finding_stored *f,
                             struct arena *a)
{
    struct str key = query_dup(q, FINDING_COLUMN_COUNT + 1, a);
    ptrdiff_t blank = str_chr(f->key, ' ');

    if (f->kind == RULE_ITEM || blank < 0)
        return key;
    return str_skip(f->key, (size_t)blank + 1);
}

enum { AT_SILENCE = FINDING_COLUMN_COUNT + 10 };

/* 1 stands for a finding that is to be planned at once. */
static struct wall until_of(const struct query *q, const struct finding_stored *f)
{
    struct wall next = query_wall(q, FINDING_COLUMN_COUNT + 9);

    if (f->reason == PLAN_SNOOZED)
        return f->snoozed_until;
    if (due_is_group_reason(f->reason))
        return query_wall(q, FINDING_COLUMN_COUNT + 7);
    return (f->reason == PLAN_FIRST || f->reason == PLAN_SILENCED) && next.ms > 1 ? next : (struct wall){0};
}

static void read_row(const struct query *q, struct arena *a, struct finding_row *ret)
{
    struct finding_stored f;
    bool stale = query_int(q, FINDING_COLUMN_COUNT + 6) != 0;

    finding_read(q, a, &f);
    *ret = (struct finding_row){
        .f = f.f,
        .rule = f.rule,
        .subject_kind = str_of(rule_subject_name(f.kind)),
        .subject = subject_of(q, &f, a),
        .title = query_dup(q, FINDING_COLUMN_COUNT + 2, a),
        .url = query_dup(q, FINDING_COLUMN_COUNT + 3, a),
        .scope = query_dup(q, FINDING_COLUMN_COUNT + 4, a),
        .source = query_dup(q, FINDING_COLUMN_COUNT + 5, a),
        .team = f.team,
        .note = f.note,
        .fix = f.fix,
        .command = f.command,
        .node = f.node,
        .facts = f.facts,
        .baseline = f.baseline,
        .reason = stale ? PLAN_SOURCE_STALE : f.reason,
        .reason_at = query_wall(q, FINDING_COLUMN_COUNT),
    };
    ret->reason_until = stale ? (struct wall){0} : until_of(q, &f);
    ret->reason_detail = stale                         ? ret->scope
                         : f.reason == PLAN_SILENCED ? query_dup(q, AT_SILENCE, a)
                                                       : f.reason_detail;
    if (query_int(q, FINDING_COLUMN_COUNT + 8) != 0)
        ret->reason_detail = STR("the tracker does not let the item be read");
}

/* Of a message that is forgotten only its delivery is known. */
static bool read_told(struct db *db, struct arena *a, struct finding_row *f,
                      struct err *e)
{
    static const char sql[] =
        "SELECT t.channel, t.kind, t.at, t.delivered, coalesce(o.state, CASE WHEN"
        " t.delivered > 0 THEN 2 ELSE 3 END) FROM finding f JOIN told t ON"
        " t.finding = f.n AND t.episode = f.episode LEFT JOIN outbox o ON"
        " o.id = t.outbox WHERE f.id = ? AND f.state IN (2, 3) ORDER BY t.at, "
        "t.channel";
    struct query_rows to = QUERY_ROWS(a, f->told, f->n_told);
    struct told_row *t;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(str_of(f->f.id))), e))
        return false;
    while ((t = query_row(&q, &to, e)) != NULL) {
        t->channel = query_dup(&q, 0, a);
        t->kind = (enum plan_reason)query_int(&q, 1);
        t->at = query_wall(&q, 2);
        t->delivered = query_wall(&q, 3);
        t->state = str_of(outbox_state_name((enum outbox_state)query_int(&q, 4)));
    }
    return to.ok;
}

/* ---- lists ---- */

/* ?1 rule, ?2 team, ?3 subject, ?4 scope, ?5 source: empty is any; ?6 severity and ?7
   state: -1 is any; ?8: the baseline, too. */
#define ROW_FILTER                                                                     \
    " (?1 = '' OR f.rule = ?1) AND (?2 = '' OR f.team = ?2)"                           \
    " AND (?3 = '' OR i.key = ?3 COLLATE NOCASE OR (f.item = 0 AND"            \
    " substr(f.subject, instr(f.subject, ' ') + 1) = ?3)) AND (?4 = '' OR c.name = ?4 "  \
    "COLLATE NOCASE)"                                                                  \
    " AND (?5 = '' OR s.name = ?5) AND (?6 < 0 OR f.severity = ?6)"                    \
    " AND (?7 < 0 OR f.state = ?7) AND (?8 OR NOT f.baseline)"
#define ROW_PAGE                                                                       \
    " AND (?9 = 0 OR f.severity < ?10 OR (f.severity = ?10 AND (f.since > ?11 OR"      \
    " (f.since = ?11 AND f.n > ?12)))) ORDER BY f.severity DESC, f.since, f.n LIMIT "  \
    "?13"

static const char open_sql[] =
    "SELECT " ROW_COLUMNS ROW_FROM " WHERE f.state IN (1, 2) AND" ROW_FILTER ROW_PAGE;
static const char open_count_sql[] =
    "SELECT count(*)" ROW_FROM " WHERE f.state IN (1, 2) AND" ROW_FILTER;
static const char all_sql[] =
    "SELECT " ROW_COLUMNS ROW_FROM " WHERE" ROW_FILTER ROW_PAGE;
static const char all_count_sql[] = "SELECT count(*)" ROW_FROM " WHERE" ROW_FILTER;

enum { FILTER_ARGS = 8, PAGE_ARGS = 13 };

static bool filter_numbers(const struct finding_filter *f, int64_t *ret_severity,
                           int64_t *ret_state, struct err *e)
{
    enum severity severity;

    *ret_severity = *ret_state = -1;
    if (f->severity.n > 0) {
        if (!severity_parse(f->severity, &severity))
            return err_set(e, ERR_USAGE, "no severity %.*s: info, warn or high",
                           STR_FMT(str_first(f->severity, 40)));
        *ret_severity = severity;
    }
    for (int s = FINDING_PENDING; f->state.n > 0 && s <= FINDING_RESOLVED; s++) {
        if (str_eqz(f->state, finding_state_name((enum finding_state)s)))
            *ret_state = s;
    }
    return f->state.n == 0 || *ret_state >= 0 ||
           err_set(e, ERR_USAGE, "no state %.*s: pending, firing or resolved",
                   STR_FMT(str_first(f->state, 40)));
}

static bool list(struct db *db, const char *sql, const struct sql_value *v,
                 struct arena *a, struct finding_row **ret, size_t *ret_n,
                 int64_t last[3], struct err *e)
{
    struct finding_row *rows = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, v, PAGE_ARGS, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct finding_row *f = arena_grow(a, &rows, &n, &cap, sizeof *f);

        if (f == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        read_row(&q, a, f);
        last[0] = f->f.severity;
        last[1] = f->f.since.ms;
        last[2] = query_int(&q, 0);
        if (!query_next(&q, &row, e))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!read_told(db, a, &rows[i], e))
            return false;
    }
    *ret = rows;
    *ret_n = n;
    return !arena_failed(a) || err_nomem(e);
}

bool db_read_findings(struct db *db, const struct finding_filter *f, struct arena *a,
                      struct finding_row **ret, size_t *ret_n, int64_t *ret_total,
                      struct str *ret_next, struct err *e)
{
    int64_t severity, state, at[3] = {0}, limit = page_limit(f->limit), total = 0;
    bool given, all, ok;

    if (!filter_numbers(f, &severity, &state, e) ||
        !cursor_read(f->cursor, at, 3, &given, e))
        return false;
    all = f->all || state == FINDING_RESOLVED;
    const struct sql_value v[] = {
        SQL_S(f->rule),   SQL_S(f->team),  SQL_S(f->subject), SQL_S(f->scope),
        SQL_S(f->source), SQL_I(severity), SQL_I(state),      SQL_I(f->all),
        SQL_I(given),     SQL_I(at[0]),    SQL_I(at[1]),      SQL_I(at[2]),
        SQL_I(limit),
    };

    _Static_assert(ARRAY_LEN(v) == PAGE_ARGS, "one value for each parameter");
    if (!sql_begin_read(db, e))
        return false;
    ok =
        list(db, all ? all_sql : open_sql, v, a, ret, ret_n, at, e) &&
        sql_int(db, all ? all_count_sql : open_count_sql, v, FILTER_ARGS, 0, &total, e);
    sql_end_read(db);
    if (!ok)
        return false;
    *ret_total = total;
    *ret_next = (int64_t)*ret_n == limit ? cursor_write(a, at, 3) : STR_NONE;
    return !arena_failed(a) || err_nomem(e);
}

/* ---- one finding and its history ---- */

static bool history(struct db *db, int64_t n, struct arena *a,
                    struct finding_event_row **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT at, what, detail FROM finding_event WHERE finding = ? ORDER BY n";
    struct finding_event_row *v = NULL;
    struct query_rows to = QUERY_ROWS(a, v, *ret_n);
    struct finding_event_row *ev;
    struct query q;

    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(n)), e))
        return false;
    while ((ev = query_row(&q, &to, e)) != NULL) {
        ev->at = query_wall(&q, 0);
        ev->what = query_dup(&q, 1, a);
        ev->detail = query_dup(&q, 2, a);
    }
    *ret = v;
    return to.ok;
}

static bool one(struct db *db, struct str id, struct arena *a, struct finding_row *ret,
                struct finding_event_row **ret_history, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT " ROW_COLUMNS ROW_FROM " WHERE f.n = ?";
    struct query q;
    int64_t n;
    bool row;

    if (!find_finding(db, id, &n, e) ||
        !query_open(&q, db, sql, SQL_ARGS(SQL_I(n)), e) || !query_next(&q, &row, e))
        return false;
    if (row)
        read_row(&q, a, ret);
    query_close(&q);
    return read_told(db, a, ret, e) && history(db, n, a, ret_history, ret_n, e);
}

bool db_read_finding(struct db *db, struct str id, struct arena *a,
                     struct finding_row *ret, struct finding_event_row **ret_history,
                     size_t *ret_n, struct err *e)
{
    bool ok;

    if (!sql_begin_read(db, e))
        return false;
    ok = one(db, id, a, ret, ret_history, ret_n, e);
    sql_end_read(db);
    return ok;
}

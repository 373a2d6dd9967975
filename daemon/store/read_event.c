#include "core/rule.h"
#include "store/db.h"
#include "store/sql.h"

bool db_read_events(struct db *db, int64_t after, int64_t limit, struct arena *a,
                    struct event_row **ret, size_t *ret_n, int64_t *ret_newest,
                    struct err *e)
{
    static const char newest[] = "SELECT max(n) FROM finding_event";
    static const char sql[] =
        "SELECT e.n, e.at, e.what, e.detail, f.id, f.rule, f.kind, CASE WHEN f.item > 0"
        " THEN i.key ELSE substr(f.subject, instr(f.subject, ' ') + 1) END, f.severity,"
        " f.team FROM finding_event e CROSS JOIN finding f ON f.n = e.finding"
        " LEFT JOIN item i ON i.id = f.item AND f.item > 0 WHERE e.n > ? ORDER BY e.n"
        " LIMIT ?";
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!sql_int(db, newest, SQL_NONE, 0, ret_newest, e))
        return false;
    if (after >= *ret_newest)
        return true;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(after), SQL_I(limit)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct event_row *v = arena_grow(a, ret, ret_n, &cap, sizeof *v);

        if (v == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *v = (struct event_row){
            .n = query_int(&q, 0),
            .at = query_wall(&q, 1),
            .what = query_dup(&q, 2, a),
            .detail = query_dup(&q, 3, a),
            .finding = query_dup(&q, 4, a),
            .rule = query_dup(&q, 5, a),
            .subject_kind =
                str_of(rule_subject_name((enum rule_subject)query_int(&q, 6))),
            .subject = query_dup(&q, 7, a),
            .severity = str_of(severity_name((enum severity)query_int(&q, 8))),
            .team = query_dup(&q, 9, a),
        };
        if (!query_next(&q, &row, e))
            return false;
    }
    /* The newest may be of a finding that is gone since. */
    if (*ret_n < (size_t)limit && *ret_n > 0)
        *ret_newest = (*ret)[*ret_n - 1].n;
    return !arena_failed(a) || err_nomem(e);
}

#include "store/db.h"
#include "store/sql.h"

static struct effort_basis read_basis(const struct query *q)
{
    return (struct effort_basis){
        .day = date_from_days(query_int(q, 0)),
        .plan = (uint64_t)query_int(q, 1),
        .capacity = query_int(q, 2),
        .people = query_int(q, 3),
        .known = query_int(q, 4),
        .median_items = query_real(q, 5),
        .in_progress = query_int(q, 6),
        .parked = query_int(q, 7),
        .unattributed = query_int(q, 8),
    };
}

bool db_read_effort_days(struct db *db, struct str team, struct date from,
                         struct date to, struct arena *a, struct effort_basis **ret,
                         size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT day, plan, capacity, people, known, median, in_progress, parked,"
        " unattributed FROM effort_day WHERE day BETWEEN ? AND ? AND team = ?"
        " ORDER BY day";
    struct query_rows rows = QUERY_ROWS(a, *ret, *ret_n);
    struct effort_basis *d;
    struct query q;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql,
                    SQL_ARGS(SQL_I(date_to_days(from)), SQL_I(date_to_days(to)),
                             SQL_S(team)),
                    e))
        return false;
    while ((d = query_row(&q, &rows, e)) != NULL)
        *d = read_basis(&q);
    return rows.ok;
}

bool db_read_effort(struct db *db, struct date from, struct date to, struct arena *a,
                    struct effort_figure **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT team, node, goal, sum(days) FROM effort WHERE day BETWEEN ? AND ?"
        " GROUP BY team, node, goal ORDER BY team, node, goal";
    struct query_rows rows = QUERY_ROWS(a, *ret, *ret_n);
    struct effort_figure *f;
    struct query q;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql,
                    SQL_ARGS(SQL_I(date_to_days(from)), SQL_I(date_to_days(to))), e))
        return false;
    while ((f = query_row(&q, &rows, e)) != NULL)
        *f = (struct effort_figure){
            .team = query_dup(&q, 0, a),
            .node = query_dup(&q, 1, a),
            .goal = query_dup(&q, 2, a),
            .days = query_real(&q, 3),
        };
    return rows.ok;
}

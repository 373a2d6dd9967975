#include "store/db.h"
#include "store/scope.h"
#include "store/sql.h"

static bool read_scopes(struct db *db, int64_t day, struct arena *a,
                        struct coverage_rows *r, struct err *e)
{
    static const char sql[] =
        "SELECT s.name, c.name, d.epics, d.linked, d.exempt, d.by_scope, d.baseline"
        " FROM scope c JOIN source s ON s.id = c.source CROSS JOIN scope_day d ON"
        " d.scope = c.id AND d.day = (SELECT max(day) FROM scope_day WHERE scope = c.id"
        " AND day <= ?) ORDER BY s.id, c.name";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(day)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct coverage_row *c = arena_grow(a, &r->v, &r->n, &cap, sizeof *c);

        if (c == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *c = (struct coverage_row){
            .source = query_dup(&q, 0, a),
            .scope = query_dup(&q, 1, a),
            .open = query_int(&q, 2),
            .linked = query_int(&q, 3),
            .exempt = query_int(&q, 4),
            .by_scope = query_int(&q, 5),
            .baseline = query_int(&q, 6),
        };
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

static bool read_tallies(struct db *db, int64_t day, struct arena *a,
                         struct coverage_rows *r, struct err *e)
{
    static const char sql[] =
        "SELECT d.node, d.open, d.in_progress, d.completed, d.discarded, d.epics FROM"
        " tally t CROSS JOIN tally_day d ON d.node = t.node AND d.day = (SELECT max(day)"
        " FROM tally_day WHERE node = t.node AND day <= ?) ORDER BY t.node";
    struct query_rows to = QUERY_ROWS(a, r->initiatives, r->n_initiatives);
    struct initiative_row *i;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(day)), e))
        return false;
    while ((i = query_row(&q, &to, e)) != NULL) {
        i->id = query_dup(&q, 0, a);
        i->tally = (struct tally){
            .open = query_int(&q, 1),
            .in_progress = query_int(&q, 2),
            .completed = query_int(&q, 3),
            .discarded = query_int(&q, 4),
            .epics = query_int(&q, 5),
        };
    }
    return to.ok;
}

bool db_read_coverage_at(struct db *db, struct date day, struct arena *a,
                         struct coverage_rows *ret, struct err *e)
{
    static const char first[] = "SELECT coalesce(min(day), 0) FROM scope_day";
    int64_t n = date_to_days(day), begins;
    struct buf since;
    char mem[20];

    *ret = (struct coverage_rows){0};
    if (!sql_int(db, first, SQL_NONE, 0, &begins, e))
        return false;
    if (begins == 0)
        return err_set(e, ERR_NOT_FOUND,
                       "numbers are kept at the end of each day: none is over yet");
    buf_init_fixed(&since, mem, sizeof mem);
    date_print(&since, date_from_days(begins));
    if (n < begins)
        return err_set(e, ERR_NOT_FOUND, "numbers are kept since %s", buf_cstr(&since));
    return read_scopes(db, n, a, ret, e) && read_tallies(db, n, a, ret, e) &&
           (!arena_failed(a) || err_nomem(e));
}

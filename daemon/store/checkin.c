#include "base/buf.h"
#include "base/date.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/sql.h"
#include "store/value_row.h"

static struct str detail(struct buf *out, const struct checkin *c)
{
    buf_printf(out, "%.15g on ", c->value);
    date_print(out, c->day);
    return buf_str(out);
}

static bool add(struct db *db, const struct checkin *c, const struct actor *by,
                struct wall now, struct err *e)
{
    char said[100];
    struct buf text;

    buf_init_fixed(&text, said, sizeof said);
    return value_row_add(db, c, ORIGIN_PERSON, by, now, e) &&
           audit_add(db, by, STR("check-in"), c->kr, detail(&text, c), now, e);
}

bool db_checkin_add(struct db *db, const struct checkin *c, const struct actor *by,
                    struct wall now, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, add(db, c, by, now, e), e);
}

/* The last that a person told; *ret_n 0: there is none. */
static bool find_last(struct db *db, struct str kr, struct date day, struct arena *a,
                      struct checkin *ret, int64_t *ret_n, struct err *e)
{
    static const char any[] =
        "SELECT n, day, value, confidence, note FROM kr_value WHERE kr = ?1"
        " AND ?2 < 0 AND origin = 0 ORDER BY n DESC LIMIT 1";
    static const char of_day[] =
        "SELECT n, day, value, confidence, note FROM kr_value WHERE kr = ?1"
        " AND day = ?2 AND origin = 0 ORDER BY n DESC LIMIT 1";
    struct query q;
    bool row;

    *ret_n = 0;
    if (!query_open(&q, db, day.year == 0 ? any : of_day,
                    SQL_ARGS(SQL_S(kr), SQL_I(date_to_days(day))), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    *ret_n = query_int(&q, 0);
    *ret = (struct checkin){
        .kr = kr,
        .day = date_from_days(query_int(&q, 1)),
        .value = query_real(&q, 2),
        .confidence = query_int(&q, 3),
        .note = query_dup(&q, 4, a),
    };
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

static bool take_back(struct db *db, struct str kr, struct date day,
                      const struct actor *by, struct wall now, struct arena *a,
                      struct checkin *ret, struct err *e)
{
    char said[100];
    struct buf text;
    int64_t n;

    buf_init_fixed(&text, said, sizeof said);
    if (!find_last(db, kr, day, a, ret, &n, e))
        return false;
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND,
                       "nobody has told a value of %.*s%s that could be taken back",
                       STR_FMT(str_first(kr, 64)), day.year == 0 ? "" : " on that day");
    return value_row_remove(db, n, e) &&
           audit_add(db, by, STR("check-in-undo"), kr, detail(&text, ret), now, e);
}

bool db_checkin_remove(struct db *db, struct str kr, struct date day,
                       const struct actor *by, struct wall now, struct arena *a,
                       struct checkin *ret, struct err *e)
{
    return sql_begin(db, true, e) &&
           sql_end(db, take_back(db, kr, day, by, now, a, ret, e), e);
}

/* ---- reading ---- */

static struct kr_told read_value(const struct query *q, struct str kr, struct arena *a)
{
    return (struct kr_told){
        .said = {.kr = kr,
                 .day = date_from_days(query_int(q, 0)),
                 .value = query_real(q, 1),
                 .confidence = query_int(q, 2),
                 .note = query_dup(q, 3, a)},
        .at = query_wall(q, 4),
        .by = query_dup(q, 5, a),
    };
}

bool db_read_kr(struct db *db, struct str kr, struct arena *a, struct kr_row *ret,
                struct err *e)
{
    static const char known[] = "SELECT first_load FROM kr_known WHERE id = ?";
    static const char sql[] = "SELECT day, value, confidence, note, at, user"
                              " FROM kr_value WHERE kr = ? ORDER BY day, n";
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = (struct kr_row){0};
    if (!sql_int(db, known, SQL_ARGS(SQL_S(kr)), 0, &ret->first_load.ms, e) ||
        !query_open(&q, db, sql, SQL_ARGS(SQL_S(kr)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct kr_told *t = arena_grow(a, &ret->v, &ret->n, &cap, sizeof *t);

        if (t == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *t = read_value(&q, kr, a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

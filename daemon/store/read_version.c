#include <stdio.h>

#include "base/date.h"
#include "store/cursor.h"
#include "store/db.h"
#include "store/sql.h"

#define COLUMNS                                                                        \
    "SELECT n, version, at, coalesce((SELECT at FROM strategy s WHERE s.n > "          \
    "strategy.n ORDER BY s.n LIMIT 1), 0) FROM strategy "

static void read_row(const struct query *q, struct version_row *ret)
{
    *ret = (struct version_row){
        .n = query_int(q, 0),
        .version = (uint64_t)query_int(q, 1),
        .since = query_wall(q, 2),
        .until = query_wall(q, 3),
    };
}

bool db_read_versions(struct db *db, int64_t limit, int64_t below, struct arena *a,
                      struct version_row **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] = COLUMNS "WHERE ?1 = 0 OR n < ?1 ORDER BY n DESC LIMIT ?2";
    struct version_row *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(below), SQL_I(page_limit(limit))), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct version_row *r = arena_grow(a, &v, &n, &cap, sizeof *r);

        if (r == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        read_row(&q, r);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return true;
}

/* Why there is none at that time. */
static bool before_the_first(struct db *db, struct err *e)
{
    static const char sql[] = "SELECT at FROM strategy ORDER BY n LIMIT 1";
    char text[40];
    struct buf b;
    int64_t at;

    if (!sql_int(db, sql, SQL_NONE, 0, &at, e))
        return false;
    if (at == 0)
        return err_set(e, ERR_NOT_FOUND, "no version of the strategy is stored yet");
    buf_init_fixed(&b, text, sizeof text);
    date_print_iso(&b, (struct wall){at});
    return err_set(e, ERR_NOT_FOUND,
                   "no version of the strategy is known from then: the first was taken "
                   "into force at %s",
                   buf_cstr(&b));
}

/* The clock may have been set back between two: the last one wins. */
bool db_read_version_at(struct db *db, struct wall t, struct version_row *ret,
                        struct err *e)
{
    static const char sql[] = COLUMNS "WHERE at <= ? ORDER BY n DESC LIMIT 1";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(t)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return before_the_first(db, e);
    read_row(&q, ret);
    query_close(&q);
    return true;
}

static bool begins_with(uint64_t version, struct str prefix)
{
    char hex[20];

    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)version);
    return str_has_prefix(str_of(hex), prefix);
}

bool db_read_version_named(struct db *db, struct str prefix, struct version_row *ret,
                           struct err *e)
{
    static const char sql[] = COLUMNS "ORDER BY n DESC";
    struct version_row r;
    bool row, found = false;
    struct query q;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        read_row(&q, &r);
        if (begins_with(r.version, prefix) && found && r.version != ret->version) {
            query_close(&q);
            return err_set(e, ERR_USAGE,
                           "the numbers of several versions begin with '%.*s'",
                           STR_FMT(str_first(prefix, 20)));
        }
        if (begins_with(r.version, prefix) && !found) {
            *ret = r;
            found = true;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return found ||
           err_set(e, ERR_NOT_FOUND, "no version of the strategy begins with '%.*s'",
                   STR_FMT(str_first(prefix, 20)));
}

bool db_read_version_files(struct db *db, int64_t n, struct arena *a,
                           struct strategy_file **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT name, beside, text FROM strategy_file"
                              " WHERE strategy = ? ORDER BY place";
    struct strategy_file *v = NULL;
    size_t n_files = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(n)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct strategy_file *f = arena_grow(a, &v, &n_files, &cap, sizeof *f);

        if (f == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        f->name = query_dup(&q, 0, a);
        f->beside = query_int(&q, 1) != 0;
        f->text = query_dup(&q, 2, a);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = v;
    *ret_n = n_files;
    return true;
}

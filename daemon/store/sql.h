/*
 * The only layer that talks to SQLite: one connection with its statements,
 * transactions and the mapping of its errors. A struct db is used by one
 * thread at a time; it is owned by whoever opened it (open.h).
 *
 * Statements are prepared once for each place in the source: the text is a
 * string constant and its address is the key.
 *
 * Failure: ERR_STORE, ERR_FULL when the disk is full, ERR_NOMEM. A failed
 * statement inside a transaction dooms it: the operation rolls back.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum { SQL_CACHE = 512 }; /* slots, a power of two */

struct sync; /* store/sync.h */

struct db {
    sqlite3 *h; /* owned */
    struct {
        const char *sql;
        sqlite3_stmt *st; /* owned */
    } cache[SQL_CACHE];
    unsigned n_cached;
    bool full_sync; /* what `PRAGMA synchronous` says now */
    bool in_tx;
    bool stuck;             /* in one that failed, and could not be rolled back yet */
    bool corrupt;           /* SQLite said so at some time: no clean mark */
    char *path;             /* owned: the database's file */
    _Atomic uint64_t *beat; /* borrowed: the store's; NULL: nobody looks */
    /* Borrowed, the store's. True ends the running statement; what is set for upkeep is
       handed to the connection that copies, and to no other. NULL: nobody does. */
    const _Atomic bool *quit, *upkeep_quit;
    void (*busy)(void *arg, const char *what); /* while opening only */
    void *busy_arg;
    bool replays; /* a copy without a name that is played with: store/replay.h */
    struct sync *syncs; /* owned: what pages know of running syncs */
    struct wall awake;  /* the start, or when the clock was set last; 0: not told */
    struct wall measured;     /* when tables were, for the planner; 0: not since the start */
    int64_t measured_changes; /* rows written by then */
};

/* One parameter. */
struct sql_value {
    enum { SQL_IS_INT, SQL_IS_REAL, SQL_IS_TEXT } kind;
    union {
        int64_t i;
        double r;
        struct str s;
    };
};
#define SQL_I(v) ((struct sql_value){.i = (int64_t)(v)})
#define SQL_T(wall) ((struct sql_value){.i = (wall).ms})
#define SQL_R(v) ((struct sql_value){.kind = SQL_IS_REAL, .r = (v)})
#define SQL_S(v) ((struct sql_value){.kind = SQL_IS_TEXT, .s = (v)})
/* Parameters of a statement, in order; SQL_NONE where there are none. */
#define SQL_ARGS(...)                                                                  \
    (const struct sql_value[]){__VA_ARGS__},                                           \
        sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)
#define SQL_NONE NULL, 0

/*
 * Rows of one table, written several at a time: to open a table with its indexes costs
 * as much as a row. Texts must live until they are written.
 *
 * A statement of several rows that may abort keeps a copy of every page it changes, to
 * undo just itself. Nobody here goes on after a failed statement, so new rows, whose
 * places in the indexes are far apart, are told INSERT OR FAIL ... ON CONFLICT DO
 * NOTHING, and no function stands in an index of their table: any may abort.
 */
enum { SQL_ROWS = 16, SQL_MOST_COLUMNS = 28 };
struct sql_rows {
    struct db *db;
    const char *one, *many; /* statements with parameters for one row and for SQL_ROWS */
    size_t n_columns, n;    /* rows that wait */
    struct sql_value v[SQL_ROWS * SQL_MOST_COLUMNS];
};
#define SQL_4(row) row ", " row ", " row ", " row
#define SQL_16(row) SQL_4(row) ", " SQL_4(row) ", " SQL_4(row) ", " SQL_4(row)

/* A running statement. Text parameters must live until it is closed. */
struct query {
    struct db *db;
    sqlite3_stmt *st; /* borrowed: the cache's; NULL: closed */
};

/* For err: what SQLite says of `rc`, with the kind that fits. */
bool sql_fail(struct db *db, int rc, const char *what, struct err *e);

bool query_open(struct query *q, struct db *db, const char *sql,
                const struct sql_value *v, size_t n, struct err *e) MUST_USE;
/* At the end (*ret_row false) and on failure it is closed. */
bool query_next(struct query *q, bool *ret_row, struct err *e) MUST_USE;
void query_close(struct query *q); /* idempotent */

/* Where the rows of a query go: behind what an array in an arena holds. */
struct query_rows {
    struct arena *a;
    void *array; /* of the caller's pointer to the first element */
    size_t *n, size, cap;
    bool ok; /* after the last row: all are there */
};
#define QUERY_ROWS(arena, array_, n_)                                                  \
    ((struct query_rows){                                                              \
        .a = (arena), .array = &(array_), .n = &(n_), .size = sizeof *(array_)})
/* The element for the next row, zeroed; NULL when there is none, and on failure, with the
   query closed: `ok` tells which, also of copies for which there was no memory. */
void *query_row(struct query *q, struct query_rows *to, struct err *e) MUST_USE;

static inline int64_t query_int(const struct query *q, int col)
{
    return sqlite3_column_int64(q->st, col);
}
static inline double query_real(const struct query *q, int col)
{
    return sqlite3_column_double(q->st, col);
}
static inline struct wall query_wall(const struct query *q, int col)
{
    return (struct wall){sqlite3_column_int64(q->st, col)};
}
/* Valid until the next query_next or query_close. */
struct str query_str(const struct query *q, int col);
/* A copy; the empty view when memory is out: check arena_failed. */
struct str query_dup(const struct query *q, int col, struct arena *a);

/* Runs to the end; rows are ignored. */
bool sql_run(struct db *db, const char *sql, const struct sql_value *v, size_t n,
             struct err *e) MUST_USE;
/* One more, of n_columns values; and those that wait. */
bool sql_rows_add(struct sql_rows *r, const struct sql_value *v, size_t n,
                  struct err *e) MUST_USE;
bool sql_rows_write(struct sql_rows *r, struct err *e) MUST_USE;
/* Whether one waits whose first column is `i`. */
bool sql_rows_wait(const struct sql_rows *r, int64_t i);
/* The first column of the first row, or `dflt` without a row. */
bool sql_int(struct db *db, const char *sql, const struct sql_value *v, size_t n,
             int64_t dflt, int64_t *ret, struct err *e) MUST_USE;
/* Several statements, not cached. */
bool sql_script(struct db *db, const char *sql, struct err *e) MUST_USE;
int64_t sql_changes(const struct db *db); /* rows of the last statement */
int64_t sql_last_id(const struct db *db);

/*
 * BEGIN IMMEDIATE. `full`: the commit is synced to the disk before it returns
 * (and with it every commit before). sql_end commits when `ok`, else rolls
 * back and leaves `e` as it was; a failed commit is rolled back.
 */
bool sql_begin(struct db *db, bool full, struct err *e) MUST_USE;
bool sql_end(struct db *db, bool ok, struct err *e) MUST_USE;

/* A read snapshot, for reads of several statements. */
bool sql_begin_read(struct db *db, struct err *e) MUST_USE;
void sql_end_read(struct db *db);

bool meta_get(struct db *db, const char *key, int64_t dflt, int64_t *ret,
              struct err *e) MUST_USE;
bool meta_set(struct db *db, const char *key, int64_t value, struct err *e) MUST_USE;

void sql_beat(struct db *db); /* progress was made */
/* Lets go of all statements; who runs one again prepares it again. */
void sql_forget(struct db *db);

#endif

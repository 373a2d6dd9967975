#include "store/sql.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static bool disk_full(struct err *e)
{
    return err_set_retry(e, ERR_FULL, "the disk of the state directory is full");
}

/* Primary codes first; a full disk also shows as an I/O error with an errno. */
bool sql_fail(struct db *db, int rc, const char *what, struct err *e)
{
    const char *msg = db->h != NULL ? sqlite3_errmsg(db->h) : sqlite3_errstr(rc);
    int os = db->h != NULL ? sqlite3_system_errno(db->h) : 0;

    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        db->corrupt = true;
        return err_set(e, ERR_CORRUPT, "%s: %s (%d)", what, msg, rc);
    case SQLITE_NOMEM:
        return err_nomem(e);
    case SQLITE_FULL:
        return disk_full(e);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set_retry(e, ERR_STORE, "%s: %s", what, msg);
    case SQLITE_INTERRUPT:
        return err_set(e, ERR_CANCELED, "%s: interrupted", what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (os == ENOSPC || os == EDQUOT)
            return disk_full(e);
        return err_set_retry(e, ERR_STORE, "%s: %s (%d)", what, msg, rc);
    default:
        return err_set(e, ERR_STORE, "%s: %s (%d)", what, msg, rc);
    }
}

static size_t slot_of(const char *sql)
{
    uint64_t h = (uint64_t)(uintptr_t)sql * 0x9E3779B97F4A7C15u;

    return (size_t)(h >> 32) & (SQL_CACHE - 1);
}

static bool prepared(struct db *db, const char *sql, sqlite3_stmt **ret, struct err *e)
{
    size_t i = slot_of(sql);

    while (db->cache[i].sql != NULL && db->cache[i].sql != sql)
        i = (i + 1) & (SQL_CACHE - 1);
    if (db->cache[i].sql == NULL) {
        sqlite3_stmt *st = NULL;
        int rc =
            sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);

        if (rc != SQLITE_OK)
            return sql_fail(db, rc, "prepare", e);
        if (db->n_cached == SQL_CACHE - 1) {
            sqlite3_finalize(st);
            return err_set(e, ERR_STORE, "more statements than the cache holds");
        }
        db->n_cached++;
        db->cache[i].sql = sql;
        db->cache[i].st = st;
    }
    *ret = db->cache[i].st;
    return true;
}

void sql_forget(struct db *db)
{
    for (size_t i = 0; i < SQL_CACHE; i++)
        sqlite3_finalize(db->cache[i].st);
    memset(db->cache, 0, sizeof db->cache);
    db->n_cached = 0;
}

static int bind_value(sqlite3_stmt *st, int at, const struct sql_value *v)
{
    if (v->kind == SQL_IS_INT)
        return sqlite3_bind_int64(st, at, v->i);
    if (v->kind == SQL_IS_REAL)
        return sqlite3_bind_double(st, at, v->r);
    if (v->s.n > INT_MAX)
        return SQLITE_TOOBIG;
    /* A null pointer would bind NULL. */
    return sqlite3_bind_text(st, at, v->s.n > 0 ? v->s.p : "", (int)v->s.n,
                             SQLITE_STATIC);
}

static void rollback(struct db *db)
{
    static const char sql[] = "ROLLBACK";
    struct err ignored;

    db->stuck = false;
    /* After some errors SQLite has rolled back already. */
    if (!sqlite3_get_autocommit(db->h) && !sql_run(db, sql, SQL_NONE, &ignored))
        sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    db->in_tx = false;
    /* That, too, may want memory. Nothing may be read before it has been. */
    db->stuck = !sqlite3_get_autocommit(db->h);
}

static bool is_free(struct db *db, struct err *e)
{
    if (db->stuck)
        rollback(db);
    return !db->stuck || err_nomem(e);
}

bool query_open(struct query *q, struct db *db, const char *sql,
                const struct sql_value *v, size_t n, struct err *e)
{
    *q = (struct query){.db = db};
    if (!is_free(db, e) || !prepared(db, sql, &q->st, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        int rc = bind_value(q->st, (int)i + 1, &v[i]);

        if (rc != SQLITE_OK) {
            query_close(q);
            return sql_fail(db, rc, "bind", e);
        }
    }
    return true;
}

bool query_next(struct query *q, bool *ret_row, struct err *e)
{
    int rc = sqlite3_step(q->st);

    if (rc == SQLITE_ROW) {
        *ret_row = true;
        return true;
    }
    if (rc != SQLITE_DONE) {
        sql_fail(q->db, rc, "query", e);
        query_close(q);
        return false;
    }
    query_close(q);
    *ret_row = false;
    return true;
}

void *query_row(struct query *q, struct query_rows *to, struct err *e)
{
    void *element;
    bool row;

    to->ok = query_next(q, &row, e);
    if (!to->ok || !row) {
        to->ok = to->ok && (!arena_failed(to->a) || err_nomem(e));
        return NULL;
    }
    element = arena_grow(to->a, to->array, to->n, &to->cap, to->size);
    if (element == NULL) {
        query_close(q);
        to->ok = err_nomem(e);
    }
    return element;
}

void query_close(struct query *q)
{
    if (q->st != NULL) {
        /* Values stay bound and may dangle: every use binds all of them again. */
        sqlite3_reset(q->st);
        q->st = NULL;
    }
}

struct str query_str(const struct query *q, int col)
{
    const unsigned char *p = sqlite3_column_text(q->st, col);

    if (p == NULL)
        return STR_NONE;
    return (struct str){(const char *)p, (size_t)sqlite3_column_bytes(q->st, col)};
}

struct str query_dup(const struct query *q, int col, struct arena *a)
{
    struct str s = query_str(q, col);

    return s.n == 0 ? STR_NONE : arena_str(a, s);
}

bool sql_run(struct db *db, const char *sql, const struct sql_value *v, size_t n,
             struct err *e)
{
    struct query q;
    bool row = true;

    if (!query_open(&q, db, sql, v, n, e))
        return false;
    while (row) {
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

bool sql_rows_write(struct sql_rows *r, struct err *e)
{
    size_t n = r->n;

    r->n = 0;
    if (n == SQL_ROWS)
        return sql_run(r->db, r->many, r->v, n * r->n_columns, e);
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(r->db, r->one, r->v + i * r->n_columns, r->n_columns, e))
            return false;
    }
    return true;
}

bool sql_rows_wait(const struct sql_rows *r, int64_t i)
{
    size_t at = 0;

    while (at < r->n && r->v[at * r->n_columns].i != i)
        at++;
    return at < r->n;
}

bool sql_rows_add(struct sql_rows *r, const struct sql_value *v, size_t n,
                  struct err *e)
{
    memcpy(r->v + r->n * r->n_columns, v, n * sizeof *v);
    return ++r->n < SQL_ROWS || sql_rows_write(r, e);
}

bool sql_int(struct db *db, const char *sql, const struct sql_value *v, size_t n,
             int64_t dflt, int64_t *ret, struct err *e)
{
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, v, n, e) || !query_next(&q, &row, e))
        return false;
    *ret = row ? query_int(&q, 0) : dflt;
    query_close(&q);
    return true;
}

bool sql_script(struct db *db, const char *sql, struct err *e)
{
    int rc;

    if (!is_free(db, e))
        return false;
    rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_fail(db, rc, "script", e);
}

int64_t sql_changes(const struct db *db)
{
    return sqlite3_changes64(db->h);
}

int64_t sql_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->h);
}

/* What is committed to a file that has no name any more is lost with the process. */
static bool is_in_place(struct db *db, struct err *e)
{
    int moved = 0;

    (void)sqlite3_file_control(db->h, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved == 0 ||
           err_set_retry(e, ERR_STORE,
                         "%s was removed or replaced while alignd ran: put it back, or "
                         "restart alignd to go on with what is there",
                         db->path);
}

bool sql_begin(struct db *db, bool full, struct err *e)
{
    static const char begin[] = "BEGIN IMMEDIATE";

    if (!db->replays && !is_in_place(db, e))
        return false;
    /* Outside of a transaction only: inside it would be ignored. */
    if (full != db->full_sync && !db->replays) {
        if (!sql_script(
                db, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", e))
            return false;
        db->full_sync = full;
    }
    if (!sql_run(db, begin, SQL_NONE, e))
        return false;
    db->in_tx = true;
    return true;
}

bool sql_end(struct db *db, bool ok, struct err *e)
{
    static const char commit[] = "COMMIT";

    if (ok && sql_run(db, commit, SQL_NONE, e)) {
        db->in_tx = false;
        sql_beat(db);
        return true;
    }
    rollback(db);
    return false;
}

bool sql_begin_read(struct db *db, struct err *e)
{
    static const char sql[] = "BEGIN";

    return sql_run(db, sql, SQL_NONE, e);
}

void sql_end_read(struct db *db)
{
    static const char sql[] = "COMMIT";
    struct err ignored;

    if (!sql_run(db, sql, SQL_NONE, &ignored))
        rollback(db);
}

bool meta_get(struct db *db, const char *key, int64_t dflt, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT value FROM meta WHERE key = ?";

    return sql_int(db, sql, SQL_ARGS(SQL_S(str_of(key))), dflt, ret, e);
}

bool meta_set(struct db *db, const char *key, int64_t value, struct err *e)
{
    static const char sql[] =
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO"
        " UPDATE SET value = excluded.value"
        " WHERE excluded.value IS NOT value";

    return sql_run(db, sql, SQL_ARGS(SQL_S(str_of(key)), SQL_I(value)), e);
}

void sql_beat(struct db *db)
{
    if (db->beat != NULL)
        atomic_fetch_add_explicit(db->beat, 1, memory_order_relaxed);
}

#include "store/open.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/migrate.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/sync.h"

enum { PROGRESS_STEPS = 20000, MAX_PATH = 4096 };

static char *path_join(const char *a, const char *b)
{
    struct buf out;
    char *ret;

    buf_init(&out, MAX_PATH);
    buf_addz(&out, a);
    buf_addz(&out, b);
    ret = buf_take(&out, NULL);
    buf_finish(&out);
    return ret;
}

char *backup_path(const char *file, unsigned n)
{
    char suffix[32];

    snprintf(suffix, sizeof suffix, ".backup.%u", n);
    return path_join(file, suffix);
}

/* ---- may we ---- */

static bool may_write(const char *path, int mode, struct err *e)
{
    struct stat st;

    if (access(path, mode) == 0)
        return true;
    if (errno == EACCES && stat(path, &st) == 0)
        return err_set(e, ERR_IO,
                       "cannot write %s: it belongs to uid %u with mode %04o, and "
                       "alignd runs as uid %u",
                       path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777,
                       (unsigned)geteuid());
    return err_set(e, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

/* SQLite would open a file that it may not write for reading, without a word. */
bool db_check_access(const char *dir, struct err *e)
{
    static const char *const files[] = {"/alignd.lock", "/alignd.db", "/alignd.db-wal",
                                        "/alignd.db-shm"};
    struct stat st;
    bool ok;

    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "%s is not a directory", dir);
    ok = may_write(dir, R_OK | W_OK | X_OK, e);
    for (size_t i = 0; ok && i < ARRAY_LEN(files); i++) {
        char *path = path_join(dir, files[i]);

        if (path == NULL)
            return err_nomem(e);
        ok = access(path, F_OK) != 0 || may_write(path, R_OK | W_OK, e);
        free(path);
    }
    return ok;
}

/* ---- connections ---- */

static int on_progress(void *arg)
{
    struct db *db = arg;

    sql_beat(db);
    if (db->busy != NULL)
        db->busy(db->busy_arg, "checking the database");
    return db->quit != NULL && atomic_load_explicit(db->quit, memory_order_relaxed);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    syncs_free(db);
    sql_forget(db);
    sqlite3_close(db->h);
    free(db->path);
    free(db);
}

/* Nobody asks for the totals, and each allocation would take a lock for them. Refused
   once the library is in use, which is as good. */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool connect_file(const char *path, const char *name, int flags, struct db **ret,
                         struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct db *db = calloc(1, sizeof *db);
    int rc;

    pthread_once(&once, configure);
    if (db == NULL)
        return err_nomem(e);
    db->path = path_join(path, "");
    if (db->path == NULL) {
        free(db);
        return err_nomem(e);
    }
    rc = sqlite3_open_v2(name, &db->h, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        sql_fail(db, rc, "open", e);
        db_close(db);
        return err_wrap(e, "%s", path);
    }
    sqlite3_extended_result_codes(db->h, 1);
    sqlite3_busy_timeout(db->h, 5000);
    sqlite3_progress_handler(db->h, PROGRESS_STEPS, on_progress, db);
    *ret = db;
    return true;
}

bool db_create_private(const char *path, bool *ret_created, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    *ret_created = fd >= 0;
    if (fd < 0 && errno != EEXIST)
        return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "create %s: %s", path,
                       strerror(errno));
    if (fd >= 0)
        close(fd);
    return true;
}

static const char writer_pragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2000;"
    "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA journal_size_limit=4194304; PRAGMA trusted_schema=OFF;";

/* ---- what is on the disk ---- */

/*
 * A page that could not be had is a line of the check's, too, with the result code that
 * said so (SQLite 3.40, btree.c, checkTreePage): want of memory or a failing disk is no
 * damage. 0: none.
 */
static int page_error(struct str line)
{
    static const struct str before = STR_INIT("unable to get the page. error code=");
    ptrdiff_t at = str_find(line, before);
    int64_t code = 0;

    return at >= 0 && str_to_i64(str_skip(line, (size_t)at + before.n), &code)
               ? (int)(code & INT32_MAX)
               : 0;
}

static bool quick_check(struct db *db, struct err *e)
{
    static const char sql[] = "PRAGMA quick_check(1)";
    struct query q;
    int code;
    bool row, ok;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    ok = row && str_eqz(query_str(&q, 0), "ok");
    code = row ? page_error(query_str(&q, 0)) : 0;
    if (!ok)
        err_set(e, ERR_STORE, "%s is corrupt: %.*s", db->path,
                STR_FMT(query_str(&q, 0)));
    query_close(&q);
    if (code != 0)
        return sql_fail(db, code, "check", e);
    db->corrupt = db->corrupt || !ok;
    return ok;
}

/* Opens the file as it is; *ret_corrupt tells what a failure means. */
static bool open_checked(const char *path, const struct store_options *opt,
                         bool must_check, struct db **ret, struct store_opened *o,
                         bool *ret_corrupt, struct err *e)
{
    struct db *db = NULL;
    int64_t clean = 1;
    bool ok;

    *ret_corrupt = false;
    if (!connect_file(path, path, SQLITE_OPEN_READWRITE, &db, e))
        return false;
    db->busy = opt->busy;
    db->busy_arg = opt->busy_arg;
    ok = migrate_identify(db, &o->migrated_from, e);
    if (ok && o->migrated_from > 0)
        ok = meta_get(db, "clean", 1, &clean, e);
    o->unclean = o->unclean || clean == 0;
    if (ok && (must_check || clean == 0))
        ok = quick_check(db, e);
    ok = ok && sql_script(db, writer_pragmas, e) && migrate(db, o->migrated_from, e);
    *ret_corrupt = db->corrupt;
    db->busy = NULL;
    if (!ok) {
        db_close(db);
        return false;
    }
    o->migrated_to = schema_count;
    *ret = db;
    return true;
}

static bool rename_with(const char *from, const char *to, const char *suffix)
{
    char *a = path_join(from, suffix);
    char *b = path_join(to, suffix);
    bool ok = a != NULL && b != NULL && (rename(a, b) == 0 || errno == ENOENT);

    free(a);
    free(b);
    return ok;
}

static bool set_aside(const char *path, const struct store_options *opt,
                      struct store_opened *o, struct err *e)
{
    struct buf to;
    char *shm = path_join(path, "-shm");
    bool ok = false;

    buf_init(&to, MAX_PATH);
    buf_printf(&to, "%s.corrupt-%lld", path, (long long)clock_wall(opt->clock).ms);
    if (shm == NULL || !buf_check(&to, e)) {
        err_nomem(e);
        goto out;
    }
    if (!rename_with(path, buf_cstr(&to), "") ||
        !rename_with(path, buf_cstr(&to), "-wal")) {
        err_set(e, ERR_IO, "set %s aside: %s", path, strerror(errno));
        goto out;
    }
    unlink(shm);
    snprintf(o->aside, sizeof o->aside, "%s", buf_cstr(&to));
    ok = true;
out:
    buf_finish(&to);
    free(shm);
    return ok;
}

static bool copy_bytes(int in, int out, struct err *e)
{
    static char block[65536];
    ssize_t n;

    while ((n = read(in, block, sizeof block)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t w = write(out, block + done, (size_t)(n - done));

            if (w < 0 && errno != EINTR)
                return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "write: %s",
                               strerror(errno));
            done += w > 0 ? w : 0;
        }
    }
    if (n < 0 || fsync(out) != 0)
        return err_set(e, ERR_IO, "copy: %s", strerror(errno));
    return true;
}

/* The newest backup from number *n on becomes the database; none: *ret_found false. */
static bool take_backup(const char *path, unsigned *n, bool *ret_found, struct err *e)
{
    int in = -1;
    int out;
    bool ok;

    *ret_found = false;
    for (; in < 0 && *n <= STORE_BACKUPS; (*n)++) {
        char *from = backup_path(path, *n);

        if (from == NULL)
            return err_nomem(e);
        in = open(from, O_RDONLY | O_CLOEXEC);
        free(from);
    }
    if (in < 0)
        return true;
    out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) {
        close(in);
        return err_set(e, ERR_IO, "create %s: %s", path, strerror(errno));
    }
    ok = copy_bytes(in, out, e);
    close(in);
    close(out);
    *ret_found = ok;
    return ok || err_wrap(e, "restore the backup of %s", path);
}

static bool remove_with(const char *path, const char *suffix, struct err *e)
{
    char *file = path_join(path, suffix);
    bool ok = file != NULL && (unlink(file) == 0 || errno == ENOENT);

    if (!ok)
        err_set(e, ERR_IO, "remove %s%s: %s", path, suffix, strerror(errno));
    free(file);
    return ok;
}

/*
 * A database that is gone while its backups are there was not meant to go. The log of
 * the one that is gone must not be taken for the new one's.
 */
static bool restore_missing(const char *path, unsigned *backup, struct store_opened *o,
                            struct err *e)
{
    if (!o->created)
        return true;
    if (!remove_with(path, "-wal", e) || !remove_with(path, "-shm", e) ||
        !take_backup(path, backup, &o->restored, e))
        return false;
    o->created = !o->restored;
    return true;
}

/*
 * What the backup still had to send may have left since: at worst it is sent
 * again, and says so.
 */
static bool after_restore(struct db *db, struct err *e)
{
    static const char sql[] = "UPDATE outbox SET resent = 1 WHERE state < 2";

    return sql_begin(db, true, e) && sql_end(db, sql_run(db, sql, SQL_NONE, e), e);
}

static bool mark_open(struct db *db, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, meta_set(db, "clean", 0, e), e);
}

bool db_open_writer(const struct store_options *opt, struct db **ret,
                    struct store_opened *ret_opened, struct err *e)
{
    struct store_opened o = {0};
    char *path = path_join(opt->dir, "/alignd.db");
    struct db *db = NULL;
    bool corrupt = false, restored = false, created = false;
    unsigned backup = 1;
    bool ok = false;

    if (path == NULL)
        return err_nomem(e);
    if (!db_create_private(path, &o.created, e) ||
        !restore_missing(path, &backup, &o, e))
        goto out;
    restored = o.restored;
    while (!open_checked(path, opt, restored, &db, &o, &corrupt, e)) {
        if (!corrupt || created || !set_aside(path, opt, &o, e) ||
            !take_backup(path, &backup, &restored, e) ||
            (!restored && !db_create_private(path, &created, e)))
            goto out;
        o.restored = restored;
        o.anew = !restored;
        o.migrated_from = 0;
    }
    ok = (!restored || after_restore(db, e)) && mark_open(db, e);
out:
    free(path);
    if (!ok) {
        db_close(db);
        return false;
    }
    *ret = db;
    *ret_opened = o;
    return true;
}

bool db_open_copy(const char *path, struct db **ret, struct err *e)
{
    return connect_file(path, path, SQLITE_OPEN_READWRITE, ret, e);
}

/* A URI: characters with a meaning there are escaped. */
static bool reader_uri(const char *path, struct buf *out, struct err *e)
{
    buf_addz(out, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '?' || *p == '#' || *p == '%')
            buf_printf(out, "%%%02X", (unsigned)*p);
        else
            buf_addc(out, *p);
    }
    buf_addz(out, "?mode=ro");
    return buf_check(out, e);
}

bool db_open_reader(const struct db *w, struct db **ret, struct err *e)
{
    struct buf uri;
    struct db *db = NULL;
    bool ok;

    buf_init(&uri, 3 * MAX_PATH);
    ok = reader_uri(w->path, &uri, e) &&
         connect_file(w->path, buf_cstr(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                      &db, e) &&
         sql_script(
             db,
             "PRAGMA query_only=1; PRAGMA cache_size=-1000; PRAGMA temp_store=MEMORY;",
             e);
    buf_finish(&uri);
    if (!ok) {
        db_close(db);
        return false;
    }
    *ret = db;
    return true;
}

void db_close_writer(struct db *db)
{
    struct err e;

    if (db == NULL)
        return;
    /* On failure the next start checks the file: that is all the mark is for. */
    if (!db->corrupt &&
        sql_script(db, "PRAGMA analysis_limit=400; PRAGMA optimize;", &e) &&
        sql_begin(db, true, &e) && sql_end(db, meta_set(db, "clean", 1, &e), &e))
        sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    db_close(db);
}

#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/open.h"

/* Between two looks at whether to stop: 1 MB. */
enum { STEP_PAGES = 256 };

/* ---- files ---- */

static bool sync_path(const char *path, int flags, struct err *e)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        err_set(e, ERR_IO, "sync %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool rotate(const char *file, const char *fresh, struct err *e)
{
    for (unsigned n = STORE_BACKUPS; n > 0; n--) {
        char *to = backup_path(file, n);
        char *from = n > 1 ? backup_path(file, n - 1) : NULL;
        const char *source = n > 1 ? from : fresh;
        bool ok = to != NULL && source != NULL &&
                  (rename(source, to) == 0 || (n > 1 && errno == ENOENT));

        if (!ok)
            err_set(e, ERR_IO, "rotate backups: %s", strerror(errno));
        free(from);
        free(to);
        if (!ok)
            return false;
    }
    return true;
}

static bool sync_dir(const char *file, struct err *e)
{
    char *dir = strdup(file);
    char *slash = dir != NULL ? strrchr(dir, '/') : NULL;
    bool ok;

    if (slash != NULL)
        *slash = '\0';
    ok = dir == NULL ? err_nomem(e)
                     : sync_path(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY, e);
    free(dir);
    return ok;
}

/* ---- the copy ---- */

static bool must_stop(const struct db *db)
{
    return db->upkeep_quit != NULL &&
           atomic_load_explicit(db->upkeep_quit, memory_order_relaxed);
}

/* All pages of one snapshot: that of a reader which has begun, so that what is written
   meanwhile neither gets in nor makes it start again (sqlite.org/backup.html). The
   target holds what went wrong. */
static bool copy_pages(struct db *db, struct db *from, struct db *to, struct err *e)
{
    sqlite3_backup *b = sqlite3_backup_init(to->h, "main", from->h, "main");
    int rc = SQLITE_OK;

    if (b == NULL)
        return sql_fail(to, sqlite3_errcode(to->h), "begin the backup", e);
    while (rc == SQLITE_OK && !must_stop(db)) {
        rc = sqlite3_backup_step(b, STEP_PAGES);
        sql_beat(db);
    }
    sqlite3_backup_finish(b);
    if (rc == SQLITE_OK)
        return err_set(e, ERR_CANCELED, "the backup was stopped");
    return rc == SQLITE_DONE || sql_fail(to, rc, "write the backup", e);
}

/* Half a copy is thrown away, so it needs no journal; a whole one needs no files beside
   it, as a database with a log would. */
bool back_up_into(struct db *db, const char *path, struct err *e)
{
    static const char before[] = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF";
    static const char after[] = "PRAGMA journal_mode=DELETE";
    struct db *from = NULL, *to = NULL;
    bool ok = db_open_reader(db, &from, e) &&
              sql_script(from, "BEGIN; SELECT count(*) FROM meta", e) &&
              db_open_copy(path, &to, e) && sql_script(to, before, e) &&
              copy_pages(db, from, to, e) && sql_script(to, after, e);

    db_close(from);
    db_close(to);
    return ok;
}

static bool back_up(struct db *db, struct err *e)
{
    struct buf fresh;
    bool created, ok = false;

    buf_init(&fresh, 4096);
    buf_printf(&fresh, "%s.backup.new", db->path);
    if (!buf_check(&fresh, e))
        goto out;
    if (unlink(buf_cstr(&fresh)) != 0 && errno != ENOENT) {
        err_set(e, ERR_IO, "remove %s: %s", buf_cstr(&fresh), strerror(errno));
        goto out;
    }
    ok = db_create_private(buf_cstr(&fresh), &created, e) &&
         back_up_into(db, buf_cstr(&fresh), e) &&
         sync_path(buf_cstr(&fresh), O_RDONLY, e) &&
         rotate(db->path, buf_cstr(&fresh), e) && sync_dir(db->path, e);
    if (!ok)
        unlink(buf_cstr(&fresh));
out:
    buf_finish(&fresh);
    return ok;
}

bool back_up_daily(struct db *db, struct wall now, struct err *e)
{
    int64_t last;

    if (!meta_get(db, "backup_at", 0, &last, e))
        return false;
    if (last <= now.ms && wall_since(now, (struct wall){last}).ms < DUR_DAY(1).ms)
        return true;
    return back_up(db, e) && sql_begin(db, false, e) &&
           sql_end(db, meta_set(db, "backup_at", now.ms, e), e);
}

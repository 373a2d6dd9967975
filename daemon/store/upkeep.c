#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/open.h"
#include "store/sql.h"

/* ---- retention ---- */

/* Working days as a week has them; nobody asks for the calendar here. */
static struct wall limit_of(struct span s, struct wall now)
{
    int64_t ms = s.wd > 0 ? s.wd * DUR_DAY(7).ms / 5 : s.ms;

    return ms > 0 ? wall_add(now, DUR_MS(-ms)) : (struct wall){0};
}

static bool forget(struct db *db, struct span spans, struct span audit, struct wall now,
                   struct err *e)
{
    static const char old_spans[] = "DELETE FROM span WHERE ended > 0 AND ended < ?";
    static const char old_audit[] = "DELETE FROM audit WHERE at < ?";
    static const char members[] = "DELETE FROM outbox_member WHERE outbox IN (SELECT "
                                  "id FROM outbox WHERE done_at > 0"
                                  " AND done_at < ?)";
    static const char outbox[] = "DELETE FROM outbox WHERE done_at > 0 AND done_at < ?";
    static const char events[] = "DELETE FROM finding_event WHERE finding IN (SELECT n "
                                 "FROM finding WHERE state = 3"
                                 " AND resolved < ?)";
    static const char told[] = "DELETE FROM told WHERE finding IN (SELECT n FROM "
                               "finding WHERE state = 3 AND resolved < ?"
                               " AND n NOT IN (SELECT finding FROM member))";
    static const char findings[] =
        "DELETE FROM finding WHERE state = 3 AND resolved < ?"
        " AND n NOT IN (SELECT finding FROM member)";
    static const char *const by_audit[] = {old_audit, members, outbox,
                                           events,    told,    findings};
    struct wall span_limit = limit_of(spans, now), audit_limit = limit_of(audit, now);

    if (!sql_run(db, old_spans, SQL_ARGS(SQL_T(span_limit)), e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(by_audit); i++) {
        if (!sql_run(db, by_audit[i], SQL_ARGS(SQL_T(audit_limit)), e))
            return false;
        sql_beat(db);
    }
    return true;
}

/* ---- backup ---- */

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

/* The copy comes from a connection of its own: VACUUM INTO holds one long snapshot, and
   is a write to query_only. */
static bool vacuum_into(struct db *db, const char *path, struct err *e)
{
    static const char sql[] = "VACUUM INTO ?";
    struct db *reader = NULL;
    bool ok;

    if (!db_open_reader(db, &reader, e))
        return false;
    reader->beat = db->beat;
    reader->quit = db->upkeep_quit;
    ok = sql_script(reader, "PRAGMA query_only=0", e) &&
         sql_run(reader, sql, SQL_ARGS(SQL_S(str_of(path))), e);
    db_close(reader);
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
         vacuum_into(db, buf_cstr(&fresh), e) &&
         sync_path(buf_cstr(&fresh), O_RDONLY, e) &&
         rotate(db->path, buf_cstr(&fresh), e) && sync_dir(db->path, e);
    if (!ok)
        unlink(buf_cstr(&fresh));
out:
    buf_finish(&fresh);
    return ok;
}

static bool back_up_daily(struct db *db, struct wall now, struct err *e)
{
    int64_t last;

    if (!meta_get(db, "backup_at", 0, &last, e))
        return false;
    if (last <= now.ms && wall_since(now, (struct wall){last}).ms < DUR_DAY(1).ms)
        return true;
    return back_up(db, e) && sql_begin(db, false, e) &&
           sql_end(db, meta_set(db, "backup_at", now.ms, e), e);
}

bool db_upkeep(struct db *db, struct span spans, struct span audit, struct wall now,
               struct err *e)
{
    if (!sql_begin(db, false, e) || !sql_end(db, forget(db, spans, audit, now, e), e) ||
        !back_up_daily(db, now, e) ||
        !sql_script(db, "PRAGMA analysis_limit=400; PRAGMA optimize;", e))
        return false;
    /* A reader's snapshot may keep it from finishing: the next one will. */
    sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return true;
}

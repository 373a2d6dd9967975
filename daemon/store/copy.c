#include "store/copy.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

static bool vacuum_into(sqlite3 *h, const char *to, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(h, "VACUUM INTO ?1", -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, to, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    sqlite3_finalize(st);
    if (rc == SQLITE_DONE)
        return true;
    return err_set(e, rc == SQLITE_FULL ? ERR_FULL : ERR_STORE,
                   "copying the database: %s", sqlite3_errmsg(h));
}

bool store_copy(const char *from_dir, const char *to_dir, struct err *e)
{
    struct buf from, to;
    sqlite3 *h = NULL;
    bool ok = false;

    buf_init(&from, 4096);
    buf_init(&to, 4096);
    buf_printf(&from, "%s/alignd.db", from_dir);
    buf_printf(&to, "%s/alignd.db", to_dir);
    if (!buf_check(&from, e) || !buf_check(&to, e))
        goto out;
    if (access(buf_cstr(&from), R_OK) != 0) {
        ok = errno == ENOENT || err_set(e, ERR_IO, "%s cannot be copied: %s",
                                        buf_cstr(&from), strerror(errno));
        goto out;
    }
    if (sqlite3_open_v2(buf_cstr(&from), &h, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        err_set(e, ERR_STORE, "%s: %s", buf_cstr(&from),
                h ? sqlite3_errmsg(h) : "no memory");
        goto out;
    }
    sqlite3_busy_timeout(h, 5000);
    ok = vacuum_into(h, buf_cstr(&to), e);
out:
    sqlite3_close(h);
    buf_finish(&from);
    buf_finish(&to);
    return ok;
}

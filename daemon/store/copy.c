#include "store/copy.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

static bool fail(sqlite3 *h, int rc, const char *from, struct err *e)
{
    int os = h != NULL ? sqlite3_system_errno(h) : 0;

    return err_set(e, rc == SQLITE_FULL ? ERR_FULL : ERR_STORE,
                   "cannot copy %s: %s%s%s", from,
                   h != NULL ? sqlite3_errmsg(h) : sqlite3_errstr(rc),
                   os != 0 ? ": " : "", os != 0 ? strerror(os) : "");
}

static bool vacuum_into(sqlite3 *h, const char *from, const char *to, struct err *e)
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
    return fail(h, rc, from, e);
}

bool store_copy(const char *from_dir, const char *to_dir, struct err *e)
{
    struct buf from, to;
    sqlite3 *h = NULL;
    bool ok = false;
    int rc;

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
    rc = sqlite3_open_v2(buf_cstr(&from), &h, SQLITE_OPEN_READONLY, NULL);
    if (rc != SQLITE_OK) {
        fail(h, rc, buf_cstr(&from), e);
        goto out;
    }
    sqlite3_busy_timeout(h, 5000);
    ok = vacuum_into(h, buf_cstr(&from), buf_cstr(&to), e);
out:
    sqlite3_close(h);
    buf_finish(&from);
    buf_finish(&to);
    return ok;
}

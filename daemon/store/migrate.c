#include "store/migrate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/open.h"
#include "store/schema.h"
#include "store/sql.h"

bool migrate_identify(struct db *db, unsigned *ret_version, struct err *e)
{
    static const char id_sql[] = "PRAGMA application_id";
    static const char version_sql[] = "PRAGMA user_version";
    static const char tables_sql[] = "SELECT count(*) FROM sqlite_schema";
    int64_t id, version, tables;

    if (!sql_int(db, id_sql, SQL_NONE, 0, &id, e) ||
        !sql_int(db, version_sql, SQL_NONE, 0, &version, e) ||
        !sql_int(db, tables_sql, SQL_NONE, 0, &tables, e))
        return false;
    if (id == 0 && version == 0 && tables == 0) {
        *ret_version = 0;
        return true;
    }
    if (id != STORE_APPLICATION_ID || version < 1)
        return err_set(e, ERR_CONFIG, "%s is not a database of alignd", db->path);
    if (version > (int64_t)schema_count)
        return err_set(
            e, ERR_CONFIG,
            "%s was written by a newer alignd (version %lld, this one knows %u)",
            db->path, (long long)version, schema_count);
    *ret_version = (unsigned)version;
    return true;
}

static bool keep_copy(struct db *db, unsigned from, struct err *e)
{
    static const char sql[] = "VACUUM INTO ?";
    struct buf path;
    bool created, ok = false;

    buf_init(&path, 4096);
    buf_printf(&path, "%s.v%u", db->path, from);
    if (!buf_check(&path, e))
        goto out;
    if (unlink(buf_cstr(&path)) != 0 && errno != ENOENT) {
        err_set(e, ERR_IO, "remove %s: %s", buf_cstr(&path), strerror(errno));
        goto out;
    }
    ok = db_create_private(buf_cstr(&path), &created, e) &&
         sql_run(db, sql, SQL_ARGS(SQL_S(buf_str(&path))), e);
out:
    buf_finish(&path);
    return ok;
}

static bool apply(struct db *db, unsigned from, struct err *e)
{
    struct buf mark;
    bool ok;

    for (unsigned i = from; i < schema_count; i++) {
        if (!sql_script(db, schema_sql[i], e))
            return err_wrap(e, "migration %u", i + 1);
    }
    buf_init(&mark, 256);
    buf_printf(&mark, "PRAGMA application_id=%d; PRAGMA user_version=%u;",
               STORE_APPLICATION_ID, schema_count);
    ok = buf_check(&mark, e) && sql_script(db, buf_cstr(&mark), e);
    buf_finish(&mark);
    return ok;
}

bool migrate(struct db *db, unsigned from, struct err *e)
{
    if (from == schema_count)
        return true;
    if (from > 0 && !keep_copy(db, from, e))
        return err_wrap(e, "keep a copy before migrating");
    return sql_begin(db, true, e) && sql_end(db, apply(db, from, e), e);
}

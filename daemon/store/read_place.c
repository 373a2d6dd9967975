#include "store/read_place.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store/sql.h"

bool read_notes(struct db *db, struct str name, struct arena *a, struct note_row **ret,
                size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT n.key, n.level, n.text, n.fix, n.at FROM note n JOIN source s"
        " ON s.id = n.source WHERE s.name = ? ORDER BY n.key";
    struct note_row *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(a, v, n);
    struct note_row *r;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(name)), e))
        return false;
    while ((r = query_row(&q, &to, e)) != NULL) {
        r->key = query_dup(&q, 0, a);
        r->level = (enum note_level)query_int(&q, 1);
        r->text = query_dup(&q, 2, a);
        r->fix = query_dup(&q, 3, a);
        r->at = query_wall(&q, 4);
    }
    *ret = v;
    *ret_n = n;
    return to.ok;
}

static int64_t size_of(const char *path)
{
    struct stat st;

    return path != NULL && stat(path, &st) == 0 ? st.st_size : 0;
}

bool read_place(struct db *db, struct arena *a, struct place_row *ret, struct err *e)
{
    struct str file = str_of(db->path);
    size_t n = file.n;
    struct statvfs fs;
    int64_t backup;

    while (n > 0 && file.p[n - 1] != '/')
        n--;
    *ret = (struct place_row){.free = -1};
    ret->dir = arena_str(a, str_first(file, n > 1 ? n - 1 : n));
    if (arena_failed(a))
        return err_nomem(e);
    if (!meta_get(db, "backup_at", 0, &backup, e))
        return false;
    ret->backup_at = (struct wall){backup};
    ret->size = size_of(db->path) +
                size_of(arena_strdup(a, arena_printf(a, "%s-wal", db->path)));
    if (ret->dir.n > 0 && statvfs(arena_strdup(a, ret->dir), &fs) == 0)
        ret->free = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    return !arena_failed(a) || err_nomem(e);
}

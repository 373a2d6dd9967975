#include "status/version.h"

#include "base/date.h"
#include "core/tz.h"
#include "status/shape.h"

/* The files of one version: at most 4 MiB, and a calendar. */
enum { FILES_CEILING = 64 << 20 };

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return s.n > 0 && s.n <= 16;
}

bool version_find(struct db *db, const struct api_env *env, struct str text,
                  struct version_row *ret, struct err *e)
{
    struct date d;
    struct wall t;

    if (is_number(text))
        return db_read_version_named(db, text, ret, e);
    if (date_parse(text, &d)) {
        t = tz_wall(env->conf->cal.tz, date_from_days(date_to_days(d) + 1), 0);
        t.ms--;
    } else if (!date_parse_iso(text, &t)) {
        return err_set(e, ERR_USAGE,
                       "'%.*s' is neither a date such as 2026-10-01 nor the first "
                       "digits of a version",
                       STR_FMT(str_first(text, 40)));
    }
    return db_read_version_at(db, t, ret, e);
}

bool version_read(struct db *db, const struct api_env *env,
                  const struct version_row *row, struct strategy **ret, struct err *e)
{
    struct arena *a = arena_create(FILES_CEILING);
    struct strategy_file *files;
    size_t n;
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = db_read_version_files(db, row->n, a, &files, &n, e);
    for (size_t i = 0; ok && i < n; i++) {
        if (files[i].name.n == 0)
            files[i].name = STR("strategy.yaml");
    }
    if (ok && !env->parse(files, n, ret, e)) {
        struct err why = *e;

        ok = why.kind == ERR_NOMEM
                 ? false
                 : err_set(e, ERR_CONFLICT, "version %08llx cannot be read again: %s",
                           (unsigned long long)(row->version >> 32), why.msg);
    }
    arena_destroy(a);
    if (ok)
        (*ret)->version = row->version; /* its calendar may not have been kept */
    return ok;
}

bool version_before(struct db *db, const struct api_env *env, int64_t n,
                    struct version_row *ret, bool *ret_found, struct err *e)
{
    struct version_row *v;
    size_t found;

    if (!db_read_versions(db, 1, n, env->a, &v, &found, e))
        return false;
    *ret_found = found > 0;
    if (found > 0)
        *ret = v[0];
    return true;
}

void version_members(struct jsonw *w, const struct version_row *row)
{
    shape_version(w, "version", row->version);
    jsonw_time(w, "since", row->since);
    jsonw_time(w, "until", row->until);
}

#include "status/past.h"

#include "core/tz.h"
#include "status/version.h"

static struct date yesterday(const struct api_env *env)
{
    return date_from_days(date_to_days(tz_local(env->conf->cal.tz, env->now).date) - 1);
}

bool past_open(struct past *ret, struct db *db, const struct api_env *env,
               const struct api_request *req, struct err *e)
{
    struct str at = api_query(req, "at");
    struct version_row row;

    *ret = (struct past){.day = yesterday(env), .s = env->conf->strategy};
    if (at.n == 0)
        return true;
    ret->is_past = true;
    if (!date_parse(at, &ret->day))
        return err_set(e, ERR_USAGE, "'%.*s' is no date: write 2026-12-31",
                       STR_FMT(str_first(at, 40)));
    if (date_cmp(ret->day, yesterday(env)) > 0)
        return err_set(e, ERR_USAGE, "%.*s is not over yet", STR_FMT(at));
    if (!version_find(db, env, at, &row, e))
        return false;
    if (row.version == ret->s->version)
        return true;
    if (!version_read(db, env, &row, &ret->owned, e))
        return false;
    ret->s = ret->owned;
    return true;
}

void past_close(struct past *p)
{
    strategy_unref(p->owned);
}

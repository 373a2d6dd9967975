#include "status/past.h"

#include "core/tz.h"
#include "status/shape.h"
#include "status/version.h"

struct date past_yesterday(const struct api_env *env)
{
    return date_from_days(date_to_days(tz_local(env->conf->cal.tz, env->now).date) - 1);
}

struct wall past_end_of(const struct api_env *env, struct date day)
{
    struct date next = date_from_days(date_to_days(day) + 1);

    return wall_add(tz_wall(env->conf->cal.tz, next, 0), DUR_MS(-1));
}

bool past_open_day(struct past *ret, struct db *db, const struct api_env *env,
                   struct date day, struct err *e)
{
    struct version_row row;

    *ret = (struct past){.is_past = true, .day = day, .s = env->conf->strategy};
    if (!db_read_version_at(db, past_end_of(env, day), &row, e))
        return false;
    if (row.version == ret->s->version)
        return true;
    if (!version_read(db, env, &row, &ret->owned, e))
        return false;
    ret->s = ret->owned;
    return true;
}

bool past_open(struct past *ret, struct db *db, const struct api_env *env,
               const struct api_request *req, struct err *e)
{
    struct str at = api_query(req, "at");
    struct date day;

    *ret = (struct past){.day = past_yesterday(env), .s = env->conf->strategy};
    if (at.n == 0)
        return true;
    if (!date_parse(at, &day))
        return err_set(e, ERR_USAGE, "'%.*s' is no date: write 2026-12-31",
                       STR_FMT(str_first(at, 40)));
    if (date_cmp(day, past_yesterday(env)) > 0)
        return err_set(e, ERR_USAGE, "%.*s is not over yet", STR_FMT(at));
    return past_open_day(ret, db, env, day, e);
}

void past_write_items(struct jsonw *w, const struct past *p)
{
    static const char caveat[] =
        "what was exempt or an idea then is not known: what is so today is left out; "
        "title, status and level are those of today, and an item that was closed and "
        "opened again counts as open all the time";

    shape_date(w, "at", p->is_past ? p->day : (struct date){0});
    jsonw_strz(w, "caveat", p->is_past ? caveat : NULL);
}

void past_close(struct past *p)
{
    strategy_unref(p->owned);
}

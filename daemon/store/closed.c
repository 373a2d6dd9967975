#include "store/closed.h"

#include "store/sql.h"

static const int64_t hour_ms = 3600000;

/* ---- counting ---- */

struct closed_change {
    struct str node;
    int64_t hour, n;
};

static struct closed_change *change_of(struct eval *ev, struct str node, int64_t hour,
                                       struct err *e)
{
    struct str key = eval_count_key(ev, hour, node);
    struct closed_change *c = map_get(ev->closed, key);

    if (c != NULL)
        return c;
    c = arena_alloc(ev->a, sizeof *c);
    key = arena_str(ev->a, key);
    if (c == NULL || arena_failed(ev->a) || arena_failed(ev->item) ||
        !map_set(ev->closed, key, c)) {
        err_nomem(e);
        return NULL;
    }
    c->node = str_skip(key, key.n - node.n);
    c->hour = hour;
    return c;
}

/* What was closed long ago is nobody's forecast. */
static bool count(struct eval *ev, const struct counted *of, int64_t sign, struct err *e)
{
    struct wall oldest = wall_add(ev->now, DUR_DAY(-CLOSED_KEEP_DAYS));

    if ((of->bits & COUNTED_COMPLETED) == 0 || of->changed.ms < oldest.ms)
        return true;
    for (size_t i = 0; i < of->n_nodes; i++) {
        struct closed_change *c =
            change_of(ev, of->nodes[i], of->changed.ms / hour_ms, e);

        if (c == NULL)
            return false;
        c->n += sign;
    }
    return true;
}

bool eval_count_closed(struct eval *ev, const struct counted *before,
                       const struct counted *after, struct err *e)
{
    return count(ev, before, -1, e) && count(ev, after, 1, e);
}

bool eval_save_closed(struct eval *ev, struct err *e)
{
    static const char add[] = "INSERT INTO closed_hour (node, hour, n) VALUES (?, ?, ?)"
                              " ON CONFLICT DO UPDATE SET n = n + excluded.n";
    static const char drop[] =
        "DELETE FROM closed_hour WHERE node = ? AND hour = ? AND n = 0";

    for (size_t i = 0; i < map_count(ev->closed); i++) {
        const struct closed_change *c;
        struct str key;
        void *value;

        map_at(ev->closed, i, &key, &value);
        c = value;
        if (c->n == 0)
            continue;
        if (!sql_run(ev->db, add, SQL_ARGS(SQL_S(c->node), SQL_I(c->hour), SQL_I(c->n)),
                     e))
            return false;
        if (c->n < 0 &&
            !sql_run(ev->db, drop, SQL_ARGS(SQL_S(c->node), SQL_I(c->hour)), e))
            return false;
    }
    return true;
}

/* ---- the forecast ---- */

static bool read_closed(struct db *db, const struct eval_conf *conf, struct str node,
                        struct forecast_in *in, struct err *e)
{
    static const char sql[] =
        "SELECT hour, n FROM closed_hour WHERE node = ? AND hour >= ? ORDER BY hour";
    int64_t first = date_to_days(in->today) - FORECAST_DAYS;
    struct wall from = tz_wall(conf->cal.tz, date_from_days(first), 0);
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(node), SQL_I(from.ms / hour_ms)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct wall at = {query_int(&q, 0) * hour_ms};
        int64_t day = date_to_days(tz_local(conf->cal.tz, at).date) - first;
        int64_t n = query_int(&q, 1);

        if (day >= 0 && day < FORECAST_DAYS && n > 0 && n < INT32_MAX)
            in->closed[day] += (unsigned)n;
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

bool db_read_forecast_in(struct db *db, const struct eval_conf *conf,
                         const struct initiative *in, struct wall now,
                         struct forecast_in *ret, struct err *e)
{
    static const char open[] = "SELECT open FROM tally WHERE node = ?";

    *ret = (struct forecast_in){
        .today = tz_local(conf->cal.tz, now).date,
        .from = in->start,
    };
    return sql_int(db, open, SQL_ARGS(SQL_S(in->node.id)), 0, &ret->open, e) &&
           read_closed(db, conf, in->node.id, ret, e);
}

bool db_read_forecast(struct db *db, const struct eval_conf *conf,
                      const struct initiative *in, struct wall now,
                      struct forecast *ret, struct err *e)
{
    struct forecast_in x;

    if (!db_read_forecast_in(db, conf, in, now, &x, e))
        return false;
    forecast_make(&x, &conf->cal, ret);
    return true;
}

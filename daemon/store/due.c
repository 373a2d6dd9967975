#include "store/due.h"

#include "store/sql.h"

static const struct dur kept = {INT64_C(15) * 86400000};

static bool count(struct db *db, struct str channel, struct plan_window w, int64_t *ret,
                  struct err *e)
{
    static const char sql[] =
        "SELECT count(*) FROM sent WHERE channel = ? AND at >= ? AND at < ?";

    return sql_int(db, sql, SQL_ARGS(SQL_S(channel), SQL_T(w.from), SQL_T(w.to)), 0, ret,
                   e);
}

bool db_read_sent(struct db *db, struct str channel, const struct tz *tz, struct wall now,
                  struct plan_sent *ret, struct err *e)
{
    struct plan_window day, week;

    plan_budget_windows(tz, now, &day, &week);
    return count(db, channel, day, &ret->today, e) &&
           count(db, channel, week, &ret->week, e);
}

static bool load_sent(struct eval *ev, struct str channel, const struct route_hit *hit,
                      struct plan_sent *ret, struct err *e)
{
    const struct calendar *hours = hit->hours != NULL ? hit->hours : &ev->conf->cal;

    return db_read_sent(ev->db, channel, hours->tz, ev->now, ret, e);
}

static bool is_counted(const struct due_batch *b)
{
    return !b->news || b->worst != SEV_HIGH;
}

bool due_find(struct eval *ev, const struct due_batch *b, const struct route_hit *hit,
              struct plan_due *ret, struct err *e)
{
    const struct calendar *cal = &ev->conf->cal;
    struct plan_sent sent;

    if (b->news || hit->has_interval)
        *ret = plan_group_due(hit, cal, b->news ? b->worst : SEV_INFO, b->first,
                              b->last_sent, ev->now);
    else
        *ret = plan_over_due(hit, cal, b->first, ev->now);
    if (!is_counted(b) || (hit->budget.day == 0 && hit->budget.week == 0))
        return true;
    if (!load_sent(ev, b->channel, hit, &sent, e))
        return false;
    *ret = plan_budget(hit, cal, &sent, *ret, ev->now);
    return true;
}

struct str due_where(struct arena *a, struct str channel, struct str name)
{
    return arena_printf(a, "%.*s %.*s", STR_FMT(channel), STR_FMT(name));
}

bool due_is_group_reason(enum plan_reason r)
{
    return r == PLAN_GROUPED || r == PLAN_OUTSIDE_HOURS || r == PLAN_BUDGET;
}

static bool detail(struct eval *ev, const struct due_batch *b,
                   const struct route_hit *hit, enum plan_reason reason,
                   struct str *ret, struct err *e)
{
    struct str where = due_where(ev->item, b->channel, b->name);
    struct plan_sent sent;

    *ret = where;
    if (reason != PLAN_BUDGET)
        return true;
    if (!load_sent(ev, b->channel, hit, &sent, e))
        return false;
    *ret = arena_printf(ev->item, "%.*s: %lld of %u today, %lld of %u this week",
                        STR_FMT(where), (long long)sent.today, hit->budget.day,
                        (long long)sent.week, hit->budget.week);
    return !arena_failed(ev->item) || err_nomem(e);
}

bool due_tell(struct eval *ev, const struct due_batch *b, const struct route_hit *hit,
              enum plan_reason reason, struct err *e)
{
    static const char event[] =
        "INSERT INTO finding_event (finding, at, what, detail) SELECT m.finding, ?2,"
        " 'reason', ?3 FROM member m JOIN finding f ON f.n = m.finding WHERE"
        " m.batch = ?1 AND f.reason IN (10, 11, 13) AND f.reason <> ?4 AND"
        " substr(f.reason_detail, 1, length(?5)) = ?5";
    static const char set[] =
        "UPDATE finding SET reason = ?2, reason_detail = ?3, reason_at = ?4 WHERE n IN"
        " (SELECT finding FROM member WHERE batch = ?1) AND reason IN (10, 11, 13) AND"
        " reason <> ?2 AND substr(reason_detail, 1, length(?5)) = ?5";
    struct str where = due_where(ev->item, b->channel, b->name), text;

    _Static_assert(PLAN_OUTSIDE_HOURS == 10 && PLAN_BUDGET == 11 && PLAN_GROUPED == 13,
                   "the numbers stand in the statements above");
    if (!detail(ev, b, hit, reason, &text, e))
        return false;
    return sql_run(ev->db, event,
                   SQL_ARGS(SQL_I(b->id), SQL_T(ev->now),
                            SQL_S(str_of(plan_reason_name(reason))), SQL_I(reason),
                            SQL_S(where)),
                   e) &&
           sql_run(ev->db, set,
                   SQL_ARGS(SQL_I(b->id), SQL_I(reason), SQL_S(text), SQL_T(ev->now),
                            SQL_S(where)),
                   e);
}

bool due_count(struct eval *ev, struct str channel, int64_t outbox, struct err *e)
{
    static const char add[] = "INSERT INTO sent (channel, at, outbox) VALUES (?, ?, ?)";
    static const char forget[] = "DELETE FROM sent WHERE channel = ? AND at < ?";

    return sql_run(ev->db, add,
                   SQL_ARGS(SQL_S(channel), SQL_T(ev->now), SQL_I(outbox)), e) &&
           sql_run(ev->db, forget,
                   SQL_ARGS(SQL_S(channel), SQL_T(wall_add(ev->now, DUR_MS(-kept.ms)))),
                   e);
}

bool due_sent(struct eval *ev, const struct due_batch *b, int64_t outbox, struct err *e)
{
    return !is_counted(b) || due_count(ev, b->channel, outbox, e);
}

#include "store/eval_view.h"

#include "core/lint.h"
#include "store/fact.h"
#include "store/sql.h"

static struct facts *facts_of(struct eval *ev, struct err *e)
{
    if (ev->facts == NULL) {
        ev->facts = arena_alloc(ev->a, sizeof *ev->facts);
        if (ev->facts == NULL) {
            err_nomem(e);
            return NULL;
        }
        facts_init(ev->facts, ev->db, ev->conf, ev->now, ev->a);
    }
    return ev->facts;
}

bool eval_view_kr(struct eval *ev, const struct key_result *kr, struct rule_kr *ret,
                  struct err *e)
{
    struct facts *f = facts_of(ev, e);

    return f != NULL && facts_told(f, kr, NULL, ret, e);
}

static bool read_effort(struct eval *ev, struct str team, struct rule_effort *ret,
                        struct err *e)
{
    struct facts *f = facts_of(ev, e);
    struct facts_days w;

    if (f == NULL || !facts_effort(f, team, RULE_SPREAD_DAYS, false, &w, e))
        return false;
    ret->spread = w.sum;
    if (!facts_effort(f, team, RULE_SHARE_DAYS, false, &w, e))
        return false;
    ret->all = w.sum;
    if (!facts_effort(f, team, RULE_SHARE_DAYS, true, &w, e))
        return false;
    ret->shares = w.sum;
    ret->share_days = (size_t)w.sum.basis.working_days;
    ret->v = w.v;
    ret->n = w.n;
    return true;
}

bool eval_view_effort(struct eval *ev, struct str team, struct rule_effort *ret,
                      struct err *e)
{
    if (team.n > 0)
        return read_effort(ev, team, ret, e);
    if (ev->effort == NULL) {
        struct rule_effort *all = arena_alloc(ev->a, sizeof *all);

        if (all == NULL)
            return err_nomem(e);
        if (!read_effort(ev, STR_NONE, all, e))
            return false;
        ev->effort = all;
    }
    *ret = *ev->effort;
    return true;
}

bool eval_view_goal(struct eval *ev, struct str objective, struct rule_goal *ret,
                    struct err *e)
{
    static const char last[] = "SELECT max(day) FROM effort_day WHERE team = ''";
    static const char sql[] =
        "SELECT in_progress, unattributed FROM effort_goal WHERE day = ? AND goal = ?";
    struct query q;
    int64_t day;
    bool row;

    *ret = (struct rule_goal){.in_progress = 0};
    if (!sql_int(ev->db, last, SQL_NONE, 0, &day, e))
        return false;
    if (day == 0)
        return true;
    ret->day = date_from_days(day);
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(day), SQL_S(objective)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->in_progress = query_int(&q, 0);
        ret->unattributed = query_int(&q, 1);
        query_close(&q);
    }
    return true;
}

bool eval_view_lint(struct eval *ev, const struct lint_in **ret, struct err *e)
{
    const struct calendar *cal = &ev->conf->cal;

    if (ev->lint == NULL)
        ev->lint = lint_prepare(
            ev->conf->strategy,
            tz_local(cal->tz != NULL ? cal->tz : tz_utc(), ev->now).date, ev->a);
    *ret = ev->lint;
    return *ret != NULL || err_nomem(e);
}

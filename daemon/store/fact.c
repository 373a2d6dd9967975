#include "store/fact.h"

#include "core/tz.h"
#include "store/sql.h"

void facts_init(struct facts *f, struct db *db, const struct eval_conf *conf,
                struct wall now, struct arena *a)
{
    *f = (struct facts){.db = db, .conf = conf, .now = now, .a = a};
}

static bool is_unknown(struct assume_found *ret, const char *why)
{
    *ret = (struct assume_found){.unknown = why};
    return true;
}

static bool is_value(struct assume_found *ret, double value)
{
    *ret = (struct assume_found){.known = true, .value = value};
    return true;
}

/* ---- key results ---- */

static struct date day_of(const struct facts *f, struct wall t)
{
    return t.ms > 0 ? tz_local(f->conf->cal.tz, t).date : (struct date){0};
}

bool facts_told(struct facts *f, const struct key_result *kr, struct kr_row *ret_row,
                struct rule_kr *ret, struct err *e)
{
    struct kr_value *v;
    struct kr_row row;

    if (!db_read_kr(f->db, kr->node.id, f->a, &row, e))
        return false;
    v = arena_array(f->a, row.n + 1, sizeof *v);
    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < row.n; i++)
        v[i] = (struct kr_value){row.v[i].said.day, row.v[i].said.value};
    *ret = (struct rule_kr){
        .kr = kr, .v = v, .n = row.n, .first_load = day_of(f, row.first_load)};
    kr_judge(kr, v, row.n, ret->first_load, day_of(f, f->now), &ret->report);
    if (ret_row != NULL)
        *ret_row = row;
    return true;
}

bool facts_key_result(struct facts *f, const struct key_result *kr,
                      struct kr_row *ret_row, struct kr_pace_report *ret, struct err *e)
{
    struct rule_kr told;

    if (!facts_told(f, kr, ret_row, &told, e))
        return false;
    *ret = told.report;
    return true;
}

static bool look_key_result(struct facts *f, const struct key_result *kr,
                            enum assume_function what, struct assume_found *ret,
                            struct err *e)
{
    struct kr_pace_report r;

    if (!facts_key_result(f, kr, NULL, &r, e))
        return false;
    if (!r.has_value)
        return is_unknown(ret, "no value of it is known");
    if (r.state == KR_STALE)
        return is_unknown(ret, "its last value is too old");
    if (what == ASSUME_VALUE) {
        is_value(ret, r.last.value);
        ret->in_percent = str_eqz(kr->unit, "%");
        return true;
    }
    if (!r.has_progress)
        return is_unknown(ret, "the strategy does not say how far it is to go");
    if (what == ASSUME_PROGRESS)
        return is_value(ret, r.progress);
    if (!r.has_expected)
        return is_unknown(ret, "no pace is expected of it");
    return is_value(ret, r.progress - r.expected);
}

/* ---- items ---- */

static bool find_stale(struct facts *f, struct err *e)
{
    static const char sql[] = "SELECT name, fresh FROM source WHERE active ORDER BY id";
    bool row, any = false;
    struct query q;

    if (!query_open(&q, f->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        any = true;
        if (query_int(&q, 1) == 0 && f->not_counted == NULL)
            f->not_counted =
                arena_printf(f->a, "source %.*s is not up to date",
                             STR_FMT(str_first(query_dup(&q, 0, f->a), 60)))
                    .p;
        if (!query_next(&q, &row, e))
            return false;
    }
    if (!any)
        f->not_counted = "no source is configured";
    return !arena_failed(f->a) || err_nomem(e);
}

bool facts_count(struct facts *f, const char **ret_unknown, struct err *e)
{
    if (!f->counted) {
        if (!find_stale(f, e) || !db_read_coverage(f->db, f->a, &f->rows, e))
            return false;
        for (size_t i = 0; i < f->rows.n; i++) {
            f->epics += f->rows.v[i].open;
            f->linked += f->rows.v[i].linked;
            f->exempt += f->rows.v[i].exempt;
        }
        f->counted = true;
    }
    *ret_unknown = f->not_counted;
    return true;
}

struct tally facts_tally(const struct facts *f, struct str id)
{
    for (size_t i = 0; i < f->rows.n_initiatives; i++) {
        if (str_eq(f->rows.initiatives[i].id, id))
            return f->rows.initiatives[i].tally;
    }
    return (struct tally){.open = 0};
}

bool facts_team(struct facts *f, struct str id, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT sum(items) FROM share WHERE node = ?";

    return sql_int(f->db, sql, SQL_ARGS(SQL_S(id)), 0, ret, e);
}

static bool look_coverage(const struct facts *f, struct assume_found *ret)
{
    int64_t of = f->epics - f->exempt;

    if (of <= 0)
        return is_unknown(ret, "there is no open work that could be linked");
    return is_value(ret, (double)f->linked / (double)of);
}

static bool look_items(const struct facts *f, const struct node *n,
                       const struct assume *a, struct assume_found *ret)
{
    struct tally t = facts_tally(f, n->id);
    double one = (double)(a->function == ASSUME_OPEN ? t.open : t.completed);

    if (!a->percent)
        return is_value(ret, one);
    if (t.open + t.completed == 0)
        return is_unknown(ret, "no item is linked to it");
    return is_value(ret, one / (double)(t.open + t.completed));
}

/* ---- effort ---- */

static bool read_effort(struct facts *f, struct str team, int64_t days, bool by_plan,
                        struct facts_days *ret, struct err *e)
{
    int64_t today = date_to_days(tz_local(f->conf->cal.tz, f->now).date);
    struct effort_window w;

    if (!effort_window_read(&w, f->db, f->a, date_from_days(today - days),
                            date_from_days(today - 1), by_plan ? &team : NULL,
                            &f->days, e) ||
        !effort_window_sum(&w, f->conf->strategy, team, &ret->sum, e))
        return false;
    ret->v = w.v;
    ret->n = w.n;
    return true;
}

/* The shares of all are what several ask for. */
bool facts_effort(struct facts *f, struct str team, int64_t days, bool by_plan,
                  struct facts_days *ret, struct err *e)
{
    bool shares = team.n == 0 && days == RULE_SHARE_DAYS && by_plan;

    if (shares && f->has_shares) {
        *ret = f->shares;
        return true;
    }
    if (!read_effort(f, team, days, by_plan, ret, e))
        return false;
    if (shares)
        f->shares = *ret;
    f->has_shares = f->has_shares || shares;
    return true;
}

static double share_of(const struct effort_sum *s, const struct node *n)
{
    for (size_t i = 0; i < s->n_shares; i++) {
        if (str_eq(s->shares[i].id, n->id))
            return s->shares[i].days / s->mapped;
    }
    for (size_t i = 0; i < s->n_nodes; i++) {
        if (str_eq(s->nodes[i].node, n->id))
            return s->nodes[i].days / s->mapped;
    }
    return 0;
}

/* share() of a node and spread() of a team. */
static bool look_effort(struct facts *f, const struct node *n, bool is_share,
                        struct assume_found *ret, struct err *e)
{
    struct facts_days days;

    if (!facts_effort(f, is_share ? STR_NONE : n->id,
                      is_share ? RULE_SHARE_DAYS : RULE_SPREAD_DAYS, is_share, &days, e))
        return false;
    const struct effort_sum s = days.sum;

    if (!(s.mapped > 0))
        return is_unknown(ret, ASSUME_NO_EFFORT);
    if (s.trust == TRUST_LOW)
        return is_unknown(ret, arena_printf(f->a, "trust low: %.*s", STR_FMT(s.weakest)).p);
    return is_value(ret, is_share ? share_of(&s, n) : s.spread);
}

bool facts_look(void *facts, const struct assume *a, struct assume_found *ret,
                struct err *e)
{
    struct facts *f = facts;
    const struct node *n =
        a->kinds != 0 ? strategy_find(f->conf->strategy, a->id) : NULL;
    const char *unknown;

    if (a->kinds != 0 && (n == NULL || (a->kinds & STRATEGY_KIND(n->kind)) == 0))
        return is_unknown(ret, "the strategy has no such id");
    if (a->function == ASSUME_SHARE || a->function == ASSUME_SPREAD)
        return look_effort(f, n, a->function == ASSUME_SHARE, ret, e);
    if (a->function == ASSUME_VALUE || a->function == ASSUME_PACE ||
        a->function == ASSUME_PROGRESS)
        return look_key_result(f, (const struct key_result *)(const void *)n,
                               a->function, ret, e);
    if (!facts_count(f, &unknown, e))
        return false;
    if (unknown != NULL)
        return is_unknown(ret, unknown);
    return a->function == ASSUME_COVERAGE ? look_coverage(f, ret)
                                          : look_items(f, n, a, ret);
}

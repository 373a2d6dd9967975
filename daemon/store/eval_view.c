#include "store/eval_view.h"

#include "core/lint.h"
#include "store/change.h"
#include "store/fact.h"
#include "store/sql.h"

struct facts *eval_facts(struct eval *ev, struct err *e)
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

/* Several initiatives move one; it is read once. */
bool eval_view_kr(struct eval *ev, const struct key_result *kr, struct rule_kr *ret,
                  struct err *e)
{
    const struct strategy *s = ev->conf->strategy;
    struct facts *f = eval_facts(ev, e);
    struct rule_kr **at;

    if (f == NULL)
        return false;
    if (ev->krs == NULL)
        ev->krs = arena_array(ev->a, s->n_key_results, sizeof *ev->krs);
    if (ev->krs == NULL)
        return err_nomem(e);
    at = &ev->krs[kr - s->key_results];
    if (*at == NULL) {
        struct rule_kr *one = arena_alloc(ev->a, sizeof *one);

        if (one == NULL)
            return err_nomem(e);
        if (!facts_told(f, kr, NULL, one, e) ||
            !change_retarget(ev, kr->node.id, &one->retarget, e))
            return false;
        *at = one;
    }
    *ret = **at;
    return true;
}

static bool read_effort(struct eval *ev, struct str team, struct rule_effort *ret,
                        struct err *e)
{
    struct facts *f = eval_facts(ev, e);
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

/* ---- competitors ---- */

static bool is_under(const struct key_result *kr, const struct node *n, struct date day)
{
    const struct objective *o = kr->objective;

    return objective_is_running(o, day) &&
           (&o->node == n || (o->intent != NULL && &o->intent->node == n));
}

static bool view_attack(struct eval *ev, const struct node *n, struct rule_attack *ret,
                        struct err *e)
{
    const struct strategy *s = ev->conf->strategy;
    const struct calendar *cal = &ev->conf->cal;
    struct date day = tz_local(cal->tz != NULL ? cal->tz : tz_utc(), ev->now).date;
    struct rule_kr *krs = arena_array(ev->a, s->n_key_results + 1, sizeof *krs);

    if (krs == NULL)
        return err_nomem(e);
    *ret = (struct rule_attack){.node = n, .krs = krs};
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (is_under(&s->key_results[i], n, day) &&
            !eval_view_kr(ev, &s->key_results[i], &krs[ret->n_krs++], e))
            return false;
    }
    return true;
}

bool eval_view_attacks(struct eval *ev, const struct competitor *c,
                       struct rule_attack **ret, size_t *ret_n, struct err *e)
{
    struct rule_attack *v = arena_array(ev->a, c->attacks.n + 1, sizeof *v);
    size_t n = 0;

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < c->attacks.n; i++) {
        const struct node *at = strategy_find(ev->conf->strategy, c->attacks.v[i]);

        if (at != NULL && (at->kind == NODE_INTENT || at->kind == NODE_OBJECTIVE) &&
            !view_attack(ev, at, &v[n++], e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return true;
}

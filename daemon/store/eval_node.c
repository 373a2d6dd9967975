#include "store/blocked.h"
#include "store/change.h"
#include "store/eval_channel.h"
#include "store/eval_rules.h"
#include "store/eval_view.h"
#include "store/sql.h"
#include "store/subject.h"

static const struct str gone = STR_INIT("removed from the strategy");

/* ---- initiatives ---- */

struct due_node {
    struct str node;
    struct tally tally;
};

static bool load_due(struct eval *ev, struct due_node **ret, size_t *ret_n,
                     struct err *e)
{
    static const char sql[] = "SELECT node, open, in_progress, completed, discarded, "
                              "epics, last_change FROM tally"
                              " WHERE next_check > 0 AND next_check <= ?";
    struct due_node *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(ev->a, v, n);
    struct due_node *d;
    struct query q;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e))
        return false;
    while ((d = query_row(&q, &to, e)) != NULL)
        *d = (struct due_node){
            .node = query_dup(&q, 0, ev->a),
            .tally = {.open = query_int(&q, 1),
                      .in_progress = query_int(&q, 2),
                      .completed = query_int(&q, 3),
                      .discarded = query_int(&q, 4),
                      .epics = query_int(&q, 5),
                      .last_change = query_wall(&q, 6)},
        };
    *ret = v;
    *ret_n = n;
    return to.ok;
}

static struct str team_of_kr(const struct strategy *s, const struct key_result *kr)
{
    for (size_t t = 0; t < s->n_teams; t++) {
        for (size_t k = 0; k < s->teams[t].n_key_results; k++) {
            if (s->teams[t].key_results[k] == kr)
                return s->teams[t].node.id;
        }
    }
    return STR_NONE;
}

/* Whoever owns the key result it moves; else the first that must work in it. */
static struct str team_of_initiative(const struct strategy *s,
                                     const struct initiative *i)
{
    struct str team = i->n_moves > 0 ? team_of_kr(s, i->moves[0].kr) : STR_NONE;

    if (team.n > 0)
        return team;
    return i->n_needs > 0 ? i->needs[0]->node.id : STR_NONE;
}

static bool eval_initiative(struct eval *ev, const struct due_node *d, struct err *e)
{
    static const char sql[] = "UPDATE tally SET next_check = ?2 WHERE node = ?1";
    const struct initiative *i = strategy_initiative(ev->conf->strategy, d->node);
    struct rule_effort effort;
    struct rule_initiative work;
    struct subject_rules w = {
        .in = {.initiative = i, .tally = &d->tally},
        /* A former id leads to the initiative it became; that has a row itself. */
        .exists = i != NULL && str_eq(i->node.id, d->node),
        .gone = gone,
    };
    bool fresh;

    w.subject = (struct finding_subject){
        .kind = RULE_INITIATIVE,
        .key = arena_printf(ev->item, "initiative %.*s", STR_FMT(d->node)),
        .team = w.exists ? team_of_initiative(ev->conf->strategy, i) : STR_NONE,
    };
    if (!eval_is_fresh_for(ev, d->node, &fresh, e))
        return false;
    w.frozen = !fresh;
    if (w.exists) {
        w.in.node = &i->node;
        if (!eval_view_lint(ev, &w.in.lint, e))
            return false;
    }
    if (w.exists && fresh) {
        if (!eval_view_effort(ev, STR_NONE, &effort, e) ||
            !eval_view_work(ev, i, &d->tally, &work, e))
            return false;
        w.in.effort = &effort;
        w.in.work = &work;
    }
    /* Where it may not be judged it stays due. */
    return run_rules(ev, &w, e) &&
           (!fresh || sql_run(ev->db, sql, SQL_ARGS(SQL_S(d->node), SQL_T(w.next)), e));
}

static bool eval_initiatives(struct eval *ev, struct err *e)
{
    struct due_node *v = NULL;
    size_t n = 0;

    if (!load_due(ev, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        arena_reset(ev->item);
        if (!eval_initiative(ev, &v[i], e))
            return false;
    }
    return true;
}

/* ---- the rest of the strategy ---- */

static struct finding_subject node_subject(struct eval *ev, const struct due_subject *d,
                                           const struct node *n)
{
    struct finding_subject s = {.kind = d->kind, .key = d->id};

    if (d->kind != RULE_STRATEGY)
        s.key = arena_printf(ev->item, "%s %.*s", rule_subject_name(d->kind),
                             STR_FMT(d->id));
    if (n != NULL && d->kind == RULE_KR)
        s.team = team_of_kr(ev->conf->strategy,
                            (const struct key_result *)(const void *)n);
    return s;
}

/* The node, if it is there under that id still. */
static const struct node *node_of(const struct eval *ev, const struct due_subject *d)
{
    const struct node *n = strategy_find(ev->conf->strategy, d->id);
    enum node_kind kind;

    if (n == NULL || !rule_subject_node(d->kind, &kind) || n->kind != kind ||
        !str_eq(n->id, d->id))
        return NULL;
    return n;
}

/* What rules are told of one subject, while they are asked. */
struct views {
    struct rule_kr kr;
    struct rule_effort effort;
    struct rule_goal goal;
    struct rule_places places;
    struct rule_version version;
    struct rule_assumption *assumptions;
    struct rule_attack *attacks;
};

static bool load_effort(struct eval *ev, struct subject_rules *w, struct views *v,
                        struct err *e)
{
    if (!eval_view_effort(ev, STR_NONE, &v->effort, e))
        return false;
    w->in.effort = &v->effort;
    if (w->subject.kind == RULE_OBJECTIVE) {
        if (!eval_view_goal(ev, w->in.node->id, &v->goal, e))
            return false;
        w->in.goal = &v->goal;
    }
    if (w->subject.kind == RULE_STRATEGY) {
        if (!eval_view_places(ev, &v->places, e) || !blocked_view(ev, &v->places, e))
            return false;
        w->in.places = &v->places;
    }
    return true;
}

static bool load_views(struct eval *ev, struct subject_rules *w, struct views *v,
                       struct err *e)
{
    if (!eval_view_lint(ev, &w->in.lint, e))
        return false;
    if (w->subject.kind == RULE_KR) {
        if (!eval_view_kr(ev, (const struct key_result *)(const void *)w->in.node,
                          &v->kr, e))
            return false;
        w->in.kr = &v->kr;
    }
    if (w->subject.kind == RULE_STRATEGY) {
        if (!change_view(ev, &v->version, e))
            return false;
        w->in.version = &v->version;
    }
    if (w->subject.kind == RULE_DECISION &&
        !eval_view_assumptions(ev, (const struct decision *)(const void *)w->in.node,
                               &v->assumptions, &w->in.n_assumptions, e))
        return false;
    w->in.assumptions = v->assumptions;
    if (w->subject.kind == RULE_COMPETITOR &&
        !eval_view_attacks(ev, (const struct competitor *)(const void *)w->in.node,
                           &v->attacks, &w->in.n_attacks, e))
        return false;
    w->in.attacks = v->attacks;
    return w->frozen || load_effort(ev, w, v, e);
}

static bool eval_node(struct eval *ev, const struct due_subject *d, struct err *e)
{
    const struct node *n = node_of(ev, d);
    struct views views = {.assumptions = NULL};
    struct subject_rules w = {
        .in = {.node = n},
        .exists = n != NULL || d->kind == RULE_STRATEGY,
        .frozen = !eval_all_known(ev),
        .gone = gone,
    };

    arena_reset(ev->item);
    w.subject = node_subject(ev, d, n);
    if ((w.exists && !load_views(ev, &w, &views, e)) || !run_rules(ev, &w, e))
        return false;
    if (!w.exists)
        return subject_drop(ev->db, d->kind, d->id, e);
    eval_wake(ev, w.next);
    /* Where it may not be judged as a whole it stays due. */
    return w.frozen || subject_asked(ev->db, d->kind, d->id, w.next, e);
}

bool eval_nodes(struct eval *ev, struct err *e)
{
    struct due_subject *v;
    size_t n;

    if (!eval_initiatives(ev, e) ||
        !subjects_due(ev->db, ev->now, ev->a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        /* Teams are looked at each time: eval_teams. */
        bool ok = v[i].kind == RULE_CHANNEL ? eval_channel(ev, v[i].id, e)
                  : v[i].kind != RULE_TEAM ? eval_node(ev, &v[i], e)
                  : node_of(ev, &v[i]) == NULL
                      ? subject_drop(ev->db, v[i].kind, v[i].id, e)
                      : true;

        if (!ok)
            return false;
    }
    return true;
}

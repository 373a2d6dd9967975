#include "store/eval_rules.h"
#include "store/eval_view.h"
#include "store/sql.h"
#include "store/subject.h"

static struct rule_team_part *part_of(struct eval *ev, struct rule_team *t,
                                      const struct eval_source *s)
{
    struct rule_team_part *p;

    for (size_t i = 0; i < t->n_parts; i++) {
        if (str_eq(t->parts[i].source, s->name))
            return &t->parts[i];
    }
    p = &t->parts[t->n_parts++];
    p->source = s->name;
    p->no_epics = s->conf->epics.none;
    eval_count_source(ev, s, &p->source_open, &p->source_open_epics);
    return p;
}

static bool team_view(struct eval *ev, const struct team *team, struct rule_team *ret,
                      struct err *e)
{
    struct eval_share *v = NULL;
    size_t n = 0;

    *ret = (struct rule_team){.id = team->node.id, .title = team->node.title};
    if (!eval_shares(ev, team->node.id, &v, &n, e))
        return false;
    ret->parts = arena_array(ev->item, ev->n_sources + 1, sizeof *ret->parts);
    if (ret->parts == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        struct rule_team_part *p;

        if (v[i].scope == NULL || !v[i].scope->in_view)
            continue;
        p = part_of(ev, ret, v[i].scope->source);
        p->open += v[i].items;
        p->open_epics += v[i].epics;
    }
    return true;
}

static struct finding_subject team_subject(struct eval *ev, struct str id)
{
    return (struct finding_subject){
        .kind = RULE_TEAM,
        .key = arena_printf(ev->item, "team %.*s", STR_FMT(id)),
        .team = id,
    };
}

/* What it has in the trackers is looked at each time, its days when they are due. */
static bool eval_team(struct eval *ev, const struct team *team, struct err *e)
{
    struct rule_team view;
    struct rule_effort effort;
    struct subject_rules w = {.in = {.team = &view, .node = &team->node},
                              .exists = true};
    bool fresh, due;

    arena_reset(ev->item);
    w.subject = team_subject(ev, team->node.id);
    if (!eval_is_fresh_for(ev, team->node.id, &fresh, e) ||
        !team_view(ev, team, &view, e) ||
        !subject_is_due(ev->db, RULE_TEAM, team->node.id, ev->now, &due, e))
        return false;
    w.frozen = !fresh;
    if (due && !eval_view_lint(ev, &w.in.lint, e))
        return false;
    due = due && fresh;
    if (due) {
        if (!eval_view_effort(ev, team->node.id, &effort, e))
            return false;
        w.in.effort = &effort;
    }
    if (!run_rules(ev, &w, e) ||
        (due && !subject_asked(ev->db, RULE_TEAM, team->node.id, w.next, e)))
        return false;
    eval_wake(ev, w.next);
    return true;
}

static bool is_team(const struct eval *ev, struct str id)
{
    const struct node *n = strategy_find(ev->conf->strategy, id);

    return n != NULL && n->kind == NODE_TEAM && str_eq(n->id, id);
}

/* Ids of teams with findings that are not over, into ev->a. */
static bool complained_of(struct eval *ev, struct str **ret, size_t *ret_n,
                          struct err *e)
{
    static const char sql[] =
        "SELECT substr(subject, 6) FROM finding WHERE item = 0 AND"
        " subject > 'team ' AND subject < 'team!' AND state IN (1, 2)";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct str *id = arena_grow(ev->a, ret, ret_n, &cap, sizeof *id);

        if (id == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *id = query_dup(&q, 0, ev->a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(ev->a) || err_nomem(e);
}

bool eval_teams(struct eval *ev, struct err *e)
{
    const struct strategy *s = ev->conf->strategy;
    struct str *ids = NULL;
    size_t n = 0;

    for (size_t i = 0; i < s->n_teams; i++) {
        if (!eval_team(ev, &s->teams[i], e))
            return false;
    }
    if (!complained_of(ev, &ids, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct subject_rules w = {.gone = STR("removed from the strategy")};

        arena_reset(ev->item);
        w.subject = team_subject(ev, ids[i]);
        if (!is_team(ev, ids[i]) && !run_rules(ev, &w, e))
            return false;
    }
    return true;
}

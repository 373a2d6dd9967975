#include "core/compare.h"

#include <math.h>

enum { MOST_OBJECTIVES = 5 };

const char *compare_limit_name(enum compare_limit_kind k)
{
    static const char *const names[] = {
#define X(e, name) [e] = name,
        COMPARE_LIMITS(X)
#undef X
    };

    return names[k];
}

static const struct initiative *as_initiative(const struct node *n)
{
    return n != NULL && n->kind == NODE_INITIATIVE
               ? (const struct initiative *)(const void *)n
               : NULL;
}

bool compare_serves(const struct strategy *s, struct str node)
{
    const struct node *n = strategy_find(s, node);
    const struct initiative *in = as_initiative(n);

    return n != NULL && n->kind != NODE_RETIRED &&
           (in == NULL || in->status != INITIATIVE_DROPPED);
}

/* ---- of one strategy alone ---- */

static bool add_limit(struct compare_side *side, struct arena *a, size_t *cap,
                      struct compare_limit l)
{
    struct compare_limit *to =
        arena_grow(a, &side->limits, &side->n_limits, cap, sizeof *to);

    if (to != NULL) {
        *to = l;
    }
    return to != NULL;
}

static bool kr_is_running(const struct key_result *kr, struct date day)
{
    return (kr->objective == NULL || objective_is_running(kr->objective, day)) &&
           (kr->by.year == 0 || date_cmp(kr->by, day) >= 0);
}

static bool is_moved_by(const struct key_result *kr, const struct initiative *in)
{
    for (size_t i = 0; i < in->n_moves; i++) {
        if (in->moves[i].kr == kr && in->moves[i].weight > 0) {
            return true;
        }
    }
    return false;
}

static bool is_covered(const struct strategy *s, const struct key_result *kr)
{
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (s->initiatives[i].status == INITIATIVE_ACTIVE &&
            is_moved_by(kr, &s->initiatives[i])) {
            return true;
        }
    }
    return false;
}

static bool look_at_key_results(struct compare_side *side, struct date day,
                                struct arena *a)
{
    const struct strategy *s = side->s;

    side->uncovered = arena_array(a, s->n_key_results + 1, sizeof *side->uncovered);
    if (side->uncovered == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct key_result *kr = &s->key_results[i];

        if (kr_is_running(kr, day)) {
            side->key_results++;
            if (!is_covered(s, kr)) {
                side->uncovered[side->n_uncovered++] = kr;
            }
        }
    }
    return true;
}

static void look_at_initiatives(struct compare_side *side)
{
    for (size_t i = 0; i < side->s->n_initiatives; i++) {
        const struct initiative *in = &side->s->initiatives[i];

        if (in->status != INITIATIVE_ACTIVE) {
            continue;
        }
        side->initiatives++;
        for (size_t k = 0; k < in->n_costs; k++) {
            *(in->costs[k].monthly ? &side->monthly : &side->once) +=
                in->costs[k].amount;
        }
        if (in->has_rice && in->rice.effort_days > 0) {
            side->rice += in->rice.reach * in->rice.impact * in->rice.confidence /
                          in->rice.effort_days;
            side->rated++;
        } else {
            side->unrated++;
        }
    }
}

/* Thirds are written as 33.3%. */
static bool is_whole(double sum)
{
    return fabs(sum - 1) < 0.0015;
}

static bool look_at_objectives(struct compare_side *side, struct date day,
                               struct arena *a, size_t *cap)
{
    const struct strategy *s = side->s;
    double sum = 0, buckets = 0;
    size_t planned = 0;

    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *o = &s->objectives[i];

        if (objective_is_running(o, day)) {
            side->objectives++;
            planned += o->share >= 0;
            sum += o->share >= 0 ? o->share : 0;
        }
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        buckets += s->buckets[i].share >= 0 ? s->buckets[i].share : 0;
    }
    if (planned > 0 && !is_whole(sum) && !is_whole(sum + buckets) &&
        !add_limit(
            side, a, cap,
            (struct compare_limit){.kind = COMPARE_SHARES, .value = sum, .most = 1})) {
        return false;
    }
    return side->objectives <= MOST_OBJECTIVES ||
           add_limit(side, a, cap,
                     (struct compare_limit){.kind = COMPARE_OBJECTIVES,
                                            .value = (double)side->objectives,
                                            .most = MOST_OBJECTIVES});
}

/* ---- of one strategy and live work ---- */

static bool is_team(const struct strategy *s, struct str name, const struct team *t)
{
    const struct node *n = name.n > 0 ? strategy_find(s, name) : NULL;

    return n != NULL && (const void *)n == (const void *)t;
}

/* Days of the team by initiative: a figure each, those of one added up. */
static double team_spread(const struct strategy *s, const struct team *t,
                          const struct compare_live *live, double *days)
{
    for (size_t i = 0; i < s->n_initiatives; i++) {
        days[i] = 0;
    }
    for (size_t i = 0; i < live->n; i++) {
        const struct initiative *in;

        if (!is_team(s, live->v[i].team, t) || !compare_serves(s, live->v[i].node)) {
            continue;
        }
        in = as_initiative(strategy_find(s, live->v[i].node));
        if (in != NULL) {
            days[in - s->initiatives] += live->v[i].days;
        }
    }
    return effort_spread(days, s->n_initiatives);
}

static bool look_at_spread(struct compare_side *side, const struct compare_live *live,
                           struct arena *a, size_t *cap)
{
    const struct strategy *s = side->s;
    double *days = arena_array(a, s->n_initiatives + 1, sizeof *days);

    for (size_t i = 0; days != NULL && i < s->n_teams; i++) {
        const struct team *t = &s->teams[i];
        double spread = team_spread(s, t, live, days), most = effort_spread_limit(t);

        if (spread > most && !add_limit(side, a, cap,
                                        (struct compare_limit){.kind = COMPARE_SPREAD,
                                                               .node = t->node.id,
                                                               .value = spread,
                                                               .most = most})) {
            return false;
        }
    }
    return days != NULL;
}

static bool is_seen(const struct strategy *s, const struct team *t,
                    const struct compare_live *live)
{
    for (size_t i = 0; i < live->n; i++) {
        if (live->v[i].days > 0 && is_team(s, live->v[i].team, t)) {
            return true;
        }
    }
    return false;
}

/* Teams without a tracker of their own cannot be seen. */
static bool look_at_needs(struct compare_side *side, const struct compare_live *live,
                          struct arena *a, size_t *cap)
{
    const struct strategy *s = side->s;

    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];

        for (size_t k = 0; in->status == INITIATIVE_ACTIVE && k < in->n_needs; k++) {
            const struct team *t = in->needs[k];

            if (t->tracked && !is_seen(s, t, live) &&
                !add_limit(side, a, cap,
                           (struct compare_limit){.kind = COMPARE_ABSENT_TEAM,
                                                  .node = in->node.id,
                                                  .other = t->node.id})) {
                return false;
            }
        }
    }
    return true;
}

static bool look_at(struct compare_side *side, const struct strategy *s,
                    struct date day, const struct compare_live *live, double days,
                    struct arena *a)
{
    size_t cap = 0;

    side->s = s;
    look_at_initiatives(side);
    return look_at_key_results(side, day, a) &&
           look_at_objectives(side, day, a, &cap) &&
           (live == NULL || !(days > 0) ||
            (look_at_spread(side, live, a, &cap) &&
             look_at_needs(side, live, a, &cap)));
}

/* ---- shares ---- */

/* What a goal of the first is called in the second, where it is one there. */
static struct str second_name(const struct compare *c, struct str id)
{
    const struct node *n = strategy_find(c->side[1].s, id);

    return n != NULL && (n->kind == NODE_OBJECTIVE || n->kind == NODE_BUCKET) ? n->id
                                                                              : id;
}

static struct compare_goal *goal_of(struct compare *c, int side, struct str id)
{
    const struct node *n = strategy_find(c->side[side].s, id);
    struct str name = side == 0 ? second_name(c, id) : id;
    struct compare_goal *g = c->goals;

    for (size_t i = 0; i < c->n_goals; i++, g++) {
        if (str_eq(g->id, name)) {
            return g;
        }
    }
    c->n_goals++;
    *g = (struct compare_goal){.id = name, .planned = {-1, -1}};
    g->title = n != NULL ? n->title : STR_NONE;
    return g;
}

static bool add_plan(struct compare *c, int side, struct date day, struct arena *a)
{
    struct effort_share *v;
    size_t n;

    if (!effort_plan(c->side[side].s, day, a, &v, &n)) {
        return false;
    }
    c->side[side].has_plan = n > 0;
    for (size_t i = 0; i < n; i++) {
        goal_of(c, side, v[i].id)->planned[side] = v[i].planned;
    }
    return true;
}

static bool add_days(struct compare *c, int side, struct arena *a)
{
    const struct strategy *s = c->side[side].s;

    for (size_t i = 0; i < c->live.n; i++) {
        const struct effort_figure *f = &c->live.v[i];
        struct effort_goal *v;
        size_t n;

        if (f->node.n == 0 || !compare_serves(s, f->node)) {
            continue;
        }
        if (!effort_flow(s, f->node, a, &v, &n)) {
            return false;
        }
        c->side[side].mapped_days += f->days;
        for (size_t k = 0; k < n; k++) {
            if (v[k].id.n > 0) {
                goal_of(c, side, v[k].id)->days[side] += f->days * v[k].share;
            }
        }
    }
    return true;
}

static double planned_more(const struct compare_goal *g)
{
    return fmax(g->planned[1], 0) - fmax(g->planned[0], 0);
}

/* Those that lose give to those that gain, both in order, until all is given. */
static bool move_people(struct compare *c, struct arena *a)
{
    const double least = 1e-9;
    double *left = arena_array(a, c->n_goals + 1, sizeof *left);
    size_t cap = 0, to = 0;

    if (left == NULL) {
        return false;
    }
    c->move = 0;
    for (size_t i = 0; i < c->n_goals; i++) {
        left[i] = planned_more(&c->goals[i]);
        c->move += fabs(left[i]) / 2;
    }
    for (size_t i = 0; i < c->n_goals; i++) {
        while (left[i] < -least) {
            struct compare_move *m;

            while (to < c->n_goals && !(left[to] > least)) {
                to++;
            }
            m = to < c->n_goals ? arena_grow(a, &c->moves, &c->n_moves, &cap, sizeof *m)
                                : NULL;
            if (m == NULL) {
                return to == c->n_goals;
            }
            *m = (struct compare_move){c->goals[i].id, c->goals[to].id,
                                       fmin(-left[i], left[to])};
            left[i] += m->share;
            left[to] -= m->share;
        }
    }
    return true;
}

bool compare_strategies(const struct strategy *from, const struct strategy *to,
                        struct date day, const struct compare_live *live,
                        struct arena *a, struct compare *ret)
{
    struct compare *c = ret;
    size_t most =
        from->n_objectives + from->n_buckets + to->n_objectives + to->n_buckets + 1;

    *c = (struct compare){.move = -1, .has_live = live != NULL};
    c->goals = arena_array(a, most, sizeof *c->goals);
    if (c->goals == NULL) {
        return false;
    }
    if (live != NULL) {
        c->live = *live;
    }
    for (size_t i = 0; i < c->live.n; i++) {
        c->days += c->live.v[i].days;
    }
    if (!strategy_diff(from, to, day, a, &c->changes, &c->n_changes) ||
        !look_at(&c->side[0], from, day, live, c->days, a) ||
        !look_at(&c->side[1], to, day, live, c->days, a) || !add_plan(c, 0, day, a) ||
        !add_plan(c, 1, day, a) || !add_days(c, 0, a) || !add_days(c, 1, a)) {
        return false;
    }
    return !c->side[0].has_plan || !c->side[1].has_plan || move_people(c, a);
}

/* ---- items ---- */

static size_t first_served(const struct compare *c, int side,
                           const struct compare_item *it)
{
    size_t i = 0;

    while (i < it->n[side] && !compare_serves(c->side[side].s, it->nodes[side][i])) {
        i++;
    }
    return i;
}

/* What it serves under the first is there under the second, and it serves that, too. */
static bool keeps(const struct compare *c, const struct compare_item *it, struct str id)
{
    const struct node *n = strategy_find(c->side[1].s, id);

    for (size_t i = 0; n != NULL && i < it->n[1]; i++) {
        if (str_eq(it->nodes[1][i], n->id)) {
            return true;
        }
    }
    return false;
}

static bool is_moved(const struct compare *c, const struct compare_item *it)
{
    for (size_t i = 0; i < it->n[0]; i++) {
        if (!keeps(c, it, it->nodes[0][i])) {
            return true;
        }
    }
    return it->n[0] != it->n[1];
}

static bool add_orphan(struct compare *c, const struct compare_item *it,
                       struct str node, struct arena *a)
{
    struct compare_example *x;

    c->orphaned++;
    if (c->n_orphans == COMPARE_EXAMPLES) {
        return true;
    }
    x = &c->orphans[c->n_orphans++];
    x->key = arena_str(a, it->key);
    x->title = arena_str(a, it->title);
    x->node = arena_str(a, node);
    return !arena_failed(a);
}

bool compare_add(struct compare *c, const struct compare_item *it, struct arena *a)
{
    size_t first = first_served(c, 0, it);
    bool now = first < it->n[0], then = first_served(c, 1, it) < it->n[1];

    c->items++;
    c->side[0].mapped += now;
    c->side[1].mapped += then;
    if (now && !then) {
        return add_orphan(c, it, it->nodes[0][first], a);
    }
    c->adopted += then && !now;
    c->moved += now && then && is_moved(c, it);
    return true;
}

bool compare_is_same(const struct compare *c)
{
    return c->n_changes == 0 && c->orphaned == 0 && c->adopted == 0 && c->moved == 0;
}

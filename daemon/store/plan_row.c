#include "store/plan_row.h"

#include "store/eval_channel.h"
#include "store/label.h"
#include "store/plan_version.h"
#include "store/silence.h"

void plan_read(struct eval *ev, const struct query *q, struct plan_row *ret)
{
    int64_t has = query_int(q, FINDING_COLUMN_COUNT + 1);

    *ret = (struct plan_row){
        .waiting = query_int(q, FINDING_COLUMN_COUNT) != 0,
        .hidden = (has & HAS_HIDDEN) != 0,
        .gone = (has & HAS_GONE) != 0,
    };
    finding_read(q, ev->item, &ret->f);
}

/* Node structs begin with their node. */
static const struct initiative *as_initiative(const struct node *n)
{
    return n != NULL && n->kind == NODE_INITIATIVE
               ? (const struct initiative *)(const void *)n
               : NULL;
}

const struct objective *plan_objective(const struct node *n)
{
    const struct initiative *i = as_initiative(n);

    if (i != NULL)
        return i->n_moves > 0 ? i->moves[0].kr->objective : NULL;
    if (n != NULL && n->kind == NODE_KR)
        return ((const struct key_result *)(const void *)n)->objective;
    if (n != NULL && n->kind == NODE_OBJECTIVE)
        return (const struct objective *)(const void *)n;
    return NULL;
}

static struct str owner_of(const struct node *n, const struct objective *o)
{
    if (n != NULL && n->owner.n > 0)
        return n->owner;
    return o != NULL ? o->node.owner : STR_NONE;
}

struct str plan_owner(const struct plan_row *p)
{
    return owner_of(p->node, plan_objective(p->node));
}

static struct str subject_name(const struct finding_stored *f)
{
    ptrdiff_t blank = str_chr(f->key, ' ');

    return blank < 0 ? f->key : str_skip(f->key, (size_t)blank + 1);
}

static void find_node(struct eval *ev, struct plan_row *p)
{
    struct str id = p->f.node;

    enum node_kind kind;

    if (id.n == 0 && rule_subject_node(p->f.kind, &kind))
        id = subject_name(&p->f);
    p->node = id.n > 0 ? strategy_find(ev->conf->strategy, id) : NULL;
}

static struct route_labels labels_of(struct eval *ev, const struct plan_row *p)
{
    const struct finding_stored *f = &p->f;
    const struct eval_scope *c = eval_scope(ev, f->scope);
    const struct eval_source *s = eval_source(ev, f->source);
    const struct objective *o = plan_objective(p->node);
    struct route_labels l = {
        .rule = f->rule,
        .severity = str_of(severity_name(f->f.severity)),
        .source = s != NULL ? s->name : STR_NONE,
        .scope = c != NULL ? c->name : STR_NONE,
        .team = f->team,
        .owner = owner_of(p->node, o),
    };

    if (o != NULL)
        l.objective = o->node.id;
    if (o != NULL && o->intent != NULL)
        l.intent = o->intent->node.id;
    if (as_initiative(p->node) != NULL)
        l.initiative = p->node->id;
    return l;
}

static bool is_whatever_scope(const struct finding_stored *f)
{
    const struct rule *r = rule_find(f->rule);

    return r != NULL && r->whatever_scope;
}

static bool is_for_operations(const struct finding_stored *f)
{
    const struct rule *r = rule_find(f->rule);

    return r != NULL && r->operations;
}

static bool find_stale(struct eval *ev, const struct finding_stored *f, bool *ret,
                       struct err *e)
{
    const struct eval_scope *c = eval_scope(ev, f->scope);
    bool fresh = true;

    *ret = false;
    if (f->kind == RULE_ITEM) {
        *ret = c != NULL && c->in_view && !c->fresh;
        return true;
    }
    if (f->kind != RULE_INITIATIVE && f->kind != RULE_TEAM) {
        enum node_kind kind;

        /* What judges any other hangs on all of the work, or on none. */
        *ret = (f->kind == RULE_STRATEGY || rule_subject_node(f->kind, &kind)) &&
               !is_whatever_scope(f) && !eval_all_known(ev);
        return true;
    }
    if (!eval_is_fresh_for(ev, subject_name(f), &fresh, e))
        return false;
    *ret = !fresh && !is_whatever_scope(f);
    return true;
}

/* What the operator must know does not depend on anybody's route. */
static void to_operations(struct eval *ev, struct plan_row *p, struct str channel)
{
    p->hits[0] = (struct route_hit){
        .channel = channel,
        .group = STR("all"),
        .group_wait = SPAN_MS(2 * 60000),
        .repeat_interval = SPAN_MS(INT64_C(7) * 86400000),
        .hours = &ev->conf->cal,
    };
    p->n_hits = 1;
}

static struct plan_told *told_to(struct plan_row *p, struct str channel)
{
    for (size_t i = 0; i < p->n_hits; i++) {
        if (str_eq(p->hits[i].channel, channel))
            return &p->told[i];
    }
    return NULL;
}

bool plan_told(struct eval *ev, struct plan_row *p, struct err *e)
{
    static const char sql[] = "SELECT channel, episode, kind, severity, at, reminders"
                              " FROM told WHERE finding = ?";
    struct query q;
    bool row;

    if (p->f.f.episode == 0)
        return true;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(p->f.n)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct plan_told *t = told_to(p, query_str(&q, 0));

        if (t != NULL)
            *t = (struct plan_told){
                .episode = query_int(&q, 1),
                .resolved = query_int(&q, 2) == PLAN_RESOLVED,
                .severity = (enum severity)query_int(&q, 3),
                .at = query_wall(&q, 4),
                .reminders = (unsigned)query_int(&q, 5),
            };
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

bool plan_route(struct eval *ev, struct plan_row *p, struct err *e)
{
    struct route_labels labels;

    if (!find_stale(ev, &p->f, &p->stale, e))
        return false;
    p->stale = p->stale || p->hidden;
    find_node(ev, p);
    labels = labels_of(ev, p);
    if (!label_load(ev, p->f.item, &labels.labels, e))
        return false;
    if (!eval_silence(ev, &labels, &p->silence, e))
        return false;
    if (p->f.kind == RULE_CHANNEL) {
        struct str channel;

        if (!eval_other_channel(ev, subject_name(&p->f), &channel, e))
            return false;
        if (channel.n > 0)
            to_operations(ev, p, channel);
    } else if (is_for_operations(&p->f) && ev->conf->operations_channel.n > 0) {
        to_operations(ev, p, ev->conf->operations_channel);
    } else {
        p->n_hits = route_find(ev->conf->routes, ev->conf->n_routes, &labels,
                               &ev->conf->cal, ev->item, p->hits, PLAN_MAX_ROUTES);
        /* A channel hears of a finding once, by the first route that leads there. */
        p->n_hits = route_distinct(p->hits, p->n_hits);
    }
    return plan_told(ev, p, e) && plan_version(ev, p, e) &&
           (!arena_failed(ev->item) || err_nomem(e));
}

void plan_steps(struct eval *ev, const struct plan_row *p, bool inhibited,
                struct plan_steps *ret)
{
    const struct finding_stored *f = &p->f;
    struct plan_input in = {
        .finding = &f->f,
        .stale = p->stale,
        .baseline = f->baseline,
        .inhibited = inhibited,
        .silenced_until = p->silence != NULL ? p->silence->until : (struct wall){0},
        .snoozed_until = f->snoozed_until,
        .acked = f->acked_by.n > 0,
        .first_until = plan_first_until(&f->f, f->kind, rule_find(f->rule),
                                        &ev->conf->cal, ev->conf->first_wait),
    };

    *ret = (struct plan_steps){.v = {plan_decide(&in, NULL, ev->now)}};
    for (size_t i = 0; i < p->n_hits; i++) {
        in.told = p->told[i];
        ret->v[i] = plan_decide(&in, &p->hits[i], ev->now);
    }
    ret->main = plan_main(ret->v, p->n_hits > 0 ? p->n_hits : 1);
    for (size_t i = 0; i < ARRAY_LEN(ret->v); i++) {
        struct wall next = ret->v[i].next;

        if (next.ms != 0 && (ret->next.ms == 0 || next.ms < ret->next.ms))
            ret->next = next;
    }
}

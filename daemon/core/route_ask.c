#include "core/route_ask.h"

#include "core/textkey.h"

enum { NAMED = 6 };

/* ---- names that there must be ---- */

/* The names of one kind, and the one that is looked for. */
struct choice {
    const char *what;
    struct str wanted, nearest, some; /* some: "a, b, c" */
    unsigned distance;
    size_t n;
    bool found;
    struct arena *a;
};

static struct choice choice_of(const char *what, struct str wanted, struct arena *a)
{
    return (struct choice){
        .what = what, .wanted = wanted, .a = a, .distance = 3, .found = wanted.n == 0};
}

static void offer(struct choice *c, struct str name)
{
    unsigned d;

    if (c->found || text_key_eq(c->a, name, c->wanted)) {
        c->found = true;
        return;
    }
    d = text_distance(name, c->wanted, 2);
    if (d < c->distance && d < c->wanted.n) {
        c->distance = d;
        c->nearest = name;
    }
    if (c->n++ < NAMED) {
        c->some = arena_printf(c->a, "%.*s%s%.*s", STR_FMT(c->some),
                               c->some.n > 0 ? ", " : "", STR_FMT(str_first(name, 64)));
    }
}

static bool decide(const struct choice *c, struct err *e)
{
    struct str wanted = str_first(c->wanted, 64);

    if (c->found) {
        return true;
    }
    if (c->nearest.n > 0) {
        return err_set(e, ERR_USAGE, "no %s '%.*s': did you mean '%.*s'?", c->what,
                       STR_FMT(wanted), STR_FMT(str_first(c->nearest, 64)));
    }
    if (c->n == 0) {
        return err_set(e, ERR_USAGE, "no %s '%.*s': there is none", c->what,
                       STR_FMT(wanted));
    }
    if (c->n > NAMED) {
        return err_set(e, ERR_USAGE, "no %s '%.*s': there are %.*s and %zu more", c->what,
                       STR_FMT(wanted), STR_FMT(str_first(c->some, 120)), c->n - NAMED);
    }
    return err_set(e, ERR_USAGE, "no %s '%.*s': there are %.*s", c->what, STR_FMT(wanted),
                   STR_FMT(str_first(c->some, 120)));
}

static bool check_table(const struct route_world *w, const struct route_labels *l,
                        struct arena *a, struct err *e)
{
    struct choice rule = choice_of("rule", l->rule, a);
    struct choice severity = choice_of("severity", l->severity, a);
    struct choice source = choice_of("source", l->source, a);

    for (size_t i = 0; i < rules_count; i++) {
        offer(&rule, str_of(rules[i]->id));
    }
    for (unsigned i = 0; i <= SEV_HIGH; i++) {
        offer(&severity, str_of(severity_name((enum severity)i)));
    }
    for (size_t i = 0; i < w->n_sources; i++) {
        offer(&source, w->sources[i]);
    }
    return decide(&rule, e) && decide(&severity, e) && decide(&source, e);
}

static bool check_nodes(const struct strategy *s, const struct route_labels *l,
                        struct arena *a, struct err *e)
{
    struct choice team = choice_of("team", l->team, a);
    struct choice objective = choice_of("objective", l->objective, a);
    struct choice intent = choice_of("intent", l->intent, a);
    struct choice initiative = choice_of("initiative", l->initiative, a);

    for (size_t i = 0; i < s->n_teams; i++) {
        offer(&team, s->teams[i].node.id);
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        offer(&objective, s->objectives[i].node.id);
    }
    for (size_t i = 0; i < s->n_intents; i++) {
        offer(&intent, s->intents[i].node.id);
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        offer(&initiative, s->initiatives[i].node.id);
    }
    return decide(&team, e) && decide(&objective, e) && decide(&intent, e) &&
           decide(&initiative, e);
}

/* ---- what follows from what is said ---- */

static void give(struct str *label, struct str value)
{
    if (label->n == 0) {
        *label = value;
    }
}

static void complete(const struct strategy *s, struct route_labels *l)
{
    const struct initiative *i = strategy_initiative(s, l->initiative);
    const struct node *n;
    const struct objective *o = NULL;

    if (i != NULL) {
        give(&l->owner, i->node.owner);
    }
    if (i != NULL && i->n_moves > 0) {
        give(&l->objective, i->moves[0].kr->objective->node.id);
    }
    n = l->objective.n > 0 ? strategy_find(s, l->objective) : NULL;
    if (n != NULL && n->kind == NODE_OBJECTIVE) {
        o = (const struct objective *)(const void *)n;
    }
    if (o == NULL) {
        return;
    }
    give(&l->owner, o->node.owner);
    if (o->intent != NULL) {
        give(&l->intent, o->intent->node.id);
    }
}

static enum severity severity_of(const struct route_world *w, const struct rule *r)
{
    const struct rule_conf *conf = r != NULL ? &w->rules[rule_index(r)] : NULL;

    if (conf == NULL) {
        return SEV_WARN;
    }
    return conf->severity >= 0 ? (enum severity)conf->severity : r->severity;
}

/* Where the operator is told, routes are not asked: as findings are planned. */
static void to_operations(const struct route_world *w, struct route_answer *r)
{
    r->operations = true;
    r->hits[0] = (struct route_hit){
        .channel = w->operations_channel,
        .group = STR("all"),
        .group_wait = SPAN_MS(2 * 60000),
        .repeat_interval = SPAN_MS(INT64_C(7) * 86400000),
        .hours = w->cal,
    };
    r->n_hits = 1;
}

static void place_hits(struct route_answer *r)
{
    for (size_t i = 0; i < r->n_hits; i++) {
        const struct route *last = r->hits[i].path[r->hits[i].n_path - 1];

        for (size_t k = 0; k < r->n_visits; k++) {
            if (r->visits[k].route == last) {
                r->places[i] = r->visits[k].place;
            }
        }
    }
}

bool route_ask(const struct route_world *w, const struct route_labels *labels,
               struct arena *a, struct route_answer *ret, struct err *e)
{
    struct route_answer r = {.labels = *labels};
    enum severity s;

    if (!check_table(w, labels, a, e) || !check_nodes(w->strategy, labels, a, e)) {
        return false;
    }
    r.rule = rule_find(text_key(a, labels->rule));
    give(&r.labels.severity, str_of(severity_name(severity_of(w, r.rule))));
    complete(w->strategy, &r.labels);
    if (r.rule != NULL && r.rule->operations && w->operations_channel.n > 0) {
        to_operations(w, &r);
    } else {
        if (!route_trace(w->routes, w->n_routes, &r.labels, a, &r.visits, &r.n_visits)) {
            return err_nomem(e);
        }
        r.n_hits = route_find(w->routes, w->n_routes, &r.labels, w->cal, a, r.hits,
                              ROUTE_ANSWERS);
        r.n_hits = route_distinct(r.hits, r.n_hits);
        place_hits(&r);
    }
    if (r.rule != NULL && w->rules[rule_index(r.rule)].off) {
        r.quiet = ROUTE_QUIET_OFF;
    } else if (r.n_hits == 0) {
        r.quiet = ROUTE_QUIET_UNROUTED;
    } else if (severity_parse(r.labels.severity, &s) && s == SEV_INFO) {
        r.quiet = ROUTE_QUIET_DIGEST;
    }
    *ret = r;
    return !arena_failed(a) || err_nomem(e);
}

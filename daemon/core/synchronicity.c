#include "core/synchronicity.h"

#include "core/effort.h"

/* ---- how long it took ---- */

bool delays_add(struct delays *d, struct arena *a, struct wall cause,
                struct wall effect)
{
    double *to;

    d->of++;
    if (effect.ms == 0) {
        return true;
    }
    to = arena_grow(a, &d->days, &d->n, &d->cap, sizeof *to);
    if (to == NULL) {
        return false;
    }
    *to = effect.ms > cause.ms
              ? (double)(effect.ms - cause.ms) / (double)DUR_DAY(1).ms
              : 0;
    return true;
}

bool delays_median(struct delays *d, double *ret)
{
    if (d->n == 0) {
        return false;
    }
    *ret = effort_median(d->days, d->n);
    return true;
}

/* ---- waiting ---- */

/* One node of an event; `next` waits for the same node. */
struct wait {
    size_t event;
    struct wait *next;
};

bool waits_init(struct waits *w, struct arena *a)
{
    *w = (struct waits){.a = a, .by_node = map_create()};
    return w->by_node != NULL;
}

void waits_finish(struct waits *w)
{
    map_destroy(w->by_node);
    w->by_node = NULL;
}

static bool add_event(struct waits *w, enum wait_cause cause, struct wall since)
{
    struct wait_event *e = arena_grow(w->a, &w->v, &w->n, &w->cap, sizeof *e);

    if (e == NULL) {
        return false;
    }
    *e = (struct wait_event){.cause = cause, .since = since};
    if (w->from.ms == 0 || since.ms < w->from.ms) {
        w->from = since;
    }
    w->open++;
    return true;
}

/* To the event added last. */
static bool add_node(struct waits *w, struct str id)
{
    struct wait *x = arena_alloc(w->a, sizeof *x);
    struct str key = arena_str(w->a, id);

    if (x == NULL || arena_failed(w->a)) {
        return false;
    }
    *x = (struct wait){.event = w->n - 1, .next = map_get(w->by_node, key)};
    return map_set(w->by_node, key, x);
}

/* ---- what changed ---- */

struct reach {
    const struct strategy *s;
    bool *initiatives, *buckets; /* by index */
    bool any;
};

static bool may_begin(const struct initiative *in)
{
    return in->status != INITIATIVE_DONE && in->status != INITIATIVE_DROPPED;
}

static bool serves(const struct initiative *in, const struct node *n)
{
    for (size_t i = 0; i < in->n_moves; i++) {
        const struct key_result *kr = in->moves[i].kr;
        const struct objective *o = kr->objective;

        if (n == &kr->node || (o != NULL && n == &o->node) ||
            (o != NULL && o->intent != NULL && n == &o->intent->node)) {
            return true;
        }
    }
    return n == &in->node;
}

static void reach_from(struct reach *r, const struct node *n)
{
    for (size_t i = 0; i < r->s->n_initiatives; i++) {
        const struct initiative *in = &r->s->initiatives[i];

        if (may_begin(in) && serves(in, n)) {
            r->initiatives[i] = true;
            r->any = true;
        }
    }
    for (size_t i = 0; i < r->s->n_buckets; i++) {
        if (n == &r->s->buckets[i].node) {
            r->buckets[i] = true;
            r->any = true;
        }
    }
}

static bool add_reach(struct waits *w, const struct reach *r)
{
    for (size_t i = 0; i < r->s->n_initiatives; i++) {
        if (r->initiatives[i] && !add_node(w, r->s->initiatives[i].node.id)) {
            return false;
        }
    }
    for (size_t i = 0; i < r->s->n_buckets; i++) {
        if (r->buckets[i] && !add_node(w, r->s->buckets[i].node.id)) {
            return false;
        }
    }
    return true;
}

bool waits_changed(struct waits *w, const struct strategy *to,
                   const struct strategy_change *v, size_t n, struct wall since)
{
    struct reach r = {
        .s = to,
        .initiatives = arena_array(w->a, to->n_initiatives + 1, sizeof(bool)),
        .buckets = arena_array(w->a, to->n_buckets + 1, sizeof(bool)),
    };

    if (r.initiatives == NULL || r.buckets == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct node *node = v[i].id.n > 0 && v[i].change != CHANGE_REMOVED
                                      ? strategy_find(to, v[i].id)
                                      : NULL;

        if (node != NULL) {
            reach_from(&r, node);
        }
    }
    return !r.any || (add_event(w, WAIT_VERSION, since) && add_reach(w, &r));
}

/* ---- what became active ---- */

static bool is_active_there(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == NODE_INITIATIVE &&
           ((const struct initiative *)(const void *)n)->status == INITIATIVE_ACTIVE;
}

/* By its id, or one that it had. */
static bool was_active(const struct strategy *from, const struct initiative *in)
{
    bool yes = is_active_there(from, in->node.id);

    for (size_t i = 0; i < in->node.was.n; i++) {
        yes = yes || is_active_there(from, in->node.was.v[i]);
    }
    return yes;
}

/* 0: it did not, or nobody knows when. */
static struct wall activated(const struct strategy *from, const struct initiative *in,
                             struct wall since, const struct tz *tz)
{
    struct wall start = {0};

    if (in->status != INITIATIVE_ACTIVE || (from != NULL && was_active(from, in))) {
        return start;
    }
    if (in->start.year > 0) {
        start = tz_wall(tz, in->start, 0);
    }
    if (start.ms > since.ms) {
        return start;
    }
    return from != NULL ? since : (struct wall){0};
}

bool waits_activated(struct waits *w, const struct strategy *from,
                     const struct strategy *to, struct wall since, struct wall now,
                     const struct tz *tz)
{
    for (size_t i = 0; i < to->n_initiatives; i++) {
        const struct initiative *in = &to->initiatives[i];
        struct wall at = activated(from, in, since, tz);

        if (at.ms == 0 || at.ms > now.ms) {
            continue;
        }
        if (!add_event(w, WAIT_ACTIVE, at) || !add_node(w, in->node.id)) {
            return false;
        }
    }
    return true;
}

/* ---- what began ---- */

void waits_began(struct waits *w, struct str nodes, struct wall at)
{
    struct str node;

    while (str_split(&nodes, ',', &node)) {
        for (const struct wait *x = map_get(w->by_node, node); x != NULL; x = x->next) {
            struct wait_event *e = &w->v[x->event];

            if (e->began.ms == 0 && at.ms >= e->since.ms) {
                e->began = at;
                w->open--;
            }
        }
    }
}

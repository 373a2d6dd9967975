#include "core/effort_sum.h"

#include <stdlib.h>

enum { WORDS = 100 };

size_t effort_plan_begins(const struct effort_basis *days, size_t n)
{
    size_t i = n;

    while (i > 0 && days[i - 1].plan == days[n - 1].plan) {
        i--;
    }
    return i;
}

/* ---- shares ---- */

static struct effort_share *share_of(struct effort_sum *sum, struct str id)
{
    size_t i = 0;

    while (i < sum->n_shares && !str_eq(sum->shares[i].id, id)) {
        i++;
    }
    if (i == sum->n_shares) {
        sum->shares[sum->n_shares++] = (struct effort_share){.id = id};
    }
    return &sum->shares[i];
}

static bool add_shares(const struct strategy *s, struct str team, struct date last,
                       const struct effort_figure *v, size_t n, struct arena *a,
                       struct effort_sum *sum)
{
    struct effort_share *plan;
    size_t n_plan;

    if (!effort_team_plan(s, team, last, a, &plan, &n_plan)) {
        return false;
    }
    sum->has_plan = n_plan > 0;
    sum->shares = arena_array(a, n_plan + n + 1, sizeof *sum->shares);
    if (sum->shares == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_plan; i++) {
        sum->shares[sum->n_shares++] = plan[i];
    }
    for (size_t i = 0; i < n; i++) {
        sum->days += v[i].days;
        if (v[i].node.n > 0) {
            sum->mapped += v[i].days;
            share_of(sum, v[i].goal)->days += v[i].days;
        }
    }
    sum->distance = sum->has_plan ? effort_distance(sum->shares, sum->n_shares) : -1;
    return true;
}

/* ---- nodes ---- */

static int by_days(const void *x, const void *y)
{
    const struct effort_node *a = x, *b = y;

    if (a->days > b->days || a->days < b->days) {
        return a->days > b->days ? -1 : 1;
    }
    return str_cmp(a->node, b->node);
}

static bool is_kind(const struct strategy *s, struct str id, enum node_kind kind)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == kind;
}

static bool add_nodes(const struct strategy *s, const struct effort_figure *v, size_t n,
                      struct arena *a, struct effort_sum *sum)
{
    double *spread = arena_array(a, n + 1, sizeof *spread);
    size_t n_spread = 0;

    sum->nodes = arena_array(a, n + 1, sizeof *sum->nodes);
    if (spread == NULL || sum->nodes == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        if (v[i].node.n == 0) {
            continue;
        }
        while (k < sum->n_nodes && !str_eq(sum->nodes[k].node, v[i].node)) {
            k++;
        }
        if (k == sum->n_nodes) {
            sum->nodes[sum->n_nodes++] = (struct effort_node){v[i].node, 0};
        }
        sum->nodes[k].days += v[i].days;
    }
    for (size_t i = 0; i < sum->n_nodes; i++) {
        if (is_kind(s, sum->nodes[i].node, NODE_INITIATIVE)) {
            spread[n_spread++] = sum->nodes[i].days;
        }
    }
    sum->spread = effort_spread(spread, n_spread);
    qsort(sum->nodes, sum->n_nodes, sizeof *sum->nodes, by_days);
    for (size_t i = 0; i < sum->n_shares; i++) {
        sum->objectives += sum->shares[i].days > 0 &&
                           is_kind(s, sum->shares[i].id, NODE_OBJECTIVE);
    }
    return true;
}

/* ---- trust ---- */

static double ratio(int64_t part, int64_t of, double none)
{
    return of > 0 ? (double)part / (double)of : none;
}

static bool weigh(const struct effort_basis *days, size_t n, struct arena *a,
                  struct effort_sum *sum)
{
    int64_t parked = 0, present = 0, seen = 0, capacity = 0, people = 0, known = 0;
    double *items = arena_array(a, n + 1, sizeof *items);
    double *heads = arena_array(a, n + 1, sizeof *heads);
    char mem[WORDS];
    struct buf why;
    size_t n_items = 0;

    if (items == NULL || heads == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct effort_basis *d = &days[i];

        parked += d->parked;
        present += d->in_progress;
        people += d->people;
        known += d->known;
        heads[i] = (double)d->people;
        if (d->people > 0) {
            items[n_items++] = d->median_items;
        }
        if (d->capacity > 0) {
            seen += d->people < d->capacity ? d->people : d->capacity;
            capacity += d->capacity;
        }
    }
    sum->people = effort_median(heads, n);
    sum->basis = (struct trust_basis){
        .mapped = sum->days > 0 ? sum->mapped / sum->days : 0,
        .parked = ratio(parked, present, 0),
        .median_items = effort_median(items, n_items),
        .seen = ratio(seen, capacity, -1),
        .matched = ratio(known, people, 0),
        .person_days = sum->days,
        .working_days = (int)n,
    };
    buf_init_fixed(&why, mem, sizeof mem);
    sum->trust = trust_of(&sum->basis, &why);
    sum->weakest = arena_str(a, buf_str(&why));
    return !arena_failed(a);
}

bool effort_sum_up(const struct strategy *s, struct str team,
                   const struct effort_figure *v, size_t n,
                   const struct effort_basis *days, size_t n_days, struct arena *a,
                   struct effort_sum *ret)
{
    struct date last = n_days > 0 ? days[n_days - 1].day : (struct date){0};

    *ret = (struct effort_sum){.distance = -1};
    return add_shares(s, team, last, v, n, a, ret) && add_nodes(s, v, n, a, ret) &&
           weigh(days, n_days, a, ret);
}

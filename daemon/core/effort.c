#include "core/effort.h"

#include <math.h>
#include <stdlib.h>

#include "base/map.h"

/* ---- one day ---- */

/* One person's day. */
struct load {
    double day;   /* to be split */
    size_t items; /* over so many */
};

static bool carries(const struct effort_work *w)
{
    return !w->has_active_child && !w->parked;
}

static double day_of(const struct effort_person *p, size_t n, struct str key)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(p[i].key, key)) {
            return p[i].away ? 0 : p[i].fte;
        }
    }
    return 1;
}

static bool count(struct map *loads, struct arena *a, const struct effort_work *w,
                  const struct effort_person *p, size_t n_people)
{
    for (size_t i = 0; i < w->n_people; i++) {
        struct load *l = map_get(loads, w->people[i]);

        if (l == NULL) {
            l = arena_alloc(a, sizeof *l);
            if (l == NULL || !map_set(loads, w->people[i], l)) {
                return false;
            }
            l->day = day_of(p, n_people, w->people[i]);
        }
        l->items++;
    }
    return true;
}

/* What all who have it put into the item. */
static double days_in(const struct map *loads, const struct effort_work *w)
{
    double days = 0;

    for (size_t i = 0; i < w->n_people; i++) {
        const struct load *l = map_get(loads, w->people[i]);

        days += l->day / (double)l->items;
    }
    return days;
}

static void split(struct effort_day *d, const struct effort_work *w, double days)
{
    if (days <= 0) {
        return;
    }
    d->days += days;
    if (w->n_nodes == 0) {
        d->v[d->n++] = (struct effort_part){w->item, STR_NONE, days};
    }
    for (size_t i = 0; i < w->n_nodes; i++) {
        d->v[d->n++] =
            (struct effort_part){w->item, w->nodes[i], days / (double)w->n_nodes};
    }
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

/* Who is away, or there for nothing, is not seen. */
static bool count_people(const struct map *loads, struct arena *a,
                         struct effort_day *ret)
{
    double *items = arena_array(a, map_count(loads) + 1, sizeof *items);

    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < map_count(loads); i++) {
        struct str key;
        void *value;

        map_at(loads, i, &key, &value);
        const struct load *l = value;

        if (l->day > 0) {
            items[ret->people++] = (double)l->items;
        }
    }
    qsort(items, ret->people, sizeof *items, by_size);
    if (ret->people > 0) {
        size_t half = ret->people / 2;

        ret->median_items =
            ret->people % 2 == 1 ? items[half] : (items[half - 1] + items[half]) / 2;
    }
    return true;
}

static bool add_up(const struct effort_work *w, size_t n, const struct effort_person *p,
                   size_t n_people, struct map *loads, struct arena *a,
                   struct effort_day *ret)
{
    size_t parts = 1;

    for (size_t i = 0; i < n; i++) {
        if (w[i].has_active_child) {
            continue;
        }
        ret->in_progress++;
        ret->parked += w[i].parked;
        ret->unattributed += w[i].n_people == 0;
        parts += w[i].n_nodes > 0 ? w[i].n_nodes : 1;
        if (carries(&w[i]) && !count(loads, a, &w[i], p, n_people)) {
            return false;
        }
    }
    ret->v = arena_array(a, parts, sizeof *ret->v);
    if (ret->v == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (carries(&w[i])) {
            split(ret, &w[i], days_in(loads, &w[i]));
        }
    }
    return count_people(loads, a, ret);
}

bool effort_of_day(const struct effort_work *w, size_t n, const struct effort_person *p,
                   size_t n_people, struct arena *a, struct effort_day *ret)
{
    struct map *loads = map_create();

    *ret = (struct effort_day){.v = NULL};
    bool ok = loads != NULL && add_up(w, n, p, n_people, loads, a, ret);

    map_destroy(loads);
    return ok;
}

/* ---- many days ---- */

bool effort_plan(const struct strategy *s, struct date day, struct arena *a,
                 struct effort_share **ret, size_t *ret_n)
{
    struct effort_share *v =
        arena_array(a, s->n_objectives + s->n_buckets + 1, sizeof *v);
    double objectives = 0, buckets = 0;
    size_t n = 0;

    if (v == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *o = &s->objectives[i];

        if (o->share >= 0 && objective_is_running(o, day)) {
            objectives += o->share;
            v[n++] = (struct effort_share){.id = o->node.id, .planned = o->share};
        }
    }
    size_t n_objectives = n;

    for (size_t i = 0; i < s->n_buckets && n_objectives > 0; i++) {
        const struct bucket *b = &s->buckets[i];

        if (b->share >= 0) {
            buckets += b->share;
            v[n++] = (struct effort_share){.id = b->node.id, .planned = b->share};
        }
    }
    /* Thirds are written as 33.3%. */
    if (n_objectives > 0 && fabs(objectives - 1) < fabs(objectives + buckets - 1)) {
        for (size_t i = 0; i < n_objectives; i++) {
            v[i].planned *= 1 - buckets;
        }
    }
    *ret = v;
    *ret_n = n;
    return true;
}

double effort_distance(const struct effort_share *v, size_t n)
{
    double days = 0, d = 0;

    for (size_t i = 0; i < n; i++) {
        days += v[i].days;
    }
    if (!(days > 0)) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        d += fabs(v[i].planned - v[i].days / days);
    }
    return d / 2;
}

double effort_spread(const double *days, size_t n)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++) {
        sum += days[i];
        squares += days[i] * days[i];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

/* ---- how far to believe it ---- */

const char *trust_name(enum trust t)
{
    switch (t) {
    case TRUST_LOW:
        return "low";
    case TRUST_MEDIUM:
        return "medium";
    case TRUST_HIGH:
        return "high";
    }
    return "?";
}

static enum trust at_least(double v, double high, double medium)
{
    return v >= high ? TRUST_HIGH : v >= medium ? TRUST_MEDIUM : TRUST_LOW;
}

static enum trust at_most(double v, double high, double medium)
{
    return v <= high ? TRUST_HIGH : v <= medium ? TRUST_MEDIUM : TRUST_LOW;
}

/* Takes the part's grade when it is lower; the first of the lowest is named. */
static bool lowers(enum trust *t, enum trust part, struct buf *weakest)
{
    if (part >= *t) {
        return false;
    }
    *t = part;
    buf_clear(weakest);
    return true;
}

enum trust trust_of(const struct trust_basis *b, struct buf *weakest)
{
    enum trust t = TRUST_HIGH;

    buf_clear(weakest);
    if (b->person_days < 30 && lowers(&t, TRUST_LOW, weakest)) {
        buf_printf(weakest, "only %.0f person-days", b->person_days);
    }
    if (b->working_days < 10 && lowers(&t, TRUST_LOW, weakest)) {
        buf_printf(weakest, "only %d working days", b->working_days);
    }
    if (lowers(&t, at_least(b->mapped, 0.9, 0.7), weakest)) {
        buf_printf(weakest, "%.0f%% unmapped", (1 - b->mapped) * 100);
    }
    if (lowers(&t, at_most(b->parked, 0.25, 0.5), weakest)) {
        buf_printf(weakest, "%.0f%% parked", b->parked * 100);
    }
    if (lowers(&t, at_most(b->median_items, 3, 6), weakest)) {
        buf_printf(weakest, "%g items in progress a person", b->median_items);
    }
    if (b->seen >= 0 && lowers(&t, at_least(b->seen, 0.7, 0.5), weakest)) {
        buf_printf(weakest, "%.0f%% of the people seen", b->seen * 100);
    }
    if (lowers(&t, at_least(b->matched, 0.9, 0.7), weakest)) {
        buf_printf(weakest, "%.0f%% of the people known", b->matched * 100);
    }
    return t;
}

#include "core/effort.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"

/* ---- one day ---- */

/* One person's day. */
struct load {
    double day;   /* to be split */
    size_t items; /* over so many */
    bool known;
};

static bool carries(const struct effort_work *w)
{
    return !w->has_active_child && !w->parked;
}

static struct load load_of(const struct map *people, struct str key)
{
    const struct effort_person *p = map_get(people, key);

    if (p == NULL) {
        return (struct load){.day = 1};
    }
    return (struct load){.day = p->away ? 0 : p->fte, .known = true};
}

static bool count(struct map *loads, struct arena *a, const struct effort_work *w,
                  const struct map *people)
{
    for (size_t i = 0; i < w->n_people; i++) {
        struct load *l = map_get(loads, w->people[i]);

        if (l == NULL) {
            l = arena_alloc(a, sizeof *l);
            if (l == NULL || !map_set(loads, w->people[i], l)) {
                return false;
            }
            *l = load_of(people, w->people[i]);
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
        d->v[d->n++] = (struct effort_part){w->item, w->team, STR_NONE, days};
    }
    for (size_t i = 0; i < w->n_nodes; i++) {
        d->v[d->n++] = (struct effort_part){w->item, w->team, w->nodes[i],
                                            days / (double)w->n_nodes};
    }
}

/* ---- who was seen ---- */

/* Who works on something of the team's; who is away, or there for nothing, does not. */
struct sighting {
    struct str team;
    const struct load *who;
};

static int by_team(const void *x, const void *y)
{
    const struct sighting *a = x, *b = y;
    int c = str_cmp(a->team, b->team);

    return c != 0 ? c : (a->who > b->who) - (a->who < b->who);
}

static void see(struct sighting *v, size_t *n, struct str team, const struct load *l)
{
    if (l->day > 0) {
        v[(*n)++] = (struct sighting){team, l};
    }
}

/* Of everybody, as of no team, and of each team that has work. */
static struct sighting *sightings(const struct effort_work *w, size_t n,
                                  const struct map *loads, struct arena *a,
                                  size_t *ret_n)
{
    size_t most = map_count(loads) + 1;
    struct sighting *v;

    for (size_t i = 0; i < n; i++) {
        most += w[i].n_people;
    }
    v = arena_array(a, most, sizeof *v);
    *ret_n = 0;
    for (size_t i = 0; v != NULL && i < map_count(loads); i++) {
        struct str key;
        void *value;

        map_at(loads, i, &key, &value);
        see(v, ret_n, STR_NONE, value);
    }
    for (size_t i = 0; v != NULL && i < n; i++) {
        for (size_t j = 0; carries(&w[i]) && w[i].team.n > 0 && j < w[i].n_people;
             j++) {
            see(v, ret_n, w[i].team, map_get(loads, w[i].people[j]));
        }
    }
    return v;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

double effort_median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_size);
    if (n == 0) {
        return 0;
    }
    return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The sightings of one team, each person once. */
static struct effort_seen sum_up(const struct sighting *v, size_t n, double *items)
{
    struct effort_seen s = {.team = v->team};

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && v[i].who == v[i - 1].who) {
            continue;
        }
        s.known += v[i].who->known;
        items[s.people++] = (double)v[i].who->items;
    }
    s.median_items = effort_median(items, s.people);
    return s;
}

static bool count_people(const struct effort_work *w, size_t n, const struct map *loads,
                         struct arena *a, struct effort_day *ret)
{
    size_t n_sightings;
    struct sighting *v = sightings(w, n, loads, a, &n_sightings);
    double *items;

    if (v == NULL) {
        return false;
    }
    items = arena_array(a, n_sightings + 1, sizeof *items);
    ret->seen = arena_array(a, n_sightings + 1, sizeof *ret->seen);
    if (items == NULL || ret->seen == NULL) {
        return false;
    }
    qsort(v, n_sightings, sizeof *v, by_team);
    if (n_sightings == 0) {
        ret->seen[ret->n_seen++] = (struct effort_seen){.team = STR_NONE};
    }
    for (size_t i = 0, to; i < n_sightings; i = to) {
        for (to = i + 1; to < n_sightings && str_eq(v[to].team, v[i].team);) {
            to++;
        }
        ret->seen[ret->n_seen++] = sum_up(&v[i], to - i, items);
    }
    return true;
}

/* ---- all together ---- */

static bool add_up(const struct effort_work *w, size_t n, const struct map *people,
                   struct map *loads, struct arena *a, struct effort_day *ret)
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
        if (carries(&w[i]) && !count(loads, a, &w[i], people)) {
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
    return count_people(w, n, loads, a, ret);
}

static bool by_key(const struct effort_person *p, size_t n, struct arena *a,
                   struct map *ret)
{
    for (size_t i = 0; i < n; i++) {
        struct effort_person *copy = arena_alloc(a, sizeof *copy);
        void *old;

        if (copy == NULL) {
            return false;
        }
        *copy = p[i];
        if (!map_add(ret, p[i].key, copy, &old)) {
            return false;
        }
    }
    return true;
}

bool effort_of_day(const struct effort_work *w, size_t n, const struct effort_person *p,
                   size_t n_people, struct arena *a, struct effort_day *ret)
{
    struct map *people = map_create(), *loads = map_create();
    bool ok = people != NULL && loads != NULL;

    *ret = (struct effort_day){.v = NULL};
    ok = ok && by_key(p, n_people, a, people) && add_up(w, n, people, loads, a, ret);
    map_destroy(loads);
    map_destroy(people);
    return ok;
}

/* ---- where it goes ---- */

static void add_goal(struct effort_goal *v, size_t *n, struct str id, double share)
{
    for (size_t i = 0; i < *n; i++) {
        if (str_eq(v[i].id, id)) {
            v[i].share += share;
            return;
        }
    }
    v[(*n)++] = (struct effort_goal){id, share};
}

static struct str objective_of(const struct key_result *kr)
{
    return kr->objective != NULL ? kr->objective->node.id : STR_NONE;
}

static bool flow_of(const struct initiative *in, struct arena *a,
                    struct effort_goal **ret, size_t *ret_n)
{
    struct effort_goal *v = arena_array(a, in->n_moves + 1, sizeof *v);

    if (v == NULL) {
        return false;
    }
    *ret = v;
    for (size_t i = 0; i < in->n_moves; i++) {
        if (in->moves[i].weight > 0) {
            add_goal(v, ret_n, objective_of(in->moves[i].kr), in->moves[i].weight);
        }
    }
    if (*ret_n == 0) {
        add_goal(v, ret_n, STR_NONE, 1);
    }
    return true;
}

bool effort_flow(const struct strategy *s, struct str node, struct arena *a,
                 struct effort_goal **ret, size_t *ret_n)
{
    const struct node *n = strategy_find(s, node);
    struct str id = STR_NONE;

    *ret_n = 0;
    if (n == NULL) {
        return true;
    }
    if (n->kind == NODE_INITIATIVE) {
        return flow_of((const struct initiative *)(const void *)n, a, ret, ret_n);
    }
    if (n->kind == NODE_OBJECTIVE || n->kind == NODE_BUCKET) {
        id = n->id;
    } else if (n->kind == NODE_KR) {
        id = objective_of((const struct key_result *)(const void *)n);
    }
    *ret = arena_alloc(a, sizeof **ret);
    if (*ret == NULL) {
        return false;
    }
    add_goal(*ret, ret_n, id, 1);
    return true;
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

static const struct team *find_team(const struct strategy *s, struct str id)
{
    const struct node *n = id.n > 0 ? strategy_find(s, id) : NULL;

    return n != NULL && n->kind == NODE_TEAM ? (const struct team *)(const void *)n
                                             : NULL;
}

/* "20%"; the reader of the file has refused all else. */
static double percent(struct str s)
{
    double v = 0;

    if (str_has_suffix(s, STR("%"))) {
        s.n--;
    }
    return str_to_double(s, &v) ? v / 100 : 0;
}

static bool own_plan(const struct strategy *s, const struct team *t, struct arena *a,
                     struct effort_share **ret, size_t *ret_n)
{
    struct effort_share *v = arena_array(a, t->shares.n + 1, sizeof *v);

    if (v == NULL) {
        return false;
    }
    for (size_t i = 0; i < t->shares.n; i++) {
        const struct node *n = strategy_find(s, t->shares.v[i].key);

        v[i] = (struct effort_share){.id = n != NULL ? n->id : t->shares.v[i].key,
                                     .planned = percent(t->shares.v[i].value)};
    }
    *ret = v;
    *ret_n = t->shares.n;
    return true;
}

static bool is_its_objective(const struct team *t, struct str id)
{
    for (size_t i = 0; i < t->n_key_results; i++) {
        if (str_eq(objective_of(t->key_results[i]), id)) {
            return true;
        }
    }
    return false;
}

static bool is_objective(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == NODE_OBJECTIVE;
}

/* Of the objectives those that are its own, which share what the others leave. */
static void keep_own(const struct strategy *s, const struct team *t,
                     struct effort_share *v, size_t *n)
{
    double all = 0, own = 0;
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        if (is_objective(s, v[i].id)) {
            all += v[i].planned;
            own += is_its_objective(t, v[i].id) ? v[i].planned : 0;
        }
    }
    if (own <= 0) {
        return;
    }
    for (size_t i = 0; i < *n; i++) {
        struct effort_share one = v[i];

        if (is_objective(s, one.id)) {
            if (!is_its_objective(t, one.id)) {
                continue;
            }
            one.planned *= all / own;
        }
        v[kept++] = one;
    }
    *n = kept;
}

bool effort_team_plan(const struct strategy *s, struct str team, struct date day,
                      struct arena *a, struct effort_share **ret, size_t *ret_n)
{
    const struct team *t = find_team(s, team);

    if (t != NULL && t->shares.n > 0) {
        return own_plan(s, t, a, ret, ret_n);
    }
    if (!effort_plan(s, day, a, ret, ret_n)) {
        return false;
    }
    if (t != NULL) {
        keep_own(s, t, *ret, ret_n);
    }
    return true;
}

uint64_t effort_plan_print(const struct effort_share *v, size_t n)
{
    uint64_t h = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t planned = llround(v[i].planned * 1e6);

        h = hash64(v[i].id.p, v[i].id.n, h);
        h = hash64(&planned, sizeof planned, h);
    }
    return h;
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

double effort_spread_limit(const struct team *t)
{
    enum { LEAST = 2, UNKNOWN = 3 };
    double by_people = (double)t->people / 2.5;

    if (t->spread >= 0) {
        return t->spread;
    }
    if (t->people == 0) {
        return UNKNOWN;
    }
    return by_people > LEAST ? by_people : LEAST;
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

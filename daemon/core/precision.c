#include "core/precision.h"

#include <math.h>
#include <stdlib.h>

/* As rules compare with. */
static const double hair = 1e-6;

bool precision_is_noise(const struct precision *p)
{
    return p->judged >= PRECISION_LEAST &&
           100 * p->ignored > PRECISION_NOISE_PERCENT * p->judged;
}

/* The more it is, the fewer firings: a parameter that fires below it counts down. */
static double strictness(const struct rule_measure *m, double measure)
{
    switch (m->holds) {
    case RULE_FROM:
        return floor(measure + hair) + 1;
    case RULE_ABOVE:
        return ceil(measure - hair);
    case RULE_UP_TO:
        return -(ceil(measure - hair) - 1);
    case RULE_BELOW:
        return -floor(measure + hair);
    }
    return 0;
}

static bool counts_down(const struct rule_measure *m)
{
    return m->holds == RULE_UP_TO || m->holds == RULE_BELOW;
}

static int by_measure(const void *a, const void *b)
{
    const struct precision_sample *x = a, *y = b;

    return (x->measure > y->measure) - (x->measure < y->measure);
}

/* What the parameter can be at the strictest. */
static double strictest(const struct conf_key *key, const struct rule_measure *m)
{
    if (key->min == 0 && key->max == 0)
        return counts_down(m) ? 0 : (double)(INT64_C(1) << 53);
    return counts_down(m) ? -(double)key->min : (double)key->max;
}

bool precision_spare(const struct conf_key *key, const struct rule_measure *m,
                     int64_t value, struct precision_sample *v, size_t n,
                     struct precision_change *ret)
{
    double now = counts_down(m) ? -(double)value : (double)value;
    double end = strictest(key, m);
    struct precision_change best = {.param = NULL}, so_far = {.param = key->name};

    for (size_t i = 0; i < n; i++)
        v[i].measure = strictness(m, v[i].measure);
    qsort(v, n, sizeof *v, by_measure);
    for (size_t i = 0; i < n && v[i].measure <= end; i++) {
        if (!(v[i].measure > now))
            continue;
        so_far.spared += v[i].ignored;
        so_far.lost += !v[i].ignored;
        so_far.to = (int64_t)(counts_down(m) ? -v[i].measure : v[i].measure);
        /* Those that the same value spares go together. */
        if (i + 1 < n && !(v[i + 1].measure > v[i].measure))
            continue;
        if (so_far.spared - so_far.lost > best.spared - best.lost)
            best = so_far;
    }
    best.from = value;
    *ret = best;
    return best.param != NULL;
}

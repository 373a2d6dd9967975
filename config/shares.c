#include "config/shares.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "config/diag.h"

/* An objective with a share begins, or has ended the day before. */
struct change {
    int64_t day;
    double share; /* negative: it ends */
    size_t i;     /* of the objective */
};

bool shares_is_whole(double sum)
{
    return fabs(sum - 1) < 0.0005;
}

static int change_cmp(const void *x, const void *y)
{
    const struct change *a = x, *b = y;

    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    return a->i < b->i ? -1 : a->i > b->i ? 1 : 0;
}

static void report(struct binder *b, const struct yaml_node *map, struct date from,
                   double sum, double buckets)
{
    const struct yaml_node *share = yaml_get(map, "share");
    struct buf when, with;

    buf_init(&when, 64);
    buf_init(&with, 64);
    if (from.year > 0) {
        buf_addz(&when, " that run on ");
        date_print(&when, from);
    }
    if (buckets > 0) {
        buf_printf(&with, " (%.10g%% with the buckets)",
                   round((sum + buckets) * 1e6) / 1e4);
    }
    diag_error(b->d, share == NULL ? map->at : share->at, STR_NONE,
               "the shares of the objectives%s add up to %.10g%%%s, not to 100%%",
               buf_cstr(&when), round(sum * 1e6) / 1e4, buf_cstr(&with));
    buf_finish(&with);
    buf_finish(&when);
}

static size_t changes_of(const struct strategy *s, struct change *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *o = &s->objectives[i];

        if (o->share < 0) {
            continue;
        }
        ret[n++] =
            (struct change){o->from.year == 0 ? 0 : date_to_days(o->from), o->share, i};
        if (o->to.year != 0) {
            ret[n++] = (struct change){date_to_days(o->to) + 1, -o->share, i};
        }
    }
    return n;
}

void shares_check(struct binder *b, const struct strategy *s,
                  const struct yaml_node *const *maps)
{
    struct change *changes =
        arena_array(b->scratch, 2 * s->n_objectives, sizeof *changes);
    double sum = 0, buckets = 0;
    size_t n, i = 0;

    if (changes == NULL) {
        return;
    }
    for (size_t k = 0; k < s->n_buckets; k++) {
        buckets += s->buckets[k].share > 0 ? s->buckets[k].share : 0;
    }
    n = changes_of(s, changes);
    qsort(changes, n, sizeof *changes, change_cmp);
    while (i < n) {
        int64_t day = changes[i].day;
        const struct change *first = NULL;

        for (; i < n && changes[i].day == day; i++) {
            sum += changes[i].share;
            if (changes[i].share > 0 && first == NULL) {
                first = &changes[i];
            }
        }
        if (first != NULL && !shares_is_whole(sum) && !shares_is_whole(sum + buckets)) {
            report(b, maps[first->i], s->objectives[first->i].from, sum, buckets);
        }
    }
}

#include <math.h>

#include "core/lint_in.h"

/* Chains of one metric are looked at so far: more than these and it is no slip. */
enum { SAME_METRIC_MAX = 64 };

static bool has_no_middle(const struct lint_in *in, const struct node *n,
                          struct lint_hit *hit)
{
    const struct strategy *s = in->s;

    if (n->kind == NODE_INTENT) {
        hit->fix = arena_printf(
            in->a, "add intent: %.*s to the objective that serves it", STR_FMT(n->id));
        return !in->served[LINT_INTENT(n) - s->intents];
    }
    if (n->kind == NODE_OBJECTIVE) {
        hit->fix = STR("add key_results: what will be different, from what to what, by "
                       "when");
        return !in->measured[LINT_OBJECTIVE(n) - s->objectives];
    }
    hit->fix = STR("add moves: the ids of the key results that it is to move");
    return LINT_INITIATIVE(n)->n_moves == 0;
}

enum lint_answer lint_missing_middle(const struct lint_in *in, const struct node *n,
                                     struct lint_hit *hit)
{
    const char *lack = n->kind == NODE_INTENT      ? "is served by no objective"
                       : n->kind == NODE_OBJECTIVE ? "has no key result"
                                                   : "moves no key result";

    if (!has_no_middle(in, n, hit)) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "%s '%.*s' %s", lint_kind_words(n->kind),
                                STR_FMT(n->id), lack);
    return LINT_FOUND;
}

/* ---- key results ---- */

struct lacks {
    struct {
        const char *word, *key;
    } v[5];
    size_t n;
};

static void lacks_add(struct lacks *l, bool there, const char *word, const char *key)
{
    if (!there) {
        l->v[l->n].word = word;
        l->v[l->n++].key = key;
    }
}

/* "no target, no date and no unit", or as keys "target, by and unit" */
static struct str lacks_words(const struct lint_in *in, const struct lacks *l,
                              bool keys)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < l->n; i++) {
        const char *between = i == 0 ? "" : i + 1 == l->n ? " and " : ", ";

        text = arena_printf(in->a, "%.*s%s%s%s", STR_FMT(text), between,
                            keys ? "" : "no ", keys ? l->v[i].key : l->v[i].word);
    }
    return text;
}

/* A bound holds as long as it stands, so `keep` needs no date; a deed needs no unit. */
enum lint_answer lint_kr_unmeasurable(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    const struct key_result *kr = LINT_KR(n);
    struct lacks l = {.n = 0};

    if (kr->kind == KR_REACH) {
        lacks_add(&l, kr->has_baseline, "baseline", "baseline");
        lacks_add(&l, kr->has_target, "target", "target");
    }
    if (kr->kind != KR_KEEP) {
        lacks_add(&l, kr->by.year != 0, "date", "by");
    }
    if (kr->kind != KR_DONE) {
        lacks_add(&l, kr->unit.n > 0, "unit", "unit");
    }
    lacks_add(&l, n->owner.n > 0 || kr->objective->node.owner.n > 0, "owner", "owner");
    if (l.n == 0) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "key result '%.*s' cannot be held to: %.*s",
                                STR_FMT(n->id), STR_FMT(lacks_words(in, &l, false)));
    hit->fix = arena_printf(in->a, "add %.*s", STR_FMT(lacks_words(in, &l, true)));
    return LINT_FOUND;
}

/* 1 up, -1 down, 0 neither */
static int direction(const struct key_result *kr)
{
    if (kr->kind == KR_KEEP) {
        return (kr->has_at_least ? 1 : 0) - (kr->has_at_most ? 1 : 0);
    }
    if (kr->kind == KR_DONE || !kr->has_baseline || !kr->has_target) {
        return 0;
    }
    return kr->target > kr->baseline ? 1 : -1;
}

static bool at_one_time(const struct objective *x, const struct objective *y)
{
    return !(x->to.year != 0 && y->from.year != 0 && date_cmp(x->to, y->from) < 0) &&
           !(y->to.year != 0 && x->from.year != 0 && date_cmp(y->to, x->from) < 0);
}

/* How two key results of one metric contend; NULL: they do not. */
static const char *contention(const struct key_result *x, const struct key_result *y)
{
    const struct node *a = &x->objective->node, *b = &y->objective->node;

    if (x->objective == y->objective || !at_one_time(x->objective, y->objective)) {
        return NULL;
    }
    if (direction(x) * direction(y) < 0) {
        return "the other way";
    }
    return a->owner.n > 0 && b->owner.n > 0 && !str_eq(a->owner, b->owner)
               ? "for another owner"
               : NULL;
}

/* What stands before another node's line. */
static struct str place_before(const struct lint_in *in, const struct node *n,
                               const struct node *other)
{
    return str_eq(n->file, other->file)
               ? STR("line ")
               : arena_printf(in->a, "%.*s:", STR_FMT(other->file));
}

enum lint_answer lint_contested_metric(const struct lint_in *in, const struct node *n,
                                       struct lint_hit *hit)
{
    const struct key_result *kr = LINT_KR(n), *all = in->s->key_results;
    size_t me = (size_t)(kr - all), i = in->metric_first[me];

    if (i == me) {
        return LINT_NOT_ASKED;
    }
    for (size_t k = 0; i < me && k < SAME_METRIC_MAX; k++) {
        const char *how = contention(&all[i], kr);

        if (how != NULL) {
            hit->message = arena_printf(
                in->a, "key result '%.*s' moves the metric of '%.*s' (%.*s%u) %s",
                STR_FMT(n->id), STR_FMT(all[i].node.id),
                STR_FMT(place_before(in, n, &all[i].node)), all[i].node.line, how);
            hit->fix = STR("let one objective own the metric; the other names another "
                           "one, or keeps a bound in the same direction");
            return LINT_FOUND;
        }
        i = in->metric_next[i];
    }
    return LINT_PASSED;
}

/* ---- teams ---- */

enum lint_answer lint_team_without_kr(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    const struct team *t = LINT_TEAM(n);

    for (size_t i = 0; i < t->n_key_results; i++) {
        if (!lint_over(&t->key_results[i]->node, in->today)) {
            return LINT_PASSED;
        }
    }
    hit->message =
        arena_printf(in->a, "team '%.*s' has no key result of its own", STR_FMT(n->id));
    hit->fix = STR("add key_results: the ids of those that it answers for");
    return LINT_FOUND;
}

enum lint_answer lint_kr_without_team(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    if (in->s->n_teams == 0) {
        return LINT_NOT_ASKED;
    }
    if (in->in_team[LINT_KR(n) - in->s->key_results]) {
        return LINT_PASSED;
    }
    hit->message =
        arena_printf(in->a, "key result '%.*s' is no team's own", STR_FMT(n->id));
    hit->fix = STR("add it to the key_results of the team that answers for it");
    return LINT_FOUND;
}

/* ---- the plan ---- */

enum lint_answer lint_objectives_over(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    (void)n;
    if ((in->missing & STRATEGY_KIND(NODE_OBJECTIVE)) == 0) {
        return LINT_PASSED;
    }
    hit->message = STR("every objective has ended");
    hit->fix = STR("add the objectives of the next period; the old ones may stay");
    return LINT_FOUND;
}

enum lint_answer lint_initiatives_over(const struct lint_in *in, const struct node *n,
                                       struct lint_hit *hit)
{
    (void)n;
    if (in->n_live_initiatives > 0) {
        return LINT_PASSED;
    }
    hit->message = STR("every initiative is done or dropped");
    hit->fix = STR("add what comes next, or drop the objectives, too");
    return LINT_FOUND;
}

static double sum_of_buckets(const struct strategy *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->n_buckets; i++) {
        sum += s->buckets[i].share > 0 ? s->buckets[i].share : 0;
    }
    return sum;
}

/* The sum of the objectives is the loader's to refuse. */
enum lint_answer lint_shares_sum(const struct lint_in *in, const struct node *n,
                                 struct lint_hit *hit)
{
    double sum = sum_of_buckets(in->s);
    double most = in->any_share ? 0.9995 : 1.0005;

    (void)n;
    if (sum <= 0) {
        return LINT_NOT_ASKED;
    }
    if (sum < most) {
        return LINT_PASSED;
    }
    hit->at = &in->s->buckets[0].node;
    hit->message = arena_printf(
        in->a, "the shares of the buckets add up to %.10g%%%s", round(sum * 1e6) / 1e4,
        in->any_share ? ": nothing is left for the objectives" : "");
    hit->fix = STR("planned shares of buckets are of everything: make them less");
    return LINT_FOUND;
}

enum lint_answer lint_share_missing(const struct lint_in *in, const struct node *n,
                                    struct lint_hit *hit)
{
    if (!in->any_share) {
        return LINT_NOT_ASKED;
    }
    if (LINT_OBJECTIVE(n)->share >= 0) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(
        in->a,
        "objective '%.*s' has no share, others have: no effort is planned for it",
        STR_FMT(n->id));
    hit->fix = STR("add share; those that run at one time add up to 100%");
    return LINT_FOUND;
}

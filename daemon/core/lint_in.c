#include "core/lint_in.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/utf8.h"
#include "core/lint_text.h"
#include "core/textkey.h"

/* ---- what is over ---- */

bool lint_objective_over(const struct objective *o, struct date today)
{
    return o->to.year != 0 && date_cmp(o->to, today) < 0;
}

bool lint_initiative_over(const struct initiative *i)
{
    return i->status == INITIATIVE_DONE || i->status == INITIATIVE_DROPPED;
}

bool lint_intent_over(const struct intent *i, struct date today)
{
    return i->until.year != 0 && date_cmp(i->until, today) < 0;
}

bool lint_over(const struct node *n, struct date today)
{
    if (n->kind == NODE_INTENT) {
        return lint_intent_over(LINT_INTENT(n), today);
    }
    if (n->kind == NODE_OBJECTIVE) {
        return lint_objective_over(LINT_OBJECTIVE(n), today);
    }
    if (n->kind == NODE_KR) {
        return lint_objective_over(LINT_KR(n)->objective, today);
    }
    return n->kind == NODE_INITIATIVE && lint_initiative_over(LINT_INITIATIVE(n));
}

/* ---- words ---- */

struct str lint_quoted(const struct lint_in *in, struct str s)
{
    struct str head = utf8_cut(s, 80);

    return arena_printf(in->a, "'%.*s%s'", STR_FMT(head), head.n < s.n ? "..." : "");
}

const char *lint_kind_words(enum node_kind k)
{
    return k == NODE_KR          ? "key result"
           : k == NODE_NOT_DOING ? "entry of not_doing"
                                 : node_kind_name(k);
}

/* ---- one metric, several key results ---- */

/* What two key results that show the same number have in common; empty: not known. */
static struct str metric_key(const struct lint_in *in, const struct key_result *kr)
{
    switch (kr->from) {
    case VALUE_SOURCE:
        return arena_printf(in->a, "source\n%.*s\n%.*s\n%.*s",
                            STR_FMT(kr->value_source), STR_FMT(kr->value_query),
                            STR_FMT(kr->value_pointer));
    case VALUE_CSV:
        return arena_printf(in->a, "csv\n%.*s\n%.*s\n%.*s", STR_FMT(kr->value_csv),
                            STR_FMT(kr->value_row), STR_FMT(kr->value_column));
    case VALUE_BY_HAND:
        return arena_printf(in->a, "title\n%.*s",
                            STR_FMT(text_key(in->a, kr->node.title)));
    case VALUE_ITEMS:
        break;
    }
    return STR_NONE;
}

/* `last` of each metric's chain, by index of its first. */
static bool chain_metrics(struct lint_in *in, struct map *seen, size_t *last)
{
    const struct strategy *s = in->s;

    for (size_t i = 0; i < s->n_key_results; i++) {
        struct key_result *kr = &s->key_results[i];
        struct str key = metric_key(in, kr);
        void *old = NULL;
        size_t first;

        in->metric_first[i] = last[i] = i;
        if (key.n == 0 || lint_objective_over(kr->objective, in->today)) {
            continue;
        }
        if (!map_add(seen, key, kr, &old)) {
            return false;
        }
        if (old == NULL) {
            continue;
        }
        first = (size_t)((struct key_result *)old - s->key_results);
        in->metric_first[i] = first;
        in->metric_next[last[first]] = i;
        last[first] = i;
    }
    return true;
}

static bool fill_metrics(struct lint_in *in)
{
    size_t *last = arena_array(in->a, in->s->n_key_results + 1, sizeof *last);
    struct map *seen = map_create();
    bool ok = last != NULL && seen != NULL && chain_metrics(in, seen, last);

    map_destroy(seen);
    return ok;
}

/* ---- how many at one time ---- */

struct edge {
    int64_t day;
    bool begins;
    const struct objective *o;
};

static int edge_cmp(const void *x, const void *y)
{
    const struct edge *a = x, *b = y;

    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    if (a->begins != b->begins) {
        return a->begins ? 1 : -1;
    }
    return a->o < b->o ? -1 : a->o > b->o ? 1 : 0;
}

static bool fill_crowd(struct lint_in *in)
{
    const struct strategy *s = in->s;
    struct edge *edges = arena_array(in->a, 2 * s->n_objectives + 1, sizeof *edges);
    size_t n = 0, now = 0;

    if (edges == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *o = &s->objectives[i];

        if (lint_objective_over(o, in->today)) {
            continue;
        }
        edges[n++] =
            (struct edge){o->from.year == 0 ? 0 : date_to_days(o->from), true, o};
        if (o->to.year != 0) {
            edges[n++] = (struct edge){date_to_days(o->to) + 1, false, o};
        }
    }
    qsort(edges, n, sizeof *edges, edge_cmp);
    for (size_t i = 0; i < n; i++) {
        now = edges[i].begins ? now + 1 : now - 1;
        if (now > in->most_objectives) {
            in->most_objectives = now;
        }
        if (now == LINT_OBJECTIVES_MAX + 1 && in->one_too_many == NULL) {
            in->one_too_many = edges[i].o;
        }
    }
    return true;
}

/* ---- filling ---- */

static void see_end(struct lint_in *in, struct date last)
{
    struct date end;

    if (last.year == 0 || date_cmp(last, in->today) < 0) {
        return;
    }
    end = date_from_days(date_to_days(last) + 1);
    if (in->next_end.year == 0 || date_cmp(end, in->next_end) < 0) {
        in->next_end = end;
    }
}

static void see_objectives(struct lint_in *in)
{
    const struct strategy *s = in->s;
    bool any = false;

    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct objective *o = &s->objectives[i];

        if (lint_objective_over(o, in->today)) {
            continue;
        }
        any = true;
        see_end(in, o->to);
        in->any_share = in->any_share || o->share >= 0;
        if (o->intent != NULL) {
            in->served[o->intent - s->intents] = true;
        }
    }
    in->missing |= any ? 0 : STRATEGY_KIND(NODE_OBJECTIVE);
}

static void see_key_results(struct lint_in *in)
{
    const struct strategy *s = in->s;
    bool any = false;

    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct key_result *kr = &s->key_results[i];
        size_t o = (size_t)(kr->objective - s->objectives);
        bool money = text_is_money(in->a, kr->unit, s->currency) ||
                     text_is_money(in->a, kr->node.title, s->currency);

        any = any || !lint_objective_over(kr->objective, in->today);
        in->measured[o] = true;
        in->in_money[o] = in->in_money[o] || money;
        in->in_other[o] = in->in_other[o] || !money;
    }
    in->missing |= any ? 0 : STRATEGY_KIND(NODE_KR);
}

static void see_others(struct lint_in *in)
{
    const struct strategy *s = in->s;
    bool intent = false;

    for (size_t i = 0; i < s->n_intents; i++) {
        intent = intent || !lint_intent_over(&s->intents[i], in->today);
        see_end(in, s->intents[i].until);
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (!lint_initiative_over(&s->initiatives[i])) {
            in->n_live_initiatives++;
            in->any_rice = in->any_rice || s->initiatives[i].has_rice;
        }
    }
    for (size_t i = 0; i < s->n_decisions; i++) {
        in->any_assumption = in->any_assumption || s->decisions[i].assumes.n > 0;
    }
    for (size_t i = 0; i < s->n_teams; i++) {
        for (size_t k = 0; k < s->teams[i].n_key_results; k++) {
            in->in_team[s->teams[i].key_results[k] - s->key_results] = true;
        }
    }
    in->missing |= intent ? 0 : STRATEGY_KIND(NODE_INTENT);
    in->missing |= in->n_live_initiatives > 0 ? 0 : STRATEGY_KIND(NODE_INITIATIVE);
}

bool lint_in_fill(struct lint_in *in)
{
    const struct strategy *s = in->s;

    in->served = arena_array(in->a, s->n_intents + 1, sizeof *in->served);
    in->measured = arena_array(in->a, s->n_objectives + 1, sizeof *in->measured);
    in->in_money = arena_array(in->a, s->n_objectives + 1, sizeof *in->in_money);
    in->in_other = arena_array(in->a, s->n_objectives + 1, sizeof *in->in_other);
    in->in_team = arena_array(in->a, s->n_key_results + 1, sizeof *in->in_team);
    in->metric_first = arena_array(in->a, s->n_key_results + 1, sizeof(size_t));
    in->metric_next = arena_array(in->a, s->n_key_results + 1, sizeof(size_t));
    if (arena_failed(in->a)) {
        return false;
    }
    see_objectives(in);
    see_key_results(in);
    see_others(in);
    return fill_metrics(in) && fill_crowd(in) && !arena_failed(in->a);
}

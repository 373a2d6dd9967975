/*
 * What days that were split (core/effort.h) say over a window, for all work or one
 * team's: shares beside the plan, distance from it, spread, and how far to believe it.
 * Pure; any thread; memory is the arena's.
 */
#ifndef CORE_EFFORT_SUM_H
#define CORE_EFFORT_SUM_H

#include "core/effort.h"

/* As stored, summed over the window. */
struct effort_figure {
    struct str team; /* empty: nobody's */
    struct str node; /* empty: unmapped */
    struct str goal; /* objective or bucket that it counts for; empty: neither */
    double days;     /* person-days */
};

/* Of one working day. */
struct effort_basis {
    struct date day;
    uint64_t plan;    /* effort_plan_print */
    int64_t capacity; /* people that the strategy names; 0: it does not */
    int64_t people, known;
    double median_items;
    int64_t in_progress, parked, unattributed;
};

struct effort_node {
    struct str node;
    double days;
};

struct effort_sum {
    double days, mapped;         /* person-days: all, and what is linked */
    struct effort_share *shares; /* of what is mapped: the plan's first, in its order,
                                    then others that had any; id empty: linked, and
                                    to no objective or bucket */
    size_t n_shares;
    bool has_plan;
    double distance;           /* 0 to 1; negative: no plan, or nothing was spent */
    struct effort_node *nodes; /* that had any, most first; unmapped left out */
    size_t n_nodes;
    double spread; /* over the initiatives among them; 0: nothing */
    size_t objectives; /* among the goals */
    double people;     /* seen on a day: the median of the days */
    struct trust_basis basis;
    enum trust trust;
    struct str weakest; /* what the trust suffers from; empty: nothing */
};

/* The first of the days, by their order, from which on the plan was that of the last:
   windows of shares begin no earlier. */
size_t effort_plan_begins(const struct effort_basis *days, size_t n);

/* `v` of all teams, where `team` is empty, or of it alone; `days` likewise. False: out
   of memory. */
bool effort_sum_up(const struct strategy *s, struct str team,
                   const struct effort_figure *v, size_t n,
                   const struct effort_basis *days, size_t n_days, struct arena *a,
                   struct effort_sum *ret) MUST_USE;

#endif

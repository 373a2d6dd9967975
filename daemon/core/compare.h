/*
 * Two strategies side by side: what each costs and promises, which limits it breaks,
 * and, where live work is known, what that work would serve under each. Pure; any
 * thread; memory is the arena's; texts borrow from the strategies, which must outlive
 * it.
 *
 * What is approximated:
 *  - days of the past are told again by the node that they were spent on, as it flows
 * in each strategy; what was unmapped stays so, though a strategy may claim it now;
 *  - a link that an item inherits is the stored one, by its id (or `was`); an ancestor
 *    is not matched again;
 *  - people are moved between objectives and buckets in the order of the file: the
 * least that have to move, and not who.
 */
#ifndef CORE_COMPARE_H
#define CORE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "core/effort.h"
#include "core/effort_sum.h"
#include "core/strategy.h"
#include "core/strategy_diff.h"

/* X(enumerator, name) */
#define COMPARE_LIMITS(X)                                                              \
    X(COMPARE_SPREAD, "team-spread")      /* node: the team; value of most */          \
    X(COMPARE_SHARES, "shares")           /* value: what they add up to, of 1 */       \
    X(COMPARE_OBJECTIVES, "objectives")   /* value: how many run at once, of most */   \
    X(COMPARE_ABSENT_TEAM, "absent-team") /* node: the initiative; other: the team */

enum compare_limit_kind {
#define X(e, name) e,
    COMPARE_LIMITS(X)
#undef X
};
const char *compare_limit_name(enum compare_limit_kind k);

struct compare_limit {
    enum compare_limit_kind kind;
    struct str node, other;
    double value, most;
};

/* One of the two. */
struct compare_side {
    const struct strategy *s;
    size_t objectives, key_results;      /* that run */
    size_t initiatives;                  /* active */
    const struct key_result **uncovered; /* running; no active initiative moves it */
    size_t n_uncovered;
    struct compare_limit *limits; /* broken */
    size_t n_limits;
    double monthly, once;  /* costs of active initiatives, in its currency */
    double rice;           /* reach x impact x confidence / days, summed over */
    size_t rated, unrated; /* active initiatives with and without */
    bool has_plan;
    int64_t mapped; /* items that serve something */
    double mapped_days;
};

/* An objective or bucket of either. */
struct compare_goal {
    struct str id, title;
    double planned[2]; /* negative: not planned there, or there is no plan */
    double days[2];
};

struct compare_move {
    struct str from, to; /* ids of goals */
    double share;        /* of all that is planned */
};

enum { COMPARE_EXAMPLES = 20 };
struct compare_example {
    struct str key, title; /* of an item; no title: private */
    struct str node;       /* what it serves now */
};

/* What is known of live work. */
struct compare_live {
    const struct effort_figure *v; /* of all teams */
    size_t n;
    double people; /* seen on a day */
    struct date from, to;
};

struct compare {
    struct compare_side side[2];
    struct strategy_change *changes;
    size_t n_changes;
    struct compare_goal *goals;
    size_t n_goals;
    double move; /* half of the differences of planned shares; negative: unplanned */
    struct compare_move *moves;
    size_t n_moves;
    bool has_live;
    struct compare_live live;
    double days;
    int64_t items; /* open, epic-level, not exempt */
    int64_t orphaned, adopted, moved;
    struct compare_example orphans[COMPARE_EXAMPLES];
    size_t n_orphans;
};

/* All but the items; `live` NULL: none is known. `day`: what runs. False: out of
 * memory. */
bool compare_strategies(const struct strategy *from, const struct strategy *to,
                        struct date day, const struct compare_live *live,
                        struct arena *a, struct compare *ret) MUST_USE;

/* Whether work linked to the node is for something: the node is there, and is neither
   retired nor an initiative that was dropped. */
bool compare_serves(const struct strategy *s, struct str node);

/* Counts one item in: nodes that its effective links name under each of the two. */
struct compare_item {
    struct str key, title;
    const struct str *nodes[2];
    size_t n[2];
};
bool compare_add(struct compare *c, const struct compare_item *it,
                 struct arena *a) MUST_USE;

/* Nothing moves: neither in the text's meaning, nor of the items. */
bool compare_is_same(const struct compare *c);

/* As JSON, one object. */
void compare_write(struct buf *out, const struct compare *c);

#endif

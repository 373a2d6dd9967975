/*
 * What moved between two versions of the strategy, in words: nodes added, removed,
 * renamed, moved to another place, key results retargeted, siblings re-ranked, and
 * fields changed. Pure; any thread; texts live in the arena or borrow from the two.
 *
 * What GET /v1/strategy answers of a node is told with its old and new value. Of all
 * else (costs, rates, competitors, events, decisions, how items are recognised) only
 * that it changed is; of people, how many.
 */
#ifndef CORE_STRATEGY_DIFF_H
#define CORE_STRATEGY_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/date.h"
#include "core/strategy.h"

/* X(enumerator, name) */
#define CHANGE_KINDS(X)                                                                \
    X(CHANGE_ADDED, "added")                                                           \
    X(CHANGE_REMOVED, "removed")                                                       \
    X(CHANGE_RENAMED, "renamed")       /* its id (by `was`) or its title */            \
    X(CHANGE_MOVED, "moved")           /* what it serves: intent, objective, moves */  \
    X(CHANGE_RETARGETED, "retargeted") /* what a key result is to reach, or by when */ \
    X(CHANGE_RERANKED, "re-ranked")    /* against siblings that both versions have */  \
    X(CHANGE_CHANGED, "changed")

enum change_kind {
#define X(e, name) e,
    CHANGE_KINDS(X)
#undef X
        CHANGE_KIND_COUNT
};
const char *change_kind_name(enum change_kind k);

enum change_effect { EFFECT_NONE, EFFECT_EASIER, EFFECT_HARDER };

struct strategy_change {
    enum change_kind change;
    const char *kind;          /* of the node; "strategy" for what no node has */
    struct str id;             /* as it is called now, or was last; empty: no node */
    const char *field;         /* as in the file, "match.labels"; empty: all of it */
    struct str old, new;       /* empty: none, or not told */
    enum change_effect effect; /* on a key result */
    struct str text;
};

/*
 * From the first to the second, seen on the day `today`: nodes pair by id, else by
 * `was`. By kind of node, in the order of the second. False: out of memory.
 */
bool strategy_diff(const struct strategy *from, const struct strategy *to,
                   struct date today, struct arena *a, struct strategy_change **ret,
                   size_t *ret_n) MUST_USE;

/* "2 added, 1 retargeted"; without any, that only the text changed. */
void strategy_diff_summary(struct buf *out, const struct strategy_change *v, size_t n);

#endif

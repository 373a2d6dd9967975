/*
 * What an edit of the strategy can change for work: a number for each node that
 * work can be linked to (core/match.h), one for all that every item depends on, and a
 * strategy of some of the nodes, to match items against those alone. Pure.
 */
#ifndef CORE_STRATEGY_PART_H
#define CORE_STRATEGY_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/map.h"
#include "core/strategy.h"

struct strategy_print {
    struct str id;  /* borrowed from the strategy */
    uint64_t value; /* never 0; of all that links and rules read of the node */
};

/* One for each linkable node. Stable over versions: they are stored. False: out of
   memory. */
bool strategy_prints(const struct strategy *s, struct arena *a,
                     struct strategy_print **ret, size_t *ret_n) MUST_USE;

/* Teams in their order, people, bots, holidays and what is not done: of these each
   item may depend. */
uint64_t strategy_frame(const struct strategy *s);

/*
 * The linkable nodes whose ids are keys of `ids`, and nothing else. Borrows from `s`,
 * which must outlive it; strategy_unref frees it.
 */
bool strategy_part(const struct strategy *s, const struct map *ids,
                   struct strategy **ret, struct err *e) MUST_USE;

#endif

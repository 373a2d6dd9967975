/*
 * A strategy as it would be after a change, beside the one it is: an initiative moves
 * something else, or is dropped; another is added; shares differ. The copy is of
 * structs and not of text: an edit of text would have to keep what people wrote around
 * it, and could not say what it means before it is read again. Pure; any thread.
 *
 * Unlike a file that is read, a copy may plan shares that do not add up: that is one of
 * the things to be told of it (core/compare.h).
 */
#ifndef CORE_STRATEGY_EDIT_H
#define CORE_STRATEGY_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/strategy.h"

struct strategy_edits {
    struct str_pair_list
        moves;             /* initiative -> key result or objective: its first one */
    struct str_list drops; /* initiatives */
    struct str_pair_list shares; /* objective -> "40%" */
    struct str add;              /* title of a new active initiative; empty: none */
    struct str add_moves;        /* key result or objective; empty: none */
    bool has_rice;
    double reach, impact, confidence, effort_days; /* confidence 0 to 1 */
};

/*
 * Borrows from `s` and the edits, which must outlive it; strategy_unref frees it.
 * ERR_NOT_FOUND: no such node, with the nearest; ERR_USAGE: of another kind, an
 * objective without key results, no percentage; ERR_NOMEM.
 */
bool strategy_edit(const struct strategy *s, const struct strategy_edits *x,
                   struct strategy **ret, struct err *e) MUST_USE;

#endif

/*
 * Linking anew after an edit of the strategy or the settings. An edit of settings, or
 * of what each item may depend on (core/strategy_part.h), means all items. An edit of
 * nodes means those that it can touch: items with a link to a node that has changed,
 * by whichever method, those with a link to a name that nobody has, and those that a
 * changed node claims now. They are found in one pass over the items by their marks
 * and over the links beside it, both in the order of ids, and none of the others is
 * evaluated. Children of items whose links change are queued by that, as ever.
 *
 * What has changed stays marked in the table strategy_node until the pass is over, so
 * that after a crash, or another edit meanwhile, it goes on with all of it. Engine
 * thread; within the transaction of the caller where it writes.
 */
#ifndef STORE_RELINK_H
#define STORE_RELINK_H

#include "store/eval_row.h"

/* Everything is judged anew: all items, behind a mark that survives a crash, all nodes,
   and every finding that is not over is planned again. */
bool relink_all(struct db *db, struct err *e) MUST_USE;
/* What differs from the stored nodes, or all; stores the nodes. */
bool relink_strategy(struct db *db, const struct strategy *s, struct err *e) MUST_USE;

/* What is under way, into ev. */
bool relink_load(struct eval *ev, struct err *e) MUST_USE;
/* Adds the next items behind ev->relink_mark. ev->relink_end is how far they were
   looked for, ev->relink_more whether there are items behind that. */
bool relink_take(struct eval *ev, struct todo_list *l, struct err *e) MUST_USE;
/* The batch is done: the mark moves to relink_end. */
bool relink_advance(struct eval *ev, struct err *e) MUST_USE;
/* All items were looked at. */
bool relink_end(struct eval *ev, struct err *e) MUST_USE;

#endif

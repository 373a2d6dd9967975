/*
 * Labels an item has in its tracker, for routes and silences that match by them. Where
 * none does, nothing is looked up. Engine thread, inside a transaction.
 */
#ifndef STORE_LABEL_H
#define STORE_LABEL_H

#include "store/eval.h"

/* Of the finding's item, into ev->item; none where nobody asks, or item 0. */
bool label_load(struct eval *ev, int64_t item, struct str_list *ret,
                struct err *e) MUST_USE;
/* The item was read anew, and what it carries may route its findings elsewhere. */
bool label_replan(struct eval *ev, int64_t item, struct err *e) MUST_USE;

#endif

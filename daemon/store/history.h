/*
 * When items were in progress, by the tracker's own history: it replaces what was
 * seen so far, and what is seen from then on continues it. Engine thread, in the
 * page's transaction, after its items.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/db.h"
#include "store/sync.h"

/* *earliest is taken back to the first time of which they say other than what was
   known; 0: none yet. */
bool histories_apply(struct db *db, const struct sync *s, const struct feed *feed,
                     struct wall *earliest, struct err *e) MUST_USE;

#endif

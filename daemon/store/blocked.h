/*
 * What open items wait for, as their trackers link them: rows of items that wait, and
 * of no others. Engine thread, in a page's transaction, after its items.
 */
#ifndef STORE_BLOCKED_H
#define STORE_BLOCKED_H

#include "store/db.h"
#include "store/eval_view.h"
#include "store/sync.h"

/* All that the item waits for now; what it waited for before keeps its time. */
bool blocked_set(struct db *db, int64_t item, const struct str *keys, size_t n,
                 struct wall now, struct arena *a, struct err *e) MUST_USE;
/* What a page tells of items apart from them. */
bool blocked_apply(struct db *db, const struct sync *s, const struct feed *feed,
                   struct wall now, struct err *e) MUST_USE;
/* The item of that key was closed or is open again: who waits for it waits from now. */
bool blocker_turned(struct db *db, struct str key, bool open, struct wall now,
                    struct err *e) MUST_USE;
bool blocker_renamed(struct db *db, struct str from, struct str to,
                     struct err *e) MUST_USE;
/* The row `drop` becomes one with `keep`. */
bool blocked_join(struct db *db, int64_t keep, int64_t drop, struct err *e) MUST_USE;

/* Open items that wait for another team's open one, the longest first. */
bool blocked_view(struct eval *ev, struct rule_places *ret, struct err *e) MUST_USE;

#endif

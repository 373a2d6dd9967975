/*
 * Items that wait for evaluation: rows of dirty, one an item, and of dirty_run, one for
 * new items with ids in a row, each of which is there and in the run's scope. Engine
 * thread, in the caller's transaction.
 */
#ifndef STORE_DIRTY_H
#define STORE_DIRTY_H

#include "store/sql.h"

/* One that is stored; where it waits already, once is enough. */
bool dirty_add(struct db *db, int64_t item, struct err *e) MUST_USE;
/* New ones: all ids between are of items in that scope. */
bool dirty_add_run(struct db *db, int64_t scope, int64_t first, int64_t last,
                   struct err *e) MUST_USE;
/* Whoever has the item as its parent; the second, whoever names it by that key. */
bool dirty_add_children(struct db *db, int64_t source, struct str vid, struct str key,
                        struct err *e) MUST_USE;
bool dirty_add_children_by_key(struct db *db, struct str key, struct err *e) MUST_USE;
/* All of the scope. */
bool dirty_add_scope(struct db *db, int64_t scope, struct err *e) MUST_USE;

/* *ret: it waited. */
bool dirty_remove(struct db *db, int64_t scope, int64_t item, bool *ret,
                  struct err *e) MUST_USE;
/* It is in that scope no more. */
bool dirty_leave_run(struct db *db, int64_t scope, int64_t item, bool *ret,
                     struct err *e) MUST_USE;
/* Rows of dirty with ids between. */
bool dirty_remove_rows(struct db *db, int64_t scope, int64_t first, int64_t last,
                       struct err *e) MUST_USE;
/* What runs hold up to an id. */
bool dirty_remove_runs(struct db *db, int64_t scope, int64_t last,
                       struct err *e) MUST_USE;

#endif

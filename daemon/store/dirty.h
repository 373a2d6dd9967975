/*
 * Items that wait for evaluation: rows of dirty, one an item, and of dirty_run, one for
 * new items with ids in a row, each of which is there and in the run's scope. Engine
 * thread, in the caller's transaction.
 */
#ifndef STORE_DIRTY_H
#define STORE_DIRTY_H

#include "store/sql.h"

/* Of a row of item in a statement that writes dirty rows: it is not in a run. */
#define DIRTY_NO_RUN                                                                   \
    " coalesce((SELECT d.last FROM dirty_run d WHERE d.scope = item.scope AND d.first"  \
    " <= item.id ORDER BY d.first DESC LIMIT 1), 0) < item.id"

/* One that is stored; where it waits already, once is enough. */
bool dirty_add(struct db *db, int64_t item, struct err *e) MUST_USE;
/* New ones: all ids between are of items in that scope. */
bool dirty_add_run(struct db *db, int64_t scope, int64_t first, int64_t last,
                   struct err *e) MUST_USE;
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

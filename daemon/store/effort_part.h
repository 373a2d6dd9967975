/*
 * Where a day's work went, as rows: a day has thousands of parts, and the strategy few
 * places for them.
 */
#ifndef STORE_EFFORT_PART_H
#define STORE_EFFORT_PART_H

#include "core/effort.h"
#include "store/db.h"
#include "store/sql.h"

/* Of a day since 1970 that has no rows yet; for the goals that parts of a node count for
   in `s`. What is needed on the way goes into `a`. */
bool effort_save_parts(struct db *db, const struct strategy *s, int64_t day,
                       const struct effort_day *d, struct arena *a,
                       struct err *e) MUST_USE;

/* The same by item, whatever it was for: rows that wait until the caller writes them. */
void effort_items_begin(struct db *db, struct sql_rows *ret);
bool effort_save_items(struct sql_rows *to, int64_t day, const struct effort_day *d,
                       struct err *e) MUST_USE;

/* What of it is in progress for each objective or bucket, and for how much of that
   nobody is there. */
bool effort_save_goals(struct db *db, const struct strategy *s, int64_t day,
                       const struct effort_work *w, size_t n, struct arena *a,
                       struct err *e) MUST_USE;

#endif

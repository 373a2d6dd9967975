/*
 * The index that suggestions are found by (core/suggest.h), and the look-up.
 *
 * It holds a document for each initiative and bucket of the strategy and for each
 * epic-level item in view that has a link and is not private; nothing of the many items
 * below. Evaluation only notes the items it may concern; the index follows in idle time
 * (db_suggest_step), a bounded piece in each transaction, so that neither a sync nor an
 * evaluation waits for it. A document that turns private leaves it at once with its
 * words (store/suggest_word.h). What is linked to what is read from the links
 * themselves. The index is the same whatever way it came about.
 *
 * It was SQLite's FTS5, read word by word through fts5vocab, since the ranking is our
 * own. Rows of (word, document) give the same answers: 5,295 look-ups of the bench took
 * 1,163 million instructions instead of 2,198, and what is deleted is gone at once.
 */
#ifndef STORE_SUGGEST_H
#define STORE_SUGGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/strategy.h"
#include "core/suggest.h"
#include "store/sql.h"

/* ---- suggest_index.c; engine thread, in a transaction of the caller ---- */

/* The item may have come into the index, left it or changed. */
bool suggest_note(struct db *db, int64_t item, struct err *e) MUST_USE;
/* Its document goes at once. */
bool suggest_forget(struct db *db, int64_t item, struct err *e) MUST_USE;
/* Without a write: whether a step has something to do. */
bool suggest_has_work(struct db *db, const struct strategy *s, bool *ret,
                      struct err *e) MUST_USE;

/* ---- suggest_trial.c; likewise ---- */

/* Chooses the linked items that are asked about. */
bool suggest_trials_begin(struct db *db, struct err *e) MUST_USE;
/* Asks about some; *ret_over: these were the last, and the grades are set. */
bool suggest_trials_run(struct db *db, const struct strategy *s, bool *ret_over,
                        struct err *e) MUST_USE;

/* ---- suggest_find.c; any thread that has a connection ---- */

/* Whether work can be linked to it now: a bucket, or an initiative that is proposed or
   active. Without a connection. */
bool suggest_may(const struct strategy *s, struct str node);

/* What the item's texts say, whether it is linked or not: nothing of a private one, nor
   of one that is not stored. Texts of the result live in `a`. */
bool suggest_find(struct db *db, const struct strategy *s, int64_t item,
                  struct arena *a, struct suggestions *ret, struct err *e) MUST_USE;

#endif

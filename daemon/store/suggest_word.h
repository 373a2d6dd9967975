/*
 * Which documents of the index (store/suggest.h) have which words, in the title or in
 * the body, and how many documents have each. Words are rows and parameters: no text of
 * an item is ever a query.
 */
#ifndef STORE_SUGGEST_WORD_H
#define STORE_SUGGEST_WORD_H

#include "base/arena.h"
#include "core/suggest.h"
#include "store/sql.h"

/* ---- engine thread, in a transaction of the caller ---- */

/* From now on the document has these words (suggest_terms), and no others. */
bool suggest_words_put(struct db *db, int64_t doc, struct str title, struct str body,
                       struct err *e) MUST_USE;
/* Nothing is left of the document. One that is not there has no words. */
bool suggest_words_remove(struct db *db, int64_t doc, struct err *e) MUST_USE;

/* ---- any thread that has a connection ---- */

/* 0: none has it. */
bool suggest_docs_with(struct db *db, struct str term, int64_t *ret,
                       struct err *e) MUST_USE;
/* Fills in w->hits, `docs` of them at most. */
bool suggest_read_hits(struct db *db, int64_t docs, struct arena *a,
                       struct suggest_word *w, struct err *e) MUST_USE;

#endif

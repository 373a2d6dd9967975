/*
 * How many documents of the index (store/suggest.h) have each word; kept with every
 * document that comes, changes or goes.
 */
#ifndef STORE_SUGGEST_WORD_H
#define STORE_SUGGEST_WORD_H

#include "store/sql.h"

/* Adds `by`, 1 or -1, for each word that the document has in the index now: before it
   goes, after it came. One that is not there has none. In the caller's transaction. */
bool suggest_count_words(struct db *db, int64_t doc, int by, struct err *e) MUST_USE;
/* 0: none has it. */
bool suggest_docs_with(struct db *db, struct str term, int64_t *ret,
                       struct err *e) MUST_USE;

#endif

/*
 * An item turned private: what was written of it before loses its words, at
 * once and whatever else is known. Findings keep their rows and are worded anew
 * when they are evaluated; of messages, frozen or sent, its key stays. Engine
 * thread, in a transaction.
 */
#ifndef STORE_HIDE_H
#define STORE_HIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "store/sql.h"

/* `a` holds what is needed meanwhile. */
bool hide_item(struct db *db, int64_t item, struct arena *a, struct err *e) MUST_USE;

#endif

/*
 * A row of kr_value, for the files of the store that tell one.
 */
#ifndef STORE_VALUE_ROW_H
#define STORE_VALUE_ROW_H

#include "store/value.h"

/* Behind all that was told before. Inside a transaction. */
bool value_row_add(struct db *db, const struct checkin *c, enum value_origin origin,
                   const struct actor *by, struct wall now, struct err *e) MUST_USE;
bool value_row_remove(struct db *db, int64_t n, struct err *e) MUST_USE;

#endif

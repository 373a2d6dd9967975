/* Names as people write them, to rows. Engine or reader thread. */
#ifndef STORE_FIND_H
#define STORE_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct db;

/*
 * An item by key (case ignored), or as "SOURCE:KEY" where keys collide.
 * ERR_NOT_FOUND; ERR_CONFLICT names how to tell two apart.
 */
bool find_item(struct db *db, struct str name, int64_t *ret_id, struct err *e) MUST_USE;
/* The item's parent: by vid, else by the key it has or had, in its own source first;
   0: none stored. */
bool find_parent(struct db *db, int64_t item, int64_t *ret_id, struct err *e) MUST_USE;
/* A finding by a prefix of its id that is unique; ERR_NOT_FOUND. */
bool find_finding(struct db *db, struct str prefix, int64_t *ret_n,
                  struct err *e) MUST_USE;

#endif

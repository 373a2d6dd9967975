/* The state directory and what trackers noted, as part of the status. Reader thread. */
#ifndef STORE_READ_PLACE_H
#define STORE_READ_PLACE_H

#include "store/db.h"

/* Facts about the source `name`, by key. */
bool read_notes(struct db *db, struct str name, struct arena *a, struct note_row **ret,
                size_t *ret_n, struct err *e) MUST_USE;
/* What cannot be found out is -1 or 0; no failure but memory's and the database's. */
bool read_place(struct db *db, struct arena *a, struct place_row *ret,
                struct err *e) MUST_USE;

#endif

/*
 * What the indices of legibility and synchronicity are made of, from what is stored.
 * Reader thread; memory is the arena's. Cost goes by what happened in the window.
 */
#ifndef STORE_UNDERSTOOD_H
#define STORE_UNDERSTOOD_H

#include "core/legibility.h"
#include "core/synchronicity.h"
#include "store/db.h"

/* Nodes that delivered messages have named. */
bool db_read_shown(struct db *db, struct arena *a, struct shown **ret, size_t *ret_n,
                   struct err *e) MUST_USE;
/* Epic-level items made since then and seen within a day of it, in view, neither exempt
   nor ideas, as far as that is known of closed ones; with when they were made. */
struct epic_row {
    struct wall created;
    struct new_epic v;
};
bool db_read_new_epics(struct db *db, struct wall since, struct arena *a,
                       struct epic_row **ret, size_t *ret_n, struct err *e) MUST_USE;
/* Tells when items went in progress, from the first event on. */
bool db_read_begun(struct db *db, struct waits *w, struct err *e) MUST_USE;
/* From firing to resolution, of findings resolved since then that chat was told of; those
   that still fire are among `of`. */
bool db_read_alerts(struct db *db, struct wall since, struct arena *a,
                    struct delays *ret, struct err *e) MUST_USE;

#endif

/*
 * What became of each firing that is no baseline's, kept as it happens, and what rules are
 * judged by: core/precision.h. Engine thread, in the transaction of what happens.
 */
#ifndef STORE_FIRING_H
#define STORE_FIRING_H

#include "core/precision.h"
#include "store/finding_row.h"

/* firing.how */
enum {
    FIRING_LINKED = 1, /* one of three when it is over: */
    FIRING_OTHER = 2,
    FIRING_EXEMPTED = 4,
    FIRING_SILENCED = 8,
    FIRING_ACKED = 16, /* or snoozed */
};

bool firing_begin(struct db *db, const struct finding_stored *f, struct wall now,
                  struct err *e) MUST_USE;
/* Over, as f->ended_by says. */
bool firing_end(struct db *db, const struct finding_stored *f, struct wall now,
                struct err *e) MUST_USE;
/* A message tells that it fires. */
bool firing_told(struct db *db, const struct finding_stored *f, struct wall now,
                 struct err *e) MUST_USE;
/* People did something about it: SILENCED or ACKED. */
bool firing_acted(struct db *db, int64_t finding, unsigned how, struct wall now,
                  struct err *e) MUST_USE;

#endif

/*
 * Over the days of one step (store/effort.h): what shows that items are worked on, and
 * how many of them are in progress by name.
 */
#ifndef STORE_EFFORT_SEEN_H
#define STORE_EFFORT_SEEN_H

#include "base/map.h"
#include "store/db.h"

/* The item came into progress, changed hands or status, or was edited. */
struct sign {
    struct wall at;
    int64_t item;
    bool edit;
};
/* By time; edits that are part of a mass edit are left out. */
bool signs_load(struct db *db, struct arena *a, struct wall begin, struct wall end,
                struct sign **ret, size_t *ret_n, struct err *e) MUST_USE;

struct presence {
    int64_t in_progress, unattributed;
};
/* For each team that has any, and for the empty one, which is everybody: one for each
   of the days that bounds[0..n] part. The map is owned by the caller. */
bool presence_load(struct db *db, struct arena *a, const struct wall *bounds, size_t n,
                   struct map **ret, struct err *e) MUST_USE;

#endif

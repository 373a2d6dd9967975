/*
 * Listing a scope as a whole, to find what has vanished: feeds of changes do not
 * tell. While a scope is listed, the rows that pages and sightings meet are
 * remembered as bits in memory; what is left over at the end is missing, and the
 * tracker is asked for it (store/fate.h takes the answers). A listing that is cut
 * short, by a failure, a restart or a merge of scopes, concludes nothing; the
 * scope stays due and is listed again.
 *
 * A listing that lacks half of what was there says more of whoever reads than of
 * the issues: it is doubted. The scope is failed until a listing finds them
 * again, or a person accepts that they are gone.
 *
 * Engine thread, in the page's transaction.
 */
#ifndef STORE_LISTING_H
#define STORE_LISTING_H

#include "store/db.h"
#include "store/sync.h"

/* Between three quarters and all of `reconcile` after the last listing, at a time of
   the scope's own; hourly while it is doubted. Not before a first walk is complete. */
bool listing_is_due(const struct tracker_conf *conf, const struct sync_scope *c,
                    struct wall now);
/* A first complete walk is a listing, too: nothing older can be missing. */
bool listing_synced(struct db *db, struct sync_scope *c, struct wall now,
                    struct err *e) MUST_USE;
/* The scope is failed for what its listing lacks, also after another failure. */
bool listing_doubt(struct db *db, struct sync *s, struct sync_scope *c, struct wall now,
                   struct err *e) MUST_USE;
void listing_drop(struct sync_scope *c); /* it is concluded from no more */
/* The item exists; nothing to do where no scope is listed. */
void listing_met(struct sync *s, int64_t item);

/* Events LISTING, before the page's items; its sightings; events LISTED, at the end. */
bool listing_begins(struct db *db, struct sync *s, const struct feed *feed,
                    struct err *e) MUST_USE;
bool listing_sightings(struct db *db, struct sync *s, const struct feed *feed,
                       struct wall now, struct page_stats *st, struct err *e) MUST_USE;
bool listing_ends(struct db *db, struct sync *s, const struct feed *feed,
                  struct wall now, struct page_stats *st, struct err *e) MUST_USE;

#endif

/*
 * What became of items that a listing lacked, by the tracker's own word. One
 * that is gone leaves the view: aggregates, findings and children go by that,
 * while its links, spans, baseline and what people wrote stay for its return.
 * One that is hidden stays as it is, and its findings with it.
 *
 * Engine thread, in the page's transaction; reading on any.
 */
#ifndef STORE_FATE_H
#define STORE_FATE_H

#include "store/db.h"
#include "store/sync.h"

/* The row that a fate is of. Views live in the arena it was read into. */
struct fate_row {
    int64_t id, scope;
    enum item_category category;
    enum item_outcome outcome;
    unsigned has;
    bool private_;
    struct str vid, key;
};
/* *ret_found false: no such item. */
bool fate_row_find(struct db *db, int64_t source, struct str vid, struct arena *a,
                   struct fate_row *ret, bool *ret_found, struct err *e) MUST_USE;

bool fates_apply(struct db *db, struct sync *s, const struct feed *feed,
                 struct wall now, struct page_stats *st, struct err *e) MUST_USE;
/* The item was met again: it is back in view, or may be read again. */
bool fate_clear(struct db *db, struct sync *s, int64_t item, struct wall now,
                struct page_stats *st, struct err *e) MUST_USE;
/* One more of that fate among those the scope's listing lacked; -1: HIDDEN, less. */
bool fate_count(struct db *db, int64_t scope, enum item_fate kind, int by,
                struct err *e) MUST_USE;

/* An item's fate as it is stored; `text` for people, "deleted in GitHub". */
struct fate_stored {
    enum item_fate kind; /* PRESENT: none is */
    struct wall at;
    struct str text;
};
bool fate_read(struct db *db, int64_t item, struct arena *a, struct fate_stored *ret,
               struct err *e) MUST_USE;
const char *fate_name(enum item_fate kind);

/* ---- moved.c ---- */

/*
 * The same issue under another vid: the row takes it and keeps all it has. Where
 * a page has brought the other vid already, the two become one: the history of
 * the row that was there first, the data of the newer, no finding told twice.
 */
bool moved_apply(struct db *db, struct sync *s, const struct fate_row *r,
                 struct str to_vid, struct arena *a, struct wall now,
                 struct page_stats *st, struct err *e) MUST_USE;
/* An answer from before the move, which is older than what is known. */
bool moved_is_former(struct db *db, const struct sync *s, struct str vid, bool *ret,
                     struct err *e) MUST_USE;
/* `alignctl why OLDKEY` finds it. */
bool moved_key(struct db *db, int64_t item, struct str key, struct err *e) MUST_USE;
/* What is left of the row that became one with another; nothing counts it any more. */
bool moved_forget(struct db *db, int64_t item, struct err *e) MUST_USE;

#endif

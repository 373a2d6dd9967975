/*
 * A running sync of one source as the engine's connection remembers it: ids
 * and states of the source and its scopes, so that a page asks no row of them.
 * Built by db_sync_begin or on the first page after a failure; dropped when a
 * transaction that changed it fails, so that it never differs from the rows.
 */
#ifndef STORE_SYNC_H
#define STORE_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "store/scope.h"

struct db;

struct sync_scope {
    int64_t id;
    struct str name, vid, error;
    uint64_t cursor_hash;
    enum scope_state state;
    bool seen;
    struct wall first_seen, synced_at, failed_since;
    enum err_kind err_kind;
    int64_t more_items, more_open; /* by the page being applied */
    /* store/listing.h */
    struct wall listed_at;
    bool believe;           /* the next listing, whatever it lacks */
    int64_t lacks, lacks_of; /* the last one, which was not believed; 0: it was */
    bool listing;
    int64_t list_mark; /* items up to this id were there when it began */
};

struct sync {
    struct sync *next; /* owned by db */
    struct arena *a;   /* owned; everything below lives in it */
    struct str name;
    int64_t source;
    struct wall started, last_ok, paused_until;
    bool marked; /* the row says that it is syncing */
    bool failed; /* an event said that the source itself fails */
    struct err failure;
    struct err stored; /* the row's error; kind ERR_NONE: none */
    struct wall err_since;
    int64_t rate_limit, rate_remaining, skew;
    struct wall rate_reset;
    bool rate_changed;
    struct map *by_name; /* owned; scope name -> struct sync_scope */
    struct sync_scope **scopes;
    size_t n_scopes, cap_scopes;
    uint64_t *met; /* owned; one bit for each item up to an id: met since a listing began */
    size_t n_met;  /* words */
    bool has_moved; /* some item of the source was known by another vid */
};

/* The sync in memory, or loaded now; ERR_NOT_FOUND: no such source. */
bool sync_get(struct db *db, const struct tracker_conf *conf, struct wall now,
              struct sync **ret, struct err *e) MUST_USE;
void sync_drop(struct db *db, struct str name); /* what is in memory may be wrong */
void syncs_free(struct db *db);                 /* idempotent */

/* In the page's transaction. A scope not heard of yet is created. */
bool sync_scope_get(struct db *db, struct sync *s, struct str name, struct wall now,
                    struct sync_scope **ret, struct err *e) MUST_USE;
/* When all that was there before is known to have been seen; 0: never. */
struct wall sync_scope_known(const struct sync *s, const struct sync_scope *c);

struct sync_scope *sync_scope_add(struct sync *s, struct str name, struct err *e);
struct sync_scope *sync_scope_by_id(const struct sync *s, int64_t id); /* NULL: none */
void sync_scope_clear_error(struct sync_scope *c);
/* Into a state; its items wait for evaluation when they come into view or leave it. */
bool sync_scope_enter(struct db *db, struct sync_scope *c, enum scope_state to,
                      struct err *e) MUST_USE;
bool sync_scope_save(struct db *db, const struct sync_scope *c, struct err *e) MUST_USE;

/* Events that must be applied before a page's items, and those after. */
bool sync_events_before(struct db *db, struct sync *s, const struct feed *feed,
                        struct wall now, struct err *e) MUST_USE;
bool sync_events_after(struct db *db, struct sync *s, const struct tracker_conf *conf,
                       const struct feed *feed, struct wall now, struct err *e) MUST_USE;
/* Whether the events would write nothing: the answer to "anything new?" was no. */
bool sync_events_are_idle(const struct sync *s, const struct tracker_conf *conf,
                          const struct feed *feed, struct wall now);
/* Rate budget and clock of the answer; remembered until a row is written anyway. */
void sync_take_rates(struct sync *s, const struct feed *feed, struct wall now);
/* The row says that it is syncing, and no longer paused when that is over. */
bool sync_mark(struct db *db, struct sync *s, struct wall now, struct err *e) MUST_USE;
bool sync_save_counts(struct db *db, struct sync *s, struct err *e) MUST_USE;
/* feed.memory and feed.notes, where they differ from what is stored. */
bool sync_save_memory(struct db *db, struct sync *s, struct str memory,
                      struct err *e) MUST_USE;
bool sync_save_notes(struct db *db, struct sync *s, const struct feed *feed,
                     struct wall now, struct err *e) MUST_USE;

/* How old the last complete look may be before nothing is concluded from it. */
struct dur sync_patience(const struct tracker_conf *conf);

#endif

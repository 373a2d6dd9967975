/*
 * The store's threads: one *engine* thread that owns the only connection that
 * writes and checkpoints, and one *reader* thread with a read-only
 * connection; besides an *aside* thread for what reads and takes seconds. Each begins
 * with the work there is and ends two seconds after the last of it, so that what malloc
 * keeps for a thread is not kept while nothing happens; top and a debugger show them as
 * "store engine" and so on. Work is submitted from the loop
 * and runs in order of submission; its completion runs on the loop.
 *
 * Not uv_queue_work: the pool promises no order and shares its threads with
 * DNS. Queues are bounded: a full one is ERR_LIMIT and back-pressure, never a
 * wait on the loop.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"

struct store;
struct db; /* store/db.h; only inside a store_run_fn */

/* On the engine, the reader or the aside thread. What it does to the database is one or more
   whole db_* operations, each its own transaction. */
typedef bool store_run_fn(struct db *db, void *arg, struct err *e);
/* On the loop, once for each accepted submission; `err` is set when !ok. */
typedef void store_done_fn(void *arg, bool ok, const struct err *err);

struct store_options {
    const char *dir; /* state directory, 0700; borrowed for the call */
    const struct clock *clock;
    /* Called now and then, on the calling thread, while store_open works long. */
    void (*busy)(void *arg, const char *what);
    void *busy_arg;
};

/* What opening found, for the log and the first alert. */
struct store_opened {
    bool created;  /* no database was there */
    bool unclean;  /* the last stop was not clean: quick_check ran */
    bool restored; /* it was corrupt (set aside) or missing: the backup taken */
    bool anew;     /* it was corrupt, and no backup was there: begun anew */
    unsigned migrated_from, migrated_to;
    char aside[256]; /* where the corrupt file went; empty: it was missing */
};

/*
 * Blocks: opens alignd.db in `dir` under a lock (ERR_CONFLICT when another
 * instance holds it), checks application_id and user_version, migrates in one
 * transaction (a copy of the old file is kept beside it).
 */
bool store_open(uv_loop_t *loop, const struct store_options *opt, struct store **ret,
                struct store_opened *ret_opened, struct err *e) MUST_USE;

bool store_submit(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                  struct err *e) MUST_USE; /* engine */
bool store_read(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                struct err *e) MUST_USE; /* reader */

/* For what reads and takes seconds: on a thread of its own, one at a time. ERR_LIMIT while another one runs. */
bool store_aside(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                 struct err *e) MUST_USE;

/*
 * For the watchdog: moves while the engine makes progress, within one long
 * statement too (sqlite3_progress_handler).
 */
uint64_t store_heartbeat(const struct store *s);
bool store_is_idle(const struct store *s); /* nothing queued or running on the engine */

/* Before store_close, where something waits for a thread of it: a backup that runs gives
   up, and so does what runs aside. */
void store_hurry(struct store *s);

/*
 * Runs what is queued, closes both connections (checkpoint, clean mark),
 * joins the threads; `closed` runs on the loop, after which `s` is gone.
 */
void store_close(struct store *s, void (*closed)(void *arg), void *arg);

#endif

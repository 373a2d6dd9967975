/*
 * Runs the syncs of one source: carries out what core/cycle decides. Requests
 * go out on the loop; answers are inflated, parsed and stored on the engine,
 * one operation each, where the tracker lives too. Loop thread.
 */
#ifndef APP_SYNC_RUN_H
#define APP_SYNC_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "base/err.h"
#include "io/http.h"
#include "store/store.h"

struct sync_run;

struct sync_hooks {
    void *arg;
    struct live *(*live)(void *arg); /* borrowed: the generation in force */
    /* Something worth evaluating was stored. */
    void (*stored)(void *arg);
    /* A sync is over; `failure`: of it, or of some scope. Scopes' are logged already. */
    void (*ended)(void *arg, const struct sync_run *run, const struct err *failure);
    void (*state)(void *arg); /* status has changed */
};

struct sync_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct http *http;
    struct store *store;
    struct sync_hooks hooks;
    bool once; /* no timer of its own: ticks come from outside only */
};

/*
 * `name` is copied. The first tick comes at once, spread by a little jitter, or after
 * `paused`: what is left of a rate limit's pause that an earlier process was told.
 */
bool sync_run_create(const struct sync_deps *deps, struct str name, struct dur paused,
                     struct sync_run **ret, struct err *e) MUST_USE;
struct str sync_run_name(const struct sync_run *r);
/* Somebody asks for a sync of all: now, or once more after the one that runs. */
void sync_run_tick(struct sync_run *r);
/*
 * The wall clock was set, and the store knows: as a tick, and one that waits for a rate
 * limit to end begins anew at once. Its wait counts by the old clock: set back by a day,
 * a pause of ten minutes would last that day. `once` waits on: it syncs once.
 */
void sync_run_clock_set(struct sync_run *r);
bool sync_run_is_running(const struct sync_run *r);
/* By the clock as it is now; 0: while one runs. */
struct wall sync_run_next_due(const struct sync_run *r);
/* Why the store failed the last sync; kind ERR_NONE: it did not. Until the loop turns. */
const struct err *sync_run_store_error(const struct sync_run *r);
int64_t sync_run_count(const struct sync_run *r); /* syncs ended since the start */
int64_t sync_run_requests(struct sync_run *r);    /* sent within the last hour */
/* Cancels what runs; `closed` on the loop when nothing of it is left; frees it. */
void sync_run_close(struct sync_run *r, void (*closed)(void *arg), void *arg);

#endif

/*
 * The store's housekeeping: retention, the daily backup, the checkpoint that
 * gives space back. Once when it is asked for first, then every hour; what is
 * due decides the store. Loop thread.
 */
#ifndef APP_UPKEEP_RUN_H
#define APP_UPKEEP_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

struct upkeep_run;

struct upkeep_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
    /* One is over; `failure` NULL: it went well. */
    void (*ended)(void *arg, const struct err *failure);
};

bool upkeep_run_create(const struct upkeep_deps *deps, struct upkeep_run **ret,
                       struct err *e) MUST_USE;
void upkeep_run_begin(struct upkeep_run *r);
/* The first one is over, and none runs. */
bool upkeep_run_is_done(const struct upkeep_run *r);
void upkeep_run_close(struct upkeep_run *r, void (*closed)(void *arg), void *arg);

#endif

/*
 * Splits days that are over, a month of them at a time, on the engine: when evaluation
 * has found that some are, and no more often than once a minute, so that a history that
 * comes in many answers is not split for each of them. Loop thread.
 */
#ifndef APP_EFFORT_RUN_H
#define APP_EFFORT_RUN_H

#include <stdbool.h>

#include "app/live.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

struct effort_run;

struct effort_deps {
    const struct clock *clock;
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
    /* All days are split; `failure` NULL: it went well. */
    void (*ended)(void *arg, const struct err *failure);
};

bool effort_run_create(const struct effort_deps *deps, struct effort_run **ret,
                       struct err *e) MUST_USE;
/* There are days to be split. Not now: evaluation says so again. */
void effort_run_request(struct effort_run *r);
bool effort_run_is_idle(const struct effort_run *r);
void effort_run_close(struct effort_run *r, void (*closed)(void *arg), void *arg);

#endif

/*
 * Keeps suggestions up to date while nothing else is to be done: piece after piece on
 * the engine, each a short transaction, behind which whatever was asked for meanwhile
 * goes first. Loop thread.
 */
#ifndef APP_SUGGEST_RUN_H
#define APP_SUGGEST_RUN_H

#include <stdbool.h>

#include "app/live.h"
#include "base/attr.h"
#include "base/err.h"
#include "store/store.h"

struct suggest_run;

struct suggest_deps {
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
    bool (*may)(void *arg);          /* nothing else is to be done; asked each time */
    /* It has stopped: nothing is left (`failure` NULL, done), or it may not go on. */
    void (*ended)(void *arg, const struct err *failure);
};

bool suggest_run_create(const struct suggest_deps *deps, struct suggest_run **ret,
                        struct err *e) MUST_USE;
/* There is something to do, unless it runs already. */
void suggest_run_kick(struct suggest_run *r);
bool suggest_run_is_idle(const struct suggest_run *r);
void suggest_run_close(struct suggest_run *r, void (*closed)(void *arg), void *arg);

#endif

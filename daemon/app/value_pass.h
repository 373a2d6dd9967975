/*
 * One look at all that values of key results come from, but for what is asked over the
 * network: read on the reader's thread, stored on the engine's, told on the loop. Owned
 * by value_run.c, one thread at a time.
 */
#ifndef APP_VALUE_PASS_H
#define APP_VALUE_PASS_H

#include <stdbool.h>

#include "app/live.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/check_ins.h"
#include "store/value.h"

struct value_pass {
    struct live *live; /* one reference */
    struct wall now;
    struct date today; /* in the zone of the configuration */
    struct arena *a;   /* owned */

    /* the check-ins file */
    bool known; /* `lines` is what it says; else it stays as it was */
    struct check_ins lines;
    struct buf said; /* about it, for the log */
    char first[512]; /* of that, for status; empty: nothing is wrong */
    struct file_changes changes;
};

/* NULL: out of memory. */
struct value_pass *value_pass_create(struct live *live, struct wall now);
void value_pass_destroy(struct value_pass *p);

/* store_run_fn: on the reader, then on the engine. */
bool value_pass_read(struct db *db, void *arg, struct err *e);
bool value_pass_store(struct db *db, void *arg, struct err *e);

#endif

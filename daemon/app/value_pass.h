/*
 * One look at all that values of key results come from: the check-ins file, files of
 * values, counted items, and what is to be asked over the network, which value_run.c
 * does. Owned by it, used by one thread at a time: the functions below run on the
 * reader's thread and on the engine's.
 */
#ifndef APP_VALUE_PASS_H
#define APP_VALUE_PASS_H

#include <stdbool.h>

#include "app/live.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/http_msg.h"
#include "config/check_ins.h"
#include "store/value.h"

/* A key result whose value is wanted now. */
struct value_want {
    const struct key_result *kr;
    uint64_t question;
    unsigned failures;               /* in a row, of this question */
    const struct conf_value *source; /* NULL: it is not asked over the network */
    struct value_items *items;       /* owned; NULL: none are counted */
};

struct value_pass {
    struct live *live; /* one reference */
    struct wall now;
    struct date today; /* in the zone of the configuration */
    bool all;          /* also what is not due yet */
    struct arena *a;   /* owned */

    /* the check-ins file */
    bool known; /* `lines` is what it says; else it stays as it was */
    struct check_ins lines;
    struct buf said; /* about it, for the log */
    char first[512]; /* of that, for status; empty: nothing is wrong */
    struct file_changes changes;

    /* sources */
    struct value_want *wants; /* those with a `source` are still to be asked */
    size_t n_wants, cap_wants;
    struct value_reading *readings; /* what is known of the others */
    size_t n_readings, cap_readings;
    struct value_count *counts; /* of the wants with `items`, in their order */
    size_t n_counts;
    int64_t count_at;
    bool counting;    /* not all items were looked at yet */
    struct wall next; /* when another is due; 0: none is known */
    bool news;        /* another value is stored than before */
};

/* NULL: out of memory. */
struct value_pass *value_pass_create(struct live *live, bool all, struct wall now);
void value_pass_destroy(struct value_pass *p);

/* On the reader: reads the files and says what is wanted; then, while `counting`, looks
   at more items. */
bool value_pass_read(struct value_pass *p, struct db *db, struct err *e) MUST_USE;
bool value_pass_count(struct value_pass *p, struct db *db, struct err *e) MUST_USE;
/* On the engine: stores all but what is still to be asked. */
bool value_pass_store(struct value_pass *p, struct db *db, struct err *e) MUST_USE;

/* On the engine: what asking for a value came to; exactly one of the two is set. */
bool value_pass_answer(struct value_pass *p, const struct value_want *w,
                       const struct http_response *resp, const struct err *failure,
                       struct wall now, struct db *db, struct err *e) MUST_USE;
/* The request for a value. */
bool value_pass_request(struct value_pass *p, const struct value_want *w,
                        struct http_request *ret, struct err *e) MUST_USE;

#endif

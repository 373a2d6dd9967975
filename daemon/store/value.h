/*
 * Values of key results that nobody types in: those of the check-ins file and those of
 * value sources, kept beside what people say (store/checkin.c) and read with it
 * (db_read_kr): of a day the one told last counts, whoever told it. Operations as in
 * store/db.h.
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/checkin.h"
#include "core/value.h"
#include "store/db.h"

/* Stored numbers. */
enum value_origin { ORIGIN_PERSON = 0, ORIGIN_FILE = 1, ORIGIN_SOURCE = 2 };

/* ---- the check-ins file ---- */

struct file_changes {
    uint64_t added, removed; /* a line that says something else now is both */
};
/*
 * The file now says exactly this: one for each key result and day, by id and day. What
 * it said before and says no more is gone; what is as it was is not written again and
 * keeps its place among what was told. The audit row of a change names `file`.
 */
bool db_checkins_set(struct db *db, struct str file, const struct checkin_line *v,
                     size_t n, struct wall now, struct file_changes *ret,
                     struct err *e) MUST_USE;

/* ---- value sources ---- */

/* What asking for the value of one key result came to. */
struct value_reading {
    struct str kr;
    uint64_t question;  /* core/value.h */
    struct str from;    /* the source's name for people */
    struct err failure; /* kind ERR_NONE: there is a value */
    struct date day;
    double value;
    struct wall next; /* when to ask again */
};
/*
 * Keeps the value as the source's only one of its day, or that there is none: then the
 * one before stays what it was. *ret_changed: another value is known than before.
 */
bool db_value_record(struct db *db, const struct value_reading *r, struct wall now,
                     bool *ret_changed, struct err *e) MUST_USE;

/* By id; of those kept. */
bool db_read_values(struct db *db, struct arena *a, struct value_state **ret,
                    size_t *ret_n, struct err *e) MUST_USE;
/* Forgets how it goes with key results that are not among these, which are by id. */
bool db_values_keep(struct db *db, const struct str *krs, size_t n,
                    struct err *e) MUST_USE;

/* ---- counted items ---- */

struct value_count {
    const struct value_items *items; /* borrowed */
    int64_t n;                       /* counted up */
};
/*
 * Looks at the next 1,000 items behind id *at, which begins with 0, for all counts at
 * once. A walk of all items is for once a day; a caller lets others between its calls.
 */
bool db_read_counts(struct db *db, struct value_count *v, size_t n, int64_t *at,
                    bool *ret_more, struct err *e) MUST_USE;
/* Whether a source's items may be concluded from, and whether it was read once. */
bool db_read_fresh(struct db *db, struct str source, bool *ret_fresh, bool *ret_synced,
                   struct err *e) MUST_USE;

#endif

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

struct value_state {
    struct str kr;
    uint64_t question;
    struct wall tried, ok, next;
    struct wall failed_since; /* 0: the last try went well */
    unsigned failures;        /* in a row */
    struct str error;
};
/* By id; of all key results that were ever asked for. */
bool db_read_values(struct db *db, struct arena *a, struct value_state **ret,
                    size_t *ret_n, struct err *e) MUST_USE;

#endif

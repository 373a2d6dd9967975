/*
 * What a key result is said to stand at on a day, and how the text of such a word is
 * read: the same for a person's command, a line of the check-ins file and the answer of
 * a value source. Pure; any thread. Failures are ERR_USAGE, or ERR_NOT_FOUND for a key
 * result that there is not; a message says what to write instead.
 */
#ifndef CORE_CHECKIN_H
#define CORE_CHECKIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"
#include "core/strategy.h"

struct checkin {
    struct str kr; /* id, of one that the strategy has */
    struct date day;
    double value;
    int64_t confidence; /* percent; -1: not told */
    struct str note;
};

/* One of a file. */
struct checkin_line {
    struct checkin said;
    struct str by; /* who the line names, else the file */
};

/* Bytes. */
enum { CHECKIN_MAX_NOTE = 1000, CHECKIN_MAX_BY = 100 };

/* By its id or a former one; NULL: *e tells a near one. */
const struct key_result *checkin_find(const struct strategy *s, struct str id,
                                      struct err *e);
/* A finite number that this key result can stand at. */
bool checkin_value(const struct key_result *kr, double v, struct err *e) MUST_USE;
bool checkin_parse_value(const struct key_result *kr, struct str text, double *ret,
                         struct err *e) MUST_USE;
/* Not after `today`; empty text is today. */
bool checkin_parse_day(struct str text, struct date today, struct date *ret,
                       struct err *e) MUST_USE;
/* "80" or "80%"; empty text is -1. */
bool checkin_parse_confidence(struct str text, int64_t *ret, struct err *e) MUST_USE;

#endif

/*
 * Dates on the wire: ISO 8601 as GitHub and Jira write it, HTTP dates, and
 * plain calendar dates. Proleptic Gregorian, UTC, pure; any thread. Years
 * 1970 to 9999; anything else, and any trailing byte, is refused.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

struct date {
    int year, month, day; /* 1-based; year 0: none */
};

/* Days since 1970-01-01; -1 for a date that is not valid. */
int64_t date_to_days(struct date d);
struct date date_from_days(int64_t days); /* out of range: year 0 */
bool date_is_valid(struct date d);
int date_weekday(struct date d); /* 0 Monday .. 6 Sunday; d is valid */
int date_cmp(struct date a, struct date b);
bool date_parse(struct str s, struct date *ret) MUST_USE; /* YYYY-MM-DD */
void date_print(struct buf *out, struct date d); /* not valid: nothing */

/*
 * 2020-12-03T14:05:20.974+0100, ...+01:00, ...Z; fraction and seconds optional,
 * the offset is not. Fractions have 1 to 9 digits, cut to ms. A leap second
 * counts as the second after it.
 */
bool date_parse_iso(struct str s, struct wall *ret) MUST_USE;
/*
 * IMF-fixdate of RFC 9110 5.6.7, and the two obsolete forms. The weekday must
 * be the date's. Two-digit years are 1970 to 2069: the RFC's window around now
 * would need a clock, and no earlier year is in range.
 */
bool date_parse_http(struct str s, struct wall *ret) MUST_USE;
/* 2026-11-22T12:57:00Z; a time out of range prints as the nearest in it. */
void date_print_iso(struct buf *out, struct wall t);

/* "90s", "5m", "24h", "7d" ("wd" is core/calendar's). False: not of the form. */
bool date_parse_dur(struct str s, struct dur *ret) MUST_USE;
/* The two largest units, rounded to zero: "3 d 4 h", "12 min", "45 s", "-2 h". */
void date_print_dur(struct buf *out, struct dur d);

#endif

/*
 * Periods of planning as people write them: 2027Q1, 2027H1, 2027, of the calendar
 * year. Pure; any thread.
 */
#ifndef CORE_PERIOD_H
#define CORE_PERIOD_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/date.h"
#include "base/str.h"

struct period {
    struct date from, to; /* first and last day */
    int months;           /* 3, 6 or 12 */
};

/* Case does not matter. False: not of the form, or not a year from 1971 to 9998. */
bool period_parse(struct str text, struct period *ret) MUST_USE;
/* The one of the same length that ends the day before. */
struct period period_before(struct period p);
/* Length of what ends an id like "-2027q1", with the dash; 0: nothing does. */
size_t period_suffix(struct str id);

#endif

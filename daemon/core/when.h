/*
 * When something that is sent by the calendar is due: on days of the week or on a
 * working day of the month, at a time of day, where the calendar is. Pure; any thread.
 */
#ifndef CORE_WHEN_H
#define CORE_WHEN_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "core/calendar.h"

struct when {
    uint8_t days; /* bit 0 Monday .. bit 6 Sunday; 0: by `nth` */
    int nth;      /* working day of the month, 1 to 20; -1: the last */
    int minute;   /* of the day */
};

/* "Mon 09:00", "Mon,Thu 9:00", "Mon-Fri 08:30", "daily 08:00", "1st working day 08:00",
   "last working day 16:00". ERR_PARSE. */
bool when_parse(struct str s, struct when *ret, struct err *e) MUST_USE;
/* As when_parse reads it. */
void when_print(struct buf *out, const struct when *w);

/*
 * The first such time after `t`. A time that a change of clocks skips is the next that
 * there is, one that comes twice is the first. On days of the week holidays count like
 * any day: what is sent on Mondays is sent on every Monday. INT64_MAX: none before the
 * year 10000.
 */
struct wall when_next(const struct when *w, const struct calendar *cal, struct wall t);

#endif

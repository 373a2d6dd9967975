/*
 * Working days, hours and holidays. Pure, any thread. `1wd` is elapsed time in
 * which days outside the working week and holidays do not count: Friday 15:00 +
 * 1wd is Monday 15:00. A start on a day off counts from the first minute (00:00)
 * of the next working day. With `always` every day is a working day and every
 * minute open. All of it is local time of `tz`; a day on which clocks change is
 * one day. Where no answer exists before the year 10000 it is INT64_MAX.
 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf_key.h"
#include "base/date.h"
#include "base/err.h"
#include "core/tz.h"

struct calendar {
    const struct tz *tz; /* NULL: UTC */
    bool always;       /* hours: always */
    uint8_t days;      /* bit 0 Monday .. bit 6 Sunday; 0: always, too */
    int open, close;   /* minutes of the day, open < close */
    const struct date *holidays; /* sorted, borrowed */
    size_t n_holidays;
};

/*
 * "Mon-Fri 09:00-17:30", "Mon,Wed,Fri 8:00-16:00", "Sat-Tue 0:00-24:00",
 * "always". Sets always, days, open and close; tz and holidays stay as they are.
 */
bool calendar_parse_hours(struct str s, struct calendar *ret, struct err *e) MUST_USE;
/* As calendar_parse_hours reads them; days that follow each other as a range. */
void calendar_print_hours(struct buf *out, const struct calendar *c);
bool calendar_is_working_day(const struct calendar *c, struct date d);
struct wall calendar_add(const struct calendar *c, struct wall t, struct span s);
/* Whole working days between, rounded down; 0 when b <= a. */
int64_t calendar_days_between(const struct calendar *c, struct wall a, struct wall b);
bool calendar_is_open(const struct calendar *c, struct wall t);
struct wall calendar_next_open(const struct calendar *c, struct wall t); /* t if open */
/* The next instant after `t` that is `minute` of a working day. */
struct wall calendar_next_at(const struct calendar *c, struct wall t, int minute);

/* "30s", "5m", "24h", "7d", "10wd", "0"; at most 36500d, 10000wd. */
bool span_parse(struct str s, struct span *ret) MUST_USE;
/* In the largest unit that divides it, which span_parse reads back. */
void span_print(struct buf *out, struct span s);

#endif

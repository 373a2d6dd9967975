/*
 * When the work that is open on an initiative may be done: many runs, each of which closes
 * on every working day to come as many items as were closed on some working day of the
 * last eight weeks, drawn by lot. The lots are the same every time, so the same counts give
 * the same dates everywhere. For the scope that exists today: what is added later is not
 * in it. From too little there is no forecast. Pure; any thread; no memory but the
 * caller's; a few ms at most.
 */
#ifndef CORE_FORECAST_H
#define CORE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "core/calendar.h"

enum {
    FORECAST_DAYS = 56,      /* looked back on */
    FORECAST_CLOSED = 10,    /* fewer in that time, */
    FORECAST_WEEKS = 3,      /* or in fewer weeks of it: no forecast */
    FORECAST_RUNS = 10000,
    FORECAST_FARTHEST = 260, /* working days, a year; what takes longer has no date */
};

/* X(enumerator, name) */
#define FORECAST_STATES(X)                                                             \
    X(FORECAST_KNOWN, "known")                                                         \
    X(FORECAST_NOTHING_OPEN, "nothing-open")                                           \
    X(FORECAST_FEW_CLOSED, "few-closed")                                               \
    X(FORECAST_FEW_WEEKS, "few-weeks")                                                 \
    X(FORECAST_TOO_FAR, "too-far")
enum forecast_state {
#define X(e, name) e,
    FORECAST_STATES(X)
#undef X
};
const char *forecast_state_name(enum forecast_state s);

struct forecast_in {
    struct date today; /* is over for the most part, and counts as to come */
    struct date from;  /* days before it say nothing: the initiative had not begun; year
                          0: all of them do */
    int64_t open;
    /* By day of the calendar, yesterday last. What was closed on a day off counts for
       the next working day. */
    unsigned closed[FORECAST_DAYS];
};

struct forecast {
    enum forecast_state state;
    int64_t open;
    unsigned closed;         /* of the days that were looked at */
    unsigned weeks;          /* of 7 days back from yesterday, with one closed at least */
    unsigned days;           /* working days looked at */
    unsigned p50_days, p85_days; /* working days, today the first; with KNOWN */
    struct date p50, p85;    /* in half of the runs, in 85 of 100, all was done by then */
};

void forecast_make(const struct forecast_in *in, const struct calendar *cal,
                   struct forecast *ret);
/*
 * Without drawing lots: so many are closed a day, and so evenly, that all is done by
 * `due` in 9 of 10 runs at least (Cantelli's inequality at three standard deviations).
 * False says nothing. Where few were closed it may be true.
 */
bool forecast_is_surely_done(const struct forecast_in *in, const struct calendar *cal,
                             struct date due);
/* Known, and in 15 of 100 runs it is not done by `due` (year 0: never due). */
bool forecast_is_late(const struct forecast *f, struct date due);

#endif

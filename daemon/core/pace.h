/*
 * How a key result goes: from its definition and the values that are known, how far
 * it has come, how far its pace expected it to be when the last value was taken, what
 * can be said of its end. Pure; any thread. What is not known stays unknown and is
 * never read as good news.
 *
 *   reach   progress = (value - baseline) / (target - baseline), below 0 and above 1
 *           where it is so, whichever way the number is to go; expected is the curve of
 *           `pace:` on the day of the last value, never of today: a value of last week
 * is not late because it is a week old; pace = progress - expected. keep    progress is
 * the share of values since the start that kept the bound; there is no curve, so no
 * pace: a bound is kept or broken. done    progress is 0 or 1, and nothing is expected
 * before its date.
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "core/strategy.h"

/* One value; of a day the last one counts. */
struct kr_value {
    struct date date;
    double value;
};

/* X(enumerator, name). The first that holds, from the top. */
#define KR_STATES(X)                                                                   \
    X(KR_UNMEASURED, "unmeasured") /* the file does not say how it is measured */      \
    X(KR_WAITING, "waiting")       /* it has not begun */                              \
    X(KR_ACHIEVED, "achieved")     /* over, and reached, kept or done */               \
    X(KR_MISSED, "missed")         /* over, and not */                                 \
    X(KR_UNKNOWN, "unknown")       /* running or over, and no value since the start */ \
    X(KR_STALE, "stale")           /* a newer value is overdue: overrides any green */ \
    X(KR_BROKEN, "broken")         /* keep: the last value is outside the bound */     \
    X(KR_OFF_PACE, "off-pace")     /* pace <= -10 points */                            \
    X(KR_ON_PACE, "on-pace")

enum kr_state {
#define X(e, name) e,
    KR_STATES(X)
#undef X
};
const char *kr_state_name(enum kr_state s);

/* Pace at or below which it is off: a tenth of the way, and no hair less for its having
   been computed in binary. */
#define KR_OFF_PACE_AT (-0.10 + 1e-9)

struct kr_pace_report {
    enum kr_state state;
    struct date start, by; /* in force; year 0: not known */
    bool has_value, has_progress, has_expected, has_forecast;
    struct kr_value last;
    double progress, expected; /* 1 is all of the way */
    double expected_value;     /* in the unit of the values, with has_expected */
    double pace;               /* progress - expected, with both of them */
    double elapsed;            /* of the period today, 0 to 1, with start and by */
    /* The line through the values at `by`, give or take the error that it has: about
       two times in three the value ends up in between. */
    double forecast_low, forecast_high;
    struct date stale_at; /* when a newer value is overdue; year 0: never */
};

/* Of `keep`: whether the value is within its bound. */
bool kr_is_kept(const struct key_result *kr, double value);

/* How many days lie between two values, at most. */
int64_t kr_check_in_days(const struct key_result *kr);

/* A value is overdue `check_in` and so many days after the last one. */
enum { KR_GRACE_DAYS = 3 };
/* From fewer values, or over fewer days, there is no forecast. */
enum { KR_FORECAST_VALUES = 4, KR_FORECAST_DAYS = 21 };

/*
 * `first_load`: when this key result was first in the strategy, for one without a
 * start (year 0: not known). Values are by date; those after `today` do not count,
 * nor do those before the start, but for a baseline that the file does not give.
 */
void kr_judge(const struct key_result *kr, const struct kr_value *v, size_t n,
              struct date first_load, struct date today, struct kr_pace_report *ret);

#endif

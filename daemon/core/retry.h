/*
 * When to try again. Pure: randomness comes in as a number.
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct retry_policy {
    struct dur base, max; /* first wait and ceiling of the exponential */
    struct dur give_up;   /* age at which a message dies; 0: never */
};

/*
 * Full jitter: uniform in [0, min(max, base * 2^attempt)], at least 100 ms;
 * never earlier than `after` (Retry-After; clamped to 24 h). `attempt` counts
 * from 0; `random` is 64 random bits.
 */
struct dur retry_wait(const struct retry_policy *p, unsigned attempt, uint64_t random,
                      struct dur after);

/*
 * When a source is synced again. Without a failure: its interval. What passes by
 * itself (network, a server's error, a full disk) is tried again sooner, from a
 * minute on, doubled for each failure in a row, never later than the interval: a
 * source must not become stale by waiting. What lasts (credentials, permission, an
 * answer that is none) is asked for less often, up to 8 intervals or an hour; where
 * only single repositories or projects fail so (`whole` false), the others keep the
 * interval. A twentieth of jitter either way, and never before the failure's `after`.
 */
struct retry_sync {
    struct dur interval;
    const struct err *failure; /* NULL: none */
    bool whole;                /* the source itself failed */
    unsigned failures;         /* in a row, this one included */
};
struct dur retry_sync_wait(const struct retry_sync *s, uint64_t random);
/* Trying again does not mend it: somebody has to. */
bool retry_is_lasting(enum err_kind kind);

#endif

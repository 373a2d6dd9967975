/*
 * When to try again. Pure: randomness comes in as a number.
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdint.h>

#include "base/clock.h"

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

#endif

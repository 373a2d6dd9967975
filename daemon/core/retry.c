#include "core/retry.h"

enum { LEAST_MS = 100 };

struct dur retry_wait(const struct retry_policy *p, unsigned attempt, uint64_t random,
                      struct dur after)
{
    int64_t ceiling = p->base.ms > 0 ? p->base.ms : 0;

    for (; attempt > 0 && ceiling < p->max.ms; attempt--) {
        ceiling = ceiling > INT64_MAX / 2 ? INT64_MAX : ceiling * 2;
        if (ceiling == 0) {
            break;
        }
    }
    if (ceiling > p->max.ms) {
        ceiling = p->max.ms > 0 ? p->max.ms : 0;
    }
    /* The bias of the remainder is one part in 2^64 / ceiling. */
    struct dur wait = {(int64_t)(random % ((uint64_t)ceiling + 1))};

    if (wait.ms < LEAST_MS) {
        wait.ms = LEAST_MS;
    }
    if (after.ms > DUR_H(24).ms) {
        after = DUR_H(24);
    }
    return wait.ms < after.ms ? after : wait;
}

#include "core/retry.h"

#include <stddef.h>

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

bool retry_is_lasting(enum err_kind kind)
{
    return kind == ERR_AUTH || kind == ERR_FORBIDDEN || kind == ERR_NOT_FOUND ||
           kind == ERR_GONE || kind == ERR_PARSE || kind == ERR_CONFIG;
}

static int64_t doubled(int64_t ms, unsigned times, int64_t most)
{
    for (; times > 0 && ms < most; times--) {
        ms = ms > most / 2 ? most : ms * 2;
    }
    return ms < most ? ms : most;
}

struct dur retry_sync_wait(const struct retry_sync *s, uint64_t random)
{
    const int64_t hour = DUR_H(1).ms;
    int64_t interval = s->interval.ms > 0 ? s->interval.ms : DUR_MIN(5).ms;
    int64_t ms = interval;
    unsigned earlier = s->failures > 0 ? s->failures - 1 : 0;

    if (interval > DUR_DAY(365).ms) {
        interval = ms = DUR_DAY(365).ms;
    }
    if (s->failure != NULL && !retry_is_lasting(s->failure->kind)) {
        ms = doubled(DUR_MIN(1).ms, earlier, interval);
    } else if (s->failure != NULL && s->whole) {
        ms = doubled(interval, s->failures < 3 ? s->failures : 3,
                     interval > hour ? interval : hour);
    }
    ms += (int64_t)(random % (uint64_t)(ms / 10 + 1)) - ms / 20;
    if (s->failure != NULL && s->failure->retry == ERR_TRY_AFTER &&
        s->failure->after.ms > ms) {
        ms = s->failure->after.ms < DUR_H(24).ms ? s->failure->after.ms : DUR_H(24).ms;
    }
    return DUR_MS(ms);
}

#include "tests/support/wait.h"

#include <limits.h>
#include <poll.h>
#include <stddef.h>

#define ASK_EVERY_MS 5

int wait_left(struct mono start, struct dur limit)
{
    int64_t left = limit.ms - mono_since(clock_mono(clock_system()), start).ms;

    if (left <= 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool wait_until(wait_fn *holds, void *arg, struct dur limit)
{
    struct mono start = clock_mono(clock_system());

    while (!holds(arg)) {
        if (wait_left(start, limit) == 0) {
            return false;
        }
        (void)poll(NULL, 0, ASK_EVERY_MS);
    }
    return true;
}

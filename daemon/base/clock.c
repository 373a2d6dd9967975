#include "base/clock.h"

#include <stddef.h>
#include <time.h>

#include "base/attr.h"

static int64_t read_ms(clockid_t id)
{
    struct timespec ts = {0};

    /* Both clocks always exist on Linux: the call cannot fail. */
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct wall system_wall(void *ctx UNUSED)
{
    return (struct wall){read_ms(CLOCK_REALTIME)};
}

static struct mono system_mono(void *ctx UNUSED)
{
    return (struct mono){read_ms(CLOCK_MONOTONIC)};
}

const struct clock *clock_system(void)
{
    static const struct clock clock = {system_wall, system_mono, NULL};

    return &clock;
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum)) {
        return b < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static int64_t subtract(int64_t a, int64_t b)
{
    int64_t difference;

    if (__builtin_sub_overflow(a, b, &difference)) {
        return b < 0 ? INT64_MAX : INT64_MIN;
    }
    return difference;
}

struct wall wall_add(struct wall t, struct dur d)
{
    return (struct wall){add(t.ms, d.ms)};
}

struct dur wall_since(struct wall later, struct wall earlier)
{
    return (struct dur){subtract(later.ms, earlier.ms)};
}

struct mono mono_add(struct mono t, struct dur d)
{
    return (struct mono){add(t.ms, d.ms)};
}

struct dur mono_since(struct mono later, struct mono earlier)
{
    return (struct dur){subtract(later.ms, earlier.ms)};
}

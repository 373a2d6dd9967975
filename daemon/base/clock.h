/*
 * Time as three types that do not mix, and the one place that reads a clock.
 *
 * `struct wall` is UTC in ms since 1970, stored and compared with remote
 * dates. `struct mono` is a steady clock in ms, never stored. `struct dur` is
 * a length in ms. Decisions take `struct wall now` by value. Only clock.c
 * calls clock_gettime (held by make lint). Any thread.
 *
 * `struct clock` is injected by app, so that a simulation can own time.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct mono {
    int64_t ms;
};
struct wall {
    int64_t ms; /* 0 means "never" wherever a time is optional */
};
struct dur {
    int64_t ms;
};

#define DUR_MS(n) ((struct dur){(n)})
#define DUR_S(n) ((struct dur){(int64_t)(n) * 1000})
#define DUR_MIN(n) ((struct dur){(int64_t)(n) * 60 * 1000})
#define DUR_H(n) ((struct dur){(int64_t)(n) * 3600 * 1000})
#define DUR_DAY(n) ((struct dur){(int64_t)(n) * 86400 * 1000})

struct clock {
    struct wall (*wall)(void *ctx);
    struct mono (*mono)(void *ctx);
    void *ctx;
};

const struct clock *clock_system(void);

static inline struct wall clock_wall(const struct clock *c)
{
    return c->wall(c->ctx);
}
static inline struct mono clock_mono(const struct clock *c)
{
    return c->mono(c->ctx);
}

/* Saturating: a hostile Retry-After cannot overflow a date. */
struct wall wall_add(struct wall t, struct dur d);
struct dur wall_since(struct wall later, struct wall earlier);
struct mono mono_add(struct mono t, struct dur d);
struct dur mono_since(struct mono later, struct mono earlier);

#endif

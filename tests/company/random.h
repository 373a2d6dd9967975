/*
 * Numbers that look random and are the same everywhere: SplitMix64. One thread at
 * a time for each state.
 * One draw in an expression: compilers differ in what they evaluate first.
 */
#ifndef TESTS_COMPANY_RANDOM_H
#define TESTS_COMPANY_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to n - 1; n > 0. */
static inline int random_below(struct random *r, int n)
{
    return (int)((random_next(r) >> 11) % (uint64_t)n);
}

static inline int random_between(struct random *r, int low, int high)
{
    return low + random_below(r, high - low + 1);
}

static inline bool random_is(struct random *r, int percent)
{
    return random_below(r, 100) < percent;
}

#endif

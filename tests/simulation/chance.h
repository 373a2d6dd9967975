/*
 * Seeded randomness, in streams of their own: dropping a fault must not change
 * what people do. What the daemon draws comes from here as well (chance.c
 * stands in for the system's random bytes), so that a seed is one run.
 */
#ifndef SIMULATION_CHANCE_H
#define SIMULATION_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

enum chance_stream { CHANCE_SETTINGS, CHANCE_PEOPLE, CHANCE_FAULTS, CHANCE_NET,
                     CHANCE_TURNS, CHANCE_DAEMON };

struct chance {
    uint64_t state;
};

void chance_seed(struct chance *c, uint64_t seed, enum chance_stream stream);
uint64_t chance_next(struct chance *c);
uint64_t chance_below(struct chance *c, uint64_t n); /* n > 0 */
int64_t chance_between(struct chance *c, int64_t from, int64_t to); /* both included */
bool chance_in(struct chance *c, uint64_t hits, uint64_t of);

/* What the daemon draws from now on. */
void chance_daemon(uint64_t seed);

#endif

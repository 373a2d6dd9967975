/* One seed: a company, a daemon, what goes wrong, and the check of all of it. */
#ifndef SIMULATION_LIFE_H
#define SIMULATION_LIFE_H

#include <stdbool.h>
#include <stdint.h>

struct life_options {
    uint64_t seed;
    int days;      /* of them the last eight (a third, where they are few) without faults */
    uint32_t skip; /* faults left out */
    bool verbose;
    const char *dir; /* an empty directory */
};

struct life_result {
    uint64_t hash, messages, resent, turns, timers, lives;
};

/* Ends the process with 1 and says why where an invariant does not hold. */
void life_run(const struct life_options *opt, struct life_result *ret);

#endif

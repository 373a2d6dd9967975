#include "tests/simulation/chance.h"

#include <string.h>
#include <sys/random.h>

#include "base/attr.h"
#include "base/sign.h"

static struct chance daemon_draws;

/* splitmix64 */
uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void chance_seed(struct chance *c, uint64_t seed, enum chance_stream stream)
{
    c->state = seed * UINT64_C(0x2545f4914f6cdd1d) + (uint64_t)stream;
    c->state = chance_next(c);
}

uint64_t chance_below(struct chance *c, uint64_t n)
{
    return chance_next(c) % n;
}

int64_t chance_between(struct chance *c, int64_t from, int64_t to)
{
    return from + (int64_t)chance_below(c, (uint64_t)(to - from + 1));
}

bool chance_in(struct chance *c, uint64_t hits, uint64_t of)
{
    return chance_below(c, of) < hits;
}

void chance_daemon(uint64_t seed)
{
    chance_seed(&daemon_draws, seed, CHANCE_DAEMON);
}

static void fill(void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(chance_next(&daemon_draws) >> 32);
}

/* ---- in place of the system's, by the linker ---- */

bool __wrap_sign_random(void *p, size_t n, struct err *e);
ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags);

bool __wrap_sign_random(void *p, size_t n, struct err *e UNUSED)
{
    fill(p, n);
    return true;
}

ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags UNUSED)
{
    fill(p, n);
    return (ssize_t)n;
}

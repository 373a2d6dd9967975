/*
 * What goes wrong: a plan of faults made from the seed before anything runs, so
 * that single ones can be left out and the rest stays as it was. troubles.c says
 * when each begins and ends and what requests meet meanwhile; life.c carries out
 * those that befall the daemon itself. Loop thread.
 */
#ifndef SIMULATION_TROUBLES_H
#define SIMULATION_TROUBLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulation/net.h"

/* X(enumerator, words) */
#define TROUBLES(X)                                                   \
    X(TROUBLE_OUTAGE, "no connection to")                             \
    X(TROUBLE_STATUS, "server errors of")                             \
    X(TROUBLE_LIMIT, "rate limits of")                                \
    X(TROUBLE_HALF, "half answers of")                                \
    X(TROUBLE_SLOW, "slow answers of")                                \
    X(TROUBLE_LOST, "lost answers of")                                \
    X(TROUBLE_GONE, "410 of")                                         \
    X(TROUBLE_HIDE, "a place that is hidden of")                         \
    X(TROUBLE_CRASH, "kill -9 at a write of")                         \
    X(TROUBLE_CRASH_POST, "kill -9 while a message is answered of")   \
    X(TROUBLE_RESTART, "a restart of")                                \
    X(TROUBLE_RELOAD, "a reload of")                                  \
    X(TROUBLE_SETTINGS, "other settings of")                          \
    X(TROUBLE_BROKEN, "a broken strategy of")                         \
    X(TROUBLE_CLOCK, "a wrong clock of")                              \
    X(TROUBLE_SLEEP, "sleep of the machine of")                       \
    X(TROUBLE_FULL, "a full disk of")
enum trouble_kind {
#define X(e, words) e,
    TROUBLES(X)
#undef X
    TROUBLE_KINDS
};

enum { TROUBLES_MAX = 24 };

struct trouble {
    enum trouble_kind kind;
    int target;            /* GitHub, Jira, Slack, the hook: of those of the net */
    int64_t start, length; /* ms since the start; ms */
    int64_t n;             /* ahead (ms), write, status, ...: what the kind makes of it */
    uint64_t share;        /* of a hundred requests */
    bool begun, over;
};

/* `skip`: a bit for each that is left out; the others are the same. None begins after
   `until` (ms since the start), and all are over an hour later. */
void troubles_init(uint64_t seed, int64_t until, uint32_t skip);
size_t troubles_count(void); /* the left out ones included */
void troubles_print(uint32_t skip);
const char *trouble_words(const struct trouble *t, char ret[120]);

int64_t troubles_next(void); /* true time of the next beginning or end */
/* The next one that is due, once; NULL: none. Its end comes as the same with `over`. */
struct trouble *troubles_due(void);
/* True time since when none is on; INT64_MAX: one is. */
int64_t troubles_calm_since(void);
void troubles_weather(const char *path, struct weather *ret);

#endif

/*
 * How soon action follows: the time from a cause to its first effect, and the median of
 * many. Causes whose effect has not come yet are counted beside it. Pure; one thread at a
 * time; memory is the arena's.
 */
#ifndef CORE_SYNCHRONICITY_H
#define CORE_SYNCHRONICITY_H

#include "core/strategy.h"
#include "core/strategy_diff.h"
#include "core/tz.h"

/* ---- how long it took ---- */

struct delays {
    double *days; /* of those that came */
    size_t n, cap;
    size_t of; /* those that did not come yet, too */
};

/* `effect` 0: not yet; one before its cause took no time. False: out of memory. */
bool delays_add(struct delays *d, struct arena *a, struct wall cause,
                struct wall effect) MUST_USE;
/* Sorts them. False: none came. */
bool delays_median(struct delays *d, double *ret);

/* ---- waiting for work to begin ---- */

enum wait_cause {
    WAIT_VERSION, /* a version of the strategy changed the nodes */
    WAIT_ACTIVE,  /* the initiative became active */
};

struct wait_event {
    enum wait_cause cause;
    struct wall since;
    struct wall began; /* the first work on one of its nodes; 0: not yet */
};

struct waits {
    struct arena *a;      /* borrowed */
    struct map *by_node;  /* owned */
    struct wait_event *v;
    size_t n, cap;
    size_t open;      /* where nothing has begun yet */
    struct wall from; /* the first of all; 0: there is none */
};

bool waits_init(struct waits *w, struct arena *a) MUST_USE; /* false: out of memory */
void waits_finish(struct waits *w);

/*
 * From one version to the next, in force `since`: an event where initiatives or buckets
 * lie under what was added or changed; what is removed, dropped or done is nobody's to
 * begin. False: out of memory.
 */
bool waits_changed(struct waits *w, const struct strategy *to,
                   const struct strategy_change *v, size_t n,
                   struct wall since) MUST_USE;
/*
 * An event for each initiative that became active: with the version, or at its `start`
 * where that is later, and not after `now`. `from` NULL: nothing is known of the time
 * before, so it is `start` alone, after `since`. False: out of memory.
 */
bool waits_activated(struct waits *w, const struct strategy *from,
                     const struct strategy *to, struct wall since, struct wall now,
                     const struct tz *tz) MUST_USE;

/* Work began; `nodes`: what it is linked to, comma separated. To be told in order. */
void waits_began(struct waits *w, struct str nodes, struct wall at);

#endif

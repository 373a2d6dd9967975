/*
 * Where people's days go, from what is in progress alone: no estimates, no time
 * sheets. One working day of one person (times `fte`, nothing when away) is split
 * equally over the leaves in progress that are assigned to them and not parked; a leaf
 * is an item without a child in progress that day. What is linked to several
 * initiatives is split equally between them. Pure; any thread; memory is the arena's.
 *
 * Ranking people is nobody's business: persons are keys here, to split their days and
 * to count them, and no figure of this header is about one.
 */
#ifndef CORE_EFFORT_H
#define CORE_EFFORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "core/strategy.h"

/* ---- one day ---- */

/* An item that was in progress at some time of the day. */
struct effort_work {
    int64_t item;
    bool has_active_child;
    bool parked;
    const struct str *people; /* whom it is assigned to; bots left out, no repeats */
    size_t n_people;
    const struct str *nodes; /* initiatives, or a bucket; none: unmapped; no repeats */
    size_t n_nodes;
    struct str team; /* whose it is; empty: nobody's */
};

/* Of whom more is known than a key; others work full time and are never away. */
struct effort_person {
    struct str key;
    double fte;
    bool away;
};

struct effort_part {
    int64_t item;
    struct str team;
    struct str node; /* empty: unmapped */
    double days;     /* person-days */
};

/* Of the whole, or of what is one team's. */
struct effort_seen {
    struct str team;     /* empty: all of it */
    size_t people;       /* with at least one item that carries some of their day */
    size_t known;        /* of them, those that more is known of */
    double median_items; /* in progress, of each of them; 0: nobody was seen */
};

struct effort_day {
    struct effort_part *v; /* in the order of the work given; none without days */
    size_t n;
    double days;              /* all of it */
    struct effort_seen *seen; /* the whole first, then each team that was seen */
    size_t n_seen;
    size_t in_progress;  /* leaves, parked ones included */
    size_t parked;       /* of them */
    size_t unattributed; /* leaves that nobody is assigned to: they carry nothing */
};

/* False: out of memory. */
bool effort_of_day(const struct effort_work *w, size_t n, const struct effort_person *p,
                   size_t n_people, struct arena *a, struct effort_day *ret) MUST_USE;

/* Of no number: 0. Sorts them. */
double effort_median(double *v, size_t n);

/* ---- where it goes ---- */

struct effort_goal {
    struct str id; /* objective or bucket; empty: linked, and to neither */
    double share;  /* of the node's days; they add to 1 */
};

/* What work for a node is counted for: the objective of the first key result that an
   initiative moves, or those of its weights. *ret_n 0: no such node, it is unmapped. */
bool effort_flow(const struct strategy *s, struct str node, struct arena *a,
                 struct effort_goal **ret, size_t *ret_n) MUST_USE;

/* ---- many days ---- */

struct effort_share {
    struct str id;  /* objective or bucket */
    double planned; /* of what is mapped; they add to 1 */
    double days;    /* spent */
};

/*
 * What was planned for the objectives that run on the day and for the buckets: where
 * the objectives alone add to 100%, they are of what the buckets leave. *ret_n is 0
 * where no share is given; the reader of the file has refused sums that are neither.
 */
bool effort_plan(const struct strategy *s, struct date day, struct arena *a,
                 struct effort_share **ret, size_t *ret_n) MUST_USE;

/* What was planned for a team: its own `shares`, else the company's buckets, and of what
   they leave the objectives of its key results. Of what is not named: the company's. */
bool effort_team_plan(const struct strategy *s, struct str team, struct date day,
                      struct arena *a, struct effort_share **ret,
                      size_t *ret_n) MUST_USE;

/* Differs where another plan would; 0: there is none. */
uint64_t effort_plan_print(const struct effort_share *v, size_t n);

/* Half of the differences between planned and actual shares, 0 to 1; negative: nothing
   was spent, so nothing can be said. */
double effort_distance(const struct effort_share *v, size_t n);

/* As many equal initiatives would be as much of a spread: 1 / sum of squared shares.
   0: nothing was spent. */
double effort_spread(const double *days, size_t n);
/* Over it, a team works on too much at once: its own, or what its people can carry. */
double effort_spread_limit(const struct team *t);

/* ---- how far to believe it ---- */

enum trust { TRUST_LOW, TRUST_MEDIUM, TRUST_HIGH };
const char *trust_name(enum trust t);

/* What the figures of a window stand on; shares 0 to 1. */
struct trust_basis {
    double mapped;       /* of the effort */
    double parked;       /* of the leaves in progress */
    double median_items; /* in progress, of a person and day */
    double seen;         /* people seen of the capacity; negative: it is not known */
    double matched;      /* identities that are one of `people` */
    double person_days;
    int working_days;
};

/* The lowest of its parts; `weakest` says which, "31% parked", and nothing when high. */
enum trust trust_of(const struct trust_basis *b, struct buf *weakest);

#endif

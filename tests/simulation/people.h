/*
 * The company: what its people do in the trackers and to the strategy, and the
 * truth about it. `truth` is what alignd has to find out; it is worked out here
 * from what people did, by the words of the rule book, and from nothing that
 * alignd says.
 */
#ifndef SIMULATION_PEOPLE_H
#define SIMULATION_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tests/support/vendors/world.h"

/* X(enumerator, id): the rules of which the truth is known. */
#define TRUTHS(X)                        \
    X(TRUTH_UNLINKED, "unlinked-work")   \
    X(TRUTH_UNKNOWN, "unknown-link")     \
    X(TRUTH_RETIRED, "retired-link")
enum truth {
#define X(e, id) e,
    TRUTHS(X)
#undef X
    TRUTHS_N
};
extern const char *const truth_names[TRUTHS_N];

enum { THINGS_MAX = 2000 };

struct thing {
    char key[32]; /* as alignd names it */
    int place;    /* 0, 1: a repository; 2: the project */
    int64_t number;
    int64_t changed_at; /* true time: by somebody, in the tracker */
    bool epic, open, exempt, gone;
    bool unsure;  /* whether it is excused: no answer came */
    bool excused; /* exempt by command: alignd has said yes to that */
    int link; /* of links[]; 0: none */
    struct {
        bool holds;
        int link;      /* by which it holds */
        int64_t since; /* ms, true time; of `holds` by that link */
    } truth[TRUTHS_N];
    struct {
        bool firing;
        int64_t episode, at;
    } seen[TRUTHS_N]; /* watch.c: what alignd had of it when it was looked at last */
};

/* Builds the company as it is at the (true) start; sources' addresses as in people_url. */
void people_init(uint64_t seed, struct world *world);
extern const char people_url[];

int64_t people_next(void); /* true time of what somebody does next */
void people_act(void);     /* does what is due */
void people_rest(void);    /* nobody does anything new any more */

/* An open item to be exempted by command; people_excused: alignd has. NULL: not now. */
struct thing *people_to_excuse(void);
void people_excused(struct thing *t);
/* No answer came: it may be or may not; asked again later. */
void people_unsure(struct thing *t);

/* The strategy file as it is now; changed: since it was last asked. */
void people_strategy(struct buf *out);
bool people_strategy_changed(void);
/* Nobody edits a file that somebody else has broken. */
void people_leave_strategy(bool leave);
/* The repository or project cannot be seen for a while. */
void people_hide(int place, bool hidden);

struct thing *people_things(size_t *ret_n);
struct thing *people_find(const char *key); /* NULL: nobody knows it */

#endif

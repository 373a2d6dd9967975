/*
 * How well a strategy can be read, as far as that shows: what its nodes say of
 * themselves, whether chat is shown the intents, whether new work is linked without an
 * alert. Consistency is measured, not understanding. What is not known is no number.
 * Pure; any thread; memory is the arena's.
 */
#ifndef CORE_LEGIBILITY_H
#define CORE_LEGIBILITY_H

#include "core/calendar.h"
#include "core/lint.h"
#include "core/strategy.h"

/* ---- articulation ---- */

/*
 * Whether a node answers four questions. Who: an owner; a key result may have that of
 * its objective. What: a title; a key result what it is measured by, too. Why: eight
 * words or more; an initiative's problem is its why, and a key result may have that of
 * its objective. What not: the strategy says once for all its nodes what it will not do,
 * in `wont` of the vision or in `not_doing`.
 */
struct answers {
    const struct node *node;
    bool who, what, why, what_not;
};

struct articulation {
    struct lint form;
    size_t n; /* intents, objectives, key results and initiatives that are not over */
    size_t who, what, why, what_not, all; /* of them, those that answer it */
    struct answers *lacking;              /* those that do not answer all, in file order */
    size_t n_lacking;
};

/* False: out of memory. */
bool articulation_judge(const struct strategy *s, struct date today, struct arena *a,
                        struct articulation *ret) MUST_USE;
/* The lower of the form score and the share of nodes that answer all. False: nothing was
   asked. */
bool articulation_value(const struct articulation *v, double *ret);

/* ---- repetition ---- */

enum { SHOWN_DAYS = 30 }; /* longer ago is too long */

/* A node that messages have named, as stored. */
struct shown {
    struct str node;
    struct wall first, last;
};

enum shown_state { SHOWN_UNKNOWN, SHOWN_LATELY, SHOWN_LONG_AGO };

struct shown_intent {
    const struct intent *intent;
    enum shown_state state;
    struct wall last; /* it, or an objective that serves it; 0: not since any was noted */
    int64_t days;     /* since `last` */
};

struct repetition {
    struct shown_intent *v; /* those that are not over, by rank */
    size_t n, lately, unknown;
    struct wall noted_since; /* the first that was; 0: none was */
};

/* One that was never shown is unknown until that has been noted for SHOWN_DAYS. */
bool repetition_judge(const struct strategy *s, struct date today,
                      const struct shown *v, size_t n, struct wall now,
                      struct arena *a, struct repetition *ret) MUST_USE;
/* The share of intents shown lately. False: there is none, or some are unknown. */
bool repetition_value(const struct repetition *v, double *ret);

/* ---- uptake ---- */

/* An epic-level item that alignd saw within a day of its making. */
struct new_epic {
    struct wall seen, closed; /* closed 0: open */
    struct wall linked;       /* first; 0: never */
    struct wall alerted;      /* first told to have no link; 0: never */
    bool by_default; /* linked, and now by no more than its project or repository */
    bool by_command; /* linked, and now by no more than alignctl */
};

/* X(enumerator, name) */
#define UPTAKE_STATES(X)                                                               \
    X(UPTAKE_LINKED, "linked")          /* in the tracker, in time, before any alert */ \
    X(UPTAKE_LATE, "late")              /* in the tracker, after that */               \
    X(UPTAKE_BY_DEFAULT, "by_default")  /* of its project or repository only */        \
    X(UPTAKE_BY_COMMAND, "by_command")  /* alignctl link */                            \
    X(UPTAKE_UNLINKED, "unlinked")                                                     \
    X(UPTAKE_WAITING, "waiting")        /* its time is not over: not judged */         \
    X(UPTAKE_CLOSED, "closed")          /* within its time, unlinked: not judged */
enum uptake_state {
#define X(e, name) e,
    UPTAKE_STATES(X)
#undef X
        UPTAKE_STATE_COUNT
};
const char *uptake_state_name(enum uptake_state s);

/* `grace` runs from when it was seen. */
enum uptake_state uptake_judge(const struct new_epic *v, const struct calendar *cal,
                               struct span grace, struct wall now);

struct uptake {
    size_t v[UPTAKE_STATE_COUNT];
};
size_t uptake_judged(const struct uptake *u);
/* The share of LINKED among the judged. False: none was. */
bool uptake_value(const struct uptake *u, double *ret);

#endif

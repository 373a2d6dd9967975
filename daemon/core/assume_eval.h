/*
 * Whether an assumption is true: its number against what its function finds. Who has
 * the figures gives a look-up; what it does not know, what is stale and what can be
 * trusted little makes the answer unknown and never false. Pure; any thread.
 */
#ifndef CORE_ASSUME_EVAL_H
#define CORE_ASSUME_EVAL_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/assume.h"

/* What a function finds. */
struct assume_found {
    bool known;
    double value;        /* of a share, a pace, a coverage: 1 is all of it */
    bool in_percent;     /* the value is counted in percent: 75% is compared as 75 */
    const char *unknown; /* why it is not known; a constant, or the caller's memory */
};

/*
 * Fills *ret; false only when looking failed (no memory, the store). With a->percent,
 * of open() and done() the part of the initiative's items is asked for, not their
 * number.
 */
typedef bool (*assume_look_fn)(void *user, const struct assume *a,
                               struct assume_found *ret, struct err *e);

/* X(enumerator, name) */
#define ASSUME_STATES(X)                                                               \
    X(ASSUME_UNKNOWN, "unknown")                                                       \
    X(ASSUME_HOLDS, "true")                                                            \
    X(ASSUME_DOES_NOT_HOLD, "false")

enum assume_state {
#define X(e, name) e,
    ASSUME_STATES(X)
#undef X
};
const char *assume_state_name(enum assume_state s);

struct assume_verdict {
    enum assume_state state;
    struct assume_found found;
};

bool assume_eval(const struct assume *a, assume_look_fn look, void *user,
                 struct assume_verdict *ret, struct err *e) MUST_USE;

/* What was found as its expression would write it: "-31%", "47", "3"; nothing when it
   is not known. */
void assume_print(struct buf *out, const struct assume *a,
                  const struct assume_found *f);

/* Why share() and spread() are not known as long as no effort is measured. */
#define ASSUME_NO_EFFORT "no effort figures yet"

#endif

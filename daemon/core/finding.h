/*
 * The life of a finding, as one pure step: pending while its condition holds
 * but `for` is not over, firing, then resolved; a new firing after that is the
 * same finding in a new episode. Identity is the fingerprint of (rule,
 * subject): it survives restarts, reloads and changed titles. Pure, any thread,
 * cannot fail; `for` and `keep_for` count in working days where they say so.
 */
#ifndef CORE_FINDING_H
#define CORE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"
#include "core/calendar.h"
#include "core/rule.h"

/* X(enumerator, stored number, name) */
#define FINDING_STATES(X)              \
    X(FINDING_NONE, 0, "none")         \
    X(FINDING_PENDING, 1, "pending")   \
    X(FINDING_FIRING, 2, "firing")     \
    X(FINDING_RESOLVED, 3, "resolved")
enum finding_state {
#define X(e, n, name) e = n,
    FINDING_STATES(X)
#undef X
};
const char *finding_state_name(enum finding_state s);

#define FINDING_ID_LEN 12
struct finding {
    char id[FINDING_ID_LEN + 1]; /* hex */
    enum finding_state state;
    enum severity severity;
    struct wall since;    /* condition true from here (this episode) */
    struct wall fired;    /* 0: not yet in this episode */
    struct wall resolved; /* 0: not resolved; kept while pending again */
    struct wall clear_since; /* condition false from here, keep_for running; 0 */
    int64_t episode;      /* 1 for the first firing */
};

/* First 12 hex digits of SHA-256(rule NUL subject). `subject`: "item SOURCE VID", ... */
void finding_id(char ret[FINDING_ID_LEN + 1], struct str rule, struct str subject);

/*
 * Flapping is damped: a finding that fired FINDING_FLAPS times within
 * FINDING_FLAP_WINDOW goes on firing until its condition has been false for
 * FINDING_FLAP_QUIET, where its rule keeps it no longer. So it is one episode, of
 * which the beginning and the end are told, and not one message after the other.
 */
enum { FINDING_FLAPS = 3 };
#define FINDING_FLAP_WINDOW DUR_DAY(7)
#define FINDING_FLAP_QUIET DUR_DAY(1)
/* How long it stays after it has cleared. `fired`: how often it did in the window. */
struct span finding_keep_for(const struct rule_conf *conf, int64_t fired);

enum finding_change {
    FINDING_SAME,
    FINDING_STARTED,   /* to pending */
    FINDING_WITHDRAWN, /* pending, and the condition went away: never told */
    FINDING_FIRED,
    FINDING_WORSE,     /* firing, severity rose */
    FINDING_BETTER,    /* firing, severity fell */
    FINDING_CLEARED,   /* resolved */
};

/*
 * `f` is updated in place (zeroed but for id: first time). `hit` NULL: the
 * condition does not hold; what was not judged (a stale scope) takes no step.
 * Uses the hit's severity and `for_`, and conf's keep_for. *ret_next: when time
 * alone would change the state (0: never). Withdrawn, a finding is what it was
 * before: NONE, or RESOLVED of its last episode.
 */
enum finding_change finding_step(struct finding *f, const struct rule_hit *hit,
                                 const struct rule_conf *conf, const struct calendar *cal,
                                 struct wall now, struct wall *ret_next);

#endif

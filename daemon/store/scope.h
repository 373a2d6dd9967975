/* States of a scope (repository, project) as stored. */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

/* Numbers are stored. X(enumerator, number, name) */
#define SCOPE_STATES(X)                                                                \
    X(SCOPE_IS_NEW, 0, "new")         /* no walk has completed yet */                  \
    X(SCOPE_IS_SYNCING, 1, "syncing") /* pages came, the end did not */                \
    X(SCOPE_IS_SYNCED, 2, "synced")                                                    \
    X(SCOPE_IS_FAILED, 3, "failed")                                                    \
    X(SCOPE_IS_PAUSED, 4, "paused")                                                    \
    X(SCOPE_IS_DISABLED, 5, "disabled") /* issues are switched off there */            \
    X(SCOPE_IS_LEFT, 6, "left")         /* no longer part of its source */

enum scope_state {
#define X(e, n, name) e = n,
    SCOPE_STATES(X)
#undef X
};

const char *scope_state_name(enum scope_state s);

#endif

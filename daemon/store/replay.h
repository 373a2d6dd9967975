/*
 * What alignd would have posted since a day, had its rules and routes been others.
 *
 * How: the database is copied into a file of its own that is unlinked at once; the copy is
 * taken back to a day before the first one that is asked for, by what history knows
 * (store/replay_past.c), and then played forward under a clock of its own: what happened
 * is applied at its time, and the real evaluation, planning, grouping and digests run over
 * it. Nothing is posted, and the live database is only read, for the time of the copying.
 * Not a mode of the daemon's own rows, for those must not change, and not alignctl's work,
 * for what is private would leave alignd by it.
 *
 * Play begins REPLAY_WARM_UP_DAYS earlier, or with the first day known, and nothing of that
 * is reported: so what is open on the first day has been told, waits of rules are over, and
 * two configurations are compared on the same footing. Changes of items are seen up to five
 * minutes after they happened, where there are very many up to an hour.
 *
 * On a thread of its own (store_aside): it takes seconds.
 */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include "store/db.h"

enum {
    REPLAY_DAYS = 92, /* back at most */
    REPLAY_WARM_UP_DAYS = 28,
    REPLAY_SECONDS = 45, /* it stops then, wherever it is; clients wait for a minute */
    REPLAY_STEPS = 50000,
};

struct replay_post {
    struct wall at;
    struct str channel;
    struct str notice; /* JSON of notice_write */
};

struct replay {
    /* The rules, routes, channels and digests to try; sources and the strategy's reader are
       those in force. Borrowed. */
    const struct eval_conf *conf;
    struct wall since, now;
    struct dur limit; /* 0: REPLAY_SECONDS */
    /* Views are valid during the call. False, with `e`, ends it. */
    bool (*post)(void *arg, const struct replay_post *p, struct err *e);
    void *arg;
};

struct replay_result {
    struct wall begun; /* of the warm-up */
    struct wall ended; /* played up to here: `now`, or where the time was up */
    int64_t steps;
    int64_t unread_versions; /* of the strategy, that cannot be read any more */
};

/* What history does not tell, in sentences; ends with NULL. */
extern const char *const replay_unknown[];

/*
 * ERR_USAGE: `since` is not in the past, before the first day known or too long ago.
 * ERR_FULL: there is no room for the copy. ERR_CANCELED: the store closes.
 */
bool db_replay(struct db *db, const struct replay *r, struct replay_result *ret,
               struct err *e) MUST_USE;

#endif

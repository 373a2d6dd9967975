/* Putting a message into the outbox; the rest of it is in db.h. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/audience.h"
#include "core/notice.h"
#include "store/db.h"
#include "store/sql.h"

/* Numbers are stored. X(enumerator, number, name) */
#define OUTBOX_STATES(X)                                                               \
    X(OUTBOX_QUEUED, 0, "queued")                                                      \
    X(OUTBOX_ATTEMPTING, 1, "attempting")                                              \
    X(OUTBOX_DELIVERED, 2, "delivered")                                                \
    X(OUTBOX_DEAD, 3, "dead")
enum outbox_state {
#define X(e, n, name) e = n,
    OUTBOX_STATES(X)
#undef X
};
const char *outbox_state_name(enum outbox_state s);

/* A random key of a row: hex. */
enum { OUTBOX_KEY = 33 };
bool outbox_key(char ret[OUTBOX_KEY], struct err *e) MUST_USE;
/* Who reads the channel; NULL: whoever does may see all. Lives in the arena. */
bool outbox_audience(const struct eval_conf *conf, struct str channel, struct arena *a,
                     const struct audience **ret, struct err *e) MUST_USE;
/*
 * Freezes the notice under a random key, due at once, after what its readers may not see
 * was taken out of it (in place). In a transaction.
 */
bool outbox_add(struct db *db, const struct eval_conf *conf, struct notice *n,
                struct wall now, int64_t *ret_id, struct err *e) MUST_USE;

#endif

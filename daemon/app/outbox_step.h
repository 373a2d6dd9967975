/*
 * One message of a channel's outbox: claimed and rendered on the engine, and what an
 * answer makes of it. Made and destroyed on the loop; it belongs to the engine while a
 * claim or a record is out.
 */
#ifndef APP_OUTBOX_STEP_H
#define APP_OUTBOX_STEP_H

#include <stdbool.h>

#include "app/live.h"
#include "base/attr.h"
#include "base/http_msg.h"
#include "store/store.h"

struct outbox_step {
    void *owner;       /* the loop's, untouched here */
    struct live *live; /* one reference */
    const struct conf_channel *channel; /* of `live` */
    struct arena *a;
    struct wall now;
    bool dry_run;
    struct outbox_message m;
    bool found;
    struct wall next; /* nothing is found: when something is due; 0: nothing is queued */
    struct http_request req;
    struct str line;  /* instead of a request */
    struct str words; /* of a dry run */
    bool to_person, render_failed;
    struct outbox_outcome outcome;
};

/* Takes a reference. NULL: out of memory. Loop. */
struct outbox_step *outbox_step_create(struct live *l, const struct conf_channel *c,
                                       struct wall now, bool dry_run);
void outbox_step_destroy(struct outbox_step *s); /* NULL is fine */

/* Marks the next message that is due as being sent, and renders it. Engine. */
bool outbox_step_claim(struct db *db, struct outbox_step *s, struct err *e) MUST_USE;
bool outbox_step_record(struct db *db, struct outbox_step *s, struct err *e) MUST_USE;

/* It may be sent: the earlier message that it changes or answers is of this channel. */
bool outbox_step_follows(const struct outbox_step *s);
/* From a verdict to when, or whether, it is tried again; `why` unless it is delivered,
   `after` as the chat asked. `for_long`: it has been tried for long enough to be given
   up once it is old. */
void outbox_step_judge(struct outbox_step *s, enum chat_verdict v, struct dur after,
                       const struct err *why, bool for_long);
void outbox_step_log(const struct outbox_step *s);

#endif

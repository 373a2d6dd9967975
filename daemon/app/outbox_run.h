/*
 * Delivers the outbox of one channel: claim (engine: mark, read, render),
 * post (loop), record (engine). One message at a time keeps the order; a
 * channel that is down delays no other. At most one post a second. Loop
 * thread.
 */
#ifndef APP_OUTBOX_RUN_H
#define APP_OUTBOX_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "io/http.h"
#include "store/store.h"

struct outbox_run;

struct outbox_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct http *http;
    struct store *store;
    bool dry_run; /* its words go to standard output, nothing is posted */
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
    void (*state)(void *arg);        /* status has changed, or it came to rest */
    void (*sent)(void *arg, struct str channel, int64_t message,
                 const struct outbox_outcome *o); /* what came of it is recorded */
    void (*news)(void *arg); /* the channel may refuse for good, or take again: rules */
};

bool outbox_run_create(const struct outbox_deps *deps, struct str channel,
                       struct outbox_run **ret, struct err *e) MUST_USE;
struct str outbox_run_channel(const struct outbox_run *r);
void outbox_run_kick(struct outbox_run *r); /* there may be something to send */
/* Why the store fails it; kind ERR_NONE: it does not. Valid until the loop turns. */
const struct err *outbox_run_store_error(const struct outbox_run *r);
bool outbox_run_is_posting(const struct outbox_run *r);
size_t outbox_run_delivered(const struct outbox_run *r); /* messages since the start */
/* Nothing is due before `next_due` (0: nothing is queued). */
bool outbox_run_is_idle(const struct outbox_run *r);
void outbox_run_close(struct outbox_run *r, void (*closed)(void *arg), void *arg);

#endif

/*
 * What happens, told to whoever follows (`GET /v1/events`, server-sent events: HTML,
 * section 9.2): findings as they change, syncs as they end, messages as they are
 * delivered or given up. Loop thread.
 *
 *   id: 4711
 *   event: finding
 *   data: {"n":4711,"at":"...","what":"fired","detail":"warn","id":"0123456789ab",...}
 *
 * Findings have numbers, and who names the last one it saw (?after=) gets what came
 * since, who names how many (?last=) the last of them; syncs and messages are told to those who listen. `now` says that all of what
 * was asked for has been told, "lost" that a client did not keep up and is cut off. A
 * line of comment comes every 15 seconds.
 */
#ifndef APP_EVENTS_RUN_H
#define APP_EVENTS_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "status/server_stream.h"
#include "store/store.h"

struct events_run;

bool events_run_create(uv_loop_t *loop, const struct clock *clock, struct store *store,
                       struct events_run **ret, struct err *e) MUST_USE;
/* Answers the request, or says why not. `after` negative: the last `last` there are, and
   what is to come. */
bool events_run_follow(struct events_run *r, struct server_request *req, int64_t after,
                       int64_t last, struct err *e) MUST_USE;

/* Findings may have changed. */
void events_run_look(struct events_run *r);
void events_run_synced(struct events_run *r, struct str source,
                       const struct err *failure); /* NULL: it went well */
struct outbox_outcome;
void events_run_sent(struct events_run *r, struct str channel, int64_t message,
                     const struct outbox_outcome *o);

/* Ends all streams; `closed` on the loop. */
void events_run_close(struct events_run *r, void (*closed)(void *arg), void *arg);

#endif

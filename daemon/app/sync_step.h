/*
 * One operation of a sync on the engine: an answer (or none) goes in, is
 * inflated, parsed and stored in one transaction, and the tracker's next
 * requests come out. Made and destroyed on the loop; in between it belongs to
 * the engine, and so does the session's tracker while any step is out.
 */
#ifndef APP_SYNC_STEP_H
#define APP_SYNC_STEP_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "config/config.h"
#include "io/inflate.h"
#include "store/db.h"
#include "store/store.h"

/* Requests of one source in flight; the tracker's own budget is below. */
#define SYNC_STEP_OUT 8
/* Bytes that a tracker may keep in memory alone. */
#define SYNC_SECRET_MAX ((size_t)64 << 10)

/* What the steps of one sync share. */
struct sync_session {
    const struct conf_source *source; /* borrowed: in the generation the sync began under */
    struct tracker *tracker;          /* owned; made by the first step */
    struct inflater *inflater;        /* owned, outlives syncs */
    struct buf secret;                /* owned: what the tracker keeps in memory alone */
    bool all; /* the sync was asked for: what is quiet is looked at, too */
};

struct sync_step {
    void *owner; /* the loop's, untouched here */
    struct sync_session *session;
    struct arena *a;
    struct wall now;
    bool begin;       /* load the scopes and make the tracker first */
    bool has_answer;
    bool failed;      /* `failure` instead of `resp` */
    uint32_t tag;
    struct http_response resp; /* views in `a` */
    struct err failure;
    unsigned max_out; /* how many requests may come out */
    bool may_end;     /* the sync: nothing else of it is out, and nothing has failed it */
    /* results */
    struct tracker_request out[SYNC_STEP_OUT];
    unsigned n_out;
    enum tracker_step next; /* what the tracker said last */
    struct wall until;      /* with TRACKER_WAIT */
    struct page_stats stats;
    bool applied; /* the answer is stored */
    bool ended;   /* and the sync over */
    struct scope_event *failures; /* SCOPE_FAILED of the answer; in `a` */
    size_t n_failures;
};

struct sync_step *sync_step_create(struct sync_session *s, struct wall now); /* NULL: memory */
void sync_step_destroy(struct sync_step *st); /* NULL is fine */
/* Copies what came over the wire (exactly one of the two). False: out of memory. */
bool sync_step_take_answer(struct sync_step *st, uint32_t tag,
                           const struct http_response *resp, const struct err *err)
    MUST_USE;
/* A store_run_fn; `arg` is the step. */
bool sync_step_run(struct db *db, void *arg, struct err *e);

#endif

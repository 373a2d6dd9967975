/*
 * Digests: by the calendar each channel that asked for one gets what stands open, with
 * what changed since the last; when nothing is open, due or changed, one line. One that
 * was missed is sent on return when it is less than a day late. Engine thread.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "core/audience.h"
#include "core/digest.h"
#include "core/notice.h"
#include "store/eval.h"

/* Freezes those that are due, in transactions of its own; *ret_next: when the next one
   is (0: none). Adds to *frozen. */
bool digests_freeze(struct eval *ev, unsigned *frozen, struct wall *ret_next,
                    struct err *e) MUST_USE;

/* One digest, while it is written. */
struct digest_writing {
    struct eval *ev;
    const struct digest_conf *conf;
    struct str name;
    struct wall next, sent; /* sent 0: never */
    int64_t turn;
    const struct audience *readers; /* NULL: may see all */
    const struct intent *intent;    /* that it shows; NULL: none */
    struct notice n;
    size_t cap;
    bool quiet; /* nothing in it is new, due or asks for anything */
};

/* ---- digest_part.c ---- */

/* All parts that are asked for; what is quiet is one line. Into w->n. */
bool digest_write_parts(struct digest_writing *w, struct err *e) MUST_USE;

/* ---- digest_drift.c ---- */

struct digest_drift {
    struct notice_section *sections; /* by rule, worst first */
    size_t n_sections, cap;
    /* fresh: fired since, and still open or not */
    int64_t open, fresh, resolved, baseline, silenced;
};
/* What a channel is told of by the routes, as it stands and since when; into ev->a. */
bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       struct digest_drift *ret, struct err *e) MUST_USE;

#endif

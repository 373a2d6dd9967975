/*
 * Digests: by the calendar each channel that asked for one gets what stands open, with
 * what changed since the last. One that was missed is sent on return when it is less
 * than a day late. Engine thread.
 */
#ifndef STORE_DIGEST_H
#define STORE_DIGEST_H

#include "core/notice.h"
#include "store/eval.h"

/* Freezes those that are due, in transactions of its own; *ret_next: when the next one
   is (0: none). Adds to *frozen. */
bool digests_freeze(struct eval *ev, unsigned *frozen, struct wall *ret_next,
                    struct err *e) MUST_USE;

/* ---- digest_drift.c ---- */

struct digest_drift {
    struct notice_section *sections; /* by rule, worst first */
    size_t n_sections, cap;
    int64_t open, fresh, resolved, baseline; /* fresh: fired since */
};
/* What a channel is told of by the routes, as it stands; into ev->a. */
bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       struct digest_drift *ret, struct err *e) MUST_USE;

#endif

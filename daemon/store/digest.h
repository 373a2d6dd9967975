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
    const struct person *person; /* whose it is; NULL: the channel's */
    int64_t outbox;              /* the last one; 0: none */
};

/* As it is stored; into ev->a. */
struct str digest_name(struct eval *ev, const struct digest_conf *c);
/* By w->name. */
bool digest_load(struct digest_writing *w, struct err *e) MUST_USE;
bool digest_save(struct digest_writing *w, struct err *e) MUST_USE;
/* Freezes what is written, and says so in w. In a transaction. */
bool digest_send(struct digest_writing *w, struct err *e) MUST_USE;

/* ---- digest_part.c ---- */

/* All parts that are asked for; what is quiet is one line. Into w->n. */
bool digest_write_parts(struct digest_writing *w, struct err *e) MUST_USE;
/* What w->person has to see to, of `d`; w->quiet: nothing. */
struct digest_drift;
bool digest_write_own(struct digest_writing *w, const struct digest_drift *d,
                      struct err *e) MUST_USE;

/* ---- digest_owner.c ---- */

/* A digest for each owner who has something to see to and whom the chat knows. In a
   transaction; adds to *frozen. */
bool digest_owners(struct digest_writing *w, unsigned *frozen, struct err *e) MUST_USE;
/* Whether some digest is theirs, and the last one was not refused. */
bool digest_reaches(struct eval *ev, const struct person *p, bool *ret,
                    struct err *e) MUST_USE;

/* ---- digest_drift.c ---- */

/* What is said of a rule's findings besides those that are open. */
struct digest_change {
    const struct rule *rule;
    int64_t fresh, resolved;
};
/* One that two reminders did not move: its owner's, not the channel's any more. */
struct digest_wait {
    const struct person *owner;
    struct str key, title, note;
    struct wall since;
};
struct digest_drift {
    struct notice_section *sections; /* by rule, worst first */
    size_t n_sections, cap;
    struct digest_change *changes;
    size_t n_changes, cap_changes;
    struct digest_wait *waits;
    size_t n_waits, cap_waits;
    /* fresh: fired since, and still open or not */
    int64_t open, fresh, resolved, baseline, silenced;
};
/* What a channel is told of by the routes, as it stands and since when; into ev->a.
   `aside`: what waits for its owner has no entry beside the count. */
bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       bool aside, struct digest_drift *ret, struct err *e) MUST_USE;
/* The same of each of the strategy's people: what they own, whichever channel is told of
   it. Both arrays are as strategy->people. */
bool digest_drift_own(struct eval *ev, const struct wall *since,
                      struct digest_drift *ret, struct err *e) MUST_USE;

#endif

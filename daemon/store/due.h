/* When a group's message is due, what puts it off, and what its channel got already.
   Engine thread, inside a transaction. */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include "core/plan.h"
#include "store/eval.h"

struct due_batch {
    int64_t id;
    struct str channel, name;
    bool any;            /* there is something to say; what is stale waits */
    bool news;           /* else its lines only say what is over */
    enum severity worst; /* of the news: plan_urgency */
    struct wall first, last_sent;
};

bool due_find(struct eval *ev, const struct due_batch *b, const struct route_hit *hit,
              struct plan_due *ret, struct err *e) MUST_USE;
/* The members' reason, where it is this group's: GROUPED or what puts it off. */
bool due_tell(struct eval *ev, const struct due_batch *b, const struct route_hit *hit,
              enum plan_reason reason, struct err *e) MUST_USE;
/* A message to the channel is part of its budget: a digest, too. */
bool due_count(struct eval *ev, struct str channel, int64_t outbox,
               struct err *e) MUST_USE;
/* A group's message was frozen. */
bool due_sent(struct eval *ev, const struct due_batch *b, int64_t outbox,
              struct err *e) MUST_USE;
/* "product team=web", of which the details of such reasons begin. */
struct str due_where(struct arena *a, struct str channel, struct str name);
bool due_is_group_reason(enum plan_reason r);

#endif

/*
 * What was asked and answered: counts by class of request, and the last
 * requests themselves, for tests and benchmarks. One thread.
 */
#ifndef VENDORS_COUNTERS_H
#define VENDORS_COUNTERS_H

#include <jansson.h>

#include "tests/support/vendors/reply.h"

struct counters;

struct counters *counters_create(void); /* NULL: out of memory */
void counters_destroy(struct counters *c);

/* An answer was handed over ... */
void counters_answered(struct counters *c, const struct request *rq,
                       const struct reply *rp);
/* ... and its exchange is over. */
void counters_over(struct counters *c);

json_t *counters_show(const struct counters *c);
json_t *counters_requests(const struct counters *c); /* the last ones, oldest first */
void counters_reset(struct counters *c);

#endif

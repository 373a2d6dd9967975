/*
 * How often something happened within the last hour, to the minute. Pure; one
 * thread; zeroed is empty.
 */
#ifndef CORE_HOURLY_H
#define CORE_HOURLY_H

#include <stdint.h>

#include "base/clock.h"

enum { HOURLY_MINUTES = 60 };

struct hourly {
    uint32_t v[HOURLY_MINUTES];
    int64_t minute; /* of the newest */
};

void hourly_add(struct hourly *h, struct mono now);
int64_t hourly_sum(struct hourly *h, struct mono now);

#endif

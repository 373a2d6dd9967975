#include "core/hourly.h"

#include <stddef.h>
#include <string.h>

/* Minutes that have passed since the newest are empty. */
static void advance(struct hourly *h, struct mono now)
{
    int64_t minute = now.ms / 60000;

    if (minute - h->minute >= HOURLY_MINUTES) {
        memset(h->v, 0, sizeof h->v);
        h->minute = minute;
    }
    while (h->minute < minute)
        h->v[++h->minute % HOURLY_MINUTES] = 0;
}

void hourly_add(struct hourly *h, struct mono now)
{
    advance(h, now);
    h->v[h->minute % HOURLY_MINUTES]++;
}

int64_t hourly_sum(struct hourly *h, struct mono now)
{
    int64_t sum = 0;

    advance(h, now);
    for (size_t i = 0; i < HOURLY_MINUTES; i++)
        sum += h->v[i];
    return sum;
}

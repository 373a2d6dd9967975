/*
 * The published view in the OpenMetrics 1.0 text format. Names are alignd_*,
 * units are base units and stand in the name. Labels are names of sources,
 * scopes, channels, rules and states only, never text of an item.
 *
 * metrics_get is the handler of GET /metrics (api_handlers.h); here is the
 * writer itself and the table of families, for the manual and tests. Loop
 * thread; failure is the buf's.
 *
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
#ifndef STATUS_METRICS_H
#define STATUS_METRICS_H

#include "base/buf.h"
#include "status/api.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct metrics_family {
    const char *name; /* without the suffix of a sample (_total, _info) */
    const char *type; /* gauge, counter, info, stateset */
    const char *unit; /* "" for none; the name then ends with it */
    const char *help;
    /* Appends the family's samples. */
    void (*samples)(struct buf *out, const char *name, const struct api_view *v);
};

extern const struct metrics_family metrics_families[]; /* ends with name NULL */

/* `view` NULL: only alignd_up 0, before the first look at the store. */
void metrics_write(struct buf *out, const struct api_view *view);

#endif

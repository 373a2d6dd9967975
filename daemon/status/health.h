/*
 * What is wrong right now, as a list of sentences with what to do about each:
 * the judgement behind /healthz, /v1/status and its first line. Pure; loop
 * thread; texts go to the arena given, the rest borrows from the view.
 */
#ifndef STATUS_HEALTH_H
#define STATUS_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "status/api.h"

struct health_problem {
    bool unhealthy;   /* /healthz answers 503 */
    const char *part; /* store, source, channel, configuration, strategy,
                         key-result */
    struct str name;  /* of the source, channel or key result */
    struct str text, fix;
};

/* The row of a configured source; NULL: the store does not know it yet. */
const struct source_row *health_source(const struct api_view *v, struct str name);
const struct channel_row *health_channel(const struct api_view *v, struct str name);

/* `view` NULL: nothing has been read from the store yet. */
bool health_list(const struct api_view *view, struct wall now, struct arena *a,
                 struct health_problem **ret, size_t *ret_n, struct err *e) MUST_USE;
void health_write(struct jsonw *w, const char *key, const struct health_problem *p,
                  size_t n);

#endif

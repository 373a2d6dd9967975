/*
 * Keeps the published view of the daemon's state (status/api.h) fresh: reads
 * the counts on the reader when something changed, at most five times a
 * second, and swaps them in on the loop. Loop thread.
 */
#ifndef APP_VIEW_RUN_H
#define APP_VIEW_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "status/api.h"
#include "store/store.h"

struct view_run;

struct view_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct store *store;
    void *arg;
    void (*published)(void *arg);
};

bool view_run_create(const struct view_deps *deps, struct view_run **ret, struct err *e)
    MUST_USE;
void view_run_touch(struct view_run *r); /* something has changed */
/* Likewise, but more will at once: one read can show both. */
void view_run_touch_later(struct view_run *r);
/* NULL before the first; valid until the loop turns. */
const struct status_row *view_run_row(const struct view_run *r, struct wall *ret_at);
/* The number of the next read, and whether one of at least that number is in force:
   what happened before it was asked for shows then. */
uint64_t view_run_next(const struct view_run *r);
bool view_run_has_shown(const struct view_run *r, uint64_t number);
bool view_run_is_idle(const struct view_run *r);
void view_run_close(struct view_run *r, void (*closed)(void *arg), void *arg);

#endif

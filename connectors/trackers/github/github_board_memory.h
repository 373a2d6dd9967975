/*
 * What is remembered of projects between two syncs: the part "projects" of the
 * source's memory. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_BOARD_MEMORY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_BOARD_MEMORY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_board.h"

/* Fills the boards of the source with what is known of them. False: out of memory. */
bool github_board_load(struct tracker *t) MUST_USE;
bool github_board_save(struct tracker *t) MUST_USE;

/* Nothing has changed for a day: looked at every hour. */
bool github_board_rests(const struct github_board *b, struct wall now);
bool github_board_is_due(const struct github_board *b, struct wall now);

/* The issues whose values have changed and that have not come yet: to be asked for by
   the next sync. False: out of memory. */
bool github_board_save_waiting(struct tracker *t) MUST_USE;
/* How many were waiting, and the key of one, in the context's arena. */
size_t github_board_waiting(const struct tracker *t);
struct str github_board_waits(const struct tracker *t, size_t i);

#endif

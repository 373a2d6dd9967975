/*
 * Status history where it is asked for (`status_history: true`): the timelines
 * of issues that are new or have changed, for it costs a request for each
 * (github_debt.h). Issues that wait for somebody to begin have none: what the
 * store saw of them stays. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_HISTORY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct github_answer;
struct tracker;

bool github_history_init(struct tracker *t, struct err *e) MUST_USE;

/*
 * The items from number `first` on are of a page of a walk: the histories of
 * those that changed after the walk's lower bound are owed.
 */
void github_history_owe(struct github_answer *an, size_t first);

#endif

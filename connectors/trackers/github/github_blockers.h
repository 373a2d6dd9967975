/*
 * What issues wait for: an issue's own page tells only how many open issues block it,
 * so it is asked for where there are any, one request each (github_debt.h). Pure;
 * engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_BLOCKERS_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_BLOCKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

struct github_answer;
struct tracker;

bool github_blockers_init(struct tracker *t, struct err *e) MUST_USE;

/*
 * The items from number `first` on are of a page: of a walk, where those count that
 * changed after its lower bound, or of a listing, where all do, for nobody promises
 * that a new dependency changes `updated_at`.
 */
void github_blockers_owe(struct github_answer *an, size_t first);

#endif

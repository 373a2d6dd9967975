/*
 * A first walk on Cloud, checked against Jira's own estimate: a cursor was seen
 * to end early, after 126,000 of 198,000 issues. What ends with far fewer issues
 * than are counted goes on from the date reached; where that leads no further the
 * gap is noted. A count that fails holds nothing up.
 *
 * Engine thread; failure as in jira_sync.h.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_COUNT_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_COUNT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_sync.h"

/* Whether a phase that has ended is to be counted: then that is the next request. */
bool jira_count_is_due(const struct tracker *t, const struct jira_walk *w);

/*
 * The answer, or a failure for good. *ret_ended: the phase has ended; else the
 * walk goes on in a new window.
 */
bool jira_count_answer(struct jira_answer *at, struct jira_walk *w,
                       const struct jira_reply *reply, bool *ret_ended) MUST_USE;

#endif

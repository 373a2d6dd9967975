/*
 * Histories of issues that are new or changed, after the walks: a walk of
 * PHASE_SPANS searches what was updated since histories were told last, page by
 * page, and asks for the change logs of each page (Cloud: bulkfetch; Data
 * Center sends them along). So nothing has to be remembered of single issues,
 * and a sync without changes asks nothing. How far it got is kept for each scope
 * in the source's memory, and one sync tells a bounded number: the next goes on.
 *
 * Engine thread; failure as in jira_sync.h. A server that refuses is asked again
 * with the set-up; the projects do not fail by it.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_SPANS_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_SPANS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/http_msg.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_sync.h"

/* `status_history`, whose default depends on the kind of Jira. */
bool jira_wants_spans(const struct tracker *t, bool cloud);

/* Once, when nothing else is left to walk: adds walks for what is not told yet. */
bool jira_spans_plan(struct tracker *t, struct err *e) MUST_USE;

/* Where it starts: before what was told of any of its scopes. */
void jira_spans_begin(struct jira_walk *w);

/* The walk awaits change logs, not a page of a search. */
bool jira_spans_has_log(const struct jira_walk *w);
bool jira_spans_request(struct tracker *t, struct jira_walk *w,
                        struct http_request *ret) MUST_USE;

/*
 * Reads the answer. *ret_page set: the page is told, the walk goes on from there;
 * else change logs are missing. False: it does not read, with `why`.
 */
bool jira_spans_read(struct jira_answer *at, struct jira_walk *w,
                     const struct jira_page **ret_page, struct err *why) MUST_USE;

/* After a page, and when there is no more (`ended`): how far it got is kept. */
bool jira_spans_took_page(struct jira_answer *at, struct jira_walk *w,
                          bool ended) MUST_USE;
bool jira_spans_fail(struct jira_answer *at, struct jira_walk *w, const struct err *why,
                     bool passing) MUST_USE;

#endif

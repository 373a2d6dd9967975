/*
 * Before issues: which Jira it is, whether the credentials are good, which
 * fields and projects there are, and how dates go into JQL. One request for
 * each stage; see jira_sync.h for their order and for failure.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_SETUP_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_SETUP_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/http_msg.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_sync.h"

/* Takes what earlier syncs have learned and enters the first stage that is needed. */
bool jira_setup_begin(struct tracker *t, const struct tracker_start *start,
                      struct err *e) MUST_USE;
/* Puts all that is known now into the answer's feed, to be kept. */
bool jira_setup_keep(struct jira_answer *at) MUST_USE;
/* Something failed that may owe to what is kept: the next sync asks for it again. */
bool jira_setup_doubt(struct jira_answer *at, const struct err *why) MUST_USE;

bool jira_setup_is_needed(const struct tracker *t, enum jira_stage s);
/* The request of the present stage; false: it cannot be built. */
bool jira_setup_request(struct tracker *t, struct http_request *ret) MUST_USE;
bool jira_setup_answer(struct jira_answer *at, const struct jira_reply *reply) MUST_USE;

#endif

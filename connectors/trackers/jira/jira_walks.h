/*
 * The walks of one sync: one search for all projects that were read before,
 * one walk of its own for each that is new, some at once. See jira_walk.h for
 * a single walk and jira_sync.h for failure.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_WALKS_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_WALKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_sync.h"

enum { JIRA_MAX_GROUP = 200 }; /* projects in one search */

/* NULL: out of memory. */
struct jira_walk *jira_walks_add(struct tracker *t, enum jira_phase phase,
                                 struct jira_scope **scopes, size_t n);

/* What has to be walked, once projects are known. */
bool jira_walks_plan(struct tracker *t, struct wall now, struct err *e) MUST_USE;
enum tracker_step jira_walks_next(struct tracker *t, struct wall now,
                                  struct tracker_request *ret_req,
                                  struct wall *ret_until);
/* The walk that awaits this answer; NULL: none. */
struct jira_walk *jira_walks_find(struct tracker *t, uint32_t tag);
bool jira_walks_answer(struct jira_answer *at, struct jira_walk *w,
                       const struct jira_reply *reply) MUST_USE;

#endif

/*
 * Issues that a complete listing lacks are asked for, by id: what an issue
 * became is what Jira answers, never a guess.
 *
 *   found, where something is followed   the item itself, and PRESENT
 *   found elsewhere, or archived         OUTSIDE
 *   not found                            GONE: Jira does not tell deleted from hidden
 *   refused (Data Center, 401 or 403)    HIDDEN
 *   anything else                        no fate; the next listing asks again
 *
 * Cloud is asked for 100 at once (POST issue/bulkfetch: who is neither among
 * `issues` nor `issueErrors` does not exist or may not be seen), Data Center for
 * each (GET issue/ID: its search refuses a list with an unknown id in it). With
 * `jql` those that exist are searched for within the expression.
 *
 * One request at a time, after the walks. Engine thread; failure as in
 * jira_sync.h.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_LOOKUP_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_walk.h"

struct tracker;
struct jira_answer;

enum { JIRA_LOOKUP_BATCH = 100 }; /* bulkfetch answers 400 to more */

struct jira_lookup {
    struct str *ids; /* asked for up to `done` */
    size_t n, cap, done;
    size_t batch;                         /* how many of them are being asked for */
    struct str within[JIRA_LOOKUP_BATCH]; /* jql: those of the batch that exist */
    size_t n_within;
    bool full; /* more were missing than one sync asks for */
    struct jira_call call;
};

void jira_lookup_init(struct jira_lookup *l);
void jira_lookup_finish(struct jira_lookup *l);

bool jira_lookup_add(struct tracker *t, const struct tracker_missing *v, size_t n,
                     struct err *e) MUST_USE;
bool jira_lookup_is_due(const struct tracker *t);
enum tracker_step jira_lookup_next(struct tracker *t, struct wall now,
                                   struct tracker_request *ret_req,
                                   struct wall *ret_until);
bool jira_lookup_answer(struct jira_answer *at,
                        const struct jira_reply *reply) MUST_USE;

#endif

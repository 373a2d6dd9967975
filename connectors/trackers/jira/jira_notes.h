/*
 * What whoever runs the source should know: what was found out of this Jira, as
 * notes, and what to do where it refuses. Pure; engine thread.
 *
 *   account, token, deployment, site, dates, fields.KEY, jql, reconcile, backfill
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_NOTES_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_NOTES_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "connectors/trackers/jira/jira_sync.h"

/* False: out of memory, with the answer's `e` set. */
bool jira_add_note(struct jira_answer *at, const char *key, enum note_level level,
                   struct str text, struct str fix) MUST_USE;

/* All that the stages before WALKS have told. */
bool jira_note_setup(struct jira_answer *at) MUST_USE;
bool jira_note_failure(struct jira_answer *at, const struct err *why) MUST_USE;

/* Adds what may be wrong with the configuration, where the refusal tells. */
void jira_explain(const struct jira_answer *at, struct err *why);

/*
 * A refused `jql`, in Jira's words, with the place in the operator's expression:
 * `why` becomes that, and a note has it at full length.
 */
bool jira_explain_jql(struct jira_answer *at, struct err *why) MUST_USE;

#endif

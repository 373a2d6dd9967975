/*
 * When an issue was in progress, by its change log: which status and which
 * assignee it had from when to when.
 *
 * Two forms of a change log are read: POST /rest/api/3/changelog/bulkfetch
 * (Cloud: pages over many issues, ordered by date) and `changelog` of an issue
 * in a search with expand=changelog (Data Center: whole). Both name statuses by
 * id; which of them mean work in progress is in the list of statuses.
 *
 * Pure; engine thread. A log's strings live in its own arena.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_CHANGES_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira_memory.h"
#include "connectors/trackers/jira/jira_wire.h"

/* An issue as it is now. */
struct jira_logged {
    struct str vid;
    struct wall created;
    struct str status, status_name, assignee;
    bool whole; /* its log was served to the end */
};

struct jira_change {
    size_t issue; /* index */
    size_t order; /* as served */
    struct wall at;
    bool of_status; /* else of the assignee */
    struct str from, from_name, to, to_name;
};

/* Data Center names people by key in logs and by name elsewhere. */
struct jira_alias {
    struct str key, name;
};

/* The issues of one page of a search, and their changes. */
struct jira_log {
    struct arena *a; /* owned; NULL: no page */
    struct jira_logged *issues;
    size_t n_issues, cap_issues;
    struct jira_change *changes;
    size_t n_changes, cap_changes;
    struct jira_alias *aliases;
    size_t n_aliases, cap_aliases;
};

bool jira_log_init(struct jira_log *l) MUST_USE; /* false: out of memory */
void jira_log_finish(struct jira_log *l);        /* idempotent */

/* A page of a search; takes the logs in it where there are any. */
bool jira_log_read_issues(struct jira_log *l, struct str body, struct arena *a,
                          struct jira_page *ret, struct err *e) MUST_USE;
/* A page of a bulkfetch; *ret_next: token of the next one, in `a`, or empty. */
bool jira_log_read_changes(struct jira_log *l, struct str body, struct arena *a,
                           struct str *ret_next, struct err *e) MUST_USE;

/* GET /rest/api/{2,3}/status */
bool jira_read_statuses(struct str body, struct arena *a, struct jira_statuses *ret,
                        struct err *e) MUST_USE;

/* One history for each issue whose log is whole. False: out of memory. */
bool jira_log_tell(struct jira_log *l, const struct jira_statuses *statuses,
                   const struct str_list *in_progress, struct feed *out) MUST_USE;

#endif

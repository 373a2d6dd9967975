/*
 * What a source has learned of its Jira, kept between two syncs so that a quiet
 * one is a single search: which Jira it is, which field is what, which projects
 * there are, whether milliseconds work in JQL, which status means what, and how
 * far the histories of issues have been told.
 *
 * One JSON text of a known version. It is read strictly: whatever is not as it
 * was written reads as nothing learned. No secret is in it. Pure; engine thread;
 * results live in the arena.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_MEMORY_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/trackers/jira/jira_fields.h"

/* A project that is followed, or the scope of a `jql` source. */
struct jira_kept_scope {
    struct str key, id;
    struct wall told; /* histories of what was updated before have been told */
    bool more;        /* and not yet those of all that was updated since */
};

enum jira_kept_dates { DATES_UNKNOWN, DATES_EPOCH, DATES_RELATIVE };

/* What GET /rest/api/{2,3}/status says of one status. */
struct jira_status {
    struct str id;
    bool in_progress; /* its category is `indeterminate` */
    bool done;
};

struct jira_statuses {
    struct jira_status *v;
    size_t n, cap;
};

struct jira_memory {
    struct wall learned; /* when all but `scopes` was asked for; 0: to be asked again */
    bool cloud;
    struct str site; /* https, without a trailing slash; or empty */
    enum jira_kept_dates dates;
    struct jira_fields fields;
    struct jira_statuses statuses;
    bool mute; /* change logs were refused */
    struct jira_kept_scope *scopes;
    size_t n_scopes, cap_scopes;
};

/* False: nothing learned (or out of memory, which shows in arena_failed). */
bool jira_memory_read(struct str text, struct arena *a,
                      struct jira_memory *ret) MUST_USE;
void jira_memory_print(struct buf *out, const struct jira_memory *m);

#endif

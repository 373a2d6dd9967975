/*
 * JQL expressions and the requests that carry them. Pure; any thread; failure
 * is the buf's.
 *
 * Dates: JQL reads "2026/11/22 12:57" in the calling user's zone, to the
 * minute. Milliseconds since 1970 have neither trouble, but Atlassian does not
 * document them (CHAOSS Perceval, backends/core/jira.py, uses them with both
 * kinds of Jira), so a probe decides, and "-15m" stands in where it says no.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_JQL_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_JQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

enum jql_dates { JQL_EPOCH, JQL_RELATIVE };

/* KEPT: open, or closed and updated since `kept` (0: open alone). */
enum jql_states { JQL_ALL, JQL_OPEN, JQL_CLOSED, JQL_KEPT };

/* Which issues one search asks for. */
struct jql_query {
    const struct str *projects; /* keys; n 0: `within` */
    size_t n_projects;
    struct str within; /* JQL of the operator */
    enum jql_states states;
    struct wall kept;
    bool unordered;    /* for a count */
    bool by_created;   /* `since` and the order: by creation, which never changes */
    struct wall since; /* last updated then or later; 0: any time */
    const struct str *ids; /* only these, which must exist; n 0: all */
    size_t n_ids;
    enum jql_dates dates;
    struct wall now; /* the server's, for JQL_RELATIVE */
};

void jql_print(struct buf *out, const struct jql_query *q);
void jql_quote(struct buf *out, struct str s); /* "..." */
/* `field`: updated or created. */
void jql_since(struct buf *out, const char *field, struct wall since,
               enum jql_dates dates, struct wall now);

/* RFC 3986 2.3: all but unreserved characters become %XX. */
void jql_percent(struct buf *out, struct str s);

#endif

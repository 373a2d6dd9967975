/*
 * The requests: addresses, credentials, search parameters. All are GET but a
 * search whose address would be too long. Pure; engine thread. The views of a
 * request live in the client and in the call until its answer was fed.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_REQUEST_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira.h"
#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_walk.h"

struct jira_client {
    const struct tracker_conf *conf; /* borrowed */
    bool cloud;                      /* known once serverInfo was read */
    struct str fields;               /* for `fields=` */
    struct buf auth; /* owned, wiped: value of Authorization; empty: anonymous */
    struct http_header headers[4];
    size_t n_get, n_post; /* how many of them each method sends */
};

/* ERR_CONFIG: the credentials cannot be sent. */
bool jira_client_init(struct jira_client *c, const struct tracker_conf *conf,
                      struct err *e) MUST_USE;
void jira_client_finish(struct jira_client *c);

/* Whether a text repeats the credentials, as error pages of some proxies do. */
bool jira_client_is_echoed(const struct jira_client *c, struct str text);

/* Through Atlassian's gateway, https://api.atlassian.com/ex/jira/ID, or a proxy of it. */
bool jira_is_gateway(struct str url);

/* False: the address could not be built (memory, or beyond all limits). */
bool jira_request_get(const struct jira_client *c, struct jira_call *call,
                      const char *path, struct http_request *ret) MUST_USE;
/* Projects from `start` on; Cloud is asked for the named ones where all are names. */
bool jira_request_projects(const struct jira_client *c, struct jira_call *call,
                           size_t start, struct http_request *ret) MUST_USE;
/* One issue at most, by an expression of our own. */
bool jira_request_probe(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret) MUST_USE;
bool jira_request_walk(const struct jira_client *c, struct jira_walk *w, struct str jql,
                       struct http_request *ret) MUST_USE;

/* Issues by id: POST issue/bulkfetch (Cloud), GET issue/ID (Data Center). */
bool jira_request_bulk(const struct jira_client *c, struct jira_call *call,
                       const struct str *ids, size_t n,
                       struct http_request *ret) MUST_USE;
bool jira_request_issue(const struct jira_client *c, struct jira_call *call,
                        struct str id, struct http_request *ret) MUST_USE;
/* Changes of status and assignee of issues: POST changelog/bulkfetch (Cloud). */
bool jira_request_logs(const struct jira_client *c, struct jira_call *call,
                       const struct str *ids, size_t n, struct str token,
                       struct http_request *ret) MUST_USE;
/* How many an expression holds, about: POST search/approximate-count (Cloud). */
bool jira_request_count(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret) MUST_USE;
/* A page of whole issues. */
bool jira_request_found(const struct jira_client *c, struct jira_call *call,
                        struct str jql, struct http_request *ret) MUST_USE;

#endif

/*
 * Jira Cloud and Data Center as a tracker: which request comes next and what
 * an answer means. Pure, on the engine thread; see connectors/connector.h for
 * the contract and README.md here for endpoints, limits and quirks.
 *
 * struct jira_conf is owned by the configuration that bound it and borrowed by
 * a context from create to destroy. Nothing a server says is an error of the
 * functions behind jira_ops: it is an event of the feed.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_H

#include "base/conf_key.h"
#include "base/str.h"
#include "connectors/connector.h"

enum jira_deployment { JIRA_AUTO, JIRA_CLOUD, JIRA_DATACENTER };
enum jira_history { JIRA_HISTORY_AUTO, JIRA_HISTORY_ON, JIRA_HISTORY_OFF };

/* The keys of a `type: jira` source besides those of struct tracker_conf. */
struct jira_conf {
    struct str user;     /* set: Basic user:token; empty: Bearer token */
    struct secret token; /* API token (Cloud) or personal access token */
    struct {
        struct str_list include, exclude; /* globs on the project key */
    } projects;
    struct str jql;            /* instead of projects; without ORDER BY */
    int deployment;            /* enum jira_deployment */
    int status_history;        /* enum jira_history */
    struct str_list discarded; /* more resolutions that mean "closed, not done" */
    struct str_list blocked_by; /* what a link says of the issue that waits */
};

extern const struct tracker_ops jira_ops;

#endif

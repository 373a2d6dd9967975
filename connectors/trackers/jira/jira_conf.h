/*
 * The settings of a `type: jira` source: key table, wrong combinations, which
 * projects they want, and the fingerprint. Pure; any thread; nothing fails but
 * for memory, which is told as "does not match".
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_CONF_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf_key.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira.h"

extern const struct conf_key jira_keys[];

void jira_check(const struct tracker_conf *conf, tracker_report_fn *report, void *arg);
uint64_t jira_fingerprint(const struct tracker_conf *conf);

/* `scratch` takes comparison keys. */
bool jira_wants_project(const struct jira_conf *conf, struct str key,
                        struct arena *scratch);
bool jira_is_literal(struct str glob); /* no wildcard in it */

static inline const struct jira_conf *jira_own(const struct tracker_conf *conf)
{
    return conf->own;
}

#endif

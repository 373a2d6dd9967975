/*
 * The settings of a `type: github` source: keys, what is wrong with them, and
 * their fingerprint. Pure; any thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_CONF_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_CONF_H

#include <stdint.h>

#include "base/conf_key.h"
#include "connectors/connector.h"

#define GITHUB_URL "https://api.github.com"

extern const struct conf_key github_keys[];

void github_check(const struct tracker_conf *conf, tracker_report_fn *report,
                  void *arg);
uint64_t github_fingerprint(const struct tracker_conf *conf);

#endif

/*
 * Microsoft Teams by a Workflows webhook ("When a Teams webhook request is received"):
 * one Adaptive Card, the whole request below 28 KB (learn.microsoft.com, Teams
 * connectors). The address ends in a signature, so all of it is a secret. 202 says that
 * the flow has started; whether it has posted nobody tells.
 */
#ifndef CHAT_TEAMS_H
#define CHAT_TEAMS_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct teams_conf {
    struct secret url;
};

extern const struct chat_ops teams_ops;

#endif

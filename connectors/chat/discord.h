/*
 * Discord webhook: embeds, 4,096 characters each and 6,000 in all, ten at most; mentions
 * are switched off (`allowed_mentions`). With `wait=true` the answer is the message, so a
 * message that could not be saved is told (discord.com/developers, Webhook resource).
 */
#ifndef CHAT_DISCORD_H
#define CHAT_DISCORD_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct discord_conf {
    struct secret url;
};

extern const struct chat_ops discord_ops;

#endif

/*
 * Mattermost incoming webhook: Markdown in attachments, with a fallback text each. A post
 * has at most 16,383 characters, its attachments 7,900 (older servers).
 */
#ifndef CHAT_MATTERMOST_H
#define CHAT_MATTERMOST_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct mattermost_conf {
    struct secret url;
};

extern const struct chat_ops mattermost_ops;

#endif

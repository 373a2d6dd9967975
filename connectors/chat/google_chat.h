/*
 * Google Chat incoming webhook: a card (cardsV2) with a fallback text, 32,000 bytes in
 * all. Key and token stand in the address, so all of it is a secret.
 */
#ifndef CHAT_GOOGLE_CHAT_H
#define CHAT_GOOGLE_CHAT_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct google_chat_conf {
    struct secret url;
};

extern const struct chat_ops google_chat_ops;

#endif

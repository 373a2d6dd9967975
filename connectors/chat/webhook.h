/*
 * Generic webhook, signed as Standard Webhooks 1.0.0 says: webhook-id (the
 * outbox key, the same on each attempt), webhook-timestamp (of the attempt),
 * webhook-signature `v1,` base64(HMAC-SHA256(secret, id.timestamp.body)), one
 * for each secret while the secret is being changed. The payload is under 20 KB and described by config/webhook.schema.json.
 */
#ifndef CHAT_WEBHOOK_H
#define CHAT_WEBHOOK_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct webhook_conf {
    struct str url;
    struct secret secret;     /* whsec_ and base64, or raw bytes; NONE: unsigned */
    struct secret old_secret; /* while keys change: signed with, too */
};

extern const struct chat_ops webhook_ops;

#endif

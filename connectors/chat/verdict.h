/*
 * What an HTTP status means for a message, the same for every webhook-like
 * channel (alerts.md, Delivery; Standard Webhooks 1.0.0). Pure.
 */
#ifndef CHAT_VERDICT_H
#define CHAT_VERDICT_H

#include "base/http_msg.h"
#include "connectors/connector.h"

/*
 * 2xx delivered; 408, 425, 429, 500, 503 and requests that never left: retry;
 * 502, 504 and silence after sending: uncertain; 410: the channel is dead;
 * anything else, redirects included: rejected. *ret_after from Retry-After.
 */
enum chat_verdict verdict_of_http(const struct http_response *resp,
                                  const struct err *failure, struct wall now,
                                  struct dur *ret_after, struct err *e);

/* Retry-After as seconds (a fraction allowed) or an HTTP date, in [0, 24 h]. */
struct dur verdict_retry_after(const struct http_response *resp, struct wall now);

#endif

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

/*
 * What a chat's own words say, before the common meaning of the status: the first row
 * that fits. Only words of the table get into the message.
 */
struct verdict_row {
    int status;       /* 0: any */
    const char *word; /* NULL: any */
    enum chat_verdict verdict;
};
enum chat_verdict verdict_by_rows(const struct verdict_row *rows, size_t n, int status,
                                  struct str word, enum chat_verdict otherwise,
                                  struct err *e);
/*
 * A string, number or truth in a JSON answer, by the names on the way to it (NULL ends them);
 * empty: there is none. Copied into `out`, at most its size, which it is cut to.
 */
struct str verdict_member(struct str body, const char *const *path, char *out,
                          size_t size);

/* Retry-After as seconds (a fraction allowed) or an HTTP date, in [0, 24 h]. */
struct dur verdict_retry_after(const struct http_response *resp, struct wall now);

#endif

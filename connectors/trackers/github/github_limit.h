/*
 * GitHub's rate limits as told by one answer's headers. Pure.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_LIMIT_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_LIMIT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "connectors/connector.h"

/* No wait is longer: the primary limit is refilled every hour. */
#define GITHUB_MAX_WAIT DUR_H(1)

/* Fills what the answer tells of limits and of the server's clock. */
void github_limit_read(const struct http_response *resp, struct feed *out);

/*
 * Whether a 403 or 429 is a limit, and how long to wait: Retry-After, else
 * until the reset when nothing remains, else a minute, doubled by each of the
 * `before` limits met in a row. `message` is what the body says.
 */
bool github_limit_hit(const struct http_response *resp, struct str message,
                      const struct feed *told, unsigned before, struct wall now,
                      struct dur *ret_wait) MUST_USE;

/* Retry-After in seconds or as a date, within [0, GITHUB_MAX_WAIT]. */
bool github_retry_after(const struct http_response *resp, struct wall now,
                        struct dur *ret) MUST_USE;

/*
 * Whether so little of the budget remains that the rest is left to others
 * until the reset.
 */
bool github_limit_reserve(const struct feed *told, double reserve, struct wall now,
                          struct dur *ret_wait) MUST_USE;

#endif

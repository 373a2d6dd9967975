/*
 * Which URLs the configuration may name. Pure. RFC 3986 for the form.
 */
#ifndef CONFIG_URL_H
#define CONFIG_URL_H

#include <stdbool.h>

#include "base/str.h"

/*
 * A URL that alignd may call: https, or http to a loopback host; without user
 * and password. False with what is wrong (a constant: never with the URL,
 * which may hold a secret) and a hint or NULL.
 */
bool url_check(struct str url, const char **ret_wrong, const char **ret_hint);
/* http or https, for people to follow; never fetched. */
bool url_is_link(struct str url);

#endif

/*
 * What in a line of an operator's file may be a secret: errors quote their
 * line, logs keep it, and the mistake may be just that a secret stands there.
 * Known settings are hidden by what they are (yaml_hide); this is for lines
 * that nothing is known of yet, such as those of a syntax error. Pure.
 */
#ifndef CONFIG_REDACT_H
#define CONFIG_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { REDACT_MAX = 16 };

struct redact {
    size_t from, to; /* bytes of the line */
};

/*
 * Values of keys that are called token, secret, password or the like, unless
 * they refer ({credential: ...}); user and password of a URL; the path of a
 * webhook's URL. At most REDACT_MAX, from left to right; when there may be more
 * the last one reaches to the end.
 */
size_t redact_find(struct str line, struct redact ret[REDACT_MAX]);
/* A key whose value is likely to be one. */
bool redact_is_key(struct str key);

#endif

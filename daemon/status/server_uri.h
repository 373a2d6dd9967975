/*
 * Percent-decoding of a request target's parts (RFC 3986 2.1). Pure; any
 * thread. A '%' without two hexadecimal digits, a NUL and anything that is not
 * UTF-8 afterwards are ERR_USAGE; dots are left as they are.
 */
#ifndef STATUS_SERVER_URI_H
#define STATUS_SERVER_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* The result views `a`, or `in` where nothing was encoded. */
bool server_uri_decode(struct arena *a, struct str in, struct str *ret,
                       struct err *e) MUST_USE;

#endif

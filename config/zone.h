/*
 * Finds a time zone by its name in the system's zoneinfo directory and reads
 * it (TZif, RFC 8536). A name is `Area/City`, without "..", a leading '/' or
 * anything but letters, digits and + - _ /, so that no other file is opened.
 * Not on the loop. The zone lives in the arena.
 */
#ifndef CONFIG_ZONE_H
#define CONFIG_ZONE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/tz.h"

bool zone_load(struct str name, const char *zoneinfo, struct arena *a,
               const struct tz **ret, struct err *e) MUST_USE;
/* The name in the same area that is nearest, as a hint; empty: none. */
struct str zone_hint(struct str name, const char *zoneinfo, struct arena *a);

#endif

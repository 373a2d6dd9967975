/*
 * The time zone of whoever reads the output: $TZ, else /etc/localtime, read
 * from the system's TZif files. What cannot be read is UTC. One thread; the
 * zone lives in the arena given.
 */
#ifndef CTL_ZONE_H
#define CTL_ZONE_H

#include "base/arena.h"
#include "core/tz.h"

/* `tz`: the value of $TZ; NULL or empty: the system's zone. Forms of POSIX other than a
   name below /usr/share/zoneinfo are taken as UTC. */
const struct tz *zone_local(const char *tz, struct arena *a);

#endif

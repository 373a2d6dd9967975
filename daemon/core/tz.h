/*
 * Time zones: pure, any thread, tested against zdump(8). config reads TZif
 * bytes (RFC 8536) from the system; here they become a struct. A local time
 * that a DST change skips is the next instant that exists; a repeated one is
 * the first. Values live in the arena given. Times from 1970-01-01 to
 * 9999-12-30 count; one outside is taken for the nearest inside.
 */
#ifndef CORE_TZ_H
#define CORE_TZ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

struct tz; /* immutable after tz_parse */

/*
 * Version 2+ data and the POSIX TZ footer; version 1 alone and zones that
 * count leap seconds ("right/...") are refused. ERR_PARSE, ERR_NOMEM. The bytes
 * are not kept.
 */
bool tz_parse(struct str tzif, struct str name, struct arena *a, const struct tz **ret,
              struct err *e) MUST_USE;
const struct tz *tz_utc(void);
struct str tz_name(const struct tz *tz);

struct local {
    struct date date;
    int minute; /* of the day */
    int second;
    int32_t offset; /* seconds east of UTC */
};
struct local tz_local(const struct tz *tz, struct wall t);
struct wall tz_wall(const struct tz *tz, struct date d, int minute);

#endif

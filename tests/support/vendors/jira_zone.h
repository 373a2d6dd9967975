/*
 * The time zone of a Jira user: reads a compiled zone file (RFC 8536) of the
 * system, so that offsets, and the hours a change of clocks skips or repeats,
 * are those of the real place. Immutable after loading; any thread.
 */
#ifndef VENDORS_JIRA_ZONE_H
#define VENDORS_JIRA_ZONE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct jira_zone;

/* "UTC" needs no file; any other name is looked up in /usr/share/zoneinfo. */
struct jira_zone *jira_zone_load(const char *name, struct err *e) MUST_USE;
void jira_zone_destroy(struct jira_zone *z); /* NULL is fine */
const char *jira_zone_name(const struct jira_zone *z);

/* Seconds east of UTC at that time (seconds since 1970). */
int32_t jira_zone_offset(const struct jira_zone *z, int64_t utc);
/* A local time that was skipped is the next instant, a repeated one the first. */
int64_t jira_zone_to_utc(const struct jira_zone *z, int64_t local);

#endif

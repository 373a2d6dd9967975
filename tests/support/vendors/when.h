/*
 * Times of a company file. Either absolute ("2026-11-22T12:57:00Z",
 * "2026-11-22") or relative to the start of the server ("now", "-3d",
 * "-2d 4h", "+1w"), so that a demo always looks current. Pure; any thread.
 */
#ifndef VENDORS_WHEN_H
#define VENDORS_WHEN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"

/* Units w d h m s; a list of them adds up, the sign in front is of the whole. */
bool when_parse(struct str text, struct wall now, struct wall *ret) MUST_USE;

/* Only the relative form, as JQL has it too: "-15m", "4w 2d". */
bool when_parse_relative(struct str text, struct dur *ret) MUST_USE;

#endif

/*
 * Days off from a calendar file (iCalendar, RFC 5545): all-day events, of one
 * day or several, single or yearly. Events with a time of day are no days off
 * and are skipped, as are cancelled ones. What repeats in any other way is an
 * error and not a guess. Pure: the text is at hand; linear in it.
 */
#ifndef CONFIG_ICS_H
#define CONFIG_ICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"

enum {
    ICS_MAX_BYTES = 1024 * 1024,
    ICS_MAX_DATES = 20000,
    ICS_LAST_YEAR = 2100, /* how far yearly events are written out */
};

struct ics_dates {
    struct date *v; /* the arena's; unsorted */
    size_t n, cap;
};

/* The error names the line and never quotes the file. */
bool ics_read(struct str text, struct arena *a, struct ics_dates *ret,
              struct err *e) MUST_USE;

#endif

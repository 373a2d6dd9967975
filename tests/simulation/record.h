/*
 * What happened, in words and in order: hashed, so that two runs of a seed can
 * be compared; printed as it happens where that is wanted; and its last lines
 * are what is shown when something that must never be was seen. The daemon's
 * log goes here as well (unhashed: it names paths). Any thread may log; all
 * else is the loop thread's.
 */
#ifndef SIMULATION_RECORD_H
#define SIMULATION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* `dir`: named DIR where it is told, as two runs have two of them; borrowed. */
void record_init(bool verbose, const char *dir);
void record(const char *fmt, ...) PRINTF(1, 2);
void record_bytes(const void *p, size_t n); /* hashed alone */
uint64_t record_hash(void);
uint64_t record_count(void); /* of events */
/* An invariant is broken: says so with what led to it, and ends the process. */
_Noreturn void record_fail(const char *fmt, ...) PRINTF(1, 2);
/* Whether errors of the daemon's log are to be expected: it is being killed, or its
   disk is full. Any other one is a failure. */
void record_expect_errors(bool expected);
/* When one came nevertheless: checked where nothing is running. */
void record_check_log(void);

#endif

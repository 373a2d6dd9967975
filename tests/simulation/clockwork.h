/*
 * Simulated time, and the timers of the loop under it. There are three clocks:
 * the true time of the world, the daemon's wall clock (off by what somebody set
 * it to) and its steady clock, which stands still while the machine sleeps.
 *
 * The linker puts clockwork.c between the daemon and libuv's timers: a handle
 * stays libuv's own, is active and is closed as ever, but is fired from here,
 * in order of its time and then of its start. Loop thread alone.
 */
#ifndef SIMULATION_CLOCKWORK_H
#define SIMULATION_CLOCKWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

void clockwork_init(struct wall truth);
const struct clock *clockwork_clock(void); /* the daemon's */

struct wall clockwork_truth(void);
int64_t clockwork_mono(void); /* ms */

void clockwork_advance(int64_t ms); /* all clocks */
void clockwork_sleep(int64_t ms);   /* the machine: timers stand still */
void clockwork_set(int64_t ahead);  /* the daemon's wall clock, of the true time */
int64_t clockwork_since_set(void);  /* ms of steady time */

/* Whether a handle was closed since this was asked last: the loop has to turn. */
bool clockwork_has_closed(void);

/* When the next timer is due, in steady time; INT64_MAX: none is set. */
int64_t clockwork_next(void);
/* Fires the first timer that is due; false: none is. */
bool clockwork_fire(void);
uint64_t clockwork_fired(void); /* since the start */

#endif

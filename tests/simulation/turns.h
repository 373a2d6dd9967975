/*
 * The store's work, one piece at a time. The threads are the daemon's own, but
 * the linker puts turns.c before their queues: a piece is handed over only when
 * none is running, and where both engine and reader have one, chance says whose
 * turn it is. So threads are never a reason for two runs of a seed to differ,
 * and their orders are tried. Loop thread alone.
 */
#ifndef SIMULATION_TURNS_H
#define SIMULATION_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

void turns_init(uint64_t seed);
/* Runs one piece to its end, or a step of closing the store; false: nothing to do. */
bool turns_take(uv_loop_t *loop);
uint64_t turns_taken(void); /* pieces, since the start */

#endif

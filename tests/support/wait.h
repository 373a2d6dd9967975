/*
 * Waiting in tests: a condition is asked again until it holds or the limit has
 * passed, so that no test sleeps for a guessed time. Any thread.
 */
#ifndef TESTS_SUPPORT_WAIT_H
#define TESTS_SUPPORT_WAIT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"

typedef bool wait_fn(void *arg);

/* Asks at once, then every few milliseconds; false when `limit` has passed. */
bool wait_until(wait_fn *holds, void *arg, struct dur limit) MUST_USE;

/* Milliseconds left until `limit` after `start`, for poll(2); 0 when over. */
int wait_left(struct mono start, struct dur limit);

#endif

/*
 * What the parts of `make bench` share. A goal of performance.md that is missed
 * is printed as such and fails the test when its part is over, so that one run
 * shows all figures.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>

long bench_env(const char *name, long otherwise);
/* Prints "what  got (goal)  ok|MISSED". */
void bench_goal(const char *what, double got, double goal, bool met);
unsigned bench_missed(void); /* goals so far */

void bench_compare(void **state);

#endif

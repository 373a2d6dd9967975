/*
 * What the parts of `make bench` share. A goal of performance.md that is missed
 * is printed as such and fails the program when all parts are over, so that one run
 * shows all figures.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>

long bench_env(const char *name, long otherwise);
/* Prints "what  got (goal)  ok|MISSED". */
void bench_goal(const char *what, double got, double goal, bool met);

/* The parts, each a test of cmocka. */
void bench_compare(void **state); /* with others */
void bench_idle(void **state);    /* when nothing happens */
void bench_scanner(void **state); /* of pages, with jansson */
void bench_socket(void **state);  /* requests a second, with a bare responder */
void bench_start(void **state);   /* with ITEMS items stored */

#endif

/*
 * What the parts of `make bench` share. Goals and what is held of them stand in
 * goals.def; a figure worse than what is held fails the program when all parts are
 * over, so that one run shows all figures.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>

long bench_env(const char *name, long otherwise);

enum bench_goal {
#define GOAL(name, what, direction, goal, held) GOAL_##name,
#include "tests/bench/goals.def"
#undef GOAL
};
/* Prints "what  got (goal)  ok|MISSED", and when it is worse than what is held. */
void bench_goal(enum bench_goal g, double got);

/* The parts, each a test of cmocka. */
void bench_compare(void **state); /* with others */
void bench_idle(void **state);    /* when nothing happens */
void bench_scanner(void **state); /* of pages, with jansson */
void bench_socket(void **state);  /* requests a second, with a bare responder */
void bench_start(void **state);   /* with ITEMS items stored */
void bench_suggest(void **state); /* how good suggestions are, on recorded issues */

#endif

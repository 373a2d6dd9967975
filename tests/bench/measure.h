/*
 * Whole programs, measured from outside: what wait4(2) tells of a child. One
 * thread.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
    double wall,
        cpu; /* seconds; cpu: user and system, of the child and those it waited for */
    long rss_kb; /* peak of its largest process */
};

int64_t measure_us(void); /* CLOCK_MONOTONIC */

/*
 * Runs a program to its end with its output in `log` (a file; NULL: nowhere) and
 * `cwd` as its folder (NULL: as it is). False: not started, or it did not exit
 * with 0.
 */
bool measure_run(const char *const *argv, const char *cwd, const char *log,
                 struct usage *ret);
double measure_median(double *v, unsigned n); /* sorts `v` */

#endif

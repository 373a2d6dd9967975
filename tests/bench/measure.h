/*
 * Whole programs, measured from outside: what wait4(2) tells of a child, and what
 * proc(5) does of one that runs. One thread.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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
/*
 * The number after "NAME:" in /proc/PID/FILE: VmHWM of status, Private_Dirty of
 * smaps_rollup (both kB), voluntary_ctxt_switches of status (of the first thread).
 * -1: there is none.
 */
long measure_proc(pid_t pid, const char *file, const char *name);
/* Seconds a process has used so far, user and system; in ticks of a hundredth. */
double measure_cpu(pid_t pid);
double measure_median(double *v, unsigned n); /* sorts `v` */

#endif

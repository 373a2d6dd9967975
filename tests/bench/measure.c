#include "tests/bench/measure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t measure_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void child(const char *const *argv, const char *cwd, const char *log)
{
    int fd = open(log != NULL ? log : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
        (cwd != NULL && chdir(cwd) != 0))
        _exit(127);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

bool measure_run(const char *const *argv, const char *cwd, const char *log,
                 struct usage *ret)
{
    int64_t start = measure_us();
    struct rusage used;
    int status;
    pid_t pid = fork();

    if (pid == 0)
        child(argv, cwd, log);
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return false;
    ret->wall = (double)(measure_us() - start) / 1e6;
    ret->cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
    ret->rss_kb = used.ru_maxrss;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return a < b ? -1 : a > b;
}

double measure_median(double *v, unsigned n)
{
    qsort(v, n, sizeof(*v), by_size);
    return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

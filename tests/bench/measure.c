#include "tests/bench/measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    const char *path = log != NULL ? log : "/dev/null";
    /* What /dev/stderr stands for may be a file that holds what was said so far. */
    int how = strncmp(path, "/dev/", 5) == 0 ? O_APPEND : O_TRUNC;
    int fd = open(path, O_WRONLY | O_CREAT | how, 0600);

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

static FILE *open_proc(pid_t pid, const char *file)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    return fopen(path, "re");
}

long measure_proc(pid_t pid, const char *file, const char *name)
{
    FILE *f = open_proc(pid, file);
    size_t n = strlen(name);
    char line[512];
    long v = -1;

    while (f != NULL && v < 0 && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            v = strtol(line + n + 1, NULL, 10);
    }
    if (f != NULL)
        fclose(f);
    return v;
}

double measure_cpu(pid_t pid)
{
    FILE *f = open_proc(pid, "stat");
    unsigned long user = 0, system = 0;
    char line[1024] = "";

    if (f != NULL) {
        /* The name of the program, in parentheses, may hold anything. */
        if (fgets(line, sizeof(line), f) != NULL && strrchr(line, ')') != NULL)
            sscanf(strrchr(line, ')') + 2,
                   "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                   &system);
        fclose(f);
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
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

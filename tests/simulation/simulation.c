/*
 * Runs seeds, each in a process of its own; README.md. Environment: SEED (the
 * first, 1), SEEDS (how many, 1), DAYS (12), SKIP (faults left out, as bits),
 * VERBOSE, JOBS (2), SHRINK (1).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/life.h"
#include "tests/simulation/troubles.h"
#include "tests/support/tempdir.h"

enum { MAX_JOBS = 16, OUTPUT_MAX = 1 << 20 };

struct job {
    pid_t pid;
    uint64_t seed;
    struct tempdir dir;
};

static struct {
    uint64_t seed, seeds;
    int days;
    uint32_t skip;
    bool verbose;
    size_t jobs;
} opt;

static uint64_t env_number(const char *name, uint64_t dflt)
{
    const char *text = getenv(name);

    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : dflt;
}

/* For the process that has started this one. */
static void leave_hash(const char *dir, uint64_t hash)
{
    char path[300];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/hash", dir);
    f = fopen(path, "w");
    if (f == NULL || fprintf(f, "%" PRIx64, hash) < 0 || fclose(f) != 0)
        _exit(2);
}

/* What is wrong with a configuration goes to standard error, and so do sanitizers. */
static _Noreturn void run_child(const struct life_options *o, bool quiet)
{
    struct life_result r;
    char said[300];

    (void)snprintf(said, sizeof(said), "%s/stderr", o->dir);
    umask(077);
    if ((quiet && freopen("/dev/null", "w", stdout) == NULL) ||
        (!o->verbose && freopen(said, "w", stderr) == NULL))
        _exit(2);
    life_run(o, &r);
    leave_hash(o->dir, r.hash);
    printf("seed %" PRIu64 ": %" PRIu64 " messages (%" PRIu64 " once more), %" PRIu64
           " lives, %" PRIu64 " turns, %" PRIu64 " timers, hash %016" PRIx64 "\n",
           o->seed, r.messages, r.resent, r.lives, r.turns, r.timers, r.hash);
    fflush(stdout);
    _exit(0);
}

static pid_t start(uint64_t seed, int days, uint32_t skip, bool quiet, struct tempdir *dir)
{
    struct life_options o = {.seed = seed, .days = days, .skip = skip,
                             .verbose = opt.verbose && !quiet};
    struct err e;
    pid_t pid;

    if (!tempdir_create(dir, &e)) {
        fprintf(stderr, "simulation: %s\n", e.msg);
        exit(2);
    }
    o.dir = tempdir_path(dir);
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        run_child(&o, quiet);
    return pid;
}

/* `ret_hash` may be NULL. */
static bool fails(uint64_t seed, int days, uint32_t skip, struct buf *ret_hash)
{
    struct tempdir dir;
    struct buf path;
    struct err e;
    int status = 0;
    pid_t pid = start(seed, days, skip, true, &dir);
    bool failed;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    failed = status != 0;
    if (ret_hash != NULL && !failed) {
        failed = !tempdir_join(&dir, "hash", &path, &e) ||
                 !tempdir_read(buf_cstr(&path), ret_hash, &e);
        buf_finish(&path);
    }
    tempdir_remove(&dir);
    return failed;
}

/* A seed is one run: else nothing that is found could be found again. */
static bool is_repeatable(uint64_t seed)
{
    struct buf a, b;
    bool same;

    if (fails(seed, opt.days, opt.skip, &a) || fails(seed, opt.days, opt.skip, &b))
        return true; /* it fails, and is told among the others */
    same = str_eq(buf_str(&a), buf_str(&b));
    printf("seed %" PRIu64 " twice: %s and %s\n", seed, buf_cstr(&a), buf_cstr(&b));
    buf_finish(&a);
    buf_finish(&b);
    return same;
}

/* Fewer faults, then fewer days, while it still fails. */
static void shrink(uint64_t seed)
{
    uint32_t skip = opt.skip;
    int days = opt.days;

    for (unsigned i = 0; i < TROUBLES_MAX; i++) {
        uint32_t more = skip | UINT32_C(1) << i;

        if (more != skip && fails(seed, days, more, NULL))
            skip = more;
    }
    while (days > 2 && fails(seed, days - (days > 8 ? 4 : 1), skip, NULL))
        days -= days > 8 ? 4 : 1;
    printf("the least that fails: make simulate SEED=%" PRIu64 " DAYS=%d SKIP=0x%x "
           "VERBOSE=1\n",
           seed, days, skip);
}

static void show_said(const struct tempdir *dir)
{
    struct buf path, text;
    struct err e;

    if (tempdir_join(dir, "stderr", &path, &e) &&
        tempdir_read(buf_cstr(&path), &text, &e)) {
        printf("%s", buf_cstr(&text) + (text.n > 6000 ? text.n - 6000 : 0));
        buf_finish(&text);
    }
    buf_finish(&path);
}

static size_t wait_one(struct job *jobs, bool *ret_failed)
{
    int status = 0;
    pid_t pid;

    do
        pid = wait(&status);
    while (pid < 0 && errno == EINTR);
    for (size_t i = 0; i < opt.jobs; i++) {
        if (jobs[i].pid != pid)
            continue;
        if (status != 0)
            show_said(&jobs[i].dir);
        tempdir_remove(&jobs[i].dir);
        jobs[i].pid = 0;
        *ret_failed = status != 0;
        if (WIFSIGNALED(status))
            printf("seed %" PRIu64 " was ended by signal %d\n", jobs[i].seed,
                   WTERMSIG(status));
        return i;
    }
    exit(2);
}

static size_t run_all(uint64_t *failed, size_t max)
{
    struct job jobs[MAX_JOBS] = {0};
    uint64_t next = opt.seed;
    size_t running = 0, n = 0;
    bool bad;

    while (running > 0 || next < opt.seed + opt.seeds) {
        size_t slot = 0;

        while (slot < opt.jobs && jobs[slot].pid != 0)
            slot++;
        if (slot < opt.jobs && next < opt.seed + opt.seeds) {
            jobs[slot].seed = next;
            jobs[slot].pid = start(next++, opt.days, opt.skip, false, &jobs[slot].dir);
            running++;
            continue;
        }
        slot = wait_one(jobs, &bad);
        running--;
        if (bad && n < max)
            failed[n++] = jobs[slot].seed;
    }
    return n;
}

int main(void)
{
    static uint64_t failed[1000];
    bool repeatable = true;
    size_t n;

    opt.seed = env_number("SEED", 1);
    opt.seeds = env_number("SEEDS", 1);
    opt.days = (int)env_number("DAYS", 12);
    opt.skip = (uint32_t)env_number("SKIP", 0);
    opt.verbose = env_number("VERBOSE", 0) != 0;
    opt.jobs = (size_t)env_number("JOBS", 2);
    if (opt.jobs < 1 || opt.jobs > MAX_JOBS || opt.days < 2)
        return 2;
    if (opt.seeds > 1)
        repeatable = is_repeatable(opt.seed);
    n = run_all(failed, sizeof(failed) / sizeof(failed[0]));
    for (size_t i = 0; i < n; i++)
        printf("FAILED: make simulate SEED=%" PRIu64 " DAYS=%d\n", failed[i], opt.days);
    if (n > 0 && !opt.verbose && env_number("SHRINK", 1) != 0)
        shrink(failed[0]);
    if (!repeatable)
        printf("FAILED: two runs of seed %" PRIu64 " differ\n", opt.seed);
    printf("%" PRIu64 " seeds of %d days, %zu failed\n", opt.seeds, opt.days, n);
    return n > 0 || !repeatable ? 1 : 0;
}

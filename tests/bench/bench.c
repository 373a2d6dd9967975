/*
 * `make bench`: what performance.md asks for, measured with the real daemon and local
 * servers that are faster than it; figures of this run on this machine. Here:
 *
 *   first sync   of ISSUES GitHub-shaped issues, ROUNDS times: wall, CPU (user +
 *                system of the daemon), peak RSS
 *   status       latency of GET /v1/status while that sync runs, paced; the median of
 *                the rounds is what is judged
 *   no change    the same source again: time, and pages written to SQLite's log
 *
 * Each in a file of its own: compare.c (the sync beside others), scanner.c (beside
 * jansson), socket.c (requests a second, beside a bare responder), idle.c (memory and
 * wake-ups, beside Alertmanager), start.c (with ITEMS items stored; what ten times
 * the issues add to memory), suggest.c (how good suggestions are). scale.c, a program of its own, has what changes and
 * edits cost.
 *
 * Environment: ISSUES (default 100000), RATE (requests a second, default 1000),
 * ROUNDS (5), ITEMS (1000000), PART and SKIP (patterns: only the functions of that
 * name, all but those). Fails where something is worse than goals.def holds.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { MAX_SAMPLES = 1 << 20, CYCLES = 5, MAX_ROUNDS = 50 };

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: big, type: github, url: @URL@/github, repos: [acme/big],\n"
    "      token: { file: @DIR@/token }, interval: 1h, history: 36500d }\n";

static size_t swallow(char *p, size_t size, size_t n, void *arg)
{
    struct buf *b = arg;

    buf_add(b, (struct str){p, size * n});
    return size * n;
}

struct asker {
    CURL *easy;
    struct buf body;
};

static void asker_open(struct asker *a, struct rig *r)
{
    a->easy = curl_easy_init();
    buf_init(&a->body, 1 << 22);
    curl_easy_setopt(a->easy, CURLOPT_UNIX_SOCKET_PATH, buf_cstr(&r->socket));
    curl_easy_setopt(a->easy, CURLOPT_URL, "http://localhost/v1/status");
    curl_easy_setopt(a->easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(a->easy, CURLOPT_WRITEDATA, &a->body);
}

/* One request over a kept connection: its time in us. */
static int64_t asker_ask(struct asker *a)
{
    int64_t t = measure_us();

    buf_clear(&a->body);
    assert_int_equal(curl_easy_perform(a->easy), CURLE_OK);
    t = measure_us() - t;
    buf_addc(&a->body, '\0');
    return t;
}

static int by_size(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return a < b ? -1 : a > b;
}

long bench_env(const char *name, long otherwise)
{
    const char *v = getenv(name);

    return v != NULL && *v != '\0' ? strtol(v, NULL, 10) : otherwise;
}

enum direction { AT_MOST, AT_LEAST };

static const struct {
    const char *what;
    enum direction direction;
    double goal, held;
} goals[] = {
#define GOAL(name, what, direction, goal, held) {what, direction, goal, held},
#include "tests/bench/goals.def"
#undef GOAL
};

static unsigned missed, worse;

static bool is_met(enum direction d, double got, double wanted)
{
    return d == AT_MOST ? got <= wanted : got >= wanted;
}

void bench_goal(enum bench_goal g, double got)
{
    bool met = is_met(goals[g].direction, got, goals[g].goal);
    bool held = is_met(goals[g].direction, got, goals[g].held);

    missed += !met;
    worse += !held;
    print_message("  %-40s %8.2f  (goal %g)  %s", goals[g].what, got, goals[g].goal,
                  met ? "ok" : "MISSED");
    if (held)
        print_message("\n");
    else
        print_message(", and WORSE than the %g that was held\n", goals[g].held);
}

/* Who measures is not to wait for a processor itself, which the daemon, the tracker and
   the disk want as well: it goes first where that is allowed. */
static void go_first(bool first)
{
    const struct sched_param param = {.sched_priority = first};

    if (sched_setscheduler(0, (first ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK,
                           &param) != 0)
        print_message("status: who asks waits for a processor, too (%s)\n",
                      strerror(errno));
}

/* Asks until what is wanted is synced and evaluated: how often, and at what time. */
static size_t ask_until_synced(struct asker *asker, int64_t *samples,
                               int64_t *ret_synced_us)
{
    long rate = bench_env("RATE", 1000);
    int64_t next = measure_us();
    size_t n = 0;

    *ret_synced_us = 0;
    while (*ret_synced_us == 0 && n < MAX_SAMPLES) {
        samples[n++] = asker_ask(asker);
        if (strstr(asker->body.p, "\"state\":\"fresh\"") != NULL &&
            strstr(asker->body.p, "\"evaluating\":false") != NULL)
            *ret_synced_us = measure_us();
        next += 1000000 / rate;
        if (next > measure_us())
            usleep((useconds_t)(next - measure_us()));
    }
    return n;
}

/* Its p99 of the status, in ms. */
static double first_sync(struct rig *r, long issues)
{
    int64_t *samples = calloc(MAX_SAMPLES, sizeof(*samples));
    int64_t start = measure_us(), synced;
    struct asker asker;
    double p99;
    pid_t pid;
    size_t n;

    assert_non_null(samples);
    rig_start(r, NULL);
    pid = spawn_pid(r->alignd);
    asker_open(&asker, r);
    go_first(true);
    n = ask_until_synced(&asker, samples, &synced);
    go_first(false);
    qsort(samples, n, sizeof(*samples), by_size);
    print_message(
        "first sync of %ld issues: %.2f s wall, %.2f s CPU, %.1f MB peak RSS\n", issues,
        (double)(synced - start) / 1e6, measure_cpu(pid),
        (double)measure_proc(pid, "status", "VmHWM") / 1024);
    p99 = (double)samples[n * 99 / 100] / 1000;
    print_message("status while syncing: %zu requests, p50 %.2f ms, p99 %.2f ms, "
                  "worst %.2f ms\n",
                  n, (double)samples[n / 2] / 1000, p99, (double)samples[n - 1] / 1000);
    curl_easy_cleanup(asker.easy);
    buf_finish(&asker.body);
    free(samples);
    return p99;
}

/* Pages that a cycle writes; one during which the log is begun anew says nothing. */
static size_t pages_of_cycle(struct rig *r, double *ret_ms, double *ret_cpu_ms)
{
    pid_t pid = spawn_pid(r->alignd);
    struct rig_wal before, after;

    for (int tries = 0; tries < 5; tries++) {
        double cpu = measure_cpu(pid);
        int64_t start = measure_us();

        rig_wal(r, &before);
        rig_cycle(r);
        rig_wal(r, &after);
        *ret_ms = (double)(measure_us() - start) / 1000;
        *ret_cpu_ms = (measure_cpu(pid) - cpu) * 1000;
        if (memcmp(before.salts, after.salts, sizeof(before.salts)) == 0)
            return after.pages - before.pages;
    }
    fail_msg("the log is begun anew in every cycle");
    return 0;
}

/* Days are split and suggestions found while nothing else is to be done: until nothing
   has been written for two seconds. */
static void settle(struct rig *r)
{
    pid_t pid = spawn_pid(r->alignd);
    double cpu = measure_cpu(pid);
    int64_t start = measure_us(), last = start;
    struct rig_wal before, now;

    rig_wal(r, &before);
    while (measure_us() - last < 2000000) {
        usleep(100000);
        rig_wal(r, &now);
        if (memcmp(&now, &before, sizeof(now)) != 0)
            last = measure_us();
        before = now;
        if (measure_us() - start > 120000000)
            fail_msg("it never comes to rest");
    }
    print_message("afterwards, days and suggestions: %.2f s CPU, at rest after %.1f s, "
                  "%.1f MB peak RSS\n",
                  measure_cpu(pid) - cpu, (double)(last - start) / 1e6,
                  (double)measure_proc(pid, "status", "VmHWM") / 1024);
}

/* The first cycles after a walk still move watermarks and learn ETags, and there is
   the daily house-keeping. */
static void quiet_cycles(struct rig *r)
{
    double ms[CYCLES], cpu_ms[CYCLES];
    size_t most = 0;

    rig_await_backup(r);
    settle(r);
    rig_cycle(r);
    rig_cycle(r);
    settle(r);
    for (int i = 0; i < CYCLES; i++) {
        size_t pages = pages_of_cycle(r, &ms[i], &cpu_ms[i]);

        assert_true(pages > 0); /* that it looked is written down */
        most = pages > most ? pages : most;
    }
    print_message("a cycle without a change: %.0f ms wall, %.0f ms CPU\n",
                  measure_median(ms, CYCLES), measure_median(cpu_ms, CYCLES));
    bench_goal(GOAL_QUIET_PAGES, (double)most);
}

static void set_up(struct rig *r, long issues)
{
    char count[32];

    snprintf(count, sizeof(count), "%ld", issues);
    rig_init(r);
    rig_vendors(r, (const char *[]){"--synthetic-github", count, "--repo", "acme/big",
                                    "--gzip", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", config);
}

/* A sync is three seconds long and its p99 thirty replies, which wait for the kernel's
   slices of time: one run alone says little. */
static void bench_first_sync(void **state)
{
    long issues = bench_env("ISSUES", 100000), rounds = bench_env("ROUNDS", 5);
    double p99[MAX_ROUNDS];
    struct rig r;

    (void)state;
    assert_in_range(rounds, 1, MAX_ROUNDS);
    for (long i = 0; i < rounds; i++) {
        set_up(&r, issues);
        p99[i] = first_sync(&r, issues);
        if (i == rounds - 1)
            quiet_cycles(&r);
        rig_stop(&r, 0);
        rig_finish(&r);
    }
    bench_goal(GOAL_STATUS_P99, measure_median(p99, (unsigned)rounds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bench_first_sync), cmocka_unit_test(bench_compare),
        cmocka_unit_test(bench_scanner),    cmocka_unit_test(bench_socket),
        cmocka_unit_test(bench_idle),       cmocka_unit_test(bench_start),
        cmocka_unit_test(bench_suggest),
    };
    const char *part = getenv("PART"), *skip = getenv("SKIP");
    int failed;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (part != NULL && *part != '\0')
        cmocka_set_test_filter(part);
    if (skip != NULL && *skip != '\0')
        cmocka_set_skip_filter(skip);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("%u goals were missed, %u figures are worse than was held\n", missed,
                  worse);
    return failed != 0 || worse > 0;
}

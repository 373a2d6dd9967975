/*
 * `make bench`: what a first sync of N GitHub-shaped issues costs, beside others
 * (compare.c), and what people who ask for the status feel meanwhile. The real
 * daemon, a local server that is faster than it; figures of this run on this
 * machine.
 *
 *   first sync   wall, CPU (user + system of the daemon), peak RSS
 *   status       latency of GET /v1/status while that sync runs, paced
 *   no change    the same source again: time and WAL bytes written
 *
 * Environment: ISSUES (default 100000), RATE (requests a second, default 1000),
 * ROUNDS (5). Fails when a goal of bench_goal was missed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { MAX_SAMPLES = 1 << 20 };

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

/* user + system seconds and peak RSS of the daemon, proc_pid_stat(5). */
static void cost(struct rig *r, double *ret_cpu, long *ret_rss_kb)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)spawn_pid(r->alignd));
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    fclose(f);
    assert_int_equal(sscanf(strrchr(line, ')') + 2,
                            "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            &user, &system),
                     2);
    *ret_cpu = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    *ret_rss_kb = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)spawn_pid(r->alignd));
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL)
        sscanf(line, "VmHWM: %ld", ret_rss_kb);
    fclose(f);
}

static off_t wal_bytes(struct rig *r)
{
    struct buf path;
    struct stat st;
    struct err e;
    off_t n = 0;

    assert_true(tempdir_join(&r->dir, "state/alignd.db-wal", &path, &e));
    if (stat(buf_cstr(&path), &st) == 0)
        n = st.st_size;
    buf_finish(&path);
    return n;
}

long bench_env(const char *name, long otherwise)
{
    const char *v = getenv(name);

    return v != NULL && *v != '\0' ? strtol(v, NULL, 10) : otherwise;
}

static unsigned missed;

void bench_goal(const char *what, double got, double goal, bool met)
{
    missed += !met;
    print_message("  %-36s %8.2f  (goal %g)  %s\n", what, got, goal,
                  met ? "ok" : "MISSED");
}

unsigned bench_missed(void)
{
    return missed;
}

static void a_first_sync_and_its_askers(void **state)
{
    long issues = bench_env("ISSUES", 100000), rate = bench_env("RATE", 1000);
    int64_t *samples = calloc(MAX_SAMPLES, sizeof(*samples));
    char count[32];
    struct asker asker;
    struct rig r;
    int64_t start, synced_us = 0, next;
    size_t n = 0;
    double cpu;
    long rss;

    (void)state;
    assert_non_null(samples);
    snprintf(count, sizeof(count), "%ld", issues);
    rig_init(&r);
    rig_vendors(&r, (const char *[]){"--synthetic-github", count, "--repo", "acme/big",
                                     "--gzip", NULL});
    rig_write(&r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(&r, "token", "t0ken");
    rig_write(&r, "alignd.yaml", config);
    start = measure_us();
    rig_start(&r, NULL);
    asker_open(&asker, &r);
    next = measure_us();
    while (synced_us == 0 && n < MAX_SAMPLES) {
        samples[n++] = asker_ask(&asker);
        if (strstr(asker.body.p, "\"state\":\"fresh\"") != NULL &&
            strstr(asker.body.p, "\"evaluating\":false") != NULL)
            synced_us = measure_us() - start;
        next += 1000000 / rate;
        if (next > measure_us())
            usleep((useconds_t)(next - measure_us()));
    }
    cost(&r, &cpu, &rss);
    qsort(samples, n, sizeof(*samples), by_size);
    print_message(
        "first sync of %ld issues: %.2f s wall, %.2f s CPU, %.1f MB peak RSS\n", issues,
        (double)synced_us / 1e6, cpu, (double)rss / 1024);
    print_message("status while syncing: %zu requests, p50 %.2f ms, p99 %.2f ms, "
                  "worst %.2f ms\n",
                  n, (double)samples[n / 2] / 1000,
                  (double)samples[n * 99 / 100] / 1000, (double)samples[n - 1] / 1000);
    bench_goal("status p99 in a first sync, ms", (double)samples[n * 99 / 100] / 1000,
               2, samples[n * 99 / 100] <= 2000);

    rig_sync(&r); /* the first cycle after a walk still moves watermarks */
    cost(&r, &cpu, &rss);
    {
        double before = cpu;
        off_t wal = wal_bytes(&r);

        start = measure_us();
        rig_sync(&r);
        cost(&r, &cpu, &rss);
        print_message(
            "a cycle without a change: %.0f ms wall, %.0f ms CPU, WAL grew %lld "
            "bytes\n",
            (double)(measure_us() - start) / 1000, (cpu - before) * 1000,
            (long long)(wal_bytes(&r) - wal));
    }
    curl_easy_cleanup(asker.easy);
    buf_finish(&asker.body);
    free(samples);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void goals_are_met(void **state)
{
    (void)state;
    if (bench_missed() > 0)
        fail_msg("%u goals were missed", bench_missed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_sync_and_its_askers),
        cmocka_unit_test(bench_compare),
        cmocka_unit_test(goals_are_met),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

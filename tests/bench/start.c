/*
 * Two real first syncs, of 100,000 and of ITEMS issues, by `alignd --once`: what
 * the peak of memory grows by. Then, with what the second has stored and after a
 * clean stop, how long a start takes: from before fork(2) to READY=1 on the socket
 * that systemd gives a service. The database's file is in the page cache then, as
 * it is when a service is restarted, and not after a boot.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/notify.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { SMALL = 100000, STARTS = 7 };

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: big, type: github, url: @URL@/github, repos: [acme/big],\n"
    "      token: { file: @DIR@/token }, interval: 1h, history: 36500d }\n";

/* Not compressed: the server makes each page once, and a million issues' do not stay.
 */
static void sync_once(struct rig *r, long items, struct usage *ret)
{
    struct buf program;
    struct err e;
    char count[32];

    snprintf(count, sizeof(count), "%ld", items);
    rig_init(r);
    rig_vendors(
        r, (const char *[]){"--synthetic-github", count, "--repo", "acme/big", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", config);
    assert_true(spawn_program("alignd", &program, &e));
    const char *const argv[] = {buf_cstr(&program), "-c", buf_cstr(&r->config),
                                "--once", NULL};

    if (!measure_run(argv, NULL, NULL, ret))
        fail_msg("the sync of %ld issues failed", items);
    print_message("first sync of %ld issues: %.1f s wall, %.1f s CPU, %.1f MB\n", items,
                  ret->wall, ret->cpu, (double)ret->rss_kb / 1024);
    buf_finish(&program);
}

static int64_t stored_items(struct rig *r)
{
    sqlite3 *db = rig_database(r);
    sqlite3_stmt *st;
    int64_t n;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM item", -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

static double start_and_stop(struct rig *r, struct notify *n)
{
    int64_t start = measure_us(), ready;

    rig_spawn(r, NULL);
    notify_await(n, "READY=1");
    ready = measure_us();
    rig_stop(r, 0);
    assert_false(rig_log_has(r, "not clean"));
    notify_drop(n);
    return (double)(ready - start) / 1000;
}

void bench_start(void **state)
{
    long items = bench_env("ITEMS", 1000000);
    double ms[STARTS], median, growth;
    struct usage small, large;
    int64_t stored;
    struct notify n;
    struct rig r;

    (void)state;
    sync_once(&r, SMALL + SMALL / 8, &small);
    rig_finish(&r);
    sync_once(&r, items + items / 8, &large);
    growth = (double)(large.rss_kb - small.rss_kb) / 1024;
    bench_goal(GOAL_RSS_GROWTH, growth);

    stored = stored_items(&r);
    assert_true(stored >= items);
    notify_open(&n, &r);
    for (int i = 0; i < STARTS; i++)
        ms[i] = start_and_stop(&r, &n);
    median = measure_median(ms, STARTS);
    print_message("start with %ld items stored, to READY=1: %.1f ms (%.1f-%.1f)\n",
                  items, median, ms[0], ms[STARTS - 1]);
    bench_goal(GOAL_READY, median);
    notify_close(&n);
    rig_finish(&r);
}

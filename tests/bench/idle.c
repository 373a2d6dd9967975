/*
 * What alignd costs while nothing happens, beside Alertmanager with a route and a
 * receiver that does nothing. Both have idled for the same minute when their
 * Private_Dirty is read; alignd has synced IDLE_ITEMS issues and answered requests
 * before, so that what that leaves behind is in it.
 *
 * Wake-ups of the loop are counted as voluntary context switches of the first
 * thread, which sleeps in the loop's epoll_wait and nowhere else: a wait for a lock
 * or a disk is counted, too; a turn of the loop that found work without having slept
 * is not. The watchdog and malloc are as the unit sets them. Cycles are begun by signal and not
 * looked at until they must be over; the signal counts as part of one.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/notify.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { SETTLE_S = 5, IDLE_S = 60, CYCLE_S = 3, CYCLES = 5 };

#define IDLE_ITEMS "10000"

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: big, type: github, url: @URL@/github, repos: [acme/big],\n"
    "      token: { file: @DIR@/token }, interval: 24h, history: 36500d }\n";

/* What the unit gives it: "NAME=value". */
static const char *environment_of_unit(char *line, size_t size)
{
    static const char key[] = "Environment=";
    FILE *f = fopen("systemd/alignd.service.in", "r");

    assert_non_null(f);
    while (fgets(line, (int)size, f) != NULL) {
        if (strncmp(line, key, sizeof(key) - 1) == 0)
            break;
    }
    fclose(f);
    line[strcspn(line, "\n")] = '\0';
    assert_int_equal(strncmp(line, key, sizeof(key) - 1), 0);
    return line + sizeof(key) - 1;
}

static void start_alignd(struct rig *r, struct notify *n)
{
    static char line[256];

    rig_init(r);
    rig_vendors(r, (const char *[]){"--synthetic-github", IDLE_ITEMS, "--repo",
                                    "acme/big", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", config);
    notify_open(n, r);
    n->vars[1] = "WATCHDOG_USEC=60000000";
    n->vars[2] = environment_of_unit(line, sizeof(line));
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_backup(r);
    rig_cycle(r);
    rig_cycle(r);
}

/* NULL: it is not on this machine. */
static struct spawn *start_alertmanager(struct rig *r)
{
    static const char program[] = "/usr/bin/prometheus-alertmanager";
    char file[600], data[600];
    const char *const argv[] = {program,
                                file,
                                data,
                                "--cluster.listen-address=",
                                "--web.listen-address=127.0.0.1:0",
                                NULL};
    const struct spawn_options o = {.argv = argv, .log_dir = tempdir_path(&r->dir)};
    struct spawn *s;
    struct err e;

    if (access(program, X_OK) != 0)
        return NULL;
    rig_write(r, "alertmanager.yml",
              "route: { receiver: none }\nreceivers: [ { name: none } ]\n");
    snprintf(file, sizeof(file), "--config.file=%s/alertmanager.yml",
             tempdir_path(&r->dir));
    snprintf(data, sizeof(data), "--storage.path=%s/alertmanager",
             tempdir_path(&r->dir));
    s = spawn_start(&o, &e);
    if (s == NULL || !spawn_wait_line(s, SPAWN_ERR, "istening", RIG_LIMIT, NULL, &e))
        fail_msg("alertmanager: %s", e.msg);
    return s;
}

/* A program that was built a moment ago is still to be written to the disk, and its
   pages count as dirty until then. */
static void write_out(pid_t pid)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fsync(fd) == 0);
    close(fd);
}

static double dirty_mb(pid_t pid)
{
    long kb = measure_proc(pid, "smaps_rollup", "Private_Dirty");

    assert_true(kb > 0);
    return (double)kb / 1024;
}

/* Wake-ups of the loop in that time. */
static double wake_ups(pid_t pid, unsigned seconds)
{
    long before = measure_proc(pid, "status", "voluntary_ctxt_switches");

    sleep(seconds);
    return (double)(measure_proc(pid, "status", "voluntary_ctxt_switches") - before);
}

static int64_t syncs(struct rig *r)
{
    json_t *st = rig_get(r, "/v1/status", 200);
    int64_t n = json_integer_value(rig_at(st, "/sources/0/syncs"));

    json_decref(st);
    return n;
}

/* What one adds to the time it takes, of several. */
static double wake_ups_of_cycle(struct rig *r, struct notify *told, double of_a_minute)
{
    int64_t before = syncs(r);
    double n = 0;

    sleep(1); /* that connection is closed by now */
    for (int i = 0; i < CYCLES; i++) {
        rig_signal(r, SIGUSR1);
        n += wake_ups(spawn_pid(r->alignd), CYCLE_S);
        notify_drop(told); /* a full socket would hold alignd up */
    }
    assert_int_equal(syncs(r), before + CYCLES);
    return n / CYCLES - of_a_minute * CYCLE_S / IDLE_S;
}

static void judge_memory(double ours, struct spawn *alertmanager)
{
    double theirs;

    print_message("idle for a minute: alignd %.2f MB Private_Dirty\n", ours);
    bench_goal(GOAL_DIRTY, ours);
    if (alertmanager == NULL) {
        print_message("  alertmanager not run: it is not on this machine (Debian's "
                      "prometheus-alertmanager)\n");
        return;
    }
    theirs = dirty_mb(spawn_pid(alertmanager));
    print_message("  alertmanager %.2f MB\n", theirs);
    bench_goal(GOAL_ALERTMANAGER, theirs / ours);
}

void bench_idle(void **state)
{
    struct spawn *alertmanager;
    double minute, cycle, dirty;
    struct notify n;
    struct rig r;
    pid_t pid;

    (void)state;
    start_alignd(&r, &n);
    alertmanager = start_alertmanager(&r);
    pid = spawn_pid(r.alignd);
    write_out(pid);
    sleep(SETTLE_S);
    notify_drop(&n);
    minute = wake_ups(pid, IDLE_S);
    dirty = dirty_mb(pid);
    notify_drop(&n);
    judge_memory(dirty, alertmanager);
    spawn_destroy(alertmanager);
    cycle = wake_ups_of_cycle(&r, &n, minute);
    bench_goal(GOAL_WAKE_UPS, minute);
    bench_goal(GOAL_CYCLE_WAKE_UPS, cycle);
    rig_stop(&r, 0);
    notify_close(&n);
    rig_finish(&r);
}

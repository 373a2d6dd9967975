/*
 * How many requests a second the status socket answers, beside a bare responder
 * (responder.c) that sends replies of the same size to the same client, in turn, and
 * beside libmicrohttpd with nothing behind it (responder_mhd.c). Where
 * there are two cores, one is the server's and one the client's, so that none of the
 * figures depends on where the scheduler puts them. The cheapest route is judged, with
 * as many connections as keep the server busy; /v1/status, CPU of the server for each
 * request, and one connection, as alignctl has one, are told besides.
 *
 * What keeps the judged figure from its goal is libmicrohttpd: for a request it makes
 * four system calls where the bare one makes two. Two of the four are setsockopt of TCP,
 * which fail: only of a socket that it listens on itself does it know that it is none of
 * TCP (0.9.75, mhd_send.c), and ours come from the gate (status/server_gate.h).
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { SOCKET_ROUNDS = 9, BUSY = LOAD_MAX_CONNECTIONS };
enum { BARE, LIBRARY, HEALTHZ, STATUS, N_SERVED };

#define ROUND_S 0.5

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: big, type: github, url: @URL@/github, repos: [acme/big],\n"
    "      token: { file: @DIR@/token }, interval: 1h, history: 36500d }\n";

struct served {
    const char *name, *socket, *target;
    pid_t pid;
    double rate[SOCKET_ROUNDS], us[SOCKET_ROUNDS];
};

/* The first and the second core that this process may use; the same where it is one. */
static void pick_cores(const cpu_set_t *allowed, cpu_set_t *ret)
{
    int n = 0;

    CPU_ZERO(&ret[0]);
    CPU_ZERO(&ret[1]);
    for (size_t i = 0; i < CPU_SETSIZE && n < 2; i++) {
        if (CPU_ISSET(i, allowed))
            CPU_SET(i, &ret[n++]);
    }
    if (n < 2)
        ret[1] = ret[0];
}

static void run(struct served *s, unsigned connections, int round)
{
    double cpu = measure_cpu(s->pid);

    s->rate[round] = load_run(s->socket, s->target, connections, ROUND_S);
    s->us[round] = (measure_cpu(s->pid) - cpu) / (s->rate[round] * ROUND_S) * 1e6;
}

/* In turn; the server's other threads have nothing to do. */
static void run_all(struct served *all, unsigned connections)
{
    cpu_set_t allowed, cores[2];

    assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
    pick_cores(&allowed, cores);
    assert_int_equal(sched_setaffinity(0, sizeof(cores[1]), &cores[1]), 0);
    for (size_t j = 0; j < N_SERVED; j++)
        assert_int_equal(sched_setaffinity(all[j].pid, sizeof(cores[0]), &cores[0]), 0);
    for (int i = 0; i < SOCKET_ROUNDS; i++) {
        for (size_t j = 0; j < N_SERVED; j++)
            run(&all[j], connections, i);
    }
    assert_int_equal(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
}

static void keep_reply(struct rig *r, const char *target)
{
    struct buf reply;
    struct err e;

    load_once(buf_cstr(&r->socket), target, &reply);
    assert_true(tempdir_write(&r->dir, "reply", buf_str(&reply), &e));
    print_message("replies of %zu bytes:\n", reply.n);
    buf_finish(&reply);
}

/* Answers with what alignd has answered. */
static struct spawn *start_responder(struct rig *r, const char *name,
                                     struct buf *ret_socket)
{
    struct buf file, program;
    char socket[64];
    struct spawn *s;
    struct err e;

    snprintf(socket, sizeof(socket), "%s.sock", name);
    assert_true(tempdir_join(&r->dir, "reply", &file, &e));
    assert_true(tempdir_join(&r->dir, socket, ret_socket, &e));
    assert_true(spawn_program(name, &program, &e));
    const char *const argv[] = {buf_cstr(&program), buf_cstr(ret_socket),
                                buf_cstr(&file), NULL};
    const struct spawn_options o = {.argv = argv, .log_dir = tempdir_path(&r->dir)};

    s = spawn_start(&o, &e);
    if (s == NULL || !spawn_wait_line(s, SPAWN_OUT, "listening", RIG_LIMIT, NULL, &e))
        fail_msg("%s: %s", name, e.msg);
    buf_finish(&file);
    buf_finish(&program);
    return s;
}

static double report_one(struct served *s)
{
    double rate = measure_median(s->rate, SOCKET_ROUNDS);

    print_message("  %-13s %8.0f requests/s (%.0f-%.0f), %5.1f us CPU each\n", s->name,
                  rate, s->rate[0], s->rate[SOCKET_ROUNDS - 1],
                  measure_median(s->us, SOCKET_ROUNDS));
    return rate;
}

/* Our rate of the cheapest route, times the bare responder's. */
static double report(struct served *all, unsigned connections)
{
    double rate[N_SERVED];

    print_message("%u connection%s:\n", connections, connections == 1 ? "" : "s");
    for (size_t j = 0; j < N_SERVED; j++)
        rate[j] = report_one(&all[j]);
    return rate[HEALTHZ] / rate[BARE];
}

void bench_socket(void **state)
{
    struct spawn *responder, *library;
    struct buf bare_socket, library_socket;
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_vendors(
        &r, (const char *[]){"--synthetic-github", "1000", "--repo", "acme/big", NULL});
    rig_write(&r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(&r, "token", "t0ken");
    rig_write(&r, "alignd.yaml", config);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    rig_await_backup(&r);
    rig_cycle(&r);
    keep_reply(&r, "/healthz");
    responder = start_responder(&r, "responder", &bare_socket);
    library = start_responder(&r, "responder_mhd", &library_socket);

    struct served all[N_SERVED] = {
        [BARE] = {.name = "bare",
                  .socket = buf_cstr(&bare_socket),
                  .target = "/healthz",
                  .pid = spawn_pid(responder)},
        [LIBRARY] = {.name = "libmicrohttpd",
                     .socket = buf_cstr(&library_socket),
                     .target = "/healthz",
                     .pid = spawn_pid(library)},
        [HEALTHZ] = {.name = "/healthz",
                     .socket = buf_cstr(&r.socket),
                     .target = "/healthz",
                     .pid = spawn_pid(r.alignd)},
        [STATUS] = {.name = "/v1/status",
                    .socket = buf_cstr(&r.socket),
                    .target = "/v1/status",
                    .pid = spawn_pid(r.alignd)},
    };
    run_all(all, 1);
    print_message("  requests/s, times the bare: %.2f\n", report(all, 1));
    run_all(all, BUSY);
    bench_goal(GOAL_REQUESTS, report(all, BUSY));
    spawn_destroy(responder);
    spawn_destroy(library);
    buf_finish(&bare_socket);
    buf_finish(&library_socket);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/*
 * A first sync of one synthetic GitHub repository by alignd and by others, all
 * against the same local server, in turn, ROUNDS times. Of each round the ratio of two
 * that ran within it, and of these the median: a machine's speed moves too much for
 * anything else. In every second round floor goes before alignd.
 *
 *   floor    tests/bench/floor.c: the same table, nothing else
 *   python   peers/sync.py: the standard library
 *   jq       peers/sync.sh: curl, jq and sqlite3
 *   octokit  peers/sync.mjs: @octokit/rest and better-sqlite3, below build/bench
 *
 * The last two are slow and run in every second round. A peer that cannot run here is named.
 */
#include <setjmp.h>
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
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { MAX_ROUNDS = 50 };

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state-once\n"
    "socket: @DIR@/once.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: big, type: github, url: @URL@/github, repos: [acme/big],\n"
    "      token: { file: @DIR@/token }, interval: 1h, history: 36500d }\n";

struct runs {
    const char *name;
    double wall[MAX_ROUNDS], cpu[MAX_ROUNDS], rss[MAX_ROUNDS];
    unsigned round[MAX_ROUNDS]; /* of each, ascending */
    unsigned n;
    bool missing; /* cannot run here */
};

struct compare {
    struct rig rig;
    char issues_url[512], base_url[256], pages[32], dir[512], bench_dir[256];
    unsigned rounds, round; /* how many; which one runs */
    long issues;
    struct runs alignd, floor, python, jq, octokit;
};

/* The log of a program that failed is what one wants to read. */
static void run(struct compare *c, struct runs *r, const char *const *argv,
                const char *cwd)
{
    char log[600];
    struct usage u;

    snprintf(log, sizeof(log), "%s/%s.log", c->dir, r->name);
    if (!measure_run(argv, cwd, log, &u)) {
        const char *const show[] = {"tail", "-5", log, NULL};

        (void)measure_run(show, NULL, "/dev/stderr", &u);
        fail_msg("%s failed", r->name);
    }
    r->round[r->n] = c->round;
    r->wall[r->n] = u.wall;
    r->cpu[r->n] = u.cpu;
    r->rss[r->n++] = (double)u.rss_kb / 1024;
}

static const char *fresh_db(struct compare *c, char *path, size_t size)
{
    snprintf(path, size, "%s/peer.db", c->dir);
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL};
         *end != NULL; end++) {
        char name[700];

        snprintf(name, sizeof(name), "%s%s", path, *end);
        (void)unlink(name);
    }
    return path;
}

static void run_alignd(struct compare *c)
{
    struct buf program;
    struct usage u;
    struct err e;
    char state[600];
    const char *const wipe[] = {"rm", "-rf", state, NULL};

    snprintf(state, sizeof(state), "%s/state-once", c->dir);
    assert_true(measure_run(wipe, NULL, NULL, &u));
    assert_true(spawn_program("alignd", &program, &e));
    const char *const argv[] = {buf_cstr(&program), "-c", buf_cstr(&c->rig.config),
                                "--once", NULL};

    run(c, &c->alignd, argv, NULL);
    buf_finish(&program);
}

static void run_floor(struct compare *c)
{
    struct buf program;
    struct err e;
    char db[600];

    assert_true(spawn_program("floor", &program, &e));
    const char *const argv[] = {buf_cstr(&program), c->issues_url,
                                fresh_db(c, db, sizeof(db)), NULL};

    run(c, &c->floor, argv, NULL);
    buf_finish(&program);
}

static void run_python(struct compare *c)
{
    char db[600];
    const char *const argv[] = {"python3", "tests/bench/peers/sync.py", c->issues_url,
                                fresh_db(c, db, sizeof(db)), NULL};

    if (!c->python.missing)
        run(c, &c->python, argv, NULL);
}

static void run_jq(struct compare *c)
{
    char db[600];
    const char *const argv[] = {"sh",          "tests/bench/peers/sync.sh",
                                c->issues_url, fresh_db(c, db, sizeof(db)),
                                c->pages,      NULL};

    if (!c->jq.missing)
        run(c, &c->jq, argv, NULL);
}

static void run_octokit(struct compare *c)
{
    char db[600], script[600], here[400];
    const char *const argv[] = {
        "node", script, c->base_url, "acme", "big", fresh_db(c, db, sizeof(db)), NULL};

    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(script, sizeof(script), "%s/tests/bench/peers/sync.mjs", here);
    if (!c->octokit.missing)
        run(c, &c->octokit, argv, c->bench_dir);
}

static void run_round(struct compare *c)
{
    if (c->round % 2 == 0) {
        run_alignd(c);
        run_floor(c);
        run_python(c);
        run_jq(c);
        run_octokit(c);
    } else {
        run_floor(c);
        run_alignd(c);
        run_python(c);
    }
}

/* ---- what runs here ---- */

static bool can(const char *command)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    struct usage u;

    return measure_run(argv, NULL, NULL, &u);
}

static void look_for_peers(struct compare *c)
{
    char install[800];

    c->python.missing = !can("python3 -c 'import sqlite3'");
    c->jq.missing = !can("jq --version && sqlite3 --version && curl --version");
    /* Version 13 of better-sqlite3 needs a newer node than Debian 12 has. */
    snprintf(
        install, sizeof(install),
        "mkdir -p %s && cd %s && { [ -d node_modules/better-sqlite3 ] || "
        "npm install --no-audit --no-fund @octokit/rest@22 better-sqlite3@12; } && "
        "node -e \"new (require('better-sqlite3'))(':memory:')\"",
        c->bench_dir, c->bench_dir);
    c->octokit.missing = !can(install);
}

/* ---- reporting ---- */

struct spread {
    double median, least, most;
};

static struct spread spread_of(const double *v, unsigned n)
{
    double sorted[MAX_ROUNDS], median;

    memcpy(sorted, v, n * sizeof(*v));
    median = measure_median(sorted, n);
    return (struct spread){median, sorted[0], sorted[n - 1]};
}

static void print_runs(const struct runs *r)
{
    if (r->n == 0) {
        print_message("  %-8s not run: it is not on this machine\n", r->name);
        return;
    }
    struct spread cpu = spread_of(r->cpu, r->n), wall = spread_of(r->wall, r->n);

    print_message("  %-8s %6.2f s wall (%.2f-%.2f)  %6.2f s CPU (%.2f-%.2f)  %5.1f MB  "
                  "%u run%s\n",
                  r->name, wall.median, wall.least, wall.most, cpu.median, cpu.least,
                  cpu.most, spread_of(r->rss, r->n).median, r->n, r->n == 1 ? "" : "s");
}

/* ---- judging ---- */

/* How many times `by` stands in `of`, each a figure of their runs; both ran in the
   rounds of `of`. */
static double times(const struct runs *of, const double *figure, const struct runs *by,
                    const double *unit)
{
    double ratio[MAX_ROUNDS];
    unsigned at = 0;

    for (unsigned i = 0; i < of->n; i++) {
        while (by->round[at] != of->round[i])
            at++;
        ratio[i] = figure[i] / unit[at];
    }
    return measure_median(ratio, of->n);
}

static double cpu_times(const struct runs *of, const struct runs *by)
{
    return times(of, of->cpu, by, by->cpu);
}

/* What no daemon can better by much: a goal near it is one for the floor itself. */
static void print_floor(const struct compare *c)
{
    const struct runs *const peers[] = {&c->python, &c->jq, &c->octokit};

    print_message("  of the floor's CPU:");
    for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
        if (peers[i]->n > 0)
            print_message(" %s %.2f", peers[i]->name, cpu_times(peers[i], &c->floor));
    }
    print_message("\n");
}

static void judge(const struct compare *c)
{
    const struct runs *ours = &c->alignd;

    bench_goal(GOAL_FLOOR_CPU, cpu_times(ours, &c->floor));
    if (c->python.n > 0) {
        bench_goal(GOAL_PYTHON_CPU, cpu_times(&c->python, ours));
        bench_goal(GOAL_PYTHON_WALL, times(&c->python, c->python.wall, ours, ours->wall));
    }
    if (c->jq.n > 0)
        bench_goal(GOAL_JQ_CPU, cpu_times(&c->jq, ours));
    if (c->octokit.n > 0)
        bench_goal(GOAL_OCTOKIT_CPU, cpu_times(&c->octokit, ours));
    bench_goal(GOAL_RSS, spread_of(ours->rss, ours->n).median);
}

void bench_compare(void **state)
{
    struct compare *c = calloc(1, sizeof(*c));
    char count[32];

    (void)state;
    assert_non_null(c);
    c->issues = bench_env("ISSUES", 100000);
    c->rounds = (unsigned)bench_env("ROUNDS", 5);
    c->rounds = c->rounds < 1 ? 1 : c->rounds > MAX_ROUNDS ? MAX_ROUNDS : c->rounds;
    c->alignd.name = "alignd";
    c->floor.name = "floor";
    c->python.name = "python";
    c->jq.name = "jq";
    c->octokit.name = "octokit";
    snprintf(count, sizeof(count), "%ld", c->issues);
    snprintf(c->pages, sizeof(c->pages), "%ld", (c->issues + 99) / 100);
    snprintf(c->bench_dir, sizeof(c->bench_dir), "build/bench");
    rig_init(&c->rig);
    snprintf(c->dir, sizeof(c->dir), "%s", tempdir_path(&c->rig.dir));
    /* One process each has no way to follow a Link: numbered pages for all. */
    rig_vendors(&c->rig,
                (const char *[]){"--synthetic-github", count, "--repo", "acme/big",
                                 "--gzip", "--cursor-after", "4000000000", NULL});
    snprintf(c->base_url, sizeof(c->base_url), "%s/github", buf_cstr(&c->rig.url));
    snprintf(c->issues_url, sizeof(c->issues_url),
             "%s/repos/acme/big/issues?state=all&per_page=100", c->base_url);
    rig_write(&c->rig, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(&c->rig, "token", "t0ken");
    rig_write(&c->rig, "alignd.yaml", config);
    look_for_peers(c);

    for (c->round = 0; c->round < c->rounds; c->round++)
        run_round(c);
    print_message("first sync of %ld issues, median (least-most):\n", c->issues);
    print_runs(&c->alignd);
    print_runs(&c->floor);
    print_runs(&c->python);
    print_runs(&c->jq);
    print_runs(&c->octokit);
    print_floor(c);
    judge(c);
    rig_finish(&c->rig);
    free(c);
}

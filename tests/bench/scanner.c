/*
 * The projection's scanner and jansson on the same pages, in this process, in turn:
 * how long each takes over all of them. The scanner leaves what a sync reads, rows
 * of the paths of github_wire.c; jansson a tree of everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "connectors/trackers/github/github_wire.h"
#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/integration/rig.h"

enum { PAGES = 20, PER_PAGE = 100, SCANNER_ROUNDS = 7 };

static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fetch(struct rig *r, struct probe_reply *pages, size_t *ret_bytes)
{
    char url[512];
    struct err e;

    *ret_bytes = 0;
    for (int i = 0; i < PAGES; i++) {
        snprintf(url, sizeof(url),
                 "%s/github/repos/acme/big/issues?state=all&per_page=%d&page=%d",
                 buf_cstr(&r->url), PER_PAGE, i + 1);
        const struct probe_request req = {
            .url = url,
            .headers = (const char *[]){"Authorization: Bearer t0ken",
                                        "User-Agent: bench", NULL}};

        if (!probe(&req, &pages[i], &e) || pages[i].status != 200)
            fail_msg("%s is not had", url);
        *ret_bytes += pages[i].body.n;
    }
}

static double scan_all(const struct project *p, const struct probe_reply *pages)
{
    double start = cpu_now();

    for (int i = 0; i < PAGES; i++) {
        struct project_rows rows;
        struct err e;

        if (!project_rows(p, buf_str(&pages[i].body), &rows, &e))
            fail_msg("%s", e.msg);
        assert_int_equal(rows.n, PER_PAGE);
        project_rows_finish(&rows);
    }
    return cpu_now() - start;
}

static double load_all(const struct probe_reply *pages)
{
    double start = cpu_now();

    for (int i = 0; i < PAGES; i++) {
        json_t *root =
            json_loadb(pages[i].body.p, pages[i].body.n, JSON_REJECT_DUPLICATES, NULL);

        assert_int_equal(json_array_size(root), PER_PAGE);
        json_decref(root);
    }
    return cpu_now() - start;
}

void bench_scanner(void **state)
{
    double scanner[SCANNER_ROUNDS], jansson[SCANNER_ROUNDS], ours, theirs;
    struct arena *a = arena_create((size_t)1 << 20);
    struct probe_reply pages[PAGES];
    struct github_wire wire;
    struct rig r;
    struct err e;
    size_t bytes;

    (void)state;
    assert_non_null(a);
    assert_true(github_wire_compile(a, &wire, &e));
    rig_init(&r);
    rig_vendors(&r, (const char *[]){"--synthetic-github", "2000", "--repo", "acme/big",
                                     "--cursor-after", "4000000000", NULL});
    fetch(&r, pages, &bytes);
    for (int i = 0; i < SCANNER_ROUNDS; i++) {
        scanner[i] = scan_all(wire.issues, pages);
        jansson[i] = load_all(pages);
    }
    ours = measure_median(scanner, SCANNER_ROUNDS);
    theirs = measure_median(jansson, SCANNER_ROUNDS);
    print_message("%d pages, %.1f MB: scanner %.0f MB/s, jansson %.0f MB/s\n", PAGES,
                  (double)bytes / 1e6, (double)bytes / 1e6 / ours,
                  (double)bytes / 1e6 / theirs);
    bench_goal(GOAL_SCANNER, theirs / ours);
    for (int i = 0; i < PAGES; i++)
        probe_finish(&pages[i]);
    arena_destroy(a);
    rig_finish(&r);
}

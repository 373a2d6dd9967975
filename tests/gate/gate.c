/*
 * The last program of `make check`: one test for each suite of suites.def,
 * which reads the result the suite left. A suite without a result fails, as
 * does one that skipped recordings although they are there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RESULTS "build/results/"

enum { SHOWN_MAX = 20 };

static const struct {
    const char *name, *what;
} suites[] = {
#define SUITE(name, what) {name, what},
#include "tests/gate/suites.def"
#undef SUITE
};

/* A part that a machine cannot run says so in a line of its own. */
static bool is_skip(const char *line)
{
    return strncmp(line, "SKIPPED: ", 9) == 0;
}

/* What names a failure: the program, the line of the test, the sanitizer's summary. */
static bool is_failure(const char *line)
{
    return strncmp(line, "failed: ", 8) == 0 || strstr(line, ": error: ") != NULL ||
           strncmp(line, "SUMMARY: ", 9) == 0 || strstr(line, "*** [") != NULL;
}

/* The first of them are shown again here: where a machine keeps but the end of the
   output, that is enough to begin with. */
static void show_lines(const char *suite, bool (*wanted)(const char *line))
{
    char path[256], line[1024];
    int n = 0;
    FILE *f;

    snprintf(path, sizeof(path), RESULTS "%s.log", suite);
    f = fopen(path, "r");
    if (f == NULL)
        return;
    while (fgets(line, sizeof(line), f) != NULL) {
        if (n < SHOWN_MAX && wanted(line)) {
            print_message("%s: %s", suite, line);
            n++;
        }
    }
    fclose(f);
}

static void suite_passed(void **state)
{
    const size_t i = (size_t)(uintptr_t)*state;
    char path[256], verdict[16] = "";
    int seconds = -1;
    FILE *f;

    snprintf(path, sizeof(path), RESULTS "%s.result", suites[i].name);
    f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s left no result: it did not run, or did not end", suites[i].name);
    if (fscanf(f, "%15s %d", verdict, &seconds) != 2)
        verdict[0] = '\0';
    fclose(f);
    print_message("%s: %s, %d s (%s)\n", suites[i].name, verdict, seconds, suites[i].what);
    show_lines(suites[i].name, is_skip);
    if (strcmp(verdict, "pass") == 0)
        return;
    show_lines(suites[i].name, is_failure);
    fail_msg("see " RESULTS "%s.log", suites[i].name);
}

/* Adds up the lines `recordings: N run, M skipped` of one log. */
static void count_recordings(const char *suite, long *run, long *skipped)
{
    char path[256], line[1024];
    FILE *f;

    snprintf(path, sizeof(path), RESULTS "%s.log", suite);
    f = fopen(path, "r");
    if (f == NULL)
        return;
    while (fgets(line, sizeof(line), f) != NULL) {
        const char *at = strstr(line, "recordings: ");
        long r, s;

        if (at != NULL && sscanf(at, "recordings: %ld run, %ld skipped", &r, &s) == 2) {
            *run += r;
            *skipped += s;
        }
    }
    fclose(f);
}

static void recordings_are_counted(void **state)
{
    const char *shared = getenv("SHARED");
    char path[512];
    long run = 0, skipped = 0;

    (void)state;
    count_recordings("unit", &run, &skipped);
    count_recordings("integration", &run, &skipped);
    print_message("recordings: %ld run, %ld skipped\n", run, skipped);
    snprintf(path, sizeof(path), "%s/data/SOURCES.md", shared ? shared : "../shared");
    if (access(path, R_OK) == 0) {
        assert_int_equal(skipped, 0);
        assert_true(run > 0);
    } else {
        print_message("no recordings at %s: the handmade pages stand alone\n", path);
    }
}

int main(void)
{
    struct CMUnitTest tests[sizeof(suites) / sizeof(suites[0]) + 1];
    size_t n = sizeof(suites) / sizeof(suites[0]);

    for (size_t i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){suites[i].name, suite_passed, NULL, NULL,
                                       (void *)(uintptr_t)i};
    tests[n] = (struct CMUnitTest)cmocka_unit_test(recordings_are_counted);
    return _cmocka_run_group_tests("make check", tests, n + 1, NULL, NULL);
}

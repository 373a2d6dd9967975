/* The children of integration tests: lines, ports, ends and deadlines. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/spawn.h"
#include "tests/support/tempdir.h"
#include "tests/support/wait.h"

static struct tempdir dir;

static int setup(void **state)
{
    struct err e;

    (void)state;
    return tempdir_create(&dir, &e) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_remove(&dir);
    return 0;
}

static struct spawn *shell(const char *script, const char *const *env)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct spawn_options o = {
        .argv = argv, .env = env, .log_dir = tempdir_path(&dir), .cwd = "/"};
    struct err e = {0};
    struct spawn *s = spawn_start(&o, &e);

    if (!s) {
        fail_msg("%s", e.msg);
    }
    return s;
}

static void lines_are_awaited_in_turn(void **state)
{
    struct spawn *s = shell("echo one tick; echo two tick; pwd; exec cat /dev/zero "
                            ">/dev/null",
                            NULL);
    struct buf line;
    struct err e = {0};

    (void)state;
    assert_true(spawn_wait_line(s, SPAWN_OUT, "tick", DUR_S(20), &line, &e));
    assert_string_equal(buf_cstr(&line), "one tick");
    buf_finish(&line);
    assert_true(spawn_wait_line(s, SPAWN_OUT, "tick", DUR_S(20), &line, &e));
    assert_string_equal(buf_cstr(&line), "two tick");
    buf_finish(&line);
    assert_true(spawn_wait_line(s, SPAWN_OUT, "/", DUR_S(20), NULL, &e));
    /* Still running: only the deadline ends this wait. */
    assert_false(spawn_wait_line(s, SPAWN_OUT, "tick", DUR_MS(30), NULL, &e));
    assert_non_null(strstr(e.msg, "in time"));
    spawn_destroy(s);
}

static void an_early_end_is_told_with_its_reason(void **state)
{
    struct spawn *s = shell("echo half; echo 'no such thing' >&2; exit 3", NULL);
    struct err e = {0};
    int code = -1;

    (void)state;
    assert_false(spawn_wait_line(s, SPAWN_OUT, "whole", DUR_S(20), NULL, &e));
    assert_non_null(strstr(e.msg, "before the program ended"));
    assert_non_null(strstr(e.msg, "no such thing"));
    assert_true(spawn_wait_exit(s, DUR_S(20), &code, &e));
    assert_int_equal(code, 3);
    spawn_destroy(s);
}

static void ports_are_read(void **state)
{
    struct spawn *s = shell("echo listening 127.0.0.1:40123", NULL);
    struct spawn *bad = NULL;
    struct err e = {0};
    unsigned port = 0;

    (void)state;
    assert_true(spawn_wait_port(s, DUR_S(20), &port, &e));
    assert_int_equal(port, 40123);
    spawn_destroy(s);
    bad = shell("echo listening 127.0.0.1:x", NULL);
    assert_false(spawn_wait_port(bad, DUR_S(20), &port, &e));
    spawn_destroy(bad);
}

static void ends_are_exit_status_or_signal(void **state)
{
    struct spawn *s = shell("trap 'exit 7' TERM; echo up; while :; do :; done", NULL);
    struct err e = {0};
    int code = -1;

    (void)state;
    assert_true(spawn_wait_line(s, SPAWN_OUT, "up", DUR_S(20), NULL, &e));
    assert_true(spawn_stop(s, DUR_S(20), &code, &e));
    assert_int_equal(code, 7);
    assert_false(spawn_signal(s, SIGTERM, &e));
    spawn_destroy(s);

    s = shell("echo up; while :; do :; done", NULL);
    assert_true(spawn_wait_line(s, SPAWN_OUT, "up", DUR_S(20), NULL, &e));
    assert_false(spawn_wait_exit(s, DUR_MS(20), &code, &e));
    assert_true(spawn_signal(s, SIGKILL, &e));
    assert_true(spawn_wait_exit(s, DUR_S(20), &code, &e));
    assert_int_equal(code, 128 + SIGKILL);
    spawn_destroy(s);
}

static void the_environment_is_changed_as_asked(void **state)
{
    const char *const env[] = {"SPAWN_A=1=2", "SPAWN_B", NULL};
    struct spawn *s;
    struct buf out;
    struct err e = {0};
    int code = -1;

    (void)state;
    assert_int_equal(setenv("SPAWN_B", "there", 1), 0);
    s = shell("echo \"[$SPAWN_A][$SPAWN_B]\"", env);
    assert_true(spawn_wait_exit(s, DUR_S(20), &code, &e));
    assert_true(spawn_output(s, SPAWN_OUT, &out, &e));
    assert_string_equal(buf_cstr(&out), "[1=2][]\n");
    buf_finish(&out);
    spawn_destroy(s);
}

static void a_missing_program_is_exit_127(void **state)
{
    const char *const argv[] = {"/nonexistent/program", NULL};
    struct spawn_options o = {.argv = argv, .log_dir = tempdir_path(&dir)};
    struct err e = {0};
    struct spawn *s = spawn_start(&o, &e);
    int code = -1;

    (void)state;
    assert_non_null(s);
    assert_true(spawn_wait_exit(s, DUR_S(20), &code, &e));
    assert_int_equal(code, 127);
    spawn_destroy(s);
}

static bool file_is_there(void *path)
{
    return access(path, F_OK) == 0;
}

static void conditions_are_polled(void **state)
{
    struct spawn *s;
    struct buf path;
    struct err e = {0};
    const char *env[2] = {NULL, NULL};
    char var[4200];

    (void)state;
    assert_true(tempdir_join(&dir, "flag", &path, &e));
    assert_false(wait_until(file_is_there, path.p, DUR_MS(20)));
    (void)snprintf(var, sizeof var, "FLAG=%s", buf_cstr(&path));
    env[0] = var;
    s = shell(": > \"$FLAG\"", env);
    assert_true(wait_until(file_is_there, path.p, DUR_S(20)));
    spawn_destroy(s);
    buf_finish(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_awaited_in_turn),
        cmocka_unit_test(an_early_end_is_told_with_its_reason),
        cmocka_unit_test(ports_are_read),
        cmocka_unit_test(ends_are_exit_status_or_signal),
        cmocka_unit_test(the_environment_is_changed_as_asked),
        cmocka_unit_test(a_missing_program_is_exit_127),
        cmocka_unit_test(conditions_are_polled),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

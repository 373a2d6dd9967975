/*
 * The daemon's life: configuration errors, start, second instance, stale
 * socket, reload with a good and a bad file, stop in the middle of a sync.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static const char *const company[] = {"--data", "config/examples/acme/company.json",
                                      NULL};

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r, company);
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", COMPANY_CONFIG(""));
}

static void a_bad_file_ends_with_78(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_write(&r, "alignd.yaml", COMPANY_CONFIG("  unlinked-wrok: { for: 0s }\n"));
    assert_int_equal(rig_run(&r, NULL), 78);
    assert_true(rig_log_has(&r, "did you mean 'unlinked-work'"));
    assert_true(rig_log_has(&r, "^"));
    rig_write(&r, "alignd.yaml", COMPANY_CONFIG(""));
    rig_write(&r, "strategy.yaml", "strategy: 1\nname: x\n\tbad");
    assert_int_equal(rig_run(&r, (const char *[]){"--check", NULL}), 78);
    assert_int_equal(rig_run(&r, (const char *[]){"--no-such-option", NULL}), 64);
    rig_finish(&r);
}

static void it_starts_answers_and_stops(void **state)
{
    struct rig r;
    struct stat st;
    json_t *root;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    assert_int_equal(stat(buf_cstr(&r.socket), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    root = rig_get(&r, "/healthz", 200);
    json_decref(root);
    assert_int_equal(rig_ctl(&r, (const char *[]){"status", NULL}, NULL), 0);
    rig_stop(&r, 0);
    assert_int_equal(rig_ctl(&r, (const char *[]){"status", NULL}, NULL), 69);
    rig_finish(&r);
}

static void a_second_instance_is_refused(void **state)
{
    struct rig r;
    struct spawn *first;
    json_t *root;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    first = r.alignd;
    r.alignd = NULL;
    assert_int_equal(rig_run(&r, NULL), 75);
    spawn_destroy(r.alignd);
    r.alignd = first;
    root = rig_get(&r, "/v1/status", 200); /* the first is unharmed */
    json_decref(root);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void a_stale_socket_file_is_replaced(void **state)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct rig r;
    json_t *root;
    int fd;

    (void)state;
    setup(&r);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(r.socket.n < sizeof(sa.sun_path));
    memcpy(sa.sun_path, buf_cstr(&r.socket), r.socket.n + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    close(fd); /* the file stays, nobody listens */
    rig_start(&r, NULL);
    root = rig_get(&r, "/v1/status", 200);
    json_decref(root);
    rig_kill(&r); /* and after a crash */
    rig_start(&r, NULL);
    root = rig_get(&r, "/v1/status", 200);
    json_decref(root);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void reload_takes_good_and_refuses_bad(void **state)
{
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);

    rig_write(&r, "strategy.yaml", "strategy: 1\nname: Broken\nobjectives: 7\n");
    rig_signal(&r, SIGHUP);
    rig_log_line(&r, "reload refused");
    rig_await(&r, "/v1/status", "/strategy/name", "Acme");
    root = rig_get(&r, "/v1/status", 200);
    assert_non_null(strstr(json_string_value(rig_at(root, "/configuration/error")),
                           "strategy.yaml:"));
    json_decref(root);

    rig_write(&r, "strategy.yaml",
              "strategy: 1\nname: Second\nobjectives: [{id: o, title: O}]\n"
              "initiatives: [{id: onboarding, title: Onboarding}]\n");
    rig_signal(&r, SIGHUP);
    rig_await(&r, "/v1/status", "/strategy/name", "Second");
    rig_await(&r, "/v1/status", "/configuration/error", "null");

    rig_write(&r, "strategy.yaml", COMPANY_STRATEGY);
    json_decref(rig_post(&r, "/v1/reload", NULL, 202));
    rig_await(&r, "/v1/status", "/strategy/name", "Acme");
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void it_stops_in_the_middle_of_a_sync(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos/acme/web/issues\",\"count\":1,"
                            "\"action\":\"hang\"}]"));
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/running", "true");
    rig_stop(&r, 0); /* "bug: something was left open" would make it 70 */
    rig_finish(&r);
}

static void sigusr1_syncs_now(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/syncs", "1");
    rig_signal(&r, SIGUSR1);
    rig_await(&r, "/v1/status", "/sources/0/syncs", "2");
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void once_runs_one_cycle_and_ends(void **state)
{
    struct buf backup;
    struct rig r;
    struct err e;

    (void)state;
    setup(&r);
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 0);
    assert_int_equal(rig_message_count(&r), 1); /* the baseline summary */
    assert_true(tempdir_join(&r.dir, "state/alignd.db.backup.1", &backup, &e));
    assert_int_equal(access(buf_cstr(&backup), F_OK), 0);
    buf_finish(&backup);
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 0);
    assert_int_equal(rig_message_count(&r), 1);
    json_decref(
        rig_control(&r, "/_control/faults",
                    "[{\"path\":\"/github/\",\"count\":1000,\"action\":\"status\","
                    "\"status\":401}]"));
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 1);
    assert_true(rig_log_has(&r, "0 of 1 sources synced"));
    rig_finish(&r);
}

static void dry_run_posts_nothing_and_remembers_nothing(void **state)
{
    struct rig r;
    struct buf out;
    struct err e;

    (void)state;
    setup(&r);
    assert_int_equal(rig_run(&r, (const char *[]){"--once", "--dry-run", NULL}), 0);
    assert_int_equal(rig_message_count(&r), 0);
    assert_true(spawn_output(r.alignd, SPAWN_OUT, &out, &e));
    /* For people, not for Slack. */
    assert_true(str_has_prefix(buf_str(&out),
                               STR("# channel product (slack)\nStarting point\n")));
    assert_non_null(strstr(buf_cstr(&out), "no strategic link"));
    assert_null(strstr(buf_cstr(&out), "{\""));
    buf_finish(&out);
    assert_true(rig_log_has(&r, "1 of 1 sources synced; 1 message would be posted"));
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 0);
    assert_true(rig_log_has(&r, "1 of 1 sources synced; 1 message posted"));
    assert_int_equal(rig_message_count(&r), 1); /* as if the dry run had not been */
    assert_int_equal(rig_run(&r, (const char *[]){"--once", "--dry-run", NULL}), 0);
    assert_true(rig_log_has(&r, "1 of 1 sources synced; 0 messages would be posted"));
    rig_finish(&r);
}

static bool is_empty_directory(const char *path)
{
    DIR *d = opendir(path);
    const struct dirent *entry;
    size_t n = 0;

    assert_non_null(d);
    while ((entry = readdir(d)) != NULL)
        n++;
    closedir(d);
    return n == 2; /* . and .. */
}

/* The README's first steps, before there is a service: no state, no socket. */
static void looking_needs_no_place_for_state(void **state)
{
    const char *const check[] = {"--check", NULL}, *const print[] = {"--print-config",
                                                                     NULL};
    const char *const dry[] = {"--once", "--dry-run", NULL};
    struct rig r;
    struct buf out, tmp;
    struct err e;

    (void)state;
    setup(&r);
    rig_write(&r, "alignd.yaml", COMPANY_UNPLACED(""));
    assert_true(tempdir_join(&r.dir, "tmp", &tmp, &e));
    assert_int_equal(mkdir(buf_cstr(&tmp), 0700), 0);
    assert_int_equal(setenv("TMPDIR", buf_cstr(&tmp), 1), 0);
    assert_int_equal(rig_run(&r, check), 0);
    assert_int_equal(rig_run(&r, print), 0);
    for (int i = 0; i < 2; i++) { /* the second run knows nothing of the first */
        assert_int_equal(rig_run(&r, dry), 0);
        assert_true(rig_log_has(&r, "on an empty state"));
        assert_true(spawn_output(r.alignd, SPAWN_OUT, &out, &e));
        assert_non_null(strstr(buf_cstr(&out), "no strategic link"));
        buf_finish(&out);
    }
    rig_start(&r, (const char *[]){"--dry-run", NULL});
    rig_stop(&r, 0);
    /* A state that is not there is none; one that cannot be read is an error. */
    rig_write(&r, "alignd.yaml", "state: @DIR@/token/state\n" COMPANY_UNPLACED(""));
    assert_int_equal(rig_run(&r, dry), 73);
    assert_true(
        rig_log_has(&r, "/token/state/alignd.db cannot be copied: Not a directory"));
    assert_true(is_empty_directory(buf_cstr(&tmp)));
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_int_equal(rig_message_count(&r), 0);
    buf_finish(&tmp);
    rig_finish(&r);
}

/* Straight from a checkout, before anything is copied or set. */
static void the_sample_is_good_where_it_lies(void **state)
{
    static const char *const names[] = {"c/github-token", "c/jira-token",
                                        "c/slack-product", "c/slack-ops"};
    struct rig r;
    struct buf path;
    struct err e;

    (void)state;
    rig_init(&r);
    /* Its credentials, so that this does not depend on what the machine has. */
    assert_true(tempdir_join(&r.dir, "c", &path, &e));
    assert_int_equal(mkdir(buf_cstr(&path), 0700), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        rig_write(&r, names[i], "https://hooks.example.com/a");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", buf_cstr(&path), 1), 0);
    assert_int_equal(rig_run(&r, (const char *[]){"-c", "config/alignd.sample.yaml",
                                                  "--check", NULL}),
                     0);
    assert_int_equal(rig_run(&r, (const char *[]){"-c", "config/alignd.sample.yaml",
                                                  "--print-config", NULL}),
                     0);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    buf_finish(&path);
    rig_finish(&r);
}

static void token_mode(struct rig *r, mode_t mode)
{
    struct buf path;
    struct err e;

    assert_true(tempdir_join(&r->dir, "token", &path, &e));
    assert_int_equal(chmod(buf_cstr(&path), mode), 0);
    buf_finish(&path);
}

static void a_check_looks_at_secrets(void **state)
{
    const char *const check[] = {"--check", NULL}, *const print[] = {"--print-config",
                                                                     NULL};
    struct rig r;
    struct buf path;
    struct err e;

    (void)state;
    setup(&r);
    assert_int_equal(rig_run(&r, check), 0);
    assert_false(rig_log_has(&r, "warning"));
    token_mode(&r, 0644);
    assert_int_equal(rig_run(&r, check), 0);
    assert_true(
        rig_log_has(&r, "alignd.yaml:7:41: warning: 'token' in source \"github\""));
    assert_true(rig_log_has(&r, "chmod go-r "));
    token_mode(&r, 0622);
    assert_int_equal(rig_run(&r, check), 78);
    assert_true(
        rig_log_has(&r, "alignd.yaml:7:41: error: 'token' in source \"github\""));
    assert_true(rig_log_has(&r, "chmod go-w "));
    assert_false(rig_log_has(&r, "t0ken"));
    assert_true(tempdir_join(&r.dir, "token", &path, &e));
    assert_int_equal(unlink(buf_cstr(&path)), 0);
    buf_finish(&path);
    /* Every mistake of every file at once. */
    rig_write(&r, "strategy.yaml", "strategy: 1\nname: Broken\nobjectives: 7\n");
    assert_int_equal(rig_run(&r, check), 78);
    assert_true(rig_log_has(&r, "there is no file "));
    assert_true(rig_log_has(&r, "strategy.yaml:3:13: error: "));
    rig_write(&r, "strategy.yaml", COMPANY_STRATEGY);
    assert_int_equal(rig_run(&r, print), 0); /* which only names them */
    rig_finish(&r);
}

static size_t count_in_log(struct rig *r, const char *needle)
{
    struct buf log;
    struct err e;
    size_t n = 0;

    assert_true(spawn_output(r->alignd, SPAWN_ERR, &log, &e));
    for (const char *p = buf_cstr(&log); (p = strstr(p, needle)) != NULL; p++)
        n++;
    buf_finish(&log);
    return n;
}

static void errors_fit_a_narrow_terminal(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_write(&r, "alignd.yaml",
              COMPANY_CONFIG("  source-stale: { severity: high, serverity: high }\n"));
    assert_int_equal(setenv("COLUMNS", "40", 1), 0);
    assert_int_equal(rig_run(&r, (const char *[]){"--check", NULL}), 78);
    assert_int_equal(unsetenv("COLUMNS"), 0);
    assert_true(rig_log_has(&r, "   16 | ...y: high, serverity: high }\n"
                                "      |             ^~~~~~~~~\n"
                                "      | did you mean 'severity'?\n"));
    rig_finish(&r);
}

/* At the start and at each reload, once, in the log: nobody may run --check again. */
static void the_daemon_warns_of_an_open_token(void **state)
{
    static const char warning[] = "token can be read by others (mode 0644)";
    struct rig r;

    (void)state;
    setup(&r);
    token_mode(&r, 0644);
    rig_start(&r, NULL);
    assert_int_equal(count_in_log(&r, warning), 1);
    rig_signal(&r, SIGHUP);
    rig_log_line(&r, "reloaded");
    assert_int_equal(count_in_log(&r, warning), 2);
    token_mode(&r, 0600);
    rig_signal(&r, SIGHUP);
    rig_log_line(&r, "reloaded");
    assert_int_equal(count_in_log(&r, warning), 2);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* The journal sorts by the priority in front of each line. */
static void errors_have_a_priority_in_the_journal(void **state)
{
    struct rig r;
    struct stat st;
    struct buf path;
    struct err e;
    char stream[64];

    (void)state;
    setup(&r);
    rig_write(&r, "alignd.yaml", COMPANY_CONFIG("  unlinked-wrok: { for: 0s }\n"));
    rig_write(&r, "alignd-1.err", ""); /* where its standard error will go */
    assert_true(tempdir_join(&r.dir, "alignd-1.err", &path, &e));
    assert_int_equal(stat(buf_cstr(&path), &st), 0);
    snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
             (uintmax_t)st.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    assert_int_equal(rig_run(&r, NULL), 78);
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    assert_int_equal(count_in_log(&r, "<3>"), 3); /* the error, its line, the caret */
    assert_int_equal(count_in_log(&r, "\n"), 3);
    assert_int_equal(count_in_log(&r, "\n<3>"), 2);
    assert_true(rig_log_has(&r, "did you mean 'unlinked-work'"));
    buf_finish(&path);
    rig_finish(&r);
}

static void keeping_state_needs_a_place(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_write(&r, "alignd.yaml", COMPANY_UNPLACED(""));
    assert_int_equal(rig_run(&r, NULL), 78);
    assert_true(rig_log_has(&r, "'state' is missing"));
    assert_true(rig_log_has(&r, "'socket' is missing"));
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 78);
    assert_true(rig_log_has(&r, "'state' is missing"));
    assert_false(rig_log_has(&r, "'socket' is missing")); /* it serves none */
    rig_write(&r, "alignd.yaml", "state: @DIR@/state\n" COMPANY_UNPLACED(""));
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 0);
    assert_int_equal(rig_message_count(&r), 1);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_file_ends_with_78),
        cmocka_unit_test(it_starts_answers_and_stops),
        cmocka_unit_test(a_second_instance_is_refused),
        cmocka_unit_test(a_stale_socket_file_is_replaced),
        cmocka_unit_test(reload_takes_good_and_refuses_bad),
        cmocka_unit_test(it_stops_in_the_middle_of_a_sync),
        cmocka_unit_test(sigusr1_syncs_now),
        cmocka_unit_test(once_runs_one_cycle_and_ends),
        cmocka_unit_test(dry_run_posts_nothing_and_remembers_nothing),
        cmocka_unit_test(looking_needs_no_place_for_state),
        cmocka_unit_test(the_sample_is_good_where_it_lies),
        cmocka_unit_test(a_check_looks_at_secrets),
        cmocka_unit_test(errors_fit_a_narrow_terminal),
        cmocka_unit_test(the_daemon_warns_of_an_open_token),
        cmocka_unit_test(errors_have_a_priority_in_the_journal),
        cmocka_unit_test(keeping_state_needs_a_place),
    };

    unsetenv("COLUMNS");
    unsetenv("STATE_DIRECTORY");
    unsetenv("RUNTIME_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

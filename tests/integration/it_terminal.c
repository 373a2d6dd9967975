/*
 * alignctl where it is uncomfortable: a narrow terminal, a locale without UTF-8,
 * readers that leave early, disks that are full, daemons that are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/utf8.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { NARROW = 40 };

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", COMPANY_CONFIG(""));
    rig_start(r, NULL);
    rig_await_messages(r, 1);
    rig_new_epic(r, "acme/web",
                 "Gr\xc3\xb6\xc3\x9f"
                 "ere \xc3\x9c"
                 "bersicht f\xc3\xbcr \xe8\xa8\xba\xe7\x99\x82"
                 "\xe6\x89\x80 und K\xc3\xb6ln");
    rig_sync(r);
    rig_await_messages(r, 2);
}

/* ---- a narrow terminal ---- */

static const char *const commands[][4] = {
    {"status"},
    {"healthz"},
    {"drift"},
    {"drift", "--all"},
    {"unlinked"},
    {"gaps"},
    {"coverage"},
    {"initiatives"},
    {"rules"},
    {"rules", "unlinked-work"},
    {"why", "acme/web#9"},
    {"why", "acme/web#3"},
    {"why", "acme/web#29"},
    {"link", "acme/web#29", "onboarding"},
    {"unlink", "acme/web#29"},
    {"exempt", "acme/web#29", "--reason=office move"},
    {"unexempt", "acme/web#29"},
    {"audit"},
    {"outbox", "--all"},
    {"sync", "--wait"},
    {"reload"},
    {"help"},
    {"help", "drift"},
};

/* Addresses are not broken: they would not be any. */
static void expect_fits(const char *command, struct str text)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        if (utf8_width(line) > NARROW && str_find(line, STR("http")) < 0)
            fail_msg("alignctl %s: %zu columns: %.*s", command, utf8_width(line),
                     STR_FMT(line));
        assert_true(str_chr(line, '\033') < 0);
    }
}

static void every_command_fits_a_narrow_terminal(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    setenv("COLUMNS", "40", 1);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        const char *args[5] = {0};
        struct buf out;

        memcpy(args, commands[i], sizeof(commands[i]));
        assert_int_equal(rig_ctl(&r, args, &out), 0);
        assert_true(out.n > 0);
        expect_fits(args[0], buf_str(&out));
        buf_finish(&out);
    }
    unsetenv("COLUMNS");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* Names of people and things stay what they are: the terminal shows UTF-8 more often
   than the locale admits, and a file is read elsewhere. */
static void the_locale_changes_nothing(void **state)
{
    static const char *const why[] = {"why", "acme/web#29", NULL};
    struct buf utf8, c;
    struct rig r;

    (void)state;
    setup(&r);
    setenv("LC_ALL", "C.UTF-8", 1);
    assert_int_equal(rig_ctl(&r, why, &utf8), 0);
    setenv("LC_ALL", "de_DE.ISO-8859-1", 1);
    assert_int_equal(rig_ctl(&r, why, &c), 0);
    unsetenv("LC_ALL");
    assert_non_null(strstr(buf_cstr(&c), "K\xc3\xb6ln"));
    assert_string_equal(buf_cstr(&utf8), buf_cstr(&c));
    buf_finish(&utf8);
    buf_finish(&c);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- outputs that end early ---- */

/* Runs alignctl with `out` (taken) as its standard output: its exit status, 128 and
   the signal as shells have it; standard error into *ret_err. */
static int run_into(struct rig *r, int out, bool ignores, const char *command,
                    struct buf *ret_err)
{
    struct buf program, err;
    struct err e;
    int status;
    pid_t pid;

    assert_true(spawn_program("alignctl", &program, &e));
    assert_true(tempdir_join(&r->dir, "err", &err, &e));
    pid = fork();
    if (pid == 0) {
        int fd = open(buf_cstr(&err), O_WRONLY | O_CREAT | O_TRUNC, 0600);

        signal(SIGPIPE, ignores ? SIG_IGN : SIG_DFL);
        dup2(out, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execl(buf_cstr(&program), "alignctl", "--socket", buf_cstr(&r->socket), command,
              "--fail", (char *)NULL);
        _exit(127);
    }
    close(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(tempdir_read(buf_cstr(&err), ret_err, &e));
    buf_finish(&program);
    buf_finish(&err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int pipe_without_reader(void)
{
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    close(fds[0]);
    return fds[1];
}

static void a_reader_that_leaves_is_no_failure(void **state)
{
    struct buf err;
    struct rig r;

    (void)state;
    setup(&r);
    for (int ignores = 0; ignores < 2; ignores++) {
        /* Its own answer: something fires. */
        assert_int_equal(run_into(&r, pipe_without_reader(), ignores, "drift", &err),
                         1);
        assert_string_equal(buf_cstr(&err), "");
        buf_finish(&err);
    }
    assert_int_equal(
        run_into(&r, open("/dev/full", O_WRONLY | O_CLOEXEC), false, "drift", &err),
        74);
    assert_string_equal(buf_cstr(&err),
                        "alignctl: cannot write: No space left on device\n");
    buf_finish(&err);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- daemons that are not there ---- */

static int ask(struct rig *r, const char *socket, struct buf *ret_err)
{
    struct buf path, program;
    struct err e;
    const char *argv[] = {NULL, "--socket", NULL, "status", NULL};
    struct spawn_options o = {.argv = argv, .log_dir = tempdir_path(&r->dir)};
    struct spawn *s;
    int code;

    assert_true(spawn_program("alignctl", &program, &e));
    assert_true(tempdir_join(&r->dir, socket, &path, &e));
    argv[0] = buf_cstr(&program);
    argv[2] = buf_cstr(&path);
    s = spawn_start(&o, &e);
    assert_non_null(s);
    assert_true(spawn_wait_exit(s, RIG_LIMIT, &code, &e));
    assert_true(spawn_output(s, SPAWN_ERR, ret_err, &e));
    spawn_destroy(s);
    buf_finish(&path);
    buf_finish(&program);
    return code;
}

static void bind_stale(struct rig *r, const char *name, mode_t mode)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct buf path;
    struct err e;

    assert_true(tempdir_join(&r->dir, name, &path, &e));
    assert_true(path.n < sizeof(sa.sun_path));
    memcpy(sa.sun_path, buf_cstr(&path), path.n + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(chmod(buf_cstr(&path), mode), 0);
    close(fd); /* the file stays, nobody listens */
    buf_finish(&path);
}

static void why_there_is_no_answer_is_said(void **state)
{
    static const struct {
        const char *socket, *text;
        int code;
    } rows[] = {
        {"none", "No such file or directory", 69},
        {"stale", "Connection refused", 69},
        {"file", "Connection refused", 69},
        {"closed", "no permission on", 77},
    };
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_write(&r, "file", "no socket");
    bind_stale(&r, "stale", 0660);
    bind_stale(&r, "closed", 0000);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf err;

        assert_int_equal(ask(&r, rows[i].socket, &err), rows[i].code);
        if (strstr(buf_cstr(&err), rows[i].text) == NULL)
            fail_msg("%s: %s", rows[i].socket, buf_cstr(&err));
        /* And what to do about it. */
        assert_true(strstr(buf_cstr(&err), "systemctl start alignd") != NULL ||
                    strstr(buf_cstr(&err), "group") != NULL);
        buf_finish(&err);
    }
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_fits_a_narrow_terminal),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(a_reader_that_leaves_is_no_failure),
        cmocka_unit_test(why_there_is_no_answer_is_said),
    };

    /* What is started from here is not above the modes of files, not even as root.
       Refused where there is nothing to drop. */
    (void)prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

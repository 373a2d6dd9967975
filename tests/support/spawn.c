#include "tests/support/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/tempdir.h"
#include "tests/support/wait.h"

#define PATH_CEILING 4096
#define TAIL_BYTES 160
#define EXEC_FAILED 127

struct spawn {
    pid_t pid;
    int pidfd, watch; /* watch: inotify on both files */
    bool reaped;
    int code;
    struct {
        struct buf path;
        size_t seen; /* behind the last line that was waited for */
    } log[2];
};

bool spawn_program(const char *name, struct buf *ret_path, struct err *e)
{
    char self[PATH_CEILING];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *cut;

    buf_init(ret_path, PATH_CEILING);
    if (n < 0) {
        return err_set(e, ERR_IO, "/proc/self/exe: %s", strerror(errno));
    }
    self[n] = '\0';
    /* build/VARIANT/tests/test_x stands one folder below the programs. */
    cut = strrchr(self, '/');
    if (cut) {
        *cut = '\0';
    }
    buf_printf(ret_path, "%s/../%s", self, name);
    return buf_check(ret_path, e);
}

static void child_env(const char *const *env)
{
    for (; env && *env; env++) {
        char *copy = strdup(*env);
        char *eq = copy ? strchr(copy, '=') : NULL;

        if (!copy) {
            _exit(EXEC_FAILED);
        }
        if (eq) {
            *eq = '\0';
            (void)setenv(copy, eq + 1, 1);
        } else {
            (void)unsetenv(copy);
        }
    }
}

NORETURN static void child_run(const struct spawn_options *o, int out, int err)
{
    int in = open("/dev/null", O_RDONLY);
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
        _exit(EXEC_FAILED);
    }
    child_env(o->env);
    if (!o->cwd || chdir(o->cwd) == 0) {
        char **argv = NULL;

        /* execv takes char *const[] for history's sake and changes nothing. */
        memcpy(&argv, &o->argv, sizeof argv);
        (void)execv(o->argv[0], argv);
    }
    (void)dprintf(2, "%s: %s\n", o->argv[0], strerror(errno));
    _exit(EXEC_FAILED);
}

static int open_log(struct spawn *s, const struct spawn_options *o, unsigned i,
                    struct err *e)
{
    const char *slash = strrchr(o->argv[0], '/');
    const char *name = o->name ? o->name : (slash ? slash + 1 : o->argv[0]);
    int fd;

    buf_printf(&s->log[i].path, "%s/%s.%s", o->log_dir, name, i ? "err" : "out");
    if (!buf_check(&s->log[i].path, e)) {
        return -1;
    }
    fd = open(buf_cstr(&s->log[i].path),
              O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(e, ERR_IO, "%s: %s", buf_cstr(&s->log[i].path), strerror(errno));
        return -1;
    }
    if (inotify_add_watch(s->watch, buf_cstr(&s->log[i].path), IN_MODIFY) < 0) {
        err_set(e, ERR_IO, "inotify: %s", strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool start_child(struct spawn *s, const struct spawn_options *o, struct err *e)
{
    int fd[2] = {-1, -1};
    bool ok = false;

    s->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (s->watch < 0) {
        return err_set(e, ERR_IO, "inotify: %s", strerror(errno));
    }
    fd[0] = open_log(s, o, 0, e);
    fd[1] = fd[0] < 0 ? -1 : open_log(s, o, 1, e);
    if (fd[1] < 0) {
        goto out;
    }
    s->pid = fork();
    if (s->pid == 0) {
        child_run(o, fd[0], fd[1]);
    }
    if (s->pid < 0) {
        err_set(e, ERR_IO, "fork: %s", strerror(errno));
        goto out;
    }
    /* Also here, so that a kill of the group cannot come too early. */
    (void)setpgid(s->pid, s->pid);
    s->pidfd = pidfd_open(s->pid, 0);
    if (s->pidfd < 0) {
        err_set(e, ERR_IO, "pidfd_open: %s", strerror(errno));
        goto out;
    }
    ok = true;
out:
    for (unsigned i = 0; i < 2; i++) {
        if (fd[i] >= 0) {
            (void)close(fd[i]);
        }
    }
    return ok;
}

struct spawn *spawn_start(const struct spawn_options *o, struct err *e)
{
    struct spawn *s = calloc(1, sizeof *s);

    if (!s) {
        err_nomem(e);
        return NULL;
    }
    s->pidfd = s->watch = -1;
    buf_init(&s->log[0].path, PATH_CEILING);
    buf_init(&s->log[1].path, PATH_CEILING);
    if (!start_child(s, o, e)) {
        spawn_destroy(s);
        return NULL;
    }
    return s;
}

pid_t spawn_pid(const struct spawn *s)
{
    return s->pid;
}

bool spawn_output(const struct spawn *s, enum spawn_stream from, struct buf *ret,
                  struct err *e)
{
    return tempdir_read(buf_cstr(&s->log[from].path), ret, e);
}

/* The line with the needle among the complete ones not looked at yet. */
static bool find_line(struct spawn *s, enum spawn_stream from, struct str all,
                      struct str needle, struct str *ret_line)
{
    struct str rest = str_skip(all, s->log[from].seen);
    size_t at = s->log[from].seen;

    for (;;) {
        ptrdiff_t end = str_chr(rest, '\n');

        if (end < 0) {
            return false;
        }
        at += (size_t)end + 1;
        if (str_find(str_first(rest, (size_t)end), needle) >= 0) {
            *ret_line = str_first(rest, (size_t)end);
            s->log[from].seen = at;
            return true;
        }
        rest = str_skip(rest, (size_t)end + 1);
    }
}

static bool look_for_line(struct spawn *s, enum spawn_stream from, const char *needle,
                          struct buf *ret_line, bool *ret_found, struct err *e)
{
    struct str line = STR_NONE;
    struct buf all;

    if (!spawn_output(s, from, &all, e)) {
        buf_finish(&all);
        return false;
    }
    *ret_found = find_line(s, from, buf_str(&all), str_of(needle), &line);
    if (*ret_found && ret_line) {
        buf_add(ret_line, line);
    }
    buf_finish(&all);
    return true;
}

static bool say_missing(const struct spawn *s, const char *needle, bool ended,
                        struct err *e)
{
    struct buf text;
    struct str tail = STR_NONE;
    struct err unread;

    if (spawn_output(s, SPAWN_ERR, &text, &unread)) {
        tail = buf_str(&text);
    }
    if (tail.n > TAIL_BYTES) {
        tail = str_skip(tail, tail.n - TAIL_BYTES);
    }
    err_set(e, ERR_IO, "no line with '%s' %s: %.*s", needle,
            ended ? "before the program ended" : "in time", STR_FMT(tail));
    buf_finish(&text);
    return false;
}

static void drain_watch(int fd)
{
    char events[4096];
    ssize_t n;

    do {
        n = read(fd, events, sizeof events);
    } while (n > 0);
}

bool spawn_wait_line(struct spawn *s, enum spawn_stream from, const char *needle,
                     struct dur limit, struct buf *ret_line, struct err *e)
{
    struct mono start = clock_mono(clock_system());
    bool ended = s->reaped;

    if (ret_line) {
        buf_init(ret_line, (size_t)1 << 20);
    }
    for (;;) {
        struct pollfd fds[2] = {{.fd = s->watch, .events = POLLIN},
                                {.fd = s->pidfd, .events = POLLIN}};
        int left = wait_left(start, limit);
        bool found = false;

        /* Events that came before this look are covered by it. */
        drain_watch(s->watch);
        if (!look_for_line(s, from, needle, ret_line, &found, e)) {
            return false;
        }
        if (found) {
            return true;
        }
        if (ended || left == 0) {
            return say_missing(s, needle, ended, e);
        }
        (void)poll(fds, 2, left);
        ended = (fds[1].revents & POLLIN) != 0;
    }
}

bool spawn_wait_port(struct spawn *s, struct dur limit, unsigned *ret_port,
                     struct err *e)
{
    struct buf line;
    uint64_t port = 0;
    bool ok = spawn_wait_line(s, SPAWN_OUT, "listening ", limit, &line, e);

    if (ok) {
        const char *colon = strrchr(buf_cstr(&line), ':');

        ok = colon && str_to_u64(str_trim(str_of(colon + 1)), &port) && port <= 65535;
        if (!ok) {
            err_set(e, ERR_PARSE, "no port in '%s'", buf_cstr(&line));
        }
    }
    *ret_port = (unsigned)port;
    buf_finish(&line);
    return ok;
}

bool spawn_signal(const struct spawn *s, int sig, struct err *e)
{
    if (s->reaped || kill(s->pid, sig)) {
        return err_set(e, ERR_IO, "kill %d: %s", sig,
                       s->reaped ? "already ended" : strerror(errno));
    }
    return true;
}

static bool reap(struct spawn *s, int flags)
{
    int status = 0;

    if (!s->reaped && waitpid(s->pid, &status, flags) == s->pid) {
        s->reaped = true;
        s->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return s->reaped;
}

bool spawn_wait_exit(struct spawn *s, struct dur limit, int *ret_code, struct err *e)
{
    struct mono start = clock_mono(clock_system());

    while (!reap(s, WNOHANG)) {
        struct pollfd fd = {.fd = s->pidfd, .events = POLLIN};
        int left = wait_left(start, limit);

        if (left == 0) {
            return err_set(e, ERR_IO, "process %d has not ended in time", (int)s->pid);
        }
        (void)poll(&fd, 1, left);
    }
    *ret_code = s->code;
    return true;
}

bool spawn_stop(struct spawn *s, struct dur limit, int *ret_code, struct err *e)
{
    return spawn_signal(s, SIGTERM, e) && spawn_wait_exit(s, limit, ret_code, e);
}

void spawn_destroy(struct spawn *s)
{
    if (!s) {
        return;
    }
    if (s->pid > 0 && !s->reaped) {
        (void)kill(-s->pid, SIGKILL);
        (void)kill(s->pid, SIGKILL);
        (void)reap(s, 0);
    }
    if (s->pidfd >= 0) {
        (void)close(s->pidfd);
    }
    if (s->watch >= 0) {
        (void)close(s->watch);
    }
    buf_finish(&s->log[0].path);
    buf_finish(&s->log[1].path);
    free(s);
}

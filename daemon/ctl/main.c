/* alignctl: gives ctl_run its surroundings, then prints what it wrote. */
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/tty.h"
#include "ctl/ctl.h"
#include "ctl/zone.h"

/* https://no-color.org */
static bool colour(void)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

static int exec_program(char *const *argv)
{
    execvp(argv[0], argv);
    return errno;
}

/* A reader that has seen enough (head, a pager that was left) is no failure. */
static bool print_to(FILE *f, const struct buf *b)
{
    return b->n == 0 || (fwrite(buf_cstr(b), 1, b->n, f) == b->n && fflush(f) == 0) ||
           errno == EPIPE;
}

static bool flush_out(struct buf *out)
{
    bool ok = out->n == 0 || (fwrite(buf_cstr(out), 1, out->n, stdout) == out->n &&
                              fflush(stdout) == 0);

    buf_clear(out);
    return ok;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_create((size_t)4 << 20);
    struct buf out, err;
    struct ctl_env env = {
        .socket = getenv("ALIGND_SOCKET"),
        .columns = tty_columns(STDOUT_FILENO),
        .colour = colour(),
        .now = clock_wall(clock_system()),
        .exec = exec_program,
        .flush = flush_out,
    };
    int code;

    if (a == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fputs("alignctl: out of memory\n", stderr);
        arena_destroy(a);
        return CTL_SOFTWARE;
    }
    env.tz = zone_local(getenv("TZ"), a);
    buf_init(&out, (size_t)256 << 20);
    buf_init(&err, (size_t)1 << 20);
    code = ctl_run(&env, argc, argv, &out, &err);
    signal(SIGPIPE, SIG_IGN); /* not before: what is executed would inherit it */
    if (!print_to(stdout, &out)) {
        fprintf(stderr, "alignctl: cannot write: %s\n", strerror(errno));
        code = CTL_IO;
    }
    if (!print_to(stderr, &err) && code == CTL_OK)
        code = CTL_IO;
    buf_finish(&out);
    buf_finish(&err);
    arena_destroy(a);
    curl_global_cleanup();
    return code;
}

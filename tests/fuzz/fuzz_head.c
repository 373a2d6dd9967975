/*
 * Heads of requests, as they come in over the status socket: any bytes. A part
 * waits for the rest, what is judged stays so whatever follows, and a head that
 * is sound is sound for libmicrohttpd, too: it calls the handler, and never
 * answers with a page of its own.
 */
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "status/server_head.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_ROUNDS = 64 };

static struct MHD_Daemon *mhd;
static bool was_called;

/* Enough is known: the connection is closed. */
static enum MHD_Result on_access(void *arg UNUSED, struct MHD_Connection *conn UNUSED,
                                 const char *url UNUSED, const char *method UNUSED,
                                 const char *version UNUSED, const char *data UNUSED,
                                 size_t *n UNUSED, void **context UNUSED)
{
    was_called = true;
    return MHD_NO;
}

static size_t keep_encoded(void *arg UNUSED, struct MHD_Connection *conn UNUSED,
                           char *s)
{
    return strlen(s);
}

static void say_nothing(void *arg UNUSED, const char *fmt UNUSED, va_list ap UNUSED)
{
}

/* As status/server.c starts it. */
int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                               MHD_USE_NO_LISTEN_SOCKET,
                           0, NULL, NULL, on_access, NULL, MHD_OPTION_EXTERNAL_LOGGER,
                           say_nothing, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                           (size_t)SERVER_HEAD_MEMORY, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded,
                           NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    FUZZ_CHECK(mhd != NULL, "libmicrohttpd does not start");
    return 0;
}

static void check_peer(struct str head)
{
    const struct sockaddr unnamed = {.sa_family = AF_UNIX};
    int fds[2];

    FUZZ_CHECK(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0,
        "no sockets");
    FUZZ_CHECK(write(fds[0], head.p, head.n) == (ssize_t)head.n, "not written");
    was_called = false;
    FUZZ_CHECK(MHD_add_connection(mhd, fds[1], &unnamed, sizeof unnamed.sa_family) ==
                   MHD_YES,
               "not taken");
    for (int i = 0; i < MAX_ROUNDS && !was_called; i++) {
        FUZZ_CHECK(MHD_run(mhd) == MHD_YES, "it does not run");
    }
    FUZZ_CHECK(was_called, "sound, and not for libmicrohttpd: %.*s", STR_FMT(head));
    close(fds[0]);
    FUZZ_CHECK(MHD_run(mhd) == MHD_YES, "it does not run");
}

/* What is said of a part is said of a copy that ends there. */
static enum server_head judge(struct str part, struct server_problem *ret)
{
    char *copy = fuzz_copy(part);
    enum server_head h = server_head_judge((struct str){copy, part.n}, ret);

    free(copy);
    return h;
}

/* The shortest part that is more than one that waits; all of it, if none is. */
static struct str first_judged(struct str all, enum server_head *ret,
                               struct server_problem *ret_why)
{
    struct str part = STR_NONE;

    *ret = SERVER_HEAD_PART;
    for (size_t n = 0; n <= all.n && *ret == SERVER_HEAD_PART; n++) {
        part = str_first(all, n);
        *ret = judge(part, ret_why);
    }
    return part;
}

static void check_problem(const struct server_problem *p)
{
    FUZZ_CHECK(p->status == 400 || p->status == 413 || p->status == 431 ||
                   p->status == 501 || p->status == 505,
               "%d", p->status);
    FUZZ_CHECK(p->title != NULL && p->title[0] != '\0' && p->detail != NULL &&
                   p->detail[0] != '\0',
               "%d says nothing", p->status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size}, part;
    struct server_problem why = {0}, later = {0};
    enum server_head h;

    part = first_judged(all, &h, &why);
    FUZZ_CHECK(judge(all, &later) == h, "judged otherwise when more has come");
    if (h == SERVER_HEAD_BAD) {
        check_problem(&why);
        check_problem(&later);
        return 0;
    }
    FUZZ_CHECK(why.status == 0 && later.status == 0, "a problem of none");
    if (h == SERVER_HEAD_SOUND) {
        FUZZ_CHECK(str_has_suffix(part, STR("\n")), "ends within a line");
        check_peer(part);
    }
    return 0;
}

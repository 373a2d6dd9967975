/*
 * As responder.c, but libmicrohttpd reads requests and writes replies, in the way
 * alignd uses it: its own epoll(7) set on a libuv loop, connections that were accepted
 * before it sees them, as many kept, heads as long. What alignd costs besides is its
 * own; what this costs besides the bare one is the library's.
 *
 *   responder_mhd SOCKET FILE      FILE: a whole reply, of which the body is sent
 *
 * Prints "listening" when it does.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "status/server_head.h"

enum { REPLY_MAX = 64 << 10, BACKLOG = 128, CONNECTIONS = 64, IDLE_S = 30 };

static char reply[REPLY_MAX + 1];
static const char *body;
static struct MHD_Daemon *mhd;
static int listener;

static void check(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "responder_mhd: %s\n", what);
        exit(1);
    }
}

/* Called first for the head, again when all of the request is in. */
static enum MHD_Result on_access(void *arg, struct MHD_Connection *conn, const char *url,
                                 const char *method, const char *version,
                                 const char *upload, size_t *n, void **context)
{
    struct MHD_Response *r;
    enum MHD_Result ok;

    (void)arg, (void)url, (void)method, (void)version, (void)upload, (void)n;
    if (*context == NULL) {
        *context = reply;
        return MHD_YES;
    }
    r = MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body,
                                        MHD_RESPMEM_PERSISTENT);
    check(r != NULL, "response");
    check(MHD_add_response_header(r, "Content-Type", "application/json") == MHD_YES &&
              MHD_add_response_header(r, "Cache-Control", "no-store") == MHD_YES,
          "header");
    ok = MHD_queue_response(conn, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return ok;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
    check(MHD_run(mhd) == MHD_YES, "run");
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    static const struct sockaddr unnamed = {.sa_family = AF_UNIX};
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0)
        (void)MHD_add_connection(mhd, fd, &unnamed, sizeof(unnamed.sa_family));
    on_ready(poll, status, events);
}

static void read_reply(const char *path)
{
    FILE *f = fopen(path, "rb");

    check(f != NULL, path);
    reply[fread(reply, 1, REPLY_MAX, f)] = '\0';
    fclose(f);
    body = strstr(reply, "\r\n\r\n");
    check(body != NULL, path);
    body += 4;
}

static void bind_to(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    check(strlen(path) < sizeof(addr.sun_path), path);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(listener >= 0 &&
              bind(listener, (const struct sockaddr *)&addr, sizeof(addr)) == 0 &&
              listen(listener, BACKLOG) == 0,
          path);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    const union MHD_DaemonInfo *info;
    uv_poll_t connections, requests;

    check(argc == 3, "SOCKET FILE");
    read_reply(argv[2]);
    bind_to(argv[1]);
    mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
        NULL, on_access, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_HEAD_MEMORY, MHD_OPTION_END);
    check(mhd != NULL, "libmicrohttpd");
    info = MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD);
    check(info != NULL && uv_poll_init(loop, &requests, info->epoll_fd) == 0 &&
              uv_poll_init(loop, &connections, listener) == 0 &&
              uv_poll_start(&requests, UV_READABLE, on_ready) == 0 &&
              uv_poll_start(&connections, UV_READABLE, on_connection) == 0,
          "poll");
    puts("listening");
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}

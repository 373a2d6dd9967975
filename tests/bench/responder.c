/*
 * The least that answers on a Unix socket with libuv: for each end of a request's
 * head the same bytes, on a kept connection. What alignd's own server does besides
 * is what it costs.
 *
 *   responder SOCKET FILE      FILE: a whole reply, head and body
 *
 * Prints "listening" when it does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { REPLY_MAX = 64 << 10, BACKLOG = 128 };

static char reply[REPLY_MAX], input[64 << 10];
static size_t n_reply;

struct client {
    uv_pipe_t pipe;   /* first: the handle is freed as what holds it */
    unsigned matched; /* bytes of the empty line that ends a head */
};

static void check(int rc, const char *what)
{
    if (rc < 0) {
        fprintf(stderr, "responder: %s: %s\n", what, uv_strerror(rc));
        exit(1);
    }
}

static void on_closed(uv_handle_t *h)
{
    free(h);
}

/* One buffer for all: what was read is looked at before the next is. */
static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *ret)
{
    (void)h;
    (void)size;
    *ret = uv_buf_init(input, sizeof(input));
}

static void answer(uv_stream_t *s)
{
    uv_buf_t b = uv_buf_init(reply, (unsigned)n_reply);

    int n = uv_try_write(s, &b, 1);

    /* A client reads each reply before it asks again, so all of it fits; one that has
       gone away is read the end of next. */
    if (n >= 0 && n != (int)n_reply)
        check(UV_EIO, "write");
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    static const char end[] = "\r\n\r\n";
    struct client *c = (struct client *)s;

    if (n < 0)
        uv_close((uv_handle_t *)s, on_closed);
    for (ssize_t i = 0; i < n; i++) {
        if (b->base[i] == end[c->matched])
            c->matched++;
        else
            c->matched = b->base[i] == '\r';
        if (c->matched == sizeof(end) - 1) {
            c->matched = 0;
            answer(s);
        }
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    struct client *c = calloc(1, sizeof(*c));

    check(status, "connection");
    if (c == NULL)
        check(UV_ENOMEM, "connection");
    check(uv_pipe_init(server->loop, &c->pipe, 0), "connection");
    check(uv_accept(server, (uv_stream_t *)&c->pipe), "accept");
    check(uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read), "read");
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    uv_pipe_t server;
    FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;

    if (f == NULL)
        check(UV_EINVAL, "responder SOCKET FILE");
    signal(SIGPIPE, SIG_IGN);
    n_reply = fread(reply, 1, sizeof(reply), f);
    fclose(f);
    check(uv_pipe_init(loop, &server, 0), "socket");
    check(uv_pipe_bind(&server, argv[1]), argv[1]);
    check(uv_listen((uv_stream_t *)&server, BACKLOG, on_connection), argv[1]);
    puts("listening");
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}

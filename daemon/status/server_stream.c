#include <stdlib.h>
#include <string.h>

#include "status/server_inside.h"

enum { MAX_STREAMS = 16, BLOCK = 16 << 10 };

struct server_stream {
    struct server *server;
    struct request *request; /* borrowed; outlives the reply it owns */
    struct buf waiting;      /* what was written and not yet taken */
    size_t taken;            /* of it */
    bool ended;
    void (*gone)(void *arg); /* NULL: nobody wants to know any more */
    void *arg;
};

/* MHD has room for more. Without anything to send the connection sleeps until there is:
   that may be done from in here (MHD_suspend_connection, 0 as the answer). */
static ssize_t on_room(void *arg, uint64_t at UNUSED, char *to, size_t max)
{
    struct server_stream *st = arg;
    struct request *r = st->request;
    size_t n = st->waiting.n - st->taken;

    if (n == 0 && st->ended) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (n == 0) {
        client_is(request_client(r), CLIENT_BUSY, uv_now(r->server->loop));
        r->suspended = true;
        MHD_suspend_connection(r->conn);
        return 0;
    }
    n = n < max ? n : max;
    memcpy(to, st->waiting.p + st->taken, n);
    st->taken += n;
    if (st->taken == st->waiting.n) {
        buf_clear(&st->waiting);
        st->taken = 0;
    }
    return (ssize_t)n;
}

static void on_free(void *arg)
{
    struct server_stream *st = arg;

    st->server->n_streams--;
    if (st->gone != NULL) {
        st->gone(st->arg);
    }
    buf_finish(&st->waiting);
    free(st);
}

bool server_stream_open(struct server_request *req, const char *content_type,
                        void (*gone)(void *arg), void *arg, struct server_stream **ret,
                        struct err *e)
{
    struct request *r = req->server_data;
    struct server_stream *st;

    if (r->server->n_streams >= MAX_STREAMS) {
        return err_set(e, ERR_LIMIT, "%d follow already, which is all there may be",
                       MAX_STREAMS);
    }
    st = calloc(1, sizeof *st);
    if (st == NULL) {
        return err_nomem(e);
    }
    *st = (struct server_stream){.server = r->server, .request = r};
    buf_init(&st->waiting, 2 * STREAM_WAITING);
    r->reply =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_room, st, on_free);
    if (r->reply == NULL) {
        free(st);
        return err_nomem(e);
    }
    r->server->n_streams++;
    if (!response_headers(r, r->reply, content_type)) {
        MHD_destroy_response(r->reply); /* and with it the stream */
        r->reply = NULL;
        return err_nomem(e);
    }
    st->gone = gone;
    st->arg = arg;
    r->stream = st;
    r->status = 200;
    r->answered = true;
    request_wake(r);
    *ret = st;
    return true;
}

bool server_stream_write(struct server_stream *st, struct str bytes)
{
    if (st->ended || bytes.n > STREAM_WAITING - (st->waiting.n - st->taken)) {
        return false;
    }
    /* What is taken makes room before the buffer has to grow. */
    if (st->taken > 0) {
        memmove(st->waiting.p, st->waiting.p + st->taken, st->waiting.n - st->taken);
        buf_truncate(&st->waiting, st->waiting.n - st->taken);
        st->taken = 0;
    }
    buf_add(&st->waiting, bytes);
    if (!buf_ok(&st->waiting)) {
        return false;
    }
    request_wake(st->request);
    return true;
}

void server_stream_end(struct server_stream *st)
{
    st->gone = NULL;
    stream_shut(st);
    request_wake(st->request);
}

void stream_shut(struct server_stream *st)
{
    st->ended = true;
}

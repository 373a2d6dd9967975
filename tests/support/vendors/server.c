#include "tests/support/vendors/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/vendors/gz.h"

#define REQUEST_BODY_CEILING ((size_t)16 << 20)
#define CONNECTIONS_MAX 1000U
#define CONNECTION_MEMORY ((size_t)128 << 10)
#define STREAM_BLOCK ((size_t)64 << 10)

enum phase { READING, WAITING, QUEUED };

/* One request and its answer, from the request line to the last byte. */
struct exchange {
    struct server *server;
    enum phase phase;
    struct request rq;
    struct reply rp;
    struct buf target;
    bool suspended;
    bool timed; /* resumes by itself at `due` */
    struct mono due;
    struct exchange *next, **link; /* all of the server */
};

struct server {
    struct server_handler handler;
    struct MHD_Daemon *mhd;
    int epoll_fd;
    uint16_t port;
    bool stopping;
    struct exchange *all;
};

/* ---- suspending and resuming ---- */

static void suspend(struct exchange *x, struct dur how_long)
{
    x->suspended = true;
    x->timed = how_long.ms >= 0;
    x->due = mono_add(clock_mono(clock_system()), how_long);
    MHD_suspend_connection(x->rq.conn);
}

static void resume(struct exchange *x)
{
    if (x->suspended) {
        x->suspended = false;
        MHD_resume_connection(x->rq.conn);
    }
}

static void resume_due(struct server *s)
{
    struct mono now = clock_mono(clock_system());

    for (struct exchange *x = s->all; x; x = x->next) {
        if (x->suspended && (s->stopping || (x->timed && x->due.ms <= now.ms))) {
            resume(x);
        }
    }
}

/* Milliseconds until something is due, as poll(2) wants them; -1: nothing. */
static int next_due(const struct server *s)
{
    MHD_UNSIGNED_LONG_LONG mhd_ms;
    int64_t left = -1;
    struct mono now = clock_mono(clock_system());

    if (MHD_get_timeout(s->mhd, &mhd_ms) == MHD_YES) {
        left = mhd_ms > INT_MAX ? INT_MAX : (int64_t)mhd_ms;
    }
    for (const struct exchange *x = s->all; x; x = x->next) {
        if (x->suspended && x->timed) {
            int64_t ms = x->due.ms > now.ms ? x->due.ms - now.ms : 0;

            left = left < 0 || ms < left ? ms : left;
        }
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- bodies that do not come whole ---- */

struct stream {
    struct exchange *x;
    size_t portion_left; /* of the drip */
};

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct stream *st = cls;
    const struct reply *rp = &st->x->rp;
    struct str all = reply_bytes(rp);
    size_t end = rp->delivery == REPLY_CUT && rp->bytes < all.n ? rp->bytes : all.n;
    size_t n = pos < end ? end - (size_t)pos : 0;

    if (n == 0 || st->x->server->stopping) {
        /* What was announced and is not there, and what was cut, never comes. */
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    n = n < max ? n : max;
    if (rp->delivery == REPLY_DRIP) {
        if (st->portion_left == 0) {
            st->portion_left = rp->bytes ? rp->bytes : 1;
            suspend(st->x, rp->every);
            return 0;
        }
        n = n < st->portion_left ? n : st->portion_left;
        st->portion_left -= n;
    }
    memcpy(buf, all.p + pos, n);
    return (ssize_t)n;
}

static struct MHD_Response *stream_response(struct exchange *x)
{
    struct stream *st = calloc(1, sizeof *st);
    uint64_t size = reply_bytes(&x->rp).n;
    struct MHD_Response *r;

    if (!st) {
        return NULL;
    }
    st->x = x;
    st->portion_left = x->rp.bytes ? x->rp.bytes : 1;
    if (x->rp.announce) {
        size = x->rp.announce;
    }
    r = MHD_create_response_from_callback(size, STREAM_BLOCK, stream_read, st, free);
    if (!r) {
        free(st);
    }
    return r;
}

/* ---- answers ---- */

static void unref(void *blob)
{
    blob_unref(blob);
}

static struct MHD_Response *response_of(struct exchange *x)
{
    struct reply *rp = &x->rp;

    if (rp->delivery != REPLY_WHOLE || rp->announce) {
        return stream_response(x);
    }
    if (rp->shared) {
        struct blob *b = blob_ref(rp->shared);
        struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback_cls(
            b->n, b->p, unref, b);

        if (!r) {
            blob_unref(b);
        }
        return r;
    }
    /* The exchange, and the body with it, outlives the response. */
    return MHD_create_response_from_buffer(rp->body.n, rp->body.p,
                                           MHD_RESPMEM_PERSISTENT);
}

static bool add_headers(struct MHD_Response *r, const struct reply *rp)
{
    struct str rest = buf_str(&rp->headers), line;

    if (rp->type && MHD_add_response_header(r, "Content-Type", rp->type) != MHD_YES) {
        return false;
    }
    if (rp->encoded &&
        MHD_add_response_header(r, "Content-Encoding", "gzip") != MHD_YES) {
        return false;
    }
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_chr(line, ':');
        char name[64], value[8192];
        struct str v;

        if (colon <= 0 || colon >= (ptrdiff_t)sizeof name) {
            continue;
        }
        v = str_trim(str_skip(line, (size_t)colon + 1));
        if (v.n >= sizeof value) {
            return false;
        }
        memcpy(name, line.p, (size_t)colon);
        name[colon] = '\0';
        if (v.n) {
            memcpy(value, v.p, v.n);
        }
        value[v.n] = '\0';
        if (MHD_add_response_header(r, name, value) != MHD_YES) {
            return false;
        }
    }
    return true;
}

static enum MHD_Result queue(struct exchange *x)
{
    struct MHD_Response *r = response_of(x);
    enum MHD_Result ok = MHD_NO;

    x->phase = QUEUED;
    if (r && add_headers(r, &x->rp)) {
        ok = MHD_queue_response(x->rq.conn, (unsigned)x->rp.status, r);
    }
    if (r) {
        MHD_destroy_response(r);
    }
    return ok;
}

static void compress(const struct request *rq, struct reply *rp)
{
    struct buf packed;

    if (!rq->gzip || rp->encoded || rp->identity || rp->shared || !rp->body.n) {
        return;
    }
    buf_init(&packed, rp->body.ceiling);
    if (gz_compress(buf_str(&rp->body), &packed)) {
        buf_finish(&rp->body);
        rp->body = packed;
        rp->encoded = true;
        reply_header(rp, "Vary", "Accept-Encoding");
    } else {
        buf_finish(&packed);
    }
}

static enum MHD_Result answer(struct exchange *x)
{
    struct server *s = x->server;
    const char *accepts = request_header(&x->rq, "Accept-Encoding");

    x->rq.gzip = accepts && strstr(accepts, "gzip");
    x->rq.at = clock_wall(clock_system());
    s->handler.answer(s->handler.arg, &x->rq, &x->rp);
    compress(&x->rq, &x->rp);
    if (!buf_ok(&x->rp.body) || !buf_ok(&x->rp.headers)) {
        reply_reset(&x->rp);
        reply_text(&x->rp, 500, "text/plain", "answer too large");
    }
    s->handler.answered(s->handler.arg, &x->rq, &x->rp);
    if (x->rp.delivery == REPLY_CLOSE) {
        return MHD_NO;
    }
    if (x->rp.delivery == REPLY_NEVER || x->rp.delay.ms > 0) {
        x->phase = WAITING;
        suspend(x, x->rp.delivery == REPLY_NEVER ? DUR_MS(-1) : x->rp.delay);
        return MHD_YES;
    }
    return queue(x);
}

/* ---- what libmicrohttpd calls ---- */

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
    struct server *s = cls;
    struct exchange *x = calloc(1, sizeof *x);

    if (!x) {
        return NULL;
    }
    x->server = s;
    x->rq.conn = conn;
    reply_init(&x->rp);
    buf_init(&x->rq.body, REQUEST_BODY_CEILING);
    buf_init(&x->target, CONNECTION_MEMORY);
    buf_addz(&x->target, uri);
    x->next = s->all;
    x->link = &s->all;
    if (s->all) {
        s->all->link = &x->next;
    }
    s->all = x;
    return x;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *size,
                                  void **con_cls)
{
    struct exchange *x = *con_cls;
    ptrdiff_t mark;

    (void)cls;
    (void)conn;
    (void)version;
    if (!x || x->server->stopping) {
        return MHD_NO;
    }
    if (!x->rq.method) {
        x->rq.method = method;
        x->rq.path = url;
        x->rq.target = buf_str(&x->target);
        mark = str_chr(x->rq.target, '?');
        if (mark >= 0) {
            x->rq.query = str_skip(x->rq.target, (size_t)mark + 1);
        }
        return MHD_YES;
    }
    if (*size) {
        buf_add(&x->rq.body, (struct str){data, *size});
        *size = 0;
        return buf_ok(&x->rq.body) ? MHD_YES : MHD_NO;
    }
    switch (x->phase) {
    case READING:
        return answer(x);
    case WAITING:
        /* Resumed by its timer. */
        return x->suspended ? MHD_YES : queue(x);
    case QUEUED:
    default:
        return MHD_YES;
    }
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *con_cls;

    (void)cls;
    (void)conn;
    (void)code;
    if (!x) {
        return;
    }
    if (x->phase != READING) {
        x->server->handler.over(x->server->handler.arg, &x->rp);
    }
    *x->link = x->next;
    if (x->next) {
        x->next->link = x->link;
    }
    reply_finish(&x->rp);
    buf_finish(&x->rq.body);
    buf_finish(&x->target);
    free(x);
    *con_cls = NULL;
}

/* ---- life ---- */

static int listen_on(uint16_t port, uint16_t *ret_port, struct err *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr *sa = (struct sockaddr *)&at;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(fd, sa, sizeof at) || listen(fd, SOMAXCONN) || getsockname(fd, sa, &n)) {
        err_set(e, ERR_IO, "127.0.0.1:%u: %s", port, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    *ret_port = ntohs(at.sin_port);
    return fd;
}

struct server *server_create(uint16_t port, const struct server_handler *handler,
                             struct err *e)
{
    struct server *s = calloc(1, sizeof *s);
    const union MHD_DaemonInfo *info;
    int fd;

    if (!s) {
        err_nomem(e);
        return NULL;
    }
    s->handler = *handler;
    fd = listen_on(port, &s->port, e);
    if (fd < 0) {
        server_destroy(s);
        return NULL;
    }
    s->mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_END);
    info = s->mhd ? MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        if (!s->mhd) {
            (void)close(fd);
        }
        err_set(e, ERR_IO, "libmicrohttpd does not start");
        server_destroy(s);
        return NULL;
    }
    s->epoll_fd = info->epoll_fd;
    return s;
}

uint16_t server_port(const struct server *s)
{
    return s->port;
}

bool server_run(struct server *s, int stop_fd, struct err *e)
{
    while (!s->stopping) {
        struct pollfd fds[2] = {{.fd = s->epoll_fd, .events = POLLIN},
                                {.fd = stop_fd, .events = POLLIN}};

        if (poll(fds, 2, next_due(s)) < 0 && errno != EINTR) {
            return err_set(e, ERR_IO, "poll: %s", strerror(errno));
        }
        if (fds[1].revents) {
            s->stopping = true;
        }
        resume_due(s);
        if (MHD_run(s->mhd) != MHD_YES) {
            return err_set(e, ERR_IO, "libmicrohttpd has stopped");
        }
    }
    return true;
}

static bool any_suspended(const struct server *s)
{
    for (const struct exchange *x = s->all; x; x = x->next) {
        if (x->suspended) {
            return true;
        }
    }
    return false;
}

void server_destroy(struct server *s)
{
    if (!s) {
        return;
    }
    if (s->mhd) {
        /* MHD_stop_daemon aborts the process if a connection is suspended. */
        s->stopping = true;
        do {
            resume_due(s);
            (void)MHD_run(s->mhd);
        } while (any_suspended(s));
        MHD_stop_daemon(s->mhd);
    }
    free(s);
    gz_finish();
}

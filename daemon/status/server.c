#include "status/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/utf8.h"
#include "status/server_head.h"
#include "status/server_inside.h"
#include "status/server_uri.h"

enum {
    MAX_CONNECTIONS = 64,
    MAX_WAITING = 256, /* for one of those; and as many whose head is not whole */
    MAX_BODY = 1 << 20,
    IDLE_S = 30,
    RECEIVE_S = 10,
    SEND_S = 60,
    ROOM_MS = 25,                 /* between tries to make room for who waits */
    REQUEST_MEMORY = 64 << 20,    /* ceiling of a request's arena */
    SWALLOW = 16 << 20,           /* of a body too long, so that the client reads why */
    STOP_MS = 1000,               /* for clients to take what was answered */
    MAX_ROUNDS = 16,              /* of MHD_run without a look at the loop */
};

static void on_timer(uv_timer_t *timer);

/* ---- connections ---- */

static void on_connection(void *arg, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = arg;
    const union MHD_ConnectionInfo *info;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info != NULL
                       ? client_create(&s->clients, info->connect_fd, uv_now(s->loop))
                       : NULL;
        s->n_clients++;
    } else {
        client_destroy(*context);
        *context = NULL;
        s->n_clients--;
    }
}

/* NULL: memory was out when it came. It is served as somebody unknown. */
static struct client *client_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

static void now_is(struct server *s, struct MHD_Connection *conn,
                   enum client_state state)
{
    client_is(client_of(conn), state, uv_now(s->loop));
}

/* From the gate: its head is whole. */
static bool admit(void *arg, int fd)
{
    static const struct sockaddr unnamed = {.sa_family = AF_UNIX};
    struct server *s = arg;

    if (s->n_clients >= s->max_connections) {
        clients_make_room(&s->clients, uv_now(s->loop));
        uv_timer_start(&s->timer, on_timer, 0, 0);
        return false;
    }
    (void)MHD_add_connection(s->mhd, fd, &unnamed, sizeof unnamed.sa_family);
    return true; /* also when it failed: the descriptor is closed then */
}

/* ---- requests ---- */

/* Called by MHD only: queueing from elsewhere is not allowed. */
static enum MHD_Result send_reply(struct request *r)
{
    enum MHD_Result ok = MHD_NO;

    now_is(r->server, r->conn, CLIENT_SENDING);
    if (r->reply != NULL) {
        ok = MHD_queue_response(r->conn, (unsigned)r->status, r->reply);
        MHD_destroy_response(r->reply);
        r->reply = NULL;
    }
    return ok;
}

/* NULL: memory is out. */
static struct request *request_create(struct server *s, struct MHD_Connection *conn)
{
    struct arena *a = s->spare != NULL ? s->spare : arena_create(REQUEST_MEMORY);
    struct request *r = a != NULL ? arena_alloc(a, sizeof *r) : NULL;

    s->spare = NULL;
    if (r == NULL) {
        arena_destroy(a);
        return NULL;
    }
    r->pub.a = a;
    r->pub.server_data = r;
    r->server = s;
    r->conn = conn;
    buf_init(&r->body, s->max_body);
    LIST_INSERT_HEAD(&s->requests, r, link);
    return r;
}

static void request_destroy(struct request *r)
{
    struct server *s = r->server;
    struct arena *a = r->pub.a;

    LIST_REMOVE(r, link);
    if (r->reply != NULL) {
        MHD_destroy_response(r->reply);
    }
    buf_finish(&r->body);
    if (s->spare == NULL) {
        arena_reset(a);
        s->spare = a;
    } else {
        arena_destroy(a);
    }
}

static bool add_argument(struct request *r, struct str key, struct str value,
                         struct err *e)
{
    struct server_request *p = &r->pub;
    struct str_pair *pair =
        arena_grow(p->a, &p->query.v, &p->query.n, &r->query_cap, sizeof *pair);

    if (pair == NULL) {
        return err_nomem(e);
    }
    *pair = (struct str_pair){.key = key, .value = value};
    return server_uri_decode(p->a, key, &pair->key, e) &&
           (server_uri_decode(p->a, value, &pair->value, e) ||
            err_wrap(e, "%.*s", STR_FMT(utf8_cut(pair->key, 60))));
}

static enum MHD_Result on_argument(void *arg, enum MHD_ValueKind kind UNUSED,
                                   const char *key, size_t key_n, const char *value,
                                   size_t value_n)
{
    struct request *r = arg;
    struct err e;

    if (!add_argument(r, (struct str){key, key_n}, (struct str){value, value_n}, &e)) {
        answer_err(r, &e);
    }
    return r->answered ? MHD_NO : MHD_YES;
}

static bool fill_in(struct request *r, const char *method, const char *target,
                    struct err *e)
{
    struct server_request *p = &r->pub;

    if (client_of(r->conn) != NULL) {
        p->peer = client_of(r->conn)->peer;
    }
    p->method = arena_str(p->a, str_of(method));
    p->raw_path = arena_str(p->a, str_of(target));
    return arena_failed(p->a) ? err_nomem(e)
                              : server_uri_decode(p->a, p->raw_path, &p->path, e);
}

static bool is_too_long(const struct request *r)
{
    const char *text = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t n;

    return text != NULL && (!str_to_u64(str_of(text), &n) || n > r->server->max_body);
}

/* The headers are in, the body is to come. */
static enum MHD_Result begin(struct server *s, struct MHD_Connection *conn,
                             const char *method, const char *target, void **context)
{
    struct request *r = request_create(s, conn);
    struct err e;

    if (r == NULL) {
        return MHD_NO;
    }
    *context = r;
    now_is(s, conn, CLIENT_RECEIVING);
    if (s->state != SERVER_OPEN) {
        answer_closing(r);
    } else if (!fill_in(r, method, target, &e)) {
        answer_err(r, &e);
    } else if (is_too_long(r)) {
        answer_too_long(r);
    } else {
        (void)MHD_get_connection_values_n(conn, MHD_GET_ARGUMENT_KIND, on_argument, r);
    }
    /* Who asks before sending is told now; others cannot read before they wrote. */
    if (r->answered && MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_EXPECT) != NULL) {
        r->whole = true;
        return send_reply(r);
    }
    return MHD_YES;
}

static enum MHD_Result take_body(struct request *r, const char *p, size_t n)
{
    if (r->answered) {
        r->swallowed += n;
        return r->swallowed <= SWALLOW ? MHD_YES : MHD_NO;
    }
    if (n > r->server->max_body - r->body.n) {
        answer_too_long(r);
        buf_finish(&r->body);
        return MHD_YES;
    }
    buf_add(&r->body, (struct str){p, n});
    return buf_ok(&r->body) ? MHD_YES : MHD_NO;
}

/* All of it is in; comes here again when a suspended one was answered. */
static enum MHD_Result finish(struct request *r)
{
    r->whole = true;
    if (!r->answered && !r->handed && r->server->state != SERVER_OPEN) {
        answer_closing(r);
    }
    if (!r->answered && !r->handed) {
        r->handed = true;
        r->pub.body = buf_str(&r->body);
        r->server->handler(r->server->arg, &r->pub);
    }
    if (r->answered) {
        return send_reply(r);
    }
    r->suspended = true;
    now_is(r->server, r->conn, CLIENT_BUSY);
    MHD_suspend_connection(r->conn);
    return MHD_YES;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *conn,
                                 const char *target, const char *method,
                                 const char *version UNUSED, const char *body,
                                 size_t *body_n, void **context)
{
    struct request *r = *context;
    size_t n = *body_n;

    if (r == NULL) {
        return begin(arg, conn, method, target, context);
    }
    if (n > 0) {
        *body_n = 0;
        return take_body(r, body, n);
    }
    return finish(r);
}

static void on_completed(void *arg, struct MHD_Connection *conn, void **context,
                         enum MHD_RequestTerminationCode code UNUSED)
{
    struct request *r = *context;

    *context = NULL;
    now_is(arg, conn, CLIENT_IDLE);
    if (r != NULL) {
        request_destroy(r);
    }
}

/* Decoding is ours: MHD's would lose which slashes were encoded. */
static size_t keep_encoded(void *arg UNUSED, struct MHD_Connection *conn UNUSED,
                           char *s)
{
    return strlen(s);
}

/* ---- the loop ---- */

static void on_one_closed(void *arg)
{
    struct server *s = arg;

    if (--s->handles == 0) {
        void (*closed)(void *) = s->closed;
        void *closed_arg = s->closed_arg;

        arena_destroy(s->spare);
        free(s);
        if (closed != NULL) {
            closed(closed_arg);
        }
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    on_one_closed(handle->data);
}

/* Never with a suspended connection, which would make MHD abort the process. */
static void stop(struct server *s)
{
    s->state = SERVER_STOPPED;
    server_gate_close(s->gate, on_one_closed, s);
    uv_close((uv_handle_t *)&s->poll, on_handle_closed); /* before its descriptor */
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
    MHD_stop_daemon(s->mhd);
    server_socket_close(&s->socket);
}

static void quiesce(struct server *s)
{
    struct request *r;

    s->state = SERVER_QUIESCED;
    s->deadline = uv_now(s->loop) + STOP_MS;
    server_gate_shut(s->gate);
    LIST_FOREACH(r, &s->requests, link)
    {
        if (r->stream != NULL) {
            stream_shut(r->stream);
        } else if (r->suspended && !r->answered) {
            answer_closing(r);
        }
        if (r->suspended) {
            r->suspended = false;
            MHD_resume_connection(r->conn);
        }
    }
}

/* Clients that are still sending are not waited for. */
static bool is_drained(const struct server *s)
{
    const struct request *r;

    LIST_FOREACH(r, &s->requests, link)
    {
        if (r->whole) {
            return uv_now(s->loop) >= s->deadline;
        }
    }
    return true;
}

/* In how many ms MHD wants to run again; UINT64_MAX: when something comes. */
static uint64_t run_once(struct server *s)
{
    MHD_UNSIGNED_LONG_LONG ms;

    (void)MHD_run(s->mhd);
    return MHD_get_timeout(s->mhd, &ms) == MHD_YES ? ms : UINT64_MAX;
}

/* Before `ms` are over where a client's time is, or where one waits for room. */
static uint64_t look_after_clients(struct server *s, uint64_t ms)
{
    ms = clients_cut_overdue(&s->clients, uv_now(s->loop), ms);
    server_gate_retry(s->gate);
    if (server_gate_has_ready(s->gate) && ms > ROOM_MS) {
        ms = ROOM_MS;
    }
    return ms;
}

/* "At once" is obeyed a few times, then the loop has its turn. */
static void run(struct server *s)
{
    uint64_t ms = 0;

    for (int i = 0; i < MAX_ROUNDS && ms == 0; i++) {
        ms = run_once(s);
    }
    if (s->state == SERVER_OPEN) {
        ms = look_after_clients(s, ms);
    } else if (s->state == SERVER_QUIESCED) {
        if (is_drained(s)) {
            stop(s);
            return;
        }
        ms = ms > STOP_MS / 10 ? STOP_MS / 10 : ms;
    } else { /* SERVER_CLOSING by a handler, in the midst of MHD_run */
        ms = 0;
    }
    if (ms == UINT64_MAX) {
        uv_timer_stop(&s->timer);
    } else {
        uv_timer_start(&s->timer, on_timer, ms > 0 ? ms : 1, 0);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct server *s = timer->data;

    if (s->state == SERVER_CLOSING) {
        quiesce(s);
    }
    run(s);
}

static void on_poll(uv_poll_t *poll, int status, int events UNUSED)
{
    struct server *s = poll->data;

    if (status < 0) {
        (void)uv_poll_start(poll, UV_READABLE, on_poll); /* libuv has stopped it */
    }
    run(s);
}

/* ---- life ---- */

static void set_limits(struct server *s, const struct server_options *opt)
{
    uint64_t receive_ms = 1000 * (opt->receive_s > 0 ? opt->receive_s : RECEIVE_S);
    uint64_t idle_ms = 1000 * (opt->idle_s > 0 ? opt->idle_s : IDLE_S);

    s->max_body = opt->max_body > 0 ? opt->max_body : MAX_BODY;
    s->max_connections =
        opt->max_connections > 0 ? opt->max_connections : MAX_CONNECTIONS;
    s->clients.limits[CLIENT_RECEIVING] = receive_ms;
    s->clients.limits[CLIENT_SENDING] = 1000 * (uint64_t)SEND_S;
    s->clients.limits[CLIENT_IDLE] = idle_ms + receive_ms;
}

static bool open_gate(struct server *s, const struct server_options *opt, struct err *e)
{
    const struct server_gate_options gate = {
        .listen_fd = s->socket.fd,
        .max = opt->max_waiting > 0 ? opt->max_waiting : MAX_WAITING,
        .receive_ms = s->clients.limits[CLIENT_RECEIVING],
        .pass = admit,
        .arg = s,
    };

    return server_gate_open(s->loop, &gate, &s->gate, e);
}

static bool start_mhd(struct server *s, const struct server_options *opt, struct err *e)
{
    const union MHD_DaemonInfo *info;

    s->mhd = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
        NULL, on_access, s, MHD_OPTION_CONNECTION_LIMIT, s->max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, opt->idle_s > 0 ? opt->idle_s : (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_HEAD_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (s->mhd == NULL) {
        return err_set(e, ERR_IO, "libmicrohttpd does not start");
    }
    info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || uv_poll_init(s->loop, &s->poll, info->epoll_fd) != 0) {
        return err_set(e, ERR_IO, "libmicrohttpd has no descriptor to wait on");
    }
    return true;
}

static bool open_socket(struct server *s, const struct server_options *opt,
                        struct err *e)
{
    if (opt->listen_fd >= 0) {
        return server_socket_inherit(&s->socket, opt->listen_fd, e);
    }
    return server_socket_bind(&s->socket, opt->path, opt->group, e);
}

/* Before anything but the gate is on the loop, which has had no turn since. */
static void abandon(struct server *s, bool inherited)
{
    if (s->gate != NULL) {
        server_gate_close(s->gate, NULL, NULL);
    }
    if (s->mhd != NULL) {
        MHD_stop_daemon(s->mhd);
    }
    if (!inherited) {
        server_socket_close(&s->socket);
    }
    free(s);
}

bool server_create(uv_loop_t *loop, const struct server_options *opt,
                   server_handler_fn *handler, void *arg, struct server **ret,
                   struct err *e)
{
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return err_nomem(e);
    }
    s->loop = loop;
    s->handler = handler;
    s->arg = arg;
    s->socket = (struct server_socket){.fd = -1, .lock_fd = -1};
    LIST_INIT(&s->requests);
    LIST_INIT(&s->clients.list);
    set_limits(s, opt);
    if (!open_socket(s, opt, e) || !open_gate(s, opt, e) || !start_mhd(s, opt, e)) {
        abandon(s, opt->listen_fd >= 0);
        return false;
    }
    uv_timer_init(loop, &s->timer);
    s->poll.data = s;
    s->timer.data = s;
    s->handles = 3;
    (void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
    *ret = s;
    return true;
}

struct client *request_client(const struct request *r)
{
    return client_of(r->conn);
}

void request_wake(struct request *r)
{
    if (!r->suspended) {
        return;
    }
    r->suspended = false;
    MHD_resume_connection(r->conn);
    /* Whether that wakes the descriptor is MHD's affair: see to it. */
    uv_timer_start(&r->server->timer, on_timer, 0, 0);
}

void server_close(struct server *s, void (*closed)(void *arg), void *arg)
{
    assert(s->state == SERVER_OPEN);
    s->state = SERVER_CLOSING;
    s->closed = closed;
    s->closed_arg = arg;
    /* Maybe called by a handler: MHD is stopped outside of its own run. */
    uv_timer_start(&s->timer, on_timer, 0, 0);
}

#include "status/server_gate.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "status/server_head.h"

enum {
    EVENTS = 64,      /* of one look at the descriptors */
    ACCEPTS = 64,     /* before the loop has its turn */
    NO_FILES_MS = 100 /* until accept is tried again when descriptors are out */
};

struct waiting {
    int fd;         /* owned */
    uint64_t since; /* in uv_now's time */
    TAILQ_ENTRY(waiting) link;
};
struct queue {
    TAILQ_HEAD(, waiting) list;
    unsigned n;
};

struct server_gate {
    uv_loop_t *loop; /* borrowed */
    struct server_gate_options opt;
    int epoll_fd; /* owned; edge-triggered, since part of a head stays unread */
    struct queue sending, ready; /* oldest first */
    bool blind;                  /* descriptors are out: none is accepted */
    uv_poll_t listener, poll;
    uv_timer_t timer;
    unsigned handles; /* not yet closed */
    void (*closed)(void *arg);
    void *closed_arg;
    char head[SERVER_HEAD_MAX]; /* what is looked at */
};

static const struct server_problem too_late = {408, "Request Timeout",
                                               "the request did not arrive in time"};
static const struct server_problem cut_off = {400, "Bad Request",
                                              "the request ends before its empty line"};
static const struct server_problem too_many = {
    503, "Service Unavailable", "too many connections: try again in a moment"};
static const struct server_problem stopping = {503, "Service Unavailable",
                                               "the daemon is stopping"};

static void on_timer(uv_timer_t *timer);
static void on_listener(uv_poll_t *poll, int status, int events);

/* ---- ends of a connection ---- */

static void enqueue(struct queue *q, struct waiting *w)
{
    TAILQ_INSERT_TAIL(&q->list, w, link);
    q->n++;
}

static void dequeue(struct queue *q, struct waiting *w)
{
    TAILQ_REMOVE(&q->list, w, link);
    q->n--;
}

/* `why` NULL: silently. Closing takes it out of the epoll set: it is nowhere else. */
static void drop(struct queue *from, struct waiting *w,
                 const struct server_problem *why)
{
    char byte;

    if (why != NULL && recv(w->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1) {
        server_problem_send(w->fd, why);
    }
    dequeue(from, w);
    close(w->fd);
    free(w);
}

/* Out of the epoll set: it is the receiver's from here on. */
static bool pass(struct server_gate *g, struct queue *from, struct waiting *w)
{
    (void)epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    if (!g->opt.pass(g->opt.arg, w->fd)) {
        return false;
    }
    dequeue(from, w);
    free(w);
    return true;
}

static void become_ready(struct server_gate *g, struct waiting *w)
{
    if (g->ready.n == 0 && pass(g, &g->sending, w)) {
        return;
    }
    if (g->ready.n >= g->opt.max) {
        drop(&g->sending, w, &too_many);
        return;
    }
    (void)epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    dequeue(&g->sending, w);
    enqueue(&g->ready, w);
}

static void look(struct server_gate *g, struct waiting *w, bool ended)
{
    struct server_problem why;
    ssize_t n = recv(w->fd, g->head, sizeof g->head, MSG_PEEK | MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        drop(&g->sending, w, NULL);
        return;
    }
    switch (n > 0 ? server_head_judge((struct str){g->head, (size_t)n}, &why)
                  : SERVER_HEAD_PART) {
    case SERVER_HEAD_PART:
        if (ended) {
            drop(&g->sending, w, &cut_off);
        }
        break;
    case SERVER_HEAD_SOUND:
        become_ready(g, w);
        break;
    case SERVER_HEAD_BAD:
        drop(&g->sending, w, &why);
        break;
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct server_gate *g = poll->data;
    struct epoll_event found[EVENTS];
    int n;

    (void)events;
    if (status < 0) {
        (void)uv_poll_start(poll, UV_READABLE, on_poll); /* libuv has stopped it */
    }
    /* What is left over makes the descriptor readable again. */
    n = epoll_wait(g->epoll_fd, found, EVENTS, 0);
    for (int i = 0; i < n; i++) {
        look(g, found[i].data.ptr,
             (found[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    }
}

/* ---- arrivals ---- */

static void arm(struct server_gate *g)
{
    struct waiting *w = TAILQ_FIRST(&g->sending.list);
    uint64_t at = g->blind ? uv_now(g->loop) + NO_FILES_MS : UINT64_MAX;

    if (w != NULL && w->since + g->opt.receive_ms < at) {
        at = w->since + g->opt.receive_ms;
    }
    if (at == UINT64_MAX) {
        uv_timer_stop(&g->timer);
    } else {
        uint64_t now = uv_now(g->loop);

        uv_timer_start(&g->timer, on_timer, at > now ? at - now : 0, 0);
    }
}

static bool watch(struct server_gate *g, struct waiting *w)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};

    event.data.ptr = w;
    return epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, w->fd, &event) == 0;
}

static void take(struct server_gate *g, int fd)
{
    struct waiting *w;

    /* Who means it sends a head at once: the oldest without one is no loss. */
    if (g->sending.n >= g->opt.max) {
        drop(&g->sending, TAILQ_FIRST(&g->sending.list), &too_many);
    }
    w = calloc(1, sizeof *w);
    if (w == NULL) {
        close(fd);
        return;
    }
    w->fd = fd;
    w->since = uv_now(g->loop);
    enqueue(&g->sending, w);
    if (watch(g, w)) {
        look(g, w, false); /* mostly it is all there, and w gone */
    } else {
        drop(&g->sending, w, NULL);
    }
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct server_gate *g = poll->data;

    (void)events;
    if (status < 0) {
        (void)uv_poll_start(poll, UV_READABLE, on_listener);
    }
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(g->opt.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            g->blind = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
            break;
        }
        take(g, fd);
    }
    if (g->blind) { /* the socket stays readable: looking on would be a busy loop */
        (void)uv_poll_stop(poll);
    }
    arm(g);
}

static void on_timer(uv_timer_t *timer)
{
    struct server_gate *g = timer->data;
    struct waiting *w;

    while ((w = TAILQ_FIRST(&g->sending.list)) != NULL &&
           w->since + g->opt.receive_ms <= uv_now(g->loop)) {
        drop(&g->sending, w, &too_late);
    }
    if (g->blind) {
        g->blind = false;
        (void)uv_poll_start(&g->listener, UV_READABLE, on_listener);
    }
    arm(g);
}

/* ---- life ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct server_gate *g = handle->data;
    void (*closed)(void *) = g->closed;
    void *arg = g->closed_arg;

    if (--g->handles > 0) {
        return;
    }
    if (g->epoll_fd >= 0) {
        close(g->epoll_fd);
    }
    free(g);
    if (closed != NULL) {
        closed(arg);
    }
}

static bool open_handles(struct server_gate *g)
{
    uv_timer_init(g->loop, &g->timer);
    g->timer.data = g;
    g->handles = 1;
    g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (g->epoll_fd < 0 || uv_poll_init(g->loop, &g->poll, g->epoll_fd) != 0) {
        return false;
    }
    g->poll.data = g;
    g->handles = 2;
    if (uv_poll_init(g->loop, &g->listener, g->opt.listen_fd) != 0) {
        return false;
    }
    g->listener.data = g;
    g->handles = 3;
    return uv_poll_start(&g->poll, UV_READABLE, on_poll) == 0 &&
           uv_poll_start(&g->listener, UV_READABLE, on_listener) == 0;
}

bool server_gate_open(uv_loop_t *loop, const struct server_gate_options *opt,
                      struct server_gate **ret, struct err *e)
{
    struct server_gate *g = calloc(1, sizeof *g);

    if (g == NULL) {
        return err_nomem(e);
    }
    g->loop = loop;
    g->opt = *opt;
    TAILQ_INIT(&g->sending.list);
    TAILQ_INIT(&g->ready.list);
    if (!open_handles(g)) {
        server_gate_close(g, NULL, NULL);
        return err_set(e, ERR_IO, "the status socket cannot be watched");
    }
    *ret = g;
    return true;
}

void server_gate_retry(struct server_gate *g)
{
    struct waiting *w;

    while ((w = TAILQ_FIRST(&g->ready.list)) != NULL && pass(g, &g->ready, w)) {
    }
}

bool server_gate_has_ready(const struct server_gate *g)
{
    return g->ready.n > 0;
}

void server_gate_shut(struct server_gate *g)
{
    struct waiting *w;

    if (g->handles == 3) {
        (void)uv_poll_stop(&g->listener);
    }
    uv_timer_stop(&g->timer);
    while ((w = TAILQ_FIRST(&g->sending.list)) != NULL) {
        drop(&g->sending, w, NULL);
    }
    while ((w = TAILQ_FIRST(&g->ready.list)) != NULL) {
        drop(&g->ready, w, &stopping);
    }
}

void server_gate_close(struct server_gate *g, void (*closed)(void *arg), void *arg)
{
    unsigned handles = g->handles; /* what has been opened of them, in this order */

    server_gate_shut(g);
    g->closed = closed;
    g->closed_arg = arg;
    uv_close((uv_handle_t *)&g->timer, on_handle_closed);
    if (handles > 1) {
        uv_close((uv_handle_t *)&g->poll, on_handle_closed);
    }
    if (handles > 2) {
        uv_close((uv_handle_t *)&g->listener, on_handle_closed);
    }
}

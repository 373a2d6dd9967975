#include "io/http_multi.h"

#include <stdlib.h>

/* Idle connections kept; libcurl's default grows with the handles instead. */
enum { MAX_IDLE = 64 };

struct http_socket {
    uv_poll_t poll;
    struct http_multi *m; /* borrowed: outlives the handle */
    curl_socket_t fd;
    int events; /* UV_* */
    bool closing;
    TAILQ_ENTRY(http_socket) link;
};

static void handle_gone(struct http_multi *m)
{
    if (--m->handles == 0) {
        m->events->closed(m->arg);
    }
}

/* ---- sockets ---- */

static void on_socket_closed(uv_handle_t *handle)
{
    struct http_socket *s = handle->data;
    struct http_multi *m = s->m;

    free(s);
    handle_gone(m);
}

static void socket_close(struct http_socket *s)
{
    s->closing = true;
    TAILQ_REMOVE(&s->m->sockets, s, link);
    uv_poll_stop(&s->poll);
    uv_close((uv_handle_t *)&s->poll, on_socket_closed);
}

static struct http_socket *socket_create(struct http_multi *m, curl_socket_t fd)
{
    struct http_socket *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    if (uv_poll_init_socket(m->loop, &s->poll, fd) != 0) {
        free(s);
        return NULL;
    }
    s->poll.data = s;
    s->m = m;
    s->fd = fd;
    m->handles++;
    TAILQ_INSERT_TAIL(&m->sockets, s, link);
    return s;
}

/* ---- actions ---- */

static void reap(struct http_multi *m)
{
    CURLMsg *msg;
    int left;

    while (m->curl != NULL && (msg = curl_multi_info_read(m->curl, &left)) != NULL) {
        /* The message dies with the removal. */
        CURL *easy = msg->easy_handle;
        CURLcode code = msg->data.result;

        if (msg->msg == CURLMSG_DONE) {
            http_multi_remove(m, easy);
            m->events->finished(m->arg, easy, code);
        }
    }
}

static void act(struct http_multi *m, curl_socket_t fd, int what)
{
    int running;

    if (m->curl == NULL) {
        return;
    }
    if (curl_multi_socket_action(m->curl, fd, what, &running) == CURLM_OK) {
        reap(m); /* whatever `running` says: the last one may end by time-out */
    } else {
        m->events->broken(m->arg);
    }
    m->events->settled(m->arg);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct http_socket *s = poll->data;
    int what = 0;

    if (status < 0) {
        what = CURL_CSELECT_ERR;
    }
    if (events & UV_READABLE) {
        what |= CURL_CSELECT_IN;
    }
    if (events & UV_WRITABLE) {
        what |= CURL_CSELECT_OUT;
    }
    act(s->m, s->fd, what);
    /*
     * libuv stops a handle that reports an error, and libcurl does not ask
     * again for what it already has. `s` lives until its close callback.
     */
    if (status < 0 && !s->closing && uv_poll_start(poll, s->events, on_poll) != 0) {
        s->m->events->broken(s->m->arg);
        s->m->events->settled(s->m->arg);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct http_multi *m = timer->data;

    act(m, CURL_SOCKET_TIMEOUT, 0);
}

static void on_wake(uv_timer_t *timer)
{
    struct http_multi *m = timer->data;

    if (m->sick) {
        m->events->broken(m->arg);
    }
    m->events->settled(m->arg);
}

/* Reported in a turn of its own: the owner is in the middle of something. */
static void fall_sick(struct http_multi *m)
{
    m->sick = true;
    uv_timer_start(&m->wake, on_wake, 0, 0);
}

/* ---- what libcurl asks for; nothing of it may be called in here ---- */

static int want_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *arg,
                       void *known)
{
    struct http_multi *m = arg;
    struct http_socket *s = known;
    int events = 0;

    if (what == CURL_POLL_REMOVE) {
        if (s != NULL) {
            socket_close(s);
        }
        return 0;
    }
    if (m->curl == NULL) {
        return 0; /* a newer libcurl asks even while it is cleaned up */
    }
    if (s == NULL) {
        s = socket_create(m, fd);
        if (s == NULL) {
            return -1;
        }
        if (curl_multi_assign(m->curl, fd, s) != CURLM_OK) {
            socket_close(s);
            return -1;
        }
    }
    if (what != CURL_POLL_OUT) {
        events |= UV_READABLE;
    }
    if (what != CURL_POLL_IN) {
        events |= UV_WRITABLE;
    }
    s->events = events;
    return uv_poll_start(&s->poll, events, on_poll) == 0 ? 0 : -1;
}

static int want_timer(CURLM *curl UNUSED, long ms, void *arg)
{
    struct http_multi *m = arg;

    if (m->curl == NULL) {
        return 0;
    }
    if (ms < 0) {
        uv_timer_stop(&m->timer);
        return 0;
    }
    /* Counts from the loop's cached time, which parsing may have left behind. */
    uv_update_time(m->loop);
    return uv_timer_start(&m->timer, on_timer, (uint64_t)ms, 0) == 0 ? 0 : -1;
}

/* ---- life ---- */

static CURLM *multi_create(struct http_multi *m)
{
    CURLM *c = curl_multi_init();

    if (c == NULL) {
        return NULL;
    }
    if (curl_multi_setopt(c, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK ||
        curl_multi_setopt(c, CURLMOPT_SOCKETDATA, m) != CURLM_OK ||
        curl_multi_setopt(c, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK ||
        curl_multi_setopt(c, CURLMOPT_TIMERDATA, m) != CURLM_OK ||
        curl_multi_setopt(c, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE) != CURLM_OK) {
        curl_multi_cleanup(c);
        return NULL;
    }
    return c;
}

/* Cached connections are closed here: their sockets are removed by callback. */
static void drop(struct http_multi *m)
{
    CURLM *c = m->curl;
    struct http_socket *s;

    m->curl = NULL;
    curl_multi_cleanup(c);
    while ((s = TAILQ_FIRST(&m->sockets)) != NULL) {
        socket_close(s);
    }
    uv_timer_stop(&m->timer);
    m->sick = false;
}

bool http_multi_init(struct http_multi *m, uv_loop_t *loop,
                     const struct http_multi_events *events, void *arg, struct err *e)
{
    *m = (struct http_multi){.loop = loop, .events = events, .arg = arg};
    TAILQ_INIT(&m->sockets);
    m->curl = multi_create(m);
    if (m->curl == NULL) {
        return err_nomem(e);
    }
    uv_timer_init(loop, &m->timer); /* these two cannot fail */
    uv_timer_init(loop, &m->wake);
    m->timer.data = m;
    m->wake.data = m;
    m->handles = 2;
    return true;
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}

void http_multi_close(struct http_multi *m)
{
    drop(m);
    uv_close((uv_handle_t *)&m->timer, on_timer_closed);
    uv_close((uv_handle_t *)&m->wake, on_timer_closed);
}

void http_multi_rebuild(struct http_multi *m)
{
    drop(m);
    m->curl = multi_create(m); /* NULL: http_multi_add tries again */
}

bool http_multi_add(struct http_multi *m, CURL *easy, struct err *e)
{
    CURLMcode rc;

    if (m->curl == NULL) {
        m->curl = multi_create(m);
    }
    rc = m->curl != NULL ? curl_multi_add_handle(m->curl, easy) : CURLM_OUT_OF_MEMORY;
    if (rc == CURLM_OK) {
        return true;
    }
    if (rc == CURLM_OUT_OF_MEMORY) {
        return err_nomem(e);
    }
    fall_sick(m);
    return err_set_retry(e, ERR_NET, "libcurl: %s", curl_multi_strerror(rc));
}

void http_multi_remove(struct http_multi *m, CURL *easy)
{
    if (m->curl != NULL && curl_multi_remove_handle(m->curl, easy) != CURLM_OK) {
        fall_sick(m);
    }
}

/*
 * The server over real Unix sockets: its loop on this thread, clients
 * (libcurl, or bytes by hand) on threads of their own. Nothing sleeps: a
 * client's end and whatever a handler notes stop the loop. Static functions.
 */
#ifndef TESTS_UNIT_SERVER_RIG_H
#define TESTS_UNIT_SERVER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "status/server.h"

enum { MAX_WAITING = 64, MAX_BODY = 100000 };

/* ---- the server's side ---- */

struct world {
    uv_loop_t loop;
    uv_async_t wake; /* a client ended */
    struct server *server;
    bool closed;
    char dir[64], path[96], lock[112];
    struct server_request *waiting[MAX_WAITING];
    size_t n_waiting;
    size_t n_handled;
    size_t expect_waiting; /* answered, last first, when so many wait */
    bool stop_each;        /* each request stops the loop */
};

static inline void on_wake(uv_async_t *async)
{
    uv_stop(async->loop);
}

static inline void on_closed(void *arg)
{
    struct world *w = arg;

    w->closed = true;
    uv_stop(&w->loop);
}

static inline void reply_echo(struct server_request *req)
{
    struct buf b;

    buf_init(&b, 1 << 22);
    buf_printf(&b, "%.*s %.*s %.*s", STR_FMT(req->method), STR_FMT(req->path),
               STR_FMT(req->raw_path));
    for (size_t i = 0; i < req->query.n; i++) {
        buf_printf(&b, " %.*s=%.*s", STR_FMT(req->query.v[i].key),
                   STR_FMT(req->query.v[i].value));
    }
    buf_printf(&b, " %zu %.*s", req->body.n, STR_FMT(str_first(req->body, 10)));
    assert_true(buf_ok(&b));
    server_reply(req, 200, "text/plain", buf_str(&b));
    buf_finish(&b); /* it was copied */
}

static inline void reply_peer(struct server_request *req)
{
    const struct server_peer *p = &req->peer;
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_printf(&b, "%d %u %u %d", p->known, (unsigned)p->uid, (unsigned)p->gid,
               (int)p->pid);
    for (size_t i = 0; i < p->n_groups; i++) {
        buf_printf(&b, " %u", (unsigned)p->groups[i]);
    }
    server_reply_buf(req, 200, "text/plain", &b);
    assert_int_equal(buf_str(&b).n, 0); /* it was taken */
    buf_finish(&b);
}

static inline void reply_big(struct server_request *req)
{
    size_t n = (size_t)5 << 20;
    char *p = malloc(n);

    assert_non_null(p);
    memset(p, 'z', n);
    server_reply(req, 200, "text/plain", (struct str){p, n});
    free(p);
}

static inline void answer_waiting(struct world *w)
{
    while (w->n_waiting > 0) {
        reply_echo(w->waiting[--w->n_waiting]);
    }
}

static inline void on_request(void *arg, struct server_request *req)
{
    struct world *w = arg;

    w->n_handled++;
    assert_non_null(req->a);
    if (w->stop_each) {
        uv_stop(&w->loop);
    }
    if (str_has_prefix(req->path, STR("/later"))) {
        assert_true(w->n_waiting < MAX_WAITING);
        w->waiting[w->n_waiting++] = req;
        uv_stop(&w->loop);
    } else if (str_eqz(req->path, "/peer")) {
        reply_peer(req);
    } else if (str_eqz(req->path, "/big")) {
        reply_big(req);
    } else if (str_eqz(req->path, "/allow")) {
        char allow[] = "GET, HEAD";

        server_header(req, "Allow", allow);
        memset(allow, 'x', sizeof allow - 1); /* it was copied */
        server_reply(req, 405, "application/problem+json", STR("{}"));
    } else if (str_eqz(req->path, "/empty")) {
        server_reply(req, 204, "text/plain", STR_NONE);
    } else if (str_eqz(req->path, "/stop")) {
        server_close(w->server, on_closed, w);
        w->server = NULL;
        reply_echo(req);
    } else {
        reply_echo(req);
    }
    if (w->expect_waiting > 0 && w->n_waiting == w->expect_waiting) {
        answer_waiting(w); /* one of them from inside its own handler */
    }
}

static inline bool serve(struct world *w, const struct server_options *opt,
                         struct err *e)
{
    return server_create(&w->loop, opt, on_request, w, &w->server, e);
}

static inline void serve_default(struct world *w)
{
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_body = MAX_BODY};
    struct err e;

    if (!serve(w, &opt, &e)) {
        fail_msg("%s", e.msg);
    }
}

static inline int setup_empty(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_async_init(&w->loop, &w->wake, on_wake), 0);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/test_server.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof w->path, "%s/s", w->dir);
    (void)snprintf(w->lock, sizeof w->lock, "%s.lock", w->path);
    *state = w;
    alarm(120); /* a hang is a failure */
    return 0;
}

static inline int setup(void **state)
{
    int rc = setup_empty(state);

    serve_default(*state);
    return rc;
}

static inline void stop_server(struct world *w)
{
    if (w->server != NULL) {
        server_close(w->server, on_closed, w);
        w->server = NULL;
    }
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    w->closed = false;
}

static inline int teardown_empty(void **state)
{
    struct world *w = *state;

    uv_close((uv_handle_t *)&w->wake, NULL);
    while (uv_run(&w->loop, UV_RUN_DEFAULT) != 0) {
    }
    assert_int_equal(uv_loop_close(&w->loop), 0);
    unlink(w->path);
    unlink(w->lock);
    assert_int_equal(rmdir(w->dir), 0);
    free(w);
    return 0;
}

static inline int teardown(void **state)
{
    struct world *w = *state;

    if (w->server != NULL) {
        stop_server(w);
        assert_int_equal(access(w->path, F_OK), -1);
    }
    return teardown_empty(state);
}

static inline void wait_for_waiting(struct world *w, size_t n)
{
    while (w->n_waiting < n) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
}

/* ---- the clients' side ---- */

struct client {
    pthread_t thread;
    struct world *w;
    void (*run)(struct client *c);
    _Atomic bool ended;
    /* what to do */
    const char *method, *target;
    const char *body;
    size_t body_n;
    bool chunked, no_expect;
    int times;
    /* what came of it */
    CURLcode code;
    long status;
    char type[64], allow[64];
    char *text; /* owned */
    size_t text_n;
    long connects;
    int fd;
};

static inline size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct client *c = arg;
    char *more = realloc(c->text, c->text_n + n * size + 1);

    if (more == NULL) {
        return 0;
    }
    memcpy(more + c->text_n, p, n * size);
    c->text = more;
    c->text_n += n * size;
    c->text[c->text_n] = '\0';
    return n * size;
}

static inline struct curl_slist *client_headers(const struct client *c)
{
    struct curl_slist *headers = NULL;

    if (c->chunked) {
        headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
    }
    if (c->no_expect) {
        headers = curl_slist_append(headers, "Expect:");
    }
    return headers;
}

static inline void fetch(struct client *c)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = client_headers(c);
    struct curl_header *allow;
    char url[2048];
    char *type = NULL;

    (void)snprintf(url, sizeof url, "http://localhost%s", c->target);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, c->w->path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (c->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_n);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body);
    }
    if (c->method != NULL && strcmp(c->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (c->method != NULL) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, c->method);
    }
    for (int i = 0; i == 0 || i < c->times; i++) {
        long connects = 0;

        c->text_n = 0;
        c->code = curl_easy_perform(easy);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &c->status);
        curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
        c->connects += connects;
    }
    if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type) {
        (void)snprintf(c->type, sizeof c->type, "%s", type);
    }
    if (curl_easy_header(easy, "Allow", 0, CURLH_HEADER, -1, &allow) == CURLHE_OK) {
        (void)snprintf(c->allow, sizeof c->allow, "%s", allow->value);
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
}

static inline void *client_thread(void *arg)
{
    struct client *c = arg;

    c->run(c);
    c->ended = true;
    uv_async_send(&c->w->wake);
    return NULL;
}

static inline void client_start(struct client *c, struct world *w,
                                void (*run)(struct client *))
{
    c->w = w;
    c->run = run;
    c->ended = false;
    assert_int_equal(pthread_create(&c->thread, NULL, client_thread, c), 0);
}

static inline void client_wait(struct client *c)
{
    while (!c->ended) {
        uv_run(&c->w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

static inline void client_run(struct client *c, struct world *w,
                              void (*run)(struct client *))
{
    client_start(c, w, run);
    client_wait(c);
}

static inline void client_finish(struct client *c)
{
    free(c->text);
    c->text = NULL;
}

static inline const char *text_of(const struct client *c)
{
    return c->text != NULL ? c->text : "";
}

static inline int dial(const struct world *w)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(addr.sun_path, w->path, strlen(w->path));
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static inline void read_all(struct client *c)
{
    char chunk[4096];
    ssize_t n;

    while ((n = recv(c->fd, chunk, sizeof chunk, 0)) > 0) {
        on_body(chunk, 1, (size_t)n, c);
    }
}

#endif

/*
 * The server over real Unix sockets: its loop on this thread, clients
 * (libcurl, or bytes by hand) on threads of their own. Nothing sleeps: a
 * client's end and whatever a handler notes stop the loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "status/server.h"
#include "status/server_head.h"

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

static void on_wake(uv_async_t *async)
{
    uv_stop(async->loop);
}

static void on_closed(void *arg)
{
    struct world *w = arg;

    w->closed = true;
    uv_stop(&w->loop);
}

static void reply_echo(struct server_request *req)
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

static void reply_peer(struct server_request *req)
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

static void reply_big(struct server_request *req)
{
    size_t n = (size_t)5 << 20;
    char *p = malloc(n);

    assert_non_null(p);
    memset(p, 'z', n);
    server_reply(req, 200, "text/plain", (struct str){p, n});
    free(p);
}

static void answer_waiting(struct world *w)
{
    while (w->n_waiting > 0) {
        reply_echo(w->waiting[--w->n_waiting]);
    }
}

static void on_request(void *arg, struct server_request *req)
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

static bool serve(struct world *w, const struct server_options *opt, struct err *e)
{
    return server_create(&w->loop, opt, on_request, w, &w->server, e);
}

static void serve_default(struct world *w)
{
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_body = MAX_BODY};
    struct err e;

    if (!serve(w, &opt, &e)) {
        fail_msg("%s", e.msg);
    }
}

static int setup_empty(void **state)
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

static int setup(void **state)
{
    int rc = setup_empty(state);

    serve_default(*state);
    return rc;
}

static void stop_server(struct world *w)
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

static int teardown_empty(void **state)
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

static int teardown(void **state)
{
    struct world *w = *state;

    if (w->server != NULL) {
        stop_server(w);
        assert_int_equal(access(w->path, F_OK), -1);
    }
    return teardown_empty(state);
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

static size_t on_body(char *p, size_t size, size_t n, void *arg)
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

static struct curl_slist *client_headers(const struct client *c)
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

static void fetch(struct client *c)
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

static void *client_thread(void *arg)
{
    struct client *c = arg;

    c->run(c);
    c->ended = true;
    uv_async_send(&c->w->wake);
    return NULL;
}

static void client_start(struct client *c, struct world *w,
                         void (*run)(struct client *))
{
    c->w = w;
    c->run = run;
    c->ended = false;
    assert_int_equal(pthread_create(&c->thread, NULL, client_thread, c), 0);
}

static void client_wait(struct client *c)
{
    while (!c->ended) {
        uv_run(&c->w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

static void client_run(struct client *c, struct world *w, void (*run)(struct client *))
{
    client_start(c, w, run);
    client_wait(c);
}

static void client_finish(struct client *c)
{
    free(c->text);
    c->text = NULL;
}

static const char *text_of(const struct client *c)
{
    return c->text != NULL ? c->text : "";
}

static int dial(const struct world *w)
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

static void read_all(struct client *c)
{
    char chunk[4096];
    ssize_t n;

    while ((n = recv(c->fd, chunk, sizeof chunk, 0)) > 0) {
        on_body(chunk, 1, (size_t)n, c);
    }
}

/* ---- what a request looks like to the handler ---- */

struct echo_row {
    const char *method, *target;
    long status;
    const char *text;
};

static const struct echo_row echoes[] = {
    {"GET", "/v1/status", 200, "GET /v1/status /v1/status 0 "},
    {"GET", "/", 200, "GET / / 0 "},
    {"DELETE", "/v1/links/A-1", 200, "DELETE /v1/links/A-1 /v1/links/A-1 0 "},
    {"BREW", "/pot", 200, "BREW /pot /pot 0 "},
    {"GET", "/a%20b%2Fc", 200, "GET /a b/c /a%20b%2Fc 0 "},
    {"GET", "/v1/../../etc/passwd", 200,
     "GET /v1/../../etc/passwd /v1/../../etc/passwd 0 "},
    {"GET", "/%2e%2e/%2E%2E%2fetc", 200, "GET /../../etc /%2e%2e/%2E%2E%2fetc 0 "},
    {"GET", "/%252e%252e", 200, "GET /%2e%2e /%252e%252e 0 "},
    {"GET", "/a?b=c&d=e", 200, "GET /a /a b=c d=e 0 "},
    {"GET", "/a?b=1&b=2&b=", 200, "GET /a /a b=1 b=2 b= 0 "},
    {"GET", "/a?flag&x%3d=%26+%2B", 200, "GET /a /a flag= x==& + 0 "},
    {"GET", "/a?q=%3F/?", 200, "GET /a /a q=?/? 0 "},
    {"GET", "/caf%C3%A9", 200, "GET /caf\xc3\xa9 /caf%C3%A9 0 "},
    {"GET", "/a?n1=1&n2=2&n3=3&n4=4&n5=5&n6=6&n7=7&n8=8&n9=9&n10=10", 200,
     "GET /a /a n1=1 n2=2 n3=3 n4=4 n5=5 n6=6 n7=7 n8=8 n9=9 n10=10 0 "},
    {"GET", "/%", 400, NULL},
    {"GET", "/%4", 400, NULL},
    {"GET", "/%zz", 400, NULL},
    {"GET", "/%00", 400, NULL},
    {"GET", "/a%00b?x", 400, NULL},
    {"GET", "/%ff", 400, NULL},
    {"GET", "/%c0%af", 400, NULL},
    {"GET", "/a?b=%", 400, "\"b: bad percent-encoding at byte 0\""},
    {"GET", "/a?c=d&b=x%ff", 400, "\"b: not UTF-8 at byte 1\""},
    {"GET", "/a?%00=b", 400, NULL},
    {"GET", "/a?b=%ed%a0%80", 400, NULL},
};

static void test_echo(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(echoes); i++) {
        const struct echo_row *row = &echoes[i];
        struct client c = {.method = row->method, .target = row->target};
        size_t handled = w->n_handled;

        client_run(&c, w, fetch);
        assert_int_equal(c.code, CURLE_OK);
        if (c.status != row->status) {
            fail_msg("%s: %ld %s", row->target, c.status, text_of(&c));
        }
        if (row->status == 200) {
            assert_string_equal(text_of(&c), row->text);
            assert_string_equal(c.type, "text/plain");
        } else {
            assert_string_equal(c.type, "application/problem+json");
            assert_non_null(strstr(text_of(&c), "\"status\":400"));
            assert_true(row->text == NULL || strstr(text_of(&c), row->text) != NULL);
            assert_int_equal(w->n_handled, handled);
        }
        client_finish(&c);
    }
}

static void test_head(void **state)
{
    struct world *w = *state;
    struct client c = {.method = "HEAD", .target = "/big", .times = 3};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_int_equal(c.text_n, 0);
    assert_int_equal(c.connects, 1); /* and the connection was kept */
    client_finish(&c);
}

static void test_no_content(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/empty", .times = 2};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 204);
    assert_int_equal(c.connects, 1);
    client_finish(&c);
}

static void test_more_headers(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/allow"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 405);
    assert_string_equal(c.allow, "GET, HEAD");
    client_finish(&c);
}

static void test_big_answer(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/big"};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.text_n, 5 << 20);
    client_finish(&c);
}

/* ---- bodies ---- */

struct body_row {
    size_t n;
    bool chunked, no_expect;
    long status;
};

static const struct body_row bodies[] = {
    {0, false, false, 200},
    {1, false, false, 200},
    {70000, false, false, 200},
    {70000, true, false, 200},
    {MAX_BODY, false, false, 200},
    {MAX_BODY, true, true, 200},
    {MAX_BODY + 1, false, false, 413},
    {MAX_BODY + 1, false, true, 413},
    {MAX_BODY + 1, true, true, 413},
    {3 << 20, false, false, 413}, /* libcurl expects 100-continue from 1 MiB on */
    {3 << 20, false, true, 413},
    {3 << 20, true, true, 413},
};

static void test_bodies(void **state)
{
    struct world *w = *state;
    char *body = malloc(3 << 20);

    assert_non_null(body);
    memset(body, 'b', 3 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        const struct body_row *row = &bodies[i];
        struct client c = {.target = "/echo",
                           .body = body,
                           .body_n = row->n,
                           .chunked = row->chunked,
                           .no_expect = row->no_expect};
        char want[128];

        client_run(&c, w, fetch);
        if (c.code != CURLE_OK || c.status != row->status) {
            fail_msg("row %zu: %s, %ld", i, curl_easy_strerror(c.code), c.status);
        }
        if (row->status == 200) {
            (void)snprintf(want, sizeof want, "POST /echo /echo %zu %.*s", row->n,
                           (int)(row->n < 10 ? row->n : 10), body);
            assert_string_equal(text_of(&c), want);
        } else {
            assert_string_equal(c.type, "application/problem+json");
            assert_non_null(strstr(text_of(&c), "at most 100000 bytes"));
        }
        client_finish(&c);
    }
    free(body);
}

/* Does not end: it is thrown out after a while, not listened to for ever. */
static void pour(struct client *c)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 99999999999\r\n\r\n";
    char chunk[65536];

    memset(chunk, 'p', sizeof chunk);
    c->fd = dial(c->w);
    if (send(c->fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0) {
        while (send(c->fd, chunk, sizeof chunk, MSG_NOSIGNAL) > 0) {
            c->text_n += sizeof chunk;
        }
    }
    close(c->fd);
}

static void test_endless_body(void **state)
{
    struct world *w = *state;
    struct client c = {.target = ""};

    client_run(&c, w, pour);
    assert_true(c.text_n > (8 << 20) && c.text_n < (64 << 20));
    assert_int_equal(w->n_handled, 0);
}

/* ---- answers that come later ---- */

static void test_fifty_out_of_order(void **state)
{
    enum { N = 50 };
    struct world *w = *state;
    struct client c[N];
    char targets[N][32];

    w->expect_waiting = N;
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(targets[i], sizeof targets[i], "/later/%zu", i);
        c[i] = (struct client){.target = targets[i]};
        client_start(&c[i], w, fetch);
    }
    for (size_t i = 0; i < N; i++) {
        char want[128];

        client_wait(&c[i]);
        (void)snprintf(want, sizeof want, "GET /later/%zu /later/%zu 0 ", i, i);
        assert_int_equal(c[i].status, 200);
        assert_string_equal(text_of(&c[i]), want);
        client_finish(&c[i]);
    }
}

static void wait_for_waiting(struct world *w, size_t n)
{
    while (w->n_waiting < n) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
}

static void test_answered_later(void **state)
{
    struct world *w = *state;
    struct client a = {.target = "/later/a"};
    struct client b = {.target = "/echo"};

    client_start(&a, w, fetch);
    wait_for_waiting(w, 1);
    client_run(&b, w, fetch); /* others are served meanwhile */
    assert_int_equal(b.status, 200);
    assert_false(a.ended);
    answer_waiting(w);
    client_wait(&a);
    assert_string_equal(text_of(&a), "GET /later/a /later/a 0 ");
    client_finish(&a);
    client_finish(&b);
}

static void test_client_gone_while_suspended(void **state)
{
    static const char head[] = "GET /later/gone HTTP/1.1\r\nHost: x\r\n\r\n";
    struct world *w = *state;
    struct client b = {.target = "/echo"};

    for (int i = 0; i < 20; i++) {
        int fd = dial(w);

        assert_true(fd >= 0);
        assert_true(send(fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0);
        wait_for_waiting(w, 1);
        if (i % 2) {
            close(fd);
            answer_waiting(w);
        } else {
            answer_waiting(w);
            close(fd);
        }
        client_run(&b, w, fetch);
        assert_int_equal(b.status, 200);
        client_finish(&b);
        b = (struct client){.target = "/echo"};
    }
}

/* ---- slow and broken clients ---- */

static void dribble(struct client *c)
{
    static const char bytes[] =
        "POST /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Length: 5\r\n\r\nhello";

    c->fd = dial(c->w);
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        if (send(c->fd, bytes + i, 1, MSG_NOSIGNAL) != 1) {
            break;
        }
    }
    read_all(c);
    close(c->fd);
}

static void test_byte_by_byte(void **state)
{
    struct world *w = *state;
    struct client c = {.target = ""};

    client_run(&c, w, dribble);
    assert_non_null(strstr(text_of(&c), "POST /slow /slow 5 hello"));
    assert_non_null(strstr(text_of(&c), "nosniff"));
    client_finish(&c);
}

static void sip(struct client *c)
{
    static const char head[] =
        "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char some[333];
    ssize_t n;

    c->fd = dial(c->w);
    if (send(c->fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0) {
        while ((n = recv(c->fd, some, sizeof some, 0)) > 0) {
            c->text_n += (size_t)n;
        }
    }
    close(c->fd);
}

static void test_slow_reader(void **state)
{
    struct world *w = *state;
    struct client slow = {.target = ""};
    struct client other = {.target = "/echo", .times = 50};

    client_start(&slow, w, sip);
    client_run(&other, w, fetch);
    assert_int_equal(other.status, 200);
    client_wait(&slow);
    assert_true(slow.text_n > 5 << 20);
    client_finish(&other);
}

static void say_nothing(struct client *c)
{
    c->fd = dial(c->w);
    read_all(c); /* until the server has enough */
    close(c->fd);
}

static void test_idle_client_is_dropped(void **state)
{
    struct world *w = *state;
    struct server_options opt = {.listen_fd = -1, .path = w->path, .idle_s = 1};
    struct client c = {.target = ""};
    struct err e;

    assert_true(serve(w, &opt, &e));
    client_run(&c, w, say_nothing);
    client_finish(&c);
}

struct garbage_row {
    const char *bytes;
    bool is_whole; /* enough for the server to end it; else the client just goes */
    int status;    /* of a problem; 0: libmicrohttpd's own to answer */
};

static const struct garbage_row garbage[] = {
    {"GET\r\n\r\n", true, 400},
    {"GET / HTTP/9.9\r\n\r\n", true, 505},
    {"GET / HTTP/1.1\r\n\r\n", true, 400}, /* no Host */
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", true, 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
     true, 413},
    {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", true, 400},
    {"\x16\x03\x01\x02", true, 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", true, 0},
    {"", false, 0},
    {"\r\n\r\n\r\n", false, 0},
    {"GET / HT", false, 0},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort", false, 0},
};

static void send_garbage(struct client *c)
{
    c->fd = dial(c->w);
    (void)send(c->fd, c->body, c->body_n, MSG_NOSIGNAL);
    if (c->times > 0) {
        read_all(c);
    }
    close(c->fd);
}

static void expect_problem(const struct client *c, int status)
{
    char line[32], member[32];

    (void)snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    (void)snprintf(member, sizeof member, "\"status\":%d", status);
    if (strncmp(text_of(c), line, strlen(line)) != 0 ||
        strstr(text_of(c), "\r\nContent-Type: application/problem+json\r\n") == NULL ||
        strstr(text_of(c), member) == NULL) {
        fail_msg("not a %d: %s", status, text_of(c));
    }
}

static void test_garbage(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
        const struct garbage_row *row = &garbage[i];
        struct client c = {
            .body = row->bytes, .body_n = strlen(row->bytes), .times = row->is_whole};

        client_run(&c, w, send_garbage);
        if (strstr(text_of(&c), " 200 ") != NULL) {
            fail_msg("row %zu: %s", i, text_of(&c));
        }
        if (row->status != 0) {
            expect_problem(&c, row->status);
        }
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, 0);
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
}

static void send_half(struct client *c)
{
    c->fd = dial(c->w);
    (void)send(c->fd, c->body, c->body_n, MSG_NOSIGNAL);
    (void)shutdown(c->fd, SHUT_WR);
    read_all(c);
    close(c->fd);
}

static void test_head_that_is_cut_off(void **state)
{
    struct world *w = *state;
    struct client c = {.body = "GET / HTTP/1.1\r\nHo", .body_n = 18};

    client_run(&c, w, send_half);
    expect_problem(&c, 400);
    client_finish(&c);
}

/* A byte now and then, never idle for long, until it is told something. */
static void drip(struct client *c)
{
    struct pollfd p = {.events = POLLIN};

    c->fd = p.fd = dial(c->w);
    for (size_t i = 0; i < c->body_n; i++) {
        if (send(c->fd, c->body + i, 1, MSG_NOSIGNAL) != 1 || poll(&p, 1, 50) != 0) {
            break;
        }
    }
    read_all(c);
    close(c->fd);
}

static void test_who_drips_is_told_to_stop(void **state)
{
    static const char *const requests[] = {
        "GET /a-path-long-enough-for-more-than-a-second HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nbody body body body",
    };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .receive_s = 1, .idle_s = 30};
    const struct clock *clock = clock_system();
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct client c = {.body = requests[i], .body_n = strlen(requests[i])};
        struct mono start = clock_mono(clock);

        client_run(&c, w, drip);
        expect_problem(&c, 408);
        assert_in_range(mono_since(clock_mono(clock), start).ms, 900, 10000);
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, 0);
}

/* Sends, and neither reads nor goes away until the test ends. */
static int occupy(const struct world *w, const char *request)
{
    int fd = dial(w);

    assert_true(fd >= 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

static void expect_answer_within_a_second(struct world *w)
{
    const struct clock *clock = clock_system();
    struct mono start = clock_mono(clock);
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_true(mono_since(clock_mono(clock), start).ms < 1000);
    client_finish(&c);
}

static void test_nobody_starves_others(void **state)
{
    static const char *const requests[] = {
        "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", /* and does not read it */
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nbo",
        "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", /* and keeps the connection */
        "GET /ec",
        "",
    };
    enum { EACH = 5 }; /* who asks honestly is the sixth that waits */
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3, .max_waiting = 6};
    int fds[ARRAY_LEN(requests)][EACH];
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        for (size_t k = 0; k < EACH; k++) {
            fds[i][k] = occupy(w, requests[i]);
        }
        for (int k = 0; k < 3; k++) {
            expect_answer_within_a_second(w);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        for (size_t k = 0; k < EACH; k++) {
            close(fds[i][k]);
        }
    }
}

/* Those that are being worked on do not make way: who comes then is told so. */
static void test_too_many_are_refused(void **state)
{
    static const char request[] =
        "GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    enum { ROOM = 3 + 2 };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3, .max_waiting = 2};
    struct client c[ROOM] = {0};
    struct client late = {.target = "/echo"};
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ROOM; i++) {
        c[i].fd = occupy(w, request);
    }
    wait_for_waiting(w, 3);
    client_run(&late, w, fetch);
    assert_int_equal(late.status, 503);
    assert_string_equal(late.type, "application/problem+json");
    client_finish(&late);
    answer_waiting(w);
    wait_for_waiting(w, 2);
    answer_waiting(w);
    for (size_t i = 0; i < ROOM; i++) {
        client_run(&c[i], w, read_all);
        assert_non_null(strstr(text_of(&c[i]), " 200 "));
        close(c[i].fd);
        client_finish(&c[i]);
    }
}

static void test_header_flood(void **state)
{
    struct world *w = *state;
    size_t n = 1 << 20;
    char *head = malloc(n);
    struct client c = {.body = head, .body_n = n, .times = 1};

    assert_non_null(head);
    memset(head, 'h', n);
    memcpy(head, "GET / HTTP/1.1\r\nX: ", 19);
    client_run(&c, w, send_garbage);
    expect_problem(&c, 431);
    assert_int_equal(w->n_handled, 0);
    client_finish(&c);
    free(head);
}

struct head_shape {
    size_t params, lines, cookies, cookie_n;
};

static void add_times(struct buf *b, const char *z, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_addz(b, z);
    }
}

static void write_head(struct buf *b, const struct head_shape *s, size_t filler)
{
    buf_clear(b);
    buf_addz(b, "GET /echo?");
    add_times(b, "a=&", s->params);
    buf_addz(b, "a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nFiller: ");
    add_times(b, "x", filler);
    add_times(b, "\r\nX:", s->lines);
    buf_addz(b, "\r\nCookie: ");
    add_times(b, "c=;", s->cookies);
    add_times(b, "c", s->cookie_n);
    buf_addz(b, "\r\n\r\n");
    assert_true(buf_ok(b));
}

/* Whatever the largest head is made of, libmicrohttpd's memory holds it. */
static void test_largest_heads(void **state)
{
    static const struct head_shape rows[] = {
        {0, 0, 0, 0},   {94, 0, 0, 0},  {0, 94, 0, 0},    {0, 0, 94, 0},
        {47, 47, 0, 0}, {0, 0, 94, 70}, {0, 0, 0, 10500}, {0, 0, 50, 5000},
    };
    struct world *w = *state;
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t filler = SERVER_HEAD_MAX; /* too much at first */
        struct server_problem why;
        struct client c = {.times = 1};

        do {
            write_head(&b, &rows[i], --filler);
        } while (b.n > SERVER_HEAD_MAX ||
                 server_head_judge(buf_str(&b), &why) != SERVER_HEAD_SOUND);
        c.body = buf_cstr(&b);
        c.body_n = b.n;
        client_run(&c, w, send_garbage);
        if (strncmp(text_of(&c), "HTTP/1.1 200 OK\r\n", 17) != 0) {
            fail_msg("row %zu, %zu bytes: %s", i, b.n, text_of(&c));
        }
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, ARRAY_LEN(rows));
    buf_finish(&b);
}

static void test_more_clients_than_connections(void **state)
{
    enum { N = 12 };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3};
    struct client c[N];
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < N; i++) {
        c[i] = (struct client){.target = "/echo", .times = 5};
        client_start(&c[i], w, fetch);
    }
    for (size_t i = 0; i < N; i++) {
        client_wait(&c[i]);
        assert_int_equal(c[i].code, CURLE_OK);
        assert_int_equal(c[i].status, 200);
        client_finish(&c[i]);
    }
    assert_int_equal(w->n_handled, N * 5);
}

/* ---- who asks ---- */

static void test_peer(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/peer", .times = 2};
    gid_t groups[1024];
    int n = getgroups(ARRAY_LEN(groups), groups);
    struct buf want;

    assert_true(n >= 0);
    buf_init(&want, 1 << 20);
    buf_printf(&want, "1 %u %u %d", (unsigned)getuid(), (unsigned)getgid(),
               (int)getpid());
    for (int i = 0; i < n; i++) {
        buf_printf(&want, " %u", (unsigned)groups[i]);
    }
    client_run(&c, w, fetch);
    assert_string_equal(text_of(&c), buf_cstr(&want));
    client_finish(&c);
    buf_finish(&want);
}

/* ---- the socket's file ---- */

static void leave_stale_socket(const struct world *w, bool keep_listening, int *ret_fd)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    memcpy(addr.sun_path, w->path, strlen(w->path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(fd, 5), 0);
    if (keep_listening) {
        *ret_fd = fd;
    } else {
        close(fd);
    }
}

static void expect_served(struct world *w)
{
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
}

static void test_stale_file_is_replaced(void **state)
{
    struct world *w = *state;
    struct stat st;

    leave_stale_socket(w, false, NULL);
    assert_int_equal(access(w->path, F_OK), 0);
    serve_default(w);
    assert_int_equal(stat(w->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    expect_served(w);
}

static void expect_refused(struct world *w, const char *path, enum err_kind kind)
{
    struct server_options opt = {.listen_fd = -1, .path = path};
    struct server *second = NULL;
    struct err e;

    assert_false(server_create(&w->loop, &opt, on_request, w, &second, &e));
    assert_int_equal(e.kind, kind);
    assert_null(second);
}

static void test_second_instance_is_refused(void **state)
{
    struct world *w = *state;

    expect_refused(w, w->path, ERR_CONFLICT);
    expect_served(w);
    unlink(w->path); /* the lock decides, not the file */
    expect_refused(w, w->path, ERR_CONFLICT);
    stop_server(w);
    serve_default(w);
    expect_served(w);
}

static void test_foreign_server_is_left_alone(void **state)
{
    struct world *w = *state;
    int fd = -1;

    leave_stale_socket(w, true, &fd);
    expect_refused(w, w->path, ERR_CONFLICT);
    assert_int_equal(access(w->path, F_OK), 0);
    close(fd);
    serve_default(w);
    expect_served(w);
}

static void test_file_that_is_no_socket(void **state)
{
    struct world *w = *state;
    int fd = open(w->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
    expect_refused(w, w->path, ERR_CONFLICT);
    assert_int_equal(access(w->path, F_OK), 0);
}

static void test_bad_paths(void **state)
{
    struct world *w = *state;
    char path[200];

    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    expect_refused(w, path, ERR_CONFIG);
    expect_refused(w, "", ERR_CONFIG);
    expect_refused(w, "/nonexistent/dir/s", ERR_IO);
}

static void test_file_replaced_meanwhile_stays(void **state)
{
    struct world *w = *state;
    int fd = -1;

    unlink(w->path);
    leave_stale_socket(w, true, &fd);
    stop_server(w);
    assert_int_equal(access(w->path, F_OK), 0);
    close(fd);
}

static void test_inherited(void **state)
{
    struct world *w = *state;
    struct server_options opt = {.path = NULL};
    struct err e;

    leave_stale_socket(w, true, &opt.listen_fd);
    assert_true(serve(w, &opt, &e));
    expect_served(w);
    stop_server(w);
    assert_int_equal(access(w->path, F_OK), 0); /* the service manager's */
    assert_int_equal(access(w->lock, F_OK), -1);
}

/* ---- stopping ---- */

static void test_stop_idle(void **state)
{
    struct world *w = *state;

    stop_server(w);
    assert_int_equal(dial(w), -1);
}

static void test_stop_while_suspended(void **state)
{
    enum { N = 8 };
    struct world *w = *state;
    struct client c[N];

    for (size_t i = 0; i < N; i++) {
        c[i] = (struct client){.target = "/later"};
        client_start(&c[i], w, fetch);
    }
    wait_for_waiting(w, N);
    w->n_waiting = 0;
    stop_server(w);
    for (size_t i = 0; i < N; i++) {
        client_wait(&c[i]);
        assert_int_equal(c[i].code, CURLE_OK);
        assert_int_equal(c[i].status, 503);
        assert_string_equal(c[i].type, "application/problem+json");
        client_finish(&c[i]);
    }
}

static void test_stop_with_clients_in_every_state(void **state)
{
    static const char *const sent[] = {
        "",
        "GET /lat",
        "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        "GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", /* and does not read it */
        "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    struct world *w = *state;
    int fds[ARRAY_LEN(sent)];

    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        fds[i] = dial(w);
        assert_true(fds[i] >= 0);
        assert_int_equal(send(fds[i], sent[i], strlen(sent[i]), MSG_NOSIGNAL),
                         strlen(sent[i]));
    }
    w->stop_each = true;
    while (w->n_handled < 3) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    stop_server(w);
    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        close(fds[i]);
    }
}

static void test_stop_by_a_handler(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/stop"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
    stop_server(w);
}

/* ---- speed: printed, not judged ---- */

static void test_ten_thousand(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/echo?a=b", .times = 10000};
    const struct clock *clock = clock_system();
    struct mono start = clock_mono(clock);

    client_run(&c, w, fetch);
    struct dur took = mono_since(clock_mono(clock), start);

    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_int_equal(c.connects, 1);
    assert_int_equal(w->n_handled, 10000);
    print_message("10000 requests on one connection: %lld ms, %.1f us each\n",
                  (long long)took.ms, (double)took.ms / 10.0);
    client_finish(&c);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define EMPTY(f) cmocka_unit_test_setup_teardown(f, setup_empty, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_echo),
        SERVED(test_head),
        SERVED(test_no_content),
        SERVED(test_more_headers),
        SERVED(test_big_answer),
        SERVED(test_bodies),
        SERVED(test_endless_body),
        SERVED(test_fifty_out_of_order),
        SERVED(test_answered_later),
        SERVED(test_client_gone_while_suspended),
        SERVED(test_byte_by_byte),
        SERVED(test_slow_reader),
        EMPTY(test_idle_client_is_dropped),
        SERVED(test_garbage),
        SERVED(test_head_that_is_cut_off),
        EMPTY(test_who_drips_is_told_to_stop),
        EMPTY(test_nobody_starves_others),
        EMPTY(test_too_many_are_refused),
        SERVED(test_header_flood),
        SERVED(test_largest_heads),
        EMPTY(test_more_clients_than_connections),
        SERVED(test_peer),
        EMPTY(test_stale_file_is_replaced),
        SERVED(test_second_instance_is_refused),
        EMPTY(test_foreign_server_is_left_alone),
        EMPTY(test_file_that_is_no_socket),
        EMPTY(test_bad_paths),
        SERVED(test_file_replaced_meanwhile_stays),
        EMPTY(test_inherited),
        SERVED(test_stop_idle),
        SERVED(test_stop_while_suspended),
        SERVED(test_stop_with_clients_in_every_state),
        SERVED(test_stop_by_a_handler),
        SERVED(test_ten_thousand),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}

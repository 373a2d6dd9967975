/*
 * The other end of the HTTP client's tests: a scripted peer on a real loopback
 * socket, on the loop of the client. It writes the bytes of the row that the
 * path names, then keeps, closes, resets or stalls. Nothing waits for a clock
 * except where a time-out is the subject: whatever is waited for stops the loop.
 */
#ifndef TESTS_UNIT_HTTP_PEER_H
#define TESTS_UNIT_HTTP_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "io/http.h"
#include "io/http_call.h"

/* ---- the peer ---- */

enum after { KEEP, CLOSE, RESET, STALL, REPEAT };

struct script {
    const char *path;
    const char *bytes; /* NULL: nothing */
    enum after after;
};

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK_OK OK_HEAD "Content-Length: 2\r\n\r\nok"
#define TO(status, where)                                                              \
    "HTTP/1.1 " status " x\r\nContent-Length: 3\r\nLocation: " where "\r\n\r\nbye"

static const struct script scripts[] = {
    {"/ok", OK_OK, KEEP},
    {"/ok?page=2", OK_OK, KEEP},
    {"/close", OK_HEAD "Connection: close\r\n\r\nuntil closed", CLOSE},
    {"/chunked",
     OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
     KEEP},
    {"/empty", OK_HEAD "Content-Length: 0\r\n\r\n", KEEP},
    {"/204", "HTTP/1.1 204 No Content\r\n\r\n", KEEP},
    {"/304",
     "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Encoding: gzip\r\n"
     "Content-Length: 99999999\r\n\r\n",
     KEEP},
    {"/404", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", KEEP},
    {"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", KEEP},
    {"/head", OK_HEAD "Content-Length: 99999999\r\nX-A: b\r\n\r\n", KEEP},
    {"/interim",
     "HTTP/1.1 100 Continue\r\nX-Early: 100\r\n\r\n"
     "HTTP/1.1 103 Early Hints\r\nLink: <early>\r\n\r\n" OK_HEAD
     "Link: <late>\r\nContent-Length: 2\r\n\r\nok",
     KEEP},
    {"/trailers",
     OK_HEAD "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
             "2\r\nok\r\n0\r\nX-T: trail\r\nLink: <forged>\r\n\r\n",
     KEEP},
    {"/folded", OK_HEAD "X-Long: one\r\n  two\r\nContent-Length: 2\r\n\r\nok", KEEP},
    {"/headers",
     OK_HEAD "Link: <a>\r\nX-Empty:\r\nlink:   <b>  \r\n"
             "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Length: 2\r\n\r\nok",
     KEEP},
    {"/gzip", OK_HEAD "Content-Encoding: GZIP\r\nContent-Length: 2\r\n\r\nzz", KEEP},
    {"/x-gzip", OK_HEAD "Content-Encoding: x-gzip\r\nContent-Length: 2\r\n\r\nzz",
     KEEP},
    {"/identity", OK_HEAD "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
     KEEP},
    {"/twice",
     OK_HEAD "Content-Encoding: gzip\r\nContent-Encoding: br\r\n"
             "Content-Length: 2\r\n\r\nzz",
     KEEP},
    /* faults */
    {"/short", OK_HEAD "Content-Length: 10\r\n\r\n12345", CLOSE},
    {"/short-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\na\r\n12345", CLOSE},
    {"/no-last-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
     CLOSE},
    {"/bad-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n12345", STALL},
    {"/reset-body", OK_HEAD "Content-Length: 10\r\n\r\n12345", RESET},
    {"/reset", NULL, RESET},
    {"/hang-up", NULL, CLOSE},
    {"/half-head", OK_HEAD "Content-Length: 2\r\n", CLOSE},
    {"/half-head-no-length", OK_HEAD "X-A: b\r\n", CLOSE},
    {"/loris", OK_HEAD "Content-Length: 2\r\n\r\no", STALL},
    {"/silent", NULL, STALL},
    {"/huge", OK_HEAD "Content-Length: 99999999999\r\n\r\n", STALL},
    {"/overflow", OK_HEAD "Content-Length: 99999999999999999999999\r\n\r\n", STALL},
    {"/negative", OK_HEAD "Content-Length: -5\r\n\r\n", STALL},
    {"/forever", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", REPEAT},
    {"/forever-plain", OK_HEAD "\r\n", REPEAT},
    {"/flood", OK_HEAD, REPEAT},
    {"/flood-1xx", "", REPEAT},
    {"/long-line", OK_HEAD "X-Long: ", REPEAT},
    {"/ssh", "SSH-2.0-OpenSSH_9.2p1\r\n", STALL},
    {"/http09", "<html>hello</html>", CLOSE},
    {"/101", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nraw", CLOSE},
    {"/exact", OK_HEAD "Content-Length: 5\r\n\r\n12345", KEEP},
    /* redirects; %d is the port */
    {"/r5", TO("301", "/r4"), KEEP},
    {"/r4", TO("302", "r3?x=%%20"), KEEP},
    {"/r3?x=%20", TO("307", "http://127.0.0.1:%d/r2"), KEEP},
    {"/r2", TO("308", "//127.0.0.1:%d/r1"), KEEP},
    {"/r1", TO("301", "./ok"), KEEP},
    {"/r6", TO("301", "/r5"), KEEP},
    {"/moved", TO("301", "/moved2"), KEEP},
    {"/moved2", TO("308", "/ok"), KEEP},
    {"/found", TO("302", "/ok"), KEEP},
    {"/loop", TO("302", "/loop"), KEEP},
    {"/303", TO("303", "/ok"), KEEP},
    {"/no-location", "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n", KEEP},
    {"/abroad", TO("302", "https://evil.example/secret"), KEEP},
    {"/port", TO("302", "http://127.0.0.1:1/secret"), KEEP},
    {"/host", TO("302", "http://localhost:%d/secret"), KEEP},
    {"/user", TO("302", "http://u:secret@127.0.0.1:%d/ok"), KEEP},
    {"/file", TO("302", "file:///etc/secret"), KEEP},
};

static const struct {
    const char *path;
    const char *bytes;
} repeats[] = {
    {"/forever", "400\r\n"},
    {"/forever-plain", "abcdefgh"},
    {"/flood", "X-Flood: 0123456789\r\n"},
    {"/flood-1xx", "HTTP/1.1 102 Processing\r\n\r\n"},
    {"/long-line", "0123456789abcdef"},
};

struct peer {
    uv_tcp_t listener;
    uv_loop_t *loop;
    int port;
    unsigned accepted, served, open;
    bool refuse_second; /* a kept connection dies at its second request */
    struct buf last;    /* the last request, as it came */
    struct link *links; /* every connection, owned until its close callback */
};

struct link {
    uv_tcp_t tcp;
    struct peer *peer;
    struct buf in;
    struct link *next;
    unsigned served;
    enum after after;
    const char *repeat;
};

struct outgoing {
    uv_write_t req;
    struct link *link;
    char *bytes; /* owned */
    size_t n;
};

static inline void link_gone(uv_handle_t *handle)
{
    struct link *l = handle->data;
    struct link **at = &l->peer->links;

    while (*at != l) {
        at = &(*at)->next;
    }
    *at = l->next;
    l->peer->open--;
    buf_finish(&l->in);
    free(l);
}

static inline void link_close(struct link *l)
{
    if (!uv_is_closing((uv_handle_t *)&l->tcp)) {
        uv_close((uv_handle_t *)&l->tcp, link_gone);
    }
}

static inline void link_write(struct link *l, const char *bytes, size_t n);

/* A megabyte of the row's bytes at a time, for as long as anybody reads. */
static inline void link_repeat(struct link *l)
{
    struct buf b;
    char chunk[1024];

    memset(chunk, 'x', sizeof chunk);
    buf_init(&b, 1 << 21);
    while (b.n < 1 << 20) {
        buf_addz(&b, l->repeat);
        if (strcmp(l->repeat, "400\r\n") == 0) {
            buf_add(&b, (struct str){chunk, sizeof chunk});
            buf_addz(&b, "\r\n");
        }
    }
    link_write(l, b.p, b.n);
    buf_finish(&b);
}

static inline void on_written(uv_write_t *req, int status)
{
    struct outgoing *o = req->data;
    struct link *l = o->link;

    free(o->bytes);
    free(o);
    if (status != 0) {
        link_close(l);
    } else if (l->after == CLOSE) {
        link_close(l);
    } else if (l->after == RESET) {
        if (!uv_is_closing((uv_handle_t *)&l->tcp)) {
            assert_int_equal(uv_tcp_close_reset(&l->tcp, link_gone), 0);
        }
    } else if (l->after == REPEAT) {
        link_repeat(l);
    }
}

static inline void link_write(struct link *l, const char *bytes, size_t n)
{
    struct outgoing *o = calloc(1, sizeof *o);
    uv_buf_t b;

    assert_non_null(o);
    o->req.data = o;
    o->link = l;
    o->bytes = malloc(n + 1);
    assert_non_null(o->bytes);
    if (n > 0) {
        memcpy(o->bytes, bytes, n);
    }
    b = uv_buf_init(o->bytes, (unsigned)n);
    assert_int_equal(uv_write(&o->req, (uv_stream_t *)&l->tcp, &b, 1, on_written), 0);
}

static const struct script *script_for(struct str path)
{
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        if (str_eqz(path, scripts[i].path)) {
            return &scripts[i];
        }
    }
    return NULL;
}

static inline void serve(struct link *l, struct str path)
{
    const struct script *s = script_for(path);
    struct buf out;

    if (s == NULL) {
        fail_msg("nothing is scripted for %.*s", STR_FMT(path));
        return;
    }
    l->peer->served++;
    uv_stop(l->peer->loop);
    if (l->peer->refuse_second && ++l->served == 2) {
        link_close(l);
        return;
    }
    l->after = s->after;
    for (size_t i = 0; i < ARRAY_LEN(repeats); i++) {
        if (str_eqz(path, repeats[i].path)) {
            l->repeat = repeats[i].bytes;
        }
    }
    buf_init(&out, 1 << 20);
    for (const char *p = s->bytes; p != NULL && *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 'd') {
            buf_printf(&out, "%d", l->peer->port);
            p++;
        } else if (p[0] == '%' && p[1] == '%') {
            buf_addc(&out, *p++);
        } else {
            buf_addc(&out, *p);
        }
    }
    link_write(l, buf_cstr(&out), out.n);
    buf_finish(&out);
}

/* The length of a whole request at the front, or 0. */
static inline size_t request_length(struct str in)
{
    ptrdiff_t end = str_find(in, STR("\r\n\r\n"));
    ptrdiff_t at = str_find_nocase(in, STR("\r\ncontent-length:"));
    uint64_t body = 0;

    if (end < 0) {
        return 0;
    }
    if (at >= 0 && at < end) {
        struct str rest = str_skip(in, (size_t)at + 17);
        struct str line;

        assert_true(str_split(&rest, '\r', &line));
        assert_true(str_to_u64(str_trim(line), &body));
    }
    size_t n = (size_t)end + 4 + (size_t)body;

    return in.n >= n ? n : 0;
}

static inline void on_alloc(uv_handle_t *handle UNUSED, size_t hint, uv_buf_t *ret)
{
    ret->base = malloc(hint);
    ret->len = ret->base != NULL ? hint : 0;
}

static inline void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    struct link *l = stream->data;
    size_t len;

    if (n > 0) {
        buf_add(&l->in, (struct str){b->base, (size_t)n});
    }
    free(b->base);
    if (n < 0) {
        link_close(l);
        return;
    }
    len = request_length(buf_str(&l->in));
    if (len > 0) {
        struct str rest = str_first(buf_str(&l->in), len);
        struct str part;

        buf_clear(&l->peer->last);
        buf_add(&l->peer->last, rest);
        assert_true(str_split(&rest, ' ', &part));
        assert_true(str_split(&rest, ' ', &part));
        serve(l, part);
        buf_clear(&l->in);
    }
}

static inline void on_connection(uv_stream_t *listener, int status)
{
    struct peer *p = listener->data;
    struct link *l = calloc(1, sizeof *l);

    assert_int_equal(status, 0);
    assert_non_null(l);
    l->peer = p;
    l->next = p->links;
    p->links = l;
    p->accepted++;
    p->open++;
    buf_init(&l->in, 1 << 20);
    assert_int_equal(uv_tcp_init(p->loop, &l->tcp), 0);
    l->tcp.data = l;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&l->tcp), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read), 0);
}

static inline void peer_start(struct peer *p, uv_loop_t *loop)
{
    struct sockaddr_in addr;
    int n = sizeof addr;

    *p = (struct peer){.loop = loop};
    buf_init(&p->last, 1 << 20);
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &addr), 0);
    assert_int_equal(uv_tcp_init(loop, &p->listener), 0);
    p->listener.data = p;
    assert_int_equal(uv_tcp_bind(&p->listener, (const struct sockaddr *)&addr, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&p->listener, 200, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&p->listener, (struct sockaddr *)&addr, &n), 0);
    p->port = ntohs(addr.sin_port);
}

static inline void peer_stop(struct peer *p)
{
    uv_close((uv_handle_t *)&p->listener, NULL);
    for (struct link *l = p->links; l != NULL; l = l->next) {
        link_close(l);
    }
    buf_finish(&p->last);
}

/* ---- the fixture ---- */

struct world {
    uv_loop_t loop;
    struct peer peer;
    struct http *http;
    bool closed;
};

static inline void on_closed(void *arg)
{
    struct world *w = arg;

    w->closed = true;
    uv_stop(&w->loop);
}

static inline int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct http_options opt = {.clock = clock_system(), .user_agent = "alignd/test"};
    struct err e;

    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    peer_start(&w->peer, &w->loop);
    if (!http_create(&w->loop, &opt, &w->http, &e)) {
        fail_msg("%s", e.msg);
    }
    *state = w;
    alarm(60); /* a hang is a failure */
    return 0;
}

static inline int teardown(void **state)
{
    struct world *w = *state;

    if (w->http != NULL) {
        http_close(w->http, on_closed, w);
    }
    peer_stop(&w->peer);
    while (uv_run(&w->loop, UV_RUN_DEFAULT) != 0) {
    }
    assert_true(w->closed);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
    return 0;
}

/* ---- one call and what came of it ---- */

struct outcome {
    struct world *w;
    unsigned reports;
    bool ok;
    int status;
    struct buf body, url, encoding, headers;
    bool moved;
    struct err err;
    void (*then)(struct outcome *o);
    struct http_call *call;
    struct outcome *other;
};

static inline void outcome_init(struct outcome *o, struct world *w)
{
    *o = (struct outcome){.w = w};
    buf_init(&o->body, 1 << 20);
    buf_init(&o->url, 1 << 20);
    buf_init(&o->encoding, 1 << 20);
    buf_init(&o->headers, 1 << 20);
}

static inline void outcome_finish(struct outcome *o)
{
    buf_finish(&o->body);
    buf_finish(&o->url);
    buf_finish(&o->encoding);
    buf_finish(&o->headers);
}

static inline void on_done(void *arg, const struct http_response *resp,
                           const struct err *err)
{
    struct outcome *o = arg;

    o->reports++;
    uv_stop(&o->w->loop);
    assert_true((resp == NULL) != (err == NULL));
    o->ok = resp != NULL;
    if (resp != NULL) {
        o->status = resp->status;
        o->moved = resp->moved;
        assert_true(resp->took.ms >= 0);
        buf_add(&o->body, resp->body);
        buf_add(&o->url, resp->url);
        buf_add(&o->encoding, resp->encoding);
        for (size_t i = 0; i < resp->n_headers; i++) {
            buf_add(&o->headers, resp->headers[i].name);
            buf_addz(&o->headers, "=");
            buf_add(&o->headers, resp->headers[i].value);
            buf_addz(&o->headers, "|");
        }
    } else {
        o->err = *err;
    }
    if (o->then != NULL) {
        o->then(o);
    }
}

static inline struct http_request get(char *url, size_t size, int port,
                                      const char *path)
{
    int n = snprintf(url, size, "http://127.0.0.1:%d%s", port, path);

    return (struct http_request){
        .method = STR("GET"),
        .url = {url, (size_t)n},
        .timeout = DUR_S(30),
    };
}

static inline void start(struct outcome *o, const struct http_request *req)
{
    struct err e;

    if (!http_start(o->w->http, req, on_done, o, &o->call, &e)) {
        fail_msg("%s", e.msg);
    }
    assert_int_equal(o->reports, 0); /* never from inside */
}

static inline void run_until(struct outcome *o)
{
    while (o->reports == 0) {
        uv_run(&o->w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(o->reports, 1);
}

static inline void exchange(struct outcome *o, struct world *w,
                            const struct http_request *req)
{
    outcome_init(o, w);
    start(o, req);
    run_until(o);
}

/* Bound and not yet listening: refused for certain, and nobody else can take it. */
static inline int refusing_port(int *ret_fd)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t n = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &n), 0);
    *ret_fd = fd;
    return ntohs(addr.sin_port);
}

/* A machine without a network or with a proxy in its environment tests alike. */
static inline void peer_set_environment(void)
{
    /* None of these may be honoured: every test would fail. */
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("https_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif

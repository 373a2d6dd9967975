/*
 * The client against a scripted peer on real loopback sockets, both on one
 * loop: the peer writes the bytes of the row that the path names, then keeps,
 * closes, resets or stalls. Nothing waits for a clock except where a time-out
 * is the subject: whatever is waited for stops the loop.
 */
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

static void link_gone(uv_handle_t *handle)
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

static void link_close(struct link *l)
{
    if (!uv_is_closing((uv_handle_t *)&l->tcp)) {
        uv_close((uv_handle_t *)&l->tcp, link_gone);
    }
}

static void link_write(struct link *l, const char *bytes, size_t n);

/* A megabyte of the row's bytes at a time, for as long as anybody reads. */
static void link_repeat(struct link *l)
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

static void on_written(uv_write_t *req, int status)
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

static void link_write(struct link *l, const char *bytes, size_t n)
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

static void serve(struct link *l, struct str path)
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
static size_t request_length(struct str in)
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

static void on_alloc(uv_handle_t *handle UNUSED, size_t hint, uv_buf_t *ret)
{
    ret->base = malloc(hint);
    ret->len = ret->base != NULL ? hint : 0;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
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

static void on_connection(uv_stream_t *listener, int status)
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

static void peer_start(struct peer *p, uv_loop_t *loop)
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

static void peer_stop(struct peer *p)
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

static void on_closed(void *arg)
{
    struct world *w = arg;

    w->closed = true;
    uv_stop(&w->loop);
}

static int setup(void **state)
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

static int teardown(void **state)
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

static void outcome_init(struct outcome *o, struct world *w)
{
    *o = (struct outcome){.w = w};
    buf_init(&o->body, 1 << 20);
    buf_init(&o->url, 1 << 20);
    buf_init(&o->encoding, 1 << 20);
    buf_init(&o->headers, 1 << 20);
}

static void outcome_finish(struct outcome *o)
{
    buf_finish(&o->body);
    buf_finish(&o->url);
    buf_finish(&o->encoding);
    buf_finish(&o->headers);
}

static void on_done(void *arg, const struct http_response *resp, const struct err *err)
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

static struct http_request get(char *url, size_t size, int port, const char *path)
{
    int n = snprintf(url, size, "http://127.0.0.1:%d%s", port, path);

    return (struct http_request){
        .method = STR("GET"),
        .url = {url, (size_t)n},
        .timeout = DUR_S(30),
    };
}

static void start(struct outcome *o, const struct http_request *req)
{
    struct err e;

    if (!http_start(o->w->http, req, on_done, o, &o->call, &e)) {
        fail_msg("%s", e.msg);
    }
    assert_int_equal(o->reports, 0); /* never from inside */
}

static void run_until(struct outcome *o)
{
    while (o->reports == 0) {
        uv_run(&o->w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(o->reports, 1);
}

static void exchange(struct outcome *o, struct world *w, const struct http_request *req)
{
    outcome_init(o, w);
    start(o, req);
    run_until(o);
}

/* ---- answers ---- */

struct answer_row {
    const char *path;
    const char *method;
    int status;
    const char *body;
    const char *encoding;
    const char *headers; /* NULL: not looked at */
};

static const struct answer_row answers[] = {
    {"/ok", "GET", 200, "ok", "", "Content-Length=2|"},
    {"/ok", "POST", 200, "ok", "", NULL},
    {"/ok", "DELETE", 200, "ok", "", NULL},
    {"/close", "GET", 200, "until closed", "", NULL},
    {"/chunked", "GET", 200, "hello!", "", "Transfer-Encoding=chunked|"},
    {"/empty", "GET", 200, "", "", NULL},
    {"/204", "GET", 204, "", "", ""},
    {"/304", "GET", 304, "", "",
     "ETag=\"a\"|Content-Encoding=gzip|Content-Length=99999999|"},
    {"/404", "GET", 404, "gone", "", NULL},
    {"/500", "POST", 500, "", "", NULL},
    {"/head", "HEAD", 200, "", "", "Content-Length=99999999|X-A=b|"},
    {"/interim", "GET", 200, "ok", "", "Link=<late>|Content-Length=2|"},
    {"/trailers", "GET", 200, "ok", "", "Transfer-Encoding=chunked|Trailer=X-T|"},
    {"/folded", "GET", 200, "ok", "", "X-Long=one two|Content-Length=2|"},
    {"/headers", "GET", 200, "ok", "",
     "Link=<a>|X-Empty=|link=<b>|Date=Sun, 22 Nov 2026 12:00:00 GMT|"
     "Content-Length=2|"},
    {"/gzip", "GET", 200, "zz", "gzip", NULL},
    {"/x-gzip", "GET", 200, "zz", "gzip", NULL},
    {"/identity", "GET", 200, "ok", "", NULL},
    {"/twice", "GET", 200, "zz", "gzip, br", NULL},
    {"/303", "GET", 303, "bye", "", NULL},
};

static void test_answers(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct answer_row *row = &answers[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct outcome o;

        req.method = str_of(row->method);
        req.follow = true;
        exchange(&o, w, &req);
        if (!o.ok) {
            fail_msg("%s %s: %s", row->method, row->path, o.err.msg);
        }
        assert_int_equal(o.status, row->status);
        assert_string_equal(buf_cstr(&o.body), row->body);
        assert_string_equal(buf_cstr(&o.encoding), row->encoding);
        assert_string_equal(buf_cstr(&o.url), url);
        assert_false(o.moved);
        if (row->headers != NULL) {
            assert_string_equal(buf_cstr(&o.headers), row->headers);
        }
        outcome_finish(&o);
    }
}

/* ---- faults ---- */

struct fault_row {
    const char *path;
    enum err_kind kind;
    const char *says;
};

static const struct fault_row faults[] = {
    {"/short", ERR_NET, "cut short"},
    {"/short-chunk", ERR_NET, "cut short"},
    {"/no-last-chunk", ERR_NET, "cut short"},
    {"/bad-chunk", ERR_NET, "connection lost"},
    {"/reset-body", ERR_NET, "connection lost"},
    {"/reset", ERR_NET, "connection lost"},
    {"/hang-up", ERR_NET, "connection lost"},
    {"/half-head", ERR_NET, "cut short"},
    {"/half-head-no-length", ERR_NET, "cut short"},
    {"/huge", ERR_LIMIT, "longer than 16777216 bytes"},
    {"/overflow", ERR_LIMIT, "longer than"},
    {"/negative", ERR_REMOTE, "not HTTP"},
    {"/forever", ERR_LIMIT, "longer than"},
    {"/forever-plain", ERR_LIMIT, "longer than"},
    {"/flood", ERR_LIMIT, "headers"},
    {"/flood-1xx", ERR_LIMIT, "headers"},
    {"/long-line", ERR_LIMIT, "header"},
    {"/ssh", ERR_REMOTE, "not HTTP"},
    {"/http09", ERR_REMOTE, "not HTTP"},
    {"/101", ERR_REMOTE, "not HTTP"},
    {"/r6", ERR_REMOTE, "more than 5 redirects"},
    {"/loop", ERR_REMOTE, "more than 5 redirects"},
    {"/no-location", ERR_REMOTE, "redirect"},
    {"/abroad", ERR_REMOTE, "another origin (https://evil.example)"},
    {"/port", ERR_REMOTE, "another origin"},
    {"/host", ERR_REMOTE, "another origin"},
    {"/user", ERR_REMOTE, "redirect"},
    {"/file", ERR_REMOTE, "redirect"},
};

static void test_faults(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        const struct fault_row *row = &faults[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct outcome o;

        req.follow = true;
        exchange(&o, w, &req);
        if (o.ok) {
            fail_msg("%s: no error", row->path);
        }
        if (o.err.kind != row->kind || strstr(o.err.msg, row->says) == NULL) {
            fail_msg("%s: %s: %s", row->path, err_kind_name(o.err.kind), o.err.msg);
        }
        /* the request was sent, so it may have been acted on */
        assert_int_equal(o.err.retry, ERR_GIVE_UP);
        assert_non_null(strstr(o.err.msg, "127.0.0.1:"));
        assert_null(strstr(o.err.msg, "secret"));
        outcome_finish(&o);
    }
}

static void test_body_cap_is_exact(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/exact");
    struct outcome o;

    req.max_body = 5;
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&o.body), "12345");
    outcome_finish(&o);
    req.max_body = 4;
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_LIMIT);
    outcome_finish(&o);
    req = get(url, sizeof url, w->peer.port, "/chunked");
    req.max_body = 5;
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_LIMIT);
    outcome_finish(&o);
}

static void test_time_out(void **state)
{
    static const char *const paths[] = {"/loris?secret", "/silent?secret"};
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        char url[128];
        struct str path = str_of(paths[i]);
        struct http_request req = get(url, sizeof url, w->peer.port, paths[i]);
        struct outcome o;

        req.url.n -= strlen("?secret");
        assert_true(str_has_suffix(path, STR("?secret")));
        req.timeout = DUR_MS(120);
        exchange(&o, w, &req);
        assert_false(o.ok);
        assert_int_equal(o.err.kind, ERR_NET);
        assert_int_equal(o.err.retry, ERR_GIVE_UP);
        assert_non_null(strstr(o.err.msg, "no whole answer within 120 ms"));
        outcome_finish(&o);
    }
}

/* Bound and not yet listening: refused for certain, and nobody else can take it. */
static int refusing_port(int *ret_fd)
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

static void test_refused(void **state)
{
    struct world *w = *state;
    int fd;
    char url[128];
    struct http_request req =
        get(url, sizeof url, refusing_port(&fd), "/hooks/secret?token=secret");
    struct outcome o;

    req.method = STR("POST");
    req.body = STR("secret");
    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_non_null(strstr(o.err.msg, "Connection refused"));
    assert_null(strstr(o.err.msg, "secret"));
    outcome_finish(&o);
    close(fd);
}

static void test_name_does_not_resolve(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("POST"),
        .url = STR("https://alignd.invalid/secret"),
        .timeout = DUR_S(30),
    };
    struct outcome o;

    exchange(&o, w, &req);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_null(strstr(o.err.msg, "secret"));
    outcome_finish(&o);
}

/* ---- redirects ---- */

struct follow_row {
    const char *path, *method;
    bool follow;
    int status;
    const char *end; /* path of the answer */
    bool moved;
};

static const struct follow_row follows[] = {
    {"/r5", "GET", true, 200, "/ok", false},
    {"/moved", "GET", true, 200, "/ok", true},
    {"/found", "GET", true, 200, "/ok", false},
    {"/moved", "GET", false, 301, "/moved", false},
    {"/moved", "POST", true, 301, "/moved", false},
    {"/r3?x=%20", "POST", true, 307, "/r3?x=%20", false},
    {"/moved", "HEAD", true, 301, "/moved", false},
    {"/moved", "DELETE", true, 301, "/moved", false},
};

static void test_follow(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(follows); i++) {
        const struct follow_row *row = &follows[i];
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, row->path);
        struct http_header auth = {STR("Authorization"), STR("Bearer secret")};
        struct outcome o;

        req.headers = &auth;
        req.n_headers = 1;
        req.method = str_of(row->method);
        req.follow = row->follow;
        exchange(&o, w, &req);
        if (!o.ok) {
            fail_msg("%s: %s", row->path, o.err.msg);
        }
        assert_int_equal(o.status, row->status);
        assert_true(str_has_suffix(buf_str(&o.url), str_of(row->end)));
        assert_int_equal(o.moved, row->moved);
        if (row->status == 200) {
            assert_string_equal(buf_cstr(&o.body), "ok"); /* and no "bye" */
            assert_true(str_find(buf_str(&w->peer.last),
                                 STR("Authorization: Bearer secret")) > 0);
        }
        outcome_finish(&o);
    }
}

/* ---- what is sent ---- */

static void test_request_bytes(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_header headers[] = {
        {STR("Content-Type"), STR("application/json")},
        {STR("X-Empty"), STR("")},
        {STR("X-Blank"), STR("  v  ")},
    };
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok?page=2#frag");
    struct outcome o;
    char want[512];

    (void)snprintf(want, sizeof want,
                   "GET /ok?page=2 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "User-Agent: alignd/test\r\nAccept: */*\r\n"
                   "Accept-Encoding: identity\r\n\r\n",
                   w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&w->peer.last), want);
    outcome_finish(&o);

    req = get(url, sizeof url, w->peer.port, "/ok");
    req.method = STR("POST");
    req.body = STR("{\"a\":1}");
    req.headers = headers;
    req.n_headers = ARRAY_LEN(headers);
    req.gzip = true;
    (void)snprintf(want, sizeof want,
                   "POST /ok HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "User-Agent: alignd/test\r\nAccept: */*\r\n"
                   "Content-Type: application/json\r\nX-Empty:\r\nX-Blank: v\r\n"
                   "Accept-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
                   w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_string_equal(buf_cstr(&w->peer.last), want);
    outcome_finish(&o);

    req.method = STR("DELETE");
    req.n_headers = 0;
    exchange(&o, w, &req);
    assert_true(o.ok);
    assert_true(str_has_prefix(buf_str(&w->peer.last), STR("DELETE /ok HTTP/1.1\r\n")));
    assert_true(str_has_suffix(buf_str(&w->peer.last), req.body));
    assert_true(str_find_nocase(buf_str(&w->peer.last), STR("content-type")) < 0);
    outcome_finish(&o);
}

static void test_large_post(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
    struct outcome o;
    size_t n = 900000;
    char *body = malloc(n);

    assert_non_null(body);
    memset(body, 'a', n);
    req.method = STR("POST");
    req.body = (struct str){body, n};
    outcome_init(&o, w);
    start(&o, &req);
    memset(body, 'b', n); /* it was copied */
    free(body);
    run_until(&o);
    assert_true(o.ok);
    assert_true(w->peer.last.n > n);
    assert_int_equal(w->peer.last.p[w->peer.last.n - 1], 'a');
    assert_true(str_find_nocase(buf_str(&w->peer.last), STR("expect:")) < 0);
    outcome_finish(&o);
}

struct refusal_row {
    const char *method, *url, *name;
    struct str value;
    const char *body;
};

static const struct refusal_row refusals[] = {
    {"GET", "http://example.com/", NULL, {NULL, 0}, ""},
    {"GET", "https://u:p@example.com/", NULL, {NULL, 0}, ""},
    {"GET", "gopher://127.0.0.1/", NULL, {NULL, 0}, ""},
    {"PUT", "https://example.com/", NULL, {NULL, 0}, ""},
    {"get", "https://example.com/", NULL, {NULL, 0}, ""},
    {"GET", "https://example.com/", NULL, {NULL, 0}, "body"},
    {"GET", "https://example.com/", "X-A", {"a\r\nX-B: b", 9}, ""},
    {"GET", "https://example.com/", "X-A", {"a\nb", 3}, ""},
    {"GET", "https://example.com/", "X-A", {"a\rb", 3}, ""},
    {"GET", "https://example.com/", "X-A", {"a\0b", 3}, ""},
    {"GET", "https://example.com/", "X A", {"a", 1}, ""},
    {"GET", "https://example.com/", "X:A", {"a", 1}, ""},
    {"GET", "https://example.com/", "", {"a", 1}, ""},
    {"GET", "https://example.com/", "Host", {"a", 1}, ""},
    {"GET", "https://example.com/", "content-LENGTH", {"0", 1}, ""},
    {"GET", "https://example.com/", "Transfer-Encoding", {"chunked", 7}, ""},
    {"GET", "https://example.com/", "Accept-Encoding", {"br", 2}, ""},
};

static void test_refusals(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        const struct refusal_row *row = &refusals[i];
        struct http_header h = {str_of(row->name), row->value};
        struct http_request req = {
            .method = str_of(row->method),
            .url = str_of(row->url),
            .body = str_of(row->body),
            .headers = &h,
            .n_headers = row->name != NULL,
        };
        struct http_call *call = NULL;
        struct err e;

        if (http_start(w->http, &req, on_done, NULL, &call, &e)) {
            fail_msg("row %zu was not refused", i);
        }
        assert_int_equal(e.kind, ERR_USAGE);
        assert_null(call);
    }
}

/* ---- connections ---- */

static void test_keep_alive(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 20; i++) {
        char url[128];
        struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
        struct outcome o;

        req.method = i % 2 ? STR("POST") : STR("GET");
        exchange(&o, w, &req);
        assert_true(o.ok);
        outcome_finish(&o);
    }
    assert_int_equal(w->peer.accepted, 1);
    assert_int_equal(w->peer.served, 20);
}

static void stale_second(struct world *w, const char *method, struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    w->peer.refuse_second = true;
    exchange(o, w, &req);
    assert_true(o->ok);
    outcome_finish(o);
    req.method = str_of(method);
    exchange(o, w, &req);
}

static void test_stale_connection_post_is_not_repeated(void **state)
{
    struct world *w = *state;
    struct outcome o;

    stale_second(w, "POST", &o);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
    assert_int_equal(o.err.retry, ERR_GIVE_UP);
    assert_non_null(strstr(o.err.msg, "before an answer"));
    assert_int_equal(w->peer.served, 2); /* the GET and one POST */
    outcome_finish(&o);
}

static void test_stale_connection_get_is_repeated(void **state)
{
    struct world *w = *state;
    struct outcome o;

    stale_second(w, "GET", &o);
    assert_true(o.ok);
    assert_int_equal(w->peer.served, 3);
    outcome_finish(&o);
}

static void test_localhost(void **state)
{
    struct world *w = *state;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");
    struct outcome o;

    req.url.n =
        (size_t)snprintf(url, sizeof url, "http://localhost:%d/ok", w->peer.port);
    exchange(&o, w, &req);
    assert_true(o.ok);
    outcome_finish(&o);
}

/* As if somebody's resolver said that localhost is elsewhere. */
static void test_localhost_elsewhere(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("GET"),
        .url = STR("http://localhost:80/secret"),
        .timeout = DUR_S(30),
    };
    struct curl_slist *pin = curl_slist_append(NULL, "localhost:80:192.0.2.1");
    struct outcome o;

    outcome_init(&o, w);
    start(&o, &req);
    assert_int_equal(curl_easy_setopt(o.call->easy, CURLOPT_RESOLVE, pin), CURLE_OK);
    run_until(&o);
    assert_false(o.ok);
    assert_int_equal(o.err.retry, ERR_TRY_AGAIN);
    assert_non_null(strstr(o.err.msg, "not the loopback"));
    outcome_finish(&o);
    curl_slist_free_all(pin);
}

static void test_hundred_at_once(void **state)
{
    enum { N = 100 };
    static struct outcome o[N];
    static const char *const paths[] = {"/ok", "/chunked", "/short", "/r5", "/reset"};
    struct world *w = *state;
    char url[128];
    unsigned good = 0;

    for (size_t i = 0; i < N; i++) {
        struct http_request req =
            get(url, sizeof url, w->peer.port, paths[i % ARRAY_LEN(paths)]);

        req.follow = true;
        outcome_init(&o[i], w);
        start(&o[i], &req);
    }
    for (size_t i = 0; i < N; i++) {
        run_until(&o[i]);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(o[i].reports, 1);
        good += o[i].ok;
        outcome_finish(&o[i]);
    }
    assert_int_equal(good, N * 3 / 5);
}

/* ---- cancel and close, from everywhere ---- */

static void test_cancel(void **state)
{
    static const char *const paths[] = {"/silent", "/loris", "/forever", "/ok"};
    struct world *w = *state;
    struct outcome o;
    struct outcome last;
    char url[128];
    struct http_request req;

    http_cancel(NULL);
    for (size_t turns = 0; turns < 12; turns++) {
        req = get(url, sizeof url, w->peer.port, paths[turns % ARRAY_LEN(paths)]);
        outcome_init(&o, w);
        start(&o, &req);
        for (size_t i = 0; i < turns && o.reports == 0; i++) {
            uv_run(&w->loop, UV_RUN_NOWAIT);
        }
        if (o.reports == 0) {
            http_cancel(o.call);
        }
        unsigned reports = o.reports;

        req = get(url, sizeof url, w->peer.port, "/ok");
        exchange(&last, w, &req);
        assert_true(last.ok);
        assert_int_equal(o.reports, reports);
        outcome_finish(&last);
        outcome_finish(&o);
    }
}

static void cancel_both(struct outcome *o)
{
    http_cancel(o->call); /* itself: nothing happens */
    http_cancel(o->other->call);
}

static void test_cancel_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    outcome_init(&b, w);
    a.then = cancel_both;
    a.other = &b;
    b.then = cancel_both;
    b.other = &a;
    start(&a, &req);
    start(&b, &req);
    while (a.reports + b.reports == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    while (w->peer.served < 2 && uv_run(&w->loop, UV_RUN_NOWAIT) && w->peer.open > 0) {
    }
    assert_int_equal(a.reports + b.reports, 1);
    outcome_finish(&a);
    outcome_finish(&b);
}

static void start_other(struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, o->w->peer.port, "/chunked");

    start(o->other, &req);
}

static void test_start_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    outcome_init(&b, w);
    a.then = start_other;
    a.other = &b;
    start(&a, &req);
    run_until(&b);
    assert_true(a.ok);
    assert_true(b.ok);
    outcome_finish(&a);
    outcome_finish(&b);
}

static void close_all(struct outcome *o)
{
    char url[128];
    struct http_request req = get(url, sizeof url, o->w->peer.port, "/ok");
    struct err e;

    http_close(o->w->http, on_closed, o->w);
    http_cancel(o->call);
    assert_false(http_start(o->w->http, &req, on_done, o, NULL, &e));
    assert_int_equal(e.kind, ERR_CANCELED);
    o->w->http = NULL;
}

static void test_close_in_done(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b[4];
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/ok");

    outcome_init(&a, w);
    a.then = close_all;
    start(&a, &req);
    for (size_t i = 0; i < ARRAY_LEN(b); i++) {
        req = get(url, sizeof url, w->peer.port, i % 2 ? "/silent" : "/forever");
        outcome_init(&b[i], w);
        start(&b[i], &req);
    }
    run_until(&a);
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    for (size_t i = 0; i < ARRAY_LEN(b); i++) {
        assert_int_equal(b[i].reports, 0);
        outcome_finish(&b[i]);
    }
    outcome_finish(&a);
}

static void test_close_while_running(void **state)
{
    static const char *const paths[] = {"/ok", "/silent", "/forever", "/r5", "/loris"};
    struct world *w = *state;
    struct outcome o[10];
    char url[128];

    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        struct http_request req =
            get(url, sizeof url, w->peer.port, paths[i % ARRAY_LEN(paths)]);

        outcome_init(&o[i], w);
        start(&o[i], &req);
    }
    while (w->peer.served < ARRAY_LEN(o)) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    http_close(w->http, on_closed, w);
    w->http = NULL;
    unsigned before = 0;
    unsigned after = 0;

    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        before += o[i].reports;
    }
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    for (size_t i = 0; i < ARRAY_LEN(o); i++) {
        after += o[i].reports;
        outcome_finish(&o[i]);
    }
    assert_int_equal(before, after);
}

static void test_close_while_resolving(void **state)
{
    struct world *w = *state;
    struct http_request req = {
        .method = STR("GET"),
        .url = STR("https://alignd.invalid/"),
        .timeout = DUR_S(30),
    };
    struct outcome o;

    outcome_init(&o, w);
    start(&o, &req);
    uv_run(&w->loop, UV_RUN_NOWAIT); /* the resolver's thread is under way */
    http_close(w->http, on_closed, w);
    w->http = NULL;
    while (!w->closed) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(o.reports, 0);
    outcome_finish(&o);
}

static void test_close_idle(void **state)
{
    struct world *w = *state;

    assert_non_null(w->http); /* the rest is the teardown's */
}

static void never(uv_poll_t *poll UNUSED, int status UNUSED, int events UNUSED)
{
    fail_msg("nothing is written to it");
}

/*
 * A handle of ours left on a closed descriptor makes uv_poll_init refuse the
 * next socket of that number, and so libcurl's socket callback fail.
 */
static void test_libcurl_fails_and_is_rebuilt(void **state)
{
    struct world *w = *state;
    struct outcome a;
    struct outcome b;
    struct outcome c;
    char url[128];
    struct http_request req = get(url, sizeof url, w->peer.port, "/silent");
    uv_poll_t squatter;
    int fd;
    int port;
    int listener;

    outcome_init(&a, w);
    start(&a, &req);
    while (w->peer.served == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    /* Accepted by the kernel alone: no descriptor of the peer's takes the number. */
    port = refusing_port(&listener);
    assert_int_equal(listen(listener, 1), 0);
    fd = eventfd(0, EFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(uv_poll_init(&w->loop, &squatter, fd), 0);
    assert_int_equal(uv_poll_start(&squatter, UV_READABLE, never), 0);
    uv_run(&w->loop, UV_RUN_NOWAIT); /* libuv has told the kernel */
    close(fd);
    req = get(url, sizeof url, port, "/ok");
    outcome_init(&b, w);
    start(&b, &req);
    while (a.reports == 0 || b.reports == 0) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&squatter, NULL);
    assert_false(a.ok);
    assert_false(b.ok);
    assert_int_equal(a.err.kind, ERR_NET);
    assert_int_equal(a.err.retry, ERR_GIVE_UP); /* had been sent */
    /* Whether `b` had depends on how soon its connection stood. */
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(b.err.retry,
                     recv(fd, url, 1, 0) > 0 ? ERR_GIVE_UP : ERR_TRY_AGAIN);
    close(fd);
    close(listener);
    req = get(url, sizeof url, w->peer.port, "/ok");
    exchange(&c, w, &req);
    assert_true(c.ok);
    outcome_finish(&a);
    outcome_finish(&b);
    outcome_finish(&c);
}

/* ---- libcurl's versions ---- */

static void test_versions(void **state UNUSED)
{
    static const struct {
        unsigned version;
        bool warns;
        long http;
    } rows[] = {
        {0x075801, false, CURL_HTTP_VERSION_1_1},
        {0x080001, false, CURL_HTTP_VERSION_1_1},
        {0x080100, false, CURL_HTTP_VERSION_2TLS},
        {0x080900, true, CURL_HTTP_VERSION_2TLS},
        {0x080901, false, CURL_HTTP_VERSION_2TLS},
        {0x080a00, true, CURL_HTTP_VERSION_2TLS},
        {0x080b00, true, CURL_HTTP_VERSION_2TLS},
        {0x080b01, false, CURL_HTTP_VERSION_2TLS},
        {0x081500, true, CURL_HTTP_VERSION_2TLS},
        {0x081600, false, CURL_HTTP_VERSION_2TLS},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(http_call_warning(rows[i].version) != NULL, rows[i].warns);
        assert_int_equal(http_call_version(rows[i].version), rows[i].http);
    }
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_answers),
        WITH_WORLD(test_faults),
        WITH_WORLD(test_body_cap_is_exact),
        WITH_WORLD(test_time_out),
        WITH_WORLD(test_refused),
        WITH_WORLD(test_name_does_not_resolve),
        WITH_WORLD(test_follow),
        WITH_WORLD(test_request_bytes),
        WITH_WORLD(test_large_post),
        WITH_WORLD(test_refusals),
        WITH_WORLD(test_keep_alive),
        WITH_WORLD(test_stale_connection_post_is_not_repeated),
        WITH_WORLD(test_stale_connection_get_is_repeated),
        WITH_WORLD(test_localhost),
        WITH_WORLD(test_localhost_elsewhere),
        WITH_WORLD(test_hundred_at_once),
        WITH_WORLD(test_cancel),
        WITH_WORLD(test_cancel_in_done),
        WITH_WORLD(test_start_in_done),
        WITH_WORLD(test_close_in_done),
        WITH_WORLD(test_close_while_running),
        WITH_WORLD(test_close_while_resolving),
        WITH_WORLD(test_close_idle),
        WITH_WORLD(test_libcurl_fails_and_is_rebuilt),
        cmocka_unit_test(test_versions),
    };

    /* None of these may be honoured: every test would fail. */
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("https_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    /* A machine without a network answers at once, too. */
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}

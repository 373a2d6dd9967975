#include "tests/simulation/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <microhttpd.h>

#include "base/arena.h"
#include "base/date.h"
#include "io/http.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/record.h"

enum { MAX_HOPS = 5, TIMEOUT_MS = 60000, ARENA_MAX = 256 << 20 };

struct http_call {
    TAILQ_ENTRY(http_call) link;
    struct http *http;
    struct arena *a; /* of all below */
    http_done_fn *done;
    void *arg;
    struct http_request req;
    const char *method, *path, *query, *id;
    enum { ON_ITS_WAY, ANSWERED, TELLING } state;
    int64_t due, slow, give_up; /* steady time */
    struct http_response resp;
    struct err err; /* ERR_NONE: `resp` */
};

TAILQ_HEAD(calls, http_call);

struct http {
    struct calls calls;
    const char *user_agent;
    uv_timer_t handle; /* so that closing takes a turn of the loop */
    void (*closed)(void *arg);
    void *closed_arg;
    bool closing;
};

static struct {
    struct world *world;
    struct net_hooks hooks;
    struct chance chance;
    struct http *http; /* borrowed */
    bool cut;
    struct http_call *serving; /* what the vendors' handlers ask about */
} net;

void net_init(uint64_t seed, struct world *world, const struct net_hooks *hooks)
{
    net.world = world;
    net.hooks = *hooks;
    chance_seed(&net.chance, seed, CHANCE_NET);
}

void net_cut(bool cut)
{
    net.cut = cut;
}

/* ---- what the vendors ask of a request: not libmicrohttpd's, by the linker ---- */

const char *__real_MHD_lookup_connection_value(struct MHD_Connection *conn,
                                               enum MHD_ValueKind kind, const char *key);
const char *__wrap_MHD_lookup_connection_value(struct MHD_Connection *conn,
                                               enum MHD_ValueKind kind, const char *key);

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *decode(struct arena *a, struct str s, bool plus)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        bool coded = s.p[i] == '%' && i + 2 < s.n;
        int hi = coded ? hex(s.p[i + 1]) : -1, lo = coded ? hex(s.p[i + 2]) : -1;

        if (hi >= 0 && lo >= 0) {
            out[n++] = (char)(hi * 16 + lo);
            i += 2;
        } else {
            out[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
        }
    }
    out[n] = '\0';
    return out;
}

static const char *argument(struct http_call *c, const char *name)
{
    struct str rest = str_of(c->query), part;

    while (str_split(&rest, '&', &part)) {
        ptrdiff_t eq = str_chr(part, '=');
        struct str key = eq < 0 ? part : str_first(part, (size_t)eq);

        if (strcmp(decode(c->a, key, true), name) == 0)
            return eq < 0 ? "" : decode(c->a, str_skip(part, (size_t)eq + 1), true);
    }
    return NULL;
}

static const char *header(const struct http_call *c, const char *name)
{
    for (size_t i = 0; i < c->req.n_headers; i++) {
        if (str_eq_nocase(c->req.headers[i].name, str_of(name)))
            return c->req.headers[i].value.p;
    }
    return NULL;
}

const char *__wrap_MHD_lookup_connection_value(struct MHD_Connection *conn,
                                               enum MHD_ValueKind kind, const char *key)
{
    struct http_call *c = net.serving;

    if (c == NULL || (void *)conn != (void *)c)
        return __real_MHD_lookup_connection_value(conn, kind, key);
    return kind == MHD_HEADER_KIND ? header(c, key) : argument(c, key);
}

/* ---- the answer ---- */

static void http_date(struct wall t, char ret[64])
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct date d = date_from_days(t.ms / 86400000);
    int s = (int)(t.ms / 1000 % 86400);

    (void)snprintf(ret, 64, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date_weekday(d)],
                   d.day, months[d.month - 1], d.year, s / 3600, s / 60 % 60, s % 60);
}

static void add_header(struct http_call *c, size_t *cap, const char *name,
                       struct str value)
{
    struct http_header *v = (struct http_header *)(uintptr_t)c->resp.headers;
    struct http_header *h = arena_grow(c->a, &v, &c->resp.n_headers, cap, sizeof(*h));

    assert(h != NULL);
    *h = (struct http_header){arena_str(c->a, str_of(name)), arena_str(c->a, value)};
    c->resp.headers = v;
}

static void take_reply(struct http_call *c, const struct reply *rp)
{
    struct str rest = buf_str(&rp->headers), line;
    char date[64];
    size_t cap = 0;

    c->resp.status = rp->status;
    c->resp.body = arena_str(c->a, reply_bytes(rp));
    c->resp.encoding = rp->encoded ? STR("gzip") : STR("");
    http_date(clockwork_truth(), date);
    add_header(c, &cap, "Date", str_of(date));
    if (rp->type != NULL)
        add_header(c, &cap, "Content-Type", str_of(rp->type));
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_chr(line, ':');

        if (colon > 0)
            add_header(c, &cap, decode(c->a, str_first(line, (size_t)colon), false),
                       str_trim(str_skip(line, (size_t)colon + 1)));
    }
}

/* Path and query of the URL; the host is always the one there is. */
static void aim(struct http_call *c, struct str url)
{
    ptrdiff_t scheme = str_find(url, STR("://"));
    struct str rest = scheme < 0 ? url : str_skip(url, (size_t)scheme + 3);
    ptrdiff_t slash = str_chr(rest, '/');
    struct str target = slash < 0 ? STR("/") : str_skip(rest, (size_t)slash);
    ptrdiff_t mark = str_chr(target, '?');

    c->path = decode(c->a, mark < 0 ? target : str_first(target, (size_t)mark), false);
    c->query = arena_strdup(c->a, mark < 0 ? STR("") : str_skip(target, (size_t)mark + 1));
    c->req.url = arena_str(c->a, target);
}

static void ask_vendors(struct http_call *c, struct reply *rp)
{
    struct request rq = {
        .method = c->method,
        .path = c->path,
        .target = c->req.url,
        .query = str_of(c->query),
        .at = clockwork_truth(),
        .conn = (struct MHD_Connection *)(void *)c,
    };

    buf_init(&rq.body, (size_t)16 << 20);
    buf_add(&rq.body, c->req.body);
    net.serving = c;
    world_answer(net.world, &rq, rp);
    net.serving = NULL;
    buf_finish(&rq.body);
}

static void set_fault(const char *fault)
{
    json_t *list;
    struct err e;

    if (fault == NULL) {
        faults_clear(net.world->faults);
        return;
    }
    list = json_pack("[o]", json_loads(fault, 0, NULL));
    if (list == NULL || !faults_set(net.world->faults, list, &e))
        record_fail("no fault: %s", fault);
    json_decref(list);
}

/* Redirects of a GET are followed as io/http.h promises. */
static void answer(struct http_call *c, struct reply *rp)
{
    bool permanent = true;
    int hops = 0;

    for (;; hops++) {
        struct str to = STR_NONE;

        ask_vendors(c, rp);
        take_reply(c, rp);
        to = http_header_get(&c->resp, "Location");
        if (!c->req.follow || to.n == 0 || hops == MAX_HOPS ||
            (rp->status != 301 && rp->status != 302 && rp->status != 307 &&
             rp->status != 308))
            break;
        permanent &= rp->status == 301 || rp->status == 308;
        aim(c, to);
        c->resp = (struct http_response){0};
        reply_reset(rp);
    }
    c->resp.url = arena_printf(c->a, "http://127.0.0.1:8080%.*s", STR_FMT(c->req.url));
    c->resp.moved = hops > 0 && permanent;
}

static void fail_call(struct http_call *c, bool sent, const char *why)
{
    if (sent)
        err_set(&c->err, ERR_NET, "127.0.0.1:8080: %s", why);
    else
        err_set_retry(&c->err, ERR_NET, "127.0.0.1:8080: %s", why);
}

static bool is_message(const struct http_call *c)
{
    return strncmp(c->path, "/slack", 6) == 0 || strncmp(c->path, "/hook", 5) == 0;
}

static void arrive(struct http_call *c)
{
    struct weather w = {.kind = NET_FINE};
    struct reply rp;

    c->state = ANSWERED;
    net.hooks.weather(c->path, &w);
    c->due = clockwork_mono() + 1 + w.slow + (int64_t)chance_below(&net.chance, 300);
    if (w.kind == NET_REFUSED) {
        fail_call(c, false, "cannot connect: Connection refused");
        record("%s %s: refused", c->method, c->path);
    } else {
        reply_init(&rp);
        set_fault(w.kind == NET_FAULT ? w.fault : NULL);
        answer(c, &rp);
        set_fault(NULL);
        record("%s %s: %d, %zu bytes%s", c->method, c->path, rp.status, c->resp.body.n,
               w.kind == NET_LOST ? ", lost" : "");
        record_bytes(c->query, strlen(c->query));
        if (is_message(c) && rp.status / 100 == 2)
            net.hooks.taken(c->path, c->id, c->req.body);
        if (w.kind == NET_LOST || rp.delivery != REPLY_WHOLE)
            fail_call(c, true, "connection lost");
        reply_finish(&rp);
    }
    if (c->due > c->give_up) {
        c->due = c->give_up;
        fail_call(c, true, "no whole answer within 60000 ms");
    }
}

/* ---- on the loop ---- */

static struct http_call *first(void)
{
    struct http_call *c, *ret = NULL;

    if (net.http == NULL || net.cut)
        return NULL;
    TAILQ_FOREACH(c, &net.http->calls, link)
    {
        if (ret == NULL || c->due < ret->due)
            ret = c;
    }
    return ret;
}

int64_t net_next(void)
{
    const struct http_call *c = first();

    return c != NULL ? c->due : INT64_MAX;
}

static void call_free(struct http_call *c)
{
    arena_destroy(c->a); /* which holds it */
}

bool net_deliver(void)
{
    struct http_call *c = first();
    bool ok;

    if (c == NULL || c->due > clockwork_mono())
        return false;
    if (c->state == ON_ITS_WAY) {
        arrive(c);
        return true;
    }
    TAILQ_REMOVE(&net.http->calls, c, link);
    c->state = TELLING;
    ok = c->err.kind == ERR_NONE;
    if (is_message(c))
        net.hooks.told(c->path, c->id, ok && c->resp.status / 100 == 2);
    c->done(c->arg, ok ? &c->resp : NULL, ok ? NULL : &c->err);
    call_free(c);
    return true;
}

/* ---- io/http.h ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;
    void (*closed)(void *) = h->closed;
    void *arg = h->closed_arg;

    net.http = NULL;
    free(h);
    if (closed != NULL)
        closed(arg);
}

bool http_create(uv_loop_t *loop, const struct http_options *opt, struct http **ret,
                 struct err *e)
{
    struct http *h = calloc(1, sizeof(*h));

    if (h == NULL)
        return err_nomem(e);
    h->user_agent = opt->user_agent;
    TAILQ_INIT(&h->calls);
    uv_timer_init(loop, &h->handle);
    h->handle.data = h;
    net.http = h;
    *ret = h;
    return true;
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
    struct http_call *c;

    h->closing = true;
    h->closed = closed;
    h->closed_arg = arg;
    while ((c = TAILQ_FIRST(&h->calls)) != NULL)
        http_cancel(c);
    uv_close((uv_handle_t *)&h->handle, on_handle_closed);
}

static void copy_request(struct http_call *c, const struct http_request *req)
{
    struct http_header *v = arena_array(c->a, req->n_headers + 1, sizeof(*v));
    size_t n = req->n_headers;

    c->req = *req;
    c->req.body = arena_str(c->a, req->body);
    for (size_t i = 0; i < req->n_headers; i++)
        v[i] = (struct http_header){arena_str(c->a, req->headers[i].name),
                                    arena_str(c->a, req->headers[i].value)};
    v[n] = (struct http_header){STR("User-Agent"), str_of(c->http->user_agent)};
    c->req.headers = v;
    c->req.n_headers = n + 1;
    c->method = req->method.n > 0 ? arena_strdup(c->a, req->method) : "GET";
    aim(c, req->url);
    c->id = header(c, "Webhook-Id");
    c->id = c->id != NULL ? c->id : "";
}

bool http_start(struct http *h, const struct http_request *req, http_done_fn *done,
                void *arg, struct http_call **ret_call, struct err *e)
{
    struct arena *a = arena_create(ARENA_MAX);
    struct http_call *c = a != NULL ? arena_alloc(a, sizeof(*c)) : NULL;
    int64_t now = clockwork_mono();

    if (c == NULL)
        return err_nomem(e);
    memset(c, 0, sizeof(*c));
    c->a = a;
    if (h->closing) {
        call_free(c);
        return err_set(e, ERR_CANCELED, "the HTTP client is closing");
    }
    c->http = h;
    c->done = done;
    c->arg = arg;
    copy_request(c, req);
    c->due = now + 1 + (int64_t)chance_below(&net.chance, 100);
    c->give_up = now + (req->timeout.ms > 0 ? req->timeout.ms : TIMEOUT_MS);
    TAILQ_INSERT_TAIL(&h->calls, c, link);
    if (ret_call != NULL)
        *ret_call = c;
    return true;
}

void http_cancel(struct http_call *call)
{
    if (call == NULL || call->state == TELLING)
        return;
    TAILQ_REMOVE(&call->http->calls, call, link);
    call_free(call);
}

const char *http_curl_warning(void)
{
    return NULL;
}

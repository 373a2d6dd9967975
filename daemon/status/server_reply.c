#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "status/server_inside.h"
#include "status/server_problem.h"

bool response_headers(const struct request *r, struct MHD_Response *m, const char *type)
{
    bool ok;

    ok = MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
         MHD_add_response_header(m, "X-Content-Type-Options", "nosniff") == MHD_YES;
    for (size_t i = 0; ok && i < r->n_headers; i++) {
        ok = MHD_add_response_header(m, r->headers[i].key.p, r->headers[i].value.p) ==
             MHD_YES;
    }
    if (ok && r->server->state != SERVER_OPEN) {
        ok = MHD_add_response_header(m, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    }
    return ok && !r->headers_failed;
}

/* Its reply is NULL, and with it the connection closed, when memory is out. */
static void answer(struct request *r, int status, const char *type,
                   struct MHD_Response *m)
{
    if (m != NULL && !response_headers(r, m, type)) {
        MHD_destroy_response(m);
        m = NULL;
    }
    r->status = status;
    r->reply = m;
    r->answered = true;
}

static void answer_copy(struct request *r, int status, const char *type, struct str body)
{
    /* const only by an oversight of this call: MUST_COPY reads it once. */
    answer(r, status, type,
           MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p,
                                           MHD_RESPMEM_MUST_COPY));
}

static void answer_buf(struct request *r, int status, const char *type, struct buf *body)
{
    struct MHD_Response *m = NULL;
    size_t n;
    char *p = buf_take(body, &n);

    if (p != NULL) {
        m = MHD_create_response_from_buffer(n, p, MHD_RESPMEM_MUST_FREE);
    }
    if (m == NULL) {
        free(p);
    }
    answer(r, status, type, m);
}

void answer_problem(struct request *r, int status, const char *title, const char *detail)
{
    struct buf b;

    buf_init(&b, 4096);
    server_problem_body(&b, status, title, detail);
    answer_buf(r, status, SERVER_PROBLEM_TYPE, &b);
    buf_finish(&b);
}

void answer_too_long(struct request *r)
{
    char detail[64];

    (void)snprintf(detail, sizeof detail, "a body has at most %zu bytes",
                   r->server->max_body);
    answer_problem(r, 413, "Content Too Large", detail);
}

void answer_err(struct request *r, const struct err *e)
{
    if (e->kind == ERR_USAGE) {
        answer_problem(r, 400, "Bad Request", e->msg);
    } else {
        answer_problem(r, 500, "Internal Server Error", e->msg);
    }
}

void answer_closing(struct request *r)
{
    answer_problem(r, 503, "Service Unavailable", "the daemon is stopping");
}

void server_header(struct server_request *req, const char *name, const char *value)
{
    struct request *r = req->server_data;
    struct str_pair *h =
        arena_grow(req->a, &r->headers, &r->n_headers, &r->headers_cap, sizeof *h);

    if (h == NULL) {
        r->headers_failed = true;
        return;
    }
    h->key = arena_str(req->a, str_of(name));
    h->value = arena_str(req->a, str_of(value));
    r->headers_failed = r->headers_failed || arena_failed(req->a);
}

void server_reply(struct server_request *req, int status, const char *content_type,
                  struct str body)
{
    struct request *r = req->server_data;

    assert(!r->answered);
    answer_copy(r, status, content_type, body);
    request_wake(r);
}

void server_reply_buf(struct server_request *req, int status, const char *content_type,
                      struct buf *body)
{
    struct request *r = req->server_data;

    assert(!r->answered);
    answer_buf(r, status, content_type, body);
    request_wake(r);
}

#include "tests/support/vendors/reply.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_CEILING ((size_t)64 << 10)
#define BODY_CEILING ((size_t)1 << 30)

const char *request_header(const struct request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->conn, MHD_HEADER_KIND, name);
}

const char *request_arg(const struct request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->conn, MHD_GET_ARGUMENT_KIND, name);
}

int64_t request_int(const struct request *rq, const char *name, int64_t dflt)
{
    const char *text = request_arg(rq, name);
    int64_t n;

    return text && str_to_i64(str_of(text), &n) ? n : dflt;
}

struct blob *blob_create(struct str bytes)
{
    struct blob *b = malloc(sizeof *b + bytes.n);

    if (b) {
        b->refs = 1;
        b->n = bytes.n;
        if (bytes.n) {
            memcpy(b->p, bytes.p, bytes.n);
        }
    }
    return b;
}

struct blob *blob_ref(struct blob *b)
{
    b->refs++;
    return b;
}

void blob_unref(struct blob *b)
{
    if (b && --b->refs == 0) {
        free(b);
    }
}

void reply_init(struct reply *rp)
{
    *rp = (struct reply){.class_ = "other", .status = 200};
    buf_init(&rp->headers, HEADERS_CEILING);
    buf_init(&rp->body, BODY_CEILING);
}

void reply_finish(struct reply *rp)
{
    buf_finish(&rp->headers);
    buf_finish(&rp->body);
    blob_unref(rp->shared);
    rp->shared = NULL;
}

void reply_reset(struct reply *rp)
{
    const char *class_ = rp->class_;

    reply_finish(rp);
    reply_init(rp);
    rp->class_ = class_;
}

struct str reply_bytes(const struct reply *rp)
{
    return rp->shared ? (struct str){rp->shared->p, rp->shared->n} : buf_str(&rp->body);
}

void reply_header(struct reply *rp, const char *name, const char *fmt, ...)
{
    va_list ap;

    buf_printf(&rp->headers, "%s: ", name);
    va_start(ap, fmt);
    buf_vprintf(&rp->headers, fmt, ap);
    va_end(ap);
    buf_addc(&rp->headers, '\n');
}

static int append(const char *p, size_t n, void *body)
{
    buf_add(body, (struct str){p, n});
    return buf_ok(body) ? 0 : -1;
}

void reply_json(struct reply *rp, int status, json_t *steal)
{
    rp->status = status;
    rp->type = "application/json; charset=utf-8";
    buf_clear(&rp->body);
    if (!steal || json_dump_callback(steal, append, &rp->body,
                                     JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        reply_text(rp, 500, "text/plain", "out of memory");
    }
    json_decref(steal);
}

void reply_text(struct reply *rp, int status, const char *type, const char *text)
{
    rp->status = status;
    rp->type = type;
    buf_clear(&rp->body);
    buf_addz(&rp->body, text);
}

const char *json_text(const json_t *object, const char *key, const char *dflt)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : dflt;
}

int64_t json_number(const json_t *object, const char *key, int64_t dflt)
{
    const json_t *v = json_object_get(object, key);

    return json_is_integer(v) ? (int64_t)json_integer_value(v) : dflt;
}

bool json_flag(const json_t *object, const char *key, bool dflt)
{
    const json_t *v = json_object_get(object, key);

    return json_is_boolean(v) ? json_boolean_value(v) : dflt;
}

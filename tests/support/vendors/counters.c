#include "tests/support/vendors/counters.h"

#include <stdlib.h>
#include <string.h>

#define CLASSES 48
#define STATUSES 24
#define RECENT 512

struct class_count {
    const char *name; /* a literal */
    uint64_t requests, bytes, conditional, not_modified, gzip;
    struct {
        int status;
        uint64_t n;
    } by_status[STATUSES];
};

struct counters {
    struct class_count classes[CLASSES];
    size_t n_classes;
    uint64_t requests, bytes;
    int64_t open, most_open; /* exchanges under way */
    json_t *recent;          /* owned */
};

struct counters *counters_create(void)
{
    struct counters *c = calloc(1, sizeof *c);

    if (c) {
        c->recent = json_array();
        if (!c->recent) {
            free(c);
            return NULL;
        }
    }
    return c;
}

void counters_destroy(struct counters *c)
{
    if (c) {
        json_decref(c->recent);
        free(c);
    }
}

void counters_reset(struct counters *c)
{
    int64_t open = c->open;
    json_t *recent = c->recent;

    (void)json_array_clear(recent);
    memset(c, 0, sizeof *c);
    c->recent = recent;
    c->open = c->most_open = open;
}

static struct class_count *class_of(struct counters *c, const char *name)
{
    for (size_t i = 0; i < c->n_classes; i++) {
        if (strcmp(c->classes[i].name, name) == 0) {
            return &c->classes[i];
        }
    }
    if (c->n_classes == CLASSES) {
        return &c->classes[CLASSES - 1];
    }
    c->classes[c->n_classes].name = name;
    return &c->classes[c->n_classes++];
}

static void count_status(struct class_count *k, int status)
{
    for (size_t i = 0; i < STATUSES; i++) {
        if (k->by_status[i].status == status || !k->by_status[i].n) {
            k->by_status[i].status = status;
            k->by_status[i].n++;
            return;
        }
    }
}

static void remember(struct counters *c, const struct request *rq,
                     const struct reply *rp)
{
    static const char *const names[] = {
        "User-Agent",    "Accept",        "Accept-Encoding",     "Content-Type",
        "If-None-Match", "Authorization", "X-GitHub-Api-Version"};
    json_t *headers = json_object();

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = request_header(rq, names[i]);

        if (value) {
            (void)json_object_set_new(headers, names[i], json_string(value));
        }
    }
    if (json_array_size(c->recent) == RECENT) {
        (void)json_array_remove(c->recent, 0);
    }
    (void)json_array_append_new(
        c->recent, json_pack("{s:s, s:s%, s:i, s:s, s:o}", "method", rq->method,
                             "target", rq->target.p, rq->target.n, "status",
                             rp->delivery == REPLY_WHOLE ? rp->status : 0, "class",
                             rp->class_, "headers", headers));
}

void counters_answered(struct counters *c, const struct request *rq,
                       const struct reply *rp)
{
    struct class_count *k = class_of(c, rp->class_);
    uint64_t bytes = reply_bytes(rp).n;

    k->requests++;
    c->requests++;
    k->bytes += bytes;
    c->bytes += bytes;
    k->gzip += rp->encoded;
    k->conditional += request_header(rq, "If-None-Match") != NULL;
    k->not_modified += rp->status == 304;
    count_status(
        k, rp->delivery == REPLY_CLOSE || rp->delivery == REPLY_NEVER ? 0 : rp->status);
    c->open++;
    c->most_open = c->open > c->most_open ? c->open : c->most_open;
    if (strcmp(rp->class_, "control") != 0) {
        remember(c, rq, rp);
    }
}

void counters_over(struct counters *c)
{
    c->open--;
}

static json_t *show_class(const struct class_count *k)
{
    json_t *by_status = json_object();

    for (size_t i = 0; i < STATUSES && k->by_status[i].n; i++) {
        char text[16];
        struct buf b;

        buf_init_fixed(&b, text, sizeof text);
        buf_printf(&b, "%d", k->by_status[i].status);
        (void)json_object_set_new(by_status, text,
                                  json_integer((json_int_t)k->by_status[i].n));
    }
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:o}", "requests", (json_int_t)k->requests, "bytes",
        (json_int_t)k->bytes, "conditional", (json_int_t)k->conditional, "not_modified",
        (json_int_t)k->not_modified, "gzip", (json_int_t)k->gzip, "status", by_status);
}

json_t *counters_show(const struct counters *c)
{
    json_t *classes = json_object();

    for (size_t i = 0; i < c->n_classes; i++) {
        (void)json_object_set_new(classes, c->classes[i].name,
                                  show_class(&c->classes[i]));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:o}", "requests", (json_int_t)c->requests,
                     "bytes", (json_int_t)c->bytes, "open", (json_int_t)c->open,
                     "most_open", (json_int_t)c->most_open, "classes", classes);
}

json_t *counters_requests(const struct counters *c)
{
    return json_deep_copy(c->recent);
}

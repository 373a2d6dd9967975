/*
 * A request as the vendors see it and the answer they give. Handlers fill the
 * answer, faults change it, the server sends it. One thread; the server owns
 * both structs.
 */
#ifndef VENDORS_REPLY_H
#define VENDORS_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

struct MHD_Connection;

struct request {
    const char *method;
    const char *path;  /* decoded, without the query */
    struct str target; /* as sent */
    struct str query;  /* as sent, without the '?'; may be empty */
    struct buf body;
    bool gzip; /* the client takes it and it is switched on */
    struct wall at;
    struct MHD_Connection *conn;
};

/* NULL when absent. The first of that name; arguments are decoded. */
const char *request_header(const struct request *rq, const char *name);
const char *request_arg(const struct request *rq, const char *name);
/* The argument as a whole number, or `dflt` where it is none. */
int64_t request_int(const struct request *rq, const char *name, int64_t dflt);

/* Bytes that several answers share, such as a page made before. */
struct blob {
    unsigned refs;
    size_t n;
    char p[];
};

struct blob *blob_create(struct str bytes); /* one reference; NULL: out of memory */
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b); /* NULL is fine */

enum reply_delivery {
    REPLY_WHOLE,
    REPLY_CUT,   /* the connection closes after `bytes` of the body */
    REPLY_DRIP,  /* `bytes` at a time, one portion every `every` */
    REPLY_CLOSE, /* the connection closes without an answer */
    REPLY_NEVER, /* nothing comes until the server stops */
};

struct reply {
    const char *class_; /* what the counters call it, such as "github.list" */
    int status;
    const char *type;    /* Content-Type; NULL: none */
    struct buf headers;  /* lines "Name: value\n" */
    struct buf body;     /* owned */
    struct blob *shared; /* owned reference; goes before body */
    bool encoded;        /* the bytes are gzip already */
    bool identity;       /* never compressed by the server */
    struct dur delay;
    enum reply_delivery delivery;
    size_t bytes;
    struct dur every;
    uint64_t announce; /* a Content-Length that is not true; 0: the true one */
};

void reply_init(struct reply *rp);
void reply_finish(struct reply *rp); /* idempotent */
struct str reply_bytes(const struct reply *rp);
/* Forgets body and headers, keeps the class. */
void reply_reset(struct reply *rp);

void reply_header(struct reply *rp, const char *name, const char *fmt, ...)
    PRINTF(3, 4);
void reply_json(struct reply *rp, int status, json_t *steal);
void reply_text(struct reply *rp, int status, const char *type, const char *text);

/* jansson objects that may be NULL, as readers of a company file need them. */
const char *json_text(const json_t *object, const char *key, const char *dflt);
int64_t json_number(const json_t *object, const char *key, int64_t dflt);
bool json_flag(const json_t *object, const char *key, bool dflt);

#endif

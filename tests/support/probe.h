/*
 * Asks an HTTP server, over TCP or a Unix socket, and returns what it answered:
 * for tests that look at a running program from outside. Blocking, by libcurl;
 * redirects are not followed, bodies arrive as sent (nothing is inflated).
 * One thread per call; the caller owns the reply.
 */
#ifndef TESTS_SUPPORT_PROBE_H
#define TESTS_SUPPORT_PROBE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

struct probe_request {
    const char *method;         /* NULL: GET, or POST where there is a body */
    const char *url;            /* with unix_socket: http://localhost/PATH */
    const char *unix_socket;    /* NULL: TCP */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    struct str body;            /* p NULL: none */
    struct dur timeout;         /* 0: 30 s */
};

struct probe_reply {
    int status;
    struct buf headers; /* the lines of the last reply, as received */
    struct buf body;
};

/* Any status is success; false only where there was no complete reply. */
bool probe(const struct probe_request *req, struct probe_reply *ret,
           struct err *e) MUST_USE;
bool probe_get(const char *url, struct probe_reply *ret, struct err *e) MUST_USE;
bool probe_post_json(const char *url, const char *json, struct probe_reply *ret,
                     struct err *e) MUST_USE;
/* The first header of that name, trimmed; empty when absent. */
struct str probe_header(const struct probe_reply *r, const char *name);
void probe_finish(struct probe_reply *r); /* idempotent; also after a failure */

#endif

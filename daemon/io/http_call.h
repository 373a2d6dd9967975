/*
 * One exchange: a libcurl easy handle with every option of ours, the answer
 * as it is collected under its caps, the redirects, and the verdict. Knows no
 * loop. Loop thread. Owns copies of all it needs; what may be secret is wiped.
 */
#ifndef IO_HTTP_CALL_H
#define IO_HTTP_CALL_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "io/http.h"
#include "io/http_url.h"

/* Redirects followed for one request. */
#define HTTP_MAX_HOPS 5
/* All header lines of one hop: status lines, 1xx, trailers included. */
#define HTTP_MAX_HEADER_BYTES ((size_t)64 << 10)
#define HTTP_MAX_HEADER_LINES 512

#define HTTP_CONNECT_TIMEOUT_MS 10000
#define HTTP_LOW_SPEED_S 30 /* without a byte */

enum http_call_state { HTTP_CALL_ACTIVE, HTTP_CALL_FINISHED, HTTP_CALL_REPORTING };

/* Where in an answer the next header line belongs. */
enum http_part { HTTP_PART_STATUS, HTTP_PART_HEADERS, HTTP_PART_REST };

/* Why one of our callbacks stopped libcurl. */
enum http_stop {
    HTTP_STOP_NONE,
    HTTP_STOP_BODY,
    HTTP_STOP_HEADERS,
    HTTP_STOP_NOMEM,
    HTTP_STOP_PEER,   /* plain http to a peer that is not the loopback */
    HTTP_STOP_LINK_LOCAL,
    HTTP_STOP_RESEND, /* libcurl would have sent a POST again */
};

struct http_call {
    /* for http.c */
    struct http *http; /* borrowed: outlives the call */
    enum http_call_state state;
    TAILQ_ENTRY(http_call) link;
    http_done_fn *done;
    void *arg;

    /* the request */
    CURL *easy;                 /* owned; CURLINFO_PRIVATE is this struct */
    struct curl_slist *headers; /* owned, wiped; of a letter: whom it goes to */
    struct curl_slist *resolve; /* owned */
    struct buf sent_body;       /* wiped */
    struct http_url url;        /* of the present hop */
    const struct clock *clock;  /* borrowed */
    struct mono started;
    struct dur timeout;
    size_t max_body;
    bool is_get, is_head, is_unsafe; /* unsafe: never sent twice */
    bool follow, no_link_local;

    /* a letter: http_mail.h */
    bool is_mail;
    char *mail_from; /* owned */
    size_t mail_sent;
    atomic_bool mail_unwanted; /* read by the thread that sends */
    CURLcode mail_code;
    uv_work_t mail_work;

    /* the answer of the present hop */
    enum http_part part;
    enum http_stop stop;
    int status;
    size_t header_bytes, header_lines;
    uint64_t announced; /* Content-Length */
    struct buf body;
    unsigned sendings; /* of the present hop */
    bool maybe_sent;   /* of any hop */
    unsigned hops;
    bool only_permanent;
    char why[CURL_ERROR_SIZE];

    /* the verdict: http_verdict.h */
    struct arena *arena; /* owned */
    struct http_response resp;
    struct err err; /* ERR_NONE: `resp` holds */
};

/* By libcurl's version number: the HTTP it gets right, and http_curl_warning. */
long http_call_version(unsigned version);
const char *http_call_warning(unsigned version);

struct http_call *http_call_create(const struct http_options *opt,
                                   const struct http_request *req, struct err *e);
void http_call_destroy(struct http_call *call); /* its handle is in no multi */

/* Points the handle at the present hop, with what is left of the time. */
bool http_call_aim(struct http_call *call, struct err *e) MUST_USE;

#endif

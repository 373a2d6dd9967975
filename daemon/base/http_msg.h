/*
 * An HTTP request and its answer as plain values: what a connector asks for
 * and judges, what io moves, with no network in it. All views are borrowed
 * from the arena of whoever built the value.
 */
#ifndef BASE_HTTP_MSG_H
#define BASE_HTTP_MSG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/str.h"

struct http_header {
    struct str name, value; /* neither holds CR, LF or NUL: io refuses them */
};

/* Defaults of architecture.md, "libcurl on libuv". */
#define HTTP_MAX_BODY ((size_t)16 << 20)     /* bytes on the wire */
#define HTTP_MAX_INFLATED ((size_t)64 << 20) /* after Content-Encoding */

/* Whom a letter is from and to. Addresses without < and >; io refuses what is none. */
struct http_envelope {
    struct str from;
    const struct str *to;
    size_t n_to;
    struct str user, password; /* user empty: nobody logs in */
};

struct http_request {
    /*
     * Not NULL: `body` is a letter as RFC 5322 has it, for a mail server at `url`
     * (smtps:, or smtp: with STARTTLS, without it on the loopback only). Of the rest
     * only `timeout` counts; the answer has a status, which is the server's reply code.
     */
    const struct http_envelope *envelope;
    struct str method; /* GET, POST, HEAD, DELETE */
    struct str url;    /* https, or http to loopback only */
    struct str body;
    const struct http_header *headers;
    size_t n_headers;
    size_t max_body;    /* bytes of the answer on the wire; 0: HTTP_MAX_BODY */
    struct dur timeout; /* whole exchange; 0: 60 s */
    /*
     * Redirects (301, 302, 307, 308 of a GET) are followed by io, at most
     * five, within the same scheme, host and port only; the last URL and
     * whether a permanent one was met are told in the answer. Never for POST.
     */
    bool follow;
    /* Not to a link-local address (169.254.0.0/16, fe80::/10), whatever the host's name
       resolves to: what answers there tells a machine's own secrets. */
    bool no_link_local;
    bool gzip; /* send Accept-Encoding: gzip; the body stays as it came */
};

struct http_response {
    int status;
    struct str body; /* as sent: still compressed when `encoding` is not empty */
    struct str encoding; /* lower case Content-Encoding: "", "gzip", "deflate", ... */
    const struct http_header *headers; /* of the last answer, in order */
    size_t n_headers;
    struct str url;      /* where the answer came from, after redirects */
    bool moved;          /* every redirect on the way was permanent (301, 308) */
    struct dur took;
};

/* First header of that name (ASCII case ignored), or the empty view. */
struct str http_header_get(const struct http_response *r, const char *name);

#endif

/*
 * Where a request may go: https anywhere, http to the loopback only, no user
 * name, no zone. libcurl's own URL parser decides, so that what is judged here
 * is what is connected to. Pure; any thread. A refusal is ERR_USAGE for a URL
 * of ours, ERR_REMOTE for a redirect; no message holds a path or a query.
 */
#ifndef IO_HTTP_URL_H
#define IO_HTTP_URL_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct http_url {
    char *url;                  /* owned, as libcurl normalizes it */
    char *scheme, *host, *port; /* owned; the port is always present */
    char *label;                /* owned; host, with the port where not the default */
    bool plain;                 /* without TLS: to the loopback */
};

bool http_url_init(struct http_url *u, struct str text, struct err *e) MUST_USE;
/* Of a mail server: smtps or smtp; `plain` is smtp to the loopback. */
bool http_url_init_mail(struct http_url *u, struct str text, struct err *e) MUST_USE;
void http_url_finish(struct http_url *u); /* a zeroed one is fine */

/*
 * Resolves the Location of an answer from `from` (RFC 9110 10.2.2). Another
 * scheme, host or port is refused: credentials never leave their origin.
 */
bool http_url_redirect(const struct http_url *from, struct str location,
                       struct http_url *ret, struct err *e) MUST_USE;

/* A numeric address, or "localhost". */
bool http_host_is_loopback(const char *host);

#endif

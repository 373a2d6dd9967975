/*
 * HTTP client on the loop: libcurl's multi interface driven by libuv. All
 * calls and callbacks on the loop thread. Understands no payload.
 *
 * Closed traps are listed in the design page "libcurl on libuv": reaping after
 * every action, poll handles freed in their close callback only, the multi
 * rebuilt after an error, byte caps in the write callback, TLS verified,
 * redirects followed by hand within one origin, HTTP/1.1 before libcurl 8.1,
 * plain http to loopback only (checked on the connected peer, too).
 *
 * Queueing is the caller's: every started call is on the wire at once.
 *
 * A body with neither Content-Length nor chunks ends with its connection, and
 * libcurl 7.88 does not tell whether TLS ended properly: whoever parses it must
 * require a complete document.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <uv.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"

struct http;
struct http_call;

/*
 * Runs once for each started call, never from inside http_start, unless
 * cancelled. Exactly one of `resp` and `err` is set; both are borrowed for the
 * call. err->kind is ERR_NET, ERR_LIMIT, ERR_REMOTE (bad redirect, not HTTP) or
 * ERR_NOMEM; err->retry is ERR_TRY_AGAIN only when the request cannot have
 * reached the server. A POST whose kept connection dies unanswered is not sent
 * again, as libcurl would. Messages hold the host and the reason; never a
 * path, a query or a header.
 */
typedef void http_done_fn(void *arg, const struct http_response *resp,
                          const struct err *err);

struct http_options {
    const struct clock *clock;
    const char *user_agent; /* borrowed */
    const char *ca_file;    /* NULL: the system's; for tests of TLS */
    const char *resolve;    /* "HOST:PORT:ADDRESS" by CURLOPT_RESOLVE; NULL; for tests */
};

/* Calls curl_global_init once, and ignores SIGPIPE: OpenSSL's writes raise it. */
bool http_create(uv_loop_t *loop, const struct http_options *opt, struct http **ret,
                 struct err *e) MUST_USE;
/*
 * Cancels all calls and closes every handle; `closed` runs on the loop when
 * nothing of it is left, and frees it.
 */
void http_close(struct http *h, void (*closed)(void *arg), void *arg);

/*
 * Copies what it needs from `req`. False: refused before anything was sent
 * (ERR_USAGE: URL, method or a header; headers of framing and Accept-Encoding
 * are not the caller's).
 */
bool http_start(struct http *h, const struct http_request *req, http_done_fn *done,
                void *arg, struct http_call **ret_call, struct err *e) MUST_USE;
/* `done` will not run; a letter may still arrive. NULL is fine, and so is the call whose `done` is running. */
void http_cancel(struct http_call *call);

/* A line for the log when the running libcurl has a known bug; NULL otherwise. */
const char *http_curl_warning(void);

#endif

/*
 * What a finished transfer means: an answer, a redirect to follow, an error.
 * Loop thread; fills in `resp` or `err` of the call.
 */
#ifndef IO_HTTP_VERDICT_H
#define IO_HTTP_VERDICT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "io/http_call.h"

/* True: a redirect was accepted and the handle is to be run again. */
bool http_verdict(struct http_call *call, CURLcode code) MUST_USE;
/* Says why there is no answer. False. */
bool http_verdict_failed(struct http_call *call, CURLcode code, struct err *e);
/* The transfer was lost by a fault on our side. */
void http_verdict_lost(struct http_call *call, const struct err *why);

#endif

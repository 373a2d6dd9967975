/*
 * A letter instead of a request: the options of an exchange by SMTP, and what came of it.
 * libcurl waits for a mail server's last words without its multi interface, so a letter is
 * sent by a thread of libuv's pool: the handle is that thread's until it is back. TLS is
 * demanded everywhere but on the loopback; replies are counted, not kept.
 */
#ifndef IO_HTTP_MAIL_H
#define IO_HTTP_MAIL_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/attr.h"
#include "io/http_call.h"

/* ERR_USAGE: an address that would be more than one, or none. */
bool http_mail_take(struct http_call *c, const struct http_request *req,
                    struct err *e) MUST_USE;
CURLcode http_mail_options(struct http_call *c, const struct http_request *req);
/* Fills in `resp`, whose status is the server's reply code, or `err`. */
void http_mail_verdict(struct http_call *c, CURLcode code);

#endif

/*
 * An answer that goes on: bytes are sent as they are written, until somebody ends it.
 * Loop thread.
 *
 * A client that does not read is not waited for: what is written beyond
 * STREAM_WAITING bytes is refused. One that has gone away is noticed with the next
 * write, so write now and then.
 */
#ifndef STATUS_SERVER_STREAM_H
#define STATUS_SERVER_STREAM_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "status/server.h"

enum { STREAM_WAITING = 256 << 10 };

struct server_stream;

/*
 * Answers the request with 200 and a body without an end. `gone` is called once, when
 * the client has gone away or the server closes, and never after server_stream_end; the
 * stream is not to be used from then on. ERR_LIMIT: there are as many as there may be
 * (the request is still to be answered).
 */
bool server_stream_open(struct server_request *req, const char *content_type,
                        void (*gone)(void *arg), void *arg, struct server_stream **ret,
                        struct err *e) MUST_USE;
/* False: too much waits already, nothing was taken. */
bool server_stream_write(struct server_stream *st, struct str bytes) MUST_USE;
/* What was written is still sent. */
void server_stream_end(struct server_stream *st);

#endif

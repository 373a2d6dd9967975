/*
 * Asks the daemon over its Unix socket (HTTP/1.1, libcurl). Blocking; one
 * thread. Why it could not be asked comes as the exit code that says it:
 * CTL_UNREACHABLE with how to start it, CTL_NO_PERMISSION with the group to be
 * in, CTL_REFUSED with the daemon's own words.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Exit codes of alignctl; alignctl(1) explains them. */
enum {
    CTL_OK = 0,
    CTL_DRIFT = 1,
    CTL_USAGE = 2,
    CTL_REFUSED = 3,
    CTL_UNREACHABLE = 69, /* EX_UNAVAILABLE */
    CTL_SOFTWARE = 70, /* EX_SOFTWARE: out of memory, an answer that makes no sense */
    CTL_IO = 74,       /* EX_IOERR: the output cannot be written */
    CTL_NO_PERMISSION = 77, /* EX_NOPERM */
    CTL_INVALID = 78,       /* EX_CONFIG */
};

struct client_reply {
    int status;
    struct buf body;
    json_t *json; /* owned; NULL when the body is none */
};
void client_reply_finish(struct client_reply *r); /* idempotent, fine when zeroed */

/*
 * `path` with its query, encoded (client_path). Returns CTL_OK for any 2xx
 * answer, and for `also` (0: none); `ret` is then filled, empty otherwise.
 */
int client_ask(const char *socket, const char *method, const char *path,
               struct str body, int also, struct client_reply *ret, struct err *e);

/*
 * An answer that goes on: each line of it, without its end, until `line` says false or
 * the daemon ends it. CTL_OK then.
 */
int client_follow(const char *socket, const char *path,
                  bool (*line)(void *arg, struct str line), void *arg, struct err *e);

/* Appends text percent-encoded for a path segment or a query value (RFC 3986). */
void client_encode(struct buf *out, struct str text);

#endif

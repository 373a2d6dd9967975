/*
 * A refusal by the transport itself as application/problem+json (RFC 9457):
 * its body, and the whole of it for a connection that libmicrohttpd does not
 * have, or from which it has nothing to answer yet. Any thread.
 */
#ifndef STATUS_SERVER_PROBLEM_H
#define STATUS_SERVER_PROBLEM_H

#include "base/buf.h"

#define SERVER_PROBLEM_TYPE "application/problem+json"

struct server_problem {
    int status;
    const char *title, *detail; /* borrowed: string constants */
};

void server_problem_body(struct buf *out, int status, const char *title,
                         const char *detail);
/* As far as it goes without waiting; what the client sent and nobody has read is
   dropped first, so that closing does not take the answer from it. */
void server_problem_send(int fd, const struct server_problem *p);

#endif

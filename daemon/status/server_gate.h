/*
 * The gate before libmicrohttpd: accepts connections on a listening socket and
 * passes on those whose first request's head is whole and sound (server_head.h).
 * A head is looked at, not taken (MSG_PEEK), so that it is still there for whoever
 * gets the connection. Loop thread.
 *
 * So a client that is slow, silent or talks nonsense holds a descriptor here, and
 * none of the few connections where requests are worked on. Answered here with
 * problem+json: 400, 413, 431, 501, 505 by the head; 408 when it is not whole in
 * time; 503 when too many wait for room, told when the head is whole, since a client
 * that still sends might not look. Who has sent nothing is told nothing. When too
 * many send, the one that began first makes way.
 *
 * A limit of peeking: the kernel keeps each write(2) of the sender apart and some
 * 270 of them at most, so a head in more pieces than that ends with 408.
 */
#ifndef STATUS_SERVER_GATE_H
#define STATUS_SERVER_GATE_H

#include <stdbool.h>
#include <uv.h>

#include "base/attr.h"
#include "base/err.h"

struct server_gate;

struct server_gate_options {
    int listen_fd; /* borrowed until server_gate_close; non-blocking */
    unsigned max;  /* of those that still send a head, and of those passed on next */
    uint64_t receive_ms; /* for a head, from the connection on */
    /* Takes the descriptor. False: no room now; server_gate_retry asks again. */
    bool (*pass)(void *arg, int fd);
    void *arg;
};

bool server_gate_open(uv_loop_t *loop, const struct server_gate_options *opt,
                      struct server_gate **ret, struct err *e) MUST_USE;
/* Passes on those for whom there was no room, in order. */
void server_gate_retry(struct server_gate *g);
bool server_gate_has_ready(const struct server_gate *g); /* such ones */
/* Accepts no more; whole requests get 503, others are dropped. Idempotent. */
void server_gate_shut(struct server_gate *g);
/* Shuts it; `closed` on the loop, after which it is gone. The listening socket may be
   closed at once. */
void server_gate_close(struct server_gate *g, void (*closed)(void *arg), void *arg);

#endif

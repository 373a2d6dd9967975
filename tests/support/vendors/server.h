/*
 * The HTTP side: one thread, one epoll loop around libmicrohttpd, so that
 * state needs no locks and a slow or hanging answer holds up nobody else.
 * Delayed and dripping answers are suspended connections with a timer.
 *
 * libmicrohttpd on an outer loop: MHD_get_timeout and MHD_run in its manual;
 * a content reader that has nothing suspends its connection (microhttpd.h).
 */
#ifndef VENDORS_SERVER_H
#define VENDORS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "tests/support/vendors/reply.h"

struct server;

struct server_handler {
    /* Fills the answer of a request that has come in whole. */
    void (*answer)(void *arg, struct request *rq, struct reply *rp);
    /* After an answer was handed over, with what was counted on the wire. */
    void (*answered)(void *arg, const struct request *rq, const struct reply *rp);
    /* An exchange is over, by either side. */
    void (*over)(void *arg, const struct reply *rp);
    void *arg;
};

/* Listens on 127.0.0.1; port 0 takes any free one. */
struct server *server_create(uint16_t port, const struct server_handler *handler,
                             struct err *e) MUST_USE;
uint16_t server_port(const struct server *s);
/* Serves until `stop_fd` is readable; then ends every exchange. */
bool server_run(struct server *s, int stop_fd, struct err *e) MUST_USE;
void server_destroy(struct server *s); /* NULL is fine */

#endif

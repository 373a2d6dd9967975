/* What server.c, server_reply.c and server_stream.c share. */
#ifndef STATUS_SERVER_INSIDE_H
#define STATUS_SERVER_INSIDE_H

#include <microhttpd.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "status/server_client.h"
#include "status/server_gate.h"
#include "status/server_socket.h"
#include "status/server_stream.h"

struct server {
    uv_loop_t *loop; /* borrowed */
    server_handler_fn *handler;
    void *arg;
    struct server_socket socket;
    struct server_gate *gate; /* owned */
    struct MHD_Daemon *mhd;   /* owned: has no listening socket */
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned handles; /* not yet closed; the gate counts as one */
    unsigned max_connections;
    size_t max_body;
    struct clients clients;
    unsigned n_clients; /* those without a struct, too: memory was out */
    unsigned n_streams;
    LIST_HEAD(, request) requests;
    struct arena *spare; /* owned; of an earlier request, for the next; may be NULL */
    enum { SERVER_OPEN, SERVER_CLOSING, SERVER_QUIESCED, SERVER_STOPPED } state;
    uint64_t deadline; /* of SERVER_QUIESCED, in uv_now's time */
    void (*closed)(void *arg);
    void *closed_arg;
};

/* In its own arena. */
struct request {
    struct server_request pub; /* first: the handler's view of this */
    struct server *server;
    struct MHD_Connection *conn; /* borrowed: until the request is completed */
    struct buf body;
    size_t query_cap;
    struct str_pair *headers; /* of the reply; NUL-terminated, in the arena */
    size_t n_headers, headers_cap;
    bool headers_failed;
    size_t swallowed; /* of a body that nobody wants any more */
    bool whole;       /* nothing of it is still to be read */
    bool handed, suspended, answered;
    int status;
    struct MHD_Response *reply; /* owned; NULL when answered: out of memory */
    struct server_stream *stream; /* owned by the reply; NULL: it has an end */
    LIST_ENTRY(request) link;
};

/* ---- server.c ---- */

/* NULL: memory was out when it came. */
struct client *request_client(const struct request *r);
/* It waits no more: MHD has it again. */
void request_wake(struct request *r);

/* ---- server_reply.c ---- */

/* The headers of every reply; false: memory is out. */
bool response_headers(const struct request *r, struct MHD_Response *m, const char *type);
/* What is answered instead of a handler: sent when MHD asks for it. */
void answer_problem(struct request *r, int status, const char *title, const char *detail);
void answer_too_long(struct request *r);
void answer_err(struct request *r, const struct err *e);
void answer_closing(struct request *r);

/* ---- server_stream.c ---- */

/* The server is closing: nothing more is written. */
void stream_shut(struct server_stream *st);

#endif

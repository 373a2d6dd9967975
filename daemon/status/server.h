/*
 * HTTP/1.1 server on a Unix stream socket: libmicrohttpd driven by libuv
 * through its epoll descriptor, no threads of its own. Moves requests and
 * replies, understands none (api.h does). All calls and callbacks on the loop.
 *
 * A request may be answered later: its connection is suspended until then. A
 * client that goes away while suspended is noticed when the answer comes.
 *
 * Nobody holds it up. libmicrohttpd gets a connection when the head of its first
 * request is whole (server_gate.h); each request has `receive_s` to arrive and a
 * minute to be taken away when it is answered; and where all connections are in use
 * and one more is wanted, the one that has kept us waiting for longest is closed.
 *
 * What the transport refuses (400, 408, 413, 431, 501, 503, 505) is answered as
 * problem+json. Two things are libmicrohttpd's own to judge, which in 0.9.75 has no
 * way to be told otherwise and answers with a line of HTML: the chunks of a body,
 * and the head of a request that is not its connection's first.
 */
#ifndef STATUS_SERVER_H
#define STATUS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "base/str.h"

struct server;
struct server_request;

struct server_peer {
    bool known; /* SO_PEERCRED told */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    const gid_t *groups; /* supplementary, SO_PEERGROUPS; may be empty */
    size_t n_groups;
};

/* Valid until the request is answered. Owned by the server. */
struct server_request {
    struct arena *a; /* the request's own, capped; the handler may use it, too */
    struct str method, path; /* path percent-decoded; %2F stays a segment's own byte */
    struct str raw_path;     /* as sent, without the query: split it, then decode */
    struct str_pair_list query; /* decoded, in order */
    struct str body;
    struct server_peer peer;
    void *server_data; /* the server's own */
};

/* Runs once for each whole request; answers it now or later, exactly once. */
typedef void server_handler_fn(void *arg, struct server_request *req);

struct server_options {
    int listen_fd;    /* >= 0: inherited, never unlinked; -1: bind `path` */
    const char *path; /* borrowed for the call */
    const char *group; /* of the socket file; NULL: leave it; unknown: ignored */
    unsigned max_connections; /* that are served at a time; 0: 64 */
    unsigned max_waiting;     /* for their turn; as many still sending a head; 0: 256 */
    size_t max_body;          /* 0: 1 MiB */
    unsigned receive_s;       /* for a whole request; 0: 10 */
    unsigned idle_s;          /* without a byte either way; 0: 30 */
};

/*
 * Binding: `path`.lock is taken by flock (ERR_CONFLICT: another instance
 * serves there), then a stale socket file is replaced; mode 0660.
 */
bool server_create(uv_loop_t *loop, const struct server_options *opt,
                   server_handler_fn *handler, void *arg, struct server **ret,
                   struct err *e) MUST_USE;

/*
 * One more header for the reply, before it is given: Allow, Cache-Control. The
 * program's own words, not empty, copied. X-Content-Type-Options is always sent.
 */
void server_header(struct server_request *req, const char *name, const char *value);

/* `body` is copied. `content_type` is a constant. */
void server_reply(struct server_request *req, int status, const char *content_type,
                  struct str body);
/* The same without the copy: what `body` holds is the server's, which leaves it empty. */
void server_reply_buf(struct server_request *req, int status, const char *content_type,
                      struct buf *body);

/*
 * Refuses new connections, answers what is still open with 503, then closes;
 * `closed` on the loop, after which the server is gone. Requests that were
 * handed out and not answered must not be answered any more.
 */
void server_close(struct server *s, void (*closed)(void *arg), void *arg);

#endif

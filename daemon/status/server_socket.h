/*
 * The listening end of a Unix stream socket: who may bind a path, and what
 * happens to a socket file that an earlier run left. Loop thread, at start and
 * stop only (names are looked up). ERR_CONFLICT: somebody serves there.
 */
#ifndef STATUS_SERVER_SOCKET_H
#define STATUS_SERVER_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

struct server_socket {
    int fd;      /* owned, listening, non-blocking */
    int lock_fd; /* owned; -1: inherited, then nothing is unlinked */
    char *path;  /* owned */
    dev_t dev;   /* of the file that was bound */
    ino_t ino;
};

/*
 * Takes `path`.lock by flock, replaces a file that nobody answers on, and
 * listens with mode 0660. `group` may be NULL; when unknown, or not ours to
 * give, the file keeps the process's group.
 */
bool server_socket_bind(struct server_socket *s, const char *path, const char *group,
                        struct err *e) MUST_USE;
/* Takes a listening socket of the service manager's; on failure it stays the caller's. */
bool server_socket_inherit(struct server_socket *s, int fd, struct err *e) MUST_USE;
/* Removes the file when it is still the one that was bound. Idempotent. */
void server_socket_close(struct server_socket *s);

#endif

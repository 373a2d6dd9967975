#include "status/server_client.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "status/server_problem.h"

enum { MAX_GROUPS = 65536 /* NGROUPS_MAX */ };

static void read_groups(int fd, struct server_peer *peer)
{
    socklen_t size = 0;
    gid_t *groups;

    /* Asked with no room it tells how much it wants (socket(7), SO_PEERGROUPS). */
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || size == 0 ||
        size > MAX_GROUPS * sizeof *groups) {
        return;
    }
    groups = malloc(size);
    if (groups == NULL ||
        getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0) {
        free(groups);
        return;
    }
    peer->groups = groups;
    peer->n_groups = size / sizeof *groups;
}

static void read_peer(int fd, struct server_peer *peer)
{
    struct ucred cred;
    socklen_t size = sizeof cred;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0 &&
        cred.uid != (uid_t)-1) {
        peer->known = true;
        peer->uid = cred.uid;
        peer->gid = cred.gid;
        peer->pid = cred.pid;
        read_groups(fd, peer);
    }
}

struct client *client_create(struct clients *all, int fd, uint64_t now)
{
    struct client *c = calloc(1, sizeof *c);

    if (c != NULL) {
        read_peer(fd, &c->peer);
        c->fd = fd;
        c->since = now;
        LIST_INSERT_HEAD(&all->list, c, link);
    }
    return c;
}

void client_destroy(struct client *c)
{
    if (c != NULL) {
        LIST_REMOVE(c, link);
        /* ours, const only for the handlers */
        free((gid_t *)(uintptr_t)c->peer.groups);
        free(c);
    }
}

void client_is(struct client *c, enum client_state state, uint64_t now)
{
    if (c != NULL) {
        c->state = state;
        c->since = now;
    }
}

static void cut(struct client *c)
{
    c->cut = true;
    (void)shutdown(c->fd, SHUT_RDWR);
}

void clients_make_room(struct clients *all, uint64_t now)
{
    /* In ms. Mostly a body comes with its head and an answer is taken at once. */
    static const uint64_t patience[CLIENT_STATES] = {
        [CLIENT_RECEIVING] = 50, [CLIENT_SENDING] = 250, [CLIENT_IDLE] = 0};
    struct client *c, *oldest = NULL;

    LIST_FOREACH(c, &all->list, link)
    {
        if (c->cut) {
            return; /* there is room in a moment */
        }
        if (c->state != CLIENT_BUSY && now - c->since >= patience[c->state] &&
            (oldest == NULL || c->since < oldest->since)) {
            oldest = c;
        }
    }
    if (oldest != NULL) {
        cut(oldest);
    }
}

static void cut_late(struct client *c)
{
    static const struct server_problem late = {408, "Request Timeout",
                                               "the request did not arrive in time"};

    if (c->state == CLIENT_RECEIVING) { /* so nothing is on its way to it */
        server_problem_send(c->fd, &late);
    }
    cut(c);
}

uint64_t clients_cut_overdue(struct clients *all, uint64_t now, uint64_t ms)
{
    struct client *c;

    LIST_FOREACH(c, &all->list, link)
    {
        uint64_t limit = all->limits[c->state], age = now - c->since;

        if (c->cut || limit == 0) {
            continue;
        }
        if (age >= limit) {
            cut_late(c);
            ms = 0;
        } else if (limit - age < ms) {
            ms = limit - age;
        }
    }
    return ms;
}

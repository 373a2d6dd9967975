/*
 * The connections that libmicrohttpd has: who is at their other end, what we wait
 * for at each, and since when. No client keeps one of the few for as long as it
 * likes. Loop thread; `now` is uv_now's time.
 */
#ifndef STATUS_SERVER_CLIENT_H
#define STATUS_SERVER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "status/server.h"

enum client_state {
    CLIENT_RECEIVING, /* of it, a request */
    CLIENT_BUSY,      /* we are: it waits for an answer */
    CLIENT_SENDING,   /* the answer to it */
    CLIENT_IDLE,      /* between requests: until the next one's head is in */
    CLIENT_STATES
};

struct client {
    struct server_peer peer; /* as it was at connect(2) */
    int fd;                  /* borrowed: libmicrohttpd's */
    enum client_state state;
    uint64_t since;
    bool cut; /* by us: libmicrohttpd reads the end of it in its next run */
    LIST_ENTRY(client) link;
};

struct clients {
    LIST_HEAD(, client) list;
    uint64_t limits[CLIENT_STATES]; /* in ms; 0: none */
};

/* In CLIENT_RECEIVING. NULL: memory is out. */
struct client *client_create(struct clients *all, int fd, uint64_t now);
void client_destroy(struct client *c); /* NULL is fine */
void client_is(struct client *c, enum client_state state, uint64_t now); /* same */

/* Cuts the one that has kept us waiting for longest, if that is long enough for what
   it is that we wait for. */
void clients_make_room(struct clients *all, uint64_t now);
/* Cuts those whose time is over: 408 to one that still sends. In how many ms it is
   for the next one, if that is before `ms`; else `ms`. */
uint64_t clients_cut_overdue(struct clients *all, uint64_t now, uint64_t ms);

#endif

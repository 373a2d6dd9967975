/*
 * The network: another implementation of io/http.h, linked in place of
 * libcurl's. A request arrives after a while, is answered by the vendors of
 * tests/support in this process, and the answer comes after another while. In
 * between everything may go wrong that `weather` says. Loop thread.
 */
#ifndef SIMULATION_NET_H
#define SIMULATION_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "tests/support/vendors/world.h"

/* What a request meets. */
struct weather {
    enum { NET_FINE, NET_REFUSED, NET_LOST, NET_FAULT } kind;
    /* REFUSED: never arrives. LOST: arrives, and the answer does not.
       FAULT: answered as `fault` says (tests/support/vendors/README.md). */
    char fault[300];
    int64_t slow; /* ms more */
};

struct net_hooks {
    void (*weather)(const char *path, struct weather *ret);
    /* The vendor took a message: POST, 2xx. `id`: its key; empty: the chat has none. */
    void (*taken)(const char *path, const char *id, struct str body);
    /* What came of a POST was told to the daemon; `clear`: with a whole answer. */
    void (*told)(const char *path, const char *id, bool clear);
};

void net_init(uint64_t seed, struct world *world, const struct net_hooks *hooks);
void net_cut(bool cut); /* the daemon is dead: nothing it sends leaves any more */
bool net_deliver(void); /* one thing that is due; false: nothing is */
int64_t net_next(void); /* in steady time; INT64_MAX: nothing is on its way */

#endif

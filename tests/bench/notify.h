/*
 * What systemd is to a service with Type=notify: the socket that it tells. One
 * thread; fails the running cmocka test when it cannot do its job.
 */
#ifndef TESTS_BENCH_NOTIFY_H
#define TESTS_BENCH_NOTIFY_H

#include "tests/integration/rig.h"

struct notify {
    int fd;
    char env[256];       /* NOTIFY_SOCKET=... */
    const char *vars[4]; /* of a rig: that one, and two more that the caller may set */
};

/* Binds DIR/notify and gives it to the daemon that the rig starts next. */
void notify_open(struct notify *n, struct rig *r);
/* Waits until the daemon has told that line. */
void notify_await(struct notify *n, const char *line);
void notify_drop(struct notify *n); /* what it told meanwhile */
void notify_close(struct notify *n);

#endif

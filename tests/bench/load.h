/*
 * A client that keeps a server on a Unix socket busy: some kept connections, on each
 * the next request as soon as the reply before it is whole. One thread; fails the
 * running cmocka test when a connection does not work.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "base/buf.h"

enum { LOAD_MAX_CONNECTIONS = 8 };

/* GET `target` for about `seconds`: replies a second. */
double load_run(const char *socket_path, const char *target, unsigned connections,
                double seconds);
/* One reply, head and body as received; *ret is initialised here. */
void load_once(const char *socket_path, const char *target, struct buf *ret);

#endif

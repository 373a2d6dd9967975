/*
 * What must hold whatever happens. Looks at the daemon's database between two
 * turns of the loop, and at every message; ends the run with record_fail where
 * something does not. The list is in README.md. Loop thread.
 */
#ifndef SIMULATION_WATCH_H
#define SIMULATION_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/str.h"
#include "tests/support/vendors/chat.h"

void watch_init(const char *dir, struct chat *chat);

/* What net.h tells of messages. */
void watch_taken(const char *path, const char *id, struct str body);
void watch_told(const char *path, const char *id, bool clear);
/* The daemon was killed: what it had not recorded yet may come once more. */
void watch_killed(void);
/* Files as kill -9 left them: whole, in a copy of their own. */
void watch_files(void);

/* Now and then, where nothing is running. `calm`: since when (true time) nothing goes
   wrong; not yet come: something does. */
void watch_look(int64_t calm);
/* Closes the database, until it is wanted again. */
void watch_let_go(void);
/* One more timer, piece of work or request; too many in an hour are a storm. */
void watch_step(void);

/* The quiet end: everything is as the truth is, and nothing waits. */
void watch_end(uv_loop_t *loop, const char *socket);
uint64_t watch_messages(void); /* taken so far */
uint64_t watch_resent(void);   /* of them: once more */

/* Rows of the outbox that were given up, one at a time; 0: none. */
int64_t watch_dead_message(void);

#endif

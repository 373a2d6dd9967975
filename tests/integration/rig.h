/*
 * One real alignd between a local vendor server and its status socket, for the
 * integration tests: every function fails the running cmocka test when it
 * cannot do its job within its deadline.
 */
#ifndef TESTS_INTEGRATION_RIG_H
#define TESTS_INTEGRATION_RIG_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/probe.h"
#include "tests/support/spawn.h"
#include "tests/support/tempdir.h"
#include "tests/support/wait.h"

#define RIG_LIMIT DUR_S(30) /* of any single wait; generous for sanitizers */

struct rig {
    struct tempdir dir;
    struct spawn *vendors, *alignd;
    unsigned port;
    struct buf url, config, socket;
    const char *const *env; /* of alignd, as spawn.h has it; NULL: as inherited */
    unsigned starts;
};

void rig_init(struct rig *r);
void rig_finish(struct rig *r); /* stops what runs, removes the directory */

/* `args`: of the vendor server besides --port; NULL-terminated. */
void rig_vendors(struct rig *r, const char *const *args);
/* They play this company, JSON of their own form; `args`: besides, or NULL. */
void rig_company(struct rig *r, const char *json, const char *const *args);
/* Writes a file; @URL@, @DIR@ are replaced. */
void rig_write(struct rig *r, const char *name, const char *text);
/* Starts alignd and waits until it is ready. `args`: besides -c; may be NULL. */
void rig_start(struct rig *r, const char *const *args);
void rig_spawn(struct rig *r, const char *const *args); /* without waiting */
/* Runs it to its end: the exit status. */
int rig_run(struct rig *r, const char *const *args);
/* SIGTERM; fails unless it ends with `code` within five seconds. */
void rig_stop(struct rig *r, int code);
void rig_kill(struct rig *r); /* SIGKILL and reap */
void rig_signal(struct rig *r, int sig);
/* Waits for a line of the daemon's log. */
void rig_log_line(struct rig *r, const char *needle);
bool rig_log_has(struct rig *r, const char *needle);

/* A file system of `size` ("size=4m") at DIR/small, for this process and its children
   alone. False: none can be mounted here. */
bool rig_mount_small(struct rig *r, const char *size);

/* Over the status socket. The caller decrefs; status 0 accepts any. */
json_t *rig_get(struct rig *r, const char *path, int status);
json_t *rig_post(struct rig *r, const char *path, const char *json, int status);
/* Runs alignctl with the socket: its exit status; *ret_out may be NULL. */
int rig_ctl(struct rig *r, const char *const *args, struct buf *ret_out);
/* To the vendor server's /_control/... */
json_t *rig_control(struct rig *r, const char *path, const char *json);
/* There: an issue with the label epic, by ben, of a GitHub repository. */
void rig_new_epic(struct rig *r, const char *repo, const char *title);

/* Asks for a sync of everything and waits until every source has ended one since. */
void rig_sync(struct rig *r);
/* The same by signal: who asks over the socket is written into the audit log. */
void rig_cycle(struct rig *r);
/* Waits until source i is fresh, its sync over and what it brought evaluated: it is fresh
   before its first sync ends, and what a test changes then may be seen by half. */
void rig_await_fresh(struct rig *r, size_t i);
/* Waits until GET path has the value at the JSON pointer ("/sources/0/state"). */
void rig_await(struct rig *r, const char *path, const char *pointer, const char *value);
/* Messages the chat sinks took, as /_control/messages lists them. */
json_t *rig_messages(struct rig *r);
size_t rig_message_count(struct rig *r);
void rig_await_messages(struct rig *r, size_t n);

/* What the daemon has stored, for reading; the caller closes it. */
sqlite3 *rig_database(struct rig *r);
/* Waits until the daily backup was made, which is written down, too. */
void rig_await_backup(struct rig *r);

/*
 * The database's write-ahead log: its frames, a page each, since it was last begun
 * anew. Two looks with the same salts are at the same log, so that the difference
 * of their pages is what was written in between.
 */
struct rig_wal {
    size_t pages;
    uint8_t salts[8];
};
void rig_wal(struct rig *r, struct rig_wal *ret);

/* The member a JSON pointer names, or NULL. Borrowed. */
const json_t *rig_at(const json_t *root, const char *pointer);

#endif

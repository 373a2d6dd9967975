/*
 * Child programs for integration tests: started in a process group of their
 * own, with standard output and error in files, so that a child never blocks
 * on a full pipe and the logs remain when a test fails. Waiting is by inotify
 * and pidfd against a deadline, never by sleeping. One thread per child; a
 * child dies with the test that started it.
 */
#ifndef TESTS_SUPPORT_SPAWN_H
#define TESTS_SUPPORT_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct spawn;

enum spawn_stream { SPAWN_OUT, SPAWN_ERR };

struct spawn_options {
    const char *const *argv; /* argv[0] is a path; NULL-terminated */
    const char *const *env;  /* "K=V" sets, "K" removes; NULL: as inherited */
    const char *cwd;         /* NULL: as inherited */
    const char *log_dir;     /* gets NAME.out and NAME.err */
    const char *name;        /* NULL: the last part of argv[0] */
};

/* The path of a program of the build this test belongs to ("alignd", "vendors"). */
bool spawn_program(const char *name, struct buf *ret_path, struct err *e) MUST_USE;

struct spawn *spawn_start(const struct spawn_options *o, struct err *e) MUST_USE;
pid_t spawn_pid(const struct spawn *s);

/*
 * Waits for a complete line that contains `needle`. Looks at what follows the
 * line found last, so that the same needle can be awaited again. Fails when
 * the limit has passed or the child has ended without it; the message carries
 * the end of its standard error. `ret_line` (may be NULL) is initialised here.
 */
bool spawn_wait_line(struct spawn *s, enum spawn_stream from, const char *needle,
                     struct dur limit, struct buf *ret_line, struct err *e) MUST_USE;
/* Waits for "listening HOST:PORT" on standard output. */
bool spawn_wait_port(struct spawn *s, struct dur limit, unsigned *ret_port,
                     struct err *e) MUST_USE;
/* All that the child has written so far; *ret is initialised here. */
bool spawn_output(const struct spawn *s, enum spawn_stream from, struct buf *ret,
                  struct err *e) MUST_USE;

bool spawn_signal(const struct spawn *s, int sig, struct err *e) MUST_USE;
/* Waits for the end and reaps: exit status, or 128 + signal as shells have it. */
bool spawn_wait_exit(struct spawn *s, struct dur limit, int *ret_code,
                     struct err *e) MUST_USE;
/* SIGTERM, then spawn_wait_exit. */
bool spawn_stop(struct spawn *s, struct dur limit, int *ret_code,
                struct err *e) MUST_USE;
/* Kills the whole group if it still runs, reaps, frees; NULL is fine. */
void spawn_destroy(struct spawn *s);

#endif

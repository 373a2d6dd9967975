/*
 * Opens and closes the database file: what is on the disk is checked before it
 * is trusted, set aside and restored from a backup when it is corrupt (from a
 * backup, too, when it is missing), and migrated. Called on the thread that starts the
 * store; the connection is then handed to the one thread that uses it.
 *
 * Failure: ERR_CONFIG for a file that is not alignd's or of a newer version,
 * else as in sql.h and ERR_IO.
 */
#ifndef STORE_OPEN_H
#define STORE_OPEN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

struct db;

#define STORE_APPLICATION_ID 0x616c6764 /* "algd" */
enum { STORE_BACKUPS = 3 };

/* Whether the state directory and what is of ours in it can be written: says who would
   have to. */
bool db_check_access(const char *dir, struct err *e) MUST_USE;
/* An empty file, which is an empty database; made by us for its mode, 0600. */
bool db_create_private(const char *path, bool *ret_created, struct err *e) MUST_USE;
/* The engine's: the only one that writes and checkpoints. */
bool db_open_writer(const struct store_options *opt, struct db **ret,
                    struct store_opened *ret_opened, struct err *e) MUST_USE;
/* A reader beside the writer `w`; may be used by another thread. */
bool db_open_reader(const struct db *w, struct db **ret, struct err *e) MUST_USE;
/* What db_create_private made, to be filled by a backup. */
bool db_open_copy(const char *path, struct db **ret, struct err *e) MUST_USE;
/* A clean stop checkpoints and leaves the mark that spares the next check. */
void db_close_writer(struct db *db); /* NULL is fine */
void db_close(struct db *db);        /* as after kill -9; NULL is fine */

/* "FILE.backup.N", N from 1 (newest) to STORE_BACKUPS; malloc'd, NULL: no memory. */
char *backup_path(const char *file, unsigned n);

#endif

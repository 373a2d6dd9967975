/*
 * The daily copy of the database, beside it: alignd.db.backup.1 is the newest of
 * STORE_BACKUPS. Pages are copied as they are: VACUUM INTO, which makes every row
 * anew, cost a first sync as much as its links. Engine thread.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/sql.h"

/* Nothing when the last one is not a day old. A copy that failed, or was stopped by
   db->upkeep_quit, leaves the older ones as they were. */
bool back_up_daily(struct db *db, struct wall now, struct err *e) MUST_USE;

/* All pages, as they are when it begins, into what db_create_private made; whatever is
   written meanwhile goes on. */
bool back_up_into(struct db *db, const char *path, struct err *e) MUST_USE;

#endif

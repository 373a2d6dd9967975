/*
 * Brings a database file to the newest schema. All migrations run in one
 * transaction; a copy of the old file is left beside it as FILE.vN.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

struct db;

/*
 * Whose file it is and of which version; *ret_version 0: empty. ERR_CONFIG:
 * another program's, or of a newer alignd.
 */
bool migrate_identify(struct db *db, unsigned *ret_version, struct err *e) MUST_USE;
bool migrate(struct db *db, unsigned from, struct err *e) MUST_USE;

#endif

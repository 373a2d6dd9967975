/*
 * A consistent copy of the database for a dry run: what the daemon would do,
 * without leaving a trace where it counts. Blocks; any thread. Works beside a
 * running daemon (a read-only connection, VACUUM INTO).
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"

/* Both are state directories. Nothing to copy is success. ERR_IO, ERR_STORE, ERR_FULL. */
bool store_copy(const char *from_dir, const char *to_dir, struct err *e) MUST_USE;

#endif

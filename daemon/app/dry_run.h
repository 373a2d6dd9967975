/*
 * The throw-away state directory of `--dry-run`: a copy of the real one in
 * $TMPDIR, removed at the end. Main thread, before and after the loop.
 */
#ifndef APP_DRY_RUN_H
#define APP_DRY_RUN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* *ret_dir is initialised here and holds the directory's path. */
bool dry_run_begin(const char *state_dir, struct buf *ret_dir, struct err *e) MUST_USE;
void dry_run_end(struct buf *dir); /* removes it; empty: nothing to do */

#endif

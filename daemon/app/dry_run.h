/*
 * The throw-away state directory of `--dry-run`: a copy of the real one, or an
 * empty one where none is configured, in $TMPDIR, removed at the end. Main thread, before and after the loop.
 */
#ifndef APP_DRY_RUN_H
#define APP_DRY_RUN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* *ret_dir is initialised here and holds the directory's path, mode 0700. */
bool dry_run_begin(struct str state_dir, struct buf *ret_dir, struct err *e) MUST_USE;
void dry_run_end(struct buf *dir); /* removes it; empty: nothing to do */

#endif

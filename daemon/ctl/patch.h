/*
 * What becomes of a file, as patch(1) and `git apply` read it: a unified diff with one
 * hunk from the first line that differs to the last. Appends to a buf, whose failure it
 * is. Pure; any thread.
 */
#ifndef CTL_PATCH_H
#define CTL_PATCH_H

#include "base/buf.h"
#include "base/str.h"

/* Nothing where both are alike. `before` without a view (p NULL): a new file. */
void patch_write(struct buf *out, struct str name, struct str before, struct str after);

#endif

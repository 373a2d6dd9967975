/*
 * A directory for one test, removed with everything in it. Any thread; the
 * caller owns the struct. TMPDIR is honoured.
 */
#ifndef TESTS_SUPPORT_TEMPDIR_H
#define TESTS_SUPPORT_TEMPDIR_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct tempdir {
    struct buf path;
};

bool tempdir_create(struct tempdir *t, struct err *e) MUST_USE;
void tempdir_remove(struct tempdir *t); /* idempotent; what cannot be removed stays */
const char *tempdir_path(const struct tempdir *t);

/* "DIR/NAME" into *out, which is initialised here. */
bool tempdir_join(const struct tempdir *t, const char *name, struct buf *out,
                  struct err *e) MUST_USE;
/* Writes a whole file (mode 0600) below the directory. */
bool tempdir_write(const struct tempdir *t, const char *name, struct str text,
                   struct err *e) MUST_USE;
/* Reads a whole file of any path; *out is initialised here. */
bool tempdir_read(const char *path, struct buf *out, struct err *e) MUST_USE;

#endif

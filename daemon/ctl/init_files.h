/* The two files of alignctl init: never overwritten, both written or none. One thread. */
#ifndef CTL_INIT_FILES_H
#define CTL_INIT_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct init_files {
    struct str alignd, strategy; /* paths, in the arena */
};

/* Paths in `dir` (empty: here). ERR_CONFLICT: one of them is there already. */
bool init_files_free(struct init_files *ret, struct str dir, struct arena *a,
                     struct err *e) MUST_USE;
bool init_files_write(const struct init_files *f, struct str alignd, struct str strategy,
                      struct err *e) MUST_USE;

#endif

/*
 * Lists of globs from the configuration, folded once into comparison keys, and
 * the question they answer most: which items may be known by their key only.
 * Pure; everything lives in the arena given.
 */
#ifndef STORE_GLOBS_H
#define STORE_GLOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/conf_key.h"
#include "core/item.h"

struct globs {
    struct str *v; /* comparison keys */
    size_t n;
};

/* Out of memory shows in the arena. */
struct globs globs_fold(const struct str_list *l, struct arena *a);
bool globs_match(const struct globs *g, struct str s, struct arena *a);
/* Any mark of the kind. */
bool globs_match_marks(const struct globs *g, enum mark_kind kind,
                       const struct mark *marks, size_t n, struct arena *a);

#endif

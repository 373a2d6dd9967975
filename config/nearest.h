/*
 * "Did you mean": the candidate nearest to a word that is not known. Pure; the
 * views are borrowed until the hint is made.
 */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct nearest {
    struct str word, best;
    unsigned distance, tries;
};

/* Not `wanted` when no message is kept: nothing is compared then. */
struct nearest nearest_to(struct str word, bool wanted);
void nearest_try(struct nearest *n, struct str candidate);
/* "did you mean 'x'?", or empty when nothing is near. */
struct str nearest_hint(const struct nearest *n, struct arena *a);

#endif

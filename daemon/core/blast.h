/*
 * What an event reaches in the strategy: the nodes it names, what hangs below them
 * (objectives of an intent, their key results, the initiatives that move those, the
 * teams that own or are needed), and what stands above and can now be missed. Pure;
 * any thread; borrows from the strategy.
 */
#ifndef CORE_BLAST_H
#define CORE_BLAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/strategy.h"

/* X(enumerator, name) */
#define BLAST_HOWS(X)                                                                  \
    X(BLAST_NOT, "not")                                                                \
    X(BLAST_NAMED, "named")                                                            \
    X(BLAST_BELOW, "below")                                                            \
    X(BLAST_ABOVE, "above")

enum blast_how {
#define X(e, name) e,
    BLAST_HOWS(X)
#undef X
};
const char *blast_how_name(enum blast_how h);

struct blast_hit {
    const struct node *node;
    enum blast_how how;
};
struct blast {
    struct blast_hit *v; /* intents, objectives, key results, initiatives, buckets,
                            teams, then others that are named; each in file order */
    size_t n;
};

/* `named` are nodes of `s`. False: out of memory. */
bool blast_from(const struct strategy *s, const struct node *const *named,
                size_t n_named, struct arena *a, struct blast *ret,
                struct err *e) MUST_USE;

#endif

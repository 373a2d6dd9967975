/*
 * What of a strategy an audience may see. A node's visibility is the widest audience
 * that may see it (team, then company, then board); what stands under a node that is
 * not seen is not seen either, and ids and titles of such nodes are taken out of the
 * text of others. Pure; any thread; borrows from the strategy.
 */
#ifndef CORE_AUDIENCE_H
#define CORE_AUDIENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/strategy.h"

struct audience {
    enum visibility who;
    struct str *words; /* what must not be said, longest first */
    size_t n_words;
    struct str *whys; /* of nodes that are not seen */
    size_t n_whys;
    struct arena *a;
};

/* False: out of memory. */
bool audience_init(struct audience *ret, const struct strategy *s, enum visibility who,
                   struct arena *a, struct err *e) MUST_USE;
bool audience_sees(const struct audience *au, const struct node *n);
/* The text with "[...]" for each such word; check arena_failed. */
struct str audience_text(const struct audience *au, struct str text);
/* Whether the text holds such a word. */
bool audience_hides(const struct audience *au, struct str text);
/* Whether it is the why of a node that is not seen. */
bool audience_hides_why(const struct audience *au, struct str why);

#endif

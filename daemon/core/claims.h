/*
 * What a strategy claims of items, compiled: which nodes a label, a field's value, a
 * milestone, type, scope and so on stands for. One index holds one kind of owner; a
 * thousand owners cost one hash look-up for each trait of an item, and globs are found
 * by their literal beginning or end. Part of core/match.h. Pure; an index that is
 * filled is immutable and may be shared by threads; it owns its maps, what they hold is
 * in the arena it was filled with. Out of memory is the only failure.
 */
#ifndef CORE_CLAIMS_H
#define CORE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/map.h"
#include "base/str.h"
#include "core/match.h"
#include "core/strategy.h"

/* Nodes that one label, value, pattern or key stands for, in file order. */
struct claim {
    const struct node *node;
    size_t order; /* place in its list of the strategy */
    struct claim *next;
};
struct claims {
    struct claim *first, *last;
};

/* Under a key of a map of `struct claims *`. */
bool claims_file(struct arena *a, struct map *m, struct str key,
                 const struct node *node, size_t order) MUST_USE;

/*
 * One kind of owner: initiatives, buckets, teams or not_doing. A trait's key is
 * its group (a letter, for fields with the field's name), NUL and the value.
 */
struct claim_index {
    struct map *exact;    /* owned; group NUL value -> struct claims * */
    struct map *patterns; /* owned; group NUL pattern -> struct glob * */
    struct map *groups;   /* owned; group -> struct globs * */
};

bool claim_index_init(struct claim_index *ix) MUST_USE;
void claim_index_finish(struct claim_index *ix); /* also after init has failed */

struct claim_owner {
    struct arena *a;
    struct claim_index *ix;
    const struct node *node;
    size_t order;
};

/* All of what the owner's `match:` says, but its texts. */
bool claim_index_add(const struct claim_owner *o,
                     const struct match_spec *spec) MUST_USE;

/* Groups that are no marks. */
enum { GROUP_TYPE = 't', GROUP_SCOPE = 's' };

/* A label, field value, milestone, ..., type or scope, ready to be looked up. */
struct trait {
    struct str key; /* group NUL value */
    size_t group_n;
    char letter;
    struct str name, written;
};

struct str trait_value(const struct trait *t); /* the comparison key of it */
/* NULL: out of memory. */
struct trait *traits_of_item(const struct match_item *it, struct arena *a,
                             size_t *ret_n);

typedef void claim_found(void *ctx, const struct claim *c);

/* Calls `found` for each; false: there is none. `c` may be NULL. */
bool claims_tell(const struct claims *c, claim_found *found, void *ctx);
/* The same of every claim on the trait. */
bool claim_index_find(const struct claim_index *ix, const struct trait *t,
                      claim_found *found, void *ctx);
bool claim_index_is_empty(const struct claim_index *ix); /* it claims nothing */

#endif

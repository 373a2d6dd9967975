/*
 * What must hold across a whole strategy: ids stand once over all kinds, what
 * is named exists and is of the right kind, owners are people. Binding notes
 * ids and references as it meets them; refs_resolve then checks them all and
 * fills in the pointers. Nodes of the tree are borrowed until then.
 */
#ifndef CONFIG_REFS_H
#define CONFIG_REFS_H

#include <stdbool.h>

#include "base/attr.h"
#include "config/bind.h"
#include "core/strategy.h"

struct refs;

struct refs *refs_create(struct binder *b); /* NULL: out of memory */
void refs_destroy(struct refs *r);          /* NULL is fine */

/* An id, a former id or a retired one, at `value`. */
void refs_id(struct refs *r, const struct yaml_node *value);
void refs_vision(struct refs *r, const struct yaml_node *map); /* its id is "vision" */
void refs_person(struct refs *r, const struct yaml_node *value);
void refs_owner(struct refs *r, const struct yaml_node *value);

/* A reference from the key `key` of `from`. */
struct ref {
    const struct yaml_node *value; /* the scalar, or the value whose key it is */
    struct yaml_at at;             /* of the id */
    struct str id;
    const char *key;
    const struct node *from;
    unsigned kinds; /* STRATEGY_KIND(...) | ... */
    bool former_ok; /* history: former and retired ids are as good */
    void *slot;     /* pointer to set to the node, or NULL */
};
void refs_want(struct refs *r, const struct ref *ref);

/* Builds s->by_id. Everything that is wrong is in the binder's diag. */
void refs_resolve(struct refs *r, struct strategy *s);

#endif

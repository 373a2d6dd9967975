/*
 * From a node of the strategy up to the vision: initiative, key result,
 * objective, intent, vision, each with its title and why, and where the chain
 * breaks off before the vision, a sentence that says what is missing. Pure;
 * any thread; views borrow from the strategy.
 */
#ifndef STATUS_CHAIN_H
#define STATUS_CHAIN_H

#include "base/buf.h"
#include "base/jsonw.h"
#include "core/strategy.h"

/* An initiative that moves several key results goes by its first. */
#define CHAIN_MAX 6
struct chain {
    const struct node *v[CHAIN_MAX];
    size_t n;
    const char *gap; /* NULL: it reaches the vision, or rightly ends at a bucket */
};

struct chain chain_from(const struct strategy *s, const struct node *start);
const struct node *chain_objective(const struct chain *c); /* NULL: none in it */
struct str chain_title(const struct node *n);
struct str chain_why(const struct node *n); /* an initiative's problem is its why */
/* "40 to 60 points by 2026-12-31"; nothing when the file does not say. */
void chain_measure(struct buf *out, const struct key_result *kr);

/* The array of nodes, lowest first. */
void chain_write(struct jsonw *w, const char *key, const struct chain *c);
/* kind, id, title, why, owner, place in the file and documents of a node. */
void chain_node_members(struct jsonw *w, const struct node *n);

#endif

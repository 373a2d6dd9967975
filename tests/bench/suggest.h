/*
 * How good suggestions are, measured with the real store: a fifth of the items lose
 * their links, and what is suggested for them is compared with what they had. Whatever
 * has items of which it is known where they belong can be measured.
 */
#ifndef TESTS_BENCH_SUGGEST_H
#define TESTS_BENCH_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct suggest_node {
    struct str id;             /* as ids of a strategy are */
    struct str title, problem; /* problem: may be empty */
};
struct suggest_case {
    struct str title, excerpt;
    const size_t *nodes; /* those it belongs to, of the set's */
    size_t n_nodes;      /* at least one */
};
struct suggest_set {
    struct str name;
    const struct suggest_node *nodes;
    size_t n_nodes;
    const struct suggest_case *cases;
    size_t n_cases;
};

struct suggest_score {
    size_t hidden, first, third; /* right: the best, one of the best three */
    size_t high, high_right;
    double ms; /* for each suggestion, CPU */
};
/* Hides what `seed` chooses, a fifth; adds to *ret. Fails the test where the store
   does. */
void suggest_measure(const struct suggest_set *set, unsigned seed,
                     struct suggest_score *ret);
void suggest_print(struct str name, size_t nodes, const struct suggest_score *s);

#endif

/*
 * Planned shares add up: the objectives that run at one time to 100%, or they
 * and the buckets together. Checked at every day on which one begins, in
 * n log n of their number.
 */
#ifndef CONFIG_SHARES_H
#define CONFIG_SHARES_H

#include "config/bind.h"
#include "core/strategy.h"

/* `maps`: the tree's mapping of each objective, in the order of s->objectives. */
void shares_check(struct binder *b, const struct strategy *s,
                  const struct yaml_node *const *maps);

/* Whether percentages are 100% but for rounding. */
bool shares_is_whole(double sum);

#endif

/*
 * Rules that are checks of `alignctl lint` (core/lint.h), asked by the daemon of what is
 * in force. Pure, any thread; texts live in the arena given.
 */
#ifndef CORE_RULES_LINT_RULE_H
#define CORE_RULES_LINT_RULE_H

#include "core/rule.h"

/* As rule.eval, of the check with that id and the node. */
bool lint_rule(const struct rule_input *in, const char *check, const struct node *n,
               struct arena *a, struct rule_hit *hit, struct wall *ret_next);

#endif

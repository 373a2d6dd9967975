/*
 * What rules are told of a strategy node (core/rule_view.h), read from the database. All
 * of it lives until the evaluation ends. Engine thread.
 */
#ifndef STORE_EVAL_VIEW_H
#define STORE_EVAL_VIEW_H

#include "core/rule_view.h"
#include "store/eval.h"

bool eval_view_kr(struct eval *ev, const struct key_result *kr, struct rule_kr *ret,
                  struct err *e) MUST_USE;
/* Looked up where the initiative is active; what it moves is read once. */
bool eval_view_work(struct eval *ev, const struct initiative *it, const struct tally *t,
                    struct rule_initiative *ret, struct err *e) MUST_USE;
/* `team` empty: of all; that is read once for an evaluation. */
bool eval_view_effort(struct eval *ev, struct str team, struct rule_effort *ret,
                      struct err *e) MUST_USE;
/* Checks of the strategy as of today; made once for an evaluation. */
bool eval_view_lint(struct eval *ev, const struct lint_in **ret, struct err *e) MUST_USE;
/* With the verdict of now; since when it is so is kept by that. */
bool eval_view_assumptions(struct eval *ev, const struct decision *d,
                           struct rule_assumption **ret, size_t *ret_n,
                           struct err *e) MUST_USE;
bool eval_view_attacks(struct eval *ev, const struct competitor *c,
                       struct rule_attack **ret, size_t *ret_n, struct err *e) MUST_USE;
/* What they are read by, once for an evaluation; NULL with the error. */
struct facts *eval_facts(struct eval *ev, struct err *e);

bool eval_view_goal(struct eval *ev, struct str objective, struct rule_goal *ret,
                    struct err *e) MUST_USE;

/* ---- eval_place.c ---- */

bool eval_view_places(struct eval *ev, struct rule_places *ret, struct err *e) MUST_USE;

#endif

/*
 * What an unlinked item may belong to, for the rule that tells of it: looked up once,
 * when its finding is about to fire, and kept as long as it fires, so that nothing is
 * worded anew while people read it. Engine thread, in the call's transaction.
 */
#ifndef STORE_EVAL_SUGGEST_H
#define STORE_EVAL_SUGGEST_H

#include "store/eval_row.h"
#include "store/finding_row.h"

/* Into view->suggested, where it is graded high; texts live in ev->item. `old`: the
   rule's finding as it is stored, or NULL. */
bool eval_suggest(struct eval *ev, const struct eval_row *r, const struct rule *rule,
                  const struct finding_stored *old, struct rule_item *view,
                  struct err *e) MUST_USE;

#endif

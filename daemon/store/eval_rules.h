/*
 * The rules of one subject that is no item: each is asked what it says, and its finding
 * takes its step. Engine thread, inside a transaction.
 */
#ifndef STORE_EVAL_RULES_H
#define STORE_EVAL_RULES_H

#include "store/eval.h"
#include "store/finding_row.h"

struct subject_rules {
    struct finding_subject subject;
    struct rule_input in; /* conf is set for each rule; strategy, cal, now are too */
    bool exists;          /* false: the subject is gone */
    bool frozen;          /* only rules that run whatever the scope */
    struct str gone;      /* why it ended, then */
    struct finding_stored *stored;
    size_t n_stored;
    struct wall next; /* when to ask again; 0: when something changes */
};

/* Rules that need days or the checks of a strategy are left as they are where in.effort,
   or in.lint, is NULL. */
bool run_rules(struct eval *ev, struct subject_rules *w, struct err *e) MUST_USE;

#endif

/*
 * When strategy nodes, teams and the strategy itself are asked their rules again: at a
 * time that the last answer named, or at once, when something that rules look at has
 * changed. What hangs on items of an initiative touches it with its tally
 * (store/eval_count.c). Engine thread, inside a transaction.
 */
#ifndef STORE_SUBJECT_H
#define STORE_SUBJECT_H

#include "core/rule.h"
#include "store/sql.h"

struct due_subject {
    enum rule_subject kind;
    struct str id;
};

/* A row for each of the strategy, all of them due. */
bool subjects_take(struct db *db, const struct strategy *s, struct err *e) MUST_USE;
/* Due now: one; all of a kind; all, initiatives included. */
bool subject_touch(struct db *db, enum rule_subject kind, struct str id,
                   struct err *e) MUST_USE;
bool subjects_touch_kind(struct db *db, enum rule_subject kind, struct err *e) MUST_USE;
bool subjects_touch_all(struct db *db, struct err *e) MUST_USE;

/* Those whose time has come, into `a`. */
bool subjects_due(struct db *db, struct wall now, struct arena *a,
                  struct due_subject **ret, size_t *ret_n, struct err *e) MUST_USE;
bool subject_is_due(struct db *db, enum rule_subject kind, struct str id,
                    struct wall now, bool *ret, struct err *e) MUST_USE;
/* They were asked: again at `next` (0: when it is touched). */
bool subject_asked(struct db *db, enum rule_subject kind, struct str id,
                   struct wall next, struct err *e) MUST_USE;
/* It is no longer in the strategy. */
bool subject_drop(struct db *db, enum rule_subject kind, struct str id,
                  struct err *e) MUST_USE;

#endif

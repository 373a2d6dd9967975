/*
 * New versions of the strategy, as rules see them: what the version in force changed
 * against the one that was judged before, in words, which key results it retargeted, and
 * whether the file on disk loads at all. Engine thread.
 */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "core/rule_view.h"
#include "store/eval.h"

/* Reads a stored version again; one that cannot be read any more leaves *ret NULL. Needs
   conf->parse. */
bool change_parse(struct db *db, const struct eval_conf *conf, int64_t n,
                  struct strategy **ret, struct err *e) MUST_USE;

/* Whether this evaluation is the first by its version: ev->version, ev->caused_by. */
bool change_load(struct eval *ev, struct err *e) MUST_USE;
/* After the last item: what the version changed is kept, and what was told of changes
   before is over. */
bool change_take(struct eval *ev, struct err *e) MUST_USE;

/* For rules; what there is to say of no change and no failure is empty. */
bool change_view(struct eval *ev, struct rule_version *ret, struct err *e) MUST_USE;
bool change_retarget(struct eval *ev, struct str kr, struct rule_retarget *ret,
                     struct err *e) MUST_USE;

#endif

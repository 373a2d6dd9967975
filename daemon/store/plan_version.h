/*
 * What a new version of the strategy brings to light: many findings at once, which are
 * one piece of news. They are told to a channel in one message, across teams. Engine
 * thread, inside a transaction.
 */
#ifndef STORE_PLAN_VERSION_H
#define STORE_PLAN_VERSION_H

#include "store/plan_row.h"

/*
 * Where the finding is news of an episode that a version began, at most five working
 * days ago, its group is that version. What was told so and gets worse, is still open or
 * over goes by its route's own group.
 */
bool plan_version(struct eval *ev, struct plan_row *p, struct err *e) MUST_USE;
/* Whether the group is a version's; then what its message begins with, for so many
   findings, into ev->item. */
bool plan_version_group(struct str group, int64_t *ret_version);
bool plan_version_text(struct eval *ev, int64_t version, int64_t findings,
                       struct str *ret, struct err *e) MUST_USE;

#endif

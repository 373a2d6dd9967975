/* The copy of a replay: taken back to a time by what history knows, then forward again.
   One thread; the copy is its alone. */
#ifndef STORE_REPLAY_PAST_H
#define STORE_REPLAY_PAST_H

#include "store/eval_row.h"

/* The first day that anything is known of; 0: nothing is. */
bool past_begins(struct db *db, struct wall *ret, struct err *e) MUST_USE;

/* To `t`: items as they were, nothing found, nothing told, no strategy. `end`: it is
   played to there. */
bool past_rewind(struct db *copy, const struct eval_conf *conf, struct wall t,
                 struct wall end, struct err *e) MUST_USE;
/* The next time after `t` at which something happened; 0: nothing did any more. */
bool past_next(struct db *copy, struct wall t, struct wall *ret,
               struct err *e) MUST_USE;
/* Something else happens then. */
bool past_note(struct db *copy, struct wall t, struct err *e) MUST_USE;
/* What happened after `from`, up to `to`. */
bool past_play(struct db *copy, const struct eval_conf *conf, struct wall from,
               struct wall to, struct err *e) MUST_USE;

/* ---- replay_link.c ---- */

/* Instead of what matching has found of the item's links, what history says. */
bool past_links(struct eval *ev, struct eval_row *r, struct err *e) MUST_USE;

#endif

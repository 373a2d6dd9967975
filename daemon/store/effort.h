/*
 * Where people's days went, kept day by day (core/effort.h has the reckoning): each
 * working day that is over is split once, by what is known of it then, and again when
 * more of it becomes known: a history that comes late, a change that was read days
 * after it was made. So the rows of a day are always what a plain look at all spans,
 * edits, links and parents of that day would say.
 *
 *   page, history, fate, move --> span, touch, past_parent --.
 *   evaluation -----------------> past_link -----------------+--> effort_stale(earliest)
 *                                                            v
 *   db_effort_step: from there to yesterday --> effort, effort_day; tally_day, scope_day
 *
 * A day keeps its links, its parents and the strategy version that was in force at its
 * end: what is changed today changes nothing before. Only days are counted that are
 * over, and of those the ones that are no older than spans are kept.
 *
 * Parked from `idle_after` past the last edit or change of status or assignee on. More
 * than 50 items of a source edited within one minute are a mass edit: it refreshes
 * nothing. (Trackers' lists do not say who edited: "by one hand" is taken for granted.)
 * Links on days before the item was first evaluated are those found then. What the
 * strategy of the day does not know is unmapped.
 */
#ifndef STORE_EFFORT_H
#define STORE_EFFORT_H

#include "store/db.h"

/* In the caller's transaction: what is known of days from `at` on has changed. */
bool effort_stale(struct db *db, struct wall at, struct err *e) MUST_USE;
/* Whether a day is over that is not split yet. */
bool effort_is_due(struct db *db, const struct eval_conf *conf, struct wall now,
                   bool *ret, struct err *e) MUST_USE;
/* Before the item gets another parent. */
bool effort_parent_was(struct db *db, int64_t item, struct str vid, struct str key,
                       struct wall now, struct err *e) MUST_USE;

/* Before evaluation finds others; `nodes` are comma separated. */
bool effort_links_were(struct db *db, int64_t item, struct str team, struct str nodes,
                       struct wall now, struct err *e) MUST_USE;
/* Two rows turn out to be one item: before `keep` takes what `drop` has. */
bool effort_join(struct db *db, int64_t keep, int64_t drop, struct wall now,
                 struct err *e) MUST_USE;

#endif

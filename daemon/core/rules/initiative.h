/*
 * What rules of initiatives ask alike: whether one runs, since when, and how it ranks.
 * Pure, any thread. `next` is when an answer could next change by time alone.
 */
#ifndef CORE_RULES_INITIATIVE_H
#define CORE_RULES_INITIATIVE_H

#include "core/rule_view.h"
#include "core/rules/wording.h"

/* Takes `t` where it is to come, and before what is there. */
void initiative_sooner(struct wall *next, struct wall t, struct wall now);
/*
 * Active, and its period runs: that of some objective it moves. One that moves nothing
 * has no period but its own dates.
 */
bool initiative_runs(const struct rule_input *in, struct wall *next);
/*
 * Whether `after` its start has come. Where no start is given it counts from when the
 * condition was first seen: hit->for_ is at least so long then.
 */
bool initiative_is_past(const struct rule_input *in, struct span after,
                        struct rule_hit *hit, struct wall *next);
/* Reach x impact x confidence / days; negative: it has none. */
double initiative_rice(const struct initiative *it);

/* The members initiative, open, in_progress and completed. */
void initiative_facts(struct wording_facts *f, const struct rule_input *in);

#endif

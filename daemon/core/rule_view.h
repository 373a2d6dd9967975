/*
 * What node rules are told of a strategy node beside its place in the strategy: how a
 * key result goes, where people's days went. Values for one call of a rule, borrowed.
 */
#ifndef CORE_RULE_VIEW_H
#define CORE_RULE_VIEW_H

#include "core/effort_sum.h"
#include "core/pace.h"
#include "core/rule.h"

struct rule_kr {
    const struct key_result *kr;
    struct kr_pace_report report; /* as of today */
    const struct kr_value *v;     /* as told, by date; of a day the last one counts */
    size_t n;
    struct date first_load; /* year 0: not known */
};

/*
 * Days up to yesterday, as split (core/effort.h); of a team where the subject is one,
 * else of all. Not there (rule_input.effort NULL): they need not be looked at again.
 */
struct rule_effort {
    struct effort_sum shares; /* of RULE_SHARE_DAYS, and not before the plan changed */
    size_t share_days;        /* working days in it */
    struct effort_sum spread; /* of RULE_SPREAD_DAYS */
    /* What `shares` was summed of, of all teams. */
    const struct effort_figure *v;
    size_t n;
};

enum { RULE_SHARE_DAYS = 28, RULE_SPREAD_DAYS = 14 };

#endif

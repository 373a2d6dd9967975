/*
 * What a digest says, as texts of a fixed width that any chat can show: bars of the
 * split, a table of key results, the strategy's minute. Pure; any thread; texts live in
 * the arena given and are empty where there is nothing to say (or memory is out:
 * arena_failed).
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdint.h>

#include "core/audience.h"
#include "core/effort_sum.h"
#include "core/rule_view.h"
#include "core/when.h"

/* X(enumerator, name, what it is) */
#define DIGEST_PARTS(X)                                                                \
    X(DIGEST_DRIFT, "drift", "open findings by rule, with what is new")                \
    X(DIGEST_SPLIT, "split", "where days went, beside the plan")                       \
    X(DIGEST_PACE, "pace", "key results and their pace")                               \
    X(DIGEST_COVERAGE, "coverage", "epics with a link; initiatives that got or lost "  \
                                   "their work")                                       \
    X(DIGEST_DECISIONS, "decisions", "reviews that are due")                           \
    X(DIGEST_MINUTE, "strategy-minute", "one intent in turn, with its why")            \
    X(DIGEST_SILENCES, "silences", "silences that end within a week")                  \
    X(DIGEST_OWNERS, "owners", "what two reminders did not move, by owner")
enum digest_part {
#define X(e, name, doc) e,
    DIGEST_PARTS(X)
#undef X
    DIGEST_PART_COUNT
};
const char *digest_part_name(enum digest_part p);
#define DIGEST_ALL ((UINT32_C(1) << DIGEST_PART_COUNT) - 1)

/* One entry of `digests:` of alignd.yaml. */
struct digest_conf {
    struct str channel;
    struct when when;
    uint32_t parts; /* bit 1 << enum digest_part */
    bool owners;    /* not to the channel: to each owner that its chat knows */
};
/* What an owner's digest may have. */
#define DIGEST_OF_OWNER                                                                \
    (UINT32_C(1) << DIGEST_DRIFT | UINT32_C(1) << DIGEST_PACE |                        \
     UINT32_C(1) << DIGEST_DECISIONS | UINT32_C(1) << DIGEST_MINUTE)

enum { DIGEST_WIDTH = 44, DIGEST_LATE_H = 24, DIGEST_SILENCE_DAYS = 7 };

/* "Grow            =====|..   35% of 51%", a line for each goal of the plan. */
struct str digest_split(const struct effort_sum *sum,
                        size_t working_days, struct arena *a);
/* These leave out what the audience does not see; NULL: it sees all. */
/* A line for each that runs, worst first. */
struct str digest_pace(const struct rule_kr *v, size_t n, const struct audience *au,
                       struct arena *a);
/* Whether none of these is off its pace, out of its bound or stale. */
bool digest_pace_is_quiet(const struct rule_kr *v, size_t n, const struct audience *au);
/* The `turn`th of the intents that are seen and not over, round and round; NULL: there is
   none. */
const struct intent *digest_intent(const struct strategy *s, int64_t turn,
                                   struct date today, const struct audience *au);
/* What it is, why, and by which objectives it is served. */
struct str digest_minute(const struct strategy *s, const struct intent *in,
                         const struct audience *au, struct arena *a);
/* What is to be reviewed within 14 days or ought to have been; of that owner only, where
   one is given. */
struct str digest_decisions(const struct strategy *s, struct date today,
                            const struct person *owner, const struct audience *au,
                            struct arena *a);

#endif

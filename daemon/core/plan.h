/*
 * Why a finding was told, or was not. One reason for each finding and plan:
 * the first that holds, in the order below. Pure, any thread, cannot fail.
 *
 * plan_decide gives the reasons up to GROUPED, OVER and UNCHANGED; OUTSIDE_HOURS
 * and BUDGET are its group's, RESOLVED to REMINDER are set when the group is sent.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "core/finding.h"
#include "core/route.h"

/* Numbers and names are stored. X(enumerator, number, name, sentence) */
#define PLAN_REASONS(X)                                                                   \
    X(PLAN_NONE, 0, "none", "not planned yet")                                            \
    X(PLAN_PENDING, 1, "pending", "it has not held for its `for` yet")                    \
    X(PLAN_SOURCE_STALE, 2, "source-stale", "its source is stale: nothing is judged")     \
    X(PLAN_BASELINE, 3, "baseline", "it was there before it came into view")              \
    X(PLAN_EXEMPT, 4, "exempt", "its subject is exempted")                                \
    X(PLAN_SILENCED, 5, "silenced", "a silence covers it")                                \
    X(PLAN_SNOOZED, 6, "snoozed", "it is snoozed")                                        \
    X(PLAN_ACKED, 7, "acked", "someone is on it")                                         \
    X(PLAN_INHIBITED, 8, "inhibited", "another finding explains it")                      \
    X(PLAN_FIRST, 20, "first", "it is the first time: only digests have it at first")     \
    X(PLAN_UNROUTED, 9, "unrouted", "no route takes it")                                  \
    X(PLAN_OUTSIDE_HOURS, 10, "outside-hours", "it waits for hours of its route")              \
    X(PLAN_BUDGET, 11, "budget", "the channel's message budget is used up")               \
    X(PLAN_DIGEST, 12, "digest", "it goes to digests only")                               \
    X(PLAN_GROUPED, 13, "grouped", "it waits for its group's next message")               \
    X(PLAN_RESOLVED, 14, "resolved", "a message says that it is over")                    \
    X(PLAN_WORSE, 15, "worse", "a message says that it got worse")                        \
    X(PLAN_NEW, 16, "new", "a message says that it is new")                               \
    X(PLAN_REMINDER, 17, "reminder", "a message reminds of it")                           \
    X(PLAN_OVER, 19, "over", "it was over before it was told")                            \
    X(PLAN_UNCHANGED, 18, "unchanged", "there is nothing new to tell")

enum plan_reason {
#define X(e, n, name, text) e = n,
    PLAN_REASONS(X)
#undef X
};
const char *plan_reason_name(enum plan_reason r);
const char *plan_reason_text(enum plan_reason r);

enum { PLAN_REMINDERS = 2 }; /* then only digests have it */

/* What one channel was told of a finding last. */
struct plan_told {
    int64_t episode;        /* 0: nothing, ever */
    enum severity severity;
    bool resolved;          /* the end of the episode was told */
    struct wall at;
    unsigned reminders;     /* of the episode: up to PLAN_REMINDERS */
};

/* What holds now, and what the destination was told already. */
struct plan_input {
    const struct finding *finding;
    bool stale, baseline, exempt, inhibited;
    struct wall silenced_until; /* 0: no silence covers it */
    struct wall snoozed_until;
    bool acked;
    struct wall first_until; /* a first finding is not told before; 0: at once */
    struct plan_told told;
};

struct plan_step {
    enum plan_reason reason; /* GROUPED: join (or stay in) the group; else leave it */
    enum plan_reason kind;   /* what the message will say: NEW, WORSE, RESOLVED, REMINDER */
    struct wall next; /* look again then; 0: when something changes */
};

/*
 * For one destination, which hears of what it was told itself and of nothing
 * else. `route` NULL: no route takes the finding.
 *
 * What there is to tell: NEW, an episode not told of; WORSE, a severity above
 * the one told; REMINDER, repeat_interval after the last message; RESOLVED, the
 * end of the episode told of. An end not yet told is told in spite of exempt,
 * snoozed, acked and inhibited: those say why it need not be dealt with, and now
 * it is; and it goes by the severity that was told. Otherwise they hold for
 * findings that fire or have ended untold. OVER: it ended, and the destination
 * never heard that it began.
 *
 * FIRST holds only where the destination was told of no episode.
 *
 * `next` is the end of the silence, of the snooze or of the first wait, or the time of the reminder.
 */
struct plan_step plan_decide(const struct plan_input *in, const struct route_hit *route,
                             struct wall now);

/*
 * Until when a finding of that subject is a first one, which is told only if it lasts:
 * `wait` after it fired, in its first episode. 0: it is none. Items have their baseline
 * instead, and what alignd itself lacks is told at once, as are high findings of rules
 * that say so (rule.at_once). `r` NULL: a rule that is gone.
 */
struct wall plan_first_until(const struct finding *f, enum rule_subject of,
                             const struct rule *r, const struct calendar *cal,
                             struct span wait);

/*
 * Of the steps for n > 0 destinations, the one whose reason is the finding's:
 * the first that waits for a message, else the first that is not OVER (it was
 * told somewhere, or something else holds it back), else the first.
 */
size_t plan_main(const struct plan_step *steps, size_t n);

/* How urgent a member of a group is: a reminder of something high is no more than a
   warning, because nothing has happened since it was told. */
enum severity plan_urgency(enum plan_reason kind, enum severity s);

/*
 * When a group with these members is due: `worst` is its most urgent,
 * `first` when the oldest waiting member joined, `last_sent` 0 if never.
 * Without an interval of its own, warn goes out at the next 10:00 of a working
 * day, high after group_wait. With one: group_wait after the first, and not
 * before group_interval after the last message. Never outside the route's
 * hours (those of `cal` where it has none), high excepted unless the route
 * names hours itself, and never in a mute window. Never before `now`: a group overdue is due now, or when
 * its hours next begin, so ask again when the time has come. INT64_MAX: hours and
 * mute windows leave no time.
 */
struct plan_due {
    struct wall at;
    enum plan_reason reason; /* GROUPED; OUTSIDE_HOURS, BUDGET: what puts it off */
};
struct plan_due plan_group_due(const struct route_hit *route, const struct calendar *cal,
                               enum severity worst, struct wall first,
                               struct wall last_sent, struct wall now);
/* The same for lines that only say what is over: with the day's last open minute after
   `first`, in company before. */
struct plan_due plan_over_due(const struct route_hit *route, const struct calendar *cal,
                              struct wall first, struct wall now);

/* Messages of the channel that count: those whose worst finding is not high. */
struct plan_sent {
    int64_t today, week;
};
/* The local day and week (from Monday) of `now`; `to` is not in it any more. */
struct plan_window {
    struct wall from, to;
};
void plan_budget_windows(const struct tz *tz, struct wall now, struct plan_window *ret_day,
                         struct plan_window *ret_week);
/* A message that is due at `due.at` and counts: later, where the budget of the day or the
   week that `now` is in is used up and it would fall into it. */
struct plan_due plan_budget(const struct route_hit *route, const struct calendar *cal,
                            const struct plan_sent *sent, struct plan_due due,
                            struct wall now);

#endif

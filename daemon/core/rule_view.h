/*
 * What node rules are told of a strategy node beside its place in the strategy: how a
 * key result goes, where people's days went. Values for one call of a rule, borrowed.
 */
#ifndef CORE_RULE_VIEW_H
#define CORE_RULE_VIEW_H

#include "core/assume_eval.h"
#include "core/effort_sum.h"
#include "core/forecast.h"
#include "core/pace.h"
#include "core/rule.h"

/* What a new version of the strategy asks of a key result instead, while it ran. */
struct rule_retarget {
    struct wall at; /* 0: none did */
    double elapsed; /* of the period that it had, 0 to 1 */
    struct str words;
};

struct rule_kr {
    const struct key_result *kr;
    struct kr_pace_report report; /* as of today */
    const struct kr_value *v;     /* as told, by date; of a day the last one counts */
    size_t n;
    struct date first_load; /* year 0: not known */
    struct rule_retarget retarget; /* the last one */
};

/* One expression of what a decision assumes, of RULE_DECISION. */
struct rule_assumption {
    struct str text;
    struct assume form;
    struct assume_verdict verdict;
    struct wall false_since;   /* last known as false since then; 0: as true, or never */
    struct wall unknown_since; /* 0: it is known */
};

/* What a competitor attacks, an intent or an objective, of RULE_COMPETITOR. */
struct rule_attack {
    const struct node *node;
    const struct rule_kr *krs; /* of objectives that serve it and run */
    size_t n_krs;
};

/* How it goes with a channel, of RULE_CHANNEL. */
struct rule_channel {
    struct str name, reason;
    struct wall dead_since; /* 0: it is not */
};

/* What became of the strategy file, of RULE_STRATEGY. */
struct rule_version {
    struct wall changed; /* when the version in force came; 0: it is the first */
    struct str summary;  /* "2 added, 1 retargeted" */
    struct str *words;   /* of the first changes */
    size_t n_words, n_changes;
    struct str broken; /* why the file on disk does not load; empty: it does */
    struct wall broken_since;
};

/*
 * Days up to yesterday, as split (core/effort.h); of a team where the subject is one,
 * else of all. Not there (rule_input.effort NULL): they need not be looked at again.
 */
struct rule_effort {
    struct effort_sum all;    /* of RULE_SHARE_DAYS */
    struct effort_sum shares; /* of them, those since the plan changed */
    size_t share_days;        /* working days in it */
    struct effort_sum spread; /* of RULE_SPREAD_DAYS */
    /* What `shares` was summed of, of all teams. */
    const struct effort_figure *v;
    size_t n;
};

enum { RULE_SHARE_DAYS = 28, RULE_SPREAD_DAYS = 14 };

/* What was spent on one item. */
struct rule_spent {
    struct str key; /* empty: there is none */
    double days;    /* person-days, of all days that were split */
};
/* Whether a team that must work in an initiative has anything open or done in it. */
enum rule_need { NEED_UNKNOWN, NEED_MET, NEED_MISSING };

enum { RULE_DONE_WEEKS = 8 };

/* Of an active initiative, by what is linked to it now; another has nothing. */
struct rule_initiative {
    /* The last day at whose end something was open, was in progress; looked for where
       nothing is now. Year 0: none is known. */
    struct date open_until, busy_until;
    int64_t done[RULE_DONE_WEEKS];  /* completed in 7 days each, the last first */
    const enum rule_need *needs;    /* one for each of initiative.needs */
    size_t children;                /* open, worked on, and linked by themselves */
    double children_days;           /* on them and what is under them */
    struct rule_spent largest;      /* of them */
    struct rule_spent single;       /* open, without children: the one with most */
    const struct rule_kr *moves;    /* one for each of initiative.moves */
    struct forecast forecast;       /* where its `due` may be missed; else: few closed */
};

/* Of an objective, on the last day that was split. */
struct rule_goal {
    struct date day; /* year 0: no day was */
    int64_t in_progress, unattributed; /* leaves, parked ones left out */
};

/* What was worked on in RULE_SPREAD_DAYS at one place: a component of a project, or a
   repository. One for each team and objective there. */
struct rule_place {
    struct str place, team, objective;
    int64_t items;
};
/* An open item that waits for one of another team. */
struct rule_blocked {
    struct str item, team, blocker, blocking; /* keys, and who has them */
    struct wall since;                        /* seen so */
};
/* Where teams meet. */
struct rule_places {
    const struct rule_place *v; /* by place, then by items, most first */
    size_t n;
    const struct rule_blocked *blocked; /* the longest first */
    size_t n_blocked;
};

#endif

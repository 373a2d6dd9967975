/*
 * Private to core/lint*.c: what checks are given, beside the strategy itself
 * what takes a pass over all of it to know, and the checks.
 */
#ifndef CORE_LINT_IN_H
#define CORE_LINT_IN_H

#include "core/lint.h"

enum {
    LINT_WHY_WORDS = 8,      /* fewer say no why */
    LINT_OBJECTIVES_MAX = 5, /* at one time */
};

struct lint_in {
    const struct strategy *s;
    struct date today;
    struct arena *a;
    /* By index of the list: */
    bool *served;         /* intents: an objective that is not over names it */
    bool *measured;       /* objectives: has key results */
    bool *in_money;       /* objectives: a key result is an amount of money, */
    bool *in_other;       /* or is not */
    bool *in_team;        /* key results: a team has it among its own */
    size_t *metric_first; /* key results: the first of the same metric, */
    size_t *metric_next;  /* and the next one; 0: none */
    bool any_rice, any_share, any_assumption;
    size_t n_live_initiatives;
    /* The most objectives at one time, and the first that is one too many. */
    size_t most_objectives;
    const struct objective *one_too_many;
    unsigned missing; /* see struct lint */
    struct date next_end; /* see lint_next_end */
};

struct lint_hit {
    struct str message, fix;
    const struct node *at; /* where, if not at the node asked about */
};

bool lint_in_fill(struct lint_in *in) MUST_USE; /* false: out of memory */

bool lint_objective_over(const struct objective *o, struct date today);
bool lint_initiative_over(const struct initiative *i);
bool lint_intent_over(const struct intent *i, struct date today);

/* A node's title or the like within a message: not too long, in quotes. */
struct str lint_quoted(const struct lint_in *in, struct str s);
const char *lint_kind_words(enum node_kind k); /* "key result" */

typedef enum lint_answer lint_ask(const struct lint_in *in, const struct node *n,
                                  struct lint_hit *hit);
/* lint_cascade.c: what the cascade hangs together by */
lint_ask lint_missing_middle, lint_kr_unmeasurable, lint_contested_metric,
    lint_team_without_kr, lint_kr_without_team, lint_objectives_over,
    lint_initiatives_over, lint_shares_sum, lint_share_missing;
/* lint_wording.c: what nodes say */
lint_ask lint_vague_vision, lint_output_verb, lint_only_number, lint_currency_target,
    lint_kr_deliverable, lint_many_objectives, lint_owner_missing, lint_why_missing,
    lint_rank_missing;

#define LINT_INTENT(n) ((const struct intent *)(const void *)(n))
#define LINT_OBJECTIVE(n) ((const struct objective *)(const void *)(n))
#define LINT_KR(n) ((const struct key_result *)(const void *)(n))
#define LINT_INITIATIVE(n) ((const struct initiative *)(const void *)(n))
#define LINT_TEAM(n) ((const struct team *)(const void *)(n))
#define LINT_VISION(n) ((const struct vision *)(const void *)(n))

#endif

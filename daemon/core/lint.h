/*
 * The form of a strategy: what it leaves open, what it cannot be held to, where
 * it says output for outcome. Form says nothing about being right. Checks are a
 * table; each is a pure function of the strategy and one of its nodes, so that a
 * check can be asked alone. No I/O, no clock: the day is given. Any thread.
 *
 * What is over is history and is not asked about: objectives past `to` with
 * their key results, intents past `until`, initiatives done or dropped.
 */
#ifndef CORE_LINT_H
#define CORE_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/date.h"
#include "base/str.h"
#include "core/strategy.h"

/* Order is meaning: a higher number is worse. X(enumerator, name) */
#define LINT_LEVELS(X)                                                                 \
    X(LINT_HINT, "hint")                                                               \
    X(LINT_WARNING, "warning")                                                         \
    X(LINT_ERROR, "error")
enum lint_level {
#define X(e, name) e,
    LINT_LEVELS(X)
#undef X
        LINT_LEVEL_COUNT
};
const char *lint_level_name(enum lint_level l);

struct lint_in;
struct lint_hit;
enum lint_answer { LINT_NOT_ASKED, LINT_PASSED, LINT_FOUND };

struct lint_check {
    const char *id; /* stable: shown, configured, documented */
    enum lint_level level;
    unsigned of;      /* STRATEGY_KIND mask of nodes; 0: the strategy as a whole */
    const char *what; /* what it asks, a sentence without its full stop */
    const char *why;  /* why it matters, or what the part makes possible */
    enum lint_answer (*ask)(const struct lint_in *in, const struct node *n,
                            struct lint_hit *hit);
    /* Instead of `ask`: whether an optional part is there, and what it is called. */
    enum lint_answer (*has)(const struct lint_in *in);
    const char *part, *fix;
};
extern const struct lint_check lint_checks[]; /* ends with id NULL */
const struct lint_check *lint_find(struct str id);
/* Whether the node is history, which nobody is asked about. */
bool lint_over(const struct node *n, struct date today);

struct lint_finding {
    const char *check; /* id; "load" for what loading has warned of */
    enum lint_level level;
    const char *kind; /* of the node; "strategy" for the whole of it */
    struct str node;  /* id; empty: the whole of it, or not known */
    struct str file;
    uint32_t line;
    struct str message, fix; /* of the file's words in them nothing is made safe */
};

enum lint_grade { LINT_RED, LINT_AMBER, LINT_GREEN };
const char *lint_grade_name(enum lint_grade g);

struct lint {
    struct lint_finding *v; /* by file, line and order of the table; in the arena */
    size_t n, cap;
    /* One for each check and node asked; what a check has nothing to look at in is not.
     */
    size_t asked, passed;
    size_t found[LINT_LEVEL_COUNT]; /* asked = passed + these */
    unsigned missing;               /* STRATEGY_KIND mask: levels of the cascade */
};

/* Texts are in the arena or the strategy's. False: out of memory. */
bool lint_run(const struct strategy *s, struct date today, struct arena *a,
              struct lint *ret) MUST_USE;
/*
 * Checks asked one by one, as the rules of the daemon do. lint_prepare: what takes a pass
 * over all of the strategy, as of a day; it lives in the arena, borrows the strategy and
 * is immutable. NULL: out of memory.
 */
const struct lint_in *lint_prepare(const struct strategy *s, struct date today,
                                   struct arena *a);
/* One check of the table, of one node. LINT_FOUND: *ret is filled in, its texts in `a`.
   Of what is over, or no such check is about, it is not asked. */
enum lint_answer lint_ask_check(const struct lint_in *in, const char *check,
                                const struct node *n, struct arena *a,
                                struct lint_finding *ret);
/* The first day on which something of today is over, and answers may differ; year 0:
   none is. */
struct date lint_next_end(const struct lint_in *in);
/* Adds what was found elsewhere and counts it; lint_sort puts it in its place. False:
   out of memory. */
bool lint_add(struct lint *l, struct arena *a, const struct lint_finding *f) MUST_USE;
void lint_sort(struct lint *l);
/* (passed + 0.5 * hints) / asked: a hint counts half, a warning or error nothing. */
double lint_score(const struct lint *l);
/* Red below 45% or without a level of the cascade, green from 75%. */
enum lint_grade lint_grade(const struct lint *l);

#endif

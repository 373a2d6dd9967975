/*
 * An expression in `assumes`: `function(id) comparison number`, such as
 * `share(grow) >= 55%` or `coverage() > 80%`. Its form alone: whether it is true is
 * core/assume_eval.h's. Pure; any thread.
 */
#ifndef CORE_ASSUME_H
#define CORE_ASSUME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

/* X(enumerator, name) */
#define ASSUME_FUNCTIONS(X)                                                            \
    X(ASSUME_SHARE, "share")       /* of all effort, of an intent, objective, ... */   \
    X(ASSUME_VALUE, "value")       /* of a key result: the last one */                 \
    X(ASSUME_PACE, "pace")         /* of a key result: progress less expected */       \
    X(ASSUME_PROGRESS, "progress") /* of a key result: 1 is all of the way */          \
    X(ASSUME_COVERAGE, "coverage") /* linked, of the open epic-level work */           \
    X(ASSUME_SPREAD, "spread")     /* of a team: initiatives it works on at a time */  \
    X(ASSUME_OPEN, "open")         /* of an initiative: items; their part, with % */   \
    X(ASSUME_DONE, "done")         /* likewise */

enum assume_function {
#define X(e, name) e,
    ASSUME_FUNCTIONS(X)
#undef X
};

/* X(enumerator, text): a longer one comes before what it begins with. */
#define ASSUME_OPERATORS(X)                                                            \
    X(ASSUME_AT_LEAST, ">=")                                                           \
    X(ASSUME_AT_MOST, "<=")                                                            \
    X(ASSUME_IS, "==")                                                                 \
    X(ASSUME_IS_NOT, "!=")                                                             \
    X(ASSUME_OVER, ">")                                                                \
    X(ASSUME_UNDER, "<")

enum assume_operator {
#define X(e, text) e,
    ASSUME_OPERATORS(X)
#undef X
};

struct assume {
    enum assume_function function;
    struct str id;  /* view of the text; empty for coverage() */
    size_t id_at;   /* its offset */
    unsigned kinds; /* STRATEGY_KIND(...): what the id may name */
    enum assume_operator op;
    double number; /* as written: 55 of "55%" */
    bool percent;
};

/* False with what is wrong (a constant) and where: offset and length. */
bool assume_parse(struct str text, struct assume *ret, const char **ret_wrong,
                  size_t *ret_at, size_t *ret_n) MUST_USE;
/* Names of the functions, for suggestions; NULL-terminated. */
extern const char *const assume_functions[];

#endif

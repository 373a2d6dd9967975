/*
 * The form of an expression in `assumes`: `function(id) comparison number`,
 * such as `share(grow) >= 55%` or `coverage() > 80%`. Only its form: what it
 * says of the world is decided by a rule. Pure.
 */
#ifndef CONFIG_ASSUME_H
#define CONFIG_ASSUME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct assume {
    struct str id;  /* view of the text; empty for coverage() */
    size_t id_at;   /* its offset */
    unsigned kinds; /* STRATEGY_KIND(...): what the id may name */
};

/* False with what is wrong (a constant) and where: offset and length. */
bool assume_parse(struct str text, struct assume *ret, const char **ret_wrong,
                  size_t *ret_at, size_t *ret_n) MUST_USE;
/* Names of the functions, for suggestions; NULL-terminated. */
extern const char *const assume_functions[];

#endif

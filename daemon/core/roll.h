/*
 * A draft of the next period: what ends in the period before gets a copy in the new
 * one, with an id of its own, the value that is known last as its baseline, and its
 * target left open, marked as such, which lint names. What a person has to decide
 * stands in comments. Pure; any thread.
 */
#ifndef CORE_ROLL_H
#define CORE_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/pace.h"
#include "core/period.h"
#include "core/strategy.h"

/* What an objective or key result is called in the new period. */
struct roll_name {
    const struct node *node; /* the old one */
    struct str id;
};

struct roll {
    const struct strategy *s;
    struct period period;
    struct str name;              /* of the period, as ids end: "2027q1" */
    const struct kr_value *known; /* the last of each key result of `s`, in its order;
                                     year 0: none. NULL: none at all */
    struct arena *a;
    /* What was done. */
    size_t objectives, key_results;
    struct roll_name *names;
    size_t n_names, cap_names;
};

/*
 * Appends the new objectives as items of a list, each indented by `indent`, and the
 * comments before them. With ret->objectives 0 afterwards, nothing ends.
 */
bool roll_write(struct roll *r, size_t indent, struct buf *out, struct err *e) MUST_USE;

/* After roll_write: the new id of a key result that was copied; empty: it was not. */
struct str roll_new_id(const struct roll *r, const struct key_result *kr);
/* Not over, and not due before the new period: it is to move what is new in it. */
bool roll_carries_on(const struct roll *r, const struct initiative *in);

/*
 * Where in the text of one file the new items belong: behind the last of its
 * `objectives`, and how far items are indented. False: they stand in no block list.
 */
bool roll_place(struct str text, size_t *ret_at, size_t *ret_indent);

#endif

/*
 * The days of a window as they were split, read once and summed for all or for a team.
 * Reader or engine thread; memory is the arena's.
 */
#ifndef STORE_EFFORT_WINDOW_H
#define STORE_EFFORT_WINDOW_H

#include <stdbool.h>

#include "core/effort_sum.h"
#include "store/db.h"

struct effort_window {
    struct db *db;           /* borrowed, as is the arena */
    struct arena *a;
    struct date from, to;    /* both included */
    bool is_since_plan;      /* shorter than asked: the plan is new */
    struct effort_figure *v; /* of all teams */
    size_t n;
};

/* The figures of windows that were read, for who looks at the same days for one team
   after another: a list, in the arena they were read with, true for one transaction. */
struct effort_kept {
    struct effort_kept *next;
    struct date from, to;
    struct effort_figure *v;
    size_t n;
};

/* `plan_of` a team, or (empty) of all: it begins no earlier than their plan of the shares
   that it ends with. NULL: whatever the plan was. `kept`: looked at first and added to;
   NULL: nothing is kept. */
bool effort_window_read(struct effort_window *ret, struct db *db, struct arena *a,
                        struct date from, struct date to, const struct str *plan_of,
                        struct effort_kept **kept, struct err *e) MUST_USE;
/* By the strategy `s`; `team` empty: of all. */
bool effort_window_sum(const struct effort_window *w, const struct strategy *s,
                       struct str team, struct effort_sum *ret,
                       struct err *e) MUST_USE;

#endif

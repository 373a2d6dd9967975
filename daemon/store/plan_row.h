/*
 * Planning one finding: what is known of it besides its row, where it goes, what
 * was told there and what was decided. Shared by evaluation and by flushing.
 */
#ifndef STORE_PLAN_ROW_H
#define STORE_PLAN_ROW_H

#include <stdbool.h>

#include "core/plan.h"
#include "core/route.h"
#include "store/eval.h"
#include "store/finding_row.h"

enum { PLAN_MAX_ROUTES = 8 };

struct plan_row {
    struct finding_stored f;
    bool stale;              /* nothing may be concluded about its subject */
    bool hidden, gone;       /* the item is: store/fate.h */
    bool waiting;            /* in a batch */
    const struct silence *silence; /* that covers it; NULL: none does */
    const struct node *node; /* of the strategy; NULL: none */
    struct route_hit hits[PLAN_MAX_ROUTES]; /* one for each channel */
    struct plan_told told[PLAN_MAX_ROUTES]; /* what each of them was told */
    size_t n_hits;
};

/* What comes next for each destination; one step where no route takes it. */
struct plan_steps {
    struct plan_step v[PLAN_MAX_ROUTES];
    size_t main; /* whose reason is the finding's */
    struct wall next;
};

/* What follows the columns of a finding in a SELECT from finding f. */
#define PLAN_COLUMNS                                                                   \
    ", EXISTS (SELECT 1 FROM member WHERE finding = f.n),"                             \
    " coalesce((SELECT has FROM item WHERE id = f.item AND f.item > 0), 0)"
enum { PLAN_COLUMN_COUNT = 2 };
void plan_read(struct eval *ev, const struct query *q, struct plan_row *ret);
/* Labels, routes, staleness, what was told; into ev->item. */
bool plan_route(struct eval *ev, struct plan_row *p, struct err *e) MUST_USE;
/* What was told, as it is stored now; plan_route did it before. */
bool plan_told(struct eval *ev, struct plan_row *p, struct err *e) MUST_USE;
void plan_steps(struct eval *ev, const struct plan_row *p, bool inhibited,
                struct plan_steps *ret);
/* Who is asked to see to it: its node's owner or that of its objective; empty: nobody. */
struct str plan_owner(const struct plan_row *p);
/* The objective the node serves; NULL: none. */
const struct objective *plan_objective(const struct node *n);

#endif

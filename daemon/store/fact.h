/*
 * What the functions of an assumption (core/assume_eval.h) find in the database:
 * values of key results, coverage, items of an initiative. What hangs on a source that
 * is not fresh is not known, nor is a figure of effort that can be trusted little.
 * Reader or engine thread; memory is the caller's
 * arena, into which all is read once.
 */
#ifndef STORE_FACT_H
#define STORE_FACT_H

#include <stdbool.h>

#include "core/assume_eval.h"
#include "core/rule_view.h"
#include "store/db.h"
#include "store/effort_window.h"

/* So many days up to yesterday, of a team or (empty) of all; `by_plan`: from when on the
   planned shares are those of the last day. */
struct facts_days {
    struct effort_sum sum;
    struct effort_figure *v; /* of all teams */
    size_t n;
};

struct facts {
    struct db *db;
    const struct eval_conf *conf;
    struct wall now;
    struct arena *a;
    bool counted;            /* what follows is read */
    const char *not_counted; /* why counts are not known; NULL: they are */
    struct coverage_rows rows;
    bool has_shares;               /* `shares` is read: of all, by the plan */
    struct facts_days shares;
    struct effort_kept *days; /* read so far */
    int64_t epics, linked, exempt; /* open and epic-level, of them linked, exempt */
};

void facts_init(struct facts *f, struct db *db, const struct eval_conf *conf,
                struct wall now, struct arena *a);
/* An assume_look_fn; `facts` is a struct facts. */
bool facts_look(void *facts, const struct assume *a, struct assume_found *ret,
                struct err *e) MUST_USE;
/* How a key result goes today, from the values that were told of it; *ret_row may be
   NULL. */
bool facts_key_result(struct facts *f, const struct key_result *kr,
                      struct kr_row *ret_row, struct kr_pace_report *ret,
                      struct err *e) MUST_USE;
/* The same with the values, as rules see it. */
bool facts_told(struct facts *f, const struct key_result *kr, struct kr_row *ret_row,
                struct rule_kr *ret, struct err *e) MUST_USE;

bool facts_effort(struct facts *f, struct str team, int64_t days, bool by_plan,
                  struct facts_days *ret, struct err *e) MUST_USE;
/* Why what is counted of items is not known, a constant or in the arena; NULL: it is.
   The counts are in f->rows afterwards. */
bool facts_count(struct facts *f, const char **ret_unknown, struct err *e) MUST_USE;
/* Nothing where no item is linked. */
struct tally facts_tally(const struct facts *f, struct str id);
/* How many open items are a team's. */
bool facts_team(struct facts *f, struct str id, int64_t *ret, struct err *e) MUST_USE;

#endif

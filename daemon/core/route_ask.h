/*
 * What routing would do with a finding that does not exist: which routes are asked, why
 * each takes it or does not, and what holds where it goes. Pure, any thread; views borrow
 * from what is given and from the arena. Texts are English.
 */
#ifndef CORE_ROUTE_ASK_H
#define CORE_ROUTE_ASK_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/plan.h"
#include "core/route.h"
#include "core/rule.h"
#include "core/strategy.h"

/* What routes are and name; all borrowed. */
struct route_world {
    const struct route *routes;
    size_t n_routes;
    const struct strategy *strategy;
    const struct rule_conf *rules; /* one for each of rules[] */
    const struct calendar *cal;
    const struct str *sources; /* names */
    size_t n_sources;
    struct str operations_channel; /* empty: none is configured */
};

/* Why no message would come of it. */
enum route_quiet {
    ROUTE_LOUD,
    ROUTE_QUIET_OFF,     /* the rule is off */
    ROUTE_QUIET_DIGEST,  /* only digests have what is info */
    ROUTE_QUIET_UNROUTED /* no route takes it */
};

enum { ROUTE_ANSWERS = 8 };

struct route_answer {
    struct route_labels labels; /* with what follows from those given */
    const struct rule *rule;    /* NULL: not said */
    bool operations; /* the operations channel has it, whatever routes say */
    enum route_quiet quiet;
    struct route_visit *visits;
    size_t n_visits;
    struct route_hit hits[ROUTE_ANSWERS];
    struct str places[ROUTE_ANSWERS]; /* "2.1"; empty: no route's */
    struct plan_sent sent[ROUTE_ANSWERS]; /* for the caller to fill in, if it can */
    bool has_sent;
    size_t n_hits;
};

/*
 * Labels that are empty are not said. The severity then is the rule's; an initiative has
 * its objective, an objective its intent, both their owner. ERR_USAGE, with what there is
 * to choose from, for a rule, severity, source or node of the strategy that does not
 * exist.
 */
bool route_ask(const struct route_world *w, const struct route_labels *labels,
               struct arena *a, struct route_answer *ret, struct err *e) MUST_USE;

/* As JSON, one object: with the answer, when its message would go out. */
void route_ask_write(struct buf *out, const struct route_world *w,
                     const struct route_answer *r, struct wall now);
/* All routes as JSON, in file order. */
void route_list_write(struct buf *out, const struct route_world *w, struct arena *a);

#endif

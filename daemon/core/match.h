/*
 * From an item to the parts of the strategy it names: one compiled matcher
 * for a strategy, so that a thousand initiatives cost one hash look-up per
 * mark and not a thousand; globs are found by their literal beginning or end.
 * Pure; a matcher is immutable and may be shared by threads. It owns its
 * memory and borrows the strategy, which must outlive it. Out of memory is the
 * only failure.
 *
 * Names compare by text_key. A name may be an initiative, a bucket, a key
 * result, an objective, an intent, the vision, or an id that was retired; a
 * former id (`was`) means the node it is now. Everything else, a team's id for
 * one, is unknown. What is linked straight to an objective, a key result, an
 * intent or the vision counts as linked: that it skips the middle is told by a
 * rule of its own, and its days count for the objective where there is one.
 */
#ifndef CORE_MATCH_H
#define CORE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/item.h"
#include "core/strategy.h"

/* Strongest first; numbers and names are stored. X(enumerator, number, name) */
#define LINK_METHODS(X)                 \
    X(LINK_MANUAL, 1, "manual")         \
    X(LINK_TRACKER, 2, "tracker")       \
    X(LINK_FIELD, 3, "field")           \
    X(LINK_LABEL, 4, "label")           \
    X(LINK_SCOPE, 5, "scope")           \
    X(LINK_REFERENCE, 6, "reference")   \
    X(LINK_INHERITED, 7, "inherited")   \
    X(LINK_BUCKET, 8, "bucket")

enum link_method {
#define X(e, n, name) e = n,
    LINK_METHODS(X)
#undef X
};
const char *link_method_name(enum link_method m);

struct link {
    enum link_method method;
    struct str node;   /* canonical id where it is known, as written otherwise */
    bool known;        /* false: names an id that does not exist */
    struct str detail; /* evidence for people: "label initiative:onboarding" */
};

struct link_set {
    struct link *v; /* by method, then in order found; no repeats of (method, node) */
    size_t n;
    enum link_method strongest; /* of the known ones; 0: none */
    /* Exemptions found on the item: */
    bool exempt;  /* label strategy:none, or a line Strategy: none */
    struct str exempt_reason;
    bool later;   /* label strategy:later */
};

/* What matching reads of an item; a view over a stored row or a feed's item. */
struct match_item {
    struct str source, scope, key, type, title, excerpt;
    int level;
    const struct mark *marks;
    size_t n_marks;
};

struct matcher;

/* Settings of alignd.yaml that steer matching. */
struct match_conf {
    struct str initiative_field; /* fields.initiative of the item's source; empty: none */
    const struct str_list *link_types;
};

bool matcher_create(const struct strategy *s, struct matcher **ret, struct err *e) MUST_USE;
void matcher_destroy(struct matcher *m);

/*
 * Methods 2 to 6 and 8, and the exemptions. `manual` (method 1, from the
 * store) and `inherited` (the effective links of the nearest ancestor linked
 * by 1 to 6 or to a bucket, methods rewritten to 7 or 8 here) are given; their
 * `detail` is kept where it is not empty, an inherited link that is not known
 * is dropped. A LINK mark counts when its target key stands for an initiative.
 *
 * Unknown (known false) are: a value of conf's initiative field, a label
 * "initiative:ID" and a reference that no initiative explains, and a manual
 * link whose node is gone. Method 5 also takes `match.types`. A bucket's match
 * counts where 1 to 7 gave nothing known, the ancestor's bucket where its own
 * traits name none. Views in the result borrow from item, strategy and `a`.
 */
bool match_item(const struct matcher *m, const struct match_conf *conf,
                const struct match_item *item, const struct link *manual, size_t n_manual,
                const struct link *inherited, size_t n_inherited, struct arena *a,
                struct link_set *ret, struct err *e) MUST_USE;

/* True for links of the strongest method that answered with a known node. */
bool link_is_effective(const struct link_set *s, const struct link *l);

/* First team in file order that claims the item; NULL: none (or `a` failed). */
const struct team *match_team(const struct matcher *m, const struct match_item *item,
                              struct arena *a);

/*
 * The not_doing entry it matches, if any: the first in file order by a label
 * or another mark (*by_label), else the first by text: one phrase in the
 * title, or two of the entry's phrases in the excerpt. NULL also when `a` failed.
 */
const struct not_doing *match_not_doing(const struct matcher *m,
                                        const struct match_item *item, struct arena *a,
                                        bool *by_label);

#endif

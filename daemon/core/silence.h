/*
 * A silence keeps findings quiet for a time: labels with globs, as routes have
 * them, a reason, an author and an end. It ends by itself when it has covered
 * nothing for a week: what it was for is over. Pure, any thread; views borrow
 * from the arena.
 */
#ifndef CORE_SILENCE_H
#define CORE_SILENCE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/route.h"

#define SILENCE_LONGEST DUR_DAY(30)
#define SILENCE_IDLE DUR_DAY(7)

struct silence {
    int64_t id;
    struct str_list match[ROUTE_LABEL_COUNT]; /* globs; empty list: anything */
    struct wall until;
};

/*
 * "team=payments,web rule=unlinked-work": a label once, its globs by commas. ERR_USAGE
 * for a label that is unknown or empty, where there is none at all, and for a character
 * in a glob that would end it (a blank, a comma, a control character).
 */
bool silence_parse(struct str text, struct arena *a,
                   struct str_list ret[ROUTE_LABEL_COUNT], struct err *e) MUST_USE;
void silence_print(struct buf *out, const struct str_list match[ROUTE_LABEL_COUNT]);

/* Of those that cover the labels, the one that lasts longest; NULL: none does. */
const struct silence *silence_find(const struct silence *v, size_t n,
                                   const struct route_labels *labels, struct arena *a);

/* When it ends by itself unless something changes: its end, or a week of covering
   nothing (idle_since 0: it covers something). */
struct wall silence_ends(struct wall until, struct wall idle_since);

#endif

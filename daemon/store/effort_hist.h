/*
 * What is known of single items over the days of one step (store/effort.h): spans,
 * links, parents, children, read once for each item that is asked for.
 */
#ifndef STORE_EFFORT_HIST_H
#define STORE_EFFORT_HIST_H

#include "base/map.h"
#include "core/people.h"
#include "store/db.h"

struct hist_span {
    struct wall started, ended; /* ended 0: not yet */
    struct str people;          /* comma separated accounts */
    struct str *keys;           /* hist_know_people: of people number `keys_of` */
    size_t n_keys;
    unsigned keys_of; /* 0: not asked yet */
};
/* As it was on days before that of `at`; the last one has no end. */
struct hist_link {
    struct wall at;
    struct str team, nodes; /* nodes: comma separated */
};
struct hist_parent {
    struct wall at;
    struct str vid, key;
};

struct hist {
    int64_t id, source;
    struct str source_type, source_name, vid, key;
    struct hist_span *spans; /* that touch the days of the step, by start */
    struct hist_link *links;
    struct hist_parent *parents;
    size_t n_spans, n_links, n_parents;
    int64_t *children; /* now or once, maybe twice; NULL: not asked yet */
    size_t n_children;
    double days; /* person-days that the step found so far: the caller's */
};

struct hists {
    struct db *db;
    struct arena *a;        /* borrowed */
    struct map *by_id;      /* owned; the id's bytes -> struct hist */
    struct wall begin, end; /* of the days */
    bool has_past_links, has_past_parents; /* of any item, since then */
};

bool hists_init(struct hists *h, struct db *db, struct arena *a, struct wall begin,
                struct wall end, struct err *e) MUST_USE;
void hists_finish(struct hists *h);

/* NULL: there is no such item. */
bool hist_get(struct hists *h, int64_t item, struct hist **ret, struct err *e) MUST_USE;
/* What was found of each is added to what is kept of it. */
bool hists_save_days(struct hists *h, struct err *e) MUST_USE;
/* Whether the span lies in the day from `begin` to `end`, for a moment at least. */
bool hist_span_is_in(const struct hist_span *s, struct wall begin, struct wall end);
/* The span's people, without bots, as `p` knows them: found once, not for each day. `p` is
   the `nth` that is asked, from 1 on, and outlives its turn. False: out of memory. */
bool hist_know_people(struct hists *h, const struct hist *of, struct hist_span *s,
                      const struct people *p, unsigned nth) MUST_USE;
/* What holds on the day that ends at `end`. */
const struct hist_link *hist_links_on(const struct hist *h, struct wall end);
/* Whether a child of it was in progress that day. */
bool hist_has_child_in_progress(struct hists *h, struct hist *of, struct wall begin,
                                struct wall end, bool *ret, struct err *e) MUST_USE;

#endif

/*
 * The evaluation rig with listings and fates as a tracker tells them. Static
 * functions.
 */
#ifndef TESTS_UNIT_CENSUS_RIG_H
#define TESTS_UNIT_CENSUS_RIG_H

#include "tests/unit/eval_rig.h"

static inline bool census_is_due(struct eval_rig *er, const char *scope)
{
    struct rig *r = &er->r;
    struct tracker_start start;

    RIG_OK(r, db_sync_begin(r->db, &r->conf, 1, true, r->now, r->a, &start, &r->e));
    for (size_t i = 0; i < start.n_scopes; i++) {
        if (str_eqz(start.scopes[i].name, scope))
            return start.scopes[i].list;
    }
    return false;
}

static inline void census_sighting(struct rig *r, const char *scope, int number)
{
    assert_true(feed_add_sighting(&r->feed, arena_str(r->a, str_of(scope)),
                                  arena_printf(r->a, "%s-%d", scope, number)));
}

static inline struct fate *census_fate(struct rig *r, enum item_fate kind,
                                       const char *scope, int number,
                                       const char *detail)
{
    struct fate *f =
        feed_add_fate(&r->feed, kind, arena_printf(r->a, "%s-%d", scope, number));

    assert_non_null(f);
    f->detail = str_of(detail);
    return f;
}

/* A page that begins the listing of acme/web; the caller adds what it meets. */
static inline void census_list(struct eval_rig *er)
{
    rig_begin(&er->r);
    rig_page(&er->r);
    rig_event(&er->r, SCOPE_LISTING, "acme/web", "");
}

/* The listing is complete; what it came to. */
static inline struct page_stats census_listed(struct eval_rig *er)
{
    rig_event(&er->r, SCOPE_LISTED, "acme/web", "");
    return rig_apply(&er->r);
}

/* Lists acme/web with items 1 to `n` but for `without` (0: all are there). */
static inline struct page_stats census_listing(struct eval_rig *er, int n, int without)
{
    census_list(er);
    for (int i = 1; i <= n; i++) {
        if (i != without)
            census_sighting(&er->r, "acme/web", i);
    }
    return census_listed(er);
}

/* Of a sync by itself, as an answer to a question about the item. */
static inline void census_tell(struct eval_rig *er, enum item_fate kind, int number,
                               const char *detail)
{
    rig_begin(&er->r);
    rig_page(&er->r);
    census_fate(&er->r, kind, "acme/web", number, detail);
    rig_apply(&er->r);
    rig_end(&er->r);
}

#endif

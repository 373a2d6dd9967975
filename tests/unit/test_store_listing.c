/* Listing a scope: when it is due, what is missing, and when nobody believes it. */
#include "tests/unit/census_rig.h"

static int setup(void **state)
{
    *state = eval_rig_create();
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* acme/web has items 1 to n since long ago; the sync is over. */
static void walk(struct eval_rig *er, int n)
{
    eval_rig_sync(er);
    for (int i = 1; i <= n; i++)
        eval_rig_epic(er, i);
    eval_rig_synced(er);
}

static const struct page_listing *only(const struct page_stats *st)
{
    assert_int_equal(st->n_listings, 1);
    return &st->listings[0];
}

static void a_first_walk_is_a_listing(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    rig_event(&er->r, SCOPE_CHECKPOINT, "acme/web", "page 2");
    rig_apply(&er->r);
    assert_false(census_is_due(er, "acme/web")); /* no walk is complete */
    walk(er, 2);
    assert_int_equal(rig_int(&er->r, "SELECT listed_at FROM scope"), er->r.now.ms);
    assert_false(census_is_due(er, "acme/web"));
    er->r.now.ms += RIG_DAY;
    assert_true(census_is_due(er, "acme/web"));
}

/* Not all in one cycle, each once a day at least. */
static void listings_are_spread(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    int most = 0, before = 0;

    rig_begin(r);
    rig_page(r);
    for (int i = 0; i < 100; i++) {
        char name[32];

        snprintf(name, sizeof name, "acme/r%d", i);
        rig_event(r, SCOPE_SYNCED, name, "c1");
    }
    rig_apply(r);
    rig_end(r);
    for (int64_t at = 0; at <= RIG_DAY; at += RIG_HOUR / 2) {
        struct tracker_start start;
        int due = 0;

        r->now.ms = RIG_T0 + at;
        RIG_OK(r, db_sync_begin(r->db, &r->conf, 1, true, r->now, r->a, &start, &r->e));
        for (size_t i = 0; i < start.n_scopes; i++)
            due += start.scopes[i].list;
        if (at < RIG_DAY * 3 / 4)
            assert_int_equal(due, 0);
        most = due - before > most ? due - before : most;
        before = due;
    }
    assert_int_equal(before, 100);
    assert_true(most < 30);
}

static void trackers_that_cannot_tell_are_not_asked(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct tracker_start start;

    walk(er, 1);
    r->now.ms += 2 * RIG_DAY;
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 1, false, r->now, r->a, &start, &r->e));
    assert_int_equal(start.n_scopes, 1);
    assert_false(start.scopes[0].list);
}

static void what_is_not_met_is_missing(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct page_stats st;
    const struct page_listing *l;

    walk(er, 6);
    r->now.ms += RIG_DAY;
    census_list(er);
    census_sighting(r, "acme/web", 1);
    census_sighting(r, "acme/web", 99); /* not stored: nothing to do with it */
    eval_rig_epic(er, 2);               /* unchanged */
    rig_apply(r);
    /* Pages of another kind in between: one changed, one new, one of another scope. */
    rig_page(r);
    eval_rig_epic(er, 3)->title = STR("changed");
    eval_rig_new_epic(er, 7);
    rig_item(r, "acme/pay", 1);
    rig_event(r, SCOPE_SYNCED, "acme/web", "c9");
    rig_apply(r);
    rig_page(r);
    census_sighting(r, "acme/web", 6);
    st = census_listed(er);
    l = only(&st);
    assert_int_equal(l->doubt.kind, ERR_NONE);
    assert_int_equal(l->n_missing, 2);
    assert_true(str_eqz(l->missing[0].vid, "acme/web-4"));
    assert_true(str_eqz(l->missing[0].key, "acme/web#4"));
    assert_true(str_eqz(l->missing[1].vid, "acme/web-5"));
    /* Not seen is no verdict: nothing changes until the tracker has told. */
    assert_int_equal(rig_int(r, "SELECT items FROM scope WHERE name = 'acme/web'"), 7);
    assert_false(census_is_due(er, "acme/web"));
}

/* Closed items are expected only as far back as the listing says. */
static void closed_before_since_is_not_expected(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct page_stats st;

    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    rig_close_item(r, eval_rig_epic(er, 2));
    rig_close_item(r, eval_rig_epic(er, 3));
    r->feed.items[2].updated.ms -= 10 * RIG_DAY;
    eval_rig_synced(er);
    r->now.ms += RIG_DAY;
    census_list(er);
    census_sighting(r, "acme/web", 1);
    rig_event(r, SCOPE_LISTED, "acme/web", "")->since.ms = RIG_T0 - RIG_DAY;
    st = rig_apply(r);
    assert_int_equal(only(&st)->n_missing, 1);
    assert_true(str_eqz(only(&st)->missing[0].vid, "acme/web-2"));
    census_list(er);
    census_sighting(r, "acme/web", 1);
    rig_event(r, SCOPE_LISTED, "acme/web", "")->since.ms = 0;
    st = rig_apply(r);
    assert_int_equal(only(&st)->n_missing, 2);
}

/* LISTED without its LISTING in this run of the daemon concludes nothing. */
static void a_listing_cut_short_starts_over(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct store_opened opened;
    struct page_stats st;

    walk(er, 3);
    r->now.ms += RIG_DAY;
    census_list(er);
    rig_apply(r);
    db_close(r->db); /* as by kill -9 */
    rig_open(r, &opened);
    rig_page(r);
    st = census_listed(er);
    assert_int_equal(st.n_listings, 0);
    assert_true(census_is_due(er, "acme/web"));

    /* So does a failure on the way. */
    census_list(er);
    rig_apply(r);
    rig_page(r);
    err_set(&rig_event(r, SCOPE_FAILED, "acme/web", "")->err, ERR_NET, "refused");
    rig_apply(r);
    rig_page(r);
    st = census_listed(er);
    assert_int_equal(st.n_listings, 0);
    rig_end(r);
    assert_true(census_is_due(er, "acme/web"));
}

static void a_scope_renamed_meanwhile(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct page_stats st;

    walk(er, 3);
    r->now.ms += RIG_DAY;
    census_list(er);
    census_sighting(r, "acme/web", 1);
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_RENAMED, "acme/web", "")->to = STR("acme/site");
    census_sighting(r, "acme/web", 2);
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_LISTED, "acme/site", "");
    st = rig_apply(r);
    assert_true(str_eqz(only(&st)->scope, "acme/site"));
    assert_int_equal(only(&st)->n_missing, 1);
    rig_end(r);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM scope"), 1);

    /* Two scopes that become one: what was listed is not all of it any more. */
    r->now.ms += RIG_DAY;
    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/old", 9);
    rig_event(r, SCOPE_SYNCED, "acme/old", "o1");
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_LISTING, "acme/old", "");
    rig_event(r, SCOPE_RENAMED, "acme/old", "")->to = STR("acme/site");
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_LISTED, "acme/site", "");
    st = rig_apply(r);
    assert_int_equal(st.n_listings, 0);
}

/* ---- half of it is missing ---- */

static const char *scope_error(struct rig *r)
{
    return rig_text(r, "SELECT error FROM scope WHERE state = 3");
}

static void half_missing_is_doubted(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct page_stats st;
    const char *text = "lists 5 of 10 issues: the other 5 are missing; `alignctl sync "
                       "hub --accept` if that is right";

    walk(er, 10);
    eval_rig_run(er);
    r->now.ms += RIG_DAY;
    census_list(er);
    for (int i = 1; i <= 5; i++)
        census_sighting(r, "acme/web", i);
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 0);
    assert_string_equal(only(&st)->doubt.msg, text);
    assert_string_equal(scope_error(r), text);
    rig_end(r);

    /* An ordinary sync does not clear it; it is spoken of by each. */
    r->now.ms += 5 * RIG_MIN;
    rig_begin(r);
    rig_page(r);
    eval_rig_epic(er, 1)->title = STR("changed");
    rig_event(r, SCOPE_SYNCED, "acme/web", "c5");
    st = rig_apply(r);
    rig_end(r);
    assert_string_equal(only(&st)->doubt.msg, text);
    assert_string_equal(scope_error(r), text);
    /* Nor does a failure of another kind that is over. */
    rig_begin(r);
    rig_page(r);
    err_set(&rig_event(r, SCOPE_FAILED, "acme/web", "")->err, ERR_NET, "refused");
    rig_apply(r);
    assert_string_equal(scope_error(r), "refused");
    rig_end(r);
    eval_rig_look(er);
    assert_string_equal(scope_error(r), text);

    /* It is told at once, and its items are frozen. */
    eval_rig_run(er);
    assert_non_null(strstr(eval_rig_findings(er), "source-stale source hub 2"));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM dirty WHERE scope <> 0"), 10);

    /* Asked again each hour, and cleared by a listing that finds them. */
    assert_false(census_is_due(er, "acme/web"));
    r->now.ms += RIG_HOUR;
    assert_true(census_is_due(er, "acme/web"));
    st = census_listing(er, 10, 3);
    assert_int_equal(only(&st)->n_missing, 1);
    assert_string_equal(scope_error(r), "");
    rig_end(r);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, RIG_WAITING), 0);
    assert_int_equal(
        rig_int(r, "SELECT state FROM finding WHERE rule = 'source-stale'"), 3);
}

static void few_or_less_than_half_is_not(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct page_stats st;

    walk(er, 4);
    r->now.ms += RIG_DAY;
    census_list(er);
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 4);
    assert_int_equal(only(&st)->doubt.kind, ERR_NONE);
    rig_end(r);

    walk(er, 11);
    census_list(er);
    for (int i = 1; i <= 6; i++)
        census_sighting(r, "acme/web", i);
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 5);
}

static void a_person_accepts(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor by = {7, STR("ana")};
    struct page_stats st;
    unsigned n;

    walk(er, 10);
    RIG_OK(r, db_listing_ask(r->db, STR("hub"), true, &by, r->now, &n, &r->e));
    assert_int_equal(n, 0); /* nothing is doubted */
    assert_false(census_is_due(er, "acme/web"));
    r->now.ms += RIG_DAY;
    census_list(er);
    census_listed(er);
    assert_string_not_equal(scope_error(r), "");
    rig_end(r);
    RIG_OK(r, db_listing_ask(r->db, STR("hub"), true, &by, r->now, &n, &r->e));
    assert_int_equal(n, 1);
    assert_string_equal(rig_text(r, "SELECT user || ' ' || action || ' ' || subject ||"
                                    " ' ' || detail FROM audit ORDER BY id DESC"),
                        "ana sync hub --accept");
    assert_true(census_is_due(er, "acme/web"));
    census_list(er);
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 10);
    assert_string_equal(scope_error(r), "");
    rig_end(r);
    /* Once: the next one is judged again. */
    r->now.ms += RIG_DAY;
    census_list(er);
    st = census_listed(er);
    assert_int_equal(only(&st)->doubt.kind, ERR_GONE);
    assert_false(db_listing_ask(r->db, STR("nosuch"), true, &by, r->now, &n, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
}

/* While a sync runs, too: what it lists from then on is believed. */
static void accepted_while_it_is_listed(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor by = {7, STR("ana")};
    struct page_stats st;
    unsigned n;

    walk(er, 10);
    r->now.ms += RIG_DAY;
    census_list(er);
    census_listed(er);
    rig_page(r);
    rig_event(r, SCOPE_LISTING, "acme/web", "");
    rig_apply(r);
    RIG_OK(r, db_listing_ask(r->db, STR("hub"), true, &by, r->now, &n, &r->e));
    rig_page(r);
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 10);
}

static void asked_to_list(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor by = {7, STR("ana")};
    struct page_stats st;
    unsigned n;

    walk(er, 10);
    assert_false(census_is_due(er, "acme/web"));
    RIG_OK(r, db_listing_ask(r->db, STR("hub"), false, &by, r->now, &n, &r->e));
    assert_true(census_is_due(er, "acme/web"));
    census_list(er);
    st = census_listed(er);
    assert_int_equal(only(&st)->doubt.kind, ERR_GONE);
}

/* Other settings hold other items: what they do not list is asked for, at once. */
static void new_settings_are_believed(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct tracker_start start;
    struct page_stats st;

    walk(er, 10);
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 2, true, r->now, r->a, &start, &r->e));
    assert_true(start.scopes[0].list);
    rig_page(r);
    rig_event(r, SCOPE_LISTING, "acme/web", "");
    st = census_listed(er);
    assert_int_equal(only(&st)->n_missing, 10);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_first_walk_is_a_listing),
        T(listings_are_spread),
        T(trackers_that_cannot_tell_are_not_asked),
        T(what_is_not_met_is_missing),
        T(closed_before_since_is_not_expected),
        T(a_listing_cut_short_starts_over),
        T(a_scope_renamed_meanwhile),
        T(half_missing_is_doubted),
        T(few_or_less_than_half_is_not),
        T(a_person_accepts),
        T(accepted_while_it_is_listed),
        T(asked_to_list),
        T(new_settings_are_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * An edit of the strategy evaluates the items it can touch, and no others. That
 * what comes out is what evaluating all of them gives is test_eval_random's matter.
 */
#include "store/relink.h"
#include "tests/unit/eval_rig.h"

/* The frame stays: what follows are nodes. */
#define FRAME                                                                          \
    "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"               \
    "teams:\n  - { id: web, title: Web, match: { repos: [acme/web] } }\n"
#define BILLING                                                                        \
    "initiatives:\n  - { id: billing, title: Bill per site, status: active }\n"
#define SITES "  - { id: sites, title: More sites, match: { labels: [site] } }\n"

enum { LINKED = 10, SITE = 7, PLAIN = 20, ITEMS = LINKED + SITE + PLAIN };

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    *state = er;
    eval_rig_load(er, EVAL_RIG_CONF, FRAME BILLING);
    eval_rig_sync(er);
    for (int i = 0; i < ITEMS; i++) {
        struct item *it = rig_item(&er->r, "acme/web", i + 1);

        if (i < LINKED)
            rig_label(&er->r, it, "initiative:billing");
        else if (i < LINKED + SITE)
            rig_label(&er->r, it, "site");
    }
    eval_rig_synced(er);
    assert_int_equal(eval_rig_run(er).items, ITEMS);
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static size_t items_after(struct eval_rig *er, const char *strategy)
{
    size_t n;

    eval_rig_load(er, EVAL_RIG_CONF, strategy);
    n = eval_rig_run(er).items;
    eval_rig_check(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM strategy_node WHERE changed"), 0);
    return n;
}

static int64_t open_of(struct eval_rig *er, const char *node)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT open FROM tally WHERE node = '%s'", node);
    return rig_int(&er->r, sql);
}

static void an_edit_costs_what_it_touches(void **state)
{
    struct eval_rig *er = *state;

    assert_int_equal(items_after(er, FRAME BILLING "# a word on it\n"), 0);
    assert_int_equal(items_after(er, FRAME BILLING SITES), SITE);
    assert_int_equal(open_of(er, "sites"), SITE);
    assert_int_equal(open_of(er, "billing"), LINKED);
    assert_int_equal(items_after(er, FRAME "initiatives:\n" SITES), LINKED);
    assert_int_equal(open_of(er, "billing"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule ="
                                     " 'unknown-link' AND state IN (1, 2)"),
                     LINKED);
    assert_int_equal(items_after(er, FRAME BILLING), LINKED + SITE);
    assert_int_equal(open_of(er, "billing"), LINKED);
    assert_int_equal(open_of(er, "sites"), 0);
    /* What it says of the node is in findings, too. */
    assert_int_equal(items_after(er, FRAME "initiatives:\n  - { id: billing,"
                                           " title: Bill per site, status: done }\n"),
                     LINKED);
}

/* Every item may be another team's. */
static void another_frame_touches_all(void **state)
{
    struct eval_rig *er = *state;

    assert_int_equal(items_after(er, FRAME
                                 "  - { id: pay, title: Pay, match: { labels: [site] } "
                                 "}\n" BILLING),
                     ITEMS);
    assert_int_equal(items_after(er, FRAME BILLING "holidays: [2026-12-25]\n"), ITEMS);
}

/* Looking costs what evaluating does. */
static void many_nodes_touch_all(void **state)
{
    struct eval_rig *er = *state;
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_addz(&b, FRAME BILLING);
    for (int i = 0; i < 301; i++)
        buf_printf(&b, "  - { id: i%d, title: Initiative %d }\n", i, i);
    assert_int_equal(items_after(er, buf_cstr(&b)), ITEMS);
    buf_finish(&b);
}

static void a_name_nobody_has_is_looked_at_again(void **state)
{
    struct eval_rig *er = *state;
    const char *fix = "SELECT fix FROM finding WHERE rule = 'unknown-link' AND"
                      " state IN (1, 2)";

    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 900), "initiative:bulding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_non_null(strstr(rig_text(&er->r, fix), "billing"));
    assert_int_equal(
        items_after(er, FRAME BILLING "  - { id: building, title: A place }\n"), 1);
    assert_non_null(strstr(rig_text(&er->r, fix), "building"));
}

static void children_go_with_their_parent(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 900), "site");
    rig_item(&er->r, "acme/web", 901)->parent_key = STR("acme/web#900");
    rig_item(&er->r, "acme/web", 902)->parent_key = STR("acme/web#901");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(items_after(er, FRAME BILLING SITES), SITE + 3);
    assert_int_equal(open_of(er, "sites"), SITE + 3);
    /* Children have a link that went, and a parent whose links changed. */
    assert_in_range(items_after(er, FRAME BILLING), SITE + 3, SITE + 5);
    assert_int_equal(open_of(er, "sites"), 0);
}

static void more_site_items(struct eval_rig *er, int n)
{
    eval_rig_sync(er);
    for (int i = 0; i < n; i++)
        rig_label(&er->r, rig_item(&er->r, "acme/web", 1000 + i), "site");
    eval_rig_synced(er);
    eval_rig_run(er);
}

static void a_pass_survives_a_crash(void **state)
{
    struct eval_rig *er = *state;
    struct store_opened opened;
    struct eval_result one;

    more_site_items(er, 1500);
    eval_rig_load(er, EVAL_RIG_CONF, FRAME BILLING SITES);
    RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
    assert_true(one.more);
    db_close(er->r.db);
    rig_open(&er->r, &opened);
    assert_true(opened.unclean);
    assert_int_equal(eval_rig_run(er).items, SITE + 1500 - EVAL_BATCH);
    assert_int_equal(open_of(er, "sites"), SITE + 1500);
    eval_rig_check(er);
}

/* Of the first edit, half was looked at; what it changed is still to be done. */
static void edits_add_up(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result one;

    more_site_items(er, 1500);
    eval_rig_load(er, EVAL_RIG_CONF, FRAME BILLING SITES);
    RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
    assert_int_equal(items_after(er, FRAME "initiatives:\n  - { id: billing,"
                                           " title: Bills }\n" SITES),
                     LINKED + SITE + 1500);
    assert_int_equal(open_of(er, "sites"), SITE + 1500);
}

/* A pass that finds nothing looks at all items all the same. */
static void long_passes_end(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    rig_begin(r);
    for (int page = 0; page < 41; page++) {
        rig_page(r);
        for (int i = 0; i < 500; i++)
            rig_item(r, "acme/web", 1000 + page * 500 + i);
        rig_apply(r);
    }
    rig_page(r);
    rig_label(r, rig_item(r, "acme/web", 50000), "site");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(items_after(er, FRAME BILLING SITES), SITE + 1);
    assert_int_equal(open_of(er, "sites"), SITE + 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_edit_costs_what_it_touches),
        T(another_frame_touches_all),
        T(many_nodes_touch_all),
        T(a_name_nobody_has_is_looked_at_again),
        T(children_go_with_their_parent),
        T(a_pass_survives_a_crash),
        T(edits_add_up),
        T(long_passes_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Links as they are stored: by every method, inherited, made by hand, and made anew
 * with another strategy.
 */
#include "tests/unit/eval_known_rig.h"

static void every_method_is_stored(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;
    struct mark *m;

    known_source(er);
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    rig_label(&er->r, it, "initiative:onboarding");
    rig_label(&er->r, it, "bug");
    m = arena_array(er->r.a, 3, sizeof *m);
    m[0] = it->marks[0];
    m[1] = it->marks[1];
    m[2] = (struct mark){MARK_REFERENCE, STR_NONE, STR("billing")};
    it->marks = m;
    it->n_marks = 3;
    rig_label(&er->r, eval_rig_new_epic(er, 2), "initiative:nosuch");
    rig_label(&er->r, eval_rig_new_epic(er, 3), "bug");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(links(er, "1"),
                        "acme/web#1 4 onboarding 11; acme/web#1 6 billing 10;"
                        " acme/web#2 4 nosuch 00; acme/web#3 8 ktlo 11");
    assert_string_equal(eval_rig_findings(er), "unknown-link acme/web#2 1 1");
    eval_rig_check(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM tally WHERE node = 'ktlo'"), 1);
}

static void children_inherit_whatever_the_order(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    child(er, 1, "acme/web#2");
    child(er, 2, "acme/web#3");
    rig_label(&er->r, eval_rig_new_epic(er, 3), "initiative:onboarding");
    child(er, 4, "ACME/web#1");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 4);
    assert_string_equal(rig_text(&er->r, "SELECT detail FROM link WHERE item = 4"),
                        "from acme/web#3, label initiative:onboarding");

    /* The epic's link changes: all four follow, and nothing else is touched. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 3), "initiative:billing");
    eval_rig_synced(er);
    assert_int_equal(eval_rig_run(er).items, 4);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'billing'"),
                     4);
    eval_rig_check(er);

    /* The one between gets its own: what is below follows it. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, child(er, 2, "acme/web#3"), "bug");
    rig_label(&er->r, child(er, 1, "acme/web#2"), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(links(er, "l.effective ORDER BY i.id"),
                        "acme/web#1 4 onboarding 11; acme/web#2 7 billing 11;"
                        " acme/web#3 4 billing 11; acme/web#4 7 onboarding 11");
    eval_rig_check(er);
}

static void cycles_of_ancestors_end(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    it = child(er, 1, "acme/web#2");
    rig_label(&er->r, it, "initiative:onboarding");
    child(er, 2, "acme/web#3");
    child(er, 3, "acme/web#1");
    child(er, 4, "acme/web#4");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 3);
    eval_rig_check(er);

    /* The only link goes: none of them keeps it for the others. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    child(er, 1, "acme/web#2");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM link"), 0);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 0);
    eval_rig_check(er);
}

static void manual_link_holds_while_stale(void **state)
{
    struct eval_rig *er = *state;
    struct actor ana = {1000, STR("ana")};
    struct scope_event *ev;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_MIN;
    rig_begin(&er->r);
    rig_page(&er->r);
    ev = rig_event(&er->r, SCOPE_FAILED, "acme/web", "");
    err_set(&ev->err, ERR_NET, "timeout");
    rig_apply(&er->r);
    rig_end(&er->r);
    RIG_OK(&er->r, db_link_set(er->r.db, &er->ev, STR("ACME/WEB#1"), STR("Billing"),
                               &ana, er->r.now, &er->r.e));
    assert_int_equal(eval_rig_run(er).items, 1);
    assert_string_equal(links(er, "1"), "acme/web#1 1 billing 11");
    assert_string_equal(eval_rig_findings(er), "");
    assert_string_equal(rig_text(&er->r,
                                 "SELECT user || ' ' || action || ' ' || subject || ' '"
                                 " || detail FROM audit"),
                        "ana link ACME/WEB#1 billing");
    RIG_OK(&er->r,
           db_link_remove(er->r.db, STR("acme/web#1"), &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(links(er, "1"), "");
    /* Evaluated; what to tell of it is decided when its scope is fresh. */
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 1 0");
    eval_rig_check(er);
}

static void new_strategy_links_everything_anew(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++)
        rig_label(&er->r, eval_rig_new_epic(er, i),
                  i % 2 == 0 ? "initiative:billing" : "site");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 1"),
                     3);
    eval_rig_load(er, EVAL_RIG_CONF,
                  "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
                  "initiatives:\n  - { id: sites, title: More sites, match: { labels: "
                  "[site] } }\n");
    res = eval_rig_run(er);
    assert_int_equal(res.items, 5);
    assert_string_equal(
        links(er, "l.effective ORDER BY i.id"),
        "acme/web#1 4 sites 11; acme/web#3 4 sites 11; acme/web#5 4 sites 11");
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule = 'unlinked-work'"),
        0);
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule = 'unknown-link'"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM strategy"), 2);
    eval_rig_check(er);
    assert_int_equal(eval_rig_run(er).items, 0);
}

/* What is known of it is known of the one it became: neither ended nor told anew. */
static void a_renamed_initiative_keeps_its_findings(void **state)
{
    static const char strategy[] =
        "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
        "initiatives:\n  - { id: %s, title: More sites, status: active,\n"
        "      start: 2026-01-01 }\n";
    struct eval_rig *er = *state;
    char before[300], after[300];
    struct eval_result res;

    snprintf(before, sizeof before, strategy, "sites");
    snprintf(after, sizeof after, strategy, "places, was: [sites]");
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  before);
    eval_rig_look(er);
    assert_int_equal(eval_rig_run(er).fired, 1);
    RIG_OK(&er->r, sql_script(er->r.db,
                              "INSERT INTO told (finding, channel, episode, kind,"
                              " severity, at, reminders, outbox, delivered) SELECT n,"
                              " 'product', episode, 16, severity, fired, 0, 0, fired"
                              " FROM finding",
                              &er->r.e));
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  after);
    res = eval_rig_run(er);
    assert_int_equal(res.fired + res.resolved, 0);
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(subject || state) FROM "
                                         "finding"),
                        "initiative places2");
    assert_int_equal(rig_int(&er->r, "SELECT t.episode FROM told t JOIN finding f ON"
                                     " f.n = t.finding"),
                     1);
    eval_rig_check(er);

    /* Its old name is free for another, with findings of its own. */
    snprintf(after, sizeof after, strategy,
             "places, title: Places, status: active, start: 2026-01-01 }\n"
             "  - { id: sites");
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  after);
    assert_int_equal(eval_rig_run(er).fired, 1);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"),
                     2);
}

static void a_relink_survives_a_crash(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result one;
    struct store_opened opened;

    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 1500; i++)
        rig_label(&er->r, rig_item(&er->r, "acme/web", i), "site");
    eval_rig_synced(er);
    assert_int_equal(eval_rig_run(er).items, 1500);
    eval_rig_load(er, EVAL_RIG_CONF,
                  "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
                  "initiatives:\n  - { id: sites, title: More sites, match: { labels: "
                  "[site] } }\n");
    RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
    assert_true(one.more);
    db_close(er->r.db);
    rig_open(&er->r, &opened);
    assert_true(opened.unclean);
    assert_int_equal(eval_rig_run(er).items, 500);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'sites'"),
                     1500);
    eval_rig_check(er);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_method_is_stored),
        T(children_inherit_whatever_the_order),
        T(cycles_of_ancestors_end),
        T(manual_link_holds_while_stale),
        T(new_strategy_links_everything_anew),
        T(a_renamed_initiative_keeps_its_findings),
        T(a_relink_survives_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

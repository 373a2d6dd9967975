/* Evaluation from a sync to the message: what begins and ends a finding, the cost. */
#include "tests/unit/eval_known_rig.h"

static void unlinked_epic_fires_after_a_day(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct wall next;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_item(&er->r, "acme/web", 2);
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 2);
    assert_int_equal(res.started, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 1 1");
    /* The item is due in a day; the source would be stale in an hour. */
    assert_int_equal(rig_int(&er->r, "SELECT next_check FROM evaluated WHERE item = 1"),
                     er->r.now.ms + RIG_DAY);
    assert_int_equal(res.next_check.ms, er->r.now.ms + RIG_HOUR);
    assert_int_equal(rig_int(&er->r, RIG_WAITING), 0);
    eval_rig_check(er);

    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.fired, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 13");
    assert_int_equal(eval_rig_flush(er, &next), 0);
    assert_int_equal(next.ms, er->r.now.ms + RIG_MIN);

    er->r.now.ms += RIG_MIN;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_int_equal(next.ms, 0);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 16");
    assert_int_equal(rig_int(&er->r, "SELECT episode FROM told"), 1);
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice, '$.sections[0].headline')"
                                 " FROM outbox"),
                        "1 epic without a strategic link in acme/web (1 d)");
    assert_string_equal(
        rig_text(&er->r, "SELECT json_extract(notice, '$.group') FROM outbox"), "Web");

    /* Linked by a label: one line says so. */
    er->r.now.ms += 2 * RIG_HOUR;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:onboarding");
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 3 13");
    er->r.now.ms += 2 * RIG_HOUR;
    assert_int_equal(eval_rig_flush(er, &next), 0); /* stale by now: it waits */
    eval_rig_look(er);
    er->r.now.ms = next.ms;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice, '$.resolved[0].ended_by')"
                                 " FROM outbox ORDER BY id DESC"),
                        "linked to onboarding by label");
    eval_rig_check(er);
}

static void idle_cycle_writes_bookkeeping_only(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    int before;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "same");
    rig_apply(&er->r);
    rig_end(&er->r);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    sqlite3_wal_checkpoint_v2(er->r.db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                              NULL);
    before = sqlite3_total_changes(er->r.db->h);
    eval_rig_sync(er);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "same");
    rig_apply(&er->r);
    rig_end(&er->r);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 0);
    eval_rig_flush(er, &res.next_check);
    assert_int_equal(sqlite3_total_changes(er->r.db->h) - before, 1);
}

static void uncovered_initiative_is_a_node_rule(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
    known_source(er);
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "uncovered-initiative initiative billing 1 1;"
                        " uncovered-initiative initiative onboarding 1 1");
    er->r.now.ms += 20 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"),
                     2);
    /* Work appears. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, rig_item(&er->r, "acme/web", 1), "initiative:billing");
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    /* The other one is taken out of the strategy. */
    eval_rig_load(
        er, EVAL_RIG_NODES,
        "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
        "initiatives:\n  - { id: billing, title: Bill per site, status: active }\n");
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE subject ="
                                         " 'initiative onboarding'"),
                        "removed from the strategy");
}

static void unlinked_epic_inhibits_its_children(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    it = eval_rig_new_epic(er, 2);
    it->parent_key = STR("acme/web#1");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#1 2 13; unlinked-work acme/web#2 2 8");
    assert_string_equal(
        rig_text(&er->r, "SELECT a.reason_detail = b.id FROM finding a, finding b"
                         " WHERE a.item = 2 AND b.item = 1"),
        "1");
    /* The parent is closed: the child speaks for itself. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_close_item(&er->r, eval_rig_new_epic(er, 1));
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT reason FROM finding WHERE item = 2"),
                     PLAN_GROUPED);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 1"),
                        "closed");
}

static void removed_source_resolves(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_label(&er->r, eval_rig_new_epic(er, 2), "initiative:billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    er->ev.n_sources = 0;
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE item = 1"),
        "3no longer in view");
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM scope"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'billing'"),
                     0);
    er->ev.n_sources = 1;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM scope"), 2);
    eval_rig_check(er);
}

/* ---- cost ---- */

static int64_t vm_steps(struct rig *r)
{
    int64_t n = 0;

    for (size_t i = 0; i < SQL_CACHE; i++) {
        if (r->db->cache[i].st != NULL)
            n += sqlite3_stmt_status(r->db->cache[i].st, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return n;
}

static void change_some(struct eval_rig *er, int n)
{
    for (int i = 1; i <= n; i++) {
        struct item *it = rig_item(&er->r, "acme/web", 40 * i);

        it->title = arena_printf(er->r.a, "At %lld", (long long)er->r.now.ms);
        rig_label(&er->r, it, i % 2 ? "initiative:onboarding" : "bug");
    }
}

/* What a cycle with 20 changed items costs where `n` are stored. */
static int64_t cost_of_a_cycle(int n)
{
    struct eval_rig *er = eval_rig_create();
    struct wall next;
    int64_t steps;

    eval_rig_sync(er);
    for (int i = 1; i <= n; i++)
        rig_label(&er->r, rig_item(&er->r, "acme/web", i), i % 3 ? "bug" : "plain");
    eval_rig_synced(er);
    eval_rig_run(er);
    for (int round = 0; round < 2; round++) { /* the first one prepares */
        er->r.now.ms += 5 * RIG_MIN;
        vm_steps(&er->r);
        eval_rig_sync(er);
        change_some(er, 20);
        eval_rig_synced(er);
        assert_int_equal(eval_rig_run(er).items, 20);
        eval_rig_flush(er, &next);
    }
    steps = vm_steps(&er->r);
    eval_rig_destroy(er);
    return steps;
}

static void cost_follows_change(void **state)
{
    int64_t few = cost_of_a_cycle(800), many = cost_of_a_cycle(8000);

    (void)state;
    print_message("20 changed of 800: %lld steps, of 8000: %lld\n", (long long)few,
                  (long long)many);
    assert_true(few > 0);
    assert_true(many * 5 <= few * 6);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(unlinked_epic_fires_after_a_day),
        T(idle_cycle_writes_bookkeeping_only),
        T(uncovered_initiative_is_a_node_rule),
        T(unlinked_epic_inhibits_its_children),
        T(removed_source_resolves),
        cmocka_unit_test(cost_follows_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

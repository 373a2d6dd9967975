/* What findings and messages say, and that no word of private items is among it. */
#include "tests/unit/eval_known_rig.h"

static void made_private_later(void **state)
{
    struct eval_rig *er = *state;
    static const char conf[] =
        "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"
        "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"
        "      token: { env: RIG_TOKEN }, private: { projects: [acme/*] } }\n"
        "rules: { uncovered-initiative: off }\n";

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT title || url || author_name || private FROM item"),
        "1");
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding"), "");
}

static void assert_no_secret(struct rig *r, const char *sql)
{
    const char *text = rig_text(r, sql);

    if (strstr(text, "ecret") != NULL || strstr(text, "Epic") != NULL)
        fail_msg("%s: %s", sql, text);
}

/* Labels, lines of the body, types and statuses are words of the tracker, too. */
static void private_items_show_no_word(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_row *rows;
    struct item *it;
    size_t n;
    static const char conf[] =
        "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"
        "working_hours: always\n"
        "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"
        "      token: { env: RIG_TOKEN }, private: { labels: [secret*] } }\n"
        "rules: { uncovered-initiative: off, unlinked-work: { for: 0s },\n"
        "  unknown-link: { for: 0s }, retired-link: { for: 0s } }\n";
    static const char strategy[] = EVAL_RIG_STRATEGY "retired: [secret-init]\n";

    eval_rig_load(er, conf, strategy);
    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++) {
        it = eval_rig_new_epic(er, i);
        it->status = STR("In Secret");
        rig_label(r, it, "secret-codename");
        if (i == 1) {
            rig_label(r, it, "initiative:secret-thing");
            add_mark(er, it, MARK_REFERENCE, "secret-plan");
        }
        if (i == 3)
            rig_label(r, it, "initiative:old-portal");
        if (i == 4)
            rig_label(r, it, "initiative:onboarding secret");
        if (i == 5)
            rig_label(r, it, "initiative:onboarding");
    }
    rig_label(r, child(er, 6, "acme/web#5"), "public");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding WHERE state = 2"), 4);
    assert_no_secret(r, "SELECT group_concat(note) FROM finding");
    assert_no_secret(r, "SELECT group_concat(fix) FROM finding");
    assert_no_secret(r, "SELECT group_concat(command) FROM finding");
    assert_no_secret(r, "SELECT group_concat(facts) FROM finding");
    /* What the operator may know is still said. */
    assert_string_equal(rig_text(r, "SELECT note FROM finding WHERE item = 1"),
                        "it names 2 initiatives that do not exist");
    assert_string_equal(rig_text(r, "SELECT fix FROM finding WHERE item = 3"),
                        "close it, or replace its label by that of an initiative that "
                        "runs");
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    for (size_t i = 0; i < rows[0].n_links; i++) {
        assert_int_equal(rows[0].links[i].node.n, 0);
        assert_int_equal(rows[0].links[i].detail.n, 0);
    }
    /* A child that is not private tells no word of its parent's. */
    assert_string_equal(rig_text(r, "SELECT detail FROM link WHERE item = 6"),
                        "from acme/web#5, private");

    /* A reason that stands in the body does not leave, either. */
    r->now.ms += RIG_HOUR;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 2);
    rig_label(r, it, "secret-codename");
    add_mark(er, it, MARK_EXEMPT, "secret reason");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(r, "SELECT ended_by FROM finding WHERE item = 2"),
                        "exempted by line Strategy: none");
    RIG_OK(r, db_read_item(r->db, STR("acme/web#2"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].exempt, "line Strategy: none"));
}

/* What messages say of numbers and ages. */
static void headlines_and_summaries(void **state)
{
    static const char headline[] =
        "SELECT group_concat(json_extract(notice, '$.sections[0].headline'), '; ')"
        " FROM outbox WHERE notice LIKE '%drift%'";
    static const char conf[] = EVAL_RIG_NODES
        "rules: { uncovered-initiative: off, unlinked-work: { for: 0s } }\n";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct wall next;

    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_sync(er);
    rig_event(r, SCOPE_SEEN, "acme/pay", "");
    eval_rig_epic(er, 1);
    rig_label(r, eval_rig_epic(er, 2), "initiative:onboarding");
    rig_item(r, "acme/pay", 1)->level = ITEM_LEVEL_EPIC;
    rig_event(r, SCOPE_SYNCED, "acme/pay", "c");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(r, "SELECT json_extract(notice, '$.text') FROM outbox"),
        "2 of 3 open epics have no strategic link (acme/web 1 of 2, acme/pay 1 of 1); "
        "see `alignctl gaps`. What was there before is told one by one only when its "
        "work begins or its link is lost.");
    /* News has no age; what waited has. */
    eval_rig_sync(er);
    eval_rig_new_epic(er, 3);
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += RIG_MIN - 1;
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline), "");
    r->now.ms = next.ms;
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline),
                        "1 epic without a strategic link in acme/web (1 min)");
    r->now.ms += 2 * RIG_HOUR;
    eval_rig_sync(er);
    eval_rig_new_epic(er, 4);
    eval_rig_new_epic(er, 5);
    eval_rig_synced(er);
    RIG_OK(r, sql_script(r->db, "DELETE FROM outbox; UPDATE batch SET due = 1", &r->e));
    eval_rig_run(er);
    RIG_OK(r, sql_script(r->db,
                         "UPDATE batch SET due = 1; UPDATE member SET joined = joined - 60000",
                         &r->e));
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline),
                        "2 epics without a strategic link in acme/web");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(made_private_later),
        T(headlines_and_summaries),
        T(private_items_show_no_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

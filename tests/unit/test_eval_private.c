/* An item that turns private: no word of it stays in what was written before. */
#include "connectors/chat/notice_read.h"
#include "tests/unit/census_rig.h"

#define CONF(private_)                                                                 \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\n"                                                          \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN }" private_ " }\n"                                  \
    "channels:\n  - { name: product, type: journal }\n"                                \
    "routes:\n  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"          \
    "rules: { uncovered-initiative: off, unlinked-work: { for: 0s },\n"                \
    "  unknown-link: { for: 0s }, retired-link: { for: 0s } }\n"
#define BY_LABEL ", private: { labels: [confidential] }"
#define ALL ", private: { projects: [acme/*] }"

enum { ITEMS = 5 };

/* Each is known by a word of its own, wherever a tracker puts words. */
static struct item *read_item(struct eval_rig *er, int number)
{
    struct rig *r = &er->r;
    struct item *it = eval_rig_epic(er, number);

    it->created.ms = RIG_T0 + 5 * RIG_MIN;
    it->updated = r->now;
    it->title = arena_printf(r->a, "Zebra%d crossing", number);
    it->status = arena_printf(r->a, "Zebra%d state", number);
    it->author_name = arena_printf(r->a, "Zebra%d Jones", number);
    it->url = arena_printf(r->a, "https://example.com/Zebra%d", number);
    if (number == 2)
        rig_label(r, it, "initiative:Zebra2");
    if (number == 3)
        rig_label(r, it, "initiative:old-portal");
    return it;
}

static void exempt_by_line(struct eval_rig *er, struct item *it, const char *reason)
{
    rig_label(&er->r, it, reason);
    it->marks[it->n_marks - 1].kind = MARK_EXEMPT;
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct item *it;
    struct wall next;

    eval_rig_load(er, CONF(BY_LABEL), EVAL_RIG_STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    for (int i = 1; i <= ITEMS; i++)
        read_item(er, i);
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    /* 4 is over by a reason of its own, 5 by a link: both are told so, too. */
    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = read_item(er, 4);
    exempt_by_line(er, it, "Zebra4 was bought");
    rig_label(&er->r, read_item(er, 5), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 8 * RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 3"),
                     2);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* Everywhere but in what an item itself keeps to be judged by. */
static const char all_words[] =
    "SELECT group_concat(l, char(10)) FROM ("
    "SELECT 'item ' || title || url || author || author_name || excerpt AS l FROM item"
    " UNION ALL SELECT 'finding ' || note || fix || command || facts || ended_by ||"
    " subject || reason_detail FROM finding UNION ALL SELECT 'event ' || what || detail"
    " FROM finding_event UNION ALL SELECT 'message ' || notice FROM outbox UNION ALL"
    " SELECT 'audit ' || subject || detail FROM audit UNION ALL"
    " SELECT 'batch ' || name FROM batch)";

static bool is_said(struct eval_rig *er, int number)
{
    char word[32];

    snprintf(word, sizeof word, "Zebra%d", number);
    return strstr(rig_text(&er->r, all_words), word) != NULL;
}

static void assert_hidden(struct eval_rig *er, int from, int to)
{
    for (int i = 1; i <= ITEMS; i++) {
        bool hidden = i >= from && i <= to;

        if (is_said(er, i) == hidden)
            fail_msg("%d is %shidden:\n%s", i, hidden ? "not " : "",
                     rig_text(&er->r, all_words));
    }
}

/* The messages still read, and name what they are about. */
static void assert_messages_read(struct eval_rig *er)
{
    struct rig *r = &er->r;
    struct notice n;
    size_t entries = 0;

    for (int id = 1; id <= 2; id++) {
        char sql[64];

        snprintf(sql, sizeof sql, "SELECT notice FROM outbox WHERE id = %d", id);
        RIG_OK(r, notice_read(str_of(rig_text(r, sql)), r->a, &n, &r->e));
        for (size_t s = 0; s < n.n_sections; s++) {
            for (size_t i = 0; i < n.sections[s].n_entries; i++, entries++)
                assert_true(
                    str_has_prefix(n.sections[s].entries[i].key, STR("acme/web#")));
        }
        for (size_t i = 0; i < n.n_resolved; i++, entries++)
            assert_true(str_has_prefix(n.resolved[i].key, STR("acme/web#")));
    }
    assert_int_equal(entries, 7);
}

/* Their next page says so; its scope then fails, so that nothing is judged. */
static void turn_private(struct eval_rig *er, int from, int to, bool restricted)
{
    struct rig *r = &er->r;
    struct scope_event *ev;

    r->now.ms += RIG_MIN;
    eval_rig_sync(er);
    for (int i = from; i <= to; i++) {
        struct item *it = read_item(er, i);

        if (i == 4)
            exempt_by_line(er, it, "Zebra4 was bought");
        if (i == 5)
            rig_label(r, it, "initiative:onboarding");
        it->restricted = restricted;
        if (!restricted)
            rig_label(r, it, "Confidential");
    }
    rig_apply(r);
    rig_page(r);
    ev = rig_event(r, SCOPE_FAILED, "acme/web", "");
    err_set(&ev->err, ERR_NET, "refused");
    rig_apply(r);
    rig_end(r);
}

static void words_go_with_the_page(void **state)
{
    struct eval_rig *er = *state;

    assert_hidden(er, 0, 0);
    turn_private(er, 1, ITEMS, false);
    assert_hidden(er, 1, ITEMS);
    assert_messages_read(er);
    eval_rig_run(er); /* stale: nothing is concluded */
    assert_hidden(er, 1, ITEMS);
    /* Judged anew: what fires is worded as for any private item. */
    eval_rig_look(er);
    eval_rig_run(er);
    assert_hidden(er, 1, ITEMS);
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding WHERE item = 2"),
                        "it names an initiative that does not exist");
    assert_string_equal(rig_text(&er->r, "SELECT command FROM finding WHERE item = 1"),
                        "alignctl link acme/web#1 INITIATIVE");
}

static void others_keep_their_words(void **state)
{
    struct eval_rig *er = *state;

    turn_private(er, 2, 4, false);
    assert_hidden(er, 2, 4);
    assert_messages_read(er);
}

static void a_security_level_hides_as_well(void **state)
{
    struct eval_rig *er = *state;

    turn_private(er, 1, ITEMS, true);
    assert_hidden(er, 1, ITEMS);
}

static void whatever_became_of_the_message(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_outcome ok = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};

    RIG_OK(&er->r, db_outbox_record(er->r.db, 1, &ok, er->r.now, &er->r.e));
    RIG_OK(&er->r, db_outbox_record(er->r.db, 2, &dead, er->r.now, &er->r.e));
    turn_private(er, 1, ITEMS, false);
    assert_hidden(er, 1, ITEMS);
    assert_messages_read(er);
}

/* A setting makes them private while their source is away. */
static void a_setting_hides_at_once(void **state)
{
    struct eval_rig *er = *state;

    er->r.now.ms += 5 * RIG_DAY;
    eval_rig_load(er, CONF(ALL), EVAL_RIG_STRATEGY);
    assert_int_equal(eval_rig_run(er).items, 0); /* too old to conclude from */
    assert_hidden(er, 1, ITEMS);
    assert_int_equal(rig_int(&er->r, "SELECT min(private) FROM item"), 1);
    assert_messages_read(er);
}

/* What the tracker does not let be read is not judged; its words go all the same. */
static void also_of_what_may_not_be_read(void **state)
{
    struct eval_rig *er = *state;

    for (int i = 1; i <= ITEMS; i++)
        census_tell(er, FATE_HIDDEN, i, "403");
    eval_rig_run(er);
    assert_hidden(er, 0, 0);
    eval_rig_load(er, CONF(ALL), EVAL_RIG_STRATEGY);
    eval_rig_run(er);
    assert_hidden(er, 1, ITEMS);
    assert_messages_read(er);
}

/* A page brought item 1 under another id; it fires and is told by itself. */
static void meet_twice(struct eval_rig *er, bool private_)
{
    struct rig *r = &er->r;
    struct item *it;
    struct wall next;

    r->now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = read_item(er, 1);
    it->vid = STR("V1");
    it->key = STR("acme/web#11");
    it->created = r->now;
    it->restricted = private_;
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += 8 * RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM outbox"), 3);
    rig_begin(r);
    rig_page(r);
    census_fate(r, FATE_MOVED, "acme/web", 1, "")->to_vid = STR("V1");
    rig_apply(r);
    rig_end(r);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding WHERE item = 1"), 1);
}

static void what_is_private_where_it_went(void **state)
{
    struct eval_rig *er = *state;

    meet_twice(er, true);
    assert_hidden(er, 1, 1);
    assert_messages_read(er);
}

static void whichever_finding_was_kept(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item *it;

    meet_twice(er, false);
    eval_rig_run(er);
    assert_hidden(er, 0, 0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM outbox_member WHERE finding NOT"
                                " IN (SELECT n FROM finding)"),
                     0);
    r->now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = read_item(er, 1);
    it->vid = STR("V1");
    it->key = STR("acme/web#11");
    it->restricted = true;
    rig_apply(r);
    assert_hidden(er, 1, 1);
    assert_messages_read(er);
    assert_string_equal(
        rig_text(r, "SELECT json_extract(notice, '$.sections[0].entries[0].key')"
                    " FROM outbox WHERE id = 3"),
        "acme/web#11");
}

static void public_again(void **state)
{
    struct eval_rig *er = *state;

    turn_private(er, 1, 1, false);
    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    read_item(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding WHERE item = 1"),
                        "reported by Zebra1 Jones");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(words_go_with_the_page),
        T(others_keep_their_words),
        T(a_security_level_hides_as_well),
        T(whatever_became_of_the_message),
        T(a_setting_hides_at_once),
        T(also_of_what_may_not_be_read),
        T(what_is_private_where_it_went),
        T(whichever_finding_was_kept),
        T(public_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What each channel is told: its own news, by what it heard before, and no other. */
#include "tests/unit/eval_rig.h"

#define CONF(routes)                                                                   \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\n"                                                          \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN } }\n"                                              \
    "channels:\n  - { name: fast, type: journal }\n"                                   \
    "  - { name: slow, type: journal }\n  - { name: late, type: journal }\n"           \
    "routes:\n" routes                                                                 \
    "rules: { uncovered-initiative: off, unlinked-work: { for: 0s } }\n"
#define FAST                                                                           \
    "  - { channel: fast, group_wait: 1m, group_interval: 1m, budget: off, continue: true }\n"
#define SLOW "  - { channel: slow, group_wait: 5h, group_interval: 5h, budget: off }\n"

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_load(er, CONF(FAST SLOW), EVAL_RIG_STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

enum { LINKED = 1, IN_PROGRESS = 2 };

/* The epic is read as it is now. */
static void epic(struct eval_rig *er, unsigned how)
{
    struct item *it;

    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->created.ms = RIG_T0 + 5 * RIG_MIN;
    it->updated = er->r.now;
    if (how & LINKED)
        rig_label(&er->r, it, "initiative:onboarding");
    if (how & IN_PROGRESS)
        it->category = ITEM_IN_PROGRESS;
    eval_rig_synced(er);
    eval_rig_run(er);
}

static void wait_and_flush(struct eval_rig *er, int64_t ms)
{
    struct wall next;

    er->r.now.ms += ms;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    eval_rig_run(er);
}

/* "new to fast; new to slow": all that was said, in order. */
static const char *said(struct eval_rig *er)
{
    return rig_text(&er->r, "SELECT group_concat(detail, '; ') FROM (SELECT detail FROM"
                            " finding_event WHERE what = 'told' ORDER BY n)");
}

/* The same as the messages themselves say it. */
static const char *sent(struct eval_rig *er)
{
    return rig_text(
        &er->r,
        "SELECT group_concat(json_extract(e.value, '$.change') || ' to ' || channel,"
        " '; ') FROM (SELECT * FROM outbox ORDER BY id) o, json_each((SELECT"
        " json_group_array(json(value)) FROM (SELECT value FROM json_each(o.notice,"
        " '$.sections[0].entries') UNION ALL SELECT value FROM json_each(o.notice,"
        " '$.resolved')))) e");
}

static void assert_said(struct eval_rig *er, const char *want)
{
    assert_string_equal(said(er), want);
    assert_string_equal(sent(er), want);
}

static int64_t reason(struct eval_rig *er)
{
    return rig_int(&er->r, "SELECT reason FROM finding");
}

static void each_hears_of_it_in_its_own_time(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    epic(er, 0);
    assert_string_equal(rig_text(&er->r, "SELECT reason_detail FROM finding"),
                        "fast team=web");
    er->r.now.ms += RIG_MIN;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_int_equal(next.ms, er->r.now.ms + 5 * RIG_HOUR - RIG_MIN);
    /* Told, and it waits to be told elsewhere; looking again changes nothing. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reason(er), PLAN_GROUPED);
        assert_string_equal(rig_text(&er->r, "SELECT reason_detail FROM finding"),
                            "slow team=web");
        RIG_OK(&er->r,
               sql_script(er->r.db, "UPDATE finding SET plan_next = 1", &er->r.e));
        eval_rig_run(er);
    }
    er->r.now = next;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_int_equal(reason(er), PLAN_NEW);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    assert_said(er, "new to fast; new to slow");
}

static void an_end_is_told_where_the_beginning_was(void **state)
{
    struct eval_rig *er = *state;

    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    er->r.now.ms += RIG_MIN;
    epic(er, LINKED);
    wait_and_flush(er, 2 * RIG_MIN);
    wait_and_flush(er, 6 * RIG_HOUR);
    assert_said(er, "new to fast; resolved to fast");
    assert_int_equal(reason(er), PLAN_RESOLVED);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM batch WHERE due > 0"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM told"), 1);
}

static void what_was_told_everywhere_ends_everywhere(void **state)
{
    struct eval_rig *er = *state;

    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    epic(er, LINKED);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    assert_said(er, "new to fast; new to slow; resolved to fast; resolved to slow");
    /* A new episode is news to both. */
    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    assert_string_equal(rig_text(&er->r,
                                 "SELECT group_concat(channel || episode || kind"
                                 " || reminders) FROM told"),
                        "fast2160,slow2160");
}

static void over_before_anybody_was_told(void **state)
{
    struct eval_rig *er = *state;

    epic(er, 0);
    epic(er, LINKED);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 6 * RIG_HOUR);
    assert_said(er, "");
    assert_int_equal(reason(er), PLAN_OVER);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM told"), 0);
}

/* It got worse for whoever heard of it; the other hears of it as it is. */
static void worse_is_news_where_it_was_not_told(void **state)
{
    struct eval_rig *er = *state;

    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    er->r.now.ms += RIG_MIN;
    epic(er, IN_PROGRESS);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    assert_said(er, "new to fast; worse to fast; new to slow");
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(channel || severity) FROM told"),
        "fast2,slow2");
}

static void reminders_are_each_channels_own(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er,
                  CONF("  - { channel: fast, group_wait: 1m, group_interval: 1m, budget: off,\n"
                       "      repeat_interval: 1d, continue: true }\n" SLOW),
                  EVAL_RIG_STRATEGY);
    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    for (int day = 0; day < 4; day++) {
        wait_and_flush(er, RIG_DAY);
        wait_and_flush(er, RIG_MIN);
    }
    assert_said(er, "new to fast; new to slow; reminder to fast; reminder to fast");
    assert_string_equal(
        rig_text(&er->r, "SELECT group_concat(channel || reminders) FROM told"),
        "fast2,slow0");
    for (int day = 0; day < 5; day++)
        wait_and_flush(er, RIG_DAY);
    assert_said(er, "new to fast; new to slow; reminder to fast; reminder to fast;"
                    " reminder to slow");
}

static void after_two_reminders_only_digests_have_it(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er,
                  CONF("  - { channel: fast, group_wait: 1m, group_interval: 1m, budget: off,\n"
                       "      repeat_interval: 1d }\n"),
                  EVAL_RIG_STRATEGY);
    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    for (int day = 0; day < 4; day++) {
        wait_and_flush(er, RIG_DAY);
        wait_and_flush(er, RIG_MIN);
    }
    assert_said(er, "new to fast; reminder to fast; reminder to fast");
    assert_int_equal(reason(er), PLAN_DIGEST);
    assert_string_equal(rig_text(&er->r, "SELECT reason_detail FROM finding"),
                        "fast: reminded of it 2 times");
    /* That it got worse, and its end, are told nevertheless. */
    epic(er, IN_PROGRESS);
    wait_and_flush(er, RIG_MIN);
    epic(er, LINKED);
    wait_and_flush(er, RIG_MIN);
    assert_said(er, "new to fast; reminder to fast; reminder to fast; worse to fast;"
                    " resolved to fast");
}

/* Another route, another channel: to it the open finding is new, and its end is told
   there, though not where nobody is sent any more. */
static void a_new_channel_hears_from_the_beginning(void **state)
{
    struct eval_rig *er = *state;

    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    eval_rig_load(er,
                  CONF("  - { channel: late, group_wait: 1m, group_interval: 1m, budget: off }\n"),
                  EVAL_RIG_STRATEGY);
    eval_rig_run(er);
    wait_and_flush(er, RIG_MIN);
    epic(er, LINKED);
    wait_and_flush(er, RIG_MIN);
    assert_said(er, "new to fast; new to slow; new to late; resolved to late");
}

/* Two routes to one channel are one destination. */
static void a_channel_hears_of_it_once(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er,
                  CONF(FAST "  - { channel: fast, group_by: [rule], group_wait: 1m,\n"
                            "      group_interval: 1m, budget: off, continue: true }\n" SLOW),
                  EVAL_RIG_STRATEGY);
    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    assert_said(er, "new to fast; new to slow");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM batch"), 2);
}

static void delivery_is_remembered(void **state)
{
    static const char delivered[] =
        "SELECT group_concat(channel || (delivered > 0), ' ') FROM told";
    struct eval_rig *er = *state;
    struct outbox_outcome ok = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};

    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    wait_and_flush(er, 5 * RIG_HOUR);
    assert_string_equal(rig_text(&er->r, delivered), "fast0 slow0");
    RIG_OK(&er->r, db_outbox_record(er->r.db, 1, &ok, er->r.now, &er->r.e));
    RIG_OK(&er->r, db_outbox_record(er->r.db, 2, &dead, er->r.now, &er->r.e));
    assert_string_equal(rig_text(&er->r, delivered), "fast1 slow0");
    assert_int_equal(
        rig_int(&er->r, "SELECT delivered FROM told WHERE channel = 'fast'"),
        er->r.now.ms);
    /* What follows in the same episode does not undo it; a new episode does. */
    epic(er, IN_PROGRESS);
    wait_and_flush(er, RIG_MIN);
    assert_string_equal(rig_text(&er->r, delivered), "fast1 slow0");
    epic(er, LINKED);
    wait_and_flush(er, RIG_MIN);
    epic(er, 0);
    wait_and_flush(er, RIG_MIN);
    assert_string_equal(rig_text(&er->r, delivered), "fast0 slow0");
    /* The message of an episode that is over comes late: it says nothing of this one.
     */
    RIG_OK(&er->r, db_outbox_record(er->r.db, 3, &ok, er->r.now, &er->r.e));
    assert_string_equal(rig_text(&er->r, delivered), "fast0 slow0");
}

/* A message a day for the channel: what comes next waits for tomorrow, unless it is
   high, and nothing is lost. */
static void a_budget_holds_back(void **state)
{
    static const char conf[] =
        CONF("  - { channel: fast, group_wait: 1m, group_interval: 1m, group_by: scope,\n"
             "      budget: { day: 1, week: 3 } }\n");
    struct eval_rig *er = *state;
    struct wall first, next;

    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    wait_and_flush(er, RIG_MIN);
    assert_string_equal(said(er), "new to fast");
    first = er->r.now;
    er->r.now.ms += 10 * RIG_MIN;
    eval_rig_sync(er);
    eval_rig_new_epic(er, 2);
    eval_rig_synced(er);
    eval_rig_run(er);
    wait_and_flush(er, RIG_MIN);
    assert_string_equal(said(er), "new to fast");
    assert_int_equal(rig_int(&er->r, "SELECT reason FROM finding ORDER BY n DESC"),
                     PLAN_BUDGET);
    assert_string_equal(
        rig_text(&er->r, "SELECT reason_detail FROM finding ORDER BY n DESC"),
        "fast scope=acme/web: 1 of 1 today, 1 of 3 this week");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 1);
    /* It is tomorrow. */
    next.ms = rig_int(&er->r, "SELECT due FROM batch");
    assert_int_equal(next.ms, first.ms - first.ms % RIG_DAY + RIG_DAY);
    wait_and_flush(er, next.ms - er->r.now.ms);
    assert_string_equal(said(er), "new to fast; new to fast");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM sent"), 2);
}

/* What is high comes on a Saturday, too; that it is still there can wait for Monday. */
static void a_reminder_of_what_is_high_waits_for_the_morning(void **state)
{
    static const char conf[] =
        "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"
        "working_hours: Mon-Fri 9:00-17:30\n"
        "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"
        "      token: { env: RIG_TOKEN } }\n"
        "channels:\n  - { name: fast, type: journal }\n"
        "routes:\n  - { channel: fast, repeat_interval: 5d }\n"
        "rules: { uncovered-initiative: off, unlinked-work: { for: 0s } }\n";
    struct eval_rig *er = *state;
    struct wall monday;

    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    assert_true(date_parse_iso(STR("2026-09-28T10:00:00Z"), &monday));
    epic(er, IN_PROGRESS);
    wait_and_flush(er, 2 * RIG_MIN);
    assert_said(er, "new to fast");
    wait_and_flush(er, 5 * RIG_DAY); /* it is Saturday */
    assert_said(er, "new to fast");
    assert_int_equal(rig_int(&er->r, "SELECT kind FROM member"), PLAN_REMINDER);
    assert_int_equal(rig_int(&er->r, "SELECT due FROM batch"), monday.ms);
    wait_and_flush(er, monday.ms - er->r.now.ms - 1);
    assert_said(er, "new to fast");
    wait_and_flush(er, 1);
    assert_said(er, "new to fast; reminder to fast");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM sent"), 1); /* no high one */
    /* Something new takes it along. */
    wait_and_flush(er, 5 * RIG_DAY); /* Saturday again */
    eval_rig_sync(er);
    eval_rig_new_epic(er, 2)->category = ITEM_IN_PROGRESS;
    eval_rig_synced(er);
    eval_rig_run(er);
    wait_and_flush(er, 2 * RIG_MIN);
    assert_said(er, "new to fast; reminder to fast; reminder to fast; new to fast");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_budget_holds_back),
        T(a_reminder_of_what_is_high_waits_for_the_morning),
        T(each_hears_of_it_in_its_own_time),
        T(an_end_is_told_where_the_beginning_was),
        T(what_was_told_everywhere_ends_everywhere),
        T(over_before_anybody_was_told),
        T(worse_is_news_where_it_was_not_told),
        T(reminders_are_each_channels_own),
        T(after_two_reminders_only_digests_have_it),
        T(a_new_channel_hears_from_the_beginning),
        T(a_channel_hears_of_it_once),
        T(delivery_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

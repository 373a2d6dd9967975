/* Digests: their texts, and when the store sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/digest.h"
#include "core/silence.h"
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "review_by: 2026-01-20\n"                                                          \
    "intents:\n"                                                                       \
    "  - { id: upmarket, title: Win clinics of many sites, why: They stay longer }\n"  \
    "  - { id: simple, title: Keep it simple }\n"                                      \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    intent: upmarket\n"                                                           \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, start: 2025-12-01,\n"     \
    "          by: 2027-06-30, unit: points, check_in: 7d }\n"                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps] }\n"             \
    "decisions:\n"                                                                     \
    "  - { id: D-1, date: 2025-10-01, chose: Defer SSO, review_by: 2026-01-01 }\n"     \
    "  - { id: D-2, date: 2025-10-01, chose: Later, review_by: 2026-12-01 }\n"
/* clang-format on */
#define DIGESTS "digests: [{ channel: product, when: \"Mon 09:00\" }]\n"
#define CONF EVAL_RIG_CONF DIGESTS

static struct wall at(const char *s)
{
    struct wall t;

    assert_true(date_parse_iso(str_of(s), &t));
    return t;
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "kr-stale unlinked-work";
    er->r.now = at("2026-01-08T12:00:00Z"); /* a Thursday */
    eval_rig_load(er, CONF, STRATEGY);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static unsigned flush(struct eval_rig *er, const char *when, struct wall *next)
{
    if (when != NULL)
        er->r.now = at(when);
    eval_rig_run(er);
    return (unsigned)eval_rig_flush(er, next);
}

static int64_t digests(struct eval_rig *er)
{
    return rig_int(&er->r, "SELECT count(*) FROM outbox WHERE"
                           " json_extract(notice, '$.kind') = 'digest'");
}

static const char *said(struct eval_rig *er, const char *sql)
{
    return rig_text(&er->r, sql);
}

#define LAST                                                                           \
    " FROM outbox WHERE json_extract(notice, '$.kind') = 'digest' AND"                 \
    " json_extract(notice, '$.to') IS NULL ORDER BY id DESC LIMIT 1"

static void it_is_sent_when_it_is_due(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    flush(er, NULL, &next);
    assert_int_equal(digests(er), 0);
    assert_true(next.ms <= at("2026-01-12T09:00:00Z").ms);
    flush(er, "2026-01-12T08:59:59Z", &next);
    assert_int_equal(digests(er), 0);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    flush(er, "2026-01-12T09:00:01Z", &next);
    assert_int_equal(digests(er), 1);
    /* The machine was off: a day late is too late, less is not. */
    flush(er, "2026-01-20T08:59:59Z", &next);
    assert_int_equal(digests(er), 2);
    flush(er, "2026-01-27T09:00:00Z", &next);
    assert_int_equal(digests(er), 2);
    flush(er, "2026-02-02T09:00:00Z", &next);
    assert_int_equal(digests(er), 3);
}

static void a_clock_that_ran_ahead(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    flush(er, NULL, &next);
    flush(er, "2031-01-06T09:00:00Z", &next); /* far too late: planned from there on */
    assert_int_equal(digests(er), 0);
    flush(er, "2026-01-09T09:00:00Z", &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    /* Set back by a little after it was sent: not again. */
    flush(er, "2026-01-12T08:58:00Z", &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(digests(er), 1);
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_int_equal(digests(er), 2);
}

static void tell(struct eval_rig *er, const char *kr, struct date day, double value)
{
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    const struct checkin c = {
        .kr = str_of(kr), .day = day, .value = value, .confidence = -1};

    RIG_OK(&er->r, db_checkin_add(er->r.db, &c, &ana, er->r.now, &er->r.e));
}

static void what_it_says(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    tell(er, "nps", (struct date){2025, 12, 5}, 42);
    flush(er, NULL, &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "1 open, 1 new, 0 resolved; 0 of 1 sources fresh");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline')" LAST),
        "1 key result without a fresh value (1 new)");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].entries[0].key') || ' ' ||"
                 " json_extract(notice, '$.sections[0].entries[0].title')" LAST),
        "nps NPS");
    assert_string_equal(
        said(er, "SELECT group_concat(json_extract(value, '$.title') || ': ' ||"
                 " json_extract(value, '$.text'), '; ') FROM outbox,"
                 " json_each(json_extract(notice, '$.blocks')) WHERE"
                 " json_extract(notice, '$.kind') = 'digest'"),
        "Key results: nps              42 of 60      stale +9; Coverage: no open epic\n"
        "active without work: onboarding; To be reviewed: strategy: Acme (review due"
        " 2026-01-20)\nD-1: Defer SSO (review was due 2026-01-01); The strategy in a"
        " minute: Win clinics of many sites\nWhy: They stay longer\nWe serve it by:"
        " Clinics choose us first");
    /* A week later it is not new, and another intent has its minute. */
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "1 open, 0 new, 0 resolved; 0 of 1 sources fresh");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.blocks[#-1].text')" LAST),
        "Keep it simple");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline')" LAST),
        "1 key result without a fresh value");
}

static void deliver(struct eval_rig *er)
{
    const struct outbox_outcome o = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_message m;
    struct wall next;
    bool found = true;

    while (found) {
        RIG_OK(&er->r, db_outbox_claim(er->r.db, STR("product"), er->r.now, er->r.a, &m,
                                       &found, &next, &er->r.e));
        if (found)
            RIG_OK(&er->r, db_outbox_record(er->r.db, m.id, &o, er->r.now, &er->r.e));
    }
}

/* The legibility index counts what digests have shown, once they have arrived. */
static void its_minute_is_noted(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    er->asked = "unlinked-work"; /* what is told names nodes, too */
    eval_rig_load(er, CONF, STRATEGY);
    flush(er, NULL, &next);
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM shown"), 0);
    deliver(er);
    assert_string_equal(said(er, "SELECT group_concat(node) FROM shown"), "upmarket");
    flush(er, "2026-01-19T09:00:00Z", &next);
    deliver(er);
    assert_string_equal(said(er, "SELECT group_concat(node) FROM shown WHERE last ="
                                 " 1768813200000"),
                        "simple");
}

/* What is over has no turn; the others have theirs one after another. */
static void intents_take_turns(void **state UNUSED)
{
    struct intent v[3] = {{.node = {.kind = NODE_INTENT, .id = STR_INIT("a")}},
                          {.node = {.kind = NODE_INTENT, .id = STR_INIT("b")},
                           .until = {2025, 12, 31}},
                          {.node = {.kind = NODE_INTENT, .id = STR_INIT("c")}}};
    const struct strategy s = {.intents = v, .n_intents = 3}, none = {.n_intents = 0};
    const struct date today = {2026, 1, 1};

    assert_ptr_equal(digest_intent(&s, 0, today, NULL), &v[0]);
    assert_ptr_equal(digest_intent(&s, 1, today, NULL), &v[2]);
    assert_ptr_equal(digest_intent(&s, 2, today, NULL), &v[0]);
    assert_ptr_equal(digest_intent(&s, 1, (struct date){2025, 12, 31}, NULL), &v[1]);
    assert_null(digest_intent(&none, 7, today, NULL));
}

static const char *block(struct eval_rig *er, const char *title)
{
    static char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT coalesce((SELECT json_extract(value, '$.text') FROM json_each("
             "(SELECT json_extract(notice, '$.blocks')" LAST ")) WHERE"
             " json_extract(value, '$.title') = '%s'), '')",
             title);
    return said(er, sql);
}

static void epic(struct eval_rig *er, int number, const char *label, bool done)
{
    struct item *it = eval_rig_new_epic(er, number);

    if (label != NULL)
        rig_label(&er->r, it, label);
    if (done) {
        rig_close_item(&er->r, it);
        it->outcome = ITEM_DISCARDED;
    }
}

/* A day that is over is kept. */
static void day(struct eval_rig *er, const char *when)
{
    bool more;

    er->r.now = at(when);
    eval_rig_look(er);
    eval_rig_run(er);
    do {
        RIG_OK(&er->r, db_effort_step(er->r.db, &er->ev, er->r.now, &more, &er->r.e));
    } while (more);
}

static void what_changed_since(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    er->asked = "unlinked-work";
    eval_rig_load(er, EVAL_RIG_NODES "rules: { unlinked-work: { for: 0 } }\n" DIGESTS,
                  STRATEGY);
    er->r.now = at("2026-01-10T08:00:00Z");
    eval_rig_look(er);
    flush(er, NULL, &next);
    eval_rig_sync(er);
    epic(er, 1, NULL, false);
    epic(er, 2, NULL, false);
    eval_rig_synced(er);
    eval_rig_run(er);
    day(er, "2026-01-11T01:00:00Z");
    day(er, "2026-01-12T08:59:00Z");
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline')" LAST),
        "2 epics without a strategic link (2 new)");
    assert_string_equal(block(er, "Coverage"), "0 of 2 open epics have a link\n"
                                               "active without work: onboarding");
    /* One gets a link, another comes, and what was found is over. */
    er->r.now = at("2026-01-13T08:00:00Z");
    eval_rig_sync(er);
    epic(er, 1, "initiative:onboarding", false);
    epic(er, 3, NULL, false);
    eval_rig_synced(er);
    eval_rig_run(er);
    day(er, "2026-01-14T01:00:00Z");
    day(er, "2026-01-19T08:59:00Z");
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "2 open, 1 new, 1 resolved; 1 of 1 sources fresh");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline')" LAST),
        "2 epics without a strategic link (1 new, 1 resolved)");
    assert_string_equal(block(er, "Coverage"),
                        "1 of 3 open epics have a link; last time 0 of 2\n"
                        "newly covered: onboarding");
    /* And it loses it. */
    er->r.now = at("2026-01-20T08:00:00Z");
    eval_rig_sync(er);
    epic(er, 1, NULL, true);
    eval_rig_synced(er);
    eval_rig_run(er);
    day(er, "2026-01-26T08:59:00Z");
    flush(er, "2026-01-26T09:00:00Z", &next);
    assert_string_equal(block(er, "Coverage"),
                        "0 of 2 open epics have a link; last time 1 of 3\n"
                        "covered no more: onboarding\n"
                        "active without work: onboarding");
}

static void silence(struct eval_rig *er, const char *labels, const char *until)
{
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    struct str_list match[ROUTE_LABEL_COUNT];
    int64_t id;

    RIG_OK(&er->r, silence_parse(str_of(labels), er->r.a, match, &er->r.e));
    RIG_OK(&er->r, db_silence_add(er->r.db, match, STR("the new portal"), at(until),
                                  &ana, er->r.now, &id, &er->r.e));
}

static void silences_that_end(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    tell(er, "nps", (struct date){2025, 12, 5}, 42);
    flush(er, NULL, &next);
    er->r.now = at("2026-01-12T08:00:00Z");
    silence(er, "rule=kr-stale", "2026-01-15T12:00:00Z");
    silence(er, "rule=kr-stale objective=grow", "2026-01-30T12:00:00Z");
    flush(er, "2026-01-12T09:00:00Z", &next);
    assert_string_equal(block(er, "Silences that end soon"),
                        "rule=kr-stale: the new portal (ana, until 2026-01-15; covers 0)"
                        "\n1 more: alignctl silences");
    /* What they cover is not told, and not kept back either. */
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "quiet, as far as is known: 0 of 1 sources fresh, 0 epics, 0"
                        " new; 1 silenced: `alignctl silences`");
    flush(er, "2026-01-19T09:00:00Z", &next);
    assert_string_equal(block(er, "Silences that end soon"), "");
    flush(er, "2026-01-26T09:00:00Z", &next);
    assert_string_equal(block(er, "Silences that end soon"),
                        "rule=kr-stale objective=grow: the new portal (ana, until"
                        " 2026-01-30; covers 1)");
}

/* clang-format off */
#define QUIET                                                                          \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "intents:\n"                                                                       \
    "  - { id: upmarket, title: Win clinics of many sites, why: They stay longer }\n"  \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Clinics choose us first, intent: upmarket }\n"             \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, status: active }\n"
/* clang-format on */

static void quiet_week(struct eval_rig *er, const char *monday)
{
    struct wall next;

    er->r.now = wall_add(at(monday), DUR_MIN(-1));
    eval_rig_look(er);
    flush(er, monday, &next);
    deliver(er);
}

static void quiet_is_one_line(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    er->asked = "unlinked-work";
    eval_rig_load(er, CONF, QUIET);
    flush(er, NULL, &next);
    quiet_week(er, "2026-01-12T09:00:00Z");
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                        "all quiet: 1 of 1 sources fresh, 0 epics, 0 new");
    /* Nobody has seen the intent yet. */
    assert_string_equal(said(er, "SELECT group_concat(json_extract(value, '$.title'))"
                                 " FROM json_each((SELECT json_extract(notice,"
                                 " '$.blocks')" LAST "))"),
                        "The strategy in a minute");
    for (int64_t week = 0; week < 4; week++) {
        static const char *const mondays[] = {
            "2026-01-19T09:00:00Z", "2026-01-26T09:00:00Z", "2026-02-02T09:00:00Z",
            "2026-02-09T09:00:00Z"};

        quiet_week(er, mondays[week]);
        assert_string_equal(said(er, "SELECT json_extract(notice, '$.text')" LAST),
                            "all quiet: 1 of 1 sources fresh, 0 epics, 0 new");
        assert_int_equal(digests(er), week + 2);
        assert_string_equal(
            said(er, "SELECT json_array_length(notice, '$.sections') || ' ' ||"
                     " json_array_length(notice, '$.blocks')" LAST),
            "0 0");
    }
    quiet_week(er, "2026-02-16T09:00:00Z"); /* 35 days later it is due again */
    assert_string_equal(block(er, "The strategy in a minute"),
                        "Win clinics of many sites\nWhy: They stay longer\nWe serve it"
                        " by: Clinics choose us first");
}

/* ---- owners ---- */

/* clang-format off */
#define OWNED                                                                          \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    owner: ben\n"                                                                 \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, start: 2025-12-01,\n"     \
    "          by: 2027-06-30, unit: points, check_in: 7d, owner: ana }\n"              \
    "      - { id: churn, title: Churn, baseline: 9, target: 4, start: 2025-12-01,\n"   \
    "          by: 2027-06-30, unit: percent, check_in: 7d }\n"                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps] }\n"             \
    "decisions:\n"                                                                     \
    "  - { id: D-1, date: 2025-10-01, chose: Defer SSO, owner: cy,\n"                   \
    "      review_by: 2026-01-01 }\n"                                                  \
    "people:\n"                                                                        \
    "  - { id: ana, name: Ana Silva, slack: U012AB }\n"                                \
    "  - { id: ben, name: Ben Okoro, slack: C0GENERAL }\n"                             \
    "  - { id: cy, name: Cy Young, slack: W7 }\n"                                      \
    "  - { id: dan, name: Dan Roth, slack: U999 }\n"
#define OWNERS_CONF                                                                    \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\nfirst_wait: 0\n"                                           \
    "sources:\n"                                                                       \
    "  - { name: hub, type: github, repos: [acme/web], token: { env: RIG_TOKEN } }\n"  \
    "channels:\n"                                                                      \
    "  - { name: product, type: slack-app, channel: C1, token: { env: RIG_TOKEN } }\n" \
    "  - { name: ops, type: journal }\n"                                               \
    "routes: [{ channel: product, group_wait: 1m, group_interval: 1h, budget: off }]\n" \
    "digests:\n"                                                                       \
    "  - { channel: product, when: \"Mon 09:00\" }\n"
#define TO_OWNERS "  - { channel: product, to: owners, when: \"Mon 08:30\" }\n"
/* clang-format on */

static void owned(struct eval_rig *er, const char *conf)
{
    struct wall next;

    er->asked = "kr-stale";
    eval_rig_load(er, conf, OWNED);
    tell(er, "nps", (struct date){2025, 12, 5}, 42);
    tell(er, "churn", (struct date){2025, 12, 5}, 9);
    flush(er, NULL, &next);
}

/* Told, reminded of twice and answered by nobody. */
static void wait_in_vain(struct eval_rig *er)
{
    static const char *const times[] = {"2026-01-08T12:02:00Z", "2026-01-15T13:00:00Z",
                                        "2026-01-22T14:00:00Z", "2026-01-29T15:00:00Z"};
    struct wall next;

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        flush(er, times[i], &next); /* joins its group, which waits for a minute */
        er->r.now = wall_add(er->r.now, DUR_MIN(2));
        flush(er, NULL, &next);
        deliver(er);
    }
    assert_int_equal(rig_int(&er->r, "SELECT min(reminders) FROM told"), 2);
}

static const char *sent_to(struct eval_rig *er)
{
    return said(er, "SELECT coalesce(group_concat(l, '; '), '') FROM (SELECT"
                    " json_extract(notice, '$.to') || ' ' || json_extract(notice,"
                    " '$.group') || ': ' || json_extract(notice, '$.text') AS l FROM"
                    " outbox WHERE json_extract(notice, '$.to') <> '' AND state = 0"
                    " ORDER BY id)");
}

static void owners_have_their_own(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    owned(er, OWNERS_CONF TO_OWNERS);
    flush(er, "2026-01-12T08:30:00Z", &next);
    /* Ben's is no user's id, Dan has nothing to see to. */
    assert_string_equal(sent_to(er), "U012AB Ana Silva: 1 open, 1 new, 0 resolved;"
                                     " W7 Cy Young: No drift of yours is open");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].headline') || ' / ' ||"
                 " json_extract(notice, '$.sections[0].entries[0].key') || ' / ' ||"
                 " json_extract(notice, '$.sections[0].entries[0].command') || ' / ' ||"
                 " json_extract(notice, '$.blocks[0].text') FROM outbox WHERE"
                 " json_extract(notice, '$.to') = 'U012AB'"),
        "1 key result without a fresh value (1 new) / nps / alignctl checkin nps VALUE /"
        " nps              42 of 60      stale +9");
    assert_string_equal(said(er, "SELECT json_extract(notice, '$.blocks[0].text') FROM"
                                 " outbox WHERE json_extract(notice, '$.to') = 'W7'"),
                        "D-1: Defer SSO (review was due 2026-01-01)");
    /* They are no part of the channel's budget. */
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM sent WHERE outbox IN (SELECT"
                                     " id FROM outbox WHERE json_extract(notice, '$.to')"
                                     " <> '')"),
                     0);
    deliver(er);
    /* A week later it is not new; what was told meanwhile is over. */
    tell(er, "nps", (struct date){2026, 1, 12}, 44);
    flush(er, "2026-01-13T10:00:00Z", &next);
    deliver(er);
    flush(er, "2026-01-19T08:30:00Z", &next);
    assert_string_equal(sent_to(er), "W7 Cy Young: No drift of yours is open");
}

static const char *titles(struct eval_rig *er)
{
    return said(er, "SELECT coalesce(group_concat(json_extract(value, '$.title'), '; '),"
                    " '') FROM json_each((SELECT json_extract(notice, '$.blocks')" LAST
                    "))");
}

static void what_nobody_answers(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    owned(er, OWNERS_CONF TO_OWNERS);
    wait_in_vain(er);
    flush(er, "2026-02-02T09:00:00Z", &next);
    assert_string_equal(
        sent_to(er),
        "U012AB Ana Silva: 1 open, 1 new, 0 resolved; 1 told three times: from now on"
        " only here; W7 Cy Young: No drift of yours is open");
    /* Who is not reached has a part of the channel's. */
    assert_string_equal(titles(er), "Ben Okoro, reminded twice; Key results; Coverage;"
                                    " To be reviewed");
    assert_string_equal(block(er, "Ben Okoro, reminded twice"),
                        "churn \"Churn\" - last value 9 percent of 2025-12-05; the next"
                        " is overdue since 2025-12-16 (since 2026-01-08)");
    assert_string_equal(
        said(er, "SELECT json_extract(notice, '$.sections[0].total') || ' ' ||"
                 " json_array_length(notice, '$.sections[0].entries')" LAST),
        "2 0");
}

static void a_person_who_is_refused(void **state)
{
    const struct outbox_outcome no = {
        .verdict = CHAT_REJECTED, .status = 200, .reason = STR("user_not_found"), .dead = true};
    struct eval_rig *er = *state;
    struct outbox_message m;
    struct wall next;
    bool found;

    owned(er, OWNERS_CONF TO_OWNERS);
    wait_in_vain(er);
    flush(er, "2026-02-02T08:30:00Z", &next);
    RIG_OK(&er->r, db_outbox_claim(er->r.db, STR("product"), er->r.now, er->r.a, &m,
                                   &found, &next, &er->r.e));
    assert_true(found);
    assert_true(str_find(m.notice, STR("U012AB")) >= 0);
    RIG_OK(&er->r, db_outbox_record(er->r.db, m.id, &no, er->r.now, &er->r.e));
    flush(er, "2026-02-02T09:00:00Z", &next);
    assert_string_equal(titles(er), "Ana Silva, reminded twice; Ben Okoro, reminded"
                                    " twice; Key results; Coverage; To be reviewed");
    /* The channel itself is well. */
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM channel WHERE dead_since"), 0);
}

static void without_digests_of_their_own(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    owned(er, OWNERS_CONF);
    wait_in_vain(er);
    flush(er, "2026-02-02T09:00:00Z", &next);
    assert_string_equal(sent_to(er), "");
    assert_string_equal(titles(er), "Ana Silva, reminded twice; Ben Okoro, reminded"
                                    " twice; Key results; Coverage; To be reviewed");
}

static void bars(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 16);
    struct effort_share shares[] = {{STR_INIT("grow"), 0.51, 35},
                                    {STR_INIT("a-very-long-name-of-an-objective"), 0.34, 50},
                                    {STR_INIT("ktlo"), 0.15, 15},
                                    {STR_INIT(""), 0, 0}};
    const struct effort_sum sum = {.days = 125,
                                   .mapped = 100,
                                   .shares = shares,
                                   .n_shares = 4,
                                   .has_plan = true,
                                   .distance = 0.16,
                                   .trust = TRUST_MEDIUM};
    const struct effort_sum none = {.distance = -1};
    struct str text = digest_split(&sum, 20, a), rest = text, line;

    assert_string_equal(arena_printf(a, "%.*s", STR_FMT(text)).p,
                        "grow             ====.|.....  35% of 51%\n"
                        "a-very-long-name ===|=......  50% of 34%\n"
                        "ktlo             ==|........  15% of 15%\n"
                        "other            |..........   0% of 0%\n"
                        "D 16, 20 days, trust medium, 20% unmapped");
    while (str_split(&rest, '\n', &line))
        assert_true(line.n <= DIGEST_WIDTH);
    assert_int_equal(digest_split(&none, 0, a).n, 0);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars),
        cmocka_unit_test_setup_teardown(it_is_sent_when_it_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_ran_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_says, setup, teardown),
        cmocka_unit_test(intents_take_turns),
        cmocka_unit_test_setup_teardown(its_minute_is_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_changed_since, setup, teardown),
        cmocka_unit_test_setup_teardown(silences_that_end, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_is_one_line, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_have_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_person_who_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(without_digests_of_their_own, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

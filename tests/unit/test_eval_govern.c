/* Rules of governance in the store: new versions, files that do not load, decisions,
   competitors, channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/outbox.h"
#include "store/subject.h"
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY(kr, more)                                                             \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    key_results:\n"                                                               \
    "      - { " kr ", title: NPS, baseline: 40, start: 2026-08-01,\n"                 \
    "          unit: points, check_in: 7d }\n"                                         \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, status: active,\n"   \
    "      moves: [" more "] }\n"
#define NPS(target) "id: nps, by: 2026-10-15, target: " target
/* clang-format on */

static bool parse(const struct strategy_file *files, size_t n, struct strategy **ret,
                  struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    assert_non_null(d);
    *ret = strategy_load_files(files, n, d);
    if (*ret == NULL)
        err_set(e, ERR_PARSE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return *ret != NULL;
}

static void load(struct eval_rig *er, const char *strategy)
{
    eval_rig_load(er, EVAL_RIG_CONF, strategy);
    er->ev.parse = parse;
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "strategy-changed strategy-broken kr-retargeted uncovered-kr";
    load(er, STRATEGY(NPS("60"), "nps"));
    eval_rig_run(er);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static void the_first_version_changes_nothing(void **state)
{
    struct eval_rig *er = *state;

    assert_string_equal(rig_text(&er->r, "SELECT coalesce(group_concat(rule), '')"
                                         " FROM finding"),
                        "");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM strategy_change"), 0);
}

static const char *note_of(struct eval_rig *er, const char *rule)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT note FROM finding WHERE rule = '%s'", rule);
    return rig_text(&er->r, sql);
}

/* On 21 September 51 of 75 days are over. */
static void a_new_version_is_told_once(void **state)
{
    struct eval_rig *er = *state;

    load(er, STRATEGY(NPS("50"), "nps"));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "kr-retargeted key-result nps 2 12;"
                                               " strategy-changed strategy 2 12");
    assert_non_null(strstr(note_of(er, "strategy-changed"),
                           "1 retargeted: KR nps target 60 -> 50"));
    assert_non_null(strstr(note_of(er, "kr-retargeted"), "68% of its period was over"));
    /* A text that says the same is no change, and ends nothing. */
    er->r.now.ms += RIG_HOUR;
    load(er, STRATEGY(NPS("50"), "nps") "# why\n");
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT max(episode) FROM finding WHERE state = 2"), 1);
    /* The next change is told by itself. */
    er->r.now.ms += RIG_HOUR;
    load(er, STRATEGY(NPS("45"), "nps"));
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT min(episode) FROM finding WHERE state = 2"), 2);
    assert_non_null(strstr(note_of(er, "kr-retargeted"), "target 50 -> 45"));
    /* hours: always. */
    er->r.now.ms += 5 * RIG_DAY;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding WHERE"
                                     " rule = 'strategy-changed'"),
                     3);
}

static void a_decision_ends_it(void **state)
{
    struct eval_rig *er = *state;

    load(er, STRATEGY(NPS("50"), "nps"));
    eval_rig_run(er);
    load(er, STRATEGY(NPS("50"), "nps") "decisions:\n"
                                        "  - { id: D-1, date: 2026-09-21, chose: Aim"
                                        " lower, because: Two clinics merged,"
                                        " affects: [grow] }\n");
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE"
                                         " rule = 'kr-retargeted'"),
                        "3no longer so");
}

static void a_new_name_keeps_it(void **state)
{
    struct eval_rig *er = *state;

    load(er, STRATEGY(NPS("50"), "nps"));
    eval_rig_run(er);
    load(er, STRATEGY("id: promoters, was: [nps], by: 2026-10-15, target: 50",
                      "promoters"));
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT subject || state || episode FROM finding"
                                         " WHERE rule = 'kr-retargeted'"),
                        "key-result promoters21");
}

static void an_early_change_is_none(void **state)
{
    struct eval_rig *er = *state;

    load(er, STRATEGY("id: nps, by: 2027-01-31, target: 60", "nps"));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding WHERE"
                                     " rule = 'kr-retargeted'"),
                     2);
    load(er, STRATEGY("id: nps, by: 2027-01-31, target: 50", "nps"));
    eval_rig_run(er);
    /* Of the period that it has now a quarter is over. */
    assert_int_equal(rig_int(&er->r, "SELECT elapsed < 600 FROM retarget"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding WHERE"
                                     " rule = 'kr-retargeted'"),
                     3);
}

/* What begins in the evaluation after it is its own, what comes later is not. */
static void what_a_version_causes_is_marked(void **state)
{
    struct eval_rig *er = *state;

    load(er, STRATEGY(NPS("60"), ""));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule ="
                                     " 'uncovered-kr' AND state = 1 AND version ="
                                     " (SELECT max(n) FROM strategy)"),
                     1);
    er->r.now.ms += 6 * RIG_DAY;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule ="
                                     " 'uncovered-kr' AND state = 2 AND version ="
                                     " (SELECT max(n) FROM strategy)"),
                     1);
    RIG_OK(&er->r, db_strategy_broken(er->r.db, STR("line 3"), er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT version FROM finding WHERE rule ="
                                     " 'strategy-broken'"),
                     0);
}

static void a_broken_file_is_told_to_operations(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;

    RIG_OK(&er->r, db_strategy_broken(er->r.db, STR("strategy.yaml:3:1: no"), er->r.now,
                                      &er->r.e));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "strategy-broken strategy 2 13");
    er->r.now.ms += 3 * RIG_MIN;
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(channel) FROM outbox"),
                        "ops");
    /* Another error of the same file is the same finding; it stays since when it was. */
    RIG_OK(&er->r, db_strategy_broken(er->r.db, STR("strategy.yaml:9:1: no"), er->r.now,
                                      &er->r.e));
    eval_rig_run(er);
    assert_non_null(strstr(note_of(er, "strategy-broken"), "yaml:9:1"));
    assert_int_equal(rig_int(&er->r, "SELECT at FROM strategy_broken"),
                     er->r.now.ms - 3 * RIG_MIN);
    RIG_OK(&er->r, db_strategy_broken(er->r.db, STR_NONE, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "strategy-broken strategy 3 13");
}

static void one_that_loads_mends_it(void **state)
{
    struct eval_rig *er = *state;

    RIG_OK(&er->r, db_strategy_broken(er->r.db, STR("no"), er->r.now, &er->r.e));
    eval_rig_run(er);
    load(er, STRATEGY(NPS("60"), "nps"));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

/* ---- decisions, reviews, competitors ---- */

#define DECISION(id)                                                                   \
    STRATEGY(NPS("60"), "nps")                                                         \
    "decisions:\n"                                                                     \
    "  - { " id ", date: 2026-09-14, chose: Defer SSO, review_by: 2026-10-12,\n"       \
    "      assumes: [value(nps) >= 50] }\n"

static void tell(struct eval_rig *er, double value)
{
    const struct actor ana = {.uid = 1000, .user = STR("ana")};
    const struct checkin c = {
        .kr = STR("nps"),
        .day = tz_local(tz_utc(), er->r.now).date,
        .value = value,
        .confidence = -1,
    };

    RIG_OK(&er->r, db_checkin_add(er->r.db, &c, &ana, er->r.now, &er->r.e));
}

static void a_value_asks_what_hangs_on_it(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    er->asked = "assumption-broken";
    load(er, DECISION("id: D-1"));
    tell(er, 44);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    assert_int_equal(rig_int(&er->r, "SELECT false_since FROM assumption"),
                     er->r.now.ms);
    /* Under its new name it has been false as long. */
    er->r.now.ms += 3 * RIG_DAY;
    load(er, DECISION("id: D-2, was: [D-1]"));
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    assert_true(res.next_check.ms <= er->r.now.ms + RIG_DAY);
    er->r.now.ms += 4 * RIG_DAY;
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT subject || state || severity FROM"
                                         " finding"),
                        "decision D-222");
    /* Its value grows old: what was false is no better for not being known. */
    er->r.now.ms += 10 * RIG_DAY;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2 AND"
                                     " note LIKE '%now not known%'"),
                     1);
    tell(er, 51);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
    assert_int_equal(rig_int(&er->r, "SELECT false_since + unknown_since FROM"
                                     " assumption"),
                     0);
}

static void what_is_assumed_no_longer_is_forgotten(void **state)
{
    struct eval_rig *er = *state;

    er->asked = "assumption-broken";
    load(er, DECISION("id: D-1"));
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT unknown_since FROM assumption"),
                     er->r.now.ms);
    load(er, STRATEGY(NPS("60"), "nps") "decisions:\n  - { id: D-1, date: 2026-09-14,"
                                        " chose: Defer SSO }\n");
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM assumption"), 0);
}

/* Nothing but time passes. */
static void a_review_comes_nearer(void **state)
{
    static const struct {
        enum severity severity;
        const char *words;
    } want[] = {{SEV_INFO, "14 days"}, {SEV_INFO, "7 days"}, {SEV_WARN, "1 day"},
                {SEV_WARN, "was to"}};
    struct eval_rig *er = *state;
    struct eval_result res;

    er->asked = "review-due";
    load(er, DECISION("id: D-1"));
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        er->r.now = res.next_check;
        res = eval_rig_run(er);
        assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding WHERE state = 2"),
                         want[i].severity);
        assert_non_null(
            strstr(rig_text(&er->r, "SELECT note FROM finding"), want[i].words));
    }
    assert_int_equal(rig_int(&er->r, "SELECT max(episode) FROM finding"), 1);
}

static void a_value_moves_a_competitor(void **state)
{
    struct eval_rig *er = *state;
#define RIVAL                                                                          \
    STRATEGY(NPS("60"), "nps")                                                         \
    "competitors:\n"                                                                   \
    "  - { id: rival, title: Rival, threat: 4, attacks: [grow],\n"                     \
    "      evidence: 2026-09-20 }\n"

    er->asked = "competitor-gap";
    load(er, RIVAL);
    eval_rig_sync(er);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    tell(er, 41);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding WHERE state = 2"),
                        "it attacks grow, and nps is 63 points behind its pace");
    tell(er, 54);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

/* ---- channels ---- */

static int64_t message_to(struct eval_rig *er, const char *channel)
{
    struct notice n = {.kind = NOTICE_OPERATIONS,
                       .channel = str_of(channel),
                       .at = er->r.now,
                       .text = STR("hello")};
    int64_t id = 0;

    RIG_OK(&er->r, sql_begin(er->r.db, true, &er->r.e) &&
                       sql_end(er->r.db,
                               outbox_add(er->r.db, &er->ev, &n, er->r.now, &id,
                                          &er->r.e),
                               &er->r.e));
    return id;
}

static void answer(struct eval_rig *er, const char *channel, enum chat_verdict verdict,
                   const char *reason)
{
    const struct outbox_outcome o = {.verdict = verdict,
                                     .status = verdict == CHAT_DELIVERED ? 200 : 404,
                                     .reason = str_of(reason),
                                     .dead = verdict != CHAT_DELIVERED};

    RIG_OK(&er->r, db_outbox_record(er->r.db, message_to(er, channel), &o, er->r.now,
                                    &er->r.e));
}

static const char *told_of(struct eval_rig *er, const char *dead)
{
    struct wall next;
    char sql[300];

    eval_rig_run(er);
    er->r.now.ms += 3 * RIG_MIN;
    eval_rig_flush(er, &next);
    snprintf(sql, sizeof sql,
             "SELECT coalesce(group_concat(DISTINCT t.channel), '-') FROM told t JOIN"
             " finding f ON f.n = t.finding WHERE f.subject = 'channel %s'",
             dead);
    return rig_text(&er->r, sql);
}

static void a_dead_channel_is_told_elsewhere(void **state)
{
    struct eval_rig *er = *state;

    er->asked = "channel-dead";
    load(er, STRATEGY(NPS("60"), "nps"));
    answer(er, "product", CHAT_REJECTED, "a bad message");
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    answer(er, "product", CHAT_DEAD, "404 channel_not_found");
    assert_string_equal(told_of(er, "product"), "ops");
    assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding"), SEV_HIGH);
    answer(er, "product", CHAT_DELIVERED, "");
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), 3);
}

/* Of the operations channel itself the others are told; where all are dead, nobody. */
static void it_is_never_told_itself(void **state)
{
    struct eval_rig *er = *state;

    er->asked = "channel-dead";
    load(er, STRATEGY(NPS("60"), "nps"));
    answer(er, "ops", CHAT_DEAD, "410 gone");
    assert_string_equal(told_of(er, "ops"), "product");
    answer(er, "product", CHAT_DEAD, "410 gone");
    assert_string_equal(told_of(er, "product"), "-");
}

static void one_that_is_not_configured_is_over(void **state)
{
    struct eval_rig *er = *state;

    er->asked = "channel-dead";
    load(er, STRATEGY(NPS("60"), "nps"));
    answer(er, "old", CHAT_DEAD, "410 gone");
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "");
    answer(er, "product", CHAT_DEAD, "410 gone");
    eval_rig_run(er);
    er->ev.n_channels = 0;
    RIG_OK(&er->r, subjects_touch_all(er->r.db, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT state || ended_by FROM finding"),
                        "3no longer configured");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_first_version_changes_nothing),
        T(a_new_version_is_told_once),
        T(a_decision_ends_it),
        T(a_new_name_keeps_it),
        T(an_early_change_is_none),
        T(what_a_version_causes_is_marked),
        T(a_broken_file_is_told_to_operations),
        T(one_that_loads_mends_it),
        T(a_value_asks_what_hangs_on_it),
        T(what_is_assumed_no_longer_is_forgotten),
        T(a_review_comes_nearer),
        T(a_value_moves_a_competitor),
        T(a_dead_channel_is_told_elsewhere),
        T(it_is_never_told_itself),
        T(one_that_is_not_configured_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

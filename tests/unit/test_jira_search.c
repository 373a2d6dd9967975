/*
 * Jira's searches: dates and expressions in JQL, answers that fail or do not read,
 * pages that do not get on.
 */
#include "tests/unit/jira_sync_rig.h"

/* ---- dates in JQL ---- */

static void dates_fall_back(void **state)
{
    static const struct {
        struct talk_answer future, past;
    } rows[] = {
        {{.status = 400, .body = "{\"errorMessages\":[\"Date value invalid\"]}"}, {0}},
        {{.status = 200, .body = TALK_SOME}, {0}},
        {{.status = 200, .body = TALK_NONE}, {.status = 200, .body = TALK_NONE}},
        {{.status = 200, .body = TALK_NONE}, {.status = 400, .body = ""}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        talk_init(&k);
        talk_known(&k, "PAY", "10", "1 s - 1795345200000 0");
        begin_cloud(&k, LIST(PROJECT("PAY", "10")));
        talk_reply(&k, "4102444800000", rows[i].future);
        if (rows[i].past.status != 0) {
            talk_reply(&k, "project = \"PAY\" AND updated >= 86400000&", rows[i].past);
        }
        talk_forget(&k);
        /* An hour, two minutes of overlap, and two for rounding. */
        talk_ok(&k, "project = \"PAY\" AND updated >= -64m ORDER BY", ISSUES(""));
        talk_log(&k, "synced PAY [1 s - 1795345200000 0]\n");
        end(&k);
    }
}

static void dates_refused_later_are_probed_again(void **state)
{
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_reply(&k, "updated >= 1795341480000",
               (struct talk_answer){.status = 400,
                                    .body = "{\"errorMessages\":[\"bad date\"]}"});
    talk_log(&k, "");
    talk_reply(&k, "jql=updated >= 4102444800000&",
               (struct talk_answer){.status = 400, .body = ""});
    talk_ok(&k, "project in (\"PAY\",\"WEB\") AND updated >= -124m", ISSUES(""));
    talk_log(
        &k, "synced PAY [1 s - 1795345200000 0]\nsynced WEB [1 s - 1795341600000 0]\n");
    end(&k);
}

/* ---- searches that fail ---- */

/* Jira's words, for the project at fault; the other one goes on. */
static void a_refused_project_is_located(void **state)
{
    const struct talk_answer refused = {
        .status = 400,
        .body = "{\"errorMessages\":[\"The value 'WEB' does not exist for the field "
                "'project'.\"],\"errors\":{}}"};
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_reply(&k, "project in", refused);
    talk_probes(&k);
    talk_reply(&k, "project in", refused);
    talk_log(&k, "");
    talk_ok(&k, "project = \"PAY\" AND updated >= 1795345080000", ISSUES(""));
    talk_log(&k, "synced PAY [1 s e 1795345200000 0]\n");
    talk_reply(&k, "project = \"WEB\" AND updated >= 1795341480000", refused);
    talk_log(
        &k,
        "failed WEB remote: Jira answered 400 to a search: The value 'WEB' does not "
        "exist for the field 'project'.\n");
    end(&k);
}

static void a_forbidden_project_does_not_stop_the_other(void **state)
{
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_reply(&k, "project in", (struct talk_answer){.status = 403, .body = ""});
    talk_reply(&k, "\"PAY\"", (struct talk_answer){.status = 403, .body = ""});
    talk_ok(&k, "\"WEB\"", ISSUES(""));
    talk_log(&k, "failed PAY forbidden: Jira answered 403 to a search\n"
                 "synced WEB [1 s e 1795341600000 0]\n");
    end(&k);
}

/* A server that is down is not asked for each of its projects. */
static void a_server_that_is_down_is_left_alone(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.budget.in_flight = 1;
    for (int i = 0; i < 5; i++) {
        static const char *const keys[] = {"A", "B", "C", "D", "E"};

        talk_known(&k, keys[i], "", HOUR_AGO);
    }
    begin_cloud(&k, LIST(PROJECT("A", "1") "," PROJECT("B", "2") "," PROJECT(
                        "C", "3") "," PROJECT("D", "4") "," PROJECT("E", "5")));
    talk_forget(&k);
    for (int i = 0; i < 4; i++) {
        talk_reply(&k, "project in", (struct talk_answer){.failure = ERR_NET});
    }
    for (int i = 0; i < 4; i++) {
        talk_reply(&k, "\"A\"", (struct talk_answer){.failure = ERR_NET});
    }
    talk_log(&k, "failed A network: a search: connection refused\n");
    for (int i = 0; i < 4; i++) {
        talk_reply(&k, "\"B\"", (struct talk_answer){.failure = ERR_NET});
    }
    talk_log(&k, "failed B network: a search: connection refused\n"
                 "failed C network: a search: connection refused\n"
                 "failed D network: a search: connection refused\n"
                 "failed E network: a search: connection refused\n");
    end(&k);
}

/* Nothing of it is taken, and no cursor moves. */
static void a_malformed_page_moves_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"issues\":null}",
        "{\"issues\":{}}",
        "{\"issues\":[{}]}",
        "{\"issues\":[{\"id\":\"1\",\"key\":\"PAY-1\"}]}",
        "{\"issues\":[null,7,\"x\"]}",
        "{\"issues\":[]} trailing",
        "{\"issues\":[" TALK_ISSUE("1", "PAY-1", T1) "],\"issues\":[]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct talk k;

        talk_init(&k);
        talk_known(&k, "PAY", "10", HOUR_AGO);
        begin_cloud(&k, LIST(PROJECT("PAY", "10")));
        talk_forget(&k);
        talk_ok(&k, "search/jql", bodies[i]);
        talk_log(&k, "");
        talk_ok(&k, "search/jql", bodies[i]);
        assert_true(str_has_prefix(buf_str(&k.log), STR("failed PAY malformed: ")));
        assert_int_equal(k.items, 0);
        end(&k);
    }
}

static void malformed_issues_are_left_out(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_forget(&k);
    talk_ok(&k, "search/jql",
            ISSUES("null,{\"id\":1,\"key\":\"PAY-1\",\"fields\":{}}," TALK_ISSUE(
                "2", "PAY-2", "no date") ",{\"id\":\"3\",\"key\":\"\",\"fields\":{}}"));
    talk_log(&k, "PAY-2\nsynced PAY [1 s e 1795345200000 0]\nskipped 3\n");
    end(&k);
}

/* A 401 in the middle: answers on their way are dropped, nothing is asked. */
static void expired_credentials_stop_at_once(void **state)
{
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY_WEB);
    talk_forget(&k);
    uint32_t one = talk_ask(&k, "\"PAY\"");
    uint32_t two = talk_ask(&k, "\"WEB\"");

    talk_feed(&k, one, &(struct talk_answer){.status = 401, .body = ""}, &f);
    assert_true(str_has_prefix(buf_str(&k.log), STR("failed auth: ")));
    talk_forget(&k);
    talk_step(&k, TRACKER_IDLE);
    talk_feed(&k, two, &(struct talk_answer){.status = 200, .body = TALK_SOME}, &f);
    talk_log(&k, "");
    end(&k);
}

static void answers_that_are_too_large_are_asked_for_in_parts(void **state)
{
    const struct talk_answer large = {.failure = ERR_LIMIT};
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_forget(&k);
    talk_ok(&k, "maxResults=100", TOKEN("a", TALK_ISSUE("1", "PAY-1", T2)));
    talk_reply(&k, "nextPageToken=a", large);
    talk_reply(&k, "nextPageToken=a", large);
    /* The token went with the size of its pages: on from the date reached. */
    talk_reply(&k,
               "updated >= 1795345138000 ORDER BY updated ASC, key ASC&maxResults=50",
               large);
    talk_ok(&k, "maxResults=25", ISSUES(""));
    assert_true(
        str_has_suffix(buf_str(&k.log), STR("synced PAY [1 s e 1795348800000 0]\n")));
    end(&k);
}

/* ---- pages that do not get on ---- */

static void a_refused_token_starts_a_window(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", "1 o e 1795300000000 0");
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_ok(&k, "!= Done ORDER", TOKEN("a", TALK_ISSUE("1", "PAY-1", T1)));
    talk_forget(&k);
    talk_reply(&k, "nextPageToken=a",
               (struct talk_answer){.status = 400,
                                    .body = "{\"errorMessages\":[\"expired\"]}"});
    talk_log(&k, "");
    talk_ok(&k,
            "!= Done AND updated >= 1795168798000 ORDER BY updated ASC, key ASC&max",
            ISSUES(TALK_ISSUE("2", "PAY-2", T1)));
    talk_log(&k, "PAY-2\npage PAY [1 c e 1795300000000 1779796800000]\n");
    talk_finish(&k);
}

static void a_repeated_token_starts_a_window_or_ends_in_failure(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", "1 o e 1795300000000 0");
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_ok(&k, "!= Done ORDER", TOKEN("a", TALK_ISSUE("1", "PAY-1", T1)));
    talk_ok(&k, "nextPageToken=a", TOKEN("a", TALK_ISSUE("1", "PAY-1", T1)));
    talk_ok(&k, "!= Done AND updated >= 1795168798000",
            TOKEN("b", TALK_ISSUE("1", "PAY-1", T1)));
    talk_forget(&k);
    talk_ok(&k, "nextPageToken=b", TOKEN("b", TALK_ISSUE("1", "PAY-1", T1)));
    talk_log(&k,
             "PAY-1\nfailed PAY remote: search does not get on after 4 pages: the same "
             "page token came again\n");
    end(&k);
}

static void an_offset_page_with_a_gap_starts_a_window(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.own.deployment = JIRA_DATACENTER;
    talk_known(&k, "PAY", "10", "1 o e 1795300000000 0");
    talk_begin(&k);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "project", "[" PROJECT("PAY", "10") "]");
    talk_ok(&k, "startAt=0",
            "{\"startAt\":0,\"total\":9,\"issues\":[" TALK_ISSUE(
                "1", "PAY-1", T1) "," TALK_ISSUE("2", "PAY-2", T1) "]}");
    talk_forget(&k);
    /* PAY-2 should come again; what stood behind it may have moved up unseen. */
    talk_ok(&k, "startAt=1",
            "{\"startAt\":1,\"total\":9,\"issues\":[" TALK_ISSUE(
                "4", "PAY-4", T1) "," TALK_ISSUE("5", "PAY-5", T1) "]}");
    talk_ok(&k, "updated >= 1795168798000", TALK_NONE);
    talk_log(&k, "PAY-4\nPAY-5\npage PAY [1 o e 1795300000000 1795168798000]\n"
                 "page PAY [1 c e 1795300000000 1779796800000]\n");
    talk_finish(&k);
}

/* ---- jql ---- */

static void jql_follows_an_expression(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.own.jql = STR("labels = \"a b\" OR team = x");
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "jql=updated >= 4102444800000&", TALK_NONE);
    talk_ok(&k, "jql=(labels = \"a b\" OR team = x) AND updated >= 86400000&",
            TALK_SOME);
    talk_log(&k, "");
    talk_ok(&k,
            "jql=(labels = \"a b\" OR team = x) AND statusCategory != Done ORDER BY",
            ISSUES(TALK_ISSUE("1", "PAY-1", T1) "," TALK_ISSUE("2", "WEB-1", T1)));
    talk_log(&k, "PAY-1\nWEB-1\nseen jql\nseen PAY\nseen WEB\n"
                 "page jql [1 c e 1795348800000 1779796800000]\n");
    talk_ok(&k, "statusCategory = Done AND updated",
            ISSUES(TALK_ISSUE("1", "PAY-1", T1)));
    talk_log(
        &k, "PAY-1\nsynced jql [1 s e 1795348800000 0]\n"
            "synced PAY [1 s e 1795348800000 0]\nsynced WEB [1 s e 1795348800000 0]\n");
    end(&k);
}

static void jql_that_is_refused_fails_all_of_it(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.own.jql = STR("labels = a");
    talk_known(&k, "jql", "", HOUR_AGO);
    talk_known(&k, "PAY", "", HOUR_AGO);
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    for (int i = 0; i < 2; i++) {
        talk_reply(&k, "(labels = a) AND updated >= 1795345080000",
                   (struct talk_answer){.status = 400,
                                        .body = "{\"errorMessages\":[\"Field 'labels' "
                                                "does not exist\"]}"});
        if (i == 0) {
            talk_probes(&k);
        }
    }
    talk_log(&k, "failed jql config: Jira refused 'jql': Field 'labels' does not exist\n"
                 "failed PAY config: Jira refused 'jql': Field 'labels' does not exist\n");
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_fall_back),
        cmocka_unit_test(dates_refused_later_are_probed_again),
        cmocka_unit_test(a_refused_project_is_located),
        cmocka_unit_test(a_forbidden_project_does_not_stop_the_other),
        cmocka_unit_test(a_server_that_is_down_is_left_alone),
        cmocka_unit_test(a_malformed_page_moves_nothing),
        cmocka_unit_test(malformed_issues_are_left_out),
        cmocka_unit_test(expired_credentials_stop_at_once),
        cmocka_unit_test(answers_that_are_too_large_are_asked_for_in_parts),
        cmocka_unit_test(a_refused_token_starts_a_window),
        cmocka_unit_test(a_repeated_token_starts_a_window_or_ends_in_failure),
        cmocka_unit_test(an_offset_page_with_a_gap_starts_a_window),
        cmocka_unit_test(jql_follows_an_expression),
        cmocka_unit_test(jql_that_is_refused_fails_all_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Before issues: set-up that fails, which Jira it is, with which credentials, and
 * which projects there are.
 */
#include "tests/unit/jira_sync_rig.h"

/* ---- set-up that fails ---- */

static const struct {
    const char *what;
    int stage; /* 0 serverInfo, 1 myself, 2 field, 3 projects */
    struct talk_answer answer;
    const char *log;
} refusals[] = {
    {"credentials",
     1,
     {.status = 401, .body = "Client must be authenticated"},
     "failed auth: Jira answered 401 to myself; check user and token; a scoped token "
     "needs url https://api.atlassian.com/ex/jira/CLOUD-ID, told at "
     "https://acme.atlassian.net/_edge/tenant_info\n"},
    {"credentials at once",
     0,
     {.status = 401, .body = "{\"message\":\"no\"}"},
     "failed auth: Jira answered 401 to serverInfo: no; check user and token; a scoped "
     "token needs url https://api.atlassian.com/ex/jira/CLOUD-ID, told at "
     "https://acme.atlassian.net/_edge/tenant_info\n"},
    {"captcha",
     1,
     {.status = 403,
      .body = "",
      .headers = {"X-Authentication-Denied-Reason",
                  "CAPTCHA_CHALLENGE; login-url=https://x"}},
     "failed auth: Jira answered 403 to myself; the account is locked by a CAPTCHA: "
     "log in "
     "once in a browser\n"},
    {"anonymous by mistake",
     3,
     {.status = 200,
      .body = "[]",
      .headers = {"X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}},
     "failed auth: Jira answered 200 to the list of projects; it did not accept the "
     "credentials and answered as to an anonymous user\n"},
    {"forbidden",
     2,
     {.status = 403, .body = "{\"errorMessages\":[\"No.\",\"Never.\"]}"},
     "failed forbidden: Jira answered 403 to the list of fields: No.; Never.\n"},
    {"no Jira",
     0,
     {.status = 404, .body = "<html>"},
     "failed not-found: Jira answered 404 to serverInfo; url is the address of a Jira, "
     "with its path\n"},
    {"redirect",
     0,
     {.status = 302, .body = ""},
     "failed config: Jira answered 302 to serverInfo; it redirects: set url to the "
     "final "
     "address\n"},
    {"gone",
     2,
     {.status = 410, .body = "{\"errorMessages\":[\"removed\"]}"},
     "failed gone: Jira answered 410 to the list of fields: removed\n"},
    {"odd",
     3,
     {.status = 418, .body = ""},
     "failed remote: Jira answered 418 to the list of projects\n"},
};

/* The whole source fails at once, and nothing more is asked. */
static void refusals_stop_the_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct talk k;

        begin_at_stage(&k, refusals[i].stage);
        talk_reply(&k, "", refusals[i].answer);
        talk_log(&k, refusals[i].log);
        end(&k);
    }
}

static const struct {
    int stage, times;
    struct talk_answer answer;
    const char *log;
} passing[] = {
    {0,
     4,
     {.status = 503, .body = "<html>"},
     "failed remote: Jira answered 503 to serverInfo\n"},
    {1, 4, {.status = 500, .body = ""}, "failed remote: Jira answered 500 to myself\n"},
    {2,
     4,
     {.failure = ERR_NET},
     "failed network: the list of fields: connection refused\n"},
    {1,
     2,
     {.status = 200, .body = "<html>Log in"},
     "failed malformed: answer of 12 bytes is not JSON: '[' or '{' expected, "
     "byte 1\n"},
    {1,
     2,
     {.status = 200, .body = "{}"},
     "failed malformed: myself names no account\n"},
    {2,
     2,
     {.status = 200, .body = "{\"a\":1}"},
     "failed malformed: list of fields has none\n"},
    {3,
     2,
     {.status = 200, .body = "{\"values\":7}"},
     "failed malformed: list of projects is not a list\n"},
    {0,
     2,
     {.status = 200, .body = "[]"},
     "failed malformed: serverInfo names neither version nor address\n"},
};

/* Tried again after a wait, some times; a success in between forgets it all. */
static void passing_failures_are_tried_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
        struct talk k;

        begin_at_stage(&k, passing[i].stage);
        for (int n = 1; n < passing[i].times; n++) {
            talk_reply(&k, "", passing[i].answer);
            struct wall failed = k.now;

            talk_log(&k, "");
            talk_step(&k, TRACKER_WAIT);
            int64_t wait = wall_since(k.until, failed).ms;

            assert_in_range(wait, 1400 << (n - 1), 2600 << (n - 1));
        }
        talk_reply(&k, "", passing[i].answer);
        talk_log(&k, passing[i].log);
        end(&k);
    }
}

static void a_server_that_recovers_is_forgiven(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_begin(&k);
    for (int i = 0; i < 3; i++) {
        talk_reply(&k, "serverInfo", (struct talk_answer){.status = 502, .body = ""});
    }
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    for (int i = 0; i < 3; i++) {
        talk_reply(&k, "myself", (struct talk_answer){.failure = ERR_NET});
    }
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_log(&k, "");
    talk_finish(&k);
}

/* ---- which Jira ---- */

static void a_wrong_deployment_is_said(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.own.deployment = JIRA_CLOUD;
    talk_begin(&k);
    talk_reply(&k, "/rest/api/3/myself",
               (struct talk_answer){.status = 404, .body = ""});
    talk_log(&k, "failed config: Jira answered 404 to myself: is it Jira Cloud, as "
                 "'deployment' says?\n");
    end(&k);

    talk_init(&k);
    k.own.deployment = JIRA_DATACENTER;
    talk_begin(&k);
    talk_ok(&k, "/rest/api/2/myself", TALK_MYSELF);
    talk_ok(&k, "/rest/api/2/field", TALK_FIELDS);
    talk_ok(&k, "/rest/api/2/project", "[" PROJECT("PAY", "10") "]");
    talk_forget(&k);
    talk_reply(
        &k, "/rest/api/2/search",
        (struct talk_answer){.status = 410,
                             .body = "{\"errorMessages\":[\"The requested API has been "
                                     "removed. Please migrate\"]}"});
    talk_log(&k,
             "failed config: Jira answered 410 to the search of Data Center: this is "
             "Jira Cloud, set 'deployment: cloud' or leave it out\n");
    end(&k);
}

/* Through the gateway the site that people use is not in the address. */
static void the_gateway_tells_the_site(void **state)
{
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    k.conf.url = STR("https://api.atlassian.com/ex/jira/1-2");
    k.own.deployment = JIRA_CLOUD;
    talk_known(&k, "PAY", "10", HOUR_AGO);
    talk_begin(&k);
    talk_ok(
        &k, "/ex/jira/1-2/rest/api/2/serverInfo",
        "{\"deploymentType\":\"Cloud\",\"baseUrl\":\"https://acme.atlassian.net/\"}");
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "project/search", LIST(PROJECT("PAY", "10")));
    uint32_t tag = talk_ask(&k, "search/jql");

    talk_feed(&k, tag, &(struct talk_answer){.status = 200, .body = TALK_SOME}, &f);
    assert_int_equal(f.n_items, 1);
    assert_true(str_eqz(f.items[0].url, "https://acme.atlassian.net/browse/PAY-1"));
    end(&k);
}

static void credentials_go_out_as_configured(void **state)
{
    static const struct {
        const char *user, *token, *want;
    } rows[] = {
        {"bot@acme.com", "s3cr3t", "Basic Ym90QGFjbWUuY29tOnMzY3IzdA=="},
        {"", "pat", "Bearer pat"},
        {"", "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct tracker_request req = {0};
        struct talk k;
        bool anonymous = rows[i].want == NULL;

        talk_init(&k);
        k.own.user = str_of(rows[i].user);
        k.own.token.value = str_of(rows[i].token);
        k.own.token.from = anonymous ? SECRET_NONE : SECRET_ENV;
        k.own.deployment = JIRA_DATACENTER;
        talk_begin(&k);
        assert_int_equal(jira_ops.next(k.t, k.now, &req, &k.until), TRACKER_REQUEST);
        assert_true(str_has_suffix(req.http.url, anonymous
                                                     ? STR("/rest/api/2/field")
                                                     : STR("/rest/api/2/myself")));
        assert_true(req.http.gzip && !req.http.follow);
        assert_int_equal(req.http.n_headers, anonymous ? 1 : 2);
        assert_true(anonymous || str_eqz(req.http.headers[1].value, rows[i].want));
        talk_finish(&k);
    }
}

static void credentials_that_cannot_be_sent_are_refused(void **state)
{
    static const char *const tokens[] = {"", "a\nb", "a\r\nX: y"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        struct talk k;
        struct err e;

        talk_init(&k);
        k.own.token.value = str_of(tokens[i]);
        assert_false(jira_ops.create(&k.conf, &(struct tracker_start){.now = k.now}, &k.t,
                                     &e));
        assert_int_equal(e.kind, ERR_CONFIG);
        talk_finish(&k);
    }
}

/* ---- projects ---- */

static void the_list_of_projects_is_paged(void **state)
{
    struct talk k;

    (void)state;
    begin_at_stage(&k, 3);
    talk_ok(&k, "project/search?startAt=0&maxResults=100 ",
            "{\"startAt\":0,\"total\":3,\"isLast\":false,\"values\":[" PROJECT(
                "A", "1") "," PROJECT("B", "2") "]}");
    talk_log(&k, "");
    talk_ok(&k, "project/search?startAt=2&",
            "{\"startAt\":2,\"total\":3,\"values\":[" PROJECT("C", "3") "]}");
    talk_log(&k, "seen A #1\nseen B #2\nseen C #3\n");
    talk_finish(&k);
}

static void named_projects_are_asked_for_by_name(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_include(&k, "pay");
    talk_include(&k, "GONE");
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "maxResults=100&keys=PAY&keys=GONE ", LIST(PROJECT("PAY", "10")));
    talk_log(&k, "seen PAY #10\n"
                 "failed GONE not-found: project GONE is not visible to this user\n");
    talk_finish(&k);

    talk_init(&k);
    talk_include(&k, "GONE");
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_reply(&k, "keys=GONE ", (struct talk_answer){.status = 404, .body = "{}"});
    talk_log(&k, "failed GONE not-found: project GONE is not visible to this user\n");
    end(&k);
}

static void projects_come_and_go(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "OLD", "1", HOUR_AGO);  /* renamed to NEW */
    talk_known(&k, "LOST", "2", HOUR_AGO); /* not listed */
    talk_known(&k, "SWAP", "3", HOUR_AGO); /* its key now belongs to #4 */
    talk_known(&k, "OTHER", "4", HOUR_AGO);
    talk_known(&k, "HRX", "5", HOUR_AGO); /* excluded */
    talk_known(&k, "YOUNG", "6", "");     /* not listed, never read */
    k.own.projects.exclude = (struct str_list){&(struct str){"hr*", 3}, 1};
    begin_cloud(&k, LIST(PROJECT("NEW", "1") "," PROJECT("SWAP", "4") "," PROJECT(
                        "OTHER", "3") "," PROJECT("HRY", "7")));
    talk_log(
        &k,
        "renamed OLD #1 to NEW\nrenamed OTHER #4 to SWAP\nrenamed SWAP #3 to OTHER\n"
        "seen NEW #1\nseen SWAP #4\nseen OTHER #3\n"
        "failed LOST forbidden: project LOST is no longer visible to this user\n");
    /* New keys of issues are no updates, so all of it is read again. */
    talk_ok(&k, "project = \"NEW\" AND statusCategory != Done ORDER BY", ISSUES(""));
    talk_finish(&k);
}

static void a_key_given_to_another_project_starts_over(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    talk_known(&k, "WEB", "11", HOUR_AGO);
    begin_cloud(&k, LIST(PROJECT("PAY", "99") "," PROJECT("WEB", "11")));
    talk_log(&k, "seen PAY #99\nseen WEB #11\n");
    talk_ok(&k, "project = \"WEB\" AND updated", ISSUES(""));
    talk_ok(&k, "project = \"PAY\" AND statusCategory != Done", ISSUES(""));
    talk_finish(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_stop_the_source),
        cmocka_unit_test(passing_failures_are_tried_again),
        cmocka_unit_test(a_server_that_recovers_is_forgiven),
        cmocka_unit_test(a_wrong_deployment_is_said),
        cmocka_unit_test(the_gateway_tells_the_site),
        cmocka_unit_test(credentials_go_out_as_configured),
        cmocka_unit_test(credentials_that_cannot_be_sent_are_refused),
        cmocka_unit_test(the_list_of_projects_is_paged),
        cmocka_unit_test(named_projects_are_asked_for_by_name),
        cmocka_unit_test(projects_come_and_go),
        cmocka_unit_test(a_key_given_to_another_project_starts_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The Jira tracker as a state machine: conversations, one for each course. */
#include "tests/unit/jira_talk.h"

#define LIST(inner) "{\"isLast\":true,\"values\":[" inner "]}"
#define PROJECT(key, id) "{\"key\":\"" key "\",\"id\":\"" id "\"}"
#define PAY_WEB LIST(PROJECT("PAY", "10") "," PROJECT("WEB", "11"))
#define ISSUES(inner) "{\"issues\":[" inner "]}"
#define TOKEN(token, inner) "{\"issues\":[" inner "],\"nextPageToken\":\"" token "\"}"
#define T1 "2026-11-20T10:00:00.000+0000" /* 1795168800000 */
#define T2 "2026-11-22T11:59:00.123+0100" /* 1795345140123 */

#define T3 "2026-11-22T11:30:00.000+0000" /* 1795347000000 */

/* Read an hour ago; dates in milliseconds are known to work. */
#define HOUR_AGO "1 s e 1795345200000 0"
#define TWO_HOURS_AGO "1 s e 1795341600000 0"

static void begin_cloud(struct talk *k, const char *projects)
{
    talk_begin(k);
    talk_setup_cloud(k, projects);
}

/* Two projects that were read before, and the list of them. */
static void begin_two(struct talk *k)
{
    talk_init(k);
    talk_known(k, "PAY", "10", HOUR_AGO);
    talk_known(k, "WEB", "11", TWO_HOURS_AGO);
    begin_cloud(k, PAY_WEB);
    talk_log(k, "seen PAY #10\nseen WEB #11\n");
}

static void end(struct talk *k)
{
    talk_step(k, TRACKER_DONE);
    talk_finish(k);
}

/* ---- first and later syncs ---- */

static void first_sync_of_cloud(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_include(&k, "P*");
    begin_cloud(&k, PAY_WEB);
    talk_log(&k, "seen PAY #10\n");
    talk_probes(&k);
    talk_log(&k, "");
    talk_ok(
        &k,
        "https://acme.atlassian.net/rest/api/3/search/jql?jql=project = \"PAY\" AND "
        "statusCategory != Done ORDER BY updated ASC, key ASC&maxResults=100&"
        "fields=summary,status,issuetype,project,labels,components,fixVersions,parent,"
        "resolution,resolutiondate,created,updated,assignee,reporter,issuelinks,"
        "security,issuerestriction,statuscategorychangedate,description ",
        TOKEN("t/1", TALK_ISSUE("1", "PAY-1", T1)));
    talk_log(&k, "PAY-1\npage PAY [1 o e 1795348800000 1795168798000]\n");
    talk_ok(&k, "description&nextPageToken=t/1 ",
            "{\"issues\":[" TALK_ISSUE("2", "PAY-2", T2) "],\"isLast\":true}");
    talk_log(&k, "PAY-2\npage PAY [1 c e 1795348800000 1779796800000]\n");
    talk_ok(&k, "statusCategory = Done AND updated >= 1779796800000 ORDER BY",
            "{\"issues\":[],\"nextPageToken\":null}");
    talk_log(&k, "synced PAY [1 s e 1795348800000 0]\n");
    end(&k);
}

static void first_sync_of_data_center(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.url = STR("https://jira.acme.com/jira");
    talk_begin(&k);
    talk_ok(&k, "https://jira.acme.com/jira/rest/api/2/serverInfo ", TALK_SERVER);
    talk_ok(&k, "/rest/api/2/myself ", "{\"name\":\"bot\",\"key\":\"JIRAUSER1\"}");
    talk_ok(&k, "/rest/api/2/field ",
            "[{\"id\":\"customfield_1\",\"name\":\"Epic Link\",\"schema\":{\"custom\":"
            "\"com.pyxis.greenhopper.jira:gh-epic-link\"}}]");
    talk_ok(&k, "/rest/api/2/project ", "[" PROJECT("PAY", "10") "]");
    talk_log(&k, "seen PAY #10\n");
    talk_ok(&k, "/rest/api/2/search?jql=updated >= 4102444800000&", TALK_NONE);
    talk_ok(&k, "project = \"PAY\" AND updated >= 86400000&", TALK_SOME);
    talk_ok(&k, "!= Done ORDER BY updated ASC, key ASC&maxResults=100&fields=summary,",
            "{\"startAt\":0,\"total\":3,\"maxResults\":2,\"issues\":[" TALK_ISSUE(
                "1", "PAY-1", T1) "," TALK_ISSUE("2", "PAY-2", T1) "]}");
    talk_log(&k, "PAY-1\nPAY-2\npage PAY [1 o e 1795348800000 1795168798000]\n");
    /* One issue comes again, so that a shift of places would be seen. */
    talk_ok(&k, "customfield_1&startAt=1 ",
            "{\"startAt\":1,\"total\":3,\"issues\":[" TALK_ISSUE(
                "2", "PAY-2", T1) "," TALK_ISSUE("3", "PAY-3", T2) "]}");
    talk_log(&k, "PAY-2\nPAY-3\npage PAY [1 c e 1795348800000 1779796800000]\n");
    talk_ok(&k, "= Done AND updated >= 1779796800000 ORDER", TALK_NONE);
    talk_log(&k, "synced PAY [1 s e 1795348800000 0]\n");
    end(&k);
}

/* From the least of the watermarks, less two minutes; one request for all. */
static void later_sync_is_one_search(void **state)
{
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_ok(&k,
            "jql=project in (\"PAY\",\"WEB\") AND updated >= 1795341480000 ORDER BY",
            ISSUES(TALK_ISSUE("1", "PAY-1", T2)));
    talk_log(&k, "PAY-1\nsynced PAY [1 s e 1795348800000 0]\n"
                 "synced WEB [1 s e 1795348800000 0]\n");
    end(&k);
}

/* Nothing newer than what is known: cursors stay, each scope's its own. */
static void a_quiet_sync_moves_no_cursor(void **state)
{
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_ok(&k, "project in",
            ISSUES(TALK_ISSUE("1", "WEB-1", "2026-11-22T09:59:59.000+0000")));
    talk_log(&k, "WEB-1\nsynced PAY [1 s e 1795345200000 0]\n"
                 "synced WEB [1 s e 1795341600000 0]\n");
    end(&k);
}

static void later_sync_resumes_within_its_pages(void **state)
{
    struct talk k;

    (void)state;
    begin_two(&k);
    talk_ok(&k, "project in", TOKEN("a", TALK_ISSUE("1", "PAY-1", T2)));
    /* PAY's watermark was later than what this page reached, WEB's was not. */
    talk_log(&k, "PAY-1\npage PAY [1 s e 1795345200000 0]\n"
                 "page WEB [1 s e 1795345140123 0]\n");
    talk_ok(&k, "nextPageToken=a", ISSUES(""));
    talk_log(&k, "synced PAY [1 s e 1795348800000 0]\n"
                 "synced WEB [1 s e 1795348800000 0]\n");
    end(&k);
}

static void a_new_project_is_walked_beside(void **state)
{
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY_WEB);
    talk_forget(&k);
    uint32_t both = talk_ask(&k, "jql=project = \"PAY\" AND updated >= 1795345080000");
    uint32_t open =
        talk_ask(&k, "jql=project = \"WEB\" AND statusCategory != Done ORDER");

    talk_step(&k, TRACKER_IDLE); /* two at once is the budget */
    talk_feed(&k, open, &(struct talk_answer){.status = 200, .body = ISSUES("")}, &f);
    talk_log(&k, "page WEB [1 c e 1795348800000 1779796800000]\n");
    talk_feed(&k, both, &(struct talk_answer){.status = 200, .body = ISSUES("")}, &f);
    talk_log(&k, "synced PAY [1 s e 1795345200000 0]\n");
    talk_ok(&k, "project = \"WEB\" AND statusCategory = Done", ISSUES(""));
    talk_log(&k, "synced WEB [1 s e 1795348800000 0]\n");
    end(&k);
}

static void a_cut_off_walk_goes_on(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.budget.in_flight = 1;
    talk_known(&k, "PAY", "10", "1 c e 1795300000000 1795200000000");
    talk_known(&k, "WEB", "11", "1 o e 1795300000000 1795100000000");
    k.known[0].synced_once = false;
    begin_cloud(&k, PAY_WEB);
    talk_forget(&k);
    talk_ok(&k, "\"WEB\" AND statusCategory != Done AND updated >= 1795100000000 ORDER",
            ISSUES(""));
    talk_log(&k, "page WEB [1 c e 1795300000000 1779796800000]\n");
    talk_ok(&k, "\"PAY\" AND statusCategory = Done AND updated >= 1795200000000 ORDER",
            ISSUES(""));
    talk_log(&k, "synced PAY [1 s e 1795300000000 0]\n");
    talk_ok(&k, "\"WEB\" AND statusCategory = Done AND updated", ISSUES(""));
    talk_log(&k, "synced WEB [1 s e 1795300000000 0]\n");
    end(&k);
}

static void no_history_no_closed_issues(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.history = SPAN_MS(0);
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_probes(&k);
    talk_forget(&k);
    talk_ok(&k, "!= Done", ISSUES(""));
    talk_log(&k, "synced PAY [1 s e 1795348800000 0]\n");
    end(&k);
}

/* `apart`: our clock minus the server's. The earlier counts where it is days. */
static void the_watermark_keeps_behind_a_wrong_clock(void **state)
{
    static const struct {
        int64_t apart;
        const char *synced;
    } rows[] = {
        {INT64_C(3) * 86400000, "PAY-1\nsynced PAY [1 s e 1795348800000 0]\n"},
        {INT64_C(-3) * 86400000, "PAY-1\nsynced PAY [1 s e 1795089300000 0]\n"},
        {INT64_C(3600) * 1000, "PAY-1\nsynced PAY [1 s e 1795348800000 0]\n"},
        {INT64_C(-3600) * 1000, "PAY-1\nsynced PAY [1 s e 1795348800000 0]\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        talk_init(&k);
        k.now = wall_add(TALK_NOW, DUR_MS(rows[i].apart));
        talk_known(&k, "PAY", "10", "1 s e 1795000000000 0");
        begin_cloud(&k, LIST(PROJECT("PAY", "10")));
        talk_forget(&k);
        talk_ok(&k, "updated >= 1794999880000", ISSUES(TALK_ISSUE("1", "PAY-1", T3)));
        talk_log(&k, rows[i].synced);
        end(&k);
    }
}

static void many_projects_are_searched_in_groups_by_post(void **state)
{
    static char keys[450][16], ids[450][8];
    struct tracker_scope known[450];
    struct talk k;
    struct buf list;
    struct err e;

    (void)state;
    talk_init(&k);
    k.conf.budget.in_flight = 1;
    buf_init(&list, 1 << 20);
    buf_addz(&list, "{\"isLast\":true,\"values\":[");
    for (size_t i = 0; i < 450; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "PROJECT%03zu", i);
        (void)snprintf(ids[i], sizeof ids[i], "%zu", i);
        known[i] = (struct tracker_scope){.name = str_of(keys[i]),
                                          .vid = str_of(ids[i]),
                                          .cursor = STR(HOUR_AGO),
                                          .synced_once = true};
        buf_printf(&list, "%s" PROJECT("%s", "%s"), i > 0 ? "," : "", keys[i], ids[i]);
    }
    buf_addz(&list, "]}");
    struct tracker_start start = {.scopes = known, .n_scopes = 450, .now = k.now};

    assert_true(jira_ops.create(&k.conf, &start, &k.t, &e));
    talk_setup_cloud(&k, buf_cstr(&list));
    talk_forget(&k);
    talk_ok(&k,
            "/rest/api/3/search/jql {\"jql\":\"project in "
            "(\\\"PROJECT000\\\",\\\"PROJECT001\\\"",
            TOKEN("t", TALK_ISSUE("1", "PROJECT000-1", T2)));
    talk_log(&k, "PROJECT000-1\n"); /* no checkpoint for 200 scopes on each page */
    talk_ok(&k, "\"nextPageToken\":\"t\"}", ISSUES(""));
    talk_ok(&k, "project in (\\\"PROJECT200\\\"", ISSUES(""));
    talk_ok(&k, "project in (\"PROJECT400\"", ISSUES(""));
    assert_true(str_find(buf_str(&k.log), STR("synced PROJECT449 ")) > 0);
    buf_finish(&list);
    end(&k);
}

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

static void begin_at_stage(struct talk *k, int stage)
{
    talk_init(k);
    talk_begin(k);
    if (stage > 0) {
        talk_ok(k, "serverInfo", TALK_CLOUD);
    }
    if (stage > 1) {
        talk_ok(k, "myself", TALK_MYSELF);
    }
    if (stage > 2) {
        talk_ok(k, "field", TALK_FIELDS);
    }
}

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

/* ---- rate limits ---- */

static const struct {
    const char *headers[6];
    int64_t least, most; /* ms until the next request */
} limits[] = {
    {{"Retry-After", "30", "RateLimit-Reason", "jira-burst-based"}, 30000, 31000},
    {{"X-RateLimit-Reset", "2026-11-22T12:01Z"}, 60000, 61000},
    {{"X-RateLimit-Reset", "2026-11-22T13:00:00Z", "RateLimit-Reason",
      "jira-quota-global-based"},
     3600000,
     3601000},
    {{"Retry-After", "5", "X-RateLimit-Reset", "2026-11-22T13:00:00Z"}, 5000, 6000},
    {{NULL}, 1400, 2600},
    {{"RateLimit-Reason", "jira-quota-tenant-based"}, 60000, 60000},
    {{"Retry-After", "0", "X-RateLimit-Interval-Seconds", "1"}, 1400, 2600},
    {{"Retry-After", "soon"}, 1400, 2600},
    {{"Retry-After", "99999999999"}, 3600000, 3601000},
    {{"Retry-After", "99999999999999999999999"}, 3600000, 3601000},
    {{"Retry-After", "Sun, 22 Nov 2026 12:00:40 GMT"}, 40000, 41000},
    {{"Retry-After", "Sun, 22 Nov 2099 12:00:40 GMT"}, 3600000, 3601000},
    {{"X-RateLimit-Reset", "2020-01-01T00:00Z"}, 0, 1000},
};

static void rate_limits_pause_everything(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct talk_answer ans = {.status = 429, .body = ""};
        struct talk k;

        for (size_t h = 0; h < 6; h++) {
            ans.headers[h] = limits[i].headers[h];
        }
        begin_at_stage(&k, 1);
        talk_reply(&k, "myself", ans);
        assert_true(str_has_prefix(buf_str(&k.log), STR("paused ")));
        talk_forget(&k);
        if (limits[i].least > 0) {
            talk_step(&k, TRACKER_WAIT);
            assert_in_range(wall_since(k.until, k.now).ms, limits[i].least,
                            limits[i].most);
        }
        talk_ok(&k, "myself", TALK_MYSELF);
        talk_ok(&k, "field", TALK_FIELDS);
        talk_log(&k, "");
        talk_finish(&k);
    }
}

static void endless_rate_limits_end(void **state)
{
    struct talk k;

    (void)state;
    begin_at_stage(&k, 1);
    for (int i = 0; i < 8; i++) {
        talk_reply(&k, "myself", (struct talk_answer){.status = 429, .body = ""});
    }
    talk_forget(&k);
    talk_reply(&k, "myself", (struct talk_answer){.status = 429, .body = ""});
    talk_log(&k, "failed rate-limit: Jira answered 429 to myself\n");
    end(&k);
}

/* Limits are told to the feed; close to one, requests go one by one. */
static void limits_are_noted(void **state)
{
    const struct talk_answer near = {.status = 200,
                                     .body = ISSUES(""),
                                     .headers = {"X-RateLimit-NearLimit", "true",
                                                 "X-RateLimit-Limit", "100",
                                                 "X-RateLimit-Remaining", "19"}};
    const struct talk_answer bucket = {
        .status = 200,
        .body = ISSUES(""),
        .headers = {"X-RateLimit-Limit", "5", "X-RateLimit-Remaining", "4",
                    "X-RateLimit-Interval-Seconds", "2"}};
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", "1 o e 1795300000000 0");
    begin_cloud(
        &k, LIST(PROJECT("PAY", "10") "," PROJECT("WEB", "11") "," PROJECT("X", "12")));
    uint32_t one = talk_ask(&k, "\"PAY\"");
    uint32_t two = talk_ask(&k, "\"WEB\"");

    talk_feed(&k, one, &near, &f);
    assert_int_equal(f.rate_limit, 100);
    assert_int_equal(f.rate_remaining, 19);
    assert_int_equal(f.rate_reset.ms, 0);
    assert_int_equal(f.server_date.ms, TALK_NOW.ms);
    talk_step(&k, TRACKER_IDLE);
    talk_feed(&k, two, &bucket, &f);
    assert_int_equal(f.rate_remaining, 4);
    assert_int_equal(f.rate_reset.ms, TALK_NOW.ms + 2000);
    (void)talk_ask(&k, "\"X\"");
    (void)talk_ask(&k, "\"PAY\"");
    talk_finish(&k);
}

/* What others may use is left to them, while there is more to ask. */
static void the_reserve_is_kept(void **state)
{
    static const struct {
        const char *remaining, *reset;
        int64_t wait;
    } rows[] = {
        {"21", "2026-11-22T12:30:00Z", 0},
        {"20", "2026-11-22T12:30:00Z", 1800000},
        {"0", "2026-11-22T12:00:05Z", 5000},
        {"0", "2026-11-22T11:00:00Z", 0},
        {"0", "no date", 0},
        {"none", "2026-11-22T12:30:00Z", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk_answer ans = {.status = 200, .body = TALK_CLOUD};
        struct talk k;

        talk_init(&k);
        talk_begin(&k);
        ans.headers[0] = "X-RateLimit-Limit";
        ans.headers[1] = "100";
        ans.headers[2] = "X-RateLimit-Remaining";
        ans.headers[3] = rows[i].remaining;
        ans.headers[4] = "X-RateLimit-Reset";
        ans.headers[5] = rows[i].reset;
        talk_reply(&k, "serverInfo", ans);
        talk_log(&k, rows[i].wait > 10000 ? "paused 1800000\n" : "");
        (void)talk_ask(&k, "myself");
        assert_int_equal(wall_since(k.now, TALK_NOW).ms, rows[i].wait);
        talk_finish(&k);
    }
}

static void the_reserve_does_not_hold_up_the_end(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_forget(&k);
    talk_reply(&k, "search/jql",
               (struct talk_answer){
                   .status = 200,
                   .body = ISSUES(""),
                   .headers = {"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0",
                               "X-RateLimit-Reset", "2026-11-22T12:30Z"}});
    talk_log(&k, "synced PAY [1 s e 1795345200000 0]\n");
    end(&k);
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

/* ---- a backfill that ends early ---- */

static const char *many(struct buf *b, unsigned from, unsigned n, const char *token)
{
    buf_clear(b);
    buf_addz(b, "{\"issues\":[");
    for (unsigned i = from; i < from + n; i++) {
        buf_printf(b,
                   "%s{\"id\":\"%u\",\"key\":\"PAY-%u\",\"fields\":{\"status\":{},"
                   "\"updated\":\"2026-11-20T%02u:%02u:00.000+0000\"}}",
                   i > from ? "," : "", i, i, i / 60, i % 60);
    }
    buf_addz(b, "],\"isLast\":true");
    if (token != NULL) {
        buf_printf(b, ",\"nextPageToken\":\"%s\"", token);
    }
    buf_addz(b, "}");
    return buf_cstr(b);
}

static void begin_backfill(struct talk *k, struct buf *b)
{
    buf_init(b, 1 << 20);
    talk_init(k);
    k->telling = true;
    talk_known(k, "PAY", "10", "1 o e 1795300000000 0");
    begin_cloud(k, LIST(PROJECT("PAY", "10")));
    talk_forget(k);
}

/* No token after 200 of 300: on from the date reached, until all are there. */
static void a_cursor_that_ends_early_is_noticed(void **state)
{
    struct talk k;
    struct buf b;

    (void)state;
    begin_backfill(&k, &b);
    talk_ok(&k, "!= Done ORDER", many(&b, 0, 100, "t"));
    talk_ok(&k, "nextPageToken=t", many(&b, 100, 100, NULL));
    talk_ok(&k,
            "/rest/api/3/search/approximate-count {\"jql\":\"project = \\\"PAY\\\" AND "
            "statusCategory != Done\"}",
            "{\"count\":300}");
    talk_ok(&k, "!= Done AND updated >= 17951444", many(&b, 195, 105, NULL));
    talk_forget(&k);
    talk_ok(&k, "approximate-count", "{\"count\":301}");
    talk_log(&k, "page PAY [1 c e 1795300000000 1779796800000]\n");
    talk_ok(&k, "statusCategory = Done", ISSUES(""));
    assert_true(str_find(buf_str(&k.log), STR("note backfill")) < 0);
    end(&k);
    buf_finish(&b);
}

/* Where that leads no further it is said, and the project is not held up. */
static void what_is_counted_and_not_served_is_noted(void **state)
{
    struct talk k;
    struct buf b;

    (void)state;
    begin_backfill(&k, &b);
    talk_ok(&k, "!= Done ORDER", many(&b, 0, 100, NULL));
    talk_ok(&k, "approximate-count", "{\"count\":900}");
    talk_ok(&k, "!= Done AND updated >=", many(&b, 95, 5, NULL));
    talk_forget(&k);
    talk_ok(&k, "approximate-count", "{\"count\":900}");
    assert_true(str_find(buf_str(&k.log),
                         STR("note backfill warn: PAY: Jira counts 900 open issues and "
                             "served 105; ")) >= 0);
    talk_ok(&k, "statusCategory = Done", ISSUES(""));
    end(&k);
    buf_finish(&b);
}

/* No estimate, a close one, or none to be had: the walk has ended. */
static void an_estimate_holds_nothing_up(void **state)
{
    static const struct {
        struct talk_answer answer;
        int times;
    } estimates[] = {
        {{.status = 200, .body = "{\"count\":112}"}, 1},
        {{.status = 200, .body = "{\"count\":7}"}, 1},
        {{.status = 200, .body = "{}"}, 1},
        {{.status = 200, .body = "<html>"}, 1},
        {{.status = 400, .body = ""}, 1},
        {{.status = 403, .body = ""}, 1},
        {{.status = 500, .body = ""}, 4},
        {{.failure = ERR_NET}, 4},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(estimates); i++) {
        struct talk k;
        struct buf b;

        begin_backfill(&k, &b);
        talk_ok(&k, "!= Done ORDER", many(&b, 0, 100, NULL));
        talk_forget(&k);
        for (int n = 0; n < estimates[i].times; n++) {
            talk_reply(&k, "approximate-count", estimates[i].answer);
        }
        assert_true(str_has_prefix(buf_str(&k.log),
                                   STR("page PAY [1 c e 1795300000000 17797968")));
        assert_true(str_find(buf_str(&k.log), STR("note")) < 0);
        talk_ok(&k, "statusCategory = Done", ISSUES(""));
        end(&k);
        buf_finish(&b);
    }
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

/* ---- the contract ---- */

static void an_unknown_tag_is_our_own_bug(void **state)
{
    struct http_response resp = {.status = 200};
    struct talk k;
    struct feed f;
    struct err e;

    (void)state;
    talk_init(&k);
    talk_begin(&k);
    feed_init(&f, k.a);
    assert_false(jira_ops.feed(k.t, 77, &resp, NULL, k.now, &f, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    talk_finish(&k);
    jira_ops.destroy(NULL);
}

static void a_broken_cursor_starts_over(void **state)
{
    static const char *const cursors[] = {"x",
                                          "1 s e",
                                          "2 s e 1 0",
                                          "1 q e 1 0",
                                          "1 s e -5 0",
                                          "1 s e 1 -1",
                                          "1 s e 99999999999999999999 0",
                                          "{\"page\":1}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cursors); i++) {
        struct talk k;

        talk_init(&k);
        talk_known(&k, "PAY", "10", cursors[i]);
        begin_cloud(&k, LIST(PROJECT("PAY", "10")));
        talk_probes(&k);
        talk_ok(&k, "statusCategory != Done ORDER BY", ISSUES(""));
        talk_finish(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sync_of_cloud),
        cmocka_unit_test(first_sync_of_data_center),
        cmocka_unit_test(later_sync_is_one_search),
        cmocka_unit_test(a_quiet_sync_moves_no_cursor),
        cmocka_unit_test(later_sync_resumes_within_its_pages),
        cmocka_unit_test(a_new_project_is_walked_beside),
        cmocka_unit_test(a_cut_off_walk_goes_on),
        cmocka_unit_test(no_history_no_closed_issues),
        cmocka_unit_test(the_watermark_keeps_behind_a_wrong_clock),
        cmocka_unit_test(many_projects_are_searched_in_groups_by_post),
        cmocka_unit_test(refusals_stop_the_source),
        cmocka_unit_test(passing_failures_are_tried_again),
        cmocka_unit_test(a_server_that_recovers_is_forgiven),
        cmocka_unit_test(rate_limits_pause_everything),
        cmocka_unit_test(endless_rate_limits_end),
        cmocka_unit_test(limits_are_noted),
        cmocka_unit_test(the_reserve_is_kept),
        cmocka_unit_test(the_reserve_does_not_hold_up_the_end),
        cmocka_unit_test(a_wrong_deployment_is_said),
        cmocka_unit_test(the_gateway_tells_the_site),
        cmocka_unit_test(credentials_go_out_as_configured),
        cmocka_unit_test(credentials_that_cannot_be_sent_are_refused),
        cmocka_unit_test(the_list_of_projects_is_paged),
        cmocka_unit_test(named_projects_are_asked_for_by_name),
        cmocka_unit_test(projects_come_and_go),
        cmocka_unit_test(a_key_given_to_another_project_starts_over),
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
        cmocka_unit_test(a_cursor_that_ends_early_is_noticed),
        cmocka_unit_test(what_is_counted_and_not_served_is_noted),
        cmocka_unit_test(an_estimate_holds_nothing_up),
        cmocka_unit_test(jql_follows_an_expression),
        cmocka_unit_test(jql_that_is_refused_fails_all_of_it),
        cmocka_unit_test(an_unknown_tag_is_our_own_bug),
        cmocka_unit_test(a_broken_cursor_starts_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The Jira tracker as a state machine: conversations, one for each course. First and
 * later syncs, backfills that end early, and cursors.
 */
#include "tests/unit/jira_sync_rig.h"

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
        cmocka_unit_test(a_cursor_that_ends_early_is_noticed),
        cmocka_unit_test(what_is_counted_and_not_served_is_noted),
        cmocka_unit_test(an_estimate_holds_nothing_up),
        cmocka_unit_test(an_unknown_tag_is_our_own_bug),
        cmocka_unit_test(a_broken_cursor_starts_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

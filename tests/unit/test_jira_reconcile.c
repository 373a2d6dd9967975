/* Listings of whole projects, and what became of the issues they lack. */
#include "tests/unit/jira_talk.h"

#define LIST(inner) "{\"isLast\":true,\"values\":[" inner "]}"
#define PAY LIST("{\"key\":\"PAY\",\"id\":\"10\"}")
#define PAY_WEB                                                                        \
    LIST("{\"key\":\"PAY\",\"id\":\"10\"},{\"key\":\"WEB\",\"id\":\"11\"}")
#define HOUR_AGO "1 s e 1795345200000 0"
#define NOTHING "{\"issues\":[]}"
#define ID(id, key) "{\"id\":\"" id "\",\"key\":\"" key "\"}"
#define BORN(id, key, created)                                                         \
    "{\"id\":\"" id "\",\"key\":\"" key "\",\"fields\":{\"created\":\"" created "\"}}"
#define T1 "2026-11-20T10:00:00.000+0000" /* 1795168800000 */

static void due(struct talk *k, const char *key, const char *vid)
{
    talk_known(k, key, vid, HOUR_AGO);
    k->known[k->n_known - 1].list = true;
}

/* Cloud, one project that was read before and is due; its changes are read. */
static void begin_listing(struct talk *k)
{
    talk_init(k);
    due(k, "PAY", "10");
    talk_begin(k);
    talk_setup_cloud(k, PAY);
    talk_ok(k, "project = \"PAY\" AND updated >=", NOTHING);
    talk_log(k, "seen PAY #10\nsynced PAY [1 s e 1795345200000 0]\n");
}

static void begin_dc(struct talk *k, const char *include)
{
    talk_init(k);
    k->conf.url = STR("https://jira.acme.com");
    k->own.deployment = JIRA_DATACENTER;
    talk_include(k, include);
    due(k, "PAY", "10");
    talk_begin(k);
    talk_ok(k, "myself", TALK_MYSELF);
    talk_ok(k, "field", TALK_FIELDS);
    talk_ok(k, "project",
            "[{\"key\":\"PAY\",\"id\":\"10\"},{\"key\":\"WEB\",\"id\":\"11\"}]");
    talk_ok(k, "project = \"PAY\" AND updated >=", TALK_NONE);
    talk_forget(k);
}

static void cloud_is_listed_by_ids(void **state)
{
    struct talk k;

    (void)state;
    begin_listing(&k);
    talk_ok(&k,
            "/rest/api/3/search/jql?jql=project = \"PAY\" AND (statusCategory != Done OR "
            "updated >= 1779796800000) ORDER BY created ASC, key "
            "ASC&maxResults=5000&fields=id,key ",
            "{\"issues\":[" ID("1", "PAY-1") "," ID("2", "PAY-2")
            "],\"nextPageToken\":\"t\"}");
    talk_log(&k, "listing PAY\nsighting PAY 1\nsighting PAY 2\n");
    talk_ok(&k, "nextPageToken=t", "{\"issues\":[{\"id\":\"3\"}],\"isLast\":true}");
    talk_log(&k, "listed PAY since 1779796800000\nsighting PAY 3\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* By the date of creation: it never changes, so no issue changes its place. */
static void data_center_is_listed_in_windows(void **state)
{
    struct talk k;

    (void)state;
    begin_dc(&k, "PAY");
    talk_ok(&k,
            "/rest/api/2/search?jql=project = \"PAY\" AND (statusCategory != Done OR "
            "updated >= 1779796800000) ORDER BY created ASC, key "
            "ASC&maxResults=1000&fields=created&startAt=0 ",
            "{\"startAt\":0,\"total\":99999,\"issues\":[" BORN("1", "PAY-1", T1) "," BORN(
                "2", "PAY-2", T1) "]}");
    talk_log(&k, "listing PAY\nsighting PAY 1\nsighting PAY 2\n");
    talk_ok(&k, "startAt=1 ",
            "{\"startAt\":1,\"total\":99999,\"issues\":[" BORN("8", "PAY-8", T1) "]}");
    /* Something left its place: from the date reached. */
    talk_ok(&k, "AND created >= 1795168798000 ORDER BY created",
            "{\"startAt\":0,\"total\":1,\"issues\":[" BORN("8", "PAY-8", T1) "]}");
    talk_log(&k, "sighting PAY 8\nlisted PAY since 1779796800000\nsighting PAY 8\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

static void without_history_closed_issues_are_not_listed(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.history = SPAN_MS(0);
    due(&k, "PAY", "10");
    talk_begin(&k);
    talk_setup_cloud(&k, PAY);
    talk_ok(&k, "updated >=", NOTHING);
    talk_forget(&k);
    talk_ok(&k, "project = \"PAY\" AND statusCategory != Done ORDER BY created", NOTHING);
    talk_log(&k, "listing PAY\nlisted PAY since 1795348800000\n");
    talk_finish(&k);
}

/* One that is not due is not listed, nor one whose changes could not be read. */
static void only_what_is_due_and_was_read_is_listed(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    k.conf.budget.in_flight = 1;
    talk_known(&k, "PAY", "10", HOUR_AGO);
    due(&k, "WEB", "11");
    talk_begin(&k);
    talk_setup_cloud(&k, PAY_WEB);
    talk_ok(&k, "project in", NOTHING);
    talk_ok(&k, "project = \"WEB\" AND (statusCategory", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);

    talk_init(&k);
    due(&k, "PAY", "10");
    talk_begin(&k);
    talk_setup_cloud(&k, PAY);
    talk_reply(&k, "updated >=", (struct talk_answer){.status = 403, .body = ""});
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* Its changes were read: the project does not fail, and is not LISTED. */
static void a_listing_that_fails_is_noted(void **state)
{
    static const struct talk_answer answers[] = {
        {.status = 403, .body = "{\"errorMessages\":[\"No.\"]}"},
        {.status = 200, .body = "{\"issues\":[{\"key\":\"PAY-1\"}]}"},
        {.status = 200, .body = "{\"issues\":[" ID("1", "PAY-1") "],\"nextPageToken\":7}"},
        {.status = 503, .body = ""},
        {.failure = ERR_NET},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct tracker_request req;
        struct talk k;

        begin_listing(&k);
        k.telling = true;
        for (int n = 0; n < 4; n++) {
            struct wall until;

            if (jira_ops.next(k.t, (struct wall){k.now.ms + 60000 * n}, &req, &until) ==
                TRACKER_DONE) {
                break;
            }
            struct feed f;

            k.now.ms += 60000 * n;
            talk_feed(&k, req.tag, &answers[i], &f);
        }
        assert_true(str_has_prefix(
            buf_str(&k.log), STR("note reconcile warn: PAY could not be listed: ")));
        assert_true(str_find(buf_str(&k.log), STR("failed")) < 0);
        assert_true(str_find(buf_str(&k.log), STR("listed PAY ")) < 0);
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

/* A page token that expires or comes again: from the start, or not at all. */
static void a_listing_survives_its_token(void **state)
{
    struct talk k;

    (void)state;
    begin_listing(&k);
    talk_ok(&k, "fields=id,key", "{\"issues\":[" ID("1", "PAY-1")
                                 "],\"nextPageToken\":\"t\"}");
    talk_reply(&k, "nextPageToken=t", (struct talk_answer){.status = 400, .body = ""});
    talk_ok(&k, "fields=id,key ", "{\"issues\":[" ID("1", "PAY-1")
                                  "],\"nextPageToken\":\"u\"}");
    talk_forget(&k);
    k.telling = true;
    talk_ok(&k, "nextPageToken=u",
            "{\"issues\":[" ID("1", "PAY-1") "],\"nextPageToken\":\"u\"}");
    assert_true(str_find(buf_str(&k.log), STR("the same page token came again")) > 0);
    talk_finish(&k);
}

/* ---- fates ---- */

static void asked_of_cloud_in_one_go(void **state)
{
    static const char *const vids[] = {"1", "2", "3", "4", "5", "6"};
    struct talk k;

    (void)state;
    begin_listing(&k);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_forget(&k);
    talk_missing(&k, "PAY", vids, ARRAY_LEN(vids));
    talk_ok(&k,
            "/rest/api/3/issue/bulkfetch "
            "{\"issueIdsOrKeys\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"],\"fields\":["
            "\"summary\",",
            "{\"issues\":["
            "{\"id\":\"1\",\"key\":\"PAY-1\",\"fields\":{\"status\":{}}},"
            "{\"id\":\"2\",\"key\":\"HR-7\",\"fields\":{\"status\":{},\"project\":"
            "{\"key\":\"HR\"}}},"
            "{\"id\":\"3\",\"key\":\"PAY-3\",\"fields\":{\"status\":{},"
            "\"archiveddate\":\"2026-11-01T10:00:00.000+0000\"}},"
            "{\"id\":\"5\",\"key\":\"PAY-5\",\"fields\":{}}],"
            "\"issueErrors\":[{\"id\":\"6\",\"errorMessage\":\"Try again\"}]}");
    talk_log(&k, "PAY-1\nfate 1 present\nfate 2 outside: now HR-7\n"
                 "fate 3 outside: archived\nfate 4 gone\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

static void a_move_to_a_followed_project_is_the_same_issue(void **state)
{
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    due(&k, "PAY", "10");
    talk_known(&k, "WEB", "11", HOUR_AGO);
    talk_begin(&k);
    talk_setup_cloud(&k, PAY_WEB);
    talk_ok(&k, "project in", NOTHING);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_forget(&k);
    talk_missing(&k, "PAY", (const char *const[]){"1"}, 1);
    uint32_t tag = talk_ask(&k, "bulkfetch");

    talk_feed(&k, tag,
              &(struct talk_answer){
                  .status = 200,
                  .body = "{\"issues\":[{\"id\":\"1\",\"key\":\"WEB-9\",\"fields\":"
                          "{\"status\":{},\"project\":{\"key\":\"WEB\"}}}]}"},
              &f);
    talk_log(&k, "WEB-9\nfate 1 present\n");
    assert_true(str_eqz(f.items[0].scope, "WEB"));
    assert_true(str_eqz(f.items[0].vid, "1"));
    talk_finish(&k);
}

static void more_than_a_hundred_are_asked_in_turn(void **state)
{
    static char ids[250][8];
    static const char *vids[250];
    struct talk k;

    (void)state;
    for (size_t i = 0; i < 250; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%zu", i + 1);
        vids[i] = ids[i];
    }
    begin_listing(&k);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_missing(&k, "PAY", vids, 250);
    talk_ok(&k, "[\"1\",\"2\",", NOTHING);
    talk_ok(&k, "[\"101\",", NOTHING);
    talk_forget(&k);
    talk_ok(&k, "[\"201\",", NOTHING);
    assert_true(str_has_prefix(buf_str(&k.log), STR("fate 201 gone\n")));
    assert_true(str_has_suffix(buf_str(&k.log), STR("fate 250 gone\n")));
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* What a request of one issue of Data Center means. */
static const struct {
    struct talk_answer answer;
    int times;
    const char *log;
} single[] = {
    {{.status = 200,
      .body = "{\"id\":\"7\",\"key\":\"PAY-7\",\"fields\":{\"status\":{}}}"},
     1,
     "PAY-7\nfate 7 present\n"},
    {{.status = 200,
      .body = "{\"id\":\"7\",\"key\":\"WEB-1\",\"fields\":{\"status\":{},\"project\":"
              "{\"key\":\"WEB\"}}}"},
     1,
     "fate 7 outside: now WEB-1\n"},
    {{.status = 404, .body = "{\"errorMessages\":[\"Issue Does Not Exist\"]}"},
     1,
     "fate 7 gone\n"},
    {{.status = 403,
      .body = "{\"errorMessages\":[\"You do not have the permission to see the "
              "specified issue.\"]}"},
     1,
     "fate 7 hidden: Jira answered 403 to the request of an issue: You do not have the "
     "permission to see the specified issue.\n"},
    {{.status = 400, .body = ""}, 1, ""},
    {{.status = 503, .body = ""}, 4, ""},
    {{.failure = ERR_NET}, 4, ""},
    {{.status = 200, .body = "<html>"}, 2, ""},
    {{.status = 200, .body = "{}"}, 2, ""},
    {{.status = 200, .body = "[]"}, 2, ""},
    {{.status = 200, .body = "null"}, 2, ""},
    {{.status = 200, .body = "{\"id\":\"7\",\"key\":\"PAY-7\",\"fields\":{}}"}, 1, ""},
    {{.status = 401, .body = ""},
     1,
     "failed auth: Jira answered 401 to the request of an issue; check user and token\n"},
};

static void asked_of_data_center_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(single); i++) {
        struct talk k;

        begin_dc(&k, "PAY");
        talk_ok(&k, "fields=created", TALK_NONE);
        talk_forget(&k);
        talk_missing(&k, "PAY", (const char *const[]){"7"}, 1);
        for (int n = 0; n < single[i].times; n++) {
            talk_reply(&k, "/rest/api/2/issue/7?fields=summary,", single[i].answer);
        }
        talk_log(&k, single[i].log);
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

/* A batch that is refused or does not read tells nothing of any issue in it. */
static void no_clear_answer_no_fate(void **state)
{
    static const struct {
        struct talk_answer answer;
        int times;
    } rows[] = {
        {{.status = 400, .body = "{\"errorMessages\":[\"no\"]}"}, 1},
        {{.status = 403, .body = ""}, 1},
        {{.status = 404, .body = ""}, 1},
        {{.status = 500, .body = ""}, 4},
        {{.status = 200, .body = "{\"issueErrors\":[]}"}, 2},
        {{.status = 200, .body = "{\"issues\":null}"}, 2},
        {{.status = 200, .body = "{\"issues\":[{\"key\":\"PAY-1\"}]}"}, 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        begin_listing(&k);
        talk_ok(&k, "fields=id,key", NOTHING);
        talk_forget(&k);
        talk_missing(&k, "PAY", (const char *const[]){"1", "2"}, 2);
        for (int n = 0; n < rows[i].times; n++) {
            talk_reply(&k, "bulkfetch", rows[i].answer);
        }
        talk_log(&k, "");
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

static void lookups_respect_rate_limits(void **state)
{
    struct talk k;

    (void)state;
    begin_listing(&k);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_missing(&k, "PAY", (const char *const[]){"1"}, 1);
    talk_reply(&k, "bulkfetch",
               (struct talk_answer){
                   .status = 429, .body = "", .headers = {"Retry-After", "30"}});
    talk_step(&k, TRACKER_WAIT);
    assert_in_range(wall_since(k.until, k.now).ms, 30000, 31000);
    talk_forget(&k);
    talk_ok(&k, "bulkfetch", NOTHING);
    talk_log(&k, "fate 1 gone\n");
    talk_finish(&k);
}

/* ---- jql ---- */

static void begin_jql(struct talk *k)
{
    talk_init(k);
    k->own.jql = STR("labels = a OR team = x");
    due(k, "jql", "");
    talk_known(k, "PAY", "", HOUR_AGO);
    talk_begin(k);
    talk_ok(k, "serverInfo", TALK_CLOUD);
    talk_ok(k, "myself", TALK_MYSELF);
    talk_ok(k, "field", TALK_FIELDS);
    talk_ok(k, "(labels = a OR team = x) AND updated >=", NOTHING);
    talk_forget(k);
}

/* Each project met or known is listed with the expression. */
static void an_expression_is_listed_with_all_its_projects(void **state)
{
    struct talk k;

    (void)state;
    begin_jql(&k);
    talk_ok(&k,
            "(labels = a OR team = x) AND (statusCategory != Done OR updated >= "
            "1779796800000) ORDER BY created ASC, key ASC&maxResults=5000&fields=id,key ",
            "{\"issues\":[" ID("1", "PAY-1") "," ID("2", "A-B-2") "],\"nextPageToken\":"
                                                                  "\"t\"}");
    talk_log(&k, "listing jql\nlisting PAY\nlisting A-B\nsighting PAY 1\n"
                 "sighting A-B 2\n");
    talk_ok(&k, "nextPageToken=t", "{\"issues\":[" ID("3", "WEB-3") "]}");
    talk_log(&k, "listing WEB\nlisted jql since 1779796800000\n"
                 "listed PAY since 1779796800000\nlisted A-B since 1779796800000\n"
                 "listed WEB since 1779796800000\nsighting WEB 3\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* What exists is searched for within the expression: that alone tells. */
static void what_left_the_expression_is_outside(void **state)
{
    struct talk k;

    (void)state;
    begin_jql(&k);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_forget(&k);
    talk_missing(&k, "PAY", (const char *const[]){"1", "2", "3"}, 3);
    talk_ok(&k, "bulkfetch",
            "{\"issues\":[{\"id\":\"1\",\"key\":\"PAY-1\",\"fields\":{\"status\":{}}},"
            "{\"id\":\"2\",\"key\":\"PAY-2\",\"fields\":{\"status\":{}}}]}");
    talk_log(&k, "fate 3 gone\n");
    talk_ok(&k,
            "jql=(labels = a OR team = x) AND id in (\"1\",\"2\") ORDER BY updated ASC, "
            "key ASC&maxResults=100&fields=summary,",
            "{\"issues\":[{\"id\":\"2\",\"key\":\"PAY-2\",\"fields\":{\"status\":{}}}]}");
    talk_log(&k, "PAY-2\nfate 1 outside: the jql expression does not hold it\n"
                 "fate 2 present\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);

    /* One that vanished in between makes the search be refused: no fate. */
    begin_jql(&k);
    talk_ok(&k, "fields=id,key", NOTHING);
    talk_missing(&k, "PAY", (const char *const[]){"1"}, 1);
    talk_ok(&k, "bulkfetch",
            "{\"issues\":[{\"id\":\"1\",\"key\":\"PAY-1\",\"fields\":{\"status\":{}}}]}");
    talk_forget(&k);
    talk_reply(&k, "id in (\"1\")", (struct talk_answer){.status = 400, .body = ""});
    talk_log(&k, "");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* Asked after the sync failed, nothing is asked of the server. */
static void a_failed_sync_looks_nothing_up(void **state)
{
    struct talk k;

    (void)state;
    begin_listing(&k);
    talk_reply(&k, "fields=id,key", (struct talk_answer){.status = 401, .body = ""});
    talk_missing(&k, "PAY", (const char *const[]){"1"}, 1);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloud_is_listed_by_ids),
        cmocka_unit_test(data_center_is_listed_in_windows),
        cmocka_unit_test(without_history_closed_issues_are_not_listed),
        cmocka_unit_test(only_what_is_due_and_was_read_is_listed),
        cmocka_unit_test(a_listing_that_fails_is_noted),
        cmocka_unit_test(a_listing_survives_its_token),
        cmocka_unit_test(asked_of_cloud_in_one_go),
        cmocka_unit_test(a_move_to_a_followed_project_is_the_same_issue),
        cmocka_unit_test(more_than_a_hundred_are_asked_in_turn),
        cmocka_unit_test(asked_of_data_center_one_by_one),
        cmocka_unit_test(no_clear_answer_no_fate),
        cmocka_unit_test(lookups_respect_rate_limits),
        cmocka_unit_test(an_expression_is_listed_with_all_its_projects),
        cmocka_unit_test(what_left_the_expression_is_outside),
        cmocka_unit_test(a_failed_sync_looks_nothing_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

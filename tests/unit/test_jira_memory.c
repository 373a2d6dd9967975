/* What the Jira tracker keeps between two syncs, and when it asks again. */
#include "connectors/trackers/jira/jira_memory.h"
#include "tests/unit/jira_talk.h"

#define PROJECTS                                                                       \
    "{\"isLast\":true,\"values\":[{\"key\":\"PAY\",\"id\":\"10\"},"                    \
    "{\"key\":\"WEB\",\"id\":\"11\"}]}"
#define HOUR_AGO "1 s e 1795345200000 0"
#define NOTHING "{\"issues\":[]}"

/* One sync of two projects that were read before, which learns everything. */
static void learn(struct talk *k)
{
    talk_init(k);
    talk_known(k, "PAY", "10", HOUR_AGO);
    talk_known(k, "WEB", "11", HOUR_AGO);
    talk_begin(k);
    talk_setup_cloud(k, PROJECTS);
    assert_true(k->memory.n > 0);
    talk_ok(k, "project in", NOTHING);
    talk_step(k, TRACKER_DONE);
}

static void a_quiet_sync_is_one_search(void **state)
{
    struct talk k;

    (void)state;
    learn(&k);
    for (int i = 0; i < 11; i++) {
        talk_again(&k, 5);
        talk_ok(&k, "search/jql?jql=project in (\"PAY\",\"WEB\") AND updated >= 17953450",
                NOTHING);
        talk_log(&k, "seen PAY #10\nseen WEB #11\nsynced PAY [1 s e 1795345200000 0]\n"
                     "synced WEB [1 s e 1795345200000 0]\n");
        talk_step(&k, TRACKER_DONE);
    }
    talk_again(&k, 5); /* an hour after it was learned */
    talk_setup_cloud(&k, PROJECTS);
    talk_finish(&k);
}

/* Nothing is asked ahead of time, and all of it when the clock went back. */
static void an_hour_is_enough(void **state)
{
    static const struct {
        int64_t minutes;
        bool again;
    } rows[] = {{1, false}, {59, false}, {60, true}, {100000, true}, {-5, true}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        learn(&k);
        talk_again(&k, rows[i].minutes);
        (void)talk_ask(&k, rows[i].again ? "serverInfo" : "search/jql");
        talk_finish(&k);
    }
}

static void what_is_due_to_be_listed_is_looked_at_afresh(void **state)
{
    struct talk k;

    (void)state;
    learn(&k);
    k.known[1].list = true;
    talk_again(&k, 5);
    (void)talk_ask(&k, "serverInfo");
    talk_finish(&k);
}

/* A refusal may owe to what was kept; a server that is down does not. */
static void failures_cast_doubt(void **state)
{
    static const struct {
        struct talk_answer answer;
        int times;
        bool again;
    } rows[] = {
        {{.status = 401, .body = ""}, 1, true},
        {{.status = 410, .body = ""}, 1, true},
        {{.status = 200,
          .body = NOTHING,
          .headers = {"X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}},
         1,
         true},
        {{.status = 404, .body = ""}, 3, true},
        {{.status = 403, .body = ""}, 3, true},
        {{.status = 200, .body = "{}"}, 6, true},
        {{.failure = ERR_NET}, 12, false},
        {{.status = 503, .body = ""}, 12, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        learn(&k);
        talk_again(&k, 5);
        k.conf.budget.in_flight = 1;
        for (int n = 0; n < rows[i].times; n++) {
            talk_reply(&k, "search/jql", rows[i].answer);
        }
        talk_step(&k, TRACKER_DONE);
        talk_again(&k, 5);
        (void)talk_ask(&k, rows[i].again ? "serverInfo" : "search/jql");
        talk_finish(&k);
    }
}

static void dates_that_do_not_work_are_remembered(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", "1 s - 1795345200000 0");
    talk_begin(&k);
    talk_setup_cloud(&k,
                     "{\"isLast\":true,\"values\":[{\"key\":\"PAY\",\"id\":\"10\"}]}");
    talk_reply(&k, "jql=updated >= 4102444800000&",
               (struct talk_answer){.status = 400, .body = ""});
    talk_ok(&k, "updated >= -64m", NOTHING);
    talk_again(&k, 5);
    talk_ok(&k, "updated >= -69m", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

static void a_project_that_was_lost_stays_told(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_include(&k, "PAY");
    talk_include(&k, "GONE");
    talk_known(&k, "PAY", "10", HOUR_AGO);
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "keys=GONE", "{\"isLast\":true,\"values\":[{\"key\":\"PAY\",\"id\":\"10\"}]}");
    talk_again(&k, 5);
    talk_ok(&k, "search/jql", NOTHING);
    talk_log(&k, "seen PAY #10\n"
                 "failed GONE not-found: project GONE is not visible to this user\n"
                 "synced PAY [1 s e 1795345200000 0]\n");
    talk_finish(&k);
}

/* Another kind of Jira than was learned, and a gateway without a site. */
static void settings_outside_of_the_fingerprint_count(void **state)
{
    struct talk k;

    (void)state;
    learn(&k);
    k.own.deployment = JIRA_DATACENTER;
    talk_again(&k, 5);
    (void)talk_ask(&k, "/rest/api/2/myself");
    talk_finish(&k);

    learn(&k);
    k.own.deployment = JIRA_CLOUD;
    talk_again(&k, 5);
    (void)talk_ask(&k, "search/jql");
    talk_finish(&k);
}

static void jql_is_one_search_too(void **state)
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
    talk_ok(&k, "(labels = a)", NOTHING);
    talk_again(&k, 5);
    talk_ok(&k, "(labels = a)", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* ---- the text ---- */

static void it_reads_as_it_was_written(void **state)
{
    struct arena *a = arena_create(1 << 20);
    struct jira_mark_field marks[] = {{STR("customfield_1"), STR("Team \"x\"")}};
    struct jira_status statuses[] = {{STR("3"), true, false}, {STR("6"), false, true}};
    struct jira_kept_scope scopes[] = {{STR("PAY"), STR("10"), {77}, true}};
    struct jira_memory back, m = {
        .learned = {99},
        .cloud = true,
        .site = STR("https://acme.atlassian.net"),
        .dates = DATES_RELATIVE,
        .fields = {.epic_link = STR("customfield_2"), .marks = marks, .n_marks = 1},
        .statuses = {statuses, 2, 2},
        .scopes = scopes,
        .n_scopes = 1,
    };
    struct buf text, again;

    (void)state;
    buf_init(&text, 1 << 20);
    buf_init(&again, 1 << 20);
    jira_memory_print(&text, &m);
    assert_true(jira_memory_read(buf_str(&text), a, &back));
    jira_memory_print(&again, &back);
    assert_string_equal(buf_cstr(&text), buf_cstr(&again));
    assert_true(str_eqz(back.fields.marks[0].name, "Team \"x\""));
    assert_true(back.scopes[0].more && back.scopes[0].told.ms == 77);
    assert_true(back.statuses.v[0].in_progress && back.statuses.v[1].done);
    /* Each text that is cut off is no memory. */
    for (size_t n = 0; n < text.n; n++) {
        assert_false(jira_memory_read(str_first(buf_str(&text), n), a, &back));
    }
    buf_finish(&text);
    buf_finish(&again);
    arena_destroy(a);
}

#define HEAD "{\"version\":1,\"learned\":5,\"cloud\":true,\"site\":\"\",\"dates\":1,\"mute\":false,"
#define FIELDS_(epic, marks)                                                           \
    "\"fields\":{\"epic_link\":\"" epic                                                \
    "\",\"epic_name\":\"\",\"parent_link\":\"\",\"marks\":[" marks "]},"
#define TAIL "\"statuses\":[],\"scopes\":[]}"

static void anything_else_is_nothing_learned(void **state)
{
    static const char *const texts[] = {
        "",
        "1",
        "[]",
        "{}",
        HEAD FIELDS_("", "") "\"statuses\":[],\"scopes\":[],\"more\":1}",
        HEAD FIELDS_("", "") "\"statuses\":[]}",
        HEAD FIELDS_("a.b[]", "") TAIL,
        HEAD FIELDS_("", "{\"id\":\"\",\"name\":\"x\"}") TAIL,
        HEAD FIELDS_("", "{\"id\":\"a,b\",\"name\":\"x\"}") TAIL,
        HEAD FIELDS_("", "7") TAIL,
        HEAD FIELDS_("", "") "\"statuses\":[{\"id\":\"1\"}],\"scopes\":[]}",
        HEAD FIELDS_("", "") "\"statuses\":{},\"scopes\":[]}",
        HEAD FIELDS_("", "") "\"statuses\":[],\"scopes\":[{\"key\":\"\",\"id\":\"1\","
                             "\"told\":0,\"more\":false}]}",
        HEAD FIELDS_("", "") "\"statuses\":[],\"scopes\":[{\"key\":\"A\",\"id\":\"1\","
                             "\"told\":-1,\"more\":false}]}",
        "{\"version\":2,\"learned\":5,\"cloud\":true,\"site\":\"\",\"dates\":1,\"mute\":false," FIELDS_(
            "", "") TAIL,
        "{\"version\":1,\"learned\":-5,\"cloud\":true,\"site\":\"\",\"dates\":1,\"mute\":false," FIELDS_(
            "", "") TAIL,
        "{\"version\":1,\"learned\":5,\"cloud\":1,\"site\":\"\",\"dates\":1,\"mute\":false," FIELDS_(
            "", "") TAIL,
        "{\"version\":1,\"learned\":5,\"cloud\":true,\"site\":\"http://x\",\"dates\":1,\"mute\":false,"
        FIELDS_("", "") TAIL,
        "{\"version\":1,\"learned\":5,\"cloud\":true,\"site\":\"\",\"dates\":3,\"mute\":false," FIELDS_(
            "", "") TAIL,
    };
    struct arena *a = arena_create(1 << 20);
    struct jira_memory m;

    (void)state;
    assert_true(jira_memory_read(STR(HEAD FIELDS_("", "") TAIL), a, &m));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (jira_memory_read(str_of(texts[i]), a, &m)) {
            fail_msg("row %zu was read: %s", i, texts[i]);
        }
    }
    arena_destroy(a);
}

/* Damage in the store costs the short cut, not the sync. */
static void what_does_not_read_starts_over(void **state)
{
    struct talk k;

    (void)state;
    learn(&k);
    buf_clear(&k.memory);
    buf_addz(&k.memory, "\x01 damaged");
    talk_again(&k, 5);
    talk_setup_cloud(&k, PROJECTS);
    talk_finish(&k);
}

static void no_secret_is_kept(void **state)
{
    struct talk k;

    (void)state;
    learn(&k);
    assert_true(str_find(buf_str(&k.memory), STR("s3cr3t")) < 0);
    assert_true(str_find(buf_str(&k.memory), STR("bot@acme")) < 0);
    talk_finish(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_sync_is_one_search),
        cmocka_unit_test(an_hour_is_enough),
        cmocka_unit_test(what_is_due_to_be_listed_is_looked_at_afresh),
        cmocka_unit_test(failures_cast_doubt),
        cmocka_unit_test(dates_that_do_not_work_are_remembered),
        cmocka_unit_test(a_project_that_was_lost_stays_told),
        cmocka_unit_test(settings_outside_of_the_fingerprint_count),
        cmocka_unit_test(jql_is_one_search_too),
        cmocka_unit_test(it_reads_as_it_was_written),
        cmocka_unit_test(anything_else_is_nothing_learned),
        cmocka_unit_test(what_does_not_read_starts_over),
        cmocka_unit_test(no_secret_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

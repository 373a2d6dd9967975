/* When issues were in progress, by their change logs. */
#include "connectors/trackers/jira/jira_changes.h"
#include "tests/unit/jira_talk.h"

#define LIST(inner) "{\"isLast\":true,\"values\":[" inner "]}"
#define PAY LIST("{\"key\":\"PAY\",\"id\":\"10\"}")
#define PAY_WEB                                                                        \
    LIST("{\"key\":\"PAY\",\"id\":\"10\"},{\"key\":\"WEB\",\"id\":\"11\"}")
#define HOUR_AGO "1 s e 1795345200000 0"
#define NOTHING "{\"issues\":[]}"
#define STATUSES                                                                       \
    "[{\"id\":\"1\",\"name\":\"To Do\",\"statusCategory\":{\"key\":\"new\"}},"         \
    "{\"id\":\"3\",\"name\":\"Doing\",\"statusCategory\":{\"key\":\"indeterminate\"}}," \
    "{\"id\":\"6\",\"name\":\"Done\",\"statusCategory\":{\"key\":\"done\"}}]"
#define T1 "2026-11-20T10:00:00.000+0000" /* 1795168800000 */
#define NEW "2026-11-22T11:30:00.000+0000"
#define ISSUE(id, status)                                                              \
    "{\"id\":\"" id "\",\"fields\":{\"created\":\"" T1 "\",\"updated\":\"" NEW          \
    "\",\"status\":{\"id\":\"" status "\",\"name\":\"S" status                         \
    "\"},\"assignee\":{\"accountId\":\"ana\"}}}"
#define MOVED(at, from, to)                                                            \
    "{\"created\":\"" at "\",\"items\":[{\"field\":\"Status\",\"fieldId\":\"status\","  \
    "\"from\":\"" from "\",\"fromString\":\"S" from "\",\"to\":\"" to                  \
    "\",\"toString\":\"S" to "\"}]}"
#define LOG(id, histories)                                                             \
    "{\"issueId\":\"" id "\",\"changeHistories\":[" histories "]}"
#define LOGS(inner) "{\"issueChangeLogs\":[" inner "],\"nextPageToken\":null}"

static void begin_cloud(struct talk *k, const char *projects)
{
    talk_begin(k);
    talk_ok(k, "serverInfo", TALK_CLOUD);
    talk_ok(k, "myself", TALK_MYSELF);
    talk_ok(k, "/rest/api/3/field", TALK_FIELDS);
    talk_ok(k, "/rest/api/3/status ", STATUSES);
    talk_ok(k, "project/search", projects);
    talk_forget(k);
}

static void init(struct talk *k)
{
    talk_init(k);
    k->own.status_history = JIRA_HISTORY_AUTO;
}

/* A first sync of PAY, its issues and all their histories. */
static void first_sync(struct talk *k)
{
    init(k);
    begin_cloud(k, PAY);
    talk_probes(k);
    talk_ok(k, "!= Done ORDER", NOTHING);
    talk_ok(k, "statusCategory = Done", NOTHING);
    talk_forget(k);
    talk_ok(k,
            "jql=project = \"PAY\" AND (statusCategory != Done OR updated >= "
            "1779796800000) ORDER BY updated ASC, key ASC&maxResults=100&fields=created,"
            "updated,status,assignee ",
            "{\"issues\":[" ISSUE("1", "3") "," ISSUE("2", "6") "]}");
    talk_log(k, "");
    talk_ok(k,
            "/rest/api/3/changelog/bulkfetch {\"issueIdsOrKeys\":[\"1\",\"2\"],"
            "\"fieldIds\":[\"status\",\"assignee\"],\"maxResults\":1000}",
            LOGS(LOG("1", MOVED("2026-11-20T11:00:00.000+0000", "1", "3")) "," LOG(
                "2", MOVED("2026-11-20T11:00:00.000+0000", "3", "6"))));
    talk_log(k, "history 1 [1795172400000-0 S3 ana]\n"
                "history 2 [1795168800000-1795172400000 S3 ana]\n");
    talk_step(k, TRACKER_DONE);
    k->n_known = 0;
    talk_known(k, "PAY", "10", "1 s e 1795348800000 0");
}

static void quiet_syncs_tell_nothing(void **state)
{
    struct talk k;

    (void)state;
    first_sync(&k);
    for (int i = 0; i < 3; i++) {
        talk_again(&k, 5);
        talk_ok(&k, "updated >= 1795348680000", NOTHING);
        talk_step(&k, TRACKER_DONE);
    }
    talk_finish(&k);
}

/* What was updated since, less the overlap: what the index had late is told, too. */
static void changed_issues_are_told(void **state)
{
    struct talk k;

    (void)state;
    first_sync(&k);
    talk_again(&k, 5);
    k.date = "Sun, 22 Nov 2026 12:05:00 GMT";
    talk_ok(&k, "updated >= 1795348680000",
            "{\"issues\":[" TALK_ISSUE("1", "PAY-1", "2026-11-22T12:03:00.000+0000") "]}");
    talk_ok(&k,
            "project = \"PAY\" AND (statusCategory != Done OR updated >= 1779797100000) AND "
            "updated >= 1795348680000 ORDER BY updated",
            "{\"issues\":[" ISSUE("1", "6") "]}");
    talk_forget(&k);
    talk_ok(&k, "changelog/bulkfetch",
            LOGS(LOG("1", MOVED("2026-11-20T11:00:00.000+0000", "1", "3") "," MOVED(
                         "2026-11-22T12:03:00.000+0000", "3", "6"))));
    talk_log(&k, "history 1 [1795172400000-1795348980000 S3 ana]\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* Within one second of the server's clock: by the changes, not by watermarks. */
static void a_sync_at_once_tells_changes(void **state)
{
    struct talk k;

    (void)state;
    first_sync(&k);
    talk_again(&k, 0);
    talk_ok(&k, "updated >= 1795348680000",
            "{\"issues\":[" TALK_ISSUE("1", "PAY-1", "2026-11-22T12:00:00.400+0000") "]}");
    (void)talk_ask(&k, "updated >= 1795348680000 ORDER BY updated ASC, key "
                       "ASC&maxResults=100&fields=created");
    talk_finish(&k);
}

static void projects_up_to_date_share_a_search(void **state)
{
    struct talk k;

    (void)state;
    init(&k);
    k.conf.budget.in_flight = 1;
    talk_known(&k, "PAY", "10", HOUR_AGO);
    talk_known(&k, "WEB", "11", HOUR_AGO);
    begin_cloud(&k, PAY_WEB);
    talk_ok(&k, "project in", NOTHING);
    talk_ok(&k, "project = \"PAY\" AND (status", NOTHING); /* each from its start */
    talk_ok(&k, "project = \"WEB\" AND (status", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_again(&k, 5);
    k.date = "Sun, 22 Nov 2026 12:05:00 GMT";
    talk_ok(&k, "project in (\"PAY\",\"WEB\") AND updated",
            "{\"issues\":[" TALK_ISSUE("1", "PAY-1", "2026-11-22T12:03:00.000+0000") "]}");
    talk_ok(&k, "project in (\"PAY\",\"WEB\") AND (status", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

static void data_center_sends_the_logs_along(void **state)
{
    struct talk k;

    (void)state;
    init(&k);
    k.own.deployment = JIRA_DATACENTER;
    talk_known(&k, "PAY", "10", HOUR_AGO);
    talk_begin(&k);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "project", "[{\"key\":\"PAY\",\"id\":\"10\"}]");
    talk_ok(&k, "project = \"PAY\"", TALK_NONE);
    talk_step(&k, TRACKER_DONE); /* off by default: no bulk there */
    k.own.status_history = JIRA_HISTORY_ON;
    talk_again(&k, 5);
    talk_ok(&k, "myself", TALK_MYSELF); /* statuses are missing */
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "/rest/api/2/status ", STATUSES);
    talk_ok(&k, "project", "[{\"key\":\"PAY\",\"id\":\"10\"}]");
    talk_ok(&k, "project = \"PAY\"", TALK_NONE);
    talk_forget(&k);
    talk_ok(&k, "maxResults=50&fields=created,updated,status,assignee&startAt=0&expand=changelog ",
            "{\"startAt\":0,\"total\":2,\"issues\":[{\"id\":\"1\",\"fields\":{\"created\":\"" T1
            "\",\"updated\":\"" T1 "\",\"status\":{\"id\":\"3\",\"name\":\"S3\"},\"assignee\":"
            "{\"name\":\"ana\",\"key\":\"JIRAUSER7\"}},\"changelog\":{\"total\":1,"
            "\"histories\":[{\"created\":\"2026-11-20T11:00:00.000+0000\",\"author\":"
            "{\"name\":\"ben\",\"key\":\"JIRAUSER8\"},\"items\":[{\"field\":\"assignee\","
            "\"from\":\"JIRAUSER8\",\"to\":\"JIRAUSER7\"}]}]}},"
            /* cut off: its history is not known */
            "{\"id\":\"2\",\"fields\":{\"created\":\"" T1 "\",\"updated\":\"" T1
            "\",\"status\":{\"id\":\"3\"}},\"changelog\":{\"total\":9,\"histories\":[]}}]}");
    talk_log(&k, "history 1 [1795168800000-1795172400000 S3 ben] [1795172400000-0 S3 ana]\n");
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

static void logs_are_paged(void **state)
{
    struct talk k;

    (void)state;
    init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY);
    talk_ok(&k, "AND updated >=", NOTHING);
    talk_ok(&k, "fields=created", "{\"issues\":[" ISSUE("1", "3") "]}");
    talk_ok(&k, "changelog",
            "{\"issueChangeLogs\":[" LOG("1", MOVED("2026-11-20T11:00:00.000+0000", "1", "3"))
            "],\"nextPageToken\":\"t\"}");
    talk_forget(&k);
    talk_ok(&k, "\"maxResults\":1000,\"nextPageToken\":\"t\"}",
            LOGS(LOG("1", MOVED("2026-11-20T13:00:00.000+0000", "6", "3") "," MOVED(
                         "2026-11-20T12:00:00.000+0000", "3", "6"))));
    talk_log(&k, "history 1 [1795172400000-1795176000000 S3 ana] [1795179600000-0 S3 ana]\n");
    talk_finish(&k);
}

/* Cut off between two pages: the next sync goes on where this one was. */
static void what_is_not_told_yet_is_told_later(void **state)
{
    struct talk k;

    (void)state;
    init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY);
    talk_ok(&k, "AND updated >=", NOTHING);
    talk_ok(&k, "fields=created",
            "{\"issues\":[" ISSUE("1", "3") "],\"nextPageToken\":\"t\"}");
    talk_ok(&k, "changelog", LOGS(""));
    talk_again(&k, 5);
    talk_ok(&k, "AND updated >= 1795345080000 ORDER", NOTHING);
    talk_ok(&k, "AND updated >= 1795346878000 ORDER BY updated ASC, key ASC&maxResults=100&"
                "fields=created",
            NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_again(&k, 5);
    talk_ok(&k, "AND updated >= 1795345080000 ORDER", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_finish(&k);
}

/* One sync tells so many and no more. */
static void one_sync_is_bounded(void **state)
{
    struct talk k;
    struct buf page;
    unsigned pages = 0;

    (void)state;
    init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY);
    talk_ok(&k, "AND updated >=", NOTHING);
    buf_init(&page, 1 << 20);
    for (;;) {
        struct tracker_request req;
        struct feed f;

        if (jira_ops.next(k.t, k.now, &req, &k.until) == TRACKER_DONE) {
            break;
        }
        bool search = str_find(req.http.url, STR("/search/jql")) > 0;

        buf_clear(&page);
        buf_addz(&page, "{\"issues\":[");
        for (unsigned i = 0; i < 100; i++) {
            buf_printf(&page, "%s{\"id\":\"%u\",\"fields\":{\"updated\":\"2026-11-%02uT%02u:00:00.000+0000\",\"status\":{}}}",
                       i > 0 ? "," : "", pages * 100 + i, pages / 24 + 1, pages % 24);
        }
        buf_printf(&page, "],\"nextPageToken\":\"t%u\"}", pages);
        pages += search;
        assert_true(pages <= 50);
        talk_feed(&k, req.tag,
                  &(struct talk_answer){.status = 200,
                                        .body = search ? buf_cstr(&page) : LOGS("")},
                  &f);
    }
    assert_int_equal(pages, 50);
    talk_again(&k, 5);
    talk_ok(&k, "AND updated >= 1795345080000 ORDER", NOTHING);
    (void)talk_ask(&k, "fields=created"); /* and goes on */
    buf_finish(&page);
    talk_finish(&k);
}

/* The projects are as fresh as ever; it is tried again with the set-up. */
static void a_refusal_is_noted_and_remembered(void **state)
{
    struct talk k;

    (void)state;
    init(&k);
    k.telling = true;
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, PAY);
    talk_ok(&k, "AND updated >=", NOTHING);
    talk_ok(&k, "fields=created", "{\"issues\":[" ISSUE("1", "3") "]}");
    talk_forget(&k);
    talk_reply(&k, "changelog", (struct talk_answer){.status = 403, .body = ""});
    talk_log(&k, "note history warn: change logs could not be read: Jira answered 403 to a "
                 "search; 'status_history: false' leaves it; else it is tried again within "
                 "the hour\n");
    talk_step(&k, TRACKER_DONE);
    talk_again(&k, 5);
    talk_ok(&k, "AND updated >=", NOTHING);
    talk_step(&k, TRACKER_DONE);
    talk_again(&k, 56);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field", TALK_FIELDS);
    talk_ok(&k, "status", STATUSES);
    talk_ok(&k, "project/search", PAY);
    talk_ok(&k, "AND updated >=", NOTHING);
    (void)talk_ask(&k, "fields=created");
    talk_finish(&k);
}

static void logs_that_do_not_read_fail_no_project(void **state)
{
    static const struct talk_answer answers[] = {
        {.status = 200, .body = "{}"},
        {.status = 200, .body = "{\"issueChangeLogs\":null}"},
        {.status = 200, .body = "{\"issueChangeLogs\":[],\"nextPageToken\":7}"},
        {.status = 200, .body = "<html>"},
        {.status = 500, .body = ""},
        {.failure = ERR_NET},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct talk k;
        int n;

        init(&k);
        k.telling = true;
        talk_known(&k, "PAY", "10", HOUR_AGO);
        begin_cloud(&k, PAY);
        talk_ok(&k, "AND updated >=", NOTHING);
        talk_ok(&k, "fields=created", "{\"issues\":[" ISSUE("1", "3") "]}");
        talk_forget(&k);
        for (n = 0; n < 8 && k.log.n == 0; n++) {
            talk_reply(&k, "", answers[i]);
        }
        assert_true(str_has_prefix(buf_str(&k.log), STR("note history warn: ")));
        assert_true(str_find(buf_str(&k.log), STR("failed")) < 0);
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

/* ---- stretches from changes ---- */

#define AT(h) "2026-11-20T" h ":00:00.000+0000"
#define GAVE(at, from, to)                                                             \
    "{\"created\":\"" at "\",\"items\":[{\"fieldId\":\"assignee\",\"from\":" from      \
    ",\"to\":" to "}]}"

static const struct {
    const char *now, *histories, *want; /* hours since 10:00, ... */
} rows[] = {
    {"3", "", "[0-now S3 ana]"},
    {"1", "", ""},
    {"6", "", ""},
    {"3", MOVED(AT("11"), "1", "3"), "[1-now S3 ana]"},
    {"6", MOVED(AT("11"), "1", "3") "," MOVED(AT("13"), "3", "6"), "[1-3 S3 ana]"},
    /* served in any order */
    {"6", MOVED(AT("13"), "3", "6") "," MOVED(AT("11"), "1", "3"), "[1-3 S3 ana]"},
    /* twice */
    {"3",
     MOVED(AT("11"), "1", "3") "," MOVED(AT("12"), "3", "1") "," MOVED(AT("14"), "1", "3"),
     "[1-2 S3 ana][4-now S3 ana]"},
    /* another status in progress, another assignee: another stretch */
    {"8", MOVED(AT("11"), "1", "3") "," MOVED(AT("12"), "3", "8"),
     "[1-2 S3 ana][2-now S8 ana]"},
    {"3", MOVED(AT("11"), "1", "3") "," GAVE(AT("12"), "\"ben\"", "\"ana\""),
     "[1-2 S3 ben][2-now S3 ana]"},
    {"3", MOVED(AT("11"), "1", "3") "," GAVE(AT("12"), "null", "\"ana\""),
     "[1-2 S3 ][2-now S3 ana]"},
    /* both at once: no stretch of no length */
    {"3", MOVED(AT("11"), "1", "3") "," GAVE(AT("11"), "\"ben\"", "\"ana\""),
     "[1-now S3 ana]"},
    {"1", MOVED(AT("11"), "1", "3") "," MOVED(AT("11"), "3", "1"), ""},
    /* a status named in `in_progress`, one that is no more, and a done one so named */
    {"9", MOVED(AT("11"), "1", "9"), "[1-now S9 ana]"},
    {"1", MOVED(AT("11"), "77", "1"), ""},
    {"6", MOVED(AT("11"), "66", "6"), "[0-1 S66 ana]"},
    /* older than its own date says */
    {"6", MOVED(AT("08"), "3", "6"), ""},
    /* seconds and milliseconds since 1970 */
    {"3", "{\"created\":1795172400,\"items\":[{\"fieldId\":\"status\",\"from\":\"1\",\"to\":"
          "\"3\",\"toString\":\"x\"}]}",
     "[1-now x ana]"},
    {"3", "{\"created\":1795172400000,\"items\":[{\"fieldId\":\"status\",\"from\":\"1\","
          "\"to\":\"3\",\"toString\":\"x\"}]}",
     "[1-now x ana]"},
    /* other fields, and what is no item */
    {"3", "{\"created\":\"" AT("11") "\",\"items\":[{\"fieldId\":\"summary\"},7,null]}",
     "[0-now S3 ana]"},
    /* a change without a date: nothing is told of the issue */
    {"3", "{\"items\":[{\"fieldId\":\"status\",\"from\":\"1\",\"to\":\"3\"}]}", NULL},
    {"3", "{\"created\":\"soon\",\"items\":[]}", NULL},
};

static void print_spans(struct buf *out, const struct item_history *h)
{
    for (size_t i = 0; i < h->n_spans; i++) {
        const struct item_span *s = &h->spans[i];
        int64_t from = (s->started.ms - INT64_C(1795168800000)) / 3600000;
        int64_t to = (s->ended.ms - INT64_C(1795168800000)) / 3600000;

        buf_printf(out, "[%" PRId64 "-", from);
        if (s->ended.ms == 0) {
            buf_addz(out, "now");
        } else {
            buf_printf(out, "%" PRId64, to);
        }
        buf_printf(out, " %.*s %.*s]", STR_FMT(s->status), STR_FMT(s->assignees));
    }
}

static void changes_become_stretches(void **state)
{
    struct jira_status v[] = {{STR("1"), false, false}, {STR("3"), true, false},
                              {STR("6"), false, true},  {STR("8"), true, false},
                              {STR("9"), false, false}};
    struct jira_statuses statuses = {v, ARRAY_LEN(v), ARRAY_LEN(v)};
    struct str names[] = {STR("s9"), STR("s6"), STR("s66")};
    struct str_list in_progress = {names, ARRAY_LEN(names)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 20);
        struct jira_page page;
        struct jira_log log;
        struct buf text, got;
        struct str next;
        struct feed f;
        struct err e;

        buf_init(&text, 1 << 16);
        buf_init(&got, 1 << 16);
        feed_init(&f, a);
        assert_true(jira_log_init(&log));
        buf_printf(&text,
                   "{\"issues\":[{\"id\":\"1\",\"fields\":{\"created\":\"" T1
                   "\",\"status\":{\"id\":\"%s\",\"name\":\"S%s\"},\"assignee\":{"
                   "\"accountId\":\"ana\"}}}]}",
                   rows[i].now, rows[i].now);
        assert_true(jira_log_read_issues(&log, buf_str(&text), a, &page, &e));
        buf_clear(&text);
        buf_printf(&text,
                   "{\"issueChangeLogs\":[{\"issueId\":\"1\",\"changeHistories\":[%s]},"
                   "{\"issueId\":\"other\",\"changeHistories\":[]}]}",
                   rows[i].histories);
        assert_true(jira_log_read_changes(&log, buf_str(&text), a, &next, &e));
        assert_true(jira_log_tell(&log, &statuses, &in_progress, &f));
        assert_int_equal(f.n_histories, rows[i].want != NULL);
        if (f.n_histories > 0) {
            print_spans(&got, &f.histories[0]);
            if (strcmp(buf_cstr(&got), rows[i].want) != 0) {
                fail_msg("row %zu: %s", i, buf_cstr(&got));
            }
        }
        jira_log_finish(&log);
        buf_finish(&text);
        buf_finish(&got);
        arena_destroy(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_syncs_tell_nothing),
        cmocka_unit_test(changed_issues_are_told),
        cmocka_unit_test(a_sync_at_once_tells_changes),
        cmocka_unit_test(projects_up_to_date_share_a_search),
        cmocka_unit_test(data_center_sends_the_logs_along),
        cmocka_unit_test(logs_are_paged),
        cmocka_unit_test(what_is_not_told_yet_is_told_later),
        cmocka_unit_test(one_sync_is_bounded),
        cmocka_unit_test(a_refusal_is_noted_and_remembered),
        cmocka_unit_test(logs_that_do_not_read_fail_no_project),
        cmocka_unit_test(changes_become_stretches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

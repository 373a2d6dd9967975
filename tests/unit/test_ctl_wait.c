/*
 * Commands that wait for the daemon: `reload` and `sync --wait`.
 */
#include "tests/unit/ctl_rig.h"

/* ---- waiting ---- */

#define CONF(generation, error)                                                        \
    "{\"configuration\":{\"generation\":" generation ",\"error\":" error               \
    "},\"strategy\":{\"name\":\"Second\"}}"

static void test_reload(void **state UNUSED)
{
    static const struct {
        int code;
        const char *out, *err;
        struct answer answers[4];
    } rows[] = {
        {0,
         "strategy 'Second' is in force",
         "",
         {{"GET /v1/status", 200, CONF("1", "null"), 2},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("2", "null"), 0}}},
        {78,
         "",
         "a.yaml:3:1: error",
         {{"GET /v1/status", 200, CONF("1", "null"), 2},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("1", "\"a.yaml:3:1: error\""), 0}}},
        /* mended: the error of the reload before is not taken for this one's */
        {0,
         "strategy 'Second' is in force",
         "",
         {{"GET /v1/status", 200, CONF("1", "\"old\""), 4},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("2", "null"), 0}}},
        {3,
         "",
         "may not",
         {{"GET /v1/status", 200, CONF("1", "null"), 0},
          {"POST /v1/reload", 403, "{\"detail\":\"may not\"}", 0}}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fake f;
        struct run r;
        size_t n = 0;

        while (n < ARRAY_LEN(rows[i].answers) && rows[i].answers[n].request != NULL)
            n++;
        fake_start(&f, rows[i].answers, n);
        r = run_on(buf_cstr(&f.socket), 80, false, ARGS("reload"));
        assert_int_equal(r.code, rows[i].code);
        assert_non_null(strstr(buf_cstr(&r.out), rows[i].out));
        assert_non_null(strstr(buf_cstr(&r.err), rows[i].err));
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
}

#define SYNCS(evaluating, running, a, b)                                               \
    "{\"evaluating\":" evaluating                                                      \
    ",\"sources\":[{\"name\":\"jira\",\"running\":" running ",\"syncs\":" a            \
    "},{\"name\":\"github\",\"running\":false,\"syncs\":" b "}]}"

static void test_sync_waits(void **state UNUSED)
{
    static const struct answer one[] = {
        {"GET /v1/status", 200, SYNCS("false", "false", "4", "9"), 1},
        {"POST /v1/sync?source=jira", 202, "accepted", 0},
        {"GET /v1/status", 200, SYNCS("false", "true", "4", "9"), 1},
        {"GET /v1/status", 200, SYNCS("true", "false", "5", "9"), 1},
        {"GET /v1/status", 200, /* of value sources, another one's matter */
         SYNCS("false,\"reading_values\":true", "false", "5", "9"), 0},
    };
    static const struct answer all[] = {
        {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
        {"POST /v1/sync", 202, "accepted", 0},
        {"GET /v1/status", 200, SYNCS("false", "false", "5", "4"), 1},
        {"GET /v1/status", 200, SYNCS("false,\"reading_values\":true", "false", "5", "5"),
         1},
        {"GET /v1/status", 200, SYNCS("false", "false", "5", "5"), 0},
    };
    struct fake f;
    struct run r;

    fake_start(&f, one, ARRAY_LEN(one));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "jira", "--wait"));
    assert_int_equal(r.code, 0);
    assert_string_equal(buf_cstr(&r.out), "Synced jira.\n");
    run_finish(&r);
    fake_stop(&f);
    assert_int_equal(f.used[2] + f.used[3], 2);
    assert_true(f.used[4] > 0);
    fake_end(&f);

    fake_start(&f, all, ARRAY_LEN(all));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "--wait"));
    assert_int_equal(r.code, 0);
    run_finish(&r);
    fake_stop(&f);
    assert_int_equal(f.used[2] + f.used[3], 2);
    assert_true(f.used[4] > 0);
    fake_end(&f);
}

static void test_sync_tells_failures(void **state UNUSED)
{
#define FAILED                                                                         \
    "{\"evaluating\":false,\"problems\":[{\"part\":\"channel\",\"name\":\"product\","  \
    "\"text\":\"dead\"},{\"part\":\"source\",\"name\":\"github\","                     \
    "\"text\":\"stale: cannot connect\"},{\"part\":\"key-result\",\"name\":\"nps\","   \
    "\"text\":\"its value cannot be had\"}],\"sources\":["                             \
    "{\"name\":\"jira\",\"running\":false,\"syncs\":5},"                               \
    "{\"name\":\"github\",\"running\":false,\"syncs\":5}]}"
    static const struct {
        const char *source, *out, *err;
        int code;
    } rows[] = {
        {NULL, "",
         "alignctl: source github: stale: cannot connect\n"
         "alignctl: key-result nps: its value cannot be had\n",
         1},
        {"github", "", "alignctl: source github: stale: cannot connect\n", 1},
        {"jira", "Synced jira.\n", "", 0}, /* another one's trouble is not its own */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static const struct answer answers[] = {
            {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
            {"POST /v1/sync", 202, "accepted", 0},
            {"POST /v1/sync?source=jira", 202, "accepted", 0},
            {"POST /v1/sync?source=github", 202, "accepted", 0},
            {"GET /v1/status", 200, FAILED, 0},
        };
        struct fake f;
        struct run r;

        fake_start(&f, answers, ARRAY_LEN(answers));
        r = run_on(buf_cstr(&f.socket), 80, false,
                   ARGS("sync", "--wait", rows[i].source));
        assert_int_equal(r.code, rows[i].code);
        assert_string_equal(buf_cstr(&r.out), rows[i].out);
        assert_string_equal(buf_cstr(&r.err), rows[i].err);
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
#undef FAILED
}

/* What the store did not keep has not come; a source may go while it is waited for. */
static void test_sync_tells_what_else_went_wrong(void **state UNUSED)
{
    static const struct {
        const char *after, *err;
    } rows[] = {
        {"{\"evaluating\":false,\"problems\":[{\"part\":\"store\",\"name\":null,"
         "\"text\":\"it is full\"}],\"sources\":[{\"name\":\"jira\","
         "\"running\":false,\"syncs\":5}]}",
         "alignctl: store: it is full\n"},
        {"{\"evaluating\":false,\"sources\":[]}",
         "alignctl: source jira is not configured any more\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct answer answers[] = {
            {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
            {"POST /v1/sync?source=jira", 202, "accepted", 0},
            {"GET /v1/status", 200, rows[i].after, 0},
        };
        struct fake f;
        struct run r;

        fake_start(&f, answers, ARRAY_LEN(answers));
        r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "--wait", "jira"));
        assert_int_equal(r.code, 1);
        assert_string_equal(buf_cstr(&r.out), "");
        assert_string_equal(buf_cstr(&r.err), rows[i].err);
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_sync_waits),
        cmocka_unit_test(test_sync_tells_failures),
        cmocka_unit_test(test_sync_tells_what_else_went_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Versions of the strategy: their log, diffs and texts.
 */
#include "tests/unit/api_rig.h"

/* A day later another strategy comes into force. */
static void take(struct api_rig *r, const char *text)
{
    r->er->r.now.ms += RIG_DAY;
    eval_rig_load(r->er, EVAL_RIG_CONF, text);
}

/* `text` with the first `from` replaced; malloc'd. */
static char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t n = strlen(text) + strlen(to) + 1;
    char *ret = malloc(n);

    assert_non_null(at);
    assert_non_null(ret);
    snprintf(ret, n, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return ret;
}

static const char *one_text(json_t *v, const char *list, size_t i, const char *member)
{
    return text_at(json_array_get(json_object_get(v, list), i), member);
}

static void expect_log(struct api_rig *r, char number[20])
{
    json_t *v = ask_json(r, "GET", "/v1/strategy/versions?limit=2", "", 200);

    assert_int_equal(json_array_size(json_object_get(v, "versions")), 2);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "1 renamed");
    assert_string_equal(one_text(v, "versions", 1, "summary"), "1 retargeted");
    assert_string_equal(one_text(v, "versions", 0, "since"),
                        one_text(v, "versions", 1, "until"));
    snprintf(number, 20, "%.6s", one_text(v, "versions", 1, "version"));
    assert_string_equal(text_at(v, "next"), "2");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy/versions?cursor=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "versions")), 1);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "(none)");
    assert_string_equal(one_text(v, "versions", 0, "problem"), "(none)");
    assert_string_equal(text_at(v, "next"), "(none)");
    json_decref(v);
}

static void expect_diffs(struct api_rig *r, const char *number)
{
    json_t *v = ask_json(r, "GET", "/v1/strategy/diff", "", 200);
    char target[200];

    assert_string_equal(one_text(v, "changes", 0, "text"),
                        "initiative billing renamed 'Bill per site' -> 'Bills'");
    json_decref(v);
    snprintf(target, sizeof target, "/v1/strategy/diff?to=%s", number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(one_text(v, "changes", 0, "effect"), "easier");
    assert_string_equal(one_text(v, "changes", 0, "old"), "60");
    assert_string_equal(one_text(v, "changes", 0, "new"), "50");
    json_decref(v);
    snprintf(target, sizeof target, "/v1/strategy/diff?from=%s&to=%s", number, number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(text_at(v, "summary"), "nothing but its text");
    json_decref(v);
}

/* A day means its end. */
static void expect_yesterday(struct api_rig *r, const char *number)
{
    struct wall t = wall_add(r->er->r.now, DUR_DAY(-1));
    struct date d = tz_local(r->er->ev.cal.tz, t).date;
    char target[100];
    json_t *v;

    snprintf(target, sizeof target, "/v1/strategy?at=%04d-%02d-%02d", d.year, d.month,
             d.day);
    v = ask_json(r, "GET", target, "", 200);
    assert_int_equal(strncmp(text_at(v, "version"), number, 6), 0);
    assert_true(json_is_string(json_object_get(v, "until")));
    json_decref(v);
}

static void test_versions(void **state)
{
    struct api_rig *r = *state;
    char *second = edited(EVAL_RIG_STRATEGY, "target: 60", "target: 50");
    char *third = edited(second, "title: Bill per site", "title: Bills");
    char number[20];
    json_t *v;

    refused(r, "GET", "/v1/strategy/diff", "", 404, "is the first of the strategy");
    take(r, second);
    take(r, third);
    expect_log(r, number);
    expect_diffs(r, number);
    expect_yesterday(r, number);
    v = ask_json(r, "GET", "/v1/strategy", "", 200);
    assert_true(json_is_string(json_object_get(v, "since")));
    assert_true(json_is_null(json_object_get(v, "until")));
    json_decref(v);
    free(second);
    free(third);
}

static void test_versions_refused(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;

    refused(r, "GET", "/v1/strategy?at=1970-01-01", "", 404, "the first was taken");
    refused(r, "GET", "/v1/strategy?at=soon", "", 400, "neither a date");
    refused(r, "GET", "/v1/strategy?at=2026-02-30", "", 400, "neither a date");
    refused(r, "GET", "/v1/strategy/diff?from=0123456789abcdef", "", 404,
            "begins with '0123456789abcdef'");
    refused(r, "GET", "/v1/strategy/versions?cursor=x", "", 400, "number of a version");
    /* They begin alike in fifteen digits, and nothing is kept of them. */
    RIG_OK(rig, sql_script(rig->db,
                           "INSERT INTO strategy (version, at) VALUES (0, 1), (1, 2)",
                           &rig->e));
    refused(r, "GET", "/v1/strategy/diff?from=000", "", 400, "several versions");
    refused(r, "GET", "/v1/strategy/diff?from=0000000000000001", "", 409,
            "nothing of it is stored");
}

/* What cannot be read any more is said where it stands, and hides nothing else. */
static void test_unreadable_version(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    char *text = edited(EVAL_RIG_STRATEGY, "target: 60", "target: 50");
    json_t *v;

    take(r, text);
    take(r, EVAL_RIG_STRATEGY);
    RIG_OK(rig, sql_script(rig->db,
                           "UPDATE strategy_file SET text = 'strategy: 7' WHERE "
                           "strategy = 1",
                           &rig->e));
    v = ask_json(r, "GET", "/v1/strategy/versions", "", 200);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "1 retargeted");
    assert_non_null(strstr(one_text(v, "versions", 1, "problem"), "strategy.yaml:1:"));
    assert_non_null(strstr(one_text(v, "versions", 2, "problem"), "cannot be read"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy/diff", "", 200);
    assert_string_equal(one_text(v, "changes", 0, "effect"), "harder");
    json_decref(v);
    free(text);
}

/* A page of large ones ends early, and goes on where it ended. */
static void test_large_versions(void **state)
{
    enum { LARGE = 900000, VERSIONS = 7 };
    struct api_rig *r = *state;
    size_t head = strlen(EVAL_RIG_STRATEGY), n = 0;
    char *text = malloc(head + LARGE), target[80] = "/v1/strategy/versions";

    assert_non_null(text);
    memcpy(text, EVAL_RIG_STRATEGY, head);
    memset(text + head, '#', LARGE);
    text[head + LARGE - 1] = '\0';
    for (int i = 1; i < VERSIONS; i++) {
        text[head + LARGE - 2] = (char)('a' + i);
        take(r, text);
    }
    for (int pages = 0; target[0] != '\0'; pages++) {
        json_t *v = ask_json(r, "GET", target, "", 200);
        size_t of_page = json_array_size(json_object_get(v, "versions"));
        const char *next = json_string_value(json_object_get(v, "next"));

        assert_int_equal(of_page, pages == 0 ? 4 : 3);
        n += of_page;
        target[0] = '\0';
        if (next != NULL)
            snprintf(target, sizeof target, "/v1/strategy/versions?cursor=%s", next);
        json_decref(v);
    }
    assert_int_equal(n, VERSIONS);
    free(text);
}

/* What /v1/strategy leaves out is in no answer, as it comes, changes and goes. */
static void test_versions_leave_out(void **state)
{
    static const char closed[] =
        EVAL_RIG_STRATEGY "competitors: [{ id: rival, title: HUSH, note: HUSH }]\n"
                          "decisions: [{ id: D-1, date: 2026-01-01, chose: HUSH }]\n"
                          "events: [{ id: E-1, date: 2026-01-01, what: HUSH }]\n"
                          "people: [{ id: hush1, name: HUSH, email: HUSH }]\n"
                          "context: { now: HUSH }\n"
                          "currency: EUR\n";
    static const char *const targets[] = {"/v1/strategy", "/v1/strategy/versions",
                                          "/v1/strategy/diff"};
    struct api_rig *r = *state;
    char *changed = strdup(closed);
    const char *steps[3];

    for (char *at = changed; (at = strstr(at, "HUSH")) != NULL; at++)
        at[0] = 'h';
    steps[0] = closed;
    steps[1] = changed;
    steps[2] = EVAL_RIG_STRATEGY;
    for (size_t i = 0; i < ARRAY_LEN(steps) * ARRAY_LEN(targets); i++) {
        if (i % ARRAY_LEN(targets) == 0)
            take(r, steps[i / ARRAY_LEN(targets)]);
        json_decref(ask_json(r, "GET", targets[i % ARRAY_LEN(targets)], "", 200));
        assert_true(str_find_nocase(buf_str(&r->body), STR("hush")) < 0);
    }
    free(changed);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versions),
        TEST(test_versions_refused),
        TEST(test_unreadable_version),
        TEST(test_large_versions),
        TEST(test_versions_leave_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Values of key results that nobody types in, under a running alignd: Prometheus, JSON,
 * a file of values, counted items and the check-ins file; and everything that an
 * address can answer instead of a number.
 */
#include "tests/integration/numbers.h"

#include <jansson.h>

#include "tests/integration/rig.h"
#include "tests/support/wait.h"

#define VECTOR(v)                                                                      \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["         \
    "{\"metric\":{},\"value\":[1795700000,\"" v "\"]}]}}"
#define SCALAR(v)                                                                      \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":["         \
    "1795700000,\"" v "\"]}}"

static const char company[] =
    "{\"people\": [{\"id\": \"ben\", \"name\": \"Ben Okoro\", \"github\": \"ben\"}],"
    " \"github\": {\"repos\": [{\"name\": \"acme/web\", \"id\": 1, \"issues\": ["
    "  {\"number\": 1, \"title\": \"Down\", \"labels\": [\"sev1\"],"
    "   \"created\": \"-9d\", \"updated\": \"-8d\", \"author\": \"ben\"},"
    "  {\"number\": 2, \"title\": \"Slow\", \"labels\": [\"Sev1\", \"x\"],"
    "   \"created\": \"-9d\", \"updated\": \"-8d\", \"author\": \"ben\"},"
    "  {\"number\": 3, \"title\": \"Typo\", \"labels\": [\"sev2\"],"
    "   \"created\": \"-9d\", \"updated\": \"-8d\", \"author\": \"ben\"}]}]}}";

#define KR(id, value)                                                                  \
    "      - { id: " id ", title: T, start: 2024-01-01, baseline: 1, target: 9" value  \
    " }\n"
#define STRATEGY(krs, more)                                                            \
    "strategy: 1\nname: Acme\n" more "objectives:\n  - id: grow\n    title: Grow\n"    \
    "    key_results:\n" krs "initiatives: [{ id: go, title: Go }]\n"

static void setup(struct rig *r, struct numbers *s, const char *strategy)
{
    char conf[1500];

    numbers_start(s);
    rig_init(r);
    rig_company(r, company, NULL);
    rig_write(r, "token", "t0ken");
    rig_write(r, "numbers-token", "s3cret");
    rig_write(r, "strategy.yaml", strategy);
    snprintf(
        conf, sizeof conf,
        "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
        "sources:\n  - { name: hub, type: github, url: @URL@/github,\n"
        "      repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n"
        "values:\n"
        "  - { name: metrics, type: prometheus, url: 'http://127.0.0.1:%u/prom' }\n"
        "  - { name: numbers, type: json, url: 'http://127.0.0.1:%u/n?id=7',\n"
        "      token: { file: @DIR@/numbers-token } }\n"
        "  - { name: inside, type: json, url: 'https://169.254.169.254/latest' }\n"
        "  - { name: nobody, type: json, url: 'http://127.0.0.1:9/' }\n",
        s->port, s->port);
    rig_write(r, "alignd.yaml", conf);
}

static void teardown(struct rig *r, struct numbers *s)
{
    rig_stop(r, 0);
    rig_finish(r);
    numbers_stop(s);
}

/* ---- what is known of a key result ---- */

struct look {
    struct rig *r;
    const char *kr, *error, *by;
    double value;
    size_t count;
    char seen[600];
};

static json_t *key_result(struct rig *r, const char *kr)
{
    char path[100];

    snprintf(path, sizeof path, "/v1/key-results/%s", kr);
    return rig_get(r, path, 200);
}

static bool has_last(void *arg)
{
    struct look *l = arg;
    json_t *root = key_result(l->r, l->kr), *last = json_object_get(root, "last");
    const char *by = json_string_value(json_object_get(last, "told_by"));
    double v = json_number_value(json_object_get(last, "value"));
    bool ok = json_is_object(last) && v > l->value - 1e-9 && v < l->value + 1e-9 &&
              (l->by == NULL || (by != NULL && strcmp(by, l->by) == 0));
    char *text = json_dumps(root, JSON_COMPACT);

    snprintf(l->seen, sizeof l->seen, "%s", text);
    free(text);
    json_decref(root);
    return ok;
}

static void await_value(struct rig *r, const char *kr, double value, const char *by)
{
    struct look l = {.r = r, .kr = kr, .value = value, .by = by};

    if (!wait_until(has_last, &l, RIG_LIMIT))
        fail_msg("%s has no %g by %s: %s", kr, value, by, l.seen);
}

static bool has_error(void *arg)
{
    struct look *l = arg;
    json_t *root = key_result(l->r, l->kr), *s = json_object_get(root, "source");
    const char *error = json_string_value(json_object_get(s, "error"));
    const char *state = json_string_value(json_object_get(s, "state"));
    bool ok = state != NULL && strcmp(state, "failing") == 0 && error != NULL &&
              strstr(error, l->error) != NULL;

    snprintf(l->seen, sizeof l->seen, "%s: %s", state, error != NULL ? error : "none");
    json_decref(root);
    return ok;
}

static void await_error(struct rig *r, const char *kr, const char *error)
{
    struct look l = {.r = r, .kr = kr, .error = error};

    if (!wait_until(has_error, &l, RIG_LIMIT))
        fail_msg("%s fails not with %s: %s", kr, error, l.seen);
}

static size_t values_of(struct rig *r, const char *kr)
{
    json_t *root = key_result(r, kr);
    size_t n = json_array_size(json_object_get(root, "values"));

    json_decref(root);
    return n;
}

static bool has_count(void *arg)
{
    const struct look *l = arg;

    return values_of(l->r, l->kr) == l->count;
}

/* The log tells of a file before its values are stored. */
static void await_count(struct rig *r, const char *kr, size_t n)
{
    struct look l = {.r = r, .kr = kr, .count = n};

    if (!wait_until(has_count, &l, RIG_LIMIT))
        fail_msg("%s has %zu values, not %zu", kr, values_of(r, kr), n);
}

static void ask(struct rig *r)
{
    json_decref(rig_post(r, "/v1/sync", "{}", 202));
}

/* ---- tests ---- */

static void test_sources(void **state UNUSED)
{
    struct rig r;
    struct numbers s;
    unsigned asked;

    setup(&r, &s,
          STRATEGY(KR("nps", ", value: { from: metrics, query: 'avg(nps{a=\"b\"})' }")
                       KR("uptime", ", value: { csv: up.csv, row: web, column: '%' }")
                           KR("sev1", ", value: { items: { labels: [sev1] }, count: "
                                      "open }"),
                   ""));
    rig_write(&r, "up.csv", "service,%\napi,98\nweb,99.5\n");
    numbers_say(&s, "200 OK", VECTOR("47.5"), 0);
    rig_start(&r, NULL);
    await_value(&r, "nps", 47.5, "metrics");
    assert_true(numbers_was_asked(
        &s, "GET /prom/api/v1/query?query=avg%28nps%7Ba%3D%22b%22%7D%29 HTTP/1.1\r\n"));
    await_value(&r, "uptime", 99.5, "up.csv");
    await_value(&r, "sev1", 2, "items");
    assert_int_equal(numbers_requests(&s), 1);
    /* A restart asks for nothing that was had today. */
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    rig_write(&r, "up.csv", "service,%\nweb,99.7\n");
    await_value(&r, "uptime", 99.7, "up.csv");
    assert_int_equal(numbers_requests(&s), 1);
    assert_int_equal(values_of(&r, "uptime"), 1);
    /* Another question is asked at once, and another source in its place. */
    numbers_say(&s, "200 OK", "{\"data\":[{\"value\":52}]}", 0);
    rig_write(
        &r, "strategy.yaml",
        STRATEGY(KR("nps", ", value: { from: numbers, pointer: /data/0/value }"), ""));
    await_value(&r, "nps", 52, "numbers");
    assert_true(numbers_was_asked(&s, "GET /n?id=7 HTTP/1.1\r\n"));
    assert_true(numbers_was_asked(&s, "Authorization: Bearer s3cret\r\n"));
    assert_int_equal(values_of(&r, "nps"), 1);
    asked = numbers_requests(&s);
    numbers_say(&s, "200 OK", "{\"data\":[{\"value\":53}]}", 0);
    ask(&r);
    await_value(&r, "nps", 53, "numbers");
    assert_int_equal(numbers_requests(&s), asked + 1);
    teardown(&r, &s);
}

/* The view that doctor reads is made anew after the pass that found it. */
static bool doctor_says(void *arg)
{
    static const char parse_error[] = "says: parse error; last value had";
    struct buf out;
    bool found;

    rig_ctl(arg, (const char *[]){"doctor", "--json", NULL}, &out);
    found = strstr(buf_cstr(&out), parse_error) != NULL;
    buf_finish(&out);
    return found;
}

/* A failure keeps the value that there was, is told, and mends by itself. */
static void test_faults(void **state UNUSED)
{
    static const struct {
        const char *head, *body, *error;
        size_t pad;
    } faults[] = {
        {"200 OK", "<!doctype html><title>Sign in</title>", "a web page, not JSON", 0},
        {"200 OK", VECTOR("NaN"), "NaN, which is no finite number", 0},
        {"200 OK", SCALAR("+Inf"), "+Inf, which is no finite number", 0},
        {"200 OK",
         "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}",
         "an empty vector", 0},
        {"200 OK",
         "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
         "{\"metric\":{},\"value\":[1,\"1\"]},{\"metric\":{},\"value\":[1,\"2\"]}]}}",
         "2 series, not one", 0},
        {"200 OK", VECTOR("3"), "longer than 1048576 bytes", 2 << 20},
        {"302 Found\r\nLocation: /elsewhere", "",
         "redirect (302), which is not followed", 0},
        {"500 Oops", "", "status 500", 0},
        {"400 Bad Request",
         "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}",
         "says: parse error", 0},
    };
    struct rig r;
    struct numbers s;
    json_t *root;

    setup(&r, &s,
          STRATEGY(KR("nps", ", value: { from: metrics, query: nps }")
                       KR("inner", ", value: { from: inside, pointer: /a }")
                           KR("refused", ", value: { from: nobody, pointer: /a }")
                               KR("cell", ", value: { csv: up.csv, row: a, "
                                          "column: b }"),
                   ""));
    numbers_say(&s, "200 OK", VECTOR("47"), 0);
    rig_start(&r, NULL);
    await_value(&r, "nps", 47, "metrics");
    await_error(&r, "inner", "link-local, which is refused");
    await_error(&r, "refused", "Connection refused");
    await_error(&r, "cell", "up.csv");
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        numbers_say(&s, faults[i].head, faults[i].body, faults[i].pad);
        ask(&r);
        await_error(&r, "nps", faults[i].error);
        await_value(&r, "nps", 47, "metrics");
        assert_int_equal(values_of(&r, "nps"), 1);
    }
    root = rig_get(&r, "/v1/key-results/inner", 200);
    assert_string_equal(json_string_value(json_object_get(root, "state")), "unknown");
    json_decref(root);
    rig_await(&r, "/v1/status", "/problems/3/part", "key-result");
    rig_await(&r, "/v1/status", "/problems/3/name", "refused");
    assert_true(wait_until(doctor_says, &r, RIG_LIMIT));
    numbers_say(&s, "200 OK", SCALAR("48"), 0);
    ask(&r);
    await_value(&r, "nps", 48, "metrics");
    rig_await(&r, "/v1/key-results/nps", "/source/state", "ok");
    teardown(&r, &s);
}

/* A source that alignd.yaml does not name is found before it is asked: when both files
   are checked, and when either is read again. */
static void test_unknown_source(void **state UNUSED)
{
    struct rig r;
    struct numbers s;
    struct buf out;

    setup(&r, &s, STRATEGY(KR("nps", ", value: { from: metric, query: nps }"), ""));
    numbers_say(&s, "200 OK", VECTOR("47"), 0);
    assert_int_equal(rig_run(&r, (const char *[]){"--check", NULL}), 78);
    rig_write(&r, "strategy.yaml",
              STRATEGY(KR("nps", ", value: { from: metrics, query: nps }"), ""));
    rig_start(&r, NULL);
    await_value(&r, "nps", 47, "metrics");
    rig_write(&r, "strategy.yaml",
              STRATEGY(KR("nps", ", value: { from: metric, query: nps }"), ""));
    assert_int_equal(rig_ctl(&r, (const char *[]){"reload", NULL}, &out), 78);
    buf_finish(&out);
    rig_log_line(&r, "'from' names 'metric', no value source of alignd.yaml");
    await_value(&r, "nps", 47, "metrics"); /* by what was there before */
    teardown(&r, &s);
}

/* sync --wait comes back when values are in, too, and says what could not be had. */
static void test_wait(void **state UNUSED)
{
    static const char *const wait[] = {"sync", "--wait", NULL};
    enum { TIMES = 12 };
    char texts[TIMES][100]; /* one for each: the last is still being answered with */
    struct rig r;
    struct numbers s;

    setup(&r, &s, STRATEGY(KR("nps", ", value: { from: metrics, query: nps }"), ""));
    numbers_say(&s, "200 OK", VECTOR("1"), 0);
    rig_start(&r, NULL);
    await_value(&r, "nps", 1, "metrics");
    for (int i = 2; i < TIMES; i++) {
        json_t *root;

        snprintf(texts[i], sizeof texts[i], SCALAR("%d"), i);
        numbers_say(&s, "200 OK", texts[i], 0);
        assert_int_equal(rig_ctl(&r, wait, NULL), 0);
        root = key_result(&r, "nps");
        assert_int_equal(json_number_value(rig_at(root, "/last/value")), i);
        json_decref(root);
    }
    numbers_say(&s, "500 Oops", "", 0);
    assert_int_equal(rig_ctl(&r, wait, NULL), 1);
    teardown(&r, &s);
}

static bool is_asked_twice(void *arg)
{
    return numbers_requests(arg) >= 2;
}

/* One that never answers is given up after ten seconds; stopping does not wait. */
static void test_silence(void **state UNUSED)
{
    struct rig r;
    struct numbers s;

    setup(&r, &s, STRATEGY(KR("nps", ", value: { from: metrics, query: nps }"), ""));
    numbers_say(&s, "200 OK", NULL, 0);
    rig_start(&r, NULL);
    await_error(&r, "nps", "no whole answer within 10000 ms");
    ask(&r);
    assert_true(wait_until(is_asked_twice, &s, RIG_LIMIT));
    teardown(&r, &s);
}

static void test_check_ins(void **state UNUSED)
{
    struct rig r;
    struct numbers s;

    setup(&r, &s,
          STRATEGY(KR("nps", "") KR("churn", ""), "check_ins: check-ins.csv\n"));
    rig_write(&r, "check-ins.csv",
              "kr,date,value,confidence,note,by\n"
              "nps,2024-01-05,41,80%,\"first, of all\",ana\nchurn,2024-01-05,5,,,\n");
    rig_start(&r, NULL);
    await_value(&r, "nps", 41, "ana");
    await_value(&r, "churn", 5, "check-ins.csv");
    /* A bad line leaves out itself alone, is logged, and stands in the status. */
    rig_write(&r, "check-ins.csv",
              "kr,date,value,by\nnps,2024-01-05,41,ana\nnsp,2024-01-06,42,ana\n"
              "nps,2024-01-12,43,ben\nnps,2999-01-01,44,ben\n");
    await_value(&r, "nps", 43, "ben");
    rig_log_line(&r, "check-ins.csv:3:1: error: no key result 'nsp'");
    rig_log_line(&r, "check-ins.csv:5:5: error: 2999-01-01 is yet to come");
    rig_await(&r, "/v1/status", "/problems/0/part", "strategy");
    assert_int_equal(values_of(&r, "churn"), 0);
    /* What a person says of that day later counts; without the line, too. */
    assert_int_equal(
        rig_ctl(&r,
                (const char *[]){"checkin", "nps", "45", "--at", "2024-01-12", NULL},
                NULL),
        0);
    await_value(&r, "nps", 45, NULL);
    rig_write(&r, "check-ins.csv", "kr,date,value,by\nnps,2024-01-05,41,ana\n");
    rig_log_line(&r, "nothing is wrong with the check-ins file any more");
    await_count(&r, "nps", 2);
    await_value(&r, "nps", 45, NULL);
    /* A file that is none changes nothing. */
    rig_write(&r, "check-ins.csv", "kr;date;value\n");
    rig_log_line(&r, "there is no column 'kr'");
    assert_int_equal(values_of(&r, "nps"), 2);
    teardown(&r, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_unknown_source),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_check_ins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

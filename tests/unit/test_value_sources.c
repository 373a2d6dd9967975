#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "connectors/connector.h"
#include "connectors/values/json.h"
#include "connectors/values/prometheus.h"
#include "connectors/values/value_http.h"
#include "connectors/wire/pointer.h"

struct rig {
    struct arena *a;
    struct value_http_conf own;
    struct value_conf conf;
    struct http_request req;
    struct err e;
};

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    r->a = arena_create((size_t)1 << 20);
    r->own.url = STR("https://metrics.example.com/prom/");
    r->conf = (struct value_conf){STR("metrics"), STR("prometheus"), &r->own};
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    arena_destroy(r->a);
    free(r);
    return 0;
}

/* `want` NULL: a number is expected, in *ret. */
static void judge(struct rig *r, const struct value_ops *ops, struct str pointer,
                  int status, const char *body, const char *want, double number)
{
    const struct value_question q = {.pointer = pointer};
    const struct http_response resp = {.status = status, .body = str_of(body)};
    double got = -1;
    bool ok = ops->judge(&r->conf, &q, &resp, &got, &r->e);

    if (want == NULL && !ok)
        fail_msg("%s: %s", body, r->e.msg);
    if (want == NULL)
        assert_float_equal(got, number, 1e-9);
    else if (ok || str_find(str_of(r->e.msg), str_of(want)) < 0)
        fail_msg("%s: %s, not %s", body, ok ? "a number" : r->e.msg, want);
}

#define PROM(type, result)                                                             \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"" type "\",\"result\":" result \
    "}}"

static void prometheus_answers(void **state)
{
    static const struct {
        int status;
        const char *body, *want;
        double number;
    } cases[] = {
        {200, PROM("scalar", "[1795700000.5,\"47.25\"]"), NULL, 47.25},
        {200, PROM("scalar", "[1795700000,\"-1e3\"]"), NULL, -1000},
        {200, PROM("vector", "[{\"metric\":{},\"value\":[1795700000,\"3\"]}]"), NULL,
         3},
        {200,
         "{\"status\":\"success\",\"warnings\":[\"w\"],\"data\":{\"resultType\":"
         "\"vector\",\"result\":[{\"metric\":{\"a\":\"b\"},\"value\":[1,\"0\"]}]}}",
         NULL, 0},
        {200, PROM("vector", "[]"), "an empty vector", 0},
        {200,
         PROM("vector", "[{\"metric\":{},\"value\":[1,\"3\"]},{\"metric\":{},\"value\":"
                        "[1,\"4\"]}]"),
         "2 series, not one", 0},
        {200, PROM("vector", "[{\"metric\":{},\"histogram\":[1,{}]}]"), "no pair", 0},
        {200, PROM("scalar", "[1,\"NaN\"]"), "NaN, which is no finite number", 0},
        {200, PROM("scalar", "[1,\"+Inf\"]"), "+Inf, which is no finite number", 0},
        {200, PROM("scalar", "[1,\"-Inf\"]"), "-Inf, which is no finite number", 0},
        {200, PROM("scalar", "[1,\"1e999\"]"), "no finite number", 0},
        {200, PROM("scalar", "[1,47]"), "no pair", 0},
        {200, PROM("scalar", "[1]"), "no pair", 0},
        {200, PROM("matrix", "[]"), "gives a matrix", 0},
        {200, PROM("string", "[1,\"x\"]"), "gives a string", 0},
        {200, PROM("other", "[1,\"x\"]"), "none of Prometheus", 0},
        {200, PROM("vector", "{}"), "none of Prometheus", 0},
        {200, "{\"status\":\"success\"}", "none of Prometheus", 0},
        {200, "{}", "none of Prometheus", 0},
        {200, "[]", "none of Prometheus", 0},
        {200, "<!doctype html><title>Sign in</title>", "a web page, not JSON", 0},
        {200, "", "empty", 0},
        {200, "{\"status\":", "not JSON", 0},
        {400,
         "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error at "
         "char 4\"}",
         "says: parse error at char 4", 0},
        {422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"no\"}",
         "says: no", 0},
        {400, "<html>", "status 400", 0},
        {503, "{}", "status 503", 0},
        {302, "", "redirect (302), which is not followed", 0},
        {401, "", "refuses the token", 0},
        {403, "", "does not let", 0},
        {404, "", "no such address", 0},
        {429, "", "too often", 0},
        {204, "", "status 204", 0},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        judge(r, &prometheus_ops, STR_NONE, cases[i].status, cases[i].body,
              cases[i].want, cases[i].number);
}

/* What the server says may hold the token that it was given. */
static void no_secret_told(void **state)
{
    struct rig *r = *state;

    r->own.token = (struct secret){.from = SECRET_FILE, .value = STR("hunter2hunter2")};
    judge(r, &prometheus_ops, STR_NONE, 400,
          "{\"status\":\"error\",\"error\":\"bad Bearer hunter2hunter2\"}",
          "says that the query failed", 0);
    assert_null(strstr(r->e.msg, "hunter2"));
}

static void json_answers(void **state)
{
    static const struct {
        const char *pointer, *body, *want;
        double number;
    } cases[] = {
        {"", "47.5", NULL, 47.5},
        {"/data/0/value", "{\"data\":[{\"value\":7}]}", NULL, 7},
        {"/big", "{\"big\":123456789012345678901234567890}", NULL,
         1.2345678901234568e29},
        {"/a~1b/m~0n", "{\"a/b\":{\"m~n\":-2}}", NULL, -2},
        {"/", "{\"\":3}", NULL, 3},
        {"/a b", "{\"a b\":4}", NULL, 4},
        {"/0", "[5]", NULL, 5},
        {"/1", "[5]", "nothing at '1' of a list", 0},
        {"/00", "[5]", "nothing at '00' of a list", 0},
        {"/-", "[5]", "nothing at '-' of a list", 0},
        {"/x", "{\"y\":1}", "nothing at 'x' of an object", 0},
        {"/x/y", "{\"x\":1}", "a single value", 0},
        {"/x", "{\"x\":\"47\"}", "is no number", 0},
        {"/x", "{\"x\":null}", "is no number", 0},
        {"/x", "{\"x\":true}", "is no number", 0},
        {"/x", "{\"x\":1e999}", "not JSON", 0},
        {"/x", "{\"x\":NaN}", "not JSON", 0},
        {"/x", "{\"x\":1,\"x\":2}", "not JSON", 0},
        {"/~2", "{\"x\":1}", "'~' in a JSON pointer", 0},
        {"/~", "{\"x\":1}", "'~' in a JSON pointer", 0},
        {"x", "{\"x\":1}", "begins with '/'", 0},
        {"/x", "<html></html>", "a web page", 0},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        judge(r, &json_ops, str_of(cases[i].pointer), 200, cases[i].body, cases[i].want,
              cases[i].number);
    judge(r, &json_ops, STR_NONE, 301, "1", "redirect (301)", 0);
}

static void compressed(void **state)
{
    struct rig *r = *state;
    const struct value_question q = {{0}, {0}};
    const struct http_response resp = {
        .status = 200, .body = STR("1"), .encoding = STR("gzip")};
    double v;

    assert_false(json_ops.judge(&r->conf, &q, &resp, &v, &r->e));
    assert_non_null(strstr(r->e.msg, "compressed"));
}

static void ask(struct rig *r, const struct value_ops *ops, const char *query,
                const char *pointer)
{
    const struct value_question q = {str_of(query), str_of(pointer)};

    if (!ops->request(&r->conf, &q, r->a, &r->req, &r->e))
        fail_msg("%s", r->e.msg);
    assert_true(str_eqz(r->req.method, "GET"));
    assert_int_equal(r->req.max_body, 1 << 20);
    assert_int_equal(r->req.timeout.ms, 10000);
    assert_true(r->req.no_link_local);
    assert_false(r->req.follow);
    assert_false(r->req.gzip);
}

static struct str header(const struct rig *r, const char *name)
{
    for (size_t i = 0; i < r->req.n_headers; i++) {
        if (str_eqz(r->req.headers[i].name, name))
            return r->req.headers[i].value;
    }
    return STR_NONE;
}

static void requests(void **state)
{
    struct rig *r = *state;
    struct value_question q = {.query = STR("up")};

    ask(r, &prometheus_ops, "avg(nps{segment=\"multi\"}) + 1 & x", NULL);
    assert_true(str_eqz(r->req.url,
                        "https://metrics.example.com/prom/api/v1/query?query="
                        "avg%28nps%7Bsegment%3D%22multi%22%7D%29%20%2B%201%20%26%20x"));
    assert_int_equal(header(r, "Authorization").n, 0);
    r->own.url = STR("https://numbers.example.com/api?chart=7");
    r->own.token = (struct secret){.from = SECRET_FILE, .value = STR("s3cret")};
    ask(r, &json_ops, NULL, "/data/0");
    assert_true(str_eq(r->req.url, r->own.url));
    assert_true(str_eqz(header(r, "Authorization"), "Bearer s3cret"));
    r->own.user = STR("ana");
    ask(r, &json_ops, NULL, "/data/0");
    assert_true(str_eqz(header(r, "Authorization"), "Basic YW5hOnMzY3JldA=="));
    assert_false(json_ops.request(&r->conf, &q, r->a, &r->req, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFIG);
    q.query = STR_NONE;
    q.pointer = STR("/a");
    assert_false(prometheus_ops.request(&r->conf, &q, r->a, &r->req, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFIG);
    r->own.token.value = STR("two\r\nlines");
    assert_false(json_ops.request(&r->conf, &q, r->a, &r->req, &r->e));
    assert_null(strstr(r->e.msg, "lines"));
}

static void long_query(void **state)
{
    struct rig *r = *state;
    static char text[9000];
    struct value_question q = {.query = {text, sizeof text}};

    memset(text, 'x', sizeof text);
    assert_false(prometheus_ops.request(&r->conf, &q, r->a, &r->req, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prometheus_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(no_secret_told, setup, teardown),
        cmocka_unit_test_setup_teardown(json_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(compressed, setup, teardown),
        cmocka_unit_test_setup_teardown(requests, setup, teardown),
        cmocka_unit_test_setup_teardown(long_query, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

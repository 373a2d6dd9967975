/*
 * POST /v1/events: the lines it gives load in the strategy's own reader, what it
 * reaches comes with the work that is open there, and nothing is stored.
 */
#include "tests/unit/api_rig.h"

/* The answer's lines under events of the rig's strategy. */
static void expect_loads(json_t *v, const char *id, const char *what)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s;
    struct buf b;

    buf_init(&b, 1 << 16);
    buf_printf(&b, "%sevents:\n%s", EVAL_RIG_STRATEGY, text_at(v, "yaml"));
    s = strategy_load_text("s.yaml", buf_str(&b), d);
    if (s == NULL)
        fail_msg("%s: %s", buf_cstr(&b), conf_diag_first(d).p);
    assert_int_equal(s->n_events, 1);
    assert_true(str_eqz(s->events[0].node.id, id));
    assert_true(str_eqz(s->events[0].node.title, what));
    strategy_unref(s);
    conf_diag_destroy(d);
    buf_finish(&b);
}

static json_t *reached(json_t *v, const char *id)
{
    json_t *r;
    size_t i;

    json_array_foreach(json_object_get(v, "reach"), i, r)
    {
        if (strcmp(text_at(r, "id"), id) == 0)
            return r;
    }
    fail_msg("%s is not reached", id);
    return NULL;
}

static void test_reach(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *n;

    fill(r->er);
    v = ask_json(r, "POST", "/v1/events",
                 "{\"what\":\"A rival: \\\"half\\\" #price\\u202e\",\"affects\":\" "
                 "GROW ,grow,\",\"at\":\"2026-11-10\"}",
                 200);
    expect_loads(v, "E-1", "A rival: \"half\" #price\xe2\x80\xae");
    assert_string_equal(text_at(v, "review_by"), "2026-11-24");
    assert_string_equal(text_at(reached(v, "grow"), "how"), "named");
    n = reached(v, "onboarding");
    assert_string_equal(text_at(n, "how"), "below");
    assert_int_equal(int_at(json_object_get(n, "items"), "open"), 2);
    n = json_object_get(v, "counts");
    assert_int_equal(int_at(n, "objectives"), 1);
    assert_int_equal(int_at(n, "key_results"), 1);
    assert_int_equal(int_at(n, "initiatives"), 3);
    assert_int_equal(int_at(n, "open"), 2);
    assert_int_equal(int_at(n, "epics"), 1);
    assert_true(json_is_null(json_object_get(v, "caution")));
    json_decref(v);
    v = ask_json(r, "POST", "/v1/events", "{\"what\":\"x\",\"affects\":\"web\"}", 200);
    assert_true(int_at(reached(v, "web"), "team_open") >= 6);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "audit")), 0);
    json_decref(v);
}

static void test_ids(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    eval_rig_load(r->er, EVAL_RIG_CONF,
                  EVAL_RIG_STRATEGY
                  "events:\n"
                  "  - { id: E-7, date: 2026-01-01, what: x }\n"
                  "  - { id: E-99999999999999999999, date: 2026-01-01, what: x }\n"
                  "retired: [e-8]\n");
    v = ask_json(r, "POST", "/v1/events", "{\"what\":\"x\"}", 200);
    assert_string_equal(text_at(v, "id"), "E-9");
    assert_string_equal(text_at(v, "caution"), "no source is configured");
    json_decref(v);
    refused(r, "POST", "/v1/events", "{\"what\":\"x\",\"id\":\"E-7\"}", 409, "already");
    refused(r, "POST", "/v1/events", "{\"what\":\"x\",\"id\":\"a b\"}", 400, "no id");
    refused(r, "POST", "/v1/events", "{\"what\":\"x\",\"affects\":\"gorw\"}", 404,
            "did you mean 'grow'?");
    refused(r, "POST", "/v1/events", "{\"what\":\" \"}", 400, "what");
    refused(r, "POST", "/v1/events", "{\"what\":\"x\",\"at\":\"monday\"}", 400,
            "'monday' of at is no date");
    refused(r, "POST", "/v1/events",
            "{\"what\":\"x\",\"at\":\"2026-11-10\",\"review_by\":\"2026-11-09\"}", 400,
            "before");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reach),
        TEST(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

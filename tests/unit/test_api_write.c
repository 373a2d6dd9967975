/*
 * Writes over the status socket: links, exemptions, silences, check-ins, the
 * outbox, and bodies that are refused.
 */
#include "tests/unit/api_rig.h"

static void test_links(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "POST", "/v1/links",
                 "{\"item\":\" ACME/web#1 \",\"initiative\":\"Onboarding\"}", 200);
    assert_string_equal(text_at(v, "initiative"), "onboarding");
    json_decref(v);
    eval_rig_run(r->er);
    expect_why(r, 1, "linked", "acme/web#1", "initiative key-result objective ",
               "the objective names no intent");
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "user"), "ana");
    assert_int_equal(int_at(one, "uid"), 1000);
    assert_string_equal(text_at(one, "action"), "link");
    assert_string_equal(text_at(one, "detail"), "onboarding");
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/links/acme%2Fweb%231", "", 200));
    eval_rig_run(r->er);
    expect_why(r, 1, "unlinked", "(none)", "", "(none)");
    refused(r, "DELETE", "/v1/links/acme%2Fweb%231", "", 404, "no link");
    v = ask_json(r, "GET", "/v1/audit?limit=1", "", 200);
    assert_string_equal(text_at(v, "next"), "2");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit?limit=1&cursor=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "audit")), 1);
    assert_true(json_is_null(json_object_get(v, "next")));
    json_decref(v);
}

static void test_exemptions(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    v = ask_json(
        r, "POST", "/v1/exemptions",
        "{\"item\":\"acme/web#1\",\"reason\":\"office\",\"until\":\"2026-12-31\"}",
        200);
    assert_string_equal(text_at(v, "until"), "2027-01-01T00:00:00Z"); /* to its end */
    json_decref(v);
    eval_rig_run(r->er);
    expect_why(r, 1, "exempt", "(none)", "", "(none)");
    json_decref(ask_json(r, "DELETE", "/v1/exemptions/acme%2Fweb%231", "", 200));
    json_decref(ask_json(r, "POST", "/v1/exemptions",
                         "{\"item\":\"acme/web#1\",\"rule\":\"unlinked-work\","
                         "\"reason\":\"x\",\"until\":null}",
                         200));
    json_decref(ask_json(r, "POST", "/v1/exemptions",
                         "{\"item\":\"acme/web#1\",\"reason\":\"x\","
                         "\"until\":\"2026-12-31T10:00:00+01:00\"}",
                         200));
}

/* The reason of the finding that fill left, with its detail. */
static void expect_reason(struct api_rig *r, const char *name, const char *detail)
{
    json_t *v, *reason;

    eval_rig_run(r->er);
    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    reason = json_object_get(
        json_array_get(json_object_get(v, "findings"), 0), "reason");
    assert_string_equal(text_at(reason, "name"), name);
    assert_string_equal(text_at(reason, "detail"), detail);
    json_decref(v);
}

static void test_silences(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;
    char path[100], id[20];

    fill(r->er);
    v = ask_json(r, "POST", "/v1/silences",
                 "{\"match\":\"team=web rule=unlinked-work\",\"for\":\"3d\",\"reason\":"
                 "\"moving\"}",
                 200);
    assert_int_equal(int_at(v, "id"), 1);
    json_decref(v);
    expect_reason(r, "silenced", "silence 1 by ana: moving");
    v = ask_json(r, "GET", "/v1/silences", "", 200);
    one = json_array_get(json_object_get(v, "silences"), 0);
    assert_string_equal(text_at(one, "match"), "rule=unlinked-work team=web");
    assert_int_equal(int_at(one, "covers"), 1);
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/silences/1", "", 200));
    refused(r, "DELETE", "/v1/silences/1", "", 409, "over already");
    refused(r, "DELETE", "/v1/silences/2", "", 404, "no silence 2");
    expect_reason(r, "unchanged", "(none)");

    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    snprintf(id, sizeof(id), "%s",
             text_at(json_array_get(json_object_get(v, "findings"), 0), "id"));
    json_decref(v);
    snprintf(path, sizeof(path), "/v1/findings/%.6s/snooze", id);
    json_decref(ask_json(r, "POST", path, "{\"for\":\"3d\"}", 200));
    expect_reason(r, "snoozed", "(none)");
    r->er->r.now.ms += 4 * RIG_DAY;
    eval_rig_look(r->er);
    snprintf(path, sizeof(path), "/v1/findings/%.6s/ack", id);
    json_decref(ask_json(r, "POST", path, "", 200));
    expect_reason(r, "acked", "ana");
    assert_int_equal(rig_int(&r->er->r, "SELECT count(*) FROM audit"), 4);
}

/* NPS 40 to 60 by 30 June 2027, first loaded when the rig was made. */
static void test_key_results(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/key-results", "", 200);
    one = json_array_get(json_object_get(v, "key_results"), 0);
    assert_string_equal(text_at(one, "id"), "nps");
    assert_string_equal(text_at(one, "objective"), "grow");
    assert_string_equal(text_at(one, "state"), "unknown");
    assert_true(json_is_null(json_object_get(one, "last")));
    assert_true(json_is_null(json_object_get(one, "pace")));
    json_decref(v);

    json_decref(ask_json(r, "POST", "/v1/check-ins",
                         "{\"key_result\":\"nps\",\"value\":\"44\","
                         "\"confidence\":\"80%\",\"note\":\"survey of autumn\"}",
                         200));
    v = ask_json(r, "POST", "/v1/check-ins",
                 "{\"key_result\":\"NPS\",\"value\":\"45\"}", 200); /* a correction */
    assert_int_equal(json_array_size(json_object_get(v, "values")), 2);
    one = json_object_get(v, "last");
    assert_true(json_number_value(json_object_get(one, "value")) > 44.9);
    assert_string_equal(text_at(one, "told_by"), "ana");
    assert_true(json_number_value(json_object_get(v, "progress")) > 0.249);
    assert_true(json_number_value(json_object_get(v, "progress")) < 0.251);
    assert_string_equal(text_at(v, "state"), "on-pace");
    json_decref(v);

    v = ask_json(r, "DELETE", "/v1/check-ins/nps", "", 200);
    one = json_object_get(v, "last");
    assert_int_equal(int_at(one, "confidence"), 80);
    assert_string_equal(text_at(one, "note"), "survey of autumn");
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps?at=2020-01-01", "", 404));
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps", "", 200));
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps", "", 404));
    v = ask_json(r, "GET", "/v1/key-results/nps", "", 200);
    assert_string_equal(text_at(v, "state"), "unknown");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "action"), "check-in-undo");
    json_decref(v);
}

static void test_bodies(void **state)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *detail;
    } rows[] = {
        {"/v1/check-ins", "{\"key_result\":\"npx\",\"value\":\"1\"}", 404,
         "did you mean 'nps'?"},
        {"/v1/check-ins", "{\"key_result\":\"grow\",\"value\":\"1\"}", 404,
         "is no key result but of kind objective"},
        {"/v1/check-ins", "{\"key_result\":\"nps\",\"value\":\"many\"}", 400,
         "'many' is no number"},
        {"/v1/check-ins",
         "{\"key_result\":\"nps\",\"value\":\"1\",\"at\":\"2999-01-01\"}", 400,
         "is yet to come"},
        {"/v1/check-ins", "{\"key_result\":\"nps\",\"value\":\"1\",\"at\":\"soon\"}",
         400, "'soon' is no date"},
        {"/v1/check-ins",
         "{\"key_result\":\"nps\",\"value\":\"1\",\"confidence\":\"101\"}", 400,
         "is no percentage"},
        {"/v1/links", "", 400, "a JSON object is needed"},
        {"/v1/links", "{", 400, "not JSON: line 1"},
        {"/v1/links", "[]", 400, "must be a JSON object"},
        {"/v1/links", "{} {}", 400, "not JSON"},
        {"/v1/links", "{\"item\":\"a\",\"item\":\"b\"}", 400, "not JSON"},
        {"/v1/links", "{\"item\":\"a\\u0000b\"}", 400, "not JSON"},
        {"/v1/links", "{\"item\":1}", 400, "'item' must be a string"},
        {"/v1/links", "{\"itme\":\"a\"}", 400, "unknown member 'itme'"},
        {"/v1/links", "{\"item\":\"acme/web#1\"}", 400, "'initiative' is missing"},
        {"/v1/links", "{\"item\":\"  \",\"initiative\":\"nps\"}", 400,
         "'item' is missing"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"onbording\"}", 404,
         "did you mean 'onboarding'"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"zzzzzzzz\"}", 404,
         "alignctl initiatives"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"grow\"}", 400,
         "of kind objective"},
        {"/v1/links", "{\"item\":\"acme/web#77\",\"initiative\":\"billing\"}", 404,
         "no item acme/web#77 is known of acme/web: if it is new, alignctl sync hub"},
        {"/v1/exemptions", "{\"item\":\"acme/web#1\"}", 400, "'reason' is missing"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"rule\":\"nope\"}", 404,
         "no rule 'nope'"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"rule\":\"source-stale\"}", 400,
         "looks at a whole source"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"until\":\"soon\"}", 400,
         "no date"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"until\":\"2020-01-01\"}", 400,
         "is over"},
        {"/v1/silences", "{\"match\":\"team=web\",\"for\":\"3d\"}", 400,
         "'reason' is missing"},
        {"/v1/silences", "{\"match\":\"web\",\"for\":\"3d\",\"reason\":\"x\"}", 400,
         "'web' is no LABEL=VALUE"},
        {"/v1/silences",
         "{\"match\":\"rule=nope\",\"for\":\"3d\",\"reason\":\"x\"}", 400,
         "no rule 'nope'"},
        {"/v1/silences", "{\"match\":\"team=web\",\"reason\":\"x\"}", 400,
         "one of 'until' and 'for'"},
        {"/v1/silences",
         "{\"match\":\"team=web\",\"for\":\"31d\",\"reason\":\"x\"}", 400,
         "at most 30 days"},
        {"/v1/silences",
         "{\"match\":\"team=web\",\"for\":\"soon\",\"reason\":\"x\"}", 400,
         "write 3d"},
        {"/v1/findings/0123456789ab/ack", "", 404, "no finding"},
        {"/v1/findings/0123456789ab/snooze", "{\"for\":\"3d\"}", 404, "no finding"},
        {"/v1/outbox/0/retry", "", 400, "not the number"},
        {"/v1/outbox/x/retry", "", 400, "not the number"},
        {"/v1/outbox/99/retry", "", 404, "99"},
        {"/v1/channels/nowhere/test", "", 404, "no channel 'nowhere'"},
    };
    struct api_rig *r = *state;
    char long_body[700];

    fill(r->er);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        refused(r, "POST", rows[i].path, rows[i].body, rows[i].status, rows[i].detail);
    snprintf(long_body, sizeof(long_body), "{\"item\":\"%0400d\",\"initiative\":\"x\"}",
             1);
    refused(r, "POST", "/v1/links", long_body, 400, "longer than 300 bytes");
    /* Nothing of all this was written down as done. */
    assert_int_equal(rig_int(&r->er->r, "SELECT count(*) FROM audit"), 0);
}

/* The message of that id. */
static json_t *message(json_t *root, int64_t id)
{
    json_t *m;
    size_t i;

    json_array_foreach(json_object_get(root, "outbox"), i, m)
    {
        if (int_at(m, "id") == id)
            return m;
    }
    fail_msg("no message %lld", (long long)id);
    return NULL;
}

static void test_outbox(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_message m;
    struct outbox_outcome o = {.verdict = CHAT_REJECTED,
                               .status = 404,
                               .reason = STR("404: no_service"),
                               .dead = true};
    struct wall next;
    json_t *v, *one;
    bool found;
    char path[80];

    fill(r->er);
    RIG_OK(rig, db_outbox_claim(rig->db, STR("product"), rig->now, r->a, &m, &found,
                                &next, &rig->e));
    assert_true(found);
    RIG_OK(rig, db_outbox_record(rig->db, m.id, &o, rig->now, &rig->e));
    v = ask_json(r, "GET", "/v1/outbox?bodies=1", "", 200);
    one = message(v, m.id);
    assert_string_equal(text_at(one, "state"), "dead");
    assert_int_equal(int_at(one, "http_status"), 404);
    assert_true(json_is_object(json_object_get(one, "notice")));
    snprintf(path, sizeof(path), "/v1/outbox/%lld/retry", (long long)int_at(one, "id"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/status", "", 200);
    one = json_array_get(json_object_get(v, "channels"), 0);
    assert_string_equal(text_at(one, "state"), "undelivered");
    json_decref(v);

    json_decref(ask_json(r, "POST", path, "", 202));
    v = ask_json(r, "GET", "/v1/outbox", "", 200);
    one = message(v, m.id);
    assert_string_equal(text_at(one, "state"), "queued");
    assert_null(json_object_get(one, "notice"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "action"), "outbox-retry");
    json_decref(v);

    RIG_OK(rig, db_outbox_claim(rig->db, STR("product"), rig->now, r->a, &m, &found,
                                &next, &rig->e));
    RIG_OK(rig, db_outbox_record(rig->db, m.id, &o, rig->now, &rig->e));
    json_decref(ask_json(r, "POST", "/v1/outbox/all/retry", "", 202));
    v = ask_json(r, "POST", "/v1/channels/product/test", "", 202);
    snprintf(path, sizeof(path), "%s", text_at(v, "id"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/outbox?bodies=1", "", 200);
    one = message(v, strtoll(path, NULL, 10));
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(one, "state"), "queued");
    assert_string_equal(text_at(json_object_get(one, "notice"), "kind"), "test");
    json_decref(v);
    refused(r, "POST", "/v1/outbox/all/retry", "", 404, "no message is dead");
}

static void test_actions(void **state)
{
    struct api_rig *r = *state;
    json_t *v = ask_json(r, "POST", "/v1/sync?source=hub", "", 202);

    assert_string_equal(text_at(v, "source"), "hub");
    json_decref(v);
    json_decref(ask_json(r, "POST", "/v1/sync", "", 202));
    json_decref(ask_json(r, "POST", "/v1/sync?source=hub&accept=true", "", 202));
    json_decref(ask_json(r, "POST", "/v1/sync?list=true", "", 202));
    json_decref(ask_json(r, "POST", "/v1/reload", "", 202));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_links),
        TEST(test_exemptions),
        TEST(test_silences),
        TEST(test_key_results),
        TEST(test_bodies),
        TEST(test_outbox),
        TEST(test_actions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

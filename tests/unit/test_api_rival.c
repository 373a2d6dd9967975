/* GET /v1/competitors/{id}: what is attacked, the most exposed first. */
#include "tests/unit/api_rig.h"

#define RIVALS                                                                         \
    EVAL_RIG_STRATEGY                                                                  \
    "intents: [{ id: up, title: Up }]\n"                                               \
    "competitors:\n"                                                                   \
    "  - { id: rival, title: Rival, threat: 4, attacks: [grow, up, gone],\n"           \
    "      evidence: 2026-01-01, note: Loud }\n"                                       \
    "  - { id: quiet, title: Quiet }\n"                                                \
    "retired: [gone]\n"

static void test_view(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *a;

    fill(r->er);
    eval_rig_load(r->er, EVAL_RIG_CONF, RIVALS);
    json_decref(ask_json(r, "POST", "/v1/check-ins",
                         "{\"key_result\":\"nps\",\"value\":\"45\"}", 200));
    v = ask_json(r, "GET", "/v1/competitors/RIVAL", "", 200);
    assert_true(json_is_true(json_object_get(v, "card_old")));
    assert_int_equal(int_at(v, "threat"), 4);
    a = json_object_get(v, "attacks");
    assert_int_equal(json_array_size(a), 2);
    assert_string_equal(text_at(json_array_get(a, 0), "id"), "up"); /* not measured */
    a = json_array_get(a, 1);
    assert_string_equal(text_at(a, "id"), "grow");
    assert_true(json_number_value(json_object_get(a, "exposure")) < 0.01);
    a = json_array_get(json_object_get(a, "key_results"), 0);
    assert_string_equal(text_at(a, "state"), "on-pace");
    assert_int_equal(int_at(a, "open"), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/competitors/quiet", "", 200);
    assert_true(json_is_null(json_object_get(v, "threat")));
    assert_true(json_is_true(json_object_get(v, "card_old")));
    json_decref(v);
    refused(r, "GET", "/v1/competitors/grow", "", 404, "no competitor 'grow'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_view, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* POST /v1/replay over a real store: what it answers, by which settings, and what it
   refuses. */
#include "base/jsonw.h"
#include "tests/unit/api_rig.h"

static bool tells(json_t *answer, const char *rule)
{
    json_t *post, *section;
    size_t i, k;

    json_array_foreach(json_object_get(answer, "posts"), i, post)
    {
        json_array_foreach(json_object_get(post, "sections"), k, section)
        {
            if (strcmp(text_at(section, "rule"), rule) == 0)
                return true;
        }
    }
    return false;
}

/* The finding of a day ago was told; by other settings it would not have been. */
static void test_replay(void **state)
{
    static const struct {
        const char *body, *why;
    } refusals[] = {
        {"{}", "'since' is missing"},
        {"{\"since\":\"yesterday\"}", "is a date such as"},
        {"{\"since\":\"2999-01-01\"}", "over, or today"},
        {"{\"since\":\"1999-01-01\"}", "at most 92 days"},
        {"{\"since\":\"2026-09-20\"}", "history begins on 2026-09-21"},
        {"{\"since\":\"2026-09-21\",\"config\":\"rules: {\"}", "config:1:"},
        {"{\"since\":\"2026-09-21\",\"config\":\"rules: { nope: off }\"}", "config:1:1"},
        {"{\"since\":\"2026-09-21\",\"config\":\"\"}", "config"},
        {"{\"since\":\"2026-09-21\",\"config\":[\"a: 1\",\"b: 2\"]}", "of one file"},
        {"{\"since\":\"2026-09-21\",\"confg\":\"x\"}", "confg"},
    };
    struct api_rig *r = *state;
    struct str text;
    struct jsonw w;
    struct buf body;
    json_t *v;

    fill(r->er);
    r->er->r.now.ms += RIG_HOUR; /* items are seen a little later than they were */
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        refused(r, "POST", "/v1/replay", refusals[i].body, 400, refusals[i].why);
    v = ask_json(r, "POST", "/v1/replay", "{\"since\":\"2026-09-21\"}", 200);
    assert_true(json_is_true(json_object_get(v, "complete")));
    assert_true(json_is_false(json_object_get(v, "posted_config")));
    assert_true(tells(v, "unlinked-work"));
    assert_false(tells(v, "kr-unmeasurable"));
    assert_int_equal(json_array_size(json_object_get(v, "posts")), int_at(v, "total"));
    json_decref(v);
    text = str_of(EVAL_RIG_NODES "  - { match: { rule: \"*\" }, channel: ops }\n"
                                 "rules: { unlinked-work: off, unknown-link: off,\n"
                                 "  uncovered-initiative: off, source-stale: off }\n");
    buf_init(&body, 1 << 16);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    jsonw_strz(&w, "since", "2026-09-21");
    jsonw_str(&w, "config", text);
    jsonw_end_object(&w);
    v = ask_json(r, "POST", "/v1/replay", buf_cstr(&body), 200);
    assert_true(json_is_true(json_object_get(v, "posted_config")));
    assert_false(tells(v, "unlinked-work"));
    assert_true(tells(v, "kr-unmeasurable")); /* which the settings in force leave out */
    json_decref(v);
    buf_finish(&body);
}

/* The text of a file is at most 1 MiB. */
static void test_replay_of_much(void **state)
{
    enum { MUCH = (1 << 20) + 1 };
    struct api_rig *r = *state;
    struct buf body;

    buf_init(&body, 4 << 20);
    buf_addz(&body, "{\"since\":\"2026-09-21\",\"config\":\"");
    for (int i = 0; i < MUCH; i++)
        buf_addc(&body, '#');
    buf_addz(&body, "\"}");
    refused(r, "POST", "/v1/replay", buf_cstr(&body), 400, "'config'");
    buf_finish(&body);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_replay),
        TEST(test_replay_of_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

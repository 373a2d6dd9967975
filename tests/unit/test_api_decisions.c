/*
 * The strategy's decisions as the status socket answers them: when each is to be
 * reviewed, and whether what it assumes is true, over a real store.
 */
#include "tests/unit/api_rig.h"

#include "base/date.h"

#define DECISIONS                                                                      \
    EVAL_RIG_STRATEGY                                                                  \
    "decisions:\n"                                                                     \
    "  - { id: D-1, date: 2026-01-01, chose: Later, review_by: 2027-12-31 }\n"         \
    "  - { id: D-2, date: 2026-01-01, chose: Defer SSO, because: Sites come first,\n"  \
    "      rejected: [Build it, Buy it], affects: [grow, old-portal],\n"               \
    "      review_by: %s, visibility: company,\n"                                      \
    "      assumes: [pace(nps) >= -10%%, value(nps) < 50, progress(nps) > 90%%,\n"     \
    "        coverage() >= 10%%, open(onboarding) >= 2, done(onboarding) >= 50%%,\n"   \
    "        open(billing) < 50%%, share(grow) >= 55%%, spread(web) < 3] }\n"          \
    "  - { id: D-3, date: 2026-01-01, chose: No review }\n"

/* The rig's day and some more. */
static struct str day(struct api_rig *r, int more)
{
    struct str s;
    struct buf b;

    buf_init(&b, 20);
    date_print(&b, date_from_days(r->er->r.now.ms / RIG_DAY + more));
    s = arena_str(r->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

static void load_due(struct api_rig *r, int days)
{
    char text[8192];

    snprintf(text, sizeof(text), DECISIONS, day(r, days).p);
    eval_rig_load(r->er, EVAL_RIG_CONF, text);
}

static json_t *decision(json_t *v, size_t i)
{
    return json_array_get(json_object_get(v, "decisions"), i);
}

static void expect_review(struct api_rig *r, int days, const char *want, size_t n_due)
{
    json_t *v;

    load_due(r, days);
    v = ask_json(r, "GET", "/v1/decisions", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    assert_string_equal(text_at(decision(v, 0), "id"), "D-2");
    assert_string_equal(text_at(decision(v, 0), "review"), want);
    assert_int_equal(int_at(decision(v, 0), "review_in"), days);
    assert_string_equal(text_at(decision(v, 1), "review"), "fine");
    assert_string_equal(text_at(decision(v, 2), "review"), "none");
    assert_true(json_is_null(json_object_get(decision(v, 2), "review_in")));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/decisions?due=true", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "decisions")), n_due);
    assert_int_equal(int_at(v, "total"), 3);
    json_decref(v);
}

static void test_reviews(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    expect_review(r, -1, "overdue", 1);
    expect_review(r, 0, "due", 1);
    expect_review(r, 14, "due", 1);
    expect_review(r, 15, "fine", 0);
    refused(r, "GET", "/v1/decisions?due=soon", "", 400, "due");
    v = ask_json(r, "GET", "/v1/decisions", "", 200);
    assert_string_equal(text_at(decision(v, 0), "visibility"), "company");
    assert_string_equal(text_at(decision(v, 1), "visibility"), "team");
    assert_string_equal(text_at(decision(v, 0), "because"), "Sites come first");
    assert_string_equal(
        text_at(json_array_get(json_object_get(decision(v, 0), "affects"), 1), "kind"),
        "initiative");
    json_decref(v);
}

static void expect_assumption(json_t *v, size_t i, const char *state, const char *found,
                              const char *unknown)
{
    json_t *a = json_array_get(json_object_get(decision(v, 0), "assumes"), i);

    if (strcmp(text_at(a, "state"), state) != 0 ||
        strcmp(text_at(a, "found"), found) != 0 ||
        strstr(text_at(a, "unknown"), unknown) == NULL)
        fail_msg("%s: %s, %s, %s", text_at(a, "text"), text_at(a, "state"),
                 text_at(a, "found"), text_at(a, "unknown"));
}

static void test_assumptions(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    load_due(r, 100);
    v = ask_json(r, "GET", "/v1/decisions", "", 200);
    for (size_t i = 0; i < 9; i++)
        expect_assumption(v, i, "unknown", "(none)", "");
    expect_assumption(v, 0, "unknown", "(none)", "no value");
    expect_assumption(v, 3, "unknown", "(none)", "no source");
    json_decref(v);

    fill(r->er);
    load_due(r, 100);
    json_decref(ask_json(r, "POST", "/v1/check-ins",
                         "{\"key_result\":\"nps\",\"value\":\"45\"}", 200));
    v = ask_json(r, "GET", "/v1/decisions", "", 200);
    expect_assumption(v, 0, "true", "24.6%", "(none)");
    expect_assumption(v, 1, "true", "45", "(none)");
    expect_assumption(v, 2, "false", "25%", "(none)");
    expect_assumption(v, 3, "true", "40%", "(none)");
    expect_assumption(v, 4, "true", "2", "(none)");
    expect_assumption(v, 5, "false", "0%", "(none)");
    expect_assumption(v, 6, "unknown", "(none)", "no item is linked");
    expect_assumption(v, 7, "unknown", "(none)", "no effort figures yet");
    expect_assumption(v, 8, "unknown", "(none)", "no effort figures yet");
    json_decref(v);
}

/* A source that is late, a value that is old: unknown, though it was false before. */
static void test_stale(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    json_decref(ask_json(r, "POST", "/v1/check-ins",
                         "{\"key_result\":\"nps\",\"value\":\"45\"}", 200));
    r->er->r.now.ms += 60 * RIG_DAY;
    eval_rig_run(r->er);
    load_due(r, 100);
    v = ask_json(r, "GET", "/v1/decisions", "", 200);
    for (size_t i = 0; i < 3; i++)
        expect_assumption(v, i, "unknown", "(none)", "too old");
    for (size_t i = 3; i < 7; i++)
        expect_assumption(v, i, "unknown", "(none)", "source hub is not up to date");
    json_decref(v);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reviews),
        TEST(test_assumptions),
        TEST(test_stale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

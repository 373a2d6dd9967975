/*
 * Reading over the status socket: findings, items, links, lists and routes, each
 * answer held to config/openapi.json.
 */
#include "tests/unit/api_rig.h"

static void test_findings(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *f;
    char path[200];
    size_t i;
    int64_t fired = 0;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    assert_int_equal(int_at(v, "total"), 1);
    f = json_array_get(json_object_get(v, "findings"), 0);
    assert_string_equal(text_at(f, "subject"), "acme/web#1");
    assert_string_equal(text_at(f, "state"), "firing");
    assert_string_equal(text_at(f, "team"), "web");
    assert_string_equal(text_at(json_object_get(f, "reason"), "name"), "new");
    snprintf(path, sizeof(path), "/v1/findings/%.6s", text_at(f, "id"));
    json_decref(v);

    v = ask_json(r, "GET", path, "", 200);
    assert_string_equal(text_at(v, "rule"), "unlinked-work");
    assert_string_equal(text_at(json_object_get(v, "rule_is"), "title"),
                        rule_find(STR("unlinked-work"))->title);
    assert_true(json_array_size(json_object_get(v, "history")) >= 2);
    json_decref(v);

    v = ask_json(r, "GET", "/v1/rules/precision", "", 200);
    assert_int_equal(int_at(v, "days"), 90);
    json_array_foreach(json_object_get(v, "rules"), i, f)
    {
        if (strcmp(text_at(f, "id"), "unlinked-work") == 0)
            fired = int_at(f, "fired");
    }
    assert_int_equal(fired, 1);
    json_decref(v);

    v = ask_json(r, "GET", "/v1/findings?all=1&limit=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), 2);
    assert_true(int_at(v, "total") > 2);
    snprintf(path, sizeof(path), "/v1/findings?all=1&limit=1000&cursor=%s",
             text_at(v, "next"));
    i = (size_t)int_at(v, "total") - 2;
    json_decref(v);
    v = ask_json(r, "GET", path, "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), i);
    assert_true(json_is_null(json_object_get(v, "next")));
    json_decref(v);

    v = ask_json(r, "GET", "/v1/findings?severity=high&team=web&scope=acme/web", "",
                 200);
    assert_int_equal(int_at(v, "total"), 0);
    json_decref(v);
}

static bool is_told(json_t *finding)
{
    return json_is_true(json_object_get(json_object_get(finding, "reason"), "told"));
}

/* Told is what was delivered: not what waits to be, and not what ended before. */
static void test_told(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};
    struct outbox_outcome ok = {.verdict = CHAT_DELIVERED, .status = 200};
    char path[200], over[200];
    json_t *v, *t;
    int64_t id;

    fill(r->er);
    id = rig_int(rig, "SELECT outbox FROM told JOIN finding f ON f.n = finding WHERE"
                      " f.rule = 'unlinked-work'");
    snprintf(path, sizeof(path), "/v1/findings/%s",
             rig_text(rig, "SELECT id FROM finding WHERE rule = 'unlinked-work' AND"
                           " NOT baseline"));
    snprintf(over, sizeof(over), "/v1/findings/%s",
             rig_text(rig, "SELECT id FROM finding WHERE baseline"));

    v = ask_json(r, "GET", path, "", 200);
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_false(is_told(v));
    assert_string_equal(text_at(t, "channel"), "product");
    assert_string_equal(text_at(t, "what"), "new");
    assert_string_equal(text_at(t, "state"), "queued");
    assert_true(json_is_null(json_object_get(t, "delivered")));
    json_decref(v);

    RIG_OK(rig, db_outbox_record(rig->db, id, &dead, rig->now, &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_false(is_told(v));
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_string_equal(text_at(t, "state"), "dead");
    json_decref(v);

    RIG_OK(rig, db_outbox_retry(rig->db, id, rig->now, &rig->e));
    RIG_OK(rig, db_outbox_record(rig->db, id, &ok, rig->now, &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_true(is_told(v));
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_string_equal(text_at(t, "state"), "delivered");
    json_decref(v);
    /* The message is forgotten in time, that it arrived is not. */
    RIG_OK(rig, sql_script(rig->db, "DELETE FROM outbox", &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_true(is_told(v));
    json_decref(v);

    /* It is over, and nobody had heard of it. */
    eval_rig_sync(r->er);
    rig_label(rig, eval_rig_epic(r->er, 9), "initiative:onboarding");
    eval_rig_synced(r->er);
    eval_rig_run(r->er);
    v = ask_json(r, "GET", over, "", 200);
    assert_string_equal(text_at(v, "state"), "resolved");
    assert_false(is_told(v));
    assert_int_equal(json_array_size(json_object_get(v, "told")), 0);
    json_decref(v);
}

static void test_items(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%233", "", 200);
    assert_string_equal(text_at(v, "key"), "acme/web#3");
    assert_string_equal(text_at(v, "parent"), "acme/web#2");
    assert_string_equal(text_at(v, "title"), "A \"quoted\"\ttitle \x1b[31m");
    assert_int_equal(json_array_size(json_object_get(v, "ancestors")), 1);
    assert_int_equal(json_array_size(json_object_get(v, "links")), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/hub:acme%2Fweb%231", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%236", "", 200);
    assert_string_equal(text_at(json_object_get(v, "exempt"), "by"), "label");
    json_decref(v);
}

/* An epic of its own words, linked; one that has them, too; and a private one. */
static void fill_for_suggestions(struct eval_rig *er)
{
    struct rig *r = &er->r;
    bool more = true;

    eval_rig_sync(er);
    eval_rig_epic(er, 40)->title = STR("Violet invoice");
    rig_label(r, &r->feed.items[r->feed.n_items - 1], "initiative:billing");
    eval_rig_epic(er, 41)->title = STR("Second violet invoice");
    eval_rig_epic(er, 42)->title = STR("Violet secret");
    rig_label(r, &r->feed.items[r->feed.n_items - 1], "secret");
    eval_rig_synced(er);
    eval_rig_run(er);
    while (more)
        RIG_OK(r, db_suggest_step(r->db, er->strategy, &more, &r->e));
}

static void expect_billing(json_t *s)
{
    assert_string_equal(text_at(s, "node"), "billing");
    assert_string_equal(text_at(s, "title"), "Bill per site");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(s, "words"), 0)), "violet");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(s, "like"), 0)),
        "acme/web#40");
}

static void test_suggestions(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *item;
    size_t i, seen = 0;

    fill(r->er);
    fill_for_suggestions(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2341/suggestions", "", 200);
    assert_string_equal(text_at(v, "state"), "unlinked");
    assert_string_equal(text_at(json_object_get(v, "item"), "key"), "acme/web#41");
    expect_billing(json_array_get(json_object_get(v, "suggestions"), 0));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2341/why", "", 200);
    expect_billing(json_array_get(json_object_get(v, "suggestions"), 0));
    json_decref(v);
    /* Of one that is linked the chain is told, and what speaks for it when asked. */
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2340/why", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "suggestions")), 0);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2340/suggestions", "", 200);
    assert_string_equal(text_at(v, "state"), "linked");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2342/suggestions", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "suggestions")), 0);
    assert_null(strstr(buf_cstr(&r->body), "iolet"));
    json_decref(v);
    refused(r, "GET", "/v1/items/nope/suggestions", "", 404, "no item nope");

    v = ask_json(r, "GET", "/v1/unlinked", "", 200);
    json_array_foreach(json_object_get(v, "items"), i, item)
    {
        if (strcmp(text_at(item, "key"), "acme/web#41") != 0)
            continue;
        expect_billing(json_object_get(item, "suggestion"));
        seen++;
    }
    assert_int_equal(seen, 1);
    json_decref(v);
}

static void test_why(void **state)
{
    static const char full[] =
        EVAL_RIG_STRATEGY "intents:\n"
                          "  - { id: up, title: Up, why: Money }\n"
                          "vision: { statement: A better world }\n";
    struct api_rig *r = *state;
    char *text = strdup(full);
    json_t *v, *chain;

    fill(r->er);
    expect_why(r, 1, "unlinked", "(none)", "", "(none)");
    expect_why(r, 2, "linked", "acme/web#2", "initiative key-result objective ",
               "the objective names no intent");
    expect_why(r, 3, "linked", "acme/web#2", "initiative key-result objective ",
               "the objective names no intent");
    expect_why(r, 4, "linked", "acme/web#4", "bucket ", "(none)");
    expect_why(r, 5, "unlinked", "(none)", "", "(none)");
    expect_why(r, 6, "exempt", "(none)", "", "(none)");

    /* With an intent and a vision the chain is whole; each node tells its why. */
    memcpy(strstr(text, "    why: They decide once for all their sites and stay"),
           "    why: For all sites\n    intent: up\n    #             ", 54);
    eval_rig_load(r->er, EVAL_RIG_CONF, text);
    free(text);
    eval_rig_run(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%233/why", "", 200);
    chain = json_object_get(json_array_get(json_object_get(v, "paths"), 0), "chain");
    assert_int_equal(json_array_size(chain), 5);
    assert_string_equal(text_at(json_array_get(chain, 1), "measure"),
                        "40 to 60 by 2027-06-30");
    assert_string_equal(text_at(json_array_get(chain, 2), "why"), "For all sites");
    assert_string_equal(text_at(json_array_get(chain, 3), "why"), "Money");
    assert_string_equal(text_at(json_array_get(chain, 4), "title"), "A better world");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy", "", 200);
    assert_string_equal(text_at(json_object_get(v, "vision"), "statement"),
                        "A better world");
    json_decref(v);
}

static void test_lists(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/unlinked?limit=2", "", 200);
    assert_int_equal(int_at(v, "total"), 3); /* 9, 1 and 5 */
    assert_int_equal(json_array_size(json_object_get(v, "items")), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/unlinked?team=web&scope=acme/web", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/unlinked?team=web&scope=Acme/Web", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/gaps?limit=1", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 1);
    one = json_object_get(v, "initiatives");
    assert_int_equal(json_array_size(one), 1);
    assert_string_equal(text_at(json_array_get(one, 0), "id"), "billing");
    assert_string_equal(text_at(json_array_get(one, 0), "objective"), "grow");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/coverage", "", 200);
    one = json_object_get(v, "total");
    assert_int_equal(int_at(one, "open"), 6);
    assert_int_equal(int_at(one, "linked"), 2);
    assert_int_equal(int_at(one, "exempt"), 1);
    assert_true(json_real_value(json_object_get(one, "ratio")) == 0.4);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/initiatives", "", 200);
    one = json_array_get(json_object_get(v, "initiatives"), 0);
    assert_string_equal(text_at(one, "objective"), "grow");
    assert_int_equal(int_at(json_object_get(one, "items"), "open"), 2);
    one = json_array_get(json_object_get(v, "buckets"), 0);
    assert_int_equal(int_at(json_object_get(one, "items"), "epics"), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/rules", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "rules")), rules_count);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/rules/uncovered-initiative", "", 200);
    assert_true(json_is_true(json_object_get(v, "off")));
    json_decref(v);
}

/* The way of a finding that there is, and of its channel what was sent already. */
static void test_routes(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/routes", "", 200);
    one = json_array_get(json_object_get(v, "routes"), 0);
    assert_string_equal(text_at(one, "place"), "1");
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(v, "operations_channel"), "ops");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/routes/test?rule=unlinked-work&team=web&label=a,b", "", 200);
    assert_int_equal(json_array_size(json_object_get(json_object_get(v, "labels"), "label")),
                     2);
    one = json_array_get(json_object_get(v, "destinations"), 0);
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(one, "group"), "team=web");
    assert_int_equal(int_at(json_object_get(one, "sent"), "week"), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/routes/test?rule=source-stale", "", 200);
    assert_true(json_is_true(json_object_get(v, "operations")));
    json_decref(v);
    refused(r, "GET", "/v1/routes/test?rule=nope", "", 400, "no rule 'nope'");
    refused(r, "GET", "/v1/routes/test?team=wbe", "", 400, "did you mean 'web'?");
    refused(r, "GET", "/v1/routes/test?source=nope", "", 400, "there are hub");
    refused(r, "GET", "/v1/routes/test?rle=x", "", 400, "no query parameter");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_findings),
        TEST(test_told),
        TEST(test_items),
        TEST(test_suggestions),
        TEST(test_why),
        TEST(test_lists),
        TEST(test_routes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

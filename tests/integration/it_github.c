/*
 * An organisation on GitHub through the real binaries: read as an App, its
 * repositories found, and found again when they are archived, renamed, hidden.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"
#include "tests/support/rsa.h"

#define ORG_COMPANY                                                                    \
    "{\"people\":[],\"github\":{\"repos\":["                                           \
    "{\"name\":\"acme/web\",\"id\":11,\"issues\":[{\"number\":1,\"title\":\"one\","    \
    "\"labels\":[\"epic\"],\"updated\":\"-2d\"}]},"                                    \
    "{\"name\":\"acme/pay\",\"id\":12,\"private\":true,\"issues\":[{\"number\":2,"     \
    "\"title\":\"two\",\"updated\":\"-3d\"}]},"                                        \
    "{\"name\":\"acme/old\",\"id\":13,\"archived\":true,\"issues\":[{\"number\":3,"    \
    "\"title\":\"three\"}]},"                                                          \
    "{\"name\":\"acme/fork\",\"id\":14,\"fork\":true},"                                \
    "{\"name\":\"acme/my-sandbox\",\"id\":15},"                                        \
    "{\"name\":\"acme/quiet\",\"id\":16,\"issues\":[{\"number\":4,\"title\":\"four\"," \
    "\"updated\":\"-90d\"}]},"                                                         \
    "{\"name\":\"other/x\",\"id\":17}]}}"

#define ORG_CONFIG(more)                                                               \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "sources:\n"                                                                       \
    "  - name: github\n"                                                               \
    "    type: github\n"                                                               \
    "    url: @URL@/github\n"                                                          \
    "    org: acme\n"                                                                  \
    "    exclude: ['*-sandbox']\n"                                                     \
    "    app: { id: 7, key: { file: @DIR@/app.pem } }\n"                               \
    "    interval: 1h\n" more "channels:\n"                                            \
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"                 \
    "routes: [{ channel: product, group_wait: 0s, group_interval: 0s, budget: off }]\n"

static void setup(struct rig *r, struct rsa *key, const char *lasts)
{
    struct err e;

    assert_true(rsa_create(key, 2048, &e));
    rig_init(r);
    rig_company(r, ORG_COMPANY,
                (const char *[]){"--github-app", "7", "--github-app-key", key->public_,
                                 "--github-app-token", lasts, "--github-token",
                                 "nobody's", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "app.pem", key->pkcs1);
    rig_write(r, "alignd.yaml", ORG_CONFIG(""));
}

/* How many requests of that class were made since the counters were reset. */
static int64_t requests(struct rig *r, const char *class)
{
    json_t *root = rig_control(r, "/_control/counters", NULL);
    const json_t *one = json_object_get(json_object_get(root, "classes"), class);
    int64_t n = json_integer_value(json_object_get(one, "requests"));

    json_decref(root);
    return n;
}

/* The state of a repository in the status, "" when it is not there. */
static void expect_scope(struct rig *r, const char *name, const char *state)
{
    json_t *root = rig_get(r, "/v1/status", 200), *scope;
    const char *found = "";
    size_t i;

    json_array_foreach(rig_at(root, "/sources/0/scopes"), i, scope)
    {
        if (strcmp(json_string_value(json_object_get(scope, "name")), name) == 0) {
            found = json_string_value(json_object_get(scope, "state"));
        }
    }
    if (strcmp(found, state) != 0) {
        char *text = json_dumps(root, JSON_INDENT(1));

        fail_msg("%s is '%s', not '%s': %s", name, found, state, text);
    }
    json_decref(root);
}

static void expect_key(struct rig *r, const char *target, const char *key)
{
    json_t *root = rig_get(r, target, 200);

    assert_string_equal(json_string_value(rig_at(root, "/key")), key);
    json_decref(root);
}

static void an_organisation_read_as_an_app(void **state)
{
    struct rsa key;
    struct rig r;

    (void)state;
    setup(&r, &key, "3600");
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    expect_scope(&r, "acme/web", "synced");
    expect_scope(&r, "acme/pay", "synced"); /* private: the token is good */
    expect_scope(&r, "acme/quiet", "synced");
    expect_scope(&r, "acme/old", "");
    expect_scope(&r, "acme/fork", "");
    expect_scope(&r, "acme/my-sandbox", "");
    expect_scope(&r, "other/x", "");
    assert_int_equal(requests(&r, "github.installation"), 1);
    assert_int_equal(requests(&r, "github.app_token"), 1);
    assert_int_equal(requests(&r, "github.versions"), 1);
    assert_int_equal(requests(&r, "github.repos"), 1);

    /* All of that is remembered; the token by the process alone. */
    rig_sync(&r);
    rig_sync(&r);
    assert_int_equal(requests(&r, "github.app_token"), 1);
    assert_int_equal(requests(&r, "github.repos"), 1);
    rig_stop(&r, 0);
    assert_false(rig_log_has(&r, "ghs_"));
    rig_start(&r, NULL);
    rig_sync(&r);
    assert_int_equal(requests(&r, "github.installation"), 1);
    assert_int_equal(requests(&r, "github.app_token"), 2);
    assert_int_equal(requests(&r, "github.versions"), 1);
    assert_int_equal(requests(&r, "github.repos"), 1);
    rig_finish(&r);
    rsa_finish(&key);
}

/* With other settings the repositories are listed anew. */
static void an_organisation_that_changes(void **state)
{
    struct rsa key;
    struct rig r;

    (void)state;
    setup(&r, &key, "3600");
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    json_decref(
        rig_control(&r, "/_control/repo", "{\"repo\":\"acme/pay\",\"archived\":true}"));
    json_decref(rig_control(&r, "/_control/repo",
                            "{\"repo\":\"acme/web\",\"name\":\"acme/site\"}"));
    json_decref(
        rig_control(&r, "/_control/repo", "{\"repo\":\"acme/quiet\",\"hidden\":true}"));
    rig_write(&r, "alignd.yaml", ORG_CONFIG("    include: ['*']\n"));
    json_decref(rig_post(&r, "/v1/reload", "{}", 0));
    rig_sync(&r);
    rig_sync(&r);
    expect_scope(&r, "acme/pay", "");
    expect_scope(&r, "acme/web", "");
    expect_scope(&r, "acme/site", "synced");
    expect_scope(&r, "acme/quiet", "failed");
    /* Its issues stay what they are, though nobody changed one: only their keys are new,
       and the old ones lead to them. */
    expect_key(&r, "/v1/items/acme%2Fsite%231", "acme/site#1");
    expect_key(&r, "/v1/items/acme%2Fweb%231", "acme/site#1");
    rig_finish(&r);
    rsa_finish(&key);
}

/* Every issue has another key at once; what was told of them is not told again. */
static void a_new_name_is_no_news(void **state)
{
    json_t *all, *firing;
    struct rsa key;
    struct rig r;
    const char *last;
    char *text;

    (void)state;
    setup(&r, &key, "3600");
    rig_write(&r, "alignd.yaml", ORG_CONFIG("rules:\n  unlinked-work: { for: 0s }\n"));
    rig_start(&r, NULL);
    rig_await_messages(&r, 1); /* what there was before */
    rig_new_epic(&r, "acme/web", "Reseller single sign-on");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    json_decref(rig_control(&r, "/_control/repo",
                            "{\"repo\":\"acme/web\",\"name\":\"acme/site\"}"));
    rig_sync(&r);
    expect_key(&r, "/v1/items/acme%2Fsite%232", "acme/site#2");
    rig_new_epic(&r, "acme/site", "A theme for the dark");
    rig_sync(&r);
    rig_await_messages(&r, 3);
    all = rig_messages(&r);
    last = json_string_value(rig_at(json_array_get(all, 2), "/body/text"));
    assert_non_null(strstr(last, "A theme for the dark"));
    assert_null(strstr(last, "Reseller"));
    firing = rig_get(&r, "/v1/findings?rule=unlinked-work&state=firing", 200);
    assert_int_equal(json_array_size(rig_at(firing, "/findings")), 2);
    text = json_dumps(firing, 0);
    if (strstr(text, "acme/web") != NULL)
        fail_msg("the old name is shown: %s", text);
    free(text);
    json_decref(firing);
    json_decref(all);
    rig_stop(&r, 0);
    rig_finish(&r);
    rsa_finish(&key);
}

/* Tokens that last a second are renewed again and again, in one sync, too. */
static void tokens_that_end_soon(void **state)
{
    struct rsa key;
    struct rig r;

    (void)state;
    setup(&r, &key, "3");
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    json_decref(
        rig_control(&r, "/_control/latency", "{\"ms\":300,\"path\":\"/github\"}"));
    /* A token lasts three seconds, and each sync takes a part of them. */
    for (int i = 0; i < 20 && requests(&r, "github.app_token") < 2; i++)
        rig_sync(&r);
    rig_await_fresh(&r, 0);
    assert_true(requests(&r, "github.app_token") >= 2);
    rig_finish(&r);
    rsa_finish(&key);
}

/* The wrong key is a failure of the source, in plain words; a broken one is told at
 * once. */
static void keys_that_do_not_fit(void **state)
{
    struct rsa key, other;
    struct rig r;
    struct err e;

    (void)state;
    setup(&r, &key, "3600");
    assert_true(rsa_create(&other, 2048, &e));
    rig_write(&r, "app.pem", other.pkcs8);
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 1);
    assert_true(rig_log_has(&r, "the App's id or key is wrong"));
    rig_write(&r, "app.pem", key.public_);
    assert_int_equal(rig_run(&r, (const char *[]){"--once", NULL}), 78);
    assert_true(rig_log_has(&r, "the secret cannot be used: not a private key"));
    rig_finish(&r);
    rsa_finish(&other);
    rsa_finish(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organisation_read_as_an_app),
        cmocka_unit_test(an_organisation_that_changes),
        cmocka_unit_test(a_new_name_is_no_news),
        cmocka_unit_test(tokens_that_end_soon),
        cmocka_unit_test(keys_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

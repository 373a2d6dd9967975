/*
 * The main job through the real binaries: baseline, a new epic's alert, its
 * link and resolution; dead chats, rate-limit storms; a source that turns to
 * garbage resolves nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static void setup(struct rig *r, const char *config)
{
    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "dead", "http://127.0.0.1:1/slack/T/B/x");
    rig_write(r, "alignd.yaml", config);
}

static void start_and_settle(struct rig *r)
{
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_messages(r, 1); /* the baseline summary */
}

/* How many findings of the rule are in the state. */
static int64_t count(struct rig *r, const char *rule, const char *state)
{
    char path[200];
    json_t *root;
    int64_t n;

    snprintf(path, sizeof(path), "/v1/findings?rule=%s&state=%s&all=1", rule, state);
    root = rig_get(r, path, 200);
    n = json_integer_value(json_object_get(root, "total"));
    json_decref(root);
    return n;
}

static bool message_has(struct rig *r, size_t i, const char *text)
{
    json_t *all = rig_messages(r);
    char *one = json_dumps(json_array_get(all, i), 0);
    bool found = one != NULL && strstr(one, text) != NULL;

    if (!found)
        print_error("message %zu: %s\n", i, one ? one : "none");
    free(one);
    json_decref(all);
    return found;
}

/* The subject of the newest firing finding of the rule. */
static void newest_subject(struct rig *r, const char *rule, char *out, size_t size)
{
    char path[200];
    json_t *root, *f;
    const char *best = "";
    size_t i;

    snprintf(path, sizeof(path), "/v1/findings?rule=%s&state=firing", rule);
    root = rig_get(r, path, 200);
    json_array_foreach(json_object_get(root, "findings"), i, f) {
        const char *at = json_string_value(json_object_get(f, "fired"));

        if (at != NULL && strcmp(at, best) >= 0) {
            best = at;
            snprintf(out, size, "%s", json_string_value(json_object_get(f, "subject")));
        }
    }
    assert_true(best[0] != '\0');
    json_decref(root);
}

static void an_epic_is_told_linked_and_resolved(void **state)
{
    char key[100];
    struct rig r;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    start_and_settle(&r);
    assert_true(message_has(&r, 0, "no strategic link"));
    rig_new_epic(&r, "acme/web", "Reseller single sign-on <!channel>");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    assert_true(message_has(&r, 1, "Reseller single sign-on &lt;!channel&gt;"));
    assert_true(message_has(&r, 1, "initiative:"));
    rig_await(&r, "/v1/findings?rule=unlinked-work&state=firing", "/findings/0/told/0/state",
              "delivered");
    rig_await(&r, "/v1/findings?rule=unlinked-work&state=firing", "/findings/0/reason/told",
              "true");
    newest_subject(&r, "unlinked-work", key, sizeof(key));
    assert_int_equal(rig_ctl(&r, (const char *[]){"link", key, "nonsense", NULL}, NULL), 3);
    assert_int_equal(rig_ctl(&r, (const char *[]){"link", key, "onboarding", NULL}, NULL), 0);
    rig_await_messages(&r, 3);
    assert_true(message_has(&r, 2, "Resolved"));
    /* Nothing changed: nothing is said. */
    rig_sync(&r);
    rig_sync(&r);
    assert_int_equal(rig_message_count(&r), 3);
    /* Nor after a restart. */
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/syncs", "1");
    rig_sync(&r);
    assert_int_equal(rig_message_count(&r), 3);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* Two kinds of work that differ in their words. */
static void linked_epics(struct rig *r)
{
    static const char *const words[] = {"import", "rooms", "staff", "hours", "checklist",
                                        "certificate", "backup", "disk", "kernel",
                                        "firewall"};
    json_t *all = json_array();
    char *text;

    for (int i = 0; i < 30; i++) {
        const char *const *own = words + (i % 2 ? 5 : 0);
        char title[80];

        snprintf(title, sizeof(title), "%s %s %s", own[i / 2 % 5], own[(i / 2 + 1) % 5],
                 own[(i / 2 + 2 + i / 10) % 5]);
        json_array_append_new(
            all, json_pack("{s:s,s:s,s:[s,s],s:s,s:s}", "tracker", "github", "repo",
                           "acme/web", "labels", "epic",
                           i % 2 ? "initiative:ktlo" : "initiative:onboarding", "title",
                           title, "author", "ben"));
    }
    text = json_dumps(all, 0);
    json_decref(rig_control(r, "/_control/issues", text));
    free(text);
    json_decref(all);
}

static void an_alert_suggests_what_is_sure(void **state)
{
    char key[100], path[200], *escaped;
    struct rig r;
    struct buf out;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    start_and_settle(&r);
    linked_epics(&r);
    rig_new_epic(&r, "acme/web", "Import staff, rooms and hours");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    newest_subject(&r, "unlinked-work", key, sizeof(key));
    escaped = curl_easy_escape(NULL, key, 0);
    snprintf(path, sizeof(path), "/v1/items/%s/suggestions", escaped);
    curl_free(escaped);
    rig_await(&r, path, "/suggestions/0/grade", "high");
    assert_int_equal(rig_ctl(&r, (const char *[]){"suggest", key, NULL}, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "onboarding"));
    buf_finish(&out);
    rig_new_epic(&r, "acme/web", "Renew the certificate of the firewall, disk backup");
    rig_sync(&r);
    rig_await_messages(&r, 3);
    assert_true(message_has(&r, 2, "suggest `ktlo` (high: certificate"));
    assert_true(message_has(&r, 2, "initiative:ktlo"));
    /* Nobody is told again because more is known. */
    rig_sync(&r);
    rig_sync(&r);
    assert_int_equal(rig_message_count(&r), 3);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void an_exemption_ends_it(void **state)
{
    char key[100];
    struct rig r;
    struct buf out;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    start_and_settle(&r);
    rig_new_epic(&r, "acme/web", "Office move");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    newest_subject(&r, "unlinked-work", key, sizeof(key));
    assert_int_equal(rig_ctl(&r, (const char *[]){"exempt", key, "--reason", "not ours", NULL},
                             NULL),
                     0);
    rig_await_messages(&r, 3);
    assert_int_equal(rig_ctl(&r, (const char *[]){"audit", NULL}, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "not ours"));
    buf_finish(&out);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void garbage_resolves_nothing(void **state)
{
    struct rig r;
    int64_t firing;
    size_t told;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    start_and_settle(&r);
    rig_new_epic(&r, "acme/web", "Reseller single sign-on");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    rig_sync(&r);
    firing = count(&r, "unlinked-work", "firing");
    assert_true(firing > 0);
    told = rig_message_count(&r);
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/\",\"count\":100000,\"action\":\"html\"}]"));
    rig_sync(&r);
    rig_await_messages(&r, told + 1);
    assert_true(message_has(&r, told, "source-stale"));
    rig_sync(&r);
    rig_sync(&r);
    assert_int_equal(rig_message_count(&r), told + 1);
    assert_int_equal(count(&r, "unlinked-work", "firing"), firing);
    assert_int_equal(count(&r, "unlinked-work", "resolved"), 0);
    rig_await(&r, "/v1/status", "/sources/0/state", "stale");
    json_decref(rig_get(&r, "/healthz", 503));
    /* It recovers by itself, and says so. */
    json_decref(rig_control(&r, "/_control/faults", "[]"));
    rig_sync(&r);
    rig_await_fresh(&r, 0);
    rig_await_messages(&r, told + 2);
    assert_int_equal(count(&r, "unlinked-work", "firing"), firing);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void a_dead_chat_delays_nobody(void **state)
{
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r, "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
              "hours: always\n"
              "sources:\n"
              "  - { name: github, type: github, url: @URL@/github,\n"
              "      repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n"
              "channels:\n"
              "  - { name: gone, type: slack, url: { file: @DIR@/dead } }\n"
              "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"
              "routes:\n"
              "  - { channel: gone, group_wait: 0s, group_interval: 0s, budget: off, continue: true }\n"
              "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"
              "rules: { unlinked-work: { for: 0s }, missing-middle: off,"
              " kr-unmeasurable: off }\n");
    start_and_settle(&r);
    rig_new_epic(&r, "acme/web", "Reseller single sign-on");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    root = rig_get(&r, "/v1/outbox", 200);
    assert_true(json_array_size(json_object_get(root, "outbox")) > 0); /* waits for its retry */
    json_decref(root);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void a_storm_of_429_is_waited_out(void **state)
{
    struct rig r;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/slack/\",\"count\":3,\"action\":\"status\","
                            "\"status\":429,\"headers\":{\"Retry-After\":\"1\"}},"
                            "{\"path\":\"/github/repos/acme/web/issues\",\"count\":1,"
                            "\"action\":\"status\",\"status\":429,"
                            "\"headers\":{\"Retry-After\":\"1\"}}]"));
    start_and_settle(&r); /* pauses are states, not staleness */
    assert_int_equal(count(&r, "source-stale", "firing"), 0);
    assert_int_equal(rig_message_count(&r), 1);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epic_is_told_linked_and_resolved),
        cmocka_unit_test(an_alert_suggests_what_is_sure),
        cmocka_unit_test(an_exemption_ends_it),
        cmocka_unit_test(garbage_resolves_nothing),
        cmocka_unit_test(a_dead_chat_delays_nobody),
        cmocka_unit_test(a_storm_of_429_is_waited_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

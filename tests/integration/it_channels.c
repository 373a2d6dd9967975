/*
 * Every kind of channel under a running alignd: a test message arrives as each vendor
 * wants it, one that cannot arrive says why, and no part of an address that is a secret,
 * nor a token, is shown or stored anywhere. An app of Slack's follows up in the thread.
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

#define MARK "s3cr3tMark" /* stands in every secret */

static const struct {
    const char *name, *type, *keys, *secret, *path;
} channels[] = {
    {"c-slack", "slack", "url: { file: @DIR@/c-slack }", "@URL@/slack/T/B/" MARK,
     "/slack/T/B/" MARK},
    {"c-teams", "teams", "url: { file: @DIR@/c-teams }",
     "@URL@/teams/workflows/1?sig=" MARK, "/teams/workflows/1"},
    {"c-discord", "discord", "url: { file: @DIR@/c-discord }",
     "@URL@/discord/api/webhooks/1/" MARK, "/discord/api/webhooks/1/" MARK},
    {"c-mattermost", "mattermost", "url: { file: @DIR@/c-mattermost }",
     "@URL@/mattermost/hooks/" MARK, "/mattermost/hooks/" MARK},
    {"c-google", "google-chat", "url: { file: @DIR@/c-google }",
     "@URL@/google-chat/v1/spaces/S/messages?key=k&token=" MARK,
     "/google-chat/v1/spaces/S/messages"},
    {"c-app", "slack-app",
     "channel: C1, url: '@URL@/slack-api', token: { file: @DIR@/c-app }", "xoxb-" MARK,
     "/slack-api/chat.postMessage"},
    {"c-hook", "webhook",
     "url: '@URL@/hook/x', secret: { file: @DIR@/c-hook }, old_secret: { file: @DIR@/old }",
     MARK, "/hook/x"},
    /* Those whose vendor refuses. */
    {"d-teams", "teams", "url: { file: @DIR@/d-teams }",
     "@URL@/teams/workflows/off?sig=" MARK, NULL},
    {"d-discord", "discord", "url: { file: @DIR@/d-discord }",
     "@URL@/discord/api/webhooks/" MARK "/unknown", NULL},
    {"d-mattermost", "mattermost", "url: { file: @DIR@/d-mattermost }",
     "@URL@/mattermost/hooks/" MARK "/gone", NULL},
    {"d-google", "google-chat", "url: { file: @DIR@/d-google }",
     "@URL@/google-chat/v1/spaces/gone/messages?key=k&token=" MARK, NULL},
    {"d-app", "slack-app",
     "channel: C2, url: '@URL@/slack-api', token: { file: @DIR@/d-app }", "xoxb-" MARK,
     NULL},
};

static void configure(struct rig *r, bool all, const char *routes)
{
    struct buf text;

    buf_init(&text, 20000);
    buf_addz(&text,
             "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
             "timezone: UTC\nworking_hours: always\n"
             "sources:\n  - { name: gh, type: github, url: @URL@/github,"
             " repos: [acme/web, acme/pay], token: { file: @DIR@/token }, interval: 1h }\n"
             "rules:\n  unlinked-work: { for: 0 }\nchannels:\n");
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        if (all || strcmp(channels[i].name, "c-app") == 0)
            buf_printf(&text, "  - { name: %s, type: %s, %s }\n", channels[i].name,
                       channels[i].type, channels[i].keys);
        rig_write(r, channels[i].name, channels[i].secret);
    }
    buf_addz(&text, routes);
    rig_write(r, "old", MARK " of before");
    rig_write(r, "token", "t0ken");
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "alignd.yaml", buf_cstr(&text));
    buf_finish(&text);
}

static void setup(struct rig *r, bool all, const char *routes)
{
    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    configure(r, all, routes);
    /* One repository is slow: both are introduced in one message all the same. */
    json_decref(rig_control(r, "/_control/latency",
                            "{\"ms\":500,\"path\":\"/github/repos/acme/pay\"}"));
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
}

/* How many kept messages went to that path. */
static size_t arrived(struct rig *r, const char *path)
{
    json_t *all = rig_messages(r), *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
        n += strcmp(json_string_value(json_object_get(one, "path")), path) == 0;
    json_decref(all);
    return n;
}

static const char *said(const json_t *message, const char *key)
{
    const char *s = json_string_value(json_object_get(message, key));

    return s != NULL ? s : "";
}

struct fate {
    struct rig *r;
    const char *channel;
    char state[20], error[200];
};

static bool is_over(void *arg)
{
    struct fate *f = arg;
    json_t *root = rig_get(f->r, "/v1/outbox?all=1", 200), *one;
    bool over = false;
    size_t i;

    json_array_foreach(json_object_get(root, "outbox"), i, one)
    {
        if (strcmp(said(one, "channel"), f->channel) != 0)
            continue;
        snprintf(f->state, sizeof f->state, "%s", said(one, "state"));
        snprintf(f->error, sizeof f->error, "%s", said(one, "error"));
        over = strcmp(f->state, "delivered") == 0 || strcmp(f->state, "dead") == 0;
    }
    json_decref(root);
    return over;
}

static void hides(const char *where, const char *text)
{
    const char *p = strstr(text, MARK);

    if (p != NULL)
        fail_msg("a secret in %s: %.80s", where, p - (p - text > 40 ? 40 : p - text));
}

/* All that alignd says and stores. */
static void no_secret_is_shown(struct rig *r)
{
    static const char *const paths[] = {"/v1/status", "/v1/outbox?all=1&bodies=1",
                                        "/v1/audit", "/v1/doctor"};
    struct buf text;
    struct err e;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        json_t *root = rig_get(r, paths[i], 200);
        char *all = json_dumps(root, 0);

        hides(paths[i], all);
        free(all);
        json_decref(root);
    }
    assert_true(spawn_output(r->alignd, SPAWN_ERR, &text, &e));
    hides("the log", buf_cstr(&text));
    buf_finish(&text);
    assert_int_equal(rig_ctl(r, (const char *[]){"outbox", "--all", NULL}, &text), 0);
    hides("alignctl outbox", buf_cstr(&text));
    assert_non_null(strstr(buf_cstr(&text), "WorkflowTriggerIsNotEnabled"));
    buf_finish(&text);
}

static void each_channel_is_tried_and_tells_nothing(void **state)
{
    struct rig r;

    (void)state;
    setup(&r, true, "routes:\n  - { match: { rule: retired-link }, channel: c-slack }\n");
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        struct fate f = {.r = &r, .channel = channels[i].name};
        const char *const args[] = {"channels", "test", channels[i].name, NULL};

        assert_int_equal(rig_ctl(&r, args, NULL), 0);
        assert_true(wait_until(is_over, &f, RIG_LIMIT));
        if (channels[i].path == NULL) {
            assert_string_equal(f.state, "dead");
            assert_true(strncmp(f.error, "answered ", 9) == 0);
        } else if (strcmp(f.state, "delivered") != 0 || arrived(&r, channels[i].path) != 1) {
            fail_msg("%s: %s: %s", channels[i].name, f.state, f.error);
        }
    }
    assert_int_equal(rig_ctl(&r, (const char *[]){"channels", "test", "x", NULL}, NULL), 3);
    no_secret_is_shown(&r);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- what follows up ---- */

/* Message i: where it went and what of it names an earlier one; `ts`: its own name. */
struct posted {
    char path[80], thread[40], edits[40], ts[40], text[4000];
};

static struct posted posted(struct rig *r, size_t i)
{
    json_t *all = rig_messages(r), *one = json_array_get(all, i);
    const json_t *body = json_object_get(one, "body");
    struct posted p;

    snprintf(p.path, sizeof p.path, "%s", said(one, "path"));
    snprintf(p.thread, sizeof p.thread, "%s", said(body, "thread_ts"));
    snprintf(p.edits, sizeof p.edits, "%s", said(body, "ts"));
    snprintf(p.text, sizeof p.text, "%s", said(body, "text"));
    snprintf(p.ts, sizeof p.ts, "%s", said(one, "answer"));
    json_decref(all);
    return p;
}

/* Two epics without a link, told in one message, which is the second; the first is of the
   baseline. Their keys. */
static struct posted tell_of_two(struct rig *r, char keys[2][100])
{
    struct posted p;
    json_t *root;

    setup(r, false, "routes:\n  - { channel: c-app, group_wait: 0, group_interval: 0,\n"
                    "      budget: off }\n");
    rig_await_messages(r, 1);
    rig_new_epic(r, "acme/web", "Reseller single sign-on");
    rig_new_epic(r, "acme/web", "A theme for the dark");
    rig_sync(r);
    rig_await_messages(r, 2);
    p = posted(r, 1);
    assert_string_equal(p.path, "/slack-api/chat.postMessage");
    assert_string_equal(p.thread, "");
    rig_await(r, "/v1/findings?state=firing", "/findings/0/told/0/state", "delivered");
    root = rig_get(r, "/v1/findings?rule=unlinked-work&state=firing", 200);
    for (size_t i = 0; i < 2; i++) {
        snprintf(keys[i], 100, "%s",
                 said(json_array_get(json_object_get(root, "findings"), i), "subject"));
        assert_non_null(strstr(p.text, keys[i]));
    }
    json_decref(root);
    return p;
}

static void link_it(struct rig *r, const char *key)
{
    const char *const args[] = {"link", key, "onboarding", NULL};

    assert_int_equal(rig_ctl(r, args, NULL), 0);
}

static void what_is_over_is_said_where_it_was_told(void **state)
{
    struct posted first, p;
    char keys[2][100];
    struct rig r;

    (void)state;
    first = tell_of_two(&r, keys);
    /* One of two: a reply. Also over a restart. */
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    link_it(&r, keys[0]);
    rig_await_messages(&r, 3);
    p = posted(&r, 2);
    assert_string_equal(p.path, "/slack-api/chat.postMessage");
    assert_string_equal(p.thread, first.ts);
    assert_string_not_equal(p.ts, first.ts);
    /* Both: the message itself says so, of both, and by whom. */
    link_it(&r, keys[1]);
    rig_await_messages(&r, 4);
    p = posted(&r, 3);
    assert_string_equal(p.path, "/slack-api/chat.update");
    assert_string_equal(p.edits, first.ts);
    assert_non_null(strstr(p.text, "Resolved (2): "));
    for (size_t i = 0; i < 2; i++)
        assert_non_null(strstr(p.text, keys[i]));
    assert_non_null(strstr(p.text, "onboarding"));
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void a_message_that_may_not_be_changed(void **state)
{
    struct posted first, p;
    char keys[2][100];
    struct rig r;

    (void)state;
    first = tell_of_two(&r, keys);
    rig_stop(&r, 0);
    rig_write(&r, "c-app", "xoxb-locked");
    rig_start(&r, NULL);
    link_it(&r, keys[0]);
    rig_await_messages(&r, 3);
    link_it(&r, keys[1]);
    rig_await_messages(&r, 4);
    p = posted(&r, 3);
    assert_string_equal(p.path, "/slack-api/chat.postMessage");
    assert_string_equal(p.thread, first.ts);
    assert_non_null(strstr(p.text, keys[1]));
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_channel_is_tried_and_tells_nothing),
        cmocka_unit_test(what_is_over_is_said_where_it_was_told),
        cmocka_unit_test(a_message_that_may_not_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

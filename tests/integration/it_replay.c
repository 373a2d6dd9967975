/*
 * alignctl replay against a running alignd: what it tells of a finding that is told, other
 * settings in a file, files and days that will not do, and nothing written by any of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/rig.h"

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives: [{ id: grow, title: Grow, key_results: [{ id: nps, title: NPS }] "    \
    "}]\n"                                                                             \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a site, status: active, moves: [nps] }\n"

/* The rest of the file says where what is told goes, and what is. */
#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "working_hours: always\n"                                                          \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github, repos: [acme/web],\n"        \
    "      token: { file: @DIR@/token }, interval: 1h }\n"                             \
    "channels:\n"                                                                      \
    "  - { name: product, type: journal }\n"                                           \
    "  - { name: ops, type: journal }\n"
#define ROUTE(channel)                                                                 \
    "routes: [{ channel: " channel ", group_by: [rule], group_wait: 0, budget: off }]\n"
#define AT_ONCE "rules: { unlinked-work: { for: 0, severity: high } }\n"

static char today[20];

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    time_t now = time(NULL);
    struct tm tm;

    assert_non_null(r);
    assert_non_null(gmtime_r(&now, &tm));
    strftime(today, sizeof today, "%Y-%m-%d", &tm);
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", CONFIG ROUTE("product") AT_ONCE);
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_new_epic(r, "acme/web", "On its own");
    rig_sync(r);
    rig_await(r, "/v1/status", "/evaluating", "false");
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    rig_stop(r, 0);
    rig_finish(r);
    free(r);
    return 0;
}

/* `file` NULL: by the settings in force. */
static int replay(struct rig *r, const char *since, const char *file, struct buf *ret)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s", tempdir_path(&r->dir),
             file != NULL ? file : "");
    return rig_ctl(r,
                   file != NULL
                       ? (const char *[]){"replay", "--since", since, "--config", path,
                                          "--json", NULL}
                       : (const char *[]){"replay", "--since", since, "--json", NULL},
                   ret);
}

/* Messages about the epic without a link. */
static size_t told_of(struct buf *out, const char *channel)
{
    json_t *root = json_loadb(buf_cstr(out), out->n, JSON_REJECT_DUPLICATES, NULL), *p;
    const json_t *rule;
    size_t i, n = 0;

    assert_non_null(root);
    assert_true(json_is_true(json_object_get(root, "complete")));
    json_array_foreach(json_object_get(root, "posts"), i, p)
    {
        rule = rig_at(p, "/sections/0/rule");
        n += json_is_string(rule) &&
             strcmp(json_string_value(rule), "unlinked-work") == 0 &&
             strcmp(json_string_value(json_object_get(p, "channel")), channel) == 0;
    }
    json_decref(root);
    buf_finish(out);
    return n;
}

static void what_is_told_is_replayed(void **state)
{
    struct rig *r = *state;
    struct buf out;

    assert_int_equal(replay(r, today, NULL, &out), 0);
    assert_int_equal(told_of(&out, "product"), 1);
    assert_int_equal(
        rig_ctl(r, (const char *[]){"replay", "--since", today, NULL}, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "product"));
    assert_non_null(strstr(buf_cstr(&out), "without a strategic link"));
    assert_non_null(strstr(buf_cstr(&out), "would have been posted"));
    buf_finish(&out);
}

static void other_settings_tell_otherwise(void **state)
{
    struct rig *r = *state;
    struct buf out;

    rig_write(r, "ops.yaml", CONFIG ROUTE("ops") AT_ONCE);
    assert_int_equal(replay(r, today, "ops.yaml", &out), 0);
    assert_int_equal(told_of(&out, "ops"), 1);
    rig_write(r, "later.yaml", CONFIG ROUTE("product")
                                   "rules: { unlinked-work: { for: 2d } }\n");
    assert_int_equal(replay(r, today, "later.yaml", &out), 0);
    assert_int_equal(told_of(&out, "product"), 0);
    /* Sources and secrets are not looked at, whatever the file says of them. */
    rig_write(r, "elsewhere.yaml",
              "strategy: /nowhere/at/all.yaml\n"
              "sources:\n"
              "  - { name: other, type: github, repos: [no/where],\n"
              "      token: { file: /etc/shadow } }\n"
              "channels: [{ name: product, type: slack, url: { file: /nowhere } }]\n"
              ROUTE("product") AT_ONCE);
    assert_int_equal(replay(r, today, "elsewhere.yaml", &out), 0);
    assert_int_equal(told_of(&out, "product"), 1);
}

static void what_will_not_do(void **state)
{
    struct rig *r = *state;
    struct buf text;

    assert_int_equal(replay(r, "2999-01-01", NULL, NULL), 3);
    assert_int_equal(replay(r, "1999-01-01", NULL, NULL), 3);
    assert_int_equal(replay(r, "monday", NULL, NULL), 3);
    rig_write(r, "bad.yaml", CONFIG "rules: { no-such-rule: off }\n");
    assert_int_equal(replay(r, today, "bad.yaml", NULL), 78);
    assert_int_equal(replay(r, today, "none.yaml", NULL), 78);
    json_decref(rig_post(r, "/v1/replay", "{\"since\":\"2026-01-01\",\"config\":\"{\"}",
                         400));
    json_decref(rig_post(r, "/v1/replay", "{}", 400));
    buf_init(&text, (size_t)4 << 20);
    buf_addz(&text, CONFIG ROUTE("product"));
    while (text.n < 1040000)
        buf_addz(&text, "# a line that says nothing, and so changes nothing\n");
    rig_write(r, "large.yaml", buf_cstr(&text));
    assert_int_equal(replay(r, today, "large.yaml", NULL), 2);
    buf_finish(&text);
    rig_await(r, "/healthz", "/healthy", "true");
}

static void nothing_is_written(void **state)
{
    struct rig *r = *state;
    struct rig_wal before, after;
    char path[400];
    struct buf out;

    rig_wal(r, &before);
    assert_int_equal(replay(r, today, NULL, &out), 0);
    buf_finish(&out);
    rig_wal(r, &after);
    assert_int_equal(after.pages, before.pages);
    assert_memory_equal(after.salts, before.salts, sizeof after.salts);
    snprintf(path, sizeof path, "%s/state/alignd.db.replay", tempdir_path(&r->dir));
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_replayed),
        cmocka_unit_test(other_settings_tell_otherwise),
        cmocka_unit_test(what_will_not_do),
        cmocka_unit_test(nothing_is_written),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

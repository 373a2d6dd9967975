/*
 * The fix that an alert tells works when it is typed: the example company of `make demo`
 * under a real alignd that waits for nothing, and each command of what it finds is run
 * as it stands, with a value, an item or a reason where the command leaves one open.
 * Afterwards what the commands mended is resolved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wordexp.h>

#include "base/attr.h"
#include "tests/integration/rig.h"

#define COMPANY "config/examples/acme"

enum { COMMANDS = 200, LINE = 300, KINDS_AT_LEAST = 6 };

static const char config[] =
    "strategy: @DIR@/strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
    "hours: always\nfirst_wait: 0s\n"
    "sources:\n"
    "  - { name: jira, type: jira, url: @URL@/jira, user: bot@acme.example,\n"
    "      token: { file: @DIR@/token }, interval: 1h,\n"
    "      fields: { initiative: Strategic initiative } }\n"
    "  - { name: github, type: github, url: @URL@/github, repos: [acme/web, acme/pay],\n"
    "      token: { file: @DIR@/token }, interval: 1h }\n"
    "rules:\n"
    "  unlinked-work: { for: 0s }\n"
    "  unknown-link: { for: 0s }\n"
    "  retired-link: { for: 0s }\n"
    "  kr-stale: { for: 0s }\n"
    "  uncovered-kr: { for: 0s }\n"
    "  uncovered-initiative: { for: 0s }\n"
    "  unmapped-effort: { for: 0s }\n"
    "  split-drift: { for: 0s }\n"
    "  team-spread: { for: 0s }\n";

static void setup(struct rig *r)
{
    struct buf text;
    struct err e;

    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", COMPANY "/company.json", NULL});
    if (!tempdir_read(COMPANY "/strategy.yaml", &text, &e))
        fail_msg("%s", e.msg);
    rig_write(r, "strategy.yaml", buf_cstr(&text));
    buf_finish(&text);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", config);
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_fresh(r, 1);
    rig_sync(r);
}

struct found {
    char command[COMMANDS][LINE], rule[COMMANDS][40], subject[COMMANDS][LINE];
    size_t n;
};

/* The commands of all that fires, what was there before included. */
static void find(struct rig *r, struct found *ret)
{
    json_t *root = rig_get(r, "/v1/findings?all=1&limit=200", 200), *f;
    size_t i;

    ret->n = 0;
    json_array_foreach(json_object_get(root, "findings"), i, f) {
        const char *command = json_string_value(json_object_get(f, "command"));

        const char *state = json_string_value(json_object_get(f, "state"));

        if (command == NULL || command[0] == '\0' || ret->n == COMMANDS ||
            strcmp(state, "resolved") == 0)
            continue;
        snprintf(ret->command[ret->n], LINE, "%s", command);
        snprintf(ret->rule[ret->n], sizeof ret->rule[0], "%s",
                 json_string_value(json_object_get(f, "rule")));
        snprintf(ret->subject[ret->n++], LINE, "%s",
                 json_string_value(json_object_get(f, "subject")));
    }
    json_decref(root);
}

/* An item that may be named where a command says ITEM. */
static void some_item(struct rig *r, char *ret, size_t size)
{
    json_t *root = rig_get(r, "/v1/unlinked?limit=1", 200);

    snprintf(ret, size, "%s",
             json_string_value(json_object_get(
                 json_array_get(json_object_get(root, "items"), 0), "key")));
    json_decref(root);
    assert_true(ret[0] != '\0');
}

static void type(struct rig *r, const char *command, const char *item)
{
    const char *argv[20] = {NULL};
    wordexp_t words;
    int code;

    assert_int_equal(wordexp(command, &words, WRDE_NOCMD | WRDE_UNDEF), 0);
    assert_string_equal(words.we_wordv[0], "alignctl");
    assert_true(words.we_wordc < 20);
    for (size_t i = 1; i < words.we_wordc; i++) {
        const char *w = words.we_wordv[i];

        argv[i - 1] = strcmp(w, "ITEM") == 0         ? item
                      : strcmp(w, "INITIATIVE") == 0 ? "onboarding"
                      : strcmp(w, "VALUE") == 0      ? "41"
                      : strcmp(w, "TEXT") == 0       ? "decided by Ana"
                                                     : w;
    }
    code = rig_ctl(r, argv, NULL);
    if (code != 0)
        fail_msg("`%s` ends with %d", command, code);
    wordfree(&words);
}

static bool is_firing(struct rig *r, const char *rule, const char *subject)
{
    struct found now;
    bool found = false;

    find(r, &now);
    for (size_t i = 0; i < now.n; i++)
        found |= strcmp(now.rule[i], rule) == 0 && strcmp(now.subject[i], subject) == 0;
    return found;
}

static void what_is_told_works(void **state UNUSED)
{
    static struct found before;
    char item[LINE], kinds[COMMANDS][40];
    size_t n_kinds = 0, mended = 0;
    struct rig r;

    setup(&r);
    find(&r, &before);
    some_item(&r, item, sizeof item);
    for (size_t i = 0; i < before.n; i++) {
        size_t k;

        type(&r, before.command[i], item);
        for (k = 0; k < n_kinds && strcmp(kinds[k], before.rule[i]) != 0; k++)
            ;
        if (k == n_kinds)
            snprintf(kinds[n_kinds++], sizeof kinds[0], "%s", before.rule[i]);
    }
    print_message("%zu commands of %zu rules\n", before.n, n_kinds);
    assert_true(n_kinds >= KINDS_AT_LEAST);
    rig_sync(&r);
    for (size_t i = 0; i < before.n; i++) {
        const char *c = before.command[i];

        if ((strncmp(c, "alignctl link ", 14) == 0 && strstr(c, "ITEM") == NULL) ||
            strncmp(c, "alignctl checkin ", 17) == 0) {
            mended++;
            if (is_firing(&r, before.rule[i], before.subject[i]))
                fail_msg("`%s` was typed, but %s still fires", c, before.rule[i]);
        }
    }
    assert_true(mended >= 2);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_told_works)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

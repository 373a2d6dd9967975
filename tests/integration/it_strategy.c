/*
 * The strategy and the list of sources are edited under a running alignd: renamed,
 * removed, ended and brought back initiatives, sources that come and go. Findings
 * fire and resolve by it as they should, once; what is broken changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

/* Initiative and what follows; `empty` has no work from the beginning. */
#define STRATEGY(initiatives, more)                                                    \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives: [{ id: grow, title: Grow }]\n"                                        \
    "initiatives:\n" initiatives "  - { id: old-portal, title: The old portal, "       \
    "status: done }\n" more

#define ONBOARDING "  - { id: onboarding, title: Onboard a site, status: active }\n"
#define EMPTY "  - { id: empty, title: Later, status: active, start: 2026-01-01 }\n"

#define SOURCE(name, repo)                                                             \
    "  - { name: " name ", type: github, url: @URL@/github,\n"                         \
    "      repos: [" repo "], token: { file: @DIR@/token }, interval: 1h }\n"

#define CONFIG(sources) CONFIG_OF("strategy.yaml", sources)
#define CONFIG_OF(strategy, sources)                                                   \
    "strategy: " strategy "\n"                                                         \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "first_wait: 0s\n"                                                                 \
    "sources:\n" sources "channels:\n"                                                 \
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"                 \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"                   \
    "rules:\n"                                                                         \
    "  unlinked-work: { for: 0s }\n"                                                   \
    "  unknown-link: { for: 0s }\n"                                                    \
    "  retired-link: { for: 0s }\n"                                                    \
    "  uncovered-initiative: { for: 0s }\n"                                            \
    "  missing-middle: off\n"

static void setup(struct rig *r, const char *strategy)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", strategy);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", CONFIG(SOURCE("github", "acme/web")));
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_messages(r, 1); /* the baseline summary */
}

static void settle(struct rig *r)
{
    rig_await(r, "/v1/status", "/evaluating", "false");
    rig_await(r, "/v1/status", "/channels/0/queued", "0");
}

/* Takes the text into force, by SIGHUP or by command, and waits for all that follows.
 */
static void edit(struct rig *r, const char *file, const char *text)
{
    rig_write(r, file, text);
    assert_int_equal(rig_ctl(r, (const char *[]){"reload", NULL}, NULL), 0);
    settle(r);
}

/* The state of the item's finding of the rule: "none" without one. */
static void expect_state(struct rig *r, const char *rule, const char *subject,
                         const char *state)
{
    char path[200];
    const char *got;
    json_t *root;

    snprintf(path, sizeof(path), "/v1/findings?all=1&rule=%s&subject=%s", rule,
             subject);
    root = rig_get(r, path, 200);
    got = json_string_value(rig_at(root, "/findings/0/state"));
    if (strcmp(got != NULL ? got : "none", state) != 0)
        fail_msg("%s of %s is %s, not %s", rule, subject, got != NULL ? got : "none",
                 state);
    json_decref(root);
}

static const char item[] = "acme%2Fweb%2329";

static void new_labelled_epic(struct rig *r)
{
    json_decref(rig_control(r, "/_control/issues",
                            "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"labels\":"
                            "[\"epic\",\"initiative:onboarding\"],\"author\":\"ben\","
                            "\"title\":\"Labelled\"}"));
    rig_sync(r);
    settle(r);
}

static void an_initiative_is_renamed_removed_and_ended(void **state)
{
    struct rig r;
    size_t told;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    new_labelled_epic(&r);
    assert_int_equal(
        rig_ctl(&r, (const char *[]){"link", "acme/web#9", "onboarding", NULL}, NULL),
        0);
    settle(&r);
    told = rig_message_count(&r);

    /* With its former name nothing has happened. */
    edit(&r, "strategy.yaml",
         STRATEGY("  - { id: quick, was: [onboarding], title: Q, status: active }\n",
                  ""));
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/node", "quick");
    expect_state(&r, "unknown-link", item, "none");
    assert_int_equal(rig_message_count(&r), told);

    /* Without a trace: whoever names it is told, once. */
    edit(&r, "strategy.yaml",
         STRATEGY("  - { id: other, title: Other, status: active }\n", ""));
    expect_state(&r, "unknown-link", item, "firing");
    expect_state(&r, "unknown-link", "acme%2Fweb%239", "firing");
    assert_int_equal(rig_message_count(&r), ++told);
    rig_sync(&r);
    settle(&r);
    assert_int_equal(rig_message_count(&r), told);

    /* It is back, and the next day over. */
    edit(&r, "strategy.yaml", STRATEGY(ONBOARDING, ""));
    expect_state(&r, "unknown-link", item, "resolved");
    assert_int_equal(rig_message_count(&r), ++told);
    edit(&r, "strategy.yaml",
         STRATEGY("  - { id: onboarding, title: Onboard a site, status: done }\n"
                  "  - { id: other, title: Other, status: active }\n",
                  ""));
    expect_state(&r, "retired-link", item, "firing");
    expect_state(&r, "unknown-link", item, "resolved");
    assert_int_equal(rig_message_count(&r), ++told);

    /* That it is only named among the retired now is no news. */
    edit(&r, "strategy.yaml",
         STRATEGY("  - { id: other, title: Other, status: active }\n",
                  "retired: [onboarding]\n"));
    expect_state(&r, "retired-link", item, "firing");
    assert_int_equal(rig_message_count(&r), told);
    edit(&r, "strategy.yaml", STRATEGY(ONBOARDING, ""));
    expect_state(&r, "retired-link", item, "resolved");
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/method", "manual");
    assert_int_equal(rig_message_count(&r), ++told);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void what_was_told_of_it_goes_with_its_name(void **state)
{
    struct rig r;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING EMPTY, ""));
    rig_await_messages(&r, 2); /* nobody works on it */
    settle(&r);
    expect_state(&r, "uncovered-initiative", "empty", "firing");
    edit(&r, "strategy.yaml",
         STRATEGY(ONBOARDING "  - { id: void, was: [empty], title: Later, status: "
                             "active, start: 2026-01-01 }\n",
                  ""));
    expect_state(&r, "uncovered-initiative", "void", "firing");
    expect_state(&r, "uncovered-initiative", "empty", "none");
    assert_int_equal(rig_message_count(&r), 2);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void expect_said(struct rig *r, int code, const char *const *args,
                        const char *what)
{
    struct buf out;

    assert_int_equal(rig_ctl(r, args, &out), code);
    if (strstr(buf_cstr(&out), what) == NULL)
        fail_msg("'%s' is not in:\n%s", what, buf_cstr(&out));
    buf_finish(&out);
}

/* Of several files, which one after the other are no strategy; over a restart. */
static void versions_are_told_apart(void **state)
{
    char dir[300];
    struct rig r;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    assert_int_equal(rig_ctl(&r, (const char *[]){"strategy", "diff", NULL}, NULL), 3);
    snprintf(dir, sizeof dir, "%s/aims", tempdir_path(&r.dir));
    assert_int_equal(mkdir(dir, 0700), 0);
    rig_write(&r, "aims/10.yaml", STRATEGY(ONBOARDING, ""));
    rig_write(&r, "aims/20.yaml",
              "initiatives: [{ id: more, title: More }]\n"
              "holidays: { ics: days.ics }");
    rig_write(&r, "aims/days.ics",
              "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261225\r\nEND:VEVENT\r\n"
              "END:VCALENDAR\r\n");
    edit(&r, "alignd.yaml", CONFIG_OF("aims", SOURCE("github", "acme/web")));
    expect_said(&r, 0, (const char *[]){"strategy", "diff", NULL},
                "initiative more added: More\nholidays: 1 added\n");
    edit(&r, "aims/20.yaml", "initiatives: [{ id: less, was: more, title: More }]\n");
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    expect_said(&r, 0, (const char *[]){"strategy", "diff", NULL},
                "initiative renamed more -> less\nholidays: 1 removed\n");
    expect_said(&r, 0, (const char *[]){"strategy", "log", NULL},
                "the first that is stored");
    expect_said(&r, 0, (const char *[]){"strategy", "log", NULL}, "1 added, 1 changed");
    expect_said(&r, 0, (const char *[]){"strategy", NULL}, "initiative less");
    assert_int_equal(
        rig_ctl(&r, (const char *[]){"strategy", "show", "--at", "2001-01-01", NULL},
                NULL),
        3);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void a_broken_edit_changes_nothing(void **state)
{
    struct buf out;
    struct rig r;
    struct err e;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    new_labelled_epic(&r);
    rig_write(&r, "strategy.yaml",
              STRATEGY("  - { id: onboarding, title: O, status: activ }\n", ""));
    rig_signal(&r, SIGHUP);
    rig_log_line(&r, "strategy.yaml:5:");
    rig_log_line(&r, "reload refused");
    assert_int_equal(rig_ctl(&r, (const char *[]){"reload", NULL}, &out), 78);
    buf_finish(&out);
    rig_await(&r, "/v1/status", "/problems/0/part", "configuration");
    expect_state(&r, "unknown-link", item, "none");
    rig_stop(&r, 0);
    assert_int_equal(rig_run(&r, (const char *[]){"--check", NULL}), 78);
    assert_true(spawn_output(r.alignd, SPAWN_ERR, &out, &e));
    assert_non_null(strstr(buf_cstr(&out), "strategy.yaml:5:"));
    assert_non_null(strstr(buf_cstr(&out), "did you mean 'active'"));
    buf_finish(&out);
    rig_finish(&r);
}

/* ---- sources ---- */

static void expect_sources(struct rig *r, size_t n)
{
    json_t *root = rig_get(r, "/v1/status", 200);

    assert_int_equal(json_array_size(json_object_get(root, "sources")), n);
    json_decref(root);
}

static void a_source_goes_and_comes_back(void **state)
{
    struct rig r;
    struct buf out;
    size_t told;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    rig_new_epic(&r, "acme/web", "Unlinked");
    rig_sync(&r);
    rig_await_messages(&r, 2);
    settle(&r);
    expect_state(&r, "unlinked-work", item, "firing");

    /* Another takes its place, which cannot be read. */
    edit(&r, "alignd.yaml", CONFIG(SOURCE("other", "acme/nowhere")));
    rig_await(&r, "/v1/status", "/sources/0/name", "other");
    rig_await(&r, "/v1/status", "/sources/0/running", "false");
    settle(&r);
    expect_sources(&r, 1);
    expect_state(&r, "unlinked-work", item, "resolved");
    assert_int_equal(
        rig_ctl(&r, (const char *[]){"sync", "github", "--wait", NULL}, NULL), 3);
    assert_int_equal(rig_ctl(&r, (const char *[]){"status", NULL}, &out), 0);
    assert_null(strstr(buf_cstr(&out), "github"));
    buf_finish(&out);

    /* It is here again, at once: what is open is open, and was there before. */
    told = rig_message_count(&r);
    edit(&r, "alignd.yaml", CONFIG(SOURCE("github", "acme/web")));
    rig_await(&r, "/v1/status", "/sources/0/syncs", "1");
    settle(&r);
    expect_sources(&r, 1);
    expect_state(&r, "unlinked-work", item, "firing");
    rig_await(&r, "/healthz", "/healthy", "true");
    told = rig_message_count(&r);
    rig_sync(&r);
    settle(&r);
    assert_int_equal(rig_message_count(&r), told);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static bool is_hanging(void *arg)
{
    json_t *faults = rig_control(arg, "/_control/faults", NULL);
    bool taken = json_integer_value(rig_at(faults, "/0/used")) == 1;

    json_decref(faults);
    return taken;
}

/* While it syncs, and back before that has ended. */
static void a_source_goes_in_the_midst_of_a_sync(void **state)
{
    struct rig r;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos/acme/web/issues\",\"count\":1,"
                            "\"action\":\"hang\"}]"));
    json_decref(rig_post(&r, "/v1/sync", NULL, 202));
    assert_true(wait_until(is_hanging, &r, RIG_LIMIT));
    rig_await(&r, "/v1/status", "/sources/0/running", "true");
    edit(&r, "alignd.yaml", CONFIG(SOURCE("other", "acme/nowhere")));
    edit(&r, "alignd.yaml", CONFIG(SOURCE("github", "acme/web")));
    rig_await(&r, "/v1/status", "/sources/0/syncs", "1");
    rig_await_fresh(&r, 0);
    expect_sources(&r, 1);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- nobody says reload ---- */

static void replace_by_rename(struct rig *r, const char *text)
{
    struct buf from, to;
    struct err e;

    rig_write(r, "strategy.new", text);
    assert_true(tempdir_join(&r->dir, "strategy.new", &from, &e));
    assert_true(tempdir_join(&r->dir, "strategy.yaml", &to, &e));
    assert_int_equal(rename(buf_cstr(&from), buf_cstr(&to)), 0);
    buf_finish(&from);
    buf_finish(&to);
}

/* The name becomes a symbolic link into another directory. */
static void lead_elsewhere(struct rig *r, const char *text)
{
    struct buf dir, link, name;
    struct err e;

    assert_true(tempdir_join(&r->dir, "elsewhere", &dir, &e));
    assert_int_equal(mkdir(buf_cstr(&dir), 0755), 0);
    rig_write(r, "elsewhere/strategy.yaml", text);
    assert_true(tempdir_join(&r->dir, "strategy.link", &link, &e));
    assert_true(tempdir_join(&r->dir, "strategy.yaml", &name, &e));
    assert_int_equal(symlink("elsewhere/strategy.yaml", buf_cstr(&link)), 0);
    assert_int_equal(rename(buf_cstr(&link), buf_cstr(&name)), 0);
    buf_finish(&dir);
    buf_finish(&link);
    buf_finish(&name);
}

static void await_in_force(struct rig *r, const char *name)
{
    rig_await(r, "/v1/strategy", "/name", name);
}

static void an_edit_is_noticed(void **state)
{
    const char *mine =
        "strategy: 1\nname: Written\nobjectives: [{ id: grow, title: Grow "
        "}]\ninitiatives: [{ id: onboarding, title: Onboard }]\n";
    const char *moved =
        "strategy: 1\nname: Moved\nobjectives: [{ id: grow, title: Grow "
        "}]\ninitiatives: [{ id: onboarding, title: Onboard }]\n";
    struct rig r;

    (void)state;
    setup(&r, STRATEGY(ONBOARDING, ""));
    rig_write(&r, "strategy.yaml", mine);
    await_in_force(&r, "Written");
    replace_by_rename(&r, moved);
    await_in_force(&r, "Moved");
    replace_by_rename(&r, "strategy: 1\nname: Broken\n"); /* the last good one stays */
    rig_await(&r, "/v1/status", "/problems/0/part", "strategy");
    await_in_force(&r, "Moved");
    replace_by_rename(&r, moved); /* as it was: all is well again */
    rig_await(&r, "/v1/status", "/strategy/error", "null");
    lead_elsewhere(&r, mine);
    await_in_force(&r, "Written");
    rig_write(&r, "elsewhere/strategy.yaml", moved); /* where the link leads to */
    await_in_force(&r, "Moved");
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initiative_is_renamed_removed_and_ended),
        cmocka_unit_test(what_was_told_of_it_goes_with_its_name),
        cmocka_unit_test(versions_are_told_apart),
        cmocka_unit_test(a_broken_edit_changes_nothing),
        cmocka_unit_test(a_source_goes_and_comes_back),
        cmocka_unit_test(a_source_goes_in_the_midst_of_a_sync),
        cmocka_unit_test(an_edit_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * alignctl compare and whatif against a running alignd with a company's work: figures
 * that agree with what else it answers, files that do not load, files that are too
 * large, and nothing written by any of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "tests/integration/rig.h"

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives: [{ id: grow, title: Grow, key_results: [{ id: nps, title: NPS }] "    \
    "}]\n"                                                                             \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a site, status: active, moves: [nps] }\n"

#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github, repos: [acme/web],\n"        \
    "      token: { file: @DIR@/token }, interval: 1h }\n"                             \
    "channels:\n"                                                                      \
    "  - { name: product, type: journal }\n"

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", CONFIG);
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    json_decref(rig_control(r, "/_control/issues",
                            "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"labels\":"
                            "[\"epic\",\"initiative:onboarding\"],\"author\":\"ben\","
                            "\"title\":\"Labelled\"}"));
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

/* Runs alignctl on a file of the rig's directory. */
static int compare(struct rig *r, const char *file, bool json, struct buf *ret)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s", tempdir_path(&r->dir), file);
    return rig_ctl(r, (const char *[]){"compare", path, json ? "--json" : NULL, NULL},
                   ret);
}

static json_t *parsed(struct buf *out)
{
    json_t *v = json_loadb(buf_cstr(out), out->n, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(v);
    buf_finish(out);
    return v;
}

static int64_t number(const json_t *v, const char *pointer)
{
    assert_true(json_is_integer(rig_at(v, pointer)));
    return json_integer_value(rig_at(v, pointer));
}

/* Items and those that are linked, of all scopes. */
static void coverage(struct rig *r, int64_t *ret_items, int64_t *ret_linked)
{
    json_t *root = rig_get(r, "/v1/coverage", 200), *v;
    size_t i;

    *ret_items = *ret_linked = 0;
    json_array_foreach(json_object_get(root, "scopes"), i, v)
    {
        *ret_items += json_integer_value(json_object_get(v, "open")) -
                      json_integer_value(json_object_get(v, "exempt"));
        *ret_linked += json_integer_value(json_object_get(v, "linked"));
    }
    assert_true(*ret_linked > 0);
    json_decref(root);
}

static void figures_agree(void **state)
{
    struct rig *r = *state;
    int64_t items, linked;
    struct buf out;
    json_t *v;

    coverage(r, &items, &linked);
    assert_int_equal(compare(r, "strategy.yaml", false, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "No difference: both mean the same, and no "
                                           "work would move."));
    buf_finish(&out);
    assert_int_equal(compare(r, "strategy.yaml", true, &out), 0);
    v = parsed(&out);
    assert_int_equal(number(v, "/work/items"), items);
    assert_true(json_number_value(rig_at(v, "/from/mapped")) ==
                (double)linked / (double)items);
    json_decref(v);
    /* All that is linked here is linked to it. */
    assert_int_equal(
        rig_ctl(r, (const char *[]){"whatif", "--drop", "onboarding", "--json", NULL},
                &out),
        0);
    v = parsed(&out);
    assert_int_equal(number(v, "/work/orphaned"), linked);
    assert_true(json_number_value(rig_at(v, "/to/mapped")) == 0);
    assert_string_equal(json_string_value(rig_at(v, "/uncovered/0/id")), "nps");
    json_decref(v);
    assert_int_equal(
        rig_ctl(r, (const char *[]){"whatif", "--move", "onbording=nps", NULL}, NULL),
        3);
}

/* As the daemon reads one. */
static void a_directory(void **state)
{
    struct rig *r = *state;
    char dir[300];
    struct buf out;
    json_t *v;

    snprintf(dir, sizeof dir, "%s/aims", tempdir_path(&r->dir));
    assert_int_equal(mkdir(dir, 0700), 0);
    rig_write(r, "aims/10.yaml", STRATEGY);
    rig_write(r, "aims/20.yaml", "initiatives: [{ id: more, title: More }]\n");
    assert_int_equal(compare(r, "aims", true, &out), 0);
    v = parsed(&out);
    assert_string_equal(json_string_value(rig_at(v, "/summary")), "1 added");
    assert_int_equal(number(v, "/work/orphaned"), 0);
    json_decref(v);
}

static void files_that_do_not_load(void **state)
{
    struct rig *r = *state;

    rig_write(r, "bad.yaml", STRATEGY "  - { id: x, title: X, status: activ }\n");
    assert_int_equal(compare(r, "bad.yaml", false, NULL), 78);
    assert_int_equal(compare(r, "none.yaml", false, NULL), 78);
    json_decref(rig_post(r, "/v1/compare", "{\"to\":\"strategy: 2\\n\"}", 400));
    json_decref(rig_post(r, "/v1/compare", "{\"to\":\"/etc/passwd\"}", 400));
}

static void files_that_are_large(void **state)
{
    struct rig *r = *state;
    struct buf text;

    buf_init(&text, (size_t)4 << 20);
    buf_addz(&text, STRATEGY);
    while (text.n < 900000)
        buf_addz(&text,
                 "# A long line that says nothing of the strategy at all, and so "
                 "changes nothing of what it means\n");
    rig_write(r, "large.yaml", buf_cstr(&text));
    assert_int_equal(compare(r, "large.yaml", false, NULL), 0);
    while (text.n < 1040000)
        buf_addz(&text, "# x\n");
    rig_write(r, "large.yaml", buf_cstr(&text));
    assert_int_equal(compare(r, "large.yaml", false, NULL), 2);
    buf_finish(&text);
    rig_await(r, "/healthz", "/healthy", "true");
}

static void nothing_is_written(void **state)
{
    struct rig *r = *state;
    struct rig_wal before, after;

    rig_write(r, "other.yaml",
              "strategy: 1\nname: Other\nobjectives: [{ id: grow, title: Grow }]\n"
              "initiatives: [{ id: other, title: Other }]\n");
    rig_wal(r, &before);
    assert_int_equal(compare(r, "other.yaml", false, NULL), 0);
    assert_int_equal(
        rig_ctl(r, (const char *[]){"whatif", "--add", "More", NULL}, NULL), 0);
    rig_wal(r, &after);
    assert_int_equal(after.pages, before.pages);
    assert_memory_equal(after.salts, before.salts, sizeof after.salts);
    rig_await(r, "/v1/status", "/strategy/name", "Acme");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_agree),
        cmocka_unit_test(a_directory),
        cmocka_unit_test(files_that_do_not_load),
        cmocka_unit_test(files_that_are_large),
        cmocka_unit_test(nothing_is_written),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

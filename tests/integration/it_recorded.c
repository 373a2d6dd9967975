/*
 * The real binary syncs 500 real GitHub and 500 real Jira issues end to end; the
 * counts and a sample of fields are checked against the recordings, which are
 * read where they are and never committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static void recording(char *path, size_t size, const char *name)
{
    const char *shared = getenv("SHARED");

    snprintf(path, size, "%s/data/large/%s", shared ? shared : "../shared", name);
}

static bool is_missing(const char *path)
{
    if (access(path, R_OK) == 0)
        return false;
    print_message("recordings: 0 run, 1 skipped (%s)\n", path);
    return true;
}

/* Every line of the file as JSON, in an array. */
static json_t *read_lines(const char *path)
{
    json_t *all = json_array();
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;

    assert_non_null(f);
    while (getline(&line, &cap, f) > 0) {
        json_error_t je;
        json_t *one = json_loads(line, 0, &je);

        assert_non_null(one);
        json_array_append_new(all, one);
    }
    free(line);
    fclose(f);
    return all;
}

static json_t *get_item(struct rig *r, const char *key)
{
    char path[512];
    size_t n = (size_t)snprintf(path, sizeof(path), "/v1/items/");

    for (const char *c = key; *c != '\0'; c++)
        n += (size_t)snprintf(path + n, sizeof(path) - n,
                              *c == '/' || *c == '#' ? "%%%02X" : "%c", (unsigned char)*c);
    return rig_get(r, path, 200);
}

static void same_string(const json_t *item, const char *member, const char *want)
{
    const char *got = json_string_value(json_object_get(item, member));

    if (got == NULL || want == NULL || strcmp(got, want) != 0)
        fail_msg("%s of %s: %s, recorded %s", member,
                 json_string_value(json_object_get(item, "key")), got ? got : "nothing",
                 want ? want : "nothing");
}

static void same_time(const json_t *item, const char *member, const char *recorded)
{
    struct wall got = {0}, want = {0};
    const char *s = json_string_value(json_object_get(item, member));

    assert_true(date_parse_iso(str_of(recorded), &want));
    assert_non_null(s);
    assert_true(date_parse_iso(str_of(s), &got));
    assert_int_equal(got.ms / 1000, want.ms / 1000);
}

static int64_t items_in_status(struct rig *r)
{
    json_t *root = rig_get(r, "/v1/status", 200);
    int64_t n = json_integer_value(rig_at(root, "/sources/0/items"));

    json_decref(root);
    return n;
}

static void start(struct rig *r, const char *source)
{
    char config[2000];

    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    snprintf(config, sizeof(config),
             "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
             "hours: always\nsources:\n  - %s\n",
             source);
    rig_write(r, "alignd.yaml", config);
    rig_start(r, NULL);
    rig_await(r, "/v1/status", "/sources/0/syncs", "1");
    rig_await_fresh(r, 0);
    rig_await(r, "/v1/status", "/evaluating", "false");
}

static void five_hundred_from_github(void **state)
{
    char path[512];
    json_t *lines, *line;
    size_t i, issues = 0;
    struct rig r;

    (void)state;
    recording(path, sizeof(path), "github-500.ndjson");
    if (is_missing(path))
        return;
    rig_init(&r);
    rig_vendors(&r, (const char *[]){"--ndjson-github", path, "--repo", "rust-lang/rust",
                                     "--gzip", NULL});
    start(&r, "{ name: gh, type: github, url: @URL@/github, repos: [rust-lang/rust], "
              "token: { file: @DIR@/token }, history: 36500d }");
    lines = read_lines(path);
    json_array_foreach(lines, i, line) {
        char key[64];
        json_t *item;
        bool open;

        if (json_object_get(line, "pull_request") != NULL)
            continue;
        if (issues++ % 7 != 0)
            continue;
        snprintf(key, sizeof(key), "rust-lang/rust#%lld",
                 json_integer_value(json_object_get(line, "number")));
        item = get_item(&r, key);
        open = strcmp(json_string_value(json_object_get(line, "state")), "open") == 0;
        same_string(item, "key", key);
        same_string(item, "title", json_string_value(json_object_get(line, "title")));
        same_string(item, "url", json_string_value(json_object_get(line, "html_url")));
        same_string(item, "outcome", open ? "open" : json_string_value(json_object_get(item, "outcome")));
        assert_int_equal(open, json_is_null(json_object_get(item, "closed")));
        same_time(item, "created", json_string_value(json_object_get(line, "created_at")));
        same_time(item, "updated", json_string_value(json_object_get(line, "updated_at")));
        json_decref(item);
    }
    assert_int_equal(items_in_status(&r), issues);
    print_message("recordings: 1 run, 0 skipped (%zu issues)\n", issues);
    json_decref(lines);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static const char *category_of(const json_t *fields)
{
    const char *key = json_string_value(rig_at(fields, "/status/statusCategory/key"));

    return strcmp(key, "done") == 0            ? "done"
           : strcmp(key, "indeterminate") == 0 ? "in-progress"
                                               : "todo";
}

static void five_hundred_from_jira(void **state)
{
    char path[512];
    json_t *lines, *line;
    size_t i;
    struct rig r;

    (void)state;
    recording(path, sizeof(path), "jira-500.ndjson");
    if (is_missing(path))
        return;
    rig_init(&r);
    rig_vendors(&r, (const char *[]){"--ndjson-jira", path, NULL});
    start(&r, "{ name: jira, type: jira, url: @URL@/jira-dc, token: { file: @DIR@/token }, "
              "history: 36500d }");
    lines = read_lines(path);
    assert_int_equal(items_in_status(&r), json_array_size(lines));
    json_array_foreach(lines, i, line) {
        const json_t *fields = json_object_get(line, "fields");
        const char *key = json_string_value(json_object_get(line, "key"));
        json_t *item;

        if (i % 7 != 0)
            continue;
        item = get_item(&r, key);
        same_string(item, "key", key);
        if (!json_is_null(json_object_get(fields, "summary")) &&
            json_object_get(fields, "summary") != NULL)
            same_string(item, "title", json_string_value(json_object_get(fields, "summary")));
        same_string(item, "type", json_string_value(rig_at(fields, "/issuetype/name")));
        same_string(item, "category", category_of(fields));
        same_time(item, "created", json_string_value(json_object_get(fields, "created")));
        same_time(item, "updated", json_string_value(json_object_get(fields, "updated")));
        json_decref(item);
    }
    print_message("recordings: 1 run, 0 skipped (%zu issues)\n", json_array_size(lines));
    json_decref(lines);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_hundred_from_github),
        cmocka_unit_test(five_hundred_from_jira),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

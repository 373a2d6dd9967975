/*
 * Manual pages and completion against the tables they describe: commands,
 * options, requests, metrics, rules and every key of both files, in both
 * directions where a page names things by a macro.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/map.h"
#include "config/config.h"
#include "core/lint.h"
#include "core/rule.h"
#include "ctl/commands.h"
#include "status/api.h"
#include "status/metrics.h"
#include "tests/support/tempdir.h"

static struct buf read_text(const char *path)
{
    struct buf text;
    struct err e;

    if (!tempdir_read(path, &text, &e))
        fail_msg("%s: %s", path, e.msg);
    return text;
}

/* A line of the text that is `line` alone or goes on with a blank after it. */
static bool has_line(const struct buf *text, const char *line)
{
    struct str rest = str_of(buf_cstr(text)), one;

    while (str_split(&rest, '\n', &one)) {
        if (str_has_prefix(one, str_of(line)) &&
            (one.n == strlen(line) || one.p[strlen(line)] == ' '))
            return true;
    }
    return false;
}

static bool has_word(const struct buf *text, const char *word)
{
    struct str rest = buf_str(text);
    size_t n = strlen(word);
    ptrdiff_t at;

    while ((at = str_find(rest, str_of(word))) >= 0) {
        char before = at > 0 ? rest.p[at - 1] : ' ';
        char after = (size_t)at + n < rest.n ? rest.p[(size_t)at + n] : ' ';

        if (strchr(" \t\n'\"(=,|:;)?[]{}", before) != NULL &&
            strchr(" \t\n'\"(=,|:;)?[]{}", after) != NULL)
            return true;
        rest = str_skip(rest, (size_t)at + n);
    }
    return false;
}

/* Walks the first words after ".It MACRO "; false at the end. */
static bool next_item(struct str *rest, const char *macro, struct str *ret)
{
    struct str line;

    while (str_split(rest, '\n', &line)) {
        if (str_has_prefix(line, str_of(macro))) {
            line = str_skip(line, strlen(macro));
            return str_split(&line, ' ', ret);
        }
    }
    return false;
}

/* ---- alignctl(1), completion ---- */

static void test_commands(void **state UNUSED)
{
    struct buf page = read_text("daemon/man/alignctl.1");
    struct str rest = buf_str(&page), name;
    char line[200];

    for (const struct command *c = commands; c->name != NULL; c++) {
        snprintf(line, sizeof(line), ".It Cm %s", c->name);
        if (!has_line(&page, line))
            fail_msg("alignctl(1) has no '%s'", line);
    }
    while (next_item(&rest, ".It Cm ", &name)) {
        if (command_find(name) == NULL)
            fail_msg("alignctl(1) explains '%.*s', which is no command", STR_FMT(name));
    }
    for (int i = 0; i < OPT_COUNT; i++) {
        snprintf(line, sizeof(line), "Fl -%s", args_options[i].name);
        if (strstr(buf_cstr(&page), line) == NULL)
            fail_msg("alignctl(1) has no '%s'", line);
    }
    buf_finish(&page);
}

static void test_exit_codes(void **state UNUSED)
{
    static const int codes[] = {
        CTL_OK,       CTL_DRIFT, CTL_USAGE,         CTL_REFUSED, CTL_UNREACHABLE,
        CTL_SOFTWARE, CTL_IO,    CTL_NO_PERMISSION, CTL_INVALID,
    };
    struct buf page = read_text("daemon/man/alignctl.1");
    const char *from = strstr(buf_cstr(&page), ".Sh EXIT STATUS");

    assert_non_null(from);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        char line[20];

        snprintf(line, sizeof(line), "\n.It %d\n", codes[i]);
        assert_non_null(strstr(from, line));
    }
    buf_finish(&page);
}

/* The page has each check of lint with its level and question, and no other. */
static void test_lint_checks(void **state UNUSED)
{
    static const char *const levels[] = {
        [LINT_HINT] = "Hint", [LINT_WARNING] = "Warning", [LINT_ERROR] = "Error"};
    struct buf page = read_text("daemon/man/alignctl.1");
    struct str rest = buf_str(&page), name;
    size_t n = 0, n_items = 0;
    char line[400];

    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        n++;
        snprintf(line, sizeof(line), "\n.It Sy %s\n%s: %c%s?\n", c->id,
                 levels[c->level], c->what[0] - 'A' + 'a', c->what + 1);
        if (strstr(buf_cstr(&page), line) == NULL)
            fail_msg("alignctl(1) has no '%s'", line);
        snprintf(line, sizeof(line), "%s.\n.It Sy ", c->why + 1);
        if (strstr(buf_cstr(&page), line) == NULL)
            fail_msg("alignctl(1) does not say '%s'", c->why);
    }
    while (next_item(&rest, ".It Sy ", &name))
        n_items++;
    assert_int_equal(n_items, n + 1); /* and load */
    buf_finish(&page);
}

static void test_completion(void **state UNUSED)
{
    static const struct {
        const char *path, *dashes; /* how it writes an option */
    } files[] = {
        {"config/completion/alignctl.bash", "--"},
        {"config/completion/_alignctl", "--"},
        {"config/completion/alignctl.fish", "-l "},
    };

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct buf text = read_text(files[i].path);
        char word[80];

        for (const struct command *c = commands; c->name != NULL; c++) {
            if (!has_word(&text, c->name))
                fail_msg("%s lacks %s", files[i].path, c->name);
        }
        for (int o = 0; o < OPT_COUNT; o++) {
            snprintf(word, sizeof(word), "%s%s", files[i].dashes, args_options[o].name);
            if (!has_word(&text, word))
                fail_msg("%s lacks %s", files[i].path, word);
        }
        buf_finish(&text);
    }
}

/* ---- alignd(8) ---- */

static void test_requests(void **state UNUSED)
{
    struct buf page = read_text("daemon/man/alignd.8");
    struct str rest = buf_str(&page), name;
    size_t n = 0, n_rows = 0;
    char line[200];

    for (const struct api_route *r = api_routes; r->method != NULL; r++) {
        n_rows++;
        snprintf(line, sizeof(line), ".It Li %s %s", r->method, r->path);
        if (!has_line(&page, line))
            fail_msg("alignd(8) has no '%s'", line);
    }
    while (next_item(&rest, ".It Li ", &name))
        n += !str_has_prefix(name, STR("alignd_"));
    assert_int_equal(n, n_rows);
    buf_finish(&page);
}

static void test_metrics(void **state UNUSED)
{
    struct buf page = read_text("daemon/man/alignd.8");
    struct str rest = buf_str(&page), name;
    size_t n = 0, n_families = 1; /* alignd_up */
    char line[200];

    for (const struct metrics_family *f = metrics_families; f->name != NULL; f++) {
        n_families++;
        snprintf(line, sizeof(line), ".It Li %s", f->name);
        if (!has_line(&page, line))
            fail_msg("alignd(8) has no '%s'", line);
    }
    while (next_item(&rest, ".It Li ", &name))
        n += str_has_prefix(name, STR("alignd_"));
    assert_int_equal(n, n_families);
    buf_finish(&page);
}

/* ---- alignd.yaml(5), alignd-strategy(5) ---- */

/* Every name below "properties", wherever it stands. */
static void collect(json_t *v, struct map *keys)
{
    const char *name;
    json_t *part, *property;
    size_t i;

    if (json_is_array(v)) {
        json_array_foreach(v, i, part) collect(part, keys);
        return;
    }
    json_object_foreach(v, name, part)
    {
        const char *key;

        if (strcmp(name, "properties") == 0) {
            json_object_foreach(part, key, property)
            {
                assert_true(map_set(keys, str_of(key), property));
                collect(property, keys);
            }
        } else {
            collect(part, keys);
        }
    }
}

static void same_keys(const char *path, void (*schema)(struct buf *out))
{
    struct buf page = read_text(path), text;
    struct map *keys = map_create();
    struct str rest = buf_str(&page), name;
    json_error_t at;
    json_t *root;

    assert_non_null(keys);
    buf_init(&text, (size_t)4 << 20);
    schema(&text);
    root = json_loadb(buf_cstr(&text), text.n, 0, &at);
    assert_non_null(root);
    collect(root, keys);
    assert_true(map_count(keys) > 40);
    for (size_t i = 0; i < map_count(keys); i++) {
        char line[200];
        void *value;

        map_at(keys, i, &name, &value);
        snprintf(line, sizeof(line), ".It Ic %.*s", STR_FMT(name));
        if (!has_line(&page, line))
            fail_msg("%s does not explain '%.*s'", path, STR_FMT(name));
    }
    while (next_item(&rest, ".It Ic ", &name)) {
        if (map_get(keys, name) == NULL)
            fail_msg("%s explains '%.*s', which the reader does not know", path,
                     STR_FMT(name));
    }
    map_destroy(keys);
    json_decref(root);
    buf_finish(&text);
    buf_finish(&page);
}

static void test_alignd_yaml(void **state UNUSED)
{
    same_keys("daemon/man/alignd.yaml.5", conf_schema_alignd);
}

static void test_strategy(void **state UNUSED)
{
    same_keys("daemon/man/alignd-strategy.5", conf_schema_strategy);
}

/* The page has each rule, and each of its parameters with the default of the table. */
static void test_rules(void **state UNUSED)
{
    struct buf page = read_text("daemon/man/alignd.yaml.5");

    for (size_t i = 0; i < rules_count; i++) {
        char line[200];
        const char *at;

        snprintf(line, sizeof(line), "\n.It Ic %s\n", rules[i]->id);
        at = strstr(buf_cstr(&page), line);
        if (at == NULL)
            fail_msg("alignd.yaml(5) lacks rule %s", rules[i]->id);
        for (const struct conf_key *k = rules[i]->params; k != NULL && k->name != NULL;
             k++) {
            const char *item, *end, *list_end;

            snprintf(line, sizeof(line), "\n.It Ic %s\n", k->name);
            item = strstr(at, line);
            assert_non_null(item);
            end = strstr(item + 1, "\n.It");
            list_end = strstr(item + 1, "\n.El");
            assert_non_null(list_end);
            end = end == NULL || list_end < end ? list_end : end;
            snprintf(line, sizeof(line), "%s by default",
                     k->dflt != NULL ? k->dflt : "");
            if (k->dflt != NULL &&
                (strstr(item, line) == NULL || strstr(item, line) > end))
                fail_msg("alignd.yaml(5): %s of %s is %s by default", k->name,
                         rules[i]->id, k->dflt);
        }
    }
    buf_finish(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),    cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_lint_checks), cmocka_unit_test(test_completion),
        cmocka_unit_test(test_requests),    cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_alignd_yaml), cmocka_unit_test(test_strategy),
        cmocka_unit_test(test_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

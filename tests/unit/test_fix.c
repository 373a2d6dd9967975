/*
 * A fix works when it is typed: each command that a rule's hit tells (the golden cases
 * of tests/golden/rules have one hit or more of every rule) and each command between
 * backticks in a rule's words goes through a shell's word splitting and must be one that
 * alignctl takes. That they do what they say is shown on a running alignd by it_fix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <wordexp.h>

#include "base/attr.h"
#include "core/rule.h"
#include "ctl/commands.h"

#define FOLDER "tests/golden/rules"

enum { RULES_WITH_COMMAND = 25, PATH_SIZE = 512 };

/* Fails the test unless the text is a command line that alignctl takes. */
static void assert_taken(const char *where, const char *text)
{
    const struct command *cmd;
    struct args a;
    struct err e = {0};
    wordexp_t words;

    if (wordexp(text, &words, WRDE_NOCMD | WRDE_UNDEF) != 0)
        fail_msg("%s: a shell refuses: %s", where, text);
    assert_true(words.we_wordc >= 2);
    assert_string_equal(words.we_wordv[0], "alignctl");
    if (!args_read(&a, (int)words.we_wordc, words.we_wordv, &e))
        fail_msg("%s: `%s`: %s", where, text, e.msg);
    cmd = command_find(a.command);
    if (cmd == NULL)
        fail_msg("%s: `%s`: no such command", where, text);
    else if (!args_check(&a, cmd->takes, cmd->min, cmd->max, cmd->synopsis, &e))
        fail_msg("%s: `%s`: %s", where, text, e.msg);
    wordfree(&words);
}

/* Every `command` of the document, however deep: their number. */
static size_t check_document(const char *where, json_t *node)
{
    const char *command = json_string_value(json_object_get(node, "command"));
    const char *name;
    json_t *child;
    size_t i, n = 0;

    if (command != NULL && command[0] != '\0') {
        assert_taken(where, command);
        n++;
    }
    json_object_foreach(node, name, child) n += check_document(where, child);
    json_array_foreach(node, i, child) n += check_document(where, child);
    return n;
}

static size_t check_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    size_t n = 0;

    if (d == NULL)
        fail_msg("%s cannot be read", path);
    while (d != NULL && (entry = readdir(d)) != NULL) {
        char file[2 * PATH_SIZE];
        json_error_t at;
        json_t *root;

        if (strstr(entry->d_name, ".json") == NULL)
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        root = json_load_file(file, 0, &at);
        if (root == NULL)
            fail_msg("%s: %s", file, at.text);
        n += check_document(file, root);
        json_decref(root);
    }
    closedir(d);
    return n;
}

static void test_hits(void **state UNUSED)
{
    size_t with = 0;

    for (size_t i = 0; i < rules_count; i++) {
        char path[PATH_SIZE];

        snprintf(path, sizeof path, FOLDER "/%s", rules[i]->id);
        with += check_folder(path) > 0;
    }
    assert_true(with >= RULES_WITH_COMMAND);
}

/* The commands between backticks. */
static size_t check_words(const char *where, const char *text)
{
    struct str rest = str_of(text);
    size_t n = 0;
    ptrdiff_t at;

    while ((at = str_find(rest, STR("`alignctl "))) >= 0) {
        char line[PATH_SIZE];
        struct str command;

        rest = str_skip(rest, (size_t)at + 1);
        assert_true(str_split(&rest, '`', &command));
        snprintf(line, sizeof line, "%.*s", STR_FMT(command));
        assert_taken(where, line);
        n++;
    }
    return n;
}

static void test_words(void **state UNUSED)
{
    size_t n = 0;

    for (size_t i = 0; i < rules_count; i++) {
        const struct rule *r = rules[i];

        n += check_words(r->id, r->what);
        n += check_words(r->id, r->why);
        n += check_words(r->id, r->formula);
        n += check_words(r->id, r->fix);
        assert_true(r->fix[0] != '\0');
    }
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hits),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

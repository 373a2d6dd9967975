/*
 * Errors in a narrow terminal: the source line, the caret beneath and the hint
 * fit, and the caret stands below what it means. What is said at any width is
 * in test_golden_config.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "config/config.h"
#include "tests/support/tempdir.h"

#define FOLDER "tests/golden/config"
#define BAR "      | "

enum { TEXT_MAX = 1 << 20 };

static const struct conf_env env = {.zoneinfo = "/usr/share/zoneinfo"};

/* What is said about a file, or about the text as alignd.yaml. */
static void say(const char *file, const char *text, size_t columns, struct buf *said)
{
    struct conf_diag *d = conf_diag_create();
    struct tempdir t;
    struct buf path;
    struct err e;

    assert_non_null(d);
    conf_diag_fit(d, columns);
    assert_true(tempdir_create(&t, &e));
    assert_true(tempdir_join(&t, "a.yaml", &path, &e));
    if (text != NULL) {
        assert_true(tempdir_write(&t, "a.yaml", str_of(text), &e));
    }
    conf_destroy(conf_load(file != NULL ? file : buf_cstr(&path), &env, d));
    conf_diag_print(d, said);
    conf_diag_destroy(d);
    buf_finish(&path);
    tempdir_remove(&t);
}

static void check(const char *text, size_t columns, const char *expected)
{
    struct buf said;

    buf_init(&said, TEXT_MAX);
    say(NULL, text, columns, &said);
    if (strstr(buf_cstr(&said), expected) == NULL) {
        fail_msg("expected\n%s\nin\n%s", expected, buf_cstr(&said));
    }
    buf_finish(&said);
}

#define SOURCE "sources: [{ name: gh, type: github, repos: [acme/web], "

static void lines_are_cut_to_fit(void **state)
{
    (void)state;
    check(
        SOURCE "intervall: 5m }]\n", 0,
        "    1 | " SOURCE "intervall: 5m }]\n"
        "      | "
        "                                                       ^~~~~~~~~ did you mean "
        "'interval'?\n");
    check(SOURCE "intervall: 5m }]\n", 40,
          "    1 | ...cme/web], intervall: 5m }]\n"
          "      |              ^~~~~~~~~\n"
          "      | did you mean 'interval'?\n");
    /* What fits as a whole is shown as a whole. */
    check("sources: []\ntimezone: Mars/Olympus\n", 40,
          "    2 | timezone: Mars/Olympus\n"
          "      |           ^~~~~~~~~~~~\n");
    /* Wide characters take two columns, also here. */
    check("sources: []\n\"東京東京東京東京東京東京東京東京\": 1\n", 40,
          "    2 | \"東京東京東京東京東京東京...\n"
          "      | ^~~~~~~~~~~~~~~~~~~~~~~~~\n");
}

static void hints_are_wrapped(void **state)
{
    (void)state;
    check("sources: [{ name: gh, type: github, repos: [a/b], token: x }]\n", 40,
          "    1 | ... repos: [a/b], token: **}]\n"
          "      |                          ^\n"
          "      | write {credential: NAME}, {file:\n"
          "      | PATH} or {env: NAME}\n");
}

/* ---- every case of the golden folder, at every width ---- */

static void assert_fits(const char *file, size_t columns, const struct buf *said)
{
    struct str rest = buf_str(said), line;

    while (str_split(&rest, '\n', &line)) {
        bool source = line.n > 8 && memcmp(line.p + 5, " | ", 3) == 0;
        bool words = str_chr(str_skip(line, 8), ' ') >= 0; /* a long word stays whole */

        if ((source || str_has_prefix(line, STR(BAR))) && (source || words) &&
            utf8_width(line) > columns) {
            fail_msg("%s: more than %zu columns:\n%.*s", file, columns, STR_FMT(line));
        }
    }
}

/* The character above a caret; '$' behind the end of its line. */
static void add_marked(struct str line, size_t column, struct buf *out)
{
    while (line.n > 0) {
        uint32_t cp;
        size_t n = utf8_next(line, &cp), width = utf8_width(str_first(line, n));

        if (column < width) {
            buf_add(out, str_first(line, n));
            return;
        }
        column -= width;
        line = str_skip(line, n);
    }
    buf_addc(out, '$');
}

/* What the carets of all entries mean. */
static void add_all_marked(const struct buf *said, struct buf *out)
{
    struct str rest = buf_str(said), line, above = STR_NONE;

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t caret = str_chr(line, '^');

        if (above.n > 0 && str_has_prefix(line, STR(BAR)) && caret > 0) {
            add_marked(above, (size_t)caret, out);
        }
        above = line.n > 8 && memcmp(line.p + 5, " | ", 3) == 0 ? line : STR_NONE;
    }
}

static int is_alignd(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);

    return str_has_suffix(name, STR(".yaml")) &&
           !str_has_prefix(name, STR("strategy-"));
}

static void check_widths(const char *path)
{
    struct buf said, marked, expected;

    buf_init(&said, TEXT_MAX);
    buf_init(&marked, TEXT_MAX);
    buf_init(&expected, TEXT_MAX);
    say(path, NULL, 0, &said);
    add_all_marked(&said, &expected);
    for (size_t columns = 30; columns <= 240; columns += 15) {
        buf_clear(&said);
        buf_clear(&marked);
        say(path, NULL, columns, &said);
        assert_fits(path, columns, &said);
        add_all_marked(&said, &marked);
        if (!str_eq(buf_str(&marked), buf_str(&expected))) {
            fail_msg("%s at %zu columns: marked are '%s', not '%s':\n%s", path, columns,
                     buf_cstr(&marked), buf_cstr(&expected), buf_cstr(&said));
        }
    }
    buf_finish(&expected);
    buf_finish(&marked);
    buf_finish(&said);
}

static void every_mistake_fits(void **state)
{
    struct dirent **found = NULL;
    int n = scandir(FOLDER, &found, is_alignd, alphasort);
    char path[512];

    (void)state;
    assert_true(n > 50);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, FOLDER "/%s", found[i]->d_name);
        check_widths(path);
        free(found[i]);
    }
    free(found);
}

/* ---- in parts ---- */

static void add_part(void *user, const struct conf_diag_item *i)
{
    buf_printf(user, "%s|%.*s|%u:%u|%.*s|%.*s\n", i->error ? "error" : "warning",
               STR_FMT(i->file), i->line, i->col, STR_FMT(i->message),
               STR_FMT(i->hint));
}

static void parts_are_what_is_printed(void **state)
{
    static const char text[] =
        "strategy: 1\nname: A\ninitiatives: [{id: i, title: I, owner: anna}]\n"
        "objectives: [{id: o, title: O, ownr: ana}]\npeople: [{id: ana, name: A}]\n";
    struct conf_diag *d = conf_diag_create();
    struct buf got;

    (void)state;
    buf_init(&got, TEXT_MAX);
    assert_null(strategy_load_text("s.yaml", str_of(text), d));
    assert_null(strategy_load("no/such/file", d));
    assert_int_equal(conf_diag_each(d, add_part, &got), 0);
    assert_string_equal(
        buf_cstr(&got),
        "warning|s.yaml|3:40|owner 'anna' is not in 'people'|did you mean 'ana'?\n"
        "error|s.yaml|4:32|unknown key 'ownr' in objective \"o\"|did you mean "
        "'owner'?\n"
        "error|no/such/file|0:0|No such file or directory|\n");
    conf_diag_destroy(d);
    buf_finish(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_cut_to_fit),
        cmocka_unit_test(hints_are_wrapped),
        cmocka_unit_test(every_mistake_fits),
        cmocka_unit_test(parts_are_what_is_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

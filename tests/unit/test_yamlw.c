/*
 * What yamlw writes is read back by the reader of the strategy as the same text: words
 * that look like something else, every ASCII character, hostile ones, and random
 * strings of them; in block and in flow style.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base/yamlw.h"
#include "config/config.h"

/* As a title in flow style, as the vision's statement in block style. */
static void hold(struct str text)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s;
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_addz(&b, "strategy: 1\nname: A\nvision:\n  statement: ");
    yamlw_text(&b, text);
    buf_addz(&b, "\n  will: ");
    yamlw_list(&b, (const struct str[]){text, text}, 2);
    buf_addz(&b, "\nobjectives:\n  - { id: o, title: ");
    yamlw_text(&b, text);
    buf_addz(&b, ", owner: a }\ninitiatives:\n  - { id: i, title: I } # ");
    yamlw_comment(&b, text);
    buf_addc(&b, '\n');
    s = strategy_load_text("s.yaml", buf_str(&b), d);
    if (s == NULL)
        fail_msg("%s\n%s", buf_cstr(&b), conf_diag_first(d).p);
    if (!str_eq(s->vision->statement, text) ||
        !str_eq(s->objectives[0].node.title, text))
        fail_msg("%s\nreads as '%.*s'", buf_cstr(&b), STR_FMT(s->vision->statement));
    assert_int_equal(s->vision->will.n, 2);
    assert_true(str_eq(s->vision->will.v[1], text));
    assert_int_equal(s->n_initiatives, 1);
    strategy_unref(s);
    conf_diag_destroy(d);
    buf_finish(&b);
}

static void test_words(void **state UNUSED)
{
    static const char *const words[] = {
        "null",
        "Null",
        "~",
        "true",
        "No",
        "on",
        "y",
        "1",
        "1e5",
        "0x1f",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#b",
        "a:",
        "?",
        "[a]",
        "{a: b}",
        "a, b",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "'a'",
        "\"a\"",
        "a\"b\\c",
        "%a",
        "@a",
        "`a",
        " a",
        "a ",
        "a\nb",
        "a\tb",
        "2026-01-01",
        "60%",
        "=",
        "<<",
        "...",
        "---",
        "a\r\nb",
        "\xc3\xa4\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xe2\x80\xae"
        "abc",
        "\xef\xbb\xbf"
        "x",
        "\xc2\x85",
        "\xe2\x80\xa8",
        "\x1b[31m",
        "\x7f",
        "Plain words.",
        "acme/web#4",
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        hold(str_of(words[i]));
    for (char c = 1; c > 0 && c < 127; c++)
        hold((struct str){(const char[]){'x', c, 'y'}, 3});
}

static void test_random(void **state UNUSED)
{
    static const uint32_t alphabet[] = {
        ' ', '"',  '\'', '\\',   ':',    '#',    ',',    '[',     ']',    '{',
        '}', '-',  'a',  '1',    '\n',   '\t',   '&',    '*',     '!',    '%',
        '|', 0x85, 0xA0, 0x2028, 0x202E, 0xFEFF, 0xFFFD, 0x1F600, 0xE000, 0x7F,
        1,   '>',  '?',  '@',    '`',    '~',    '=',    '<',
    };
    uint32_t seed = 7;

    for (int i = 0; i < 2000; i++) {
        size_t n;
        struct buf b;

        buf_init(&b, 1000);
        seed = seed * 1664525U + 1013904223U;
        n = 1 + (seed >> 28);
        for (size_t k = 0; k < n; k++) {
            seed = seed * 1664525U + 1013904223U;
            buf_add_utf8(&b, alphabet[(seed >> 16) % ARRAY_LEN(alphabet)]);
        }
        if (str_trim(buf_str(&b)).n > 0)
            hold(buf_str(&b));
        buf_finish(&b);
    }
}

/* What is no UTF-8 becomes something that is, and hostile characters do not get out. */
static void test_bytes(void **state UNUSED)
{
    struct buf b;
    size_t at;

    buf_init(&b, 1000);
    yamlw_text(&b, STR("\xff\xc0\x80 a\xe2\x80"));
    assert_true(utf8_valid(buf_str(&b), &at));
    buf_clear(&b);
    yamlw_text(&b, STR("\x1b]0;\xe2\x80\xae\xc2\x9b"));
    for (size_t i = 0; i < b.n; i++)
        assert_true(b.p[i] >= ' ' && b.p[i] < 127);
    buf_clear(&b);
    yamlw_comment(&b, STR("a\nb: c\x1b"));
    assert_string_equal(buf_cstr(&b), "a b: c");
    buf_finish(&b);
}

static void test_numbers(void **state UNUSED)
{
    static const struct {
        double v;
        const char *want;
    } rows[] = {
        {0, "0"},
        {60, "60"},
        {-0.1, "-0.1"},
        {99.95, "99.95"},
        {1e21, "1e+21"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1234567, "1234567"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;

        buf_init(&b, 100);
        yamlw_number(&b, rows[i].v);
        assert_string_equal(buf_cstr(&b), rows[i].want);
        buf_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

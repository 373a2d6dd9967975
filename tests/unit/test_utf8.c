#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

/* RFC 3629 section 4, range by range. */
static void test_valid(void **state UNUSED)
{
    static const struct {
        struct str text;
        int bad; /* -1: valid */
    } rows[] = {
        {{NULL, 0}, -1},
        {STR_INIT("plain"), -1},
        {STR_INIT("a\0b"), -1},
        {STR_INIT("\xc2\x80\xdf\xbf"), -1},
        {STR_INIT("\xe0\xa0\x80\xef\xbf\xbf"), -1},
        {STR_INIT("\xed\x9f\xbf\xee\x80\x80"), -1},
        {STR_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), -1},
        {STR_INIT("ab\x80"), 2},
        {STR_INIT("ab\xbf"), 2},
        {STR_INIT("a\xc0\xaf"), 1}, /* overlong '/' */
        {STR_INIT("a\xc1\xbf"), 1},
        {STR_INIT("\xe0\x9f\xbf"), 0},     /* overlong */
        {STR_INIT("\xf0\x8f\xbf\xbf"), 0}, /* overlong */
        {STR_INIT("\xed\xa0\x80"), 0},     /* surrogate */
        {STR_INIT("\xed\xbf\xbf"), 0},
        {STR_INIT("\xf4\x90\x80\x80"), 0}, /* above U+10FFFF */
        {STR_INIT("\xf5\x80\x80\x80"), 0},
        {STR_INIT("\xff"), 0},
        {STR_INIT("\xfe"), 0},
        {STR_INIT("x\xc3"), 1}, /* cut */
        {STR_INIT("x\xe2\x82"), 1},
        {STR_INIT("x\xf0\x9f\x98"), 1},
        {STR_INIT("\xc3x"), 0},
        {STR_INIT("\xe2\x82x"), 0},
        {STR_INIT("\xf0\x9f\x98x"), 0},
        {STR_INIT("\xe2x\xac"), 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t n = rows[i].text.n;
        char *exact = malloc(n + 1);
        size_t at = 77;

        assert_non_null(exact);
        if (n > 0) {
            memcpy(exact + 1, rows[i].text.p, n);
        }
        assert_int_equal(utf8_valid((struct str){exact + 1, n}, &at), rows[i].bad < 0);
        assert_int_equal(at, rows[i].bad < 0 ? 77 : rows[i].bad);
        free(exact);
    }
}

/* All code points there and back. */
static void test_each_code_point(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 16);
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        uint32_t got;
        size_t bad;

        if (cp == 0xd800) {
            cp = 0xe000;
        }
        buf_clear(&b);
        buf_add_utf8(&b, cp);
        if (utf8_next(buf_str(&b), &got) != b.n || got != cp ||
            !utf8_valid(buf_str(&b), &bad) || utf8_width(buf_str(&b)) > 2) {
            fail_msg("U+%04X", (unsigned)cp);
        }
    }
    buf_finish(&b);
}

static void test_next(void **state UNUSED)
{
    static const struct {
        struct str text;
        size_t n;
        uint32_t cp;
    } rows[] = {
        {STR_INIT("A\xc3\xa9"), 1, 'A'},
        {STR_INIT("\xc3\xa9x"), 2, 0xe9},
        {STR_INIT("\xe2\x82\xac"), 3, 0x20ac},
        {STR_INIT("\xf0\x9f\x98\x80"), 4, 0x1f600},
        {STR_INIT("\0"), 1, 0},
        {STR_INIT("\x80"), 1, 0xfffd},
        {STR_INIT("\xe2\x82"), 1, 0xfffd},
        {STR_INIT("\xc0\x80"), 1, 0xfffd},
        {STR_INIT("\xed\xa0\x80"), 1, 0xfffd},
        {STR_INIT("\xff"), 1, 0xfffd},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint32_t cp;

        assert_int_equal(utf8_next(rows[i].text, &cp), rows[i].n);
        assert_int_equal(cp, rows[i].cp);
    }
}

static void test_cut(void **state UNUSED)
{
    static const struct {
        struct str text;
        size_t max, want;
    } rows[] = {
        {STR_INIT("abc"), 5, 3},
        {STR_INIT("abc"), 3, 3},
        {STR_INIT("abc"), 2, 2},
        {STR_INIT("abc"), 0, 0},
        {STR_INIT("a\xc3\xa9"), 2, 1},
        {STR_INIT("a\xc3\xa9"), 3, 3},
        {STR_INIT("\xe2\x82\xac"), 2, 0},
        {STR_INIT("\xe2\x82\xac"), 1, 0},
        {STR_INIT("\xf0\x9f\x98\x80z"), 3, 0},
        {STR_INIT("\xf0\x9f\x98\x80z"), 4, 4},
        {STR_INIT("a\xf0\x9f\x98\x80"), 4, 1},
        {STR_INIT("a\xf0\x9f\x98\x80"), 2, 1},
        /* bytes that are no code point may be cut anywhere */
        {STR_INIT("\x80\x80\x80\x80\x80\x80"), 5, 5},
        {STR_INIT("\xe2\x82x\xac"), 2, 2},
        {STR_INIT("ab\xff\xff"), 3, 3},
        {{NULL, 0}, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t n = rows[i].text.n;
        char *exact = malloc(n > 0 ? n : 1);

        assert_non_null(exact);
        if (n > 0) {
            memcpy(exact, rows[i].text.p, n);
        }
        assert_int_equal(utf8_cut((struct str){exact, n}, rows[i].max).n, rows[i].want);
        free(exact);
    }
}

static void test_measure(void **state UNUSED)
{
    static const struct {
        struct str text;
        size_t count, width;
    } rows[] = {
        {{NULL, 0}, 0, 0},
        {STR_INIT("abc"), 3, 3},
        {STR_INIT(" ~"), 2, 2},
        {STR_INIT("\x1f\x7f\xc2\x80\xc2\x9f"), 4, 0},
        {STR_INIT("\xc2\xa0\xcb\xbf"), 2, 2},
        {STR_INIT("\xcc\x80\xcd\xaf"), 2, 0}, /* first and last of a range */
        {STR_INIT("\xcd\xb0"), 1, 1},
        {STR_INIT("gr\xc3\xbc\xc3\x9f"), 4, 4},
        {STR_INIT("e\xcc\x81"), 2, 1},                            /* combining acute */
        {STR_INIT("\xe6\xbc\xa2\xe5\xad\x97"), 2, 4},             /* CJK */
        {STR_INIT("\xed\x95\x9c"), 1, 2},                         /* Hangul syllable */
        {STR_INIT("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 3, 2}, /* the same in jamo */
        {STR_INIT("\xef\xbc\xa1"), 1, 2},                         /* fullwidth A */
        {STR_INIT("\xef\xbd\xb1"), 1, 1},     /* halfwidth katakana */
        {STR_INIT("\xf0\x9f\x98\x80"), 1, 2}, /* emoji */
        {STR_INIT("\xf0\x9f\x87\xa9"), 1, 1}, /* regional indicator */
        {STR_INIT("\xe2\x9c\x85"), 1, 2},     /* check mark emoji */
        {STR_INIT("\xe2\x9c\x93"), 1, 1},     /* plain check mark */
        {STR_INIT("\xe2\x80\x8d"), 1, 0},     /* ZWJ */
        {STR_INIT("\xef\xb8\x8f"), 1, 0},     /* variation selector */
        {STR_INIT("\xf0\xa0\x80\x80"), 1, 2}, /* CJK extension B */
        {STR_INIT("\xe3\x80\x80"), 1, 2},     /* ideographic space */
        {STR_INIT("\xd7\xa9\xd7\x81"), 2, 1}, /* Hebrew with a point */
        {STR_INIT("\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88"), 3, 1}, /* Thai, two marks */
        {STR_INIT("a\nb\x1b"), 4, 2},                             /* controls */
        {STR_INIT("\xff\xfe"), 2, 2},                             /* shown as U+FFFD */
        {STR_INIT("\xf3\xa0\x81\xa7"), 1, 0},                     /* a tag */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (utf8_count(rows[i].text) != rows[i].count ||
            utf8_width(rows[i].text) != rows[i].width) {
            fail_msg("row %zu: %zu, %zu", i, utf8_count(rows[i].text),
                     utf8_width(rows[i].text));
        }
    }
}

static void test_hostile(void **state UNUSED)
{
    static const struct {
        uint32_t from, to;
        bool hostile;
    } rows[] = {
        {0, 0x1f, true},           {0x20, 0x7e, false},
        {0x7f, 0x9f, true},        {0xa0, 0xac, false},
        {0xad, 0xad, true},        {0xae, 0x34e, false},
        {0x34f, 0x34f, true},      {0x61b, 0x61b, false},
        {0x61c, 0x61c, true},      {0x61d, 0x61d, false},
        {0x180e, 0x180e, true},    {0x200a, 0x200a, false},
        {0x200b, 0x200b, true},    {0x200c, 0x200d, false},
        {0x200e, 0x200f, true},    {0x2010, 0x2027, false},
        {0x2028, 0x202e, true},    {0x202f, 0x205f, false},
        {0x2060, 0x206f, true},    {0x2070, 0x2070, false},
        {0xfe00, 0xfe0f, false},   {0xfeff, 0xfeff, true},
        {0xfffd, 0xfffd, false},   {0xe0020, 0xe007f, true},
        {0x1f600, 0x1f64f, false}, {0x10ffff, 0x10ffff, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (uint32_t cp = rows[i].from; cp <= rows[i].to; cp++) {
            if (utf8_hostile(cp) != rows[i].hostile) {
                fail_msg("U+%04X", (unsigned)cp);
            }
        }
    }
}

static void test_print_safe(void **state UNUSED)
{
    static const struct {
        struct str text;
        size_t max;
        const char *want;
    } rows[] = {
        {{NULL, 0}, 9, ""},
        {STR_INIT("plain"), 9, "plain"},
        {STR_INIT("a \t\r\n b"), 9, "a b"},
        {STR_INIT(" a "), 9, " a "},
        {STR_INIT("one\n<3>two"), 99, "one <3>two"},
        {STR_INIT("a\xe2\x80\xa8\xe2\x80\xa9"
                  "b"),
         9, "a b"},
        {STR_INIT("a\xc2\x85"
                  "b\xc2\xa0"
                  "c\xe3\x80\x80"
                  "d"),
         9, "a b c d"},
        {STR_INIT("\x1b[31mred\x1b[0m"), 99, "[31mred[0m"},
        {STR_INIT("\xc2\x9b"
                  "31m"),
         99, "31m"},
        {STR_INIT("a\0b\x7f"), 9, "ab"},
        {STR_INIT("\xe2\x80\xae"
                  "gpj.exe\xe2\x81\xa9"),
         99, "gpj.exe"},
        {STR_INIT("pass\xe2\x80\x8bword\xef\xbb\xbf"), 99, "password"},
        {STR_INIT("a \xe2\x80\x8b b"), 9, "a b"}, /* what is dropped parts no blanks */
        {STR_INIT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"), 9,
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
        {STR_INIT("a\xff\xe2\x82"), 9, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {STR_INIT("\xed\xa0\x80"), 9, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        /* the limit */
        {STR_INIT("abcd"), 4, "abcd"},
        {STR_INIT("abcde"), 4, "abcd\xe2\x80\xa6"},
        {STR_INIT("abcd\xe2\x80\x8b"), 4, "abcd"},
        {STR_INIT("\xe6\xbc\xa2\xe5\xad\x97"), 1, "\xe6\xbc\xa2\xe2\x80\xa6"},
        {STR_INIT("a"), 0, "\xe2\x80\xa6"},
        {STR_INIT("\x1b"), 0, ""},
        {{NULL, 0}, 0, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;

        buf_init(&b, 200);
        utf8_print_safe(&b, rows[i].text, rows[i].max);
        assert_string_equal(buf_cstr(&b), rows[i].want);
        buf_finish(&b);
    }
}

/* Whatever two bytes come, the result is one safe, valid line. */
static void test_print_safe_any(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 200);
    for (unsigned v = 0; v < 0x10000; v++) {
        char text[] = {'a', (char)(v >> 8), (char)(v & 0xff), 'z'};
        size_t bad;
        uint32_t cp;

        buf_clear(&b);
        utf8_print_safe(&b, (struct str){text, sizeof text}, 100);
        struct str rest = buf_str(&b);

        assert_true(utf8_valid(rest, &bad));
        while (rest.n > 0) {
            rest = str_skip(rest, utf8_next(rest, &cp));
            assert_false(utf8_hostile(cp));
        }
    }
    buf_finish(&b);
}

/* A line of a table differs in its blanks alone. */
static void test_print_fixed(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 200);
    utf8_print_fixed(&b, STR("  a\t\n b\x1b\xff\xe2\x80\xae  c"), 100);
    assert_string_equal(buf_cstr(&b), "  a   b\xef\xbf\xbd  c");
    buf_clear(&b);
    utf8_print_fixed(&b, STR("    "), 3);
    assert_string_equal(buf_cstr(&b), "   \xe2\x80\xa6");
    buf_finish(&b);
}

static void test_ceiling(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 3);
    utf8_print_safe(&b, STR("abcdef"), 100);
    assert_false(buf_ok(&b));
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),      cmocka_unit_test(test_each_code_point),
        cmocka_unit_test(test_next),       cmocka_unit_test(test_cut),
        cmocka_unit_test(test_measure),    cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_print_safe), cmocka_unit_test(test_print_safe_any),
        cmocka_unit_test(test_print_fixed),
        cmocka_unit_test(test_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

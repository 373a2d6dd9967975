#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "core/textkey.h"

static void is_str(struct str got, const char *want)
{
    char text[512];

    snprintf(text, sizeof text, "%.*s", STR_FMT(got));
    assert_string_equal(text, want);
    assert_int_equal(got.n, strlen(want));
}

static void test_key(void **state UNUSED)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"", ""},
        {"   \t\r\n", ""},
        {"onboarding", "onboarding"},
        {"Initiative:Onboarding", "initiative:onboarding"},
        {"  Strategic \t\n  Initiative ", "strategic initiative"},
        {"\xc3\x84rger", "\xc3\xa4rger"},
        {"A\xcc\x88rger", "\xc3\xa4rger"}, /* combining diaeresis composes */
        {"STRASSE", "strasse"},
        {"Stra\xc3\x9f"
         "e",
         "strasse"},
        {"\xce\xa3\xce\x91\xce\xa3",
         "\xcf\x83\xce\xb1\xcf\x83"},       /* final sigma folds */
        {"\xef\xbd\x8f\xef\xbd\x8b", "ok"}, /* fullwidth */
        {"\xe2\x91\xa0", "1"},              /* circled */
        {"\xef\xac\x81x", "fix"},           /* ligature */
        {"a\xc2\xa0\xe3\x80\x80"
         "b",
         "a b"}, /* no-break, ideographic */
        {"\xe2\x80\xa8"
         "a\xe2\x80\xa9 ",
         "a"}, /* line, paragraph separator */
        {"a\xe2\x80\x8b"
         "b",
         "ab"}, /* zero width space */
        {"so\xc2\xad"
         "ft",
         "soft"}, /* soft hyphen */
        {"\xe2\x80\x8b", ""},
        {"\xff"
         "A\xfe",
         "\xff"
         "a\xfe"}, /* bad bytes stay */
        {"\xc3 \xc3\x84", "\xc3 \xc3\xa4"},
        {"\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80"}, /* Hangul jamo compose */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 20);
        char mem[TEXT_KEY_ID];
        struct str small;

        is_str(text_key(a, str_of(rows[i].in)), rows[i].want);
        assert_true(text_key_id(mem, str_of(rows[i].in), &small));
        is_str(small, rows[i].want);
        arena_destroy(a);
    }
}

/* A key is its own key, for every code point and after a combining mark. */
static void test_key_idempotent(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);

    for (uint32_t cp = 1; cp < 0x110000; cp++) {
        static const char *const tails[] = {"", "\xcc\x81", "\xcd\x85\xcc\x81"};

        for (size_t t = 0; t < ARRAY_LEN(tails); t++) {
            struct buf b;
            char mem[64];

            buf_init_fixed(&b, mem, sizeof mem);
            buf_add_utf8(&b, cp);
            buf_addz(&b, tails[t]);
            struct str once = text_key(a, buf_str(&b));
            struct str twice = text_key(a, once);

            if (!str_eq(once, twice)) {
                fail_msg("U+%04X tail %zu: a key changes when taken again", cp, t);
            }
            arena_reset(a);
        }
    }
    arena_destroy(a);
}

static void test_key_limits(void **state UNUSED)
{
    struct arena *a = arena_create(64);
    char text[300];
    char mem[TEXT_KEY_ID];
    struct str key = STR("unset");

    memset(text, 'x', sizeof text);
    assert_true(text_key_id(mem, (struct str){text, TEXT_KEY_ID - 1}, &key));
    assert_int_equal(key.n, TEXT_KEY_ID - 1);
    assert_false(text_key_id(mem, (struct str){text, TEXT_KEY_ID}, &key));
    text[0] = '\xff';
    assert_false(text_key_id(mem, (struct str){text, 299}, &key));
    /* U+FDFA is 18 code points when it is decomposed. */
    for (size_t i = 0; i < 20; i++) {
        memcpy(text + 3 * i, "\xef\xb7\xba", 3);
    }
    assert_false(text_key_id(mem, (struct str){text, 60}, &key));
    assert_int_equal(text_key(a, (struct str){text, 60}).n, 0);
    assert_true(arena_failed(a));
    arena_destroy(a);

    a = arena_create(16);
    assert_int_equal(text_key(a, STR("a text longer than the ceiling")).n, 0);
    assert_true(arena_failed(a));
    assert_false(text_key_eq(a, STR("x"), STR("x")));
    arena_destroy(a);

    a = arena_create(1 << 20);
    assert_true(text_key_eq(a, STR(" Epic"), STR("EPIC ")));
    assert_false(text_key_eq(a, STR("Epic"), STR("Epics")));
    arena_destroy(a);
}

static void test_glob(void **state UNUSED)
{
    static const struct {
        const char *pattern, *s;
        bool want;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a", "a", true},
        {"a", "ab", false},
        {"?", "", false},
        {"?", "a", true},
        {"?", "\xc3\xa4", true},
        {"??", "\xc3\xa4", false},
        {"a?c",
         "a\xe2\x82\xac"
         "c",
         true},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"hr*", "hr", true},
        {"hr*", "hrx", true},
        {"*x*", "axb", true},
        {"*x*", "ab", false},
        {"*ab*ab*", "abab", true},
        {"*ab*ab*", "aba", false},
        {"a*b*c", "a1b2b3c", true},
        {"a*b*c", "a1c2b", false},
        {"*a?c*", "xxabxabcx", true},
        {"*a?c*", "xxabxabx", false},
        {"*?", "\xc3\xa4", true},
        {"*?", "", false},
        {"*??", "\xc3\xa4", false},
        {"*?b",
         "\xf0\x9f\x98\x80"
         "b",
         true},
        {"x*??b",
         "x\xc3\xa4\xe2\x82\xac"
         "b",
         true},
        {"x*??b",
         "x\xe2\x82\xac"
         "b",
         false},
        {"*\xa4", "\xc3\xa4", true}, /* bytes are bytes when the pattern is broken */
        {"?", "\xff", true},
        {"*?", "a\xff", true},
        {"a**b", "ab", true},
        {"***", "", true},
        {"*aab", "aaab", true},
        {"*a*b?", "aabbx", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool got = text_glob(str_of(rows[i].pattern), str_of(rows[i].s));

        if (got != rows[i].want) {
            fail_msg("'%s' on '%s': %d", rows[i].pattern, rows[i].s, got);
        }
    }
}

/* Against the plain recursive definition, over all short words of a small alphabet. */
static bool slow_glob(const char *p, const char *s)
{
    if (*p == '\0') {
        return *s == '\0';
    }
    if (*p == '*') {
        return slow_glob(p + 1, s) || (*s != '\0' && slow_glob(p, s + 1));
    }
    return *s != '\0' && (*p == '?' || *p == *s) && slow_glob(p + 1, s + 1);
}

static size_t word(char *out, size_t number, const char *alphabet)
{
    size_t n = 0;
    size_t base = strlen(alphabet) + 1;

    for (; number > 0; number /= base) {
        if (number % base == 0) {
            return 0; /* not a word: numbers with a 0 inside are skipped */
        }
        out[n++] = alphabet[number % base - 1];
    }
    out[n] = '\0';
    return n;
}

static void test_glob_exhaustive(void **state UNUSED)
{
    unsigned long compared = 0;

    for (size_t i = 0; i < 5 * 5 * 5 * 5 * 5; i++) {
        char p[8];

        if (word(p, i, "ab?*") == 0) {
            continue;
        }
        for (size_t j = 0; j < 3 * 3 * 3 * 3 * 3 * 3; j++) {
            char s[8];

            if (word(s, j, "ab") == 0) {
                continue;
            }
            if (text_glob(str_of(p), str_of(s)) != slow_glob(p, s)) {
                fail_msg("'%s' on '%s'", p, s);
            }
            compared++;
        }
    }
    assert_true(compared > 100000);
}

static void test_phrase(void **state UNUSED)
{
    static const struct {
        const char *s, *phrase;
        bool want;
    } rows[] = {
        {"add on-prem install", "on-prem", true},
        {"on-prem", "on-prem", true},
        {"on-premises", "on-prem", false},
        {"non-on-prem", "on-prem", true},
        {"xon-prem, on-prem!", "on-prem", true},
        {"air gapped", "air", true},
        {"fair gapped", "air", false},
        {"a\xcc\x81ir", "ir", false}, /* a mark belongs to the word */
        {"\xc3\xa4ir", "ir", false},
        {"ir\xc3\xa4", "ir", false},
        {"\xe2\x82\xac"
         "ir",
         "ir", true}, /* a currency sign does not */
        {"ir2", "ir", false},
        {"ir_x", "ir", true},
        {"", "ir", false},
        {"ir", "", false},
        {".net core", ".net", true},
        {"asp.net", ".net", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool got = text_has_phrase(str_of(rows[i].s), str_of(rows[i].phrase));

        if (got != rows[i].want) {
            fail_msg("'%s' in '%s': %d", rows[i].phrase, rows[i].s, got);
        }
    }
}

static void test_distance(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        unsigned limit, want;
    } rows[] = {
        {"", "", 3, 0},
        {"abc", "abc", 0, 0},
        {"abc", "", 3, 3},
        {"abc", "", 2, 3},
        {"kitten", "sitting", 3, 3},
        {"kitten", "sitting", 2, 3},
        {"kitten", "sitting", 1, 2},
        {"flaw", "lawn", 5, 2},
        {"ab", "ba", 5, 2},
        {"onbording", "onboarding", 2, 1},
        {"x", "y", 0, 1},
    };
    char large[2 * TEXT_DISTANCE_MAX];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str a = str_of(rows[i].a);
        struct str b = str_of(rows[i].b);

        assert_int_equal(text_distance(a, b, rows[i].limit), rows[i].want);
        assert_int_equal(text_distance(b, a, rows[i].limit), rows[i].want);
    }
    memset(large, 'q', sizeof large);
    assert_int_equal(
        text_distance((struct str){large, TEXT_DISTANCE_MAX}, STR("a"), 1000),
        TEXT_DISTANCE_MAX);
    assert_int_equal(
        text_distance((struct str){large, TEXT_DISTANCE_MAX + 1}, STR("a"), 1000),
        1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_key_idempotent),
        cmocka_unit_test(test_key_limits),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_glob_exhaustive),
        cmocka_unit_test(test_phrase),
        cmocka_unit_test(test_distance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

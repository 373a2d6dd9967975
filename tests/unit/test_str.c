#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void assert_str(struct str got, const char *want)
{
    if (!str_eqz(got, want)) {
        fail_msg("got '%.*s', want '%s'", STR_FMT(got), want);
    }
}

/* A view on exactly its bytes, so that a read past them is seen. */
static struct str exact(const char *z)
{
    size_t n = strlen(z);
    char *p = malloc(n + 1);

    assert_non_null(p);
    char *shrunk = realloc(p, n > 0 ? n : 1);

    assert_non_null(shrunk);
    memcpy(shrunk, z, n);
    return (struct str){shrunk, n};
}

static void release(struct str s)
{
    free((void *)(uintptr_t)s.p);
}

static void test_empty(void **state UNUSED)
{
    struct str none = STR_NONE;
    struct str rest = none;
    struct str part;

    assert_int_equal(str_of(NULL).n, 0);
    assert_true(str_eq(none, STR("")));
    assert_true(str_eqz(none, ""));
    assert_true(str_eqz(none, NULL));
    assert_true(str_eq_nocase(none, STR("")));
    assert_int_equal(str_cmp(none, STR("")), 0);
    assert_int_equal(str_cmp(none, STR("a")), -1);
    assert_true(str_has_prefix(none, none));
    assert_true(str_has_suffix(none, none));
    assert_true(str_has_prefix(STR("a"), none));
    assert_true(str_has_suffix(STR("a"), none));
    assert_false(str_has_prefix(none, STR("a")));
    assert_false(str_has_suffix(none, STR("a")));
    assert_int_equal(str_trim(none).n, 0);
    assert_int_equal(str_skip(none, 3).n, 0);
    assert_int_equal(str_first(none, 3).n, 0);
    assert_int_equal(str_find(none, none), 0);
    assert_int_equal(str_find(none, STR("a")), -1);
    assert_int_equal(str_find_nocase(none, none), 0);
    assert_int_equal(str_find_nocase(none, STR("a")), -1);
    assert_int_equal(str_chr(none, 'a'), -1);
    assert_false(str_split(&rest, ',', &part));
}

static void test_compare(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        int order;
        bool same_nocase;
    } rows[] = {
        {"", "", 0, true},
        {"a", "a", 0, true},
        {"a", "b", -1, false},
        {"b", "a", 1, false},
        {"a", "ab", -1, false},
        {"ab", "a", 1, false},
        {"B", "a", -1, false},
        {"a", "A", 1, true},
        {"Z", "z", -1, true},
        {"zA", "Za", 1, true},
        {"OPS-1", "ops-1", -1, true},
        {"[", "{", -1, false},
        {"@", "`", -1, false},
        {"\xff", "a", 1, false},
        {"\xc3\x84", "\xc3\xa4", -1, false}, /* not ASCII: not folded */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str a = exact(rows[i].a);
        struct str b = exact(rows[i].b);

        assert_int_equal(str_cmp(a, b), rows[i].order);
        assert_int_equal(str_eq(a, b), rows[i].order == 0);
        assert_int_equal(str_eq_nocase(a, b), rows[i].same_nocase);
        release(a);
        release(b);
    }
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eqz(STR("a\0b"), "a"));
}

static void test_parts(void **state UNUSED)
{
    assert_true(str_has_prefix(STR("W/\"x\""), STR("W/")));
    assert_false(str_has_prefix(STR("w/"), STR("W/")));
    assert_true(str_has_suffix(STR("a.json"), STR(".json")));
    assert_false(str_has_suffix(STR("json"), STR(".json")));
    assert_str(str_trim(STR(" \t\r\n a b \n")), "a b");
    assert_str(str_trim(STR(" \t\r\n ")), "");
    assert_str(str_trim(STR("\v x")), "\v x");
    assert_str(str_skip(STR("abc"), 1), "bc");
    assert_str(str_skip(STR("abc"), 3), "");
    assert_str(str_skip(STR("abc"), SIZE_MAX), "");
    assert_str(str_first(STR("abc"), 2), "ab");
    assert_str(str_first(STR("abc"), SIZE_MAX), "abc");
}

static void test_split(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *parts[4];
    } rows[] = {
        {"", {0}},         {"a", {"a"}}, {"a,b", {"a", "b"}},      {"a,", {"a"}},
        {",a", {"", "a"}}, {",", {""}},  {"a,,b", {"a", "", "b"}}, {",,", {"", ""}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str whole = exact(rows[i].text);
        struct str rest = whole;
        struct str part;
        size_t n = 0;

        while (str_split(&rest, ',', &part)) {
            assert_true(n < 4 && rows[i].parts[n] != NULL);
            assert_str(part, rows[i].parts[n]);
            n++;
        }
        assert_true(n == 4 || rows[i].parts[n] == NULL);
        release(whole);
    }
}

static void test_find(void **state UNUSED)
{
    static const struct {
        const char *text, *needle;
        int at, at_nocase;
    } rows[] = {
        {"abcabc", "bc", 1, 1}, {"abcabc", "", 0, 0},         {"", "", 0, 0},
        {"", "a", -1, -1},      {"ab", "abc", -1, -1},        {"ab", "ab", 0, 0},
        {"aab", "ab", 1, 1},    {"Fixes #3", "fixes", -1, 0}, {"xFIX", "fix", -1, 1},
        {"ab", "B", -1, 1},     {"ab", "c", -1, -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str text = exact(rows[i].text);
        struct str needle = exact(rows[i].needle);

        assert_int_equal(str_find(text, needle), rows[i].at);
        assert_int_equal(str_find_nocase(text, needle), rows[i].at_nocase);
        release(text);
        release(needle);
    }
    assert_int_equal(str_chr(STR("a=b=c"), '='), 1);
    assert_int_equal(str_chr(STR("a\0b"), '\0'), 1);
    assert_int_equal(str_chr(STR("abc"), '='), -1);
}

static void test_integers(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool is_u64, is_i64;
        uint64_t u64;
        int64_t i64;
    } rows[] = {
        {"0", true, true, 0, 0},
        {"007", true, true, 7, 7},
        {"42", true, true, 42, 42},
        {"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
        {"9223372036854775808", true, false, UINT64_C(9223372036854775808), 0},
        {"18446744073709551615", true, false, UINT64_MAX, 0},
        {"18446744073709551616", false, false, 0, 0},
        {"99999999999999999999", false, false, 0, 0},
        {"184467440737095516150", false, false, 0, 0},
        {"-1", false, true, 0, -1},
        {"-0", false, true, 0, 0},
        {"-9223372036854775808", false, true, 0, INT64_MIN},
        {"-9223372036854775809", false, false, 0, 0},
        {"", false, false, 0, 0},
        {"-", false, false, 0, 0},
        {"--1", false, false, 0, 0},
        {"+1", false, false, 0, 0},
        {" 1", false, false, 0, 0},
        {"1 ", false, false, 0, 0},
        {"1.0", false, false, 0, 0},
        {"0x10", false, false, 0, 0},
        {"1e3", false, false, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str s = exact(rows[i].text);
        uint64_t u64 = 77;
        int64_t i64 = 77;

        assert_int_equal(str_to_u64(s, &u64), rows[i].is_u64);
        assert_int_equal(str_to_i64(s, &i64), rows[i].is_i64);
        /* Results are written only on success. */
        assert_true(u64 == (rows[i].is_u64 ? rows[i].u64 : 77));
        assert_true(i64 == (rows[i].is_i64 ? rows[i].i64 : 77));
        release(s);
    }
}

static void test_doubles(void **state UNUSED)
{
    static const struct {
        const char *text;
        bool ok;
        double v;
    } rows[] = {
        {"0", true, 0.0},        {"-0", true, 0.0},
        {"3.25", true, 3.25},    {"-1.5e3", true, -1500.0},
        {"1E+2", true, 100.0},   {"1e-2", true, 0.01},
        {"00.5", true, 0.5},     {"1.7976931348623157e308", true, DBL_MAX},
        {"1e-400", true, 0.0},   {"1e309", false, 0},
        {"-1e999999", false, 0}, {"", false, 0},
        {"-", false, 0},         {"+1", false, 0},
        {".5", false, 0},        {"5.", false, 0},
        {"1e", false, 0},        {"1e+", false, 0},
        {"1,5", false, 0},       {" 1", false, 0},
        {"1 ", false, 0},        {"0x1p3", false, 0},
        {"inf", false, 0},       {"nan", false, 0},
        {"1.2.3", false, 0},     {"--1", false, 0},
    };
    char long_text[600];
    double v;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str s = exact(rows[i].text);

        v = 77;
        assert_int_equal(str_to_double(s, &v), rows[i].ok);
        if (rows[i].ok) {
            assert_float_equal(v, rows[i].v, 0);
        } else {
            assert_float_equal(v, 77, 0);
        }
        release(s);
    }
    memset(long_text, '1', sizeof long_text);
    long_text[1] = '.';
    assert_true(str_to_double((struct str){long_text, 511}, &v));
    assert_float_equal(v, 1.11111111111111111, 1e-15);
    assert_false(str_to_double((struct str){long_text, 512}, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),   cmocka_unit_test(test_compare),
        cmocka_unit_test(test_parts),   cmocka_unit_test(test_split),
        cmocka_unit_test(test_find),    cmocka_unit_test(test_integers),
        cmocka_unit_test(test_doubles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

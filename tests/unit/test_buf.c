#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/buf.h"

/* Out of memory must be an answer under the sanitizers too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void test_append(void **state UNUSED)
{
    struct buf b;
    struct err e;

    buf_init(&b, 1000);
    assert_string_equal(buf_cstr(&b), "");
    assert_int_equal(buf_str(&b).n, 0);
    buf_add(&b, STR("ab"));
    buf_addz(&b, "cd");
    buf_addz(&b, NULL);
    buf_add(&b, STR_NONE);
    buf_addc(&b, 'e');
    buf_printf(&b, "-%d-%s", 42, "x");
    assert_string_equal(buf_cstr(&b), "abcde-42-x");
    assert_int_equal(b.n, 10);
    buf_truncate(&b, 3);
    assert_string_equal(buf_cstr(&b), "abc");
    buf_truncate(&b, 5);
    assert_int_equal(b.n, 3);
    buf_add(&b, STR("\0z"));
    assert_true(str_eq(buf_str(&b), STR("abc\0z")));
    assert_true(buf_check(&b, &e));
    buf_clear(&b);
    assert_string_equal(buf_cstr(&b), "");
    buf_finish(&b);
    buf_finish(&b);
    assert_string_equal(buf_cstr(&b), "");
    buf_addz(&b, "again"); /* finished is as good as new */
    assert_string_equal(buf_cstr(&b), "again");
    buf_wipe(&b);
    assert_null(b.p);
}

static void test_int(void **state UNUSED)
{
    static const int64_t rows[] = {0,    1,    -1,   9,    10,        -10,
                                   99,   100,  -100, 4711, INT32_MIN, UINT32_MAX,
                                   1000000000000000000, INT64_MAX, INT64_MIN};
    struct buf b;

    buf_init(&b, 1000);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char want[32];

        (void)snprintf(want, sizeof want, "%" PRId64, rows[i]);
        buf_clear(&b);
        buf_add_int(&b, rows[i]);
        assert_string_equal(buf_cstr(&b), want);
        assert_int_equal(b.n, strlen(want));
    }
    buf_finish(&b);
}

/* Each way to append, at the ceiling and one over it. */
static void test_ceiling(void **state UNUSED)
{
    for (int way = 0; way < 6; way++) {
        for (size_t over = 0; over < 2; over++) {
            struct buf b;
            struct err e;

            buf_init(&b, 203 - over);
            buf_printf(&b, "%200d", 1);
            assert_true(buf_ok(&b));
            if (way == 0) {
                buf_add(&b, STR("abc"));
            } else if (way == 1) {
                buf_printf(&b, "%s", "abc");
            } else if (way == 2) {
                buf_add_utf8(&b, 0x20ac);
            } else if (way == 3) {
                buf_addz(&b, "ab");
                buf_addc(&b, 'c');
            } else if (way == 4) {
                buf_add_int(&b, -12);
            } else if (buf_reserve(&b, 3)) {
                memcpy(b.p + b.n, "abc", 3);
                buf_commit(&b, 3);
            }
            assert_int_equal(buf_ok(&b), over == 0);
            assert_int_equal(buf_check(&b, &e), over == 0);
            if (over == 0) {
                assert_int_equal(b.n, 203);
            } else {
                assert_int_equal(e.kind, ERR_LIMIT);
                assert_true(b.n == 200 || way == 3);
                buf_addc(&b, 'x'); /* would fit, but failure is sticky */
                assert_false(buf_ok(&b));
                assert_null(strchr(buf_cstr(&b), 'x'));
                assert_null(buf_take(&b, NULL));
                buf_clear(&b);
                assert_true(buf_ok(&b));
                buf_addz(&b, "fine");
                assert_string_equal(buf_cstr(&b), "fine");
            }
            buf_finish(&b);
        }
    }
    struct buf none;

    buf_init(&none, 0);
    buf_add(&none, STR(""));
    assert_true(buf_ok(&none));
    assert_string_equal(buf_cstr(&none), "");
    buf_addc(&none, 'a');
    assert_false(buf_ok(&none));
    buf_finish(&none);
}

static void test_out_of_memory(void **state UNUSED)
{
    static const size_t sizes[] = {SIZE_MAX / 4, SIZE_MAX / 2 + 5, SIZE_MAX - 1 - 3};

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        for (int secret = 0; secret < 2; secret++) {
            struct buf b;
            struct err e;

            if (secret) {
                buf_init_secret(&b, SIZE_MAX);
            } else {
                buf_init(&b, SIZE_MAX);
            }
            buf_addz(&b, "abc");
            assert_false(buf_reserve(&b, sizes[i]));
            assert_false(buf_check(&b, &e));
            assert_int_equal(e.kind, ERR_NOMEM);
            assert_string_equal(buf_cstr(&b), "abc"); /* the old bytes stay */
            buf_clear(&b);
            assert_false(buf_reserve(&b, SIZE_MAX));
            assert_false(buf_check(&b, &e));
            assert_int_equal(e.kind, ERR_LIMIT);
            buf_finish(&b);
        }
    }
}

static void test_growth(void **state UNUSED)
{
    struct buf b;

    for (int secret = 0; secret < 2; secret++) {
        if (secret) {
            buf_init_secret(&b, 100000);
        } else {
            buf_init(&b, 100000);
        }
        for (size_t i = 0; i < 100000; i++) {
            buf_addc(&b, (char)('a' + i % 26));
            assert_int_equal(b.p[b.n], '\0');
        }
        assert_true(buf_ok(&b));
        assert_true(b.cap <= 100001);
        for (size_t i = 0; i < 100000; i++) {
            assert_int_equal(b.p[i], 'a' + i % 26);
        }
        buf_finish(&b);
    }
}

static void test_own_part(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_addz(&b, "0123456789");
    for (int i = 0; i < 12; i++) { /* grows on the way */
        buf_add(&b, buf_str(&b));
    }
    assert_int_equal(b.n, 10 << 12);
    for (size_t i = 0; i < b.n; i++) {
        assert_int_equal(b.p[i], '0' + i % 10);
    }
    buf_add(&b, (struct str){b.p + 3, 4});
    assert_memory_equal(b.p + b.n - 4, "3456", 4);
    buf_finish(&b);
}

static void test_utf8(void **state UNUSED)
{
    static const struct {
        uint32_t cp;
        const char *bytes;
    } rows[] = {
        {0x41, "A"},
        {0x7f, "\x7f"},
        {0x80, "\xc2\x80"},
        {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0xd7ff, "\xed\x9f\xbf"},
        {0xe000, "\xee\x80\x80"},
        {0xffff, "\xef\xbf\xbf"},
        {0x1f64e, "\xf0\x9f\x99\x8e"},
        {0x10000, "\xf0\x90\x80\x80"},
        {0x10ffff, "\xf4\x8f\xbf\xbf"},
        {0xd800, "\xef\xbf\xbd"},
        {0xdfff, "\xef\xbf\xbd"},
        {0x110000, "\xef\xbf\xbd"},
        {UINT32_MAX, "\xef\xbf\xbd"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;

        buf_init(&b, 16);
        buf_add_utf8(&b, rows[i].cp);
        assert_string_equal(buf_cstr(&b), rows[i].bytes);
        assert_int_equal(b.n, strlen(rows[i].bytes));
        buf_finish(&b);
    }
}

static void test_take(void **state UNUSED)
{
    struct buf b;
    size_t n = 77;

    buf_init(&b, 100);
    char *p = buf_take(&b, &n);

    assert_string_equal(p, "");
    assert_int_equal(n, 0);
    free(p);
    buf_addz(&b, "abc");
    p = buf_take(&b, &n);
    assert_string_equal(p, "abc");
    assert_int_equal(n, 3);
    assert_string_equal(buf_cstr(&b), "");
    buf_addz(&b, "next");
    assert_string_equal(buf_cstr(&b), "next");
    assert_string_equal(p, "abc");
    free(p);
    buf_fail(&b);
    n = 77;
    assert_null(buf_take(&b, &n));
    assert_int_equal(n, 77);
    buf_finish(&b);
}

static void test_fixed(void **state UNUSED)
{
    char mem[8];
    char one[1];
    struct buf b;

    memset(mem, 'x', sizeof mem);
    buf_init_fixed(&b, mem, sizeof mem);
    assert_string_equal(mem, "");
    buf_addz(&b, "abcd");
    buf_printf(&b, "%d", 123);
    assert_string_equal(mem, "abcd123");
    assert_true(buf_ok(&b));
    buf_addc(&b, 'x');
    assert_false(buf_ok(&b));
    assert_string_equal(mem, "abcd123");
    assert_null(buf_take(&b, NULL));
    buf_finish(&b); /* frees nothing */
    buf_addz(&b, "secret");
    buf_wipe(&b);
    for (size_t i = 0; i < sizeof mem; i++) {
        assert_int_equal(mem[i], 0);
    }
    buf_init_fixed(&b, one, sizeof one);
    buf_printf(&b, "%s", "");
    assert_true(buf_ok(&b));
    buf_printf(&b, "%d", 1);
    assert_false(buf_ok(&b));
}

/* No "%lc" in the C locale has U+20AC: vsnprintf fails. */
static void test_format_fails(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 100);
    buf_addz(&b, "kept");
    buf_printf(&b, "cut %lc", (wint_t)0x20ac);
    assert_false(buf_ok(&b));
    assert_string_equal(buf_cstr(&b), "kept");
    buf_finish(&b);
}

static void test_commit(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 100);
    buf_commit(&b, 0); /* nothing was reserved */
    assert_int_equal(b.n, 0);
    assert_true(buf_reserve(&b, 10));
    memcpy(b.p, "0123456789", 10);
    buf_commit(&b, 4);
    assert_string_equal(buf_cstr(&b), "0123");
    buf_commit(&b, SIZE_MAX); /* more than there is room for: no change */
    assert_int_equal(b.n, 4);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append), cmocka_unit_test(test_int),        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_growth),
        cmocka_unit_test(test_own_part),      cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_take),          cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_commit),        cmocka_unit_test(test_format_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

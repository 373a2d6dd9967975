#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"
#include "base/utf8.h"

static void test_set(void **state UNUSED)
{
    struct err e;

    memset(&e, 0x55, sizeof e);
    assert_false(err_set(&e, ERR_PARSE, "line %d: %s", 7, "odd"));
    int line = __LINE__ - 1;

    assert_int_equal(e.kind, ERR_PARSE);
    assert_int_equal(e.retry, ERR_GIVE_UP);
    assert_int_equal(e.after.ms, 0);
    assert_string_equal(e.msg, "line 7: odd");
    assert_int_equal(e.src_line, line);
    assert_true(str_has_suffix(str_of(e.src), STR("test_err.c")));

    assert_false(err_set_retry(&e, ERR_NET, "reset"));
    assert_int_equal(e.retry, ERR_TRY_AGAIN);
    assert_false(err_after(&e, DUR_S(30)));
    assert_int_equal(e.retry, ERR_TRY_AFTER);
    assert_int_equal(e.after.ms, 30000);
    assert_int_equal(e.kind, ERR_NET);
    assert_string_equal(e.msg, "reset");

    assert_false(err_nomem(&e));
    assert_int_equal(e.kind, ERR_NOMEM);
    assert_int_equal(e.after.ms, 0);

    err_clear(&e);
    assert_int_equal(e.kind, ERR_NONE);
    assert_string_equal(e.msg, "");
    assert_null(e.src);
}

static void test_wrap(void **state UNUSED)
{
    struct err e;

    err_set_retry(&e, ERR_NET, "connection reset");
    int line = e.src_line;

    assert_false(err_wrap(&e, "GET /issue/%s", "OPS-1"));
    assert_false(err_wrap(&e, "%s", "jira"));
    assert_string_equal(e.msg, "jira: GET /issue/OPS-1: connection reset");
    assert_int_equal(e.kind, ERR_NET);
    assert_int_equal(e.retry, ERR_TRY_AGAIN);
    assert_int_equal(e.src_line, line);

    err_set(&e, ERR_IO, "%s", "");
    err_wrap(&e, "disk");
    assert_string_equal(e.msg, "disk");
    err_wrap(&e, "%s", "");
    assert_string_equal(e.msg, "disk");
}

static void test_own_message(void **state UNUSED)
{
    struct err e;

    err_set(&e, ERR_IO, "inner");
    err_set(&e, ERR_STORE, "outer (%s)", e.msg);
    assert_string_equal(e.msg, "outer (inner)");
    err_wrap(&e, "again %s", e.msg);
    assert_string_equal(e.msg, "again outer (inner): outer (inner)");
}

/* A message of 'a' * lead, then many two-, three- or four-byte characters. */
static void test_cut(void **state UNUSED)
{
    static const char *const units[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80"};
    enum { KEPT = sizeof(((struct err *)0)->msg) - 1 };

    for (size_t u = 0; u < ARRAY_LEN(units); u++) {
        size_t unit = strlen(units[u]);

        for (size_t lead = 0; lead < 8; lead++) {
            char text[1024] = "aaaaaaaa";
            size_t n = lead;
            struct err set;
            struct err wrapped;
            size_t bad;

            while (n + unit < 600) {
                memcpy(text + n, units[u], unit + 1);
                n += unit;
            }
            err_set(&set, ERR_REMOTE, "%s", text);
            err_set(&wrapped, ERR_REMOTE, "%s", text);
            err_wrap(&wrapped, "w");
            struct err twice = wrapped;

            err_wrap(&twice, "%0100d", 1);
            assert_int_equal(str_find(str_of(twice.msg), STR("01: w: ")), 98);
            assert_true(utf8_valid(str_of(twice.msg), &bad));
            assert_true(strlen(twice.msg) <= KEPT && strlen(twice.msg) > KEPT - 4);
            assert_int_equal(strlen(set.msg), lead + (KEPT - lead) / unit * unit);
            assert_memory_equal(set.msg, text, strlen(set.msg));
            assert_int_equal(strlen(wrapped.msg),
                             lead + 3 + (KEPT - lead - 3) / unit * unit);
            assert_true(utf8_valid(str_of(set.msg), &bad));
            assert_true(utf8_valid(str_of(wrapped.msg), &bad));
        }
    }
}

/* No "%lc" in the C locale has U+20AC: vsnprintf fails. */
static void test_format_fails(void **state UNUSED)
{
    struct err e;

    assert_false(err_set(&e, ERR_IO, "cut %lc", (wint_t)0x20ac));
    assert_int_equal(e.kind, ERR_IO);
    assert_string_equal(e.msg, "");
    err_set(&e, ERR_IO, "inner");
    assert_false(err_wrap(&e, "cut %lc", (wint_t)0x20ac));
    assert_string_equal(e.msg, "inner");
}

static void test_names(void **state UNUSED)
{
    assert_string_equal(err_kind_name(ERR_NONE), "none");
    assert_string_equal(err_kind_name(ERR_RATE), "rate-limit");
    assert_string_equal(err_kind_name(ERR_CANCELED), "canceled");
    assert_string_equal(err_kind_name((enum err_kind)(ERR_CORRUPT + 1)), "unknown");
    /* Metrics tell kinds apart by name. */
    for (int a = ERR_NONE; a <= ERR_CANCELED; a++) {
        assert_true(strlen(err_kind_name((enum err_kind)a)) > 0);
        for (int b = ERR_NONE; b < a; b++) {
            assert_string_not_equal(err_kind_name((enum err_kind)a),
                                    err_kind_name((enum err_kind)b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),          cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_own_message),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_format_fails), cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

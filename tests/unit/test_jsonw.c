#include <float.h>
#include <ftw.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/jsonw.h"

static void test_whole(void **state UNUSED)
{
    struct buf b;
    struct jsonw w;

    buf_init(&b, 1000);
    jsonw_init(&w, &b);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "s", STR("a\"b"));
    jsonw_strz(&w, "z", "x");
    jsonw_strz(&w, "none", NULL);
    jsonw_opt(&w, "opt", STR_NONE);
    jsonw_opt(&w, "given", STR("y"));
    jsonw_str(&w, "empty", STR_NONE);
    jsonw_array(&w, "list");
    jsonw_int(&w, NULL, INT64_MIN);
    jsonw_int(&w, NULL, INT64_MAX);
    jsonw_array(&w, NULL);
    jsonw_end_array(&w);
    jsonw_object(&w, NULL);
    jsonw_end_object(&w);
    jsonw_bool(&w, NULL, true);
    jsonw_end_array(&w);
    jsonw_bool(&w, "no", false);
    jsonw_null(&w, "nil");
    jsonw_time(&w, "at", (struct wall){INT64_C(1607000720974)});
    jsonw_time(&w, "never", (struct wall){0});
    jsonw_raw(&w, "raw", STR("{\"k\":[1,2]}"));
    jsonw_raw(&w, "blank", STR_NONE);
    jsonw_int(&w, "ke\"y\n", 1);
    jsonw_end_object(&w);
    assert_string_equal(
        buf_cstr(&b),
        "{\"s\":\"a\\\"b\",\"z\":\"x\",\"none\":null,\"opt\":null,\"given\":\"y\","
        "\"empty\":\"\","
        "\"list\":[-9223372036854775808,9223372036854775807,[],{},true],\"no\":false,"
        "\"nil\":null,\"at\":\"2020-12-03T13:05:20Z\",\"never\":null,"
        "\"raw\":{\"k\":[1,2]},\"blank\":null,\"ke\\\"y\\u000a\":1}");
    assert_int_equal(w.depth, 0);
    buf_finish(&b);
}

static void test_escape(void **state UNUSED)
{
    static const struct {
        struct str text;
        const char *want;
    } rows[] = {
        {{NULL, 0}, ""},
        {STR_INIT("plain /"), "plain /"},
        {STR_INIT("\"\\\\"), "\\\"\\\\\\\\"},
        {STR_INIT("\0\n\x1f"), "\\u0000\\u000a\\u001f"},
        {STR_INIT("\x7f\xc2\x80\xc2\x9f\xc2\xa0"), "\\u007f\\u0080\\u009f\xc2\xa0"},
        {STR_INIT("\xe2\x82\xac\xf0\x9f\x98\x80"), "\xe2\x82\xac\xf0\x9f\x98\x80"},
        {STR_INIT("a\xff"
                  "b\xe2\x82"),
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd\xef\xbf\xbd"},
        {STR_INIT("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {STR_INIT("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;

        buf_init(&b, 200);
        jsonw_escape(&b, rows[i].text);
        assert_string_equal(buf_cstr(&b), rows[i].want);
        buf_finish(&b);
    }
}

/* Each byte in each place of a longer text, eight of which are looked at together. */
static void test_places(void **state UNUSED)
{
    enum { N = 20 };
    struct buf got, want;

    buf_init(&got, 200);
    buf_init(&want, 200);
    for (unsigned v = 0; v < 0x100; v++) {
        const char c = (char)v;

        for (size_t at = 0; at < N; at++) {
            char text[N];

            memset(text, '!', sizeof text);
            text[at] = c;
            buf_clear(&got);
            jsonw_escape(&got, (struct str){text, sizeof text});
            buf_clear(&want);
            buf_add(&want, str_first((struct str){"!!!!!!!!!!!!!!!!!!!!", N}, at));
            jsonw_escape(&want, (struct str){&c, 1});
            buf_add(&want, str_first((struct str){"!!!!!!!!!!!!!!!!!!!!", N}, N - 1 - at));
            assert_string_equal(buf_cstr(&got), buf_cstr(&want));
        }
    }
    buf_finish(&got);
    buf_finish(&want);
}

/* Any three bytes: another reader understands, and reads valid text back. */
static void test_read_back(void **state UNUSED)
{
    struct buf b;

    buf_init(&b, 200);
    for (unsigned v = 0; v < 0x10000; v++) {
        char text[] = {(char)(v >> 8), (char)(v & 0xff), '\xac'};
        struct jsonw w;

        buf_clear(&b);
        jsonw_init(&w, &b);
        jsonw_str(&w, NULL, (struct str){text, sizeof text});
        json_t *read = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        assert_non_null(read);
        if (v < 0x8000 && (v & 0x80) == 0) { /* ASCII comes back as it was */
            assert_memory_equal(json_string_value(read), text, 2);
        }
        json_decref(read);
    }
    buf_finish(&b);
}

static void write_double(struct buf *b, double v)
{
    struct jsonw w;

    buf_clear(b);
    jsonw_init(&w, b);
    jsonw_double(&w, NULL, v);
    assert_true(buf_ok(b));
}

static void check_doubles(void)
{
    static const struct {
        double v;
        const char *want;
    } rows[] = {
        {0.0, "0"},
        {0.1, "0.1"},
        {-1.5, "-1.5"},
        {1e21, "1e+21"},
        {3.0, "3"},
        {1.0 / 3.0, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {DBL_TRUE_MIN, "4.94065645841247e-324"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {(double)NAN, "null"},
        {(double)INFINITY, "null"},
        {-(double)INFINITY, "null"},
    };
    double hard[] = {DBL_MIN, DBL_TRUE_MIN, 1.0 + DBL_EPSILON, 123456789.123456789};
    struct buf b;

    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        write_double(&b, rows[i].v);
        assert_string_equal(buf_cstr(&b), rows[i].want);
    }
    for (size_t i = 0; i < ARRAY_LEN(hard); i++) {
        double back;

        write_double(&b, hard[i]);
        assert_true(str_to_double(buf_str(&b), &back));
        assert_memory_equal(&back, &hard[i], sizeof back);
    }
    buf_finish(&b);
}

static void test_doubles(void **state UNUSED)
{
    check_doubles();
}

static int remove_one(const char *path, const struct stat *st UNUSED, int flag UNUSED,
                      struct FTW *ftw UNUSED)
{
    return remove(path);
}

/* Compiles a German locale below test_arena.c  test_clock.c  test_err.c
test_jsonw.c  test_sign.c  test_utf8.c test_buf.c    test_date.c   test_hash.c
test_map.c    test_str.c; false where its source is missing. */
static bool compile_locale(const char *dir)
{
    char path[128];
    char program[] = "localedef";
    char arg_i[] = "-i";
    char name[] = "de_DE";
    char arg_f[] = "-f";
    char charmap[] = "UTF-8";
    char *argv[] = {program, arg_i, name, arg_f, charmap, path, NULL};
    pid_t pid;
    int status;

    snprintf(path, sizeof path, "%s/de_DE.UTF-8", dir);
    return posix_spawnp(&pid, program, NULL, NULL, argv, environ) == 0 &&
           waitpid(pid, &status, 0) == pid && status == 0;
}

/* A process that writes decimal commas still writes and reads JSON. */
static void test_locale(void **state UNUSED)
{
    const char *tmp = getenv("TMPDIR");
    char dir[96];
    char shown[8] = "";
    bool ready;

    snprintf(dir, sizeof dir, "%s/test_jsonw.XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    assert_non_null(mkdtemp(dir));
    ready = compile_locale(dir) && setenv("LOCPATH", dir, 1) == 0 &&
            setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
    if (ready) {
        snprintf(shown, sizeof shown, "%.1f", 0.5);
        check_doubles();
        setlocale(LC_ALL, "C");
    }
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (!ready) {
        skip(); /* this system has no locale sources */
    }
    assert_string_equal(shown, "0,5"); /* the locale was in force */
}

static void test_depth(void **state UNUSED)
{
    for (int levels = 32; levels <= 33; levels++) {
        struct buf b;
        struct jsonw w;
        struct err e;

        buf_init(&b, 1000);
        jsonw_init(&w, &b);
        for (int i = 0; i < levels; i++) {
            jsonw_array(&w, NULL);
        }
        jsonw_int(&w, NULL, 1);
        for (int i = 0; i < levels; i++) {
            jsonw_end_array(&w);
        }
        assert_int_equal(buf_check(&b, &e), levels == 32);
        if (levels == 32) {
            assert_int_equal(b.n, 65);
        } else {
            assert_int_equal(e.kind, ERR_LIMIT);
        }
        buf_finish(&b);
    }
    struct buf b;
    struct jsonw w;

    buf_init(&b, 100);
    jsonw_init(&w, &b);
    jsonw_end_object(&w); /* nothing is open */
    assert_false(buf_ok(&b));
    buf_finish(&b);
}

static void test_ceiling(void **state UNUSED)
{
    struct buf b;
    struct jsonw w;

    for (size_t ceiling = 0; ceiling < 20; ceiling++) {
        buf_init(&b, ceiling);
        jsonw_init(&w, &b);
        jsonw_object(&w, NULL);
        jsonw_str(&w, "key", STR("value\xff"));
        jsonw_end_object(&w);
        assert_int_equal(buf_ok(&b), ceiling >= 18);
        buf_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_escape),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_locale),    cmocka_unit_test(test_depth),
        cmocka_unit_test(test_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The projection scanner against jansson as the reference: for each document
 * "project, then parse" must be "parse, then project".
 */
#include "connectors/wire/project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/replay/recordings.h"
#include "tests/unit/project_reference.h"

enum { MUTATIONS = 20000 };

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(projections); i++) {
        compile(&projections[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(projections); i++) {
        arena_destroy(projections[i].arena);
    }
    return 0;
}

/* ---- small documents ---- */

static const char *const documents[] = {
    "[]",
    "{}",
    "[{}]",
    "[[],[[]],[[1,2],[3]]]",
    "{\"a\":1}",
    "{\"a\":-0.5e+10,\"b\":{\"c\":\"x\",\"d\":[{\"e\":1,\"f\":2},{},{\"e\":[1]}],\"z\":"
    "0}}",
    "[{\"id\":1,\"number\":2,\"title\":\"t\",\"body\":null,\"user\":null}]",
    "[{\"labels\":[\"one\",{\"name\":\"two\",\"color\":\"f00\"},{\"id\":3},null,[4]]}]",
    "[{\"labels\":{\"name\":\"not a list\"},\"user\":\"not an object\"}]",
    "[{\"body\":\"a\\r\\nb \\\"q\\\" \\\\ \\/ \\b\\f\\t \\u00e9 "
    "\\ud83d\\ude00\",\"id\":9}]",
    "[{\"b\\u006fdy\":\"escaped name\",\"\\u0069d\":5,\"t\\u0069\\u0074le\":\"x\"}]",
    "[{\"title\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 0123456789 0123456789\"}]",
    "[{\"title\":\"nul \\u0000 inside\",\"body\":\"\\u0000\"}]",
    " [ { \"id\" : 1 ,\n\t\"labels\" : [ { \"name\" : \"x\" } , \"y\" ] } , { } ]",
    "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"summary\":\"s\","
    "\"labels\":[\"l\"],\"description\":{\"type\":\"doc\",\"content\":[]},"
    "\"status\":{\"name\":\"n\",\"statusCategory\":{\"key\":\"new\",\"id\":2}},"
    "\"customfield_10000\":[{\"value\":\"v\"}]}}],\"total\":1,\"names\":{\"x\":\"y\"}}",
    "[true,false,null,0,-1,1.5,1E5,\"s\",{\"a\":[]},[{\"b\":{\"c\":1}}]]",
    "{\"n\":[1,{\"x\":\"y\"}],\"x\":[[1,[2]],[],3,[\"\"]],\"\":1}",
    "[{\"b\":{\"c\":1,\"d\":[{\"e\":2},3,{\"e\":null},[4],{\"e\":[5]}]},\"x\":[{\"id\":"
    "1,"
    "\"y\":2},{\"y\":3},4,null]},{\"m\":[[1,null],[],2,[[3]]],\"n\":[[{\"z\":1},2],3]},"
    "7,"
    "null,[],{\"b\":8,\"a\":{\"b\":[]}}]",
    /* Objects alike, nearly alike, and with the same names in other places. */
    "[{\"id\":1,\"x\":2,\"title\":\"t\",\"body\":\"b\"},{\"id\":1,\"x\":2,\"title\":"
    "\"t\","
    "\"body\":\"b\"},{\"x\":1,\"id\":2,\"body\":\"t\",\"title\":\"b\"},{\"ids\":1,"
    "\"i\":2,"
    "\"titl\":3,\"title\":4,\"body\":5},{},{\"id\":1}]",
    "[{\"id\" : 1,\"title\" :2 ,\"x\":[ ]},{\"id\" :\n1 , \"title\": 2,\"x\" "
    ":[]},{\"id\":  1,"
    "\"title\"\t:\t2,\"x\":{ }},{\"\\u0069d\":1,\"ti\\u0074le\":2},{\"\\u0069d\":1,"
    "\"ti\\u0074le\":2}]",
    "[{\"a_name_of_28_bytes_________\":1,\"a_name_of_29_bytes__________\":2,"
    "\"a_name_of_30_bytes___________\":3,\"fifteen_bytes_\":4,\"id\":5},"
    "{\"a_name_of_28_bytes_________\":1,\"a_name_of_29_bytes__________\":2,"
    "\"a_name_of_30_bytes___________\":3,\"fifteen_bytes_\":4,\"id\":5},"
    "{\"a_name_of_28_bytes________X\":1,\"a_name_of_29_bytes_________X\":2,"
    "\"a_name_of_30_bytes__________X\":3,\"fifteen_bytes_X\":4,\"id\":5}]",
};

/* Each is refused by jansson and by every projection, wherever the fault stands. */
static const char *const refused[] = {
    "",
    " ",
    "1",
    "null",
    "\"s\"",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{\"q\":1,}",
    "{,}",
    "{\"q\"}",
    "{\"q\":}",
    "{\"q\" 1}",
    "{q:1}",
    "{1:1}",
    "[}",
    "{]",
    "[1}",
    "{\"q\":1]",
    "[]]",
    "[] []",
    "[]x",
    "[01]",
    "[-]",
    "[+1]",
    "[1.]",
    "[.5]",
    "[1e]",
    "[1e+]",
    "[0x1]",
    "[tru]",
    "[truex]",
    "[nul]",
    "[NaN]",
    "[Infinity]",
    "['s']",
    "[\"\\x\"]",
    "[\"\\u12\"]",
    "[\"\\u12g4\"]",
    "[\"\\ud800\"]",
    "[\"\\ud800x\"]",
    "[\"\\ud800\\n00000\"]",
    "[\"\\ud800\\u0041\"]",
    "[\"\\udc00\"]",
    "[\"a\tb\"]",
    "[\"a\nb\"]",
    "[\"\x01\"]",
    "[\"\x80\"]",
    "[\"\xc0\xaf\"]",
    "[\"\xc1\xbf\"]",
    "[\"\xe0\x9f\xbf\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xf0\x8f\xbf\xbf\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf5\x80\x80\x80\"]",
    "[\"\xe2\x82\"]",
    "[\"\xe2\x28\xa1\"]",
    "[\"0123456789abcde\xff, 0123456789abcdef\"]",
    "[\"0123456789abcdef0123456789abcde\x1f\"]",
    "\xef\xbb\xbf[]",
    "[]\xef\xbb\xbf",
    "[1]/**/",
    "\v[]",
};

static void documents_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        assert_true(check(documents[i], view(documents[i])));
    }
}

static void wrong_documents_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct buf deep;

        assert_false(check(refused[i], view(refused[i])));
        /* The same fault in a part that is taken and in one that is skipped. */
        buf_init(&deep, 4096);
        buf_printf(&deep, "{\"a\":%s}", refused[i]);
        if (strlen(refused[i]) > 4) {
            assert_false(check(refused[i], buf_str(&deep)));
        }
        buf_clear(&deep);
        buf_printf(&deep, "[{\"skipped\":[{\"x\":%s}]}]", refused[i]);
        if (strlen(refused[i]) > 4) {
            assert_false(check(refused[i], buf_str(&deep)));
        }
        buf_finish(&deep);
    }
}

static bool runs(const struct project *p, struct str in, struct err *e)
{
    char *copy = exact_copy(in);
    struct buf out;

    buf_init(&out, 1 << 20);
    bool ok = project_run(p, (struct str){copy, in.n}, &out, e);

    buf_finish(&out);
    free(copy);
    return ok;
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        struct str in = view(documents[i]);

        for (size_t j = 0; j < ARRAY_LEN(projections); j++) {
            struct err e;

            assert_true(runs(projections[j].compiled, in, &e));
            for (size_t n = 0; n < in.n; n++) {
                assert_false(runs(projections[j].compiled, str_first(in, n), &e));
                assert_int_equal(e.kind, ERR_PARSE);
            }
        }
    }
}

/* A fault at each offset from the blocks of 16 the scanner reads. */
static void faults_at_every_offset(void **state)
{
    static const char *const faults[] = {"\x01", "\xff", "\\x", "\xc3", "\n"};

    (void)state;
    for (size_t pad = 0; pad < 40; pad++) {
        for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
            struct buf in;

            buf_init(&in, 4096);
            buf_printf(&in, "[{\"title\":\"%.*s%s%s\",\"id\":1}]", (int)pad,
                       "0123456789012345678901234567890123456789", faults[i],
                       "0123456789012345678901234567890123456789");
            assert_false(check("fault", buf_str(&in)));
            buf_clear(&in);
            buf_printf(&in, "[{\"title\":\"%.*s\xc3\xa4\\n\",\"id\":1}]", (int)pad,
                       "0123456789012345678901234567890123456789");
            assert_true(check("no fault", buf_str(&in)));
            buf_finish(&in);
        }
    }
}

static void output(const char *const *paths, size_t n, const char *in, struct buf *out)
{
    struct arena *a = arena_create(1 << 20);
    const struct project *p;
    struct err e;

    buf_init(out, 1 << 16);
    if (!project_compile(a, paths, n, &p, &e) || !project_run(p, view(in), out, &e)) {
        fail_msg("%s: %s", in, e.msg);
    }
    arena_destroy(a);
}

static void output_is_compact(void **state)
{
    static const struct {
        const char *paths[3];
        const char *in, *out;
    } row[] = {
        {{"[].a"}, "[{\"a\":1,\"b\":2},{\"b\":3}]", "[{\"a\":1},{}]"},
        {{"[].a", "[].b"},
         " [ {\"b\" : [ 1 ] , \"a\": \"x\" } ] ",
         "[{\"b\":[ 1 ],\"a\":\"x\"}]"},
        {{"[].l[].name"},
         "[{\"l\":[\"s\",{\"name\":\"n\",\"x\":1}]}]",
         "[{\"l\":[\"s\",{\"name\":\"n\"}]}]"},
        {{"a@"}, "{\"z\":0,\"a\": \"xyz\" }", "{\"a\":[12,5]}"},
        {{"a", "a.b"}, "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":2}}"},
        {{"a.b", "a"}, "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":2}}"},
        {{"a.b"}, "{\"a\":[1,{\"b\":2}]}", "{\"a\":[]}"},
        {{"[].a"}, "{\"a\":1}", "{}"},
        {{"a"}, "[1,2]", "[]"},
        {{"\x7f"
          "a"},
         NULL,
         NULL},
    };

    (void)state;
    for (size_t i = 0; row[i].in != NULL; i++) {
        struct buf out;
        size_t n = 0;

        while (row[i].paths[n] != NULL) {
            n++;
        }
        output(row[i].paths, n, row[i].in, &out);
        assert_string_equal(buf_cstr(&out), row[i].out);
        buf_finish(&out);
    }
}

static void duplicates(void **state)
{
    static const struct {
        const char *in;
        bool ok;
    } row[] = {
        {"[{\"id\":1,\"id\":2}]", false},
        {"[{\"id\":1,\"x\":0,\"\\u0069d\":2}]", false},
        {"[{\"x\":0,\"id\":1},{\"id\":1,\"id\":2,\"what\":\"makes it longer than "
         "32\"}]",
         false},
        {"[{\"labels\":[{\"name\":1,\"name\":1}]}]", false},
        {"[{\"issue_field_values\":[{\"x\":1,\"x\":1}]}]", false},
        {"[{\"unwanted\":1,\"unwanted\":2}]", true},
        {"[{\"unwanted\":{\"id\":1,\"id\":2}}]", true},
        {"[{\"id\":1},{\"id\":1}]", true},
        {"[{\"user\":{\"id\":7,\"id\":8,\"login\":\"x\"}}]", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        json_t *got = NULL;
        struct err e = {0};
        bool ok = project_load(projections[0].compiled, view(row[i].in), &got, &e);

        assert_int_equal(ok, row[i].ok);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_PARSE);
        json_decref(got);
    }
}

static void nested(struct buf *in, const char *before, char open, char close, int depth,
                   const char *after)
{
    buf_init(in, 1 << 20);
    buf_addz(in, before);
    for (int i = 0; i < depth; i++) {
        if (open == '{') {
            buf_addz(in, "{\"k\":");
        } else {
            buf_addc(in, '[');
        }
    }
    if (open == '{') {
        buf_addz(in, "0");
    }
    for (int i = 0; i < depth; i++) {
        buf_addc(in, close);
    }
    buf_addz(in, after);
}

static void depth_is_limited(void **state)
{
    static const struct {
        const char *before, *after;
        int around;
    } row[] = {
        {"", "", 0},              /* taken apart */
        {"[{\"skip\":", "}]", 2}, /* skipped */
        {"[{\"body\":", "}]", 2}, /* taken by place */
        {"[{\"issue_field_values\":", "}]", 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        for (int object = 0; object < 2; object++) {
            for (int over = 0; over < 2; over++) {
                struct err e = {0};
                struct buf in;

                nested(&in, row[i].before, object ? '{' : '[', object ? '}' : ']',
                       PROJECT_MAX_DEPTH - row[i].around + over, row[i].after);
                assert_int_equal(runs(projections[0].compiled, buf_str(&in), &e),
                                 !over);
                assert_int_equal(e.kind, over ? ERR_LIMIT : ERR_NONE);
                buf_finish(&in);
            }
        }
    }
    /* Depth is of what is open, not of what was opened. */
    struct buf many;
    struct err e;

    buf_init(&many, 1 << 20);
    buf_addz(&many, "[{\"a\":[");
    for (int i = 0; i < 5000; i++) {
        buf_addz(&many, "[{}],");
    }
    buf_addz(&many, "0]}]");
    assert_true(runs(projections[0].compiled, buf_str(&many), &e));
    buf_finish(&many);
}

static void sizes_are_limited(void **state)
{
    struct err e;
    struct buf out;
    struct str big = {NULL, PROJECT_MAX_IN + 1};

    (void)state;
    big.p = calloc(1, big.n);
    assert_non_null(big.p);
    memset((char *)(uintptr_t)big.p, ' ', big.n);
    buf_init(&out, 100);
    assert_false(project_run(projections[0].compiled, big, &out, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    /* Blanks alone, one byte fewer: looked at, and no document. */
    assert_false(
        project_run(projections[0].compiled, str_first(big, PROJECT_MAX_IN), &out, &e));
    assert_int_equal(e.kind, ERR_PARSE);
    free((char *)(uintptr_t)big.p);

    struct str two = STR("[{\"title\":\"0123456789\"},{\"title\":\"0123456789\"}]");

    for (size_t ceiling = 1; ceiling < two.n; ceiling++) {
        buf_finish(&out);
        buf_init(&out, ceiling);
        assert_false(project_run(projections[0].compiled, two, &out, &e));
        assert_int_equal(e.kind, ERR_LIMIT);
    }
    buf_finish(&out);
    buf_init(&out, two.n);
    assert_true(project_run(projections[0].compiled, two, &out, &e));
    assert_string_equal(buf_cstr(&out), two.p);
    buf_finish(&out);
}

static void rows_are_limited(void **state)
{
    static const char *const paths[] = {"[].a[]", "[].b"};
    struct arena *a = arena_create(1 << 20);
    const struct project *p;
    struct project_rows rows;
    struct err e;
    struct buf in;

    (void)state;
    assert_true(project_compile(a, paths, 2, &p, &e));
    for (size_t over = 0; over < 2; over++) {
        buf_init(&in, 1 << 24);
        buf_addz(&in, "[0");
        for (size_t i = 1; i < PROJECT_MAX_ROWS + over; i++) {
            buf_addz(&in, ",0");
        }
        buf_addc(&in, ']');
        assert_int_equal(project_rows(p, buf_str(&in), &rows, &e), !over);
        assert_int_equal(over ? e.kind : ERR_LIMIT, ERR_LIMIT);
        project_rows_finish(&rows);
        buf_clear(&in);
        buf_addz(&in, "[{\"a\":[0");
        for (size_t i = 1; i < PROJECT_MAX_CELLS + over; i++) {
            buf_addz(&in, ",0");
        }
        buf_addz(&in, "]}]");
        assert_int_equal(project_rows(p, buf_str(&in), &rows, &e), !over);
        assert_int_equal(over ? e.kind : ERR_LIMIT, ERR_LIMIT);
        assert_int_equal(rows.n, !over);
        project_rows_finish(&rows);
        project_rows_finish(&rows);
        buf_finish(&in);
    }
    assert_false(project_rows(p, STR("{\"a\":[1]}"), &rows, &e));
    assert_int_equal(e.kind, ERR_PARSE);
    arena_destroy(a);
}

/* jansson's allocation number `k` from now fails, and all after it. */
static long allocations_left = -1;

static void *failing_malloc(size_t n)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(n);
}

static void load_without_memory(void **state)
{
    const struct str in = STR("[{\"id\":1,\"title\":\"a longer title than that\","
                              "\"user\":{\"login\":\"u\"},\"labels\":[\"a\",\"b\"]}]");
    long k = 0;
    bool ok = false;

    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    for (; !ok && k < 1000; k++) {
        json_t *got = NULL;
        struct err e = {0};

        allocations_left = k;
        ok = project_load(projections[0].compiled, in, &got, &e);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_NOMEM);
        json_decref(got);
    }
    assert_in_range(k, 10, 999);
}

static int restore_malloc(void **state)
{
    (void)state;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

static void wrong_paths(void **state)
{
    static const struct {
        const char *paths[2];
        enum err_kind kind;
    } row[] = {
        {{"", NULL}, ERR_USAGE},
        {{"@", NULL}, ERR_USAGE},
        {{".", NULL}, ERR_USAGE},
        {{"a.", NULL}, ERR_USAGE},
        {{".a", NULL}, ERR_USAGE},
        {{"a..b", NULL}, ERR_USAGE},
        {{"[]a", NULL}, ERR_USAGE},
        {{"[].", NULL}, ERR_USAGE},
        {{"[", NULL}, ERR_USAGE},
        {{"a[0]", NULL}, ERR_USAGE},
        {{"a b", NULL}, ERR_USAGE},
        {{"a\"b", NULL}, ERR_USAGE},
        {{"a@b", NULL}, ERR_USAGE},
        {{"\xc3\xa4", NULL}, ERR_USAGE},
        {{"a", "a@"}, ERR_USAGE},
        {{"[][][][][][][][][][][][][][][][][]", NULL}, ERR_USAGE},
        {{"0123456789012345678901234567890123456789012345678901234567890123", NULL},
         ERR_USAGE},
    };
    struct arena *a = arena_create(1 << 20);
    const struct project *p;
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        size_t n = row[i].paths[1] != NULL ? 2 : 1;

        if (project_compile(a, row[i].paths, n, &p, &e)) {
            fail_msg("taken: %s", row[i].paths[0]);
        }
        assert_int_equal(e.kind, row[i].kind);
    }
    arena_destroy(a);
}

static void many_members(void **state)
{
    char names[65][16];
    const char *paths[65];
    struct arena *a = arena_create(1 << 20);
    const struct project *p;
    struct err e;
    struct buf in, out;

    (void)state;
    buf_init(&in, 1 << 16);
    buf_init(&out, 1 << 16);
    for (int i = 0; i < 65; i++) {
        snprintf(names[i], sizeof names[i], "m%dx", i);
        paths[i] = names[i];
        if (i < 64) {
            buf_printf(&in, "%s\"%s\":%d", i ? "," : "{", names[i], i);
        }
    }
    buf_addc(&in, '}');
    assert_false(project_compile(a, paths, 65, &p, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_true(project_compile(a, paths, 64, &p, &e));
    assert_true(project_run(p, buf_str(&in), &out, &e));
    assert_string_equal(buf_cstr(&out), buf_cstr(&in));
    buf_finish(&in);
    buf_finish(&out);
    arena_destroy(a);
}

/* Lists of objects of which each looks like the last, but for more names than are
   remembered, by more kinds of object than are. */
static void objects_alike(void **state)
{
    struct buf in;

    (void)state;
    buf_init(&in, 1 << 20);
    for (int i = 0; i < 3; i++) {
        buf_addz(&in, i == 0 ? "[{" : ",{");
        for (int k = 0; k < 80; k++) {
            buf_printf(&in, "\"n%d\":{\"x\":%d},", k, i);
        }
        buf_addz(&in,
                 "\"id\":1,\"user\":{\"login\":\"x\"},\"labels\":[{\"name\":\"l\"}],"
                 "\"title\":\"t\"}");
    }
    buf_addc(&in, ']');
    assert_true(check("alike", buf_str(&in)));
    buf_finish(&in);
}

/* More kinds of object than the scanner remembers the looks of. */
static void many_kinds(void **state)
{
    char names[12][24];
    const char *paths[12];
    struct buf in, out;

    (void)state;
    buf_init(&in, 1 << 16);
    for (size_t i = 0; i < 12; i++) {
        (void)snprintf(names[i], sizeof names[i], "[].k%zu.id", i);
        paths[i] = names[i];
    }
    for (int row = 0; row < 3; row++) {
        buf_addz(&in, row == 0 ? "[{" : ",{");
        for (int i = 0; i < 12; i++) {
            buf_printf(&in, "%s\"k%d\":{\"id\":%d}", i == 0 ? "" : ",", i, i);
        }
        buf_addz(&in, "}");
    }
    buf_addc(&in, ']');
    output(paths, 12, buf_cstr(&in), &out);
    assert_string_equal(buf_cstr(&out), buf_cstr(&in));
    buf_finish(&out);
    buf_finish(&in);
}

static void compile_without_memory(void **state)
{
    const struct project *p;
    struct err e = {0};
    size_t failed = 0;

    (void)state;
    for (size_t ceiling = 16; failed < 1000; ceiling += 16) {
        struct arena *a = arena_create(ceiling);
        const struct projection *g = &projections[0];

        assert_non_null(a);
        bool ok = project_compile(a, g->paths, g->wants.n, &p, &e);

        arena_destroy(a);
        if (ok) {
            break;
        }
        assert_int_equal(e.kind, ERR_NOMEM);
        failed++;
    }
    assert_in_range(failed, 20, 999);
}

static void spans_of_wrong_values(void **state)
{
    static const char *const row[] = {
        "{\"v\":null}",  "{\"v\":\"x\"}",  "{\"v\":[]}",      "{\"v\":[1]}",
        "{\"v\":{}}",    "{\"v\":[0,0]}",  "{\"v\":[-1,2]}",  "{\"v\":[0,100]}",
        "{\"v\":[9,4]}", "{\"v\":[1,-1]}", "{\"v\":[1,2,3]}", "{\"w\":1}",
    };
    struct arena *a = arena_create(4096);
    struct str text;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        json_t *root = json_loads(row[i], 0, NULL);
        struct str raw;

        assert_false(project_span(STR("0123456789"), json_object_get(root, "v"), &raw));
        json_decref(root);
    }
    assert_true(project_text(a, STR("null"), &text));
    assert_int_equal(text.n, 0);
    assert_true(project_text(a, STR("{\"a\":1}"), &text));
    assert_int_equal(text.n, 0);
    assert_true(project_text(a, STR("\"\""), &text));
    assert_int_equal(text.n, 0);
    arena_destroy(a);
    a = arena_create(64);
    assert_false(project_text(
        a, STR("\"0123456789012345678901234567890123456789012345678901234567890123\""),
        &text));
    arena_destroy(a);
}

/* ---- mutations ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t below(uint64_t *seed, size_t n)
{
    return n == 0 ? 0 : (size_t)(next_random(seed) % n);
}

static void mutate(struct buf *doc, uint64_t *seed)
{
    static const char *const tokens[] = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\u0000",
        "\\ud800",
        "\\udc00",
        "null",
        "true",
        "1e9",
        "-",
        "0",
        "\xc3\xa4",
        "\xed",
        "\xf0",
        "\x7f",
        " ",
        "\n",
        "\"id\":1,",
        "\"a\":",
        "[]",
        "{}",
        "1e999",
        "\x01",
        "\"name\":\"x\"",
        "99999999999999999999",
        "\"body\":",
    };
    struct str s = buf_str(doc);
    size_t at = below(seed, s.n + 1);
    size_t len = below(seed, 1 + (s.n - at < 12 ? s.n - at : 12));
    struct buf out;

    buf_init(&out, 1 << 20);
    buf_add(&out, str_first(s, at));
    switch (below(seed, 5)) {
    case 0: /* another byte */
        buf_addc(&out, (char)below(seed, 256));
        buf_add(&out, str_skip(s, at + 1));
        break;
    case 1: /* without a piece */
        buf_add(&out, str_skip(s, at + len));
        break;
    case 2: /* a piece twice */
        buf_add(&out, str_first(str_skip(s, at), len));
        buf_add(&out, str_skip(s, at));
        break;
    case 3: /* a piece from elsewhere */
        buf_add(&out, str_first(str_skip(s, below(seed, s.n + 1)), 12));
        buf_add(&out, str_skip(s, at));
        break;
    default:
        buf_addz(&out, tokens[below(seed, ARRAY_LEN(tokens))]);
        buf_add(&out, str_skip(s, at));
        break;
    }
    buf_finish(doc);
    *doc = out;
}

static void mutations_agree(void **state)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    size_t valid = 0;

    (void)state;
    for (int i = 0; i < MUTATIONS; i++) {
        struct buf doc;

        buf_init(&doc, 1 << 20);
        buf_addz(&doc, documents[below(&seed, ARRAY_LEN(documents))]);
        for (size_t n = 1 + below(&seed, 3); n > 0; n--) {
            mutate(&doc, &seed);
        }
        valid += check("mutation", buf_str(&doc));
        buf_finish(&doc);
    }
    /* Both kinds must be met, or the test shows nothing. */
    assert_in_range(valid, MUTATIONS / 50, MUTATIONS - MUTATIONS / 10);
}

/* ---- recordings ---- */

static void check_bodies(const char *path, struct str text)
{
    json_t *root = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);
    json_t *exchange;
    size_t i;

    json_array_foreach(json_object_get(root, "exchanges"), i, exchange)
    {
        const json_t *body =
            json_object_get(json_object_get(exchange, "response"), "body");

        check(path, (struct str){json_string_value(body), json_string_length(body)});
    }
    json_decref(root);
}

static void check_recording(const char *path, struct str text, void *arg)
{
    (void)arg;
    if (!check(path, text)) {
        fail_msg("%s is no JSON", path);
    }
    check_bodies(path, text);
}

/* All lines as one page. */
static void check_lines(const char *path, struct str text, void *arg)
{
    struct buf page;
    struct str line;
    bool first = true;

    (void)arg;
    buf_init(&page, PROJECT_MAX_IN);
    while (str_split(&text, '\n', &line)) {
        buf_addz(&page, first ? "[" : ",");
        buf_add(&page, line);
        first = false;
    }
    buf_addc(&page, ']');
    if (!check(path, buf_str(&page))) {
        fail_msg("%s is no JSON", path);
    }
    buf_finish(&page);
}

static void recordings_agree(void **state)
{
    static const char *const folders[] = {"github", "jira-cloud", "jira-dc", "openapi"};
    size_t run = 0, skipped = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        size_t n = recordings_each(folders[i], ".json", check_recording, NULL);

        run += n;
        skipped += n == 0;
    }
    run += recordings_each("large", ".ndjson", check_lines, NULL);
    print_message("recordings: %zu run, %zu skipped\n", run, skipped);
    if (run == 0) {
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_agree),
        cmocka_unit_test(wrong_documents_are_refused),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(faults_at_every_offset),
        cmocka_unit_test(output_is_compact),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(rows_are_limited),
        cmocka_unit_test_teardown(load_without_memory, restore_malloc),
        cmocka_unit_test(wrong_paths),
        cmocka_unit_test(many_members),
        cmocka_unit_test(objects_alike),
        cmocka_unit_test(many_kinds),
        cmocka_unit_test(compile_without_memory),
        cmocka_unit_test(spans_of_wrong_values),
        cmocka_unit_test(mutations_agree),
        cmocka_unit_test(recordings_agree),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/*
 * alignctl lint as its user meets it: the forms of its output held to files of
 * tests/golden/lint, JSON to its schema, exit codes to a table. ALIGND_GOLDEN=write
 * writes the files anew; look at the difference before committing it.
 */
#include <jansson.h>

#include "config/config.h"
#include "core/lint.h"
#include "tests/support/schema.h"
#include "tests/unit/ctl_run.h"

#define GOLDEN "tests/golden/lint/"
#define LINT(...) ARGS("lint", __VA_ARGS__)

static struct run run(size_t columns, bool colour, const char *const *args)
{
    return run_on("no/such/socket", columns, colour, args);
}

/* ---- golden files ---- */

static void hold_to_golden(const char *name, const struct buf *got)
{
    char path[300];

    snprintf(path, sizeof(path), GOLDEN "%s", name);
    hold_to_file(path, got);
}

static void test_text(void **state UNUSED)
{
    static const struct {
        const char *name, *file;
        int code;
    } rows[] = {
        {"bad", GOLDEN "bad.yaml", 1},
        {"hostile", GOLDEN "hostile.yaml", 0},
        {"dir", GOLDEN "dir", 0},
        {"check-ins", GOLDEN "check-ins.yaml", 1},
    };
    static const size_t widths[] = {0, 40, 80};

    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(widths); i++) {
        size_t columns = widths[i % ARRAY_LEN(widths)], row = i / ARRAY_LEN(widths);
        struct run r = run(columns, false, LINT(rows[row].file));
        char name[100];

        snprintf(name, sizeof(name), "%s.%zu.txt", rows[row].name, columns);
        assert_int_equal(r.code, rows[row].code);
        assert_int_equal(r.err.n, 0);
        hold_to_terminal(name, columns, true, &r.out);
        hold_to_golden(name, &r.out);
        run_finish(&r);
    }
}

static void test_github(void **state UNUSED)
{
    static const char *const names[] = {"bad", "hostile", "broken"};
    static const int codes[] = {1, 0, 78};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char file[100], name[100];
        struct run r;

        snprintf(file, sizeof(file), GOLDEN "%s.yaml", names[i]);
        snprintf(name, sizeof(name), "%s.github.txt", names[i]);
        r = run(0, false, LINT("--format", "github", file));
        assert_int_equal(r.code, codes[i]);
        assert_int_equal(r.err.n, 0);
        hold_to_terminal(name, 0, true, &r.out);
        hold_to_golden(name, &r.out);
        run_finish(&r);
    }
}

/* What would end a property or a command is encoded, in names of files, too. */
static void test_github_escapes(void **state UNUSED)
{
    static const char text[] =
        "strategy: 1\nname: A\ninitiatives: [{id: i, title: I}]\n"
        "objectives: [{id: o, title: \"Ship 100%, a: b %0A\\r\\nc\"}]\n";
    struct tempdir dir;
    struct buf path;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_join(&dir, "a,b:c%.yaml", &path, &e));
    assert_true(tempdir_write(&dir, "a,b:c%.yaml", str_of(text), &e));
    r = run(0, false, LINT("--format=github", buf_cstr(&path)));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out),
                           "/a%2Cb%3Ac%25.yaml,line=4,title=output-verb::objective "
                           "'Ship 100%25, a: b %250A c' says what is made"));
    assert_null(strstr(buf_cstr(&r.out), "a,b:c"));
    run_finish(&r);
    buf_finish(&path);
    tempdir_remove(&dir);
}

/* ---- JSON ---- */

static json_t *lint_json(const char *file, int code)
{
    struct run r = run(0, false, LINT("--json", file));
    json_error_t at;
    json_t *v = json_loadb(buf_cstr(&r.out), r.out.n, JSON_REJECT_DUPLICATES, &at);

    assert_int_equal(r.code, code);
    assert_int_equal(r.err.n, 0);
    if (v == NULL)
        fail_msg("%s: %s", file, at.text);
    run_finish(&r);
    return v;
}

static void test_json(void **state UNUSED)
{
    static const char *const files[] = {
        GOLDEN "bad.yaml",
        GOLDEN "hostile.yaml",
        GOLDEN "dir",
        "config/strategy.sample.yaml",
        "config/examples/acme",
        "config/examples/mealbell",
        "tests/golden/config/strategy-good-every-key.yaml",
    };
    json_t *schema = json_load_file("config/lint.schema.json", 0, NULL);
    struct buf why;
    struct run r;

    assert_non_null(schema);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        json_t *v = lint_json(files[i], i == 0 ? 1 : 0), *wrong;

        buf_init(&why, 65536);
        if (!schema_check(schema, v, &why))
            fail_msg("%s: %s", files[i], buf_cstr(&why));
        /* The schema holds on to what it says. */
        wrong = json_deep_copy(v);
        json_object_set_new(wrong, "more", json_true());
        assert_false(schema_check(schema, wrong, &why));
        json_decref(wrong);
        json_decref(v);
        buf_finish(&why);
    }
    json_decref(schema);
    r = run(0, false, LINT("--format", "json", GOLDEN "bad.yaml"));
    hold_to_golden("bad.json", &r.out);
    run_finish(&r);
}

/* What ships is a good example, or at least none of a bad one. */
static void test_samples(void **state UNUSED)
{
    static const char *const files[] = {"config/strategy.sample.yaml",
                                        "config/strategy.yaml", "config/examples/acme",
                                        "config/examples/mealbell"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        json_t *v = lint_json(files[i], 0), *checks = json_object_get(v, "checks");

        assert_string_equal(json_string_value(json_object_get(v, "grade")), "green");
        assert_true(json_number_value(json_object_get(v, "score")) > 0.9);
        assert_int_equal(json_integer_value(json_object_get(checks, "warnings")), 0);
        assert_int_equal(json_integer_value(json_object_get(checks, "errors")), 0);
        json_decref(v);
    }
}

/* ---- exit codes and messages ---- */

#define MINIMAL "tests/golden/config/strategy-good-minimal.yaml"
#define SAMPLE "config/strategy.sample.yaml"

static void test_exit_codes(void **state UNUSED)
{
    static const struct {
        int code;
        const char *message; /* in the error output; NULL: there is none */
        bool silent;         /* nothing on standard output */
        const char *args[8];
    } rows[] = {
        {0, NULL, false, {"lint", SAMPLE}},
        {0, NULL, false, {"lint", SAMPLE, "--strict"}},
        {0, NULL, false, {"lint", MINIMAL}},
        {1, NULL, false, {"lint", MINIMAL, "--strict"}},
        {1, NULL, false, {"lint", "--strict", "--format", "github", MINIMAL}},
        {1, NULL, false, {"lint", "--strict", "--json", MINIMAL}},
        {1, NULL, true, {"lint", "--strict", "-q", MINIMAL}},
        {1, NULL, false, {"lint", GOLDEN "bad.yaml"}},
        {1, NULL, false, {"lint", GOLDEN "bad.yaml", "--format", "text"}},
        {0, NULL, false, {"lint", GOLDEN "dir"}},
        {0, NULL, false, {"lint", "--json", "--format", "json", SAMPLE}},
        {2,
         "--format is text, json or github",
         true,
         {"lint", "--format", "xml", SAMPLE}},
        {2, "--json is one", true, {"lint", "--json", "--format", "github", SAMPLE}},
        {69, "does not answer", true, {"lint"}},
        {2, "is too much", true, {"lint", SAMPLE, MINIMAL}},
        {2, "takes no --limit", true, {"lint", SAMPLE, "--limit", "3"}},
        {2, "takes no --strict", true, {"status", "--strict"}},
        {78,
         "broken.yaml:4:30: error: unknown key 'ownr'",
         true,
         {"lint", GOLDEN "broken.yaml"}},
        {78, "did you mean 'owner'?", true, {"lint", GOLDEN "broken.yaml"}},
        {78, "id 'grow' is used twice", true, {"lint", "--json", GOLDEN "broken.yaml"}},
        {78, NULL, false, {"lint", "--format", "github", GOLDEN "broken.yaml"}},
        {78,
         "is used twice",
         true,
         {"lint", "tests/golden/config/strategy-repeated-ids.yaml"}},
        {78, "not to 100%", true, {"lint", "tests/golden/config/strategy-shares.yaml"}},
        {78, "No such file", true, {"lint", GOLDEN "none.yaml"}},
        {78, "holds no file", true, {"lint", "daemon/core"}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run r = run(0, false, rows[i].args);

        run_expect(&r, i, rows[i].code, rows[i].message);
        if ((r.out.n == 0) != rows[i].silent)
            fail_msg("row %zu: %zu bytes of output", i, r.out.n);
        run_finish(&r);
    }
}

/* Errors of loading are said as alignd says them. */
static void test_broken_as_alignd(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();
    struct run r = run(0, false, LINT(GOLDEN "broken.yaml"));
    struct buf want;

    buf_init(&want, (size_t)1 << 20);
    assert_null(strategy_load(GOLDEN "broken.yaml", d));
    conf_diag_print(d, &want);
    assert_string_equal(buf_cstr(&r.err), buf_cstr(&want));
    buf_finish(&want);
    conf_diag_destroy(d);
    run_finish(&r);
}

/* Of hundreds of warnings or errors of loading the first are told, the rest counted. */
static void test_many_of_loading(void **state UNUSED)
{
    struct tempdir dir;
    struct buf path, text;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_join(&dir, "s.yaml", &path, &e));
    for (int broken = 0; broken < 2; broken++) {
        buf_init(&text, (size_t)1 << 20);
        buf_addz(&text, "strategy: 1\nname: A\nobjectives: [{id: o, title: O}]\n"
                        "people: [{id: ana, name: Ana}]\ninitiatives:\n");
        for (int i = 0; i < 60; i++)
            buf_printf(&text, "- {id: i%d, title: I, %s: bob}\n", i,
                       broken ? "ownr" : "owner");
        assert_true(tempdir_write(&dir, "s.yaml", buf_str(&text), &e));
        r = run(0, false, LINT("--format", "github", buf_cstr(&path)));
        assert_int_equal(r.code, broken ? 78 : 0);
        assert_non_null(strstr(buf_cstr(&r.out), broken
                                                     ? "\n... and 10 more\n"
                                                     : "loading tells 10 more"));
        run_finish(&r);
        buf_finish(&text);
    }
    buf_finish(&path);
    tempdir_remove(&dir);
}

static void test_colour(void **state UNUSED)
{
    struct run r = run(80, true, LINT(GOLDEN "bad.yaml"));

    assert_non_null(
        strstr(buf_cstr(&r.out), "\033[33m" GOLDEN "bad.yaml:13: warning:"));
    assert_non_null(strstr(buf_cstr(&r.out), "\033[31m" GOLDEN "bad.yaml:39: error:"));
    run_finish(&r);
    r = run(80, true, LINT("--format", "github", GOLDEN "broken.yaml"));
    assert_null(strchr(buf_cstr(&r.out), '\033'));
    run_finish(&r);
}

/* alignctl help lint explains every check, in a narrow terminal, too. */
static void test_help(void **state UNUSED)
{
    struct run r = run(40, false, (const char *const[]){"help", "lint", NULL});

    assert_int_equal(r.code, 0);
    hold_to_terminal("help", 40, false, &r.out);
    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        char line[100];

        snprintf(line, sizeof(line), "\n  %s (%s):", c->id, lint_level_name(c->level));
        if (strstr(buf_cstr(&r.out), line) == NULL)
            fail_msg("help lint lacks %s", c->id);
    }
    assert_non_null(strstr(buf_cstr(&r.out), "\n  load (warning):"));
    run_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_github),
        cmocka_unit_test(test_github_escapes),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_broken_as_alignd),
        cmocka_unit_test(test_many_of_loading),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

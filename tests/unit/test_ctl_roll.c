/*
 * `alignctl strategy roll`: what it prints, as patches that apply.
 */
#include "tests/unit/ctl_rig.h"

/* With the daemon, its last value is the baseline; without it, that is said. */
static void test_roll(void **state UNUSED)
{
    static const struct answer well[] = {
        {"GET /v1/key-results", 200, "krs", 0},
    };
    struct fake f;
    struct run r;

    fake_start(&f, well, ARRAY_LEN(well));
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2027Q2", "config/strategy.yaml"));
    assert_int_equal(r.code, 0);
    assert_int_equal(r.err.n, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "\n# Bets on how to get there."));
    assert_non_null(strstr(buf_cstr(&r.out), "  - id: right-first-time-2027q2\n"));
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q2", "config/strategy.yaml", "--json"));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.err), "baselines are left open"));
    assert_non_null(strstr(buf_cstr(&r.out), "\"key_results\":2,"));
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2031", "config/strategy.yaml"));
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_cstr(&r.err), "nothing to draft"));
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("strategy", "roll", "2027Q9"));
    assert_int_equal(r.code, 2);
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2027Q2", "no/such/file"));
    assert_int_equal(r.code, 78);
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
}

static const char want_patch[] =
    "--- /dev/null\n+++ b/2027q1-draft.yaml\n@@ -0,0 +1,14 @@\n+objectives:\n"
    "+  # Draft of 2027q1, 2027-01-01 to 2027-03-31: what ended before it.\n"
    "+  # initiative i moves k-2027q1 now, instead of k\n"
    "+  # team t has k-2027q1 now, instead of k\n"
    "+  - id: o-2027q1\n+    title: O\n+    from: 2027-01-01\n+    to: 2027-03-31\n"
    "+    key_results:\n+      - id: k-2027q1\n+        title: K\n"
    "+        start: 2027-01-01\n+        by: 2027-03-31\n+        kind: done\n"
    "--- a/20-bets.yaml\n+++ b/20-bets.yaml\n@@ -2,5 +2,5 @@\n"
    " # 2\n # 3\n # 4\n"
    "-initiatives: [{ id: i, title: I, moves: [k] }] # k\n"
    "-teams: [{ id: t, title: T, key_results: [k] }]\n"
    "\\ No newline at end of file\n"
    "+initiatives: [{ id: i, title: I, moves: [k-2027q1] }] # k\n"
    "+teams: [{ id: t, title: T, key_results: [k-2027q1] }]\n"
    "\\ No newline at end of file\n";

static void take_files(const struct buf *out, struct tempdir *dir)
{
    json_t *root = json_loadb(out->p, out->n, 0, NULL), *file;
    struct err e;
    size_t i;

    assert_int_equal(json_array_size(json_object_get(root, "files")), 2);
    json_array_foreach(json_object_get(root, "files"), i, file)
    {
        const char *text = json_string_value(json_object_get(file, "text"));

        assert_true(tempdir_write(dir,
                                  json_string_value(json_object_get(file, "name")),
                                  str_of(text), &e));
    }
    json_decref(root);
}

/* Of a directory, a patch: one more file, and what the others name. */
static void test_roll_directory(void **state UNUSED)
{
    struct tempdir dir;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_write(&dir, "10-goals.yaml",
                              STR("strategy: 1\nname: A\nobjectives:\n  - id: o\n"
                                  "    title: O\n    to: 2026-12-31\n    key_results:\n"
                                  "      - { id: k, title: K, kind: done }\n"),
                              &e));
    assert_true(tempdir_write(&dir, "20-bets.yaml",
                              STR("# 1\n# 2\n# 3\n# 4\n"
                                  "initiatives: [{ id: i, title: I, moves: [k] }] # k\n"
                                  "teams: [{ id: t, title: T, key_results: [k] }]"),
                              &e));
    assert_true(tempdir_write(&dir, "2027q1.yaml", STR("# taken\n"), &e));
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir)));
    if (r.code != 0)
        fail_msg("%d %s", r.code, buf_cstr(&r.err));
    assert_string_equal(buf_cstr(&r.out), want_patch);
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir), "--json"));
    assert_int_equal(r.code, 0);
    take_files(&r.out, &dir);
    run_finish(&r);
    /* It loads, and what is done is not done again. */
    r = run_on("no/such/socket", 80, false, ARGS("lint", tempdir_path(&dir)));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "2027q1-draft.yaml"));
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir)));
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_cstr(&r.err), "nothing to draft"));
    run_finish(&r);
    tempdir_remove(&dir);
}

static void test_roll_brackets(void **state UNUSED)
{
    struct tempdir dir;
    struct buf path;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_write(&dir, "s.yaml",
                              STR("strategy: 1\nname: A\nobjectives: [{ id: o, title: O, "
                                  "to: 2026-12-31 }]\ninitiatives: [{ id: i, title: I }]\n"),
                              &e));
    assert_true(tempdir_join(&dir, "s.yaml", &path, &e));
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", buf_cstr(&path)));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "to: 2026-12-31 },\n  # Draft of 2027q1"));
    assert_non_null(strstr(buf_cstr(&r.out), "  { id: o-2027q1,\n"));
    assert_true(str_has_suffix(buf_str(&r.out),
                               STR("  },\n  ]\ninitiatives: [{ id: i, title: I }]\n")));
    run_finish(&r);
    buf_finish(&path);
    tempdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roll),
        cmocka_unit_test(test_roll_directory),
        cmocka_unit_test(test_roll_brackets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

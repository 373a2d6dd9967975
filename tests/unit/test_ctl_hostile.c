/*
 * alignctl with arguments, files and answers that nobody means well: what is too long is
 * refused before anything is asked, what is no text is named, and nothing that a terminal
 * would act on is printed, as text or as JSON.
 */
#include "tests/unit/ctl_rig.h"

#define ROUTES "--config=" GOLDEN "routes.yaml"
#define BAD "\xff\xed\xa0\x80\xc0\xaf"
#define HOSTILE "\x1b[31mRED\x1b]0;own\x07 a\u202eb\u2066c\u061cd\xc2\x9b" "31m"

static char *repeated(const char *what, size_t n)
{
    size_t len = strlen(what);
    char *text = malloc(n * len + 1);

    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, what, len);
    text[n * len] = '\0';
    return text;
}

/* The arguments, and a last one of two parts. */
static struct run run_with(const struct fake *f, const char *option, const char *text,
                           const char *const *args)
{
    const char *all[12] = {NULL};
    struct run r;
    struct buf b;
    size_t n = 0;

    buf_init(&b, (size_t)1 << 20);
    buf_addz(&b, option);
    buf_addz(&b, text);
    for (; args[n] != NULL; n++)
        all[n] = args[n];
    all[n] = buf_cstr(&b);
    r = run_on(buf_cstr(&f->socket), 80, false, all);
    buf_finish(&b);
    return r;
}

/* Nothing is asked, and nothing shorter instead. */
static void test_too_long_to_send(void **state UNUSED)
{
    static const struct {
        const char *option, *args[5];
    } rows[] = {
        {"--label=", {"routes", "test", "--rule=no-epics"}},
        {"--scope=", {"drift", "--rule=no-epics"}},
        {"--scope=", {"drift", "--rule=no-epics", "--fail"}},
        {"--team=", {"unlinked"}},
        {"--at=", {"krs"}},
        {"--at=", {"coverage"}},
        {"--at=", {"strategy", "show"}},
        {"--window=", {"cost"}},
        {"--audience=", {"export"}},
        {"--as=", {"view"}},
        {"", {"why"}},
        {"", {"suggest"}},
        {"", {"drift", "show"}},
        {"", {"initiatives"}},
        {"", {"krs"}},
        {"", {"sync"}},
        {"", {"retro"}},
        {"", {"channels", "test"}},
        {"", {"unlink"}},
    };
    static const size_t lengths[] = {5400, 11000, 40000}; /* three bytes each when sent */
    struct fake f;

    fake_start(&f, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(lengths); i++) {
        size_t row = i % ARRAY_LEN(rows);
        char *text = repeated("%", lengths[i / ARRAY_LEN(rows)]);
        struct run r = run_with(&f, rows[row].option, text, rows[row].args);

        if (strstr(buf_cstr(&r.err), "too long to send") == NULL || r.code != 2 ||
            r.out.n > 0)
            fail_msg("row %zu: exit %d: %s", row, r.code, buf_cstr(&r.err));
        run_finish(&r);
        free(text);
    }
    fake_stop(&f);
    assert_int_equal(f.log.n, 0);
    fake_end(&f);
}

/* But for paths, which are bytes. */
static void test_values_are_text(void **state UNUSED)
{
    size_t texts = 0, paths = 0;
    struct fake f;

    fake_start(&f, NULL, 0);
    for (int o = 0; o < OPT_COUNT; o++) {
        const char *kind = args_options[o].value;
        bool is_path = strcmp(kind, "FILE") == 0 || strcmp(kind, "DIR") == 0 ||
                       strcmp(kind, "PATH") == 0;
        char option[60], needle[100];
        struct run r;

        if (!args_options[o].has_value)
            continue;
        snprintf(option, sizeof option, "--%s=", args_options[o].name);
        snprintf(needle, sizeof needle, "--%s is not UTF-8 at byte 2",
                 args_options[o].name);
        r = run_with(&f, option, "ok" BAD, ARGS("status"));
        if ((strstr(buf_cstr(&r.err), needle) == NULL) != is_path || r.code == 0)
            fail_msg("%s exit %d: %s", option, r.code, buf_cstr(&r.err));
        run_finish(&r);
        texts += !is_path;
        paths += is_path;
    }
    assert_true(texts > 20 && paths > 3);
    fake_stop(&f);
    fake_end(&f);
}

/* Labels of a finding, which a file's routes are asked for. */
static void test_routes_of_hostile_labels(void **state UNUSED)
{
    static const char *const options[] = {"--label=", "--scope=", "--owner="};
    char *big = repeated("N", 10240), *wide = repeated("\u6f22", 5000),
         *many = repeated("l,", 10000);
    const char *const texts[] = {HOSTILE, big, wide, many};
    struct fake f;
    struct run r;

    fake_start(&f, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(options) * ARRAY_LEN(texts); i++) {
        const char *option = options[i % ARRAY_LEN(options)];

        r = run_with(&f, option, texts[i / ARRAY_LEN(options)],
                     ARGS("routes", "test", ROUTES));
        assert_int_equal(r.code, 0);
        hold_to_terminal(option, 80, false, &r.out);
        run_finish(&r);
    }
    r = run_with(&f, "--label=", many, ARGS("routes", "test", ROUTES));
    assert_non_null(strstr(buf_cstr(&r.out), "9980 more"));
    run_finish(&r);
    r = run_with(&f, "--label=", "\u202e", ARGS("routes", "test", "--json", ROUTES));
    assert_non_null(strstr(buf_cstr(&r.out), "\"label\":[\"\\u202e\"]"));
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
    free(big);
    free(wide);
    free(many);
}

/* Ten megabytes, control characters, no text; a name that is all too long. */
static void test_hostile_files(void **state UNUSED)
{
    static const struct {
        const char *text; /* NULL: too much of it */
        const char *said;
    } rows[] = {
        {NULL, "is larger than 1048576 bytes"},
        {"strategy: s.yaml\nx: \"\x1b[31m\"\n", "control character U+001B"},
        {"strategy: s.yaml\nx" BAD ": 1\n", "byte 0xFF is not valid UTF-8"},
        {"\"\\e[31mkey\\u202E\": 1\n", "unknown key '[31mkey'"},
    };
    static const char *const verbs[][4] = {{"routes"},
                                              {"replay", "--since=2026-10-01"}};
    char *huge = repeated("x", (size_t)10 << 20), *name = repeated("N", 10240);
    struct fake f;
    struct err e;

    fake_start(&f, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(verbs); i++) {
        size_t row = i / ARRAY_LEN(verbs);
        const char *text = rows[row].text != NULL ? rows[row].text : huge;
        struct buf path;
        struct run r;

        assert_true(tempdir_write(&f.dir, "alignd.yaml", str_of(text), &e));
        assert_true(tempdir_join(&f.dir, "alignd.yaml", &path, &e));
        r = run_with(&f, "--config=", buf_cstr(&path),
                     verbs[i % ARRAY_LEN(verbs)]);
        if (r.code != 78 || strstr(buf_cstr(&r.err), rows[row].said) == NULL)
            fail_msg("row %zu: exit %d: %.300s", row, r.code, buf_cstr(&r.err));
        hold_to_terminal("a file", 300, false, &r.err);
        run_finish(&r);
        r = run_with(&f, "--config=/nowhere/", name, verbs[i % ARRAY_LEN(verbs)]);
        assert_int_equal(r.code, 78);
        assert_non_null(strstr(buf_cstr(&r.err), "ame too long"));
        run_finish(&r);
        buf_finish(&path);
    }
    fake_stop(&f);
    assert_int_equal(f.log.n, 0);
    fake_end(&f);
    free(huge);
    free(name);
}

/* It means the same, and a terminal has nothing to act on. */
static void test_json_is_safe(void **state UNUSED)
{
    static const char body[] =
        "{\"title\":\"a\u202eb \u00e9 \U0001F600 \U000E0041\x7f\"}";
    static const struct answer all[] = {{"GET /v1/coverage", 200, body, 0}};
    struct fake f;
    struct run r;

    fake_start(&f, all, ARRAY_LEN(all));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("coverage", "--json"));
    assert_int_equal(r.code, 0);
    assert_string_equal(buf_cstr(&r.out), "{\"title\":\"a\\u202eb \u00e9 \U0001F600"
                                          " \\udb40\\udc41\\u007f\"}\n");
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_long_to_send),
        cmocka_unit_test(test_values_are_text),
        cmocka_unit_test(test_routes_of_hostile_labels),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_json_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

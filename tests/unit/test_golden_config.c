/*
 * Every kind of mistake in the operator's files, with the complete text that is
 * said about it: tests/golden/config/NAME.yaml (or a directory NAME) and
 * NAME.expect. Names that begin with alignd- are read as alignd.yaml, all
 * others as strategy.yaml; alignd-good-* also go through the printer and back.
 *
 * UPDATE_GOLDEN=1 writes the expected texts anew, for review by git diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"

#define FOLDER "tests/golden/config"

enum { CASES_MAX = 300, TEXT_MAX = 1 << 22 };

static char *names[CASES_MAX]; /* owned */
static size_t n_names;

static const struct conf_env env = {
    .zoneinfo = "/usr/share/zoneinfo",
    .needs_state = true,
    .needs_socket = true,
};

static bool read_whole(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    int c;

    if (f == NULL) {
        return false;
    }
    while ((c = fgetc(f)) != EOF) {
        buf_addc(out, (char)c);
    }
    (void)fclose(f);
    return true;
}

static void write_whole(const char *path, const struct buf *text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(buf_cstr(text), 1, text->n, f), text->n);
    assert_int_equal(fclose(f), 0);
}

static bool is_alignd(const char *name)
{
    return strncmp(name, "alignd-", strlen("alignd-")) == 0;
}

static bool is_good(const char *name)
{
    return strstr(name, "-good") != NULL;
}

static struct str without_suffix(const char *file)
{
    struct str name = str_of(file);

    return str_has_suffix(name, STR(".yaml")) ? str_first(name, name.n - 5) : name;
}

/* What the operator is told; loads again from a copy when it was good. */
static void load(const char *file, struct buf *said, struct buf *printed)
{
    struct conf_diag *d = conf_diag_create();
    struct conf *c = NULL;
    struct strategy *s = NULL;
    bool ok;

    assert_non_null(d);
    if (is_alignd(file)) {
        c = conf_load(file, &env, d);
        ok = c != NULL;
    } else {
        s = strategy_load(file, d);
        ok = s != NULL;
    }
    conf_diag_print(d, said);
    /* Nothing is loaded with an error, and nothing is refused without one. */
    assert_int_equal(ok, conf_diag_errors(d) == 0);
    if (c != NULL) {
        conf_print(c, printed);
    }
    conf_destroy(c);
    strategy_unref(s);
    conf_diag_destroy(d);
}

static void compare(const char *name, const struct buf *said)
{
    struct buf path, expected;

    buf_init(&path, 4096);
    buf_init(&expected, TEXT_MAX);
    buf_printf(&path, "%s.expect", name);
    if (getenv("UPDATE_GOLDEN") != NULL) {
        write_whole(buf_cstr(&path), said);
    }
    if (!read_whole(buf_cstr(&path), &expected)) {
        fail_msg("%s/%s is missing", FOLDER, buf_cstr(&path));
    }
    if (!str_eq(buf_str(said), buf_str(&expected))) {
        fail_msg("%s: expected\n%s\ngot\n%s", name, buf_cstr(&expected),
                 buf_cstr(said));
    }
    buf_finish(&expected);
    buf_finish(&path);
}

static void golden(void **state)
{
    const char *file = *state;
    struct str name = without_suffix(file);
    char *stem = strndup(name.p, name.n);
    struct buf said, printed;

    assert_non_null(stem);
    buf_init(&said, TEXT_MAX);
    buf_init(&printed, TEXT_MAX);
    load(file, &said, &printed);
    assert_true(buf_ok(&said));
    compare(stem, &said);
    if (is_good(stem)) {
        assert_null(strstr(buf_cstr(&said), "error:"));
    }
    buf_finish(&printed);
    buf_finish(&said);
    free(stem);
}

/* ---- the printed configuration is one itself ---- */

static void without_origins(const struct buf *text, struct buf *out)
{
    struct str rest = buf_str(text), line;

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t at = str_find(line, STR("  # "));

        buf_add(out, at < 0 ? line : str_first(line, (size_t)at));
        buf_addc(out, '\n');
    }
}

static void round_trip(void **state)
{
    char path[] = "/tmp/alignd-golden-XXXXXX";
    int fd = mkstemp(path);
    struct buf said, first, second, plain_first, plain_second;

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    buf_init(&said, TEXT_MAX);
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    buf_init(&plain_first, TEXT_MAX);
    buf_init(&plain_second, TEXT_MAX);
    load(*state, &said, &first);
    write_whole(path, &first);

    struct conf_diag *d = conf_diag_create();
    struct conf *c = conf_load(path, &env, d);
    struct conf_diag *original_diag = conf_diag_create();
    struct conf *original = conf_load(*state, &env, original_diag);

    buf_clear(&said);
    conf_diag_print(d, &said);
    if (c == NULL) {
        fail_msg("%s\ndoes not read back:\n%s", buf_cstr(&first), buf_cstr(&said));
    }
    conf_print(c, &second);
    without_origins(&first, &plain_first);
    without_origins(&second, &plain_second);
    assert_string_equal(buf_cstr(&plain_first), buf_cstr(&plain_second));
    assert_true(c->hash == original->hash);
    /* Every line says where its value comes from. */
    assert_non_null(strstr(buf_cstr(&first), "  # default\n"));

    conf_destroy(original);
    conf_diag_destroy(original_diag);
    conf_destroy(c);
    conf_diag_destroy(d);
    buf_finish(&plain_second);
    buf_finish(&plain_first);
    buf_finish(&second);
    buf_finish(&first);
    buf_finish(&said);
    assert_int_equal(unlink(path), 0);
}

/* ---- the list of cases ---- */

static int is_case(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);

    return name.p[0] != '.' && !str_has_suffix(name, STR(".expect")) &&
           !str_has_suffix(name, STR(".ics")) && !str_has_suffix(name, STR(".csv"));
}

static int is_expected(const struct dirent *entry)
{
    return str_has_suffix(str_of(entry->d_name), STR(".expect"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void find_cases(void)
{
    struct dirent **found = NULL;
    int n = scandir(".", &found, is_case, by_name);

    for (int i = 0; i < n; i++) {
        if (n_names < CASES_MAX) {
            names[n_names++] = strdup(found[i]->d_name);
        }
        free(found[i]);
    }
    free(found);
}

/* An expected text without its case is a case that no longer runs. */
static void each_expectation_is_used(void **state)
{
    struct dirent **found = NULL;
    int n = scandir(".", &found, is_expected, by_name);

    (void)state;
    for (int i = 0; i < n; i++) {
        free(found[i]);
    }
    free(found);
    assert_int_equal(n, n_names);
    assert_true(n_names > 0 && n_names < CASES_MAX);
}

int main(void)
{
    static struct CMUnitTest tests[2 * CASES_MAX + 1];
    size_t n = 0;
    int failed;

    if (chdir(FOLDER) != 0) {
        perror(FOLDER);
        return 1;
    }
    find_cases();
    for (size_t i = 0; i < n_names; i++) {
        tests[n++] = (struct CMUnitTest){
            .name = names[i], .test_func = golden, .initial_state = names[i]};
        if (is_alignd(names[i]) && is_good(names[i])) {
            tests[n++] = (struct CMUnitTest){
                .name = names[i], .test_func = round_trip, .initial_state = names[i]};
        }
    }
    tests[n++] = (struct CMUnitTest){.name = "each expectation is used",
                                     .test_func = each_expectation_is_used};
    failed = _cmocka_run_group_tests("golden config", tests, n, NULL, NULL);
    for (size_t i = 0; i < n_names; i++) {
        free(names[i]);
    }
    return failed;
}

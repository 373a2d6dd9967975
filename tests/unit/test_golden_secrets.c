/*
 * What is said about the secrets a configuration refers to, with the complete
 * text: tests/golden/secrets/NAME.yaml, what lies around it in NAME.files, and
 * in NAME.expect what the daemon and then what `alignd --check` says. The
 * directory of the case is printed as @; no secret is ever.
 *
 *   credentials DIR, fallback DIR   where credentials are looked for
 *   env NAME VALUE                  a variable
 *   dir MODE PATH, file MODE PATH [TEXT]
 *   unprivileged                    read by one who is not root
 *
 * UPDATE_GOLDEN=1 writes the expected texts anew, for review by git diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "tests/support/tempdir.h"

#define FOLDER "tests/golden/secrets"
#define SECRET "S3CRET" /* in every value, and in no text */

enum { CASES_MAX = 60, DIRS_MAX = 4, TEXT_MAX = 1 << 20, NOBODY = 65534 };

static char *names[CASES_MAX]; /* owned */
static size_t n_names;

struct around {
    struct tempdir tmp;
    struct buf credentials, fallback;
    struct conf_env env;
    struct {
        struct buf path;
        mode_t mode;
    } dirs[DIRS_MAX];
    size_t n_dirs;
    bool unprivileged;
};

static void read_golden(const char *name, const char *suffix, struct buf *ret)
{
    struct buf path;
    struct err e;

    buf_init(&path, 4096);
    buf_printf(&path, FOLDER "/%s%s", name, suffix);
    if (!tempdir_read(buf_cstr(&path), ret, &e)) {
        fail_msg("%s: %s", buf_cstr(&path), e.msg);
    }
    buf_finish(&path);
}

static void join(const struct around *a, struct str name, struct buf *ret)
{
    buf_init(ret, 4096);
    buf_printf(ret, "%s/%.*s", tempdir_path(&a->tmp), STR_FMT(name));
    assert_true(buf_ok(ret));
}

static mode_t mode_of(struct str octal)
{
    char text[8] = "";

    assert_true(octal.n < sizeof text);
    memcpy(text, octal.p, octal.n);
    return (mode_t)strtoul(text, NULL, 8);
}

static void add_dir(struct around *a, mode_t mode, struct str name)
{
    assert_true(a->n_dirs < DIRS_MAX);
    a->dirs[a->n_dirs].mode = mode;
    join(a, name, &a->dirs[a->n_dirs].path);
    assert_int_equal(mkdir(buf_cstr(&a->dirs[a->n_dirs].path), 0700), 0);
    a->n_dirs++;
}

static void add_file(struct around *a, mode_t mode, struct str rest)
{
    struct buf path, name;
    struct str file;
    struct err e;

    assert_true(str_split(&rest, ' ', &file));
    assert_true(rest.n == 0 || str_find(rest, STR(SECRET)) >= 0);
    join(a, file, &path);
    buf_init(&name, 4096);
    buf_add(&name, file);
    assert_true(tempdir_write(&a->tmp, buf_cstr(&name), rest, &e));
    assert_int_equal(chmod(buf_cstr(&path), mode), 0);
    buf_finish(&name);
    buf_finish(&path);
}

static void set_variable(struct str name, struct str value)
{
    char n[64] = "", v[64] = "";

    assert_true(name.n < sizeof n && value.n < sizeof v);
    memcpy(n, name.p, name.n);
    if (value.n > 0) {
        memcpy(v, value.p, value.n);
    }
    assert_int_equal(setenv(n, v, 1), 0);
}

static void add_line(struct around *a, struct str line)
{
    struct str rest = line, word, second = STR_NONE;

    assert_true(str_split(&rest, ' ', &word));
    (void)str_split(&rest, ' ', &second);
    if (str_eqz(word, "credentials")) {
        join(a, second, &a->credentials);
        a->env.credentials_directory = buf_cstr(&a->credentials);
    } else if (str_eqz(word, "fallback")) {
        join(a, second, &a->fallback);
        a->env.credentials_fallback = buf_cstr(&a->fallback);
    } else if (str_eqz(word, "env")) {
        set_variable(second, rest);
    } else if (str_eqz(word, "dir")) {
        add_dir(a, mode_of(second), rest);
    } else if (str_eqz(word, "file")) {
        add_file(a, mode_of(second), rest);
    } else if (str_eqz(word, "unprivileged")) {
        a->unprivileged = true;
    } else {
        fail_msg("what is '%.*s'?", STR_FMT(line));
    }
}

static void around_begin(struct around *a, const char *name)
{
    struct buf text;
    struct str rest, line;
    struct err e;

    *a = (struct around){.env = {.zoneinfo = "/usr/share/zoneinfo"}};
    buf_init(&a->credentials, 4096);
    buf_init(&a->fallback, 4096);
    assert_true(tempdir_create(&a->tmp, &e));
    read_golden(name, ".files", &text);
    rest = buf_str(&text);
    while (str_split(&rest, '\n', &line)) {
        add_line(a, line);
    }
    buf_finish(&text);
    read_golden(name, ".yaml", &text);
    assert_true(tempdir_write(&a->tmp, "alignd.yaml", buf_str(&text), &e));
    buf_finish(&text);
}

static void around_end(struct around *a)
{
    for (size_t i = 0; i < a->n_dirs; i++) {
        buf_finish(&a->dirs[i].path);
    }
    buf_finish(&a->credentials);
    buf_finish(&a->fallback);
    tempdir_remove(&a->tmp);
}

static void set_modes(const struct around *a, bool open)
{
    for (size_t i = 0; i < a->n_dirs; i++) {
        mode_t mode = open ? 0700 : a->dirs[i].mode;

        assert_int_equal(chmod(buf_cstr(&a->dirs[i].path), mode), 0);
    }
}

/* Nobody must come to the case's directory at least: $TMPDIR may be closed to them. */
static bool is_reachable(const struct around *a)
{
    bool ok;

    if (!a->unprivileged || geteuid() != 0) {
        return true;
    }
    assert_int_equal(chmod(tempdir_path(&a->tmp), 0755), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    ok = faccessat(AT_FDCWD, tempdir_path(&a->tmp), X_OK, AT_EACCESS) == 0;
    assert_int_equal(seteuid(0), 0);
    return ok;
}

/* Root may look everywhere. */
static bool read_secrets(const struct around *a, struct conf *c, bool check,
                         struct conf_diag *d)
{
    bool drop = a->unprivileged && geteuid() == 0, ok;

    set_modes(a, false);
    assert_int_equal(drop ? seteuid(NOBODY) : 0, 0);
    ok = check ? conf_check_secrets(c, &a->env, d) : conf_load_secrets(c, &a->env, d);
    assert_int_equal(drop ? seteuid(0) : 0, 0);
    set_modes(a, true);
    return ok;
}

/* Paths without the part that differs each time. */
static void add_said(const struct around *a, const struct conf_diag *d, struct buf *out)
{
    struct str dir = str_of(tempdir_path(&a->tmp)), rest;
    struct buf said;
    ptrdiff_t at;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    rest = buf_str(&said);
    while ((at = str_find(rest, dir)) >= 0) {
        buf_add(out, str_first(rest, (size_t)at));
        buf_addc(out, '@');
        rest = str_skip(rest, (size_t)at + dir.n);
    }
    buf_add(out, rest);
    buf_finish(&said);
}

static void say(const struct around *a, bool check, struct buf *out)
{
    struct conf_diag *d = conf_diag_create(), *loading = conf_diag_create();
    struct conf *c;
    struct buf path;
    bool ok;

    join(a, STR("alignd.yaml"), &path);
    c = conf_load(buf_cstr(&path), &a->env, loading);
    assert_non_null(c);
    ok = read_secrets(a, c, check, d);
    assert_int_equal(ok, conf_diag_errors(d) == 0);
    buf_printf(out, "%s:\n", check ? "check" : "daemon");
    add_said(a, d, out);
    conf_destroy(c);
    conf_diag_destroy(loading);
    conf_diag_destroy(d);
    buf_finish(&path);
}

static void update(const char *name, const struct buf *said)
{
    struct buf path;
    FILE *f;

    buf_init(&path, 4096);
    buf_printf(&path, FOLDER "/%s.expect", name);
    f = fopen(buf_cstr(&path), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(buf_cstr(said), 1, said->n, f), said->n);
    assert_int_equal(fclose(f), 0);
    buf_finish(&path);
}

static void golden(void **state)
{
    const char *name = *state;
    struct around a;
    struct buf said, expected;

    around_begin(&a, name);
    if (!is_reachable(&a)) {
        around_end(&a);
        skip();
    }
    buf_init(&said, TEXT_MAX);
    say(&a, false, &said);
    say(&a, true, &said);
    around_end(&a);
    assert_true(buf_ok(&said));
    assert_null(strstr(buf_cstr(&said), SECRET));
    if (getenv("UPDATE_GOLDEN") != NULL) {
        update(name, &said);
    }
    read_golden(name, ".expect", &expected);
    assert_string_equal(buf_cstr(&said), buf_cstr(&expected));
    buf_finish(&expected);
    buf_finish(&said);
}

static int is_case(const struct dirent *entry)
{
    return str_has_suffix(str_of(entry->d_name), STR(".yaml"));
}

static void find_cases(void)
{
    struct dirent **found = NULL;
    int n = scandir(FOLDER, &found, is_case, alphasort);

    for (int i = 0; i < n; i++) {
        if (n_names < CASES_MAX) {
            names[n_names++] = strndup(found[i]->d_name, strlen(found[i]->d_name) - 5);
        }
        free(found[i]);
    }
    free(found);
}

int main(void)
{
    static struct CMUnitTest tests[CASES_MAX];
    int failed;

    find_cases();
    if (n_names == 0 || n_names == CASES_MAX) {
        fprintf(stderr, "%zu cases in %s\n", n_names, FOLDER);
        return 1;
    }
    for (size_t i = 0; i < n_names; i++) {
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = golden, .initial_state = names[i]};
    }
    failed = _cmocka_run_group_tests("golden secrets", tests, n_names, NULL, NULL);
    for (size_t i = 0; i < n_names; i++) {
        free(names[i]);
    }
    return failed;
}

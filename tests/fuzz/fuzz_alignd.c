/*
 * alignd.yaml: any bytes as the file. It loads or says what is wrong; what
 * loads is printed as a configuration that means the same, and its secrets are
 * read or what is wrong with them is said, never what they are.
 */
#include "base/utf8.h"
#include "config/config.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/tempdir.h"

enum { TEXT_MAX = 8 << 20 };

static struct tempdir dir;
static struct buf first_path, second_path;
static size_t columns;
static struct conf_env env = {.state_directory = "/var/lib/alignd",
                              .runtime_directory = "/run/alignd",
                              .zoneinfo = "/usr/share/zoneinfo"};

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    struct err e;

    FUZZ_CHECK(tempdir_create(&dir, &e) &&
                   tempdir_join(&dir, "alignd.yaml", &first_path, &e) &&
                   tempdir_join(&dir, "printed.yaml", &second_path, &e) &&
                   tempdir_write(&dir, "token", STR("SECRET-VALUE\n"), &e),
               "%s", e.msg);
    env.credentials_directory = tempdir_path(&dir);
    env.credentials_fallback = tempdir_path(&dir);
    return 0;
}

static void check_said(const struct conf_diag *d, const char *what)
{
    struct buf said;
    size_t at;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    FUZZ_CHECK(buf_ok(&said), "not printed");
    FUZZ_CHECK(utf8_valid(buf_str(&said), &at), "%s: not UTF-8 at %zu", what, at);
    for (struct str rest = buf_str(&said); rest.n > 0;) {
        uint32_t cp;

        rest = str_skip(rest, utf8_next(rest, &cp));
        FUZZ_CHECK(cp == '\n' || !utf8_hostile(cp), "U+%04X in: %s", (unsigned)cp,
                   buf_cstr(&said));
    }
    FUZZ_CHECK(strstr(buf_cstr(&said), "SECRET-VALUE") == NULL, "%s", buf_cstr(&said));
    buf_finish(&said);
}

static struct conf *load(const struct buf *path)
{
    struct conf_diag *d = conf_diag_create();

    FUZZ_CHECK(d != NULL, "out of memory");
    conf_diag_fit(d, columns);
    struct conf *c = conf_load(buf_cstr(path), &env, d);

    FUZZ_CHECK((c != NULL) == (conf_diag_errors(d) == 0), "%zu errors",
               conf_diag_errors(d));
    check_said(d, buf_cstr(path));
    conf_diag_destroy(d);
    return c;
}

static void check_conf(const struct conf *c)
{
    FUZZ_CHECK(c->n_channels > 0 && c->n_routes > 0, "%zu channels, %zu routes",
               c->n_channels, c->n_routes);
    FUZZ_CHECK(c->state_dir.n > 0 && c->socket.n > 0 && c->rules != NULL, "incomplete");
    for (size_t i = 0; i < c->n_sources; i++) {
        FUZZ_CHECK(c->sources[i].ops != NULL && c->sources[i].tracker.own != NULL,
                   "source %zu", i);
        (void)c->sources[i].ops->fingerprint(&c->sources[i].tracker);
    }
}

/* Where each value comes from differs between the two. */
static void without_origins(const struct buf *text, struct buf *out)
{
    struct str rest = buf_str(text), line;

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t at = str_find(line, STR("  # "));

        buf_add(out, at < 0 ? line : str_first(line, (size_t)at));
        buf_addc(out, '\n');
    }
}

static void check_printed(const struct conf *c)
{
    struct buf first, second, plain_first, plain_second;
    struct err e;

    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    buf_init(&plain_first, TEXT_MAX);
    buf_init(&plain_second, TEXT_MAX);
    conf_print(c, &first);
    FUZZ_CHECK(buf_ok(&first), "not printed");
    FUZZ_CHECK(tempdir_write(&dir, "printed.yaml", buf_str(&first), &e), "%s", e.msg);
    struct conf *again = load(&second_path);

    FUZZ_CHECK(again != NULL, "does not read back:\n%s", buf_cstr(&first));
    FUZZ_CHECK(again->hash == c->hash, "means something else:\n%s", buf_cstr(&first));
    conf_print(again, &second);
    without_origins(&first, &plain_first);
    without_origins(&second, &plain_second);
    FUZZ_CHECK(str_eq(buf_str(&plain_first), buf_str(&plain_second)),
               "prints differently again:\n%s\n%s", buf_cstr(&first),
               buf_cstr(&second));
    conf_destroy(again);
    buf_finish(&first);
    buf_finish(&second);
    buf_finish(&plain_first);
    buf_finish(&plain_second);
}

static void check_secrets(struct conf *c)
{
    struct conf_diag *d = conf_diag_create();
    struct buf text;

    FUZZ_CHECK(d != NULL, "out of memory");
    buf_init(&text, TEXT_MAX);
    bool ok = conf_load_secrets(c, &env, d);

    FUZZ_CHECK(ok == (conf_diag_errors(d) == 0), "%zu errors", conf_diag_errors(d));
    check_said(d, "secrets");
    ok = conf_check_secrets(c, &env, d);
    FUZZ_CHECK(ok || conf_diag_errors(d) > 0, "refused without an error");
    check_said(d, "secrets looked at");
    conf_print(c, &text);
    FUZZ_CHECK(strstr(buf_cstr(&text), "SECRET-VALUE") == NULL, "%s", buf_cstr(&text));
    buf_finish(&text);
    conf_diag_destroy(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e;

    if (memmem(data, size, "SECRET-VALUE", 12) != NULL) {
        return 0; /* the input's own words may be quoted */
    }
    FUZZ_CHECK(
        tempdir_write(&dir, "alignd.yaml", (struct str){(const char *)data, size}, &e),
        "%s", e.msg);
    columns = size % 121; /* any width, and none */
    struct conf *c = load(&first_path);

    if (c != NULL) {
        check_conf(c);
        check_printed(c);
        check_secrets(c);
    }
    conf_destroy(c);
    return 0;
}

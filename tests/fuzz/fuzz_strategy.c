/*
 * strategy.yaml: any bytes as one file, or with 0x1e between them as the files
 * of a directory, a.yaml, b.yaml, c.yaml and days.ics. It loads or says what is
 * wrong in printable lines; what loads can be matched against, is linted with every
 * answer accounted for, and loads the same again, from disk and from what is stored.
 */
#include "base/utf8.h"
#include "config/config.h"
#include "core/lint.h"
#include "core/match.h"
#include "core/strategy_diff.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/tempdir.h"

enum { MAX_FILES = 4, DIAG_BYTES = 4 << 20 };

static struct tempdir dir;
static const char *const file_names[MAX_FILES] = {"a.yaml", "b.yaml", "c.yaml",
                                                  "days.ics"};

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    struct err e;

    FUZZ_CHECK(tempdir_create(&dir, &e), "%s", e.msg);
    return 0;
}

static void check_said(const struct conf_diag *d, bool loaded)
{
    struct buf said;
    size_t at;

    buf_init(&said, DIAG_BYTES);
    conf_diag_print(d, &said);
    FUZZ_CHECK(buf_ok(&said), "not printed");
    FUZZ_CHECK(loaded == (conf_diag_errors(d) == 0), "loaded %d with %zu errors",
               loaded, conf_diag_errors(d));
    FUZZ_CHECK((said.n > 0) == (conf_diag_errors(d) + conf_diag_warnings(d) > 0),
               "%zu bytes said", said.n);
    FUZZ_CHECK(utf8_valid(buf_str(&said), &at), "not UTF-8 at %zu", at);
    for (struct str rest = buf_str(&said); rest.n > 0;) {
        uint32_t cp;

        rest = str_skip(rest, utf8_next(rest, &cp));
        FUZZ_CHECK(cp == '\n' || !utf8_hostile(cp), "U+%04X in: %s", (unsigned)cp,
                   buf_cstr(&said));
    }
    FUZZ_CHECK(loaded || conf_diag_first(d).n > 0, "no first error");
    buf_finish(&said);
}

static void check_lint(const struct strategy *s)
{
    struct arena *a = arena_create((size_t)256 << 20);
    struct lint l;
    size_t found = 0;

    FUZZ_CHECK(a != NULL && lint_run(s, (struct date){2026, 11, 22}, a, &l),
               "out of memory");
    for (int i = 0; i < LINT_LEVEL_COUNT; i++) {
        found += l.found[i];
    }
    FUZZ_CHECK(l.n == found && l.asked == l.passed + found, "%zu of %zu, %zu found",
               l.passed, l.asked, l.n);
    for (size_t i = 0; i < l.n; i++) {
        FUZZ_CHECK(l.v[i].message.n > 0 && l.v[i].fix.n > 0 && l.v[i].line > 0,
                   "%s says nothing", l.v[i].check);
    }
    arena_destroy(a);
}

/* What is stored of it is the same strategy, and nothing has moved. */
static void check_stored(struct strategy *s)
{
    struct conf_diag *d = conf_diag_create();
    struct arena *a = arena_create((size_t)64 << 20);
    struct strategy *again;
    struct strategy_change *v;
    size_t n;

    FUZZ_CHECK(d != NULL && a != NULL, "out of memory");
    again = strategy_load_files(s->files, s->n_files, d);
    FUZZ_CHECK(again != NULL, "%.*s", STR_FMT(conf_diag_first(d)));
    FUZZ_CHECK(again->version == s->version, "another version");
    FUZZ_CHECK(strategy_diff(s, again, (struct date){2026, 1, 1}, a, &v, &n),
               "no diff");
    FUZZ_CHECK(n == 0, "%.*s", STR_FMT(v[0].text));
    strategy_unref(again);
    conf_diag_destroy(d);
    arena_destroy(a);
}

static void check_strategy(struct strategy *s)
{
    struct matcher *m;
    struct err e;

    check_lint(s);

    FUZZ_CHECK(matcher_create(s, &m, &e), "%s", e.msg);
    matcher_destroy(m);
    check_stored(s);
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct node *n = &s->initiatives[i].node;

        FUZZ_CHECK(strategy_find(s, n->id) == n, "%.*s is not found", STR_FMT(n->id));
    }
    for (size_t i = 1; i < s->n_holidays; i++) {
        FUZZ_CHECK(date_cmp(s->holidays[i - 1], s->holidays[i]) < 0, "holiday %zu", i);
    }
}

static void load_text(struct str text)
{
    uint64_t versions[2] = {0, 0};

    for (size_t i = 0; i < 2; i++) {
        struct conf_diag *d = conf_diag_create();

        FUZZ_CHECK(d != NULL, "out of memory");
        struct strategy *s = strategy_load_text("strategy.yaml", text, d);

        check_said(d, s != NULL);
        if (s != NULL) {
            check_strategy(s);
            versions[i] = s->version;
        }
        strategy_unref(s);
        conf_diag_destroy(d);
    }
    FUZZ_CHECK(versions[0] == versions[1], "loads differently again");
}

static void load_files(struct fuzz_in *in)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s;

    FUZZ_CHECK(d != NULL, "out of memory");
    for (size_t i = 0; i < MAX_FILES; i++) {
        struct str text = i + 1 < MAX_FILES ? fuzz_until(in, 0x1e) : fuzz_rest(in);
        struct err e;

        FUZZ_CHECK(tempdir_write(&dir, file_names[i], text, &e), "%s", e.msg);
    }
    s = strategy_load(tempdir_path(&dir), d);
    check_said(d, s != NULL);
    if (s != NULL) {
        check_strategy(s);
    }
    strategy_unref(s);
    conf_diag_destroy(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    struct str text = {(const char *)data, size};
    char *copy;

    if (str_chr(text, 0x1e) >= 0) {
        load_files(&in);
        return 0;
    }
    copy = fuzz_copy(text);
    load_text((struct str){copy, size});
    free(copy);
    return 0;
}

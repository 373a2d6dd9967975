/* Random changes of alignd.yaml: whatever still loads prints, and reads back the same. */
#include "base/utf8.h"
#include "tests/unit/config_alignd_rig.h"

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void mutate(uint64_t *seed, struct str text, struct buf *out)
{
    static const char *const pieces[] = {
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "\n",
        "  ",
        "\"",
        "'",
        "&a ",
        "*a",
        "!t ",
        "|\n",
        "off",
        "always",
        "0",
        "-1",
        "99999999999999999999",
        "%",
        "null",
        "~",
        "<<: ",
        "? ",
        "http://",
        "@",
        "*",
        "\xC3\xA9",
        "\xFF",
        "\r",
        "routes: ",
        "type: ",
        "\t",
        "..",
    };
    size_t at = 0;

    for (size_t cuts = 1 + next_random(seed) % 4; cuts > 0; cuts--) {
        size_t step = next_random(seed) % (text.n - at + 1);

        buf_add(out, str_first(str_skip(text, at), step));
        at += step;
        if (next_random(seed) % 4 > 0) {
            buf_addz(out, pieces[next_random(seed) % ARRAY_LEN(pieces)]);
        }
        if (next_random(seed) % 2 > 0) {
            at += next_random(seed) % (next_random(seed) % 8 == 0 ? 300 : 8);
            at = at > text.n ? text.n : at;
        }
    }
    buf_add(out, str_skip(text, at));
}

/* Whatever still loads prints, and reads back as the same. */
static void check_mutation(const struct tempdir *t, const struct buf *path,
                           struct str text, size_t *loaded)
{
    struct conf_diag *d = conf_diag_create();
    struct buf said, printed;
    struct err e;

    buf_init(&said, TEXT_MAX);
    buf_init(&printed, TEXT_MAX);
    assert_true(tempdir_write(t, "a.yaml", text, &e));

    struct conf *c = conf_load(buf_cstr(path), &no_env, d);

    conf_diag_print(d, &said);
    if ((c != NULL) == (conf_diag_errors(d) > 0) || !buf_ok(&said) ||
        !utf8_valid(buf_str(&said), &(size_t){0})) {
        fail_msg("%.*s\n%s", STR_FMT(text), buf_cstr(&said));
    }
    if (c != NULL) {
        ++*loaded;
        conf_print(c, &printed);
        assert_true(tempdir_write(t, "a.yaml", buf_str(&printed), &e));

        struct conf *again = conf_load(buf_cstr(path), &no_env, d);

        if (again == NULL || again->hash != c->hash) {
            buf_clear(&said);
            conf_diag_print(d, &said);
            fail_msg("%s\n%s", buf_cstr(&printed), buf_cstr(&said));
        }
        conf_destroy(again);
    }
    conf_destroy(c);
    buf_finish(&printed);
    buf_finish(&said);
    conf_diag_destroy(d);
}

static void mutations(void **state UNUSED)
{
    enum { ROUNDS = 2000 };
    uint64_t seed = 20261122;
    struct buf text, changed, path;
    size_t loaded = 0;
    struct tempdir t;
    struct err e;

    assert_true(tempdir_create(&t, &e) && tempdir_join(&t, "a.yaml", &path, &e));
    assert_true(tempdir_read(FULL, &text, &e));
    buf_init(&changed, TEXT_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        buf_clear(&changed);
        mutate(&seed, buf_str(&text), &changed);
        check_mutation(&t, &path, buf_str(&changed), &loaded);
    }
    assert_in_range(loaded, ROUNDS / 50, ROUNDS - ROUNDS / 50);
    buf_finish(&changed);
    buf_finish(&text);
    buf_finish(&path);
    tempdir_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

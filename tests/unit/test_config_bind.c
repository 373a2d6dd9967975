/*
 * Binding by tables: every type of base/conf_key.h with its bounds, defaults,
 * and where a value came from; that all tables there are can be bound; words
 * that are near; URLs. The texts of errors are in tests/golden/config.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "config/alignd.h"
#include "config/bind.h"
#include "config/nearest.h"
#include "config/nodes.h"
#include "config/redact.h"
#include "config/routes.h"
#include "config/rules.h"
#include "config/sources.h"
#include "config/strategy.h"
#include "config/url.h"

enum { ARENA_MAX = 16 << 20 };

struct fix {
    struct binder b;
    struct buf said;
};

static void begin(struct fix *f)
{
    *f = (struct fix){.b = {.a = arena_create(ARENA_MAX),
                            .scratch = arena_create(ARENA_MAX),
                            .d = conf_diag_create()}};
    assert_true(f->b.a != NULL && f->b.scratch != NULL && f->b.d != NULL);
    f->b.origins = origins_create(f->b.a);
    assert_non_null(f->b.origins);
    buf_init(&f->said, 1 << 20);
}

static void end(struct fix *f)
{
    buf_finish(&f->said);
    origins_destroy(f->b.origins);
    conf_diag_destroy(f->b.d);
    arena_destroy(f->b.scratch);
    arena_destroy(f->b.a);
}

static const struct yaml_node *parse(struct fix *f, const char *text)
{
    size_t nodes = 1000;
    const struct yaml_node *n =
        yaml_read(f->b.scratch, STR("t.yaml"), str_of(text), &nodes, f->b.d);

    assert_non_null(n);
    return n;
}

/* ---- every type ---- */

struct inner {
    int64_t n;
    struct str s;
    struct secret secret;
};
struct all {
    bool flag;
    int64_t n, free;
    struct span span, wait;
    struct str s, url;
    int choice;
    double part;
    struct str_list list, globs;
    struct secret secret;
    struct inner inner;
    struct str_pair_list map;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define INNER(m) offsetof(struct inner, m)
#define ALL(m) offsetof(struct all, m)

static const struct conf_key inner_keys[] = {
    {.name = "n", .type = CONF_INT, .offset = INNER(n), .dflt = "7"},
    {.name = "s", .type = CONF_STR, .offset = INNER(s)},
    {.name = "secret", .type = CONF_SECRET, .offset = INNER(secret)},
    {0},
};
static const struct conf_key all_keys[] = {
    {.name = "flag", .type = CONF_BOOL, .offset = ALL(flag), .dflt = "true"},
    {.name = "n", .type = CONF_INT, .offset = ALL(n), .dflt = "3", .min = -5, .max = 5},
    {.name = "free", .type = CONF_INT, .offset = ALL(free)},
    {.name = "span", .type = CONF_SPAN, .offset = ALL(span), .dflt = "10wd"},
    {.name = "wait",
     .type = CONF_SPAN,
     .offset = ALL(wait),
     .min = 60000,
     .max = INT64_C(7) * 86400000},
    {.name = "s", .type = CONF_STR, .offset = ALL(s), .dflt = "word", .max = 8},
    {.name = "url", .type = CONF_URL, .offset = ALL(url)},
    {.name = "choice",
     .type = CONF_ENUM,
     .offset = ALL(choice),
     .dflt = "green",
     .choices = colours},
    {.name = "part",
     .type = CONF_PERCENT,
     .offset = ALL(part),
     .dflt = "12.5%",
     .max = 50},
    {.name = "list", .type = CONF_STRS, .offset = ALL(list), .dflt = "[a, \"b c\"]"},
    {.name = "globs", .type = CONF_GLOBS, .offset = ALL(globs), .max = 4},
    {.name = "secret", .type = CONF_SECRET, .offset = ALL(secret)},
    {.name = "inner", .type = CONF_SUB, .offset = ALL(inner), .sub = inner_keys},
    {.name = "map", .type = CONF_MAP, .offset = ALL(map)},
    {0},
};

static void bind_all(struct fix *f, const char *text, struct all *ret)
{
    struct bind_part part = {.keys = all_keys, .out = ret};
    struct place where = {"thing", STR("x"), NULL};

    memset(ret, 0, sizeof *ret);
    bind_mapping(&f->b, parse(f, text), &where, &part, 1);
    conf_diag_print(f->b.d, &f->said);
}

static void assert_str(struct str s, const char *expected)
{
    if (!str_eqz(s, expected)) {
        fail_msg("expected '%s', got '%.*s'", expected, STR_FMT(s));
    }
}

static void defaults(void **state UNUSED)
{
    struct fix f;
    struct all v;

    begin(&f);
    bind_all(&f, "{}", &v);
    assert_string_equal(buf_cstr(&f.said), "");
    assert_true(v.flag);
    assert_int_equal(v.n, 3);
    assert_int_equal(v.free, 0);
    assert_int_equal(v.span.wd, 10);
    assert_int_equal(v.span.ms, 0);
    assert_str(v.s, "word");
    assert_int_equal(v.choice, 1);
    assert_true(v.part > 0.1249 && v.part < 0.1251);
    assert_int_equal(v.list.n, 2);
    assert_str(v.list.v[0], "a");
    assert_str(v.list.v[1], "b c");
    assert_int_equal(v.globs.n, 0);
    assert_int_equal(v.secret.from, SECRET_NONE);
    assert_int_equal(v.inner.n, 7);
    assert_int_equal(v.map.n, 0);
    assert_int_equal(origins_line(f.b.origins, &v.n), 0);
    assert_int_equal(origins_line(f.b.origins, &v.inner.n), 0);
    end(&f);
}

static void values(void **state UNUSED)
{
    static const char text[] = "flag: false\n"
                               "n: -5\n"
                               "free: -9223372036854775808\n"
                               "span: 0\n"
                               "wait: 7d\n"
                               "s: éé é\n"
                               "url: http://127.0.0.1:9/x\n"
                               "choice: blue\n"
                               "part: 50%\n"
                               "list: one\n"
                               "globs: [a*, \"?\"]\n"
                               "secret: { file: /run/x }\n"
                               "inner: { s: 5, secret: { env: X_1 } }\n"
                               "map:\n"
                               "  Story Points: 3\n"
                               "  k: v\n";
    struct fix f;
    struct all v;

    begin(&f);
    bind_all(&f, text, &v);
    assert_int_equal(conf_diag_errors(f.b.d), 0);
    assert_int_equal(conf_diag_warnings(f.b.d), 1); /* env */
    assert_false(v.flag);
    assert_int_equal(v.n, -5);
    assert_true(v.free == INT64_MIN);
    assert_int_equal(v.span.ms + v.span.wd, 0);
    assert_int_equal(v.wait.ms, INT64_C(7) * 86400000);
    assert_str(v.s, "éé é");
    assert_str(v.url, "http://127.0.0.1:9/x");
    assert_int_equal(v.choice, 2);
    assert_true(v.part > 0.4999 && v.part < 0.5001);
    assert_int_equal(v.list.n, 1);
    assert_str(v.list.v[0], "one");
    assert_int_equal(v.globs.n, 2);
    assert_str(v.globs.v[0], "a*");
    assert_str(v.globs.v[1], "?");
    assert_int_equal(v.secret.from, SECRET_FILE);
    assert_str(v.secret.name, "/run/x");
    assert_str(v.secret.value, "");
    assert_int_equal(v.inner.n, 7); /* the default inside what is given */
    assert_str(v.inner.s, "5");
    assert_int_equal(v.inner.secret.from, SECRET_ENV);
    assert_int_equal(v.map.n, 2);
    assert_str(v.map.v[0].key, "Story Points");
    assert_str(v.map.v[0].value, "3");
    assert_int_equal(origins_line(f.b.origins, &v.flag), 1);
    assert_int_equal(origins_line(f.b.origins, &v.map), 15);
    assert_int_equal(origins_line(f.b.origins, &v.inner.s), 13);
    assert_int_equal(origins_line(f.b.origins, &v.inner.n), 0);
    end(&f);
}

/* One message each, and none is lost for another. */
static void refused(void **state UNUSED)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"flag: \"true\"", "'flag' in thing \"x\" must be true or false, not 'true'"},
        {"flag: on", "must be true or false, not 'on'"},
        {"n: 6", "'n' in thing \"x\" must be from -5 to 5"},
        {"n: -6", "must be from -5 to 5"},
        {"n: 1.0", "must be a whole number, not '1.0'"},
        {"n: 0x1", "must be a whole number"},
        {"free: 9223372036854775808", "must be a whole number"},
        {"span: 1w", "must be a time such as"},
        {"span: -1d", "must be a time such as"},
        {"wait: 59s", "'wait' in thing \"x\" must be at least 1m"},
        {"wait: 8d", "must be at most 7d"},
        {"wait: 8wd", "must be at most 7d"},
        {"s: longer than 8", "is longer than 8 bytes"},
        {"s: ''", "'s' in thing \"x\" has no value"},
        {"s: [a]", "must be a single value, not a list"},
        {"choice: Red", "must be one of red, green, blue, not 'Red'"},
        {"part: 51%", "must be from 0% to 50%"},
        {"part: 0.5", "must be a percentage such as 60%, not '0.5'"},
        {"part: \"%\"", "must be a percentage"},
        {"part: nan%", "must be a percentage"},
        {"list: [a, [b]]", "must be a single value, not a list"},
        {"list: {a: b}", "must be a list of texts, not a mapping"},
        {"globs: [abcde]", "is longer than 4 bytes"},
        {"map: [a]", "'map' in thing \"x\" must be a mapping, not a list"},
        {"map: {a: {b: c}}", "'a' in map of thing \"x\" must be a single value"},
        {"inner: {n: x}", "'n' in inner of thing \"x\" must be a whole number"},
        {"inner: {m: 1}", "unknown key 'm' in inner of thing \"x\""},
        {"colour: 1", "unknown key 'colour' in thing \"x\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fix f;
        struct all v;

        begin(&f);
        bind_all(&f, rows[i].text, &v);
        if (conf_diag_errors(f.b.d) != 1 ||
            strstr(buf_cstr(&f.said), rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].text, buf_cstr(&f.said));
        }
        end(&f);
    }
}

/* ---- the tables there are ---- */

static size_t check_keys(const struct conf_key *keys, const struct bind_key *beside,
                         const char *table)
{
    size_t n = 0;

    for (; keys != NULL && keys[n].name != NULL; n++) {
        const struct conf_key *key = &keys[n];

        if (key->doc == NULL || (key->type == CONF_ENUM) != (key->choices != NULL) ||
            (key->type == CONF_SUB) != (key->sub != NULL) ||
            (key->required && key->dflt != NULL)) {
            fail_msg("%s: row '%s' is not sound", table, key->name);
        }
        for (size_t k = 0; k < n; k++) {
            assert_string_not_equal(keys[k].name, key->name);
        }
        for (const struct bind_key *row = beside; row != NULL && row->key.name != NULL;
             row++) {
            if (strcmp(row->key.name, key->name) == 0) {
                fail_msg("%s: '%s' is a common key", table, key->name);
            }
        }
        if (key->sub != NULL) {
            assert_true(check_keys(key->sub, NULL, table) > 0);
        }
    }
    return n;
}

static size_t count_rows(const struct bind_key *rows)
{
    size_t n = 0;

    while (rows[n].key.name != NULL) {
        n++;
    }
    return n;
}

static void bind_defaults_of(const struct conf_key *keys, size_t size,
                             const char *table)
{
    struct fix f;
    struct bind_part part = {.keys = keys};

    begin(&f);
    part.out = arena_alloc(f.b.a, size + 1);
    assert_non_null(part.out);
    bind_defaults(&f.b, NULL, &part);
    conf_diag_print(f.b.d, &f.said);
    if (conf_diag_errors(f.b.d) > 0) {
        fail_msg("%s: %s", table, buf_cstr(&f.said));
    }
    end(&f);
}

static void tables_are_sound(void **state UNUSED)
{
    size_t n = 0;

    for (; trackers[n] != NULL; n++) {
        const struct tracker_ops *t = trackers[n];

        assert_true(
            check_keys(t->keys, source_rows, t->name) + count_rows(source_rows) <= 64);
        bind_defaults_of(t->keys, t->conf_size, t->name);
        assert_ptr_equal(tracker_find(str_of(t->name)), t);
    }
    assert_true(n >= 2);
    for (n = 0; chats[n] != NULL; n++) {
        (void)check_keys(chats[n]->keys, channel_rows, chats[n]->name);
        bind_defaults_of(chats[n]->keys, chats[n]->conf_size, chats[n]->name);
    }
    assert_true(n >= 3);
    assert_non_null(chat_find(STR("journal")));
    for (n = 0; n < rules_count; n++) {
        (void)check_keys(rules[n]->params, NULL, rules[n]->id);
        for (const struct conf_key *key = rules[n]->params;
             key != NULL && key->name != NULL; key++) {
            for (const struct conf_key *common = rule_keys; common->name != NULL;
                 common++) {
                assert_string_not_equal(common->name, key->name);
            }
        }
        bind_defaults_of(rules[n]->params, rules[n]->params_size, rules[n]->id);
    }
    assert_true(n >= 6);
}

/* Every row says what it is for, but for those that are only refused. */
static void check_rows(const struct bind_table *t, size_t depth)
{
    for (const struct bind_key *row = t->keys; row->key.name != NULL; row++) {
        if (row->form == BIND_LATER) {
            continue;
        }
        if (row->key.doc == NULL) {
            fail_msg("%s: '%s' is not documented", t->what, row->key.name);
        }
        if (row->table != NULL && row->table != t && depth < 6) {
            check_rows(row->table, depth + 1);
        }
    }
}

static void own_tables_are_documented(void **state UNUSED)
{
    static const struct bind_table alignd = {.what = "alignd", .keys = alignd_rows};
    static const struct bind_table strategy = {.what = "strategy",
                                               .keys = strategy_rows};

    check_rows(&alignd, 0);
    check_rows(&strategy, 0);
    check_rows(&route_table, 0);
}

/* ---- words, URLs, expressions ---- */

static void near_words(void **state UNUSED)
{
    static const char *const words[] = {"interval", "history", "epics", "url",
                                        "in_progress"};
    static const struct {
        const char *word, *hint;
    } rows[] = {
        {"intervall", "did you mean 'interval'?"},
        {"Interval", "did you mean 'interval'?"},
        {"inprogress", "did you mean 'in_progress'?"},
        {"ulr", "did you mean 'url'?"},
        {"xy", ""},
        {"", ""},
        {"something else", ""},
    };
    struct arena *a = arena_create(ARENA_MAX);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct nearest near = nearest_to(str_of(rows[i].word), true);
        struct nearest unwanted = nearest_to(str_of(rows[i].word), false);

        for (size_t k = 0; k < ARRAY_LEN(words); k++) {
            nearest_try(&near, str_of(words[k]));
            nearest_try(&unwanted, str_of(words[k]));
        }
        assert_str(nearest_hint(&near, a), rows[i].hint);
        assert_int_equal(nearest_hint(&unwanted, a).n, 0);
    }
    arena_destroy(a);
}

static void urls(void **state UNUSED)
{
    static const struct {
        const char *url;
        bool ok;
    } rows[] = {
        {"https://a.b", true},
        {"https://a.b:443/x?y#z", true},
        {"HTTPS://A.B", true},
        {"https://[2001:db8::1]:8443/", true},
        {"http://localhost", true},
        {"http://LOCALHOST:80/", true},
        {"http://127.0.0.1", true},
        {"http://127.255.255.254:1/", true},
        {"http://[::1]", true},
        {"http://[::1]:65535/x", true},
        {"", false},
        {"https://", false},
        {"https:///x", false},
        {"https://:443", false},
        {"https://a.b:0", false},
        {"https://a.b:65536", false},
        {"https://a.b:", false},
        {"https://a.b:80x", false},
        {"https://a b", false},
        {"https://a.b/\n", false},
        {"https://é", false},
        {"https://u@a.b", false},
        {"https://u:p@a.b", false},
        {"https://@a.b", false},
        {"https://[::1", false},
        {"https://[::1]x", false},
        {"http://a.b", false},
        {"http://127.0.0.1.a.b", false},
        {"http://127.0.0.1@a.b", false},
        {"http://localhost@a.b", false},
        {"http://localhost.a.b", false},
        {"http://127.1", false},
        {"http://127.0.0.256", false},
        {"http://127.0.0.01", false},
        {"http://127.0.0.1.", false},
        {"http://2130706433", false},
        {"http://0x7f.0.0.1", false},
        {"http://[::2]", false},
        {"http://[::ffff:127.0.0.1]", false},
        {"http://0.0.0.0", false},
        {"http:/127.0.0.1", false},
        {"ftp://127.0.0.1", false},
        {"file:///etc/passwd", false},
        {"//a.b", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *wrong = NULL, *hint = NULL;

        if (url_check(str_of(rows[i].url), &wrong, &hint) != rows[i].ok) {
            fail_msg("%s: %s", rows[i].url, wrong == NULL ? "accepted" : wrong);
        }
        assert_int_equal(wrong == NULL, rows[i].ok);
    }
    assert_true(url_is_link(STR("http://wiki/page")));
    assert_false(url_is_link(STR("javascript:alert(1)")));
    assert_false(url_is_link(STR("https://a b")));
    assert_false(url_is_link(STR("https://u:p@wiki/page")));
}

/* What is hidden is shown as '*'. */
static void redactions(void **state UNUSED)
{
    static const struct {
        const char *line, *shown;
    } rows[] = {
        {"token: abc", "token: ***"},
        {"  Token : abc # x", "  Token : ****# x"},
        {"{ \"api_token\": \"a b\", name: x }", "{ \"api_token\": *****, name: x }"},
        {"{ password: 'it''s', x: y }", "{ password: *******, x: y }"},
        {"client-secret: x y, z", "client-secret: ***, z"},
        {"token: \"a\\\"b\", x", "token: ******, x"},
        {"token: { credential: x }", "token: { credential: x }"},
        {"token:", "token:"},
        {"token: # later", "token: # later"},
        {"title: New token: what now", "title: New token: ********"},
        {"tokens are fine", "tokens are fine"},
        {"url: https://a.b/c", "url: https://a.b/c"},
        {"url: https://u:p@a.b/c", "url: https://***@a.b/c"},
        {"url: https://a.b/c@d", "url: https://a.b/c@d"},
        {"url: \"https://hooks.a.b/T/x\", y", "url: \"https://hooks.a.b****\", y"},
        {"- https://a.b/api/webhooks/1/x", "- https://a.b*****************"},
        {"u: https://x.logic.azure.com/w?sig=1",
         "u: https://x.logic.azure.com********"},
        {"u: https://chat.a.b/v1/spaces/S/messages?key=k&token=t",
         "u: https://chat.a.b***********************************"},
        {"secret: \"open", "secret: *****"},
        {"", ""},
        {":", ":"},
        {"://", "://"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct redact r[REDACT_MAX];
        struct str line = str_of(rows[i].line);
        size_t n = redact_find(line, r);
        char shown[128] = {0};

        assert_true(line.n < sizeof shown);
        memcpy(shown, line.p, line.n);
        for (size_t k = 0; k < n; k++) {
            assert_true(r[k].from < r[k].to && r[k].to <= line.n);
            memset(shown + r[k].from, '*', r[k].to - r[k].from);
        }
        assert_string_equal(shown, rows[i].shown);
    }

    /* More than are counted: from the last on everything is hidden. */
    struct buf many;
    struct redact r[REDACT_MAX];

    buf_init(&many, 1 << 16);
    for (int i = 0; i < 100; i++) {
        buf_addz(&many, "token: abc, ");
    }
    assert_int_equal(redact_find(buf_str(&many), r), REDACT_MAX);
    assert_int_equal(r[REDACT_MAX - 1].to, many.n);
    buf_finish(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values),
        cmocka_unit_test(refused),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(own_tables_are_documented),
        cmocka_unit_test(near_words),
        cmocka_unit_test(urls),
        cmocka_unit_test(redactions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

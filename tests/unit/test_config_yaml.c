/*
 * The YAML reader: what it makes of good text, and that bad text costs little.
 * Hostile inputs are read in a child of their own, so that the kernel counts
 * what each takes: processor time and memory, never the wall clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/diag.h"
#include "config/yaml.h"
#include "tests/support/sanitizer.h"

enum { ARENA_MAX = 64 << 20, TEXT_MAX = 12 << 20 };

struct read {
    struct arena *a;
    struct conf_diag *d;
    struct yaml_node *root;
    struct buf said;
    size_t nodes; /* left of the budget */
};

static struct read read_text(struct str text)
{
    struct read r = {
        .a = arena_create(ARENA_MAX),
        .d = conf_diag_create(),
        .nodes = YAML_MAX_NODES,
    };

    assert_non_null(r.a);
    assert_non_null(r.d);
    r.root = yaml_read(r.a, STR("f.yaml"), text, &r.nodes, r.d);
    buf_init(&r.said, TEXT_MAX);
    conf_diag_print(r.d, &r.said);
    assert_int_equal(r.root == NULL, conf_diag_errors(r.d) > 0);
    return r;
}

static void done(struct read *r)
{
    buf_finish(&r->said);
    conf_diag_destroy(r->d);
    arena_destroy(r->a);
}

/* a.b.1: keys of mappings, numbers of elements from 0. */
static const struct yaml_node *at_path(const struct yaml_node *n, const char *path)
{
    struct str rest = str_of(path), part;

    while (n != NULL && str_split(&rest, '.', &part)) {
        uint64_t i;

        if (n->kind == YAML_SEQ && str_to_u64(part, &i)) {
            n = n->first;
            while (n != NULL && i-- > 0) {
                n = n->next;
            }
            continue;
        }
        char key[64] = {0};

        assert_true(part.n < sizeof key);
        memcpy(key, part.p, part.n);
        n = yaml_get(n, key);
    }
    return n;
}

static void assert_text(const struct yaml_node *n, const char *expected)
{
    assert_non_null(n);
    assert_int_equal(n->kind, YAML_SCALAR);
    if (!str_eqz(n->text, expected)) {
        fail_msg("expected '%s', got '%.*s'", expected, STR_FMT(n->text));
    }
}

/* ---- places ---- */

static void places(void **state UNUSED)
{
    static const char text[] = "a: 1\n"
                               "täg: [x, \"日本\", 'y']\n"
                               "m:\n"
                               "  k: v # é\n"
                               "  ü: { deep: [ { er: 2 } ] }\n"
                               "empty:\n"
                               "lit: |\n"
                               "  one\n"
                               "  two\n"
                               "last: end";
    static const struct {
        const char *path;
        uint32_t line, col, key_line, key_col; /* key: 0 where there is none */
        const char *source;                    /* what the place covers */
    } rows[] = {
        {"a", 1, 4, 1, 1, "1"},
        {"täg", 2, 6, 2, 1, ""},
        {"täg.0", 2, 7, 0, 0, "x"},
        {"täg.1", 2, 10, 0, 0, "\"日本\""},
        {"täg.2", 2, 16, 0, 0, "'y'"},
        {"m.k", 4, 6, 4, 3, "v"},
        {"m.ü", 5, 6, 5, 3, ""},
        {"m.ü.deep", 5, 14, 5, 8, ""},
        {"m.ü.deep.0", 5, 16, 0, 0, ""},
        {"m.ü.deep.0.er", 5, 22, 5, 18, "2"},
        {"empty", 6, 1, 6, 1, "empty"}, /* nothing stands where its key does */
        {"lit", 8, 1, 7, 1, "  one\n  two\n"},
        {"last", 10, 7, 10, 1, "end"},
    };
    struct read r = read_text(str_of(text));

    assert_non_null(r.root);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct yaml_node *n = at_path(r.root, rows[i].path);
        uint32_t line, col;

        assert_non_null(n);
        yaml_where(n->at, &line, &col);
        if (line != rows[i].line || col != rows[i].col) {
            fail_msg("%s: %u:%u", rows[i].path, line, col);
        }
        struct str source = {n->at.file->text.p + n->at.from, n->at.to - n->at.from};

        if (!str_eqz(source, rows[i].source)) {
            fail_msg("%s covers '%.*s'", rows[i].path, STR_FMT(source));
        }
        if (rows[i].key_line > 0) {
            yaml_where(n->key->at, &line, &col);
            assert_int_equal(line, rows[i].key_line);
            assert_int_equal(col, rows[i].key_col);
        }
    }
    assert_int_equal(r.root->n, 6);
    done(&r);
}

/* ---- texts ---- */

static void texts(void **state UNUSED)
{
    static const struct {
        const char *yaml, *text;
        bool plain;
    } rows[] = {
        {"v: x", "x", true},
        {"v:   a b  c   # comment", "a b  c", true},
        {"v: a#b", "a#b", true},
        {"v: http://x/y:z", "http://x/y:z", true},
        {"v: one\n  two\n\n  three", "one two\nthree", true},
        {"v: ''", "", false},
        {"v: 'it''s'", "it's", false},
        {"v: ''''", "'", false},
        {"v: 'x''''y'", "x''y", false}, /* libfyaml reads x''' */
        {"v: '''a'' ''b'''", "'a' 'b'", false},
        {"v: 'a\n  b\n\n  c '", "a b\nc ", false},
        {"v: ' a \n\n\n  b'", " a\n\nb", false},
        {"v: 'a''\r\n  ''b'", "a' 'b", false},
        {"v: \"a\\tb\\\"c\\\\d\"", "a\tb\"c\\d", false},
        {"v: \"\\u00e9\\x41\\U0001F600\"", "éA😀", false},
        {"v: \"a\n  b \\\n  c\"", "a b c", false},
        {"v: |\n  a\n   b\n\n  c\n", "a\n b\n\nc\n", false},
        {"v: |-\n  a\n", "a", false},
        {"v: |+\n  a\n\n", "a\n\n", false},
        {"v: >\n  a\n  b\n\n  c\n", "a b\nc\n", false},
        {"v: 日本語", "日本語", true},
        {"\xEF\xBB\xBFv: x\r\nw: y\r\n", "x", true},
        {"v: x\rw: y\r", "x", true},
        {"--- \nv: x\n...\n", "x", true},
        {"{v: x, w: [1, 2]}", "x", true},
        {"? v\n: x", "x", true},
        {"\"v\": x", "x", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct read r = read_text(str_of(rows[i].yaml));
        const struct yaml_node *n;

        if (r.root == NULL) {
            fail_msg("%s\n%s", rows[i].yaml, buf_cstr(&r.said));
        }
        n = yaml_get(r.root, "v");
        assert_text(n, rows[i].text);
        assert_int_equal(n->plain, rows[i].plain);
        done(&r);
    }
}

static void nothing(void **state UNUSED)
{
    static const struct {
        const char *yaml;
        bool null;
    } rows[] = {
        {"v:", true},     {"v: ~", true},       {"v: null", true}, {"v: NULL", true},
        {"v: ''", false}, {"v: 'null'", false}, {"v: nil", false}, {"v: []", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct read r = read_text(str_of(rows[i].yaml));

        assert_non_null(r.root);
        assert_int_equal(yaml_is_null(yaml_get(r.root, "v")), rows[i].null);
        done(&r);
    }
}

static void empty_is_a_mapping(void **state UNUSED)
{
    static const char *const rows[] = {"",      "\n\n", "# only this\n",
                                       "---\n", "~",    "\xEF\xBB\xBF"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct read r = read_text(str_of(rows[i]));

        assert_non_null(r.root);
        assert_int_equal(r.root->kind, YAML_MAP);
        assert_int_equal(r.root->n, 0);
        done(&r);
    }
}

static void hidden(void **state UNUSED)
{
    struct read r = read_text(STR("a: secret # x\nb: y\n"));
    struct buf out;

    yaml_hide(yaml_get(r.root, "a")->at);
    diag_error(r.d, yaml_get(r.root, "a")->key->at, STR_NONE, "look");
    buf_init(&out, TEXT_MAX);
    conf_diag_print(r.d, &out);
    assert_string_equal(buf_cstr(&out), "f.yaml:1:1: error: look\n"
                                        "    1 | a: ****** # x\n"
                                        "      | ^\n");
    assert_text(yaml_get(r.root, "a"), "secret");
    buf_finish(&out);
    done(&r);
}

/* ---- limits, on the boundary ---- */

static struct str repeated(struct buf *b, const char *head, const char *unit, size_t n,
                           const char *tail)
{
    buf_init(b, TEXT_MAX);
    buf_addz(b, head);
    for (size_t i = 0; i < n; i++) {
        buf_addz(b, unit);
    }
    buf_addz(b, tail);
    assert_true(buf_ok(b));
    return buf_str(b);
}

static void limits(void **state UNUSED)
{
    static const struct {
        const char *head, *unit;
        size_t n;
        const char *tail, *error; /* NULL: it is accepted */
    } rows[] = {
        /* The root mapping, its key and the list are values, too. */
        {"a: [", "1,", YAML_MAX_NODES - 3, "]", NULL},
        {"a: [", "1,", YAML_MAX_NODES - 2, "]", "more than 100000 values"},
        {"a: ", "[", YAML_MAX_DEPTH - 1,
         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", NULL},
        {"a: ", "[", YAML_MAX_DEPTH,
         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         "nested deeper than 64 levels"},
        {"a: 1\n", "\n", YAML_MAX_BLANK_LINES, "b: 2\n", NULL},
        {"a: 1\n", "\n", YAML_MAX_BLANK_LINES + 1, "b: 2\n",
         "more than 200 blank lines"},
        {"a: 1\n", " \r\n", YAML_MAX_BLANK_LINES + 1, "b: 2\n",
         "more than 200 blank lines"},
        {"a: \"", "[", YAML_MAX_MARKS, "\"", NULL},
        {"a: \"", "[", YAML_MAX_MARKS + 1, "\"", "more than 50000 of the marks"},
        {"a: ", "x", YAML_MAX_BYTES - 3, "", NULL},
        {"a: ", "x", YAML_MAX_BYTES - 2, "", "larger than 1 MiB"},
        {"a: ", "x", 10 << 20, "", "larger than 1 MiB"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf text;
        struct read r = read_text(
            repeated(&text, rows[i].head, rows[i].unit, rows[i].n, rows[i].tail));

        if (rows[i].error == NULL && r.root == NULL) {
            fail_msg("row %zu: %.300s", i, buf_cstr(&r.said));
        }
        if (rows[i].error != NULL && strstr(buf_cstr(&r.said), rows[i].error) == NULL) {
            fail_msg("row %zu: %.300s", i, buf_cstr(&r.said));
        }
        done(&r);
        buf_finish(&text);
    }
}

static void budget_is_shared(void **state UNUSED)
{
    struct read r = {.a = arena_create(ARENA_MAX), .d = conf_diag_create(), .nodes = 8};

    assert_non_null(yaml_read(r.a, STR("a"), STR("a: [1, 2]"), &r.nodes, r.d));
    assert_int_equal(r.nodes, 3);
    assert_null(yaml_read(r.a, STR("b"), STR("a: [1, 2]"), &r.nodes, r.d));
    conf_diag_destroy(r.d);
    arena_destroy(r.a);
}

/* ---- what hostile text costs ---- */

static const struct hostile {
    const char *name, *head, *unit, *tail;
    size_t bytes; /* of units; 0: as many as the limit takes */
} hostiles[] = {
    {"open lists", "", "[", "", 0},
    {"open lists on lines", "", "[\n", "", 0},
    {"open mappings", "", "{", "", 0},
    {"open mappings with keys", "", "{a: ", "", 0},
    {"open both", "", "[{", "", 0},
    {"lists and mappings", "{", "a: [b: [", "", 0},
    {"block lists", "", "- ", "", 0},
    {"explicit keys", "", "? ", "", 0},
    {"explicit keys in a mapping", "{", "? ", "", 0},
    {"explicit keys on lines", "{", "?\n", "", 0},
    {"colons", "", ": ", "", 0},
    {"tags", "", "!a ", "", 0},
    {"tags on lines", "", "!a\n", "", 0},
    {"tag directives", "", "%TAG !a! tag:x\n", "---\na: 1\n", 0},
    {"directives", "", "%a\n", "", 0},
    {"anchors", "", "&a ", "", 0},
    {"anchored values", "", "- &a 1\n", "", 0},
    {"aliases", "a: &a 1\nb:\n", "- *a\n", "", 0},
    {"documents", "", "---\n", "", 0},
    {"closed documents", "", "---\na\n...\n", "", 0},
    {"values", "a: [", "1,", "]", 0},
    {"one key for ever", "", "a: 1\n", "", 0},
    {"pairs in a list", "a: [", "\"x\": 1, ", "]", 0},
    {"bare keys", "{", "a,\n", "", 0},
    {"many small depths", "",
     "- [[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "", 0},
    {"blank lines", "", "\n", "a: 1\n", 0},
    {"blank lines in a text", "a: |\n", "\n", "", 0},
    {"allowed blank lines in texts", "",
     "- |\n "
     "x\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
     "\n\n\n"
     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
     "\n\n\n\n"
     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
     "\n\n\n\n",
     "", 0},
    {"comments", "", "#\n", "a: 1\n", 0},
    {"one comment", "a: 1 #", "x", "\n", 0},
    {"spaces", "", " ", "a: 1\n", 0},
    {"a long text", "a: ", "x", "", 0},
    {"a long key", "", "x", ": 1", 0},
    {"a long quoted text", "a: \"", "x", "\"", 0},
    {"escapes", "a: \"", "\\n", "\"", 0},
    {"wide escapes", "a: \"", "\\U0001F600", "\"", 0},
    {"quotes in quotes", "a: '", "''", "'", 0},
    {"a text of lines", "a: x\n", " x\n", "", 0},
    {"a block of lines", "a: |\n", " x\n", "", 0},
    {"a folded block", "a: >\n", " x\n\n", "", 0},
    {"an open text", "a: \"", "b: c\n  ", "", 0},
    {"quoted words", "", "\"a\" ", "", 0},
    {"dashes", "", "-", "", 0},
    {"multibyte", "a: ", "é", "", 0},
    {"lone carriage returns", "", "a: 1\r", "", 0},
    {"tabs", "", "\t", "a: 1", 0},
    {"plain colons", "a: ", "x:y", "", 0},
    {"plain hashes", "a: ", "x#", "", 0},
    {"trailing blanks", "a: x", " ", "\n", 0},
    {"ten megabytes", "a: ", "x", "", 10 << 20},
    {"depth 10,000", "", "[", "", 10000},
    {"200,000 values", "", "- 1\n", "", 800000},
};

/*
 * What grows with the square of a file would take minutes. CPU seconds of a busy
 * machine are up to twice those of a quiet one, where the worst takes one. Sanitizers
 * have their own price; the limits are for the daemon as it ships.
 */
#ifdef SANITIZED
enum { SECONDS_MAX = 20, MEGABYTES_MAX = 2000 };
#else
enum { SECONDS_MAX = 6, MEGABYTES_MAX = 100 };
#endif

static void hostile_child(const struct hostile *h)
{
    size_t unit = strlen(h->unit);
    size_t room = YAML_MAX_BYTES - strlen(h->head) - strlen(h->tail);
    struct buf text;

    repeated(&text, h->head, h->unit, (h->bytes > 0 ? h->bytes : room) / unit, h->tail);

    struct read r = read_text(buf_str(&text));

    /* The answer is bounded as well as the work. */
    if (r.said.n > 128 * 1024 || arena_used(r.a) > 32 << 20) {
        _exit(2);
    }
    done(&r);
    buf_finish(&text);
    _exit(0);
}

static void hostile_costs_little(void **state)
{
    const struct hostile *h = *state;
    struct rusage used;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {SECONDS_MAX + 10, SECONDS_MAX + 10};

        (void)setrlimit(RLIMIT_CPU, &limit);
        hostile_child(h);
    }
    assert_int_equal(wait4(child, &status, 0, &used), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("%s: status %x", h->name, (unsigned)status);
    }
    long seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
    long megabytes = used.ru_maxrss / 1024;

    if (seconds >= SECONDS_MAX || megabytes >= MEGABYTES_MAX) {
        fail_msg("%s: %ld s, %ld MB", h->name, seconds, megabytes);
    }
}

int main(void)
{
    struct CMUnitTest tests[16 + ARRAY_LEN(hostiles)] = {
        cmocka_unit_test(places),           cmocka_unit_test(texts),
        cmocka_unit_test(nothing),          cmocka_unit_test(empty_is_a_mapping),
        cmocka_unit_test(hidden),           cmocka_unit_test(limits),
        cmocka_unit_test(budget_is_shared),
    };
    size_t n = 7;

    for (size_t i = 0; i < ARRAY_LEN(hostiles); i++) {
        tests[n++] = (struct CMUnitTest){
            .name = hostiles[i].name,
            .test_func = hostile_costs_little,
            .initial_state = (void *)(uintptr_t)&hostiles[i],
        };
    }
    return _cmocka_run_group_tests("config yaml", tests, n, NULL, NULL);
}

/*
 * The schemas, samples and manual pages that ship say what the reader does:
 * the committed schemas are what the tables give today; every key a schema
 * names is one that the reader knows, and none beside them; the file with every
 * key has every key; samples and the YAML of the manual pages pass.
 *
 * UPDATE_GOLDEN=1 writes the schemas anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/yaml.h"
#include "tests/support/tempdir.h"

enum { TEXT_MAX = 8 << 20, DEPTH_MAX = 14 };

static const struct conf_env env = {
    .state_directory = "/var/lib/alignd",
    .runtime_directory = "/run/alignd",
    .zoneinfo = "/usr/share/zoneinfo",
};

typedef void schema_fn(struct buf *out);

struct file {
    const char *path;
    schema_fn *schema;
    bool alignd;
};
static const struct file files[] = {
    {"config/alignd.schema.json", conf_schema_alignd, true},
    {"config/strategy.schema.json", conf_schema_strategy, false},
};

static void read_whole(const char *path, struct buf *ret)
{
    struct err e;

    if (!tempdir_read(path, ret, &e)) {
        fail_msg("%s: %s", path, e.msg);
    }
}

static void committed(void **state)
{
    const struct file *f = *state;
    struct buf now, then;

    buf_init(&now, TEXT_MAX);
    f->schema(&now);
    assert_true(buf_ok(&now));
    if (getenv("UPDATE_GOLDEN") != NULL) {
        FILE *out = fopen(f->path, "wb");

        assert_non_null(out);
        assert_int_equal(fwrite(buf_cstr(&now), 1, now.n, out), now.n);
        assert_int_equal(fclose(out), 0);
    }
    read_whole(f->path, &then);
    if (!str_eq(buf_str(&now), buf_str(&then))) {
        fail_msg("%s is not what the tables give: run with UPDATE_GOLDEN=1", f->path);
    }
    buf_finish(&then);
    buf_finish(&now);
}

/* ---- schema and reader know the same keys ---- */

struct walk {
    const struct file *file;
    json_t *root;
    struct tempdir dir; /* alignd: where the text is written */
    struct buf path;
    json_t *document; /* with one value on the way down to the object looked at */
    size_t objects, keys;
};

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        n++;
    }
    return n;
}

/* What the reader says to a document; JSON is YAML. */
static void say(struct walk *w, struct buf *said)
{
    char *text = json_dumps(w->document, JSON_COMPACT | JSON_ENCODE_ANY);
    struct conf_diag *d = conf_diag_create();
    struct err e;

    assert_non_null(text);
    if (w->file->alignd) {
        assert_true(tempdir_write(&w->dir, "a.yaml", str_of(text), &e));
        conf_destroy(conf_load(buf_cstr(&w->path), &env, d));
    } else {
        strategy_unref(strategy_load_text("a.yaml", str_of(text), d));
    }
    conf_diag_print(d, said);
    conf_diag_destroy(d);
    free(text);
}

static json_t *follow(const struct walk *w, json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));

    if (ref == NULL) {
        return schema;
    }
    assert_int_equal(strncmp(ref, "#/$defs/", 8), 0);
    return json_object_get(json_object_get(w->root, "$defs"), ref + 8);
}

/*
 * Gives the object at `spot` all keys of the schema and one that cannot be:
 * only that one is unknown. Values are wrong on purpose (one word each), which
 * must not hide what is said of the keys.
 */
static void check_object(struct walk *w, json_t *spot, json_t *schema)
{
    json_t *properties = json_object_get(schema, "properties"), *value;
    json_t *before = json_deep_copy(spot);
    const char *key;
    struct buf said;

    buf_init(&said, TEXT_MAX);
    json_object_foreach(properties, key, value)
    {
        if (json_object_get(spot, key) == NULL) {
            json_object_set_new(spot, key, json_string("word"));
        }
        w->keys++;
    }
    json_object_set_new(spot, "zz-no-such-key", json_string("word"));
    say(w, &said);

    /* Every value is "word", so anything else that is unknown is a key. */
    size_t unknown = count(buf_cstr(&said), "unknown key '") +
                     count(buf_cstr(&said), "unknown rule '") -
                     count(buf_cstr(&said), "unknown rule 'word'") +
                     count(buf_cstr(&said), "unknown label '") -
                     count(buf_cstr(&said), "unknown label 'word'");

    /* A mapping that is one of several forms may say so in its own words. */
    if (unknown == 0) {
        unknown = count(buf_cstr(&said), "must be one of {credential") +
                  count(buf_cstr(&said), "must be reach, keep or done") +
                  count(buf_cstr(&said), "must be linear, late, {after") +
                  count(buf_cstr(&said), "must be a list of dates or {ics");
    }
    if (unknown != 1) {
        char *text = json_dumps(w->document, JSON_COMPACT);

        fail_msg("%s\n%s", text, buf_cstr(&said));
    }
    buf_finish(&said);
    json_object_clear(spot);
    json_object_update(spot, before);
    json_decref(before);
    w->objects++;
}

static void walk_schema(struct walk *w, json_t *parent, const char *key, json_t *schema,
                        size_t depth);

static void walk_properties(struct walk *w, json_t *spot, json_t *schema, size_t depth)
{
    json_t *properties = json_object_get(schema, "properties"), *value;
    json_t *type = json_object_get(json_object_get(properties, "type"), "const");
    const char *key;

    if (type != NULL) {
        json_object_set(spot, "type", type); /* which keys there are hangs on it */
    }
    if (json_is_false(json_object_get(schema, "additionalProperties"))) {
        check_object(w, spot, schema);
    }
    json_object_foreach(properties, key, value)
    {
        walk_schema(w, spot, key, value, depth + 1);
        if (strcmp(key, "type") != 0) {
            json_object_del(spot, key);
        }
    }
}

/* Puts an object where the schema has one, looks at it, and at what is in it. */
static void walk_schema(struct walk *w, json_t *parent, const char *key, json_t *schema,
                        size_t depth)
{
    static const char *const alternatives[] = {"anyOf", "oneOf"};
    json_t *items, *one;
    size_t i;

    schema = follow(w, schema);
    if (depth > DEPTH_MAX) {
        return;
    }
    for (size_t k = 0; k < ARRAY_LEN(alternatives); k++) {
        json_array_foreach(json_object_get(schema, alternatives[k]), i, one)
        {
            walk_schema(w, parent, key, one, depth);
        }
    }
    if (json_object_get(schema, "properties") != NULL) {
        json_t *spot = json_object();

        json_object_set_new(parent, key, spot);
        walk_properties(w, spot, schema, depth);
        return;
    }
    items = json_object_get(schema, "items");
    if (items != NULL && json_is_string(json_object_get(schema, "type"))) {
        /* The element hangs below a key of its own until it is put into a list. */
        items = follow(w, items);

        json_t *forms = json_object_get(items, "oneOf");
        json_t *single = json_pack("[O]", items);

        json_array_foreach(forms != NULL ? forms : single, i, one)
        {
            json_t *list = json_array(), *spot = json_object();

            if (json_object_get(one, "properties") != NULL) {
                json_array_append_new(list, spot);
                json_object_set_new(parent, key, list);
                walk_properties(w, spot, one, depth);
            } else {
                json_decref(spot);
                json_decref(list);
            }
        }
        json_decref(single);
    }
}

static void same_keys(void **state)
{
    struct walk w = {.file = *state, .document = json_object()};
    struct buf text;
    struct err e;

    read_whole(w.file->path, &text);
    w.root = json_loads(buf_cstr(&text), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(w.root);
    assert_true(tempdir_create(&w.dir, &e));
    assert_true(tempdir_join(&w.dir, "a.yaml", &w.path, &e));
    walk_properties(&w, w.document, w.root, 0);
    /* The walk has gone everywhere: a wrong turn would make these small. */
    assert_true(w.objects >= 25);
    assert_true(w.keys >= (w.file->alignd ? 100U : 150U));
    buf_finish(&w.path);
    tempdir_remove(&w.dir);
    json_decref(w.document);
    json_decref(w.root);
    buf_finish(&text);
}

/* ---- the file with every key has every key ---- */

struct nodes {
    const struct yaml_node *v[200];
    size_t n;
};

static void add_node(struct nodes *to, const struct yaml_node *n)
{
    assert_true(to->n < ARRAY_LEN(to->v));
    to->v[to->n++] = n;
}

/* The values of a key in all mappings, and in all elements of all lists. */
static void values_of(const struct nodes *in, const char *key, struct nodes *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct yaml_node *list = in->v[i];
        const struct yaml_node *e = list->kind == YAML_SEQ ? list->first : list;

        for (; e != NULL; e = list->kind == YAML_SEQ ? e->next : NULL) {
            const struct yaml_node *v = yaml_get(e, key);

            if (v != NULL) {
                add_node(ret, v);
            }
        }
    }
}

/* `match` is one table in several places: once with every key is enough. */
static bool is_elsewhere(const char *parent, const char *key)
{
    return strcmp(key, "items") == 0 ||
           (strcmp(key, "match") == 0 && strcmp(parent, "initiatives") != 0 &&
            strcmp(parent, "not_doing") != 0);
}

/* Only its `text` is of interest: the rest is as in initiatives. */
#define PARTIAL "match of not_doing"

static size_t each_key(const struct nodes *in, json_t *schema, const char *where)
{
    json_t *items = json_object_get(schema, "items"), *value;
    const char *key;
    size_t found = 0;

    if (items != NULL && json_object_get(items, "properties") != NULL) {
        schema = items;
    }
    json_object_foreach(json_object_get(schema, "properties"), key, value)
    {
        struct nodes values;

        values_of(in, key, &values);
        bool partial = strcmp(where, PARTIAL) == 0 && strcmp(key, "text") != 0;

        if (values.n == 0 && !partial) {
            fail_msg("nothing has '%s' in %s", key, where);
        }
        const char *inner = strcmp(where, "not_doing") == 0 && strcmp(key, "match") == 0
                                ? PARTIAL
                                : key;

        found += 1;
        found += is_elsewhere(where, key) ? 0 : each_key(&values, value, inner);
    }
    return found;
}

static void every_key(void **state UNUSED)
{
    struct arena *a = arena_create(64 << 20);
    struct conf_diag *d = conf_diag_create();
    size_t nodes = YAML_MAX_NODES;
    struct buf text, schema;

    read_whole("tests/golden/config/strategy-good-every-key.yaml", &text);
    buf_init(&schema, TEXT_MAX);
    conf_schema_strategy(&schema);

    json_t *root = json_loads(buf_cstr(&schema), 0, NULL);
    const struct yaml_node *n = yaml_read(a, STR("s"), buf_str(&text), &nodes, d);

    assert_true(root != NULL && n != NULL);

    struct nodes all = {.v = {n}, .n = 1};

    assert_true(each_key(&all, root, "the file") > 120);
    json_decref(root);
    buf_finish(&schema);
    buf_finish(&text);
    conf_diag_destroy(d);
    arena_destroy(a);
}

/* ---- what ships passes ---- */

static void assert_loads(const char *what, struct conf_diag *d, bool loaded)
{
    struct buf said;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    if (!loaded || conf_diag_warnings(d) > 0) {
        fail_msg("%s: %s", what, buf_cstr(&said));
    }
    buf_finish(&said);
    conf_diag_destroy(d);
}

static void samples(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();
    struct conf *c = conf_load("config/alignd.sample.yaml", &env, d);

    assert_loads("alignd.sample.yaml", d, c != NULL);
    conf_destroy(c);
    d = conf_diag_create();

    struct strategy *s = strategy_load("config/strategy.sample.yaml", d);

    assert_loads("strategy.sample.yaml", d, s != NULL);
    strategy_unref(s);
}

/* Example companies: each has a strategy, and perhaps a configuration. */
static void examples(void **state UNUSED)
{
    DIR *dir = opendir("config/examples");
    struct dirent *entry;
    size_t found = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        struct conf_diag *d;
        struct buf path;

        if (entry->d_name[0] == '.') {
            continue;
        }
        buf_init(&path, 4096);
        buf_printf(&path, "config/examples/%s/strategy.yaml", entry->d_name);
        d = conf_diag_create();

        struct strategy *s = strategy_load(buf_cstr(&path), d);

        assert_loads(buf_cstr(&path), d, s != NULL);
        strategy_unref(s);
        buf_clear(&path);
        buf_printf(&path, "config/examples/%s/alignd.yaml", entry->d_name);
        if (access(buf_cstr(&path), F_OK) == 0) {
            d = conf_diag_create();

            struct conf *c = conf_load(buf_cstr(&path), &env, d);

            assert_loads(buf_cstr(&path), d, c != NULL);
            conf_destroy(c);
        }
        buf_finish(&path);
        found++;
    }
    (void)closedir(dir);
    assert_true(found > 0);
}

/* Displays that are whole files are known by what such a file must have. */
static bool has_line(struct str text, const char *start)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        if (str_has_prefix(line, str_of(start))) {
            return true;
        }
    }
    return false;
}

static size_t check_block(const char *page, struct str text)
{
    struct conf_diag *d = conf_diag_create();
    struct tempdir dir;
    struct buf path;
    struct err e;

    if (has_line(text, "strategy: 1")) {
        struct strategy *s = strategy_load_text(page, text, d);

        assert_loads(page, d, s != NULL);
        strategy_unref(s);
        return 1;
    }
    if (!has_line(text, "sources:")) {
        conf_diag_destroy(d);
        return 0;
    }
    assert_true(tempdir_create(&dir, &e) && tempdir_join(&dir, "a.yaml", &path, &e));
    assert_true(tempdir_write(&dir, "a.yaml", text, &e));

    struct conf *c = conf_load(buf_cstr(&path), &env, d);

    assert_loads(page, d, c != NULL);
    conf_destroy(c);
    buf_finish(&path);
    tempdir_remove(&dir);
    return 1;
}

/* roff writes a backslash as \e. */
static void add_roff(struct buf *out, struct str line)
{
    ptrdiff_t at;

    while ((at = str_find(line, STR("\\e"))) >= 0) {
        buf_add(out, str_first(line, (size_t)at + 1));
        line = str_skip(line, (size_t)at + 2);
    }
    buf_add(out, line);
    buf_addc(out, '\n');
}

/* The literal displays of an mdoc(7) page; how many are files. */
static size_t check_page(const char *page, struct str text)
{
    struct str line;
    struct buf block;
    bool inside = false;
    size_t found = 0;

    buf_init(&block, TEXT_MAX);
    while (str_split(&text, '\n', &line)) {
        if (str_has_prefix(line, STR(".Bd "))) {
            inside = str_find(line, STR("-literal")) >= 0;
            buf_clear(&block);
        } else if (inside && str_has_prefix(line, STR(".Ed"))) {
            found += check_block(page, buf_str(&block));
            inside = false;
        } else if (inside && !str_has_prefix(line, STR("."))) {
            add_roff(&block, line);
        }
    }
    buf_finish(&block);
    return found;
}

static void manual_pages(void **state UNUSED)
{
    DIR *dir = opendir("daemon/man");
    struct dirent *entry;
    size_t pages = 0, found = 0;

    if (dir == NULL) {
        skip();
    }
    while ((entry = readdir(dir)) != NULL) {
        struct buf path, text;

        if (entry->d_name[0] == '.') {
            continue;
        }
        buf_init(&path, 4096);
        buf_printf(&path, "daemon/man/%s", entry->d_name);
        read_whole(buf_cstr(&path), &text);
        found += check_page(entry->d_name, buf_str(&text));
        pages++;
        buf_finish(&text);
        buf_finish(&path);
    }
    (void)closedir(dir);
    print_message("%zu YAML files in %zu manual pages\n", found, pages);
}

static void page_checker(void **state UNUSED)
{
    static const char page[] =
        "Text\n.Bd -literal -offset indent\nstrategy: 1\nname: \"a\\eu0041\"\n"
        "objectives: [{ id: o, title: O }]\ninitiatives: [{ id: i, title: I }]\n.Ed\n"
        ".Bd -literal\npart: of something\n.Ed\n"
        ".Bd -literal\nsources:\n  - { name: gh, type: github, repos: [a/b] }\n.Ed\n";

    assert_int_equal(check_page("page", str_of(page)), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(committed, (void *)(uintptr_t)&files[0]),
        cmocka_unit_test_prestate(committed, (void *)(uintptr_t)&files[1]),
        cmocka_unit_test_prestate(same_keys, (void *)(uintptr_t)&files[0]),
        cmocka_unit_test_prestate(same_keys, (void *)(uintptr_t)&files[1]),
        cmocka_unit_test(every_key),
        cmocka_unit_test(samples),
        cmocka_unit_test(examples),
        cmocka_unit_test(page_checker),
        cmocka_unit_test(manual_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The rules against committed cases: tests/golden/rules/RULE/CASE.json. Each
 * rule has `fires`, `quiet`, `boundary` and `stale`, one that is asked of other
 * subjects as well the same with `team-` and so on before; whatever else stands in its folder is
 * run too.
 *
 * A case:
 *   about      what it shows
 *   now, hours (Mon-Fri 09:00-17:30, in UTC), holidays
 *   conf       {severity, for, PARAMETER: text}; default: the rule's own
 *   strategy   {objectives, initiatives, buckets, teams, retired}, or
 *   file       a whole strategy.yaml
 *   subject    which of the rule's subjects is asked; default: its own
 *   item, initiative with tally, source, team, or `node`, its id: the subject
 *   values, first_load   of a key result: [[date, value], ...]
 *   retarget   {at, elapsed, words}: what a version asked of a key result instead
 *   version    {changed, summary, words, changes, broken, since}: of the strategy's file
 *   assumes    [{expression, value | unknown, false_since, unknown_since}]
 *   told       {key result: values}, of what a competitor attacks
 *   channel    {name, reason, since}
 *   effort     {shares, spread}: two windows of days, see read_window
 *   places, blocked      [[place, team, objective, items]], [[item, team, what it waits
 *              for, whose that is, since]]
 *   stale      nothing can be concluded about the subject
 *   expect     {answer: fires | quiet | unjudged, next} and, where it fires,
 *              {severity, for, note, fix, command, node, facts}: all of the hit
 *   variants   [{about, set: {"/json/pointer": value}, expect}]: the case again,
 *              with some values changed
 *
 * ALIGND_GOLDEN=write writes what is answered as what is expected: to be read before it
 * is committed.
 */
#include <dirent.h>

#include "base/utf8.h"
#include "tests/unit/rule_case.h"

#define FOLDER "tests/golden/rules"

static bool is_writing(void)
{
    const char *mode = getenv("ALIGND_GOLDEN");

    return mode != NULL && strcmp(mode, "write") == 0;
}

static void compare(const char *file, size_t variant, const json_t *got,
                    const json_t *want)
{
    if (!json_equal(got, want)) {
        char *text_got = json_dumps(got, JSON_INDENT(2) | JSON_PRESERVE_ORDER);

        printf("%s, variant %zu answers:\n%s\n", file, variant, text_got);
        free(text_got);
        fail_msg("%s, variant %zu: not what is expected", file, variant);
    }
}

/* ---- variants ---- */

/* Sets what "/a/b/0" names; null removes it. */
static void set_at(const char *file, json_t *root, const char *pointer, json_t *value)
{
    struct str rest = str_skip(str_of(pointer), 1);
    struct str part;
    json_t *at = root;

    while (str_split(&rest, '/', &part)) {
        char key[100];
        uint64_t i;

        snprintf(key, sizeof key, "%.*s", STR_FMT(part));
        if (rest.n > 0) {
            at = json_is_array(at) && str_to_u64(part, &i)
                     ? json_array_get(at, (size_t)i)
                     : json_object_get(at, key);
            if (at == NULL) {
                fail_msg("%s: nothing at %s", file, pointer);
            }
        } else if (json_is_array(at) && str_to_u64(part, &i)) {
            assert_int_equal(json_array_set(at, (size_t)i, value), 0);
        } else if (json_is_null(value)) {
            assert_int_equal(json_object_del(at, key), 0);
        } else {
            assert_int_equal(json_object_set(at, key, value), 0);
        }
    }
}

struct summary {
    size_t runs, different; /* answers unlike the first one */
    char first[20];         /* the first answer */
};

/* The order of the members is the writer's where they stay the same. */
static void take_answer(json_t *c, json_t *got)
{
    if (!json_equal(got, json_object_get(c, "expect"))) {
        json_object_set(c, "expect", got);
    }
}

static void run_variant(const char *file, const struct rule *rule, const json_t *root,
                        const json_t *variant, size_t n, struct summary *sum)
{
    const struct reading r = {.file = file};
    json_t *copy = json_deep_copy(root);
    json_t *expect = json_object_get(variant, "expect");
    json_t *got;
    json_t *value;
    const char *pointer;

    only(&r, variant, "about set expect");
    json_object_foreach(json_object_get(variant, "set"), pointer, value)
    {
        set_at(file, copy, pointer, value);
    }
    got = ask(file, rule, copy);
    if (is_writing()) {
        take_answer((json_t *)(uintptr_t)variant, got);
    } else {
        compare(file, n, got, expect);
    }
    sum->runs++;
    sum->different += !json_equal(got, json_object_get(root, "expect"));
    json_decref(got);
    json_decref(copy);
}

static void write_case(const char *file, const json_t *root)
{
    FILE *f = fopen(file, "w");

    assert_non_null(f);
    assert_int_equal(json_dumpf(root, f, JSON_INDENT(2) | JSON_PRESERVE_ORDER), 0);
    fputc('\n', f);
    assert_int_equal(fclose(f), 0);
}

static void run_case(const char *file, const struct rule *rule, struct summary *sum)
{
    json_error_t at;
    json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &at);
    json_t *got;

    if (root == NULL) {
        fail_msg("%s:%d:%d: %s", file, at.line, at.column, at.text);
    }
    got = ask(file, rule, root);
    if (is_writing()) {
        take_answer(root, got);
    } else {
        compare(file, 0, got, json_object_get(root, "expect"));
    }
    *sum = (struct summary){.runs = 1};
    snprintf(sum->first, sizeof sum->first, "%.*s", STR_FMT(text(got, "answer")));
    json_decref(got);
    for (size_t i = 0; i < json_array_size(json_object_get(root, "variants")); i++) {
        run_variant(file, rule, root,
                    json_array_get(json_object_get(root, "variants"), i), i + 1, sum);
    }
    if (is_writing()) {
        write_case(file, root);
    }
    json_decref(root);
}

/* ---- the tests ---- */

static void run_required(const struct rule *rule, const char *name, const char *first,
                         struct summary *sum)
{
    char file[300];

    snprintf(file, sizeof file, FOLDER "/%s/%s.json", rule->id, name);
    run_case(file, rule, sum);
    if (first != NULL && strcmp(sum->first, first) != 0) {
        fail_msg("%s: %s", file, sum->first);
    }
}

static void run_four(const struct rule *rule, const char *prefix)
{
    struct summary sum;
    char name[4][40];

    snprintf(name[0], sizeof name[0], "%sfires", prefix);
    snprintf(name[1], sizeof name[1], "%squiet", prefix);
    snprintf(name[2], sizeof name[2], "%sstale", prefix);
    snprintf(name[3], sizeof name[3], "%sboundary", prefix);
    run_required(rule, name[0], "fires", &sum);
    run_required(rule, name[1], "quiet", &sum);
    run_required(rule, name[2], rule->whatever_scope ? "fires" : "unjudged", &sum);
    run_required(rule, name[3], NULL, &sum);
    if (sum.different == 0) {
        fail_msg("%s/%s: both sides are one", rule->id, name[3]);
    }
}

/* Every rule says its four things. */
static void test_required(void **state UNUSED)
{
    for (size_t i = 0; i < rules_count; i++) {
        run_four(rules[i], "");
        for (unsigned k = 0; k < RULE_SUBJECT_COUNT; k++) {
            char prefix[30];

            if ((rules[i]->also & RULE_ALSO(k)) != 0) {
                snprintf(prefix, sizeof prefix, "%s-",
                         rule_subject_name((enum rule_subject)k));
                run_four(rules[i], prefix);
            }
        }
    }
}

static int is_case(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

/* Whatever else stands there is run, and no folder is without its rule. */
static void test_all(void **state UNUSED)
{
    struct dirent **folders;
    int n = scandir(FOLDER, &folders, NULL, alphasort);
    size_t runs = 0;
    size_t found = 0;

    assert_true(n > 2);
    for (int i = 0; i < n; i++) {
        const struct rule *rule = rule_find(str_of(folders[i]->d_name));
        struct dirent **cases;
        char folder[300];

        if (folders[i]->d_name[0] == '.') {
            free(folders[i]);
            continue;
        }
        if (rule == NULL) {
            fail_msg(FOLDER "/%s: there is no such rule", folders[i]->d_name);
        }
        found++;
        snprintf(folder, sizeof folder, FOLDER "/%s", folders[i]->d_name);
        int n_cases = scandir(folder, &cases, is_case, alphasort);

        for (int k = 0; k < n_cases; k++) {
            struct summary sum;
            char file[600];

            snprintf(file, sizeof file, "%s/%s", folder, cases[k]->d_name);
            run_case(file, rule, &sum);
            runs += sum.runs;
            free(cases[k]);
        }
        free(cases);
        free(folders[i]);
    }
    free(folders);
    assert_int_equal(found, rules_count);
    print_message("golden rules: %zu rules, %zu answers\n", found, runs);
}

/* ---- hostile texts, and no memory ---- */

enum { LENGTH = 20000, LENGTH_IN_FILE = 90 };

/* Of quotes and control characters, which take six bytes each in JSON. */
static json_t *hostile_text(size_t n)
{
    char *p = malloc(n);
    json_t *j;

    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        p[i] = i % 3 == 0 ? '\x01' : i % 3 == 1 ? '\'' : '"';
    }
    j = json_stringn(p, n);
    assert_non_null(j);
    free(p);
    return j;
}

static bool is_one_of(const char *key, const char *keys)
{
    struct str rest = str_of(keys), one;

    while (str_split(&rest, ' ', &one)) {
        if (str_eqz(one, key)) {
            return true;
        }
    }
    return false;
}

/* The words that people write; ids and numbers stay. */
static void make_hostile(json_t *j, const char *keys, size_t length)
{
    const char *key;
    json_t *value;
    void *next;
    size_t i;

    json_array_foreach(j, i, value) make_hostile(value, keys, length);
    json_object_foreach_safe(j, next, key, value)
    {
        if (json_is_string(value) && is_one_of(key, keys)) {
            json_object_set_new(j, key, hostile_text(length));
        } else {
            make_hostile(value, keys, length);
        }
    }
}

/* Rows without names: the text at that place. */
static void make_rows_hostile(json_t *rows, size_t place)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        assert_int_equal(json_array_set_new(row, place, hostile_text(LENGTH)), 0);
    }
}

static void assert_utf8(struct str s)
{
    size_t at;

    assert_true(utf8_valid(s, &at));
}

static void run_hostile(const struct rule *rule, const char *file)
{
    struct reading r = {.file = file, .a = arena_create(64 << 20)};
    json_t *c = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);
    struct arena *out = arena_create(64 << 20);
    struct wall next;
    struct rule_hit hit;
    struct asked q;
    unsigned failures = 0;
    size_t need;

    assert_non_null(c);
    make_hostile(json_object_get(c, "file"), "title why unit what problem chose because "
                                             "note", LENGTH_IN_FILE);
    make_hostile(json_object_get(c, "item"), "title status author words", LENGTH);
    make_hostile(json_object_get(c, "source"), "error scope", LENGTH);
    make_hostile(json_object_get(c, "version"), "summary broken", LENGTH);
    make_hostile(json_object_get(c, "channel"), "reason", LENGTH);
    make_hostile(json_object_get(c, "team"), "title source", LENGTH);
    make_rows_hostile(json_object_get(c, "places"), 0);
    make_rows_hostile(json_object_get(c, "blocked"), 0);
    make_rows_hostile(json_object_get(c, "blocked"), 2);
    read_case(&r, rule, c, &q);
    rule_hit_init(&hit, rule, &q.conf);
    assert_true(rule->eval(&q.in, out, &hit, &next));
    assert_false(arena_failed(out));
    assert_true(hit.facts.n > 2 && hit.facts.n < 512 << 10);
    assert_utf8(hit.note);
    assert_utf8(hit.fix);
    assert_utf8(hit.command);
    need = arena_used(out);
    arena_destroy(out);
    for (size_t ceiling = 0; ceiling < need; ceiling += need / 50 + 1) {
        out = arena_create(ceiling);
        rule_hit_init(&hit, rule, &q.conf);
        (void)rule->eval(&q.in, out, &hit, &next);
        assert_true(arena_failed(out));
        failures++;
        arena_destroy(out);
    }
    assert_true(failures >= 3);
    json_decref(c);
    reading_end(&r);
}

static void test_hostile(void **state UNUSED)
{
    for (size_t i = 0; i < rules_count; i++) {
        char file[300];

        snprintf(file, sizeof file, FOLDER "/%s/fires.json", rules[i]->id);
        run_hostile(rules[i], file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

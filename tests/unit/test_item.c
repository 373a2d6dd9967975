#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/item.h"

static void is_str(struct str got, struct str want)
{
    if (!str_eq(got, want)) {
        fail_msg("got '%.*s', want '%.*s'", STR_FMT(got), STR_FMT(want));
    }
}

static void test_pack(void **state UNUSED)
{
    const struct mark marks[] = {
        {MARK_LABEL, STR_NONE, STR("initiative:onboarding")},
        {MARK_FIELD, STR("Strategic\tinitiative"), STR("two\nlines\r\nand\0nul")},
        {MARK_MILESTONE, STR_NONE, STR("2.0")},
        {MARK_FIX_VERSION, STR_NONE, STR("3")},
        {MARK_COMPONENT, STR_NONE, STR("API")},
        {MARK_REFERENCE, STR_NONE, STR("sso")},
        {MARK_EXEMPT, STR_NONE, STR_NONE},
        {MARK_LINK, STR("implements"), STR("PAY-12")},
    };
    struct arena *a = arena_create(1 << 16);
    struct buf b;
    struct mark *got;
    size_t n;

    buf_init(&b, 1 << 16);
    item_pack_marks(&b, marks, ARRAY_LEN(marks));
    is_str(buf_str(&b),
           STR("l\tinitiative:onboarding\n"
               "fStrategic initiative\ttwo lines  and nul\n"
               "m\t2.0\nv\t3\nc\tAPI\nr\tsso\nx\t\nkimplements\tPAY-12\n"));
    assert_true(item_unpack_marks(buf_str(&b), a, &got, &n));
    assert_int_equal(n, ARRAY_LEN(marks));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(got[i].kind, marks[i].kind);
    }
    is_str(got[1].name, STR("Strategic initiative"));
    is_str(got[1].value, STR("two lines  and nul"));
    is_str(got[6].value, STR_NONE);
    is_str(got[7].name, STR("implements"));
    buf_finish(&b);

    assert_true(item_unpack_marks(STR_NONE, a, &got, &n));
    assert_int_equal(n, 0);
    /* Unknown letter, no tab, nothing at all, last line without an end. */
    assert_true(item_unpack_marks(STR("z\tx\nlonely\n\n\tx\nl\ta\nl\tb"), a, &got, &n));
    assert_int_equal(n, 2);
    is_str(got[1].value, STR("b"));
    arena_destroy(a);

    a = arena_create(16);
    assert_false(item_unpack_marks(STR("l\ta\nl\tb\nl\tc\n"), a, &got, &n));
    arena_destroy(a);
}

/* Every stored member changes the hash, and each differently. */
static void test_hash(void **state UNUSED)
{
    struct str people[] = {STR("ana"), STR("ben")};
    struct str others[] = {STR("ana"), STR("bob")};
    struct mark marks[] = {{MARK_LABEL, STR("n"), STR("v")}};
    struct mark kind[] = {{MARK_LINK, STR("n"), STR("v")}};
    struct mark name[] = {{MARK_LABEL, STR("m"), STR("v")}};
    struct mark value[] = {{MARK_LABEL, STR("n"), STR("w")}};
    struct mark shifted[] = {{MARK_LABEL, STR("nv"), STR_NONE}};
    const struct item base = {
        .vid = STR("1"),
        .key = STR("PAY-1"),
        .assignees = people,
        .n_assignees = 2,
        .marks = marks,
        .n_marks = 1,
        .created = {1000},
    };
    struct item v[40];
    uint64_t hash[ARRAY_LEN(v)];
    size_t n = 0;

    v[n++] = base;
#define WITH(member, ...)                                                              \
    v[n] = base;                                                                       \
    v[n++].member = __VA_ARGS__
    WITH(vid, STR("2"));
    WITH(key, STR("PAY-2"));
    WITH(scope, STR("PAY"));
    WITH(title, STR("PAY"));
    WITH(url, STR("PAY"));
    WITH(type, STR("PAY"));
    WITH(status, STR("PAY"));
    WITH(author, STR("PAY"));
    WITH(author_name, STR("PAY"));
    WITH(parent_vid, STR("PAY"));
    WITH(parent_key, STR("PAY"));
    WITH(excerpt, STR("PAY"));
    WITH(level, ITEM_LEVEL_SUB);
    WITH(level, ITEM_LEVEL_EPIC);
    WITH(category, ITEM_IN_PROGRESS);
    WITH(outcome, ITEM_COMPLETED);
    WITH(outsider, true);
    WITH(children, 1);
    WITH(created, (struct wall){1001});
    WITH(updated, (struct wall){1000});
    WITH(closed, (struct wall){1000});
    WITH(restricted, true);
    WITH(n_assignees, 1);
    WITH(assignees, others);
    WITH(n_marks, 0);
    WITH(marks, kind);
    WITH(marks, name);
    WITH(marks, value);
    WITH(marks, shifted);
    WITH(blocked_by, 1);
    WITH(blocked_by, 2);
    for (size_t k = 1; k <= 2; k++) {
        v[n] = base;
        v[n].blockers = others;
        v[n++].n_blockers = k;
    }
#undef WITH
    for (size_t i = 0; i < n; i++) {
        hash[i] = item_hash(&v[i]);
        assert_true(hash[i] == item_hash(&v[i]));
        for (size_t j = 0; j < i; j++) {
            if (hash[i] == hash[j]) {
                fail_msg("variants %zu and %zu have one hash", i, j);
            }
        }
    }
    /* It is stored: a change of the algorithm re-reads every row. */
    assert_int_equal(hash[0], UINT64_C(0xaf5cca937dcefc2e));
}

/* One expectation a row: "r:ID" and "x:REASON", joined by '|'. */
static void test_references(void **state UNUSED)
{
    static const struct {
        const char *body, *want;
    } rows[] = {
        {"", ""},
        {"Initiative: onboarding", "r:onboarding"},
        {"initiative:onboarding", "r:onboarding"},
        {"INITIATIVE : Onboarding\r\n", "r:Onboarding"},
        {"Strategy: onboarding, sso ,nps.2", "r:onboarding|r:sso|r:nps.2"},
        {"text\n\n  Initiative: a\nmore\nStrategy: b", "r:a|r:b"},
        {"- Initiative: a\n* Initiative: b\n+ Initiative: c", "r:a|r:b|r:c"},
        {"1. Initiative: a\n12) Initiative: b", "r:a|r:b"},
        {"- [x] Initiative: a\n- [ ] Initiative: b", "r:a|r:b"},
        {"-Initiative: a", ""},
        {"**Initiative:** a\n**Initiative**: b\n**Initiative: c**", "r:a|r:b|r:c"},
        {"_Initiative:_ a\n_Initiative: b_\n__Strategy__: __c__", "r:a|r:b|r:c"},
        {"*Initiative*: a_b\n_Initiative_: a_b", "r:a_b|r:a_b"},
        {"Initiative: `a`, \"b\", 'c', **d**", "r:a|r:b|r:c|r:d"},
        {"Initiative: _a_, __b_c__", "r:a|r:b_c"},
        {"Initiative: onboarding.", "r:onboarding"},
        {"Initiative: .", ""},
        {"Initiative: we should think about it", ""},
        {"Initiative: a, and more of it", ""},
        {"Initiative:", ""},
        {"Initiative: ,", ""},
        {"Initiative: -a", ""},
        {"Initiatives: a", ""},
        {"My Initiative: a", ""},
        {"Initiative a", ""},
        {"Initiative: none", ""},
        {"Initiative: caf\xc3\xa9", ""},
        {"Strategy: none", "x:"},
        {"strategy: None - run the business", "x:run the business"},
        {"Strategy: none \xe2\x80\x93 ops", "x:ops"},
        {"**Strategy:** none \xe2\x80\x94 ops", "x:ops"},
        {"_Strategy: none - foo_bar_", "x:foo_bar"},
        {"Strategy: `none` - x", "x:x"},
        {"Strategy: none-", "x:"},
        {"Strategy: none yet", ""},
        {"Strategy: none, a", ""},
        {"Strategy: nonesuch", "r:nonesuch"},
        {"> Initiative: a\nInitiative: b", "r:b"},
        {"```\nInitiative: a\n```\nInitiative: b", "r:b"},
        {"```yaml\nInitiative: a\n``\n```` \nInitiative: b", "r:b"},
        {"````\n```\nInitiative: a\n````\nInitiative: b", "r:b"},
        {"~~~\n```\nInitiative: a\n~~~\nInitiative: b", "r:b"},
        {"  ```\nInitiative: a", ""},
        {"``` not `a fence`\nInitiative: a", "r:a"},
        {"``\nInitiative: a", "r:a"},
        {"<!-- Initiative: a -->\nInitiative: b", "r:b"},
        {"<!--\nInitiative: a\n-->\nInitiative: b", "r:b"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct mark marks[ITEM_MAX_REFERENCES];
        size_t n = item_read_references(str_of(rows[i].body), marks);
        char got[500] = "";

        for (size_t k = 0; k < n; k++) {
            size_t at = strlen(got);

            assert_int_equal(marks[k].name.n, 0);
            snprintf(got + at, sizeof got - at, "%s%s:%.*s", k > 0 ? "|" : "",
                     marks[k].kind == MARK_EXEMPT ? "x" : "r", STR_FMT(marks[k].value));
        }
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("'%s': got '%s', want '%s'", rows[i].body, got, rows[i].want);
        }
    }
}

static void test_reference_limits(void **state UNUSED)
{
    struct mark marks[ITEM_MAX_REFERENCES + 1];
    struct buf b;
    char id[66];

    memset(marks, 0x5a, sizeof marks);
    buf_init(&b, 1 << 20);
    buf_addz(&b, "Initiative: a");
    for (size_t i = 0; i < 40; i++) {
        buf_addz(&b, ",a");
    }
    buf_addz(&b, "\nStrategy: none\n");
    assert_int_equal(item_read_references(buf_str(&b), marks), ITEM_MAX_REFERENCES);
    assert_int_equal((unsigned char)((char *)&marks[ITEM_MAX_REFERENCES])[0], 0x5a);

    buf_clear(&b);
    for (size_t i = 0; i < 15; i++) {
        buf_addz(&b, "Strategy: none\nInitiative: b\n");
    }
    assert_int_equal(item_read_references(buf_str(&b), marks), ITEM_MAX_REFERENCES);
    assert_int_equal(marks[ITEM_MAX_REFERENCES - 1].kind, MARK_REFERENCE);

    memset(id, 'a', sizeof id);
    buf_clear(&b);
    buf_printf(&b, "Initiative: %.*s\nInitiative: %.*s", 64, id, 65, id);
    assert_int_equal(item_read_references(buf_str(&b), marks), 1);

    /* A reason is cut between code points. */
    buf_clear(&b);
    buf_addz(&b, "Strategy: none - x");
    for (size_t i = 0; i < 200; i++) {
        buf_addz(&b, "\xc3\xa4");
    }
    assert_int_equal(item_read_references(buf_str(&b), marks), 1);
    assert_int_equal(marks[0].value.n, 255);
    buf_clear(&b);
    buf_addz(&b, "Strategy: none - ");
    for (size_t i = 0; i < 200; i++) {
        buf_addz(&b, "\xc3\xa4");
    }
    assert_int_equal(item_read_references(buf_str(&b), marks), 1);
    assert_int_equal(marks[0].value.n, 254);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_reference_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rule.h"

static void test_names(void **state UNUSED)
{
    enum severity s = SEV_WARN;

    assert_string_equal(severity_name(SEV_INFO), "info");
    assert_string_equal(severity_name(SEV_HIGH), "high");
    assert_string_equal(severity_name((enum severity)7), "?");
    assert_true(severity_parse(STR("high"), &s));
    assert_int_equal(s, SEV_HIGH);
    assert_false(severity_parse(STR("HIGH"), &s));
    assert_false(severity_parse(STR(""), &s));
    assert_int_equal(s, SEV_HIGH);
    assert_int_equal(severity_up(SEV_INFO), SEV_WARN);
    assert_int_equal(severity_up(SEV_WARN), SEV_HIGH);
    assert_int_equal(severity_up(SEV_HIGH), SEV_HIGH);
    assert_string_equal(rule_subject_name(RULE_ITEM), "item");
    assert_string_equal(rule_subject_name(RULE_INITIATIVE), "initiative");
    assert_string_equal(rule_subject_name(RULE_SOURCE), "source");
    assert_string_equal(rule_subject_name(RULE_TEAM), "team");
    assert_string_equal(rule_subject_name((enum rule_subject)RULE_SUBJECT_COUNT), "?");
}

static bool is_id(const char *id)
{
    for (const char *c = id; *c != '\0'; c++) {
        if ((*c < 'a' || *c > 'z') && *c != '-') {
            return false;
        }
    }
    return id[0] != '\0';
}

static bool is_sentence(const char *s)
{
    return s != NULL && strlen(s) > 10;
}

/* What lists, the manual and messages take from each row. */
static void test_table(void **state UNUSED)
{
    assert_true(rules_count > 0);
    for (size_t i = 0; i < rules_count; i++) {
        const struct rule *r = rules[i];
        const char *first = strstr(r->many, "%d");

        assert_true(is_id(r->id));
        assert_ptr_equal(rule_find(str_of(r->id)), r);
        assert_int_equal(rule_index(r), i);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(r->id, rules[k]->id);
        }
        assert_true(is_sentence(r->title) && is_sentence(r->what) &&
                    is_sentence(r->why) && is_sentence(r->formula) &&
                    is_sentence(r->fix));
        assert_ptr_equal(first, r->many); /* the number first, and only it */
        assert_null(strchr(r->many + 1, '%'));
        assert_null(strchr(r->one, '%'));
        assert_true(is_sentence(r->one));
        assert_true(r->severity == SEV_INFO || r->severity == SEV_WARN ||
                    r->severity == SEV_HIGH);
        assert_int_equal(r->params != NULL, r->params_size > 0);
        for (const struct conf_key *p = r->params; p != NULL && p->name != NULL; p++) {
            assert_true(is_sentence(p->doc));
            assert_non_null(p->dflt);
            assert_true(p->live);
            assert_true(p->offset < r->params_size);
        }
    }
    assert_null(rule_find(STR("no-such-rule")));
    assert_null(rule_find(STR("")));
    assert_non_null(rule_find(STR("source-stale")));
}

static void test_hit_init(void **state UNUSED)
{
    const struct rule r = {.severity = SEV_WARN};
    struct rule_conf c = {.severity = -1, .for_ = {.wd = 2}};
    struct rule_hit hit;

    memset(&hit, 0x55, sizeof hit);
    rule_hit_init(&hit, &r, &c);
    assert_int_equal(hit.severity, SEV_WARN);
    assert_int_equal(hit.for_.wd, 2);
    assert_int_equal(hit.note.n + hit.fix.n + hit.command.n + hit.node.n + hit.facts.n,
                     0);
    c.severity = SEV_INFO;
    rule_hit_init(&hit, &r, &c);
    assert_int_equal(hit.severity, SEV_INFO);
}

static void test_judged(void **state UNUSED)
{
    const struct rule usual = {0}, always = {.whatever_scope = true};

    assert_true(rule_is_judged(&usual, false));
    assert_false(rule_is_judged(&usual, true));
    assert_true(rule_is_judged(&always, false));
    assert_true(rule_is_judged(&always, true));
}

static void test_exempts(void **state UNUSED)
{
    struct str labels[] = {STR("no-strategy"), STR("chore/*")};
    struct str types[] = {STR("Spike")};
    struct str ids[] = {STR("OPS-*"), STR("acme/web#7")};
    const struct rule_conf conf = {
        .exempt = {.labels = {labels, 2}, .types = {types, 1}, .ids = {ids, 2}}};
    const struct rule_conf none = {0};
    static const struct {
        const char *key, *type, *label;
        bool want;
    } rows[] = {
        {"PAY-1", "Epic", "ui", false},        {"PAY-1", "Epic", "No-Strategy", true},
        {"PAY-1", "Epic", "chore/deps", true}, {"PAY-1", "Epic", "chores", false},
        {"PAY-1", "spike", "", true},          {"ops-12", "Epic", "", true},
        {"OPSX-1", "Epic", "", false},         {"ACME/web#7", "", "", true},
        {"acme/web#70", "", "", false},        {"", "", "", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 16);
        const struct mark marks[] = {
            {MARK_COMPONENT, STR_NONE,
             STR("no-strategy")}, /* a component is no label */
            {MARK_LABEL, STR_NONE, str_of(rows[i].label)},
        };
        const struct rule_item it = {.key = str_of(rows[i].key),
                                     .type = str_of(rows[i].type),
                                     .marks = marks,
                                     .n_marks = 2};

        if (rule_exempts(&conf, &it, a) != rows[i].want) {
            fail_msg("row %zu", i);
        }
        assert_false(rule_exempts(&none, &it, a));
        arena_destroy(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_table),
        cmocka_unit_test(test_hit_init), cmocka_unit_test(test_judged),
        cmocka_unit_test(test_exempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    assert_string_equal(rule_subject_name((enum rule_subject)9), "?");
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

/* ---- hostile texts, and no memory ---- */

static struct str huge; /* of quotes and control characters: six bytes each in JSON */

struct subjects {
    struct strategy strategy;
    struct calendar cal;
    struct link links[100];
    struct rule_item item;
    struct initiative initiative;
    struct tally tally;
    struct rule_source source;
    struct rule_team team;
    struct rule_team_part parts[100];
};

/* Each rule fires on this, whatever it looks at. */
static void fill(struct subjects *s, const struct rule *rule, struct arena *a)
{
    struct err e;

    *s = (struct subjects){.cal = {.always = true}};
    s->strategy.a = a;
    s->initiative.node =
        (struct node){.kind = NODE_INITIATIVE, .id = STR("sso"), .title = huge};
    s->initiative.status =
        str_eqz(str_of(rule->id), "retired-link") ? INITIATIVE_DONE : INITIATIVE_ACTIVE;
    s->strategy.initiatives = &s->initiative;
    s->strategy.n_initiatives = 1;
    assert_true(strategy_index(&s->strategy, &e));
    s->item = (struct rule_item){.key = huge,
                                 .scope = huge,
                                 .type = huge,
                                 .status = huge,
                                 .title = huge,
                                 .author_name = huge,
                                 .level = ITEM_LEVEL_EPIC,
                                 .category = ITEM_IN_PROGRESS};
    if (str_eqz(str_of(rule->id), "unknown-link")) {
        for (size_t i = 0; i < ARRAY_LEN(s->links); i++) {
            s->links[i] =
                (struct link){.method = LINK_REFERENCE, .node = huge, .detail = huge};
        }
        s->item.links = (struct link_set){.v = s->links, .n = ARRAY_LEN(s->links)};
    } else if (str_eqz(str_of(rule->id), "retired-link")) {
        s->links[0] = (struct link){
            .method = LINK_LABEL, .node = STR("sso"), .known = true, .detail = huge};
        s->item.links =
            (struct link_set){.v = s->links, .n = 1, .strongest = LINK_LABEL};
    }
    s->source = (struct rule_source){.name = huge,
                                     .error = huge,
                                     .open = 1000,
                                     .last_ok = {1000},
                                     .n_scopes = 1000,
                                     .n_failed = 1000};
    s->source.failed = arena_array(a, 1000, sizeof *s->source.failed);
    assert_non_null(s->source.failed);
    for (size_t i = 0; i < 1000; i++) {
        s->source.failed[i].scope = huge;
        s->source.failed[i].error = huge;
        s->source.failed[i].kind = ERR_GONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(s->parts); i++) {
        s->parts[i] = (struct rule_team_part){.source = huge, .open = 1000};
    }
    s->team = (struct rule_team){
        .id = huge, .title = huge, .parts = s->parts, .n_parts = ARRAY_LEN(s->parts)};
}

static bool run(const struct rule *rule, bool of_team, const struct subjects *s,
                struct arena *a, struct rule_hit *hit)
{
    /* Larger and better aligned than any rule's own settings; all zero. */
    static const int64_t own[16];
    const struct rule_conf conf = {.severity = -1, .own = own};
    const struct rule_input in = {.strategy = &s->strategy,
                                  .cal = &s->cal,
                                  .conf = &conf,
                                  .now = {INT64_C(1) << 40},
                                  .item = &s->item,
                                  .initiative = &s->initiative,
                                  .tally = &s->tally,
                                  .source = &s->source,
                                  .team = of_team ? &s->team : NULL};
    struct wall next;

    assert_true(rule->params_size <= sizeof own);
    rule_hit_init(hit, rule, &conf);
    return rule->eval(&in, a, hit, &next);
}

static void run_hostile(const struct rule *rule, bool of_team)
{
    struct arena *a = arena_create(1 << 20);
    struct arena *out = arena_create(64 << 20);
    struct subjects s;
    struct rule_hit hit;
    unsigned failures = 0;

    fill(&s, rule, a);
    assert_true(run(rule, of_team, &s, out, &hit));
    assert_false(arena_failed(out));
    assert_true(hit.facts.n > 2 && hit.facts.n < 512 << 10);
    size_t need = arena_used(out);

    arena_destroy(out);
    for (size_t ceiling = 0; ceiling < need; ceiling += need / 50 + 1) {
        out = arena_create(ceiling);
        (void)run(rule, of_team, &s, out, &hit);
        assert_true(arena_failed(out));
        failures++;
        arena_destroy(out);
    }
    assert_true(failures >= 3);
    map_destroy(s.strategy.by_id);
    arena_destroy(a);
}

static void test_hostile(void **state UNUSED)
{
    for (size_t i = 0; i < rules_count; i++) {
        run_hostile(rules[i], false);
        if (rule_asks(rules[i], RULE_TEAM)) {
            run_hostile(rules[i], true);
        }
    }
}

static int setup(void **state UNUSED)
{
    enum { LENGTH = 20000 };
    char *p = malloc(LENGTH);

    if (p == NULL) {
        return -1;
    }
    for (size_t i = 0; i < LENGTH; i++) {
        p[i] = i % 3 == 0 ? '\x01' : i % 3 == 1 ? '\'' : '"';
    }
    huge = (struct str){p, LENGTH};
    return 0;
}

static int teardown(void **state UNUSED)
{
    free((void *)(uintptr_t)huge.p);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_table),
        cmocka_unit_test(test_hit_init), cmocka_unit_test(test_judged),
        cmocka_unit_test(test_exempts),  cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/route.h"

static struct str_list list(struct arena *a, const char *z)
{
    struct str rest = str_of(z);
    struct str part;
    struct str_list l = {0};
    size_t cap = 0;

    while (str_split(&rest, '|', &part)) {
        struct str *added = arena_grow(a, &l.v, &l.n, &cap, sizeof *l.v);

        assert_non_null(added);
        *added = part;
    }
    return l;
}

/*
 *  0 rule=source-stale         -> ops, continue
 *  1 team=pay*                 -> (no channel)
 *      1.0 severity=high       -> pager, group_by rule+scope, repeat 1d, hours
 *      1.1 scope=PAY|acme/x*   -> pay, continue, wait 5m
 *      1.2 initiative=sso      -> sso
 *  2 owner=Ana Silva           -> ana, interval 3h
 *      2.0 rule=x              -> (inherits)
 *  3 (anything)                -> product
 */
struct tree {
    struct route top[4], pay[3], ana[1];
};

static void plant(struct tree *t, struct arena *a)
{
    *t = (struct tree){0};
    t->top[0].match[ROUTE_BY_rule] = list(a, "source-stale");
    t->top[0].channel = STR("ops");
    t->top[0].continue_ = true;
    t->top[1].match[ROUTE_BY_team] = list(a, "pay*");
    t->top[1].children = t->pay;
    t->top[1].n_children = 3;
    t->pay[0].match[ROUTE_BY_severity] = list(a, "high");
    t->pay[0].channel = STR("pager");
    t->pay[0].has_group_by = true;
    t->pay[0].group_by = 1U << ROUTE_BY_rule | 1U << ROUTE_BY_scope;
    t->pay[0].has_repeat = true;
    t->pay[0].repeat_interval = SPAN_WD(1);
    t->pay[0].has_hours = true;
    t->pay[0].hours.always = true;
    t->pay[1].match[ROUTE_BY_scope] = list(a, "PAY|acme/x*");
    t->pay[1].channel = STR("pay");
    t->pay[1].continue_ = true;
    t->pay[1].has_wait = true;
    t->pay[1].group_wait = SPAN_MS(300000);
    t->pay[2].match[ROUTE_BY_initiative] = list(a, "sso");
    t->pay[2].channel = STR("sso");
    t->top[2].match[ROUTE_BY_owner] = list(a, "Ana Silva");
    t->top[2].channel = STR("ana");
    t->top[2].has_interval = true;
    t->top[2].group_interval = SPAN_MS(10800000);
    t->top[2].children = t->ana;
    t->top[2].n_children = 1;
    t->ana[0].match[ROUTE_BY_rule] = list(a, "x");
    t->top[3].channel = STR("product");
}

/* An item has several labels; any of them will do. */
static void test_item_labels(void **state UNUSED)
{
    static const struct {
        const char *globs, *labels;
        bool want;
    } rows[] = {
        {"security", "bug|Security", true},
        {"security", "bug|insecurity", false},
        {"sec*|p?", "bug|P1", true},
        {"*", "", false}, /* it has none */
        {"*", "x", true},
        {"needs?triage", "needs triage", true},
        {"a", "*|?|a,b|label=a|team=web", false}, /* tracker text is no glob */
        {"x", "|\x01|\xff\xfe|x y|X", true},
    };
    struct arena *a = arena_create(1 << 16);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str_list match[ROUTE_LABEL_COUNT] = {{0}};
        struct route_labels labels = {.team = STR("web")};

        match[ROUTE_BY_label] = list(a, rows[i].globs);
        if (rows[i].labels[0] != '\0') {
            labels.labels = list(a, rows[i].labels);
        }
        if (route_matches(match, &labels, a) != rows[i].want) {
            fail_msg("row %zu", i);
        }
    }
    assert_false(arena_failed(a));
    arena_destroy(a);
}

static void test_label_names(void **state UNUSED)
{
    enum route_label l;

    for (unsigned i = 0; i < ROUTE_LABEL_COUNT; i++) {
        assert_true(route_label_find(str_of(route_label_name((enum route_label)i)), &l));
        assert_int_equal(l, i);
    }
    assert_true(route_label_find(STR("project"), &l) && l == ROUTE_BY_scope);
    assert_true(route_label_find(STR("repo"), &l) && l == ROUTE_BY_scope);
    assert_false(route_label_find(STR("labels"), &l));
}

static void test_asks(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 16);
    struct route inner = {0};
    struct route routes[] = {{.channel = STR("x")},
                             {.children = &inner, .n_children = 1}};

    assert_false(route_asks(routes, 2, ROUTE_BY_label));
    inner.match[ROUTE_BY_label] = list(a, "security");
    assert_true(route_asks(routes, 2, ROUTE_BY_label));
    assert_false(route_asks(routes, 2, ROUTE_BY_owner));
    arena_destroy(a);
}

static void test_find(void **state UNUSED)
{
    static const struct {
        const char *rule, *severity, *scope, *team, *initiative, *owner;
        const char *want; /* "channel group", joined by '|' */
    } rows[] = {
        {"unlinked-work", "warn", "WEB", "", "", "", "product team="},
        {"unlinked-work", "warn", "WEB", "web", "", "", "product team=web"},
        {"source-stale", "warn", "", "", "", "", "ops team=|product team="},
        {"r", "high", "PAY", "payments", "", "", "pager rule=r,scope=PAY"},
        {"r", "High", "PAY", "PAYMENTS", "", "", "pager rule=r,scope=PAY"},
        {"r", "warn", "pay", "payments", "", "", "pay team=payments"},
        {"r", "warn", "Acme/X1", "payments", "SSO", "",
         "pay team=payments|sso team=payments"},
        {"r", "warn", "WEB", "payments", "sso", "", "sso team=payments"},
        /* its team's route takes it and has no place for it */
        {"r", "warn", "WEB", "payments", "", "", ""},
        {"r", "warn", "", "", "", "ana  silva", "ana team="},
        {"x", "warn", "", "", "", "Ana Silva", "ana team="},
        {"source-stale", "high", "PAY", "payments", "", "",
         "ops team=payments|pager rule=source-stale,scope=PAY"},
    };
    const struct calendar cal = {.always = true};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 16);
        struct tree t;
        struct route_hit hits[4];
        struct buf got;
        const struct route_labels labels = {
            .rule = str_of(rows[i].rule),
            .severity = str_of(rows[i].severity),
            .scope = str_of(rows[i].scope),
            .team = str_of(rows[i].team),
            .initiative = str_of(rows[i].initiative),
            .owner = str_of(rows[i].owner),
        };

        plant(&t, a);
        buf_init(&got, 1000);
        size_t n = route_find(t.top, 4, &labels, &cal, a, hits, 4);

        for (size_t k = 0; k < n; k++) {
            buf_printf(&got, "%s%.*s %.*s", k > 0 ? "|" : "", STR_FMT(hits[k].channel),
                       STR_FMT(hits[k].group));
        }
        if (!str_eqz(buf_str(&got), rows[i].want)) {
            fail_msg("row %zu: got '%s', want '%s'", i, buf_cstr(&got), rows[i].want);
        }
        buf_finish(&got);
        arena_destroy(a);
    }
}

static void test_settings(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 16);
    const struct calendar cal = {.always = true};
    struct tree t;
    struct route_hit h[2];
    const struct route_labels high = {.team = STR("pay"), .severity = STR("high")};
    const struct route_labels scope = {.team = STR("pay"), .scope = STR("PAY")};
    const struct route_labels ana = {.owner = STR("Ana Silva"), .rule = STR("x")};
    const struct route_labels other = {0};

    plant(&t, a);
    assert_int_equal(route_find(t.top, 4, &high, &cal, a, h, 2), 1);
    assert_int_equal(h[0].n_path, 2);
    assert_ptr_equal(h[0].path[0], &t.top[1]);
    assert_ptr_equal(h[0].path[1], &t.pay[0]);
    assert_ptr_equal(h[0].hours, &t.pay[0].hours);
    assert_int_equal(h[0].repeat_interval.wd, 1);
    assert_int_equal(h[0].group_wait.ms, 120000);
    assert_false(h[0].has_interval);

    assert_int_equal(route_find(t.top, 4, &scope, &cal, a, h, 2), 1);
    assert_int_equal(h[0].group_wait.ms, 300000);
    assert_int_equal(h[0].repeat_interval.ms, 604800000);
    assert_ptr_equal(h[0].hours, &cal);

    assert_int_equal(route_find(t.top, 4, &ana, &cal, a, h, 2), 1);
    assert_true(h[0].has_interval);
    assert_int_equal(h[0].group_interval.ms, 10800000);
    assert_int_equal(h[0].n_path, 2);

    /* One group for all; a full answer; no routes. */
    t.top[3].has_group_by = true;
    assert_int_equal(route_find(t.top, 4, &other, &cal, a, h, 2), 1);
    assert_true(str_eqz(h[0].group, "all"));
    assert_int_equal(route_find(t.top, 4,
                                &(struct route_labels){.rule = STR("source-stale")},
                                &cal, a, h, 1),
                     1);
    assert_true(str_eqz(h[0].channel, "ops"));
    assert_int_equal(route_find(NULL, 0, &other, &cal, a, h, 2), 0);
    arena_destroy(a);

    a = arena_create(32);
    (void)route_find(t.top + 3, 1,
                     &(struct route_labels){.team = STR("a long team name")}, &cal, a,
                     h, 2);
    assert_true(arena_failed(a));
    arena_destroy(a);
}

static void test_depth(void **state UNUSED)
{
    enum { DEPTH = ROUTE_MAX_DEPTH + 3 };
    struct arena *a = arena_create(1 << 16);
    const struct calendar cal = {.always = true};
    struct route chain[DEPTH] = {0};
    struct route_hit h;

    for (size_t i = 0; i < DEPTH; i++) {
        chain[i].channel = STR("c");
        chain[i].children = i + 1 < DEPTH ? &chain[i + 1] : NULL;
        chain[i].n_children = i + 1 < DEPTH;
    }
    assert_int_equal(route_find(chain, 1, &(struct route_labels){0}, &cal, a, &h, 1),
                     1);
    assert_int_equal(h.n_path, ROUTE_MAX_DEPTH);
    assert_ptr_equal(h.path[ROUTE_MAX_DEPTH - 1], &chain[ROUTE_MAX_DEPTH - 1]);
    arena_destroy(a);
}

static void test_operations(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);
    struct route nested = {0}, deep[ROUTE_MAX_DEPTH + 2];
    struct tree t;

    plant(&t, a);
    assert_true(str_eqz(route_operations(t.top, 4, STR("duty")), "duty"));
    assert_true(str_eqz(route_operations(t.top, 4, STR_NONE), "product"));
    nested.children = t.pay;
    nested.n_children = 3;
    assert_true(str_eqz(route_operations(&nested, 1, STR_NONE), "sso"));
    assert_int_equal(route_operations(NULL, 0, STR_NONE).n, 0);
    memset(deep, 0, sizeof deep);
    for (size_t i = 0; i + 1 < ARRAY_LEN(deep); i++) {
        deep[i].children = &deep[i + 1];
        deep[i].n_children = 1;
    }
    deep[ARRAY_LEN(deep) - 1].channel = STR("unreachable");
    assert_int_equal(route_operations(deep, 1, STR_NONE).n, 0);
    arena_destroy(a);
}

static void test_labels(void **state UNUSED)
{
    const struct route_labels l = {
        .rule = STR("r"), .owner = STR("o"), .scope = STR("s")};

    assert_int_equal(ROUTE_LABEL_COUNT, 10);
    assert_string_equal(route_label_name(ROUTE_BY_scope), "scope");
    assert_string_equal(route_label_name(ROUTE_LABEL_COUNT), "?");
    assert_true(str_eqz(route_label_get(&l, ROUTE_BY_rule), "r"));
    assert_true(str_eqz(route_label_get(&l, ROUTE_BY_scope), "s"));
    assert_true(str_eqz(route_label_get(&l, ROUTE_BY_owner), "o"));
    assert_int_equal(route_label_get(&l, ROUTE_LABEL_COUNT).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item_labels),
        cmocka_unit_test(test_label_names),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_find),   cmocka_unit_test(test_settings),
        cmocka_unit_test(test_depth),  cmocka_unit_test(test_operations),
        cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

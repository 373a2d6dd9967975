#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "core/strategy.h"

/* A strategy in one arena, as config builds it; index not made yet. */
static struct strategy *build(size_t ceiling)
{
    struct arena *a = arena_create(ceiling);
    struct strategy *s = arena_alloc(a, sizeof *s);

    assert_non_null(s);
    s->a = a;
    s->refs = 1;
    s->n_initiatives = 3;
    s->initiatives = arena_array(a, 3, sizeof *s->initiatives);
    s->n_objectives = 1;
    s->objectives = arena_array(a, 1, sizeof *s->objectives);
    s->n_people = 2;
    s->people = arena_array(a, 2, sizeof *s->people);
    s->vision = arena_alloc(a, sizeof *s->vision);
    struct str *was = arena_array(a, 2, sizeof *was);
    struct str *retired = arena_array(a, 2, sizeof *retired);

    assert_false(arena_failed(a));
    s->vision->node = (struct node){.kind = NODE_VISION, .id = STR("vision")};
    was[0] = STR("Second-Site");
    was[1] = STR("sso"); /* taken by another now */
    s->initiatives[0].node = (struct node){
        .kind = NODE_INITIATIVE, .id = STR("onboarding"), .was = {was, 2}};
    s->initiatives[1].node = (struct node){.kind = NODE_INITIATIVE, .id = STR("sso")};
    s->initiatives[2].node = (struct node){.kind = NODE_INITIATIVE, .id = STR("nps")};
    s->objectives[0].node = (struct node){.kind = NODE_OBJECTIVE, .id = STR("D-1")};
    s->people[0] = (struct person){.id = STR("ana")};
    s->people[1] = (struct person){.id = STR("sso")};
    retired[0] = STR("old-init");
    retired[1] = STR("nps");
    s->retired = (struct str_list){retired, 2};
    return s;
}

static void test_find(void **state UNUSED)
{
    static const struct {
        const char *id, *want;
        enum node_kind kind;
    } rows[] = {
        {"onboarding", "onboarding", NODE_INITIATIVE},
        {" ONBOARDING ", "onboarding", NODE_INITIATIVE},
        {"\xef\xbd\x93\xef\xbd\x93\xef\xbd\x8f", "sso",
         NODE_INITIATIVE}, /* fullwidth */
        {"second-site", "onboarding", NODE_INITIATIVE},
        {"sso", "sso", NODE_INITIATIVE},
        {"nps", "nps", NODE_INITIATIVE},
        {"old-init", "old-init", NODE_RETIRED},
        {"d-1", "D-1", NODE_OBJECTIVE},
        {"vision", "vision", NODE_VISION},
        {"", NULL, NODE_VISION},
        {"onboardin", NULL, NODE_VISION},
        {"ana", NULL, NODE_VISION},
    };
    struct strategy *s = build(1 << 16);
    struct err e;

    assert_true(strategy_index(s, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct node *n = strategy_find(s, str_of(rows[i].id));

        if (rows[i].want == NULL) {
            assert_null(n);
            continue;
        }
        assert_non_null(n);
        assert_true(str_eqz(n->id, rows[i].want));
        assert_int_equal(n->kind, rows[i].kind);
    }
    assert_ptr_equal(strategy_initiative(s, STR("Onboarding")), &s->initiatives[0]);
    assert_null(strategy_initiative(s, STR("D-1")));
    assert_null(strategy_initiative(s, STR("old-init")));
    assert_ptr_equal(strategy_person(s, STR("ANA")), &s->people[0]);
    assert_ptr_equal(strategy_person(s, STR("sso")), &s->people[1]);
    assert_null(strategy_person(s, STR("nps")));
    char large[600];

    memset(large, 'x', sizeof large);
    assert_null(strategy_find(s, (struct str){large, sizeof large}));
    assert_null(strategy_person(s, (struct str){large, sizeof large}));
    assert_null(strategy_nearest(s, (struct str){large, sizeof large}));
    strategy_unref(s);
}

static void test_nearest(void **state UNUSED)
{
    static const struct {
        const char *id, *want;
    } rows[] = {
        {"onbording", "onboarding"},
        {"Onboardign", "onboarding"},
        {"onbrdng", NULL},
        {"npx", "nps"},
        {"nqx", NULL},
        {"sos", NULL},
        {"ss", "sso"},
        {"zebra", NULL},
        {"", NULL},
        {"old-ini", NULL},
        {"second-sit", "onboarding"},
        {"d1", "D-1"},
        {"visoin", "vision"},
    };
    struct strategy *s = build(1 << 16);
    struct err e;

    assert_true(strategy_index(s, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct node *n = strategy_nearest(s, str_of(rows[i].id));

        if ((n == NULL) != (rows[i].want == NULL) ||
            (n != NULL && !str_eqz(n->id, rows[i].want))) {
            fail_msg("nearest to '%s' is %.*s", rows[i].id,
                     STR_FMT(n != NULL ? n->id : STR("nothing")));
        }
    }
    assert_null(strategy_nearest_of(s, STR("visoin"), STRATEGY_KIND(NODE_INITIATIVE)));
    assert_non_null(
        strategy_nearest_of(s, STR("old-ini"), STRATEGY_KIND(NODE_RETIRED)));
    strategy_unref(s);
}

static void test_index_out_of_memory(void **state UNUSED)
{
    size_t need = 0;

    for (size_t ceiling = 1 << 16; need == 0;) {
        struct strategy *s = build(ceiling);
        struct err e;

        assert_true(strategy_index(s, &e));
        need = arena_used(s->a);
        strategy_unref(s);
    }
    struct strategy *probe = build(1 << 16);
    size_t before = arena_used(probe->a);

    strategy_unref(probe);
    assert_true(need > before);
    for (size_t ceiling = before; ceiling < need; ceiling += 16) {
        struct strategy *s = build(ceiling);
        struct err e;

        assert_false(strategy_index(s, &e));
        assert_int_equal(e.kind, ERR_NOMEM);
        assert_null(s->by_id);
        strategy_unref(s);
    }
}

enum { THREADS = 4, ROUNDS = 2000 };

static void *share(void *arg)
{
    struct strategy *s = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct strategy *mine = strategy_ref(s);

        if (strategy_initiative(mine, STR("sso")) == NULL) {
            return arg;
        }
        strategy_unref(mine);
    }
    strategy_unref(s);
    return NULL;
}

static void test_refs(void **state UNUSED)
{
    struct strategy *s = build(1 << 16);
    pthread_t t[THREADS];
    struct err e;

    assert_null(strategy_ref(NULL));
    strategy_unref(NULL);
    assert_true(strategy_index(s, &e));
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, share, strategy_ref(s)), 0);
    }
    strategy_unref(
        s); /* the threads hold it now; LeakSanitizer says if nobody frees it */
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;

        assert_int_equal(pthread_join(t[i], &failed), 0);
        assert_null(failed);
    }
}

static void test_running(void **state UNUSED)
{
    static const struct {
        struct date from, to, today;
        bool want;
    } rows[] = {
        {{0}, {0}, {2026, 11, 22}, true},
        {{2026, 10, 1}, {2026, 12, 31}, {2026, 9, 30}, false},
        {{2026, 10, 1}, {2026, 12, 31}, {2026, 10, 1}, true},
        {{2026, 10, 1}, {2026, 12, 31}, {2026, 12, 31}, true},
        {{2026, 10, 1}, {2026, 12, 31}, {2027, 1, 1}, false},
        {{2026, 10, 1}, {0}, {2030, 1, 1}, true},
        {{0}, {2026, 12, 31}, {2020, 1, 1}, true},
        {{0}, {2026, 12, 31}, {2027, 1, 1}, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct objective o = {.from = rows[i].from, .to = rows[i].to};

        assert_int_equal(objective_is_running(&o, rows[i].today), rows[i].want);
    }
}

static void test_names(void **state UNUSED)
{
    assert_string_equal(node_kind_name(NODE_VISION), "vision");
    assert_string_equal(node_kind_name(NODE_KR), "key-result");
    assert_string_equal(node_kind_name(NODE_RETIRED), "retired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_index_out_of_memory),
        cmocka_unit_test(test_refs),
        cmocka_unit_test(test_running),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Two strategies side by side: figures of small ones counted by hand, what holds of any
 * (nothing differs from itself; who served what was dropped, and nothing else, is
 * orphaned), and the copies that whatif compares.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/compare.h"
#include "core/strategy_edit.h"

static const struct date today = {2026, 11, 26};
static struct arena *memory;

static int setup(void **state)
{
    (void)state;
    memory = arena_create((size_t)256 << 20);
    return memory == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(memory);
    return 0;
}

static struct strategy *parse(const char *text)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("strategy.yaml", str_of(text), d);
    struct buf b;

    buf_init(&b, 1 << 16);
    conf_diag_print(d, &b);
    if (s == NULL)
        fail_msg("%s in\n%s", buf_cstr(&b), text);
    buf_finish(&b);
    conf_diag_destroy(d);
    return s;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12f, not %.12f", got, want);
}

#define FIRST                                                                          \
    "strategy: 1\nname: Acme\ncurrency: EUR\n"                                         \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Grow, share: 60%, key_results:\n"                          \
    "      [{ id: nps, title: NPS }, { id: sites, title: Sites }] }\n"                 \
    "  - { id: keep, title: Keep, share: 40%, key_results: [{ id: churn, title: C }] " \
    "}\n"                                                                              \
    "initiatives:\n"                                                                   \
    "  - { id: sso, title: SSO, status: active, moves: [nps], needs: [pay],\n"         \
    "      rice: { reach: 400, impact: 2, confidence: 80%, effort: 20d },\n"           \
    "      costs: [{ what: SMS, amount: 1200, per: month },\n"                         \
    "              { what: Audit, amount: 5000, per: once }] }\n"                      \
    "  - { id: bill, title: Bill, status: active, moves: [churn] }\n"                  \
    "  - { id: later, title: Later, status: proposed, moves: [sites],\n"               \
    "      costs: [{ what: X, amount: 7, per: month }] }\n"                            \
    "buckets: [{ id: ktlo, title: Run it }]\n"                                         \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, spread: 1.5 }\n"                                       \
    "  - { id: pay, title: Pay }\n"

/* Of ten people, on the days before. */
static struct effort_figure figures[] = {
    {STR_INIT("web"), STR_INIT("sso"), STR_INIT("grow"), 30},
    {STR_INIT("web"), STR_INIT("bill"), STR_INIT("keep"), 30},
    {STR_INIT("web"), STR_INIT("ktlo"), STR_INIT("ktlo"), 20},
    {STR_INIT("web"), STR_INIT(""), STR_INIT(""), 20},
};
static const struct compare_live live = {
    figures, ARRAY_LEN(figures), 10, {2026, 10, 29}, {2026, 11, 25}};

static struct compare compare(const struct strategy *from, const struct strategy *to,
                              const struct compare_live *l)
{
    struct compare c;

    assert_true(compare_strategies(from, to, today, l, memory, &c));
    return c;
}

static void one_strategy(void **state)
{
    struct strategy *s = parse(FIRST);
    struct compare c = compare(s, s, &live);
    const struct compare_side *x = &c.side[0];

    (void)state;
    assert_int_equal(x->objectives, 2);
    assert_int_equal(x->key_results, 3);
    assert_int_equal(x->n_uncovered, 1); /* what is proposed moves nothing yet */
    assert_true(str_eqz(x->uncovered[0]->node.id, "sites"));
    assert_int_equal(x->initiatives, 2);
    assert_near(x->monthly, 1200);
    assert_near(x->once, 5000);
    assert_near(x->rice, 32);
    assert_int_equal(x->unrated, 1);
    assert_near(x->mapped_days, 80);
    /* Two equal initiatives are more than 1.5; nobody of pay was seen. */
    assert_int_equal(x->n_limits, 2);
    assert_int_equal(x->limits[0].kind, COMPARE_SPREAD);
    assert_near(x->limits[0].value, 2);
    assert_near(x->limits[0].most, 1.5);
    assert_int_equal(x->limits[1].kind, COMPARE_ABSENT_TEAM);
    assert_true(str_eqz(x->limits[1].other, "pay"));
    strategy_unref(s);
}

/* Without live work nothing is said that would need it. */
static void without_live_work(void **state)
{
    struct strategy *s = parse(FIRST);
    struct compare c = compare(s, s, NULL);
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    compare_write(&b, &c);
    assert_int_equal(c.side[0].n_limits, 0);
    assert_non_null(strstr(buf_cstr(&b), "\"work\":null"));
    assert_non_null(strstr(buf_cstr(&b), "\"mapped\":null"));
    assert_non_null(strstr(buf_cstr(&b), "\"people_to_move\":null"));
    assert_non_null(strstr(buf_cstr(&b), "\"same\":true"));
    buf_finish(&b);
    strategy_unref(s);
}

/* 60/40 to 30/50/20: three of ten people leave grow, one for keep and two for new. */
static void people_move(void **state)
{
    struct strategy *s = parse(FIRST);
    struct strategy *t = parse(
        "strategy: 1\nname: Acme\nobjectives:\n"
        "  - { id: grow, title: Grow, share: 30%, key_results: [{ id: nps, title: N "
        "}] }\n"
        "  - { id: hold, was: [keep], title: Keep, share: 50%, key_results: [{ id: "
        "churn, title: C }] }\n"
        "  - { id: new, title: New, share: 20% }\n"
        "initiatives: [{ id: bill, title: Bill, status: active, moves: [nps] }]\n"
        "teams: [{ id: web, title: Web, spread: 1.5 }]\n");
    struct compare c = compare(s, t, &live);

    (void)state;
    assert_near(c.move, 0.3);
    assert_int_equal(c.n_moves, 2);
    assert_true(str_eqz(c.moves[0].from, "grow") && str_eqz(c.moves[0].to, "hold"));
    assert_near(c.moves[0].share * live.people, 1);
    assert_true(str_eqz(c.moves[1].from, "grow") && str_eqz(c.moves[1].to, "new"));
    assert_near(c.moves[1].share * live.people, 2);
    /* sso and the bucket are gone; what bill took is for grow now. */
    assert_near(c.side[1].mapped_days, 30);
    assert_true(str_eqz(c.goals[0].id, "grow"));
    assert_near(c.goals[0].days[0], 30);
    assert_near(c.goals[0].days[1], 30);
    assert_int_equal(c.side[1].n_uncovered, 1);
    assert_int_equal(c.side[1].n_limits, 0);
    strategy_unref(t);
    strategy_unref(s);
}

static void too_many_objectives(void **state)
{
    struct strategy *s = parse(
        "strategy: 1\nname: A\nobjectives:\n"
        "  - { id: a, title: A }\n  - { id: b, title: B }\n  - { id: c, title: C }\n"
        "  - { id: d, title: D }\n  - { id: e, title: E }\n  - { id: f, title: F }\n"
        "  - { id: g, title: G, to: 2026-11-25 }\n"
        "initiatives: [{ id: i, title: I }]\n");
    struct compare c = compare(s, s, NULL);

    (void)state;
    assert_int_equal(c.side[1].n_limits, 1);
    assert_int_equal(c.side[1].limits[0].kind, COMPARE_OBJECTIVES);
    assert_near(c.side[1].limits[0].value, 6);
    assert_near(c.move, -1); /* nothing is planned */
    strategy_unref(s);
}

static void add_item(struct compare *c, const char *key, const char *from,
                     const char *to)
{
    struct str v[2] = {str_of(from), str_of(to)};
    struct compare_item it = {
        .key = str_of(key), .nodes = {&v[0], &v[1]}, .n = {v[0].n > 0, v[1].n > 0}};

    assert_true(compare_add(c, &it, memory));
}

static void items(void **state)
{
    struct strategy *s = parse(FIRST);
    struct strategy *t =
        parse("strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
              "initiatives:\n"
              "  - { id: login, was: [sso], title: SSO }\n"
              "  - { id: bill, title: Bill, status: dropped }\n"
              "retired: [later]\n");
    struct compare c = compare(s, t, &live);

    (void)state;
    add_item(&c, "A-1", "sso", "login");   /* only its name is another */
    add_item(&c, "A-2", "bill", "bill");   /* dropped */
    add_item(&c, "A-3", "later", "later"); /* retired */
    add_item(&c, "A-4", "ktlo", "");
    add_item(&c, "A-5", "", "login");
    add_item(&c, "A-6", "bill", "login");
    add_item(&c, "A-7", "", "");
    assert_int_equal(c.items, 7);
    assert_int_equal(c.orphaned, 3);
    assert_int_equal(c.adopted, 1);
    assert_int_equal(c.moved, 1);
    assert_int_equal(c.side[0].mapped, 5);
    assert_int_equal(c.side[1].mapped, 3);
    assert_int_equal(c.n_orphans, 3);
    assert_true(str_eqz(c.orphans[0].key, "A-2"));
    assert_true(str_eqz(c.orphans[2].node, "ktlo"));
    assert_false(compare_is_same(&c));
    strategy_unref(t);
    strategy_unref(s);
}

/* ---- copies ---- */

static struct strategy *edited(const struct strategy *s, const struct strategy_edits *x)
{
    struct strategy *t = NULL;
    struct err e;

    if (!strategy_edit(s, x, &t, &e))
        fail_msg("%s", e.msg);
    return t;
}

static struct strategy_edits share_edit(struct str_pair *p, const char *id,
                                        const char *value)
{
    *p = (struct str_pair){str_of(id), str_of(value)};
    return (struct strategy_edits){.shares = {p, 1}};
}

static void copies_are_changed(void **state)
{
    struct str_pair move = {STR_INIT("sso"), STR_INIT("keep")}, share;
    struct str drop = STR_INIT("bill");
    struct strategy *s = parse(FIRST), *t;
    struct strategy_edits x = {.moves = {&move, 1},
                               .drops = {&drop, 1},
                               .add = STR("A new thing"),
                               .add_moves = STR("sites"),
                               .has_rice = true,
                               .reach = 10,
                               .impact = 1,
                               .confidence = 0.5,
                               .effort_days = 5};
    struct compare c;

    (void)state;
    t = edited(s, &x);
    c = compare(s, t, &live);
    assert_int_equal(s->n_initiatives, 3);
    assert_true(str_eqz(s->initiatives[0].moves[0].kr->node.id, "nps"));
    assert_true(str_eqz(t->initiatives[0].moves[0].kr->node.id, "churn"));
    /* Everything within the copy is the copy's. */
    for (size_t i = 0; i < t->n_initiatives; i++) {
        for (size_t k = 0; k < t->initiatives[i].n_moves; k++)
            assert_true(t->initiatives[i].moves[k].kr >= t->key_results &&
                        t->initiatives[i].moves[k].kr <
                            t->key_results + t->n_key_results);
        for (size_t k = 0; k < t->initiatives[i].n_needs; k++)
            assert_true(t->initiatives[i].needs[k] == &t->teams[1]);
    }
    assert_true(strategy_find(t, STR("sso")) == &t->initiatives[0].node);
    assert_int_equal(c.side[1].initiatives, 2); /* sso and what is new */
    assert_near(c.side[1].rice, 32 + 1);
    assert_int_equal(c.side[1].n_uncovered, 1);
    assert_true(str_eqz(c.side[1].uncovered[0]->node.id, "nps"));
    assert_near(c.side[1].mapped_days, 50); /* sso and the bucket */
    assert_int_equal(c.n_changes, 3);
    strategy_unref(t);

    x = share_edit(&share, "grow", "70%");
    t = edited(s, &x);
    c = compare(s, t, NULL);
    assert_int_equal(c.side[0].n_limits, 0);
    assert_int_equal(c.side[1].n_limits, 1);
    assert_int_equal(c.side[1].limits[0].kind, COMPARE_SHARES);
    assert_near(c.side[1].limits[0].value, 1.1);
    strategy_unref(t);
    strategy_unref(s);
}

static void edits_are_refused(void **state)
{
    static const struct {
        const char *key, *value, *message;
        bool is_share;
        enum err_kind kind;
    } rows[] = {
        {"ssso", "nps", "did you mean 'sso'?", false, ERR_NOT_FOUND},
        {"grow", "nps", "is no initiative but of kind objective", false, ERR_USAGE},
        {"sso", "npx", "did you mean 'nps'?", false, ERR_NOT_FOUND},
        {"sso", "ktlo", "is no key result or objective but of kind bucket", false,
         ERR_USAGE},
        {"sso", "bare", "has no key result", false, ERR_USAGE},
        {"zzzzzzzz", "nps", "no initiative 'zzzzzzzz'", false, ERR_NOT_FOUND},
        {"grow", "many", "is no percentage", true, ERR_USAGE},
        {"grow", "40", "is no percentage", true, ERR_USAGE},
        {"grow", "101%", "is no percentage", true, ERR_USAGE},
        {"grow", "-1%", "is no percentage", true, ERR_USAGE},
        {"grow", "nan%", "is no percentage", true, ERR_USAGE},
        {"sso", "40%", "is no objective but of kind initiative", true, ERR_USAGE},
    };
    struct strategy *s =
        parse("strategy: 1\nname: A\nobjectives:\n"
              "  - { id: grow, title: Grow, key_results: [{ id: nps, title: NPS }] }\n"
              "  - { id: bare, title: Bare }\n"
              "initiatives: [{ id: sso, title: SSO }]\n"
              "buckets: [{ id: ktlo, title: K }]\n");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str_pair p = {str_of(rows[i].key), str_of(rows[i].value)};
        struct strategy_edits x = {.has_rice = false};
        struct strategy *t;
        struct err e;

        *(rows[i].is_share ? &x.shares : &x.moves) = (struct str_pair_list){&p, 1};
        assert_false(strategy_edit(s, &x, &t, &e));
        if (e.kind != rows[i].kind || strstr(e.msg, rows[i].message) == NULL)
            fail_msg("row %zu: %s", i, e.msg);
    }
    strategy_unref(s);
}

/* ---- any strategy ---- */

static uint64_t seed;

static unsigned next(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

static void random_objectives(struct buf *b, unsigned n)
{
    static const unsigned shares[3][3] = {{100}, {60, 40}, {50, 30, 20}};
    bool planned = n <= 3 && next(2) == 0;

    buf_addz(b, "objectives:\n");
    for (unsigned i = 0; i < n; i++) {
        buf_printf(b, "  - { id: o%u, title: O%u", i, i);
        if (planned)
            buf_printf(b, ", share: %u%%", shares[n - 1][i]);
        buf_printf(b, ", key_results: [{ id: k%u, title: K, by: 202%u-06-30 }] }\n", i,
                   6 + next(2));
    }
}

static void random_initiatives(struct buf *b, unsigned n, unsigned n_objectives)
{
    static const char *const status[] = {"active", "proposed", "paused", "done",
                                         "dropped"};

    buf_addz(b, "initiatives:\n");
    for (unsigned i = 0; i < n; i++) {
        buf_printf(b, "  - { id: i%u, title: I%u, status: %s", i, i,
                   status[next(ARRAY_LEN(status))]);
        if (next(4) != 0)
            buf_printf(b, ", moves: [k%u]", next(n_objectives));
        if (next(2) == 0)
            buf_printf(b,
                       ", rice: { reach: %u, impact: 1, confidence: 50%%, effort: "
                       "3d }",
                       1 + next(9));
        if (next(2) == 0)
            buf_printf(b, ", costs: [{ what: x, amount: %u, per: month }]", next(100));
        if (next(2) == 0)
            buf_printf(b, ", needs: [t%u]", next(2));
        buf_addz(b, " }\n");
    }
}

static struct strategy *random_strategy(unsigned *ret_initiatives, struct buf *b)
{
    unsigned n_objectives = 1 + next(7), n = 1 + next(8);

    buf_clear(b);
    buf_addz(b, "strategy: 1\nname: Random\n");
    random_objectives(b, n_objectives);
    random_initiatives(b, n, n_objectives);
    buf_addz(b, "buckets: [{ id: b0, title: B }]\n"
                "teams: [{ id: t0, title: T, spread: 1.2 }, { id: t1, title: U }]\n");
    *ret_initiatives = n;
    return parse(buf_cstr(b));
}

static struct compare_live random_live(struct effort_figure *v, size_t most,
                                       unsigned n_initiatives)
{
    struct compare_live l = {v, next((unsigned)most), next(20), today, today};

    for (size_t i = 0; i < l.n; i++) {
        v[i] = (struct effort_figure){
            .team = arena_printf(memory, "t%u", next(3)),
            .node = arena_printf(memory, "i%u", next(n_initiatives + 2)),
            .days = next(50)};
    }
    return l;
}

/* What is compared with itself, read twice, differs in nothing. */
static void nothing_differs_from_itself(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    for (uint64_t i = 1; i <= 300; i++) {
        struct effort_figure v[12];
        struct strategy *s, *t;
        struct compare_live l;
        struct compare c;
        unsigned n;

        seed = i * 0x9e3779b97f4a7c15u;
        s = random_strategy(&n, &b);
        t = parse(buf_cstr(&b));
        l = random_live(v, ARRAY_LEN(v), n);
        c = compare(s, t, next(4) == 0 ? NULL : &l);
        for (unsigned k = 0; k < 20; k++) {
            struct str node = arena_printf(memory, "i%u", next(n + 2));
            struct compare_item it = {
                .key = STR("A-1"), .nodes = {&node, &node}, .n = {1, 1}};

            assert_true(compare_add(&c, &it, memory));
        }
        if (!compare_is_same(&c) || c.n_moves != 0 || c.move > 0 ||
            c.side[0].n_limits != c.side[1].n_limits ||
            c.side[0].n_uncovered != c.side[1].n_uncovered ||
            c.side[0].mapped != c.side[1].mapped ||
            c.side[0].mapped_days != c.side[1].mapped_days)
            fail_msg("seed %llu:\n%s", (unsigned long long)i, buf_cstr(&b));
        strategy_unref(s);
        strategy_unref(t);
        arena_reset(memory);
    }
    buf_finish(&b);
}

/* Whoever served the dropped one alone is orphaned, and nobody else. */
static void the_dropped_orphan_exactly_theirs(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    for (uint64_t i = 1; i <= 300; i++) {
        struct strategy_edits x = {.has_rice = false};
        struct strategy *s, *t;
        struct compare c;
        struct str drop;
        int64_t want = 0;
        unsigned n;

        seed = i * 0xbf58476d1ce4e5b9u;
        s = random_strategy(&n, &b);
        drop = s->initiatives[next(n)].node.id;
        x.drops = (struct str_list){&drop, 1};
        t = edited(s, &x);
        c = compare(s, t, NULL);
        for (unsigned k = 0; k < 40; k++) {
            struct str v[2] = {arena_printf(memory, "i%u", next(n)),
                               arena_printf(memory, "i%u", next(n))};
            size_t n_v = next(3);
            struct compare_item it = {
                .key = STR("A-1"), .nodes = {v, v}, .n = {n_v, n_v}};
            bool any = false, other = false;

            for (size_t m = 0; m < n_v; m++) {
                if (strategy_initiative(s, v[m])->status == INITIATIVE_DROPPED)
                    continue;
                any = true;
                other |= !str_eq(v[m], drop);
            }
            want += any && !other;
            assert_true(compare_add(&c, &it, memory));
        }
        if (c.orphaned != want || c.adopted != 0 || c.moved != 0)
            fail_msg("seed %llu: %lld orphaned, not %lld", (unsigned long long)i,
                     (long long)c.orphaned, (long long)want);
        assert_int_equal(c.side[1].mapped, c.side[0].mapped - want);
        strategy_unref(t);
        strategy_unref(s);
        arena_reset(memory);
    }
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_strategy),
        cmocka_unit_test(without_live_work),
        cmocka_unit_test(people_move),
        cmocka_unit_test(too_many_objectives),
        cmocka_unit_test(items),
        cmocka_unit_test(copies_are_changed),
        cmocka_unit_test(edits_are_refused),
        cmocka_unit_test(nothing_differs_from_itself),
        cmocka_unit_test(the_dropped_orphan_exactly_theirs),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/effort_sum.h"

static struct arena *memory;
static struct strategy *strategy;

static const char text[] =
    "strategy: 1\nname: Acme\n"
    "objectives:\n"
    "  - { id: o1, title: One, share: 60%, key_results: [{ id: nps, title: NPS }] }\n"
    "  - { id: o2, title: Two, share: 40%, key_results: [{ id: churn, title: C }] }\n"
    "initiatives:\n"
    "  - { id: sso, title: SSO, moves: [nps] }\n"
    "  - { id: bill, title: Bill, moves: [churn] }\n"
    "buckets: [{ id: ktlo, title: Run it, share: 15% }]\n"
    "teams:\n"
    "  - { id: web, title: Web, people: 8, key_results: [churn] }\n"
    "  - { id: pay, title: Pay, shares: { ktlo: 20%, o1: 80% } }\n";

static int setup(void **state)
{
    struct conf_diag *d = conf_diag_create();

    (void)state;
    memory = arena_create(16 << 20);
    strategy = strategy_load_text("strategy.yaml", str_of(text), d);
    conf_diag_destroy(d);
    return memory == NULL || strategy == NULL;
}

static int teardown(void **state)
{
    (void)state;
    strategy_unref(strategy);
    arena_destroy(memory);
    return 0;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12f, not %.12f", got, want);
}

/* Twenty working days of eight known people who have two items each. */
static struct effort_basis *good_days(void)
{
    struct effort_basis *v = arena_array(memory, 20, sizeof *v);

    assert_non_null(v);
    for (int i = 0; i < 20; i++)
        v[i] = (struct effort_basis){.day = date_from_days(20700 + i),
                                     .plan = 7,
                                     .capacity = 8,
                                     .people = 8,
                                     .known = 8,
                                     .median_items = 2,
                                     .in_progress = 16};
    return v;
}

static struct effort_sum sum_of(const char *team, const struct effort_figure *v,
                                size_t n, const struct effort_basis *days)
{
    struct effort_sum s;

    assert_true(effort_sum_up(strategy, str_of(team), v, n, days, 20, memory, &s));
    return s;
}

/* Actual 51/34/15 of what is mapped is the plan of 60/40 with 15% for the bucket, whatever
   is unmapped on top. */
static void unmapped_work_is_beside_the_plan(void **state)
{
    struct effort_figure v[] = {
        {STR("web"), STR("sso"), STR("o1"), 51}, {STR("web"), STR("bill"), STR("o2"), 34},
        {STR(""), STR("ktlo"), STR("ktlo"), 15}, {STR("web"), STR(""), STR(""), 15}};
    struct effort_sum s = sum_of("", v, 3, good_days());

    (void)state;
    assert_near(s.distance, 0);
    assert_int_equal(s.trust, TRUST_HIGH);
    assert_int_equal(s.weakest.n, 0);
    s = sum_of("", v, 4, good_days());
    assert_near(s.distance, 0);
    assert_near(s.days, 115);
    assert_near(s.mapped, 100);
    assert_int_equal(s.trust, TRUST_MEDIUM);
    assert_true(str_eqz(s.weakest, "13% unmapped"));
    assert_int_equal(s.n_shares, 3);
    assert_near(s.shares[0].planned, 0.51);
    assert_near(s.people, 8);
    assert_int_equal(s.objectives, 2);
    assert_int_equal(s.n_nodes, 3);
    assert_true(str_eqz(s.nodes[0].node, "sso"));
    /* Over initiatives, not over buckets. */
    assert_near(s.spread, 85.0 * 85 / (51.0 * 51 + 34.0 * 34));
}

static void what_is_in_no_plan_is_off_it(void **state)
{
    struct effort_figure v[] = {{STR("web"), STR("sso"), STR("o1"), 51},
                                {STR("web"), STR("bill"), STR("o2"), 34},
                                {STR("web"), STR("ktlo"), STR("ktlo"), 15},
                                {STR("web"), STR("loose"), STR(""), 100}};
    struct effort_sum s = sum_of("", v, 4, good_days());

    (void)state;
    assert_int_equal(s.n_shares, 4);
    assert_int_equal(s.shares[3].id.n, 0);
    assert_near(s.shares[3].planned, 0);
    assert_near(s.distance, 0.5);
}

/* Shares add to 1 and conserve what was spent, whatever was. */
static void shares_add_to_one(void **state)
{
    static const char *const nodes[] = {"sso", "bill", "ktlo", "", "loose"};
    static const char *const goals[] = {"o1", "o2", "ktlo", "", ""};
    uint64_t x = 3;

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct effort_figure v[12];
        double days = 0, shares = 0, planned = 0;
        size_t n = 1;
        struct effort_sum s;

        v[0] = (struct effort_figure){STR("web"), STR("sso"), STR("o1"), 0.5};
        for (; n < 12; n++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            v[n] = (struct effort_figure){STR("web"), str_of(nodes[(x >> 33) % 5]),
                                          str_of(goals[(x >> 33) % 5]),
                                          (double)((x >> 40) % 100) / 7};
        }
        s = sum_of("", v, n, good_days());
        for (size_t i = 0; i < n; i++)
            days += v[i].days;
        for (size_t i = 0; i < s.n_shares; i++) {
            shares += s.shares[i].days;
            planned += s.shares[i].planned;
        }
        assert_near(s.days, days);
        assert_near(shares, s.mapped);
        assert_near(planned, 1);
        assert_true(s.distance >= 0 && s.distance <= 1);
    }
}

static void teams_have_plans(void **state)
{
    struct effort_figure v[] = {{STR("pay"), STR("sso"), STR("o1"), 8},
                                {STR("pay"), STR("ktlo"), STR("ktlo"), 2}};
    struct effort_sum s = sum_of("pay", v, 2, good_days());

    (void)state;
    assert_near(s.distance, 0); /* its own shares */
    s = sum_of("web", v, 2, good_days());
    /* The company's bucket, the rest for the objective of its key result. */
    assert_int_equal(s.n_shares, 3);
    assert_true(str_eqz(s.shares[0].id, "o2"));
    assert_near(s.shares[0].planned, 0.85);
    assert_near(s.shares[1].planned, 0.15);
    assert_near(s.distance, 0.85);
}

static void nothing_is_not_zero(void **state)
{
    struct effort_sum s;

    (void)state;
    assert_true(effort_sum_up(strategy, STR_NONE, NULL, 0, NULL, 0, memory, &s));
    assert_true(s.distance < 0);
    assert_near(s.spread, 0);
    assert_int_equal(s.trust, TRUST_LOW);
}

static void a_window_begins_with_its_plan(void **state)
{
    struct effort_basis *v = good_days();

    (void)state;
    assert_int_equal(effort_plan_begins(v, 20), 0);
    v[11].plan = 8;
    assert_int_equal(effort_plan_begins(v, 20), 12);
    v[19].plan = 8;
    assert_int_equal(effort_plan_begins(v, 20), 19);
    assert_int_equal(effort_plan_begins(v, 0), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(unmapped_work_is_beside_the_plan),
        T(what_is_in_no_plan_is_off_it),
        T(shares_add_to_one),
        T(teams_have_plans),
        T(nothing_is_not_zero),
        T(a_window_begins_with_its_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

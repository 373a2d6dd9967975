#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/effort.h"

static struct arena *memory;

static int setup(void **state)
{
    (void)state;
    memory = arena_create(16 << 20);
    return memory == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(memory);
    return 0;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12f, not %.12f", got, want);
}

/* "ana ben" -> two of them. */
static const struct str *names(const char *text, size_t *ret_n)
{
    struct str *v = arena_array(memory, strlen(text) + 1, sizeof *v);
    struct str rest = str_of(text), one;
    size_t n = 0;

    assert_non_null(v);
    while (str_split(&rest, ' ', &one))
        v[n++] = one;
    *ret_n = n;
    return v;
}

static struct effort_work work(int64_t item, const char *people, const char *nodes)
{
    struct effort_work w = {.item = item};

    w.people = names(people, &w.n_people);
    w.nodes = names(nodes, &w.n_nodes);
    return w;
}

static struct effort_day day_of(const struct effort_work *w, size_t n,
                                const struct effort_person *p, size_t n_people)
{
    struct effort_day d;

    assert_true(effort_of_day(w, n, p, n_people, memory, &d));
    return d;
}

static double days_for(const struct effort_day *d, const char *node)
{
    double days = 0;

    for (size_t i = 0; i < d->n; i++) {
        if (str_eqz(d->v[i].node, node))
            days += d->v[i].days;
    }
    return days;
}

static void a_day_is_split(void **state)
{
    const struct effort_person people[] = {{STR("ben"), 0.5, false},
                                           {STR("eve"), 1, true}};
    struct effort_work w[] = {
        work(1, "ana", "sso"),     work(2, "ana", "sso billing"),
        work(3, "ana ben", ""),    work(4, "eve", "sso"),
        work(5, "", "sso"),        work(6, "ana", "sso"),
        work(7, "ana", "billing"),
    };
    struct effort_day d;

    (void)state;
    w[5].has_active_child = true; /* its children carry what it would */
    w[6].parked = true;
    d = day_of(w, 7, people, 2);
    /* Ana has three: a third each; Ben half a day for one; Eve is away. */
    assert_near(d.days, 1.5);
    assert_near(days_for(&d, "sso"), 1.0 / 3 + 1.0 / 6);
    assert_near(days_for(&d, "billing"), 1.0 / 6);
    assert_near(days_for(&d, ""), 1.0 / 3 + 0.5);
    assert_int_equal(d.in_progress, 6);
    assert_int_equal(d.parked, 1);
    assert_int_equal(d.unattributed, 1);
    assert_int_equal(d.n_seen, 1); /* no team has any of it */
    assert_int_equal(d.seen[0].people, 2);
    assert_int_equal(d.seen[0].known, 1);
    assert_near(d.seen[0].median_items, 2); /* of three and one */
}

/* Who works for two teams is seen in both, and once in all. */
static void teams_are_seen(void **state)
{
    const struct effort_person people[] = {{STR("ana"), 1, false},
                                           {STR("eve"), 1, true}};
    struct effort_work w[] = {
        work(1, "ana", "sso"), work(2, "ana", "sso"), work(3, "ana ben", "sso"),
        work(4, "ben", ""),    work(5, "eve", "sso"), work(6, "dan", "sso"),
        work(7, "cem", ""),
    };
    struct effort_day d;

    (void)state;
    w[0].team = w[1].team = w[3].team = STR("web");
    w[2].team = w[4].team = STR("pay");
    w[5].team = STR("app");
    w[5].parked = true;
    d = day_of(w, 7, people, 2);
    assert_int_equal(d.n_seen, 3);
    assert_int_equal(d.seen[0].people, 3);
    assert_int_equal(d.seen[0].known, 1);
    assert_near(d.seen[0].median_items, 2); /* three, two and one */
    assert_true(str_eqz(d.seen[1].team, "pay"));
    assert_int_equal(d.seen[1].people, 2);
    assert_near(d.seen[1].median_items, 2.5);
    assert_true(str_eqz(d.seen[2].team, "web"));
    assert_int_equal(d.seen[2].people, 2);
    for (size_t i = 0; i < d.n; i++)
        assert_true(d.v[i].item != 3 || str_eqz(d.v[i].team, "pay"));
}

/* Eight people, five on O1, three on O2; two of the five hold eleven forgotten O2
   tickets each: those are parked, and the trust names them. */
static void forgotten_tickets_do_not_count(void **state)
{
    static const char *const on[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"};
    struct effort_work w[30];
    struct trust_basis b = {
        .mapped = 1, .seen = 1, .matched = 1, .person_days = 160, .working_days = 20};
    struct effort_day d;
    struct buf why;
    char mem[100];
    size_t n = 0;

    (void)state;
    for (; n < 8; n++)
        w[n] = work((int64_t)n + 1, on[n], n < 5 ? "o1" : "o2");
    for (; n < 30; n++) {
        w[n] = work((int64_t)n + 1, n % 2 == 0 ? "p1" : "p2", "o2");
        w[n].parked = true;
    }
    d = day_of(w, 30, NULL, 0);
    assert_near(days_for(&d, "o1") / d.days, 0.625);
    assert_near(days_for(&d, "o2") / d.days, 0.375);
    b.parked = (double)d.parked / (double)d.in_progress;
    b.median_items = d.seen[0].median_items;
    buf_init_fixed(&why, mem, sizeof mem);
    assert_int_equal(trust_of(&b, &why), TRUST_LOW);
    assert_string_equal(buf_cstr(&why), "73% parked");
}

/* A team of eight with three seen, and one that nobody has taken. */
static void the_unassigned_carry_nothing(void **state)
{
    struct effort_work w[] = {work(1, "p1", "o1"), work(2, "p2", "o1"),
                              work(3, "p3", "o1"), work(4, "", "o2")};
    struct effort_day d = day_of(w, 4, NULL, 0);

    (void)state;
    assert_near(days_for(&d, "o1"), 3);
    assert_near(days_for(&d, "o2"), 0);
    assert_int_equal(d.unattributed, 1);
    assert_int_equal(d.seen[0].people, 3);
}

/* ---- where it goes ---- */

static void days_flow_to_objectives(void **state)
{
    struct objective o[2] = {{.node = {.kind = NODE_OBJECTIVE, .id = STR("o1")}},
                             {.node = {.kind = NODE_OBJECTIVE, .id = STR("o2")}}};
    struct key_result kr[3] = {
        {.node = {.kind = NODE_KR, .id = STR("nps")}, .objective = &o[0]},
        {.node = {.kind = NODE_KR, .id = STR("churn")}, .objective = &o[1]},
        {.node = {.kind = NODE_KR, .id = STR("sites")}, .objective = &o[0]}};
    struct intent up = {.node = {.kind = NODE_INTENT, .id = STR("up")}};
    struct bucket ktlo = {.node = {.kind = NODE_BUCKET, .id = STR("ktlo")}};
    struct initiative in[3] = {
        {.node = {.kind = NODE_INITIATIVE, .id = STR("first")}},
        {.node = {.kind = NODE_INITIATIVE, .id = STR("weighed")}},
        {.node = {.kind = NODE_INITIATIVE, .id = STR("none")}}};
    struct strategy s = {.objectives = o,
                         .n_objectives = 2,
                         .key_results = kr,
                         .n_key_results = 3,
                         .intents = &up,
                         .n_intents = 1,
                         .buckets = &ktlo,
                         .n_buckets = 1,
                         .initiatives = in,
                         .n_initiatives = 3,
                         .a = memory};
    struct effort_goal *g;
    struct err e;
    size_t n;

    (void)state;
    for (int i = 0; i < 2; i++) {
        in[i].moves = arena_array(memory, 3, sizeof *in[i].moves);
        in[i].n_moves = 3;
        for (int k = 0; k < 3; k++)
            in[i].moves[k].kr = &kr[k];
        in[i].moves[0].weight = i == 0 ? 1 : 0.5;
        in[i].moves[1].weight = i == 0 ? 0 : 0.3;
        in[i].moves[2].weight = i == 0 ? 0 : 0.2;
    }
    assert_true(strategy_index(&s, &e));
#define FLOWS(node, count)                                                             \
    assert_true(effort_flow(&s, STR(node), memory, &g, &n));                           \
    assert_int_equal(n, count)
    /* The first of what it moves counts, the second changes nothing. */
    FLOWS("first", 1);
    assert_true(str_eqz(g[0].id, "o1"));
    assert_near(g[0].share, 1);
    FLOWS("weighed", 2);
    assert_true(str_eqz(g[0].id, "o1"));
    assert_near(g[0].share, 0.7);
    assert_true(str_eqz(g[1].id, "o2"));
    assert_near(g[1].share, 0.3);
    FLOWS("churn", 1);
    assert_true(str_eqz(g[0].id, "o2"));
    FLOWS("o2", 1);
    assert_true(str_eqz(g[0].id, "o2"));
    FLOWS("ktlo", 1);
    assert_true(str_eqz(g[0].id, "ktlo"));
    FLOWS("none", 1);
    assert_int_equal(g[0].id.n, 0);
    FLOWS("up", 1);
    assert_int_equal(g[0].id.n, 0);
    FLOWS("nosuch", 0);
#undef FLOWS
    map_destroy(s.by_id);
}

/* ---- plans ---- */

static struct strategy sixty_forty(struct objective o[2], struct bucket *ktlo)
{
    o[0] = (struct objective){.node = {.id = STR("o1")}, .share = 0.6};
    o[1] = (struct objective){.node = {.id = STR("o2")}, .share = 0.4};
    *ktlo = (struct bucket){.node = {.id = STR("ktlo")}, .share = 0.15};
    return (struct strategy){
        .objectives = o, .n_objectives = 2, .buckets = ktlo, .n_buckets = 1};
}

static void the_worked_plan(void **state)
{
    const struct date today = {2026, 11, 26};
    struct objective o[2];
    struct bucket ktlo;
    struct strategy s = sixty_forty(o, &ktlo);
    struct effort_share *v;
    size_t n;

    (void)state;
    assert_true(effort_plan(&s, today, memory, &v, &n));
    assert_int_equal(n, 3);
    assert_near(v[0].planned, 0.51);
    assert_near(v[1].planned, 0.34);
    assert_near(v[2].planned, 0.15);
    assert_true(effort_distance(v, n) < 0); /* nothing was spent */
    v[0].days = 51;
    v[1].days = 34;
    v[2].days = 15;
    assert_near(effort_distance(v, n), 0);
    /* Planned 60/40, actual 35/65 of what the bucket leaves. */
    v[0].days = 85 * 0.35;
    v[1].days = 85 * 0.65;
    assert_near(effort_distance(v, n), 0.85 * 0.25);

    /* Together they add to 100%: then each is of everything. */
    o[0].share = 0.5;
    o[1].share = 0.35;
    assert_true(effort_plan(&s, today, memory, &v, &n));
    assert_near(v[0].planned, 0.5);
    assert_near(v[1].planned, 0.35);

    o[1].to = (struct date){2026, 11, 25}; /* over */
    o[0].share = 1;
    assert_true(effort_plan(&s, today, memory, &v, &n));
    assert_int_equal(n, 2);
    assert_near(v[0].planned, 0.85);

    o[0].share = -1; /* none given: the bucket alone is no plan */
    assert_true(effort_plan(&s, today, memory, &v, &n));
    assert_int_equal(n, 0);
}

static void a_plan_has_a_print(void **state)
{
    struct effort_share v[] = {{STR("a"), 0.6, 0}, {STR("b"), 0.4, 0}};
    uint64_t print = effort_plan_print(v, 2);

    (void)state;
    v[0].days = 3; /* what was spent is no part of the plan */
    assert_int_equal(effort_plan_print(v, 2), print);
    v[0].planned = 0.5;
    assert_int_not_equal(effort_plan_print(v, 2), print);
    assert_int_not_equal(effort_plan_print(v, 1), print);
    assert_int_equal(effort_plan_print(v, 0), 0);
}

static void distances(void **state)
{
    struct effort_share far[] = {{STR("a"), 1, 0}, {STR("b"), 0, 7}};
    struct effort_share near_[] = {{STR("a"), 0.5, 3}, {STR("b"), 0.5, 3}};

    (void)state;
    assert_near(effort_distance(far, 2), 1);
    assert_near(effort_distance(near_, 2), 0);
    near_[0].days = 9;
    assert_near(effort_distance(near_, 2), 0.25);
}

/* 30 people over six initiatives, two over three. */
static void spreads(void **state)
{
    const double six[] = {5, 5, 5, 5, 5, 5}, three[] = {1, 1, 1}, one[] = {0, 4, 0};

    (void)state;
    assert_near(effort_spread(six, 6), 6);
    assert_near(effort_spread(three, 3), 3);
    assert_near(effort_spread(one, 3), 1);
    assert_near(effort_spread(one, 1), 0);
}

/* ---- trust ---- */

static void trust_is_its_weakest_part(void **state)
{
    const struct trust_basis good = {.mapped = 0.9,
                                     .parked = 0.25,
                                     .median_items = 3,
                                     .seen = 0.7,
                                     .matched = 0.9,
                                     .person_days = 30,
                                     .working_days = 10};
    struct trust_basis b;
    struct buf why;
    char mem[100];

    (void)state;
    buf_init_fixed(&why, mem, sizeof mem);
#define EXPECT(member, value, grade, text)                                             \
    do {                                                                               \
        b = good;                                                                      \
        b.member = value;                                                              \
        assert_int_equal(trust_of(&b, &why), grade);                                   \
        assert_string_equal(buf_cstr(&why), text);                                     \
    } while (0)
    EXPECT(mapped, 0.9, TRUST_HIGH, "");
    EXPECT(mapped, 0.89, TRUST_MEDIUM, "11% unmapped");
    EXPECT(mapped, 0.7, TRUST_MEDIUM, "30% unmapped");
    EXPECT(mapped, 0.69, TRUST_LOW, "31% unmapped");
    EXPECT(parked, 0.31, TRUST_MEDIUM, "31% parked");
    EXPECT(parked, 0.5, TRUST_MEDIUM, "50% parked");
    EXPECT(parked, 0.51, TRUST_LOW, "51% parked");
    EXPECT(median_items, 4.5, TRUST_MEDIUM, "4.5 items in progress a person");
    EXPECT(median_items, 7, TRUST_LOW, "7 items in progress a person");
    EXPECT(seen, 0.5, TRUST_MEDIUM, "50% of the people seen");
    EXPECT(seen, 0.49, TRUST_LOW, "49% of the people seen");
    EXPECT(seen, -1, TRUST_HIGH, ""); /* nobody said how many there are */
    EXPECT(matched, 0.8, TRUST_MEDIUM, "80% of the people known");
    EXPECT(matched, 0.2, TRUST_LOW, "20% of the people known");
    EXPECT(person_days, 29.4, TRUST_LOW, "only 29 person-days");
    EXPECT(working_days, 9, TRUST_LOW, "only 9 working days");
#undef EXPECT
    b = good;
    b.mapped = 0.8;
    b.parked = 0.6;
    assert_int_equal(trust_of(&b, &why), TRUST_LOW);
    assert_string_equal(buf_cstr(&why), "60% parked");
}

/* ---- what always holds ---- */

static uint64_t next(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* Days come from people and go nowhere else, however items are linked. */
static void days_are_conserved(void **state)
{
    static const char *const people[] = {"a", "b", "c", "a b", "b c", "a b c", ""};
    static const char *const nodes[] = {"", "x", "x y", "x y z", "k"};
    const struct effort_person known[] = {{STR("b"), 0.5, false},
                                          {STR("c"), 0.8, false}};
    uint64_t x = 7;

    (void)state;
    for (int round = 0; round < 500; round++) {
        struct effort_work w[20];
        size_t n = next(&x) % 21;
        bool seen[3] = {false};
        double want = 0, sum = 0;
        struct effort_day d;

        arena_reset(memory);
        for (size_t i = 0; i < n; i++) {
            const char *who = people[next(&x) % 7];

            w[i] = work((int64_t)i, who, nodes[next(&x) % 5]);
            w[i].parked = next(&x) % 4 == 0;
            w[i].has_active_child = next(&x) % 5 == 0;
            for (int k = 0; k < 3 && !w[i].parked && !w[i].has_active_child; k++)
                seen[k] = seen[k] || strchr(who, 'a' + k) != NULL;
        }
        want = seen[0] * 1.0 + seen[1] * 0.5 + seen[2] * 0.8;
        d = day_of(w, n, known, 2);
        for (size_t i = 0; i < d.n; i++)
            sum += d.v[i].days;
        assert_near(d.days, want);
        assert_near(sum, want);
        assert_int_equal(d.seen[0].people, seen[0] + seen[1] + seen[2]);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_day_is_split),
        T(teams_are_seen),
        T(forgotten_tickets_do_not_count),
        T(the_unassigned_carry_nothing),
        T(days_flow_to_objectives),
        T(the_worked_plan),
        T(a_plan_has_a_print),
        T(distances),
        T(spreads),
        T(trust_is_its_weakest_part),
        T(days_are_conserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

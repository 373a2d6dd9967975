/* What `routes test` says: that it goes the way of a finding, and why not another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config/config.h"
#include "core/route_ask.h"

static struct rule_conf *confs;
static struct arena *a;

static struct strategy *strategy;
static const char text[] =
    "strategy: 1\n"
    "name: Acme\n"
    "objectives:\n"
    "  - id: grow\n"
    "    title: Clinics choose us first\n"
    "    owner: ana\n"
    "    key_results:\n"
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 }\n"
    "initiatives:\n"
    "  - { id: onboarding, title: Onboard a site in a day, moves: [nps], owner: ben }\n"
    "teams:\n"
    "  - { id: payments, title: Payments }\n"
    "  - { id: web, title: Web }\n";
static const struct calendar cal = {.days = 0x1f, .open = 540, .close = 1050};
static struct route inner[2], outer[3];
static const struct str sources[] = {STR_INIT("hub")};
static struct str high[] = {STR_INIT("high")}, pay[] = {STR_INIT("pay*")},
                  secure[] = {STR_INIT("security"), STR_INIT("p1")};

/* 1 team pay* (1.1 high -> pager, 1.2 label security|p1 -> safe, goes on), 2 -> safe,
   goes on, 3 -> product */
static struct route_world world;

static int setup(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();

    a = arena_create(1 << 20);
    assert_non_null(d);
    strategy = strategy_load_text("strategy.yaml", str_of(text), d);
    conf_diag_destroy(d);
    assert_non_null(strategy);
    confs = calloc(rules_count, sizeof(*confs));
    if (a == NULL || confs == NULL)
        return -1;
    for (size_t i = 0; i < rules_count; i++)
        confs[i].severity = -1;
    memset(inner, 0, sizeof(inner));
    memset(outer, 0, sizeof(outer));
    inner[0].match[ROUTE_BY_severity] = (struct str_list){high, 1};
    inner[0].channel = STR("pager");
    inner[1].match[ROUTE_BY_label] = (struct str_list){secure, 2};
    inner[1].channel = STR("safe");
    inner[1].continue_ = true;
    outer[0].match[ROUTE_BY_team] = (struct str_list){pay, 1};
    outer[0].continue_ = true;
    outer[0].children = inner;
    outer[0].n_children = 2;
    outer[1].channel = STR("safe");
    outer[1].continue_ = true;
    outer[2].channel = STR("product");
    world = (struct route_world){
        .routes = outer,
        .n_routes = 3,
        .strategy = strategy,
        .rules = confs,
        .cal = &cal,
        .sources = sources,
        .n_sources = 1,
    };
    return 0;
}

static int teardown(void **state UNUSED)
{
    strategy_unref(strategy);
    arena_destroy(a);
    free(confs);
    return 0;
}

static void ask(const struct route_labels *l, struct route_answer *r)
{
    struct err e;

    if (!route_ask(&world, l, a, r, &e))
        fail_msg("%s", e.msg);
}

static const char *channels(const struct route_answer *r)
{
    struct str out = STR_NONE;

    for (size_t i = 0; i < r->n_hits; i++)
        out = arena_printf(a, "%.*s%s%.*s %.*s", STR_FMT(out), i > 0 ? ", " : "",
                           STR_FMT(r->hits[i].channel), STR_FMT(r->places[i]));
    return arena_strdup(a, out);
}

static const char *visits(const struct route_answer *r)
{
    struct str out = STR_NONE;

    for (size_t i = 0; i < r->n_visits; i++)
        out = arena_printf(a, "%.*s%s%.*s %s", STR_FMT(out), i > 0 ? ", " : "",
                           STR_FMT(r->visits[i].place),
                           r->visits[i].matched
                               ? "yes"
                               : route_label_name(r->visits[i].failed));
    return arena_strdup(a, out);
}

static void each_route_says_why(void **state UNUSED)
{
    struct str labels[] = {STR("bug"), STR("P1")};
    struct route_labels l = {.rule = STR("unlinked-work"), .team = STR("payments")};
    struct route_answer r;

    ask(&l, &r);
    assert_string_equal(visits(&r), "1 yes, 1.1 severity, 1.2 label, 2 yes, 3 yes");
    assert_string_equal(channels(&r), "safe 2, product 3");
    l.labels = (struct str_list){labels, 2};
    ask(&l, &r);
    assert_string_equal(visits(&r), "1 yes, 1.1 severity, 1.2 yes, 2 yes, 3 yes");
    assert_string_equal(channels(&r), "safe 1.2, product 3"); /* and not once more */
    l.severity = STR("high");
    ask(&l, &r);
    assert_string_equal(visits(&r), "1 yes, 1.1 yes, 2 yes, 3 yes");
    assert_string_equal(channels(&r), "pager 1.1, safe 2, product 3");
    l.team = STR("web");
    ask(&l, &r);
    assert_string_equal(visits(&r), "1 team, 2 yes, 3 yes");
}

/* The answer is what route_find says, whatever the tree. */
static void it_is_the_way_of_a_finding(void **state UNUSED)
{
    static const char *const severities[] = {"warn", "high"};
    static const char *const named[] = {"", "payments", "web"};
    struct route_hit hits[8];
    struct route_answer r;
    size_t n;

    for (unsigned i = 0; i < 1U << 6; i++) {
        struct route_labels l = {.severity = str_of(severities[i & 1]),
                                 .team = str_of(named[i % 3])};

        inner[0].continue_ = (i >> 1 & 1) != 0;
        outer[0].continue_ = (i >> 2 & 1) != 0;
        outer[1].continue_ = (i >> 3 & 1) != 0;
        outer[1].channel = (i >> 4 & 1) != 0 ? STR("safe") : STR_NONE;
        outer[0].channel = (i >> 5 & 1) != 0 ? STR("pay") : STR_NONE;
        ask(&l, &r);
        n = route_distinct(hits, route_find(outer, 3, &l, &cal, a, hits, 8));
        assert_int_equal(n, r.n_hits);
        for (size_t k = 0; k < n; k++) {
            assert_true(str_eq(hits[k].channel, r.hits[k].channel));
            assert_true(r.places[k].n > 0);
        }
        for (size_t k = 0; k + 1 < r.n_visits; k++)
            assert_true(r.visits[k].place.n > 0);
    }
}

static void severities_are_the_rules(void **state UNUSED)
{
    const struct rule *off = rule_find(STR("no-epics"));
    struct route_labels l = {.rule = STR("team-without-kr")};
    struct route_answer r;

    ask(&l, &r);
    assert_true(str_eqz(r.labels.severity, "info"));
    assert_int_equal(r.quiet, ROUTE_QUIET_DIGEST);
    confs[rule_index(rule_find(l.rule))].severity = SEV_HIGH;
    ask(&l, &r);
    assert_true(str_eqz(r.labels.severity, "high"));
    assert_int_equal(r.quiet, ROUTE_LOUD);
    confs[rule_index(off)].off = true;
    l.rule = str_of(off->id);
    ask(&l, &r);
    assert_int_equal(r.quiet, ROUTE_QUIET_OFF);
    world.n_routes = 1;
    l = (struct route_labels){.team = STR("web")};
    ask(&l, &r);
    assert_int_equal(r.quiet, ROUTE_QUIET_UNROUTED);
    assert_int_equal(r.n_hits, 0);
}

static void operations_have_their_own(void **state UNUSED)
{
    struct route_labels l = {.rule = STR("source-stale")};
    struct route_answer r;

    ask(&l, &r);
    assert_false(r.operations);
    world.operations_channel = STR("ops");
    ask(&l, &r);
    assert_true(r.operations);
    assert_int_equal(r.n_visits, 0);
    assert_string_equal(channels(&r), "ops ");
}

static void names_must_exist(void **state UNUSED)
{
    static const struct {
        struct route_labels l;
        const char *want;
    } rows[] = {
        {{.team = STR_INIT("payment")}, "no team 'payment': did you mean 'payments'?"},
        {{.team = STR_INIT("x")}, "no team 'x': there are payments, web"},
        {{.rule = STR_INIT("unlinkd-work")}, "did you mean 'unlinked-work'?"},
        {{.rule = STR_INIT("zzzzzzzz")}, " more"},
        {{.severity = STR_INIT("urgent")}, "there are info, warn, high"},
        {{.source = STR_INIT("jira")}, "no source 'jira': there are hub"},
        {{.intent = STR_INIT("x")}, "no intent 'x': there is none"},
        {{.objective = STR_INIT("x")}, "no objective 'x': there are grow"},
        {{.initiative = STR_INIT("x")}, "no initiative 'x': there are onboarding"},
    };
    struct route_answer r;
    struct err e;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_false(route_ask(&world, &rows[i].l, a, &r, &e));
        assert_int_equal(e.kind, ERR_USAGE);
        if (strstr(e.msg, rows[i].want) == NULL)
            fail_msg("'%s' is not in: %s", rows[i].want, e.msg);
    }
    assert_true(route_ask(&world, &(struct route_labels){.team = STR("Payments")}, a, &r,
                          &e));
}

static void what_follows_is_added(void **state UNUSED)
{
    struct route_labels l = {.initiative = STR("onboarding")};
    struct route_answer r;

    ask(&l, &r);
    assert_true(str_eqz(r.labels.owner, "ben"));
    assert_true(str_eqz(r.labels.objective, "grow"));
    l = (struct route_labels){.objective = STR("grow")};
    ask(&l, &r);
    assert_true(str_eqz(r.labels.owner, "ana"));
    l.owner = STR("eve");
    ask(&l, &r);
    assert_true(str_eqz(r.labels.owner, "eve"));
}

/* The time is what a group of that kind would wait for; a used up budget puts it off. */
static void it_says_when(void **state UNUSED)
{
    struct route_labels l = {.rule = STR("unlinked-work"), .team = STR("web")};
    struct route_answer r;
    json_t *v, *d;
    struct wall now;
    struct buf b;

    assert_true(date_parse_iso(STR("2026-11-20T08:00:00Z"), &now)); /* a Friday */
    ask(&l, &r);
    for (int i = 0; i < 2; i++) {
        buf_init(&b, 1 << 20);
        r.has_sent = i == 1;
        r.sent[0].today = 2;
        route_ask_write(&b, &world, &r, now);
        v = json_loadb(buf_cstr(&b), b.n, 0, NULL);
        d = json_array_get(json_object_get(v, "destinations"), 0);
        assert_string_equal(json_string_value(json_object_get(d, "next")),
                            i == 0 ? "2026-11-20T10:00:00Z" : "2026-11-23T10:00:00Z");
        assert_string_equal(json_string_value(json_object_get(d, "because")),
                            i == 0 ? "grouped" : "budget");
        json_decref(v);
        buf_finish(&b);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_route_says_why),      TEST(it_is_the_way_of_a_finding),
        TEST(severities_are_the_rules), TEST(operations_have_their_own),
        TEST(names_must_exist),         TEST(it_says_when),
        TEST(what_follows_is_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

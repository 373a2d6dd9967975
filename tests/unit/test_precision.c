/* How rules are judged: which change of a parameter spares most, what is kept of each
   firing, and what the weekly digest makes of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/precision.h"
#include "core/silence.h"
#include "store/schema.h"
#include "tests/unit/eval_rig.h"

static const struct actor ana = {.uid = 1000, .user = STR_INIT("ana")};

/* ---- which change spares most ---- */

static const struct conf_key points = {.name = "points", .min = 1, .max = 100};

static struct precision_change spare(enum rule_holds holds, int64_t value,
                                     const double *ignored, size_t n_ignored,
                                     const double *acted, size_t n_acted)
{
    const struct rule_measure m = {.param = "points", .holds = holds};
    struct precision_sample v[64];
    struct precision_change c;
    size_t n = 0;
    bool found;

    for (size_t i = 0; i < n_ignored; i++)
        v[n++] = (struct precision_sample){ignored[i], true};
    for (size_t i = 0; i < n_acted; i++)
        v[n++] = (struct precision_sample){acted[i], false};
    found = precision_spare(&points, &m, value, v, n, &c);
    assert_int_equal(found, c.param != NULL);
    assert_int_equal(c.from, value);
    return c;
}

#define LIST(...) (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / 8
#define NO NULL, 0

static void expect(struct precision_change c, int64_t to, int64_t spared, int64_t lost)
{
    assert_string_equal(c.param, "points");
    assert_int_equal(c.to, to);
    assert_int_equal(c.spared, spared);
    assert_int_equal(c.lost, lost);
}

static void the_smallest_change_that_spares_most(void **state UNUSED)
{
    /* A number that is just the parameter's fires, or does not. */
    expect(spare(RULE_FROM, 10, LIST(10, 12, 12.5), NO), 13, 3, 0);
    expect(spare(RULE_ABOVE, 10, LIST(10.5, 12), NO), 12, 2, 0);
    expect(spare(RULE_BELOW, 50, LIST(49, 44.5), NO), 44, 2, 0);
    expect(spare(RULE_UP_TO, 40, LIST(40, 30), NO), 29, 2, 0);
    /* What was acted upon weighs as much as what was not. */
    expect(spare(RULE_FROM, 10, LIST(11, 12, 30), LIST(20, 25, 28)), 13, 2, 0);
    expect(spare(RULE_FROM, 10, LIST(11, 12, 30, 31, 32), LIST(20)), 33, 5, 1);
    /* As many by a smaller change. */
    expect(spare(RULE_FROM, 10, LIST(11, 30), LIST(20)), 12, 1, 0);
    /* As the computer has it, 0.29 * 100 is a little less than 29. */
    expect(spare(RULE_FROM, 10, LIST(0.29 * 100), NO), 30, 1, 0);
    expect(spare(RULE_ABOVE, 10, LIST(0.07 * 100 + 22), NO), 29, 1, 0);
}

static void a_change_that_helps_nobody(void **state UNUSED)
{
    assert_null(spare(RULE_FROM, 10, NO, NO).param);
    assert_null(spare(RULE_FROM, 10, LIST(100, 250), NO).param); /* 101 is too much */
    assert_null(spare(RULE_BELOW, 50, LIST(0), NO).param);
    assert_null(spare(RULE_FROM, 10, LIST(20), LIST(15, 16)).param);
    /* The present value keeps these from firing: they fired by another one. */
    assert_null(spare(RULE_FROM, 10, LIST(4, 9.5), NO).param);
    expect(spare(RULE_FROM, 10, LIST(4, 9.5, 11), NO), 12, 1, 0);
}

static void noise_is_most_of_many(void **state UNUSED)
{
    assert_true(precision_is_noise(&(struct precision){.judged = 20, .ignored = 17}));
    assert_false(precision_is_noise(&(struct precision){.judged = 20, .ignored = 16}));
    assert_false(precision_is_noise(&(struct precision){.judged = 19, .ignored = 19}));
    assert_false(precision_is_noise(&(struct precision){.fired = 30}));
}

/* ---- what rules say of their parameters ---- */

static double number_at(const json_t *facts, const char *name)
{
    return json_number_value(json_object_get(facts, name));
}

static bool holds(const struct rule_measure *m, double measure, double value)
{
    switch (m->holds) {
    case RULE_FROM:
        return measure > value - 1e-6;
    case RULE_ABOVE:
        return measure > value + 1e-6;
    case RULE_UP_TO:
        return measure < value + 1e-6;
    case RULE_BELOW:
        return measure < value - 1e-6;
    }
    return false;
}

/* The facts of a case that fires hold against the default of each parameter asked. */
static size_t check_measures(const struct rule *r, const json_t *facts)
{
    size_t n = 0;

    for (const struct rule_measure *m = r->measures; m->param != NULL; m++) {
        const struct conf_key *k = r->params;
        double over;

        while (k->name != NULL && strcmp(k->name, m->param) != 0)
            k++;
        assert_non_null(k->name);
        assert_int_equal(k->type, CONF_INT);
        if ((m->unless != NULL && json_object_get(facts, m->unless) != NULL) ||
            json_object_get(facts, m->fact) == NULL ||
            (m->over != NULL && json_object_get(facts, m->over) == NULL))
            continue;
        over = m->over != NULL ? number_at(facts, m->over) : 1;
        if (!holds(m, number_at(facts, m->fact) / over * m->times + m->plus,
                   strtod(k->dflt, NULL)))
            fail_msg("%s: %s", r->id, m->param);
        n++;
    }
    return n;
}

static void facts_tell_of_parameters(void **state UNUSED)
{
    size_t n_rules = 0;

    for (size_t i = 0; i < rules_count; i++) {
        char path[200];
        json_t *root;
        json_error_t at;
        const json_t *facts;

        if (rules[i]->measures == NULL)
            continue;
        snprintf(path, sizeof path, "tests/golden/rules/%s/fires.json", rules[i]->id);
        root = json_load_file(path, 0, &at);
        assert_non_null(root);
        facts = json_object_get(json_object_get(root, "expect"), "facts");
        if (check_measures(rules[i], facts) == 0)
            fail_msg("%s", path);
        json_decref(root);
        n_rules++;
    }
    assert_true(n_rules >= 10);
}

/* ---- what is kept ---- */

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_look(er);
    eval_rig_run(er);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static const struct precision_row *row_of(struct eval_rig *er, const char *rule)
{
    struct precision_row *v;
    size_t n;

    RIG_OK(&er->r,
           db_read_precision(er->r.db, &er->ev, er->r.now, er->r.a, &v, &n, &er->r.e));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(v[i].rule->id, rule) == 0)
            return &v[i];
    }
    fail();
    return NULL;
}

static void days(struct eval_rig *er, int n)
{
    struct wall next;

    for (int i = 0; i < n; i++) {
        er->r.now.ms += RIG_DAY;
        eval_rig_look(er);
        eval_rig_run(er);
        eval_rig_flush(er, &next);
    }
}

/* Unlinked epics 1 to n that are told of. */
static void epics(struct eval_rig *er, int n)
{
    eval_rig_sync(er);
    for (int i = 1; i <= n; i++)
        eval_rig_new_epic(er, i);
    eval_rig_synced(er);
    eval_rig_run(er);
    days(er, 4);
}

static struct str id_of(struct eval_rig *er, int number)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT f.id FROM finding f JOIN item i ON i.id = f.item"
             " WHERE i.key = 'acme/web#%d'",
             number);
    return str_of(rig_text(&er->r, sql));
}

#define COUNTS(c)                                                                      \
    (const int64_t[]){(c)->fired,    (c)->linked, (c)->other,  (c)->exempted,          \
                      (c)->silenced, (c)->acked,  (c)->judged, (c)->ignored}
static void expect_counts(struct eval_rig *er, const int64_t want[8])
{
    const int64_t *got = COUNTS(&row_of(er, "unlinked-work")->counts);

    for (size_t i = 0; i < 8; i++) {
        if (got[i] != want[i])
            fail_msg("count %zu is %lld, not %lld", i, (long long)got[i],
                     (long long)want[i]);
    }
}
#define EXPECT(...) expect_counts(er, (const int64_t[8]){__VA_ARGS__})

/* Of six epics one gets a link, one is closed, one exempted, one acknowledged; later that
   one and the other two are silenced. */
static void the_life_of_firings(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct str_list match[ROUTE_LABEL_COUNT];
    struct item *it;
    int64_t id;

    epics(er, 6);
    EXPECT(6, 0, 0, 0, 0, 0, 0, 0);
    RIG_OK(r, db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("onboarding"), &ana,
                          r->now, &r->e));
    RIG_OK(r, db_exempt(r->db, STR("acme/web#3"), STR_NONE, STR("facility"),
                        (struct wall){0}, &ana, r->now, &r->e));
    RIG_OK(r, db_finding_ack(r->db, id_of(er, 5), &ana, r->now, &r->e));
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 2);
    rig_close_item(r, it);
    eval_rig_synced(er);
    eval_rig_run(er);
    EXPECT(6, 1, 1, 1, 0, 1, 4, 0);
    days(er, 8);
    RIG_OK(r, silence_parse(STR("rule=unlinked-work"), r->a, match, &r->e));
    RIG_OK(r, db_silence_add(r->db, match, STR("later"),
                             (struct wall){r->now.ms + 3 * RIG_DAY}, &ana, r->now, &id,
                             &r->e));
    days(er, 1);
    EXPECT(6, 1, 1, 1, 3, 1, 6, 0);
}

static void what_nobody_answers_is_ignored(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    epics(er, 2);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM firing WHERE told > 0"), 2);
    days(er, 10);
    EXPECT(2, 0, 0, 0, 0, 0, 0, 0);
    days(er, 4);
    EXPECT(2, 0, 0, 0, 0, 0, 2, 2);
    /* A late answer does not undo it. */
    RIG_OK(r, db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("onboarding"), &ana,
                          r->now, &r->e));
    days(er, 1);
    EXPECT(2, 1, 0, 0, 0, 0, 2, 2);
    /* Out of the window; forgotten with the finding. */
    days(er, PRECISION_WINDOW_DAYS);
    EXPECT(0, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM firing"), 2);
    RIG_OK(r, db_upkeep(r->db, SPAN_MS(30 * RIG_DAY), SPAN_MS(30 * RIG_DAY), r->now,
                        &r->e));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM firing"), 1);
}

/* What was there before it came into view counts from the message on. */
static void a_baseline_is_no_firing(void **state UNUSED)
{
    struct eval_rig *er = eval_rig_create();
    struct item *it;

    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    days(er, 3);
    EXPECT(0, 0, 0, 0, 0, 0, 0, 0);
    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->category = ITEM_IN_PROGRESS;
    it->updated = er->r.now;
    eval_rig_synced(er);
    eval_rig_run(er);
    days(er, 2);
    EXPECT(1, 0, 0, 0, 0, 0, 0, 0);
    eval_rig_destroy(er);
}

/* A store from before firings were kept: the history of findings knows the same. */
static void firings_of_before_are_known(void **state)
{
    static const char all[] =
        "SELECT group_concat(finding || ' ' || episode || ' ' || rule || ' ' || fired ||"
        " ' ' || told || ' ' || acted || ' ' || ended || ' ' || how, '; ') FROM (SELECT *"
        " FROM firing ORDER BY finding, episode)";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    unsigned n = 0;
    char *want;

    the_life_of_firings(state);
    /* And a second episode of one. */
    RIG_OK(r, db_link_remove(r->db, STR("acme/web#1"), &ana, r->now, &r->e));
    days(er, 4);
    want = strdup(rig_text(r, all));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM firing"), 7);
    RIG_OK(r, sql_script(r->db, "DROP TABLE firing", &r->e));
    while (strstr(schema_sql[n], "CREATE TABLE firing ") == NULL)
        assert_true(++n < schema_count);
    RIG_OK(r, sql_script(r->db, schema_sql[n], &r->e));
    assert_string_equal(rig_text(r, all), want);
    free(want);
}

/* ---- noise ---- */

#define DIGESTS "digests: [{ channel: product, when: \"Mon 09:00\" }]\n"
#define LAST_NOISE                                                                     \
    "SELECT coalesce((SELECT json_extract(b.value, '$.text') FROM outbox o, json_each("  \
    "o.notice, '$.blocks') b WHERE json_extract(o.notice, '$.kind') = 'digest' AND"    \
    " json_extract(b.value, '$.title') = 'Rules that nobody acts on'"                  \
    " ORDER BY o.id DESC LIMIT 1), 'none')"

static void noise_without_a_parameter(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er, EVAL_RIG_CONF DIGESTS, EVAL_RIG_STRATEGY);
    epics(er, PRECISION_LEAST);
    days(er, 7);
    assert_string_equal(rig_text(&er->r, LAST_NOISE), "none");
    days(er, 14);
    assert_true(row_of(er, "unlinked-work")->is_noise);
    assert_null(row_of(er, "unlinked-work")->change.param);
    assert_string_equal(
        rig_text(&er->r, LAST_NOISE),
        "unlinked-work: nothing was done about 20 of 20 in 14 days; no other setting"
        " would have spared them: exempt what they name, silence it, or switch the rule"
        " off");
}

/* Twenty initiatives of three open items, two of six: about these something was done. */
static void noise_that_a_parameter_would_spare(void **state)
{
    enum { SMALL = 20, ALL = 22 };
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct buf text;
    int number = 0;

    er->asked = "stalled-initiative";
    buf_init(&text, 1 << 16);
    buf_addz(&text, "strategy: 1\nname: Acme\nobjectives:\n"
                    "  - { id: grow, title: Grow, why: To stay, key_results: [{ id: nps,\n"
                    "      title: NPS, baseline: 40, target: 60, by: 2030-06-30 }] }\n"
                    "initiatives:\n");
    for (int i = 1; i <= ALL; i++)
        buf_printf(&text, "  - { id: i%d, title: Thing %d, moves: [nps], status: active }\n",
                   i, i);
    eval_rig_load(er, EVAL_RIG_CONF DIGESTS, buf_cstr(&text));
    buf_finish(&text);
    eval_rig_sync(er);
    for (int i = 1; i <= ALL; i++) {
        char label[40];

        snprintf(label, sizeof label, "initiative:i%d", i);
        for (int k = 0; k < (i <= SMALL ? 3 : 6); k++) {
            struct item *it = rig_item(r, "acme/web", ++number);

            it->created = it->updated = r->now;
            rig_label(r, it, label);
        }
    }
    eval_rig_synced(er);
    eval_rig_run(er);
    days(er, 20);
    assert_int_equal(row_of(er, "stalled-initiative")->counts.fired, ALL);
    RIG_OK(r, db_finding_ack(r->db,
                             str_of(rig_text(r, "SELECT id FROM finding WHERE subject ="
                                                " 'initiative i21'")),
                             &ana, r->now, &r->e));
    RIG_OK(r, db_finding_ack(r->db,
                             str_of(rig_text(r, "SELECT id FROM finding WHERE subject ="
                                                " 'initiative i22'")),
                             &ana, r->now, &r->e));
    days(er, 21);
    assert_int_equal(row_of(er, "stalled-initiative")->counts.ignored, SMALL);
    assert_int_equal(row_of(er, "stalled-initiative")->counts.judged, ALL);
    assert_string_equal(rig_text(r, LAST_NOISE),
                        "stalled-initiative: nothing was done about 20 of 22 in 14 days;"
                        " `open: 4` instead of 3 would have spared 20 of them");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_change_that_spares_most),
        cmocka_unit_test(a_change_that_helps_nobody),
        cmocka_unit_test(noise_is_most_of_many),
        cmocka_unit_test(facts_tell_of_parameters),
        T(the_life_of_firings),
        T(what_nobody_answers_is_ignored),
        cmocka_unit_test(a_baseline_is_no_firing),
        T(firings_of_before_are_known),
        T(noise_without_a_parameter),
        T(noise_that_a_parameter_would_spare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

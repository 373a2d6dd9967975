/* What routes and silences match by: everything a finding has, and the labels of its
   item, which may change at any time and hold any text. */
#include "core/silence.h"
#include "tests/unit/eval_rig.h"

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "intents:\n"                                                                       \
    "  - { id: upmarket, title: Win clinics with many sites }\n"                       \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    intent: upmarket\n"                                                           \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 }\n"      \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n"     \
    "      status: active, owner: ben }\n"                                             \
    "people:\n"                                                                        \
    "  - { id: ben, name: Ben Okoro }\n"                                               \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"
#define CONF(match)                                                                    \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\nfirst_wait: 0\n"                                           \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN } }\n"                                              \
    "channels:\n  - { name: product, type: journal }\n"                                \
    "routes:\n  - { channel: product, match: {" match "} }\n"                          \
    "rules: { unlinked-work: { for: 0s } }\n"

static const struct actor ana = {.uid = 1000, .user = STR_INIT("ana")};

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_load(er, CONF(""), STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 20 * RIG_DAY;
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* An epic without a link, and the initiative without work is known besides. */
static void epic(struct eval_rig *er, const char *label)
{
    struct item *it;

    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->created.ms = RIG_T0 + 20 * RIG_DAY;
    it->updated = er->r.now;
    if (label != NULL)
        rig_label(&er->r, it, label);
    eval_rig_synced(er);
    eval_rig_run(er);
}

static enum plan_reason reason_of(struct eval_rig *er, const char *rule)
{
    char sql[120];

    snprintf(sql, sizeof(sql), "SELECT reason FROM finding WHERE rule = '%s'", rule);
    return (enum plan_reason)rig_int(&er->r, sql);
}

static int64_t silence(struct eval_rig *er, const char *text)
{
    struct str_list match[ROUTE_LABEL_COUNT];
    struct arena *a = arena_create(1 << 20);
    int64_t id;

    RIG_OK(&er->r, silence_parse(str_of(text), a, match, &er->r.e));
    RIG_OK(&er->r, db_silence_add(er->r.db, match, STR("moving"),
                                  (struct wall){er->r.now.ms + RIG_DAY}, &ana,
                                  er->r.now, &id, &er->r.e));
    arena_destroy(a);
    eval_rig_run(er);
    return id;
}

static const struct {
    const char *route, *silence;
    bool item, node; /* the epic's finding, the initiative's */
} rows[] = {
    {"rule: unlinked-work", "rule=unlinked-work", true, false},
    {"rule: \"uncovered-*\"", "rule=uncovered-*", false, true},
    {"severity: warn", "severity=warn", true, true},
    {"severity: high", "severity=high", false, false},
    {"source: hub", "source=hub", true, false},
    {"source: \"?\"", "source=?", false, false},
    {"scope: ACME/web", "scope=ACME/web", true, false},
    {"repo: \"acme/*\"", "repo=acme/*", true, false},
    {"project: PAY", "project=PAY", false, false},
    {"team: [payments, web]", "team=payments,web", true, false},
    {"objective: grow", "objective=grow", false, true},
    {"intent: upmarket", "intent=upmarket", false, true},
    {"initiative: onboarding", "initiative=onboarding", false, true},
    {"owner: ben", "owner=ben", false, true},
    {"owner: ana", "owner=ana", false, false},
    {"label: security", "label=security", true, false},
    {"label: [\"sec*\", p1]", "label=sec*,p1", true, false},
    {"label: secure", "label=secure", false, false},
    {"label: security, team: web", "label=security team=web", true, false},
    {"label: security, team: ops", "label=security team=ops", false, false},
};

static void a_route_takes_what_it_matches(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "Security");
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
    assert_int_equal(reason_of(er, "uncovered-initiative"), PLAN_GROUPED);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char conf[2000];

        snprintf(conf, sizeof(conf), CONF("%s"), rows[i].route);
        eval_rig_load(er, conf, STRATEGY);
        eval_rig_run(er);
        if (reason_of(er, "unlinked-work") !=
                (rows[i].item ? PLAN_GROUPED : PLAN_UNROUTED) ||
            reason_of(er, "uncovered-initiative") !=
                (rows[i].node ? PLAN_GROUPED : PLAN_UNROUTED))
            fail_msg("%s: %s", rows[i].route, eval_rig_findings(er));
    }
}

static void a_silence_covers_what_it_matches(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "Security");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t id = silence(er, rows[i].silence);

        if (reason_of(er, "unlinked-work") !=
                (rows[i].item ? PLAN_SILENCED : PLAN_GROUPED) ||
            reason_of(er, "uncovered-initiative") !=
                (rows[i].node ? PLAN_SILENCED : PLAN_GROUPED))
            fail_msg("%s: %s", rows[i].silence, eval_rig_findings(er));
        RIG_OK(&er->r, db_silence_end(er->r.db, id, &ana, er->r.now, &er->r.e));
        eval_rig_run(er);
    }
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
}

/* The finding is the same; where it goes is not. */
static void a_label_that_comes_or_goes_is_seen(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_load(er, CONF("label: security"), STRATEGY);
    epic(er, NULL);
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_UNROUTED);
    epic(er, "security");
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_GROUPED);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 1);
    epic(er, "bug");
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_UNROUTED);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    silence(er, "label=urgent");
    epic(er, "urgent");
    assert_int_equal(reason_of(er, "unlinked-work"), PLAN_SILENCED);
}

/* What a label says is compared, and is neither a pattern nor another label. */
static void labels_may_say_anything(void **state)
{
    static const char *const labels[] = {"*", "team=web", "security,x", "a\tlsecurity",
                                         "x\nlsecurity", "\xf0\x9f\x94\xa5"};
    struct eval_rig *er = *state;

    eval_rig_load(er, CONF("label: security"), STRATEGY);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        epic(er, labels[i]);
        if (reason_of(er, "unlinked-work") != PLAN_UNROUTED)
            fail_msg("'%s' is taken for security", labels[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_route_takes_what_it_matches),
        TEST(a_silence_covers_what_it_matches),
        TEST(a_label_that_comes_or_goes_is_seen),
        TEST(labels_may_say_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a new version of the strategy brings to light is told in one message. */
#include "tests/unit/eval_rig.h"

#define STRATEGY(billing)                                                              \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n    title: Clinics choose us first\n"                               \
    "    key_results: [{ id: nps, title: NPS }]\n"                                     \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site, moves: [nps], status: active }\n" \
    "  - { id: billing, title: Bill per site, moves: [nps], status: " billing " }\n"   \
    "teams:\n"                                                                         \
    "  - { id: pay, title: Pay, people: 4, match: { labels: [pay] } }\n"               \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"
#define CONF(wait)                                                                     \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: Mon-Fri 9:00-17:30\nfirst_wait: 0\n"                               \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN } }\n"                                              \
    "channels:\n  - { name: product, type: journal }\n"                                \
    "routes:\n  - { channel: product, group_wait: 1m, group_interval: 1m, hours: always,\n" \
    "      budget: off }\n"                                                            \
    "rules: { uncovered-initiative: off, retired-link: { for: " wait ", keep_for: 0 } }\n"

static bool parse(const struct strategy_file *files, size_t n, struct strategy **ret,
                  struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    assert_non_null(d);
    *ret = strategy_load_files(files, n, d);
    if (*ret == NULL)
        err_set(e, ERR_PARSE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return *ret != NULL;
}

static struct eval_rig *create(const char *conf)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "retired-link";
    eval_rig_load(er, conf, STRATEGY("active"));
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    return er;
}

/* Four epics of two teams for billing; `moved`: this one is for onboarding instead. */
static void epics(struct eval_rig *er, int n, int moved)
{
    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    for (int i = 1; i <= n; i++) {
        struct item *it = eval_rig_epic(er, i);

        it->created.ms = RIG_T0;
        it->updated = er->r.now;
        rig_label(&er->r, it, i == moved ? "initiative:onboarding" : "initiative:billing");
        if (i % 2 == 0)
            rig_label(&er->r, it, "pay");
    }
    eval_rig_synced(er);
    eval_rig_run(er);
}

static void flush(struct eval_rig *er, int64_t ms)
{
    struct wall next;

    er->r.now.ms += ms;
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 2 * RIG_MIN;
    eval_rig_flush(er, &next);
    eval_rig_run(er);
}

static int64_t messages(struct eval_rig *er)
{
    return rig_int(&er->r, "SELECT count(*) FROM outbox");
}

static void a_version_is_one_message(void **state)
{
    struct eval_rig *er = create(CONF("0"));

    (void)state;
    epics(er, 4, 0);
    eval_rig_load(er, CONF("0"), STRATEGY("dropped"));
    er->ev.parse = parse;
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(DISTINCT team) FROM finding WHERE"
                                     " state = 2"),
                     2);
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(DISTINCT reason_detail) FROM"
                                         " finding"),
                        "product strategy=3");
    flush(er, RIG_MIN);
    assert_int_equal(messages(er), 1);
    assert_string_equal(rig_text(&er->r, "SELECT json_extract(notice, '$.text') FROM outbox"),
                        "The strategy changed on 2026-09-21: initiative billing status "
                        "active -> dropped. 4 findings come of it: they are told "
                        "together. What moved: `alignctl strategy diff`.");
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice, '$.group') || ' ' ||"
                                 " json_extract(notice, '$.sections[0].total') FROM outbox"),
                        "the strategy changed 4");
    /* What becomes of them is each team's own. */
    epics(er, 4, 2);
    flush(er, RIG_MIN);
    assert_int_equal(messages(er), 2);
    assert_string_equal(rig_text(&er->r, "SELECT json_extract(notice, '$.group') || ' ' ||"
                                         " json_extract(notice, '$.resolved[0].key')"
                                         " FROM outbox WHERE id = 2"),
                        "Pay acme/web#2");
    assert_string_equal(rig_text(&er->r, "SELECT json_extract(notice, '$.text') FROM outbox"
                                         " WHERE id = 2"),
                        "");
    eval_rig_destroy(er);
}

/* What comes of it later on, without a new version, is news like any other. */
static void later_work_is_told_by_itself(void **state)
{
    struct eval_rig *er = create(CONF("0"));

    (void)state;
    epics(er, 2, 0);
    eval_rig_load(er, CONF("0"), STRATEGY("dropped"));
    eval_rig_run(er);
    flush(er, RIG_MIN);
    epics(er, 3, 0);
    assert_string_equal(rig_text(&er->r, "SELECT reason_detail FROM finding WHERE version"
                                         " = 0"),
                        "product team=web");
    eval_rig_destroy(er);
}

/* Its week is over: what only then has held for long enough is told by itself. */
static void five_working_days_is_all(void **state)
{
    static const struct {
        const char *conf, *want;
    } rows[] = {{CONF("5wd"), "product strategy=3"}, {CONF("8wd"), "product team=web"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct eval_rig *er = create(rows[i].conf);

        epics(er, 1, 0);
        eval_rig_load(er, rows[i].conf, STRATEGY("dropped"));
        eval_rig_run(er);
        assert_int_equal(rig_int(&er->r, "SELECT state FROM finding"), FINDING_PENDING);
        for (int day = 0; day < 13 && rig_int(&er->r, "SELECT state FROM finding") == 1;
             day++) {
            er->r.now.ms += RIG_DAY;
            eval_rig_look(er);
            eval_rig_run(er);
        }
        assert_string_equal(rig_text(&er->r, "SELECT reason_detail FROM finding"),
                            rows[i].want);
        eval_rig_destroy(er);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_one_message),
        cmocka_unit_test(later_work_is_told_by_itself),
        cmocka_unit_test(five_working_days_is_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

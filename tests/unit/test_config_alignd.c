/*
 * alignd.yaml as it is loaded: every field of a file that has most keys, what
 * the environment fills in, and what is in force where nothing is said. The texts
 * of errors, and that a printed configuration reads back, are in
 * test_golden_config.
 */
#include "connectors/chat/slack.h"
#include "connectors/chat/webhook.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/jira/jira.h"
#include "core/calendar.h"
#include "tests/unit/config_alignd_rig.h"

static const struct rule_conf *conf_of(const struct conf *c, const char *rule)
{
    const struct rule *r = rule_find(str_of(rule));

    assert_non_null(r);
    return &c->rules[rule_index(r)];
}

/* ---- every field ---- */

static void check_top(const struct conf *c)
{
    assert_str(c->file, FULL);
    assert_true(str_has_prefix(c->dir, STR("/")));
    assert_true(str_has_suffix(c->strategy_path,
                               STR("/tests/golden/config/plans/strategy.yaml")));
    assert_str(c->state_dir, "/var/lib/alignd");
    assert_str(c->socket, "/run/alignd/alignd.sock");
    assert_str(c->timezone, "America/New_York");
    assert_str(tz_name(c->calendar.tz), "America/New_York");
    assert_int_equal(c->calendar.days, 0x1D); /* Mon, Wed, Thu, Fri */
    assert_int_equal(c->calendar.open, 8 * 60 + 30);
    assert_int_equal(c->calendar.close, 16 * 60);
    assert_false(c->calendar.always);
    assert_str(c->operations_channel, "ops");
    assert_false(c->baseline);
    assert_int_equal(c->n_writers, 3);
    assert_false(c->writers[0].group);
    assert_str(c->writers[0].name, "root");
    assert_true(c->writers[1].group);
    assert_str(c->writers[1].name, "alignd-write");
    assert_int_equal(c->retention.spans.ms, INT64_C(400) * 86400000);
    assert_int_equal(c->retention.audit.ms, INT64_C(30) * 86400000);
}

static void check_sources(const struct conf *c)
{
    assert_int_equal(c->n_sources, 2);

    const struct tracker_conf *gh = &c->sources[0].tracker;
    const struct github_conf *gh_own = gh->own;
    const struct tracker_conf *jira = &c->sources[1].tracker;
    const struct jira_conf *jira_own = jira->own;

    assert_ptr_equal(c->sources[0].ops, tracker_find(STR("github")));
    assert_int_equal(c->sources[0].line, 9);
    assert_str(gh->name, "gh");
    assert_str(gh->type, "github");
    assert_str(gh->url, "http://127.0.0.1:8080/api"); /* no trailing slash */
    assert_int_equal(gh->interval.ms, 120000);
    assert_int_equal(gh->history.ms, INT64_C(90) * 86400000);
    assert_list(&gh->epics.types, "Epic|Initiative");
    assert_list(&gh->epics.labels, "epic: *");
    assert_int_equal(gh->epics.min_children, 4);
    assert_false(gh->epics.none);
    assert_list(&gh->link_types, "implements");
    assert_list(&gh->in_progress, "In review|null");
    assert_int_equal(gh->fields.n, 2);
    assert_str(gh->fields.v[1].key, "My: field");
    assert_str(gh->fields.v[1].value, "a \"b\" c");
    assert_true(gh->budget.reserve > 0.1249 && gh->budget.reserve < 0.1251);
    assert_int_equal(gh->budget.in_flight, 3);
    assert_list(&gh->private_.projects, "acme/secret");
    assert_list(&gh->private_.labels, "confidential");
    assert_list(&gh->ideas.statuses, "Idea");
    assert_list(&gh->ideas.labels, "maybe");
    assert_list(&gh_own->repos, "acme/web|acme/pay");
    assert_int_equal(gh_own->token.from, SECRET_FILE);
    assert_str(gh_own->token.name, "gh.token");
    assert_str(gh_own->token.value, "");

    assert_str(jira->url, "https://acme.atlassian.net");
    assert_true(jira->epics.none);
    assert_int_equal(jira->interval.ms, 300000);
    assert_int_equal(jira->budget.in_flight, 2);
    assert_str(jira_own->user, "bot@acme.com");
    assert_list(&jira_own->projects.include, "PAY|WEB");
    assert_list(&jira_own->projects.exclude, "HR*");
    assert_int_equal(jira_own->deployment, JIRA_AUTO);
}

static void check_channels(const struct conf *c)
{
    const struct slack_conf *slack = c->channels[0].chat.own;
    const struct webhook_conf *hook = c->channels[1].chat.own;

    assert_int_equal(c->n_channels, 3);
    assert_str(c->channels[0].chat.name, "product");
    assert_str(c->channels[0].chat.type, "slack");
    assert_ptr_equal(c->channels[0].ops, chat_find(STR("slack")));
    assert_int_equal(slack->url.from, SECRET_CREDENTIAL);
    assert_str(slack->url.name, "slack-product");
    assert_str(hook->url, "https://hooks.example.com/alignd");
    assert_str(hook->secret.name, "audit-secret");
}

static void check_routes(const struct conf *c)
{
    const struct route *r = c->routes;

    assert_int_equal(c->n_routes, 2);
    assert_list(&r[0].match[ROUTE_BY_team], "payments|web-*");
    assert_list(&r[0].match[ROUTE_BY_severity], "high");
    assert_list(&r[0].match[ROUTE_BY_source], "gh");
    assert_list(&r[0].match[ROUTE_BY_rule], "unlinked-*");
    assert_list(&r[0].match[ROUTE_BY_owner], "");
    assert_str(r[0].channel, "product");
    assert_true(r[0].continue_);
    assert_true(r[0].has_group_by);
    assert_int_equal(r[0].group_by, 1U << ROUTE_BY_team | 1U << ROUTE_BY_rule);
    assert_true(r[0].has_wait && r[0].has_interval && r[0].has_repeat &&
                r[0].has_hours);
    assert_int_equal(r[0].group_wait.ms, 120000);
    assert_int_equal(r[0].group_interval.wd, 1);
    assert_int_equal(r[0].repeat_interval.ms, INT64_C(7) * 86400000);
    assert_true(r[0].hours.always);
    assert_int_equal(r[0].n_mute, 2);
    assert_int_equal(r[0].mute[0].days, 0x60);
    assert_int_equal(r[0].mute[0].close, 1440);
    assert_ptr_equal(r[0].mute[1].tz, c->calendar.tz);
    assert_int_equal(r[0].budget.day, 3);
    assert_int_equal(r[0].budget.week, 5);
    assert_false(r[0].children[0].has_budget || r[0].children[0].has_mute);
    assert_true(r[0].children[1].has_budget);
    assert_int_equal(r[0].children[1].budget.day + r[0].children[1].budget.week, 0);
    assert_int_equal(r[0].n_children, 2);
    assert_list(&r[0].children[0].match[ROUTE_BY_owner], "ana");
    assert_int_equal(r[0].children[0].channel.n, 0);
    assert_int_equal(r[0].children[0].hours.days, 0x60);
    assert_ptr_equal(r[0].children[0].hours.tz, c->calendar.tz);
    assert_true(r[0].children[1].has_group_by);
    assert_int_equal(r[0].children[1].group_by, 0);
    assert_false(r[1].has_wait || r[1].has_interval || r[1].has_repeat ||
                 r[1].has_hours || r[1].has_group_by || r[1].continue_);
}

static void check_rules(const struct conf *c)
{
    const struct rule_conf *unlinked = conf_of(c, "unlinked-work");
    const struct rule *stale = rule_find(STR("source-stale"));

    assert_false(unlinked->off);
    assert_int_equal(unlinked->for_.wd, 2);
    assert_int_equal(unlinked->severity, SEV_INFO);
    assert_list(&unlinked->exempt.labels, "spike");
    assert_list(&unlinked->exempt.types, "Bug");
    assert_list(&unlinked->exempt.ids, "PAY-*");
    assert_true(conf_of(c, "unknown-link")->off);
    assert_int_equal(conf_of(c, "source-stale")->keep_for.ms, 3600000);
    assert_int_equal(conf_of(c, "source-stale")->severity, -1);
    assert_int_equal(conf_of(c, "source-stale")->for_.ms, stale->for_.ms);
    for (size_t i = 0; i < rules_count; i++) {
        assert_int_equal(c->rules[i].own == NULL, rules[i]->params == NULL);
    }
}

static void every_field(void **state UNUSED)
{
    struct conf *c = load(FULL, &no_env);

    check_top(c);
    check_sources(c);
    check_channels(c);
    check_routes(c);
    check_rules(c);
    conf_destroy(c);
}

static void defaults(void **state UNUSED)
{
    struct conf *c = load(MINIMAL, &no_env);

    assert_true(
        str_has_suffix(c->strategy_path, STR("/tests/golden/config/strategy.yaml")));
    assert_str(c->timezone, "UTC");
    assert_ptr_equal(c->calendar.tz, tz_utc());
    assert_int_equal(c->calendar.days, 0x1F);
    assert_int_equal(c->calendar.open, 9 * 60);
    assert_int_equal(c->calendar.close, 17 * 60 + 30);
    assert_true(c->baseline);
    assert_int_equal(c->n_writers, 1);
    assert_true(c->writers[0].group);
    assert_str(c->writers[0].name, "alignd-write");
    assert_int_equal(c->retention.spans.ms, INT64_C(730) * 86400000);
    assert_str(c->sources[0].tracker.url, "https://api.github.com");
    assert_int_equal(c->n_channels, 1);
    assert_str(c->channels[0].chat.name, "journal");
    assert_non_null(c->channels[0].ops);
    assert_int_equal(c->n_routes, 1);
    assert_str(c->routes[0].channel, "journal");
    assert_int_equal(c->operations_channel.n, 0);
    for (size_t i = 0; i < rules_count; i++) {
        assert_int_equal(c->rules[i].off, rules[i]->off);
        assert_int_equal(c->rules[i].severity, -1);
        assert_int_equal(c->rules[i].for_.ms, rules[i]->for_.ms);
        assert_int_equal(c->rules[i].for_.wd, rules[i]->for_.wd);
        assert_int_equal(c->rules[i].keep_for.ms, rules[i]->keep_for.ms);
    }
    conf_destroy(c);
    c = load("tests/golden/config/alignd-good-hours-always.yaml", &no_env);
    assert_true(c->calendar.always);
    conf_destroy(c);
}

/* ---- what comes from the environment ---- */

static void environment(void **state UNUSED)
{
    struct tempdir t;
    struct buf path;
    struct err e;
    struct conf_env env = no_env;

    assert_true(tempdir_create(&t, &e));
    put(&t, "alignd.yaml", SOURCE);
    assert_true(tempdir_join(&t, "alignd.yaml", &path, &e));
    env.state_directory = "/var/lib/private/alignd:/var/lib/other";
    env.runtime_directory = "/run/alignd";

    struct conf *c = load(buf_cstr(&path), &env);
    struct buf printed;

    assert_str(c->state_dir, "/var/lib/private/alignd");
    assert_str(c->socket, "/run/alignd/alignd.sock");
    buf_init(&printed, TEXT_MAX);
    conf_print(c, &printed);
    assert_non_null(strstr(buf_cstr(&printed),
                           "state: /var/lib/private/alignd  # $STATE_DIRECTORY\n"));
    assert_non_null(strstr(buf_cstr(&printed),
                           "socket: /run/alignd/alignd.sock  # $RUNTIME_DIRECTORY\n"));
    buf_finish(&printed);
    conf_destroy(c);

    /* The file has the last word; relative paths begin at it. */
    put(&t, "alignd.yaml", "state: db\nsocket: s\nstrategy: ../x/y.yaml\n" SOURCE);
    c = load(buf_cstr(&path), &env);
    assert_true(str_has_suffix(c->state_dir, STR("/db")));
    assert_true(str_has_prefix(c->state_dir, str_of(tempdir_path(&t))));
    assert_true(str_has_suffix(c->strategy_path, STR("/../x/y.yaml")));
    conf_destroy(c);
    buf_finish(&path);
    tempdir_remove(&t);
}

/* What is said about a file that is refused. */
static void check_refused(const char *path, const struct conf_env *env, size_t errors,
                          const char *message)
{
    struct conf_diag *d = conf_diag_create();
    struct conf *c = conf_load(path, env, d);
    struct buf said;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    assert_null(c);
    assert_int_equal(conf_diag_errors(d), errors);
    if (strstr(buf_cstr(&said), message) == NULL) {
        fail_msg("'%s' is not in\n%s", message, buf_cstr(&said));
    }
    buf_finish(&said);
    conf_diag_destroy(d);
}

/* Who keeps no state and serves no socket needs no place for them. */
static void places_that_are_needed(void **state UNUSED)
{
    struct tempdir t;
    struct buf path, printed;
    struct err e;
    struct conf_env env = no_env;

    assert_true(tempdir_create(&t, &e));
    put(&t, "alignd.yaml", SOURCE);
    assert_true(tempdir_join(&t, "alignd.yaml", &path, &e));

    struct conf *c = load(buf_cstr(&path), &env);

    assert_str(c->state_dir, "");
    assert_str(c->socket, "");
    buf_init(&printed, TEXT_MAX);
    conf_print(c, &printed);
    assert_null(strstr(buf_cstr(&printed), "state:"));
    assert_null(strstr(buf_cstr(&printed), "socket:"));
    conf_destroy(c);
    assert_true(tempdir_write(&t, "alignd.yaml", buf_str(&printed), &e));
    conf_destroy(load(buf_cstr(&path), &env));

    env.needs_state = true;
    check_refused(buf_cstr(&path), &env, 1, "'state' is missing");
    env.needs_socket = true;
    check_refused(buf_cstr(&path), &env, 2, "'socket' is missing");
    env.needs_state = false;
    check_refused(buf_cstr(&path), &env, 1, "'socket' is missing");
    buf_finish(&printed);
    buf_finish(&path);
    tempdir_remove(&t);
}

/* A strategy that is not there is told where it is named, or where it should be. */
static void a_strategy_that_is_missing(void **state UNUSED)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {SOURCE "strategy: no.yaml\n", "a.yaml:2:11: error: there is no strategy at /"},
        {SOURCE "strategy: no.yaml\n",
         "^~~~~~~ strategy.sample.yaml is one to begin with\n"},
        {SOURCE, "a.yaml: error: there is no strategy at /"},
        {SOURCE, "/strategy.yaml, the default of 'strategy'\n"},
    };
    struct tempdir t;
    struct buf path;
    struct err e;

    assert_true(tempdir_create(&t, &e));
    assert_true(tempdir_join(&t, "a.yaml", &path, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct conf_diag *d = conf_diag_create();
        struct buf said;

        buf_init(&said, TEXT_MAX);
        put(&t, "a.yaml", rows[i].text);

        struct conf *c = load(buf_cstr(&path), &no_env);

        assert_null(conf_strategy(c, d));
        conf_diag_print(d, &said);
        assert_int_equal(conf_diag_errors(d), 1);
        if (strstr(buf_cstr(&said), rows[i].message) == NULL) {
            fail_msg("'%s' is not in\n%s", rows[i].message, buf_cstr(&said));
        }
        buf_finish(&said);
        conf_diag_destroy(d);
        conf_destroy(c);
    }
    check_refused("/nowhere/alignd.yaml", &no_env, 1,
                  "/nowhere/alignd.yaml: error: there is no such file: begin with "
                  "alignd.sample.yaml, or name another with -c\n");
    buf_finish(&path);
    tempdir_remove(&t);
}

/* Where both files are at hand, a key result asks a source that there is. */
static void value_sources(void **state)
{
    static const struct {
        const char *values, *message, *hint; /* NULL: it loads */
    } rows[] = {
        {"values: [{ name: metrics, type: prometheus, url: https://x.example }]\n", NULL,
         NULL},
        {"values: [{ name: metric, type: prometheus, url: https://x.example }]\n",
         "s.yaml:3:71: error: 'from' names 'metrics', no value source of alignd.yaml",
         "did you mean 'metric'?"},
        {"values: [{ name: other, type: prometheus, url: https://x.example }]\n",
         "s.yaml:3:71: error: ", "^~~~~~~\n"},
        {"", "s.yaml:3:71: error: ", "it has no 'values' at all"},
    };
    struct tempdir t;
    struct buf path;
    struct err e;

    (void)state;
    assert_true(tempdir_create(&t, &e));
    assert_true(tempdir_join(&t, "a.yaml", &path, &e));
    put(&t, "s.yaml",
        "strategy: 1\nname: A\n"
        "objectives: [{ id: o, title: O, key_results: [{ id: k, value: { from: metrics, "
        "query: q }, title: K }] }]\ninitiatives: [{ id: i, title: I }]\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct conf_diag *d = conf_diag_create();
        struct buf text, said;
        struct strategy *s;
        struct conf *c;

        buf_init(&said, TEXT_MAX);
        buf_init(&text, TEXT_MAX);
        buf_printf(&text, SOURCE "strategy: s.yaml\n%s", rows[i].values);
        put(&t, "a.yaml", buf_cstr(&text));
        c = load(buf_cstr(&path), &no_env);
        s = conf_strategy(c, d);
        conf_diag_print(d, &said);
        assert_int_equal(s != NULL, rows[i].message == NULL);
        assert_int_equal(conf_diag_errors(d), rows[i].message != NULL);
        if (rows[i].message != NULL &&
            (strstr(buf_cstr(&said), rows[i].message) == NULL ||
             strstr(buf_cstr(&said), rows[i].hint) == NULL)) {
            fail_msg("'%s', '%s' is not in\n%s", rows[i].message, rows[i].hint,
                     buf_cstr(&said));
        }
        strategy_unref(s);
        conf_destroy(c);
        conf_diag_destroy(d);
        buf_finish(&text);
        buf_finish(&said);
    }
    /* By itself it may name any. */
    buf_finish(&path);
    assert_true(tempdir_join(&t, "s.yaml", &path, &e));

    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load(buf_cstr(&path), d);

    assert_non_null(s);
    strategy_unref(s);
    conf_diag_destroy(d);
    buf_finish(&path);
    tempdir_remove(&t);
}

static void env_read(void **state UNUSED)
{
    struct conf_env env;

    assert_int_equal(setenv("STATE_DIRECTORY", "/a", 1), 0);
    assert_int_equal(setenv("RUNTIME_DIRECTORY", "/b", 1), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/c", 1), 0);
    conf_env_read(&env);
    assert_string_equal(env.state_directory, "/a");
    assert_string_equal(env.runtime_directory, "/b");
    assert_string_equal(env.credentials_directory, "/c");
    assert_string_equal(env.zoneinfo, "/usr/share/zoneinfo");
    assert_string_equal(env.credentials_fallback, "/etc/alignd/credentials");
    assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
    assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    conf_env_read(&env);
    assert_null(env.state_directory);
}

/* Equal settings have equal hashes however they are written; others differ. */
static void hashes(void **state UNUSED)
{
    static const char base[] = "state: /s\nsocket: /r\n" SOURCE;
    static const struct {
        const char *text;
        bool same;
    } rows[] = {
        {"# comment\nsocket: \"/r\"\nstate: /s\n" SOURCE, true},
        {"state: /s\nsocket: /r\ntimezone: UTC\nbaseline: on\n" SOURCE, true},
        {"state: /s\nsocket: /r\nbaseline: off\n" SOURCE, false},
        {"state: /s\nsocket: /r\nrules: { unlinked-work: off }\n" SOURCE, false},
        {"state: /s\nsocket: /r2\n" SOURCE, false},
    };
    struct tempdir t;
    struct buf path;
    struct err e;

    assert_true(tempdir_create(&t, &e));
    assert_true(tempdir_join(&t, "a.yaml", &path, &e));
    put(&t, "a.yaml", base);

    struct conf *c = load(buf_cstr(&path), &no_env);
    uint64_t hash = c->hash;

    conf_destroy(c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        put(&t, "a.yaml", rows[i].text);
        c = load(buf_cstr(&path), &no_env);
        if ((c->hash == hash) != rows[i].same) {
            fail_msg("row %zu", i);
        }
        conf_destroy(c);
    }
    buf_finish(&path);
    tempdir_remove(&t);
}

static void holidays(void **state UNUSED)
{
    struct conf *c = load(MINIMAL, &no_env);
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text(
        "s",
        STR("strategy: 1\nname: A\nobjectives: [{ id: o, title: O }]\n"
            "initiatives: [{ id: i, title: I }]\nholidays: [2026-11-23]\n"),
        d);

    assert_non_null(s);

    struct calendar with = conf_calendar(c, s);
    struct date monday = {2026, 11, 23};

    assert_false(calendar_is_working_day(&with, monday));
    assert_true(calendar_is_working_day(&c->calendar, monday));
    strategy_unref(s);
    conf_diag_destroy(d);
    conf_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field),
        cmocka_unit_test(defaults),
        cmocka_unit_test(environment),
        cmocka_unit_test(places_that_are_needed),
        cmocka_unit_test(a_strategy_that_is_missing),
        cmocka_unit_test(value_sources),
        cmocka_unit_test(env_read),
        cmocka_unit_test(hashes),
        cmocka_unit_test(holidays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * alignctl init against the local vendors, over real HTTP: what it writes is checked by
 * the real alignd and by lint, and read back to what the trackers said.
 */
#include "tests/unit/vendors_rig.h"

#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "core/tz.h"
#include "ctl/ctl.h"

struct rig {
    struct vr vendors;
    struct tempdir dir;
    struct buf out, err;
    char github[100], jira[100], dc[100];
};

static void begin(struct rig *r, const char *company, const char *const *args)
{
    struct err e;

    unsetenv("GITHUB_TOKEN");
    unsetenv("JIRA_TOKEN");
    unsetenv("JIRA_USER");
    assert_true(tempdir_create(&r->dir, &e));
    buf_init(&r->out, 1 << 20);
    buf_init(&r->err, 1 << 20);
    vr_start(&r->vendors, company, args);
    snprintf(r->github, sizeof(r->github), "%s/github", r->vendors.url);
    snprintf(r->jira, sizeof(r->jira), "%s/jira", r->vendors.url);
    snprintf(r->dc, sizeof(r->dc), "%s/jira-dc", r->vendors.url);
}

static void end(struct rig *r)
{
    vr_stop(&r->vendors);
    buf_finish(&r->out);
    buf_finish(&r->err);
    tempdir_remove(&r->dir);
}

/* init --dir DIR and `args`. */
static int init(struct rig *r, const char *const *args)
{
    const struct ctl_env env = {.tz = tz_utc()};
    char *argv[20] = {strdup("alignctl"), strdup("init"), strdup("--dir"),
                      strdup(tempdir_path(&r->dir))};
    int n = 4, code;

    for (size_t i = 0; args[i] != NULL; i++)
        argv[n++] = strdup(args[i]);
    buf_clear(&r->out);
    buf_clear(&r->err);
    code = ctl_run(&env, n, argv, &r->out, &r->err);
    while (n > 0)
        free(argv[--n]);
    return code;
}
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS ((const char *const[]){NULL})

static void says(const struct buf *b, const char *words)
{
    if (strstr(buf_cstr(b), words) == NULL)
        fail_msg("'%s' is not in: %s", words, buf_cstr(b));
}

static struct buf file_of(struct rig *r, const char *name)
{
    struct buf path, text;
    struct err e;

    assert_true(tempdir_join(&r->dir, name, &path, &e));
    if (!tempdir_read(buf_cstr(&path), &text, &e))
        fail_msg("%s", e.msg);
    buf_finish(&path);
    return text;
}

static bool is_there(struct rig *r, const char *name)
{
    struct buf path;
    struct err e;
    bool there;

    assert_true(tempdir_join(&r->dir, name, &path, &e));
    there = access(buf_cstr(&path), F_OK) == 0;
    buf_finish(&path);
    return there;
}

/* alignd --check as the service's own program. */
static void check_loads(struct rig *r)
{
    struct buf program, config, said;
    struct spawn *s;
    struct err e;
    int code;

    assert_true(spawn_program("alignd", &program, &e));
    assert_true(tempdir_join(&r->dir, "alignd.yaml", &config, &e));
    s = spawn_start(&(struct spawn_options){.argv = ARGS(buf_cstr(&program), "-c",
                                                         buf_cstr(&config), "--check"),
                                            .log_dir = tempdir_path(&r->dir)},
                    &e);
    assert_non_null(s);
    assert_true(spawn_wait_exit(s, VR_LIMIT, &code, &e));
    assert_true(spawn_output(s, SPAWN_ERR, &said, &e));
    if (code != 0)
        fail_msg("%d: %s", code, buf_cstr(&said));
    spawn_destroy(s);
    buf_finish(&said);
    buf_finish(&program);
    buf_finish(&config);
}

/* lint finds hints and warnings in a draft, and no error. */
static void check_lint(struct rig *r)
{
    const struct ctl_env env = {.tz = tz_utc()};
    char command[] = "alignctl", lint[] = "lint", option[] = "--json";
    struct buf path;
    char *argv[] = {command, lint, option, NULL};
    json_t *v;
    struct err e;

    assert_true(tempdir_join(&r->dir, "strategy.yaml", &path, &e));
    argv[3] = path.p;
    buf_clear(&r->out);
    buf_clear(&r->err);
    assert_int_equal(ctl_run(&env, 4, argv, &r->out, &r->err), 0);
    v = json_loads(buf_cstr(&r->out), 0, NULL);
    assert_int_equal(vr_int(json_object_get(v, "checks"), "errors"), 0);
    assert_true(vr_int(json_object_get(v, "checks"), "hints") > 0);
    json_decref(v);
    buf_finish(&path);
}

static struct strategy *read_back(struct rig *r)
{
    struct conf_diag *d = conf_diag_create();
    struct buf path;
    struct strategy *s;
    struct err e;

    assert_true(tempdir_join(&r->dir, "strategy.yaml", &path, &e));
    s = strategy_load(buf_cstr(&path), d);
    if (s == NULL || conf_diag_errors(d) > 0)
        fail_msg("%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    buf_finish(&path);
    return s;
}

static void check_both(struct rig *r)
{
    check_loads(r);
    check_lint(r);
}

/* ---- without a tracker ---- */

static void nothing_is_known(void **state)
{
    struct rig r;
    struct buf before, after;

    (void)state;
    begin(&r, NULL, NULL);
    assert_int_equal(init(&r, NO_ARGS), 0);
    says(&r.out, "0 initiatives");
    says(&r.out, "--check");
    before = file_of(&r, "strategy.yaml");
    says(&before, "# to be filled in\n");
    says(&before, "  - id: first-initiative\n");
    check_both(&r);
    /* Never overwritten, and nobody is asked either. */
    assert_int_equal(init(&r, ARGS("--github", "a/b", "--github-url", r.github)), 3);
    says(&r.err, "alignd.yaml is there already, and init never overwrites");
    after = file_of(&r, "strategy.yaml");
    assert_string_equal(buf_cstr(&before), buf_cstr(&after));
    buf_finish(&before);
    buf_finish(&after);
    end(&r);
}

/* One of the two is enough to keep both from being written. */
static void one_file_is_there(void **state)
{
    struct rig r;
    struct err e;

    (void)state;
    begin(&r, NULL, NULL);
    assert_true(tempdir_write(&r.dir, "strategy.yaml", STR("mine"), &e));
    assert_int_equal(init(&r, NO_ARGS), 3);
    assert_false(is_there(&r, "alignd.yaml"));
    end(&r);
}

static void usage(void **state)
{
    static const struct {
        const char *args[5], *says;
    } rows[] = {
        {{"--github", "acme"}, "owner/repository"},
        {{"--github", "a/b/c"}, "owner/repository"},
        {{"--jira", "acme.atlassian.net"}, "the address of Jira"},
        {{"--jira", "http://jira.example"}, "the address of Jira"},
        {{"--jira", "https://u:p@jira.example"}, "the address of Jira"},
        {{"--github", "a/b", "--github-url", "ftp://x"}, "--github-url"},
        {{"--github-url", "https://x.example"}, "which repository"},
        {{"--jira-user", "me"}, "which Jira"},
        {{"https://a.example", "--jira", "https://b.example"}, "named twice"},
        {{"https://github.com/a/b", "--github", "c/d"}, "named twice"},
        {{"--github", "a/b", "--github-token-file", "/nonexistent/t"}, "/nonexistent/t"},
        {{"--from-csv", "x.csv", "--github", "a/b"}, "looks at no tracker"},
    };
    struct rig r;

    (void)state;
    begin(&r, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int code = init(&r, rows[i].args);

        if (code != 2 && i != 10)
            fail_msg("%s: %d %s", rows[i].says, code, buf_cstr(&r.err));
        says(&r.err, rows[i].says);
        assert_false(is_there(&r, "alignd.yaml"));
    }
    end(&r);
}

/* ---- the example company ---- */

static void trackers_of_a_company(void **state)
{
    static const char token[] = "t0ken";
    struct rig r;
    struct buf alignd, path;
    struct strategy *s;
    struct err e;

    (void)state;
    begin(&r, NULL, ARGS("--data", "config/examples/acme/company.json", "--github-token",
                         token, "--jira-user", "bot", "--jira-token", token));
    setenv("GITHUB_TOKEN", token, 1);
    assert_true(tempdir_write(&r.dir, "jira-token", STR("t0ken\n"), &e));
    assert_true(tempdir_join(&r.dir, "jira-token", &path, &e));
    if (init(&r, ARGS("--github", "https://github.com/acme/web/", "--github-url",
                      r.github, "--jira-user", "bot", "--jira-token-file",
                      buf_cstr(&path), r.jira)) != 0)
        fail_msg("%s", buf_cstr(&r.err));
    says(&r.out, "guessed: field 'Strategic initiative' (customfield_10050)");
    says(&r.out, "2 people with accounts of both trackers");
    says(&r.out, "3 initiatives, 9 people, 3 teams");
    alignd = file_of(&r, "alignd.yaml");
    says(&alignd, "    repos: [acme/web]\n    token: { env: GITHUB_TOKEN }");
    says(&alignd, "fields: { initiative: customfield_10050 } # Strategic initiative\n");
    says(&alignd, buf_cstr(&path));
    assert_null(strstr(buf_cstr(&alignd), token));
    check_both(&r);
    s = read_back(&r);
    assert_int_equal(s->n_initiatives, 3);
    assert_true(str_eqz(s->initiatives[0].node.title, "Bill insurers without a phone call"));
    assert_true(str_eqz(s->initiatives[0].node.owner, "ben-okoro"));
    assert_true(str_eqz(s->initiatives[2].node.title, "Self-service booking"));
    assert_int_equal(s->n_people, 9);
    assert_int_equal(s->n_teams, 3);
    strategy_unref(s);
    buf_finish(&alignd);
    buf_finish(&path);
    end(&r);
}

/* Data Center tells no levels: the name has to do. */
static void data_center(void **state)
{
    struct rig r;
    struct strategy *s;

    (void)state;
    begin(&r, NULL, ARGS("--data", "config/examples/acme/company.json"));
    setenv("JIRA_TOKEN", "t0ken", 1);
    assert_int_equal(init(&r, ARGS("--json", "--jira", r.dc)), 0);
    says(&r.out, "each open issue of type Initiative is an initiative");
    check_both(&r);
    s = read_back(&r);
    assert_int_equal(s->n_initiatives, 2);
    assert_int_equal(s->n_teams, 2);
    strategy_unref(s);
    end(&r);
}

/* ---- what goes wrong ---- */

static void refused(void **state)
{
    struct rig r;

    (void)state;
    begin(&r, NULL,
          ARGS("--data", "config/examples/acme/company.json", "--github-token", "right",
               "--jira-user", "bot", "--jira-token", "right"));
    setenv("GITHUB_TOKEN", "wr0ng-t0ken", 1);
    setenv("JIRA_TOKEN", "wr0ng-t0ken", 1);
    assert_int_equal(init(&r, ARGS("--github", "acme/web", "--github-url", r.github)), 77);
    says(&r.err, "GitHub does not accept the token (401");
    assert_int_equal(init(&r, ARGS("--jira", r.jira)), 77);
    says(&r.err, "on Cloud a token goes with a user (--jira-user)");
    assert_null(strstr(buf_cstr(&r.err), "wr0ng"));
    setenv("GITHUB_TOKEN", "right", 1);
    assert_int_equal(init(&r, ARGS("--github", "acme/none", "--github-url", r.github)), 3);
    says(&r.err, "GitHub knows no repository acme/none (404)");
    assert_int_equal(init(&r, ARGS("--jira", r.vendors.url)), 3);
    says(&r.err, "404 to serverInfo");
    assert_int_equal(init(&r, ARGS("--github", "acme/web", "--github-url",
                                   "http://127.0.0.1:1/github")),
                     69);
    assert_false(is_there(&r, "alignd.yaml"));
    assert_false(is_there(&r, "strategy.yaml"));
    end(&r);
}

/* ---- odd contents ---- */

#define REPO(more) "{\"github\":{\"repos\":[{\"name\":\"acme/empty\"" more "}]}}"

static void an_empty_repository(void **state)
{
    static const char *const companies[] = {REPO(""), REPO(",\"no_issues\":true")};
    struct strategy *s;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(companies); i++) {
        struct rig r;

        begin(&r, companies[i], NULL);
        if (init(&r, ARGS("--github", "acme/empty", "--github-url", r.github)) != 0)
            fail_msg("%s", buf_cstr(&r.err));
        says(&r.out, i == 0 ? "open milestones: 0" : "issues switched off");
        check_both(&r);
        s = read_back(&r);
        assert_int_equal(s->n_initiatives, 1); /* the one to be filled in */
        assert_int_equal(s->n_teams, 1);
        strategy_unref(s);
        end(&r);
    }
}

static const char *const hostile[] = {
    "a: b # c",
    "\"}, owner: root # ",
    "- [x] {y} & *z !tag | > %d @e `f`",
    "'single' \"double\" \\ back\\n",
    "line\nbreak\ttab\r",
    "null",
    "2027-01-01",
    "~",
    "  blanks  ",
    "\xe2\x80\xae gnirts desrever",
    "\xf0\x9f\x9a\x80",
    "---\nstrategy: 2",
    "\x01\x1b[31mred",
    "initiatives:\n  - id: owned",
    "name? *: no",
};

static char *hostile_company(void)
{
    json_t *milestones = json_array(), *issues = json_array(), *jira = json_array();
    json_t *company, *repo;
    char *text;

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        char key[20];

        snprintf(key, sizeof(key), "ODD-%zu", i + 1);
        json_array_append_new(milestones,
                              json_pack("{s:i, s:s}", "number", (int)i + 1, "title",
                                        hostile[i]));
        json_array_append_new(jira, json_pack("{s:s, s:s, s:s, s:s}", "key", key, "type",
                                              "Initiative", "summary", hostile[i], "assignee",
                                              hostile[i]));
    }
    repo = json_pack("{s:s, s:o, s:o}", "name", "acme/odd", "milestones", milestones,
                     "issues", issues);
    company = json_pack("{s:{s:[o]}, s:{s:[{s:s, s:s, s:i, s:o}]}}", "github", "repos",
                        repo, "jira", "projects", "key", "ODD", "name", hostile[1], "id",
                        10001, "issues", jira);
    assert_non_null(company);
    text = json_dumps(company, 0);
    json_decref(company);
    return text;
}

static bool has_title(const struct strategy *s, const char *title)
{
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (str_eqz(s->initiatives[i].node.title, title))
            return true;
    }
    return false;
}

static void hostile_titles(void **state)
{
    char *company = hostile_company();
    struct rig r;
    struct strategy *s;

    (void)state;
    begin(&r, company, NULL);
    setenv("JIRA_TOKEN", "t0ken", 1);
    setenv("JIRA_USER", "bot", 1);
    if (init(&r, ARGS("--github", "acme/odd", "--github-url", r.github, "--jira",
                      r.jira)) != 0)
        fail_msg("%s", buf_cstr(&r.err));
    assert_null(strchr(buf_cstr(&r.out), '\x1b'));
    check_both(&r);
    s = read_back(&r);
    assert_int_equal(s->n_initiatives, 2 * ARRAY_LEN(hostile));
    assert_int_equal(s->n_objectives, 1);
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        if (!has_title(s, hostile[i]))
            fail_msg("'%s' is not there", hostile[i]);
    }
    strategy_unref(s);
    free(company);
    end(&r);
}

/* Three pages, and those that are closed are none. */
static void three_hundred_milestones(void **state)
{
    json_t *list = json_array(), *company;
    struct rig r;
    struct strategy *s;
    char title[40], *text;

    (void)state;
    for (int i = 1; i <= 310; i++) {
        snprintf(title, sizeof(title), "Step %d of many", i);
        json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "number", i, "title",
                                              title, "state",
                                              i <= 300 ? "open" : "closed"));
    }
    company = json_pack("{s:{s:[{s:s, s:o}]}}", "github", "repos", "name", "acme/many",
                        "milestones", list);
    text = json_dumps(company, 0);
    begin(&r, text, NULL);
    if (init(&r, ARGS("--github", "acme/many", "--github-url", r.github)) != 0)
        fail_msg("%s", buf_cstr(&r.err));
    check_both(&r);
    s = read_back(&r);
    assert_int_equal(s->n_initiatives, 300);
    assert_true(has_title(s, "Step 300 of many"));
    assert_false(has_title(s, "Step 301 of many"));
    strategy_unref(s);
    json_decref(company);
    free(text);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known),
        cmocka_unit_test(one_file_is_there),
        cmocka_unit_test(usage),
        cmocka_unit_test(trackers_of_a_company),
        cmocka_unit_test(data_center),
        cmocka_unit_test(refused),
        cmocka_unit_test(an_empty_repository),
        cmocka_unit_test(hostile_titles),
        cmocka_unit_test(three_hundred_milestones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

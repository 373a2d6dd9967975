/* Settings of a GitHub source: wrong ones, its fingerprint, the connector's table. */
#include "tests/unit/github_issues_rig.h"

struct reports {
    size_t n;
    char last[200];
};

static void note_report(void *arg, const char *key, const char *message)
{
    struct reports *got = arg;

    got->n++;
    snprintf(got->last, sizeof got->last, "%s: %s", key, message);
}

static void configuration(void **state)
{
    static const struct {
        const char *repos[4];
        size_t reports;
        const char *last;
    } row[] = {
        {{"acme/web", "acme/.github", "a-b/c_d.e"}, 0, ""},
        {{NULL}, 1, "repos: at least one repository is needed, or 'org'"},
        {{"acme"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/"}, 1, "repos: a repository is written owner/repository"},
        {{"/web"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/web/x"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/.."}, 1, "repos: a repository is written owner/repository"},
        {{"acme/w b"}, 1, "repos: a repository is written owner/repository"},
        {{"acme/web?x"}, 1, "repos: a repository is written owner/repository"},
        {{"https://github.com/acme/web"},
         1,
         "repos: a repository is written owner/repository"},
        {{"acme/web", "acme/pay", "ACME/Web"},
         1,
         "repos: a repository is listed twice"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct reports got = {.last = ""};
        struct err e;

        r->own.repos.n = 0;
        for (size_t j = 0; j < 4 && row[i].repos[j] != NULL; j++) {
            rig_repo(r, row[i].repos[j]);
        }
        github_ops.check(&r->conf, note_report, &got);
        assert_int_equal(got.n, row[i].reports);
        assert_string_equal(got.last, row[i].last);
        /* Unchecked, it is still an error and no request. */
        if (row[i].reports > 0 && row[i].repos[0] != NULL && row[i].repos[1] == NULL) {
            struct tracker_start start = {.now = r->now};
            struct tracker *t;

            assert_false(github_ops.create(&r->conf, &start, &t, &e));
            assert_int_equal(e.kind, ERR_CONFIG);
        }
    }
}

static void wrong_urls(void **state)
{
    static const char *const urls[] = {
        "ftp://api.github.com",
        "https://",
        "https://a b",
        "https://api.github.com/",
        "https://api.github.com?x=1",
        "https://u@api.github.com",
        "api.github.com",
        "https://api.github.com:0",
        "https://api.github.com:99999",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct tracker_start start = {.now = r->now};
        struct tracker *t;
        struct err e;

        r->conf.url = str_of(urls[i]);
        if (github_ops.create(&r->conf, &start, &t, &e)) {
            fail_msg("taken: %s", urls[i]);
        }
        assert_int_equal(e.kind, ERR_CONFIG);
    }
    r->conf.url = STR_NONE;
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
}

static void fingerprints(void **state)
{
    struct rig *r = rig_of(state);
    uint64_t before = github_ops.fingerprint(&r->conf);
    struct str types[] = {STR("Epic"), STR("Feature")};
    struct str joined[] = {STR("EpicFeature")};
    struct str_pair fields[] = {{STR("status"), STR("Stage")},
                                {STR("points"), STR("Size")}};

    r->own.token.value = STR("another");
    rig_repo(r, "acme/pay");
    assert_true(github_ops.fingerprint(&r->conf) == before);
    r->conf.url = STR_NONE; /* the default, which it was */
    assert_true(github_ops.fingerprint(&r->conf) == before);

    r->conf.url = STR("https://ghe.acme.com/api/v3");
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.history = SPAN_MS(1);
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.none = true;
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.types = (struct str_list){types, 2};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.types = (struct str_list){joined, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.epics.labels = r->conf.epics.types;
    r->conf.epics.types = (struct str_list){NULL, 0};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.in_progress = (struct str_list){joined, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    r->conf.fields = (struct str_pair_list){fields, 1};
    assert_true(github_ops.fingerprint(&r->conf) != before);
    before = github_ops.fingerprint(&r->conf);
    /* All fields are read, whatever they mean. */
    r->conf.fields.n = 2;
    assert_true(github_ops.fingerprint(&r->conf) == before);
}

static void the_table(void **state)
{
    (void)state;
    assert_string_equal(github_ops.name, "github");
    assert_string_equal(github_ops.default_url, "https://api.github.com");
    assert_int_equal(github_ops.conf_size, sizeof(struct github_conf));
    for (const struct conf_key *k = github_ops.keys; k->name != NULL; k++) {
        assert_true(k->offset < sizeof(struct github_conf));
        assert_non_null(k->doc);
    }
    github_ops.destroy(NULL);
    assert_ptr_equal(tracker_find(STR("github")), &github_ops);
    assert_string_equal(tracker_find(STR("jira"))->name, "jira");
    assert_null(tracker_find(STR("GitHub")));
    assert_null(tracker_find(STR_NONE));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(configuration),
        CASE(wrong_urls),
        CASE(fingerprints),
        CASE(the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Settings of a Jira source: wrong combinations, projects, fingerprint, JQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "connectors/trackers/jira/jira_conf.h"
#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_reply.h"

static struct str one(const char *z)
{
    return str_of(z);
}

/* ---- check ---- */

struct report {
    char keys[200];
};

static void report(void *arg, const char *key, const char *message)
{
    struct report *r = arg;

    assert_true(strlen(message) > 10);
    (void)strncat(r->keys, key, sizeof r->keys - strlen(r->keys) - 1);
    (void)strncat(r->keys, " ", sizeof r->keys - strlen(r->keys) - 1);
}

static const struct {
    const char *jql, *include, *user, *field, *value;
    bool token;
    const char *keys;
} rows[] = {
    {"", "", "", "", "", false, ""},
    {"labels = x", "", "", "", "", false, ""},
    {"labels = x", "PAY", "", "", "", false, "jql "},
    {"labels = x order by updated", "", "", "", "", false, "jql "},
    {"labels = x\nORDER\t BY updated", "", "", "", "", false, "jql "},
    {"(labels = x)ORDER BY x", "", "", "", "", false, "jql "},
    {"order by key", "", "", "", "", false, "jql "},
    {"text ~ \"order by\"", "", "", "", "", false, ""},
    {"text ~ \"a\\\" order by \"", "", "", "", "", false, ""},
    {"text ~ 'order by' AND reorder = by", "", "", "", "", false, ""},
    {"\"Sort order\" = x AND order = byte", "", "", "", "", false, ""},
    {"", "", "bot", "", "", false, "user "},
    {"", "", "bot", "", "", true, ""},
    {"", "", "b:t", "", "", true, "user "},
    {"", "", "", "points", "auto", true, ""},
    {"", "", "", "initiative", "auto", true, "fields.initiative "},
    {"", "", "", "initiative", "Auto pilot", true, ""},
};

static void wrong_combinations_are_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str include = one(rows[i].include);
        struct str_pair field = {one(rows[i].field), one(rows[i].value)};
        struct jira_conf own = {.user = one(rows[i].user), .jql = one(rows[i].jql)};
        struct tracker_conf conf = {.own = &own};
        struct report r = {""};

        own.projects.include = (struct str_list){&include, include.n > 0};
        own.token.from = rows[i].token ? SECRET_FILE : SECRET_NONE;
        conf.fields = (struct str_pair_list){&field, field.key.n > 0};
        conf.url = STR("https://jira.acme.com");
        jira_check(&conf, report, &r);
        assert_string_equal(r.keys, rows[i].keys);
        conf.url = STR("https://acme.atlassian.net");
        r.keys[0] = '\0';
        jira_check(&conf, report, &r);
        /* There a token alone is wrong, too. */
        assert_int_equal(strstr(r.keys, "token ") != NULL,
                         rows[i].token && own.user.n == 0);
    }
}

/* ---- projects ---- */

static void projects_are_matched_by_globs(void **state)
{
    struct str include[] = {STR("PAY"), STR("w*")}, exclude[] = {STR("*X")};
    const struct {
        const char *key;
        size_t n_include, n_exclude;
        bool want;
    } cases[] = {
        {"PAY", 0, 0, true},   {"PAY", 2, 1, true}, {"pay", 2, 1, true},
        {"PAYX", 2, 1, false}, {"WEB", 2, 1, true}, {"WEBX", 2, 0, true},
        {"WEBX", 2, 1, false}, {"HR", 2, 1, false}, {"HR", 0, 1, true},
    };
    struct arena *a = arena_create(1 << 20);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct jira_conf own = {{0}};

        own.projects.include = (struct str_list){include, cases[i].n_include};
        own.projects.exclude = (struct str_list){exclude, cases[i].n_exclude};
        assert_int_equal(jira_wants_project(&own, one(cases[i].key), a), cases[i].want);
    }
    arena_destroy(a);
}

/* ---- fingerprint ---- */

/* All that decides what is pulled and how it is read, and no secret. */
static void the_fingerprint_follows_what_is_pulled(void **state)
{
    struct str pay = STR("PAY"), web = STR("WEB");
    struct str_pair field = {STR("initiative"), STR("Bet")};
    struct jira_conf owns[] = {
        {.user = STR("other")},
        {.projects = {.include = {&pay, 1}}},
        {.projects = {.include = {&web, 1}}},
        {.projects = {.exclude = {&pay, 1}}},
        {.jql = STR("labels = x")},
        {.discarded = {&pay, 1}},
        {.blocked_by = {&pay, 1}},
    };
    struct jira_conf plain = {{0}};
    struct tracker_conf confs[] = {
        {.url = STR("https://a")},        {.history = SPAN_MS(1)},
        {.history = SPAN_WD(1)},          {.epics = {.types = {&pay, 1}}},
        {.epics = {.labels = {&pay, 1}}}, {.epics = {.none = true}},
        {.link_types = {&pay, 1}},        {.in_progress = {&pay, 1}},
        {.fields = {&field, 1}},
    };
    uint64_t seen[32];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(owns); i++) {
        seen[n++] = jira_fingerprint(&(struct tracker_conf){.own = &owns[i]});
    }
    for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
        confs[i].own = &plain;
        seen[n++] = jira_fingerprint(&confs[i]);
    }
    seen[n++] = jira_fingerprint(&(struct tracker_conf){.own = &plain});
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_true(seen[i] != seen[k]);
        }
    }
    plain.token = (struct secret){.from = SECRET_ENV, .value = STR("rotated")};
    assert_true(jira_fingerprint(&(struct tracker_conf){
                    .own = &plain, .name = STR("renamed"), .interval = SPAN_MS(5)}) ==
                seen[n - 1]);
}

/* ---- JQL ---- */

static void jql_is_quoted_and_bounded(void **state)
{
    const struct str keys[] = {STR("PAY"), STR("A\"B\\")};
    const struct {
        struct jql_query q;
        const char *want;
    } cases[] = {
        {{.projects = keys, .n_projects = 1, .states = JQL_OPEN},
         "project = \"PAY\" AND statusCategory != Done"},
        {{.projects = keys, .n_projects = 2, .since = {5}},
         "project in (\"PAY\",\"A\\\"B\\\\\") AND updated >= 5"},
        {{.within = STR("a = 1 OR b = 2"), .states = JQL_CLOSED, .since = {-5}},
         "(a = 1 OR b = 2) AND statusCategory = Done AND updated >= -5"},
        {{.within = STR("x"), .since = {60000}, .dates = JQL_RELATIVE, .now = {180000}},
         "(x) AND updated >= -4m"},
        {{.within = STR("x"), .since = {60000}, .dates = JQL_RELATIVE, .now = {179999}},
         "(x) AND updated >= -3m"},
        {{.within = STR("x"), .since = {180000}, .dates = JQL_RELATIVE, .now = {60000}},
         "(x) AND updated >= -2m"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b, want;

        buf_init(&b, 4096);
        buf_init(&want, 4096);
        jql_print(&b, &cases[i].q);
        buf_printf(&want, "%s ORDER BY updated ASC, key ASC", cases[i].want);
        assert_string_equal(buf_cstr(&b), buf_cstr(&want));
        buf_finish(&b);
        buf_finish(&want);
    }
}

static void addresses_are_percent_encoded(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    jql_percent(&b, STR("aZ09-._~ =&?#/%\"\xc3\xa9\n"));
    assert_string_equal(buf_cstr(&b), "aZ09-._~%20%3D%26%3F%23%2F%25%22%C3%A9%0A");
    buf_finish(&b);
}

/* ---- back-off ---- */

static void backoff_follows_the_recipe(void **state)
{
    static const int64_t base[] = {2000, 4000, 8000, 16000, 30000, 30000};

    (void)state;
    for (unsigned tries = 1; tries <= ARRAY_LEN(base); tries++) {
        int64_t least = INT64_MAX, most = 0;

        for (uint64_t random = 0; random < 601; random++) {
            int64_t ms = jira_backoff(tries, random).ms;

            least = ms < least ? ms : least;
            most = ms > most ? ms : most;
        }
        assert_int_equal(least, base[tries - 1] * 7 / 10);
        assert_int_equal(most, base[tries - 1] * 13 / 10);
    }
    assert_true(jira_backoff(UINT32_MAX, UINT64_MAX).ms <= 39000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_combinations_are_reported),
        cmocka_unit_test(projects_are_matched_by_globs),
        cmocka_unit_test(the_fingerprint_follows_what_is_pulled),
        cmocka_unit_test(jql_is_quoted_and_bounded),
        cmocka_unit_test(addresses_are_percent_encoded),
        cmocka_unit_test(backoff_follows_the_recipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

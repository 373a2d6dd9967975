/* JQL: what a query matches, in which order, and what Jira says to the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "tests/support/vendors/jql.h"

#define NOW "2026-11-22T12:00:00Z"

static const struct row {
    int64_t id;
    const char *key, *project, *status, *type, *label, *component;
    enum jql_category category;
    const char *created, *updated;
} issues[] = {
    {10001, "PAY-1", "PAY", "To Do", "Epic", "grow", NULL, JQL_NEW,
     "2026-01-01T00:00:00Z", "2026-11-22T11:50:00Z"},
    {10002, "PAY-2", "PAY", "In Progress", "Story", NULL, "Reminders",
     JQL_INDETERMINATE, "2026-02-01T00:00:00Z", "2026-11-22T11:40:00.500Z"},
    {10003, "PAY-10", "PAY", "Done", "Bug", "bug", NULL, JQL_DONE,
     "2026-03-01T00:00:00Z", "2026-11-01T09:00:00Z"},
    {20001, "WEB-1", "WEB", "Done", "Story", "grow", NULL, JQL_DONE,
     "2026-04-01T00:00:00Z", "2026-11-01T09:00:00Z"},
    {20002, "WEB-2", "WEB", "In Progress", "Epic", NULL, NULL, JQL_INDETERMINATE,
     "2026-05-01T00:00:00Z", "2026-06-01T10:30:00Z"},
};

static struct wall at(const char *iso)
{
    struct wall t;

    assert_true(date_parse_iso(str_of(iso), &t));
    return t;
}

static bool has(const void *issue, char list, struct str value)
{
    const struct row *r = issue;
    const char *have = list == 'l' ? r->label : r->component;

    return have && str_eq_nocase(value, str_of(have));
}

static bool is_empty(const void *issue, char list)
{
    const struct row *r = issue;

    return (list == 'l' ? r->label : r->component) == NULL;
}

static struct jql_issue look(const struct row *r)
{
    return (struct jql_issue){.id = r->id,
                              .key = r->key,
                              .project = r->project,
                              .status = r->status,
                              .type = r->type,
                              .category = r->category,
                              .created = at(r->created),
                              .updated = at(r->updated),
                              .has = has,
                              .is_empty = is_empty,
                              .issue = r};
}

static bool has_project(void *arg, struct str name, const char **ret_key)
{
    (void)arg;
    if (str_eq_nocase(name, STR("PAY")) || str_eq_nocase(name, STR("Payments"))) {
        *ret_key = "PAY";
        return true;
    }
    *ret_key = "WEB";
    return str_eq_nocase(name, STR("WEB"));
}

static bool has_issue(void *arg, struct str key)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(issues); i++) {
        uint64_t id;

        if (str_eq_nocase(key, str_of(issues[i].key)) ||
            (str_to_u64(key, &id) && (int64_t)id == issues[i].id)) {
            return true;
        }
    }
    return false;
}

struct setting {
    const char *zone;
    bool no_epoch, lenient;
};

static struct jql *parse(const char *text, struct setting s, struct jira_zone **ret_zone,
                         struct buf *why)
{
    struct err e = {0};
    struct jql_site site = {.now = at(NOW),
                            .epoch = !s.no_epoch,
                            .strict = !s.lenient,
                            .has_project = has_project,
                            .has_issue = has_issue};

    *ret_zone = jira_zone_load(s.zone ? s.zone : "UTC", &e);
    assert_non_null(*ret_zone);
    site.zone = *ret_zone;
    buf_init(why, 4096);
    return jql_parse(str_of(text), &site, why);
}

static int by_query(const void *a, const void *b, void *q)
{
    const struct row *const *x = a, *const *y = b;
    struct jql_issue ix = look(*x), iy = look(*y);

    return jql_compare(q, &ix, &iy);
}

/* The keys of what matches, in order, with blanks between. */
static void keys(const struct jql *q, struct buf *out)
{
    const struct row *found[ARRAY_LEN(issues)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(issues); i++) {
        struct jql_issue seen = look(&issues[i]);

        if (jql_matches(q, &seen)) {
            found[n++] = &issues[i];
        }
    }
    {
        void *query = NULL;

        memcpy(&query, &q, sizeof query);
        qsort_r(found, n, sizeof found[0], by_query, query);
    }
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s%s", i ? " " : "", found[i]->key);
    }
}

static void expect(const char *query, struct setting s, const char *expected)
{
    struct jira_zone *z;
    struct buf why, got;
    struct jql *q = parse(query, s, &z, &why);

    buf_init(&got, 4096);
    if (!q) {
        fail_msg("%s: %s", query, buf_cstr(&why));
    }
    keys(q, &got);
    if (strcmp(buf_cstr(&got), expected) != 0) {
        fail_msg("%s\n  gives    %s\n  expected %s", query, buf_cstr(&got), expected);
    }
    jql_destroy(q);
    jira_zone_destroy(z);
    buf_finish(&why);
    buf_finish(&got);
}

static void refuse(const char *query, struct setting s, const char *expected)
{
    struct jira_zone *z;
    struct buf why;
    struct jql *q = parse(query, s, &z, &why);

    if (q) {
        fail_msg("%s is taken", query);
    }
    if (!strstr(buf_cstr(&why), expected)) {
        fail_msg("%s\n  says     %s\n  expected %s", query, buf_cstr(&why), expected);
    }
    jira_zone_destroy(z);
    buf_finish(&why);
}

static void terms_match_what_jira_would(void **state)
{
    static const struct {
        const char *query, *expected;
    } rows[] = {
        {"", "PAY-1 PAY-2 PAY-10 WEB-1 WEB-2"},
        {"project = PAY", "PAY-1 PAY-2 PAY-10"},
        {"project = \"Payments\"", "PAY-1 PAY-2 PAY-10"},
        {"PROJECT in (pay, 'WEB') AND status = done", "PAY-10 WEB-1"},
        {"project not in (WEB)", "PAY-1 PAY-2 PAY-10"},
        {"project != WEB", "PAY-1 PAY-2 PAY-10"},
        {"statusCategory != Done", "PAY-1 PAY-2 WEB-2"},
        {"statusCategory = \"In Progress\"", "PAY-2 WEB-2"},
        {"statusCategory in (new, 3)", "PAY-1 PAY-10 WEB-1"},
        {"updated >= 1795347900000", "PAY-1"}, /* 11:45 */
        {"updated >= -15m", "PAY-1"},
        {"updated >= \"-15m\"", "PAY-1"},
        {"updated >= \"2026/11/22 11:40\"", "PAY-1 PAY-2"},
        {"updated > \"2026/11/22 11:50\"", ""},
        {"updated <= \"2026-11-01 09:00\"", "PAY-10 WEB-1 WEB-2"},
        {"updated < '2026/11/01 09:00'", "WEB-2"},
        {"updated < '2026/11/01'", "WEB-2"},
        {"created >= \"2026/03/01\" AND created < \"2026/05/01\"", "PAY-10 WEB-1"},
        {"id in (10001, 20002)", "PAY-1 WEB-2"},
        {"key in (PAY-1, WEB-2)", "PAY-1 WEB-2"},
        {"issuekey = pay-10", "PAY-10"},
        {"id > 10002", "PAY-10 WEB-1 WEB-2"},
        {"id > 15000 AND project = PAY", ""},
        {"labels = grow", "PAY-1 WEB-1"},
        /* An issue without any label is in neither set. */
        {"labels != grow", "PAY-10"},
        {"labels not in (bug)", "PAY-1 WEB-1"},
        {"labels is EMPTY", "PAY-2 WEB-2"},
        {"labels is not EMPTY", "PAY-1 PAY-10 WEB-1"},
        {"component = Reminders", "PAY-2"},
        {"issuetype = Epic OR type in (Bug)", "PAY-1 PAY-10 WEB-2"},
        {"(project = PAY OR project = WEB) AND NOT (statusCategory = Done)",
         "PAY-1 PAY-2 WEB-2"},
        {"project = PAY AND statusCategory = Done OR project = WEB",
         "PAY-10 WEB-1 WEB-2"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        expect(rows[i].query, (struct setting){0}, rows[i].expected);
    }
}

static void orders_are_total(void **state)
{
    static const struct {
        const char *query, *expected;
    } rows[] = {
        {"ORDER BY updated ASC, key ASC", "WEB-2 PAY-10 WEB-1 PAY-2 PAY-1"},
        {"ORDER BY updated ASC, key DESC", "WEB-2 WEB-1 PAY-10 PAY-2 PAY-1"},
        {"order by updated", "PAY-1 PAY-2 PAY-10 WEB-1 WEB-2"},
        {"project = PAY ORDER BY key DESC", "PAY-10 PAY-2 PAY-1"},
        {"ORDER BY id DESC", "WEB-2 WEB-1 PAY-10 PAY-2 PAY-1"},
        {"ORDER BY created DESC", "WEB-2 WEB-1 PAY-10 PAY-2 PAY-1"},
        {"ORDER BY project DESC, created ASC", "WEB-1 WEB-2 PAY-1 PAY-2 PAY-10"},
        /* Without an order: by id, so that pages are stable. */
        {"statusCategory = Done", "PAY-10 WEB-1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        expect(rows[i].query, (struct setting){0}, rows[i].expected);
    }
}

static void quoted_dates_are_in_the_users_zone(void **state)
{
    struct setting berlin = {.zone = "Europe/Berlin"};

    (void)state;
    /* 11:40 UTC is 12:40 in Berlin in November, 10:30 UTC is 12:30 in June. */
    expect("updated >= \"2026/11/22 12:40\"", berlin, "PAY-1 PAY-2");
    expect("updated >= \"2026/11/22 12:41\"", berlin, "PAY-1");
    expect("updated >= \"2026/11/22 11:41\"", berlin, "PAY-1 PAY-2");
    expect("updated <= \"2026/06/01 12:30\"", berlin, "WEB-2");
    expect("updated <= \"2026/06/01 12:29\"", berlin, "");
    /* Milliseconds and periods know no zone. */
    expect("updated >= 1795347900000", berlin, "PAY-1");
    expect("updated >= -15m", berlin, "PAY-1");
    /* 02:30 on the day the clocks go forward is 01:00 UTC: after it, everything. */
    expect("project = PAY AND updated > \"2026/03/29 02:30\"", berlin,
           "PAY-1 PAY-2 PAY-10");
}

static void the_rest_is_refused_in_jiras_words(void **state)
{
    static const struct {
        const char *query, *why;
    } rows[] = {
        {"project = NOPE", "The value 'NOPE' does not exist for the field 'project'."},
        {"project in (PAY, HR*)", "The character '*' is a reserved JQL character."},
        {"project ~ PAY", "The operator '~' is not supported by the 'project' field."},
        {"project > PAY", "The operator '>' is not supported by the 'project' field."},
        {"colour = red", "Field 'colour' does not exist or you do not have permission"},
        {"updated >= yesterday",
         "Date value 'yesterday' for field 'updated' is invalid."},
        {"updated >= \"1795347900000\"", "Date value '1795347900000'"},
        {"updated >= \"2026/13/01\"", "Date value '2026/13/01'"},
        {"updated >= \"2026/11/22 12:00:00\"", "Date value '2026/11/22 12:00:00'"},
        {"updated >= startOfDay()", "Unable to find JQL function 'startOfDay()'."},
        {"statusCategory = Fertig", "The value 'Fertig' does not exist for the field"},
        {"key in (PAY-1, PAY-99)",
         "An issue with key 'PAY-99' does not exist for field"},
        {"id = 99", "A value with ID '99' does not exist for the field 'id'."},
        {"project", "Expecting operator, one of"},
        {"project =", "Expecting either a value, list or function at the end"},
        {"project = PAY updated > -1d",
         "Expecting either 'OR' or 'AND' but got 'updated'"},
        {"project in PAY", "Expecting '(' but got 'PAY'."},
        {"project in (PAY", "Expecting ',' or ')' at the end of the query."},
        {"project in ()", "Expecting either a value, list or function but got ')'."},
        {"(project = PAY", "Expecting ')' at the end of the query."},
        {"project = PAY AND", "Expecting a field name at the end of the query."},
        {"project = order", "'order' is a reserved JQL word."},
        {"project = \"PAY", "The quoted string 'PAY' has not been completed."},
        {"project = PAY ORDER updated", "Expecting 'BY' but got 'updated'."},
        {"project = PAY ORDER BY colour", "Not able to sort using field 'colour'."},
        {"project = PAY ORDER BY updated SIDEWAYS",
         "Expecting ',' but got 'SIDEWAYS'."},
        {"project =\n  NOPE =", "The value 'NOPE'"},
        {"project = PAY\nAND colour", "Field 'colour'"},
        {"project = PAY\nAND updated @ 1", "(line 2, character 13)"},
        {"labels is grow", "Expecting 'EMPTY' or 'NULL' but got 'grow'."},
        {"project = PAY ORDER BY id, id, id, id, id, id, id, id",
         "at most seven fields"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        refuse(rows[i].query, (struct setting){0}, rows[i].why);
    }
}

static void settings_change_what_is_taken(void **state)
{
    (void)state;
    refuse("updated >= 1795347900000", (struct setting){.no_epoch = true},
           "Date value '1795347900000' for field 'updated' is invalid.");
    expect("updated >= -15m", (struct setting){.no_epoch = true}, "PAY-1");
    expect("key in (PAY-1, PAY-99)", (struct setting){.lenient = true}, "PAY-1");
}

static void deep_nesting_ends(void **state)
{
    struct buf deep;

    (void)state;
    buf_init(&deep, 4096);
    for (size_t i = 0; i < 200; i++) {
        buf_addc(&deep, '(');
    }
    refuse(buf_cstr(&deep), (struct setting){0}, "fewer levels");
    buf_finish(&deep);
    /* Side by side is not deep. */
    buf_init(&deep, 8192);
    for (size_t i = 0; i < 100; i++) {
        buf_printf(&deep, "%s(project = PAY)", i ? " AND " : "");
    }
    expect(buf_cstr(&deep), (struct setting){0}, "PAY-1 PAY-2 PAY-10");
    buf_finish(&deep);
}

static void bounds_are_seen(void **state)
{
    static const struct {
        const char *query;
        bool bounded;
    } rows[] = {{"project = PAY", true}, {"", false}, {"ORDER BY updated", false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jira_zone *z;
        struct buf why;
        struct jql *q = parse(rows[i].query, (struct setting){0}, &z, &why);

        assert_non_null(q);
        assert_int_equal(jql_is_bounded(q), rows[i].bounded);
        jql_destroy(q);
        jira_zone_destroy(z);
        buf_finish(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_match_what_jira_would),
        cmocka_unit_test(orders_are_total),
        cmocka_unit_test(quoted_dates_are_in_the_users_zone),
        cmocka_unit_test(the_rest_is_refused_in_jiras_words),
        cmocka_unit_test(settings_change_what_is_taken),
        cmocka_unit_test(deep_nesting_ends),
        cmocka_unit_test(bounds_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

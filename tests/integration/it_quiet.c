/*
 * What it costs when nothing happens: once the first syncs are over, a cycle of
 * GitHub is one conditional request for each repository, a cycle of Jira one
 * search: its set-up is remembered for an hour. Nothing is posted, no row changes
 * but the source's own, and of the log of the database at most two pages are
 * written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <unistd.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"
#include "tests/support/wait.h"

enum { CYCLES = 3, MAX_PAGES = 2, DUMP_CEILING = 4 << 20 };

/*
 * Everything is old but one issue in each place: what changed just before the
 * source was first read is found again by every search, which starts a little
 * before the time it has seen.
 */
static const char company[] =
    "{\"people\": [{\"id\": \"ben\", \"name\": \"Ben Okoro\", \"github\": \"ben\","
    "  \"jira\": \"ben\", \"jira_name\": \"ben\"}],"
    " \"github\": {\"repos\": ["
    "  {\"name\": \"acme/web\", \"id\": 1, \"issues\": ["
    "   {\"number\": 1, \"title\": \"Old epic\", \"labels\": [\"epic\"],"
    "    \"created\": \"-9d\", \"updated\": \"-8d\", \"author\": \"ben\"},"
    "   {\"number\": 2, \"title\": \"Story\", \"parent\": 1,"
    "    \"created\": \"-9d\", \"updated\": \"-40s\", \"author\": \"ben\"}]},"
    "  {\"name\": \"acme/pay\", \"id\": 2, \"issues\": ["
    "   {\"number\": 1, \"title\": \"Linked\","
    "    \"labels\": [\"epic\", \"initiative:onboarding\"],"
    "    \"created\": \"-9d\", \"updated\": \"-8d\", \"author\": \"ben\"}]}]},"
    " \"jira\": {\"projects\": ["
    "  {\"key\": \"PAY\", \"name\": \"Payments\", \"id\": 10001, \"issues\": ["
    "   {\"key\": \"PAY-1\", \"summary\": \"Old epic\", \"type\": \"Epic\","
    "    \"status\": \"In Progress\", \"created\": \"-9d\", \"updated\": \"-8d\"},"
    "   {\"key\": \"PAY-2\", \"summary\": \"Story\", \"type\": \"Story\","
    "    \"status\": \"To Do\", \"parent\": \"PAY-1\", \"created\": \"-9d\","
    "    \"updated\": \"-40s\"}]},"
    "  {\"key\": \"WEB\", \"name\": \"Web\", \"id\": 10002, \"issues\": ["
    "   {\"key\": \"WEB-1\", \"summary\": \"Linked\", \"type\": \"Epic\","
    "    \"status\": \"To Do\", \"labels\": [\"initiative:onboarding\"],"
    "    \"created\": \"-9d\", \"updated\": \"-50s\"}]}]}}";

#define CONFIG(source)                                                                 \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "baseline: off\n"                                                                  \
    "sources:\n" source "channels:\n"                                                  \
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"                 \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"                   \
    "rules:\n"                                                                         \
    "  unlinked-work: { for: 0s }\n"                                                   \
    "  missing-middle: off\n"                                                          \
    "  kr-unmeasurable: off\n"

/* ---- what the database holds ---- */

struct shot {
    struct buf rows; /* all of them, but for what a source keeps of its last sync */
    struct rig_wal wal;
};

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    return st;
}

static bool is_bookkeeping(const char *table, const char *column)
{
    static const char *const of_source[] = {
        "last_try", "last_ok", "rate_limit", "rate_remaining", "rate_reset", "skew"};

    for (size_t i = 0; i < ARRAY_LEN(of_source); i++) {
        if (strcmp(table, "source") == 0 && strcmp(column, of_source[i]) == 0)
            return true;
    }
    return false;
}

static void dump_table(sqlite3 *db, const char *table, struct buf *out)
{
    char sql[200];
    sqlite3_stmt *st;

    snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1", table);
    st = prepare(db, sql);
    while (sqlite3_step(st) == SQLITE_ROW) {
        buf_addz(out, table);
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            const char *name = sqlite3_column_name(st, i);

            if (!is_bookkeeping(table, name))
                buf_printf(out, " %s=%s", name,
                           (const char *)sqlite3_column_text(st, i));
        }
        buf_addc(out, '\n');
    }
    sqlite3_finalize(st);
}

static void dump_rows(sqlite3 *db, struct buf *out)
{
    sqlite3_stmt *st = prepare(db, "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                   " ORDER BY name");

    buf_init(out, DUMP_CEILING);
    while (sqlite3_step(st) == SQLITE_ROW)
        dump_table(db, (const char *)sqlite3_column_text(st, 0), out);
    sqlite3_finalize(st);
    assert_true(buf_ok(out));
}

static void take_shot(struct rig *r, struct shot *s)
{
    sqlite3 *db = rig_database(r);

    dump_rows(db, &s->rows);
    sqlite3_close(db);
    rig_wal(r, &s->wal);
}

/* ---- what was asked ---- */

static size_t count_requests(json_t *all, const char *part, int status,
                             bool conditional)
{
    json_t *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
    {
        const char *target = json_string_value(json_object_get(one, "target"));
        const json_t *headers = json_object_get(one, "headers");

        n += strstr(target, part) != NULL &&
             json_integer_value(json_object_get(one, "status")) == status &&
             (json_object_get(headers, "If-None-Match") != NULL) == conditional;
    }
    return n;
}

static json_t *requests(struct rig *r)
{
    return rig_control(r, "/_control/requests", NULL);
}

/* Those since the list `before` was taken. */
static json_t *requests_since(struct rig *r, json_t *before)
{
    json_t *all = requests(r), *fresh = json_array();

    for (size_t i = json_array_size(before); i < json_array_size(all); i++)
        json_array_append(fresh, json_array_get(all, i));
    json_decref(all);
    return fresh;
}

/* ---- the rig ---- */

static void setup(struct rig *r, const char *config)
{
    rig_init(r);
    rig_company(r, company, NULL);
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", config);
}

/* Suggestions follow in idle time. */
static bool has_suggestions(void *arg)
{
    sqlite3 *db = rig_database(arg);
    sqlite3_stmt *st = prepare(
        db, "SELECT (SELECT count(*) FROM suggest_todo) = 0 AND (SELECT count(*) FROM"
            " meta WHERE key = 'suggest_strategy') = 1 AND (SELECT coalesce(sum(value),"
            " 0) FROM meta WHERE key = 'suggest_trying') = 0");
    bool over = sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) != 0;

    sqlite3_finalize(st);
    sqlite3_close(db);
    return over;
}

/* The first walk, its message, the daily house-keeping, and a look at each scope that
   finds nothing, after which its ETag is known. */
static void start_and_settle(struct rig *r)
{
    rig_start(r, NULL);
    rig_await_messages(r, 1);
    rig_await(r, "/v1/status", "/channels/0/queued", "0");
    rig_await_backup(r);
    if (!wait_until(has_suggestions, r, RIG_LIMIT))
        fail_msg("suggestions are never up to date");
    rig_cycle(r);
    rig_cycle(r);
}

static void assert_same_rows(const char *before, const char *after)
{
    size_t at = 0;

    while (before[at] != '\0' && before[at] == after[at])
        at++;
    while (at > 0 && before[at - 1] != '\n')
        at--;
    if (strcmp(before, after) != 0)
        fail_msg("a row changed:\n%.*s\n%.*s", (int)strcspn(before + at, "\n"),
                 before + at, (int)strcspn(after + at, "\n"), after + at);
}

/* Some quiet cycles of one source; the caller decrefs their requests. */
static json_t *quiet_cycles(struct rig *r)
{
    size_t told = rig_message_count(r);
    struct shot before, after;
    json_t *asked, *fresh;

    take_shot(r, &before);
    asked = requests(r);
    for (int i = 0; i < CYCLES; i++)
        rig_cycle(r);
    fresh = requests_since(r, asked);
    take_shot(r, &after);

    assert_same_rows(buf_cstr(&before.rows), buf_cstr(&after.rows));
    assert_memory_equal(after.wal.salts, before.wal.salts, sizeof before.wal.salts);
    print_message("%d quiet cycles: %zu requests, %zu pages of the log\n", CYCLES,
                  json_array_size(fresh), after.wal.pages - before.wal.pages);
    assert_true(after.wal.pages >
                before.wal.pages); /* that it looked is written down */
    assert_true(after.wal.pages - before.wal.pages <= MAX_PAGES * CYCLES);
    assert_int_equal(rig_message_count(r), told);
    assert_int_equal(count_requests(fresh, "/slack", 200, false), 0);
    json_decref(asked);
    buf_finish(&before.rows);
    buf_finish(&after.rows);
    return fresh;
}

static void finish(struct rig *r)
{
    rig_stop(r, 0);
    rig_finish(r);
}

/* ---- the vendors ---- */

static void github_asks_whether_anything_changed(void **state)
{
    struct rig r;
    json_t *asked;

    (void)state;
    setup(&r, CONFIG("  - { name: github, type: github, url: @URL@/github,\n"
                     "      repos: [acme/web, acme/pay], interval: 1h,\n"
                     "      token: { file: @DIR@/token } }\n"));
    start_and_settle(&r);
    asked = quiet_cycles(&r);
    assert_int_equal(count_requests(asked, "/repos/acme/web/issues", 304, true),
                     CYCLES);
    assert_int_equal(count_requests(asked, "/repos/acme/pay/issues", 304, true),
                     CYCLES);
    assert_int_equal(json_array_size(asked), 2 * CYCLES);
    json_decref(asked);
    finish(&r);
}

static void jira_searches_once(const char *config, const char *search)
{
    struct rig r;
    json_t *asked;

    setup(&r, config);
    start_and_settle(&r);
    asked = quiet_cycles(&r);
    assert_int_equal(count_requests(asked, search, 200, false), CYCLES);
    assert_int_equal(json_array_size(asked), CYCLES);
    json_decref(asked);
    finish(&r);
}

static void jira_cloud_searches_once(void **state)
{
    (void)state;
    jira_searches_once(CONFIG("  - { name: jira, type: jira, url: @URL@/jira,\n"
                              "      user: bot@acme.example, interval: 1h,\n"
                              "      token: { file: @DIR@/token },\n"
                              "      projects: { include: [PAY, WEB] } }\n"),
                       "/rest/api/3/search/jql");
}

static void jira_data_center_searches_once(void **state)
{
    (void)state;
    jira_searches_once(CONFIG("  - { name: jira, type: jira, url: @URL@/jira-dc,\n"
                              "      token: { file: @DIR@/token }, interval: 1h,\n"
                              "      projects: { include: [\"*\"] } }\n"),
                       "/rest/api/2/search");
}

/* One expression for all: its projects are known by their issues only. */
static void jira_expression_searches_once(void **state)
{
    (void)state;
    jira_searches_once(CONFIG("  - { name: jira, type: jira, url: @URL@/jira,\n"
                              "      user: bot@acme.example, interval: 1h,\n"
                              "      token: { file: @DIR@/token },\n"
                              "      jql: \"project in (PAY, WEB)\" }\n"),
                       "/rest/api/3/search/jql");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(github_asks_whether_anything_changed),
        cmocka_unit_test(jira_cloud_searches_once),
        cmocka_unit_test(jira_data_center_searches_once),
        cmocka_unit_test(jira_expression_searches_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

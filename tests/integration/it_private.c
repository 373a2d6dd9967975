/*
 * Items that turn private after they were told: by a label, by a security level.
 * Afterwards the socket shows their keys and no word of theirs, whatever is asked,
 * and the database holds none; nor does a message that was frozen before.
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

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: github, type: github, url: @URL@/github, interval: 1h,\n"
    "      repos: [acme/web], token: { file: @DIR@/token },\n"
    "      private: { labels: [confidential] } }\n"
    "  - { name: jira, type: jira, url: @URL@/jira, interval: 1h,\n"
    "      user: bot@acme.example, token: { file: @DIR@/token },\n"
    "      projects: { include: [PAY] } }\n"
    "channels:\n"
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"
    "  - { name: later, type: slack, url: { file: @DIR@/later } }\n"
    "routes:\n"
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off, continue: true }\n"
    "  - { channel: later, group_wait: 0s, group_interval: 0s, budget: off }\n"
    "rules: { unlinked-work: { for: 0s }, missing-middle: off, kr-unmeasurable: off }\n";

static void control_issue(struct rig *r, const char *json)
{
    json_decref(rig_control(r, "/_control/issues", json));
}

struct telling {
    struct rig *r;
    const char *where, *text;
};

static size_t count_told(const struct telling *t)
{
    json_t *all = rig_messages(t->r), *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
    {
        const char *path = json_string_value(json_object_get(one, "path"));
        char *dump = json_dumps(one, 0);

        n += strstr(path, t->where) != NULL && strstr(dump, t->text) != NULL;
        free(dump);
    }
    json_decref(all);
    return n;
}

static bool is_told(void *arg)
{
    return count_told(arg) > 0;
}

static void await_told(struct rig *r, const char *where, const char *text)
{
    struct telling t = {r, where, text};

    if (!wait_until(is_told, &t, RIG_LIMIT))
        fail_msg("%s was not told: %s", where, text);
}

/* ---- where words could be ---- */

static void assert_answer_lacks(struct rig *r, const char *path, const char *word)
{
    json_t *root = rig_get(r, path, 200);
    char *text = json_dumps(root, 0);

    if (strstr(text, word) != NULL)
        fail_msg("GET %s: %s", path, text);
    free(text);
    json_decref(root);
}

static void assert_findings_lack(struct rig *r, const char *word)
{
    json_t *root = rig_get(r, "/v1/findings?all=1&limit=1000", 200), *f;
    size_t i;

    json_array_foreach(json_object_get(root, "findings"), i, f)
    {
        char path[100];

        snprintf(path, sizeof path, "/v1/findings/%s",
                 json_string_value(json_object_get(f, "id")));
        assert_answer_lacks(r, path, word);
    }
    json_decref(root);
}

static void assert_socket_lacks(struct rig *r, const char *word)
{
    static const char *const paths[] = {
        "/v1/status",
        "/v1/findings?all=1&limit=1000",
        "/v1/unlinked?limit=1000",
        "/v1/gaps?limit=1000",
        "/v1/coverage",
        "/v1/initiatives",
        "/v1/audit",
        "/v1/outbox?all=1&bodies=1&limit=1000",
        "/v1/items/acme%2Fweb%239001",
        "/v1/items/acme%2Fweb%239001/why",
        "/v1/items/PAY-9001",
        "/v1/items/PAY-9001/why",
    };

    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_answer_lacks(r, paths[i], word);
    assert_findings_lack(r, word);
}

static void assert_table_lacks(sqlite3 *db, const char *table, const char *word)
{
    char sql[200];
    sqlite3_stmt *st;

    snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int c = 0; c < sqlite3_column_count(st); c++) {
            const char *text = (const char *)sqlite3_column_text(st, c);

            if (text != NULL && strstr(text, word) != NULL)
                fail_msg("%s.%s: %s", table, sqlite3_column_name(st, c), text);
        }
    }
    sqlite3_finalize(st);
}

static void assert_database_lacks(struct rig *r, const char *word)
{
    static const char sql[] = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    struct buf path;
    sqlite3_stmt *st;
    struct err e;
    sqlite3 *db;

    assert_true(tempdir_join(&r->dir, "state/alignd.db", &path, &e));
    assert_int_equal(sqlite3_open_v2(buf_cstr(&path), &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        assert_table_lacks(db, (const char *)sqlite3_column_text(st, 0), word);
    sqlite3_finalize(st);
    sqlite3_close(db);
    buf_finish(&path);
}

/* ---- the story ---- */

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/product");
    rig_write(r, "later", "@URL@/slack/T/B/later");
    rig_write(r, "alignd.yaml", config);
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_fresh(r, 1);
    await_told(r, "later", "no strategic link");
}

/* One of each tracker is told on one channel; on the other the message cannot leave. */
static void tell_both(struct rig *r)
{
    json_decref(rig_control(r, "/_control/faults",
                            "[{\"path\":\"/slack/T/B/later\",\"count\":-1,"
                            "\"action\":\"status\",\"status\":503}]"));
    control_issue(r, "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"number\":9001,"
                     "\"title\":\"Zebra merger\",\"labels\":[\"epic\"],"
                     "\"author\":\"ben\",\"created\":\"now\"}");
    control_issue(r, "{\"tracker\":\"jira\",\"project\":\"PAY\",\"key\":\"PAY-9001\","
                     "\"summary\":\"Zebra layoffs\",\"type\":\"Epic\","
                     "\"status\":\"To Do\",\"reporter\":\"ben\",\"created\":\"now\"}");
    rig_sync(r);
    await_told(r, "product", "Zebra merger");
    await_told(r, "product", "Zebra layoffs");
    /* Over, and told so: what is resolved keeps a row, too. */
    control_issue(r, "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"number\":9001,"
                     "\"labels\":[\"epic\",\"initiative:onboarding\"]}");
    rig_sync(r);
    await_told(r, "product", "Resolved");
}

static void nothing_of_them_is_left(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    tell_both(&r);
    control_issue(&r, "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"number\":9001,"
                      "\"labels\":[\"epic\",\"initiative:onboarding\","
                      "\"Confidential\"]}");
    control_issue(&r, "{\"tracker\":\"jira\",\"key\":\"PAY-9001\","
                      "\"security\":\"Board only\"}");
    rig_sync(&r);
    assert_socket_lacks(&r, "Zebra");
    assert_database_lacks(&r, "Zebra");

    /* What had to wait leaves now, with the keys alone. */
    json_decref(rig_control(&r, "/_control/faults", "[]"));
    json_decref(rig_post(&r, "/v1/sync", NULL, 202));
    await_told(&r, "later", "PAY-9001");
    await_told(&r, "later", "acme/web#9001");
    assert_int_equal(count_told(&(struct telling){&r, "later", "Zebra"}), 0);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_them_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Jira through the real binaries: a quiet cycle is one request, what vanishes
 * gets the fate the tracker tells, a move keeps the item, change logs know what
 * happened between two cycles, scoped tokens go through the gateway.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

#define CONFIG(source)                                                                 \
    "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"          \
    "hours: always\nsources:\n  - { name: jira, type: jira, interval: 1h, " source " }\n"
#define CLOUD "url: @URL@/jira, user: bot, token: { file: @DIR@/token }"
#define DC "url: @URL@/jira-dc, token: { file: @DIR@/token }"
#define GATEWAY "url: @URL@/ex/jira/11223344-a1b2-3b33-c444-def123456789"

static void start(struct rig *r, const char *config, const char *token)
{
    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", token);
    rig_write(r, "alignd.yaml", config);
    rig_start(r, NULL);
}

static void settle(struct rig *r)
{
    rig_await(r, "/v1/status", "/sources/0/syncs", "1");
    rig_await_fresh(r, 0);
}

static void change(struct rig *r, const char *json)
{
    json_decref(rig_control(r, "/_control/issues", json));
}

/* Requests the vendors have answered, those of the test left out. */
static int64_t requests(struct rig *r)
{
    json_t *root = rig_control(r, "/_control/counters", NULL);
    int64_t all = json_integer_value(rig_at(root, "/requests"));
    int64_t control = json_integer_value(rig_at(root, "/classes/control/requests"));

    json_decref(root);
    return all - control;
}

/* ---- what the store holds ---- */

/* The first column of the first row as text; "" where there is none. */
static void look_up(struct rig *r, const char *sql, const char *key, char *out,
                    size_t size)
{
    sqlite3_stmt *st = NULL;
    sqlite3 *db = NULL;
    struct buf path;
    struct err e;

    assert_true(tempdir_join(&r->dir, "state/alignd.db", &path, &e));
    assert_int_equal(
        sqlite3_open_v2(buf_cstr(&path), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    out[0] = '\0';
    if (sqlite3_step(st) == SQLITE_ROW)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    buf_finish(&path);
}

struct expected {
    struct rig *r;
    const char *sql, *key, *want;
};

/* One more cycle, then a look: a scope is due a second after it was listed. */
static bool holds_after_a_sync(void *arg)
{
    const struct expected *x = arg;
    char got[300];

    rig_sync(x->r);
    look_up(x->r, x->sql, x->key, got, sizeof(got));
    return strcmp(got, x->want) == 0;
}

static void await_row(struct rig *r, const char *sql, const char *key, const char *want)
{
    struct expected x = {r, sql, key, want};
    char got[300];

    if (wait_until(holds_after_a_sync, &x, RIG_LIMIT))
        return;
    look_up(r, sql, key, got, sizeof(got));
    fail_msg("%s: '%s', wanted '%s'", key, got, want);
}

static const char fate_sql[] =
    "SELECT f.kind || ' ' || f.detail FROM item i JOIN fate f ON f.item = i.id"
    " WHERE i.key = ?";
static const char id_sql[] = "SELECT id FROM item WHERE key = ?";
static const char note_sql[] = "SELECT text FROM note WHERE key = ?";

/* ---- the tests ---- */

static void a_quiet_cycle_is_one_request(void **state)
{
    struct rig r;
    char text[300];

    (void)state;
    start(&r, CONFIG(CLOUD), "t0ken");
    settle(&r);
    look_up(&r, note_sql, "deployment", text, sizeof(text));
    assert_string_equal(text, "Jira Cloud");
    look_up(&r, note_sql, "token", text, sizeof(text));
    assert_string_equal(text, "API token of bot");
    rig_sync(&r); /* the first walk's overlap may still hold news */
    for (int i = 0; i < 3; i++) {
        int64_t before = requests(&r);

        rig_sync(&r);
        assert_int_equal(requests(&r) - before, 1);
    }
    /* Not even a restart makes it ask again. */
    rig_stop(&r, 0);
    int64_t before = requests(&r);

    rig_start(&r, NULL);
    settle(&r);
    assert_int_equal(requests(&r) - before, 1);
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void fates_on_cloud(void **state)
{
    struct rig r;

    (void)state;
    start(&r, CONFIG(CLOUD ", projects: { include: [PAY] }, reconcile: 1s"), "t0ken");
    settle(&r);
    change(&r, "{\"key\":\"PAY-5\",\"deleted\":true}");
    change(&r, "{\"key\":\"PAY-8\",\"hidden\":true}");
    change(&r, "{\"key\":\"PAY-11\",\"archived\":true}");
    change(&r, "{\"key\":\"WEB-99\",\"was\":[\"PAY-12\"]}");
    await_row(&r, fate_sql, "PAY-5", "2 ");
    await_row(&r, fate_sql, "PAY-8", "2 "); /* Cloud does not tell hidden from deleted */
    await_row(&r, fate_sql, "PAY-11", "3 archived");
    await_row(&r, fate_sql, "PAY-12", "3 now WEB-99");
    /* What comes back is there again. */
    change(&r, "{\"key\":\"PAY-11\",\"archived\":false}");
    await_row(&r, fate_sql, "PAY-11", "");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* Both projects are followed: the same row, under its new key. */
static void fates_and_moves_on_data_center(void **state)
{
    char id[32];
    struct rig r;

    (void)state;
    start(&r, CONFIG(DC ", reconcile: 1s"), "t0ken");
    settle(&r);
    look_up(&r, id_sql, "PAY-12", id, sizeof(id));
    assert_int_not_equal(strlen(id), 0);
    change(&r, "{\"key\":\"PAY-5\",\"deleted\":true}");
    change(&r, "{\"key\":\"PAY-8\",\"hidden\":true}");
    change(&r, "{\"key\":\"PAY-11\",\"archived\":true}");
    /* Moved long ago, as it seems: no feed of changes tells of it. */
    change(&r, "{\"key\":\"WEB-99\",\"was\":[\"PAY-12\"],\"updated\":\"-20d\"}");
    await_row(&r, fate_sql, "PAY-5", "2 ");
    await_row(&r, fate_sql, "PAY-8",
              "5 Jira answered 403 to the request of an issue: You do not have the "
              "permission to see the specified issue.");
    await_row(&r, fate_sql, "PAY-11", "3 archived");
    await_row(&r, id_sql, "WEB-99", id);
    await_row(&r, id_sql, "PAY-12", "");
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void what_left_the_expression_is_noticed(void **state)
{
    struct rig r;

    (void)state;
    start(&r,
          CONFIG(CLOUD ", jql: \"project in (PAY, WEB) AND status != Blocked\", "
                       "reconcile: 1s"),
          "t0ken");
    settle(&r);
    change(&r, "{\"key\":\"PAY-5\",\"status\":\"Blocked\"}");
    await_row(&r, fate_sql, "PAY-5", "3 the jql expression does not hold it");
    change(&r, "{\"key\":\"PAY-5\",\"status\":\"To Do\"}");
    await_row(&r, fate_sql, "PAY-5", "");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* Begun and done between two cycles: only the change log knows. */
static void work_between_two_cycles(const char *config)
{
    static const char span_sql[] =
        "SELECT s.status FROM item i JOIN span s ON s.item = i.id"
        " WHERE i.key = ? AND s.ended > s.started";
    struct rig r;

    start(&r, config, "t0ken");
    settle(&r);
    change(&r, "{\"key\":\"PAY-5\",\"status\":\"In Review\",\"updated\":\"-1h\"}");
    change(&r, "{\"key\":\"PAY-5\",\"status\":\"Done\"}");
    await_row(&r, span_sql, "PAY-5", "In Review");
    rig_stop(&r, 0);
    rig_finish(&r);
}

static void change_logs_of_cloud(void **state)
{
    (void)state;
    work_between_two_cycles(CONFIG(CLOUD));
}

static void change_logs_of_data_center(void **state)
{
    (void)state;
    work_between_two_cycles(CONFIG(DC ", status_history: true"));
}

static void scoped_tokens_go_through_the_gateway(void **state)
{
    char text[300];
    struct rig r;

    (void)state;
    start(&r, CONFIG(GATEWAY ", user: bot, token: { file: @DIR@/token }"), "scoped-1");
    settle(&r);
    look_up(&r, note_sql, "token", text, sizeof(text));
    assert_string_equal(text, "scoped API token of bot, through the gateway");
    rig_stop(&r, 0);
    rig_finish(&r);

    /* The same token on the site: what to do is said. */
    start(&r, CONFIG(CLOUD), "scoped-1");
    rig_log_line(&r, "a scoped token needs url https://api.atlassian.com/ex/jira/CLOUD-ID");
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_cycle_is_one_request),
        cmocka_unit_test(fates_on_cloud),
        cmocka_unit_test(fates_and_moves_on_data_center),
        cmocka_unit_test(what_left_the_expression_is_noticed),
        cmocka_unit_test(change_logs_of_cloud),
        cmocka_unit_test(change_logs_of_data_center),
        cmocka_unit_test(scoped_tokens_go_through_the_gateway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * kill -9 at random instants of sync, evaluation and delivery. Afterwards the
 * database is whole, and what it holds and what the chats got equal those of
 * an undisturbed run: items, links, findings (rule, subject, state, severity),
 * the set of reasons, delivered (finding, episode, kind). At most one message
 * is sent twice for each kill, under the same key.
 *
 * Environment: KILLS (default 20), SEED (default 1; printed).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

enum { KILLS_A_RUN = 5 };

static const char config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "first_wait: 0s\n"
    "baseline: off\n"
    "sources:\n"
    "  - { name: github, type: github, url: @URL@/github, repos: [acme/web, acme/pay],\n"
    "      token: { file: @DIR@/token }, interval: 1h }\n"
    "  - { name: jira, type: jira, url: @URL@/jira, user: bot@acme.example,\n"
    "      token: { file: @DIR@/token }, interval: 1h }\n"
    "  - { name: many, type: github, url: @URL@/github, repos: [acme/many],\n"
    "      token: { file: @DIR@/token }, interval: 1h }\n"
    "channels:\n"
    "  - { name: web, type: webhook, url: @URL@/hook/web }\n"
    "  - { name: pay, type: webhook, url: @URL@/hook/pay }\n"
    "  - { name: rest, type: webhook, url: @URL@/hook/rest }\n"
    "routes:\n"
    "  - { match: { source: github }, channel: web, group_by: [scope, rule],\n"
    "      group_wait: 0s, group_interval: 0s, budget: off }\n"
    "  - { match: { source: jira }, channel: pay, group_by: [scope, rule],\n"
    "      group_wait: 0s, group_interval: 0s, budget: off }\n"
    "  - { channel: rest, group_wait: 0s, group_interval: 0s, budget: off }\n"
    "rules:\n"
    "  unlinked-work: { for: 0s }\n"
    "  unknown-link: { for: 0s }\n"
    "  retired-link: { for: 0s }\n"
    "  uncovered-initiative: off\n";

static uint64_t rng;

static uint64_t next_random(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", "config/examples/acme/company.json",
                                    "--synthetic-github", "2000", "--repo", "acme/many",
                                    NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", config);
}

/* ---- what is compared ---- */

static const struct {
    const char *what, *sql;
} facts[] = {
    {"items", "SELECT s.name, i.vid, i.key, i.title, i.category, i.outcome, i.level, i.marks, "
              "i.closed > 0 FROM item i JOIN source s ON s.id = i.source ORDER BY 1, 2"},
    {"links", "SELECT s.name, i.vid, l.method, l.node, l.known, l.effective, l.detail FROM "
              "link l JOIN item i ON i.id = l.item JOIN source s ON s.id = i.source "
              "ORDER BY 1, 2, 3, 4"},
    {"findings", "SELECT rule, subject, state, severity FROM finding ORDER BY 1, 2"},
    {"reasons", "SELECT DISTINCT reason FROM finding ORDER BY 1"},
    {"delivered", "SELECT DISTINCT f.id, m.episode, m.kind, o.channel FROM outbox o "
                  "JOIN outbox_member m ON m.outbox = o.id JOIN finding f ON f.n = m.finding "
                  "WHERE o.state = 2 ORDER BY 1, 2, 3, 4"},
    {"waiting", "SELECT id FROM outbox WHERE state <> 2"},
    {"dirty", "SELECT scope, item FROM dirty UNION ALL SELECT scope, first FROM dirty_run"},
};

static void read_rows(sqlite3 *db, const char *sql, struct buf *out)
{
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int c = 0; c < sqlite3_column_count(st); c++) {
            const char *t = (const char *)sqlite3_column_text(st, c);

            buf_addz(out, t ? t : "NULL");
            buf_addc(out, c + 1 < sqlite3_column_count(st) ? '|' : '\n');
        }
    }
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
}

static void read_state(struct rig *r, struct buf out[ARRAY_LEN(facts)])
{
    struct buf path, check;
    sqlite3 *db = NULL;
    struct err e;

    assert_true(tempdir_join(&r->dir, "state/alignd.db", &path, &e));
    assert_int_equal(
        sqlite3_open_v2(buf_cstr(&path), &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    buf_init(&check, 1 << 16);
    read_rows(db, "PRAGMA integrity_check", &check);
    assert_string_equal(buf_cstr(&check), "ok\n");
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        buf_init(&out[i], (size_t)1 << 27);
        read_rows(db, facts[i].sql, &out[i]);
        assert_true(buf_ok(&out[i]));
    }
    sqlite3_close(db);
    buf_finish(&path);
    buf_finish(&check);
}

/*
 * Nothing runs and nothing waits: every source has synced, every message is out. The
 * order matters: what evaluation froze is in the outbox before it says it is done.
 */
static bool is_settled(void *arg)
{
    struct rig *r = arg;
    json_t *root = rig_get(r, "/v1/status", 0), *s;
    bool settled = json_is_false(json_object_get(root, "evaluating"));
    size_t i;

    json_array_foreach(json_object_get(root, "sources"), i, s)
        settled &= json_integer_value(json_object_get(s, "syncs")) > 0 &&
                   json_is_false(json_object_get(s, "running"));
    json_decref(root);
    if (!settled)
        return false;
    root = rig_get(r, "/v1/outbox", 200);
    settled = json_array_size(json_object_get(root, "outbox")) == 0;
    json_decref(root);
    return settled;
}

static void settle(struct rig *r)
{
    if (!wait_until(is_settled, r, DUR_S(120)))
        fail_msg("it does not come to rest");
}

/* Messages that came more than once; each repeat under the same id and body. */
static size_t count_duplicates(struct rig *r)
{
    json_t *all = rig_messages(r);
    size_t n = json_array_size(all), repeats = 0;

    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(
            rig_at(json_array_get(all, i), "/headers/Webhook-Id"));

        assert_non_null(id);
        for (size_t j = 0; j < i; j++) {
            const char *before = json_string_value(
                rig_at(json_array_get(all, j), "/headers/Webhook-Id"));

            if (strcmp(id, before) == 0) {
                repeats++;
                break;
            }
        }
    }
    json_decref(all);
    return repeats;
}

static void pause_us(uint64_t us)
{
    struct timespec t = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

    nanosleep(&t, NULL); /* the instant of the kill, not a wait for anything */
}

static void killed_runs_equal_an_undisturbed_one(void **state)
{
    const char *kills_env = getenv("KILLS"), *seed_env = getenv("SEED");
    long kills = kills_env ? strtol(kills_env, NULL, 10) : 20;
    struct buf want[ARRAY_LEN(facts)];
    struct timespec a, b;
    uint64_t span_us;
    struct rig r;
    long done = 0;
    size_t duplicates = 0;

    (void)state;
    rng = seed_env ? strtoull(seed_env, NULL, 10) : 1;
    rng = rng * 0x9e3779b97f4a7c15u + 1;
    setup(&r);
    clock_gettime(CLOCK_MONOTONIC, &a);
    rig_start(&r, NULL);
    settle(&r);
    clock_gettime(CLOCK_MONOTONIC, &b);
    span_us = (uint64_t)((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
    assert_int_equal(count_duplicates(&r), 0);
    rig_stop(&r, 0);
    read_state(&r, want);
    assert_true(want[0].n > 0 && want[2].n > 0 && want[4].n > 0);
    assert_int_equal(want[5].n, 0);
    rig_finish(&r);
    print_message("an undisturbed run takes %llu ms\n",
                  (unsigned long long)(span_us / 1000));

    while (done < kills) {
        struct buf got[ARRAY_LEN(facts)];
        long here = 0;

        setup(&r);
        while (here < KILLS_A_RUN && done < kills) {
            rig_spawn(&r, NULL);
            /* Half of them while pages come in, half anywhere. */
            pause_us(next_random() % ((next_random() % 2 ? span_us : span_us / 10) + 1));
            rig_kill(&r);
            here++;
            done++;
        }
        rig_start(&r, NULL);
        settle(&r);
        duplicates += count_duplicates(&r);
        assert_true(count_duplicates(&r) <= (size_t)here);
        rig_stop(&r, 0);
        read_state(&r, got);
        for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
            if (!str_eq(buf_str(&got[i]), buf_str(&want[i])))
                fail_msg("after %ld kills (SEED=%s) the %s differ:\n--- undisturbed\n%.3000s\n"
                         "--- killed\n%.3000s",
                         done, seed_env ? seed_env : "1", facts[i].what,
                         buf_cstr(&want[i]), buf_cstr(&got[i]));
            buf_finish(&got[i]);
        }
        rig_finish(&r);
    }
    print_message("%ld kills, %zu messages sent twice\n", done, duplicates);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        buf_finish(&want[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_runs_equal_an_undisturbed_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

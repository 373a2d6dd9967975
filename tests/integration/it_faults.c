/*
 * What goes wrong around a daemon that is well itself: servers that are away, a
 * full disk, a database that is damaged. It says so, goes on by itself, and
 * neither forgets nor repeats a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static void setup(struct rig *r, const char *config)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", config);
}

/* In how many messages the text stands. */
static size_t told(struct rig *r, const char *text)
{
    json_t *all = rig_messages(r), *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
    {
        char *dump = json_dumps(one, 0);

        n += dump != NULL && strstr(dump, text) != NULL;
        free(dump);
    }
    json_decref(all);
    return n;
}

struct telling {
    struct rig *r;
    const char *text;
};

static bool is_told(void *arg)
{
    struct telling *t = arg;

    return told(t->r, t->text) > 0;
}

static void await_told(struct rig *r, const char *text)
{
    struct telling t = {r, text};

    if (!wait_until(is_told, &t, RIG_LIMIT))
        fail_msg("nobody was told: %s", text);
}

/* ---- servers that are away ---- */

static void what_failed_everywhere_has_not_synced(void **state)
{
    struct buf out;
    struct rig r;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos\",\"count\":-1,\"action\":"
                            "\"status\",\"status\":500}]"));
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/state", "stale");
    assert_int_equal(rig_ctl(&r, (const char *[]){"sync", "--wait", NULL}, &out), 1);
    assert_string_equal(buf_cstr(&out), "");
    buf_finish(&out);
    rig_await(&r, "/v1/status", "/sources/0/last_ok", "null");
    rig_await(&r, "/v1/status", "/problems/0/unhealthy", "true");
    json_decref(rig_control(&r, "/_control/faults", "[]"));
    assert_int_equal(rig_ctl(&r, (const char *[]){"sync", "--wait", NULL}, &out), 0);
    assert_string_equal(buf_cstr(&out), "Synced every source.\n");
    buf_finish(&out);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- a full disk ---- */

/* Takes what is left of it; a second call gives it back. */
static void fill(struct rig *r)
{
    static char block[4096];
    struct buf path;
    struct err e;
    int fd;

    assert_true(tempdir_join(&r->dir, "small/ballast", &path, &e));
    fd = open(buf_cstr(&path), O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof(block)) == (ssize_t)sizeof(block))
        continue;
    assert_int_equal(errno, ENOSPC);
    close(fd);
    buf_finish(&path);
}

static void make_room(struct rig *r)
{
    struct buf path;
    struct err e;

    assert_true(tempdir_join(&r->dir, "small/ballast", &path, &e));
    assert_int_equal(unlink(buf_cstr(&path)), 0);
    buf_finish(&path);
}

static const char small_config[] =
    "strategy: strategy.yaml\n"
    "state: @DIR@/small/state\n"
    "socket: @DIR@/alignd.sock\n"
    "hours: always\n"
    "sources:\n"
    "  - { name: github, type: github, url: @URL@/github,\n"
    "      repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n"
    "channels:\n"
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"
    "routes:\n"
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"
    "rules: { unlinked-work: { for: 0s }, missing-middle: off, kr-unmeasurable: off }\n";

static void a_full_disk_is_waited_out(void **state)
{
    struct buf out;
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r, small_config);
    if (!rig_mount_small(&r, "size=4m")) {
        print_message("skipped: no file system of its own can be mounted here\n");
        rig_finish(&r);
        skip();
    }
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_await(&r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");
    /* What alignd began with is let go of. */
    assert_int_equal(rig_ctl(&r, (const char *[]){"reload", NULL}, NULL), 0);

    /* The chat takes a message while the disk fills up: it is not sent twice, and does
       not hold up its channel. */
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/slack\",\"count\":1,\"action\":\"delay\","
                            "\"ms\":1500}]"));
    rig_new_epic(&r, "acme/web", "While it fills");
    rig_sync(&r);
    rig_await(&r, "/v1/outbox", "/outbox/0/state", "attempting");
    fill(&r);
    await_told(&r, "While it fills");
    rig_log_line(&r, "could not be recorded yet");
    await_told(&r, "small/state) is full"); /* though the outbox cannot be written */

    rig_new_epic(&r, "acme/web", "While it is full");
    json_decref(rig_post(&r, "/v1/sync", NULL, 202));
    rig_await(&r, "/healthz", "/healthy", "false");
    assert_int_equal(rig_ctl(&r, (const char *[]){"unlinked", NULL}, &out), 0);
    buf_finish(&out);
    assert_int_equal(
        rig_ctl(&r, (const char *[]){"link", "acme/web#9", "onboarding", NULL}, NULL),
        3);

    make_room(&r);
    rig_await(&r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");
    rig_sync(&r);
    rig_await(&r, "/healthz", "/healthy", "true");
    root = rig_get(&r, "/v1/findings?state=firing", 200);
    assert_int_equal(json_integer_value(json_object_get(root, "total")), 2);
    json_decref(root);
    await_told(&r, "There is room again");
    await_told(&r, "While it is full");
    rig_await(&r, "/v1/status", "/channels/0/queued", "0");
    assert_int_equal(told(&r, "While it fills"), 1);
    assert_int_equal(told(&r, "While it is full"), 1);
    assert_int_equal(told(&r, "is full: nothing"), 1);
    assert_int_equal(rig_message_count(&r), 5);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* ---- a damaged database ---- */

static void database(struct rig *r, struct buf *ret)
{
    struct err e;

    assert_true(tempdir_join(&r->dir, "state/alignd.db", ret, &e));
}

/* Overwrites pages with what is none. Page 1 holds the header. */
static void damage(struct rig *r, int64_t page)
{
    static char garbage[4096];
    struct buf path;
    int fd;

    memset(garbage, 0xa5, sizeof(garbage));
    database(r, &path);
    fd = open(buf_cstr(&path), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, garbage, sizeof(garbage), (page - 1) * 4096),
                     sizeof(garbage));
    close(fd);
    buf_finish(&path);
}

static int64_t root_page(struct rig *r, const char *table)
{
    static const char sql[] = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    sqlite3_stmt *st = NULL;
    sqlite3 *db = NULL;
    struct buf path;
    int64_t page;

    database(r, &path);
    assert_int_equal(sqlite3_open(buf_cstr(&path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    page = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    buf_finish(&path);
    return page;
}

static void a_damaged_database_is_said_and_replaced(void **state)
{
    struct buf backup, gone;
    struct rig r;
    struct err e;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_sync(&r);
    rig_stop(&r, 0);
    /* No backup: what is lost is said, once. */
    assert_true(tempdir_join(&r.dir, "state/alignd.db.backup.1", &backup, &e));
    assert_int_equal(unlink(buf_cstr(&backup)), 0);
    damage(&r, 1);
    rig_start(&r, NULL);
    assert_true(rig_log_has(&r, "there was no backup"));
    await_told(&r, "there was no backup");
    rig_await_fresh(&r, 0);

    /* With a backup, made by now, what people did is still there. */
    assert_int_equal(
        rig_ctl(&r, (const char *[]){"link", "acme/web#9", "onboarding", NULL}, NULL),
        0);
    rig_stop(&r, 0);
    assert_int_equal(unlink(buf_cstr(&backup)), 0);
    rig_start(&r, NULL); /* not due before tomorrow: made by hand */
    rig_stop(&r, 0);
    database(&r, &gone);
    assert_int_equal(link(buf_cstr(&gone), buf_cstr(&backup)), 0);
    assert_int_equal(unlink(buf_cstr(&gone)), 0);
    rig_write(&r, "state/alignd.db", "this is no database at all, but it is a file");
    rig_start(&r, NULL);
    await_told(&r, "the last backup is in force");
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/method", "manual");
    assert_int_equal(told(&r, "was damaged"), 2);
    buf_finish(&backup);
    buf_finish(&gone);
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* Damage behind the first page shows only when it is read. */
static void damage_found_on_the_way_ends_it_for_a_new_start(void **state)
{
    struct rig r;
    struct err e;
    int code = -1;

    (void)state;
    setup(&r, COMPANY_CONFIG(""));
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_sync(&r);
    rig_stop(&r, 0);
    damage(&r, root_page(&r, "scope"));
    rig_spawn(&r, NULL);
    assert_true(spawn_wait_exit(r.alignd, RIG_LIMIT, &code, &e));
    assert_int_equal(code, 70);
    assert_true(rig_log_has(&r, "the database is damaged"));
    rig_start(&r, NULL); /* as systemd does */
    await_told(&r, "the last backup is in force");
    rig_await(&r, "/healthz", "/healthy", "true");
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_everywhere_has_not_synced),
        cmocka_unit_test(a_damaged_database_is_said_and_replaced),
        cmocka_unit_test(damage_found_on_the_way_ends_it_for_a_new_start),
        cmocka_unit_test(a_full_disk_is_waited_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

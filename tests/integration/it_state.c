/*
 * The state directory as a tired operator leaves it: read-only, full, somebody
 * else's, gone while the daemon runs, without its database. What is wrong is said
 * with the name of what it is about and the exit code that fits; nothing is
 * accepted that could not be kept; questions are answered meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static const char once[] = "--once";

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", COMPANY_CONFIG(""));
}

static void path_of(struct rig *r, const char *name, struct buf *ret)
{
    struct err e;

    assert_true(tempdir_join(&r->dir, name, ret, &e));
}

static void move(struct rig *r, const char *from, const char *to)
{
    struct buf a, b;

    path_of(r, from, &a);
    path_of(r, to, &b);
    assert_int_equal(rename(buf_cstr(&a), buf_cstr(&b)), 0);
    buf_finish(&a);
    buf_finish(&b);
}

static void set_mode(struct rig *r, const char *name, mode_t mode)
{
    struct buf path;

    path_of(r, name, &path);
    assert_int_equal(chmod(buf_cstr(&path), mode), 0);
    buf_finish(&path);
}

static mode_t mode_of(struct rig *r, const char *name)
{
    struct buf path;
    struct stat st;

    path_of(r, name, &path);
    assert_int_equal(stat(buf_cstr(&path), &st), 0);
    buf_finish(&path);
    return st.st_mode & 07777;
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

/* ---- at the start ---- */

static void what_cannot_be_written_is_named(void **state)
{
    static const struct {
        const char *name;
        mode_t mode;
    } rows[] = {
        {"state", 0500},
        {"state/alignd.lock", 0400},
        {"state/alignd.db", 0400},
        {"state/alignd.db-wal", 0000},
        {"state/alignd.db-shm", 0444},
    };
    struct rig r;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_kill(&r); /* so that the log stays, too */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        mode_t before = mode_of(&r, rows[i].name);
        char what[100];

        set_mode(&r, rows[i].name, rows[i].mode);
        assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 73);
        snprintf(what, sizeof(what), "%s: it belongs to uid %u with mode %04o",
                 rows[i].name, (unsigned)getuid(), (unsigned)rows[i].mode);
        assert_true(rig_log_has(&r, "cannot write "));
        if (!rig_log_has(&r, what))
            fail_msg("the log does not say: %s", what);
        set_mode(&r, rows[i].name, before);
    }
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 0);
    assert_int_equal(mode_of(&r, "state/alignd.db"), 0600);
    assert_int_equal(mode_of(&r, "state/alignd.db.backup.1"), 0600);
    rig_finish(&r);
}

static void what_is_no_directory_is_named(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_write(&r, "state", "a file");
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 73);
    assert_true(rig_log_has(&r, "/state is not a directory"));
    rig_write(&r, "alignd.yaml",
              "strategy: strategy.yaml\nstate: @DIR@/no/such\nsocket: @DIR@/s\n"
              "sources: [{ name: github, type: github, url: @URL@/github,\n"
              "            repos: [acme/web], token: { file: @DIR@/token } }]\n");
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 73);
    assert_true(rig_log_has(&r, "cannot create the state directory"));
    assert_true(rig_log_has(&r, "/no/such: No such file or directory"));
    rig_finish(&r);
}

static void remount(struct rig *r, unsigned long flags, const char *size)
{
    struct buf path;

    path_of(r, "small", &path);
    assert_int_equal(mount("tmpfs", buf_cstr(&path), "tmpfs", MS_REMOUNT | flags, size),
                     0);
    buf_finish(&path);
}

static void read_only_and_full_disks_are_named(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    if (!rig_mount_small(&r, "size=64k")) {
        print_message("skipped: no file system of its own can be mounted here\n");
        rig_finish(&r);
        skip();
    }
    rig_write(&r, "alignd.yaml",
              "strategy: strategy.yaml\nstate: @DIR@/small/state\nsocket: @DIR@/s\n"
              "sources: [{ name: github, type: github, url: @URL@/github,\n"
              "            repos: [acme/web], token: { file: @DIR@/token } }]\n");
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 73);
    assert_true(rig_log_has(&r, "the disk of the state directory is full"));
    remount(&r, MS_RDONLY, "size=8m");
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 73);
    assert_true(rig_log_has(&r, "/small/state: Read-only file system"));
    remount(&r, 0, "size=8m");
    assert_int_equal(rig_run(&r, (const char *[]){once, NULL}), 0); /* by itself */
    rig_finish(&r);
}

/* ---- while it runs ---- */

static const char *const link_nine[] = {"link", "acme/web#9", "onboarding", NULL};

static void a_directory_that_goes_is_missed(void **state)
{
    struct rig r;
    struct buf out;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_await(&r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");

    move(&r, "state", "elsewhere");
    assert_int_equal(rig_ctl(&r, link_nine, NULL), 3);
    assert_int_equal(rig_ctl(&r, (const char *[]){"sync", "--wait", NULL}, &out), 1);
    assert_string_equal(buf_cstr(&out), "");
    buf_finish(&out);
    rig_await(&r, "/healthz", "/problems/0/part", "store");
    assert_int_equal(rig_ctl(&r, (const char *[]){"status", NULL}, NULL), 0);
    assert_int_equal(rig_ctl(&r, (const char *[]){"unlinked", NULL}, NULL), 0);
    rig_await_messages(&r, 2);
    assert_int_equal(told(&r, "was removed or replaced while alignd ran"), 1);

    move(&r, "elsewhere", "state");
    rig_sync(&r);
    rig_await(&r, "/healthz", "/healthy", "true");
    assert_int_equal(rig_ctl(&r, link_nine, NULL), 0);
    rig_await_messages(&r, 3);
    assert_int_equal(told(&r, "can write its database again"), 1);
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/method", "manual");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* It goes in the midst and does not come back: the next start takes the backup. */
static void a_database_that_is_gone_comes_back(void **state)
{
    struct buf db;
    struct rig r;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_await(&r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");
    assert_int_equal(rig_ctl(&r, link_nine, NULL), 0);
    rig_stop(&r, 0);
    path_of(&r, "state/alignd.db", &db);
    move(&r, "state/alignd.db", "state/alignd.db.backup.1"); /* as if made by now */
    rig_start(&r, NULL);
    assert_true(rig_log_has(&r, "database was missing; the last backup is in force"));
    rig_await_messages(&r, 2);
    assert_int_equal(told(&r, "database was missing"), 1);
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/method", "manual");
    assert_int_equal(unlink(buf_cstr(&db)), 0);
    rig_stop(&r, 0); /* though it cannot leave its mark */
    rig_start(&r, NULL);
    rig_await(&r, "/v1/items/acme%2Fweb%239", "/links/0/method", "manual");
    rig_await_fresh(&r, 0);
    assert_int_equal(told(&r, "Starting point"), 1);
    rig_stop(&r, 0);
    buf_finish(&db);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_written_is_named),
        cmocka_unit_test(what_is_no_directory_is_named),
        cmocka_unit_test(a_directory_that_goes_is_missed),
        cmocka_unit_test(a_database_that_is_gone_comes_back),
        cmocka_unit_test(read_only_and_full_disks_are_named),
    };

    /* What is started from here is not above the modes of files, not even as root.
       Refused where there is nothing to drop. */
    (void)prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    (void)prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

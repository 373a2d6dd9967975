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
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

static void new_epic(struct rig *r, const char *title)
{
    char body[300];

    snprintf(body, sizeof(body),
             "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"labels\":[\"epic\"],"
             "\"title\":\"%s\",\"author\":\"ben\"}",
             title);
    json_decref(rig_control(r, "/_control/issues", body));
}

static bool message_has(struct rig *r, size_t i, const char *text)
{
    json_t *all = rig_messages(r);
    char *one = json_dumps(json_array_get(all, i), 0);
    bool found = one != NULL && strstr(one, text) != NULL;

    if (!found)
        print_error("message %zu: %s\n", i, one ? one : "none");
    free(one);
    json_decref(all);
    return found;
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

/* A file system of `size` at DIR/small, for this process and its children alone. */
static bool mount_small(struct rig *r, const char *size)
{
    uid_t uid = getuid();
    struct buf path;
    struct err e;
    char map[64];
    bool ok;

    assert_true(tempdir_join(&r->dir, "small", &path, &e));
    assert_int_equal(mkdir(buf_cstr(&path), 0700), 0);
    ok = uid == 0 ? unshare(CLONE_NEWNS) == 0
                  : unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (ok && uid != 0) {
        int fd = open("/proc/self/uid_map", O_WRONLY);
        int n = snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);

        ok = fd >= 0 && write(fd, map, (size_t)n) == n;
        close(fd);
    }
    ok = ok && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount("tmpfs", buf_cstr(&path), "tmpfs", 0, size) == 0;
    buf_finish(&path);
    return ok;
}

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
    "  - { channel: product, group_wait: 0s, group_interval: 0s }\n"
    "rules: { unlinked-work: { for: 0s } }\n";

static void a_full_disk_is_waited_out(void **state)
{
    struct buf out;
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r, small_config);
    if (!mount_small(&r, "size=4m")) {
        print_message("skipped: no file system of its own can be mounted here\n");
        rig_finish(&r);
        skip();
    }
    rig_start(&r, NULL);
    rig_await_messages(&r, 1);
    rig_await(&r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");

    /* The chat takes a message while the disk fills up: it is not sent twice, and does
       not hold up its channel. */
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/slack\",\"count\":1,\"action\":\"delay\","
                            "\"ms\":1500}]"));
    new_epic(&r, "While it fills");
    rig_sync(&r);
    rig_await(&r, "/v1/outbox", "/outbox/0/state", "attempting");
    fill(&r);
    rig_await_messages(&r, 2);
    rig_log_line(&r, "could not be recorded yet");

    new_epic(&r, "While it is full");
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
    rig_await(&r, "/v1/status", "/channels/0/queued", "0");
    assert_true(message_has(&r, 1, "While it fills"));
    assert_true(message_has(&r, 2, "While it is full"));
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_everywhere_has_not_synced),
        cmocka_unit_test(a_full_disk_is_waited_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

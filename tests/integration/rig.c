#include "tests/integration/rig.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void must(bool ok, const struct err *e, const char *what)
{
    if (!ok)
        fail_msg("%s: %s", what, e->msg);
}

void rig_init(struct rig *r)
{
    struct err e;

    memset(r, 0, sizeof(*r));
    must(tempdir_create(&r->dir, &e), &e, "temporary directory");
    buf_init(&r->url, 200);
    must(tempdir_join(&r->dir, "alignd.yaml", &r->config, &e), &e, "path");
    must(tempdir_join(&r->dir, "alignd.sock", &r->socket, &e), &e, "path");
}

void rig_finish(struct rig *r)
{
    spawn_destroy(r->alignd);
    spawn_destroy(r->vendors);
    buf_finish(&r->url);
    buf_finish(&r->config);
    buf_finish(&r->socket);
    tempdir_remove(&r->dir);
}

static struct spawn *start(struct rig *r, const char *program, const char *name,
                           const char *first, const char *second,
                           const char *const *more)
{
    const char *argv[32] = {0};
    struct spawn_options o = {.argv = argv,
                              .log_dir = tempdir_path(&r->dir),
                              .name = name,
                              .env = strcmp(program, "alignd") == 0 ? r->env : NULL};
    struct buf path;
    struct err e;
    struct spawn *s;
    size_t n = 0;

    must(spawn_program(program, &path, &e), &e, program);
    argv[n++] = buf_cstr(&path);
    argv[n++] = first;
    argv[n++] = second;
    for (size_t i = 0; more != NULL && more[i] != NULL && n < ARRAY_LEN(argv) - 1; i++)
        argv[n++] = more[i];
    s = spawn_start(&o, &e);
    must(s != NULL, &e, program);
    buf_finish(&path);
    return s;
}

void rig_vendors(struct rig *r, const char *const *args)
{
    struct err e;

    r->vendors = start(r, "vendors", "vendors", "--port", "0", args);
    must(spawn_wait_port(r->vendors, RIG_LIMIT, &r->port, &e), &e, "vendors");
    buf_clear(&r->url);
    buf_printf(&r->url, "http://127.0.0.1:%u", r->port);
}

void rig_company(struct rig *r, const char *json, const char *const *args)
{
    const char *all[20] = {"--data", NULL};
    struct buf path;
    struct err e;

    rig_write(r, "company.json", json);
    must(tempdir_join(&r->dir, "company.json", &path, &e), &e, "company");
    all[1] = buf_cstr(&path);
    for (size_t n = 0; args != NULL && args[n] != NULL; n++) {
        assert_true(n + 3 < ARRAY_LEN(all));
        all[n + 2] = args[n];
    }
    rig_vendors(r, all);
    buf_finish(&path);
}

void rig_write(struct rig *r, const char *name, const char *text)
{
    struct buf out;
    struct err e;

    buf_init(&out, 1 << 20);
    while (*text != '\0') {
        if (strncmp(text, "@URL@", 5) == 0) {
            buf_add(&out, buf_str(&r->url));
            text += 5;
        } else if (strncmp(text, "@DIR@", 5) == 0) {
            buf_addz(&out, tempdir_path(&r->dir));
            text += 5;
        } else {
            buf_addc(&out, *text++);
        }
    }
    must(buf_check(&out, &e), &e, name);
    must(tempdir_write(&r->dir, name, buf_str(&out), &e), &e, name);
    buf_finish(&out);
}

static struct spawn *start_alignd(struct rig *r, const char *const *args)
{
    char name[32];

    spawn_destroy(r->alignd);
    snprintf(name, sizeof(name), "alignd-%u", ++r->starts);
    return r->alignd = start(r, "alignd", name, "-c", buf_cstr(&r->config), args);
}

void rig_spawn(struct rig *r, const char *const *args)
{
    start_alignd(r, args);
}

void rig_start(struct rig *r, const char *const *args)
{
    start_alignd(r, args);
    rig_log_line(r, " ready: ");
}

static void print_log(struct rig *r)
{
    struct buf log;
    struct err e;

    if (!spawn_output(r->alignd, SPAWN_ERR, &log, &e))
        return;
    fprintf(stderr, "--- the daemon's log\n%s---\n", buf_cstr(&log));
    buf_finish(&log);
}

int rig_run(struct rig *r, const char *const *args)
{
    int code = -1;
    struct err e;

    start_alignd(r, args);
    if (!spawn_wait_exit(r->alignd, RIG_LIMIT, &code, &e)) {
        print_log(r);
        fail_msg("alignd: %s", e.msg);
    }
    return code;
}

void rig_stop(struct rig *r, int code)
{
    int got = -1;
    struct err e;

    if (!spawn_stop(r->alignd, DUR_S(5), &got, &e) || got != code) {
        print_log(r);
        fail_msg("alignd stopped with %d, not %d: %s", got, code, got < 0 ? e.msg : "");
    }
}

void rig_kill(struct rig *r)
{
    int code;
    struct err e;

    must(spawn_signal(r->alignd, SIGKILL, &e), &e, "kill");
    must(spawn_wait_exit(r->alignd, RIG_LIMIT, &code, &e), &e, "reap");
}

void rig_signal(struct rig *r, int sig)
{
    struct err e;

    must(spawn_signal(r->alignd, sig, &e), &e, "signal");
}

void rig_log_line(struct rig *r, const char *needle)
{
    struct buf line;
    struct err e;

    if (!spawn_wait_line(r->alignd, SPAWN_ERR, needle, RIG_LIMIT, &line, &e)) {
        print_log(r);
        fail_msg("no line '%s' in the log: %s", needle, e.msg);
    }
    buf_finish(&line);
}

bool rig_log_has(struct rig *r, const char *needle)
{
    struct buf log;
    struct err e;
    bool found;

    must(spawn_output(r->alignd, SPAWN_ERR, &log, &e), &e, "log");
    found = strstr(buf_cstr(&log), needle) != NULL;
    buf_finish(&log);
    return found;
}

/* ---- requests ---- */

static json_t *ask(const struct probe_request *req, int status, const char *what)
{
    struct probe_reply reply;
    json_error_t je;
    json_t *root;
    struct err e;

    must(probe(req, &reply, &e), &e, what);
    if (status != 0 && reply.status != status)
        fail_msg("%s: %d, not %d: %s", what, reply.status, status,
                 buf_cstr(&reply.body));
    root = json_loadb(buf_cstr(&reply.body), reply.body.n,
                      JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &je);
    if (root == NULL)
        fail_msg("%s: %s in: %.400s", what, je.text, buf_cstr(&reply.body));
    probe_finish(&reply);
    return root;
}

static json_t *ask_socket(struct rig *r, const char *method, const char *path,
                          const char *json, int status)
{
    char url[512];
    struct probe_request req = {
        .method = method,
        .url = url,
        .unix_socket = buf_cstr(&r->socket),
        .body = str_of(json),
    };

    snprintf(url, sizeof(url), "http://localhost%s", path);
    return ask(&req, status, path);
}

json_t *rig_get(struct rig *r, const char *path, int status)
{
    return ask_socket(r, NULL, path, NULL, status);
}

json_t *rig_post(struct rig *r, const char *path, const char *json, int status)
{
    return ask_socket(r, "POST", path, json ? json : "", status);
}

json_t *rig_control(struct rig *r, const char *path, const char *json)
{
    char url[256];
    struct probe_request req = {.url = url, .body = str_of(json)};

    snprintf(url, sizeof(url), "%s%s", buf_cstr(&r->url), path);
    return ask(&req, 0, path);
}

void rig_new_epic(struct rig *r, const char *repo, const char *title)
{
    json_t *body = json_pack("{s:s,s:s,s:[s],s:s,s:s}", "tracker", "github", "repo", repo,
                             "labels", "epic", "title", title, "author", "ben");
    char *text = json_dumps(body, 0);

    json_decref(rig_control(r, "/_control/issues", text));
    free(text);
    json_decref(body);
}

int rig_ctl(struct rig *r, const char *const *args, struct buf *ret_out)
{
    struct spawn *s =
        start(r, "alignctl", NULL, "--socket", buf_cstr(&r->socket), args);
    int code = -1;
    struct err e;

    must(spawn_wait_exit(s, RIG_LIMIT, &code, &e), &e, "alignctl");
    if (ret_out != NULL)
        must(spawn_output(s, SPAWN_OUT, ret_out, &e), &e, "alignctl");
    spawn_destroy(s);
    return code;
}

const json_t *rig_at(const json_t *root, const char *pointer)
{
    char part[128];

    while (root != NULL && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");

        if (n >= sizeof(part))
            return NULL;
        memcpy(part, pointer, n);
        part[n] = '\0';
        root = json_is_array(root) ? json_array_get(root, strtoul(part, NULL, 10))
                                   : json_object_get(root, part);
        pointer += n;
    }
    return root;
}

/* ---- surroundings ---- */

bool rig_mount_small(struct rig *r, const char *size)
{
    uid_t uid = getuid();
    struct buf path;
    struct err e;
    char map[64];
    bool ok;

    must(tempdir_join(&r->dir, "small", &path, &e), &e, "path");
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

/* ---- waits ---- */

struct await {
    struct rig *rig;
    const char *path, *pointer, *value;
    size_t count;
    char seen[256];
};

static bool has_value(void *arg)
{
    struct await *w = arg;
    json_t *root = rig_get(w->rig, w->path, 0);
    const json_t *at = rig_at(root, w->pointer);
    char *text = at ? json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    bool same;

    same = json_is_string(at) ? strcmp(json_string_value(at), w->value) == 0
                              : text != NULL && strcmp(text, w->value) == 0;
    snprintf(w->seen, sizeof(w->seen), "%s", text ? text : "nothing");
    free(text);
    json_decref(root);
    return same;
}

void rig_await(struct rig *r, const char *path, const char *pointer, const char *value)
{
    struct await w = {.rig = r, .path = path, .pointer = pointer, .value = value};

    if (!wait_until(has_value, &w, RIG_LIMIT)) {
        print_log(r);
        fail_msg("%s%s is %s, not %s", path, pointer, w.seen, value);
    }
}

struct fresh_wait {
    struct rig *rig;
    size_t i;
};

static bool is_fresh(void *arg)
{
    const struct fresh_wait *w = arg;
    json_t *root = rig_get(w->rig, "/v1/status", 0);
    const json_t *s = json_array_get(json_object_get(root, "sources"), w->i);
    const char *state = json_string_value(json_object_get(s, "state"));
    bool fresh = state != NULL && strcmp(state, "fresh") == 0 &&
                 json_is_false(json_object_get(s, "running")) &&
                 json_is_false(json_object_get(root, "evaluating"));

    json_decref(root);
    return fresh;
}

void rig_await_fresh(struct rig *r, size_t i)
{
    struct fresh_wait w = {.rig = r, .i = i};

    if (!wait_until(is_fresh, &w, RIG_LIMIT)) {
        print_log(r);
        fail_msg("source %zu is not fresh", i);
    }
}

static int64_t syncs_ended(struct rig *r, bool *ret_busy)
{
    json_t *root = rig_get(r, "/v1/status", 200), *s;
    int64_t sum = 0;
    size_t i;

    *ret_busy = json_is_true(json_object_get(root, "evaluating"));
    json_array_foreach(json_object_get(root, "sources"), i, s)
    {
        *ret_busy |= json_is_true(json_object_get(s, "running"));
        sum += json_integer_value(json_object_get(s, "syncs"));
    }
    json_decref(root);
    return sum;
}

struct sync_wait {
    struct rig *rig;
    int64_t want;
};

static bool synced(void *arg)
{
    struct sync_wait *w = arg;
    bool busy;

    return syncs_ended(w->rig, &busy) >= w->want && !busy;
}

/* Wanted: one more of each source. */
static struct sync_wait before_sync(struct rig *r)
{
    struct sync_wait w = {.rig = r};
    bool busy;
    json_t *root;

    w.want = syncs_ended(r, &busy);
    root = rig_get(r, "/v1/status", 200);
    w.want += (int64_t)json_array_size(json_object_get(root, "sources"));
    json_decref(root);
    return w;
}

static void await_sync(struct sync_wait *w)
{
    if (!wait_until(synced, w, RIG_LIMIT)) {
        print_log(w->rig);
        fail_msg("the sync does not end");
    }
}

void rig_sync(struct rig *r)
{
    struct sync_wait w = before_sync(r);

    json_decref(rig_post(r, "/v1/sync", NULL, 202));
    await_sync(&w);
}

void rig_cycle(struct rig *r)
{
    struct sync_wait w = before_sync(r);

    rig_signal(r, SIGUSR1);
    await_sync(&w);
}

json_t *rig_messages(struct rig *r)
{
    return rig_control(r, "/_control/messages", NULL);
}

size_t rig_message_count(struct rig *r)
{
    json_t *root = rig_messages(r);
    size_t n = json_array_size(root);

    json_decref(root);
    return n;
}

static bool has_messages(void *arg)
{
    struct await *w = arg;

    return rig_message_count(w->rig) >= w->count;
}

void rig_await_messages(struct rig *r, size_t n)
{
    struct await w = {.rig = r, .count = n};

    if (!wait_until(has_messages, &w, RIG_LIMIT)) {
        print_log(r);
        fail_msg("%zu messages, not %zu", rig_message_count(r), n);
    }
}

/* ---- what is stored ---- */

sqlite3 *rig_database(struct rig *r)
{
    struct buf path;
    struct err e;
    sqlite3 *db;

    must(tempdir_join(&r->dir, "state/alignd.db", &path, &e), &e, "path");
    assert_int_equal(sqlite3_open_v2(buf_cstr(&path), &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    buf_finish(&path);
    sqlite3_busy_timeout(db, 10000);
    return db;
}

static bool has_backup(void *arg)
{
    sqlite3 *db = rig_database(arg);
    sqlite3_stmt *st;
    bool found;

    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT 1 FROM meta WHERE key = 'backup_at'",
                                        -1, &st, NULL),
                     SQLITE_OK);
    found = sqlite3_step(st) == SQLITE_ROW;
    sqlite3_finalize(st);
    sqlite3_close(db);
    return found;
}

void rig_await_backup(struct rig *r)
{
    if (!wait_until(has_backup, r, RIG_LIMIT))
        fail_msg("no backup is made");
}

/* Frames of the log: those that carry the salts of its head; what is behind them is
   left from before it was begun anew (sqlite.org/fileformat2.html#walformat). */
void rig_wal(struct rig *r, struct rig_wal *ret)
{
    enum { HEAD = 32, FRAME = 24 + 4096 };
    uint8_t head[HEAD], frame[24];
    struct buf path;
    struct err e;
    FILE *f;

    *ret = (struct rig_wal){0};
    must(tempdir_join(&r->dir, "state/alignd.db-wal", &path, &e), &e, "path");
    f = fopen(buf_cstr(&path), "rb");
    buf_finish(&path);
    assert_non_null(f);
    if (fread(head, sizeof(head), 1, f) == 1) {
        memcpy(ret->salts, head + 16, sizeof(ret->salts));
        while (fseek(f, (long)(HEAD + ret->pages * FRAME), SEEK_SET) == 0 &&
               fread(frame, sizeof(frame), 1, f) == 1 &&
               memcmp(frame + 8, ret->salts, sizeof(ret->salts)) == 0)
            ret->pages++;
    }
    fclose(f);
}

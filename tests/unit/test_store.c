#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"
#include "tests/unit/store_rig.h"

/* ---- a store on a loop ---- */

struct house {
    struct rig rig; /* its directory and clock; the store opens the database */
    uv_loop_t loop;
    struct store *store;
    struct store_opened opened;
    bool closed;
};

static bool house_open(struct house *h)
{
    struct clock clock = {rig_wall, rig_mono, &h->rig};
    struct store_options opt = {.dir = tempdir_path(&h->rig.dir), .clock = &clock};

    h->closed = false;
    return store_open(&h->loop, &opt, &h->store, &h->opened, &h->rig.e);
}

static int setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);

    assert_non_null(h);
    h->rig.now = (struct wall){RIG_T0};
    h->rig.a = arena_create(1 << 20);
    RIG_OK(&h->rig, tempdir_create(&h->rig.dir, &h->rig.e));
    assert_int_equal(uv_loop_init(&h->loop), 0);
    *state = h;
    return 0;
}

static int teardown(void **state)
{
    struct house *h = *state;

    assert_int_equal(uv_loop_close(&h->loop), 0);
    tempdir_remove(&h->rig.dir);
    arena_destroy(h->rig.a);
    free(h);
    return 0;
}

static void on_closed(void *arg)
{
    ((struct house *)arg)->closed = true;
}

static void house_close(struct house *h)
{
    store_close(h->store, on_closed, h);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(h->closed);
}

/* ---- order and bounds ---- */

struct step {
    int n;
    bool fails;
};
static int ran[1000], n_ran; /* engine thread, read after the loop has run */
static int done[1000], n_done, n_failed;

static bool run_step(struct db *db, void *arg, struct err *e)
{
    struct step *s = arg;

    assert_non_null(db);
    ran[n_ran++] = s->n;
    return !s->fails || err_set(e, ERR_STORE, "step %d", s->n);
}

static void step_done(void *arg, bool ok, const struct err *err)
{
    struct step *s = arg;

    done[n_done++] = s->n;
    if (!ok) {
        n_failed++;
        assert_int_equal(err->kind, ERR_STORE);
    }
}

static void runs_in_order_of_submission(void **state)
{
    struct house *h = *state;
    struct step steps[200];

    n_ran = n_done = n_failed = 0;
    RIG_OK(&h->rig, house_open(h));
    for (int i = 0; i < 200; i++) {
        steps[i] = (struct step){i, i % 7 == 0};
        RIG_OK(&h->rig,
               store_submit(h->store, run_step, step_done, &steps[i], &h->rig.e));
    }
    house_close(h);
    assert_int_equal(n_ran, 200);
    assert_int_equal(n_done, 200);
    assert_int_equal(n_failed, 29);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(ran[i], i);
        assert_int_equal(done[i], i);
    }
}

static sem_t gate;

static bool run_gate(struct db *db, void *arg, struct err *e)
{
    (void)db;
    (void)arg;
    (void)e;
    sem_wait(&gate);
    return true;
}

static void full_queue_is_refused(void **state)
{
    struct house *h = *state;
    struct err e;
    int accepted = 0;
    uint64_t beat;

    sem_init(&gate, 0, 0);
    RIG_OK(&h->rig, house_open(h));
    assert_true(store_is_idle(h->store));
    beat = store_heartbeat(h->store);
    while (store_submit(h->store, run_gate, NULL, NULL, &e))
        accepted++;
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(e.retry, ERR_TRY_AGAIN);
    assert_int_equal(accepted, 256);
    assert_false(store_is_idle(h->store));
    for (int i = 0; i < accepted; i++)
        sem_post(&gate);
    store_close(h->store, on_closed, h);
    assert_false(store_submit(h->store, run_gate, NULL, NULL, &e));
    assert_int_equal(e.kind, ERR_CANCELED);
    /* The heartbeat is read before the store is gone. */
    assert_true(store_heartbeat(h->store) >= beat);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(h->closed);
    sem_destroy(&gate);
}

/* ---- rest ---- */

/* Those of the store alone, by name: the sanitizers have some of their own. */
static bool is_the_stores(int task_dir, const char *tid)
{
    char path[280], name[16] = "";
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "%s/comm", tid);
    fd = openat(task_dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) /* it has ended meanwhile */
        return false;
    n = read(fd, name, sizeof name);
    close(fd);
    return n > 6 && strncmp(name, "store ", 6) == 0;
}

static unsigned count_threads(void)
{
    DIR *d = opendir("/proc/self/task");
    unsigned n = 0;

    assert_non_null(d);
    for (struct dirent *f = readdir(d); f != NULL; f = readdir(d))
        n += f->d_name[0] != '.' && is_the_stores(dirfd(d), f->d_name);
    closedir(d);
    return n;
}

static bool count_items(struct db *db, void *arg, struct err *e)
{
    int64_t n;

    (void)arg;
    return sql_int(db, "SELECT count(*) FROM item", NULL, 0, 0, &n, e);
}

static void run_one_of_each(struct house *h)
{
    struct step on_engine = {1, false}, on_reader = {2, false};

    n_done = n_failed = 0;
    RIG_OK(&h->rig,
           store_submit(h->store, count_items, step_done, &on_engine, &h->rig.e));
    RIG_OK(&h->rig, store_read(h->store, count_items, step_done, &on_reader, &h->rig.e));
    while (n_done < 2)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_int_equal(n_failed, 0);
}

/* Two seconds after the last job. The kernel lists a thread for a moment longer than
   it is waited for, so the loop's turn is not what is waited for. */
static void await_rest(struct house *h)
{
    for (int i = 0; count_threads() > 0; i++) {
        assert_in_range(i, 0, 30000);
        uv_run(&h->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

static void threads_end_and_begin_again(void **state)
{
    struct house *h = *state;

    RIG_OK(&h->rig, house_open(h));
    assert_int_equal(count_threads(), 0);
    run_one_of_each(h);
    assert_int_equal(count_threads(), 2);
    await_rest(h);
    run_one_of_each(h);
    await_rest(h);
    house_close(h);
    await_rest(h);
    RIG_OK(&h->rig, house_open(h));
    assert_false(h->opened.unclean);
    house_close(h);
}

/* A completion that submits again, as app does. */
static struct house *again_house;
static void submit_again(void *arg, bool ok, const struct err *err)
{
    struct step *s = arg;
    struct err e;

    (void)err;
    assert_true(ok);
    if (--s->n > 0)
        assert_true(store_submit(again_house->store, run_step, submit_again, s, &e));
    else
        store_close(again_house->store, on_closed, again_house);
}

static void completions_may_submit_and_close(void **state)
{
    struct house *h = *state;
    struct step s = {50, false};

    n_ran = 0;
    again_house = h;
    RIG_OK(&h->rig, house_open(h));
    RIG_OK(&h->rig, store_submit(h->store, run_step, submit_again, &s, &h->rig.e));
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(h->closed);
    assert_int_equal(n_ran, 50);
}

/* ---- reader ---- */

static bool write_row(struct db *db, void *arg, struct err *e)
{
    (void)arg;
    return sql_begin(db, true, e) && sql_end(db, meta_set(db, "probe", 7, e), e);
}
static int64_t seen; /* reader thread, read on the loop after its completion */
static bool read_row(struct db *db, void *arg, struct err *e)
{
    (void)arg;
    return meta_get(db, "probe", 0, &seen, e);
}
static void must_fail(void *arg, bool ok, const struct err *err)
{
    struct house *h = arg;

    assert_false(ok);
    assert_int_equal(err->kind, ERR_STORE);
    store_close(h->store, on_closed, h);
}
static void read_done(void *arg, bool ok, const struct err *err)
{
    struct house *h = arg;

    (void)err;
    assert_true(ok);
    assert_int_equal(seen, 7);
    RIG_OK(&h->rig, store_read(h->store, write_row, must_fail, h, &h->rig.e));
}
static void read_after(void *arg, bool ok, const struct err *err)
{
    struct house *h = arg;

    (void)err;
    assert_true(ok);
    RIG_OK(&h->rig, store_read(h->store, read_row, read_done, h, &h->rig.e));
}

static void reader_sees_commits_and_writes_nothing(void **state)
{
    struct house *h = *state;

    seen = 0;
    RIG_OK(&h->rig, house_open(h));
    RIG_OK(&h->rig, store_submit(h->store, write_row, read_after, h, &h->rig.e));
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(h->closed);
}

/* ---- aside ---- */

static void gate_passed(void *arg, bool ok, const struct err *err)
{
    struct house *h = arg;

    (void)err;
    assert_true(ok);
    RIG_OK(&h->rig, store_aside(h->store, write_row, must_fail, h, &h->rig.e));
}

/* What takes long is held up by nothing and holds nothing up, and there is one of it. */
static void one_thing_goes_on_aside(void **state)
{
    struct house *h = *state;
    struct err e;

    sem_init(&gate, 0, 0);
    RIG_OK(&h->rig, house_open(h));
    RIG_OK(&h->rig, store_aside(h->store, run_gate, gate_passed, h, &h->rig.e));
    assert_false(store_aside(h->store, run_gate, NULL, NULL, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    n_ran = n_done = 0;
    for (int i = 0; i < 3; i++) {
        static struct step step = {1, false};

        RIG_OK(&h->rig, store_submit(h->store, run_step, step_done, &step, &h->rig.e));
    }
    while (n_done < 3)
        uv_run(&h->loop, UV_RUN_ONCE);
    sem_post(&gate);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_true(h->closed);
    sem_destroy(&gate);
}

static bool run_until_hurried(struct db *db, void *arg, struct err *e)
{
    sem_post(arg);
    while (!*db->quit)
        usleep(100);
    return err_set(e, ERR_CANCELED, "stopping");
}

static void was_canceled(void *arg, bool ok, const struct err *err)
{
    (void)arg;
    assert_false(ok);
    assert_int_equal(err->kind, ERR_CANCELED);
    n_done++;
}

static void who_closes_need_not_wait_for_it(void **state)
{
    struct house *h = *state;

    sem_init(&gate, 0, 0);
    n_done = 0;
    RIG_OK(&h->rig, house_open(h));
    RIG_OK(&h->rig,
           store_aside(h->store, run_until_hurried, was_canceled, &gate, &h->rig.e));
    sem_wait(&gate);
    house_close(h);
    assert_int_equal(n_done, 1);
    sem_destroy(&gate);
}

/* ---- opening ---- */

static void one_instance_only(void **state)
{
    struct house *h = *state;
    struct house second = {.rig.dir = h->rig.dir};

    RIG_OK(&h->rig, house_open(h));
    assert_false(house_open(&second));
    assert_int_equal(second.rig.e.kind, ERR_CONFLICT);
    house_close(h);
    RIG_OK(&h->rig, house_open(h));
    assert_false(h->opened.created);
    assert_false(h->opened.unclean);
    assert_int_equal(h->opened.migrated_from, schema_count);
    house_close(h);
}

static void file_is_private(void **state)
{
    struct house *h = *state;
    struct buf path;
    struct stat st;

    RIG_OK(&h->rig, house_open(h));
    assert_true(h->opened.created);
    RIG_OK(&h->rig, tempdir_join(&h->rig.dir, "alignd.db", &path, &h->rig.e));
    assert_int_equal(stat(buf_cstr(&path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    buf_finish(&path);
    house_close(h);
}

/* Opens without threads, so that a stop can be one after kill -9. */
static struct store_opened reopen(struct rig *r)
{
    struct store_opened opened;

    rig_open(r, &opened);
    return opened;
}

static void unclean_stop_is_noticed(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    assert_true(reopen(r).created);
    db_close(r->db); /* no mark */
    assert_true(reopen(r).unclean);
    db_close_writer(r->db);
    assert_false(reopen(r).unclean);
    db_close_writer(r->db);
}

static void spoil(struct rig *r, const char *name, off_t at)
{
    struct buf path;
    char noise[4096];
    int fd;

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 37 + 11);
    RIG_OK(r, tempdir_join(&r->dir, name, &path, &r->e));
    fd = open(buf_cstr(&path), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    buf_finish(&path);
}

static void copy_backup(struct rig *r, unsigned n)
{
    static const char sql[] = "VACUUM INTO ?";
    char *path = backup_path(r->db->path, n);

    RIG_OK(r, sql_run(r->db, sql, SQL_ARGS(SQL_S(str_of(path))), &r->e));
    free(path);
}

/* One more name for "FILE" with the suffix. */
static int link_with(const char *path, const char *from, const char *to)
{
    char a[4096], b[4096];

    snprintf(a, sizeof a, "%s%s", path, from);
    snprintf(b, sizeof b, "%s%s", path, to);
    return link(a, b);
}

static void corrupt_file_is_set_aside_and_restored(void **state)
{
    static const off_t places[] = {0, 4096}; /* the header; a page of the schema */

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct rig *r = &((struct house *)*state)->rig;
        struct store_opened o;
        char *backup;

        reopen(r);
        RIG_OK(r, sql_begin(r->db, true, &r->e));
        RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 40 + (int)i, &r->e), &r->e));
        backup = backup_path(r->db->path, 2);
        unlink(backup);
        copy_backup(r, 2);
        free(backup);
        db_close_writer(r->db);
        RIG_OK(r, tempdir_write(&r->dir, "alignd.db.backup.1",
                                STR("not a database, but long enough to look"), &r->e));
        reopen(r);
        db_close(r->db); /* unclean: the file is checked */
        spoil(r, "alignd.db", places[i]);
        r->now.ms += 1;
        o = reopen(r);
        assert_true(o.restored);
        assert_true(strstr(o.aside, ".corrupt-") != NULL);
        assert_int_equal(access(o.aside, F_OK), 0);
        assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"),
                         40 + (int)i);
        db_close_writer(r->db);
    }
}

static void corrupt_without_backup_starts_anew(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    struct store_opened o;

    RIG_OK(r, tempdir_write(&r->dir, "alignd.db",
                            STR("SQLite format 2, or so they said, and then some more"),
                            &r->e));
    o = reopen(r);
    assert_false(o.restored);
    assert_true(o.anew);
    assert_int_equal(o.migrated_from, 0);
    assert_true(o.aside[0] != '\0');
    assert_int_equal(rig_int(r, "SELECT count(*) FROM source"), 0);
    db_close_writer(r->db);
}

/* With the log of the one that is gone beside it, which is not the backup's. */
static void missing_file_is_restored(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    struct store_opened o;
    char *path;

    reopen(r);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 1, &r->e), &r->e));
    copy_backup(r, 1);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 2, &r->e), &r->e));
    path = strdup(r->db->path);
    assert_int_equal(link_with(path, "-wal", "-kept"), 0);
    db_close(r->db);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link_with(path, "-kept", "-wal"), 0);
    o = reopen(r);
    assert_true(o.restored);
    assert_false(o.created);
    assert_string_equal(o.aside, "");
    assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"), 1);
    db_close_writer(r->db);
    free(path);
}

/* Nothing is committed to a file that nobody would find again. */
static void file_taken_away_is_not_written(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    struct buf away;

    reopen(r);
    RIG_OK(r, tempdir_join(&r->dir, "away", &away, &r->e));
    assert_int_equal(rename(r->db->path, buf_cstr(&away)), 0);
    assert_false(sql_begin(r->db, true, &r->e));
    assert_int_equal(r->e.kind, ERR_STORE);
    assert_non_null(strstr(r->e.msg, "was removed or replaced"));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM source"), 0); /* reads go on */
    RIG_OK(r, tempdir_write(&r->dir, "alignd.db", STR("another one"), &r->e));
    assert_false(sql_begin(r->db, true, &r->e));
    assert_int_equal(rename(buf_cstr(&away), r->db->path), 0);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 1, &r->e), &r->e));
    db_close_writer(r->db);
    buf_finish(&away);
}

static void refused(struct rig *r, const char *script, const char *what)
{
    struct clock clock = {rig_wall, rig_mono, r};
    struct store_options opt = {.dir = tempdir_path(&r->dir), .clock = &clock};
    struct store_opened o;
    struct buf path;
    sqlite3 *h;

    RIG_OK(r, tempdir_join(&r->dir, "alignd.db", &path, &r->e));
    unlink(buf_cstr(&path));
    assert_int_equal(sqlite3_open(buf_cstr(&path), &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, script, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(h);
    assert_false(db_open_writer(&opt, &r->db, &o, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFIG);
    assert_non_null(strstr(r->e.msg, what));
    assert_int_equal(access(buf_cstr(&path), F_OK), 0);
    buf_finish(&path);
}

static void foreign_and_newer_files_are_refused(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    refused(r, "CREATE TABLE moz_places (id INTEGER)", "not a database of alignd");
    refused(r, "PRAGMA application_id = 42", "not a database of alignd");
    refused(r,
            "CREATE TABLE meta (key TEXT); PRAGMA application_id = 1634494308; PRAGMA "
            "user_version = 4000",
            "newer alignd");
}

/* A file as the version left it, with these rows. */
static void write_version(struct rig *r, unsigned version, const char *rows)
{
    struct buf path;
    char mark[128];
    sqlite3 *h;

    RIG_OK(r, tempdir_join(&r->dir, "alignd.db", &path, &r->e));
    unlink(buf_cstr(&path));
    assert_int_equal(sqlite3_open(buf_cstr(&path), &h), SQLITE_OK);
    for (unsigned i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(h, schema_sql[i], NULL, NULL, NULL), SQLITE_OK);
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%u;",
             STORE_APPLICATION_ID, version);
    assert_int_equal(sqlite3_exec(h, mark, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(h, rows, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("version %u: %s", version, sqlite3_errmsg(h));
    sqlite3_close(h);
    buf_finish(&path);
}

/* Every earlier version's file becomes the same schema, and keeps its rows. */
static void migrates_from_every_version(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    const char *schema = "SELECT group_concat(type || name || sql, ';') FROM"
                         " (SELECT * FROM sqlite_schema ORDER BY name)";
    const char *wanted;

    reopen(r);
    wanted = rig_text(r, schema);
    db_close_writer(r->db);
    for (unsigned v = 1; v < schema_count; v++) {
        write_version(r, v, "INSERT INTO meta VALUES ('probe', 5)");
        assert_int_equal(reopen(r).migrated_from, v);
        assert_string_equal(rig_text(r, schema), wanted);
        assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"), 5);
        assert_string_equal(rig_text(r, "PRAGMA integrity_check"), "ok");
        db_close_writer(r->db);
    }
}

/*
 * Version 1 knew what the first channel was told. 1: told of its second episode on
 * two channels, with a reminder, one of them not delivered; 2: its end was told, and
 * it fires again untold; 3: its message is forgotten; 4: never told, and waits.
 */
static const char told_in_version_1[] =
    "INSERT INTO finding (n, id, rule, kind, subject, item, scope, source, state,"
    " severity, since, fired, resolved, clear_since, episode, baseline, ended_by, team,"
    " node, note, fix, command, facts, plan_next, told_episode, told_severity,"
    " told_resolved, told_at, reminders) VALUES"
    " (1, 'a1', 'r', 0, 's1', 1, 1, 1, 2, 2, 5, 6, 0, 0, 2, 0, '', '', '', 'n', '', '',"
    "  '{}', 0, 2, 2, 0, 900, 1),"
    " (2, 'a2', 'r', 0, 's2', 2, 1, 1, 2, 1, 5, 6, 0, 0, 2, 0, '', '', '', '', '', '',"
    "  '{}', 0, 1, 1, 1, 800, 0),"
    " (3, 'a3', 'r', 0, 's3', 3, 1, 1, 2, 1, 5, 6, 0, 0, 1, 0, '', '', '', '', '', '',"
    "  '{}', 0, 1, 1, 0, 100, 2),"
    " (4, 'a4', 'r', 0, 's4', 4, 1, 1, 2, 1, 5, 6, 0, 0, 1, 0, '', '', '', '', '', '',"
    "  '{}', 0, 0, 0, 0, 0, 0);"
    "INSERT INTO outbox (id, key, channel, state, created, next_attempt, done_at, "
    "notice)"
    " VALUES (1, 'k1', 'ops', 2, 300, 300, 310, '{}'), (2, 'k2', 'ops', 2, 700, 700, "
    "710,"
    "  '{}'), (3, 'k3', 'two words to say', 3, 750, 750, 760, '{}'),"
    " (4, 'k4', 'ops', 0, 900, 900, 0, '{}'), (5, 'k5', 'ops', 2, 800, 800, 810, '{}');"
    "INSERT INTO outbox_member VALUES (1, 1, 1, 16), (2, 1, 2, 16), (3, 1, 2, 16),"
    " (4, 1, 2, 17), (1, 2, 1, 16), (5, 2, 1, 14);"
    "INSERT INTO finding_event (finding, at, what, detail) VALUES"
    " (3, 90, 'told', 'new to ops'), (3, 100, 'told', 'reminder to two words to say'),"
    " (3, 101, 'reason', 'unchanged'), (1, 900, 'told', 'reminder to ops');"
    "INSERT INTO batch (id, channel, name, due) VALUES (7, 'ops', 'team=web', 999);"
    "INSERT INTO member (batch, finding, kind, joined, leads) VALUES (7, 4, 16, 6, 1)";

/* Findings of version 1 kept the words of items that had turned private. */
static const char private_in_version_1[] =
    "INSERT INTO item (id, source, vid, hash, scope, key, level, category, outcome,"
    " outsider, private, baseline, created, updated, closed, first_seen, changed,"
    " children, parent_vid, parent_key, type, status, author, author_name, assignees,"
    " url, title, marks, excerpt) VALUES"
    " (1, 1, 'v1', 1, 1, 'a#1', 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, '', '', '', '', '',"
    "  '', '', '', '', '', ''),"
    " (2, 1, 'v2', 1, 1, 'a#2', 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, '', '', '', '', '',"
    "  '', '', '', '', '', '');"
    "INSERT INTO finding (n, id, rule, kind, subject, item, scope, source, state,"
    " severity, since, fired, resolved, clear_since, episode, baseline, ended_by, team,"
    " node, note, fix, command, facts) VALUES"
    " (1, 'a1', 'r', 0, 's1', 1, 1, 1, 3, 1, 5, 6, 7, 0, 1, 0, 'word', '', '', 'word',"
    "  'word', 'word', 'word'),"
    " (2, 'a2', 'r', 0, 's2', 2, 1, 1, 3, 1, 5, 6, 7, 0, 1, 0, 'word', '', '', 'word',"
    "  'word', 'word', 'word');"
    "INSERT INTO finding_event (finding, at, what, detail) VALUES"
    " (1, 6, 'fired', 'warn'), (1, 7, 'resolved', 'word'), (2, 7, 'resolved', 'word')";

static void private_words_are_forgotten(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    write_version(r, 1, private_in_version_1);
    reopen(r);
    assert_string_equal(rig_text(r,
                                 "SELECT group_concat(n || ended_by || note || fix ||"
                                 " command || facts) FROM finding"),
                        "1,2wordwordwordwordword");
    assert_string_equal(
        rig_text(r, "SELECT group_concat(finding || detail) FROM finding_event"),
        "1warn,1,2word");
    db_close_writer(r->db);
}

static void what_was_told_is_kept(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    write_version(r, 1, told_in_version_1);
    reopen(r);
    assert_string_equal(
        rig_text(r,
                 "SELECT group_concat(finding || ' ' || channel || ': ' || episode ||"
                 " ' ' || kind || ' ' || severity || ' ' || at || ' ' || reminders ||"
                 " ' ' || outbox || ' ' || delivered, '; ') FROM"
                 " (SELECT * FROM told ORDER BY finding, channel)"),
        "1 ops: 2 17 2 900 1 4 0; 1 two words to say: 2 16 2 750 1 3 0;"
        " 2 ops: 1 14 1 800 0 5 810; 3 two words to say: 1 17 1 100 2 0 100");
    assert_string_equal(rig_text(r, "SELECT group_concat(n || note || plan_next) FROM"
                                    " finding"),
                        "1n0,20,30,41");
    assert_string_equal(rig_text(r, "SELECT batch || finding || kind || joined FROM"
                                    " member"),
                        "74166");
    assert_int_equal(rig_int(r, "SELECT due FROM batch"), 999);
    db_close_writer(r->db);
}

/* Of what version 1 holds, how much each scope has of every node and team is counted.
 */
static const char counted_in_version_1[] =
    "INSERT INTO item (id, source, vid, hash, scope, key, level, category, outcome,"
    " outsider, private, baseline, created, updated, closed, first_seen, changed,"
    " children, counted, counted_scope, team, parent_vid, parent_key, type, status,"
    " author, author_name, assignees, url, title, marks, excerpt)"
    " SELECT value, 1, 'v' || value, 1, 1, 'a', 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0,"
    " CASE value WHEN 1 THEN 17 WHEN 2 THEN 1 WHEN 3 THEN 4 ELSE 0 END, value % 2 + 1,"
    " CASE value WHEN 5 THEN '' ELSE 'web' END, '', '', '', '', '', '', '', '', '', '',"
    " '' FROM json_each('[1, 2, 3, 4, 5]');"
    "INSERT INTO link (item, method, node, known, effective, via, hops, detail) VALUES"
    " (1, 4, 'sso', 1, 1, 0, 0, ''), (1, 6, 'sso', 1, 1, 0, 0, ''),"
    " (3, 4, 'sso', 1, 1, 0, 0, ''), (2, 4, 'sso', 1, 0, 0, 0, ''),"
    " (4, 4, 'sso', 1, 1, 0, 0, '')";

static void shares_are_counted(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    write_version(r, 1, counted_in_version_1);
    reopen(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(node || scope || items ||"
                                    " epics) FROM share"),
                        "sso221,web110,web211");
    db_close_writer(r->db);
}

/* The text of a version stays as one file, until the strategy in force is seen again.
 */
static void texts_of_versions_are_kept(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    struct strategy_file files[] = {{STR("a.yaml"), STR("A"), false},
                                    {STR("b.yaml"), STR("B"), false},
                                    {STR("days.ics"), STR("C"), true}};
    struct strategy s = {.version = 9, .files = files, .n_files = 3};
    const char *rows =
        "SELECT group_concat(strategy || ' ' || place || name || beside ||"
        " text, ', ') FROM strategy_file";
    bool is_new;

    write_version(
        r, 5,
        "INSERT INTO strategy (n, version, at, text) VALUES (1, 8, 100, 'Old'),"
        " (2, 9, 200, 'AB'); INSERT INTO meta VALUES ('strategy', 9)");
    reopen(r);
    assert_string_equal(rig_text(r, rows), "1 00Old, 2 00AB");
    assert_string_equal(rig_text(r, "SELECT group_concat(n || ' ' || version || ' ' ||"
                                    " at, ', ') FROM strategy"),
                        "1 8 100, 2 9 200");
    for (int i = 0; i < 2; i++) {
        RIG_OK(r, db_strategy_set(r->db, &s, r->now, &is_new, &r->e));
        assert_false(is_new);
        assert_string_equal(rig_text(r, rows),
                            "1 00Old, 2 0a.yaml0A, 2 1b.yaml0B, 2 2days.ics1C");
    }
    db_close_writer(r->db);
}

/* What evaluation holds leaves the item's row, which people's bits stay in. */
static void evaluated_leaves_the_item(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;
    char rows[sizeof counted_in_version_1 + 100];

    snprintf(rows, sizeof rows, "%s;%s", counted_in_version_1,
             "UPDATE item SET has = 11, next_check = 77 WHERE id = 3;"
             "UPDATE item SET has = 6 WHERE id = 5");
    write_version(r, 1, rows);
    reopen(r);
    assert_string_equal(
        rig_text(r,
                 "SELECT group_concat(concat, '; ') FROM (SELECT item || ' ' || has ||"
                 " ' ' || counted || ' ' || counted_scope || ' ' || counted_changed ||"
                 " ' ' || next_check || ' ' || team || ' ' || created AS concat"
                 " FROM evaluated ORDER BY item)"),
        "1 0 17 2 0 0 web 1; 2 0 1 1 0 0 web 1; 3 9 4 2 0 77 web 1; 4 0 0 1 0 0 web 1");
    assert_string_equal(rig_text(r, "SELECT group_concat(id || has || vid) FROM item"),
                        "10v1,20v2,32v3,40v4,56v5");
    db_close_writer(r->db);
}

/* The full-text index of suggestions becomes rows, and is counted as it is found. */
static void words_of_suggestions_are_counted(void **state)
{
    struct rig *r = &((struct house *)*state)->rig;

    write_version(r, 16,
                  "INSERT INTO suggest_text (rowid, title, body) VALUES"
                  " (7, 'second site billing', 'billing invoice'), (9, 'billing', ''),"
                  " (-1, '', 'invoice');"
                  "DELETE FROM suggest_text WHERE rowid = 9");
    reopen(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(term || docs) FROM"
                                    " suggest_word"),
                        "billing1,invoice2,second1,site1");
    assert_string_equal(rig_text(r, "SELECT group_concat(term || ' ' || doc || ' ' ||"
                                    " place, ', ') FROM suggest_posting"),
                        "billing 7 3, invoice -1 2, invoice 7 2, second 7 1, site 7 1");
    assert_string_equal(rig_text(r, "SELECT group_concat(doc || title || '|' || body)"
                                    " FROM suggest_words"),
                        "-1|invoice,7second site billing|billing invoice");
    db_close_writer(r->db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(threads_end_and_begin_again), /* first: nobody's thread is just ending */
        T(runs_in_order_of_submission),
        T(full_queue_is_refused),
        T(completions_may_submit_and_close),
        T(reader_sees_commits_and_writes_nothing),
        T(one_thing_goes_on_aside),
        T(who_closes_need_not_wait_for_it),
        T(one_instance_only),
        T(file_is_private),
        T(unclean_stop_is_noticed),
        T(corrupt_file_is_set_aside_and_restored),
        T(corrupt_without_backup_starts_anew),
        T(missing_file_is_restored),
        T(file_taken_away_is_not_written),
        T(foreign_and_newer_files_are_refused),
        T(migrates_from_every_version),
        T(what_was_told_is_kept),
        T(private_words_are_forgotten),
        T(shares_are_counted),
        T(evaluated_leaves_the_item),
        T(words_of_suggestions_are_counted),
        T(texts_of_versions_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
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

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(threads_end_and_begin_again),
        T(runs_in_order_of_submission),
        T(full_queue_is_refused),
        T(completions_may_submit_and_close),
        T(reader_sees_commits_and_writes_nothing),
        T(one_thing_goes_on_aside),
        T(who_closes_need_not_wait_for_it),
        T(one_instance_only),
        T(file_is_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

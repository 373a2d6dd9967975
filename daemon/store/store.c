#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/open.h"
#include "store/sql.h"

enum { QUEUE_MAX = 256, THREAD_STACK = 1 << 20, REST_MS = 2000 };

/* One allocation that travels loop -> worker -> loop. */
struct job {
    struct job *next;
    store_run_fn *run;
    store_done_fn *done;
    void *arg; /* borrowed: the submitter's, until done */
    bool ok;
    struct err err;
};

struct queue {
    struct job *first, **last;
};

/* Its thread begins with a job and ends when none has come for a while. */
struct worker {
    struct store *store;
    const char *name; /* static; what top and a debugger call the thread */
    pthread_t thread;
    bool started;         /* the loop's: a thread is to be joined */
    pthread_mutex_t lock; /* guards the five below */
    pthread_cond_t wake;
    struct queue todo;
    unsigned n;                   /* queued or running */
    bool stop;                    /* close the connection, end */
    bool ended;                   /* the thread looks at nothing any more */
    struct db *db;                /* owned; the thread's alone while it runs */
    void (*close)(struct db *db); /* how the thread leaves it for good */
};

struct store {
    struct worker engine, reader, aside; /* aside: opens its connection itself */
    uv_async_t async;
    pthread_mutex_t done_lock; /* guards done */
    struct queue done;
    _Atomic unsigned at_work; /* threads that have not gone to rest */
    _Atomic uint64_t beat;
    _Atomic bool quit; /* closing: a backup is no reason to wait */
    int lock_fd;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void queue_init(struct queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

static void queue_push(struct queue *q, struct job *j)
{
    j->next = NULL;
    *q->last = j;
    q->last = &j->next;
}

static struct job *queue_pop(struct queue *q)
{
    struct job *j = q->first;

    if (j != NULL) {
        q->first = j->next;
        if (q->first == NULL)
            q->last = &q->first;
    }
    return j;
}

/* ---- worker threads ---- */

static bool worker_open(struct worker *w, struct err *e)
{
    struct store *s = w->store;

    if (w->db != NULL)
        return true;
    if (!db_open_reader(s->engine.db, &w->db, e))
        return false;
    w->db->quit = w->db->upkeep_quit = &s->quit;
    return true;
}

/* What is kept to be quick is given back: statements, pages of the database, which the
   kernel keeps as well, and the schema, which lies in small pieces among what a sync has
   left and keeps its pages: it is read again when it is wanted. Where no other thread is
   at work, all that is free is the kernel's again. */
static void rest(struct store *s, struct db *db)
{
    if (db != NULL) {
        sql_forget(db);
        sqlite3_db_release_memory(db->h);
        (void)sqlite3_exec(db->h, "PRAGMA writable_schema=RESET", NULL, NULL, NULL);
    }
    if (atomic_fetch_sub(&s->at_work, 1) == 1)
        malloc_trim(0);
}

static void leave(struct worker *w)
{
    bool stop;

    pthread_mutex_lock(&w->lock);
    stop = w->stop;
    pthread_mutex_unlock(&w->lock);
    if (!stop) {
        rest(w->store, w->db);
        return;
    }
    w->close(w->db);
    w->db = NULL;
}

/* With the lock. False: nothing has come for a while. */
static bool await_job(struct worker *w)
{
    const int64_t ms = clock_mono(clock_system()).ms + REST_MS;
    const struct timespec until = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    return pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT;
}

/* NULL: there is none, and the thread may leave. */
static struct job *next_job(struct worker *w)
{
    struct job *j;

    pthread_mutex_lock(&w->lock);
    while (w->todo.first == NULL && !w->stop && await_job(w))
        ;
    j = queue_pop(&w->todo);
    pthread_mutex_unlock(&w->lock);
    return j;
}

static void run_job(struct worker *w, struct job *j)
{
    struct store *s = w->store;

    err_clear(&j->err);
    j->ok = worker_open(w, &j->err) && j->run(w->db, j->arg, &j->err);
    if (w->db != NULL)
        sql_beat(w->db);

    pthread_mutex_lock(&s->done_lock);
    queue_push(&s->done, j);
    pthread_mutex_unlock(&s->done_lock);

    pthread_mutex_lock(&w->lock);
    w->n--;
    pthread_mutex_unlock(&w->lock);
    uv_async_send(&s->async);
}

/* False: a job has come since. The loop is woken only where it waits for that thread. */
static bool may_end(struct worker *w)
{
    bool end, tell;

    pthread_mutex_lock(&w->lock);
    end = w->ended = w->todo.first == NULL;
    tell = w->stop;
    pthread_mutex_unlock(&w->lock);
    if (end && tell)
        uv_async_send(&w->store->async);
    return end;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct job *j;

    (void)prctl(PR_SET_NAME, w->name);
    do {
        atomic_fetch_add(&w->store->at_work, 1);
        while ((j = next_job(w)) != NULL)
            run_job(w, j);
        leave(w);
    } while (!may_end(w));
    return NULL;
}

/* Its waits that end by themselves are steady, however the wall clock is set. */
static bool wake_init(pthread_cond_t *wake)
{
    pthread_condattr_t attr;
    bool ok;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(wake, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

static bool worker_init(struct worker *w, struct store *s, const char *name,
                        void (*close_db)(struct db *), struct err *e)
{
    w->close = close_db;
    queue_init(&w->todo);
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        return err_nomem(e);
    if (!wake_init(&w->wake)) {
        pthread_mutex_destroy(&w->lock);
        return err_nomem(e);
    }
    w->store = s;
    w->name = name;
    return true;
}

static void worker_finish(struct worker *w)
{
    if (w->store == NULL)
        return;
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
}

/* Signals are the loop's: the threads block all of them. */
static bool worker_start(struct worker *w, struct err *e)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int rc;

    if (pthread_attr_init(&attr) != 0)
        return err_nomem(e);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&w->thread, &attr, work, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    w->started = rc == 0;
    if (w->started)
        return true;
    return err_set(e, ERR_STORE, "start a thread: %s", strerror(rc));
}

/* On the loop. False: there is a thread, which runs. */
static bool worker_reap(struct worker *w)
{
    bool ended;

    if (!w->started)
        return true;
    pthread_mutex_lock(&w->lock);
    ended = w->ended;
    pthread_mutex_unlock(&w->lock);
    if (!ended)
        return false;
    pthread_join(w->thread, NULL);
    w->started = w->ended = false;
    return true;
}

static bool worker_is_idle(struct worker *w)
{
    bool idle;

    pthread_mutex_lock(&w->lock);
    idle = w->n == 0;
    pthread_mutex_unlock(&w->lock);
    return idle;
}

/* On the loop. Has a thread close the connection, so that the loop does not wait for the
   disk. False: one is at it. */
static bool worker_close(struct worker *w)
{
    struct err e;

    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (!worker_reap(w))
        return false;
    if (w->db == NULL)
        return true;
    if (worker_start(w, &e))
        return false;
    w->close(w->db);
    w->db = NULL;
    return true;
}

/* ---- on the loop ---- */

static void store_free(struct store *s)
{
    worker_finish(&s->engine);
    worker_finish(&s->reader);
    worker_finish(&s->aside);
    pthread_mutex_destroy(&s->done_lock);
    if (s->lock_fd >= 0)
        close(s->lock_fd); /* and with it the lock */
    free(s);
}

static void on_closed(uv_handle_t *h)
{
    struct store *s = h->data;
    void (*closed)(void *) = s->closed;
    void *arg = s->closed_arg;

    store_free(s);
    if (closed != NULL)
        closed(arg);
}

static void run_done(struct store *s)
{
    struct queue list;
    struct job *j;

    pthread_mutex_lock(&s->done_lock);
    list = s->done;
    if (list.first == NULL)
        list.last = &list.first;
    queue_init(&s->done);
    pthread_mutex_unlock(&s->done_lock);

    while ((j = list.first) != NULL) {
        list.first = j->next;
        if (j->done != NULL)
            j->done(j->arg, j->ok, &j->err);
        free(j);
    }
}

/* The reader goes first: the engine's last checkpoint finds no snapshot open. */
static void close_step(struct store *s)
{
    if (worker_close(&s->aside) && worker_close(&s->reader) && worker_close(&s->engine) &&
        !uv_is_closing((uv_handle_t *)&s->async))
        uv_close((uv_handle_t *)&s->async, on_closed);
}

/* Wakes coalesce: the whole list is taken each time. */
static void on_async(uv_async_t *h)
{
    struct store *s = h->data;
    bool idle;

    /* Asked before the list is taken: a job counts until it is in the list. */
    idle = s->closing && worker_is_idle(&s->engine) && worker_is_idle(&s->reader) &&
           worker_is_idle(&s->aside);
    run_done(s);
    if (idle)
        close_step(s);
}

static bool lock_dir(const char *dir, int *ret_fd, struct err *e)
{
    struct buf path;
    int fd = -1;

    buf_init(&path, 4096);
    buf_printf(&path, "%s/alignd.lock", dir);
    if (!buf_check(&path, e))
        goto out;
    fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(e, ERR_IO, "open %s: %s", buf_cstr(&path), strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            err_set(e, ERR_CONFLICT, "%s is in use by another alignd", dir);
        else
            err_set(e, ERR_IO, "lock %s: %s", buf_cstr(&path), strerror(errno));
        close(fd);
        fd = -1;
    }
out:
    buf_finish(&path);
    *ret_fd = fd;
    return fd >= 0;
}

static bool open_databases(struct store *s, const struct store_options *opt,
                           struct store_opened *ret, struct err *e)
{
    if (!db_check_access(opt->dir, e) || !lock_dir(opt->dir, &s->lock_fd, e) ||
        !db_open_writer(opt, &s->engine.db, ret, e) ||
        !db_open_reader(s->engine.db, &s->reader.db, e))
        return false;
    s->engine.db->beat = &s->beat;
    s->engine.db->upkeep_quit = &s->quit;
    return true;
}

bool store_open(uv_loop_t *loop, const struct store_options *opt, struct store **ret,
                struct store_opened *ret_opened, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    int rc;

    if (s == NULL)
        return err_nomem(e);
    s->lock_fd = -1;
    queue_init(&s->done);
    if (pthread_mutex_init(&s->done_lock, NULL) != 0) {
        free(s);
        return err_nomem(e);
    }
    if (!worker_init(&s->engine, s, "store engine", db_close_writer, e) ||
        !worker_init(&s->reader, s, "store reader", db_close, e) ||
        !worker_init(&s->aside, s, "store aside", db_close, e) ||
        !open_databases(s, opt, ret_opened, e))
        goto fail;
    rc = uv_async_init(loop, &s->async, on_async);
    if (rc != 0) {
        err_set(e, ERR_STORE, "uv_async_init: %s", uv_strerror(rc));
        goto fail;
    }
    s->async.data = s;
    *ret = s;
    return true;
fail:
    db_close(s->reader.db);
    db_close(s->engine.db);
    store_free(s);
    return false;
}

/* The signal comes after the lock: who it wakes would wait for that at once. */
static bool worker_add(struct worker *w, struct job *j, struct err *e)
{
    bool full, runs;

    pthread_mutex_lock(&w->lock);
    full = w->n >= QUEUE_MAX;
    runs = w->started && !w->ended;
    if (!full) {
        w->n++;
        queue_push(&w->todo, j);
    }
    pthread_mutex_unlock(&w->lock);
    if (full)
        return err_set_retry(e, ERR_LIMIT, "the store's queue is full");
    if (runs) {
        pthread_cond_signal(&w->wake);
        return true;
    }
    if (worker_reap(w) && worker_start(w, e))
        return true;
    /* The thread had ended with nothing to do: this is all there is. */
    queue_init(&w->todo);
    w->n = 0;
    return false;
}

static bool submit(struct store *s, struct worker *w, store_run_fn *run,
                   store_done_fn *done, void *arg, struct err *e)
{
    struct job *j;

    if (s->closing)
        return err_set(e, ERR_CANCELED, "the store is closing");
    j = malloc(sizeof *j);
    if (j == NULL)
        return err_nomem(e);
    *j = (struct job){.run = run, .done = done, .arg = arg};
    if (worker_add(w, j, e))
        return true;
    free(j);
    return false;
}

bool store_submit(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                  struct err *e)
{
    return submit(s, &s->engine, run, done, arg, e);
}

bool store_read(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                struct err *e)
{
    return submit(s, &s->reader, run, done, arg, e);
}

bool store_aside(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                 struct err *e)
{
    if (!worker_is_idle(&s->aside))
        return err_set_retry(e, ERR_LIMIT,
                             "another replay runs: ask again in a minute");
    return submit(s, &s->aside, run, done, arg, e);
}

uint64_t store_heartbeat(const struct store *s)
{
    return atomic_load_explicit(&s->beat, memory_order_relaxed);
}

bool store_is_idle(const struct store *s)
{
    /* Taking a lock changes nothing an observer could see. */
    return worker_is_idle((struct worker *)(uintptr_t)&s->engine);
}

void store_hurry(struct store *s)
{
    atomic_store_explicit(&s->quit, true, memory_order_relaxed);
}

void store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
    assert(!s->closing);
    s->closing = true;
    store_hurry(s);
    s->closed = closed;
    s->closed_arg = arg;
    uv_async_send(&s->async);
}

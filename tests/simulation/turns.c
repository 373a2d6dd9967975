#include "tests/simulation/turns.h"

#include <stdlib.h>

#include "store/sql.h"
#include "store/store.h"
#include "tests/simulation/chance.h"

enum { ENGINE, READER, WORKERS, QUEUE_MAX = 256, BY_THREAD = 64 };

struct turn {
    struct turn *next;
    int worker;
    struct store *store;
    store_run_fn *run;
    store_done_fn *done;
    void *arg;
};

static struct {
    struct turn *first[WORKERS], **last[WORKERS];
    unsigned n[WORKERS];
    struct db *db[WORKERS]; /* what a thread works on, once it has; it waits meanwhile */
    bool running;
    struct store *closing; /* it has been asked to close, and does when all was run */
    bool closes;
    void (*closed)(void *arg);
    void *closed_arg;
    struct chance chance;
    uint64_t taken;
} turns;

bool __real_store_submit(struct store *s, store_run_fn *run, store_done_fn *done,
                         void *arg, struct err *e) MUST_USE;
bool __real_store_read(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                       struct err *e) MUST_USE;
void __real_store_close(struct store *s, void (*closed)(void *arg), void *arg);
int __real_uv_run(uv_loop_t *loop, uv_run_mode mode);
bool __wrap_store_submit(struct store *s, store_run_fn *run, store_done_fn *done,
                         void *arg, struct err *e) MUST_USE;
bool __wrap_store_read(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                       struct err *e) MUST_USE;
bool __wrap_store_is_idle(const struct store *s);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
                                  const struct timespec *until);
void __wrap_store_close(struct store *s, void (*closed)(void *arg), void *arg);

void turns_init(uint64_t seed)
{
    for (int w = 0; w < WORKERS; w++) {
        turns.first[w] = NULL;
        turns.last[w] = &turns.first[w];
        turns.n[w] = 0;
    }
    chance_seed(&turns.chance, seed, CHANCE_TURNS);
    turns.taken = 0;
}

static bool queue(int worker, struct store *s, store_run_fn *run, store_done_fn *done,
                  void *arg, struct err *e)
{
    struct turn *t;

    if (turns.closing != NULL)
        return err_set(e, ERR_CANCELED, "the store is closing");
    if (turns.n[worker] >= QUEUE_MAX)
        return err_set_retry(e, ERR_LIMIT, "the store's queue is full");
    t = malloc(sizeof(*t));
    if (t == NULL)
        return err_nomem(e);
    *t = (struct turn){NULL, worker, s, run, done, arg};
    *turns.last[worker] = t;
    turns.last[worker] = &t->next;
    turns.n[worker]++;
    return true;
}

bool __wrap_store_submit(struct store *s, store_run_fn *run, store_done_fn *done,
                         void *arg, struct err *e)
{
    return queue(ENGINE, s, run, done, arg, e);
}

bool __wrap_store_read(struct store *s, store_run_fn *run, store_done_fn *done, void *arg,
                       struct err *e)
{
    return queue(READER, s, run, done, arg, e);
}

bool __wrap_store_is_idle(const struct store *s)
{
    (void)s;
    return turns.n[ENGINE] == 0;
}

void __wrap_store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
    turns.closing = s;
    turns.closed = closed;
    turns.closed_arg = arg;
}

/* A thread that has nothing to do does nothing: its rest is by the machine's clock. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
                                  const struct timespec *until)
{
    (void)until;
    return pthread_cond_wait(cond, lock);
}

static bool on_run(struct db *db, void *arg, struct err *e)
{
    const struct turn *t = arg;

    turns.db[t->worker] = db;
    return t->run(db, t->arg, e);
}

static void on_done(void *arg, bool ok, const struct err *err)
{
    struct turn *t = arg;

    turns.running = false;
    if (t->done != NULL)
        t->done(t->arg, ok, err);
    free(t);
}

static void on_closed(void *arg)
{
    (void)arg;
    turns.closing = NULL;
    turns.closes = false;
    turns.db[ENGINE] = turns.db[READER] = NULL;
    if (turns.closed != NULL)
        turns.closed(turns.closed_arg);
}

static struct turn *pop(int worker)
{
    struct turn *t = turns.first[worker];

    turns.first[worker] = t->next;
    if (t->next == NULL)
        turns.last[worker] = &turns.first[worker];
    turns.n[worker]--;
    return t;
}

/* As its thread does it (store/store.c), without waking it. */
static void run_here(struct turn *t)
{
    struct err e;
    bool ok;

    err_clear(&e);
    ok = t->run(turns.db[t->worker], t->arg, &e);
    sql_beat(turns.db[t->worker]);
    on_done(t, ok, &e);
}

/* Two switches of threads are most of what a small piece costs: only the first and every
   sixty-fourth go by the thread. */
static void hand_over(int worker)
{
    struct turn *t = pop(worker);
    struct err e;

    turns.running = true;
    if (turns.taken++ % BY_THREAD != 0 && turns.db[worker] != NULL)
        run_here(t);
    else if (worker == ENGINE ? !__real_store_submit(t->store, on_run, on_done, t, &e)
                         : !__real_store_read(t->store, on_run, on_done, t, &e))
        on_done(t, false, &e);
}

bool turns_take(uv_loop_t *loop)
{
    if (turns.n[ENGINE] + turns.n[READER] > 0) {
        int worker = turns.n[READER] == 0 ? ENGINE : READER;

        if (turns.n[ENGINE] > 0 && turns.n[READER] > 0)
            worker = chance_in(&turns.chance, 1, 2) ? ENGINE : READER;
        hand_over(worker);
        while (turns.running)
            (void)__real_uv_run(loop, UV_RUN_ONCE);
        return true;
    }
    if (turns.closing == NULL)
        return false;
    if (!turns.closes) {
        turns.closes = true;
        __real_store_close(turns.closing, on_closed, NULL);
    }
    while (turns.closes)
        (void)__real_uv_run(loop, UV_RUN_ONCE);
    return true;
}

uint64_t turns_taken(void)
{
    return turns.taken;
}

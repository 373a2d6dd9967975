/*
 * What the store's work costs beside what it holds: a cycle with 200 changed
 * items, and a strategy edit, at 100,000 and at ITEMS (1,000,000) items. The
 * operations themselves, in process; counts rather than seconds where counts
 * tell: SQLite's VM steps and rows written are the same on every run.
 *
 * Each size in a process of its own, so that its peak memory is its own.
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/measure.h"
#include "tests/unit/eval_rig.h"

/* EDITS: seconds do not tell as counts do, so the middle one of some is taken. */
enum { PER_PAGE = 100, CHANGED = 200, SMALL = 100000, INITIATIVES = 1000, EDITS = 3 };

#define CYCLE_TIMES 1.2
#define GROWTH_MB 4.0
#define RELINK_CPU 3.0

struct result {
    int64_t steps, rows; /* of the cycle with CHANGED items */
    double rss_mb;       /* before the strategy edit */
    double fill, relink; /* CPU seconds; relink: median of EDITS */
    double relink_rss_mb;
};

static double cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double peak_mb(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

/* Statements are kept by the connection, so that it can be asked for all of them. */
static int64_t take_steps(struct db *db)
{
    int64_t n = 0;

    for (sqlite3_stmt *st = sqlite3_next_stmt(db->h, NULL); st != NULL;
         st = sqlite3_next_stmt(db->h, st))
        n += sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 1);
    return n;
}

/* One in twenty is an epic, the others are children of the epic before them. */
static void add_item(struct eval_rig *er, int number, unsigned edition)
{
    static const struct str kinds[] = {STR_INIT("bug"), STR_INIT("enhancement"),
                                       STR_INIT("docs")};
    struct rig *r = &er->r;
    struct item *it = rig_item(r, "acme/web", number);
    struct mark *marks = arena_array(r->a, 2, sizeof *marks);
    int epic = number - number % 20;

    assert_non_null(marks);
    it->title = arena_printf(r->a, "Item %d, edition %u", number, edition);
    it->updated.ms = r->now.ms - 2 * RIG_DAY + (int64_t)edition;
    marks[0] = (struct mark){.kind = MARK_LABEL, .value = kinds[number % 3]};
    it->marks = marks;
    it->n_marks = 1;
    if (number == epic) {
        it->level = ITEM_LEVEL_EPIC;
        it->type = STR("Epic");
        marks[1] = (struct mark){
            .kind = MARK_LABEL,
            .value = arena_printf(r->a, "area:%d", number / 20 % INITIATIVES)};
        it->n_marks = 2;
    } else {
        it->parent_key = arena_printf(r->a, "acme/web#%d", epic);
    }
    if (number % 4 == 3) {
        it->category = ITEM_DONE;
        it->outcome = ITEM_COMPLETED;
        it->closed = it->updated;
    }
}

static void page_of(struct eval_rig *er, int from, int n, int step, unsigned edition)
{
    rig_page(&er->r);
    for (int i = 0; i < n; i++)
        add_item(er, from + i * step, edition);
    rig_apply(&er->r);
    arena_reset(er->r.a);
}

static void fill(struct eval_rig *er, int items)
{
    struct rig *r = &er->r;

    rig_begin(r);
    for (int from = 0; from < items; from += PER_PAGE)
        page_of(er, from, PER_PAGE, 1, 0);
    rig_page(r);
    rig_event(r, SCOPE_SYNCED, "acme/web", "c0");
    rig_apply(r);
    rig_end(r);
    arena_reset(r->a);
    (void)eval_rig_run(er);
}

/* Changed items are far apart, as changes are. */
static void cycle(struct eval_rig *er, int items, unsigned edition)
{
    struct rig *r = &er->r;
    int step = items / CHANGED;

    r->now.ms += RIG_MIN;
    rig_begin(r);
    for (int i = 0; i < CHANGED; i += PER_PAGE)
        page_of(er, i * step + 1, PER_PAGE, step, edition);
    rig_page(r);
    rig_event(r, SCOPE_SYNCED, "acme/web", edition % 2 ? "c1" : "c2");
    rig_apply(r);
    rig_end(r);
    (void)eval_rig_run(er);
}

/* 1,000 initiatives with a label each; an edit gives the first another one. */
static void strategy(struct buf *out, int first)
{
    buf_init(out, (size_t)1 << 20);
    buf_addz(out,
             "strategy: 1\nname: Acme\nobjectives:\n  - { id: grow, title: Grow }\n"
             "initiatives:\n");
    for (int i = 0; i < INITIATIVES; i++)
        buf_printf(
            out,
            "  - { id: i%d, title: Initiative %d, match: { labels: [\"area:%d\"] } }\n",
            i, i, i == 0 ? first : i);
    assert_true(buf_ok(out));
}

static void measure(int items, struct result *ret)
{
    struct eval_rig *er = eval_rig_create();
    struct buf before, after;
    double start;
    double edits[EDITS];
    int64_t rows;

    strategy(&before, 0);
    strategy(&after, 1);
    eval_rig_load(er, EVAL_RIG_CONF, buf_cstr(&before));
    start = cpu_now();
    fill(er, items);
    ret->fill = cpu_now() - start;
    cycle(er, items, 1); /* prepares what a cycle needs */
    (void)take_steps(er->r.db);
    rows = sqlite3_total_changes64(er->r.db->h);
    cycle(er, items, 2);
    ret->steps = take_steps(er->r.db);
    ret->rows = sqlite3_total_changes64(er->r.db->h) - rows;
    ret->rss_mb = peak_mb();
    for (int i = 0; i < EDITS; i++) {
        start = cpu_now();
        eval_rig_load(er, EVAL_RIG_CONF, buf_cstr(i % 2 == 0 ? &after : &before));
        (void)eval_rig_run(er);
        edits[i] = cpu_now() - start;
    }
    ret->relink = measure_median(edits, EDITS);
    ret->relink_rss_mb = peak_mb();
    assert_int_equal(
        rig_int(&er->r, "SELECT count(DISTINCT node) FROM link WHERE effective"),
        INITIATIVES);
    buf_finish(&before);
    buf_finish(&after);
    eval_rig_destroy(er);
}

static void in_child(int items, struct result *ret)
{
    int fds[2], status;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        measure(items, ret);
        _exit(write(fds[1], ret, sizeof(*ret)) == (ssize_t)sizeof(*ret) ? 0 : 1);
    }
    assert_int_equal(read(fds[0], ret, sizeof(*ret)), sizeof(*ret));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void print(const char *name, const struct result *r)
{
    print_message(
        "  %s: filled in %.1f s CPU, %.1f MB; 200 changed: %lld VM steps, %lld rows;"
        " strategy edit: %.2f s CPU, %.1f MB\n",
        name, r->fill, r->rss_mb, (long long)r->steps, (long long)r->rows, r->relink,
        r->relink_rss_mb);
}

static unsigned missed;

static void goal(const char *what, double got, double most)
{
    missed += got > most;
    print_message("  %-36s %8.2f  (goal %g)  %s\n", what, got, most,
                  got > most ? "MISSED" : "ok");
}

static void cost_follows_change(void **state)
{
    const char *env = getenv("ITEMS");
    int items = env != NULL && *env != '\0' ? (int)strtol(env, NULL, 10) : 1000000;
    struct result small = {0}, large = {0};

    (void)state;
    in_child(SMALL, &small);
    in_child(items, &large);
    print("100,000 items", &small);
    print("ITEMS items", &large);
    goal("200 changed, VM steps, times", (double)large.steps / (double)small.steps,
         CYCLE_TIMES);
    goal("200 changed, rows, times", (double)large.rows / (double)small.rows,
         CYCLE_TIMES);
    goal("growth of memory, MB", large.rss_mb - small.rss_mb, GROWTH_MB);
    goal("strategy edit, CPU seconds", large.relink, RELINK_CPU);
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cost_follows_change)};

    return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}

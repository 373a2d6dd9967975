/*
 * One history, disturbed: a step of the disk fails once, or from then on, or
 * the process is killed before it. Each operation fails cleanly, the file is
 * whole, and when the operation is tried again the end is that of the
 * undisturbed run. Every 11th step, under sanitizers every 23rd; ALIGND_DEEP=1:
 * every one.
 */
#include "tests/support/sanitizer.h"
#include "tests/unit/fault_vfs.h"
#include "tests/unit/store_history.h"

#include <fcntl.h>
#include <unistd.h>

static long all_steps;
static int current_op;
static long failures; /* operations that failed: the test is about those */

static void the_undisturbed_run(void **state)
{
    struct eval_rig *er = eval_rig_create();

    (void)state;
    fault_reset();
    must_run(er, 0);
    all_steps = fault.step;
    undisturbed = strdup(dump(er));
    assert_non_null(undisturbed);
    assert_non_null(strstr(undisturbed, "message product2"));
    print_message("%ld steps\n", all_steps);
    eval_rig_destroy(er);
}

static long stride(void)
{
    return getenv("ALIGND_DEEP") != NULL ? 1 : BY_CHANCE(11, 23);
}

/* ---- a step fails ---- */

static void run_disturbed(int code, enum err_kind kind, bool forever, long step)
{
    struct eval_rig *er = eval_rig_create();

    fault_reset();
    fault.fail_at = step;
    fault.code = code;
    fault.forever = forever;
    for (int op = 0; op < OPS; op++) {
        er->r.now = time_of(op);
        if (history[op].run(er, &er->r.e))
            continue;
        if (er->r.e.kind != kind)
            fail_msg("step %ld, operation %d: %s", step, op, er->r.e.msg);
        failures++;
        fault.fail_at = 0; /* there is room again */
        RIG_OK(&er->r, history[op].run(er, &er->r.e));
    }
    check_end(er);
    eval_rig_destroy(er);
}

static void full_disk_once(void **state)
{
    (void)state;
    failures = 0;
    for (long k = 1; k <= all_steps; k += stride())
        run_disturbed(SQLITE_FULL, ERR_FULL, false, k);
    assert_true(failures * stride() * 2 > all_steps);
}

static void full_disk_for_a_while(void **state)
{
    (void)state;
    failures = 0;
    for (long k = 2; k <= all_steps; k += stride())
        run_disturbed(SQLITE_FULL, ERR_FULL, true, k);
    assert_true(failures * stride() * 2 > all_steps);
}

static void failing_disk(void **state)
{
    (void)state;
    failures = 0;
    for (long k = 3; k <= all_steps; k += stride())
        run_disturbed(SQLITE_IOERR_WRITE, ERR_STORE, false, k);
    assert_true(failures * stride() * 2 > all_steps);
}

/* ---- the process is killed ---- */

static long kill_at;
static struct rig *killed;
static struct tempdir grave;
static int op_in_progress;

static void copy_one(const char *from, const char *name)
{
    char block[65536];
    struct buf to;
    struct err e;
    int in = open(from, O_RDONLY), out;
    ssize_t n;

    if (in < 0)
        return;
    assert_true(tempdir_join(&grave, name, &to, &e));
    out = open(buf_cstr(&to), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(out >= 0);
    while ((n = read(in, block, sizeof block)) > 0)
        assert_int_equal(write(out, block, (size_t)n), n);
    close(in);
    close(out);
    buf_finish(&to);
}

/* What the system has been given so far is what a killed process leaves. */
static void bury(long step)
{
    char wal[4200];

    if (step != kill_at)
        return;
    op_in_progress = current_op;
    snprintf(wal, sizeof wal, "%s-wal", killed->db->path);
    copy_one(killed->db->path, "alignd.db");
    copy_one(wal, "alignd.db-wal");
}

static void run_killed(long step)
{
    struct eval_rig *er = eval_rig_create();
    struct store_opened opened;
    struct tempdir home = er->r.dir;
    struct db *first = er->r.db;

    fault_reset();
    kill_at = step;
    killed = &er->r;
    RIG_OK(&er->r, tempdir_create(&grave, &er->r.e));
    fault.hook = bury;
    for (current_op = 0; current_op < OPS && fault.step < step; current_op++) {
        er->r.now = time_of(current_op);
        RIG_OK(&er->r, history[current_op].run(er, &er->r.e));
    }
    fault.hook = NULL;
    er->r.dir = grave;
    rig_open(&er->r, &opened);
    assert_true(opened.unclean);
    assert_false(opened.restored);
    must_run(er, op_in_progress);
    check_end(er);
    db_close_writer(er->r.db);
    tempdir_remove(&grave);
    er->r.dir = home;
    er->r.db = first;
    eval_rig_destroy(er);
}

static void killed_anywhere(void **state)
{
    (void)state;
    for (long k = 1; k <= all_steps; k += stride())
        run_killed(k);
}

static int finish(void **state)
{
    (void)state;
    free(undisturbed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_undisturbed_run),   cmocka_unit_test(full_disk_once),
        cmocka_unit_test(full_disk_for_a_while), cmocka_unit_test(failing_disk),
        cmocka_unit_test(killed_anywhere),
    };

    fault_install();
    return cmocka_run_group_tests(tests, NULL, finish);
}

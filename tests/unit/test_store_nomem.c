/*
 * One history, and SQLite without memory at some place of it: block number k, once,
 * or all of them from there on until the operation has failed. That is an ordinary
 * error, nothing is damaged by it or taken for damage, and tried again it works.
 * Each 997th block, each 13th of opening it; ALIGND_DEEP=1: every one.
 */
#include <dirent.h>

#include "tests/unit/fault_mem.h"
#include "tests/unit/store_history.h"

static long all_blocks, failures;

static long stride(long shallow)
{
    return getenv("ALIGND_DEEP") != NULL ? 1 : shallow;
}

static void the_undisturbed_run(void **state)
{
    struct eval_rig *er = eval_rig_create();

    (void)state;
    mem_reset(0, false);
    must_run(er, 0);
    all_blocks = mem.step;
    undisturbed = strdup(dump(er));
    assert_non_null(undisturbed);
    print_message("%ld blocks\n", all_blocks);
    eval_rig_destroy(er);
}

static void run_disturbed(bool forever, long block)
{
    struct eval_rig *er = eval_rig_create();

    mem_reset(block, forever);
    for (int op = 0; op < OPS; op++) {
        er->r.now = time_of(op);
        if (history[op].run(er, &er->r.e))
            continue;
        if (er->r.e.kind != ERR_NOMEM)
            fail_msg("block %ld, operation %d: %s", block, op, er->r.e.msg);
        failures++;
        mem.fail_at = 0;
        RIG_OK(&er->r, history[op].run(er, &er->r.e));
    }
    mem.fail_at = 0;
    check_end(er);
    eval_rig_destroy(er);
}

static void out_of_memory_once(void **state)
{
    (void)state;
    failures = 0;
    for (long k = 1; k <= all_blocks; k += stride(997))
        run_disturbed(false, k);
    assert_true(failures > 0);
}

static void out_of_memory_for_a_while(void **state)
{
    (void)state;
    failures = 0;
    for (long k = 2; k <= all_blocks; k += stride(997))
        run_disturbed(true, k);
    assert_true(failures > 0);
}

static size_t set_aside(const struct rig *r)
{
    DIR *d = opendir(tempdir_path(&r->dir));
    struct dirent *entry;
    size_t n = 0;

    assert_non_null(d);
    while ((entry = readdir(d)) != NULL)
        n += strstr(entry->d_name, ".corrupt-") != NULL;
    closedir(d);
    return n;
}

static bool open_once(struct rig *r, struct store_opened *ret)
{
    struct clock clock = {rig_wall, rig_mono, r};
    struct store_options opt = {.dir = tempdir_path(&r->dir), .clock = &clock};

    return db_open_writer(&opt, &r->db, ret, &r->e);
}

/* After a crash, so that the file is checked; until it opens without a failure. */
static void opening_takes_it_for_no_damage(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    struct store_opened o;

    (void)state;
    mem_reset(0, false);
    must_run(er, 0);
    for (long k = 1;; k += stride(13)) {
        bool opened;

        db_close(r->db);
        mem_reset(k, false);
        opened = open_once(r, &o);
        mem.fail_at = 0;
        if (!opened) {
            if (r->e.kind != ERR_NOMEM)
                fail_msg("block %ld: %s", k, r->e.msg);
            rig_open(r, &o);
        }
        assert_true(o.unclean);
        assert_false(o.restored || o.anew);
        assert_int_equal(set_aside(r), 0);
        if (opened && mem.failed == 0)
            break;
    }
    check_end(er);
    eval_rig_destroy(er);
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
        cmocka_unit_test(the_undisturbed_run),
        cmocka_unit_test(out_of_memory_once),
        cmocka_unit_test(out_of_memory_for_a_while),
        cmocka_unit_test(opening_takes_it_for_no_damage),
    };

    if (!mem_install()) {
        fputs("SQLite takes no allocator\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests_name("store_nomem", tests, NULL, finish);
}

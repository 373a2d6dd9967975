#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "core/retry.h"

static void test_wait(void **state UNUSED)
{
    static const struct {
        int64_t base, max;
        unsigned attempt;
        uint64_t random;
        int64_t after, want;
    } rows[] = {
        {1000, 60000, 0, 0, 0, 100},
        {1000, 60000, 0, 99, 0, 100},
        {1000, 60000, 0, 101, 0, 101},
        {1000, 60000, 0, 1000, 0, 1000},
        {1000, 60000, 0, 1001, 0, 100}, /* 1001 values: wraps to 0 */
        {1000, 60000, 1, 2000, 0, 2000},
        {1000, 60000, 5, 32000, 0, 32000},
        {1000, 60000, 6, 60000, 0, 60000},
        {1000, 60000, 6, 60001, 0, 100},
        {1000, 60000, 4000000000U, 60000, 0, 60000},
        {1000, INT64_MAX, 4000000000U, UINT64_MAX, 0, INT64_MAX},
        {INT64_MAX, INT64_MAX, 9, (uint64_t)INT64_MAX, 0, INT64_MAX},
        {0, 60000, 4000000000U, 5, 0, 100},
        {-5, 60000, 1, 5, 0, 100},
        {1000, 0, 3, 5, 0, 100},
        {1000, -1, 3, 5, 0, 100},
        {1000, 60000, 0, 500, 30000, 30000},
        {1000, 60000, 0, 500, 400, 500},
        {1000, 60000, 0, 500, -7, 500},
        {1000, 60000, 0, 500, 86400000, 86400000},
        {1000, 60000, 0, 500, 86400001, 86400000},
        {1000, 60000, 0, 500, INT64_MAX, 86400000},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct retry_policy p = {{rows[i].base}, {rows[i].max}, {0}};

        if (retry_wait(&p, rows[i].attempt, rows[i].random, (struct dur){rows[i].after})
                .ms != rows[i].want) {
            fail_msg("row %zu", i);
        }
    }
}

/* In minutes, without jitter. */
static void test_sync(void **state UNUSED)
{
    static const struct {
        int64_t interval;
        enum err_kind kind;
        bool whole;
        unsigned failures;
        int64_t want;
    } rows[] = {
        {5, ERR_NONE, false, 0, 5},
        {0, ERR_NONE, false, 0, 5},
        /* What passes is tried again sooner, never later than the interval. */
        {60, ERR_NET, true, 1, 1},
        {60, ERR_NET, true, 2, 2},
        {60, ERR_NET, true, 6, 32},
        {60, ERR_NET, true, 7, 60},
        {60, ERR_NET, true, 4000000000U, 60},
        {60, ERR_FULL, true, 1, 1},
        {60, ERR_REMOTE, false, 3, 4},
        {2, ERR_NET, true, 1, 1},
        {2, ERR_NET, true, 9, 2},
        /* What lasts is asked less often, not so seldom that nobody sees it mended. */
        {5, ERR_AUTH, true, 1, 10},
        {5, ERR_AUTH, true, 2, 20},
        {5, ERR_AUTH, true, 3, 40},
        {5, ERR_AUTH, true, 9, 40},
        {10, ERR_AUTH, true, 9, 60},
        {240, ERR_AUTH, true, 9, 240},
        /* One deleted repository does not slow down forty others. */
        {20, ERR_NOT_FOUND, false, 1, 20},
        {20, ERR_NOT_FOUND, false, 9, 20},
        {20, ERR_PARSE, true, 9, 60},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct err failure = {.kind = rows[i].kind};
        const struct retry_sync s = {
            .interval = DUR_MIN(rows[i].interval),
            .failure = rows[i].kind != ERR_NONE ? &failure : NULL,
            .whole = rows[i].whole,
            .failures = rows[i].failures,
        };
        int64_t want = DUR_MIN(rows[i].want).ms;

        if (retry_sync_wait(&s, (uint64_t)(want / 20)).ms != want) {
            fail_msg("row %zu: %lld", i, (long long)retry_sync_wait(&s, 0).ms);
        }
        for (uint64_t random = 0; random < 5000; random += 7) {
            assert_in_range(retry_sync_wait(&s, random * 123457).ms, want - want / 20,
                            want + want / 20 + 1);
        }
    }
}

static void test_sync_after(void **state UNUSED)
{
    struct err failure = {.kind = ERR_REMOTE, .retry = ERR_TRY_AFTER};
    const struct retry_sync s = {DUR_MIN(5), &failure, true, 1};

    failure.after = DUR_MIN(30);
    assert_int_equal(retry_sync_wait(&s, 0).ms, DUR_MIN(30).ms);
    failure.after = DUR_S(3);
    assert_int_equal(retry_sync_wait(&s, 3000).ms, DUR_MIN(1).ms);
    failure.after = DUR_DAY(9);
    assert_int_equal(retry_sync_wait(&s, 0).ms, DUR_DAY(1).ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_sync_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wait)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The watch over the wall clock: steps, sleep, and what is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/wall_watch.h"
#include "base/attr.h"

struct clocks {
    int64_t wall, mono;
};

static struct wall wall_of(void *ctx)
{
    return (struct wall){((struct clocks *)ctx)->wall};
}

static struct mono mono_of(void *ctx)
{
    return (struct mono){((struct clocks *)ctx)->mono};
}

static void test_steps(void **state UNUSED)
{
    static const struct {
        int64_t wall, mono, step;
    } rows[] = {
        {10000, 10000, 0},
        {0, 0, 0},
        {86400000, 86400000, 0}, /* a long time between two looks is no step */
        {60000, 0, 0},           /* as much is tolerated, either way */
        {-60000, 0, 0},
        {60001, 0, 60001},
        {3600000 + 10000, 10000, 3600000},
        {0, 10000, 0},
        {10000 - 3600000, 10000, -3600000},
        {10000, 10000, 0}, /* told once */
    };
    struct clocks c = {1000000, 500};
    struct clock clock = {wall_of, mono_of, &c};
    struct wall_watch w;

    wall_watch_init(&w, &clock);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        c.wall += rows[i].wall;
        c.mono += rows[i].mono;
        assert_int_equal(wall_watch_look(&w).ms, rows[i].step);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steps)};

    return cmocka_run_group_tests_name("wall_watch", tests, NULL, NULL);
}

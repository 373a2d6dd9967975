#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <uv.h>

#include "base/attr.h"
#include "base/clock.h"

static void test_saturation(void **state UNUSED)
{
    static const struct {
        int64_t a, b, sum, difference;
    } rows[] = {
        {0, 0, 0, 0},
        {5, -7, -2, 12},
        {INT64_MAX, 1, INT64_MAX, INT64_MAX - 1},
        {INT64_MAX, -1, INT64_MAX - 1, INT64_MAX},
        {INT64_MAX, INT64_MAX, INT64_MAX, 0},
        {INT64_MIN, -1, INT64_MIN, INT64_MIN + 1},
        {INT64_MIN, 1, INT64_MIN + 1, INT64_MIN},
        {0, INT64_MIN, INT64_MIN, INT64_MAX},
        {-1, INT64_MIN, INT64_MIN, INT64_MAX},
        {-2, INT64_MIN, INT64_MIN, INT64_MAX - 1},
        {INT64_MIN, INT64_MIN, INT64_MIN, 0},
        {INT64_MIN, INT64_MAX, -1, INT64_MIN},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wall wa = {rows[i].a};
        struct wall wb = {rows[i].b};
        struct mono ma = {rows[i].a};
        struct mono mb = {rows[i].b};
        struct dur d = {rows[i].b};

        assert_int_equal(wall_add(wa, d).ms, rows[i].sum);
        assert_int_equal(mono_add(ma, d).ms, rows[i].sum);
        assert_int_equal(wall_since(wa, wb).ms, rows[i].difference);
        assert_int_equal(mono_since(ma, mb).ms, rows[i].difference);
    }
}

static void test_lengths(void **state UNUSED)
{
    int days = 100000; /* would overflow an int in ms */

    assert_int_equal(DUR_MS(3).ms, 3);
    assert_int_equal(DUR_S(3).ms, 3000);
    assert_int_equal(DUR_MIN(3).ms, 180000);
    assert_int_equal(DUR_H(3).ms, 10800000);
    assert_int_equal(DUR_DAY(days).ms, INT64_C(8640000000000));
}

static void test_system(void **state UNUSED)
{
    const struct clock *c = clock_system();
    struct timespec ts;

    /* A minute apart at most: this clock may be set while we look. */
    assert_int_equal(timespec_get(&ts, TIME_UTC), TIME_UTC);
    int64_t apart = wall_since(clock_wall(c), (struct wall){ts.tv_sec * 1000}).ms;

    assert_true(apart > -60000 && apart < 60000);

    /* libuv's timers run on the same steady clock. */
    for (int i = 0; i < 100000; i++) {
        int64_t before = (int64_t)(uv_hrtime() / 1000000);
        int64_t now = clock_mono(c).ms;
        int64_t after = (int64_t)(uv_hrtime() / 1000000);

        assert_true(before <= now && now <= after);
    }
}

static struct wall fixed_wall(void *ctx)
{
    const int64_t *ms = ctx;

    return (struct wall){*ms};
}

static struct mono fixed_mono(void *ctx)
{
    const int64_t *ms = ctx;

    return (struct mono){*ms + 1};
}

static void test_injected(void **state UNUSED)
{
    int64_t ms = 42;
    struct clock c = {fixed_wall, fixed_mono, &ms};

    assert_int_equal(clock_wall(&c).ms, 42);
    ms = 50;
    assert_int_equal(clock_wall(&c).ms, 50);
    assert_int_equal(clock_mono(&c).ms, 51);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_system),
        cmocka_unit_test(test_injected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

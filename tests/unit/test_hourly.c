/* What happened within the last hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/hourly.h"

static struct mono at(int64_t minute)
{
    return (struct mono){(1000 + minute) * 60000};
}

static void counts_an_hour(void **state)
{
    struct hourly h = {.minute = 0};

    (void)state;
    assert_int_equal(hourly_sum(&h, at(0)), 0);
    for (int64_t m = 0; m < 90; m++) {
        hourly_add(&h, at(m));
        hourly_add(&h, at(m));
    }
    assert_int_equal(hourly_sum(&h, at(89)), 120);
    assert_int_equal(hourly_sum(&h, at(90)), 118);
    assert_int_equal(hourly_sum(&h, at(148)), 2);
    assert_int_equal(hourly_sum(&h, at(149)), 0);
}

/* After a long sleep nothing of before is left. */
static void forgets_over_a_sleep(void **state)
{
    struct hourly h = {.minute = 0};

    (void)state;
    hourly_add(&h, at(0));
    assert_int_equal(hourly_sum(&h, at(100000)), 0);
    hourly_add(&h, at(100000));
    assert_int_equal(hourly_sum(&h, at(100001)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_an_hour),
        cmocka_unit_test(forgets_over_a_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

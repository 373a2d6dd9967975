#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/map.h"
#include "tests/support/sanitizer.h"

static void test_small(void **state UNUSED)
{
    struct map *m = map_create();
    int values[4];
    void *old = &values[3];
    struct str key;
    void *value;

    assert_non_null(m);
    assert_int_equal(map_count(m), 0);
    assert_null(map_get(m, STR("a")));
    assert_null(map_get(m, STR_NONE));

    assert_true(map_set(m, STR("b"), &values[0]));
    assert_true(map_set(m, STR("a"), &values[1]));
    assert_true(map_set(m, STR_NONE, &values[2]));
    assert_ptr_equal(map_get(m, STR("b")), &values[0]);
    assert_ptr_equal(map_get(m, STR("a")), &values[1]);
    assert_ptr_equal(map_get(m, STR("")), &values[2]);
    assert_null(map_get(m, STR("A")));
    assert_null(map_get(m, STR("a\0")));

    assert_true(map_set(m, STR("b"), &values[3]));
    assert_ptr_equal(map_get(m, STR("b")), &values[3]);
    assert_true(map_add(m, STR("b"), &values[0], &old));
    assert_ptr_equal(old, &values[3]);
    assert_ptr_equal(map_get(m, STR("b")), &values[3]);
    assert_true(map_add(m, STR("a\0"), &values[0], &old));
    assert_null(old);
    assert_int_equal(map_count(m), 4);

    /* Replacing does not move a key to the end. */
    map_at(m, 0, &key, &value);
    assert_true(str_eqz(key, "b"));
    assert_ptr_equal(value, &values[3]);
    map_at(m, 2, &key, &value);
    assert_int_equal(key.n, 0);
    map_destroy(m);
    map_destroy(NULL);
}

enum { MANY = 50000, KEY = 16 };

/* Growing keeps all keys and their order; keys share long prefixes. */
static void test_many(void **state UNUSED)
{
    struct map *m = map_create();
    char(*keys)[KEY] = calloc(MANY, KEY);

    assert_non_null(m);
    assert_non_null(keys);
    for (size_t i = 0; i < MANY; i++) {
        void *old = m;

        snprintf(keys[i], KEY, "ALIGN-%zu", (i * 7919) % MANY);
        assert_true(map_add(m, str_of(keys[i]), keys[i], &old));
        assert_null(old);
        if ((i & (i + 1)) == 0) {
            for (size_t k = 0; k <= i; k++) {
                assert_ptr_equal(map_get(m, str_of(keys[k])), keys[k]);
            }
        }
    }
    assert_int_equal(map_count(m), MANY);
    for (size_t i = 0; i < MANY; i++) {
        char copy[KEY];
        struct str key;
        void *value;

        map_at(m, i, &key, &value);
        assert_ptr_equal(value, keys[i]);
        assert_ptr_equal(key.p, keys[i]);
        snprintf(copy, sizeof copy, "ALIGN-%zu", i + MANY);
        assert_null(map_get(m, str_of(copy)));
        snprintf(copy, sizeof copy, "%s", keys[i]);
        assert_ptr_equal(map_get(m, str_of(copy)), keys[i]); /* by bytes */
    }
    map_destroy(m);
    free(keys);
}

#ifdef SANITIZED
/* The sanitizers bring an allocator of their own, which nobody may replace. */
#else
#define OWN_ALLOCATOR 1
static size_t allocations_left = SIZE_MAX;

void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static bool may_allocate(void)
{
    if (allocations_left == SIZE_MAX) {
        return true;
    }
    return allocations_left > 0 && allocations_left-- > 0;
}

void *calloc(size_t n, size_t size)
{
    return may_allocate() ? __libc_calloc(n, size) : NULL;
}

void *realloc(void *p, size_t size)
{
    return may_allocate() ? __libc_realloc(p, size) : NULL;
}

/* Fails each allocation in turn: the map says so and stays what it was. */
static void test_out_of_memory(void **state UNUSED)
{
    static char keys[100][8];
    size_t failures = 0;

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
    }
    for (size_t allowed = 0;; allowed++) {
        allocations_left = allowed;
        struct map *m = map_create();
        size_t n = 0;

        while (m != NULL && n < ARRAY_LEN(keys) &&
               map_set(m, str_of(keys[n]), keys[n])) {
            n++;
        }
        allocations_left = SIZE_MAX;
        if (m == NULL) {
            failures++;
            continue;
        }
        assert_int_equal(map_count(m), n);
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            assert_ptr_equal(map_get(m, str_of(keys[i])), i < n ? keys[i] : NULL);
        }
        if (n == ARRAY_LEN(keys)) {
            map_destroy(m);
            break;
        }
        failures++;
        void *old = m;

        assert_true(map_add(m, str_of(keys[n]), keys[n], &old)); /* and recovers */
        assert_null(old);
        assert_int_equal(map_count(m), n + 1);
        map_destroy(m);
    }
    assert_true(failures > 10);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_many),
#ifdef OWN_ALLOCATOR
        cmocka_unit_test(test_out_of_memory),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

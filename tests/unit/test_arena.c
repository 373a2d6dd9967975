#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/arena.h"

/* Out of memory must be an answer under the sanitizers too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Pieces of many sizes: aligned, zeroed also when reused, not overlapping. */
static void test_pieces(void **state UNUSED)
{
    struct arena *a = arena_create(64 << 20);
    unsigned char *pieces[700];

    assert_non_null(a);
    for (int round = 0; round < 3; round++) {
        size_t sum = 0;

        for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
            size_t size = i % 50 == 49 ? i * 300 : i;

            pieces[i] = arena_alloc(a, size);
            assert_non_null(pieces[i]);
            assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            assert_true(is_zero(pieces[i], size));
            memset(pieces[i], (int)(i & 0xff) | 1, size);
            sum += size;
        }
        for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
            size_t size = i % 50 == 49 ? i * 300 : i;

            for (size_t k = 0; k < size; k++) {
                assert_int_equal(pieces[i][k], (i & 0xff) | 1);
            }
        }
        assert_true(arena_used(a) >= sum);
        assert_true(arena_used(a) <= sum + ARRAY_LEN(pieces) * alignof(max_align_t));
        assert_false(arena_failed(a));
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
    arena_destroy(a);
    arena_destroy(NULL);
}

static void test_ceiling(void **state UNUSED)
{
    struct arena *a = arena_create(96);

    assert_non_null(a);
    assert_non_null(arena_alloc(a, 96));
    assert_int_equal(arena_used(a), 96);
    assert_false(arena_failed(a));
    assert_null(arena_alloc(a, 16));
    assert_true(arena_failed(a));
    assert_null(arena_alloc(a, 1)); /* stays failed */
    assert_null(arena_strdup(a, STR("x")));
    assert_int_equal(arena_str(a, STR("x")).n, 0);
    assert_int_equal(arena_printf(a, "%d", 5).n, 0);
    assert_int_equal(arena_used(a), 96);
    arena_reset(a);
    assert_false(arena_failed(a));
    assert_non_null(arena_alloc(a, 16));
    arena_destroy(a);

    a = arena_create(0);
    assert_null(arena_alloc(a, 0));
    assert_true(arena_failed(a));
    arena_reset(a); /* without a block */
    arena_destroy(a);
}

static void test_overflow(void **state UNUSED)
{
    static const struct {
        size_t n, size;
    } rows[] = {
        {SIZE_MAX, 2},     {2, SIZE_MAX},     {SIZE_MAX / 2 + 1, 2},
        {SIZE_MAX, 1},     {1, SIZE_MAX - 7}, {SIZE_MAX / 16, 16},
        {SIZE_MAX / 2, 1}, {SIZE_MAX / 4, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(SIZE_MAX);

        assert_non_null(a);
        assert_non_null(arena_array(a, 3, 5));
        assert_null(arena_array(a, rows[i].n, rows[i].size));
        assert_true(arena_failed(a));
        arena_destroy(a);
    }
    struct arena *a = arena_create(SIZE_MAX);

    assert_null(arena_strdup(a, (struct str){"", SIZE_MAX}));
    assert_true(arena_failed(a));
    arena_destroy(a);
}

static void test_strings(void **state UNUSED)
{
    struct arena *a = arena_create(1 << 20);
    char text[] = "abc";
    struct str kept = arena_str(a, str_of(text));
    char *copy = arena_strdup(a, (struct str){text, 2});

    text[0] = 'x';
    assert_true(str_eqz(kept, "abc"));
    assert_int_equal(kept.p[kept.n], '\0');
    assert_string_equal(copy, "ab");
    assert_true(str_eq(arena_str(a, STR("a\0b")), STR("a\0b")));
    assert_string_equal(arena_strdup(a, STR_NONE), "");
    assert_true(str_eqz(arena_printf(a, "%s-%03d", "OPS", 7), "OPS-007"));
    assert_true(str_eqz(arena_printf(a, "%s", ""), ""));
    struct str wide = arena_printf(a, "%9000d", 1);

    assert_int_equal(wide.n, 9000);
    assert_int_equal(wide.p[8999], '1');
    assert_int_equal(wide.p[9000], '\0');
    assert_false(arena_failed(a));
    arena_destroy(a);
}

/* No "%lc" in the C locale has U+20AC: vsnprintf fails. */
static void test_format_fails(void **state UNUSED)
{
    struct arena *a = arena_create(1000);

    assert_non_null(a);
    assert_int_equal(arena_printf(a, "cut %lc", (wint_t)0x20ac).n, 0);
    assert_true(arena_failed(a));
    arena_destroy(a);
}

struct item {
    int id;
    char filler[20];
};

static void test_grow(void **state UNUSED)
{
    struct arena *a = arena_create(8 << 20);
    struct item *items = NULL;
    size_t n = 0;
    size_t cap = 0;

    for (int i = 0; i < 10000; i++) {
        struct item *item = arena_grow(a, &items, &n, &cap, sizeof *items);

        assert_non_null(item);
        assert_ptr_equal(item, &items[i]);
        assert_true(is_zero((const unsigned char *)item, sizeof *item));
        item->id = i;
    }
    assert_int_equal(n, 10000);
    assert_true(cap >= n);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(items[i].id, i);
    }
    /* A place given back and taken again is zeroed again. */
    n--;
    assert_int_equal(((struct item *)arena_grow(a, &items, &n, &cap, 24))->id, 0);
    arena_destroy(a);
}

static void test_grow_fails(void **state UNUSED)
{
    struct arena *a = arena_create(sizeof(struct item) * 20);
    struct item *items = NULL;
    size_t n = 0;
    size_t cap = 0;

    while (arena_grow(a, &items, &n, &cap, sizeof *items) != NULL) {
        items[n - 1].id = (int)n;
    }
    assert_true(arena_failed(a));
    assert_int_equal(n, 8);
    assert_int_equal(cap, 8);
    assert_int_equal(items[7].id, 8);
    arena_destroy(a);

    a = arena_create(1000);
    n = SIZE_MAX / 2 + 1;
    cap = n;
    assert_null(arena_grow(a, &items, &n, &cap, 1));
    assert_int_equal(n, SIZE_MAX / 2 + 1);
    assert_true(arena_failed(a));
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),       cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_overflow),     cmocka_unit_test(test_strings),
        cmocka_unit_test(test_format_fails), cmocka_unit_test(test_grow),
        cmocka_unit_test(test_grow_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a GitHub source remembers between two syncs. */
#include "connectors/trackers/github/github_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

static const struct wall noon = {INT64_C(1795348800000)};

static void damaged(void **state)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "[]",
                                        "{}",
                                        "{\"v\":2,\"a\":1}",
                                        "{\"v\":1",
                                        "{\"v\":1,\"v\":1,\"a\":1}"};
    struct buf deep;
    struct github_memory m;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_true(github_memory_init(&m, str_of(texts[i])));
        assert_null(github_memory_get(&m, "a"));
        assert_false(m.changed);
        github_memory_finish(&m);
    }
    buf_init(&deep, 1 << 20);
    buf_addz(&deep, "{\"v\":1,\"s\":\"[\\\"[\",\"a\":");
    for (int i = 0; i < 20; i++) {
        buf_addz(&deep, "[");
    }
    for (int i = 0; i < 20; i++) {
        buf_addz(&deep, "]");
    }
    buf_addz(&deep, "}");
    assert_true(github_memory_init(&m, buf_str(&deep)));
    assert_null(github_memory_get(&m, "a"));
    github_memory_finish(&m);
    buf_finish(&deep);
    github_memory_finish(&m);
}

static void parts(void **state)
{
    struct github_memory m, again;
    struct arena *a = arena_create(1 << 20);
    struct feed f;

    (void)state;
    feed_init(&f, a);
    assert_true(github_memory_init(&m, STR("{\"v\":1,\"b\":[1]}")));
    assert_true(github_memory_tell(&m, &f));
    assert_null(f.memory.p);
    assert_true(github_memory_set(&m, "a", json_string("x")));
    assert_true(github_memory_tell(&m, &f));
    assert_true(github_memory_init(&again, f.memory));
    assert_string_equal(json_string_value(github_memory_get(&again, "a")), "x");
    assert_int_equal(json_array_size(github_memory_get(&again, "b")), 1);
    f.memory = STR_NONE;
    assert_true(github_memory_tell(&m, &f));
    assert_null(f.memory.p);
    assert_true(github_memory_set(&m, "a", NULL));
    assert_null(github_memory_get(&m, "a"));
    assert_true(github_memory_tell(&m, &f));
    assert_int_equal(str_find(f.memory, STR("\"a\"")), -1);
    github_memory_finish(&m);
    github_memory_finish(&again);
    arena_destroy(a);
}

static void lacks(void **state)
{
    struct github_memory m;

    (void)state;
    assert_true(github_memory_init(&m, STR_NONE));
    assert_false(github_memory_lacks(&m, "timeline", noon));
    assert_true(github_memory_set_lacks(&m, "timeline", true, noon));
    assert_true(m.changed);
    assert_true(github_memory_lacks(&m, "timeline", noon));
    assert_false(github_memory_lacks(&m, "projects", noon));
    assert_true(github_memory_lacks(&m, "timeline", wall_add(noon, DUR_H(23))));
    assert_false(github_memory_lacks(&m, "timeline", wall_add(noon, DUR_H(24))));
    assert_false(github_memory_lacks(&m, "timeline", wall_add(noon, DUR_H(-1))));
    m.changed = false;
    assert_true(github_memory_set_lacks(&m, "projects", false, noon));
    assert_false(m.changed);
    assert_true(github_memory_set_lacks(&m, "timeline", false, noon));
    assert_true(m.changed);
    assert_false(github_memory_lacks(&m, "timeline", noon));
    github_memory_finish(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged),
        cmocka_unit_test(parts),
        cmocka_unit_test(lacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

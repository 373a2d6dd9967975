#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "config/value_csv.h"
#include "core/value.h"

static uint64_t question(const struct key_result *kr)
{
    struct err e;
    uint64_t q;

    assert_true(value_question(kr, &q, &e));
    return q;
}

/* Each part of the question makes another one; parts do not run into each other. */
static void questions(void **state UNUSED)
{
    static const size_t parts[] = {
        offsetof(struct key_result, value_source),
        offsetof(struct key_result, value_query),
        offsetof(struct key_result, value_pointer),
        offsetof(struct key_result, value_csv),
        offsetof(struct key_result, value_row),
        offsetof(struct key_result, value_column),
        offsetof(struct key_result, value_count),
    };
    struct str label[] = {STR("sev1")};
    struct key_result base = {.from = VALUE_SOURCE}, other;
    uint64_t seen[ARRAY_LEN(parts) + 4];
    size_t n = 0;

    seen[n++] = question(&base);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        other = base;
        *(struct str *)(void *)((char *)&other + parts[i]) = STR("x");
        seen[n++] = question(&other);
    }
    other = base;
    other.from = VALUE_ITEMS;
    seen[n++] = question(&other);
    other.value_items.labels = (struct str_list){label, 1};
    seen[n++] = question(&other);
    other.value_items.labels = (struct str_list){0};
    other.value_items.types = (struct str_list){label, 1};
    seen[n++] = question(&other);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    }
    /* What it is called and what it is to reach ask nothing. */
    other = base;
    other.node.title = STR("NPS");
    other.target = 60;
    assert_true(question(&other) == seen[0]);
}

static void asked(void **state UNUSED)
{
    struct objective o = {.to = {2026, 12, 31}};
    struct key_result kr = {.from = VALUE_SOURCE, .objective = &o};

    assert_true(value_is_asked(&kr, (struct date){2026, 12, 1}));
    assert_true(value_is_asked(&kr, (struct date){2027, 1, 7}));
    assert_false(value_is_asked(&kr, (struct date){2027, 1, 8}));
    kr.by = (struct date){2027, 3, 31};
    assert_true(value_is_asked(&kr, (struct date){2027, 1, 8}));
    kr.from = VALUE_BY_HAND;
    assert_false(value_is_asked(&kr, (struct date){2026, 12, 1}));
}

static void when(void **state UNUSED)
{
    const struct wall noon = {INT64_C(1795694400000)}; /* 2026-11-26T12:00:00Z */
    struct err e;

    assert_int_equal(value_next_day(tz_utc(), noon).ms - noon.ms, DUR_H(12).ms);
    err_set(&e, ERR_NET, "refused");
    for (unsigned failures = 1; failures < 40; failures++) {
        int64_t wait = value_next_try(&e, failures, noon, 0).ms - noon.ms;

        assert_in_range(wait, 30000, DUR_H(1).ms + DUR_MIN(4).ms);
        if (failures == 1)
            assert_in_range(wait, 30000, 90000);
    }
}

static void cells(void **state UNUSED)
{
    static const struct {
        const char *text, *want;
        double number;
    } cases[] = {
        {"service,percent\napi,98\nweb,99.5\n", NULL, 99.5},
        {"\xEF\xBB\xBFservice,\"Percent\"\r\n\"web\",-1\r\n", NULL, -1},
        {"percent\nweb\n", "up.csv:2: 'web' is no number", 0},
        {"", "up.csv is empty", 0},
        {"\"a\n", "up.csv:1: a quote is not closed", 0},
        {"service,part\nweb,1\n", "up.csv has no column 'percent'", 0},
        {"service,percent\napi,1\n", "up.csv has no row 'web'", 0},
        {"service,percent\nweb,1\nweb,2\n", "up.csv:3: a second row 'web'", 0},
        {"service,percent\nweb\n", "up.csv:2: '' is no number", 0},
        {"service,percent\nweb,n/a\n", "up.csv:2: 'n/a' is no number", 0},
        {"service,percent\nweb,inf\n", "up.csv:2: 'inf' is no number", 0},
    };
    const struct key_result kr = {
        .value_csv = STR("up.csv"),
        .value_row = STR("web"),
        .value_column = STR("percent"),
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *a = arena_create((size_t)1 << 20);
        struct err e = {.kind = ERR_NONE};
        double v = 0;
        bool ok = value_csv_read(&kr, str_of(cases[i].text), a, &v, &e);

        if (cases[i].want == NULL) {
            assert_true(ok);
            assert_float_equal(v, cases[i].number, 1e-9);
        } else if (ok || strstr(e.msg, cases[i].want) == NULL) {
            fail_msg("%s: %s, not %s", cases[i].text, e.msg, cases[i].want);
        }
        arena_destroy(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions),
        cmocka_unit_test(asked),
        cmocka_unit_test(when),
        cmocka_unit_test(cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

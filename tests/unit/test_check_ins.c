#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/check_ins.h"
#include "config/csv.h"
#include "tests/support/tempdir.h"

static const char strategy_text[] =
    "strategy: 1\nname: Acme\ncheck_ins: check-ins.csv\nobjectives:\n"
    "  - id: grow\n    title: Grow\n    key_results:\n"
    "      - { id: nps, was: [old-nps], title: NPS, baseline: 40, target: 60 }\n"
    "      - { id: churn, title: Churn, baseline: 5, target: 3 }\n"
    "initiatives:\n  - { id: go, title: Go }\n";
static const struct date today = {2026, 11, 22};

struct rig {
    struct tempdir dir;
    struct buf path; /* of the strategy */
    struct strategy *s;
    struct arena *a;
    struct conf_diag *d;
    struct check_ins got;
};

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    struct conf_diag *d = conf_diag_create();
    struct err e;

    assert_true(tempdir_create(&r->dir, &e));
    assert_true(tempdir_write(&r->dir, "strategy.yaml", str_of(strategy_text), &e));
    assert_true(tempdir_join(&r->dir, "strategy.yaml", &r->path, &e));
    r->s = strategy_load(buf_cstr(&r->path), d);
    assert_non_null(r->s);
    conf_diag_destroy(d);
    r->d = conf_diag_create();
    r->a = arena_create((size_t)64 << 20);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    strategy_unref(r->s);
    conf_diag_destroy(r->d);
    arena_destroy(r->a);
    buf_finish(&r->path);
    tempdir_remove(&r->dir);
    free(r);
    return 0;
}

static bool load(struct rig *r, struct str text)
{
    struct err e;

    conf_diag_destroy(r->d);
    r->d = conf_diag_create();
    assert_true(tempdir_write(&r->dir, "check-ins.csv", text, &e));
    return check_ins_load(r->s, today, r->a, r->d, &r->got);
}

static void hold_row(const struct rig *r, size_t i, const char *kr, int day,
                     double value, int confidence, const char *note, const char *by)
{
    const struct checkin_line *c = &r->got.v[i];

    assert_true(i < r->got.n);
    assert_true(str_eqz(c->said.kr, kr));
    assert_int_equal(c->said.day.day, day);
    assert_float_equal(c->said.value, value, 1e-9);
    assert_int_equal(c->said.confidence, confidence);
    assert_true(str_eqz(c->said.note, note));
    assert_true(str_eqz(c->by, by));
}

static void lines(void **state)
{
    struct rig *r = *state;

    assert_true(load(r, STR("kr,date,value\nnps,2026-11-01,46\n")));
    assert_int_equal(r->got.n, 1);
    hold_row(r, 0, "nps", 1, 46, -1, "", "check-ins.csv");
    assert_true(load(r, STR("By,note,VALUE,kr,date,confidence\r\n"
                            "ana,\"a, b\",-1.5,nps,2026-11-08,80%\r\n"
                            ",,3.9,churn,2026-11-02,\r\n"
                            "ben,,47,OLD-NPS,2026-11-01\r\n"
                            "ben,,48,nps,2026-11-01\r\n")));
    assert_int_equal(conf_diag_errors(r->d), 0);
    assert_int_equal(conf_diag_warnings(r->d), 1); /* the day that is said twice */
    assert_int_equal(r->got.n, 3);
    hold_row(r, 0, "churn", 2, 3.9, -1, "", "check-ins.csv");
    hold_row(r, 1, "nps", 1, 48, -1, "", "ben");
    hold_row(r, 2, "nps", 8, -1.5, 80, "a, b", "ana");
}

/* One bad line is told with its place and skips itself alone. */
static void bad_line(void **state)
{
    struct rig *r = *state;
    struct buf said, want;

    assert_true(load(r, STR("kr,date,value\nnps,2026-11-01,46\nnpz,2026-11-02,47\n"
                            "churn,2026-11-03,4\n")));
    assert_int_equal(r->got.n, 2);
    assert_int_equal(conf_diag_errors(r->d), 1);
    buf_init(&said, 4096);
    buf_init(&want, 4096);
    conf_diag_print(r->d, &said);
    buf_printf(&want,
               "%s/check-ins.csv:3:1: error: no key result 'npz': did you mean 'nps'?\n"
               "    3 | npz,2026-11-02,47\n      | ^~~\n",
               tempdir_path(&r->dir));
    assert_string_equal(buf_cstr(&said), buf_cstr(&want));
    buf_finish(&said);
    buf_finish(&want);
}

static void refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "is empty"},
        {"kr,date\nnps,2026-11-01\n", "there is no column 'value'"},
        {"kr;date;value\nnps;2026-11-01;4\n", "there is no column 'kr'"},
        {"nps,2026-11-01,46\n", "there is no column 'kr'"},
        {"kr,date,value\nnps,2026-11-01,46\xff\n", "the file is not UTF-8"},
        {"\"kr,date,value\n", "a quote is not closed"},
    };
    struct rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_false(load(r, str_of(cases[i].text)));
        assert_true(conf_diag_errors(r->d) > 0);
        if (str_find(conf_diag_first(r->d), str_of(cases[i].why)) < 0) {
            fail_msg("%.*s", STR_FMT(conf_diag_first(r->d)));
        }
        assert_int_equal(r->got.n, 0);
    }
}

static void bounds(void **state)
{
    struct rig *r = *state;
    struct buf text;

    buf_init(&text, (size_t)4 << 20);
    buf_addz(&text, "kr,date,value\n");
    for (int i = 0; i < CSV_MAX_ROWS; i++) {
        buf_addz(&text, "nps,2026-11-01,46\n");
    }
    assert_true(load(r, buf_str(&text)));
    assert_int_equal(r->got.n, 1);
    buf_addz(&text, "nps,2026-11-01,46\n");
    assert_false(load(r, buf_str(&text)));
    while (text.n <= CSV_MAX_BYTES) {
        buf_addz(&text, "nps,2026-11-01,46\n");
    }
    assert_false(load(r, buf_str(&text)));
    assert_true(str_find(conf_diag_first(r->d), STR("larger than")) >= 0);
    buf_finish(&text);
}

static void absent(void **state)
{
    struct rig *r = *state;

    assert_false(check_ins_load(r->s, today, r->a, r->d, &r->got));
    assert_int_equal(conf_diag_errors(r->d), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_line, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(absent, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

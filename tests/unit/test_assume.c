#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/assume.h"
#include "core/assume_eval.h"
#include "core/strategy.h"

/* ---- the form ---- */

static void test_form(void **state UNUSED)
{
    static const struct {
        const char *text, *id;
        unsigned kinds;
    } good[] = {
        {"share(grow) >= 55%", "grow",
         STRATEGY_KIND(NODE_INTENT) | STRATEGY_KIND(NODE_OBJECTIVE) |
             STRATEGY_KIND(NODE_INITIATIVE) | STRATEGY_KIND(NODE_BUCKET)},
        {"value(nps)>40", "nps", STRATEGY_KIND(NODE_KR)},
        {"pace( nps ) >= -10%", "nps", STRATEGY_KIND(NODE_KR)},
        {"progress(a.b-c_1) == 0.5", "a.b-c_1", STRATEGY_KIND(NODE_KR)},
        {" coverage() != 80% ", "", 0},
        {"spread(team) <= 3", "team", STRATEGY_KIND(NODE_TEAM)},
        {"open(i) < 10", "i", STRATEGY_KIND(NODE_INITIATIVE)},
        {"done(i) > 0", "i", STRATEGY_KIND(NODE_INITIATIVE)},
    };
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"", 0},
        {"()", 0},
        {"shares(x) > 1", 0},
        {"share x > 1", 6},
        {"share( > 1", 7},
        {"share(x > 1", 8},
        {"share(x, y) > 1", 7},
        {"coverage(x) > 1", 9},
        {"share(x) => 1", 9},
        {"share(x) >", 10},
        {"share(x) > y", 11},
        {"share(x) > 1 2", 11},
        {"share(x) > inf", 11},
        {"share(x) > 1%%", 11},
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct assume as;
        const char *wrong = NULL;
        size_t at, n;

        if (!assume_parse(str_of(good[i].text), &as, &wrong, &at, &n)) {
            fail_msg("%s: %s", good[i].text, wrong);
        }
        assert_true(str_eqz(as.id, good[i].id));
        assert_int_equal(as.kinds, good[i].kinds);
        assert_int_equal(strncmp(good[i].text + as.id_at, good[i].id, as.id.n), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct assume as;
        const char *wrong = NULL;
        size_t at = 99, n;

        assert_false(assume_parse(str_of(bad[i].text), &as, &wrong, &at, &n));
        assert_non_null(wrong);
        if (at != bad[i].at) {
            fail_msg("%s: %s at %zu", bad[i].text, wrong, at);
        }
    }
}

/* ---- whether it is true ---- */

struct fact {
    bool fails;
    struct assume_found found;
    unsigned asked;
};

static bool look(void *user, const struct assume *a UNUSED, struct assume_found *ret,
                 struct err *e)
{
    struct fact *f = user;

    f->asked++;
    if (f->fails)
        return err_set(e, ERR_STORE, "the disk is gone");
    *ret = f->found;
    return true;
}

static struct assume read(const char *text)
{
    struct assume a;
    const char *wrong = NULL;
    size_t at, n;

    if (!assume_parse(str_of(text), &a, &wrong, &at, &n))
        fail_msg("%s: %s", text, wrong);
    return a;
}

static void test_truth(void **state UNUSED)
{
    static const struct {
        const char *text;
        double value;
        bool in_percent;
        enum assume_state want;
    } rows[] = {
        {"share(x) >= 55%", 0.55, false, ASSUME_HOLDS},
        {"share(x) >= 55%", 0.5499, false, ASSUME_DOES_NOT_HOLD},
        {"share(x) > 55%", 0.55, false, ASSUME_DOES_NOT_HOLD},
        {"share(x) >= 0.55", 0.6, false, ASSUME_HOLDS},
        {"share(x) >= 55", 0.6, false, ASSUME_UNKNOWN},
        /* 0.3 - 0.4 is no -0.1 in binary */
        {"pace(x) >= -10%", 0.3 - 0.4, false, ASSUME_HOLDS},
        {"pace(x) < -10%", 0.3 - 0.4, false, ASSUME_DOES_NOT_HOLD},
        {"pace(x) == -10%", 0.3 - 0.4, false, ASSUME_HOLDS},
        {"pace(x) != -10%", 0.3 - 0.4, false, ASSUME_DOES_NOT_HOLD},
        {"progress(x) <= 150%", 1.5, false, ASSUME_HOLDS},
        {"coverage() > 80%", 0.81, false, ASSUME_HOLDS},
        {"value(x) >= 75%", 74, true, ASSUME_DOES_NOT_HOLD},
        {"value(x) >= 75%", 76, true, ASSUME_HOLDS},
        {"value(x) >= 75", 76, true, ASSUME_HOLDS},
        {"value(x) >= 75%", 0.74, false, ASSUME_DOES_NOT_HOLD},
        {"value(x) >= 1000000", 1000000, false, ASSUME_HOLDS},
        {"spread(x) <= 3", 3, false, ASSUME_HOLDS},
        {"spread(x) < 3", 3, false, ASSUME_DOES_NOT_HOLD},
        {"open(x) != 0", 0, false, ASSUME_DOES_NOT_HOLD},
        {"done(x) > 0", (double)INFINITY, false, ASSUME_UNKNOWN},
        {"done(x) > 0", (double)NAN, false, ASSUME_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct assume a = read(rows[i].text);
        struct fact f = {.found = {true, rows[i].value, rows[i].in_percent, NULL}};
        struct assume_verdict v;
        struct err e;

        assert_true(assume_eval(&a, look, &f, &v, &e));
        if (v.state != rows[i].want)
            fail_msg("%s of %g: %s", rows[i].text, rows[i].value,
                     assume_state_name(v.state));
        assert_int_equal(f.asked, 1);
        assert_int_equal(v.state == ASSUME_UNKNOWN, v.found.unknown != NULL);
    }
}

/* Whatever is compared with: what is not known is neither true nor false. */
static void test_unknown(void **state UNUSED)
{
    static const char *const texts[] = {
        "share(x) >= 0",
        "share(x) < 100%",
        "spread(x) != 3",
        "coverage() == 0",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct assume a = read(texts[i]);
        struct fact f = {.found = {.unknown = ASSUME_NO_EFFORT}};
        struct assume_verdict v;
        struct err e;

        assert_true(assume_eval(&a, look, &f, &v, &e));
        assert_string_equal(assume_state_name(v.state), "unknown");
        assert_string_equal(v.found.unknown, ASSUME_NO_EFFORT);
        f.fails = true;
        assert_false(assume_eval(&a, look, &f, &v, &e));
        assert_int_equal(e.kind, ERR_STORE);
    }
}

static void test_print(void **state UNUSED)
{
    static const struct {
        const char *text;
        struct assume_found found;
        const char *want;
    } rows[] = {
        {"pace(x) >= -10%", {true, -0.3125, false, NULL}, "-31.2%"},
        {"pace(x) >= -0.1", {true, -0.3, false, NULL}, "-30%"},
        {"value(x) >= 75%", {true, 71.5, true, NULL}, "71.5%"},
        {"value(x) >= 75%", {true, 0.715, false, NULL}, "0.715"},
        {"open(x) < 5", {true, 12, false, NULL}, "12"},
        {"done(x) >= 50%", {true, 0.25, false, NULL}, "25%"},
        {"spread(x) < 3", {false, 9, false, ASSUME_NO_EFFORT}, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct assume a = read(rows[i].text);
        struct buf b;

        buf_init(&b, 100);
        assume_print(&b, &a, &rows[i].found);
        assert_string_equal(buf_cstr(&b), rows[i].want);
        buf_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_truth),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/okr_csv.h"
#include "ctl/ctl.h"
#include "tests/support/tempdir.h"

struct sheet {
    struct arena *a;
    struct buf text, columns;
    struct okr_csv_result r;
    struct err e;
};

static int setup(void **state)
{
    struct sheet *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->a = arena_create(16 << 20);
    buf_init(&s->text, (size_t)4 << 20);
    buf_init(&s->columns, 1 << 20);
    *state = s;
    return s->a == NULL;
}

static int teardown(void **state)
{
    struct sheet *s = *state;

    buf_finish(&s->columns);
    buf_finish(&s->text);
    arena_destroy(s->a);
    free(s);
    return 0;
}

/* What was written, as the daemon reads it. */
static struct strategy *read_back(struct sheet *s, const char *csv)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *st;

    if (!okr_csv_read(str_of(csv), STR("okrs.csv"), s->a, &s->text, &s->columns, &s->r,
                      &s->e))
        fail_msg("%s", s->e.msg);
    st = strategy_load_text("strategy.yaml", buf_str(&s->text), d);
    if (st == NULL || conf_diag_errors(d) > 0)
        fail_msg("%.*s in %s", STR_FMT(conf_diag_first(d)), buf_cstr(&s->text));
    conf_diag_destroy(d);
    return st;
}

static void a_sheet_as_people_have_it(void **state)
{
    struct sheet *s = *state;
    struct strategy *st = read_back(
        s, "\xef\xbb\xbfGoal,Key Results,Start value,Target,Owner,Due Date,Confidence\r\n"
           "Win multi-site clinics,Multi-site NPS,40,60,Ana Silva,2026-12-31,70%\r\n"
           ",\"Churn, monthly\",\"4 %\",2%,Ben,31.12.2026,\r\n"
           "\r\n"
           "Keep the base,Clinics that renew,\"1,200\",\"1,500\",Ben,12/31/2026,\r\n"
           ",Say what they pay for,,soon,,,\r\n");

    assert_int_equal(s->r.objectives, 2);
    assert_int_equal(s->r.key_results, 4);
    assert_int_equal(s->r.left, 2); /* a date that could be two, a target that is none */
    assert_int_equal(st->n_objectives, 2);
    assert_true(str_eqz(st->objectives[0].node.id, "win-multi-site-clinics"));
    assert_true(str_eqz(st->objectives[0].node.owner, "Ana Silva"));
    assert_int_equal(st->n_key_results, 4);
    assert_true(str_eqz(st->key_results[0].node.id, "multi-site-nps"));
    assert_true(st->key_results[0].has_target);
    assert_int_equal((int)st->key_results[0].target, 60);
    assert_int_equal(st->key_results[0].by.day, 31);
    assert_true(str_eqz(st->key_results[1].node.title, "Churn, monthly"));
    assert_true(str_eqz(st->key_results[1].unit, "%"));
    assert_int_equal(st->key_results[1].by.month, 12);
    assert_int_equal((int)st->key_results[2].target, 1500);
    assert_int_equal(st->key_results[2].by.year, 0);
    assert_false(st->key_results[3].has_target);
    assert_non_null(strstr(buf_cstr(&s->text), "# target: soon"));
    assert_non_null(strstr(buf_cstr(&s->text), "# by: 12/31/2026"));
    assert_string_equal(buf_cstr(&s->columns),
                        "objective: Goal\nkey result: Key Results\nbaseline: Start "
                        "value\ntarget: Target\nowner: Owner\nby: Due Date\nleft out: "
                        "Confidence\n");
    strategy_unref(st);
}

static void ids_are_unique_and_cells_are_no_yaml(void **state)
{
    struct sheet *s = *state;
    struct strategy *st = read_back(
        s, "Objective,KR,Target\n"
           "Grow,Grow,1\n"
           "Grow,\"a: [b, {c: d}]\n- e # f\",2\n"
           "\xe2\x80\xae\xe6\x97\xa5\xe6\x9c\xac,\"'\"\"\",3\n"
           "First initiative,!!x &y *z,\"4\n# 5\"\n");

    assert_int_equal(st->n_objectives, 4);
    assert_int_equal(st->n_key_results, 4);
    assert_true(str_eqz(st->objectives[0].node.id, "grow"));
    assert_true(str_eqz(st->key_results[0].node.id, "grow-2"));
    assert_true(str_eqz(st->objectives[1].node.id, "grow-3"));
    assert_true(str_eqz(st->key_results[2].node.title, "'\""));
    assert_true(str_eqz(st->key_results[3].node.title, "!!x &y *z"));
    strategy_unref(st);
}

static void what_is_no_sheet(void **state)
{
    static const char *const rows[][2] = {
        {"", "empty"},
        {"A,B\n1,2\n", "no column is called Objective"},
        {"Objective,KR\n,x\n", "no row has an objective"},
        {"Objective\n\"a\n", "cannot be read"},
    };
    struct sheet *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&s->text);
        assert_false(okr_csv_read(str_of(rows[i][0]), STR("x.csv"), s->a, &s->text,
                                  &s->columns, &s->r, &s->e));
        assert_int_equal(s->e.kind, ERR_PARSE);
        if (strstr(s->e.msg, rows[i][1]) == NULL)
            fail_msg("%s: %s", rows[i][0], s->e.msg);
    }
}

/* Whatever stands in the cells, what is written loads. */
static void random_sheets_load(void **state)
{
    static const char bytes[] = "a,b\"\n: -#[]{}'&*!|>%@`\\\t0129.~\xc3\xa4";
    struct sheet *s = *state;
    uint64_t x = 11;

    for (int round = 0; round < 2000; round++) {
        char csv[300] = "Objective,KR,Target,Owner,By\nO,K,1,me,2026-12-31\n";
        size_t n = strlen(csv);

        arena_reset(s->a);
        buf_clear(&s->text);
        buf_clear(&s->columns);
        while (n + 1 < sizeof csv) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            csv[n++] = bytes[(x >> 33) % (sizeof bytes - 1)];
        }
        csv[n] = '\0';
        if (okr_csv_read(str_of(csv), STR("x.csv"), s->a, &s->text, &s->columns, &s->r,
                         &s->e)) {
            struct conf_diag *d = conf_diag_create();
            struct strategy *st =
                strategy_load_text("strategy.yaml", buf_str(&s->text), d);

            if (st == NULL)
                fail_msg("%.*s in %s", STR_FMT(conf_diag_first(d)), buf_cstr(&s->text));
            strategy_unref(st);
            conf_diag_destroy(d);
        }
    }
}

static int run(struct sheet *s, const char *path)
{
    char command[] = "alignctl", init[] = "init", option[] = "--from-csv";
    char *file = arena_strdup(s->a, str_of(path));
    char *argv[] = {command, init, option, file, NULL};
    const struct ctl_env env = {.columns = 80, .tz = tz_utc()};

    buf_clear(&s->text);
    buf_clear(&s->columns);
    return ctl_run(&env, 4, argv, &s->text, &s->columns);
}

static void the_command(void **state)
{
    struct sheet *s = *state;
    struct tempdir dir;
    struct buf path;

    assert_true(tempdir_create(&dir, &s->e));
    assert_true(tempdir_write(&dir, "okrs.csv", STR("Objective,KR\nGrow,NPS\n"), &s->e));
    assert_true(tempdir_join(&dir, "okrs.csv", &path, &s->e));
    assert_int_equal(run(s, buf_cstr(&path)), 0);
    assert_non_null(strstr(buf_cstr(&s->text), "  - id: grow\n"));
    assert_non_null(strstr(buf_cstr(&s->columns), "key result: KR"));
    assert_non_null(strstr(buf_cstr(&s->columns), "1 objective, 1 key result"));
    assert_int_equal(run(s, "/nonexistent/okrs.csv"), 78);
    assert_non_null(strstr(buf_cstr(&s->columns), "/nonexistent/okrs.csv: No such"));
    assert_int_equal(s->text.n, 0);
    buf_finish(&path);
    tempdir_remove(&dir);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_sheet_as_people_have_it),
        T(ids_are_unique_and_cells_are_no_yaml),
        T(what_is_no_sheet),
        T(random_sheets_load),
        T(the_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

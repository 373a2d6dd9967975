/* Windows of days: what is kept of one serves the next, and tells the same. */
#include "store/effort_window.h"

#include "base/date.h"
#include "core/strategy.h"
#include "tests/unit/store_rig.h"

enum { DAYS = 40, TEAMS = 5, FIRST = 20700 };

static const struct str teams[TEAMS + 1] = {STR_INIT("web"), STR_INIT("ops"),
                                            STR_INIT("data"), STR_INIT("app"),
                                            STR_INIT("lab"), STR_INIT("")};

static void add_day(struct rig *r, int64_t day, size_t team)
{
    static const char spent[] = "INSERT INTO effort VALUES (?, ?, ?, '', ?, 1)";
    static const char basis[] =
        "INSERT INTO effort_day VALUES (?, ?, ?, 4, 4, 4, 1, 1, 0, 0)";
    /* Each team's plan is another from a day of its own on. */
    int64_t plan = day - FIRST >= (int64_t)(team * 7) ? 2 : 1;

    RIG_OK(r, sql_run(r->db, basis,
                      SQL_ARGS(SQL_I(day), SQL_S(teams[team]), SQL_I(plan)), &r->e));
    if (teams[team].n == 0)
        return;
    for (int n = 0; n < 3; n++) {
        const char *node = arena_printf(r->a, "n%d", (int)((day + n) % 4)).p;

        RIG_OK(r, sql_run(r->db, spent,
                          SQL_ARGS(SQL_I(day), SQL_S(teams[team]), SQL_S(str_of(node)),
                                   SQL_R((double)(day % 5 + n + 1) / 4)),
                          &r->e));
    }
}

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    rig_init(r);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    for (int64_t day = FIRST; day < FIRST + DAYS; day++) {
        for (size_t team = 0; team <= TEAMS; team++)
            add_day(r, day, team);
    }
    RIG_OK(r, sql_end(r->db, true, &r->e));
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    rig_finish(r);
    free(r);
    return 0;
}

static struct effort_window read_window(struct rig *r, int days,
                                        const struct str *plan_of,
                                        struct effort_kept **kept)
{
    struct effort_window w;

    RIG_OK(r, effort_window_read(&w, r->db, r->a, date_from_days(FIRST + DAYS - days),
                                 date_from_days(FIRST + DAYS - 1), plan_of, kept,
                                 &r->e));
    return w;
}

static void same_figures(const struct effort_window *x, const struct effort_window *y)
{
    assert_int_equal(date_cmp(x->from, y->from), 0);
    assert_int_equal(x->is_since_plan, y->is_since_plan);
    assert_int_equal(x->n, y->n);
    for (size_t i = 0; i < x->n; i++) {
        assert_true(str_eq(x->v[i].team, y->v[i].team));
        assert_true(str_eq(x->v[i].node, y->v[i].node));
        assert_true(x->v[i].days == y->v[i].days);
    }
}

/* Whatever was asked for before. */
static void what_is_kept_tells_the_same(void **state)
{
    struct rig *r = *state;
    struct effort_kept *kept = NULL;
    size_t n = 0;

    for (int days = 2; days <= DAYS; days += 3) {
        for (size_t team = 0; team <= TEAMS; team++) {
            for (int by_plan = 0; by_plan < 2; by_plan++) {
                const struct str *plan_of = by_plan ? &teams[team] : NULL;
                struct effort_window w = read_window(r, days, plan_of, &kept);
                struct effort_window alone = read_window(r, days, plan_of, NULL);

                assert_true(w.n > 0);
                same_figures(&w, &alone);
            }
        }
    }
    for (const struct effort_kept *k = kept; k != NULL; k = k->next)
        n++;
    assert_true(n > 0 && n <= DAYS);
}

/* Which is what it is for: the days of all are read once, not once for each team. */
static void teams_share_what_was_read(void **state)
{
    struct rig *r = *state;
    struct effort_kept *kept = NULL;
    const struct effort_figure *v = read_window(r, 14, NULL, &kept).v;

    for (size_t team = 0; team <= TEAMS; team++)
        assert_ptr_equal(read_window(r, 14, NULL, &kept).v, v);
    assert_ptr_not_equal(read_window(r, 28, NULL, &kept).v, v);
    /* The plan of the first began with the first day, so its window is the same. */
    assert_false(read_window(r, 14, &teams[0], &kept).is_since_plan);
    assert_ptr_equal(read_window(r, 14, &teams[0], &kept).v, v);
    assert_true(read_window(r, 14, &teams[4], &kept).is_since_plan);
    assert_ptr_not_equal(read_window(r, 14, &teams[4], &kept).v, v);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(what_is_kept_tells_the_same),
        T(teams_share_what_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

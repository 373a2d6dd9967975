/* What was closed on an initiative, hour by hour, and the forecast that is read of it. */
#include <string.h>

#include "store/closed.h"
#include "store/schema.h"
#include "tests/unit/census_rig.h"

static int setup(void **state)
{
    *state = eval_rig_create();
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static struct forecast forecast(struct eval_rig *er, const char *id)
{
    const struct initiative *in = strategy_initiative(er->strategy, str_of(id));
    struct forecast f;

    assert_non_null(in);
    RIG_OK(&er->r, db_read_forecast(er->r.db, &er->ev, in, er->r.now, &f, &er->r.e));
    return f;
}

static struct item *linked(struct eval_rig *er, int n, const char *label)
{
    struct item *it = rig_item(&er->r, "acme/web", n);

    rig_label(&er->r, it, label);
    return it;
}

static void end(struct eval_rig *er)
{
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
    rig_page(&er->r);
}

/* Items 1 to 12, of which the first ten are closed, every third day one. */
static void close_ten(struct eval_rig *er)
{
    struct rig *r = &er->r;

    eval_rig_sync(er);
    for (int i = 1; i <= 12; i++)
        linked(er, i, "initiative:onboarding");
    end(er);
    for (int i = 1; i <= 10; i++) {
        r->now.ms += 3 * RIG_DAY;
        eval_rig_sync(er);
        rig_close_item(r, linked(er, i, "initiative:onboarding"));
        end(er);
    }
    r->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
}

static void closings_are_counted(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct forecast f;

    assert_int_equal(forecast(er, "onboarding").state, FORECAST_NOTHING_OPEN);
    close_ten(er);
    f = forecast(er, "onboarding");
    assert_int_equal(f.closed, 10);
    assert_int_equal(f.open, 2);
    assert_int_equal(f.state, FORECAST_KNOWN);
    assert_true(f.p50_days >= 6 && f.p50_days <= 12 && f.p85_days > f.p50_days);
    assert_int_equal(forecast(er, "billing").closed, 0);

    /* One was not done after all, one serves something else, one is gone. */
    eval_rig_sync(er);
    linked(er, 10, "initiative:onboarding")->updated = r->now;
    rig_close_item(r, linked(er, 9, "initiative:billing"));
    r->feed.items[1].closed.ms -= 4 * RIG_DAY;
    census_fate(r, FATE_DELETED, "acme/web", 8, "");
    end(er);
    f = forecast(er, "onboarding");
    assert_int_equal(f.closed, 7);
    assert_int_equal(f.open, 3);
    assert_int_equal(f.state, FORECAST_FEW_CLOSED);
    assert_int_equal(forecast(er, "billing").closed, 1);
}

/* What is closed as not done closes nothing. */
static void what_is_given_up_is_not_done(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item *it;

    eval_rig_sync(er);
    it = linked(er, 1, "initiative:onboarding");
    rig_close_item(r, it);
    it->outcome = ITEM_DISCARDED;
    end(er);
    r->now.ms += RIG_DAY;
    assert_int_equal(forecast(er, "onboarding").closed, 0);
}

static void old_closings_are_forgotten(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct span year = SPAN_MS(365 * RIG_DAY);
    struct item *it;

    close_ten(er);
    r->now.ms += 56 * RIG_DAY;
    assert_int_equal(forecast(er, "onboarding").closed, 0);
    r->now.ms += 15 * RIG_DAY;
    RIG_OK(r, db_upkeep(r->db, year, year, r->now, &r->e));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM closed_hour"), 0);
    /* Nor does what changes about them come back, or go below nothing. */
    eval_rig_sync(er);
    it = linked(er, 1, "initiative:billing");
    rig_close_item(r, it);
    it->closed.ms = RIG_T0 + 3 * RIG_DAY;
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM closed_hour"), 0);
}

/* A store from before it was counted. */
static void closings_of_before_are_counted(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    unsigned n = 0;

    close_ten(er);
    RIG_OK(r, sql_script(r->db, "DROP TABLE closed_hour", &r->e));
    while (strstr(schema_sql[n], "CREATE TABLE closed_hour") == NULL)
        assert_true(++n < schema_count);
    RIG_OK(r, sql_script(r->db, schema_sql[n], &r->e));
    assert_int_equal(forecast(er, "onboarding").closed, 10);
    eval_rig_check(er);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(closings_are_counted),
        T(what_is_given_up_is_not_done),
        T(old_closings_are_forgotten),
        T(closings_of_before_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

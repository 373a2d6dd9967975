/* Sources not read for long, and clocks that were set: what may be concluded. */
#include "tests/unit/eval_known_rig.h"

static void stale_scopes_keep_their_findings(void **state)
{
    struct eval_rig *er = *state;
    struct scope_event *ev;
    struct eval_result res;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);

    /* The next sync brings a page that would resolve it, then fails. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:onboarding");
    rig_apply(&er->r);
    rig_page(&er->r);
    ev = rig_event(&er->r, SCOPE_FAILED, "acme/web", "");
    err_set(&ev->err, ERR_NOT_FOUND, "404");
    rig_apply(&er->r);
    rig_end(&er->r);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 0);
    assert_int_equal(res.resolved, 0);
    assert_int_equal(rig_int(&er->r, RIG_WAITING), 1);
    /* Its `for` runs out meanwhile: it waits, too. */
    er->r.now.ms += 2 * RIG_DAY;
    res = eval_rig_run(er);
    assert_int_equal(res.items, 0);
    assert_string_equal(
        rig_text(&er->r, "SELECT state || ' ' || rule FROM finding ORDER BY n"),
        "1 unlinked-work");
    assert_int_equal(rig_int(&er->r,
                             "SELECT count(*) FROM finding WHERE rule = 'source-stale'"
                             " AND state = 2"),
                     1);
    assert_int_equal(rig_int(&er->r, "SELECT fresh FROM scope"), 0);

    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 1);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state < 3"),
                     0);
    assert_int_equal(rig_int(&er->r, "SELECT fresh FROM scope"), 1);
    eval_rig_check(er);
}

static void a_long_stop_concludes_nothing(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 3 * RIG_DAY;                 /* switched off */
    assert_int_equal(eval_rig_run(er).fired, 1); /* source-stale alone */
    assert_int_equal(
        rig_int(&er->r, "SELECT state FROM finding WHERE rule = 'unlinked-work'"), 1);
    eval_rig_look(er);
    assert_int_equal(eval_rig_run(er).fired, 1);
    assert_int_equal(
        rig_int(&er->r, "SELECT state FROM finding WHERE rule = 'unlinked-work'"), 2);
}

static void clock_set(struct eval_rig *er, bool expect_back)
{
    bool back;

    RIG_OK(&er->r, db_clock_set(er->r.db, er->r.now, &back, &er->r.e));
    assert_int_equal(back, expect_back);
}

static int64_t stale_findings(struct eval_rig *er, int state)
{
    return rig_int(&er->r, state == 2 ? "SELECT count(*) FROM finding WHERE rule = "
                                        "'source-stale' AND state = 2"
                                      : "SELECT count(*) FROM finding WHERE rule = "
                                        "'source-stale'");
}

/* Nobody was there to look: that is told when there was time to, and not before. */
static void who_has_just_woken_is_not_late(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct err why;

    known_source(er);
    eval_rig_run(er);
    er->r.now.ms += 3 * RIG_DAY;
    clock_set(er, false);
    res = eval_rig_run(er);
    assert_int_equal(res.fired, 0);
    assert_in_range(res.next_check.ms, er->r.now.ms + 1, er->r.now.ms + 2 * RIG_HOUR);

    /* Nor by a failure that may pass. */
    rig_begin(&er->r);
    err_set(&why, ERR_NET, "cannot connect");
    RIG_OK(&er->r, db_sync_end(er->r.db, &er->r.conf, &why, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_int_equal(stale_findings(er, 0), 0);
    er->r.now = res.next_check;
    eval_rig_run(er);
    assert_int_equal(stale_findings(er, 2), 1);

    /* What fires does not resolve because it is not looked at. */
    er->r.now.ms += RIG_DAY;
    clock_set(er, false);
    assert_int_equal(eval_rig_run(er).resolved, 0);
    assert_int_equal(stale_findings(er, 2), 1);
    eval_rig_look(er);
    assert_int_equal(eval_rig_run(er).resolved, 1);

    /* What lasts is told at once. */
    er->r.now.ms += RIG_DAY;
    clock_set(er, false);
    rig_begin(&er->r);
    err_set(&why, ERR_AUTH, "401 bad credentials");
    RIG_OK(&er->r, db_sync_end(er->r.db, &er->r.conf, &why, er->r.now, &er->r.e));
    assert_int_equal(eval_rig_run(er).fired, 1);
}

/* What was judged after the last sync tells of it by nothing that is looked at. */
static void who_saw_the_clock_set_back_may_say_so(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    er->r.now.ms += RIG_HOUR;
    eval_rig_run(er);
    er->r.now.ms -= RIG_HOUR / 2;
    clock_set(er, false);
    assert_true(rig_int(&er->r, "SELECT max(since) FROM finding") > er->r.now.ms);
    RIG_OK(&er->r, db_clock_set_back(er->r.db, er->r.now, &er->r.e));
    assert_int_equal(rig_int(&er->r, "SELECT max(since) FROM finding"), er->r.now.ms);
}

/* It was tried before anybody noticed, and never answered: what it was first tried at is
   all there is of the wrong time. */
static void a_source_tried_since_the_clock_was_set_is_pulled_in(void **state)
{
    struct eval_rig *er = *state;
    struct err why;

    for (int i = 0; i < 2; i++) {
        rig_begin(&er->r);
        err_set(&why, ERR_NET, "cannot connect");
        RIG_OK(&er->r, db_sync_end(er->r.db, &er->r.conf, &why, er->r.now, &er->r.e));
        er->r.now.ms -= i == 0 ? RIG_HOUR : 0;
    }
    assert_int_equal(rig_int(&er->r, "SELECT last_try FROM source"), er->r.now.ms);
    clock_set(er, true);
    assert_int_equal(rig_int(&er->r, "SELECT first_try FROM source"), er->r.now.ms);
    clock_set(er, false);
}

/* A day ahead by mistake, then right again: nothing waits for that day to come. */
static void a_clock_set_back_holds_up_nothing(void **state)
{
    struct eval_rig *er = *state;
    const struct actor by = {7, STR("ana")};
    struct checkin told = {.kr = STR("nps"), .value = 44, .confidence = -1};
    struct outbox_message m;
    struct wall next;
    bool found;

    known_source(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    er->r.now.ms += 30 * RIG_MIN;
    eval_rig_run(er);
    er->r.now.ms += 7 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    er->r.now = next; /* the hours of its channel */
    eval_rig_look(er);
    assert_true(eval_rig_flush(er, &next) > 0);
    assert_true(rig_int(&er->r, "SELECT max(last_sent) FROM batch") > 0);
    RIG_OK(&er->r, sql_script(er->r.db,
                              "UPDATE outbox SET state = 0, next_attempt = created + "
                              "2000;"
                              "INSERT INTO outbox (key, channel, state, created, "
                              "next_attempt, done_at, notice) SELECT 'told', channel, 2, "
                              "created, 0, created + 1, notice FROM outbox LIMIT 1",
                              &er->r.e));

    told.day = date_from_days(er->r.now.ms / RIG_DAY);
    RIG_OK(&er->r, db_checkin_add(er->r.db, &told, &by, er->r.now, &er->r.e));

    er->r.now.ms -= 9 * RIG_DAY;
    clock_set(er, true);
    assert_int_equal(rig_int(&er->r, "SELECT max(last_sent) FROM batch"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(last_ok) FROM source"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(synced_at) FROM scope"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(listed_at) FROM scope"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(at) FROM strategy"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(first_load) FROM kr_known"),
                     er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT at FROM kr_value"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT day FROM kr_value"),
                     er->r.now.ms / RIG_DAY);
    assert_int_equal(rig_int(&er->r, "SELECT max(max(since, fired, resolved, reason_at)) "
                                     "FROM finding"),
                     er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(done_at) FROM outbox"), er->r.now.ms);
    assert_int_equal(rig_int(&er->r, "SELECT max(created) FROM outbox"), er->r.now.ms);
    assert_int_equal(
        rig_int(&er->r, "SELECT max(max(at, delivered)) FROM told") > er->r.now.ms, 0);
    RIG_OK(&er->r, db_outbox_claim(
                       er->r.db, str_of(rig_text(&er->r, "SELECT channel FROM outbox")),
                       er->r.now, er->r.a, &m, &found, &next, &er->r.e));
    assert_true(found);
    clock_set(er, false);                    /* and that was it */
    assert_true(eval_rig_run(er).items > 0); /* judged anew */
    eval_rig_check(er);
}

static void source_stale_goes_to_operations(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;
    struct err why;

    known_source(er);
    rig_begin(&er->r);
    err_set(&why, ERR_AUTH, "401 bad credentials");
    RIG_OK(&er->r, db_sync_end(er->r.db, &er->r.conf, &why, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT channel FROM batch WHERE due > 0"),
                        "ops");
    er->r.now.ms += 7 * RIG_DAY;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_string_equal(rig_text(&er->r, "SELECT channel FROM outbox"), "ops");
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice,"
                                 " '$.sections[0].entries[0].key') FROM outbox"),
                        "hub");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(stale_scopes_keep_their_findings),
        T(a_long_stop_concludes_nothing),
        T(who_has_just_woken_is_not_late),
        T(who_saw_the_clock_set_back_may_say_so),
        T(a_source_tried_since_the_clock_was_set_is_pulled_in),
        T(a_clock_set_back_holds_up_nothing),
        T(source_stale_goes_to_operations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

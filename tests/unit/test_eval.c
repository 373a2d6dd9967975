#include "tests/unit/eval_rig.h"

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

/* A walk with nothing in it, so that what follows is no baseline. */
static void known_source(struct eval_rig *er)
{
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
}

static const char *links(struct eval_rig *er, const char *where)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "SELECT group_concat(i.key || ' ' || l.method || ' ' || l.node || ' ' ||"
             " l.known || l.effective, '; ') FROM link l JOIN item i ON i.id = l.item"
             " WHERE %s",
             where);
    return rig_text(&er->r, sql);
}

static void unlinked_epic_fires_after_a_day(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct wall next;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_item(&er->r, "acme/web", 2);
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 2);
    assert_int_equal(res.started, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 1 1");
    /* The item is due in a day; the source would be stale in an hour. */
    assert_int_equal(rig_int(&er->r, "SELECT next_check FROM evaluated WHERE item = 1"),
                     er->r.now.ms + RIG_DAY);
    assert_int_equal(res.next_check.ms, er->r.now.ms + RIG_HOUR);
    assert_int_equal(rig_int(&er->r, RIG_WAITING), 0);
    eval_rig_check(er);

    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.fired, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 13");
    assert_int_equal(eval_rig_flush(er, &next), 0);
    assert_int_equal(next.ms, er->r.now.ms + RIG_MIN);

    er->r.now.ms += RIG_MIN;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_int_equal(next.ms, 0);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 16");
    assert_int_equal(rig_int(&er->r, "SELECT episode FROM told"), 1);
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice, '$.sections[0].headline')"
                                 " FROM outbox"),
                        "1 epic without a strategic link in acme/web (1 d)");
    assert_string_equal(
        rig_text(&er->r, "SELECT json_extract(notice, '$.group') FROM outbox"), "Web");

    /* Linked by a label: one line says so. */
    er->r.now.ms += 2 * RIG_HOUR;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 1), "initiative:onboarding");
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 3 13");
    er->r.now.ms += 2 * RIG_HOUR;
    assert_int_equal(eval_rig_flush(er, &next), 0); /* stale by now: it waits */
    eval_rig_look(er);
    er->r.now.ms = next.ms;
    assert_int_equal(eval_rig_flush(er, &next), 1);
    assert_string_equal(rig_text(&er->r,
                                 "SELECT json_extract(notice, '$.resolved[0].ended_by')"
                                 " FROM outbox ORDER BY id DESC"),
                        "linked to onboarding by label");
    eval_rig_check(er);
}

static void idle_cycle_writes_bookkeeping_only(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    int before;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "same");
    rig_apply(&er->r);
    rig_end(&er->r);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    sqlite3_wal_checkpoint_v2(er->r.db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                              NULL);
    before = sqlite3_total_changes(er->r.db->h);
    eval_rig_sync(er);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "same");
    rig_apply(&er->r);
    rig_end(&er->r);
    res = eval_rig_run(er);
    assert_int_equal(res.items, 0);
    eval_rig_flush(er, &res.next_check);
    assert_int_equal(sqlite3_total_changes(er->r.db->h) - before, 1);
}

static void every_method_is_stored(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;
    struct mark *m;

    known_source(er);
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    rig_label(&er->r, it, "initiative:onboarding");
    rig_label(&er->r, it, "bug");
    m = arena_array(er->r.a, 3, sizeof *m);
    m[0] = it->marks[0];
    m[1] = it->marks[1];
    m[2] = (struct mark){MARK_REFERENCE, STR_NONE, STR("billing")};
    it->marks = m;
    it->n_marks = 3;
    rig_label(&er->r, eval_rig_new_epic(er, 2), "initiative:nosuch");
    rig_label(&er->r, eval_rig_new_epic(er, 3), "bug");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(links(er, "1"),
                        "acme/web#1 4 onboarding 11; acme/web#1 6 billing 10;"
                        " acme/web#2 4 nosuch 00; acme/web#3 8 ktlo 11");
    assert_string_equal(eval_rig_findings(er), "unknown-link acme/web#2 1 1");
    eval_rig_check(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM tally WHERE node = 'ktlo'"), 1);
}

static struct item *child(struct eval_rig *er, int number, const char *parent)
{
    struct item *it = rig_item(&er->r, "acme/web", number);

    it->parent_key = arena_str(er->r.a, str_of(parent));
    return it;
}

static void children_inherit_whatever_the_order(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    child(er, 1, "acme/web#2");
    child(er, 2, "acme/web#3");
    rig_label(&er->r, eval_rig_new_epic(er, 3), "initiative:onboarding");
    child(er, 4, "ACME/web#1");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 4);
    assert_string_equal(rig_text(&er->r, "SELECT detail FROM link WHERE item = 4"),
                        "from acme/web#3, label initiative:onboarding");

    /* The epic's link changes: all four follow, and nothing else is touched. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_new_epic(er, 3), "initiative:billing");
    eval_rig_synced(er);
    assert_int_equal(eval_rig_run(er).items, 4);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'billing'"),
                     4);
    eval_rig_check(er);

    /* The one between gets its own: what is below follows it. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, child(er, 2, "acme/web#3"), "bug");
    rig_label(&er->r, child(er, 1, "acme/web#2"), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(links(er, "l.effective ORDER BY i.id"),
                        "acme/web#1 4 onboarding 11; acme/web#2 7 billing 11;"
                        " acme/web#3 4 billing 11; acme/web#4 7 onboarding 11");
    eval_rig_check(er);
}

static void cycles_of_ancestors_end(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    it = child(er, 1, "acme/web#2");
    rig_label(&er->r, it, "initiative:onboarding");
    child(er, 2, "acme/web#3");
    child(er, 3, "acme/web#1");
    child(er, 4, "acme/web#4");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 3);
    eval_rig_check(er);

    /* The only link goes: none of them keeps it for the others. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    child(er, 1, "acme/web#2");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM link"), 0);
    assert_int_equal(
        rig_int(&er->r, "SELECT open FROM tally WHERE node = 'onboarding'"), 0);
    eval_rig_check(er);
}

static void baseline_is_summarised_once(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;
    struct item *it;

    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++) {
        it = eval_rig_epic(er, i);
        if (i == 1)
            rig_label(&er->r, it, "initiative:onboarding");
        if (i == 2)
            rig_label(&er->r, it, "strategy:none");
        if (i == 3)
            rig_label(&er->r, it, "idea");
    }
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT json_extract(notice, '$.text') FROM outbox"),
        "acme/web: 2 of 3 open epics have no strategic link; see `alignctl gaps`. What "
        "was there before is told one by one only when its work begins or its link is "
        "lost.");
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope"), 2);
    eval_rig_check(er);
    er->r.now.ms += RIG_DAY + RIG_HOUR;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.fired, 2);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#4 2 3; unlinked-work acme/web#5 2 3");
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 1);

    /* It starts moving: no baseline any more, and worse than before. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 4);
    it->category = ITEM_IN_PROGRESS;
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#4 2 13; unlinked-work acme/web#5 2 3");
    assert_int_equal(rig_int(&er->r, "SELECT severity FROM finding WHERE item = 4"),
                     SEV_HIGH);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM scope"), 1);
    eval_rig_check(er);
}

static void baseline_off_tells_all(void **state)
{
    struct eval_rig *er = *state;

    er->ev.baseline = false;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox"), 0);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 2 13");
}

static void losing_a_link_ends_the_baseline(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    rig_label(&er->r, eval_rig_epic(er, 1), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM item"), 1);
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM item"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT baseline FROM finding"), 0);
    eval_rig_check(er);
}

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

/* A day ahead by mistake, then right again: nothing waits for that day to come. */
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

static void manual_link_holds_while_stale(void **state)
{
    struct eval_rig *er = *state;
    struct actor ana = {1000, STR("ana")};
    struct scope_event *ev;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_MIN;
    rig_begin(&er->r);
    rig_page(&er->r);
    ev = rig_event(&er->r, SCOPE_FAILED, "acme/web", "");
    err_set(&ev->err, ERR_NET, "timeout");
    rig_apply(&er->r);
    rig_end(&er->r);
    RIG_OK(&er->r, db_link_set(er->r.db, &er->ev, STR("ACME/WEB#1"), STR("Billing"),
                               &ana, er->r.now, &er->r.e));
    assert_int_equal(eval_rig_run(er).items, 1);
    assert_string_equal(links(er, "1"), "acme/web#1 1 billing 11");
    assert_string_equal(eval_rig_findings(er), "");
    assert_string_equal(rig_text(&er->r,
                                 "SELECT user || ' ' || action || ' ' || subject || ' '"
                                 " || detail FROM audit"),
                        "ana link ACME/WEB#1 billing");
    RIG_OK(&er->r,
           db_link_remove(er->r.db, STR("acme/web#1"), &ana, er->r.now, &er->r.e));
    eval_rig_run(er);
    assert_string_equal(links(er, "1"), "");
    /* Evaluated; what to tell of it is decided when its scope is fresh. */
    assert_string_equal(eval_rig_findings(er), "unlinked-work acme/web#1 1 0");
    eval_rig_check(er);
}

static void exemptions_end(void **state)
{
    struct eval_rig *er = *state;
    struct actor ana = {1000, STR("ana")};
    struct eval_result res;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    RIG_OK(&er->r,
           db_exempt(er->r.db, STR("acme/web#1"), STR_NONE, STR("a spike"),
                     (struct wall){er->r.now.ms + RIG_DAY}, &ana, er->r.now, &er->r.e));
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding"),
                        "exempted by ana");
    assert_int_equal(rig_int(&er->r, "SELECT exempt FROM scope"), 1);
    assert_int_equal(rig_int(&er->r, "SELECT next_check FROM evaluated"),
                     er->r.now.ms + RIG_DAY);
    /* Never told: its end is not told either. */
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM member"), 0);
    eval_rig_check(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_int_equal(res.started, 1);
    assert_int_equal(rig_int(&er->r, "SELECT exempt FROM scope"), 0);
    eval_rig_check(er);
}

static void new_strategy_links_everything_anew(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++)
        rig_label(&er->r, eval_rig_new_epic(er, i),
                  i % 2 == 0 ? "initiative:billing" : "site");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 1"),
                     3);
    eval_rig_load(er, EVAL_RIG_CONF,
                  "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
                  "initiatives:\n  - { id: sites, title: More sites, match: { labels: "
                  "[site] } }\n");
    res = eval_rig_run(er);
    assert_int_equal(res.items, 5);
    assert_string_equal(
        links(er, "l.effective ORDER BY i.id"),
        "acme/web#1 4 sites 11; acme/web#3 4 sites 11; acme/web#5 4 sites 11");
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule = 'unlinked-work'"),
        0);
    assert_int_equal(
        rig_int(&er->r, "SELECT count(*) FROM finding WHERE rule = 'unknown-link'"), 2);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM strategy"), 2);
    eval_rig_check(er);
    assert_int_equal(eval_rig_run(er).items, 0);
}

/* What is known of it is known of the one it became: neither ended nor told anew. */
static void a_renamed_initiative_keeps_its_findings(void **state)
{
    static const char strategy[] =
        "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
        "initiatives:\n  - { id: %s, title: More sites, status: active,\n"
        "      start: 2026-01-01 }\n";
    struct eval_rig *er = *state;
    char before[300], after[300];
    struct eval_result res;

    snprintf(before, sizeof before, strategy, "sites");
    snprintf(after, sizeof after, strategy, "places, was: [sites]");
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  before);
    eval_rig_look(er);
    assert_int_equal(eval_rig_run(er).fired, 1);
    RIG_OK(&er->r, sql_script(er->r.db,
                              "INSERT INTO told (finding, channel, episode, kind,"
                              " severity, at, reminders, outbox, delivered) SELECT n,"
                              " 'product', episode, 16, severity, fired, 0, 0, fired"
                              " FROM finding",
                              &er->r.e));
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  after);
    res = eval_rig_run(er);
    assert_int_equal(res.fired + res.resolved, 0);
    assert_string_equal(rig_text(&er->r, "SELECT group_concat(subject || state) FROM "
                                         "finding"),
                        "initiative places2");
    assert_int_equal(rig_int(&er->r, "SELECT t.episode FROM told t JOIN finding f ON"
                                     " f.n = t.finding"),
                     1);
    eval_rig_check(er);

    /* Its old name is free for another, with findings of its own. */
    snprintf(after, sizeof after, strategy,
             "places, title: Places, status: active, start: 2026-01-01 }\n"
             "  - { id: sites");
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: { for: 0s } }\n",
                  after);
    assert_int_equal(eval_rig_run(er).fired, 1);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"),
                     2);
}

static void a_relink_survives_a_crash(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result one;
    struct store_opened opened;

    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 1500; i++)
        rig_label(&er->r, rig_item(&er->r, "acme/web", i), "site");
    eval_rig_synced(er);
    assert_int_equal(eval_rig_run(er).items, 1500);
    eval_rig_load(er, EVAL_RIG_CONF,
                  "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
                  "initiatives:\n  - { id: sites, title: More sites, match: { labels: "
                  "[site] } }\n");
    RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
    assert_true(one.more);
    db_close(er->r.db);
    rig_open(&er->r, &opened);
    assert_true(opened.unclean);
    assert_int_equal(eval_rig_run(er).items, 500);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'sites'"),
                     1500);
    eval_rig_check(er);
}

static void uncovered_initiative_is_a_node_rule(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result res;

    eval_rig_load(er, EVAL_RIG_NODES, EVAL_RIG_STRATEGY);
    known_source(er);
    res = eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "uncovered-initiative initiative billing 1 1;"
                        " uncovered-initiative initiative onboarding 1 1");
    er->r.now.ms += 20 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM finding WHERE state = 2"),
                     2);
    /* Work appears. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_label(&er->r, rig_item(&er->r, "acme/web", 1), "initiative:billing");
    eval_rig_synced(er);
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    /* The other one is taken out of the strategy. */
    eval_rig_load(
        er, EVAL_RIG_NODES,
        "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
        "initiatives:\n  - { id: billing, title: Bill per site, status: active }\n");
    res = eval_rig_run(er);
    assert_int_equal(res.resolved, 1);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE subject ="
                                         " 'initiative onboarding'"),
                        "removed from the strategy");
}

static void unlinked_epic_inhibits_its_children(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    it = eval_rig_new_epic(er, 2);
    it->parent_key = STR("acme/web#1");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_string_equal(eval_rig_findings(er),
                        "unlinked-work acme/web#1 2 13; unlinked-work acme/web#2 2 8");
    assert_string_equal(
        rig_text(&er->r, "SELECT a.reason_detail = b.id FROM finding a, finding b"
                         " WHERE a.item = 2 AND b.item = 1"),
        "1");
    /* The parent is closed: the child speaks for itself. */
    er->r.now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    rig_close_item(&er->r, eval_rig_new_epic(er, 1));
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT reason FROM finding WHERE item = 2"),
                     PLAN_GROUPED);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 1"),
                        "closed");
}

static void removed_source_resolves(void **state)
{
    struct eval_rig *er = *state;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    rig_label(&er->r, eval_rig_new_epic(er, 2), "initiative:billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    er->ev.n_sources = 0;
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT state || ended_by FROM finding WHERE item = 1"),
        "3no longer in view");
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM scope"), 0);
    assert_int_equal(rig_int(&er->r, "SELECT open FROM tally WHERE node = 'billing'"),
                     0);
    er->ev.n_sources = 1;
    eval_rig_look(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(&er->r, "SELECT epics FROM scope"), 2);
    eval_rig_check(er);
}

static void made_private_later(void **state)
{
    struct eval_rig *er = *state;
    static const char conf[] =
        "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"
        "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"
        "      token: { env: RIG_TOKEN }, private: { projects: [acme/*] } }\n"
        "rules: { uncovered-initiative: off }\n";

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(&er->r, "SELECT title || url || author_name || private FROM item"),
        "1");
    assert_string_equal(rig_text(&er->r, "SELECT note FROM finding"), "");
}

/* A mark beside those that are there. */
static void add_mark(struct eval_rig *er, struct item *it, enum mark_kind kind,
                     const char *value)
{
    rig_label(&er->r, it, value);
    it->marks[it->n_marks - 1].kind = kind;
}

static void assert_no_secret(struct rig *r, const char *sql)
{
    const char *text = rig_text(r, sql);

    if (strstr(text, "ecret") != NULL || strstr(text, "Epic") != NULL)
        fail_msg("%s: %s", sql, text);
}

/* Labels, lines of the body, types and statuses are words of the tracker, too. */
static void private_items_show_no_word(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_row *rows;
    struct item *it;
    size_t n;
    static const char conf[] =
        "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"
        "working_hours: always\n"
        "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"
        "      token: { env: RIG_TOKEN }, private: { labels: [secret*] } }\n"
        "rules: { uncovered-initiative: off, unlinked-work: { for: 0s },\n"
        "  unknown-link: { for: 0s }, retired-link: { for: 0s } }\n";
    static const char strategy[] = EVAL_RIG_STRATEGY "retired: [secret-init]\n";

    eval_rig_load(er, conf, strategy);
    known_source(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 5; i++) {
        it = eval_rig_new_epic(er, i);
        it->status = STR("In Secret");
        rig_label(r, it, "secret-codename");
        if (i == 1) {
            rig_label(r, it, "initiative:secret-thing");
            add_mark(er, it, MARK_REFERENCE, "secret-plan");
        }
        if (i == 3)
            rig_label(r, it, "initiative:old-portal");
        if (i == 4)
            rig_label(r, it, "initiative:onboarding secret");
        if (i == 5)
            rig_label(r, it, "initiative:onboarding");
    }
    rig_label(r, child(er, 6, "acme/web#5"), "public");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding WHERE state = 2"), 4);
    assert_no_secret(r, "SELECT group_concat(note) FROM finding");
    assert_no_secret(r, "SELECT group_concat(fix) FROM finding");
    assert_no_secret(r, "SELECT group_concat(command) FROM finding");
    assert_no_secret(r, "SELECT group_concat(facts) FROM finding");
    /* What the operator may know is still said. */
    assert_string_equal(rig_text(r, "SELECT note FROM finding WHERE item = 1"),
                        "it names 2 initiatives that do not exist");
    assert_string_equal(rig_text(r, "SELECT fix FROM finding WHERE item = 3"),
                        "close it, or replace its label by that of an initiative that "
                        "runs");
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    for (size_t i = 0; i < rows[0].n_links; i++) {
        assert_int_equal(rows[0].links[i].node.n, 0);
        assert_int_equal(rows[0].links[i].detail.n, 0);
    }
    /* A child that is not private tells no word of its parent's. */
    assert_string_equal(rig_text(r, "SELECT detail FROM link WHERE item = 6"),
                        "from acme/web#5, private");

    /* A reason that stands in the body does not leave, either. */
    r->now.ms += RIG_HOUR;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 2);
    rig_label(r, it, "secret-codename");
    add_mark(er, it, MARK_EXEMPT, "secret reason");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(r, "SELECT ended_by FROM finding WHERE item = 2"),
                        "exempted by line Strategy: none");
    RIG_OK(r, db_read_item(r->db, STR("acme/web#2"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].exempt, "line Strategy: none"));
}

static void exemptions_say_who_and_why(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_new_epic(er, 2);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    it->created.ms -= RIG_DAY;
    add_mark(er, it, MARK_EXEMPT, "bought, not built");
    it = eval_rig_new_epic(er, 2);
    it->created.ms -= RIG_DAY;
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    it->created.ms -= RIG_DAY;
    rig_label(&er->r, eval_rig_new_epic(er, 2), "strategy:none");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 2"),
                        "exempted by label strategy:none");
    er->r.now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    add_mark(er, it, MARK_EXEMPT, "bought, not built");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(rig_text(&er->r, "SELECT ended_by FROM finding WHERE item = 1"),
                        "exempted by line Strategy: none (bought, not built)");
}

/* What is over, or holds for one rule only, does not make the item exempt. */
static void exemptions_that_are_over_are_not_shown(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor ana = {1000, STR("ana")};
    struct wall until = {r->now.ms + RIG_HOUR};
    struct item_row *rows;
    size_t n;

    known_source(er);
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    eval_rig_run(er);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#1"), STR("retired-link"), STR("a test"),
                        (struct wall){0}, &ana, r->now, &r->e));
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_int_equal(rows[0].exempt.n, 0);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#1"), STR_NONE, STR("a spike"), until, &ana,
                        r->now, &r->e));
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].exempt, "a spike"));
    r->now.ms += 2 * RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_int_equal(rows[0].exempt.n, 0);
    assert_int_equal(rows[0].exempt_by.n, 0);
}

/* What messages say of numbers and ages. */
static void headlines_and_summaries(void **state)
{
    static const char headline[] =
        "SELECT group_concat(json_extract(notice, '$.sections[0].headline'), '; ')"
        " FROM outbox WHERE notice LIKE '%drift%'";
    static const char conf[] = EVAL_RIG_NODES
        "rules: { uncovered-initiative: off, unlinked-work: { for: 0s } }\n";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct wall next;

    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_sync(er);
    rig_event(r, SCOPE_SEEN, "acme/pay", "");
    eval_rig_epic(er, 1);
    rig_label(r, eval_rig_epic(er, 2), "initiative:onboarding");
    rig_item(r, "acme/pay", 1)->level = ITEM_LEVEL_EPIC;
    rig_event(r, SCOPE_SYNCED, "acme/pay", "c");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_string_equal(
        rig_text(r, "SELECT json_extract(notice, '$.text') FROM outbox"),
        "2 of 3 open epics have no strategic link (acme/web 1 of 2, acme/pay 1 of 1); "
        "see `alignctl gaps`. What was there before is told one by one only when its "
        "work begins or its link is lost.");
    /* News has no age; what waited has. */
    eval_rig_sync(er);
    eval_rig_new_epic(er, 3);
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += RIG_MIN - 1;
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline), "");
    r->now.ms = next.ms;
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline),
                        "1 epic without a strategic link in acme/web (1 min)");
    r->now.ms += 2 * RIG_HOUR;
    eval_rig_sync(er);
    eval_rig_new_epic(er, 4);
    eval_rig_new_epic(er, 5);
    eval_rig_synced(er);
    RIG_OK(r, sql_script(r->db, "DELETE FROM outbox; UPDATE batch SET due = 1", &r->e));
    eval_rig_run(er);
    RIG_OK(r, sql_script(r->db,
                         "UPDATE batch SET due = 1; UPDATE member SET joined = joined - 60000",
                         &r->e));
    eval_rig_flush(er, &next);
    assert_string_equal(rig_text(r, headline),
                        "2 epics without a strategic link in acme/web");
}

/* ---- cost ---- */

static int64_t vm_steps(struct rig *r)
{
    int64_t n = 0;

    for (size_t i = 0; i < SQL_CACHE; i++) {
        if (r->db->cache[i].st != NULL)
            n += sqlite3_stmt_status(r->db->cache[i].st, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return n;
}

static void change_some(struct eval_rig *er, int n)
{
    for (int i = 1; i <= n; i++) {
        struct item *it = rig_item(&er->r, "acme/web", 40 * i);

        it->title = arena_printf(er->r.a, "At %lld", (long long)er->r.now.ms);
        rig_label(&er->r, it, i % 2 ? "initiative:onboarding" : "bug");
    }
}

/* What a cycle with 20 changed items costs where `n` are stored. */
static int64_t cost_of_a_cycle(int n)
{
    struct eval_rig *er = eval_rig_create();
    struct wall next;
    int64_t steps;

    eval_rig_sync(er);
    for (int i = 1; i <= n; i++)
        rig_label(&er->r, rig_item(&er->r, "acme/web", i), i % 3 ? "bug" : "plain");
    eval_rig_synced(er);
    eval_rig_run(er);
    for (int round = 0; round < 2; round++) { /* the first one prepares */
        er->r.now.ms += 5 * RIG_MIN;
        vm_steps(&er->r);
        eval_rig_sync(er);
        change_some(er, 20);
        eval_rig_synced(er);
        assert_int_equal(eval_rig_run(er).items, 20);
        eval_rig_flush(er, &next);
    }
    steps = vm_steps(&er->r);
    eval_rig_destroy(er);
    return steps;
}

static void cost_follows_change(void **state)
{
    int64_t few = cost_of_a_cycle(800), many = cost_of_a_cycle(8000);

    (void)state;
    print_message("20 changed of 800: %lld steps, of 8000: %lld\n", (long long)few,
                  (long long)many);
    assert_true(few > 0);
    assert_true(many * 5 <= few * 6);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(unlinked_epic_fires_after_a_day),
        T(idle_cycle_writes_bookkeeping_only),
        T(every_method_is_stored),
        T(children_inherit_whatever_the_order),
        T(cycles_of_ancestors_end),
        T(baseline_is_summarised_once),
        T(baseline_off_tells_all),
        T(losing_a_link_ends_the_baseline),
        T(stale_scopes_keep_their_findings),
        T(a_long_stop_concludes_nothing),
        T(who_has_just_woken_is_not_late),
        T(who_saw_the_clock_set_back_may_say_so),
        T(a_clock_set_back_holds_up_nothing),
        T(source_stale_goes_to_operations),
        T(manual_link_holds_while_stale),
        T(exemptions_end),
        T(new_strategy_links_everything_anew),
        T(a_renamed_initiative_keeps_its_findings),
        T(a_relink_survives_a_crash),
        T(uncovered_initiative_is_a_node_rule),
        T(unlinked_epic_inhibits_its_children),
        T(removed_source_resolves),
        T(made_private_later),
        cmocka_unit_test(cost_follows_change),
        T(headlines_and_summaries),
        T(private_items_show_no_word),
        T(exemptions_say_who_and_why),
        T(exemptions_that_are_over_are_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

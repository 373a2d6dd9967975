#include "store/dirty.h"
#include "tests/unit/store_rig.h"

#include <sys/stat.h>

static int setup(void **state)
{
    struct rig *r = malloc(sizeof *r);

    assert_non_null(r);
    rig_init(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig_finish(*state);
    free(*state);
    return 0;
}

/* One walk of one scope with `n` items. */
static struct page_stats walk(struct rig *r, int n, const char *cursor)
{
    struct page_stats st;

    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_SEEN, "acme/web", "");
    for (int i = 1; i <= n; i++)
        rig_item(r, "acme/web", i);
    rig_event(r, SCOPE_SYNCED, "acme/web", cursor);
    st = rig_apply(r);
    rig_end(r);
    return st;
}

static void nobody_waits(struct rig *r)
{
    RIG_OK(r, sql_script(r->db, "DELETE FROM dirty; DELETE FROM dirty_run", &r->e));
}

static void changed_rows_only(void **state)
{
    struct rig *r = *state;
    struct page_stats st = walk(r, 5, "c1");

    assert_int_equal(st.items, 5);
    assert_int_equal(st.inserted, 5);
    assert_true(st.scope_synced);
    assert_int_equal(rig_int(r, RIG_WAITING), 5);
    assert_int_equal(rig_int(r, "SELECT items FROM scope"), 5);
    assert_int_equal(rig_int(r, "SELECT open FROM scope"), 5);

    nobody_waits(r);
    rig_begin(r);
    rig_page(r);
    for (int i = 1; i <= 5; i++) {
        struct item *it = rig_item(r, "acme/web", i);

        if (i == 3) {
            it->category = ITEM_DONE;
            it->outcome = ITEM_COMPLETED;
            it->closed = it->updated = r->now;
        }
    }
    st = rig_apply(r);
    assert_int_equal(st.unchanged, 4);
    assert_int_equal(st.changed, 1);
    assert_int_equal(rig_int(r, RIG_WAITING), 1);
    assert_int_equal(rig_int(r, "SELECT items FROM scope"), 5);
    assert_int_equal(rig_int(r, "SELECT open FROM scope"), 4);
    assert_int_equal(rig_int(r, "SELECT changed FROM item WHERE vid = 'acme/web-3'"),
                     r->now.ms);
}

static const char *runs(struct rig *r)
{
    return rig_text(r, "SELECT coalesce(group_concat(scope || ':' || first || '-' || last,"
                       " ' '), '') FROM (SELECT * FROM dirty_run ORDER BY 1, 2)");
}

/* New rows wait together, until one of them is taken out of turn or goes elsewhere. */
static void new_ones_wait_in_runs(void **state)
{
    struct rig *r = *state;
    bool waited;

    rig_begin(r);
    for (int page = 0; page < 2; page++) {
        rig_page(r);
        for (int i = 1; i <= 20; i++)
            rig_item(r, "acme/web", page * 20 + i);
        rig_apply(r);
    }
    assert_string_equal(runs(r), "1:1-40");
    rig_page(r);
    rig_item(r, "acme/pay", 1);
    rig_item(r, "acme/web", 41);
    rig_item(r, "acme/web", 42);
    rig_apply(r);
    assert_string_equal(runs(r), "1:1-40 1:42-43 2:41-41");
    assert_int_equal(rig_int(r, RIG_WAITING), 43);

    /* It changes while it waits: no second time. */
    rig_page(r);
    rig_item(r, "acme/web", 7)->title = STR("another");
    rig_apply(r);
    assert_int_equal(rig_int(r, RIG_WAITING), 43);

    /* It is another scope's now. */
    rig_page(r);
    rig_item(r, "acme/web", 8)->scope = STR("acme/pay");
    rig_apply(r);
    assert_string_equal(runs(r), "1:1-7 1:9-40 1:42-43 2:41-41");
    assert_string_equal(rig_text(r, "SELECT scope || ':' || item FROM dirty"), "2:8");

    RIG_OK(r, dirty_remove(r->db, 1, 1, &waited, &r->e));
    assert_true(waited);
    RIG_OK(r, dirty_remove(r->db, 1, 40, &waited, &r->e));
    RIG_OK(r, dirty_remove(r->db, 2, 41, &waited, &r->e));
    assert_true(waited);
    RIG_OK(r, dirty_remove(r->db, 2, 41, &waited, &r->e));
    assert_false(waited);
    RIG_OK(r, dirty_remove(r->db, 2, 8, &waited, &r->e));
    assert_true(waited);
    assert_string_equal(runs(r), "1:2-7 1:9-39 1:42-43");
    RIG_OK(r, dirty_remove_runs(r->db, 1, 20, &r->e));
    assert_string_equal(runs(r), "1:21-39 1:42-43");
    RIG_OK(r, dirty_add_scope(r->db, 1, &r->e));
    assert_string_equal(runs(r), "");
    assert_int_equal(rig_int(r, RIG_WAITING), 41);
    rig_end(r);
}

/* New rows are written together; what is among them that was there is told apart. */
static void many_new_ones_among_known_ones(void **state)
{
    enum { LAST = 60, KNOWN = 31, TWICE = 7, CHANGED = 40 };
    struct rig *r = *state;
    struct page_stats st;

    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/web", KNOWN);
    rig_item(r, "acme/web", CHANGED);
    rig_apply(r);
    nobody_waits(r);
    rig_page(r);
    for (int i = 1; i <= LAST; i++) {
        struct item *it = rig_item(r, "acme/web", i);

        if (i == CHANGED)
            it->title = STR("another");
        if (i % 10 == 0)
            it->category = ITEM_IN_PROGRESS;
        if (i == TWICE + 3)
            rig_item(r, "acme/web", TWICE);
    }
    st = rig_apply(r);
    assert_int_equal(st.items, LAST + 1);
    assert_int_equal(st.inserted, LAST - 2);
    assert_int_equal(st.changed, 1);
    assert_int_equal(st.unchanged, 2);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM item"), LAST);
    assert_int_equal(rig_int(r, "SELECT items FROM scope"), LAST);
    assert_int_equal(rig_int(r, RIG_WAITING), LAST - 1);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM item WHERE title = 'another'"), 1);
    /* Who is in progress has a span of its own. */
    assert_int_equal(rig_int(r, "SELECT count(*) FROM span s JOIN item i ON i.id = s.item"
                                " WHERE i.category = 1 AND s.status = i.status"),
                     LAST / 10);
}

static int64_t wal_pages(struct rig *r)
{
    struct stat st;

    assert_int_equal(
        stat(arena_strdup(r->a, arena_printf(r->a, "%s-wal", r->db->path)), &st), 0);
    return (st.st_size - 32) / (24 + 4096);
}

/* A cycle in which nothing changed writes one row, on one page. */
static void idle_cycle_writes_one_row(void **state)
{
    struct rig *r = *state;
    int before;

    walk(r, 5, "c1");
    r->now.ms += 5 * RIG_MIN;
    walk(r, 0, "c1");
    sqlite3_wal_checkpoint_v2(r->db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    r->now.ms += 5 * RIG_MIN;
    before = sqlite3_total_changes(r->db->h);
    walk(r, 0, "c1");
    assert_int_equal(sqlite3_total_changes(r->db->h) - before, 1);
    assert_int_equal(wal_pages(r), 1);
}

/* Searches begin a little before what they have seen: the same items come again. */
static void found_again_writes_one_row(void **state)
{
    struct rig *r = *state;
    struct page_stats st;
    int before;

    walk(r, 5, "c1");
    r->now.ms += 5 * RIG_MIN;
    sqlite3_wal_checkpoint_v2(r->db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    before = sqlite3_total_changes(r->db->h);
    st = walk(r, 5, "c1");
    assert_int_equal(st.items, 5);
    assert_int_equal(st.unchanged, 5);
    assert_true(st.scope_synced);
    assert_int_equal(sqlite3_total_changes(r->db->h) - before, 1);
    assert_int_equal(wal_pages(r), 1);
    assert_int_equal(rig_int(r, "SELECT last_ok FROM source"), r->now.ms);
}

/* An item of one of two scopes changed: no row of either scope did. */
static void what_is_the_same_beside_it_is_not_written(void **state)
{
    struct rig *r = *state;
    struct page_stats st = {0};
    int before = 0;

    for (int round = 0; round < 2; round++) {
        r->now.ms += 5 * RIG_MIN;
        before = sqlite3_total_changes(r->db->h);
        rig_begin(r);
        rig_page(r);
        rig_item(r, "acme/web", 1);
        if (round > 0)
            r->feed.items[0].title = STR("another");
        rig_item(r, "acme/pay", 1);
        rig_event(r, SCOPE_SYNCED, "acme/web", "w");
        rig_event(r, SCOPE_SYNCED, "acme/pay", "p");
        st = rig_apply(r);
        rig_end(r);
    }
    assert_int_equal(st.changed, 1);
    assert_int_equal(st.unchanged, 1);
    assert_true(st.scope_synced);
    /* The item; the source's, twice. It is dirty already. */
    assert_int_equal(sqlite3_total_changes(r->db->h) - before, 3);
    assert_int_equal(rig_int(r, "SELECT max(synced_at) FROM scope"),
                     r->now.ms - 5 * RIG_MIN);
}

/* What fails, or is switched off, as it did before, is no news either. */
static void the_same_state_is_not_written(void **state)
{
    struct rig *r = *state;
    struct scope_event *ev;
    int before = 0;

    for (int round = 0; round < 2; round++) {
        r->now.ms += 5 * RIG_MIN;
        before = sqlite3_total_changes(r->db->h);
        rig_begin(r);
        rig_page(r);
        ev = rig_event(r, SCOPE_FAILED, "acme/pay", "");
        err_set(&ev->err, ERR_NOT_FOUND, "404");
        rig_event(r, SCOPE_DISABLED, "acme/wiki", "");
        rig_event(r, SCOPE_SYNCED, "acme/web", "w");
        rig_apply(r);
        rig_end(r);
    }
    assert_int_equal(sqlite3_total_changes(r->db->h) - before, 2); /* the source's */
    assert_string_equal(rig_text(r, "SELECT group_concat(state) FROM scope"), "3,5,2");
    /* Long before a look would be too old to conclude from, it is written down. */
    r->now.ms += 40 * RIG_MIN;
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_DISABLED, "acme/wiki", "");
    rig_event(r, SCOPE_SYNCED, "acme/web", "w");
    rig_apply(r);
    rig_end(r);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM scope WHERE synced_at > 0 AND"
                                " synced_at < (SELECT last_ok FROM source)"),
                     0);
}

/* While the source's last sync failed, each scope that is complete says so itself. */
static void after_a_failure_complete_looks_are_written(void **state)
{
    struct rig *r = *state;
    struct err why;

    walk(r, 1, "c1");
    err_set(&why, ERR_NET, "refused");
    r->now.ms += 5 * RIG_MIN;
    rig_begin(r);
    RIG_OK(r, db_sync_end(r->db, &r->conf, &why, r->now, &r->e));
    r->now.ms += 5 * RIG_MIN;
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_SYNCED, "acme/web", "c1");
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT synced_at FROM scope"), r->now.ms);
}

static void fingerprint_clears_cursors(void **state)
{
    struct rig *r = *state;
    struct tracker_start start;

    walk(r, 2, "c1");
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 1, true, r->now, r->a, &start, &r->e));
    assert_int_equal(start.n_scopes, 1);
    assert_true(str_eqz(start.scopes[0].cursor, "c1"));
    assert_true(start.scopes[0].synced_once);
    assert_int_equal(start.scopes[0].synced_at.ms, r->now.ms);
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 2, true, r->now, r->a, &start, &r->e));
    assert_int_equal(start.n_scopes, 1);
    assert_int_equal(start.scopes[0].cursor.n, 0);
    assert_true(start.scopes[0].synced_once);
    /* A whole walk that names another scope only: the first has left. */
    rig_page(r);
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p1");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT state FROM scope WHERE name = 'acme/web'"),
                        "6");
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 2, true, r->now, r->a, &start, &r->e));
    assert_int_equal(start.n_scopes, 1);
    assert_true(str_eqz(start.scopes[0].name, "acme/pay"));
}

/* What the source holds no more is out of view, and begins anew when it is back. */
static void scope_leaves_and_returns(void **state)
{
    struct rig *r = *state;
    struct tracker_start start;

    walk(r, 2, "c1");
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_LEFT, "acme/web", "");
    rig_event(r, SCOPE_LEFT, "acme/never", "");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT state FROM scope WHERE name = 'acme/web'"),
                        "6");
    assert_int_equal(rig_int(r, "SELECT count(*) FROM scope"), 1);
    assert_int_equal(rig_int(r, RIG_WAITING), 2);
    RIG_OK(r, db_sync_begin(r->db, &r->conf, 1, true, r->now, r->a, &start, &r->e));
    assert_int_equal(start.n_scopes, 0);

    rig_page(r);
    rig_event(r, SCOPE_SEEN, "acme/web", "");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT state FROM scope WHERE name = 'acme/web'"),
                        "0");
}

static void baseline_is_per_item(void **state)
{
    struct rig *r = *state;
    struct item *it;

    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/web", 1);
    it = rig_item(r, "acme/web", 2);
    it->created = (struct wall){r->now.ms + RIG_MIN};
    it = rig_item(r, "acme/web", 3);
    it->category = ITEM_IN_PROGRESS;
    rig_event(r, SCOPE_SYNCED, "acme/web", "c1");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(baseline, '') FROM item"),
                        "101");

    /* Later: 4 is new, 5 is old and was never seen, 1 goes in progress. */
    r->now.ms += RIG_DAY;
    rig_begin(r);
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    it->category = ITEM_IN_PROGRESS;
    it = rig_item(r, "acme/web", 3);
    it->category = ITEM_IN_PROGRESS;
    it->title = STR("still the same");
    it = rig_item(r, "acme/web", 4);
    it->created = (struct wall){r->now.ms - 10 * RIG_MIN};
    rig_item(r, "acme/web", 5);
    rig_event(r, SCOPE_SYNCED, "acme/web", "c2");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(baseline, '') FROM item"),
                        "00101");

    /* A new parent ends it, learning the vid of the same one does not. */
    rig_begin(r);
    rig_page(r);
    it = rig_item(r, "acme/web", 5);
    it->parent_key = STR("acme/web#1");
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT baseline FROM item WHERE vid = 'acme/web-5'"),
                     0);
    RIG_OK(r, sql_script(r->db, "UPDATE item SET baseline = 1", &r->e));
    rig_page(r);
    it = rig_item(r, "acme/web", 5);
    it->parent_key = STR("acme/web#1");
    it->parent_vid = STR("acme/web-1");
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT baseline FROM item WHERE vid = 'acme/web-5'"),
                     1);
}

/* Created by the tracker's clock, looked at by ours, which is a day ahead. */
static void a_clock_that_is_ahead_makes_no_baseline(void **state)
{
    struct rig *r = *state;
    struct item *it;

    for (int i = 1; i <= 2; i++) {
        r->now.ms += 5 * RIG_MIN;
        rig_begin(r);
        rig_page(r);
        r->feed.server_date = (struct wall){r->now.ms - RIG_DAY};
        it = rig_item(r, "acme/web", i);
        it->created = (struct wall){r->now.ms - RIG_DAY - RIG_MIN};
        if (i == 2) /* of long ago is of long ago all the same */
            rig_item(r, "acme/web", 3)->created =
                (struct wall){r->now.ms - 2 * RIG_DAY};
        rig_event(r, SCOPE_SYNCED, "acme/web", i == 1 ? "c1" : "c2");
        rig_apply(r);
        rig_end(r);
    }
    assert_string_equal(rig_text(r, "SELECT group_concat(baseline, '') FROM (SELECT "
                                    "baseline FROM item ORDER BY vid)"),
                        "101");
}

static void private_items_keep_their_key_only(void **state)
{
    struct rig *r = *state;
    struct str labels[] = {STR("Confidential*")};
    struct item *it;

    r->conf.private_.labels.v = labels;
    r->conf.private_.labels.n = 1;
    rig_begin(r);
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    rig_label(r, it, "confidential: board");
    it = rig_item(r, "acme/web", 2);
    it->restricted = true;
    it = rig_item(r, "acme/web", 3);
    rig_apply(r);
    assert_string_equal(
        rig_text(r, "SELECT group_concat(title || author_name || url || excerpt, '|')"
                    " FROM item WHERE private"),
        "|");
    assert_int_equal(rig_int(r, "SELECT count(*) FROM item WHERE private"), 2);
    assert_string_equal(rig_text(r, "SELECT key FROM item WHERE private"),
                        "acme/web#1");
    assert_string_equal(rig_text(r, "SELECT title FROM item WHERE NOT private"),
                        "Issue 3");
    /* The setting is taken back: the hash differs, the row is written anew. */
    r->conf.private_.labels.n = 0;
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    rig_label(r, it, "confidential: board");
    rig_apply(r);
    assert_string_equal(rig_text(r, "SELECT title FROM item WHERE id = 1"), "Issue 1");
}

static void scope_states(void **state)
{
    struct rig *r = *state;
    struct scope_event *ev;
    struct err why;

    walk(r, 1, "c1");
    r->now.ms += RIG_HOUR;
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_CHECKPOINT, "acme/web", "c1+1");
    rig_apply(r);
    assert_string_equal(rig_text(r, "SELECT state || cursor FROM scope"), "1c1+1");
    assert_int_equal(rig_int(r, "SELECT syncing FROM source"), 1);
    rig_page(r);
    ev = rig_event(r, SCOPE_FAILED, "acme/web", "");
    err_set(&ev->err, ERR_NOT_FOUND, "404 from acme/web");
    rig_apply(r);
    assert_string_equal(rig_text(r, "SELECT state || cursor || error FROM scope"),
                        "3c1+1404 from acme/web");
    assert_int_equal(rig_int(r, "SELECT failed_since FROM scope"), r->now.ms);
    rig_end(r);
    /* It was not synced when all of it failed, whatever the server answered. */
    assert_int_equal(rig_int(r, "SELECT last_ok FROM source"), r->now.ms - RIG_HOUR);

    /* A failed walk stays failed until one is complete. */
    rig_begin(r);
    rig_page(r);
    rig_event(r, SCOPE_CHECKPOINT, "acme/web", "c1+2");
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT state FROM scope"), 3);
    rig_page(r);
    rig_event(r, SCOPE_SYNCED, "acme/web", "c2");
    rig_apply(r);
    assert_string_equal(
        rig_text(r, "SELECT state || cursor || error || failed_since FROM scope"),
        "2c20");
    err_set(&why, ERR_NET, "connection refused");
    RIG_OK(r, db_sync_end(r->db, &r->conf, &why, r->now, &r->e));
    assert_string_equal(rig_text(r, "SELECT syncing || error FROM source"),
                        "0connection refused");
    assert_true(rig_int(r, "SELECT last_ok FROM source") <= r->now.ms);

    /* An event about the source itself counts as a failed sync. */
    rig_begin(r);
    rig_page(r);
    ev = rig_event(r, SCOPE_FAILED, "", "");
    err_set(&ev->err, ERR_AUTH, "401");
    rig_apply(r);
    rig_end(r);
    assert_string_equal(rig_text(r, "SELECT error FROM source"), "401");
    walk(r, 1, "c3");
    assert_string_equal(rig_text(r, "SELECT error FROM source"), "");
}

static void renamed_scope_keeps_its_items(void **state)
{
    struct rig *r = *state;
    struct scope_event *ev;

    walk(r, 3, "c1");
    rig_begin(r);
    rig_page(r);
    ev = rig_event(r, SCOPE_RENAMED, "acme/web", "");
    ev->to = STR("acme/site");
    rig_item(r, "acme/site", 9);
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM scope"), 1);
    assert_string_equal(rig_text(r, "SELECT name || items || open FROM scope"),
                        "acme/site44");

    /* The new name was met before the old one was known to be the same. */
    rig_page(r);
    rig_item(r, "acme/www", 10);
    rig_apply(r);
    rig_page(r);
    ev = rig_event(r, SCOPE_RENAMED, "acme/site", "");
    ev->to = STR("acme/www");
    rig_apply(r);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM scope"), 1);
    assert_string_equal(rig_text(r, "SELECT name || items || open FROM scope"),
                        "acme/www55");
    assert_int_equal(rig_int(r, "SELECT count(DISTINCT scope) FROM item"), 1);
}

static void spans_follow_status_and_hands(void **state)
{
    struct rig *r = *state;
    struct str ana[] = {STR("ana")}, two[] = {STR("ana"), STR("ben")};
    struct item *it;

    rig_begin(r);
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    it->category = ITEM_IN_PROGRESS;
    it->assignees = ana;
    it->n_assignees = 1;
    rig_apply(r);
    assert_string_equal(rig_text(r, "SELECT ended || assignees FROM span"), "0ana");
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    it->category = ITEM_IN_PROGRESS;
    it->assignees = two;
    it->n_assignees = 2;
    it->updated = (struct wall){RIG_T0};
    rig_apply(r);
    rig_page(r);
    it = rig_item(r, "acme/web", 1);
    it->category = ITEM_DONE;
    it->outcome = ITEM_COMPLETED;
    it->closed = it->updated = (struct wall){RIG_T0 + RIG_HOUR};
    rig_apply(r);
    assert_string_equal(
        rig_text(r, "SELECT group_concat((started - 1790000000000) || '..' ||"
                    " (ended - 1790000000000) || assignees, ' ') FROM span"),
        "-7200000..0ana 0..3600000ana,ben");
}

static void pause_is_a_state(void **state)
{
    struct rig *r = *state;
    struct status_row st;

    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/web", 1);
    rig_event(r, SCOPE_PAUSED, "", "")->until = (struct wall){r->now.ms + RIG_HOUR};
    r->feed.rate_limit = 5000;
    r->feed.rate_remaining = 0;
    r->feed.rate_reset = (struct wall){r->now.ms + RIG_HOUR};
    r->feed.server_date = (struct wall){r->now.ms + 2500};
    rig_apply(r);
    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_true(str_eqz(st.sources[0].state, "paused"));
    assert_int_equal(st.sources[0].paused_until.ms, r->now.ms + RIG_HOUR);
    assert_int_equal(st.sources[0].rate_limit, 5000);
    assert_int_equal(st.sources[0].rate_remaining, 0);

    r->now.ms += RIG_HOUR;
    rig_page(r);
    rig_item(r, "acme/web", 2);
    rig_apply(r);
    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_true(str_eqz(st.sources[0].state, "syncing"));
    rig_end(r);
    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_int_equal(st.sources[0].clock_skew_ms, 2500);
    assert_true(str_eqz(st.sources[0].error, ""));
}

/* The same row twice on one page, and a cancelled sync. */
static void oddities(void **state)
{
    struct rig *r = *state;
    struct page_stats st;
    struct err why;

    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/web", 1);
    rig_item(r, "acme/web", 1);
    rig_item(r, "acme/web", 1)->title = STR("later");
    st = rig_apply(r);
    assert_int_equal(st.inserted, 1);
    assert_int_equal(st.unchanged, 1);
    assert_int_equal(st.changed, 1);
    assert_string_equal(rig_text(r, "SELECT title FROM item"), "later");
    assert_int_equal(rig_int(r, "SELECT items FROM scope"), 1);
    err_set(&why, ERR_CANCELED, "stopping");
    RIG_OK(r, db_sync_end(r->db, &r->conf, &why, r->now, &r->e));
    assert_string_equal(rig_text(r, "SELECT syncing || last_ok || error FROM source"),
                        "00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changed_rows_only, setup, teardown),
        cmocka_unit_test_setup_teardown(new_ones_wait_in_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(many_new_ones_among_known_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_cycle_writes_one_row, setup, teardown),
        cmocka_unit_test_setup_teardown(found_again_writes_one_row, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_the_same_beside_it_is_not_written,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_state_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_failure_complete_looks_are_written,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(fingerprint_clears_cursors, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_leaves_and_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(baseline_is_per_item, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_is_ahead_makes_no_baseline, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(private_items_keep_their_key_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(scope_states, setup, teardown),
        cmocka_unit_test_setup_teardown(renamed_scope_keeps_its_items, setup, teardown),
        cmocka_unit_test_setup_teardown(spans_follow_status_and_hands, setup, teardown),
        cmocka_unit_test_setup_teardown(pause_is_a_state, setup, teardown),
        cmocka_unit_test_setup_teardown(oddities, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

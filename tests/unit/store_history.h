/*
 * What happens to a store in a few days, as operations one after the other, for
 * tests that disturb it: each fails cleanly, the file is whole, and when it is tried
 * again the end is that of the undisturbed run. Static functions.
 */
#ifndef TESTS_UNIT_STORE_HISTORY_H
#define TESTS_UNIT_STORE_HISTORY_H

#include "tests/unit/census_rig.h"

static bool begin(struct eval_rig *er, struct err *e)
{
    struct tracker_start start;

    return db_sync_begin(er->r.db, &er->r.conf, 1, true, er->r.now, er->r.a, &start, e);
}

static bool apply(struct eval_rig *er, struct err *e)
{
    struct page_stats st;

    return db_page_apply(er->r.db, &er->r.conf, &er->r.feed, er->r.now, &st, e);
}

static bool end(struct eval_rig *er, struct err *e)
{
    return db_sync_end(er->r.db, &er->r.conf, NULL, er->r.now, e);
}

static bool empty_page(struct eval_rig *er, struct err *e)
{
    char cursor[32];

    snprintf(cursor, sizeof cursor, "e%lld", (long long)er->r.now.ms);
    rig_page(&er->r);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", cursor);
    return apply(er, e);
}

static bool first_page(struct eval_rig *er, struct err *e)
{
    rig_page(&er->r);
    for (int i = 1; i <= 5; i++)
        eval_rig_new_epic(er, i);
    rig_event(&er->r, SCOPE_CHECKPOINT, "acme/web", "page 2");
    return apply(er, e);
}

static bool second_page(struct eval_rig *er, struct err *e)
{
    struct item *it;

    rig_page(&er->r);
    for (int i = 6; i <= 9; i++) {
        it = rig_item(&er->r, "acme/web", i);
        it->parent_key = STR("acme/web#5");
        it->category = ITEM_IN_PROGRESS;
    }
    rig_label(&er->r, eval_rig_new_epic(er, 5), "initiative:onboarding");
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "done");
    return apply(er, e);
}

static bool change_page(struct eval_rig *er, struct err *e)
{
    rig_page(&er->r);
    rig_close_item(&er->r, eval_rig_new_epic(er, 1));
    rig_label(&er->r, eval_rig_new_epic(er, 2), "strategy:none");
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", "changed");
    return apply(er, e);
}

static bool evaluate(struct eval_rig *er, struct err *e)
{
    struct eval_result one;

    do {
        if (!db_evaluate(er->r.db, &er->ev, er->r.now, &one, e))
            return false;
    } while (one.more);
    return true;
}

static bool flush(struct eval_rig *er, struct err *e)
{
    struct wall next;
    unsigned n;

    return db_flush(er->r.db, &er->ev, er->r.now, &n, &next, e);
}

static bool deliver(struct eval_rig *er, struct err *e)
{
    struct outbox_outcome o = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_message m;
    struct wall next;
    bool found = true;
    unsigned n;

    /* What a failed attempt left behind is taken up as after a crash. */
    if (!db_outbox_recover(er->r.db, er->r.now, &n, e))
        return false;
    while (found) {
        if (!db_outbox_claim(er->r.db, STR("product"), er->r.now, er->r.a, &m, &found,
                             &next, e))
            return false;
        if (found && !db_outbox_record(er->r.db, m.id, &o, er->r.now, e))
            return false;
    }
    return true;
}

static bool link_it(struct eval_rig *er, struct err *e)
{
    struct actor by = {7, STR("ana")};

    return db_link_set(er->r.db, &er->ev, STR("acme/web#3"), STR("billing"), &by,
                       er->r.now, e);
}

/* What a listing has met is in memory alone, so it is done again as a whole; 8 and 9
   are missing, 4 was transferred and has been met where it is now. */
static bool listing(struct eval_rig *er, struct err *e)
{
    struct page_stats st;

    if (!begin(er, e))
        return false;
    rig_page(&er->r);
    rig_event(&er->r, SCOPE_LISTING, "acme/web", "");
    for (int i = 1; i <= 7; i++)
        census_sighting(&er->r, "acme/web", i);
    rig_item(&er->r, "acme/pay", 4);
    rig_event(&er->r, SCOPE_SYNCED, "acme/pay", "p1");
    if (!apply(er, e))
        return false;
    rig_page(&er->r);
    rig_event(&er->r, SCOPE_LISTED, "acme/web", "");
    if (!db_page_apply(er->r.db, &er->r.conf, &er->r.feed, er->r.now, &st, e))
        return false;
    assert_int_equal(st.listings[0].n_missing, 2);
    return end(er, e);
}

static bool fates(struct eval_rig *er, struct err *e)
{
    struct item_span span = {.started = {RIG_T0 - RIG_DAY}, .status = STR("doing")};
    struct item_history *h;

    rig_page(&er->r);
    census_fate(&er->r, FATE_DELETED, "acme/web", 8, "");
    census_fate(&er->r, FATE_HIDDEN, "acme/web", 9, "403");
    census_fate(&er->r, FATE_MOVED, "acme/web", 4, "acme/pay")->to_vid =
        STR("acme/pay-4");
    h = feed_add_history(&er->r.feed, STR("acme/web-7"));
    assert_non_null(h);
    h->spans = &span;
    h->n_spans = 1;
    return begin(er, e) && apply(er, e) && end(er, e);
}

static bool upkeep(struct eval_rig *er, struct err *e)
{
    return db_upkeep(er->r.db, SPAN_MS(RIG_DAY), SPAN_MS(RIG_DAY), er->r.now, e);
}

static const struct {
    int64_t wait; /* before it */
    bool (*run)(struct eval_rig *er, struct err *e);
} history[] = {
    {0, begin},
    {0, empty_page},
    {0, end},
    {0, evaluate},
    {RIG_HOUR / 2, begin},
    {0, first_page},
    {0, second_page},
    {0, end},
    {0, evaluate},
    {RIG_DAY, begin},
    {0, empty_page},
    {0, end},
    {0, evaluate},
    {RIG_MIN, flush},
    {0, deliver},
    {0, link_it},
    {0, evaluate},
    {RIG_MIN, begin},
    {0, change_page},
    {0, end},
    {0, evaluate},
    {0, upkeep},
    {RIG_MIN, listing},
    {0, fates},
    {0, evaluate},
    {2 * RIG_HOUR, begin},
    {0, empty_page},
    {0, end},
    {0, evaluate},
    {0, flush},
    {0, deliver},
};
enum { OPS = sizeof history / sizeof history[0] };

static const char *dump(struct eval_rig *er)
{
    rig_page(&er->r);
    return rig_text(
        &er->r,
        "SELECT group_concat(l, char(10)) FROM ("
        "SELECT 'link ' || item || method || node || effective || via AS l FROM link "
        "UNION ALL "
        "SELECT 'item ' || vid || hash || baseline || title || coalesce(v.has || counted"
        " || next_check || team, '') FROM item LEFT JOIN evaluated v ON v.item = id"
        " UNION ALL "
        "SELECT 'scope ' || name || cursor || state || items || open || epics || "
        "linked ||"
        " exempt FROM scope UNION ALL "
        "SELECT 'source ' || last_ok || syncing || error FROM source UNION ALL "
        "SELECT 'tally ' || node || open || in_progress || completed || epics || "
        "last_change"
        " FROM tally UNION ALL "
        "SELECT 'finding ' || id || state || severity || episode || reason ||"
        " ended_by || plan_next FROM finding UNION ALL "
        "SELECT 'told ' || finding || channel || episode || kind || at || outbox ||"
        " (delivered > 0) FROM told UNION ALL "
        "SELECT 'member ' || batch || finding || kind FROM member UNION ALL "
        "SELECT 'message ' || channel || state || json_remove(notice, '$.at') FROM "
        "outbox"
        " UNION ALL SELECT 'span ' || item || started || ended FROM span UNION ALL "
        "SELECT 'fate ' || item || kind FROM fate UNION ALL "
        "SELECT 'former ' || vid || item FROM former_vid UNION ALL "
        "SELECT 'dirty ' || item FROM dirty UNION ALL "
        "SELECT 'dirty ' || i.id FROM dirty_run d JOIN item i ON i.id BETWEEN d.first AND"
        " d.last ORDER BY 1)");
}

/* The time of each operation depends on its place alone. */
static struct wall time_of(int op)
{
    struct wall t = {RIG_T0};

    for (int i = 0; i <= op; i++)
        t.ms += history[i].wait;
    return t;
}

static char *undisturbed; /* owned: the end of it */

static void must_run(struct eval_rig *er, int from)
{
    for (int op = from; op < OPS; op++) {
        er->r.now = time_of(op);
        RIG_OK(&er->r, history[op].run(er, &er->r.e));
    }
}

static void check_end(struct eval_rig *er)
{
    const char *seen = dump(er);

    assert_string_equal(rig_text(&er->r, "PRAGMA integrity_check"), "ok");
    assert_string_equal(seen, undisturbed);
    eval_rig_check(er);
}

#endif

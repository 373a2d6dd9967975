/* What becomes of items that vanish, return and move: their history is theirs. */
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

static const char *text(struct eval_rig *er, const char *sql)
{
    return rig_text(&er->r, sql);
}

static int64_t number(struct eval_rig *er, const char *sql)
{
    return rig_int(&er->r, sql);
}

/* acme/web#1 to 3 are unlinked epics that came lately and have been told; 4, in
   progress, has the linked 5 as its parent. */
static void begin(struct eval_rig *er)
{
    struct rig *r = &er->r;
    struct item *it;
    struct wall next;

    eval_rig_look(er);
    r->now.ms += RIG_HOUR / 2;
    eval_rig_sync(er);
    for (int i = 1; i <= 3; i++)
        eval_rig_new_epic(er, i);
    it = eval_rig_new_epic(er, 4);
    it->category = ITEM_IN_PROGRESS;
    it->parent_key = STR("acme/web#5");
    rig_label(r, eval_rig_new_epic(er, 5), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += 2 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    r->now.ms += RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    eval_rig_run(er);
    assert_int_equal(number(er, "SELECT count(DISTINCT finding) FROM told WHERE"
                                " episode = 1"),
                     3);
    eval_rig_check(er);
}

static const char *ended_by(struct eval_rig *er, int item)
{
    return text(er, arena_strdup(er->r.a, arena_printf(er->r.a,
                                                       "SELECT ended_by FROM finding"
                                                       " WHERE state = 3 AND item ="
                                                       " (SELECT id FROM item WHERE vid"
                                                       " = 'acme/web-%d')",
                                                       item)));
}

static void gone_leaves_the_view(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    begin(er);
    rig_begin(r);
    rig_page(r);
    census_fate(r, FATE_DELETED, "acme/web", 1, "");
    census_fate(r, FATE_GONE, "acme/web", 2, "404");
    census_fate(r, FATE_OUTSIDE, "acme/web", 3, "other/repo");
    census_fate(r, FATE_DELETED, "acme/web", 77, ""); /* never heard of it */
    assert_int_equal(rig_apply(r).fates, 3);
    rig_end(r);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_string_equal(ended_by(er, 1), "deleted in GitHub");
    assert_string_equal(ended_by(er, 2), "gone from GitHub: deleted or hidden");
    assert_string_equal(ended_by(er, 3), "now in other/repo, which is not followed");
    assert_string_equal(text(er, "SELECT items || ' ' || open || ' ' || epics || ' ' ||"
                                 " deleted || gone || outside || moved || hidden FROM"
                                 " scope"),
                        "2 2 2 11100");
    assert_int_equal(number(er, RIG_WAITING), 0);
}

static void outside_is_a_place_or_a_reason(void **state)
{
    struct eval_rig *er = *state;

    begin(er);
    census_tell(er, FATE_OUTSIDE, 1, "archived");
    census_tell(er, FATE_OUTSIDE, 2, "the jql expression does not hold it");
    census_tell(er, FATE_OUTSIDE, 3, "");
    eval_rig_run(er);
    assert_string_equal(ended_by(er, 1), "no longer followed: archived");
    assert_string_equal(ended_by(er, 2),
                        "no longer followed: the jql expression does not hold it");
    assert_string_equal(ended_by(er, 3), "moved to where nothing is followed");
}

/* The message does not call it a success. */
static void the_notice_is_true(void **state)
{
    struct eval_rig *er = *state;
    struct wall next;
    const char *notice;

    begin(er);
    census_tell(er, FATE_DELETED, 1, "");
    eval_rig_run(er);
    er->r.now.ms += 2 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    notice = text(er, "SELECT notice ->> '$.resolved[0].change' || ', ' || (notice ->>"
                      " '$.resolved[0].ended_by') FROM outbox ORDER BY id DESC");
    assert_string_equal(notice, "ended, deleted in GitHub");
}

static void what_returns_is_as_before(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    const char *links = "SELECT group_concat(node || method || detail) FROM link";
    const char *before, *spans;

    begin(er);
    before = strdup(text(er, links));
    assert_non_null(before);
    census_tell(er, FATE_GONE, 5, "");
    census_tell(er, FATE_GONE, 4, "");
    eval_rig_run(er);
    eval_rig_check(er);
    assert_string_equal(text(er, links), before); /* of both: they may come back */
    assert_int_equal(number(er, "SELECT open FROM tally WHERE node = 'onboarding'"), 0);
    assert_int_equal(number(er, "SELECT count(*) FROM span WHERE ended = 0"), 0);
    r->now.ms += RIG_HOUR;

    /* 5 is met by a page in which it is as ever, 4 merely sighted. */
    eval_rig_sync(er);
    rig_label(r, eval_rig_new_epic(er, 5), "initiative:onboarding");
    census_sighting(r, "acme/web", 4);
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_string_equal(text(er, links), before);
    free((void *)(uintptr_t)before);
    assert_int_equal(number(er, "SELECT open FROM tally WHERE node = 'onboarding'"), 2);
    spans = text(er, "SELECT group_concat(ended > 0, '') FROM span");
    assert_string_equal(spans, "10");
    assert_int_equal(number(er, "SELECT count(*) FROM fate"), 0);
    assert_int_equal(number(er, "SELECT count(*) FROM item WHERE baseline"), 0);
}

/* A child loses what its parent hands down, and has it again. */
static void children_go_by_it(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    const char *linked = "SELECT count(*) FROM item JOIN evaluated v ON v.item = id"
                         " WHERE key = 'acme/web#4' AND counted & 32 <> 0";

    begin(er);
    assert_int_equal(number(er, linked), 1);
    census_tell(er, FATE_DELETED, 5, "");
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, linked), 0);
    rig_begin(r);
    rig_page(r);
    census_sighting(r, "acme/web", 5);
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, linked), 1);
}

static void a_baseline_item_stays_one(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    rig_label(r, eval_rig_epic(er, 2), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(number(er, "SELECT sum(baseline) FROM item"), 2);
    census_tell(er, FATE_GONE, 1, "");
    census_tell(er, FATE_GONE, 2, "");
    eval_rig_run(er);
    r->now.ms += RIG_HOUR / 2;
    eval_rig_sync(er);
    eval_rig_epic(er, 1);
    rig_label(r, eval_rig_epic(er, 2), "initiative:onboarding");
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, "SELECT sum(baseline) FROM item"), 2);
    assert_int_equal(number(er, "SELECT count(*) FROM finding WHERE NOT baseline"), 0);
}

static void hidden_stays_as_it_is(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct finding_filter all = {0};
    struct finding_row *rows;
    struct str cursor;
    struct wall next;
    int64_t total;
    size_t n, i;

    begin(er);
    census_tell(er, FATE_HIDDEN, 1, "403");
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, "SELECT hidden FROM scope"), 1);
    assert_int_equal(number(er, "SELECT open FROM scope"), 5);
    RIG_OK(r, db_read_findings(r->db, &all, r->a, &rows, &n, &total, &cursor, &r->e));
    for (i = 0; i < n && !str_eqz(rows[i].subject, "acme/web#1"); i++)
        ;
    assert_true(i < n);
    assert_int_equal(rows[i].reason, PLAN_SOURCE_STALE);
    assert_true(
        str_eqz(rows[i].reason_detail, "the tracker does not let the item be read"));
    /* Time passes: no reminder, and nothing to do about it again and again. */
    for (int day = 0; day < 30; day++) {
        r->now.ms += RIG_DAY;
        eval_rig_look(er);
        eval_rig_run(er);
        eval_rig_flush(er, &next);
    }
    assert_int_equal(number(er, "SELECT max(t.reminders) FROM told t JOIN finding f ON"
                                " f.n = t.finding WHERE f.item = (SELECT id FROM item"
                                " WHERE key = 'acme/web#1')"),
                     0);
    assert_int_equal(number(er, "SELECT plan_next FROM finding WHERE item = (SELECT id"
                                " FROM item WHERE key = 'acme/web#1')"),
                     0);
    /* It is asked for by each listing, and does not count against it. */
    census_list(er);
    for (i = 2; i <= 5; i++)
        census_sighting(r, "acme/web", (int)i);
    {
        struct page_stats st = census_listed(er);

        assert_int_equal(st.listings[0].n_missing, 1);
    }
    rig_end(r);
    census_tell(er, FATE_PRESENT, 1, "");
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, "SELECT hidden FROM scope"), 0);
    assert_int_equal(number(er, "SELECT count(*) FROM fate"), 0);
    eval_rig_run(er);
    /* The reminder it was owed. */
    assert_int_equal(number(er, "SELECT count(*) FROM member WHERE finding = (SELECT n"
                                " FROM finding WHERE item = (SELECT id FROM item WHERE"
                                " key = 'acme/web#1'))"),
                     1);
}

static void hidden_then_deleted(void **state)
{
    struct eval_rig *er = *state;

    begin(er);
    census_tell(er, FATE_HIDDEN, 1, "403");
    eval_rig_run(er);
    census_tell(er, FATE_DELETED, 1, "");
    eval_rig_run(er);
    eval_rig_check(er);
    assert_string_equal(ended_by(er, 1), "deleted in GitHub");
    assert_string_equal(text(er, "SELECT deleted || hidden || open FROM scope"), "104");
    census_tell(er, FATE_HIDDEN, 1, "403"); /* there after all */
    eval_rig_run(er);
    eval_rig_check(er);
    assert_string_equal(text(er, "SELECT hidden || open FROM scope"), "15");
}

/* ---- other keys, other ids ---- */

/* Jira: the same id in another project. */
static void a_move_within_the_source(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor by = {7, STR("ana")};
    struct item_row *rows;
    struct item *it;
    struct wall next;
    size_t n;

    begin(er);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#2"), STR("retired-link"), STR("x"),
                        (struct wall){0}, &by, r->now, &r->e));
    eval_rig_sync(er);
    it = rig_item(r, "acme/pay", 11);
    it->vid = STR("acme/web-1");
    it->level = ITEM_LEVEL_EPIC;
    it->created = it->updated = (struct wall){RIG_T0 + RIG_HOUR / 2 - RIG_MIN};
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p1");
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
    r->now.ms += RIG_DAY;
    eval_rig_sync(er);
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p2");
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    RIG_OK(r, db_read_item(r->db, STR("ACME/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].key, "acme/pay#11"));
    RIG_OK(r, db_read_item(r->db, STR("hub:acme/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].key, "acme/pay#11"));
    /* Told once, and that it has moved is no news. */
    assert_string_equal(text(er, "SELECT group_concat(what || ' ' || detail, '; ') FROM"
                                 " finding_event WHERE finding = (SELECT n FROM finding"
                                 " WHERE item = 1) AND what <> 'reason'"),
                        "fired warn; told new to product");
    /* The key is another's now: that one is meant. */
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 1);
    it->vid = STR("another");
    eval_rig_synced(er);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].vid, "another"));
}

/* Findings go with the items of a scope that was another name: of those that are in it,
   hidden there, or left it without having been evaluated since. */
static void a_merge_takes_the_findings(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item *it;

    begin(er);
    eval_rig_sync(er);
    for (int i = 1; i <= 3; i++) {
        it = rig_item(r, "acme/pay", 10 + i);
        it->vid = arena_printf(r->a, "acme/web-%d", i);
        it->level = ITEM_LEVEL_EPIC;
    }
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p1");
    eval_rig_synced(er);
    eval_rig_run(er);
    census_tell(er, FATE_HIDDEN, 2, "403");
    eval_rig_run(er);
    assert_int_equal(number(er, "SELECT count(*) FROM finding f JOIN scope c ON"
                                " c.id = f.scope WHERE c.name = 'acme/pay'"),
                     3);
    rig_begin(r);
    rig_page(r);
    eval_rig_new_epic(er, 3);
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_RENAMED, "acme/web", "")->to = STR("acme/pay");
    rig_apply(r);
    rig_end(r);
    assert_int_equal(number(er, "SELECT count(*) FROM finding WHERE item > 0"), 3);
    assert_int_equal(number(er, "SELECT count(*) FROM finding WHERE item > 0 AND"
                                " scope NOT IN (SELECT id FROM scope)"),
                     0);
    eval_rig_run(er);
    eval_rig_check(er);
}

/* acme/web#5 is acme/pay#15 now, and no more linked where `linked` is false. */
static void move_parent(struct eval_rig *er, const char *cursor, bool linked)
{
    struct rig *r = &er->r;
    struct item *it;

    r->now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = rig_item(r, "acme/pay", 15);
    it->vid = STR("acme/web-5");
    it->level = ITEM_LEVEL_EPIC;
    if (linked)
        rig_label(r, it, "initiative:onboarding");
    rig_event(r, SCOPE_SYNCED, "acme/pay", cursor);
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
}

/* A child is not read again because its parent got another key: it says the old one. */
static void a_parent_is_found_by_the_key_it_had(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    const char *via =
        "SELECT count(*) FROM link WHERE via = 5 AND item IN"
        " (SELECT id FROM item WHERE key IN ('acme/web#4', 'acme/web#6'))";
    struct item_row *rows;
    struct item *it;
    size_t n;

    begin(er);
    move_parent(er, "p1", true);
    assert_int_equal(number(er, via), 1);
    /* Nor does what comes later know better; people write keys in any case. */
    eval_rig_sync(er);
    it = eval_rig_new_epic(er, 6);
    it->parent_key = STR("Acme/Web#5");
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, via), 2);
    RIG_OK(r, db_read_item(r->db, STR("acme/web#6"), r->a, &rows, &n, &r->e));
    assert_int_equal(n, 2);
    assert_true(str_eqz(rows[1].key, "acme/pay#15"));
    /* What the parent loses, they lose. */
    move_parent(er, "p2", false);
    assert_int_equal(number(er, via), 0);
    move_parent(er, "p3", true);
    assert_int_equal(number(er, via), 2);
}

static struct fate *moved(struct rig *r, int number, const char *to)
{
    struct fate *f = census_fate(r, FATE_MOVED, "acme/web", number, "acme/pay");

    f->to_vid = str_of(to);
    return f;
}

/* GitHub: a transfer gives the issue another id. */
static void a_transfer_keeps_the_row(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_row *rows;
    struct item *it;
    size_t n;

    begin(er);
    rig_begin(r);
    rig_page(r);
    moved(r, 1, "acme/pay-11");
    it = rig_item(r, "acme/pay", 11);
    it->level = ITEM_LEVEL_EPIC;
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p1");
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, "SELECT count(*) FROM item"), 5);
    assert_string_equal(text(er, "SELECT key || ' ' || vid FROM item WHERE id = 1"),
                        "acme/pay#11 acme/pay-11");
    RIG_OK(r, db_read_item(r->db, STR("acme/web#1"), r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[0].key, "acme/pay#11"));
    assert_int_equal(number(er, "SELECT count(*) FROM finding f WHERE item = 1 AND"
                                " state = 2 AND EXISTS (SELECT 1 FROM told WHERE"
                                " finding = f.n AND episode = 1)"),
                     1);
    /* What an old answer says of the id it had is not believed. */
    eval_rig_sync(er);
    eval_rig_new_epic(er, 1);
    eval_rig_synced(er);
    assert_int_equal(number(er, "SELECT count(*) FROM item"), 5);
    rig_begin(r); /* also by what is read from the rows */
    rig_page(r);
    eval_rig_new_epic(er, 1);
    eval_rig_new_epic(er, 2);
    rig_apply(r);
    rig_end(r);
    assert_int_equal(number(er, "SELECT count(*) FROM item"), 5);
}

/* The page that brings the new id came before anybody knew of the transfer. */
static void a_transfer_met_twice_is_one(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct actor by = {7, STR("ana")};
    struct item *it;
    struct wall next;
    int64_t told;

    begin(er);
    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/pay", 1);
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p0");
    rig_apply(r);
    rig_page(r);
    for (int i = 11; i <= 14; i++) {
        it = rig_item(r, "acme/pay", i);
        it->level = ITEM_LEVEL_EPIC;
        it->created = it->updated = r->now;
        it->title = STR("newer");
        if (i == 14)
            it->category = ITEM_IN_PROGRESS;
    }
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p1");
    rig_apply(r);
    rig_end(r);
    RIG_OK(r, db_link_set(r->db, &er->ev, STR("acme/pay#13"), STR("billing"), &by,
                          r->now, &r->e));
    eval_rig_run(er);
    /* The newer ones fire and are told, too. */
    r->now.ms += 2 * RIG_DAY;
    eval_rig_sync(er);
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p2");
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += RIG_HOUR;
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    rig_begin(r);
    rig_page(r);
    for (int i = 1; i <= 4; i++)
        moved(r, i, arena_strdup(r->a, arena_printf(r->a, "acme/pay-%d", 10 + i)));
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    eval_rig_check(er);
    assert_int_equal(number(er, "SELECT count(*) FROM item"), 6);
    assert_int_equal(number(er, "SELECT count(*) FROM fate"), 0);
    assert_int_equal(number(er, "SELECT count(*) FROM link WHERE item NOT IN (SELECT id"
                                " FROM item)"),
                     0);
    assert_string_equal(text(er,
                             "SELECT group_concat(id || key || title, ' ') FROM item"
                             " WHERE id <= 4"),
                        "1acme/pay#11newer 2acme/pay#12newer 3acme/pay#13newer "
                        "4acme/pay#14newer");
    assert_string_equal(text(er, "SELECT node FROM pin WHERE item = 3"), "billing");
    assert_int_equal(
        number(er, "SELECT count(*) FROM span WHERE item = 4 AND ended = 0"), 1);
    assert_int_equal(number(er, "SELECT count(*) FROM finding WHERE item IN (1, 2) AND"
                                " rule = 'unlinked-work' AND state = 2"),
                     2);
    /* Nothing of it is news. */
    told = number(er, "SELECT count(*) FROM finding_event WHERE detail LIKE 'new to%'");
    assert_true(told > 0);
    r->now.ms += 2 * RIG_HOUR;
    eval_rig_sync(er);
    rig_event(r, SCOPE_SYNCED, "acme/pay", "p3");
    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
    assert_int_equal(
        number(er, "SELECT count(*) FROM finding_event WHERE detail LIKE 'new to%'"),
        told);
    eval_rig_check(er);
}

/* ---- histories ---- */

static void add_span(struct item_span *v, size_t *n, int64_t from, int64_t to,
                     const char *status)
{
    v[(*n)++] = (struct item_span){
        .started = {RIG_T0 + from * RIG_HOUR},
        .ended = {to == 0 ? 0 : RIG_T0 + to * RIG_HOUR},
        .status = str_of(status),
        .assignees = STR("ben"),
    };
}

static const char *spans(struct eval_rig *er)
{
    return text(er,
                "SELECT group_concat(((started - 1790000000000) / 3600000) || '-' ||"
                " iif(ended, (ended - 1790000000000) / 3600000, '') || status, ' ')"
                " FROM (SELECT * FROM span ORDER BY started)");
}

static void histories_replace_what_was_seen(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_span v[4];
    struct item_history *h;
    struct item *it;
    size_t n = 0;

    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->category = ITEM_IN_PROGRESS;
    it->status = STR("doing");
    eval_rig_synced(er);
    assert_string_equal(spans(er), "-2-doing");
    rig_begin(r);
    rig_page(r);
    add_span(v, &n, -90, -80, "doing");
    add_span(v, &n, -85, -70, "review"); /* begins before the other ends */
    add_span(v, &n, -50, 0, "doing");
    h = feed_add_history(&r->feed, STR("acme/web-1"));
    assert_non_null(h);
    h->spans = v;
    h->n_spans = n;
    assert_non_null(feed_add_history(&r->feed, STR("nobody")));
    rig_apply(r);
    rig_end(r);
    assert_string_equal(spans(er), "-90--80doing -80--70review -50-doing");

    /* What follows is seen by our own eyes, and continues it. */
    r->now.ms += 3 * RIG_HOUR;
    eval_rig_sync(er);
    rig_close_item(r, eval_rig_epic(er, 1));
    eval_rig_synced(er);
    assert_string_equal(spans(er), "-90--80doing -80--70review -50-3doing");

    /* Read before it was closed: the row knows better. */
    rig_begin(r);
    rig_page(r);
    h = feed_add_history(&r->feed, STR("acme/web-1"));
    h->spans = v;
    h->n_spans = n;
    rig_apply(r);
    rig_end(r);
    assert_string_equal(spans(er), "-90--80doing -80--70review -50-3doing");

    /* In progress by the row, and the history ends before. */
    r->now.ms += RIG_HOUR;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->category = ITEM_IN_PROGRESS;
    it->updated = r->now;
    eval_rig_synced(er);
    rig_begin(r);
    rig_page(r);
    h = feed_add_history(&r->feed, STR("acme/web-1"));
    h->spans = v;
    h->n_spans = 2;
    rig_apply(r);
    rig_end(r);
    assert_string_equal(spans(er), "-90--80doing -80--70review 4-open");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(gone_leaves_the_view),        T(outside_is_a_place_or_a_reason),
        T(the_notice_is_true),          T(what_returns_is_as_before),
        T(children_go_by_it),           T(a_baseline_item_stays_one),
        T(hidden_stays_as_it_is),       T(hidden_then_deleted),
        T(a_move_within_the_source),    T(a_parent_is_found_by_the_key_it_had),
        T(a_merge_takes_the_findings),  T(a_transfer_keeps_the_row),
        T(a_transfer_met_twice_is_one), T(histories_replace_what_was_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

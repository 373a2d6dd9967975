#include "tests/unit/census_rig.h"

#include <unistd.h>

#include "store/closed.h"
#include "store/understood.h"

static const struct actor ana = {1000, STR_INIT("ana")};

/* Twelve epics of which one is linked and one exempt; two children; three in a scope
   that fails. */
static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    struct scope_event *ev;
    struct item *it;

    eval_rig_look(er);
    eval_rig_run(er);
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    for (int i = 1; i <= 12; i++) {
        it = eval_rig_new_epic(er, i);
        it->created.ms -= 1000 * (i % 4); /* some at the same time */
        if (i == 2)
            rig_label(r, it, "initiative:onboarding");
        if (i == 3)
            rig_label(r, it, "strategy:none");
        if (i == 4)
            it->category = ITEM_IN_PROGRESS;
    }
    it = rig_item(r, "acme/web", 20);
    it->parent_key = STR("acme/web#2");
    it = rig_item(r, "acme/web", 21);
    it->parent_key = STR("acme/web#20");
    it = eval_rig_new_epic(er, 30);
    it->restricted = true;
    rig_label(r, it, "initiative:secret-plan");
    eval_rig_synced(er);
    eval_rig_run(er);
    r->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    rig_begin(r);
    rig_page(r);
    ev = rig_event(r, SCOPE_FAILED, "acme/gone", "");
    err_set(&ev->err, ERR_NOT_FOUND, "404 from acme/gone");
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    rig_page(r);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static void status(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct status_row st;

    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_int_equal(st.n_sources, 1);
    assert_true(str_eqz(st.sources[0].name, "hub"));
    assert_true(str_eqz(st.sources[0].state, "stale"));
    assert_int_equal(st.sources[0].n_scopes, 2);
    assert_true(str_eqz(st.sources[0].scopes[0].name, "acme/gone"));
    assert_true(str_eqz(st.sources[0].scopes[0].state, "failed"));
    assert_true(str_eqz(st.sources[0].scopes[0].error, "404 from acme/gone"));
    assert_int_equal(st.sources[0].scopes[0].failed_since.ms, r->now.ms);
    assert_int_equal(st.sources[0].scopes[1].items, 15);
    assert_int_equal(st.sources[0].items, 15);
    assert_int_equal(st.sources[0].open, 15);
    assert_int_equal(st.epics_open, 13);
    assert_int_equal(st.epics_linked, 1);
    assert_int_equal(st.epics_exempt, 1);
    assert_int_equal(st.dirty, 0);
    assert_int_equal(st.strategy_version, er->strategy->version);
    assert_int_equal(st.n_rules, 3);
    assert_true(str_eqz(st.rules[0].rule, "source-stale"));
    assert_int_equal(st.rules[0].firing, 1);
    assert_true(str_eqz(st.rules[1].rule, "unknown-link"));
    assert_true(str_eqz(st.rules[2].rule, "unlinked-work"));
    assert_int_equal(st.rules[2].firing, 10);
}

static struct finding_filter any(void)
{
    return (struct finding_filter){0};
}

static int64_t count(struct rig *r, const struct finding_filter *f)
{
    struct finding_row *rows;
    struct str next;
    int64_t total;
    size_t n;

    RIG_OK(r, db_read_findings(r->db, f, r->a, &rows, &n, &total, &next, &r->e));
    assert_int_equal(n, total);
    return total;
}

static void findings_by_filter(void **state)
{
    struct rig *r = &((struct eval_rig *)*state)->r;
    struct finding_filter f = any();

    assert_int_equal(count(r, &f), 12);
    f.rule = STR("unlinked-work");
    assert_int_equal(count(r, &f), 10);
    f.severity = STR("high");
    assert_int_equal(count(r, &f), 1);
    f = any();
    f.subject = STR("ACME/WEB#4");
    assert_int_equal(count(r, &f), 1);
    f.subject = STR("hub");
    assert_int_equal(count(r, &f), 1);
    f = any();
    f.team = STR("web");
    assert_int_equal(count(r, &f), 11);
    f.scope = STR("Acme/Web");
    f.source = STR("hub");
    f.state = STR("firing");
    assert_int_equal(count(r, &f), 11);
    f.state = STR("pending");
    assert_int_equal(count(r, &f), 0);
    f.state = STR("fired");
    assert_false(db_read_findings(r->db, &f, r->a, &(struct finding_row *){NULL},
                                  &(size_t){0}, &(int64_t){0}, &(struct str){0},
                                  &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
}

static void findings_by_page(void **state)
{
    struct rig *r = &((struct eval_rig *)*state)->r;
    struct finding_filter f = {.rule = STR("unlinked-work"), .limit = 3};
    char seen[13][16] = {{0}};
    size_t total_seen = 0, n, pages = 0;
    struct finding_row *rows;
    struct str next;
    int64_t total;

    do {
        RIG_OK(r, db_read_findings(r->db, &f, r->a, &rows, &n, &total, &next, &r->e));
        assert_int_equal(total, 10);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < total_seen; k++)
                assert_string_not_equal(seen[k], rows[i].f.id);
            memcpy(seen[total_seen++], rows[i].f.id, sizeof rows[i].f.id);
        }
        if (pages++ == 0)
            assert_true(str_eqz(rows[0].subject, "acme/web#4")); /* worst first */
        f.cursor = next;
    } while (next.n > 0);
    assert_int_equal(total_seen, 10);
    assert_int_equal(pages, 4);
    f.cursor = STR("1.2");
    assert_false(db_read_findings(r->db, &f, r->a, &rows, &n, &total, &next, &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
}

static void one_finding_with_its_history(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct finding_event_row *history;
    struct finding_row row;
    const char *id =
        rig_text(r, "SELECT f.id FROM finding f JOIN item i ON i.id = f.item"
                    " WHERE i.key = 'acme/web#4'");
    size_t n;

    RIG_OK(r, db_read_finding(r->db, str_first(str_of(id), 8), r->a, &row, &history, &n,
                              &r->e));
    assert_true(str_eqz(row.subject, "acme/web#4"));
    assert_true(str_eqz(row.subject_kind, "item"));
    assert_true(str_eqz(row.title, "Issue 4"));
    assert_int_equal(row.reason, PLAN_GROUPED);
    assert_true(str_has_prefix(row.reason_detail, STR("product team=web")));
    assert_int_equal(n, 2); /* how it began is no history */
    assert_true(str_eqz(history[0].what, "fired"));
    assert_true(str_eqz(history[1].detail, "grouped"));
    assert_false(db_read_finding(r->db, STR("zz"), r->a, &row, &history, &n, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_false(db_read_finding(r->db, STR(""), r->a, &row, &history, &n, &r->e));

    /* Its scope fails: nothing is judged, and no row was written to say so. */
    rig_begin(r);
    rig_page(r);
    err_set(&rig_event(r, SCOPE_FAILED, "acme/web", "")->err, ERR_NET, "refused");
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    rig_page(r);
    id = rig_text(r, "SELECT f.id FROM finding f JOIN item i ON i.id = f.item"
                     " WHERE i.key = 'acme/web#4'");
    RIG_OK(r, db_read_finding(r->db, str_of(id), r->a, &row, &history, &n, &r->e));
    assert_int_equal(row.reason, PLAN_SOURCE_STALE);
    assert_int_equal(n, 2);
}

static void acks_and_snoozes(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct finding_event_row *history;
    struct finding_row row;
    struct str id = str_of(rig_text(r, "SELECT id FROM finding WHERE item = 1"));
    size_t n;

    RIG_OK(r, db_finding_ack(r->db, id, &ana, r->now, &r->e));
    eval_rig_run(er);
    RIG_OK(r, db_read_finding(r->db, id, r->a, &row, &history, &n, &r->e));
    assert_int_equal(row.reason, PLAN_ACKED);
    assert_true(str_eqz(row.reason_detail, "ana"));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM member m JOIN finding f ON"
                                " f.n = m.finding WHERE f.item = 1"),
                     0);

    id = str_of(rig_text(r, "SELECT id FROM finding WHERE item = 5"));
    RIG_OK(r, db_finding_snooze(r->db, id, (struct wall){r->now.ms + RIG_HOUR}, &ana,
                                r->now, &r->e));
    assert_true(eval_rig_run(er).next_check.ms <= r->now.ms + RIG_HOUR);
    RIG_OK(r, db_read_finding(r->db, id, r->a, &row, &history, &n, &r->e));
    assert_int_equal(row.reason, PLAN_SNOOZED);
    r->now.ms += RIG_HOUR;
    eval_rig_look(er);
    eval_rig_run(er);
    rig_page(r);
    assert_int_equal(rig_int(r, "SELECT reason FROM finding WHERE item = 5"),
                     PLAN_GROUPED);
    assert_false(db_finding_snooze(r->db, STR("00"), r->now, &ana, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
    assert_string_equal(rig_text(r, "SELECT group_concat(action) FROM audit"),
                        "ack,snooze");
}

static void item_and_its_ancestors(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_row *v;
    size_t n;

    RIG_OK(r, db_read_item(r->db, STR("ACME/web#21"), r->a, &v, &n, &r->e));
    assert_int_equal(n, 3);
    assert_true(str_eqz(v[0].key, "acme/web#21"));
    assert_true(str_eqz(v[1].key, "acme/web#20"));
    assert_true(str_eqz(v[2].key, "acme/web#2"));
    assert_int_equal(v[0].n_links, 1);
    assert_true(str_eqz(v[0].links[0].method, "inherited"));
    assert_true(str_eqz(v[0].links[0].node, "onboarding"));
    assert_true(
        str_eqz(v[0].links[0].detail, "from acme/web#2, label initiative:onboarding"));
    assert_true(str_eqz(v[2].links[0].method, "label"));
    assert_true(str_eqz(v[2].team, "web"));
    assert_true(str_eqz(v[2].category, "todo"));

    RIG_OK(r, db_read_item(r->db, STR("hub:acme/web#3"), r->a, &v, &n, &r->e));
    assert_true(str_eqz(v[0].exempt_by, "label"));
    assert_false(db_read_item(r->db, STR("hub:acme/web#99"), r->a, &v, &n, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
}

static void private_items_show_their_key(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct finding_filter f = {.subject = STR("acme/web#30")};
    struct finding_row *rows;
    struct item_row *v;
    struct str next;
    int64_t total;
    size_t n;

    RIG_OK(r, db_read_item(r->db, STR("acme/web#30"), r->a, &v, &n, &r->e));
    assert_true(v[0].private_);
    assert_int_equal(v[0].title.n + v[0].url.n + v[0].type.n + v[0].status.n +
                         v[0].author_name.n + v[0].assignees.n,
                     0);
    for (size_t i = 0; i < v[0].n_links; i++)
        assert_int_equal(v[0].links[i].detail.n + v[0].links[i].node.n, 0);
    RIG_OK(r, db_read_findings(r->db, &f, r->a, &rows, &n, &total, &next, &r->e));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].title.n + rows[0].url.n, 0);
    assert_null(strstr(arena_strdup(r->a, rows[0].facts), "secret-plan"));
    assert_null(strstr(arena_strdup(r->a, rows[0].note), "secret-plan"));
    assert_int_equal(
        rig_int(r, "SELECT count(*) FROM link WHERE detail LIKE '%secret%'"), 0);
}

static void same_key_in_two_sources(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct tracker_conf hub = r->conf;
    struct item_row *v;
    size_t n;

    r->conf.name = STR("mirror");
    rig_begin(r);
    rig_page(r);
    rig_item(r, "acme/web", 1);
    rig_apply(r);
    r->conf = hub;
    assert_false(db_read_item(r->db, STR("acme/web#1"), r->a, &v, &n, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFLICT);
    RIG_OK(r, db_read_item(r->db, STR("mirror:acme/web#1"), r->a, &v, &n, &r->e));
    assert_true(str_eqz(v[0].source, "mirror"));
    RIG_OK(r, db_read_item(r->db, STR("hub:ACME/web#1"), r->a, &v, &n, &r->e));
    assert_true(str_eqz(v[0].source, "hub"));
}

static void unlinked_by_page(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_list l;
    struct str cursor = STR_NONE;
    int64_t last = 0;
    size_t seen = 0;

    do {
        RIG_OK(r, db_read_unlinked(r->db, STR("web"), STR("acme/web"), 4, cursor, r->a,
                                   &l, &r->e));
        assert_int_equal(l.total, 11); /* the private one, too */
        for (size_t i = 0; i < l.n; i++) {
            assert_true(l.v[i].created.ms >= last);
            last = l.v[i].created.ms;
        }
        seen += l.n;
        cursor = l.next;
    } while (cursor.n > 0);
    assert_int_equal(seen, 11);
    RIG_OK(r, db_read_unlinked(r->db, STR("nobody"), STR_NONE, 0, STR_NONE, r->a, &l,
                               &r->e));
    assert_int_equal(l.n, 0);
    assert_false(
        db_read_unlinked(r->db, STR_NONE, STR_NONE, 0, STR("x"), r->a, &l, &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
}

static int64_t unlinked_at(struct eval_rig *er, struct wall end, const char *team)
{
    struct item_list l;
    struct rig *r = &er->r;

    RIG_OK(r, db_read_unlinked_at(r->db, &er->ev, str_of(team), STR("ACME/web"), end,
                                  r->now, 0, STR_NONE, r->a, &l, &r->e));
    assert_int_equal(l.n, l.total);
    return l.total;
}

/* Links, closings, teams and fates of later days are not those of a day before. */
static void unlinked_on_a_day_before(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct wall then = r->now, later;
    struct str cursor = STR_NONE;
    struct item_list l;
    struct item *it;
    size_t seen = 0;

    assert_int_equal(unlinked_at(er, (struct wall){then.ms + 1}, "web"), 11);
    r->now.ms += RIG_DAY;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 5);
    rig_label(r, it, "initiative:onboarding");
    rig_close_item(r, eval_rig_epic(er, 6));
    it = eval_rig_epic(er, 7);
    rig_label(r, it, "strategy:none");
    rig_close_item(r, it);
    eval_rig_new_epic(er, 40);
    eval_rig_synced(er);
    eval_rig_run(er);
    rig_page(r);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#8"), STR_NONE, STR("x"), (struct wall){0},
                        &ana, r->now, &r->e));
    eval_rig_run(er);
    later = (struct wall){r->now.ms + 1};
    /* 7 and 8 are left out, as they say so today; 40 was not there. */
    assert_int_equal(unlinked_at(er, (struct wall){then.ms + 1}, "web"), 9);
    assert_int_equal(unlinked_at(er, later, "web"), 8);
    assert_int_equal(unlinked_at(er, (struct wall){then.ms + 1}, "nobody"), 0);

    /* What is deleted later was in view. */
    r->now.ms += RIG_DAY;
    rig_begin(r);
    rig_page(r);
    census_fate(r, FATE_DELETED, "acme/web", 9, "");
    rig_apply(r);
    rig_end(r);
    eval_rig_run(er);
    rig_page(r);
    assert_int_equal(unlinked_at(er, later, "web"), 8);
    assert_int_equal(unlinked_at(er, (struct wall){r->now.ms + 1}, "web"), 7);

    do {
        RIG_OK(r, db_read_unlinked_at(r->db, &er->ev, STR_NONE, STR_NONE, later, r->now,
                                      3, cursor, r->a, &l, &r->e));
        assert_int_equal(l.total, 8);
        for (size_t i = 1; i < l.n; i++)
            assert_true(l.v[i - 1].created.ms <= l.v[i].created.ms);
        seen += l.n;
        cursor = l.next;
    } while (cursor.n > 0);
    assert_int_equal(seen, 8);
}

static void a_day_nobody_knows_of(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item_list l;

    assert_false(db_read_unlinked_at(r->db, &er->ev, STR_NONE, STR_NONE,
                                     (struct wall){RIG_T0}, r->now, 0, STR_NONE, r->a,
                                     &l, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(r->e.msg, "known since 2026-09-21"));
    /* Links of that time are forgotten. */
    r->now.ms += 1000 * RIG_DAY;
    assert_false(db_read_unlinked_at(r->db, &er->ev, STR_NONE, STR_NONE,
                                     (struct wall){RIG_T0 + RIG_DAY}, r->now, 0,
                                     STR_NONE, r->a, &l, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
}

static void coverage(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct coverage_rows c;

    RIG_OK(r, db_read_coverage(r->db, r->a, &c, &r->e));
    assert_int_equal(c.n, 2);
    assert_true(str_eqz(c.v[1].scope, "acme/web"));
    assert_int_equal(c.v[1].open, 13);
    assert_int_equal(c.v[1].linked, 1);
    assert_int_equal(c.v[1].exempt, 1);
    assert_int_equal(c.v[1].baseline, 0);
    assert_int_equal(c.n_initiatives, 4);
    assert_true(str_eqz(c.initiatives[3].id, "onboarding"));
    assert_int_equal(c.initiatives[3].tally.open, 3);
    assert_int_equal(c.initiatives[3].tally.epics, 1);
}

static void writes_that_cannot_be(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    assert_false(db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("onbording"), &ana,
                             r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_non_null(strstr(r->e.msg, "did you mean onboarding"));
    assert_false(db_link_set(r->db, &er->ev, STR("acme/web#77"), STR("billing"), &ana,
                             r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_false(db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("web"), &ana,
                             r->now, &r->e));
    assert_non_null(strstr(r->e.msg, "of kind team"));
    assert_false(db_link_remove(r->db, STR("acme/web#1"), &ana, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_false(db_exempt(r->db, STR("acme/web#1"), STR("source-stale"), STR("x"),
                           (struct wall){0}, &ana, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_false(db_exempt(r->db, STR("acme/web#1"), STR_NONE, STR_NONE,
                           (struct wall){0}, &ana, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
    assert_false(db_exempt(r->db, STR("acme/web#1"), STR_NONE, STR("x"), r->now, &ana,
                           r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_USAGE);
    assert_false(db_exempt_remove(r->db, STR("acme/web#1"), &ana, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM audit"), 0);
    assert_int_equal(rig_int(r, RIG_WAITING), 0);
}

static void audit_backwards(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct audit_row *v;
    size_t n;

    for (int i = 0; i < 5; i++)
        RIG_OK(r, db_audit(r->db, &ana, STR("sync"), STR("hub"), STR_NONE,
                           (struct wall){r->now.ms + i}, &r->e));
    RIG_OK(r, db_read_audit(r->db, 2, 0, r->a, &v, &n, &r->e));
    assert_int_equal(n, 2);
    assert_int_equal(v[0].at.ms, r->now.ms + 4);
    RIG_OK(r, db_read_audit(r->db, 9, v[1].id, r->a, &v, &n, &r->e));
    assert_int_equal(n, 3);
    assert_int_equal(v[0].by.uid, 1000);
    assert_true(str_eqz(v[0].by.user, "ana"));
}

/* All but the exempt one, page by page; the private one without its title. */
static void open_epics_by_page(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct open_epic *v;
    int64_t after = 0;
    size_t n, seen = 0, hidden = 0;

    RIG_OK(r, db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("billing"), &ana,
                          r->now, &r->e));
    do {
        RIG_OK(r, db_read_open_epics(r->db, after, 5, r->a, &v, &n, &r->e));
        for (size_t i = 0; i < n; i++) {
            assert_true(v[i].id > after);
            after = v[i].id;
            assert_false(str_eqz(v[i].item.key, "acme/web#3"));
            assert_true(str_eqz(v[i].item.scope, "acme/web"));
            hidden += v[i].title.n == 0;
            assert_int_equal(v[i].pin.n > 0, str_eqz(v[i].item.key, "acme/web#1"));
            assert_int_equal(v[i].item.n_marks > 0,
                             str_eqz(v[i].item.key, "acme/web#2") || v[i].title.n == 0);
        }
        seen += n;
    } while (n == 5);
    assert_int_equal(seen, 12);
    assert_int_equal(hidden, 1);
}

/* ---- plans ---- */

/* Tables that grow with the work; whoever goes through all of one says so here. */
static bool may_scan(const char *plan, const char *sql)
{
    static const char *const large[] = {"item",  "i",      "finding", "f",
                                        "dirty", "dirty_run", "link",   "l",       "evaluated",
                                        "v",     "outbox", "o",       "finding_event",
                                        "span",  "member", "m",       "audit",
                                        "closed_hour", "firing", "g"};
    static const char *const allowed[] = {
        "USING INDEX evaluated_unlinked", /* it holds what is asked for and nothing else
                                           */
        "USING INDEX evaluated_epic",     /* likewise */
        "USING INDEX finding_list",
        "INDEX finding_open",
    };
    const char *name = strchr(plan, ' ') + 1;
    size_t n = strcspn(name, " ");

    for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
        if (strstr(plan, allowed[i]) != NULL)
            return true;
    }
    /* Once after a change of settings, a day, a scope; or what is waiting itself. */
    if (strstr(
            sql,
            "INSERT INTO dirty (scope, item) SELECT scope, id FROM item WHERE scope") ||
        strstr(sql, "(SELECT count(*) FROM dirty)") ||
        (strcmp(plan, "SCAN dirty") == 0 &&
         strstr(sql, "UNION SELECT item FROM dirty")) ||
        strncmp(sql, "DELETE", 6) == 0 || strstr(sql, "FROM member))") != NULL ||
        strstr(sql, "ORDER BY id DESC LIMIT") != NULL)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(large); i++) {
        if (strlen(large[i]) == n && strncmp(name, large[i], n) == 0)
            return false;
    }
    return true;
}

static void check_plan(struct rig *r, const char *sql)
{
    sqlite3_stmt *st = NULL;
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);

    assert_int_equal(sqlite3_prepare_v2(r->db->h, explain, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *plan = (const char *)sqlite3_column_text(st, 3);

        /* min() over a whole table calls itself a search. */
        bool scans =
            strncmp(plan, "SCAN ", 5) == 0 ||
            (strncmp(plan, "SEARCH ", 7) == 0 && strstr(plan, " USING ") == NULL);

        if (scans && !may_scan(plan, sql))
            fail_msg("%s\n  in %s", plan, sql);
    }
    sqlite3_finalize(st);
    sqlite3_free(explain);
}

static void read_understood(struct rig *r)
{
    struct delays alerts = {.n = 0};
    struct epic_row *epics;
    struct shown *shown;
    struct waits w;
    size_t n;

    RIG_OK(r, db_read_shown(r->db, r->a, &shown, &n, &r->e));
    RIG_OK(r, db_read_new_epics(r->db, r->now, r->a, &epics, &n, &r->e));
    RIG_OK(r, db_read_alerts(r->db, r->now, r->a, &alerts, &r->e));
    assert_true(waits_init(&w, r->a));
    w.open = 1;
    w.from = r->now;
    RIG_OK(r, db_read_begun(r->db, &w, &r->e));
    waits_finish(&w);
}

/* Every statement that this program prepared finds its rows by an index. */
static void statements_use_indexes(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct outbox_message m;
    struct precision_row *rows_of_rules;
    struct finding_row *rows;
    struct item_list l;
    struct open_epic *epics;
    struct forecast f;
    struct status_row st;
    struct str next;
    struct wall at;
    int64_t total;
    size_t n, checked = 0;
    bool found;

    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    RIG_OK(r,
           db_read_unlinked(r->db, STR_NONE, STR_NONE, 0, STR_NONE, r->a, &l, &r->e));
    RIG_OK(r, db_read_open_epics(r->db, 0, 5, r->a, &epics, &n, &r->e));
    read_understood(r);
    RIG_OK(r, db_read_precision(r->db, &er->ev, r->now, r->a, &rows_of_rules, &n, &r->e));
    RIG_OK(r, db_read_forecast(r->db, &er->ev, &er->strategy->initiatives[0], r->now, &f,
                               &r->e));
    RIG_OK(r, db_read_unlinked_at(r->db, &er->ev, STR_NONE, STR_NONE, r->now, r->now, 0,
                                  STR_NONE, r->a, &l, &r->e));
    RIG_OK(r, db_read_findings(r->db, &(struct finding_filter){0}, r->a, &rows, &n,
                               &total, &next, &r->e));
    RIG_OK(r, db_link_set(r->db, &er->ev, STR("acme/web#1"), STR("billing"), &ana,
                          r->now, &r->e));
    r->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &at);
    RIG_OK(r, db_outbox_claim(r->db, STR("product"), r->now, r->a, &m, &found, &at,
                              &r->e));
    assert_true(found);
    RIG_OK(r, db_outbox_record(r->db, m.id,
                               &(struct outbox_outcome){.verdict = CHAT_DELIVERED},
                               r->now, &r->e));
    /* A listing, each fate, a history. */
    census_listing(er, 3, 2);
    rig_page(r);
    for (int kind = FATE_PRESENT; kind <= FATE_HIDDEN; kind++) {
        census_fate(r, (enum item_fate)kind, "acme/web", 1, "")->to_vid =
            STR("acme/web-3");
        census_fate(r, FATE_PRESENT, "acme/web", 1, "");
    }
    assert_non_null(feed_add_history(&r->feed, STR("acme/web-2")));
    rig_apply(r);
    /* Two scopes become one. */
    rig_page(r);
    rig_item(r, "acme/new", 1);
    rig_apply(r);
    rig_page(r);
    rig_event(r, SCOPE_RENAMED, "acme/web", "")->to = STR("acme/new");
    rig_apply(r);
    rig_end(r);
    r->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    for (size_t i = 0; i < SQL_CACHE; i++) {
        const char *sql = r->db->cache[i].sql;

        if (sql != NULL &&
            (strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "INSERT", 6) == 0 ||
             strncmp(sql, "UPDATE", 6) == 0 || strncmp(sql, "DELETE", 6) == 0)) {
            check_plan(r, sql);
            checked++;
        }
    }
    assert_true(checked > 120);
}

/* ---- upkeep ---- */

static bool exists(struct rig *r, unsigned backup)
{
    char *path = backup_path(r->db->path, backup);
    bool yes = access(path, F_OK) == 0;

    free(path);
    return yes;
}

static void backups_rotate(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct span year = SPAN_MS(365 * RIG_DAY);

    for (unsigned day = 1; day <= STORE_BACKUPS + 1; day++) {
        RIG_OK(r, db_upkeep(r->db, year, year, r->now, &r->e));
        RIG_OK(r, db_upkeep(r->db, year, year, r->now, &r->e)); /* once a day */
        assert_true(exists(r, day < STORE_BACKUPS ? day : STORE_BACKUPS));
        assert_false(exists(r, day + 1));
        r->now.ms += RIG_DAY;
    }
}

static int count_measured(unsigned type, void *arg, void *stmt, void *text)
{
    (void)type;
    (void)stmt;
    *(unsigned *)arg += strncmp(text, "-- ANALYZE", 10) == 0 ||
                        strncmp(text, "ANALYZE", 7) == 0;
    return 0;
}

/* Tables that one upkeep measures. */
static unsigned measured(struct rig *r)
{
    struct span year = SPAN_MS(365 * RIG_DAY);
    unsigned n = 0;

    sqlite3_trace_v2(r->db->h, SQLITE_TRACE_STMT, count_measured, &n);
    RIG_OK(r, db_upkeep(r->db, year, year, r->now, &r->e));
    sqlite3_trace_v2(r->db->h, 0, NULL, NULL);
    return n;
}

static void tables_are_measured_daily_or_when_much_was_written(void **state)
{
    static const char much[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO audit (at, uid, user, action, subject, detail)"
        " SELECT 1, 0, '', 'sync', '', '' FROM n";
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    assert_int_not_equal(measured(r), 0);
    r->now.ms += 3600000;
    assert_int_equal(measured(r), 0);
    RIG_OK(r, sql_script(r->db, much, &r->e));
    assert_int_not_equal(measured(r), 0);
    assert_int_equal(measured(r), 0);
    r->now.ms += RIG_DAY;
    assert_int_not_equal(measured(r), 0);
    r->now.ms -= 3 * RIG_DAY; /* set back */
    assert_int_not_equal(measured(r), 0);
    assert_int_equal(measured(r), 0);
}

static void old_rows_are_forgotten(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    RIG_OK(r, db_audit(r->db, &ana, STR("sync"), STR_NONE, STR_NONE, r->now, &r->e));
    eval_rig_sync(er);
    rig_close_item(r, eval_rig_new_epic(er, 4));
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding WHERE state = 3"), 1);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM span WHERE ended > 0"), 1);
    RIG_OK(r, sql_script(r->db,
                         "INSERT INTO told SELECT n, 'product', 1, 16, 1, 5, 0, 0, 6, ''"
                         " FROM finding",
                         &r->e));
    r->now.ms += 20 * RIG_DAY;
    RIG_OK(r, db_upkeep(r->db, SPAN_MS(30 * RIG_DAY), SPAN_WD(20), r->now, &r->e));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM span WHERE ended > 0"), 1);
    r->now.ms += 20 * RIG_DAY;
    RIG_OK(r, db_upkeep(r->db, SPAN_MS(30 * RIG_DAY), SPAN_WD(20), r->now, &r->e));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM audit"), 0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM span WHERE ended > 0"), 0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding WHERE state = 3"), 0);
    assert_int_equal(rig_int(r,
                             "SELECT count(*) FROM finding_event WHERE finding NOT IN"
                             " (SELECT n FROM finding)"),
                     0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM told WHERE finding NOT IN"
                                " (SELECT n FROM finding)"),
                     0);
    assert_true(rig_int(r, "SELECT count(*) FROM told") > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(status),
        T(findings_by_filter),
        T(findings_by_page),
        T(one_finding_with_its_history),
        T(acks_and_snoozes),
        T(item_and_its_ancestors),
        T(private_items_show_their_key),
        T(same_key_in_two_sources),
        T(unlinked_by_page),
        T(unlinked_on_a_day_before),
        T(a_day_nobody_knows_of),
        T(coverage),
        T(writes_that_cannot_be),
        T(audit_backwards),
        T(open_epics_by_page),
        T(statements_use_indexes),
        T(backups_rotate),
        T(tables_are_measured_daily_or_when_much_was_written),
        T(old_rows_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What items wait for: rows, and what the rule collision makes of them. */
#include "tests/unit/eval_rig.h"

/* clang-format off */
#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Clinics choose us first }\n"                               \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, status: active }\n"  \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, match: { repos: [acme/web] } }\n"                      \
    "  - { id: pay, title: Pay, match: { repos: [acme/pay] } }\n"
/* clang-format on */

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "collision";
    eval_rig_load(er, EVAL_RIG_CONF, STRATEGY);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static struct item *add(struct eval_rig *er, const char *scope, int number,
                        const char *blockers)
{
    struct rig *r = &er->r;
    struct item *it = rig_item(r, scope, number);
    struct str rest = str_of(blockers), one;

    it->blockers = arena_array(r->a, ITEM_MAX_BLOCKERS + 5, sizeof *it->blockers);
    assert_non_null(it->blockers);
    while (str_split(&rest, ' ', &one)) {
        if (one.n > 0)
            it->blockers[it->n_blockers++] = arena_str(r->a, one);
    }
    return it;
}

static void begin(struct eval_rig *er)
{
    eval_rig_sync(er);
    rig_event(&er->r, SCOPE_SEEN, "acme/pay", "");
}

static struct eval_result end(struct eval_rig *er)
{
    rig_event(&er->r, SCOPE_SYNCED, "acme/pay", "p");
    eval_rig_synced(er);
    return eval_rig_run(er);
}

static const char *rows(struct eval_rig *er)
{
    return rig_text(&er->r,
                    "SELECT group_concat(l, '; ') FROM (SELECT i.key || ' ' || b.blocker"
                    " || ' ' || ((b.since - 1790000000000) / 60000) AS l FROM blocked b"
                    " JOIN item i ON i.id = b.item ORDER BY 1)");
}

static void one_waits(struct eval_rig *er)
{
    begin(er);
    add(er, "acme/web", 1, "acme/Pay#7");
    add(er, "acme/pay", 7, "");
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 0");
}

static void it_is_told_when_its_time_has_come(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct eval_result res;

    one_waits(er);
    assert_string_equal(eval_rig_findings(er), "");
    r->now.ms += 5 * RIG_DAY;
    begin(er);
    res = end(er);
    assert_string_equal(eval_rig_findings(er), "");
    assert_true(res.next_check.ms > r->now.ms &&
                res.next_check.ms <= r->now.ms + RIG_MIN);
    r->now = res.next_check;
    begin(er);
    end(er);
    assert_string_equal(eval_rig_findings(er), "collision strategy 2 12");
    assert_string_equal(rig_text(r, "SELECT note FROM finding"),
                        "1 item waits: acme/web#1 (web) for acme/pay#7 (pay) since 21 "
                        "Sep");
    /* What is waited for is done. */
    r->now.ms += RIG_HOUR;
    begin(er);
    rig_close_item(r, add(er, "acme/pay", 7, ""));
    end(er);
    assert_string_equal(eval_rig_findings(er), "collision strategy 3 12");
    /* Opened again: from then on. */
    r->now.ms += RIG_HOUR;
    begin(er);
    add(er, "acme/pay", 7, "")->updated = r->now;
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 7320");
    assert_string_equal(eval_rig_findings(er), "collision strategy 3 12");
}

static void links_come_and_go(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    one_waits(er);
    r->now.ms += 10 * RIG_MIN;
    begin(er);
    add(er, "acme/web", 1, "acme/pay#8 acme/pay#7 acme/pay#8 PAY-12");
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 0; acme/web#1 acme/pay#8 10;"
                                  " acme/web#1 pay-12 10");
    r->now.ms += 10 * RIG_MIN;
    begin(er);
    add(er, "acme/web", 1, "acme/pay#8");
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#8 10");
    assert_int_equal(rig_int(r, "SELECT has FROM item WHERE key = 'acme/web#1'"), 64);
    /* Closed, it waits for nothing; the tracker tells no blockers of it. */
    begin(er);
    rig_close_item(r, add(er, "acme/web", 1, ""));
    end(er);
    assert_string_equal(rows(er), "");
    assert_int_equal(rig_int(r, "SELECT has FROM item WHERE key = 'acme/web#1'"), 0);
}

/* Another answer tells what; until then what is known stays. */
static void told_apart(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct str keys[] = {STR("acme/pay#7")};
    struct item_blockers *b;

    begin(er);
    add(er, "acme/web", 1, "")->blocked_by = 1;
    rig_close_item(r, add(er, "acme/web", 2, ""));
    b = feed_add_blockers(&r->feed, STR("acme/web-1"));
    b->keys = keys;
    b->n = 1;
    b = feed_add_blockers(&r->feed, STR("acme/web-2"));
    b->keys = keys;
    b->n = 1;
    b = feed_add_blockers(&r->feed, STR("nobody"));
    b->keys = keys;
    b->n = 1;
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 0");
    r->now.ms += RIG_MIN;
    begin(er);
    add(er, "acme/web", 1, "")->blocked_by = 2;
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 0");
    begin(er);
    assert_non_null(feed_add_blockers(&r->feed, STR("acme/web-1")));
    end(er);
    assert_string_equal(rows(er), "");
}

/* Own team, private, out of view, unknown: none of them is told. */
static void not_told(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    begin(er);
    add(er, "acme/web", 1, "acme/web#2 acme/web#1 acme/gone#3");
    add(er, "acme/web", 2, "acme/pay#7")->restricted = true;
    add(er, "acme/web", 3, "acme/pay#8");
    add(er, "acme/pay", 7, "acme/web#2");
    add(er, "acme/pay", 8, "")->restricted = true;
    end(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM blocked"), 6);
    r->now.ms += 20 * RIG_DAY;
    begin(er);
    end(er);
    assert_string_equal(eval_rig_findings(er), "");
}

/* Whatever a tracker says, an item has few, and short ones. */
static void hostile(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item *it;

    begin(er);
    it = add(er, "acme/web", 1, "");
    for (int i = 0; i < ITEM_MAX_BLOCKERS + 5; i++)
        it->blockers[it->n_blockers++] = arena_printf(r->a, "'\";--\x01%d", i);
    add(er, "acme/web", 2, "")->key = STR("'\";--\x01" "7");
    add(er, "acme/pay", 7, "'\";--\x01" "7");
    end(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM blocked"), ITEM_MAX_BLOCKERS + 1);
    r->now.ms += 20 * RIG_DAY;
    begin(er);
    end(er);
    assert_string_equal(rig_text(r, "SELECT note FROM finding"),
                        "1 item waits: acme/pay#7 (pay) for '\";--\x01" "7 (web) since "
                        "21 Sep");
}

/* A key changes when an issue moves: who waits for it waits for it still. */
static void another_key(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    one_waits(er);
    r->now.ms += RIG_MIN;
    begin(er);
    add(er, "acme/pay", 7, "")->key = STR("acme/cash#7");
    end(er);
    assert_string_equal(rows(er), "acme/web#1 acme/cash#7 0");
}

/* Two rows become one: what either waited for, until the page is read again. */
static void a_transfer(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct fate *f;

    one_waits(er);
    r->now.ms += RIG_MIN;
    begin(er);
    add(er, "acme/pay", 21, "acme/pay#7 acme/pay#8");
    end(er);
    begin(er);
    f = feed_add_fate(&r->feed, FATE_MOVED, STR("acme/web-1"));
    assert_non_null(f);
    f->to_vid = STR("acme/pay-21");
    end(er);
    assert_string_equal(rows(er), "acme/pay#21 acme/pay#7 0; acme/pay#21 acme/pay#8 1");
    begin(er);
    add(er, "acme/pay", 21, "");
    end(er);
    assert_string_equal(rows(er), "");
    assert_int_equal(rig_int(r, "SELECT count(*) FROM blocked"), 0);
}

/* Read again and the same: no row is written. */
static void nothing_new(void **state)
{
    struct eval_rig *er = *state;
    struct page_stats st;
    int64_t writes;

    one_waits(er);
    er->r.now.ms += RIG_MIN;
    rig_begin(&er->r);
    rig_page(&er->r);
    add(er, "acme/web", 1, "acme/Pay#7");
    writes = sqlite3_total_changes64(er->r.db->h);
    st = rig_apply(&er->r);
    assert_int_equal(st.unchanged, 1);
    assert_int_equal(sqlite3_total_changes64(er->r.db->h), writes);
    rig_end(&er->r);
}

static void a_clock_set_back(void **state)
{
    struct eval_rig *er = *state;
    bool back;

    one_waits(er);
    er->r.now.ms -= 3 * RIG_HOUR;
    RIG_OK(&er->r, db_clock_set(er->r.db, er->r.now, &back, &er->r.e));
    assert_true(back);
    assert_string_equal(rows(er), "acme/web#1 acme/pay#7 -180");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_is_told_when_its_time_has_come),
        T(links_come_and_go),
        T(told_apart),
        T(not_told),
        T(hostile),
        T(another_key),
        T(a_transfer),
        T(nothing_new),
        T(a_clock_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

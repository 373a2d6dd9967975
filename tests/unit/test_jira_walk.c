/* One walk over pages: windows, gaps, tokens, and the cursor it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/attr.h"
#include "base/hash.h"
#include "connectors/trackers/jira/jira_walk.h"

#define START INT64_C(1700000000000)

struct fixture {
    struct arena *a;
    struct jira_scope scope;
    struct jira_scope *scopes[1];
    struct jira_walk *w;
    struct err e;
};

static void fixture_init(struct fixture *f)
{
    *f = (struct fixture){.a = arena_create(1 << 20)};
    f->scopes[0] = &f->scope;
    f->w = jira_walk_create(f->a, PHASE_OPEN, f->scopes, 1, true);
    assert_non_null(f->w);
    f->w->watermark = (struct wall){START + DUR_DAY(1000).ms};
}

static void fixture_finish(struct fixture *f)
{
    jira_walk_finish(f->w);
    arena_destroy(f->a);
}

/*
 * A Jira of issues whose position in `order` is their id and whose date is
 * START plus the id in seconds; it serves pages of `size`.
 */
struct server {
    const int *order;
    int n, size;
    uint64_t ids[200];
};

static struct jira_page serve(struct server *s, const struct jira_walk *w)
{
    struct jira_page page = {.start = -1, .total = -1, .ids = s->ids};
    int64_t first = w->since.ms == 0 ? 0 : (w->since.ms - START + 999) / 1000;
    int64_t seen = 0;

    for (int i = 0; i < s->n; i++) {
        uint64_t id = (uint64_t)s->order[i];

        if (s->order[i] < first || seen++ < w->start ||
            page.returned == (size_t)s->size) {
            continue;
        }
        s->ids[page.returned++] = id;
    }
    page.total = seen;
    page.start = w->start;
    if (page.returned > 0) {
        size_t least = page.returned > JIRA_TAIL ? page.returned - JIRA_TAIL : 0;

        page.reached.ms = START + (int64_t)s->ids[least] * 1000;
    }
    return page;
}

static int ascending[30000];

static void number(void)
{
    for (int i = 0; i < 30000; i++) {
        ascending[i] = i + 1;
    }
}

/* Every issue is read, and no offset passes the server's limit. */
static void offsets_are_windowed(void **state)
{
    static bool met[30001];
    struct server s = {.order = ascending, .n = 30000, .size = 100};
    enum jira_progress p = WALK_MORE;
    struct fixture f;

    (void)state;
    number();
    fixture_init(&f);
    while (p == WALK_MORE) {
        assert_true(f.w->start <= 10000 - 100);
        struct jira_page page = serve(&s, f.w);

        for (size_t i = 0; i < page.returned; i++) {
            met[s.ids[i]] = true;
        }
        p = jira_walk_page(f.w, &page, false, &f.e);
    }
    assert_int_equal(p, WALK_ENDED);
    for (int i = 1; i <= 30000; i++) {
        assert_true(met[i]);
    }
    assert_in_range(f.w->pages, 310, 330);
    fixture_finish(&f);
}

/* The server clamps the page size to less than the overlap. */
static void tiny_pages_get_on(void **state)
{
    (void)state;
    number();
    for (int size = 1; size <= 12; size++) {
        struct server s = {.order = ascending, .n = 40, .size = size};
        enum jira_progress p = WALK_MORE;
        struct fixture f;
        uint64_t last = 0;

        fixture_init(&f);
        while (p == WALK_MORE) {
            struct jira_page page = serve(&s, f.w);

            last = s.ids[page.returned - 1];
            p = jira_walk_page(f.w, &page, false, &f.e);
        }
        assert_int_equal(p, WALK_ENDED);
        assert_int_equal(last, 40);
        fixture_finish(&f);
    }
}

struct disturbance {
    int at_page, moved;
    bool gone; /* they leave the search instead of going to its end */
};

/* While it is walked, issues that were read are updated: those behind move up. */
static void disturb(struct server *s, int *order, const struct disturbance *d)
{
    memmove(order, order + d->moved, (size_t)(s->n - d->moved) * sizeof order[0]);
    s->n -= d->moved;
    for (int i = 0; i < d->moved && !d->gone; i++) {
        order[s->n++] = 1000 + i;
    }
}

static void walk_disturbed(const struct disturbance *d)
{
    static int order[1000];
    static bool met[2000];
    struct server s = {.order = order, .n = 300, .size = 50};
    enum jira_progress p = WALK_MORE;
    struct fixture f;

    memset(met, 0, sizeof met);
    for (int i = 0; i < 300; i++) {
        order[i] = i + 1;
    }
    fixture_init(&f);
    for (int n = 0; p == WALK_MORE; n++) {
        struct jira_page page = serve(&s, f.w);

        for (size_t i = 0; i < page.returned; i++) {
            met[s.ids[i]] = true;
        }
        p = jira_walk_page(f.w, &page, false, &f.e);
        if (n == d->at_page) {
            disturb(&s, order, d);
        }
    }
    assert_int_equal(p, WALK_ENDED);
    for (int i = 1; i <= 300; i++) {
        assert_true(met[i]);
    }
    for (int i = 0; i < d->moved && !d->gone; i++) {
        assert_true(met[1000 + i]);
    }
    fixture_finish(&f);
}

static void issues_that_move_cost_none(void **state)
{
    (void)state;
    for (int at = 0; at < 6; at++) {
        for (int moved = 1; moved <= 50; moved++) {
            walk_disturbed(&(struct disturbance){at, moved, false});
            walk_disturbed(&(struct disturbance){at, moved, true});
        }
    }
}

/* All dates alike: no window can start, so the offset goes on to the end. */
static void one_date_is_no_endless_loop(void **state)
{
    uint64_t ids[100];
    struct jira_page page = {.returned = 100, .ids = ids, .reached = {START}};
    enum jira_progress p = WALK_MORE;
    struct fixture f;
    int64_t offset = -1;

    (void)state;
    fixture_init(&f);
    page.total = 25000;
    for (unsigned n = 0; p == WALK_MORE; n++) {
        page.start = f.w->start;
        assert_true(n < 1000);
        for (size_t i = 0; i < 100; i++) {
            ids[i] = (uint64_t)(page.start + (int64_t)i);
        }
        offset = page.start;
        p = jira_walk_page(f.w, &page, false, &f.e);
    }
    assert_int_equal(p, WALK_ENDED);
    assert_true(offset > 24000);
    fixture_finish(&f);
}

/* Places that change with each page within one second: it gives up and says so. */
static void endless_gaps_are_stuck(void **state)
{
    uint64_t ids[2], next = 1;
    struct jira_page page = {
        .returned = 2, .ids = ids, .total = 1000, .reached = {START}};
    enum jira_progress p = WALK_MORE;
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (unsigned n = 0; p == WALK_MORE; n++) {
        assert_true(n < 1000);
        ids[0] = next++;
        ids[1] = next++;
        page.start = f.w->start;
        p = jira_walk_page(f.w, &page, false, &f.e);
    }
    assert_int_equal(p, WALK_STUCK);
    assert_int_equal(f.e.kind, ERR_REMOTE);
    fixture_finish(&f);
}

static void an_empty_page_before_the_end_is_stuck(void **state)
{
    struct jira_page page = {.start = 0, .total = 5};
    struct fixture f;

    (void)state;
    fixture_init(&f);
    assert_int_equal(jira_walk_page(f.w, &page, false, &f.e), WALK_STUCK);
    page.total = 0;
    assert_int_equal(jira_walk_page(f.w, &page, false, &f.e), WALK_ENDED);
    fixture_finish(&f);
}

/* Cloud: a new window every hundred pages, and an end without a token. */
static void tokens_are_windowed(void **state)
{
    uint64_t ids[100] = {0};
    struct jira_page page = {.returned = 100, .ids = ids};
    struct fixture f;
    char token[16];

    (void)state;
    fixture_init(&f);
    for (int i = 1; i <= 250; i++) {
        bool fresh = f.w->token.n == 0;

        assert_int_equal(fresh, i == 1 || i == 101 || i == 201);
        (void)snprintf(token, sizeof token, "t%d", i);
        page.next = str_of(token);
        ids[0] = (uint64_t)i;
        page.reached.ms = START + i * INT64_C(60000);
        assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_MORE);
    }
    page.next = STR_NONE;
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_ENDED);
    fixture_finish(&f);
}

/* New tokens that lead nowhere: one page again, some in turn, one date for ever. */
static void tokens_without_progress_are_stuck(void **state)
{
    static const struct {
        uint64_t period; /* after so many pages the first comes again */
        unsigned most;
    } rows[] = {{1, 2}, {2, 3}, {7, 8}, {1000000, 1001}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint64_t ids[1];
        struct jira_page page = {.returned = 1, .ids = ids};
        enum jira_progress p = WALK_MORE;
        struct fixture f;
        char token[16];
        unsigned n = 0;

        fixture_init(&f);
        while (p == WALK_MORE) {
            ids[0] = n % rows[i].period;
            (void)snprintf(token, sizeof token, "t%u", n++);
            page.next = str_of(token);
            p = jira_walk_page(f.w, &page, true, &f.e);
        }
        assert_int_equal(p, WALK_STUCK);
        assert_int_equal(f.e.kind, ERR_REMOTE);
        assert_in_range(n, 2, rows[i].most);
        fixture_finish(&f);
    }
}

/* Empty pages are no repetition: Cloud leaves out what the user may not see. */
static void empty_pages_may_follow_each_other(void **state)
{
    struct jira_page page = {.next = STR("a")};
    struct fixture f;

    (void)state;
    fixture_init(&f);
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_MORE);
    page.next = STR("b");
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_MORE);
    page.next = STR_NONE;
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_ENDED);
    fixture_finish(&f);
}

/* Places must be those asked for, but beyond the end, where Jira names the end. */
static void offsets_of_elsewhere_are_stuck(void **state)
{
    static const struct {
        int64_t start, total;
        size_t returned;
        enum jira_progress want;
    } rows[] = {
        {10, 30, 10, WALK_MORE},  {0, 30, 10, WALK_STUCK},  {20, 30, 10, WALK_STUCK},
        {20, 40, 10, WALK_STUCK}, {10, 20, 10, WALK_ENDED}, {8, 8, 0, WALK_ENDED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint64_t ids[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        struct jira_page page = {.start = rows[i].start,
                                 .total = rows[i].total,
                                 .returned = rows[i].returned,
                                 .ids = ids};
        struct fixture f;

        fixture_init(&f);
        f.w->start = 10;
        assert_int_equal(jira_walk_page(f.w, &page, false, &f.e), rows[i].want);
        fixture_finish(&f);
    }
}

/* A date from after the start of the walk says nothing about how far it got. */
static void reached_never_passes_the_watermark(void **state)
{
    uint64_t ids[1] = {1};
    struct jira_page page = {.returned = 1, .ids = ids, .next = STR("a")};
    struct fixture f;

    (void)state;
    fixture_init(&f);
    f.w->watermark.ms = START;
    page.reached.ms = START + 5000;
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_MORE);
    assert_int_equal(f.w->reached.ms, START);
    ids[0] = 2;
    page.reached.ms = START - 900000; /* and it never goes back */
    page.next = STR("b");
    assert_int_equal(jira_walk_page(f.w, &page, true, &f.e), WALK_MORE);
    assert_int_equal(f.w->reached.ms, START);
    assert_int_equal(jira_walk_resume_at(f.w).ms, START - 2000);
    fixture_finish(&f);
}

static void page_sizes_shrink_to_a_least(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    static const size_t sizes[] = {50, 25, 12, 10};

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        assert_true(jira_walk_shrink(f.w));
        assert_int_equal(f.w->page_size, sizes[i]);
    }
    assert_false(jira_walk_shrink(f.w));
    fixture_finish(&f);
}

static void cursors_come_back(void **state)
{
    static const struct jira_cursor rows[] = {
        {PHASE_UPDATES, true, {START}, {0}},
        {PHASE_OPEN, false, {START}, {START - 1}},
        {PHASE_CLOSED, true, {INT64_MAX}, {INT64_MAX}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char mem[96];
        struct buf b;

        buf_init_fixed(&b, mem, sizeof mem);
        jira_cursor_print(&b, &rows[i]);
        assert_true(buf_ok(&b));
        struct jira_cursor c = jira_cursor_read(buf_str(&b));

        assert_int_equal(c.phase, rows[i].phase);
        assert_int_equal(c.epoch, rows[i].epoch);
        assert_int_equal(c.watermark.ms, rows[i].watermark.ms);
        assert_int_equal(c.reached.ms, rows[i].reached.ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_windowed),
        cmocka_unit_test(tiny_pages_get_on),
        cmocka_unit_test(issues_that_move_cost_none),
        cmocka_unit_test(one_date_is_no_endless_loop),
        cmocka_unit_test(endless_gaps_are_stuck),
        cmocka_unit_test(an_empty_page_before_the_end_is_stuck),
        cmocka_unit_test(tokens_are_windowed),
        cmocka_unit_test(tokens_without_progress_are_stuck),
        cmocka_unit_test(empty_pages_may_follow_each_other),
        cmocka_unit_test(offsets_of_elsewhere_are_stuck),
        cmocka_unit_test(reached_never_passes_the_watermark),
        cmocka_unit_test(page_sizes_shrink_to_a_least),
        cmocka_unit_test(cursors_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

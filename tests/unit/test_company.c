/* The company that later tests are made on: the same for a seed, valid, and true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/hash.h"
#include "base/map.h"
#include "config/config.h"
#include "config/diag.h"
#include "core/lint.h"
#include "store/sql.h"
#include "tests/company/replay.h"

enum { SEED = 1 };

struct played {
    struct company *c;
    struct arena *a;
    struct err e;
};

static int setup(void **state)
{
    struct played *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->a = arena_create((size_t)1 << 30);
    p->c = company_create(SEED, &p->e);
    if (p->c == NULL)
        print_error("%s\n", p->e.msg);
    *state = p;
    return p->c == NULL || p->a == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct played *p = *state;

    company_destroy(p->c);
    arena_destroy(p->a);
    free(p);
    return 0;
}

#define OK(p, call)                                                                    \
    do {                                                                               \
        if (!(call))                                                                   \
            fail_msg("%s: %s (%s:%d)", #call, (p)->e.msg, (p)->e.src,                  \
                     (p)->e.src_line);                                                 \
    } while (0)

static void day_feed(struct played *p, const struct company *c, int64_t day,
                     enum company_source source, struct feed *f)
{
    feed_init(f, p->a);
    assert_true(company_day(c, day, source, f));
}

/* ---- the same for a seed ---- */

static uint64_t hash_text(struct str s, uint64_t seed)
{
    return hash64(s.p, s.n, seed + s.n);
}

static uint64_t hash_feed(const struct feed *f, uint64_t h)
{
    for (size_t i = 0; i < f->n_items; i++) {
        uint64_t one = item_hash(&f->items[i]);

        h = hash64(&one, sizeof one, h);
    }
    for (size_t i = 0; i < f->n_histories; i++) {
        for (size_t k = 0; k < f->histories[i].n_spans; k++) {
            const struct item_span *s = &f->histories[i].spans[k];
            int64_t times[] = {s->started.ms, s->ended.ms};

            h = hash_text(s->assignees, hash64(times, sizeof times, h));
        }
    }
    for (size_t i = 0; i < f->n_fates; i++)
        h = hash_text(f->fates[i].to_vid, hash_text(f->fates[i].vid, h));
    return h;
}

/* Of all that a company tells. */
static uint64_t hash_company(struct played *p, const struct company *c)
{
    const struct company_version *v;
    uint64_t h = 1;

    for (size_t i = 0; i < company_versions(c, &v); i++)
        h = hash_text(v[i].text, h);
    for (int64_t day = COMPANY_FIRST; day <= COMPANY_LAST; day++) {
        const struct company_checkin *said;
        size_t n = company_checkins(c, day, &said);

        arena_reset(p->a);
        for (int s = 0; s < COMPANY_SOURCES; s++) {
            struct feed f;

            day_feed(p, c, day, (enum company_source)s, &f);
            h = hash_feed(&f, h);
        }
        for (size_t i = 0; i < n; i++) {
            int64_t value = (int64_t)(said[i].said.value * 100 + 0.5);

            h = hash_text(said[i].said.kr, hash64(&value, sizeof value, h));
        }
    }
    return h;
}

static void same_seed_same_bytes(void **state)
{
    struct played *p = *state;
    struct company *again = company_create(SEED, &p->e);
    struct company *other = company_create(SEED + 1, &p->e);
    uint64_t first = hash_company(p, p->c);

    OK(p, again != NULL && other != NULL);
    assert_true(hash_company(p, again) == first);
    assert_false(hash_company(p, other) == first);
    company_destroy(other);
    company_destroy(again);
    print_message("seed %d is %016llx, %zu items\n", SEED, (unsigned long long)first,
                  company_n_items(p->c));
}

/* ---- every item is valid ---- */

static void check_marks(const struct item *it)
{
    assert_true(it->n_marks < 10);
    for (size_t i = 0; i < it->n_marks; i++)
        assert_true(it->marks[i].value.n > 0);
}

static void check_item(const struct item *it, int64_t day)
{
    struct wall end = {day * COMPANY_DAY_MS + COMPANY_SYNC_HOUR * INT64_C(3600000)};

    assert_true(it->vid.n > 0 && it->key.n > 0 && it->title.n > 0 && it->url.n > 0);
    assert_true(it->title.n < 120 && it->status.n > 0);
    assert_true(it->author.n > 0);
    assert_true(it->created.ms > 0 && it->created.ms <= it->updated.ms);
    assert_true(it->updated.ms <= end.ms);
    assert_true((it->category == ITEM_DONE) == (it->closed.ms != 0));
    assert_true((it->category == ITEM_DONE) == (it->outcome != ITEM_OPEN));
    assert_true(it->closed.ms == 0 ||
                (it->closed.ms >= it->created.ms && it->closed.ms <= it->updated.ms));
    assert_true((it->level == ITEM_LEVEL_EPIC) == (it->excerpt.n > 0));
    for (size_t i = 0; i < it->n_assignees; i++)
        assert_true(it->assignees[i].n > 0);
    /* GitHub knows no state but open and closed: who is assigned is at it. */
    if (str_chr(it->key, '#') >= 0 && it->category != ITEM_DONE)
        assert_true((it->category == ITEM_IN_PROGRESS) == (it->n_assignees > 0));
    check_marks(it);
}

static void check_history(const struct item_history *h)
{
    for (size_t i = 0; i < h->n_spans; i++) {
        const struct item_span *s = &h->spans[i];

        assert_true(s->started.ms > 0);
        assert_true(s->ended.ms == 0 ? i + 1 == h->n_spans
                                     : s->ended.ms >= s->started.ms);
        assert_true(i == 0 || s->started.ms >= h->spans[i - 1].ended.ms);
    }
}

static void every_item_is_valid(void **state)
{
    struct played *p = *state;
    struct arena *ids = arena_create((size_t)64 << 20);
    struct map *seen = map_create();

    assert_true(ids != NULL && seen != NULL);
    for (int64_t day = COMPANY_FIRST; day <= COMPANY_LAST; day++) {
        arena_reset(p->a);
        for (int s = 0; s < COMPANY_SOURCES; s++) {
            struct feed f;

            day_feed(p, p->c, day, (enum company_source)s, &f);
            for (size_t i = 0; i < f.n_items; i++) {
                check_item(&f.items[i], day);
                assert_true(map_set(seen, arena_str(ids, f.items[i].vid), ids));
            }
            /* Parents are told of with or before their children. */
            for (size_t i = 0; i < f.n_items; i++) {
                if (f.items[i].parent_vid.n > 0)
                    assert_non_null(map_get(seen, f.items[i].parent_vid));
            }
            for (size_t i = 0; i < f.n_histories; i++)
                check_history(&f.histories[i]);
        }
    }
    assert_in_range(map_count(seen), 5000, 8000);
    map_destroy(seen);
    arena_destroy(ids);
}

/* ---- the strategy ---- */

static void every_version_is_sound(void **state)
{
    struct played *p = *state;
    const struct company_version *v;
    size_t n = company_versions(p->c, &v);

    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        struct lint l;

        assert_true(lint_run(v[i].strategy, date_from_days(v[i].from), p->a, &l));
        if (l.found[LINT_WARNING] + l.found[LINT_ERROR] > 0)
            fail_msg("version %zu: %.*s", i + 1, STR_FMT(l.v[0].message));
        assert_int_equal(lint_grade(&l), LINT_GREEN);
        assert_true(i == 0 || v[i].strategy->version != v[i - 1].strategy->version);
        assert_true(i == 0 ||
                    v[i].strategy->n_initiatives >= v[i - 1].strategy->n_initiatives);
    }
    assert_int_equal(v[n - 1].strategy->n_intents, 3);
    assert_int_equal(v[n - 1].strategy->n_objectives, 5);
    assert_int_equal(v[n - 1].strategy->n_key_results, 12);
    assert_int_equal(v[n - 1].strategy->n_initiatives, 25);
    assert_int_equal(v[n - 1].strategy->n_teams, 8);
    assert_in_range(v[n - 1].strategy->n_people, 55, 60);
}

/* Baselines and targets of the tables are the file's; values begin at one. */
static void key_results_are_said(void **state)
{
    struct played *p = *state;
    size_t all = 0;

    for (int64_t day = COMPANY_FIRST; day <= COMPANY_LAST; day++) {
        const struct strategy *s = company_version_at(p->c, day)->strategy;
        const struct company_checkin *v;
        size_t n = company_checkins(p->c, day, &v);

        for (size_t i = 0; i < n; i++) {
            const struct node *kr = strategy_find(s, v[i].said.kr);

            assert_true(kr != NULL && kr->kind == NODE_KR);
            assert_true(str_eq(kr->id, v[i].said.kr));
            assert_non_null(strategy_person(s, v[i].by));
            assert_true(day < COMPANY_DAY(2026, 11, 6) ||
                        !str_eqz(v[i].said.kr, "paid-share"));
        }
        all += n;
    }
    assert_in_range(all, 400, 700);
}

/* ---- the truth agrees with what is told ---- */

static void work_is_what_items_say(void **state)
{
    struct played *p = *state;

    for (int64_t day = COMPANY_FIRST + 3; day <= COMPANY_LAST; day += 11) {
        struct company_day_work w;
        size_t k = 0;

        arena_reset(p->a);
        assert_true(company_work(p->c, day, p->a, &w));
        for (size_t i = 0; i < company_n_items(p->c); i++) {
            struct company_item was = company_item_at(p->c, i, day - 1, p->a);
            struct company_item is = company_item_at(p->c, i, day, p->a);
            bool listed = k < w.n && w.more[k].item == i;

            if (was.in_view && was.category == ITEM_IN_PROGRESS && is.in_view)
                assert_true(listed);
            if (is.in_view && is.category == ITEM_IN_PROGRESS)
                assert_true(listed);
            if (listed)
                assert_true(is.exists && is.in_view);
            k += listed;
        }
        assert_int_equal(k, w.n);
    }
}

struct sums {
    double all, unmapped, upkeep, objective[5];
    size_t working_days, parked, in_progress, unattributed;
};

static void sum_up(struct played *p, int64_t from, int64_t to, struct sums *ret)
{
    *ret = (struct sums){0};
    for (int64_t day = from; day <= to; day++) {
        const struct strategy *s = company_version_at(p->c, day)->strategy;
        struct effort_day d;

        arena_reset(p->a);
        assert_true(company_effort(p->c, day, p->a, &d));
        ret->working_days += d.n > 0;
        ret->all += d.days;
        ret->parked += d.parked;
        ret->in_progress += d.in_progress;
        ret->unattributed += d.unattributed;
        for (size_t i = 0; i < d.n; i++) {
            const struct initiative *in = strategy_initiative(s, d.v[i].node);

            if (d.v[i].node.n == 0)
                ret->unmapped += d.v[i].days;
            else if (in == NULL)
                ret->upkeep += d.v[i].days; /* or for what is retired: little */
            else
                ret->objective[in->moves[0].kr->objective - s->objectives] +=
                    d.v[i].days;
        }
    }
}

/* In hundredths: the plan at the last day against what was done. */
static int distance(struct played *p, int64_t from, int64_t to)
{
    const struct strategy *s = company_version_at(p->c, to)->strategy;
    struct effort_share *plan;
    struct sums sum;
    size_t n;

    sum_up(p, from, to, &sum);
    assert_true(effort_plan(s, date_from_days(to), p->a, &plan, &n));
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        plan[i].days = str_eqz(plan[i].id, "ktlo") ? sum.upkeep : 0;
        for (int o = 0; o < 5; o++) {
            if (str_eq(plan[i].id, s->objectives[o].node.id))
                plan[i].days = sum.objective[o];
        }
    }
    return (int)(effort_distance(plan, n) * 100 + 0.5);
}

static void days_go_where_they_were_planned(void **state)
{
    struct played *p = *state;
    struct sums sum;

    sum_up(p, COMPANY_FIRST, COMPANY_LAST, &sum);
    assert_in_range(sum.working_days, 375, 385);
    assert_in_range((int)(sum.unmapped / sum.all * 100), 11, 18);
    assert_in_range((int)(sum.upkeep / sum.all * 100), 12, 18);
    assert_in_range(sum.parked * 100 / sum.in_progress, 3, 15);
    assert_true(sum.unattributed > 0);
    sum_up(p, COMPANY_DAY(2025, 10, 20), COMPANY_DAY(2025, 12, 12), &sum);
    assert_in_range((int)(sum.unmapped / sum.all * 100), 15, 30);

    /* 28 days within the drifts, and outside. */
    assert_in_range(distance(p, COMPANY_DAY(2026, 3, 28), COMPANY_DAY(2026, 4, 24)), 12,
                    30);
    assert_in_range(distance(p, COMPANY_DAY(2026, 12, 4), COMPANY_DAY(2026, 12, 31)),
                    11, 30);
    assert_in_range(distance(p, COMPANY_DAY(2025, 11, 3), COMPANY_DAY(2025, 11, 30)), 0,
                    9);
    assert_in_range(distance(p, COMPANY_DAY(2026, 1, 26), COMPANY_DAY(2026, 2, 20)), 0,
                    9);
    assert_in_range(distance(p, COMPANY_DAY(2026, 6, 1), COMPANY_DAY(2026, 6, 28)), 0,
                    9);
    assert_in_range(distance(p, COMPANY_DAY(2026, 10, 5), COMPANY_DAY(2026, 11, 1)), 0,
                    9);
}

static void plants_name_what_there_is(void **state)
{
    struct played *p = *state;
    const struct company_plant *v;
    size_t n = company_plants(p->c, &v), normal = 0;

    assert_true(n > 40);
    for (size_t i = 0; i < n; i++) {
        assert_true(v[i].from <= v[i].until);
        assert_in_range(v[i].from, COMPANY_FIRST, COMPANY_LAST);
        assert_true(v[i].until <= COMPANY_LAST);
        normal += v[i].normal;
    }
    assert_in_range(normal, 10, n - 25);
}

/* An initiative that is stalled: three are open, and nothing changes. */
static void the_stalled_one_stands_still(void **state)
{
    struct played *p = *state;
    int open = 0;

    arena_reset(p->a);
    for (size_t i = 0; i < company_n_items(p->c); i++) {
        struct company_item before =
            company_item_at(p->c, i, COMPANY_DAY(2026, 9, 6), p->a);
        struct company_item after =
            company_item_at(p->c, i, COMPANY_DAY(2026, 11, 13), p->a);

        if (!str_eqz(after.node, "plain-words"))
            continue;
        assert_true(before.exists && before.category == after.category);
        assert_false(after.category == ITEM_IN_PROGRESS);
        open += after.category != ITEM_DONE;
    }
    assert_true(open >= 3);
}

/* ---- in a store ---- */

static bool look(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    (void)ctx;
    (void)e;
    assert_int_equal(s->day, day);
    return true;
}

static int64_t count(struct company_store *s, const char *sql)
{
    sqlite3_stmt *st;
    int64_t v;

    assert_int_equal(sqlite3_prepare_v2(s->db->h, sql, -1, &st, NULL), SQLITE_OK);
    v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    sqlite3_finalize(st);
    return v;
}

/* What counts of an item's links: one node at most. */
static void check_link(struct played *p, struct company_store *s,
                       const struct company_item *it)
{
    static const char sql[] =
        "SELECT coalesce(group_concat(l.node), '') FROM item i LEFT JOIN link l ON"
        " l.item = i.id AND l.effective = 1 WHERE i.vid = ?1 AND i.key = ?2";
    struct query q;
    bool row;

    OK(p, query_open(&q, s->db, sql, SQL_ARGS(SQL_S(it->vid), SQL_S(it->key)), &p->e));
    OK(p, query_next(&q, &row, &p->e));
    assert_true(row);
    if (!str_eq(query_str(&q, 0), it->node))
        fail_msg("%.*s '%.*s' is linked to '%.*s', not to '%.*s'", STR_FMT(it->key),
                 STR_FMT(it->title), STR_FMT(query_str(&q, 0)), STR_FMT(it->node));
    query_close(&q);
}

static void links_are_the_truth(struct played *p, struct company_store *s)
{
    size_t linked = 0, in_view = 0;

    for (size_t i = 0; i < company_n_items(p->c); i++) {
        struct company_item it = company_item_at(p->c, i, COMPANY_LAST, p->a);

        if (!it.in_view)
            continue;
        check_link(p, s, &it);
        in_view++;
        linked += it.node.n > 0;
    }
    assert_int_equal(count(s, "SELECT count(*) FROM item WHERE has & 16 = 0"), in_view);
    assert_in_range(linked * 100 / in_view, 80, 92);
}

static bool was_told(struct company_store *s, const char *rule, struct str subject)
{
    static const char sql[] =
        "SELECT count(*) FROM told t JOIN finding f ON f.n = t.finding"
        " LEFT JOIN item i ON i.id = f.item AND f.item > 0 WHERE f.rule = ?1"
        " AND coalesce(i.key, substr(f.subject, instr(f.subject, ' ') + 1)) = ?2";
    struct query q;
    struct err e;
    bool row, found;

    assert_true(
        query_open(&q, s->db, sql, SQL_ARGS(SQL_S(str_of(rule)), SQL_S(subject)), &e));
    assert_true(query_next(&q, &row, &e) && row);
    found = query_int(&q, 0) > 0;
    query_close(&q);
    return found;
}

/* Of the rules that are built: each drift was told of, nothing normal was. */
static void findings_are_what_was_planted(struct played *p, struct company_store *s)
{
    static const char *const built[] = {"unlinked-work", "unknown-link", "retired-link",
                                        "uncovered-initiative"};
    const struct company_plant *v;
    size_t n = company_plants(p->c, &v), checked = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < ARRAY_LEN(built); k++) {
            if (strcmp(v[i].rule, built[k]) != 0 || v[i].subject.n == 0)
                continue;
            if (was_told(s, v[i].rule, v[i].subject) == v[i].normal)
                fail_msg("%s %.*s: %s", v[i].rule, STR_FMT(v[i].subject), v[i].what);
            checked++;
        }
    }
    assert_true(checked > 20);
}

static void a_store_takes_it_all(void **state)
{
    struct played *p = *state;
    struct company_store *s;

    arena_reset(p->a);
    s = company_store_open(p->c, &p->e);
    OK(p, s != NULL);
    OK(p, company_replay(s, COMPANY_FIRST, COMPANY_LAST - 1, look, NULL, &p->e));
    OK(p, company_replay(s, COMPANY_LAST, COMPANY_LAST, NULL, NULL, &p->e));
    assert_int_equal(count(s, "SELECT count(*) FROM dirty"), 0);
    assert_int_equal(count(s, "SELECT count(*) FROM dirty_run"), 0);
    assert_int_equal(count(s, "SELECT count(*) FROM strategy"), 5);
    links_are_the_truth(p, s);
    findings_are_what_was_planted(p, s);
    company_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(every_item_is_valid),
        cmocka_unit_test(every_version_is_sound),
        cmocka_unit_test(key_results_are_said),
        cmocka_unit_test(work_is_what_items_say),
        cmocka_unit_test(days_go_where_they_were_planned),
        cmocka_unit_test(plants_name_what_there_is),
        cmocka_unit_test(the_stalled_one_stands_still),
        cmocka_unit_test(a_store_takes_it_all),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

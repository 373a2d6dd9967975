/*
 * Days that were split as they became known, late and out of order, against a plain look
 * at every item on every day. The seed is printed; a failure is run again with
 * ALIGND_SEED=N.
 */
#include <math.h>
#include <string.h>

#include "core/effort.h"
#include "core/people.h"
#include "store/effort.h"
#include "tests/support/sanitizer.h"
#include "tests/unit/eval_rig.h"

#ifdef SANITIZED
enum { ROUNDS = 2 };
#else
enum { ROUNDS = 8 };
#endif
enum { POOL = 64, DAYS = 70 };

#define CONF                                                                           \
    "strategy: strategy.yaml\n"                                                        \
    "state: state\n"                                                                   \
    "socket: alignd.sock\n"                                                            \
    "timezone: Europe/Berlin\n"                                                        \
    "idle_after: 4wd\n"                                                                \
    "sources:\n"                                                                       \
    "  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"                \
    "      token: { env: RIG_TOKEN } }\n"                                              \
    "rules: { uncovered-initiative: off }\n"

#define HEAD                                                                           \
    "strategy: 1\nname: Acme\n"                                                        \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Grow, share: 60%, key_results: [{ id: nps, title: NPS }] " \
    "}\n"                                                                              \
    "  - { id: keep, title: Keep, share: 40%, key_results: [{ id: churn, title: "      \
    "Churn }] }\n"
#define TEAMS                                                                          \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 3, match: { labels: [web] } }\n"               \
    "  - { id: pay, title: Pay, people: 2, match: { labels: [pay] } }\n"
static const char *const strategies[] = {
    HEAD "initiatives:\n  - { id: sites, title: More sites, moves: [nps] }\n"
         "  - { id: billing, title: Bill, moves: [churn] }\n"
         "buckets:\n  - { id: ktlo, title: Run it, match: { labels: [bug] } }\n" TEAMS
         "people:\n  - { id: ana, name: Ana, github: Ana }\n"
         "  - { id: ben, name: Ben, github: ben, fte: 0.5 }\n"
         "bots: [robot]\n",
    HEAD "initiatives:\n  - { id: sites, title: More sites, weights: { nps: 70%,"
         " churn: 30% } }\n"
         "  - { id: invoices, title: Bill, was: [billing] }\n"
         "buckets:\n  - { id: ktlo, title: Run it, match: { labels: [bug, web] } }\n"
         "people:\n  - { id: ana, name: Ana, github: ana, away:"
         " [2026-10-05/2026-10-09] }\n"
         "holidays: [2026-10-01, 2026-10-28]\n" TEAMS,
    HEAD "initiatives:\n  - { id: billing, title: Bill, moves: [nps] }\n"
         "retired: [sites]\n"
         "teams:\n  - { id: pay, title: Pay, people: 5, match: { labels: [pay, web] }"
         " }\n",
};
static const char *const labels[] = {
    "initiative:sites", "initiative:billing", "initiative:nosuch", "bug",
    "web",              "pay",                "strategy:none",
};
static const char *const accounts[] = {"ana", "Ben", "cem", "dan", "robot"};

/* What is remembered of an item at the end of a day; NULL: nothing yet. */
struct memory {
    const char *nodes, *team, *parent;
};

struct game {
    struct eval_rig *er;
    struct arena *a; /* what lasts */
    uint64_t x;
    struct item items[POOL];
    bool exists[POOL];
    struct memory first[POOL], at[POOL][DAYS];
    int strategy, strategy_at[DAYS];
    struct strategy *parsed[ARRAY_LEN(strategies)];
    int64_t day0;
};

static uint64_t next_random(struct game *g)
{
    g->x ^= g->x << 13;
    g->x ^= g->x >> 7;
    g->x ^= g->x << 17;
    return g->x >> 11;
}

static int pick(struct game *g, int n)
{
    return (int)(next_random(g) % (uint64_t)n);
}

static bool parse(const struct strategy_file *files, size_t n, struct strategy **ret,
                  struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    assert_non_null(d);
    *ret = strategy_load_files(files, n, d);
    assert_int_equal(conf_diag_errors(d), 0);
    conf_diag_destroy(d);
    return *ret != NULL || err_nomem(e);
}

/* ---- what happens ---- */

static void use_strategy(struct game *g, int nth)
{
    g->strategy = nth;
    eval_rig_load(g->er, CONF, strategies[nth]);
    g->er->ev.parse = parse;
}

/* Now, or some days ago, when nobody looked; never before what was read of it last. */
static struct wall edit_time(struct game *g, int i)
{
    struct wall t = g->er->r.now;

    if (pick(g, 4) == 0)
        t.ms -= pick(g, 5 * 24 * 60) * RIG_MIN;
    if (t.ms <= g->items[i].updated.ms)
        t.ms = g->items[i].updated.ms + 1000;
    return t.ms > g->er->r.now.ms ? g->er->r.now : t;
}

static void assign(struct game *g, struct item *it)
{
    it->n_assignees = (size_t)pick(g, 3);
    it->assignees = arena_array(g->a, 2, sizeof *it->assignees);
    for (size_t k = 0; k < it->n_assignees; k++)
        it->assignees[k] = str_of(accounts[pick(g, (int)ARRAY_LEN(accounts))]);
}

static void mark(struct game *g, struct item *it)
{
    it->n_marks = (size_t)pick(g, 4);
    it->marks = arena_array(g->a, 4, sizeof *it->marks);
    for (size_t k = 0; k < it->n_marks; k++)
        it->marks[k] = (struct mark){MARK_LABEL, STR_NONE,
                                     str_of(labels[pick(g, (int)ARRAY_LEN(labels))])};
}

static void change_item(struct game *g, int i, struct wall at)
{
    struct item *it = &g->items[i];

    if (!g->exists[i]) {
        g->exists[i] = true;
        *it = (struct item){.vid = arena_printf(g->a, "V%d", i),
                            .key = arena_printf(g->a, "acme/web#%d", i),
                            .scope = STR("acme/web"),
                            .title = arena_printf(g->a, "Issue %d", i),
                            .status = STR("open")};
        it->created = (struct wall){at.ms - pick(g, 30) * RIG_DAY};
        assign(g, it);
        mark(g, it);
    }
    it->updated = at;
    it->title = arena_printf(g->a, "Issue %d %d", i, pick(g, 1000));
    if (pick(g, 3) == 0)
        assign(g, it);
    if (pick(g, 4) == 0)
        mark(g, it);
    if (pick(g, 4) == 0)
        it->parent_key = pick(g, 2) == 0 ? STR_NONE
                                         : arena_printf(g->a, "acme/web#%d",
                                                        pick(g, POOL));
    if (pick(g, 3) == 0)
        it->category = pick(g, 3) == 0 ? ITEM_TODO : ITEM_IN_PROGRESS;
    it->outcome = ITEM_OPEN;
    it->closed.ms = 0;
    /* What is closed at first sight and linked to nothing is not evaluated. */
    if (g->first[i].nodes != NULL && pick(g, 12) == 0) {
        it->category = ITEM_DONE;
        it->outcome = ITEM_COMPLETED;
        it->closed = at;
    }
}

static void emit(struct game *g, int i)
{
    struct rig *r = &g->er->r;
    struct item *it = arena_grow(r->a, &r->feed.items, &r->feed.n_items,
                                 &r->feed.cap_items, sizeof *it);

    assert_non_null(it);
    *it = g->items[i];
}

/* From the tracker's own history, weeks back. */
static void tell_history(struct game *g, int i)
{
    struct rig *r = &g->er->r;
    struct item_history *h = feed_add_history(&r->feed, g->items[i].vid);
    int64_t t = r->now.ms - pick(g, 20) * RIG_DAY;

    assert_non_null(h);
    struct item_span *v = arena_array(r->a, 4, sizeof *v);

    for (int n = pick(g, 4); n > 0 && t < r->now.ms; n--) {
        struct item_span *sp;

        t += pick(g, 3 * 24 * 60) * RIG_MIN;
        if (t >= r->now.ms)
            break;
        sp = &v[h->n_spans++];
        *sp = (struct item_span){.started = {t}, .status = STR("doing")};
        sp->assignees = str_of(accounts[pick(g, (int)ARRAY_LEN(accounts))]);
        t += pick(g, 5 * 24 * 60) * RIG_MIN;
        sp->ended.ms = t < r->now.ms ? t : 0;
    }
    h->spans = v;
}

static void sync_some(struct game *g)
{
    bool told[POOL] = {false};
    int n = pick(g, 6);

    eval_rig_sync(g->er);
    if (pick(g, 40) == 0) { /* all at once: nobody works on that */
        struct wall at = {g->er->r.now.ms - g->er->r.now.ms % RIG_MIN - RIG_HOUR};

        for (int i = 0; i < POOL; i++) {
            if (g->exists[i] && g->items[i].updated.ms < at.ms) {
                g->items[i].updated = at;
                g->items[i].title = arena_printf(g->a, "Mass %lld", (long long)at.ms);
                emit(g, i);
            }
        }
        n = 0;
    }
    for (; n > 0; n--) {
        int i = pick(g, POOL);

        if (told[i])
            continue; /* a page has each item once */
        told[i] = true;
        change_item(g, i, edit_time(g, i));
        emit(g, i);
        if (pick(g, 10) == 0)
            tell_history(g, i);
    }
    eval_rig_synced(g->er);
    eval_rig_run(g->er);
}

static void split_days(struct game *g)
{
    bool more;

    do {
        RIG_OK(&g->er->r,
               db_effort_step(g->er->r.db, &g->er->ev, g->er->r.now, &more, &g->er->r.e));
    } while (more);
}

/* ---- what is remembered ---- */

/* "V12" */
static int number_of(sqlite3_stmt *st)
{
    return (int)strtol((const char *)sqlite3_column_text(st, 0) + 1, NULL, 10);
}

static void remember_one(struct game *g, sqlite3_stmt *st, int day)
{
    int i = number_of(st);
    struct memory m;

    m.nodes = arena_strdup(g->a, str_of((const char *)sqlite3_column_text(st, 1)));
    m.team = arena_strdup(g->a, str_of((const char *)sqlite3_column_text(st, 2)));
    m.parent = arena_strdup(g->a, str_of((const char *)sqlite3_column_text(st, 3)));
    if (g->first[i].nodes == NULL)
        g->first[i] = m;
    if (day >= 0)
        g->at[i][day] = m;
}

static void remember(struct game *g, int day)
{
    static const char sql[] =
        "SELECT i.vid, coalesce((SELECT group_concat(node) FROM (SELECT DISTINCT node"
        " FROM link WHERE item = i.id AND effective = 1 ORDER BY node)), ''), v.team,"
        " i.parent_key FROM item i JOIN evaluated v ON v.item = i.id";
    sqlite3_stmt *st;

    assert_int_equal(sqlite3_prepare_v2(g->er->r.db->h, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        remember_one(g, st, day);
    sqlite3_finalize(st);
}

static const struct memory *memory_of(const struct game *g, int i, int day)
{
    return day >= 0 && g->at[i][day].nodes != NULL ? &g->at[i][day] : &g->first[i];
}

/* ---- a plain look ---- */

struct raw_span {
    int item;
    int64_t id, started, ended;
    struct str people;
};
struct raw_touch {
    int item;
    int64_t at;
};
struct raw {
    struct raw_span *spans;
    struct raw_touch *touches;
    size_t n_spans, n_touches;
};

static void look(struct game *g, struct arena *a, struct raw *ret)
{
    static const char *const sql[] = {
        "SELECT i.vid, i.id, s.started, s.ended, s.assignees FROM span s JOIN item i ON"
        " i.id = s.item ORDER BY s.item, s.started",
        "SELECT i.vid, t.at FROM touch t JOIN item i ON i.id = t.item"};
    size_t cap = 0, cap_touches = 0;
    sqlite3_stmt *st;

    *ret = (struct raw){0};
    assert_int_equal(sqlite3_prepare_v2(g->er->r.db->h, sql[0], -1, &st, NULL), 0);
    while (sqlite3_step(st) == SQLITE_ROW) {
        struct raw_span *s =
            arena_grow(a, &ret->spans, &ret->n_spans, &cap, sizeof *s);

        s->item = number_of(st);
        s->id = sqlite3_column_int64(st, 1);
        s->started = sqlite3_column_int64(st, 2);
        s->ended = sqlite3_column_int64(st, 3);
        s->people = arena_str(a, str_of((const char *)sqlite3_column_text(st, 4)));
    }
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_prepare_v2(g->er->r.db->h, sql[1], -1, &st, NULL), 0);
    while (sqlite3_step(st) == SQLITE_ROW) {
        struct raw_touch *t =
            arena_grow(a, &ret->touches, &ret->n_touches, &cap_touches, sizeof *t);

        t->item = number_of(st);
        t->at = sqlite3_column_int64(st, 1);
    }
    sqlite3_finalize(st);
}

static bool is_on(const struct raw_span *s, struct wall begin, struct wall end)
{
    return s->started < end.ms &&
           (s->ended == 0 || s->ended > begin.ms || s->started >= begin.ms);
}

static bool is_in_progress(const struct raw *w, int item, struct wall begin,
                           struct wall end)
{
    for (size_t i = 0; i < w->n_spans; i++) {
        if (w->spans[i].item == item && is_on(&w->spans[i], begin, end))
            return true;
    }
    return false;
}

static bool is_mass(const struct raw *w, int64_t at)
{
    bool seen[POOL] = {false};
    int n = 0;

    for (size_t i = 0; i < w->n_touches; i++) {
        if (w->touches[i].at / 60000 == at / 60000 && !seen[w->touches[i].item]) {
            seen[w->touches[i].item] = true;
            n++;
        }
    }
    return n > 50;
}

static int64_t last_sign(const struct raw *w, int item, struct wall end)
{
    int64_t last = 0;

    for (size_t i = 0; i < w->n_spans; i++) {
        if (w->spans[i].item == item && w->spans[i].started < end.ms &&
            w->spans[i].started > last)
            last = w->spans[i].started;
    }
    for (size_t i = 0; i < w->n_touches; i++) {
        const struct raw_touch *t = &w->touches[i];

        if (t->item == item && t->at < end.ms && t->at > last && !is_mass(w, t->at))
            last = t->at;
    }
    return last;
}

static void add_str(struct arena *a, const struct str **v, size_t *n, struct str s)
{
    struct str *more = arena_array(a, *n + 1, sizeof *more);

    for (size_t i = 0; i < *n; i++) {
        if (str_eq((*v)[i], s))
            return;
        more[i] = (*v)[i];
    }
    more[*n] = s;
    *v = more;
    (*n)++;
}

struct look {
    struct game *g;
    struct arena *a;
    const struct raw *raw;
    const struct strategy *s;
    struct people *people;
    struct calendar cal;
    int day;
    struct wall begin, end;
    struct effort_work work[POOL];
    size_t n_work;
    bool present[POOL], unassigned[POOL];
};

static void look_at(struct look *k, int i)
{
    const struct memory *m = memory_of(k->g, i, k->day);
    struct effort_work *w = &k->work[k->n_work];
    struct str nodes = str_of(m->nodes), one;
    bool any = false;

    *w = (struct effort_work){.team = str_of(m->team)};
    for (size_t x = 0; x < k->raw->n_spans; x++) {
        const struct raw_span *s = &k->raw->spans[x];
        struct str rest = s->people, who;

        if (s->item != i || !is_on(s, k->begin, k->end))
            continue;
        w->item = s->id;
        if (!any)
            k->unassigned[i] = s->people.n == 0;
        any = true;
        while (str_split(&rest, ',', &who)) {
            if (who.n > 0 && !people_is_bot(k->people, who, k->a))
                add_str(k->a, &w->people, &w->n_people,
                        people_key(k->people, STR("github"), STR("hub"), who, k->a));
        }
    }
    k->present[i] = any;
    if (!any || calendar_add(&k->cal, (struct wall){last_sign(k->raw, i, k->end)},
                             SPAN_WD(4))
                        .ms <= k->begin.ms)
        return;
    while (str_split(&nodes, ',', &one)) {
        const struct node *then = strategy_find(k->s, one);

        if (then != NULL)
            add_str(k->a, &w->nodes, &w->n_nodes, then->id);
    }
    for (int c = 0; c < POOL; c++) {
        const struct memory *of = memory_of(k->g, c, k->day);

        if (c != i && of->nodes != NULL && of->parent[0] != '\0' &&
            str_eqz(k->g->items[i].key, of->parent) &&
            is_in_progress(k->raw, c, k->begin, k->end))
            w->has_active_child = true;
    }
    k->n_work++;
}

static int by_id(const void *x, const void *y)
{
    const struct effort_work *a = x, *b = y;

    return (a->item > b->item) - (a->item < b->item);
}

struct sums {
    struct {
        struct str team, node, goal;
        double days;
        int items;
    } v[POOL * 4];
    size_t n;
};

static void add_up(struct sums *s, const struct effort_part *p, struct str goal,
                   double days)
{
    size_t i = 0;

    while (i < s->n && !(str_eq(s->v[i].team, p->team) &&
                         str_eq(s->v[i].node, p->node) && str_eq(s->v[i].goal, goal)))
        i++;
    if (i == s->n) {
        s->v[s->n].team = p->team;
        s->v[s->n].node = p->node;
        s->v[s->n].goal = goal;
        s->v[s->n].days = 0;
        s->v[s->n++].items = 0;
    }
    s->v[i].days += days;
    s->v[i].items++;
}

static int64_t int_of(struct game *g, const char *sql)
{
    return rig_int(&g->er->r, sql);
}

static double real_of(struct game *g, const char *sql)
{
    sqlite3_stmt *st;
    double v = -1;

    assert_int_equal(sqlite3_prepare_v2(g->er->r.db->h, sql, -1, &st, NULL), SQLITE_OK);
    if (sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_double(st, 0);
    sqlite3_finalize(st);
    return v;
}

static void expect_parts(struct look *k, const struct effort_day *d, int64_t number)
{
    struct sums s = {.n = 0};
    char sql[400];

    for (size_t i = 0; i < d->n; i++) {
        const struct effort_part *p = &d->v[i];
        struct effort_goal *goals = NULL;
        size_t n = 0;

        if (p->node.n > 0)
            assert_true(effort_flow(k->s, p->node, k->a, &goals, &n));
        if (n == 0)
            add_up(&s, p, STR_NONE, p->days);
        for (size_t j = 0; j < n; j++)
            add_up(&s, p, goals[j].id, p->days * goals[j].share);
    }
    snprintf(sql, sizeof sql, "SELECT count(*) FROM effort WHERE day = %lld",
             (long long)number);
    if (int_of(k->g, sql) != (int64_t)s.n)
        fail_msg("day %d: %lld rows, not %zu", k->day, (long long)int_of(k->g, sql),
                 s.n);
    for (size_t i = 0; i < s.n; i++) {
        double got;

        snprintf(sql, sizeof sql,
                 "SELECT days FROM effort WHERE day = %lld AND team = '%.*s' AND node ="
                 " '%.*s' AND goal = '%.*s' AND items = %d",
                 (long long)number, STR_FMT(s.v[i].team), STR_FMT(s.v[i].node),
                 STR_FMT(s.v[i].goal), s.v[i].items);
        got = real_of(k->g, sql);
        if (!(fabs(got - s.v[i].days) < 1e-9))
            fail_msg("day %d: %s: %g, not %g", k->day, sql, got, s.v[i].days);
    }
}

static void expect_team(struct look *k, const struct effort_day *d, const char *team,
                        int64_t number)
{
    struct effort_seen seen = {.people = 0};
    int present = 0, unassigned = 0, active = 0;
    char sql[400];

    for (size_t i = 0; i < d->n_seen; i++) {
        if (str_eqz(d->seen[i].team, team))
            seen = d->seen[i];
    }
    for (int i = 0; i < POOL; i++) {
        const struct memory *m = memory_of(k->g, i, k->day);

        if (!k->present[i] || (team[0] != '\0' && strcmp(m->team, team) != 0))
            continue;
        present++;
        unassigned += k->unassigned[i];
    }
    for (size_t i = 0; i < k->n_work; i++)
        active += team[0] == '\0' || str_eqz(k->work[i].team, team);
    /* Nothing was known yet. */
    snprintf(sql, sizeof sql, "SELECT count(*) FROM effort_day WHERE day <= %lld",
             (long long)number);
    if (present == 0 && int_of(k->g, sql) == 0)
        return;
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM effort_day WHERE day = %lld AND team = '%s' AND"
             " people = %zu AND known = %zu AND abs(median - %g) < 1e-9 AND"
             " in_progress = %d AND parked = %d AND unattributed = %d",
             (long long)number, team, seen.people, seen.known, seen.median_items,
             present, present - active, unassigned);
    if (int_of(k->g, sql) != 1)
        fail_msg("day %d: not so: %s", k->day, sql);
}

static void expect_day(struct game *g, int day, const struct raw *raw, struct arena *a)
{
    int nth = day < 0 ? 0 : g->strategy_at[day];
    struct look k = {.g = g, .a = a, .raw = raw, .day = day, .s = g->parsed[nth]};
    struct effort_person *known = arena_array(a, k.s->n_people + 1, sizeof *known);
    struct date date = date_from_days(g->day0 + day);
    struct effort_day d;
    struct err e;
    char sql[100];

    k.cal = conf_calendar(g->er->conf, k.s);
    k.begin = tz_wall(k.cal.tz, date, 0);
    k.end = tz_wall(k.cal.tz, date_from_days(g->day0 + day + 1), 0);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM effort_day WHERE day = %lld",
             (long long)(g->day0 + day));
    if (!calendar_is_working_day(&k.cal, date)) {
        assert_int_equal(int_of(g, sql), 0);
        return;
    }
    assert_true(people_create(k.s, &k.people, &e));
    for (int i = 0; i < POOL; i++) {
        if (g->first[i].nodes != NULL)
            look_at(&k, i);
    }
    qsort(k.work, k.n_work, sizeof k.work[0], by_id);
    for (size_t i = 0; i < k.s->n_people; i++)
        known[i] = (struct effort_person){k.s->people[i].id, k.s->people[i].fte,
                                          person_is_away(&k.s->people[i], date)};
    assert_true(effort_of_day(k.work, k.n_work, known, k.s->n_people, a, &d));
    expect_parts(&k, &d, g->day0 + day);
    expect_team(&k, &d, "", g->day0 + day);
    expect_team(&k, &d, "pay", g->day0 + day);
    people_destroy(k.people);
}

/* Days by item are those by node, and add up to what is kept of each item. */
static void expect_items(struct game *g)
{
    assert_int_equal(
        int_of(g, "SELECT count(*) FROM (SELECT day, sum(days) AS d FROM day_item GROUP"
                  " BY day) i FULL JOIN (SELECT day, sum(days) AS d FROM effort GROUP BY"
                  " day) f ON f.day = i.day WHERE abs(coalesce(i.d, 0) -"
                  " coalesce(f.d, 0)) > 1e-6"),
        0);
    assert_int_equal(
        int_of(g, "SELECT count(*) FROM (SELECT item, sum(days) AS d FROM day_item GROUP"
                  " BY item) i FULL JOIN item_days t ON t.item = i.item WHERE"
                  " abs(coalesce(i.d, 0) - coalesce(t.days, 0)) > 1e-6"),
        0);
    assert_true(int_of(g, "SELECT count(*) FROM item_days WHERE days > 1") > 0);
}

static void expect_all(struct game *g, int days)
{
    struct arena *a = arena_create((size_t)512 << 20);
    struct raw raw;

    assert_non_null(a);
    look(g, a, &raw);
    for (int day = -15; day < days; day++)
        expect_day(g, day, &raw, a);
    arena_destroy(a);
    expect_items(g);
}

static void play(uint64_t seed)
{
    struct game *g = calloc(1, sizeof *g);
    struct conf_diag *d = conf_diag_create();
    int next_split = 3;

    assert_non_null(g);
    g->er = eval_rig_create();
    g->a = arena_create((size_t)256 << 20);
    g->x = seed * 2654435761u + 88172645463325252u;
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
        g->parsed[i] = strategy_load_text("strategy.yaml", str_of(strategies[i]), d);
    assert_int_equal(conf_diag_errors(d), 0);
    use_strategy(g, 0);
    /* The rig's first strategy is no version of this game. */
    RIG_OK(&g->er->r,
           sql_script(g->er->r.db, "DELETE FROM strategy WHERE n < (SELECT max(n) FROM"
                                   " strategy)", &g->er->r.e));
    g->day0 = RIG_T0 / RIG_DAY;
    for (int day = 0; day < DAYS; day++) {
        int64_t start = (g->day0 + day) * RIG_DAY + 6 * RIG_HOUR;

        for (int n = pick(g, 4), k = 0; k <= n; k++) {
            int64_t now = start + (k * 14 + pick(g, 10)) * RIG_HOUR / (n + 1);

            if (now > g->er->r.now.ms)
                g->er->r.now.ms = now;
            if (pick(g, 25) == 0)
                use_strategy(g, pick(g, (int)ARRAY_LEN(strategies)));
            sync_some(g);
            remember(g, -1);
            if (pick(g, 12) == 0)
                split_days(g);
        }
        remember(g, day);
        g->strategy_at[day] = g->strategy;
        if (day == next_split) {
            next_split += 1 + pick(g, 20);
            split_days(g);
            expect_all(g, day);
        }
    }
    g->er->r.now.ms = (g->day0 + DAYS) * RIG_DAY + 2 * RIG_HOUR;
    split_days(g);
    expect_all(g, DAYS);
    /* All of them again, which is more than one step takes. */
    RIG_OK(&g->er->r, effort_stale(g->er->r.db, (struct wall){1}, &g->er->r.e));
    split_days(g);
    expect_all(g, DAYS);
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
        strategy_unref(g->parsed[i]);
    conf_diag_destroy(d);
    arena_destroy(g->a);
    eval_rig_destroy(g->er);
    free(g);
}

static void late_and_reordered_days_are_exact(void **state)
{
    const char *seed = getenv("ALIGND_SEED");

    (void)state;
    for (unsigned i = 1; i <= (seed != NULL ? 1 : ROUNDS); i++) {
        uint64_t n = seed != NULL ? strtoull(seed, NULL, 10) : i;

        printf("seed %llu\n", (unsigned long long)n);
        play(n);
    }
}

static void split_now(struct eval_rig *er)
{
    bool more;

    eval_rig_look(er);
    eval_rig_run(er);
    do {
        RIG_OK(&er->r, db_effort_step(er->r.db, &er->ev, er->r.now, &more, &er->r.e));
    } while (more);
}

/* The clock runs ahead and is set back: what was kept of days to come is gone, and the
   days are split and kept as they come. */
static void a_clock_that_ran_ahead(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    int64_t day = RIG_T0 / RIG_DAY;
    bool back;
    char sql[100];

    (void)state;
    split_now(er);
    r->now.ms += 300 * RIG_DAY;
    split_now(er);
    assert_int_equal(rig_int(r, "SELECT max(day) FROM tally_day"), day - 1);
    assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'snapshot'"),
                     day + 299);
    r->now.ms = RIG_T0 + RIG_HOUR;
    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_true(back);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM effort_day WHERE day >= %lld",
             (long long)day);
    assert_int_equal(rig_int(r, sql), 0);
    r->now.ms += RIG_DAY;
    split_now(er);
    assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'snapshot'"), day);
    assert_true(rig_int(r, "SELECT value FROM meta WHERE key = 'effort'") <= r->now.ms);
    eval_rig_destroy(er);
}

static bool step(struct rig *r, const struct eval_conf *conf)
{
    bool more;

    RIG_OK(r, db_effort_step(r->db, conf, r->now, &more, &r->e));
    return more;
}

/* A process ends a moment after the clock was set ahead, with nothing written but the
   days that seemed over, or not even they. */
static void a_clock_that_ran_ahead_for_a_moment(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    bool back;

    (void)state;
    split_now(er);
    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_false(back);
    r->now.ms += 2 * RIG_DAY;
    while (step(r, &er->ev))
        ;
    r->now.ms -= 2 * RIG_DAY - RIG_HOUR;
    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_true(back);
    assert_true(rig_int(r, "SELECT value FROM meta WHERE key = 'effort'") <= r->now.ms);

    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_false(back);
    r->now.ms += 5 * RIG_HOUR;
    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_false(back);
    r->now.ms -= 4 * RIG_HOUR;
    RIG_OK(r, db_clock_set(r->db, r->now, &back, &r->e));
    assert_true(back);
    eval_rig_destroy(er);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_ran_ahead),
        cmocka_unit_test(a_clock_that_ran_ahead_for_a_moment),
        cmocka_unit_test(late_and_reordered_days_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store/effort.h"

#include <stdlib.h>

#include "core/effort.h"
#include "core/people.h"
#include "store/change.h"
#include "store/effort_hist.h"
#include "store/effort_part.h"
#include "store/effort_seen.h"
#include "store/sql.h"
#include "store/subject.h"

enum {
    /* Of the calendar, in one transaction: as many as begin not too many spans. */
    LEAST_DAYS = 64,
    MOST_DAYS = 256,
    STEP_SPANS = 4096,
    STEP_MEMORY = 256 << 20, /* ceilings, not sizes */
    DAY_MEMORY = 128 << 20,
    MOST_IDLE_DAYS = 4000, /* looked back for what is not parked */
};

/* The strategy in force on a day, and what is made of it. */
struct in_force {
    int64_t n;                 /* row; 0: none yet */
    unsigned nth;              /* of the step's, from 1 */
    struct strategy *owned;    /* one reference; NULL: the one of now is used */
    const struct strategy *s;  /* borrowed */
    struct people *people;     /* owned */
    struct effort_person *known; /* in the step's arena */
};

struct step {
    struct db *db;
    const struct eval_conf *conf;
    struct wall now;
    struct arena *a, *day_a; /* owned: the step's, a day's */
    struct date first;
    size_t n; /* days */
    struct wall bounds[MOST_DAYS + 1];
    struct hists hists;
    struct sign *signs;
    size_t n_signs;
    struct map *presence; /* owned */
    struct in_force in_force;
    struct sql_rows items; /* of days, still to be written */
    bool again; /* some of the days were split before */
};

struct day {
    struct date date;
    int64_t number;
    struct wall begin, end;
    struct calendar cal;
    struct effort_work *work;
    struct hist **hists; /* of the items of `work` */
    size_t n_work;
    struct effort_day sum;
};

/* ---- days ---- */

static struct date day_after(struct date d)
{
    return date_from_days(date_to_days(d) + 1);
}

static struct wall start_of(const struct step *k, struct date d)
{
    return tz_wall(k->conf->cal.tz, d, 0);
}

static struct wall today_of(const struct eval_conf *conf, struct wall now)
{
    return tz_wall(conf->cal.tz, tz_local(conf->cal.tz, now).date, 0);
}

bool effort_is_due(struct db *db, const struct eval_conf *conf, struct wall now,
                   bool *ret, struct err *e)
{
    int64_t done;

    if (!meta_get(db, "effort", 0, &done, e))
        return false;
    *ret = done < today_of(conf, now).ms;
    return true;
}

/* Days before were split when more of them was known. */
static struct wall oldest(const struct step *k)
{
    struct span keep = k->conf->keep;
    int64_t ms = keep.wd > 0 ? keep.wd * DUR_DAY(7).ms / 5 : keep.ms;
    struct wall t = wall_add(k->now, DUR_MS(-ms));

    return ms > 0 && t.ms > 0 ? t : (struct wall){1};
}

/* When so many spans have begun since then as a step is to hold. */
static bool find_crowd(struct step *k, struct wall from, struct wall *ret, struct err *e)
{
    static const char sql[] = "SELECT started FROM span INDEXED BY span_started"
                              " WHERE started >= ? ORDER BY started LIMIT 1 OFFSET ?";

    return sql_int(k->db, sql, SQL_ARGS(SQL_T(from), SQL_I(STEP_SPANS)), INT64_MAX,
                   &ret->ms, e);
}

/* *ret_done: nothing is to be split. */
static bool find_days(struct step *k, bool *ret_done, struct err *e)
{
    static const char sql[] = "SELECT coalesce(min(started), ?) FROM span";
    struct wall today = today_of(k->conf, k->now), from = {0}, crowd;

    *ret_done = false;
    if (!meta_get(k->db, "effort", 0, &from.ms, e))
        return false;
    if (from.ms == 0 && !sql_int(k->db, sql, SQL_ARGS(SQL_T(today)), 0, &from.ms, e))
        return false;
    if (from.ms < oldest(k).ms)
        from = oldest(k);
    if (from.ms >= today.ms) {
        *ret_done = true;
        return true;
    }
    k->first = tz_local(k->conf->cal.tz, from).date;
    k->bounds[0] = start_of(k, k->first);
    if (!find_crowd(k, k->bounds[0], &crowd, e))
        return false;
    for (struct date d = k->first; k->n < MOST_DAYS && k->bounds[k->n].ms < today.ms;) {
        if (k->n >= LEAST_DAYS && k->bounds[k->n].ms > crowd.ms)
            break;
        d = day_after(d);
        k->bounds[++k->n] = start_of(k, d);
    }
    return true;
}

/* ---- the strategy of a day ---- */

static void forget_version(struct in_force *f)
{
    people_destroy(f->people);
    strategy_unref(f->owned);
    *f = (struct in_force){0};
}

static bool find_version(struct step *k, struct wall end, int64_t *ret_n,
                         uint64_t *ret_version, struct err *e)
{
    static const char sql[] =
        "SELECT n, version FROM strategy WHERE at < ?1 OR n = (SELECT min(n) FROM"
        " strategy) ORDER BY n DESC LIMIT 1";
    struct query q;
    bool row;

    if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_T(end)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret_n = row ? query_int(&q, 0) : 0;
    *ret_version = row ? (uint64_t)query_int(&q, 1) : k->conf->strategy->version;
    query_close(&q);
    return true;
}

static bool take_version(struct step *k, struct wall end, struct err *e)
{
    struct in_force *f = &k->in_force;
    unsigned nth = f->nth + 1;
    uint64_t version;
    int64_t n;

    if (!find_version(k, end, &n, &version, e))
        return false;
    if (f->s != NULL && f->n == n)
        return true;
    forget_version(f);
    f->nth = nth;
    if (version != k->conf->strategy->version && k->conf->parse != NULL &&
        !change_parse(k->db, k->conf, n, &f->owned, e))
        return false;
    f->n = n;
    f->s = f->owned != NULL ? f->owned : k->conf->strategy;
    f->known = arena_array(k->a, f->s->n_people + 1, sizeof *f->known);
    return f->known == NULL ? err_nomem(e) : people_create(f->s, &f->people, e);
}

/* ---- what was worked on ---- */

/* Before it, whatever was done is too long ago. */
static struct wall idle_since(const struct step *k, const struct day *d)
{
    struct span idle = k->conf->idle_after;
    struct date at = d->date;

    if (idle.wd == 0)
        return wall_add(d->begin, DUR_MS(-idle.ms));
    for (int64_t wd = 0, n = 0; wd <= idle.wd && n < MOST_IDLE_DAYS; n++) {
        at = date_from_days(date_to_days(at) - 1);
        if (at.year == 0)
            break;
        wd += calendar_is_working_day(&d->cal, at);
    }
    return at.year == 0 ? (struct wall){1} : start_of(k, at);
}

static int by_item(const void *x, const void *y)
{
    const struct sign *a = x, *b = y;

    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return a->at.ms > b->at.ms ? -1 : a->at.ms < b->at.ms;
}

static bool is_idle(const struct step *k, const struct day *d, struct wall last)
{
    return calendar_add(&d->cal, last, k->conf->idle_after).ms <= d->begin.ms;
}

/* The first sign that is not too long ago: what is later is not, either. */
static size_t first_sign(const struct step *k, const struct day *d)
{
    size_t lo = 0, hi = k->n_signs;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (is_idle(k, d, k->signs[mid].at))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The last sign of each item that the day sees at work. */
static struct sign *last_signs(struct step *k, const struct day *d, size_t *ret_n)
{
    size_t lo = first_sign(k, d), n = 0;
    struct sign *v;

    while (lo + n < k->n_signs && k->signs[lo + n].at.ms < d->end.ms)
        n++;
    *ret_n = 0;
    v = arena_array(k->day_a, n + 1, sizeof *v);
    if (v == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        v[i] = k->signs[lo + i];
    qsort(v, n, sizeof *v, by_item);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || v[i].item != v[i - 1].item) {
            struct sign one = v[i];

            v[(*ret_n)++] = one;
        }
    }
    return v;
}

static bool has(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i], s))
            return true;
    }
    return false;
}

/* Adds who is not there yet. */
static bool add_people(struct step *k, struct hist *h, struct hist_span *s,
                       struct str **v, size_t *n, size_t *cap)
{
    if (!hist_know_people(&k->hists, h, s, k->in_force.people, k->in_force.nth))
        return false;
    for (size_t i = 0; i < s->n_keys; i++) {
        struct str *to;

        if (has(*v, *n, s->keys[i]))
            continue;
        to = arena_grow(k->day_a, v, n, cap, sizeof *to);
        if (to == NULL)
            return false;
        *to = s->keys[i];
    }
    return true;
}

static bool add_nodes(struct step *k, const struct hist_link *l, struct effort_work *w)
{
    struct str list = l->nodes, node, *v = NULL;
    size_t n = 0, cap = 0;

    while (str_split(&list, ',', &node)) {
        const struct node *then = strategy_find(k->in_force.s, node);
        struct str *to;

        if (then == NULL || has(v, n, then->id))
            continue;
        to = arena_grow(k->day_a, &v, &n, &cap, sizeof *to);
        if (to == NULL)
            return false;
        *to = then->id;
    }
    w->nodes = v;
    w->n_nodes = n;
    return true;
}

static bool add_work(struct step *k, struct day *d, const struct sign *last,
                     struct err *e)
{
    struct effort_work w = {.item = last->item};
    const struct hist_link *links;
    struct str *people = NULL;
    size_t n = 0, cap = 0;
    bool present = false;
    struct hist *h;

    if (!hist_get(&k->hists, last->item, &h, e))
        return false;
    if (h == NULL)
        return true;
    for (size_t i = 0; i < h->n_spans; i++) {
        if (!hist_span_is_in(&h->spans[i], d->begin, d->end))
            continue;
        present = true;
        if (!add_people(k, h, &h->spans[i], &people, &n, &cap))
            return err_nomem(e);
    }
    if (!present)
        return true;
    links = hist_links_on(h, d->end);
    w.people = people;
    w.n_people = n;
    w.team = links->team;
    if (!add_nodes(k, links, &w) || arena_failed(k->day_a))
        return err_nomem(e);
    if (!hist_has_child_in_progress(&k->hists, h, d->begin, d->end, &w.has_active_child,
                                    e))
        return false;
    d->hists[d->n_work] = h;
    d->work[d->n_work++] = w;
    return true;
}

static bool find_work(struct step *k, struct day *d, struct err *e)
{
    size_t n;
    struct sign *last = last_signs(k, d, &n);

    d->work = arena_array(k->day_a, n + 1, sizeof *d->work);
    d->hists = arena_array(k->day_a, n + 1, sizeof(struct hist *));
    if (last == NULL || d->work == NULL || d->hists == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        if (!add_work(k, d, &last[i], e))
            return false;
        if (i % 256 == 0)
            sql_beat(k->db);
    }
    return true;
}

static bool split(struct step *k, struct day *d, struct err *e)
{
    const struct strategy *s = k->in_force.s;

    for (size_t i = 0; i < s->n_people; i++) {
        k->in_force.known[i] = (struct effort_person){
            .key = s->people[i].id,
            .fte = s->people[i].fte,
            .away = person_is_away(&s->people[i], d->date),
        };
    }
    return effort_of_day(d->work, d->n_work, k->in_force.known, s->n_people, k->day_a,
                         &d->sum) ||
           err_nomem(e);
}

/* Parts stand in the order of the work. */
static void add_up(const struct day *d)
{
    size_t at = 0;

    for (size_t i = 0; i < d->sum.n; i++) {
        while (d->work[at].item != d->sum.v[i].item)
            at++;
        d->hists[at]->days += d->sum.v[i].days;
    }
}

/* ---- to the rows ---- */

static bool find_rows(struct step *k, struct err *e)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM day_item WHERE day BETWEEN ?1 AND ?2)"
        " OR EXISTS (SELECT 1 FROM effort WHERE day BETWEEN ?1 AND ?2)"
        " OR EXISTS (SELECT 1 FROM effort_day WHERE day BETWEEN ?1 AND ?2)"
        " OR EXISTS (SELECT 1 FROM effort_goal WHERE day BETWEEN ?1 AND ?2)";
    int64_t first = date_to_days(k->first), any;

    if (!sql_int(k->db, sql, SQL_ARGS(SQL_I(first), SQL_I(first + (int64_t)k->n - 1)), 0,
                 &any, e))
        return false;
    k->again = any != 0;
    return true;
}

static bool clear(struct step *k, int64_t day, struct err *e)
{
    static const char *const sql[] = {"UPDATE item_days SET days = days - (SELECT d.days"
                                      " FROM day_item d WHERE d.day = ?1 AND d.item ="
                                      " item_days.item) WHERE item IN (SELECT item FROM"
                                      " day_item WHERE day = ?1)",
                                      "DELETE FROM day_item WHERE day = ?",
                                      "DELETE FROM effort WHERE day = ?",
                                      "DELETE FROM effort_day WHERE day = ?",
                                      "DELETE FROM effort_goal WHERE day = ?"};

    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        if (!sql_run(k->db, sql[i], SQL_ARGS(SQL_I(day)), e))
            return false;
    }
    return true;
}

static const struct team *team_of(const struct strategy *s, struct str id)
{
    for (size_t i = 0; i < s->n_teams; i++) {
        if (str_eq(s->teams[i].node.id, id))
            return &s->teams[i];
    }
    return NULL;
}

static int64_t capacity_of(const struct strategy *s, struct str team)
{
    const struct team *t = team_of(s, team);
    int64_t sum = 0;

    if (team.n > 0)
        return t != NULL ? t->people : 0;
    for (size_t i = 0; i < s->n_teams; i++)
        sum += s->teams[i].tracked ? s->teams[i].people : 0;
    return sum;
}

static bool plan_of(struct step *k, const struct day *d, struct str team,
                    uint64_t *ret_print, struct err *e)
{
    struct effort_share *plan;
    size_t n;

    if (!effort_team_plan(k->in_force.s, team, d->date, k->day_a, &plan, &n))
        return err_nomem(e);
    *ret_print = effort_plan_print(plan, n);
    return true;
}

static int64_t active_of(const struct day *d, struct str team)
{
    int64_t n = 0;

    for (size_t i = 0; i < d->n_work; i++)
        n += team.n == 0 || str_eq(d->work[i].team, team);
    return n;
}

static bool save_team(struct step *k, const struct day *d, struct str team,
                      const struct presence *p, struct err *e)
{
    static const char sql[] =
        "INSERT INTO effort_day (day, team, plan, capacity, people, known, median,"
        " in_progress, parked, unattributed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct effort_seen seen = {.team = team};
    uint64_t plan = 0;

    for (size_t i = 0; i < d->sum.n_seen; i++) {
        if (str_eq(d->sum.seen[i].team, team))
            seen = d->sum.seen[i];
    }
    return plan_of(k, d, team, &plan, e) &&
           sql_run(k->db, sql,
                   SQL_ARGS(SQL_I(d->number), SQL_S(team), SQL_I(plan),
                            SQL_I(capacity_of(k->in_force.s, team)),
                            SQL_I(seen.people), SQL_I(seen.known),
                            SQL_R(seen.median_items),
                            SQL_I(p->in_progress),
                            SQL_I(p->in_progress - active_of(d, team)),
                            SQL_I(p->unattributed)),
                   e);
}

/* Teams that have work, and those the strategy names. */
static bool save_teams(struct step *k, const struct day *d, size_t nth, struct err *e)
{
    static const struct presence nothing = {0};
    const struct strategy *s = k->in_force.s;

    for (size_t i = 0; i < map_count(k->presence); i++) {
        struct str team;
        void *days;

        map_at(k->presence, i, &team, &days);
        const struct presence *p = (const struct presence *)days + nth;

        if ((team.n == 0 || p->in_progress > 0 || team_of(s, team) != NULL) &&
            !save_team(k, d, team, p, e))
            return false;
    }
    for (size_t i = 0; i < s->n_teams; i++) {
        if (map_get(k->presence, s->teams[i].node.id) == NULL &&
            !save_team(k, d, s->teams[i].node.id, &nothing, e))
            return false;
    }
    return true;
}

static bool do_day(struct step *k, size_t nth, struct err *e)
{
    struct day d = {.begin = k->bounds[nth], .end = k->bounds[nth + 1]};

    arena_reset(k->day_a);
    d.number = date_to_days(k->first) + (int64_t)nth;
    d.date = date_from_days(d.number);
    if (!take_version(k, d.end, e) || (k->again && !clear(k, d.number, e)))
        return false;
    d.cal = k->conf->cal;
    d.cal.holidays = k->in_force.s->holidays;
    d.cal.n_holidays = k->in_force.s->n_holidays;
    if (!calendar_is_working_day(&d.cal, d.date))
        return true;
    if (!find_work(k, &d, e) || !split(k, &d, e))
        return false;
    add_up(&d);
    return effort_save_parts(k->db, k->in_force.s, d.number, &d.sum, k->day_a, e) &&
           effort_save_items(&k->items, d.number, &d.sum, e) &&
           effort_save_goals(k->db, k->in_force.s, d.number, d.work, d.n_work, k->day_a,
                             e) &&
           save_teams(k, &d, nth, e);
}

/* ---- one step ---- */

/* Of the first day's idle time, by the calendar without what holidays would add. */
static bool load_signs(struct step *k, struct err *e)
{
    struct day first = {.date = k->first, .begin = k->bounds[0], .cal = k->conf->cal};

    if (!take_version(k, k->bounds[1], e))
        return false;
    first.cal.holidays = k->in_force.s->holidays;
    first.cal.n_holidays = k->in_force.s->n_holidays;
    return signs_load(k->db, k->a, idle_since(k, &first), k->bounds[k->n], &k->signs,
                      &k->n_signs, e);
}

/* A day's end is seen after it only; what was changed since is taken for it. */
static bool snapshot(struct step *k, struct err *e)
{
    static const char tallies[] =
        "INSERT INTO tally_day (node, day, open, in_progress, completed, discarded,"
        " epics) SELECT t.node, ?1, t.open, t.in_progress, t.completed, t.discarded,"
        " t.epics FROM tally t WHERE NOT EXISTS (SELECT 1 FROM tally_day d WHERE"
        " d.node = t.node AND d.day = (SELECT max(day) FROM tally_day WHERE node ="
        " t.node) AND d.open = t.open AND d.in_progress = t.in_progress AND d.completed"
        " = t.completed AND d.discarded = t.discarded AND d.epics = t.epics)"
        " ON CONFLICT DO NOTHING";
    static const char scopes[] =
        "INSERT INTO scope_day (scope, day, epics, linked, exempt, by_scope, baseline)"
        " SELECT s.id, ?1, s.epics, s.linked, s.exempt, s.by_scope, s.baseline FROM"
        " scope s WHERE NOT EXISTS (SELECT 1 FROM scope_day d WHERE d.scope = s.id AND"
        " d.day = (SELECT max(day) FROM scope_day WHERE scope = s.id) AND d.epics ="
        " s.epics AND d.linked = s.linked AND d.exempt = s.exempt AND d.by_scope ="
        " s.by_scope AND d.baseline = s.baseline) ON CONFLICT DO NOTHING";
    int64_t yesterday =
                date_to_days(tz_local(k->conf->cal.tz, k->now).date) - 1,
            taken;

    if (!meta_get(k->db, "snapshot", 0, &taken, e))
        return false;
    if (taken >= yesterday)
        return true;
    return sql_run(k->db, tallies, SQL_ARGS(SQL_I(yesterday)), e) &&
           sql_run(k->db, scopes, SQL_ARGS(SQL_I(yesterday)), e) &&
           meta_set(k->db, "snapshot", yesterday, e);
}

static bool do_days(struct step *k, struct err *e)
{
    if (!hists_init(&k->hists, k->db, k->a, k->bounds[0], k->bounds[k->n], e) ||
        !presence_load(k->db, k->a, k->bounds, k->n, &k->presence, e) ||
        !load_signs(k, e) || !find_rows(k, e))
        return false;
    effort_items_begin(k->db, &k->items);
    for (size_t i = 0; i < k->n; i++) {
        if (!do_day(k, i, e))
            return false;
    }
    return (!arena_failed(k->a) || err_nomem(e)) && sql_rows_write(&k->items, e) &&
           hists_save_days(&k->hists, e);
}

static bool run(struct step *k, bool *ret_more, struct err *e)
{
    struct wall today = today_of(k->conf, k->now);
    bool done;

    *ret_more = false;
    if (!find_days(k, &done, e))
        return false;
    if (!done && !do_days(k, e))
        return false;
    *ret_more = !done && k->bounds[k->n].ms < today.ms;
    return meta_set(k->db, "effort", *ret_more ? k->bounds[k->n].ms : today.ms, e) &&
           (*ret_more || (snapshot(k, e) && (done || subjects_touch_all(k->db, e))));
}

bool db_effort_step(struct db *db, const struct eval_conf *conf, struct wall now,
                    bool *ret_more, struct err *e)
{
    struct step k = {.db = db, .conf = conf, .now = now};
    bool ok;

    k.a = arena_create(STEP_MEMORY);
    k.day_a = arena_create(DAY_MEMORY);
    ok = (k.a != NULL && k.day_a != NULL) || err_nomem(e);
    ok = ok && sql_begin(db, false, e) && sql_end(db, run(&k, ret_more, e), e);
    map_destroy(k.presence);
    hists_finish(&k.hists);
    forget_version(&k.in_force);
    arena_destroy(k.day_a);
    arena_destroy(k.a);
    return ok;
}

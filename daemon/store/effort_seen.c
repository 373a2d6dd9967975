#include "store/effort_seen.h"

#include <stdlib.h>

#include "store/sql.h"

enum { MASS_EDIT = 50, MINUTE = 60000 };

/* ---- signs ---- */

struct mass {
    int64_t source, minute;
};

static bool load_mass(struct db *db, struct arena *a, struct wall begin,
                      struct wall end, struct mass **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT i.source, t.at / 60000 FROM touch t INDEXED BY touch_at"
        " CROSS JOIN item i ON i.id = t.item WHERE t.at >= ? AND t.at < ?"
        " GROUP BY 1, 2 HAVING count(DISTINCT t.item) > 50";
    struct query_rows to = QUERY_ROWS(a, *ret, *ret_n);
    struct mass *m;
    struct query q;

    _Static_assert(MASS_EDIT == 50 && MINUTE == 60000, "stand in the statement");
    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(begin), SQL_T(end)), e))
        return false;
    while ((m = query_row(&q, &to, e)) != NULL)
        *m = (struct mass){query_int(&q, 0), query_int(&q, 1)};
    return to.ok;
}

static bool is_mass(const struct mass *v, size_t n, int64_t source, struct wall at)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].source == source && v[i].minute == at.ms / MINUTE)
            return true;
    }
    return false;
}

bool signs_load(struct db *db, struct arena *a, struct wall begin, struct wall end,
                struct sign **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT s.started AS at, s.item AS item, 0, 0 FROM span s"
        " INDEXED BY span_started WHERE s.started >= ?1 AND s.started < ?2 UNION ALL"
        " SELECT t.at, t.item, 1, i.source FROM touch t INDEXED BY touch_at"
        " CROSS JOIN item i ON i.id = t.item WHERE t.at >= ?1 AND t.at < ?2"
        " ORDER BY at, item";
    size_t cap = 0, n_mass;
    struct mass *mass;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!load_mass(db, a, (struct wall){begin.ms - begin.ms % MINUTE}, end, &mass,
                   &n_mass, e) ||
        !query_open(&q, db, sql, SQL_ARGS(SQL_T(begin), SQL_T(end)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct sign one = {query_wall(&q, 0), query_int(&q, 1), query_int(&q, 2) != 0};

        if (!one.edit || !is_mass(mass, n_mass, query_int(&q, 3), one.at)) {
            struct sign *s = arena_grow(a, ret, ret_n, &cap, sizeof *s);

            if (s == NULL) {
                query_close(&q);
                return err_nomem(e);
            }
            *s = one;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

/* ---- presence ---- */

/* While spans are read, a day holds what it has more than the day before. */
struct tallying {
    struct arena *a;
    const struct wall *bounds;
    size_t n; /* days */
    struct map *teams;
    struct presence *all; /* of the empty team */
    int64_t item;         /* the one of the last span */
    size_t done;          /* its days before this one are counted */
    /* Teams of the past, in the order of items, beside the spans. */
    struct query past;
    bool has_past;
    struct past_team {
        struct wall at;
        struct str team;
    } *was;
    size_t n_was, cap_was;
};

static struct presence *days_of(struct tallying *k, struct str team)
{
    struct presence *v = map_get(k->teams, team);

    if (v != NULL)
        return v;
    v = arena_array(k->a, k->n + 1, sizeof *v);
    if (v == NULL)
        return NULL;
    for (size_t i = 0; i <= k->n; i++)
        v[i] = (struct presence){0};
    return map_set(k->teams, arena_str(k->a, team), v) ? v : NULL;
}

/* The past teams of the item, which are next in their order. */
static bool take_past(struct tallying *k, int64_t item, struct err *e)
{
    k->n_was = k->cap_was = 0;
    k->was = NULL;
    while (k->has_past && query_int(&k->past, 0) <= item) {
        if (query_int(&k->past, 0) == item) {
            struct past_team *p =
                arena_grow(k->a, &k->was, &k->n_was, &k->cap_was, sizeof *p);

            if (p == NULL)
                return err_nomem(e);
            *p = (struct past_team){query_wall(&k->past, 1),
                                    query_dup(&k->past, 2, k->a)};
        }
        if (!query_next(&k->past, &k->has_past, e))
            return false;
    }
    return true;
}

static struct str team_on(const struct tallying *k, struct wall end, struct str now)
{
    for (size_t i = 0; i < k->n_was; i++) {
        if (k->was[i].at.ms >= end.ms)
            return k->was[i].team;
    }
    return now;
}

static void count(struct presence *days, size_t first, size_t last, bool unattributed)
{
    days[first].in_progress++;
    days[first].unattributed += unattributed;
    days[last + 1].in_progress--;
    days[last + 1].unattributed -= unattributed;
}

/* The first day that ends after `ms`; n: none does. */
static size_t day_ending_after(const struct tallying *k, int64_t ms)
{
    size_t lo = 0, hi = k->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (k->bounds[mid + 1].ms > ms)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static bool count_team(struct tallying *k, size_t first, size_t last, bool unattributed,
                       struct str team)
{
    struct presence *days;

    if (team.n == 0)
        return true;
    days = days_of(k, team);
    if (days == NULL)
        return false;
    count(days, first, last, unattributed);
    return true;
}

/* Each day of an item once, by the first of its spans that lies in it. */
static bool count_span(struct tallying *k, struct wall started, struct wall ended,
                       bool unattributed, struct str team)
{
    size_t first = day_ending_after(k, started.ms);
    size_t last = ended.ms != 0 ? day_ending_after(k, ended.ms - 1) : k->n;

    if (first < k->done)
        first = k->done;
    if (last >= k->n)
        last = k->n - 1;
    if (first >= k->n || (ended.ms != 0 && ended.ms <= k->bounds[first].ms &&
                          started.ms < k->bounds[first].ms))
        return true;
    if (last < first)
        last = first;
    k->done = last + 1;
    count(k->all, first, last, unattributed);
    if (k->n_was == 0)
        return count_team(k, first, last, unattributed, team);
    for (size_t i = first; i <= last; i++) {
        if (!count_team(k, i, i, unattributed, team_on(k, k->bounds[i + 1], team)))
            return false;
    }
    return true;
}

static void add_up(const struct tallying *k)
{
    for (size_t t = 0; t < map_count(k->teams); t++) {
        struct presence *v;
        struct str team;
        void *days;

        map_at(k->teams, t, &team, &days);
        v = days;
        for (size_t i = 1; i < k->n; i++) {
            v[i].in_progress += v[i - 1].in_progress;
            v[i].unattributed += v[i - 1].unattributed;
        }
    }
}

static bool count_all(struct tallying *k, struct db *db, struct err *e)
{
    static const char sql[] =
        "SELECT s.item, s.started, s.ended, s.assignees = '', v.team FROM span s"
        " LEFT JOIN evaluated v ON v.item = s.item WHERE s.started < ?2"
        " AND (s.ended = 0 OR s.ended >= ?1) ORDER BY s.item, s.started";
    struct query q;
    bool row, ok = true;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(k->bounds[0]), SQL_T(k->bounds[k->n])),
                    e) ||
        !query_next(&q, &row, e))
        return false;
    while (ok && row) {
        if (query_int(&q, 0) != k->item) {
            k->item = query_int(&q, 0);
            k->done = 0;
            ok = take_past(k, k->item, e);
        }
        if (ok && !count_span(k, query_wall(&q, 1), query_wall(&q, 2),
                              query_int(&q, 3) != 0, query_str(&q, 4)))
            ok = err_nomem(e);
        ok = ok && query_next(&q, &row, e);
    }
    query_close(&q);
    return ok;
}

bool presence_load(struct db *db, struct arena *a, const struct wall *bounds, size_t n,
                   struct map **ret, struct err *e)
{
    static const char past[] =
        "SELECT item, at, team FROM past_link WHERE at >= ? ORDER BY item, at";
    struct tallying k = {.a = a, .bounds = bounds, .n = n, .teams = map_create()};
    bool ok;

    k.all = k.teams != NULL ? days_of(&k, STR_NONE) : NULL;
    ok = k.all != NULL || err_nomem(e);
    ok = ok && query_open(&k.past, db, past, SQL_ARGS(SQL_T(bounds[0])), e) &&
         query_next(&k.past, &k.has_past, e) && count_all(&k, db, e);
    query_close(&k.past);
    if (!ok) {
        map_destroy(k.teams);
        return false;
    }
    add_up(&k);
    *ret = k.teams;
    return true;
}

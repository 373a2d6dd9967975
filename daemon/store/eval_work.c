#include <stdlib.h>

#include "store/closed.h"
#include "store/eval_view.h"
#include "store/sql.h"

/* Of so many open items with most days one without children is looked for. */
enum { TOP = 8 };

/* An item that is linked by itself, with what was spent on it or below. */
struct root {
    int64_t item;
    double days;  /* more than 0 */
    bool is_read; /* by a row of its own; else `open` is not known */
    bool open;
};

struct top {
    int64_t item;
    double days;
};

struct reading {
    struct eval *ev;
    struct rule_initiative *ret;
    struct root *roots;
    size_t n_roots, cap_roots;
    struct str *teams; /* with something open or done */
    size_t n_teams, cap_teams;
    struct top top[TOP]; /* open items, most first */
    size_t n_top;
};

/* ---- what is linked ---- */

static bool add_team(struct reading *w, struct str team)
{
    struct str *to;

    for (size_t i = 0; i < w->n_teams; i++) {
        if (str_eq(w->teams[i], team))
            return true;
    }
    to = arena_grow(w->ev->item, &w->teams, &w->n_teams, &w->cap_teams, sizeof *to);
    if (to != NULL)
        *to = arena_str(w->ev->item, team);
    return to != NULL;
}

static void add_done(struct reading *w, struct wall at)
{
    int64_t week = wall_since(w->ev->now, at).ms / DUR_DAY(7).ms;

    if (week >= 0 && week < RULE_DONE_WEEKS)
        w->ret->done[week]++;
}

static void add_top(struct reading *w, struct top one)
{
    size_t i = w->n_top < TOP ? w->n_top++ : TOP;

    if (i == TOP && w->top[TOP - 1].days >= one.days)
        return;
    i = i == TOP ? TOP - 1 : i;
    for (; i > 0 && w->top[i - 1].days < one.days; i--)
        w->top[i] = w->top[i - 1];
    w->top[i] = one;
}

/* What nobody worked on, as most of a long history, tells nothing of size. */
static bool add_root(struct reading *w, const struct root *one)
{
    struct root *to;

    if (!(one->days > 0))
        return true;
    to = arena_grow(w->ev->item, &w->roots, &w->n_roots, &w->cap_roots, sizeof *to);
    if (to != NULL)
        *to = *one;
    return to != NULL;
}

static bool add_item(struct reading *w, const struct query *q)
{
    int64_t item = query_int(q, 0), via = query_int(q, 1);
    unsigned bits = (unsigned)query_int(q, 2);
    struct str team = query_str(q, 4);
    const struct root root = {via != 0 ? via : item, query_real(q, 5), via == 0,
                              via == 0 && (bits & COUNTED_OPEN) != 0};

    if (!add_root(w, &root))
        return false;
    if (bits & COUNTED_COMPLETED)
        add_done(w, query_wall(q, 3));
    if ((bits & COUNTED_OPEN) && root.days > 0)
        add_top(w, (struct top){item, root.days});
    return team.n == 0 || (bits & (COUNTED_OPEN | COUNTED_COMPLETED)) == 0 ||
           add_team(w, team);
}

/* Days of closed work count with an ancestor that is open, or not at all. */
static bool read_items(struct reading *w, struct str node, struct err *e)
{
    static const char sql[] =
        "SELECT l.item, l.via, v.counted, v.counted_changed, v.team,"
        " CASE WHEN v.counted & 1 <> 0 OR l.via <> 0 THEN coalesce((SELECT days FROM"
        " item_days d WHERE d.item = l.item), 0) ELSE 0 END FROM link l"
        " CROSS JOIN evaluated v ON v.item = l.item WHERE l.node = ? AND l.effective = 1";
    struct query q;
    size_t n = 0;
    bool row;

    _Static_assert(COUNTED_OPEN == 1, "stands in the statement");
    if (!query_open(&q, w->ev->db, sql, SQL_ARGS(SQL_S(node)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!add_item(w, &q)) {
            query_close(&q);
            return err_nomem(e);
        }
        if (++n % 1024 == 0)
            sql_beat(w->ev->db);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(w->ev->item) || err_nomem(e);
}

static bool read_key(struct eval *ev, int64_t item, struct str *ret, struct err *e)
{
    static const char sql[] = "SELECT key FROM item WHERE id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret = row ? query_dup(&q, 0, ev->item) : STR_NONE;
    query_close(&q);
    return !arena_failed(ev->item) || err_nomem(e);
}

/* ---- what holds most of it ---- */

static int by_item(const void *x, const void *y)
{
    const struct root *a = x, *b = y;

    return (a->item > b->item) - (a->item < b->item);
}

static bool is_open(struct eval *ev, const struct root *r, bool *ret, struct err *e)
{
    static const char sql[] = "SELECT counted FROM evaluated WHERE item = ?";
    int64_t bits;

    *ret = r->open;
    if (r->is_read)
        return true;
    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_I(r->item)), 0, &bits, e))
        return false;
    *ret = (bits & COUNTED_OPEN) != 0;
    return true;
}

static bool find_largest(struct reading *w, struct err *e)
{
    struct rule_initiative *r = w->ret;
    int64_t largest = 0;

    if (w->n_roots > 0)
        qsort(w->roots, w->n_roots, sizeof *w->roots, by_item);
    for (size_t i = 0; i < w->n_roots;) {
        struct root one = w->roots[i];

        for (i++; i < w->n_roots && w->roots[i].item == one.item; i++) {
            one.days += w->roots[i].days;
            one.open = one.open || w->roots[i].open;
            one.is_read = one.is_read || w->roots[i].is_read;
        }
        if (!is_open(w->ev, &one, &one.open, e))
            return false;
        if (!one.open)
            continue;
        r->children++;
        r->children_days += one.days;
        if (one.days > r->largest.days) {
            r->largest.days = one.days;
            largest = one.item;
        }
    }
    return largest == 0 || read_key(w->ev, largest, &r->largest.key, e);
}

static bool has_children(struct eval *ev, int64_t item, bool *ret, struct err *e)
{
    static const char sql[] =
        "SELECT 1 FROM item p CROSS JOIN item c ON c.source = p.source AND c.parent_vid"
        " = p.vid AND c.parent_vid <> '' WHERE p.id = ?1 UNION ALL SELECT 1 FROM item p"
        " CROSS JOIN item c ON c.parent_key = p.key AND c.parent_key <> '' WHERE p.id ="
        " ?1 LIMIT 1";
    int64_t any;

    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_I(item)), 0, &any, e))
        return false;
    *ret = any != 0;
    return true;
}

static bool find_single(struct reading *w, struct err *e)
{
    for (size_t i = 0; i < w->n_top; i++) {
        bool parent;

        if (!has_children(w->ev, w->top[i].item, &parent, e))
            return false;
        if (!parent) {
            w->ret->single.days = w->top[i].days;
            return read_key(w->ev, w->top[i].item, &w->ret->single.key, e);
        }
    }
    return true;
}

/* ---- whose work it is ---- */

/* Closed work keeps the team's id of its time. */
static bool has_team(const struct reading *w, const struct team *t)
{
    for (size_t i = 0; i < w->n_teams; i++) {
        if (str_eq(w->teams[i], t->node.id) ||
            strategy_find(w->ev->conf->strategy, w->teams[i]) == &t->node)
            return true;
    }
    return false;
}

/* Where its own work cannot be read, what is missing may be there. */
static bool find_needs(struct reading *w, const struct initiative *it, struct err *e)
{
    enum rule_need *v = arena_array(w->ev->item, it->n_needs + 1, sizeof *v);

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < it->n_needs; i++) {
        bool fresh = true;

        v[i] = has_team(w, it->needs[i]) ? NEED_MET : NEED_MISSING;
        if (v[i] == NEED_MISSING &&
            !eval_is_fresh_for(w->ev, it->needs[i]->node.id, &fresh, e))
            return false;
        v[i] = fresh ? v[i] : NEED_UNKNOWN;
    }
    w->ret->needs = v;
    return true;
}

/* ---- how it was ---- */

/* Numbers of a day's end are kept where they differ from the day before. */
static bool last_day(struct eval *ev, struct str node, const char *last,
                     struct date *ret, struct err *e)
{
    static const char next[] =
        "SELECT min(day) FROM tally_day WHERE node = ? AND day > ?";
    int64_t day, end;

    if (!sql_int(ev->db, last, SQL_ARGS(SQL_S(node)), 0, &day, e))
        return false;
    if (day == 0)
        return true;
    if (!sql_int(ev->db, next, SQL_ARGS(SQL_S(node), SQL_I(day)), 0, &end, e))
        return false;
    if (end == 0)
        end = date_to_days(tz_local(ev->conf->cal.tz, ev->now).date);
    *ret = date_from_days(end - 1);
    return true;
}

static bool find_past(struct eval *ev, struct str node, const struct tally *t,
                      struct rule_initiative *ret, struct err *e)
{
    static const char open[] =
        "SELECT max(day) FROM tally_day WHERE node = ? AND open > 0";
    static const char busy[] =
        "SELECT max(day) FROM tally_day WHERE node = ? AND in_progress > 0";

    return (t->open > 0 || last_day(ev, node, open, &ret->open_until, e)) &&
           (t->in_progress > 0 || last_day(ev, node, busy, &ret->busy_until, e));
}

static bool find_moves(struct eval *ev, const struct initiative *it,
                       struct rule_initiative *ret, struct err *e)
{
    struct rule_kr *v = arena_array(ev->item, it->n_moves + 1, sizeof *v);

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < it->n_moves; i++) {
        if (!eval_view_kr(ev, it->moves[i].kr, &v[i], e))
            return false;
    }
    ret->moves = v;
    return true;
}

/* Lots are drawn only for what has a day that it may miss. */
static bool find_forecast(struct eval *ev, const struct initiative *it,
                          const struct tally *t, struct forecast *ret, struct err *e)
{
    struct date today = tz_local(ev->conf->cal.tz, ev->now).date;
    struct forecast_in in;

    *ret = (struct forecast){.state = FORECAST_FEW_CLOSED};
    if (it->due.year == 0 || t->open == 0 || date_cmp(today, it->due) > 0)
        return true;
    if (!db_read_forecast_in(ev->db, ev->conf, it, ev->now, &in, e))
        return false;
    if (!forecast_is_surely_done(&in, &ev->conf->cal, it->due))
        forecast_make(&in, &ev->conf->cal, ret);
    return true;
}

bool eval_view_work(struct eval *ev, const struct initiative *it, const struct tally *t,
                    struct rule_initiative *ret, struct err *e)
{
    struct reading w = {.ev = ev, .ret = ret};

    *ret = (struct rule_initiative){.children = 0};
    if (it->status != INITIATIVE_ACTIVE)
        return true;
    return read_items(&w, it->node.id, e) && find_largest(&w, e) &&
           find_single(&w, e) && find_needs(&w, it, e) &&
           find_past(ev, it->node.id, t, ret, e) && find_moves(ev, it, ret, e) &&
           find_forecast(ev, it, t, &ret->forecast, e);
}

#include "store/effort_part.h"

#include <stdlib.h>

#include "store/sql.h"

/* ---- where it went ---- */

/* A part, or what it is to one of its goals. */
struct portion {
    struct str team, node, goal;
    double days;
};

struct portions {
    struct portion *v;
    size_t n, cap;
};

static bool add(struct portions *to, struct arena *a, const struct effort_part *p,
                struct str goal, double days)
{
    struct portion *one = arena_grow(a, &to->v, &to->n, &to->cap, sizeof *one);

    if (one == NULL)
        return false;
    *one = (struct portion){p->team, p->node, goal, days};
    return true;
}

static bool divide(const struct strategy *s, const struct effort_part *p,
                   struct arena *a, struct portions *to)
{
    struct effort_goal *g = NULL;
    size_t n = 0;

    if (p->node.n > 0 && !effort_flow(s, p->node, a, &g, &n))
        return false;
    if (n == 0)
        return add(to, a, p, STR_NONE, p->days);
    for (size_t i = 0; i < n; i++) {
        if (!add(to, a, p, g[i].id, p->days * g[i].share))
            return false;
    }
    return true;
}

static int by_place(const void *x, const void *y)
{
    const struct portion *a = x, *b = y;
    int c = str_cmp(a->team, b->team);

    if (c == 0)
        c = str_cmp(a->node, b->node);
    return c != 0 ? c : str_cmp(a->goal, b->goal);
}

static bool add_row(struct db *db, int64_t day, const struct portion *p, double days,
                    size_t items, struct err *e)
{
    static const char sql[] =
        "INSERT INTO effort (day, team, node, goal, days, items) VALUES (?, ?, ?, ?, ?,"
        " ?)";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(day), SQL_S(p->team), SQL_S(p->node), SQL_S(p->goal),
                            SQL_R(days), SQL_I(items)),
                   e);
}

bool effort_save_parts(struct db *db, const struct strategy *s, int64_t day,
                       const struct effort_day *d, struct arena *a, struct err *e)
{
    struct portions all = {0};

    for (size_t i = 0; i < d->n; i++) {
        if (!divide(s, &d->v[i], a, &all))
            return err_nomem(e);
    }
    if (all.n > 0)
        qsort(all.v, all.n, sizeof *all.v, by_place);
    for (size_t i = 0, to; i < all.n; i = to) {
        double days = 0;

        for (to = i; to < all.n && by_place(&all.v[i], &all.v[to]) == 0; to++)
            days += all.v[to].days;
        if (!add_row(db, day, &all.v[i], days, to - i, e))
            return false;
    }
    return true;
}

void effort_items_begin(struct db *db, struct sql_rows *ret)
{
#define INSERT "INSERT INTO day_item (day, item, days) VALUES "
#define DOUBLE " ON CONFLICT DO UPDATE SET days = days + excluded.days"
    static const char one[] = INSERT "(?, ?, ?)" DOUBLE;
    static const char many[] = INSERT SQL_16("(?, ?, ?)") DOUBLE;
#undef INSERT
#undef DOUBLE

    *ret = (struct sql_rows){.db = db, .one = one, .many = many, .n_columns = 3};
}

/* Parts of one item stand side by side. */
bool effort_save_items(struct sql_rows *to, int64_t day, const struct effort_day *d,
                       struct err *e)
{
    for (size_t i = 0, next; i < d->n; i = next) {
        double days = 0;

        for (next = i; next < d->n && d->v[next].item == d->v[i].item; next++)
            days += d->v[next].days;
        if (!sql_rows_add(to, SQL_ARGS(SQL_I(day), SQL_I(d->v[i].item), SQL_R(days)), e))
            return false;
    }
    return true;
}

/* ---- what is in progress ---- */

struct goal {
    struct str id;
    int64_t in_progress, unattributed;
};

struct goals {
    struct goal *v;
    size_t n, cap;
};

static struct goal *goal_of(struct goals *all, struct arena *a, struct str id)
{
    struct goal *g;

    for (size_t i = 0; i < all->n; i++) {
        if (str_eq(all->v[i].id, id))
            return &all->v[i];
    }
    g = arena_grow(a, &all->v, &all->n, &all->cap, sizeof *g);
    if (g != NULL)
        *g = (struct goal){.id = id};
    return g;
}

static bool count(struct goals *all, struct arena *a, const struct strategy *s,
                  const struct effort_work *w)
{
    struct effort_goal *flow;
    struct goal *g;
    size_t n;

    /* Of several initiatives the first one stands for the item. */
    if (w->has_active_child || w->n_nodes == 0)
        return true;
    if (!effort_flow(s, w->nodes[0], a, &flow, &n))
        return false;
    if (n == 0 || flow[0].id.n == 0)
        return true;
    g = goal_of(all, a, flow[0].id);
    if (g == NULL)
        return false;
    g->in_progress++;
    g->unattributed += w->n_people == 0;
    return true;
}

bool effort_save_goals(struct db *db, const struct strategy *s, int64_t day,
                       const struct effort_work *w, size_t n, struct arena *a,
                       struct err *e)
{
    static const char sql[] =
        "INSERT INTO effort_goal (day, goal, in_progress, unattributed)"
        " VALUES (?, ?, ?, ?)";
    struct goals all = {0};

    for (size_t i = 0; i < n; i++) {
        if (!count(&all, a, s, &w[i]))
            return err_nomem(e);
    }
    for (size_t i = 0; i < all.n; i++) {
        const struct goal *g = &all.v[i];

        if (!sql_run(db, sql,
                     SQL_ARGS(SQL_I(day), SQL_S(g->id), SQL_I(g->in_progress),
                              SQL_I(g->unattributed)),
                     e))
            return false;
    }
    return true;
}

#include "store/effort_window.h"

static bool begin_with_plan(struct effort_window *w, struct str team, struct err *e)
{
    struct effort_basis *days;
    size_t n, first;

    if (!db_read_effort_days(w->db, team, w->from, w->to, w->a, &days, &n, e))
        return false;
    first = n > 0 ? effort_plan_begins(days, n) : 0;
    w->is_since_plan = first > 0 && date_cmp(days[first].day, w->from) > 0;
    if (first > 0)
        w->from = days[first].day;
    return true;
}

static bool read_figures(struct effort_window *w, struct err *e)
{
    return db_read_effort(w->db, w->from, w->to, w->a, &w->v, &w->n, e);
}

static bool read_or_find(struct effort_window *w, struct effort_kept **kept,
                         struct err *e)
{
    struct effort_kept *k = *kept;

    while (k != NULL &&
           (date_cmp(k->from, w->from) != 0 || date_cmp(k->to, w->to) != 0))
        k = k->next;
    if (k == NULL) {
        k = arena_alloc(w->a, sizeof *k);
        if (k == NULL)
            return err_nomem(e);
        if (!read_figures(w, e))
            return false;
        *k = (struct effort_kept){*kept, w->from, w->to, w->v, w->n};
        *kept = k;
    }
    w->v = k->v;
    w->n = k->n;
    return true;
}

bool effort_window_read(struct effort_window *ret, struct db *db, struct arena *a,
                        struct date from, struct date to, const struct str *plan_of,
                        struct effort_kept **kept, struct err *e)
{
    *ret = (struct effort_window){.db = db, .a = a, .from = from, .to = to};
    if (plan_of != NULL && !begin_with_plan(ret, *plan_of, e))
        return false;
    return kept != NULL ? read_or_find(ret, kept, e) : read_figures(ret, e);
}

bool effort_window_sum(const struct effort_window *w, const struct strategy *s,
                       struct str team, struct effort_sum *ret, struct err *e)
{
    struct effort_figure *own = arena_array(w->a, w->n + 1, sizeof *own);
    struct effort_basis *days;
    size_t n = 0, n_days;

    if (own == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < w->n; i++) {
        if (team.n == 0 || str_eq(w->v[i].team, team))
            own[n++] = w->v[i];
    }
    return db_read_effort_days(w->db, team, w->from, w->to, w->a, &days, &n_days, e) &&
           (effort_sum_up(s, team, own, n, days, n_days, w->a, ret) || err_nomem(e));
}

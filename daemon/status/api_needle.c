#include "core/pace.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/effort_view.h"

/*
 * Whether what was worked on moved: beside the days spent on the initiatives that move a
 * key result, how far it came in that time, and how far its pace expected it to. No
 * movement is told, and never what caused one.
 */
enum { NEEDLE_DAYS = 28 };
static const double flat_below = 0.25; /* of what was expected */

struct needle {
    const struct key_result *kr;
    double days; /* on what moves it */
    bool is_known;
    double moved, expected; /* of the way, in the window */
    struct kr_pace_report now;
};

/* Of the days of an initiative, those for the key result: by its weights, or all of them
   for each that it moves. */
static double days_for(const struct effort_view *v, const struct key_result *kr)
{
    const struct strategy *s = v->s;
    double days = 0;

    for (size_t i = 0; i < v->win.n; i++) {
        const struct node *n =
            v->win.v[i].node.n > 0 ? strategy_find(s, v->win.v[i].node) : NULL;
        const struct initiative *in;

        if (n == &kr->node)
            days += v->win.v[i].days;
        if (n == NULL || n->kind != NODE_INITIATIVE)
            continue;
        in = (const struct initiative *)(const void *)n;
        for (size_t k = 0; k < in->n_moves; k++) {
            if (in->moves[k].kr == kr)
                days += v->win.v[i].days;
        }
    }
    return days;
}

static bool judge(const struct effort_view *v, struct needle *ret, struct err *e)
{
    const struct tz *tz = v->env->conf->cal.tz;
    struct kr_pace_report then;
    struct kr_value *values;
    struct kr_row row;
    struct date first;

    if (!db_read_kr(v->win.db, ret->kr->node.id, v->env->a, &row, e))
        return false;
    values = arena_array(v->env->a, row.n + 1, sizeof *values);
    if (values == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < row.n; i++)
        values[i] = (struct kr_value){row.v[i].said.day, row.v[i].said.value};
    first = row.first_load.ms > 0 ? tz_local(tz, row.first_load).date : (struct date){0};
    kr_judge(ret->kr, values, row.n, first, v->win.from, &then);
    kr_judge(ret->kr, values, row.n, first, v->win.to, &ret->now);
    ret->is_known = ret->kr->kind == KR_REACH && then.has_progress &&
                    ret->now.has_progress && then.has_expected &&
                    ret->now.has_expected && ret->now.state != KR_STALE &&
                    date_cmp(then.last.date, ret->now.last.date) < 0;
    if (ret->is_known) {
        ret->moved = ret->now.progress - then.progress;
        ret->expected = ret->now.expected - then.expected;
    }
    return true;
}

static const char *verdict(const struct needle *d)
{
    if (!d->is_known)
        return "unknown";
    if (d->expected > 0 && d->moved < flat_below * d->expected)
        return d->days > 0 ? "busy-but-flat" : "flat";
    return "moving";
}

static void write_needle(struct jsonw *w, const struct effort_view *v,
                         const struct needle *d, double all)
{
    jsonw_object(w, NULL);
    effort_view_write_node(w, v, d->kr->node.id);
    jsonw_opt(w, "objective",
              d->kr->objective != NULL ? d->kr->objective->node.id : STR_NONE);
    jsonw_double(w, "person_days", d->days);
    effort_view_number(w, "share", all > 0, d->days / all);
    effort_view_number(w, "moved", d->is_known, d->moved);
    effort_view_number(w, "expected", d->is_known, d->expected);
    jsonw_strz(w, "state", kr_state_name(d->now.state));
    jsonw_strz(w, "verdict", verdict(d));
    jsonw_end_object(w);
}

static bool needle(struct jsonw *w, const struct effort_view *v,
                   const struct api_request *req UNUSED, struct err *e)
{
    double all = 0;

    for (size_t i = 0; i < v->win.n; i++)
        all += v->win.v[i].node.n > 0 ? v->win.v[i].days : 0;
    effort_view_write_window(w, v);
    jsonw_double(w, "mapped_days", all);
    jsonw_array(w, "key_results");
    for (size_t i = 0; i < v->s->n_key_results; i++) {
        struct needle d = {.kr = &v->s->key_results[i]};

        if (d.kr->objective != NULL && !objective_is_running(d.kr->objective, v->win.to))
            continue;
        if (!judge(v, &d, e))
            return false;
        d.days = days_for(v, d.kr);
        write_needle(w, v, &d, all);
    }
    jsonw_end_array(w);
    return true;
}

bool api_needle_get(struct db *db, const struct api_env *env,
                    const struct api_request *req, struct api_reply *reply, struct err *e)
{
    static const struct effort_question q = {NEEDLE_DAYS, false, needle};

    return effort_view_answer(db, env, req, &q, reply, e);
}

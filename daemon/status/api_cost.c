#include "status/api_handlers.h"
#include "status/effort_view.h"

/* A team of fewer people takes the company's rate: its own would be a person's pay. */
enum { COST_DAYS = 28, SMALL_TEAM = 4 };
static const double days_a_month = 365.25 / 12;

struct cost_sum {
    struct str id; /* of an initiative, bucket, ...; empty: unmapped */
    double days, labour, other;
};

/* Of the teams that have one, weighed by their people; negative: none has. */
static double company_rate(const struct strategy *s)
{
    double sum = 0, people = 0;

    for (size_t i = 0; i < s->n_teams; i++) {
        const struct team *t = &s->teams[i];
        double heads = t->people > 0 ? (double)t->people : 1;

        if (t->cost_per_person_day >= 0) {
            sum += t->cost_per_person_day * heads;
            people += heads;
        }
    }
    return people > 0 ? sum / people : -1;
}

static double rate_of(const struct strategy *s, struct str team, double company)
{
    const struct node *n = team.n > 0 ? strategy_find(s, team) : NULL;
    const struct team *t = n != NULL && n->kind == NODE_TEAM
                               ? (const struct team *)(const void *)n
                               : NULL;

    return t != NULL && t->cost_per_person_day >= 0 && t->people >= SMALL_TEAM
               ? t->cost_per_person_day
               : company;
}

/* What it costs by the month, over the window. */
static double monthly(const struct initiative *in, int64_t days)
{
    double sum = 0;

    for (size_t i = 0; i < in->n_costs; i++)
        sum += in->costs[i].monthly ? in->costs[i].amount * (double)days / days_a_month
                                    : 0;
    return sum;
}

static double once(const struct initiative *in)
{
    double sum = 0;

    for (size_t i = 0; i < in->n_costs; i++)
        sum += in->costs[i].monthly ? 0 : in->costs[i].amount;
    return sum;
}

static struct cost_sum *sum_of(struct cost_sum *v, size_t *n, struct str id)
{
    size_t i = 0;

    while (i < *n && !str_eq(v[i].id, id))
        i++;
    if (i == *n)
        v[(*n)++] = (struct cost_sum){.id = id};
    return &v[i];
}

static bool belongs_to(const struct strategy *s, struct str id, struct str goal,
                       const struct node *only)
{
    const struct node *n = id.n > 0 ? strategy_find(s, id) : NULL;

    return only == NULL || n == only || str_eq(goal, only->id);
}

static struct cost_sum *add_up(const struct effort_view *v, const struct node *only,
                               size_t *ret_n)
{
    const struct strategy *s = v->s;
    struct cost_sum *sums =
        arena_array(v->env->a, v->win.n + s->n_initiatives + 1, sizeof *sums);
    double company = company_rate(s);

    *ret_n = 0;
    for (size_t i = 0; sums != NULL && i < v->win.n; i++) {
        const struct effort_figure *f = &v->win.v[i];
        double rate = rate_of(s, f->team, company);
        struct cost_sum *c;

        if (!belongs_to(s, f->node, f->goal, only))
            continue;
        c = sum_of(sums, ret_n, f->node);
        c->days += f->days;
        c->labour += rate > 0 ? f->days * rate : 0;
    }
    for (size_t i = 0; sums != NULL && i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];
        double other = in->status == INITIATIVE_ACTIVE ? monthly(in, v->asked) : 0;

        if (other > 0 && (only == NULL || only == &in->node))
            sum_of(sums, ret_n, in->node.id)->other += other;
    }
    return sums;
}

static void write_sum(struct jsonw *w, const struct effort_view *v,
                      const struct cost_sum *c, bool has_rate)
{
    const struct node *n = c->id.n > 0 ? strategy_find(v->s, c->id) : NULL;
    const struct initiative *in = n != NULL && n->kind == NODE_INITIATIVE
                                      ? (const struct initiative *)(const void *)n
                                      : NULL;

    jsonw_object(w, NULL);
    effort_view_write_node(w, v, c->id);
    jsonw_double(w, "person_days", c->days);
    effort_view_number(w, "labour", has_rate, c->labour);
    jsonw_double(w, "other", c->other);
    effort_view_number(w, "total", has_rate, c->labour + c->other);
    jsonw_double(w, "once", in != NULL ? once(in) : 0);
    jsonw_end_object(w);
}

static bool find_node(const struct effort_view *v, const struct api_request *req,
                      const struct node **ret, struct err *e)
{
    struct str id = api_query(req, "node");
    const struct node *n = id.n > 0 ? strategy_find(v->s, id) : NULL;

    *ret = n;
    if (id.n == 0)
        return true;
    if (n == NULL)
        return err_set(e, ERR_NOT_FOUND, "the strategy has no '%.*s'",
                       STR_FMT(str_first(id, 64)));
    return n->kind == NODE_INITIATIVE || n->kind == NODE_BUCKET ||
           n->kind == NODE_OBJECTIVE ||
           err_set(e, ERR_USAGE,
                   "'%.*s' is of kind %s: days are counted for initiatives, buckets and "
                   "objectives",
                   STR_FMT(n->id), node_kind_name(n->kind));
}

static bool cost(struct jsonw *w, const struct effort_view *v,
                 const struct api_request *req, struct err *e)
{
    const struct node *only;
    bool has_rate = company_rate(v->s) >= 0;
    struct cost_sum *sums, all = {.days = 0};
    size_t n;

    if (!find_node(v, req, &only, e))
        return false;
    sums = add_up(v, only, &n);
    if (sums == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        all.days += sums[i].days;
        all.labour += sums[i].labour;
        all.other += sums[i].other;
    }
    jsonw_opt(w, "node", only != NULL ? only->id : STR_NONE);
    effort_view_write_window(w, v);
    jsonw_opt(w, "currency", v->s->currency);
    effort_view_number(w, "rate", has_rate, company_rate(v->s));
    jsonw_double(w, "person_days", all.days);
    effort_view_number(w, "labour", has_rate, all.labour);
    jsonw_double(w, "other", all.other);
    effort_view_number(w, "total", has_rate, all.labour + all.other);
    jsonw_array(w, "nodes");
    for (size_t i = 0; i < n; i++)
        write_sum(w, v, &sums[i], has_rate);
    jsonw_end_array(w);
    return true;
}

bool api_cost_get(struct db *db, const struct api_env *env,
                  const struct api_request *req, struct api_reply *reply, struct err *e)
{
    static const struct effort_question q = {COST_DAYS, false, cost};

    return effort_view_answer(db, env, req, &q, reply, e);
}

#include "status/effort_view.h"

#include "status/params.h"
#include "status/shape.h"

static struct date days_before(struct date d, int64_t n)
{
    return date_from_days(date_to_days(d) - n);
}

bool effort_view_open(struct effort_view *ret, struct db *db, const struct api_env *env,
                      const struct api_request *req, int64_t days, bool by_plan,
                      struct err *e)
{
    *ret = (struct effort_view){.env = env};
    if (!params_window(req, days, &ret->asked, e) ||
        !past_open(&ret->past, db, env, req, e))
        return false;
    ret->s = ret->past.s;
    return effort_window_read(&ret->win, db, env->a,
                              days_before(ret->past.day, ret->asked - 1), ret->past.day,
                              by_plan ? &STR_NONE : NULL, NULL, e);
}

bool effort_view_open_days(struct effort_view *ret, struct db *db,
                           const struct api_env *env, struct date from, struct date to,
                           struct err *e)
{
    *ret = (struct effort_view){
        .env = env,
        .asked = date_to_days(to) - date_to_days(from) + 1,
    };
    if (!past_open_day(&ret->past, db, env, to, e))
        return false;
    ret->s = ret->past.s;
    return effort_window_read(&ret->win, db, env->a, from, to, NULL, NULL, e);
}

void effort_view_close(struct effort_view *v)
{
    past_close(&v->past);
}

bool effort_view_sum(const struct effort_view *v, struct str team,
                     struct effort_sum *ret, struct err *e)
{
    return effort_window_sum(&v->win, v->s, team, ret, e);
}

bool effort_view_answer(struct db *db, const struct api_env *env,
                        const struct api_request *req, const struct effort_question *q,
                        struct api_reply *reply, struct err *e)
{
    struct effort_view v;
    struct jsonw w;
    bool ok;

    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    ok = effort_view_open(&v, db, env, req, q->days, q->by_plan, e) &&
         q->answer(&w, &v, req, e);
    effort_view_close(&v);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return ok;
}

void effort_view_number(struct jsonw *w, const char *key, bool has, double v)
{
    if (has)
        jsonw_double(w, key, v);
    else
        jsonw_null(w, key);
}

void effort_view_write_window(struct jsonw *w, const struct effort_view *v)
{
    jsonw_object(w, "window");
    shape_date(w, "from", v->win.from);
    shape_date(w, "to", v->win.to);
    jsonw_int(w, "days", v->asked);
    jsonw_bool(w, "since_plan", v->win.is_since_plan);
    jsonw_end_object(w);
}

void effort_view_write_trust(struct jsonw *w, const struct effort_sum *s)
{
    const struct trust_basis *b = &s->basis;

    jsonw_object(w, "trust");
    jsonw_strz(w, "grade", trust_name(s->trust));
    jsonw_opt(w, "weakest", s->weakest);
    effort_view_number(w, "mapped", s->days > 0, b->mapped);
    jsonw_double(w, "parked", b->parked);
    jsonw_double(w, "median_items", b->median_items);
    effort_view_number(w, "seen", b->seen >= 0, b->seen);
    jsonw_double(w, "matched", b->matched);
    jsonw_double(w, "person_days", b->person_days);
    jsonw_int(w, "working_days", b->working_days);
    jsonw_end_object(w);
}

void effort_view_write_node(struct jsonw *w, const struct effort_view *v, struct str id)
{
    const struct node *n = id.n > 0 ? strategy_find(v->s, id) : NULL;

    jsonw_opt(w, "id", id);
    jsonw_opt(w, "title", n != NULL ? n->title : STR_NONE);
    jsonw_strz(w, "kind", n != NULL ? node_kind_name(n->kind) : NULL);
}

void effort_view_write_shares(struct jsonw *w, const struct effort_view *v,
                              const struct effort_sum *s)
{
    jsonw_array(w, "shares");
    for (size_t i = 0; i < s->n_shares; i++) {
        const struct effort_share *sh = &s->shares[i];

        jsonw_object(w, NULL);
        effort_view_write_node(w, v, sh->id);
        effort_view_number(w, "planned", s->has_plan, sh->planned);
        effort_view_number(w, "actual", s->mapped > 0, sh->days / s->mapped);
        jsonw_double(w, "person_days", sh->days);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void effort_view_write_sum(struct jsonw *w, const struct effort_sum *s)
{
    jsonw_double(w, "person_days", s->days);
    jsonw_double(w, "unmapped_days", s->days - s->mapped);
    effort_view_number(w, "unmapped", s->days > 0, 1 - s->basis.mapped);
    jsonw_double(w, "people", s->people);
    effort_view_number(w, "distance", s->distance >= 0, s->distance);
    effort_view_write_trust(w, s);
}

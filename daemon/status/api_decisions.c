#include <stdlib.h>

#include "base/jsonw.h"
#include "core/assume_eval.h"
#include "core/strategy.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/params.h"
#include "status/shape.h"
#include "store/fact.h"

enum { DUE_DAYS = 14 };

/* ---- review ---- */

/* How many days are left; *ret_state: overdue, due, fine or none. */
static int64_t review_of(const struct decision *d, struct date today,
                         const char **ret_state)
{
    int64_t left;

    *ret_state = "none";
    if (d->review_by.year == 0)
        return 0;
    left = date_to_days(d->review_by) - date_to_days(today);
    *ret_state = left < 0 ? "overdue" : left <= DUE_DAYS ? "due" : "fine";
    return left;
}

static bool is_due(const struct decision *d, struct date today)
{
    const char *state;

    return review_of(d, today, &state) <= DUE_DAYS && d->review_by.year > 0;
}

/* Soonest first, those without a date behind them; else as the file has them. */
static int by_review(const void *a, const void *b)
{
    const struct decision *const *x = a, *const *y = b;
    int r = ((*x)->review_by.year == 0) - ((*y)->review_by.year == 0);

    if (r == 0)
        r = date_cmp((*x)->review_by, (*y)->review_by);
    return r != 0 ? r : (*x > *y) - (*x < *y);
}

/* ---- what it assumes ---- */

static bool write_assumption(struct jsonw *w, struct facts *f, struct str text,
                             struct err *e)
{
    struct assume_verdict v = {.found = {.unknown = "it cannot be read"}};
    const char *wrong;
    struct assume a;
    size_t at, n;
    struct buf found;
    bool ok = true;

    buf_init(&found, 100);
    if (assume_parse(text, &a, &wrong, &at, &n)) {
        ok = assume_eval(&a, facts_look, f, &v, e);
        assume_print(&found, &a, &v.found);
    }
    jsonw_object(w, NULL);
    jsonw_str(w, "text", text);
    jsonw_strz(w, "state", assume_state_name(v.state));
    if (v.found.known)
        jsonw_double(w, "value", v.found.value);
    else
        jsonw_null(w, "value");
    jsonw_opt(w, "found", buf_str(&found));
    jsonw_strz(w, "unknown", v.state == ASSUME_UNKNOWN ? v.found.unknown : NULL);
    jsonw_end_object(w);
    buf_finish(&found);
    return ok;
}

/* ---- one decision ---- */

static void write_affects(struct jsonw *w, const struct strategy *s,
                          const struct str_list *ids)
{
    jsonw_array(w, "affects");
    for (size_t i = 0; i < ids->n; i++) {
        const struct node *n = strategy_find(s, ids->v[i]);

        jsonw_object(w, NULL);
        jsonw_str(w, "id", n != NULL ? n->id : ids->v[i]);
        jsonw_strz(w, "kind", n != NULL ? node_kind_name(n->kind) : NULL);
        jsonw_opt(w, "title", n != NULL ? chain_title(n) : STR_NONE);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static bool write_decision(struct jsonw *w, struct facts *f, const struct decision *d,
                           struct date today, struct err *e)
{
    const char *state;
    int64_t left = review_of(d, today, &state);

    jsonw_object(w, NULL);
    chain_node_members(w, &d->node);
    jsonw_strz(w, "visibility", shape_visibility(d->node.visibility));
    shape_date(w, "date", d->date);
    jsonw_str(w, "chose", d->chose);
    shape_strs(w, "rejected", &d->rejected);
    jsonw_opt(w, "because", d->because);
    write_affects(w, f->conf->strategy, &d->affects);
    shape_date(w, "review_by", d->review_by);
    jsonw_strz(w, "review", state);
    if (d->review_by.year > 0)
        jsonw_int(w, "review_in", left);
    else
        jsonw_null(w, "review_in");
    jsonw_array(w, "assumes");
    for (size_t i = 0; i < d->assumes.n; i++) {
        if (!write_assumption(w, f, d->assumes.v[i], e))
            return false;
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
    return true;
}

bool api_decisions_list(struct db *db, const struct api_env *env,
                        const struct api_request *req, struct api_reply *reply,
                        struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct date today = tz_local(env->conf->cal.tz, env->now).date;
    const struct decision **rows =
        arena_array(env->a, s->n_decisions + 1, sizeof(const struct decision *));
    struct facts f;
    struct jsonw w;
    bool due;

    if (!params_flag(req, "due", &due, e))
        return false;
    if (rows == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < s->n_decisions; i++)
        rows[i] = &s->decisions[i];
    qsort(rows, s->n_decisions, sizeof(const struct decision *), by_review);
    facts_init(&f, db, env->conf, env->now, env->a);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "total", (int64_t)s->n_decisions);
    jsonw_array(&w, "decisions");
    for (size_t i = 0; i < s->n_decisions; i++) {
        if ((!due || is_due(rows[i], today)) &&
            !write_decision(&w, &f, rows[i], today, e))
            return false;
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

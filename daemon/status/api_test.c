#include <math.h>

#include "base/jsonw.h"
#include "core/match.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/effort_view.h"
#include "status/params.h"
#include "status/shape.h"

/*
 * An idea held against the strategy: what it fits, whether it is among what is not done,
 * how its RICE number stands among the others', who is there to do it, and what it would
 * displace. Changes nothing. The answer is
 *
 *   no      when a phrase of not_doing stands in it,
 *   yes     when it fits an initiative so well that nine in ten such fits are right
 *           (core/suggest.h), or fairly well with a RICE number above the median,
 *   unsure  else; what was found is told in any case.
 *
 * Fits are measured on items that belong somewhere, and an idea may belong nowhere: so
 * whatever they allow, no less than `sure_enough` is a yes (tests/unit/
 * test_company_ideas.c says how often it is right).
 */
enum { MAX_IDEA = 300, MAX_NUMBER = 40, CAPACITY_DAYS = 28 };
static const double above_median = 0.5, sure_enough = 0.45;

struct idea {
    struct str text;
    struct suggestions fits;
    const struct not_doing *not_done;
    bool has_rice;
    double rice, percentile;
    int64_t rated; /* initiatives that have a number, too */
    const struct initiative *displaces;
    struct effort_sum sum;
    int64_t active;
};

/* ---- numbers ---- */

static bool number(struct str text, const char *name, const char *unit, double *ret,
                   struct err *e)
{
    struct str digits = text;

    if (str_has_suffix(text, str_of(unit)))
        digits = str_first(text, text.n - str_of(unit).n);
    if (str_to_double(digits, ret) && *ret > 0)
        return true;
    return err_set(e, ERR_USAGE, "'%.*s' of %s is no number above 0", STR_FMT(text),
                   name);
}

static double rice_of(const struct initiative *in)
{
    return in->rice.reach * in->rice.impact * in->rice.confidence / in->rice.effort_days;
}

static bool is_open(const struct initiative *in)
{
    return in->status == INITIATIVE_ACTIVE || in->status == INITIATIVE_PROPOSED;
}

/* Where it stands among the others, and the lowest that is being worked on. */
static void rate(const struct strategy *s, struct idea *d)
{
    int64_t below = 0;

    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];

        if (!in->has_rice || !is_open(in))
            continue;
        d->rated++;
        below += rice_of(in) < d->rice;
        if (in->status == INITIATIVE_ACTIVE && rice_of(in) < d->rice &&
            (d->displaces == NULL || rice_of(in) < rice_of(d->displaces)))
            d->displaces = in;
    }
    d->percentile = d->rated > 0 ? (double)below / (double)d->rated : 0;
}

static bool read_rice(const struct strategy *s, const struct str v[4], struct idea *d,
                      struct err *e)
{
    double reach, impact, confidence, effort;

    if (v[0].n == 0 && v[1].n == 0 && v[2].n == 0 && v[3].n == 0)
        return true;
    if (v[0].n == 0 || v[1].n == 0 || v[2].n == 0 || v[3].n == 0)
        return err_set(e, ERR_USAGE,
                       "reach, impact, confidence and effort make a number together");
    if (!number(v[0], "reach", "", &reach, e) || !number(v[1], "impact", "", &impact, e) ||
        !number(v[2], "confidence", "%", &confidence, e) ||
        !number(v[3], "effort", "d", &effort, e))
        return false;
    if (confidence > 100)
        return err_set(e, ERR_USAGE, "a confidence is at most 100%%");
    d->has_rice = true;
    d->rice = reach * impact * confidence / 100 / effort;
    rate(s, d);
    return true;
}

/* ---- what is found ---- */

static bool look(struct db *db, const struct api_env *env, struct idea *d,
                 struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    const struct match_item item = {
        .title = d->text, .excerpt = d->text, .level = ITEM_LEVEL_EPIC};
    struct date to = past_yesterday(env);
    struct date from = date_from_days(date_to_days(to) - CAPACITY_DAYS + 1);
    struct effort_window w;
    bool by_label, ok;

    d->not_done = match_not_doing(env->conf->matcher, &item, env->a, &by_label);
    for (size_t i = 0; i < s->n_initiatives; i++)
        d->active += s->initiatives[i].status == INITIATIVE_ACTIVE;
    if (!db_read_suggestions_of(db, s, d->text, env->a, &d->fits, e))
        return false;
    ok = effort_window_read(&w, db, env->a, from, to, NULL, NULL, e) &&
         effort_window_sum(&w, s, STR_NONE, &d->sum, e);
    return ok && (!arena_failed(env->a) || err_nomem(e));
}

static const char *verdict(const struct idea *d)
{
    enum suggest_grade best = d->fits.n > 0 ? d->fits.v[0].grade : SUGGEST_LOW;

    if (d->not_done != NULL)
        return "no";
    if (d->fits.sureness < sure_enough)
        return "unsure";
    if (best == SUGGEST_HIGH ||
        (best == SUGGEST_MEDIUM && d->has_rice && d->percentile > above_median))
        return "yes";
    return "unsure";
}

/* ---- the answer ---- */

static void write_not_done(struct jsonw *w, const struct not_doing *n)
{
    if (n == NULL) {
        jsonw_null(w, "not_doing");
        return;
    }
    jsonw_object(w, "not_doing");
    jsonw_str(w, "id", n->node.id);
    jsonw_opt(w, "title", n->node.title);
    jsonw_opt(w, "why", n->node.why);
    jsonw_end_object(w);
}

static void write_rice(struct jsonw *w, const struct idea *d)
{
    if (!d->has_rice) {
        jsonw_null(w, "rice");
        jsonw_null(w, "displaces");
        return;
    }
    jsonw_object(w, "rice");
    jsonw_double(w, "score", d->rice);
    jsonw_double(w, "percentile", d->percentile);
    jsonw_int(w, "of", d->rated);
    jsonw_end_object(w);
    if (d->displaces == NULL) {
        jsonw_null(w, "displaces");
        return;
    }
    jsonw_object(w, "displaces");
    jsonw_str(w, "id", d->displaces->node.id);
    jsonw_opt(w, "title", d->displaces->node.title);
    jsonw_double(w, "score", rice_of(d->displaces));
    jsonw_end_object(w);
}

static void write_capacity(struct jsonw *w, const struct idea *d)
{
    jsonw_object(w, "capacity");
    jsonw_double(w, "people", d->sum.people);
    jsonw_int(w, "active_initiatives", d->active);
    effort_view_number(w, "people_per_initiative", d->active > 0 && d->sum.people > 0,
                       d->sum.people / (double)d->active);
    effort_view_write_trust(w, &d->sum);
    jsonw_end_object(w);
}

bool api_test_idea(struct db *db, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    struct idea d = {.text = STR_NONE};
    struct str rice[4];
    const struct params_field fields[] = {
        {"idea", true, MAX_IDEA, &d.text},
        {"reach", false, MAX_NUMBER, &rice[0]},
        {"impact", false, MAX_NUMBER, &rice[1]},
        {"confidence", false, MAX_NUMBER, &rice[2]},
        {"effort", false, MAX_NUMBER, &rice[3]},
    };
    struct jsonw w;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e) ||
        !read_rice(env->conf->strategy, rice, &d, e) || !look(db, env, &d, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "idea", d.text);
    jsonw_strz(&w, "verdict", verdict(&d));
    shape_suggestions(&w, "fits", env->conf->strategy, &d.fits);
    write_not_done(&w, d.not_done);
    write_rice(&w, &d);
    write_capacity(&w, &d);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

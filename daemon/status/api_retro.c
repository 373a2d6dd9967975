#include "core/period.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/effort_view.h"
#include "status/shape.h"
#include "store/closed.h"
#include "store/fact.h"

/*
 * A period looked back on, by the strategy that was in force at its end: where the days
 * went, where key results came to, what was decided and what happened. Nothing of it is
 * read again with a later strategy.
 */
enum { MAX_VERSIONS = 1000 };

struct retro {
    struct period period;
    struct date until; /* its last day, or yesterday */
    struct effort_view days;
    struct effort_sum sum;
};

static bool is_within(const struct retro *r, struct date d)
{
    return d.year > 0 && date_cmp(d, r->period.from) >= 0 && date_cmp(d, r->until) <= 0;
}

/* Ran at some time of the period. */
static bool ran(const struct retro *r, const struct objective *o)
{
    return o == NULL || ((o->from.year == 0 || date_cmp(o->from, r->until) <= 0) &&
                         (o->to.year == 0 || date_cmp(o->to, r->period.from) >= 0));
}

static bool read_period(struct retro *r, const struct api_env *env,
                        const struct api_request *req, struct err *e)
{
    struct str text = api_query(req, "period");
    struct date yesterday = past_yesterday(env);

    if (text.n == 0)
        return err_set(e, ERR_USAGE, "say which period: 2026Q4, 2026H2 or 2026");
    if (!period_parse(text, &r->period))
        return err_set(e, ERR_USAGE, "'%.*s' is no period: write 2026Q4, 2026H2 or 2026",
                       STR_FMT(str_first(text, 40)));
    if (date_cmp(r->period.from, yesterday) > 0)
        return err_set(e, ERR_USAGE, "%.*s has no day that is over", STR_FMT(text));
    r->until = date_cmp(r->period.to, yesterday) < 0 ? r->period.to : yesterday;
    return true;
}

/* ---- parts ---- */

static bool write_versions(struct jsonw *w, const struct retro *r,
                           const struct api_env *env, struct err *e)
{
    const struct wall end = past_end_of(env, r->until);
    const struct wall begin =
        past_end_of(env, date_from_days(date_to_days(r->period.from) - 1));
    struct version_row *v;
    size_t n;

    if (!db_read_versions(r->days.win.db, MAX_VERSIONS, 0, env->a, &v, &n, e))
        return false;
    jsonw_array(w, "versions");
    for (size_t i = n; i > 0; i--) {
        const struct version_row *row = &v[i - 1];

        if (row->since.ms > end.ms || row->since.ms <= begin.ms)
            continue;
        jsonw_object(w, NULL);
        shape_version(w, "version", row->version);
        jsonw_time(w, "since", row->since);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return true;
}

static bool write_key_results(struct jsonw *w, const struct retro *r,
                              const struct api_env *env, struct err *e)
{
    const struct strategy *s = r->days.s;
    struct facts f;

    facts_init(&f, r->days.win.db, env->conf, past_end_of(env, r->until), env->a);
    jsonw_array(w, "key_results");
    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct key_result *kr = &s->key_results[i];
        struct kr_pace_report report;

        if (!ran(r, kr->objective))
            continue;
        if (!facts_key_result(&f, kr, NULL, &report, e))
            return false;
        jsonw_object(w, NULL);
        effort_view_write_node(w, &r->days, kr->node.id);
        jsonw_opt(w, "objective",
                  kr->objective != NULL ? kr->objective->node.id : STR_NONE);
        jsonw_strz(w, "state", kr_state_name(report.state));
        effort_view_number(w, "value", report.has_value, report.last.value);
        effort_view_number(w, "progress", report.has_progress, report.progress);
        effort_view_number(w, "expected", report.has_expected, report.expected);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return true;
}

static double days_of(const struct effort_sum *s, struct str node)
{
    for (size_t i = 0; i < s->n_nodes; i++) {
        if (str_eq(s->nodes[i].node, node))
            return s->nodes[i].days;
    }
    return 0;
}

/* While the period runs, of what is still worked on. */
static bool write_forecast(struct jsonw *w, const struct retro *r,
                           const struct api_env *env, const struct initiative *in,
                           struct err *e)
{
    struct forecast f;

    if (date_cmp(r->until, r->period.to) == 0 || in->status != INITIATIVE_ACTIVE) {
        jsonw_null(w, "forecast");
        return true;
    }
    if (!db_read_forecast(r->days.win.db, env->conf, in, env->now, &f, e))
        return false;
    shape_forecast(w, "forecast", &f, in->due);
    return true;
}

/* Those that somebody worked on, and those that were to be. */
static bool write_initiatives(struct jsonw *w, const struct retro *r,
                              const struct api_env *env, struct err *e)
{
    const struct strategy *s = r->days.s;

    jsonw_array(w, "initiatives");
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *in = &s->initiatives[i];
        double days = days_of(&r->sum, in->node.id);

        if (!(days > 0) && in->status != INITIATIVE_ACTIVE)
            continue;
        jsonw_object(w, NULL);
        effort_view_write_node(w, &r->days, in->node.id);
        jsonw_strz(w, "status", shape_initiative_status(in->status));
        shape_date(w, "due", in->due);
        jsonw_double(w, "person_days", days);
        effort_view_number(w, "share", r->sum.mapped > 0, days / r->sum.mapped);
        if (!write_forecast(w, r, env, in, e))
            return false;
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    return true;
}

static void write_decisions(struct jsonw *w, const struct retro *r)
{
    const struct strategy *s = r->days.s;

    jsonw_array(w, "decisions");
    for (size_t i = 0; i < s->n_decisions; i++) {
        const struct decision *d = &s->decisions[i];

        if (!is_within(r, d->date))
            continue;
        jsonw_object(w, NULL);
        jsonw_str(w, "id", d->node.id);
        shape_date(w, "date", d->date);
        jsonw_opt(w, "chose", d->chose);
        jsonw_opt(w, "because", d->because);
        shape_date(w, "review_by", d->review_by);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_events(struct jsonw *w, const struct retro *r)
{
    const struct strategy *s = r->days.s;

    jsonw_array(w, "events");
    for (size_t i = 0; i < s->n_events; i++) {
        const struct event *ev = &s->events[i];

        if (!is_within(r, ev->date))
            continue;
        jsonw_object(w, NULL);
        jsonw_str(w, "id", ev->node.id);
        shape_date(w, "date", ev->date);
        jsonw_opt(w, "what", ev->node.title);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static bool write_retro(struct jsonw *w, struct retro *r, const struct api_env *env,
                        struct str period, struct err *e)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "period", period);
    shape_date(w, "from", r->period.from);
    shape_date(w, "to", r->period.to);
    shape_date(w, "until", r->until);
    jsonw_bool(w, "is_over", date_cmp(r->until, r->period.to) == 0);
    jsonw_bool(w, "has_plan", r->sum.has_plan);
    effort_view_write_sum(w, &r->sum);
    effort_view_write_shares(w, &r->days, &r->sum);
    if (!write_versions(w, r, env, e) || !write_key_results(w, r, env, e) ||
        !write_initiatives(w, r, env, e))
        return false;
    write_decisions(w, r);
    write_events(w, r);
    jsonw_end_object(w);
    return true;
}

bool api_retro_get(struct db *db, const struct api_env *env,
                   const struct api_request *req, struct api_reply *reply,
                   struct err *e)
{
    struct retro r;
    struct jsonw w;
    bool ok;

    if (!read_period(&r, env, req, e))
        return false;
    jsonw_init(&w, &reply->body);
    ok = effort_view_open_days(&r.days, db, env, r.period.from, r.until, e) &&
         effort_view_sum(&r.days, STR_NONE, &r.sum, e) &&
         write_retro(&w, &r, env, api_query(req, "period"), e);
    effort_view_close(&r.days);
    if (ok)
        buf_addc(&reply->body, '\n');
    return ok;
}

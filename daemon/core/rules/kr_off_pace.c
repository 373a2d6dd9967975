#include "core/rules/kr_words.h"
#include "core/rules/rules.h"

struct kr_off_pace_conf {
    int64_t points, high_points, after, high_after, values;
};

#define AT(member) offsetof(struct kr_off_pace_conf, member)
#define PERCENT(name_, dflt_, max_, doc_)                                              \
    {                                                                                  \
        .name = #name_, .type = CONF_INT, .offset = AT(name_), .dflt = dflt_,          \
        .min = 0, .max = max_, .live = true, .doc = doc_                               \
    }
static const struct conf_key params[] = {
    PERCENT(points, "10", 1000,
            "Percent of the way that it is behind its pace from which on it is told."),
    PERCENT(high_points, "25", 1000, "From so many on it is one step more severe."),
    PERCENT(after, "25", 100,
            "Percent of its period that must be over before it is told."),
    PERCENT(high_after, "40", 100,
            "Percent of its period that must be over before it is more severe."),
    {.name = "values",
     .type = CONF_INT,
     .offset = AT(values),
     .dflt = "2",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Days with a value that it takes, those of its start left out."},
    {0},
};

/* A point is no less for having been computed in binary. */
static const double hair = 1e-9;

/* The first day on which so much of the period is over. */
static struct date day_at(const struct kr_pace_report *r, int64_t percent)
{
    int64_t start = date_to_days(r->start), all = date_to_days(r->by) - start;

    return date_from_days(start + (all * percent + 99) / 100);
}

static int64_t told_since_start(const struct rule_input *in)
{
    const struct rule_kr *k = in->kr;
    struct date today = wording_today(in);
    int64_t n = 0;

    for (size_t i = 0; i < k->n; i++) {
        bool last = i + 1 == k->n || date_cmp(k->v[i].date, k->v[i + 1].date) != 0;

        n += last && date_cmp(k->v[i].date, k->report.start) > 0 &&
             date_cmp(k->v[i].date, today) <= 0;
    }
    return n;
}

static struct str outlook(const struct rule_input *in, struct arena *a)
{
    const struct kr_pace_report *r = &in->kr->report;
    const struct key_result *kr = in->kr->kr;
    struct str low, high;

    if (!r->has_forecast) {
        return STR("No forecast: it takes 4 values over 21 days.");
    }
    low = kr_about(a, kr, r->forecast_low);
    high = kr_about(a, kr, r->forecast_high);
    return arena_printf(a, "At the present rate %.*s%s%.*s by %.*s.", STR_FMT(low),
                        str_eq(low, high) ? "" : r->forecast_low < 0 ? " to " : "-",
                        STR_FMT(str_eq(low, high) ? STR_NONE : high),
                        STR_FMT(wording_day(a, r->by, wording_today(in))));
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct kr_pace_report *r = &in->kr->report;
    const struct key_result *kr = in->kr->kr;
    struct date today = wording_today(in);
    struct wording_facts f;

    hit->note = arena_printf(
        a, "%.*s: %.6g on %.*s, %.*s expected then. %.*s",
        STR_FMT(kr_aim_words(in, a)), r->last.value,
        STR_FMT(wording_day(a, r->last.date, today)),
        STR_FMT(kr_about(a, kr, r->expected_value)), STR_FMT(outlook(in, a)));
    hit->fix = STR("put more work on what moves it or try something else; where the "
                   "target is no longer right, change it and write down why "
                   "(decisions: affects, because)");
    hit->command =
        arena_printf(a, "alignctl krs %.*s", STR_FMT(wording_shell(a, kr->node.id)));
    hit->node = kr->node.id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", kr->node.id);
    wording_kr_facts(&f, in->kr);
    jsonw_double(&f.w, "expected_value", r->expected_value);
    jsonw_double(&f.w, "elapsed", r->elapsed);
    if (r->has_forecast) {
        jsonw_double(&f.w, "forecast_low", r->forecast_low);
        jsonw_double(&f.w, "forecast_high", r->forecast_high);
    }
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct kr_off_pace_conf *conf = in->conf->own;
    const struct kr_pace_report *r = &in->kr->report;
    struct date warn, high;

    *ret_next = (struct wall){0};
    if (!r->has_progress || !r->has_expected || !kr_is_running(in) ||
        told_since_start(in) < conf->values ||
        r->pace > hair - (double)conf->points / 100) {
        return false;
    }
    warn = day_at(r, conf->after);
    high = day_at(r, conf->high_after);
    kr_look_at(in, warn, ret_next);
    if (date_cmp(wording_today(in), warn) < 0) {
        return false;
    }
    kr_look_at(in, date_from_days(date_to_days(r->by) + 1), ret_next);
    if (r->pace <= hair - (double)conf->high_points / 100) {
        kr_look_at(in, high, ret_next);
        if (date_cmp(wording_today(in), high) >= 0) {
            hit->severity = severity_up(hit->severity);
        }
    }
    kr_wait(in, hit);
    say(in, a, hit);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "points", .fact = "pace", .times = -100, .holds = RULE_FROM},
    {0},
};

const struct rule rule_kr_off_pace = {
    .id = "kr-off-pace",
    .title = "a key result behind its pace",
    .what = "A key result whose last value is behind what its pace expected that day.",
    .why = "While there is time, something else can be tried; on the last day it is too "
           "late.",
    .formula =
        "progress - expected on the day of its last value <= -`points` percent of the "
        "way, with `values` days of values after its start, from `after` percent of its "
        "period on; <= -`high_points` from `high_after` on is one step more severe; for "
        "one check_in, unless `for` says how long",
    .fix = "Put more work on what moves it, try something else, or change the target and "
           "say why.",
    .one = "1 key result behind its pace",
    .many = "%d key results behind their pace",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .at_once = true,
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct kr_off_pace_conf),
    .measures = measures,
    .eval = eval,
};

#include <math.h>

#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct split_drift_conf {
    int64_t points;
};

static const struct conf_key params[] = {
    {.name = "points",
     .type = CONF_INT,
     .offset = offsetof(struct split_drift_conf, points),
     .dflt = "10",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Distance from the plan from which on it is told; few people on a day "
            "raise it to 100 divided by them; twice of it is high."},
    {0},
};

/* One person more or less on a side is no drift. */
static double limit_of(const struct effort_sum *s, const struct split_drift_conf *conf)
{
    double few = s->people > 0 ? 100 / s->people : 100;

    return fmax((double)conf->points, few);
}

struct mover {
    struct str team, goal;
    double days; /* more than planned */
};

/* The team that gave most to what got more than planned, for that alone. */
static struct mover mover_of(const struct rule_effort *e)
{
    const struct effort_sum *s = &e->shares;
    struct mover m = {.days = 0};

    for (size_t i = 0; i < s->n_shares; i++) {
        double over = s->shares[i].days - s->shares[i].planned * s->mapped;

        for (size_t k = 0; k < e->n && over > 0; k++) {
            double days = 0;

            if (!str_eq(e->v[k].goal, s->shares[i].id) || e->v[k].node.n == 0) {
                continue;
            }
            for (size_t t = 0; t < e->n; t++) {
                if (str_eq(e->v[t].team, e->v[k].team) &&
                    str_eq(e->v[t].goal, e->v[k].goal)) {
                    days += e->v[t].days;
                }
            }
            days = fmin(days, over);
            if (days > m.days + 1e-9) {
                m = (struct mover){e->v[k].team, e->v[k].goal, days};
            }
        }
    }
    return m;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                double limit)
{
    const struct rule_effort *e = in->effort;
    const struct effort_sum *s = &e->shares;
    struct mover m = mover_of(e);
    struct str shares = wording_shares(a, s);
    struct wording_facts f;

    hit->note = arena_printf(
        a, "%.*s (D %.0f, %zu working days, trust %s, %.0f%% unmapped beside it)",
        STR_FMT(shares), 100 * s->distance, e->share_days, trust_name(s->trust),
        s->days > 0 ? 100 * (1 - s->mapped / s->days) : 0);
    if (m.days > 0) {
        hit->note = arena_printf(
            a, "%.*s; biggest mover: %.*s, %.0f person-days more than planned on %.*s",
            STR_FMT(hit->note), STR_FMT(m.team.n > 0 ? m.team : STR("no team")), m.days,
            STR_FMT(m.goal));
    }
    hit->fix = STR("move people back to what is behind, or change the planned shares in "
                   "the strategy file if this is what is wanted");
    hit->command = STR("alignctl split");
    wording_facts_begin(&f);
    wording_effort_facts(&f, s, e->share_days);
    jsonw_double(&f.w, "distance", s->distance);
    jsonw_double(&f.w, "limit", limit / 100);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct split_drift_conf *conf = in->conf->own;
    const struct effort_sum *s = &in->effort->shares;
    double limit = limit_of(s, conf), points = 100 * s->distance;

    *ret_next = (struct wall){0};
    if (!s->has_plan || s->distance < 0 || s->trust == TRUST_LOW ||
        points < limit - 1e-9) {
        return false;
    }
    if (points >= 2 * limit - 1e-9) {
        hit->severity = severity_up(hit->severity);
    }
    say(in, a, hit, limit);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "points", .fact = "distance", .times = 100, .holds = RULE_FROM},
    {0},
};

const struct rule rule_split_drift = {
    .id = "split-drift",
    .title = "work goes elsewhere than planned",
    .what = "The shares of people's days are far from those that were planned.",
    .why = "Where the days go is the strategy that is really carried out.",
    .formula =
        "D = half the sum of the differences between planned and actual shares of "
        "mapped days, over 28 days and not before the plan changed; D >= max(`points`, "
        "100 / people seen a day), twice that is high; trust at least medium",
    .fix = "Move people, or change the plan.",
    .one = "Work goes elsewhere than planned",
    .many = "%d times work goes elsewhere than planned",
    .subject = RULE_STRATEGY,
    .severity = SEV_WARN,
    .for_ = {.wd = 10},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct split_drift_conf),
    .measures = measures,
    .eval = eval,
};

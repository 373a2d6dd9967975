#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct pillar_drift_conf {
    int64_t points;
};

static const struct conf_key params[] = {
    {.name = "points",
     .type = CONF_INT,
     .offset = offsetof(struct pillar_drift_conf, points),
     .dflt = "35",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Distance of a team's days from its own plan that is told."},
    {0},
};

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct rule_effort *e = in->effort;
    const struct effort_sum *s = &e->shares;
    struct wording_facts f;

    hit->note = arena_printf(
        a, "%.*s (D %.0f, %zu working days, trust %s)", STR_FMT(wording_shares(a, s)),
        100 * s->distance, e->share_days, trust_name(s->trust));
    hit->fix = STR("agree on what the team is for: move its work back, or give the team "
                   "`shares` of its own in the strategy file");
    hit->command = STR("alignctl teams");
    wording_facts_begin(&f);
    jsonw_str(&f.w, "team", in->node->id);
    wording_effort_facts(&f, s, e->share_days);
    jsonw_double(&f.w, "distance", s->distance);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct pillar_drift_conf *conf = in->conf->own;
    const struct effort_sum *s = &in->effort->shares;

    *ret_next = (struct wall){0};
    if (!s->has_plan || s->distance < 0 || s->trust == TRUST_LOW ||
        100 * s->distance <= (double)conf->points + 1e-9) {
        return false;
    }
    say(in, a, hit);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "points", .fact = "distance", .times = 100, .holds = RULE_ABOVE},
    {0},
};

const struct rule rule_pillar_drift = {
    .id = "pillar-drift",
    .title = "a team far from its own plan",
    .what = "A team's days are split quite unlike its plan.",
    .why = "A team was formed for something; that it does something else ought to be "
           "somebody's decision.",
    .formula = "D of the team's mapped days from its own plan (`shares` of the team; "
               "else the buckets' shares and its key results' objectives) over 28 days, "
               "not before the plan changed; D > `points`; trust at least medium",
    .fix = "Move its work back, or change its plan.",
    .one = "1 team far from its own plan",
    .many = "%d teams far from their own plan",
    .subject = RULE_TEAM,
    .severity = SEV_INFO,
    .for_ = {.wd = 10},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct pillar_drift_conf),
    .measures = measures,
    .eval = eval,
};

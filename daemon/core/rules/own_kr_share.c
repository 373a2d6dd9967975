#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct own_kr_share_conf {
    int64_t least;
};

static const struct conf_key params[] = {
    {.name = "least",
     .type = CONF_INT,
     .offset = offsetof(struct own_kr_share_conf, least),
     .dflt = "50",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of its days that a team is to spend on its own key results."},
    {0},
};

static bool is_own(const struct team *t, const struct key_result *kr)
{
    for (size_t i = 0; i < t->n_key_results; i++) {
        if (t->key_results[i] == kr) {
            return true;
        }
    }
    return false;
}

/* The part of an initiative's days that is for the team's key results. */
static double own_part(const struct team *t, const struct initiative *in)
{
    double part = 0;

    for (size_t i = 0; i < in->n_moves; i++) {
        part += is_own(t, in->moves[i].kr) ? in->moves[i].weight : 0;
    }
    return part;
}

struct own {
    double days, of; /* buckets left out */
};

static struct own own_days(const struct rule_input *in)
{
    const struct team *t = (const struct team *)(const void *)in->node;
    const struct effort_sum *s = &in->effort->all;
    struct own own = {0, 0};

    for (size_t i = 0; i < s->n_nodes; i++) {
        const struct initiative *it =
            strategy_initiative(in->strategy, s->nodes[i].node);

        if (it != NULL) {
            own.of += s->nodes[i].days;
            own.days += s->nodes[i].days * own_part(t, it);
        }
    }
    return own;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct own own)
{
    const struct effort_sum *s = &in->effort->all;
    struct wording_facts f;

    hit->note = arena_printf(
        a, "%.0f of its %.0f person-days on initiatives in %d days were for its own key "
           "results (%.0f%%, trust %s)",
        own.days, own.of, RULE_SHARE_DAYS, 100 * own.days / own.of,
        trust_name(s->trust));
    hit->fix = STR("give the team back its own work, or give it the key results that it "
                   "works for (`key_results` of the team)");
    hit->command = STR("alignctl teams");
    wording_facts_begin(&f);
    jsonw_str(&f.w, "team", in->node->id);
    wording_effort_facts(&f, s, 0);
    jsonw_double(&f.w, "own_days", own.days);
    jsonw_double(&f.w, "initiative_days", own.of);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct own_kr_share_conf *conf = in->conf->own;
    const struct team *t = (const struct team *)(const void *)in->node;
    struct own own = own_days(in);

    *ret_next = (struct wall){0};
    if (t->n_key_results == 0 || in->effort->all.trust == TRUST_LOW || own.of <= 0 ||
        100 * own.days >= (double)conf->least * own.of - 1e-9) {
        return false;
    }
    say(in, a, hit, own);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "least", .fact = "own_days", .over = "initiative_days",
     .times = 100, .holds = RULE_BELOW},
    {0},
};

const struct rule rule_own_kr_share = {
    .id = "own-kr-share",
    .title = "a team that works for others' key results",
    .what = "Less than half of a team's days on initiatives is for its own key results.",
    .why = "A team is asked about its key results; it can only move them by work.",
    .formula = "days on initiatives that move the team's key results, by their weights / "
               "days on all initiatives, over 28 days, < `least`; a team without key "
               "results is not asked; trust at least medium",
    .fix = "Give the team back its work, or the key results that it works for.",
    .one = "1 team that works for others' key results",
    .many = "%d teams that work for others' key results",
    .subject = RULE_TEAM,
    .severity = SEV_INFO,
    .for_ = {.wd = 5},
    .keep_for = {.wd = 5},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct own_kr_share_conf),
    .measures = measures,
    .eval = eval,
};

#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct cost_unknown_conf {
    int64_t percent;
};

static const struct conf_key params[] = {
    {.name = "percent",
     .type = CONF_INT,
     .offset = offsetof(struct cost_unknown_conf, percent),
     .dflt = "30",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of an objective's items in progress: more than these without an "
            "assignee are told."},
    {0},
};

/* Of two items one is nothing to speak of. */
enum { LEAST_ITEMS = 5 };

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct cost_unknown_conf *conf = in->conf->own;
    const struct rule_goal *g = in->goal;
    struct wording_facts f;

    *ret_next = (struct wall){0};
    if (g->in_progress < LEAST_ITEMS ||
        100 * g->unattributed <= conf->percent * g->in_progress) {
        return false;
    }
    hit->note = arena_printf(
        a, "%lld of %lld items in progress have no assignee: what it costs is not known",
        (long long)g->unattributed, (long long)g->in_progress);
    hit->fix = STR("assign them to who works on them, or take them out of progress");
    hit->command = arena_printf(a, "alignctl cost %.*s", STR_FMT(in->node->id));
    hit->node = in->node->id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "objective", in->node->id);
    jsonw_int(&f.w, "in_progress", g->in_progress);
    jsonw_int(&f.w, "unattributed", g->unattributed);
    hit->facts = wording_facts_end(&f, a);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "percent", .fact = "unattributed", .over = "in_progress",
     .times = 100, .holds = RULE_ABOVE},
    {0},
};

const struct rule rule_cost_unknown = {
    .id = "cost-unknown",
    .title = "an objective whose cost is not known",
    .what = "Many of an objective's items in progress have no assignee.",
    .why = "Work without a person carries no days: the objective looks cheaper than it "
           "is.",
    .formula = "leaves in progress for the objective on the last day that was split, "
               "parked ones left out; those without an assignee / all > `percent`; at "
               "least 5 of them",
    .fix = "Assign them, or take them out of progress.",
    .one = "1 objective whose cost is not known",
    .many = "%d objectives whose cost is not known",
    .subject = RULE_OBJECTIVE,
    .severity = SEV_INFO,
    .for_ = {.wd = 10},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct cost_unknown_conf),
    .measures = measures,
    .eval = eval,
};

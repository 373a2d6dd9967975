#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    if (in->strategy->vision == NULL) {
        *ret_next = (struct wall){0};
        return false;
    }
    return lint_rule(in, "vague-vision", &in->strategy->vision->node, a, hit, ret_next);
}

const struct rule rule_vague_vision = {
    .id = "vague-vision",
    .title = "a vision that leaves open what it chooses",
    .what = "A vision without customers, differentiator, will, wont or horizon, or of few words.",
    .why = "What fits every company chooses nothing.",
    .formula = "one of customers, differentiator, will, wont and horizon is not there, or its "
               "statement has less than 8 words",
    .fix = "Say for whom it is, what is different, and what is not done for it.",
    .one = "The vision leaves open what it chooses",
    .many = "%d visions leave open what they choose",
    .subject = RULE_STRATEGY,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

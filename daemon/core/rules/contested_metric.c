#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    return lint_rule(in, "contested-metric", in->node, a, hit, ret_next);
}

const struct rule rule_contested_metric = {
    .id = "contested-metric",
    .title = "one number, pulled two ways",
    .what = "A key result whose metric is another's, too, with another owner or direction.",
    .why = "Two who pull at one number undo each other's work.",
    .formula = "one value source, file column or title under two objectives that run at one time, "
               "with owners that differ, or up in one and down in the other",
    .fix = "Let one objective own the metric.",
    .one = "1 number is pulled two ways",
    .many = "%d numbers are pulled two ways",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

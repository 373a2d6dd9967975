#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    return lint_rule(in, "kr-unmeasurable", in->node, a, hit, ret_next);
}

const struct rule rule_kr_unmeasurable = {
    .id = "kr-unmeasurable",
    .title = "a key result that cannot be held to",
    .what = "A key result that lacks what its kind is measured by.",
    .why = "Without them nobody can say whether it is on pace.",
    .formula = "no baseline or target (kind reach), no date (all but keep), no unit (all but done), no "
               "owner of its own or its objective's; its objective is not over",
    .fix = "Add what it lacks.",
    .one = "1 key result cannot be held to",
    .many = "%d key results cannot be held to",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

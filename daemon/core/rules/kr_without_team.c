#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    return lint_rule(in, "kr-without-team", in->node, a, hit, ret_next);
}

const struct rule rule_kr_without_team = {
    .id = "kr-without-team",
    .title = "a key result without a team",
    .what = "A key result that is no team's own.",
    .why = "What is everybody's is nobody's.",
    .formula = "there are teams, and none has it among its key_results; its objective is "
               "not over",
    .fix = "Add it to the key results of the team that answers for it.",
    .one = "1 key result without a team",
    .many = "%d key results without a team",
    .subject = RULE_KR,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

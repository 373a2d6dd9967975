#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    return lint_rule(in, "team-without-kr", in->node, a, hit, ret_next);
}

const struct rule rule_team_without_kr = {
    .id = "team-without-kr",
    .title = "a team without a key result",
    .what = "A team that has no key result of its own, or only some that are over.",
    .why = "A team without one cannot tell what matters more.",
    .formula = "none of its key_results belongs to an objective that is not over",
    .fix = "Add the key results that it answers for.",
    .one = "1 team without a key result",
    .many = "%d teams without a key result",
    .subject = RULE_TEAM,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    return lint_rule(in, "missing-middle", in->node, a, hit, ret_next);
}

const struct rule rule_missing_middle = {
    .id = "missing-middle",
    .title = "a gap in the strategy",
    .what = "An intent that no objective serves, an objective without a key result, an initiative "
            "that moves none.",
    .why = "Work below a gap cannot be traced to what it is for.",
    .formula = "an intent that is not over and that no objective names, an objective that is not over "
               "and has no key result, an initiative neither done nor dropped that moves none",
    .fix = "Add what stands between, or take out what serves nothing.",
    .one = "1 gap in the strategy",
    .many = "%d gaps in the strategy",
    .subject = RULE_INTENT,
    .also = RULE_ALSO(RULE_OBJECTIVE) | RULE_ALSO(RULE_INITIATIVE),
    .severity = SEV_WARN,
    .whatever_scope = true,
    .needs_lint = true,
    .eval = eval,
};

#include "core/rule_view.h"
#include "core/rules/lint_rule.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_version *v = in->version;
    struct wording_facts f;

    *ret_next = (struct wall){0};
    if (v->broken.n == 0) {
        return false;
    }
    hit->note = arena_printf(a, "it does not load: %.*s; the last good version stays in "
                                "force",
                             STR_FMT(v->broken));
    hit->fix = STR("mend the file; it is taken into force by itself");
    hit->command = STR("alignctl lint");
    wording_facts_begin(&f);
    jsonw_time(&f.w, "since", v->broken_since);
    jsonw_str(&f.w, "error", v->broken);
    hit->facts = wording_facts_end(&f, a);
    return true;
}

const struct rule rule_strategy_broken = {
    .id = "strategy-broken",
    .title = "a strategy file that does not load",
    .what = "The strategy's file was changed and does not load; the last good version "
            "stays in force.",
    .why = "Whoever edited it believes that it holds, and it does not.",
    .formula = "the file on disk, looked at when it changed or at a reload, has an error",
    .fix = "Mend the file; `alignctl lint` shows all that is wrong with it.",
    .one = "The strategy file does not load",
    .many = "%d strategy files do not load",
    .subject = RULE_STRATEGY,
    .severity = SEV_HIGH,
    .at_once = true,
    .whatever_scope = true,
    .operations = true,
    .eval = eval,
};

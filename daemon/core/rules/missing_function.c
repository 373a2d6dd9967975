#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct missing_function_conf {
    struct span after;
};

static const struct conf_key params[] = {
    {.name = "after",
     .type = CONF_SPAN,
     .offset = offsetof(struct missing_function_conf, after),
     .dflt = "10wd",
     .live = true,
     .doc = "How long after its start a team that is needed may have nothing in it."},
    {0},
};

static bool is_missing(const struct rule_input *in, size_t i)
{
    return in->work->needs[i] == NEED_MISSING && in->initiative->needs[i]->tracked;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                const struct missing_function_conf *conf)
{
    const struct initiative *it = in->initiative;
    struct str text = STR_NONE, first = STR_NONE;
    struct wording_facts f;

    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_array(&f.w, "missing");
    for (size_t i = 0; i < it->n_needs; i++) {
        struct str team = it->needs[i]->node.id;

        if (!is_missing(in, i)) {
            continue;
        }
        first = first.n > 0 ? first : team;
        text = arena_printf(a, "%.*s%s`%.*s`", STR_FMT(text), text.n > 0 ? ", " : "",
                            STR_FMT(team));
        jsonw_str(&f.w, NULL, team);
    }
    jsonw_end_array(&f.w);
    wording_span(&f.w, "after", conf->after);
    hit->note = arena_printf(
        a,
        "needs %.*s, of whom nothing is open or done in it; %lld items of other teams "
        "are",
        STR_FMT(text), (long long)(in->tally->open + in->tally->completed));
    hit->fix = arena_printf(
        a,
        "link what `%.*s` does for it, plan it with them, or take the team from "
        "`needs` in the strategy file",
        STR_FMT(first));
    hit->command = arena_printf(a, "alignctl link ITEM %.*s", STR_FMT(it->node.id));
    hit->node = it->node.id;
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct missing_function_conf *conf = in->conf->own;
    bool any = false;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) ||
        in->tally->open + in->tally->completed == 0) {
        return false;
    }
    for (size_t i = 0; i < in->initiative->n_needs; i++) {
        any = any || is_missing(in, i);
    }
    if (!any || !initiative_is_past(in, conf->after, hit, ret_next)) {
        return false;
    }
    say(in, a, hit, conf);
    return true;
}

const struct rule rule_missing_function = {
    .id = "missing-function",
    .title = "an initiative that a team it needs does not work on",
    .what = "A team stands in `needs` of an active initiative and has nothing in it.",
    .why = "It is found out at the end, when nothing can be finished without them.",
    .formula =
        "status active, some objective it moves runs today, something is open or done "
        "in it, and of a team in `needs` with `tracked: true` nothing is, `after` past "
        "its start (no start given: `after` past the first time it was seen so); a team "
        "whose own scopes cannot be read is left out",
    .fix = "Link or plan the team's part, or take the team from `needs`.",
    .one = "1 initiative that a team it needs does not work on",
    .many = "%d initiatives that a team they need does not work on",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .params = params,
    .params_size = sizeof(struct missing_function_conf),
    .eval = eval,
};

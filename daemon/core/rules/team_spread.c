#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

/* Two people have no more than 20 days in the window: how far to believe it goes by days
   seen, not by the trust of shares. */
enum { FEW_PEOPLE = 12, MANY_OBJECTIVES = 3, NAMED = 5, LEAST_DAYS = 5 };

static struct str worked_on(const struct rule_input *in, struct arena *a)
{
    const struct effort_sum *s = &in->effort->spread;
    struct str text = STR_NONE;
    size_t named = 0;

    for (size_t i = 0; i < s->n_nodes; i++) {
        if (strategy_initiative(in->strategy, s->nodes[i].node) == NULL) {
            continue;
        }
        if (named == NAMED) {
            return arena_printf(a, "%.*s, ...", STR_FMT(text));
        }
        text = arena_printf(a, "%.*s%s%.*s %.1f", STR_FMT(text), named > 0 ? ", " : "",
                            STR_FMT(s->nodes[i].node), s->nodes[i].days);
        named++;
    }
    return text;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                double limit)
{
    const struct effort_sum *s = &in->effort->spread;
    struct wording_facts f;

    hit->note = arena_printf(
        a,
        "its days spread like %.1f equal initiatives (limit %.1f) over %zu objectives, "
        "%.0f people seen a day; person-days in %d days: %.*s",
        s->spread, limit, s->objectives, s->people, RULE_SPREAD_DAYS,
        STR_FMT(worked_on(in, a)));
    hit->fix = STR("finish or pause some of it before the next is begun; `spread:` of "
                   "the team in the strategy file sets its own limit");
    hit->command = STR("alignctl spread");
    wording_facts_begin(&f);
    jsonw_str(&f.w, "team", in->node->id);
    wording_effort_facts(&f, s, 0);
    jsonw_double(&f.w, "spread", s->spread);
    jsonw_double(&f.w, "limit", limit);
    jsonw_int(&f.w, "objectives", (int64_t)s->objectives);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct team *team = (const struct team *)(const void *)in->node;
    const struct effort_sum *s = &in->effort->spread;
    double limit = effort_spread_limit(team);
    bool objectives = team->spread < 0 && team->people <= FEW_PEOPLE &&
                      s->objectives > MANY_OBJECTIVES;

    *ret_next = (struct wall){0};
    if (s->basis.working_days < LEAST_DAYS ||
        (s->spread <= limit + 1e-9 && !objectives)) {
        return false;
    }
    say(in, a, hit, limit);
    return true;
}

const struct rule rule_team_spread = {
    .id = "team-spread",
    .title = "a team on too much at once",
    .what = "A team whose days go to more initiatives than its people can carry.",
    .why = "What is begun and not finished helps nobody; switching costs days that no "
           "plan shows.",
    .formula = "over 14 days N = 1 / sum of squared shares of its initiatives' days; N > "
               "max(2, people / 2.5) (people unknown: 3; `spread:` of the team instead), "
               "or more than 3 objectives where people <= 12; at least 5 working days are known",
    .fix = "Finish or pause some of it.",
    .one = "1 team on too much at once",
    .many = "%d teams on too much at once",
    .subject = RULE_TEAM,
    .severity = SEV_WARN,
    .for_ = {.wd = 10},
    .needs_effort = true,
    .eval = eval,
};

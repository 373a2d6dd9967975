#include "core/rules/initiative.h"
#include "core/rules/rules.h"

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct initiative *it = in->initiative;
    const struct tally *t = in->tally;
    struct str due = wording_date(a, it->due);
    struct wording_facts f;

    hit->note = arena_printf(
        a, "was due on %.*s: %lld items open, %lld of them in progress, %lld done",
        STR_FMT(due), (long long)t->open, (long long)t->in_progress,
        (long long)t->completed);
    hit->fix = arena_printf(a,
                            "close what is left or cut it, or give `%.*s` a new `due` in "
                            "the strategy file and say why",
                            STR_FMT(it->node.id));
    hit->node = it->node.id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_str(&f.w, "due", due);
    hit->facts = wording_facts_end(&f, a);
}

static void say_forecast(const struct rule_input *in, struct arena *a,
                         struct rule_hit *hit)
{
    const struct initiative *it = in->initiative;
    const struct forecast *fc = &in->work->forecast;
    struct str due = wording_date(a, it->due);
    struct str p50 = wording_date(a, fc->p50), p85 = wording_date(a, fc->p85);
    struct wording_facts f;

    hit->note = arena_printf(
        a,
        "due on %.*s: its %lld open items may be done by %.*s in half of all cases, by "
        "%.*s in 85 of 100, for the scope that exists today (%u closed in %u working "
        "days)",
        STR_FMT(due), (long long)fc->open, STR_FMT(p50), STR_FMT(p85), fc->closed,
        fc->days);
    hit->fix = arena_printf(a,
                            "cut what need not be done by then, or give `%.*s` a new "
                            "`due` in the strategy file while it can still be planned by",
                            STR_FMT(it->node.id));
    hit->command = arena_printf(a, "alignctl initiatives %.*s", STR_FMT(it->node.id));
    hit->node = it->node.id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_str(&f.w, "due", due);
    jsonw_str(&f.w, "p50", p50);
    jsonw_str(&f.w, "p85", p85);
    jsonw_int(&f.w, "closed", fc->closed);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct initiative *it = in->initiative;
    struct wall end;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || it->due.year == 0 || in->tally->open == 0) {
        return false;
    }
    end = wording_midnight(in, date_from_days(date_to_days(it->due) + 1));
    initiative_sooner(ret_next, end, in->now);
    if (in->now.ms < end.ms) {
        if (!forecast_is_late(&in->work->forecast, it->due)) {
            return false;
        }
        say_forecast(in, a, hit);
        return true;
    }
    hit->severity = severity_up(hit->severity);
    say(in, a, hit);
    return true;
}

const struct rule rule_late_initiative = {
    .id = "late-initiative",
    .title = "an initiative that is late",
    .what = "An active initiative whose `due` has passed with items open, or will at "
            "the present rate.",
    .why = "Whoever plans by its date is misled the longer, the later it is said.",
    .formula =
        "status active, some objective it moves runs today, open > 0 items linked, and "
        "either the day of `due` is over (one step more severe), or in 15 of 100 runs or "
        "more they are not done by then: each run closes on every working day to come "
        "what was closed on some working day of the last 8 weeks. From fewer than 10 "
        "closed in 3 weeks of them there is no forecast.",
    .fix = "Cut what is left, or give it a new date and say why.",
    .one = "1 initiative that is late",
    .many = "%d initiatives that are late",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .keep_for = {.wd = 1},
    .eval = eval,
};

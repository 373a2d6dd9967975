#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct idle_done_conf {
    struct span after;
};

static const struct conf_key params[] = {
    {.name = "after",
     .type = CONF_SPAN,
     .offset = offsetof(struct idle_done_conf, after),
     .dflt = "10wd",
     .live = true,
     .doc = "How long an initiative may have nothing open."},
    {0},
};

/* The last change, or later: the last open item may have been linked elsewhere. */
static struct wall idle_since(const struct rule_input *in)
{
    struct wall t = in->tally->last_change;
    struct date open = in->work->open_until;

    if (open.year != 0) {
        struct wall end =
            wording_midnight(in, date_from_days(date_to_days(open) + 1));

        t = end.ms > t.ms && end.ms <= in->now.ms ? end : t;
    }
    return t;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct wall since, struct span after)
{
    const struct tz *tz = in->cal->tz != NULL ? in->cal->tz : tz_utc();
    struct str id = in->initiative->node.id;
    struct str day = wording_date(a, tz_local(tz, since).date);
    struct wording_facts f;

    hit->note = arena_printf(a, "%lld items done, and nothing open since %.*s",
                             (long long)in->tally->completed, STR_FMT(day));
    hit->fix = arena_printf(a,
                            "set `%.*s` to done in the strategy file, or plan the next "
                            "step",
                            STR_FMT(id));
    hit->node = id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_str(&f.w, "since", day);
    wording_span(&f.w, "after", after);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct idle_done_conf *conf = in->conf->own;
    struct wall since, due;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || in->tally->open > 0 ||
        in->tally->completed == 0) {
        return false;
    }
    since = idle_since(in);
    due = calendar_add(in->cal, since, conf->after);
    initiative_sooner(ret_next, due, in->now);
    if (in->now.ms < due.ms) {
        return false;
    }
    say(in, a, hit, since, conf->after);
    return true;
}

const struct rule rule_initiative_idle_done = {
    .id = "initiative-idle-done",
    .title = "an initiative with nothing left open",
    .what = "An active initiative of which something is done and nothing is open.",
    .why = "It is done and nobody has said so, or its next step was forgotten.",
    .formula = "status active, some objective it moves runs today, completed > 0 and "
               "open = 0, and so for `after`. One that never had work is "
               "uncovered-initiative's.",
    .fix = "Mark it done, or plan the next step.",
    .one = "1 initiative with nothing left open",
    .many = "%d initiatives with nothing left open",
    .subject = RULE_INITIATIVE,
    .severity = SEV_INFO,
    .params = params,
    .params_size = sizeof(struct idle_done_conf),
    .eval = eval,
};

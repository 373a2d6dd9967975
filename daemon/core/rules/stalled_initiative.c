#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct stalled_initiative_conf {
    struct span after;
    int64_t open;
};

static const struct conf_key params[] = {
    {.name = "after",
     .type = CONF_SPAN,
     .offset = offsetof(struct stalled_initiative_conf, after),
     .dflt = "10wd",
     .live = true,
     .doc = "How long nothing of an initiative may change."},
    {.name = "open",
     .type = CONF_INT,
     .offset = offsetof(struct stalled_initiative_conf, open),
     .dflt = "3",
     .min = 1,
     .max = 1000000,
     .live = true,
     .doc = "With fewer open items than this it is not asked."},
    {0},
};

static struct date day_of(const struct rule_input *in, struct wall t)
{
    return tz_local(in->cal->tz != NULL ? in->cal->tz : tz_utc(), t).date;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct span after)
{
    const struct tally *t = in->tally;
    struct str since = wording_date(a, day_of(in, t->last_change));
    struct str id = in->initiative->node.id;
    struct wording_facts f;

    hit->note = arena_printf(
        a,
        "%lld items open, %lld of them in progress, and none was begun, closed or added "
        "since %.*s",
        (long long)t->open, (long long)t->in_progress, STR_FMT(since));
    hit->fix = arena_printf(a,
                            "take up its next item, or set `%.*s` to paused in the "
                            "strategy file, so that nobody waits for it",
                            STR_FMT(id));
    hit->node = id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_str(&f.w, "last_change", since);
    wording_span(&f.w, "after", after);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct stalled_initiative_conf *conf = in->conf->own;
    struct wall due;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || in->tally->open < conf->open ||
        in->tally->last_change.ms == 0) {
        return false;
    }
    due = calendar_add(in->cal, in->tally->last_change, conf->after);
    initiative_sooner(ret_next, due, in->now);
    if (in->now.ms < due.ms ||
        (in->initiative->start.year != 0 &&
         !initiative_is_past(in, conf->after, hit, ret_next))) {
        return false;
    }
    say(in, a, hit, conf->after);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "open", .fact = "open", .times = 1, .holds = RULE_FROM},
    {0},
};

const struct rule rule_stalled_initiative = {
    .id = "stalled-initiative",
    .title = "an initiative that stands still",
    .what = "An active initiative with open items of which nothing has moved.",
    .why = "It is reported as under way, and it is not.",
    .formula =
        "status active, some objective it moves runs today, `open` items or more are "
        "open, and in `after` (working days: holidays do not count) and since `after` "
        "past its start nothing linked to it changed its status category, was closed or "
        "was created",
    .fix = "Take up its next item, or set it to paused.",
    .one = "1 initiative that stands still",
    .many = "%d initiatives that stand still",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .params = params,
    .params_size = sizeof(struct stalled_initiative_conf),
    .measures = measures,
    .eval = eval,
};

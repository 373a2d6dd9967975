#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct priority_inversion_conf {
    int64_t days;
};

static const struct conf_key params[] = {
    {.name = "days",
     .type = CONF_INT,
     .offset = offsetof(struct priority_inversion_conf, days),
     .dflt = "10",
     .min = 1,
     .max = 100000,
     .live = true,
     .doc = "Person-days in 14 days on an initiative that ranks lower from which on it "
            "is told."},
    {0},
};

enum { IDLE_WORKING_DAYS = 10 };

static double days_of(const struct rule_effort *e, struct str node)
{
    for (size_t i = 0; i < e->spread.n_nodes; i++) {
        if (str_eq(e->spread.nodes[i].node, node)) {
            return e->spread.nodes[i].days;
        }
    }
    return 0;
}

/* Something is to do, and nobody has had it in hand. */
static bool is_idle(const struct rule_input *in, struct rule_hit *hit,
                    struct wall *ret_next)
{
    const struct span idle = {.wd = IDLE_WORKING_DAYS};
    struct date busy = in->work->busy_until;
    struct wall due;

    if (in->tally->open == 0 || in->tally->in_progress > 0 ||
        days_of(in->effort, in->initiative->node.id) > 1e-6 ||
        !initiative_is_past(in, idle, hit, ret_next)) {
        return false;
    }
    if (busy.year == 0) {
        return true;
    }
    due = calendar_add(
        in->cal, wording_midnight(in, date_from_days(date_to_days(busy) + 1)), idle);
    initiative_sooner(ret_next, due, in->now);
    return in->now.ms >= due.ms;
}

/* Of those that rank lower the one that took most days. */
static const struct initiative *preferred(const struct rule_input *in,
                                          double *ret_days)
{
    const struct effort_sum *s = &in->effort->spread;
    double own = initiative_rice(in->initiative);

    for (size_t i = 0; i < s->n_nodes; i++) {
        const struct initiative *it =
            strategy_initiative(in->strategy, s->nodes[i].node);

        if (it != NULL && it->status == INITIATIVE_ACTIVE && initiative_rice(it) >= 0 &&
            initiative_rice(it) < own) {
            *ret_days = s->nodes[i].days;
            return it;
        }
    }
    return NULL;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                const struct initiative *lower, double days)
{
    struct str id = in->initiative->node.id;
    double own = initiative_rice(in->initiative), other = initiative_rice(lower);
    struct str since = in->work->busy_until.year != 0
                           ? wording_date(a, in->work->busy_until)
                           : STR_NONE;
    struct wording_facts f;

    hit->note = arena_printf(
        a,
        "ranks higher (RICE %.3g) than `%.*s` (RICE %.3g), which took %.0f person-days "
        "in %d days; of its own %lld open items none %s%.*s",
        own, STR_FMT(lower->node.id), other, days, RULE_SPREAD_DAYS,
        (long long)in->tally->open,
        since.n > 0 ? "was in progress since " : "is in progress", STR_FMT(since));
    hit->fix = STR("take up its next item first, or correct the ranks (`rice`) in the "
                   "strategy file if the order of the work is right");
    hit->node = id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_double(&f.w, "rice", own);
    jsonw_str(&f.w, "lower", lower->node.id);
    jsonw_double(&f.w, "lower_rice", other);
    jsonw_double(&f.w, "lower_person_days", days);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct priority_inversion_conf *conf = in->conf->own;
    const struct initiative *lower;
    double days = 0;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || initiative_rice(in->initiative) < 0 ||
        !is_idle(in, hit, ret_next)) {
        return false;
    }
    lower = preferred(in, &days);
    if (lower == NULL || days < (double)conf->days - 1e-6) {
        return false;
    }
    say(in, a, hit, lower, days);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "days", .fact = "lower_person_days", .times = 1, .holds = RULE_FROM},
    {0},
};

const struct rule rule_priority_inversion = {
    .id = "priority-inversion",
    .title = "an initiative that lower ones overtake",
    .what = "An active initiative rests while one with a lower rank is worked on.",
    .why = "The ranks say what was decided; the days say what is done.",
    .formula =
        "status active, some objective it moves runs today, it has open items, nothing "
        "of it was in progress for 10 working days (nor in those after its start), and "
        "an active initiative with a lower RICE (reach x impact x confidence / effort) "
        "took `days` person-days or more in 14 days",
    .fix = "Take up its next item first, or correct the ranks.",
    .one = "1 initiative that lower ones overtake",
    .many = "%d initiatives that lower ones overtake",
    .subject = RULE_INITIATIVE,
    .severity = SEV_INFO,
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct priority_inversion_conf),
    .measures = measures,
    .eval = eval,
};

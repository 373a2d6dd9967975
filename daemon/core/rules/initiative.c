#include "core/rules/initiative.h"

void initiative_sooner(struct wall *next, struct wall t, struct wall now)
{
    if (t.ms > now.ms && (next->ms == 0 || t.ms < next->ms)) {
        *next = t;
    }
}

bool initiative_runs(const struct rule_input *in, struct wall *next)
{
    const struct initiative *it = in->initiative;
    struct date today = wording_today(in);
    bool any = it->n_moves == 0;

    if (it->status != INITIATIVE_ACTIVE) {
        return false;
    }
    for (size_t i = 0; i < it->n_moves; i++) {
        const struct objective *o = it->moves[i].kr->objective;

        any = any || objective_is_running(o, today);
        if (o->from.year != 0) {
            initiative_sooner(next, wording_midnight(in, o->from), in->now);
        }
        if (o->to.year != 0) {
            struct date after = date_from_days(date_to_days(o->to) + 1);

            initiative_sooner(next, wording_midnight(in, after), in->now);
        }
    }
    return any;
}

bool initiative_is_past(const struct rule_input *in, struct span after,
                        struct rule_hit *hit, struct wall *next)
{
    const struct initiative *it = in->initiative;
    struct wall due;

    if (it->start.year == 0) {
        hit->for_ = after;
        return true;
    }
    due = calendar_add(in->cal, wording_midnight(in, it->start), after);
    initiative_sooner(next, due, in->now);
    return in->now.ms >= due.ms;
}

double initiative_rice(const struct initiative *it)
{
    return it->has_rice && it->rice.effort_days > 0
               ? it->rice.reach * it->rice.impact * it->rice.confidence /
                     it->rice.effort_days
               : -1;
}

void initiative_facts(struct wording_facts *f, const struct rule_input *in)
{
    jsonw_str(&f->w, "initiative", in->initiative->node.id);
    jsonw_int(&f->w, "open", in->tally->open);
    jsonw_int(&f->w, "in_progress", in->tally->in_progress);
    jsonw_int(&f->w, "completed", in->tally->completed);
}

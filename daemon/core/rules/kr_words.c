#include "core/rules/kr_words.h"

#include <math.h>

void kr_wait(const struct rule_input *in, struct rule_hit *hit)
{
    if (hit->for_.ms == 0 && hit->for_.wd == 0) {
        hit->for_ = in->kr->kr->check_in;
    }
}

bool kr_is_running(const struct rule_input *in)
{
    const struct kr_pace_report *r = &in->kr->report;
    struct date today = wording_today(in);

    return (r->start.year == 0 || date_cmp(r->start, today) <= 0) &&
           (r->by.year == 0 || date_cmp(today, r->by) <= 0);
}

void kr_look_at(const struct rule_input *in, struct date d, struct wall *next)
{
    struct wall at;

    if (d.year == 0) {
        return;
    }
    at = wording_midnight(in, d);
    if (at.ms > in->now.ms && (next->ms == 0 || at.ms < next->ms)) {
        *next = at;
    }
}

struct str kr_about(struct arena *a, const struct key_result *kr, double v)
{
    double way = fabs(kr->target - kr->baseline);
    int digits = way >= 20 ? 0 : way >= 2 ? 1 : way >= 0.2 ? 2 : 3;

    if (fabs(v) >= 1e9 || way < 0.01) {
        return arena_printf(a, "%.6g", v);
    }
    return arena_printf(a, "%.*f", digits, v);
}

static struct str end_words(const struct rule_input *in, struct arena *a)
{
    struct date by = in->kr->report.by;

    return by.year == 0
               ? STR_NONE
               : arena_printf(a, " %s %.*s", in->kr->kr->kind == KR_KEEP ? "until" : "by",
                              STR_FMT(wording_day(a, by, wording_today(in))));
}

struct str kr_aim_words(const struct rule_input *in, struct arena *a)
{
    const struct key_result *kr = in->kr->kr;
    struct str by = end_words(in, a);

    switch (kr->kind) {
    case KR_REACH:
        return arena_printf(a, "%.6g->%.*s%.*s", kr->baseline,
                            STR_FMT(wording_value(a, kr, kr->target)), STR_FMT(by));
    case KR_KEEP:
        break;
    case KR_DONE:
        return arena_printf(a, "done%.*s", STR_FMT(by));
    }
    if (kr->has_at_least && kr->has_at_most) {
        return arena_printf(a, "%.6g to %.*s%.*s", kr->at_least,
                            STR_FMT(wording_value(a, kr, kr->at_most)), STR_FMT(by));
    }
    return arena_printf(
        a, "%s %.*s%.*s", kr->has_at_least ? "at least" : "at most",
        STR_FMT(wording_value(a, kr, kr->has_at_least ? kr->at_least : kr->at_most)),
        STR_FMT(by));
}

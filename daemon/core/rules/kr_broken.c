#include "core/rules/kr_words.h"
#include "core/rules/rules.h"

/* The first value of the latest run outside the bound. */
static const struct kr_value *broken_since(const struct rule_kr *k)
{
    const struct kr_value *first = &k->report.last;

    for (size_t i = k->n; i-- > 0;) {
        if (date_cmp(k->v[i].date, k->report.last.date) > 0) {
            continue;
        }
        if (kr_is_kept(k->kr, k->v[i].value) ||
            (k->report.start.year != 0 &&
             date_cmp(k->v[i].date, k->report.start) < 0)) {
            break;
        }
        first = &k->v[i];
    }
    return first;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct kr_pace_report *r = &in->kr->report;
    const struct key_result *kr = in->kr->kr;
    const struct kr_value *since = broken_since(in->kr);
    struct date today = wording_today(in);
    struct wording_facts f;

    hit->note = arena_printf(a, "%.*s on %.*s; its bound is %.*s",
                             STR_FMT(wording_value(a, kr, r->last.value)),
                             STR_FMT(wording_day(a, r->last.date, today)),
                             STR_FMT(kr_aim_words(in, a)));
    if (date_cmp(since->date, r->last.date) < 0) {
        hit->note = arena_printf(a, "%.*s; outside since %.*s", STR_FMT(hit->note),
                                 STR_FMT(wording_day(a, since->date, today)));
    }
    hit->fix = STR("find what moved it and bring it back; where the bound is no longer "
                   "right, change it and write down why (decisions: affects, because)");
    hit->command =
        arena_printf(a, "alignctl krs %.*s", STR_FMT(wording_shell(a, kr->node.id)));
    hit->node = kr->node.id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", kr->node.id);
    wording_kr_facts(&f, in->kr);
    if (kr->has_at_least) {
        jsonw_double(&f.w, "at_least", kr->at_least);
    }
    if (kr->has_at_most) {
        jsonw_double(&f.w, "at_most", kr->at_most);
    }
    jsonw_str(&f.w, "since", wording_date(a, since->date));
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct kr_pace_report *r = &in->kr->report;
    const struct key_result *kr = in->kr->kr;

    *ret_next = (struct wall){0};
    if (kr->kind != KR_KEEP || !r->has_value || !kr_is_running(in) ||
        kr_is_kept(kr, r->last.value)) {
        return false;
    }
    if (r->by.year != 0) {
        kr_look_at(in, date_from_days(date_to_days(r->by) + 1), ret_next);
    }
    kr_wait(in, hit);
    say(in, a, hit);
    return true;
}

const struct rule rule_kr_broken = {
    .id = "kr-broken",
    .title = "a bound that is not kept",
    .what = "A key result that is to be kept, and whose last value is outside its bound.",
    .why = "What was promised to stay as it is does not, while everybody looks at what "
           "is to grow.",
    .formula = "kind keep, and its last value is below `at_least` or above `at_most`; for "
               "one check_in, unless `for` says how long",
    .fix = "Find what moved it and bring it back, or change the bound and say why.",
    .one = "1 key result outside its bound",
    .many = "%d key results outside their bounds",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .whatever_scope = true,
    .eval = eval,
};

#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct assumption_broken_conf {
    struct span unknown_for;
};

static const struct conf_key params[] = {
    {.name = "unknown_for",
     .type = CONF_SPAN,
     .offset = offsetof(struct assumption_broken_conf, unknown_for),
     .dflt = "14d",
     .live = true,
     .doc = "How long an assumption may be unknown before that is told, as info."},
    {0},
};

enum verdict { FINE, UNCHECKED, BROKEN };

static bool is_over(const struct rule_input *in, struct wall since, struct span wait,
                    struct wall *next)
{
    struct wall at = calendar_add(in->cal, since, wait);

    if (in->now.ms >= at.ms) {
        return true;
    }
    if (next->ms == 0 || at.ms < next->ms) {
        *next = at;
    }
    return false;
}

/* What is not known any more is no better than it was when it was. */
static enum verdict judge(const struct rule_input *in, const struct rule_assumption *x,
                          struct wall *next)
{
    const struct assumption_broken_conf *conf = in->conf->own;
    struct wall broken = calendar_add(in->cal, x->false_since, in->conf->for_);

    if (x->verdict.state == ASSUME_DOES_NOT_HOLD && x->false_since.ms != 0) {
        return is_over(in, x->false_since, in->conf->for_, next) ? BROKEN : FINE;
    }
    if (x->verdict.state != ASSUME_UNKNOWN || x->unknown_since.ms == 0) {
        return FINE;
    }
    if (x->false_since.ms != 0 && broken.ms <= x->unknown_since.ms) {
        return BROKEN;
    }
    return is_over(in, x->unknown_since, conf->unknown_for, next) ? UNCHECKED : FINE;
}

static struct str found_words(struct arena *a, const struct rule_assumption *x)
{
    char mem[64];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    assume_print(&b, &x->form, &x->verdict.found);
    return arena_str(a, buf_str(&b));
}

/* "share(grow) >= 55% is false since 12 Nov: 41%" */
static struct str words_of(const struct rule_input *in, struct arena *a,
                           const struct rule_assumption *x, enum verdict v)
{
    struct date today = wording_today(in);
    const struct tz *tz = in->cal->tz != NULL ? in->cal->tz : tz_utc();
    struct wall since = v == BROKEN ? x->false_since : x->unknown_since;
    struct str day = wording_day(a, tz_local(tz, since).date, today);
    struct str text = wording_short(x->text);

    if (v == BROKEN && x->verdict.state == ASSUME_DOES_NOT_HOLD) {
        return arena_printf(a, "%.*s is false since %.*s: %.*s", STR_FMT(text),
                            STR_FMT(day), STR_FMT(found_words(a, x)));
    }
    return arena_printf(a, "%.*s %s since %.*s: %s", STR_FMT(text),
                        v == BROKEN ? "is false, and now not known,"
                                    : "cannot be checked",
                        STR_FMT(day),
                        x->verdict.found.unknown != NULL ? x->verdict.found.unknown
                                                         : "nothing is known of it");
}

static void write_one(struct wording_facts *f, struct arena *a,
                      const struct rule_assumption *x)
{
    jsonw_object(&f->w, NULL);
    jsonw_str(&f->w, "expression", wording_short(x->text));
    jsonw_strz(&f->w, "state", assume_state_name(x->verdict.state));
    jsonw_opt(&f->w, "found", found_words(a, x));
    if (x->false_since.ms != 0) {
        jsonw_time(&f->w, "false_since", x->false_since);
    }
    if (x->unknown_since.ms != 0) {
        jsonw_time(&f->w, "unknown_since", x->unknown_since);
    }
    jsonw_end_object(&f->w);
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                enum verdict worst)
{
    struct wording_facts f;
    struct wall next = {0};
    size_t n = 0;

    for (size_t i = 0; i < in->n_assumptions; i++) {
        const struct rule_assumption *x = &in->assumptions[i];

        if (judge(in, x, &next) == worst) {
            hit->note = arena_printf(a, "%.*s%s%.*s", STR_FMT(hit->note),
                                     n++ > 0 ? "; " : "",
                                     STR_FMT(words_of(in, a, x, worst)));
        }
    }
    hit->fix = worst == BROKEN
                   ? STR("the decision was made on this: look at it again, then change "
                         "it, or what it assumes, in the strategy file")
                   : STR("let what it asks be known (a value told, a source that is "
                         "well, work that is linked), or assume what can be checked");
    hit->command = STR("alignctl decisions");
    hit->node = in->node->id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "decision", in->node->id);
    jsonw_array(&f.w, "assumes");
    for (size_t i = 0; i < in->n_assumptions; i++) {
        write_one(&f, a, &in->assumptions[i]);
    }
    jsonw_end_array(&f.w);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    enum verdict worst = FINE;

    *ret_next = (struct wall){0};
    for (size_t i = 0; i < in->n_assumptions; i++) {
        enum verdict v = judge(in, &in->assumptions[i], ret_next);

        worst = v > worst ? v : worst;
    }
    /* Values grow old, and windows move, by the day. */
    if (in->n_assumptions > 0) {
        struct wall tomorrow = wording_midnight(
            in, date_from_days(date_to_days(wording_today(in)) + 1));

        *ret_next = ret_next->ms != 0 && ret_next->ms < tomorrow.ms ? *ret_next : tomorrow;
    }
    if (worst == FINE) {
        return false;
    }
    /* Each expression has its own time. */
    hit->for_ = (struct span){.ms = 0};
    if (worst == UNCHECKED) {
        hit->severity = SEV_INFO;
    }
    say(in, a, hit, worst);
    return true;
}

const struct rule rule_assumption_broken = {
    .id = "assumption-broken",
    .title = "a decision whose grounds are gone",
    .what = "A decision of which something that it assumes is false, or cannot be checked.",
    .why = "A decision outlives its grounds unless somebody is told.",
    .formula = "an expression of `assumes` has been false for `for`; over a value that is "
               "unknown or too old, or effort of low trust, it is unknown, which is told "
               "after `unknown_for` as info; what was false stays so while it is unknown",
    .fix = "Look at the decision again.",
    .one = "1 decision whose grounds are gone",
    .many = "%d decisions whose grounds are gone",
    .subject = RULE_DECISION,
    .severity = SEV_HIGH,
    .at_once = true,
    .for_ = {.ms = INT64_C(7) * 86400000},
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct assumption_broken_conf),
    .eval = eval,
};

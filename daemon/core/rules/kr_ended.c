#include "core/rules/kr_words.h"
#include "core/rules/rules.h"

struct kr_ended_conf {
    struct span ask_for, show_for;
};

#define AT(member) offsetof(struct kr_ended_conf, member)
static const struct conf_key params[] = {
    {.name = "ask_for",
     .type = CONF_SPAN,
     .offset = AT(ask_for),
     .dflt = "5wd",
     .live = true,
     .doc = "How long after its date it is asked for its last value."},
    {.name = "show_for",
     .type = CONF_SPAN,
     .offset = AT(show_for),
     .dflt = "5wd",
     .live = true,
     .doc = "How long after that it is shown how it ended."},
    {0},
};

static struct str value_words(const struct rule_input *in, struct arena *a)
{
    const struct kr_pace_report *r = &in->kr->report;

    if (!r->has_value) {
        return STR("no value was told");
    }
    return arena_printf(a, "%.*s on %.*s",
                        STR_FMT(wording_value(a, in->kr->kr, r->last.value)),
                        STR_FMT(wording_day(a, r->last.date, wording_today(in))));
}

/* `until`: of the asking; 0: it is closed. */
static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct wall until)
{
    const struct kr_pace_report *r = &in->kr->report;
    const struct key_result *kr = in->kr->kr;
    struct str aim = kr_aim_words(in, a), value = value_words(in, a);
    const char *state = kr_state_name(r->state);
    struct wording_facts f;

    if (until.ms != 0) {
        struct date last = tz_local(in->cal->tz != NULL ? in->cal->tz : tz_utc(),
                                    (struct wall){until.ms - 1})
                               .date;

        hit->note = arena_printf(
            a, "%.*s is over: %.*s. Its last value is asked for until %.*s; as it "
               "stands it is %s",
            STR_FMT(aim), STR_FMT(value),
            STR_FMT(wording_day(a, last, wording_today(in))), state);
        hit->fix = STR("tell its last value, also where it was missed");
        hit->command = arena_printf(a, "alignctl checkin %.*s VALUE --at %.*s",
                                    STR_FMT(wording_shell(a, kr->node.id)),
                                    STR_FMT(wording_date(a, r->by)));
    } else {
        hit->note = arena_printf(a, "%.*s is over: %.*s, %s", STR_FMT(aim),
                                 STR_FMT(value), state);
        hit->fix = STR("look at what moved it, and give what comes next a key result of "
                       "its own");
        hit->command = arena_printf(a, "alignctl krs %.*s",
                                    STR_FMT(wording_shell(a, kr->node.id)));
    }
    hit->node = kr->node.id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", kr->node.id);
    wording_kr_facts(&f, in->kr);
    jsonw_bool(&f.w, "asked", until.ms != 0);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct kr_ended_conf *conf = in->conf->own;
    const struct kr_pace_report *r = &in->kr->report;
    struct wall over, asked, shown;
    bool told;

    *ret_next = (struct wall){0};
    if (r->by.year == 0 || r->state == KR_UNMEASURED) {
        return false;
    }
    over = wording_midnight(in, date_from_days(date_to_days(r->by) + 1));
    if (in->now.ms < over.ms) {
        *ret_next = over;
        return false;
    }
    asked = calendar_add(in->cal, over, conf->ask_for);
    shown = calendar_add(in->cal, asked, conf->show_for);
    if (in->now.ms >= shown.ms) {
        return false;
    }
    /* A value of its last day is the last one. */
    told = r->has_value && date_cmp(r->last.date, r->by) >= 0;
    *ret_next = in->now.ms < asked.ms && !told ? asked : shown;
    say(in, a, hit, in->now.ms < asked.ms && !told ? asked : (struct wall){0});
    return true;
}

const struct rule rule_kr_ended = {
    .id = "kr-ended",
    .title = "a key result that is over",
    .what = "A key result whose date has passed: its last value is asked for, then it is "
            "closed.",
    .why = "What nobody looks back on teaches nothing; a number that was never told is "
           "neither good nor bad.",
    .formula = "its date has passed, and less than `ask_for` and `show_for` lie behind it; "
               "then it is achieved, missed or (without a value near its date) unknown, "
               "and never behind its pace",
    .fix = "Tell its last value.",
    .one = "1 key result is over",
    .many = "%d key results are over",
    .subject = RULE_KR,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct kr_ended_conf),
    .eval = eval,
};

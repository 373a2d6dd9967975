#include "core/rules/kr_words.h"
#include "core/rules/rules.h"

struct kr_retargeted_conf {
    int64_t last;
    struct span decided;
};

#define AT(member) offsetof(struct kr_retargeted_conf, member)
static const struct conf_key params[] = {
    {.name = "last",
     .type = CONF_INT,
     .offset = AT(last),
     .dflt = "40",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of its period, the last ones, in which a change is told."},
    {.name = "decided",
     .type = CONF_SPAN,
     .offset = AT(decided),
     .dflt = "28d",
     .live = true,
     .doc = "How long before the change the decision that says why may have been made."},
    {0},
};

static bool names(const struct strategy *s, const struct str_list *ids,
                  const struct node *n)
{
    for (size_t i = 0; i < ids->n; i++) {
        if (strategy_find(s, ids->v[i]) == n) {
            return true;
        }
    }
    return false;
}

/* Whether a decision of that time says why. */
static bool is_explained(const struct rule_input *in, struct span before)
{
    const struct strategy *s = in->strategy;
    const struct key_result *kr = in->kr->kr;
    struct wall at = in->kr->retarget.at;

    for (size_t i = 0; i < s->n_decisions; i++) {
        const struct decision *d = &s->decisions[i];
        struct date end = date_from_days(date_to_days(d->date) + 1);

        if (d->because.n > 0 && d->date.year != 0 &&
            calendar_add(in->cal, wording_midnight(in, end), before).ms >= at.ms &&
            (names(s, &d->affects, &kr->node) ||
             names(s, &d->affects, &kr->objective->node))) {
            return true;
        }
    }
    return false;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct rule_retarget *t = &in->kr->retarget;
    struct str id = in->kr->kr->node.id;
    struct wording_facts f;

    hit->note = arena_printf(a, "%.*s; %.0f%% of its period was over, and no decision "
                                "says why",
                             STR_FMT(t->words), 100 * t->elapsed);
    hit->fix = arena_printf(a,
                            "add a decision with `affects: [%.*s]` and `because` to the "
                            "strategy file, or take the change back",
                            STR_FMT(id));
    hit->command = STR("alignctl strategy diff");
    hit->node = id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", id);
    jsonw_time(&f.w, "at", t->at);
    jsonw_double(&f.w, "elapsed", t->elapsed);
    jsonw_str(&f.w, "change", t->words);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct kr_retargeted_conf *conf = in->conf->own;
    const struct rule_retarget *t = &in->kr->retarget;
    const struct kr_pace_report *r = &in->kr->report;

    *ret_next = (struct wall){0};
    if (t->at.ms == 0 || t->elapsed < 1 - (double)conf->last / 100 - 1e-9 ||
        !kr_is_running(in) || is_explained(in, conf->decided)) {
        return false;
    }
    /* Of the period before. */
    if (r->start.year != 0 && t->at.ms < wording_midnight(in, r->start).ms) {
        return false;
    }
    if (r->by.year != 0) {
        kr_look_at(in, date_from_days(date_to_days(r->by) + 1), ret_next);
    }
    say(in, a, hit);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "last", .fact = "elapsed",
     .times = -100, .plus = 100, .holds = RULE_UP_TO},
    {0},
};

const struct rule rule_kr_retargeted = {
    .id = "kr-retargeted",
    .title = "a target that was moved near its end",
    .what = "A key result whose target, bound or date changed late in its period, and no "
            "decision says why.",
    .why = "A target that moves to where one is says nothing any more; there may be a good "
           "reason, and then it is worth a line.",
    .formula =
        "a new version of the strategy changed its target, bound or date in the last "
        "`last` percent of the period that it had, and no decision with `because`, not "
        "more than `decided` older than the change, names it or its objective in `affects`",
    .fix = "Write down why, or take the change back.",
    .one = "1 target was moved near its end",
    .many = "%d targets were moved near their end",
    .subject = RULE_KR,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct kr_retargeted_conf),
    .measures = measures,
    .eval = eval,
};

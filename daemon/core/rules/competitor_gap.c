#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct competitor_gap_conf {
    int64_t threat, effort;
    struct span card;
};

#define AT(member) offsetof(struct competitor_gap_conf, member)
static const struct conf_key params[] = {
    {.name = "threat",
     .type = CONF_INT,
     .offset = AT(threat),
     .dflt = "4",
     .min = 1,
     .max = 5,
     .live = true,
     .doc = "What it attacks is looked at from this threat on."},
    {.name = "effort",
     .type = CONF_INT,
     .offset = AT(effort),
     .dflt = "10",
     .min = 0,
     .max = 100,
     .live = true,
     .doc = "Percent of effort below which what it attacks is left open."},
    {.name = "card",
     .type = CONF_SPAN,
     .offset = AT(card),
     .dflt = "90d",
     .live = true,
     .doc = "How old the evidence of its card may be."},
    {0},
};

static void add(struct arena *a, struct str *text, struct str more)
{
    *text = arena_printf(a, "%.*s%s%.*s", STR_FMT(*text), text->n > 0 ? "; " : "",
                         STR_FMT(more));
}

static bool serves(const struct objective *o, const struct node *n)
{
    return &o->node == n || (o->intent != NULL && &o->intent->node == n);
}

/* Of mapped days; negative: not known. */
static double share_of(const struct rule_input *in, const struct node *n)
{
    const struct effort_sum *e = &in->effort->shares;
    double days = 0;

    if (!(e->mapped > 0) || e->trust == TRUST_LOW) {
        return -1;
    }
    for (size_t i = 0; i < e->n_shares; i++) {
        const struct node *goal = strategy_find(in->strategy, e->shares[i].id);

        if (e->shares[i].id.n > 0 && goal != NULL && goal->kind == NODE_OBJECTIVE &&
            serves((const struct objective *)(const void *)goal, n)) {
            days += e->shares[i].days;
        }
    }
    return days / e->mapped;
}

static void judge_attack(const struct rule_input *in, const struct rule_attack *at,
                         struct arena *a, struct str *text)
{
    const struct competitor_gap_conf *conf = in->conf->own;
    double share = share_of(in, at->node);

    if (share >= 0 && share < (double)conf->effort / 100 - 1e-9) {
        add(a, text,
            arena_printf(a, "it attacks %.*s, which has %.0f%% of effort",
                         STR_FMT(at->node->id), 100 * share));
    }
    for (size_t i = 0; i < at->n_krs; i++) {
        const struct rule_kr *k = &at->krs[i];

        if (k->report.state == KR_OFF_PACE) {
            add(a, text,
                arena_printf(a, "it attacks %.*s, and %.*s is %.0f points behind its pace",
                             STR_FMT(at->node->id), STR_FMT(k->kr->node.id),
                             -100 * k->report.pace));
        }
    }
}

static void judge_card(const struct rule_input *in, const struct competitor *c,
                       struct arena *a, struct str *text, struct wall *next)
{
    const struct competitor_gap_conf *conf = in->conf->own;
    struct wall old;

    if (c->evidence.year == 0) {
        add(a, text, STR("its card has no day of evidence"));
        return;
    }
    old = calendar_add(in->cal,
                       wording_midnight(
                           in, date_from_days(date_to_days(c->evidence) + 1)),
                       conf->card);
    if (in->now.ms < old.ms) {
        *next = old;
        return;
    }
    add(a, text,
        arena_printf(a, "the evidence of its card is of %.*s",
                     STR_FMT(wording_day(a, c->evidence, wording_today(in)))));
}

static void write_facts(const struct rule_input *in, struct arena *a,
                        const struct competitor *c, struct rule_hit *hit)
{
    struct wording_facts f;

    wording_facts_begin(&f);
    jsonw_str(&f.w, "competitor", c->node.id);
    jsonw_int(&f.w, "threat", c->threat);
    if (c->evidence.year != 0) {
        jsonw_str(&f.w, "evidence", wording_date(a, c->evidence));
    }
    jsonw_array(&f.w, "attacks");
    for (size_t i = 0; i < in->n_attacks; i++) {
        double share = share_of(in, in->attacks[i].node);

        jsonw_object(&f.w, NULL);
        jsonw_str(&f.w, "id", in->attacks[i].node->id);
        if (share >= 0) {
            jsonw_double(&f.w, "share", share);
        }
        jsonw_end_object(&f.w);
    }
    jsonw_end_array(&f.w);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct competitor_gap_conf *conf = in->conf->own;
    const struct competitor *c = (const struct competitor *)(const void *)in->node;
    struct str text = STR_NONE;

    *ret_next = (struct wall){0};
    for (size_t i = 0; c->threat >= conf->threat && i < in->n_attacks; i++) {
        judge_attack(in, &in->attacks[i], a, &text);
    }
    judge_card(in, c, a, &text, ret_next);
    if (text.n == 0) {
        return false;
    }
    hit->note = text;
    hit->fix = STR("answer it with work where it attacks, or look at it again and renew "
                   "its card (evidence, threat, attacks) in the strategy file");
    hit->command = arena_printf(a, "alignctl view --as %.*s",
                                STR_FMT(wording_shell(a, c->node.id)));
    hit->node = c->node.id;
    write_facts(in, a, c, hit);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "threat", .fact = "threat", .times = 1, .holds = RULE_FROM},
    {0},
};

const struct rule rule_competitor_gap = {
    .id = "competitor-gap",
    .title = "a competitor without an answer",
    .what = "A competitor that attacks what has little effort or a key result behind its "
            "pace, or whose card is old.",
    .why = "What others attack and nobody works on is lost without a fight.",
    .formula = "threat >= `threat` and what it attacks has less than `effort` percent of "
               "mapped days (28 days, trust at least medium) or a key result off pace; or "
               "its evidence is older than `card`, or has no day",
    .fix = "Answer it, or renew its card.",
    .one = "1 competitor without an answer",
    .many = "%d competitors without an answer",
    .subject = RULE_COMPETITOR,
    .severity = SEV_INFO,
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct competitor_gap_conf),
    .measures = measures,
    .eval = eval,
};

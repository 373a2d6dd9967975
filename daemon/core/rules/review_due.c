#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct review_due_conf {
    int64_t first, second, last;
};

#define AT(member) offsetof(struct review_due_conf, member)
#define DAYS(name_, dflt_, doc_)                                                       \
    {                                                                                  \
        .name = #name_, .type = CONF_INT, .offset = AT(name_), .dflt = dflt_,          \
        .min = 0, .max = 3650, .live = true, .doc = doc_                               \
    }
static const struct conf_key params[] = {
    DAYS(first, "14", "Days before it is due when it is told first."),
    DAYS(second, "7", "Days before it is due when that is said again."),
    DAYS(last, "1", "Days before it is due from which on it is one step more severe."),
    {0},
};

static struct date review_by(const struct rule_input *in)
{
    const struct node *n = in->node;

    if (n == NULL) {
        return in->strategy->review_by;
    }
    return n->kind == NODE_DECISION
               ? ((const struct decision *)(const void *)n)->review_by
               : ((const struct event *)(const void *)n)->review_by;
}

/* `left`: the step it is at, in days; negative: its day has passed. */
static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct date by, int64_t left)
{
    struct str day = wording_day(a, by, wording_today(in));
    struct wording_facts f;

    hit->note = left < 0 ? arena_printf(a, "it was to be looked at again by %.*s",
                                        STR_FMT(day))
                         : arena_printf(a,
                                        "it is to be looked at again by %.*s, at most "
                                        "%lld day%s off",
                                        STR_FMT(day), (long long)left,
                                        left == 1 ? "" : "s");
    hit->fix = STR("look whether it still holds, then give it the next `review_by` in "
                   "the strategy file");
    hit->command = in->node != NULL && in->node->kind == NODE_DECISION
                       ? STR("alignctl decisions due")
                       : STR("alignctl strategy");
    hit->node = in->node != NULL ? in->node->id : STR_NONE;
    wording_facts_begin(&f);
    jsonw_strz(&f.w, "kind", in->node != NULL ? node_kind_name(in->node->kind) : "strategy");
    jsonw_str(&f.w, "review_by", wording_date(a, by));
    jsonw_bool(&f.w, "past", left < 0);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct review_due_conf *conf = in->conf->own;
    /* By how far they are off, furthest first; -1: the day after it. */
    const int64_t steps[] = {conf->first, conf->second, conf->last, -1};
    struct date by = review_by(in);
    int64_t left, day, at = 0;
    bool due = false;

    *ret_next = (struct wall){0};
    if (by.year == 0) {
        return false;
    }
    day = date_to_days(by);
    left = day - date_to_days(wording_today(in));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct wall begins = wording_midnight(in, date_from_days(day - steps[i]));

        if (left <= steps[i]) {
            at = due && at < steps[i] ? at : steps[i];
            due = true;
        } else if (ret_next->ms == 0 || begins.ms < ret_next->ms) {
            *ret_next = begins;
        }
    }
    if (!due) {
        return false;
    }
    if (left <= conf->last) {
        hit->severity = severity_up(hit->severity);
    }
    say(in, a, hit, by, at);
    return true;
}

const struct rule rule_review_due = {
    .id = "review-due",
    .title = "a review that is due",
    .what = "The strategy, a decision or an event that is to be looked at again.",
    .why = "What was right once is kept because nobody asks again.",
    .formula = "`review_by` is `first` days off; again at `second`; from `last` on, and "
               "once it has passed, one step more severe",
    .fix = "Look at it again, and give it its next day.",
    .one = "1 review is due",
    .many = "%d reviews are due",
    .subject = RULE_STRATEGY,
    .also = RULE_ALSO(RULE_DECISION) | RULE_ALSO(RULE_EVENT),
    .severity = SEV_INFO,
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct review_due_conf),
    .eval = eval,
};

#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_channel *c = in->channel;
    struct wording_facts f;

    *ret_next = (struct wall){0};
    if (c->dead_since.ms == 0) {
        return false;
    }
    hit->note = arena_printf(a, "it refuses for good: %.*s",
                             STR_FMT(wording_short(c->reason)));
    hit->fix = STR("give it an address or a token that is accepted (`channels:` in "
                   "alignd.yaml) and restart alignd; what was given up is sent again by");
    hit->command = STR("alignctl outbox retry all");
    wording_facts_begin(&f);
    jsonw_str(&f.w, "channel", c->name);
    jsonw_time(&f.w, "since", c->dead_since);
    jsonw_str(&f.w, "reason", wording_short(c->reason));
    hit->facts = wording_facts_end(&f, a);
    return true;
}

const struct rule rule_channel_dead = {
    .id = "channel-dead",
    .title = "a channel that refuses for good",
    .what = "A channel that refuses messages for a reason that no retry mends.",
    .why = "What is told there reaches nobody, and silence looks like health.",
    .formula = "its last answer says that it is gone, closed or not ours, and nothing has "
               "been delivered there since; told on another channel, never on that one",
    .fix = "Give it an address or a token that is accepted.",
    .one = "1 channel refuses for good",
    .many = "%d channels refuse for good",
    .subject = RULE_CHANNEL,
    .severity = SEV_HIGH,
    .whatever_scope = true,
    .operations = true,
    .eval = eval,
};

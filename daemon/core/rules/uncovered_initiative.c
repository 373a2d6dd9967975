#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct uncovered_initiative_conf {
    struct span after;
};

static const struct conf_key params[] = {
    {.name = "after",
     .type = CONF_SPAN,
     .offset = offsetof(struct uncovered_initiative_conf, after),
     .dflt = "10wd",
     .live = true,
     .doc = "How long after its start an initiative may be without work."},
    {0},
};

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct span after)
{
    const struct initiative *it = in->initiative;
    char mem[16];
    struct buf start;
    struct wording_facts facts;

    buf_init_fixed(&start, mem, sizeof mem);
    date_print(&start, it->start);
    hit->note =
        arena_printf(a, "active%s%.*s, and no item open or done is linked to it",
                     start.n > 0 ? " since " : "", STR_FMT(buf_str(&start)));
    hit->fix = arena_printf(
        a,
        "label its work `initiative:%.*s` (or a line `Initiative: %.*s`), or "
        "change its status in the strategy file",
        STR_FMT(it->node.id), STR_FMT(it->node.id));
    hit->command = arena_printf(a, "alignctl link ITEM %.*s", STR_FMT(it->node.id));
    hit->node = it->node.id;
    wording_facts_begin(&facts);
    jsonw_str(&facts.w, "initiative", it->node.id);
    jsonw_str(&facts.w, "start", buf_str(&start));
    wording_span(&facts.w, "after", after);
    jsonw_int(&facts.w, "open", in->tally->open);
    jsonw_int(&facts.w, "completed", in->tally->completed);
    jsonw_int(&facts.w, "discarded", in->tally->discarded);
    hit->facts = wording_facts_end(&facts, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct uncovered_initiative_conf *conf = in->conf->own;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || in->tally->open > 0 ||
        in->tally->completed > 0 ||
        !initiative_is_past(in, conf->after, hit, ret_next)) {
        return false;
    }
    say(in, a, hit, conf->after);
    return true;
}

const struct rule rule_uncovered_initiative = {
    .id = "uncovered-initiative",
    .title = "an initiative without work",
    .what = "An active initiative to which nothing open or done is linked.",
    .why = "A strategy that nobody works on is a wish.",
    .formula =
        "status active, some objective it moves runs today, open = 0 and completed = 0 "
        "items effectively linked, `after` past its start (no start given: `after` "
        "past the first time it was seen so); judged only while every source is well "
        "and repositories or projects that fail hold at most 5% of its items (where it "
        "has none, of all)",
    .fix = "Link its work, plan its first step, or change its status in the strategy "
           "file.",
    .one = "1 initiative without work",
    .many = "%d initiatives without work",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .params = params,
    .params_size = sizeof(struct uncovered_initiative_conf),
    .eval = eval,
};

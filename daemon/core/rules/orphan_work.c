#include "core/rules/rules.h"
#include "core/rules/wording.h"

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    struct wording_facts facts;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it) || it->level >= ITEM_LEVEL_EPIC || it->idea ||
        it->category != ITEM_IN_PROGRESS || it->has_parent ||
        it->links.strongest != 0 || rule_item_names_unknown(it)) {
        return false;
    }
    hit->note = it->author_name.n > 0
                    ? arena_printf(a, "in progress under no epic, reported by %.*s",
                                   STR_FMT(wording_short(it->author_name)))
                    : STR("in progress under no epic");
    hit->fix = arena_printf(a, "put it under its epic, or %.*s",
                            STR_FMT(wording_link_fix(a, it, STR_NONE)));
    hit->command = wording_link_command(a, it, STR_NONE);
    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_str(&facts.w, "reporter", wording_short(it->author_name));
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_orphan_work = {
    .id = "orphan-work",
    .title = "work in progress under nothing",
    .what = "An item below epic level in progress that has no parent and no link.",
    .why = "Where much of the work is such, links of epics say little of where the days "
           "go.",
    .formula = "level < epic, in progress, not exempt, not an idea, names no parent, no "
               "link by any method. Off unless `off: false` is set: in many trackers "
               "small work stands by itself.",
    .fix = "Put it under its epic, or link it itself.",
    .one = "1 item in progress under no epic",
    .many = "%d items in progress under no epic",
    .subject = RULE_ITEM,
    .off = true,
    .severity = SEV_INFO,
    .for_ = {.wd = 5},
    .eval = eval,
};

#include "base/utf8.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

enum { SHORT_TITLE = 120 };

static struct str note_of(const struct rule_item *it, struct arena *a)
{
    const struct node *n = &it->not_doing->node;
    struct str note =
        arena_printf(a, "%s `%.*s`, which is not to be done",
                     it->not_doing_by_mark ? "marked as" : "its words are those of",
                     STR_FMT(n->id));

    if (n->title.n > 0) {
        note = arena_printf(a, "%.*s: %.*s", STR_FMT(note),
                            STR_FMT(utf8_cut(n->title, SHORT_TITLE)));
    }
    return note;
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    bool by_mark = it->not_doing_by_mark;
    struct wording_facts facts;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it) || it->not_doing == NULL ||
        (!by_mark && it->links.strongest != 0)) {
        return false;
    }
    if (by_mark) {
        hit->severity = severity_up(severity_up(hit->severity));
        hit->for_ = (struct span){0};
    }
    hit->note = note_of(it, a);
    hit->fix = by_mark
                   ? STR("close it; if it is something else, take the mark away; if it "
                         "was decided all the same, say so, and it is not asked again")
                   : STR("close it, or link it to what it is for; if it was decided all "
                         "the same, say so, and it is not asked again");
    hit->command =
        arena_printf(a, "alignctl exempt %.*s --rule not-doing --reason TEXT",
                     STR_FMT(wording_shell(a, it->key)));
    hit->node = it->not_doing->node.id;
    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_str(&facts.w, "not_doing", it->not_doing->node.id);
    jsonw_strz(&facts.w, "by", by_mark ? "mark" : "words");
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_not_doing = {
    .id = "not-doing",
    .title = "work that was decided against",
    .what = "An open item that matches an entry of `not_doing` in the strategy.",
    .why = "What was decided against comes back by small steps that nobody decides on.",
    .formula =
        "open, not exempt, and either a label or another mark of it is one of the "
        "entry's `match` (two steps more severe, at once), or, while it is linked to "
        "nothing, one phrase of `match.text` stands in its title or two in its text. "
        "Once a finding is acknowledged its item is exempt.",
    .fix = "Close it, or say that it was decided all the same: `alignctl exempt ITEM "
           "--rule not-doing`.",
    .one = "1 item that was decided against",
    .many = "%d items that were decided against",
    .subject = RULE_ITEM,
    .ack_exempts = true,
    .severity = SEV_INFO,
    .for_ = {.wd = 1},
    .eval = eval,
};

#include "core/rules/rules.h"
#include "core/rules/wording.h"

/*
 * `strategy:later` asks for time to decide. The tracker does not say when a
 * label was set, so the time runs from the item's last update, and it ends
 * when work begins: that is when the answer is due.
 */
struct unlinked_work_conf {
    struct span later;
};

static const struct conf_key params[] = {
    {.name = "later",
     .type = CONF_SPAN,
     .offset = offsetof(struct unlinked_work_conf, later),
     .dflt = "30d",
     .live = true,
     .doc = "How long after its last update an item labelled strategy:later is left "
            "alone."},
    {0},
};

static struct str note_of(const struct rule_item *it, bool in_progress, struct arena *a)
{
    struct str note = str_of(in_progress ? "in progress" : "");

    if (it->author_name.n > 0) {
        note = arena_printf(a, "%.*s%sreported by %.*s", STR_FMT(note),
                            note.n > 0 ? ", " : "",
                            STR_FMT(wording_short(it->author_name)));
    }
    if (it->suggested.node.n > 0) {
        note = arena_printf(a, "%.*s%ssuggest `%.*s` (high: %.*s)", STR_FMT(note),
                            note.n > 0 ? " - " : "", STR_FMT(it->suggested.node),
                            STR_FMT(wording_short(it->suggested.words)));
    }
    return note;
}

static struct str fix_of(const struct rule_item *it, bool in_progress, struct arena *a)
{
    struct str link = wording_link_fix(a, it, it->suggested.node);

    if (!it->has_label_initiative) {
        return arena_printf(a, "%.*s; not strategic? a line `Strategy: none - REASON`",
                            STR_FMT(link));
    }
    return arena_printf(a, "%.*s; not strategic? label it `strategy:none`%s",
                        STR_FMT(link),
                        in_progress ? "" : "; not yet? `strategy:later`");
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct unlinked_work_conf *conf = in->conf->own;
    const struct rule_item *it = in->item;
    bool in_progress = it->category == ITEM_IN_PROGRESS;
    struct wording_facts facts;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it) || it->level < ITEM_LEVEL_EPIC || it->idea ||
        it->links.strongest != 0 || rule_item_names_unknown(it)) {
        return false;
    }
    if (it->links.later && !in_progress) {
        struct wall until = calendar_add(in->cal, it->updated, conf->later);

        if (in->now.ms < until.ms) {
            *ret_next = until;
            return false;
        }
    }
    if (in_progress) {
        hit->severity = severity_up(hit->severity);
    }
    hit->note = note_of(it, in_progress, a);
    hit->fix = fix_of(it, in_progress, a);
    hit->command = wording_link_command(a, it, it->suggested.node);
    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_str(&facts.w, "reporter", wording_short(it->author_name));
    jsonw_int(&facts.w, "links", 0);
    if (it->suggested.node.n > 0) {
        jsonw_object(&facts.w, "suggested");
        jsonw_str(&facts.w, "node", it->suggested.node);
        jsonw_str(&facts.w, "words", wording_short(it->suggested.words));
        jsonw_end_object(&facts.w);
    }
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_unlinked_work = {
    .id = "unlinked-work",
    .title = "work without a strategic link",
    .what =
        "An open epic-level item that no method links to an initiative or a bucket.",
    .why = "Work that serves no initiative competes with the work that does.",
    .formula =
        "level >= epic, open, no link by any method, not exempt, not an idea; reported "
        "by an outsider only once it is assigned; one step more severe while it is in "
        "progress. `strategy:later` waits for `later` after the last update, and no "
        "longer than until work begins. An item that names an unknown initiative is "
        "unknown-link's. What it may belong to stands in the alert where that is "
        "graded high (alignctl suggest).",
    .fix = "Label `initiative:ID` or a line `Initiative: ID` in the tracker, or "
           "`alignctl link ITEM INITIATIVE`. "
           "Not strategic: label `strategy:none` or a line `Strategy: none - REASON`.",
    .one = "1 epic without a strategic link",
    .many = "%d epics without a strategic link",
    .subject = RULE_ITEM,
    .suggests = true,
    .severity = SEV_WARN,
    .for_ = {.wd = 1},
    .params = params,
    .params_size = sizeof(struct unlinked_work_conf),
    .eval = eval,
};

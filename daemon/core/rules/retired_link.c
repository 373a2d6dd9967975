#include "core/rules/rules.h"
#include "core/rules/wording.h"

/* How the node ended; NULL: it did not, or not for this item. */
static const char *ending(const struct node *n, bool in_progress)
{
    if (n->kind == NODE_RETIRED) {
        return "was retired from the strategy";
    }
    if (n->kind != NODE_INITIATIVE) {
        return NULL;
    }
    switch (((const struct initiative *)n)->status) {
    case INITIATIVE_DONE:
        return "is done";
    case INITIATIVE_DROPPED:
        return "was dropped";
    case INITIATIVE_PAUSED:
        return in_progress ? "is paused" : NULL;
    case INITIATIVE_PROPOSED:
    case INITIATIVE_ACTIVE:
        break;
    }
    return NULL;
}

/*
 * An inherited link is the ancestor's to mend: one epic is one finding, and not
 * one for each of its stories.
 */
static const struct node *ended_node(const struct rule_input *in,
                                     const struct link **ret, const char **ret_how)
{
    const struct link_set *links = &in->item->links;

    for (size_t i = 0; i < links->n; i++) {
        const struct link *l = &links->v[i];
        const struct node *n = strategy_find(in->strategy, l->node);

        if (!link_is_effective(links, l) || l->method == LINK_INHERITED || n == NULL) {
            continue;
        }
        *ret_how = ending(n, in->item->category == ITEM_IN_PROGRESS);
        if (*ret_how != NULL) {
            *ret = l;
            return n;
        }
    }
    return NULL;
}

/* Only what is as strong as the link itself can take its place. */
static struct str relink(const struct rule_item *it, const struct link *l,
                         struct arena *a)
{
    switch (l->method) {
    case LINK_MANUAL:
        return STR("link it by command to an initiative that runs");
    case LINK_TRACKER:
        return STR(
            "take it out of `tracker:` in the strategy file, or its issue link away");
    case LINK_FIELD:
        return STR("set the field to an initiative that runs");
    case LINK_LABEL:
        if (it->private_) {
            return STR("replace its label by that of an initiative that runs");
        }
        return arena_printf(a, "replace its %.*s by that of an initiative that runs",
                            STR_FMT(l->detail));
    case LINK_REFERENCE:
        if (!it->has_label_initiative) {
            return STR("correct the line in its description to `Initiative: ID`");
        }
        break;
    case LINK_SCOPE:
        return STR("link it to an initiative that runs: label it `initiative:ID`");
    case LINK_INHERITED:
    case LINK_BUCKET:
        break;
    }
    struct str fix = wording_link_fix(a, it, STR_NONE);

    return arena_printf(a, "link it to an initiative that runs: %.*s", STR_FMT(fix));
}

static struct str fix_of(const struct rule_item *it, const struct node *n,
                         const struct link *l, struct arena *a)
{
    struct str other = relink(it, l, a);

    if (n->kind == NODE_INITIATIVE &&
        ((const struct initiative *)n)->status == INITIATIVE_PAUSED) {
        return arena_printf(
            a, "put the work down, resume `%.*s` in the strategy file, or %.*s",
            STR_FMT(n->id), STR_FMT(other));
    }
    return arena_printf(a, "close it, or %.*s", STR_FMT(other));
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    const struct link *l = NULL;
    const char *how = NULL;
    struct wording_facts facts;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it)) {
        return false;
    }
    const struct node *n = ended_node(in, &l, &how);

    if (n == NULL) {
        return false;
    }
    hit->note = n->title.n > 0 ? arena_printf(a, "`%.*s` (%.*s) %s", STR_FMT(n->id),
                                              STR_FMT(n->title), how)
                               : arena_printf(a, "`%.*s` %s", STR_FMT(n->id), how);
    hit->fix = fix_of(it, n, l, a);
    hit->command = wording_link_command(a, it, STR_NONE);
    hit->node = n->id;
    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_str(&facts.w, "initiative", n->id);
    jsonw_strz(&facts.w, "ended", how);
    jsonw_strz(&facts.w, "method", link_method_name(l->method));
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_retired_link = {
    .id = "retired-link",
    .title = "work on an initiative that has ended",
    .what = "An open item is linked to an initiative that is done, dropped or retired; "
            "to a "
            "paused one while it is in progress.",
    .why = "Work on what was decided to end takes time from what was decided to do.",
    .formula =
        "open, not exempt, and one of its own effective links (an inherited one is its "
        "ancestor's) names an initiative with status done or dropped, a retired id, or "
        "a paused initiative while the item is in progress",
    .fix =
        "Close it, link it to an initiative that runs, or resume the initiative in the "
        "strategy file.",
    .one = "1 open item on an initiative that has ended",
    .many = "%d open items on initiatives that have ended",
    .subject = RULE_ITEM,
    .severity = SEV_WARN,
    .for_ = {.wd = 1},
    .eval = eval,
};

#include "core/rules/rules.h"
#include "core/rules/wording.h"

enum { SHOWN = 3, MAX_FACTS = 20 };

/* Somebody linked the item by command since: what its text says is overridden. */
static bool is_overridden(const struct link_set *links)
{
    return links->strongest == LINK_MANUAL;
}

static const struct node *suggestion(const struct strategy *s, struct str id)
{
    return strategy_nearest_of(
        s, id, STRATEGY_KIND(NODE_INITIATIVE) | STRATEGY_KIND(NODE_BUCKET));
}

static struct str describe(const struct rule_input *in, const struct link *l,
                           struct arena *a)
{
    const struct node *other = strategy_find(in->strategy, l->node);
    const struct node *near = suggestion(in->strategy, l->node);

    if (other != NULL) {
        return arena_printf(a, "%.*s: `%.*s` is a %s, which work is not linked to",
                            STR_FMT(l->detail), STR_FMT(other->id),
                            node_kind_name(other->kind));
    }
    if (near == NULL) {
        return arena_printf(a, "%.*s: there is no initiative `%.*s`",
                            STR_FMT(l->detail), STR_FMT(l->node));
    }
    return arena_printf(a, "%.*s: there is no initiative `%.*s`, did you mean `%.*s`?",
                        STR_FMT(l->detail), STR_FMT(l->node), STR_FMT(near->id));
}

/* Of a private item the wrong names are not repeated: they are its own words. */
static struct str describe_private(size_t n, const struct node *near, struct arena *a)
{
    if (n > 1) {
        return arena_printf(a, "it names %zu initiatives that do not exist", n);
    }
    return near == NULL
               ? STR("it names an initiative that does not exist")
               : arena_printf(
                     a,
                     "it names an initiative that does not exist, did you mean `%.*s`?",
                     STR_FMT(near->id));
}

/* Where the wrong name stands, there it is put right. */
static struct str fix_of(const struct rule_item *it, const struct link *l,
                         const struct node *near, struct arena *a)
{
    struct str id = near != NULL ? near->id : STR("ID");

    switch (l->method) {
    case LINK_LABEL:
        if (it->private_) {
            return arena_printf(a, "correct its label to `initiative:%.*s`",
                                STR_FMT(id));
        }
        return arena_printf(a,
                            "replace the label `initiative:%.*s` by `initiative:%.*s`",
                            STR_FMT(l->node), STR_FMT(id));
    case LINK_FIELD:
        return arena_printf(
            a, "set the field to the id or title of an initiative%s%.*s%s",
            near != NULL ? ": `" : "", STR_FMT(near != NULL ? near->id : STR_NONE),
            near != NULL ? "`" : "");
    case LINK_REFERENCE:
        return arena_printf(a,
                            "correct the line in its description to `Initiative: %.*s`",
                            STR_FMT(id));
    case LINK_MANUAL:
        return STR("what it was linked to is gone from the strategy: link it anew");
    case LINK_TRACKER:
    case LINK_SCOPE:
    case LINK_INHERITED:
    case LINK_BUCKET:
        break; /* these name nothing by themselves */
    }
    return wording_link_fix(a, it, near != NULL ? near->id : STR_NONE);
}

static struct str facts_of(const struct rule_item *it, const struct node *near,
                           struct arena *a)
{
    struct wording_facts facts;
    size_t n = 0;

    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_array(&facts.w, "unknown");
    for (size_t i = 0; i < it->links.n; i++) {
        if (!it->links.v[i].known && n++ < MAX_FACTS) {
            jsonw_object(&facts.w, NULL);
            if (!it->private_) {
                jsonw_str(&facts.w, "id", wording_short(it->links.v[i].node));
            }
            jsonw_strz(&facts.w, "method", link_method_name(it->links.v[i].method));
            jsonw_end_object(&facts.w);
        }
    }
    jsonw_end_array(&facts.w);
    jsonw_int(&facts.w, "unknown_count", (int64_t)n);
    jsonw_opt(&facts.w, "did_you_mean", near != NULL ? near->id : STR_NONE);
    return wording_facts_end(&facts, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    const struct link *first = NULL;
    size_t n = 0;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it) || is_overridden(&it->links)) {
        return false;
    }
    for (size_t i = 0; i < it->links.n; i++) {
        const struct link *l = &it->links.v[i];

        if (l->known) {
            continue;
        }
        first = first == NULL ? l : first;
        if (n++ < SHOWN) {
            struct str text = describe(in, l, a);

            hit->note = n == 1 ? text
                               : arena_printf(a, "%.*s; %.*s", STR_FMT(hit->note),
                                              STR_FMT(text));
        }
    }
    if (first == NULL) {
        return false;
    }
    if (n > SHOWN) {
        hit->note =
            arena_printf(a, "%.*s; and %zu more", STR_FMT(hit->note), n - SHOWN);
    }
    const struct node *near = suggestion(in->strategy, first->node);

    if (it->private_) {
        hit->note = describe_private(n, near, a);
    }
    hit->fix = fix_of(it, first, near, a);
    hit->command = wording_link_command(a, it, near != NULL ? near->id : STR_NONE);
    hit->facts = facts_of(it, near, a);
    return true;
}

const struct rule rule_unknown_link = {
    .id = "unknown-link",
    .title = "work that names an unknown initiative",
    .what = "An open item names an initiative id that does not exist: in a label, a "
            "field, a "
            "line of its text or a link made by command.",
    .why = "A misspelt link looks like alignment and is none.",
    .formula =
        "open, not exempt, some link by label `initiative:ID`, initiative field, line "
        "`Initiative: ID` or command whose id is neither in the strategy nor retired, "
        "unless a link made by command holds; reported by an outsider only once it is "
        "assigned. Until it is put right the item is not called unlinked.",
    .fix =
        "Correct the label, field or line, or `alignctl link ITEM INITIATIVE`, which "
        "overrides it.",
    .one = "1 item that names an unknown initiative",
    .many = "%d items that name unknown initiatives",
    .subject = RULE_ITEM,
    .severity = SEV_WARN,
    .for_ = {.ms = 3600 * 1000},
    .eval = eval,
};

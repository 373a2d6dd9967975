#include "core/rules/rules.h"
#include "core/rules/wording.h"

enum { MAX_FACTS = 20 };

/* What an ancestor or a bucket's traits say is no word of the item's own. */
static bool is_own(const struct link *l)
{
    return l->known && l->method != LINK_INHERITED && l->method != LINK_BUCKET;
}

static bool names(const struct link_set *s, enum link_method method, struct str node)
{
    for (size_t i = 0; i < s->n; i++) {
        if (is_own(&s->v[i]) && s->v[i].method == method &&
            str_eq(s->v[i].node, node)) {
            return true;
        }
    }
    return false;
}

static bool is_disjoint(const struct link_set *s, enum link_method weaker)
{
    for (size_t i = 0; i < s->n; i++) {
        if (is_own(&s->v[i]) && s->v[i].method == weaker &&
            names(s, s->strongest, s->v[i].node)) {
            return false;
        }
    }
    return true;
}

/* The first of the strongest method that names nothing of what the item follows. */
static const struct link *disagreeing(const struct link_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct link *l = &s->v[i];

        if (is_own(l) && l->method != s->strongest && is_disjoint(s, l->method)) {
            return l;
        }
    }
    return NULL;
}

static const struct link *effective(const struct link_set *s)
{
    size_t i = 0;

    while (!link_is_effective(s, &s->v[i])) {
        i++;
    }
    return &s->v[i];
}

/* Of a private item its own words are not repeated. */
static struct str evidence(const struct rule_item *it, const struct link *l)
{
    return it->private_ ? str_of(link_method_name(l->method))
                        : wording_short(l->detail);
}

static struct str facts_of(const struct rule_item *it, struct arena *a)
{
    struct wording_facts facts;
    size_t n = 0;

    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_array(&facts.w, "links");
    for (size_t i = 0; i < it->links.n && n < MAX_FACTS; i++) {
        const struct link *l = &it->links.v[i];

        if (!is_own(l)) {
            continue;
        }
        jsonw_object(&facts.w, NULL);
        jsonw_strz(&facts.w, "method", link_method_name(l->method));
        jsonw_str(&facts.w, "node", l->node);
        jsonw_bool(&facts.w, "counts", link_is_effective(&it->links, l));
        jsonw_end_object(&facts.w);
        n++;
    }
    jsonw_end_array(&facts.w);
    return wording_facts_end(&facts, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    const struct link *other = NULL, *l;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it) || it->level < ITEM_LEVEL_EPIC ||
        it->links.strongest == 0 || it->links.strongest == LINK_MANUAL) {
        return false;
    }
    other = disagreeing(&it->links);
    if (other == NULL) {
        return false;
    }
    l = effective(&it->links);
    hit->note = arena_printf(a, "counts for `%.*s` (%.*s), but %.*s says `%.*s`",
                             STR_FMT(l->node), STR_FMT(evidence(it, l)),
                             STR_FMT(evidence(it, other)), STR_FMT(other->node));
    hit->fix = STR("take away the mark that is wrong, or settle it by command");
    hit->command = wording_link_command(a, it, l->node);
    hit->node = l->node;
    hit->facts = facts_of(it, a);
    return true;
}

const struct rule rule_ambiguous_link = {
    .id = "ambiguous-link",
    .title = "work that says two things of what it is for",
    .what = "An open epic-level item whose own marks name different parts of the "
            "strategy.",
    .why = "It is counted for one of them, and whoever reads the other is misled.",
    .formula =
        "level >= epic, open, not exempt; of its own methods (what is inherited and "
        "buckets left out) a weaker one names none of what the strongest names. A link "
        "made by command settles it.",
    .fix = "Take away the mark that is wrong, or `alignctl link ITEM INITIATIVE`.",
    .one = "1 epic that says two things of what it is for",
    .many = "%d epics that say two things of what they are for",
    .subject = RULE_ITEM,
    .severity = SEV_INFO,
    .for_ = {.wd = 2},
    .eval = eval,
};

#include "core/rules/rules.h"
#include "core/rules/wording.h"

enum { NAMED = 3 };

static bool is_above(enum node_kind k)
{
    return k == NODE_KR || k == NODE_OBJECTIVE || k == NODE_INTENT || k == NODE_VISION;
}

/* An inherited link is the ancestor's to mend; beside one to an initiative it skips
   nothing. */
static const struct node *skipped_to(const struct rule_input *in, const struct link **ret)
{
    const struct link_set *links = &in->item->links;
    const struct node *found = NULL;

    for (size_t i = 0; i < links->n; i++) {
        const struct link *l = &links->v[i];
        const struct node *n = strategy_find(in->strategy, l->node);

        if (!link_is_effective(links, l) || n == NULL) {
            continue;
        }
        if (l->method == LINK_INHERITED || !is_above(n->kind)) {
            return NULL;
        }
        if (found == NULL) {
            found = n;
            *ret = l;
        }
    }
    return found;
}

static bool is_under(const struct key_result *kr, const struct node *n)
{
    const struct objective *o = kr->objective;

    return n->kind == NODE_VISION || &kr->node == n || &o->node == n ||
           (o->intent != NULL && &o->intent->node == n);
}

static bool moves(const struct initiative *it, const struct node *n)
{
    for (size_t i = 0; i < it->n_moves; i++) {
        if (is_under(it->moves[i].kr, n)) {
            return true;
        }
    }
    return false;
}

/* Active initiatives in between: "`a`, `b`, ..."; *ret_first: the first of them. */
static struct str between(const struct strategy *s, const struct node *n,
                          struct str *ret_first, struct arena *a)
{
    struct str text = STR_NONE;
    size_t found = 0;

    *ret_first = STR_NONE;
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *it = &s->initiatives[i];

        if (it->status != INITIATIVE_ACTIVE || !moves(it, n)) {
            continue;
        }
        if (found == NAMED) {
            return arena_printf(a, "%.*s, ...", STR_FMT(text));
        }
        text = arena_printf(a, "%.*s%s`%.*s`", STR_FMT(text), found > 0 ? ", " : "",
                            STR_FMT(it->node.id));
        if (found++ == 0) {
            *ret_first = it->node.id;
        }
    }
    return text;
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_item *it = in->item;
    const struct link *l = NULL;
    struct wording_facts facts;
    struct str list, first;

    *ret_next = (struct wall){0};
    if (!rule_item_counts(it)) {
        return false;
    }
    const struct node *n = skipped_to(in, &l);

    if (n == NULL) {
        return false;
    }
    list = between(in->strategy, n, &first, a);
    hit->note = arena_printf(a, "linked straight to the %s `%.*s`",
                             node_kind_name(n->kind), STR_FMT(n->id));
    hit->fix = list.n > 0
                   ? arena_printf(a, "link it to an initiative in between: %.*s",
                                  STR_FMT(list))
                   : arena_printf(a,
                                  "add an initiative that moves `%.*s` to the strategy "
                                  "file, and link it to that",
                                  STR_FMT(n->id));
    hit->command = wording_link_command(a, it, first);
    hit->node = n->id;
    wording_facts_begin(&facts);
    wording_item_facts(&facts, it);
    jsonw_str(&facts.w, "node", n->id);
    jsonw_strz(&facts.w, "kind", node_kind_name(n->kind));
    jsonw_strz(&facts.w, "method", link_method_name(l->method));
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_skips_middle = {
    .id = "skips-middle",
    .title = "work that skips the middle of the strategy",
    .what = "An open item that is linked straight to a key result, an objective, an "
            "intent or the vision, and to no initiative.",
    .why = "Nobody can say by which bet the work is to move the result.",
    .formula = "open, not exempt, its own effective links (an inherited one is its "
               "ancestor's) all name such a node; it counts as linked all the same",
    .fix = "Link it to an initiative that moves that result, or add one.",
    .one = "1 item linked past the initiatives",
    .many = "%d items linked past the initiatives",
    .subject = RULE_ITEM,
    .severity = SEV_INFO,
    .for_ = {.wd = 2},
    .eval = eval,
};

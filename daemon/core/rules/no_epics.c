#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct no_epics_conf {
    int64_t open;
};

static const struct conf_key params[] = {
    {.name = "open",
     .type = CONF_INT,
     .offset = offsetof(struct no_epics_conf, open),
     .dflt = "50",
     .min = 1,
     .max = 1000000,
     .live = true,
     .doc = "More open items than this without one epic-level item are told."},
    {0},
};

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct no_epics_conf *conf = in->conf->own;
    const struct rule_source *s = in->source;
    struct wording_facts facts;

    *ret_next = (struct wall){0};
    /* Before a whole walk nobody can say what is not there. */
    if (s->last_ok.ms == 0 || s->syncing_first || s->no_epics) {
        return false;
    }
    if (s->open <= conf->open || s->open_epics > 0) {
        return false;
    }
    hit->note =
        arena_printf(a, "%lld open items, none of them epic-level", (long long)s->open);
    hit->fix =
        arena_printf(a,
                     "say what an epic is in source \"%.*s\" of alignd.yaml: `epics: "
                     "{types: [...], labels: [...]}`, or `epics: none`",
                     STR_FMT(s->name));
    wording_facts_begin(&facts);
    jsonw_str(&facts.w, "source", s->name);
    jsonw_int(&facts.w, "open", s->open);
    jsonw_int(&facts.w, "open_epics", s->open_epics);
    jsonw_int(&facts.w, "threshold", conf->open);
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

const struct rule rule_no_epics = {
    .id = "no-epics",
    .title = "a source without epics",
    .what = "A source with many open items has no epic-level one.",
    .why = "Only epic-level items are asked for a link: without them nothing is ever "
           "found.",
    .formula = "open items in fresh scopes > `open`, open epic-level items = 0, a "
               "whole walk has "
               "completed, and `epics: none` is not configured",
    .fix = "Name the types or labels of epics in the source's `epics:`, or say `epics: "
           "none`.",
    .one = "1 source without epics",
    .many = "%d sources without epics",
    .subject = RULE_SOURCE,
    .severity = SEV_WARN,
    .for_ = {.wd = 5},
    .params = params,
    .params_size = sizeof(struct no_epics_conf),
    .eval = eval,
};
